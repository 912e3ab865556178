"""The pages say what is true: their blocks run as they are printed, and what they name exists.

Blocks are run by their language: `sh` in a folder that has the documents they speak of, `python` and `py` as
programs, `toml` as rule packs or configuration, `yaml` by pre-commit in tests/test_hook.py. A block without a
language is a session (`$ command`) or the output of a command. A comment `<!-- not run: why -->` in front of a block
keeps it from being run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

import cleaner
from cleaner import Cleaner
from cleaner.cli import group
from cleaner.cli.config import Config
from tests import counts
from tests.support import COMMAND, DATA, DOCUMENT, call, fill

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    "README.md",
    "cleaner/API.md",
    "cleaner/engines/README.md",
    "cleaner/adapters/README.md",
    "cleaner/cli/README.md",
]  # rules/README.md has a test of its own
README = (ROOT / "README.md").read_text("utf-8")
TOML = re.findall(r"^```toml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
(PACK,) = (code for code in TOML if "[pack]" in code)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
JSONL = '{"id": 1, "text": "Accessibility links\\n\\nRain fell for three days.\\n"}\n'
VALLEY = tomllib.loads((DATA / "commands" / "learn.toml").read_text("utf-8"))["files"]  # pages of one site

# What the shell blocks speak of.
FILES: dict[str, str | bytes] = {
    "articles/a.txt": DOCUMENT,
    "articles/p.html": (DATA / "html" / "news.html").read_bytes(),
    "crawl.jsonl": VALLEY["valley.jsonl"],
    "crawl/a.jsonl": JSONL,
    "docs.jsonl": JSONL * 2,
    "gazette.toml": PACK,
    "in/0.jsonl": JSONL,
    "my.toml": PACK.replace('id = "gazette"', 'id = "my"'),
    "page.html": (DATA / "html" / "news.html").read_bytes(),
    "pages.py": (ROOT / "tests" / "examples" / "adapters" / "with_scrapy.py").read_bytes(),
    "page.txt": DOCUMENT,
    "pages/a.txt": DOCUMENT,
}


class Block(NamedTuple):
    """A block of a page."""

    page: str
    line: int
    language: str
    code: str
    not_run: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: str) -> list[Block]:
    """Return the blocks of a page, in order; none if there is no such page."""
    if not (ROOT / page).exists():
        return []
    text = (ROOT / page).read_text("utf-8")
    pattern = r"^(?:<!-- not run: (?P<why>[^\n]+) -->\n)?```(?P<language>\w*)\n(?P<code>.*?)^```$"
    return [
        Block(page, text.count("\n", 0, found.start("code")), found["language"], found["code"], found["why"] or "")
        for found in re.finditer(pattern, text, re.MULTILINE | re.DOTALL)
    ]


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
RUN = [block for block in BLOCKS if not block.not_run]
COMMANDS = ("cleaner ", "boilerstrip ", "pip ", "python", "uvx ")


def of(*languages: str, blocks: list[Block] = RUN) -> list[Block]:
    return [block for block in blocks if block.language in languages]


def is_shell(block: Block) -> bool:
    return block.language == "sh" or (not block.language and block.code.startswith(COMMANDS))


def is_setup(block: Block) -> bool:
    return "-m venv" in block.code


SHELL = [block for block in RUN if is_shell(block) and not is_setup(block)]
SETUP = [block for block in RUN if is_shell(block) and is_setup(block)]
PYTHON = of("python", "py")
SESSIONS = [block.code for block in BLOCKS if block.page == "README.md" and block.code.startswith("$ ")]


def test_what_is_not_run() -> None:
    """A new block that is not run has to be added here, too."""
    assert {(block.page, block.not_run) for block in BLOCKS if block.not_run} == {
        ("cleaner/cli/README.md", "tests/test_review_browser.py decides in a browser and carries it out"),
        ("cleaner/engines/README.md", "tests/test_engines.py runs it where Spark is installed"),
        ("cleaner/engines/README.md", "tests/test_engines.py runs it where Ray is installed"),
        ("cleaner/engines/README.md", "tests/test_learn_run.py runs it where Spark is installed"),
        ("cleaner/engines/README.md", "it writes a copy of the dataset"),
        ("cleaner/engines/README.md", "needs Spark"),
        ("cleaner/engines/README.md", "installs Spark and Ray, several hundred megabytes"),
        ("cleaner/adapters/README.md", "installs crawl4ai, several hundred megabytes"),
    }


def test_every_language_is_known() -> None:
    assert {block.language for block in BLOCKS} <= {"", "diff", "sh", "python", "py", "toml", "yaml"}
    assert len(SETUP) == 2


def test_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    session = SESSIONS[0]
    _, before, says, after = re.split(r"^\$ .*\n", session, flags=re.MULTILINE)
    Path("story.txt").write_text(before, "utf-8")
    assert CliRunner().invoke(group, ["strip", "story.txt"]).stdout == says
    assert Path("story.clean.txt").read_text("utf-8") == after


def test_the_session_that_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path, VALLEY)
    command, says = SESSIONS[1].split("\n", 1)
    assert command == "$ cleaner learn valley.jsonl"
    assert CliRunner().invoke(group, ["learn", "valley.jsonl"]).stdout == says
    (change,) = (block.code.splitlines() for block in blocks_of("README.md") if block.language == "diff")
    (url, text), *_ = (json.loads(line).values() for line in Path("valley.jsonl").read_text("utf-8").splitlines())
    assert text.splitlines() == [line[1:] for line in change]
    after = Cleaner(rules=["learned"]).clean(text, url=url).text
    assert after.splitlines() == [line[1:] for line in change if line.startswith(" ")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what the shell blocks speak of."""
    import gzip

    fill(tmp_path, FILES | {"docs.jsonl.gz": gzip.compress((JSONL * 2).encode())})
    return tmp_path


@pytest.mark.parametrize("block", SHELL, ids=str)
@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_the_shell_blocks_run_as_they_are_printed(block: Block, folder: Path) -> None:
    path = os.pathsep.join([str(COMMAND.parent), os.environ["PATH"]])
    # A line that finds something exits with 1, and the next one is run all the same.
    script = "set -u\nfailed() { code=$?; [ $code -le 1 ] || exit $code; }\ntrap failed ERR\n" + block.code
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode <= 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "command not found" not in done.stderr


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_the_python_blocks_run_as_they_are_printed(block: Block, folder: Path) -> None:
    for module in re.findall(r"^(?:from|import) (\w+)", block.code, re.MULTILINE):
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    # Tools that start processes import the program again, so what it does stands under a main guard.
    (folder / "program.py").write_text("if __name__ == '__main__':\n" + re.sub("(?m)^(?=.)", "    ", block.code))
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_the_first_command_works_in_a_clone(tmp_path: Path) -> None:
    """`.ci/run` runs the second command, and the first one again in the work tree."""
    clone = tmp_path / "clone"
    git = ["git", "-c", "protocol.file.allow=always", "clone", "--quiet"]
    if subprocess.run([*git, str(ROOT), str(clone)], capture_output=True, check=False).returncode:
        pytest.skip("not in a repository of git")
    done = shell(SETUP[0].code, clone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    written = [path for path in (clone / "cleaned").rglob("*") if path.is_file()]
    assert len(written) == len([line for line in done.stdout.splitlines() if " -> " in line]) > 70
    status = subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True)
    assert status.stdout == "", "git ignores what it makes"


@pytest.mark.slow
@pytest.mark.network
def test_the_distribution_installs_by_its_name_and_extras(tmp_path: Path) -> None:
    """The distribution stands in a folder, as on a package index; what it needs is from the index."""
    run = partial(subprocess.run, cwd=tmp_path, capture_output=True, text=True, check=False)
    built = run([sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", "dist", str(ROOT)])
    assert built.returncode == 0, built.stdout + built.stderr
    extras = {
        extra for text in TEXTS.values() for extra in re.findall(r"pip install '(boilerstrip\[[a-z]+\])'", text)
    }
    assert extras == {"boilerstrip[corpora]", "boilerstrip[review]"}
    lines = ["python3 -m venv .venv", ". .venv/bin/activate", "export PIP_FIND_LINKS=$PWD/dist"]
    for name in ("boilerstrip", *sorted(extras)):
        constraints = ROOT / ".ci" / "constraints.txt"
        lines.append(f"pip install -qq -c '{constraints}' '{name}'")
    lines += ["printf 'Accessibility links\\n\\nRain fell.\\n' > a.txt", "boilerstrip strip a.txt", "cat a.clean.txt"]
    done = shell("\n".join(lines), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("\nRain fell.\n")


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script of a fresh user: none of what the environment says of Python counts."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        ["bash", "-ec", script], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=600
    )


def test_what_the_python_of_the_readme_says() -> None:
    (block,) = of("python", blocks=blocks_of("README.md"))
    names: dict[str, Any] = {}
    exec(block.code, names)
    cleaned = names["cleaned"]
    assert cleaned.text == "Rain fell for three days.\n"
    assert cleaned.restore() == "Accessibility links\n\nRain fell for three days.\n"
    assert cleaned.edits[0].by.startswith("accessibility/")
    assert cleaned.to_original(0) == 21


@pytest.mark.parametrize(("page", "folder"), [("engines", "examples"), ("adapters", "examples/adapters")])
def test_the_examples_of_a_page_are_those_that_are_tested(page: str, folder: str) -> None:
    tested = [path.read_text("utf-8").split("\n") for path in sorted((ROOT / "tests" / folder).glob("*.py"))]
    examples = [[line for line in lines if line] for lines in tested]
    shown = [block.code.split("\n")[:-1] for block in BLOCKS if block.page == f"cleaner/{page}/README.md"]
    assert examples
    assert all(example in shown for example in examples)


CONFIGURATION = [block for block in of("toml") if "extend-rules" in block.code]


@pytest.mark.parametrize("block", CONFIGURATION, ids=str)
def test_the_configuration_is_read(block: Block, tmp_path: Path) -> None:
    known = {field.replace("_", "-") for field in Config.__struct_fields__}
    assert set(re.findall(r"^([a-z-]+) =", block.code, re.MULTILINE)) <= known
    fill(tmp_path, {"cleaner.toml": block.code, "our-rules/gazette.toml": PACK, "a.txt": DOCUMENT})
    assert call("strip", "--quiet", "a.txt", cwd=tmp_path).err == ""


def packs_of(page: str) -> list[str]:
    """Return the packs of a page: a block without `[pack]` goes on with the pack before it."""
    packs: list[str] = []
    for block in of("toml", blocks=blocks_of(page)):
        if "[pack]" in block.code:
            packs.append(block.code)
        elif "[[rule]]" in block.code:
            packs[-1] += block.code
    return packs


@pytest.mark.parametrize("pack", [*packs_of("README.md"), *packs_of("rules/README.md")])
def test_the_packs_pass_the_check(pack: str, tmp_path: Path) -> None:
    name = f"{tomllib.loads(pack)['pack']['id']}.toml"
    result = call("rules", "check", name, cwd=fill(tmp_path, {name: pack}))
    assert (result.code, result.out) == (0, ""), result.out + result.err


def test_what_the_pack_of_the_readme_does(tmp_path: Path) -> None:
    cleaner = Cleaner(rules=[fill(tmp_path, {"gazette.toml": PACK})])
    prose = "The ferry to the island was late again, and nobody on the pier seemed to mind."
    text = f"{prose}\nShare this on Mastodon\n{prose} And late it stayed.\n"
    assert cleaner.clean(text, url="https://gazette.example/1").text == f"{prose}\n{prose} And late it stayed.\n"


# ── what the pages name exists ────────────────────────────────────────────────────────────────────

TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in [
        *(ROOT / page for page in PAGES),
        ROOT / "rules" / "README.md",
        *sorted((ROOT / ".github").glob("*.md")),
        ROOT / "CHANGELOG.md",
    ]
    if path.exists()
}
USES = sorted(
    {
        (command, option)
        for text in TEXTS.values()
        for command, rest in re.findall(r"\bcleaner ((?:rules )?[a-z]+)\b([^`\n#|]*)", text)
        for option in re.findall(r"--[a-z-]+", rest)
    }
)


@pytest.mark.parametrize(("command", "option"), USES)
def test_options_that_they_name_exist(command: str, option: str) -> None:
    assert option in CliRunner().invoke(group, [*command.split(), "--help"]).output


@pytest.mark.parametrize("page", TEXTS)
def test_extras_that_they_name_exist(page: str) -> None:
    named = re.findall(r"boilerstrip\[([a-z,]+)\]", TEXTS[page])
    assert {extra for names in named for extra in names.split(",")} <= set(PROJECT["optional-dependencies"])
    assert "cleaner[" not in TEXTS[page], "the distribution is called boilerstrip"


# A page that another change brings.


@pytest.mark.parametrize("page", TEXTS)
def test_files_that_they_link_to_exist(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", TEXTS[page]):
        path = Path(os.path.normpath(ROOT / page / ".." / target))
        assert path.exists(), target


def test_headings_that_the_library_page_links_to_exist() -> None:
    text = TEXTS["cleaner/API.md"]
    headings = {heading.lower() for heading in re.findall(r"^## (.+)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([a-z]+)\)", text)) <= headings


def test_the_library_page_names_all_that_is_public() -> None:
    text = TEXTS["cleaner/API.md"]
    rows = re.findall(r"^\| (\[.+?) \|", text, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == set(cleaner.__all__)
    assert all(hasattr(cleaner, name) for name in cleaner.__all__)
    for kind in (cleaner.Cleaner, cleaner.Cleaned):
        public = {name for name in vars(kind) if not name.startswith("_")}
        assert {name for name in public if f"`{name}" not in text and f".{name}(" not in text} == set()
    for fields in (cleaner.Edit._fields, cleaner.Fields._fields):
        assert all(re.search(rf"\b{name}\b", text) for name in fields)


def test_the_repository_is_named_once() -> None:
    (block,) = of("yaml", blocks=blocks_of("README.md"))
    assert f"repo: {PROJECT['urls']['Repository']}\n" in block.code


def test_what_it_says_of_the_packs_is_counted() -> None:
    assert counts.BETWEEN.findall(README) == [counts.says()], "run python -m tests.counts"
