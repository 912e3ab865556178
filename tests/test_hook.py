"""The pre-commit hooks, as a repository that holds a corpus meets them: real pre-commit, real git."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest
from pre_commit.xargs import cpu_count  # type: ignore[import-untyped]

from tests.support import CHROME, CLEAN, COMMAND, DATA, DOCUMENT, OWN_RULES, call, fill, snapshot

if not shutil.which("git"):
    pytest.skip("needs git", allow_module_level=True)

ROOT = Path(__file__).resolve().parent.parent
PARTS = (".pre-commit-hooks.yaml", "LICENSE", "README.md", "cleaner", "pyproject.toml", "rules")
PAGE = (DATA / "html" / "news.html").read_text("utf-8")
PACK = OWN_RULES.replace("\n\n[[rule]]", '\ntitle = "Our own"\nsource = "these tests"\n\n[[rule]]')
MORE = "Snow fell on the hills.\n"
LOCK = "cleaner.lock"
OTHER = "Füße und Köpfe/文書 n° 1.txt"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of everything that runs here: of git and pre-commit, only what these tests say."""
    home = tmp_path_factory.mktemp("pre-commit")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PRE_COMMIT"))}
    return {
        **inherited,
        "PRE_COMMIT_HOME": str(home),
        "PRE_COMMIT_COLOR": "never",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }


class Result(NamedTuple):
    """What a command gave."""

    code: int
    text: str


class Repository:
    """A working tree of git."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment

    def run(self, *words: str) -> Result:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        text = done.stdout.decode()
        assert "Traceback" not in text, text
        return Result(done.returncode, text)

    def git(self, *words: str) -> str:
        result = self.run("git", *words)
        assert result.code == 0, result.text
        return result.text

    def write(self, files: dict[str, str | bytes]) -> None:
        fill(self.folder, files)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Commit", "--no-verify")

    def hook(self, name: str) -> Result:
        """Run a hook on every file that git tracks."""
        return self.run(sys.executable, "-m", "pre_commit", "run", "--all-files", name)

    def add_as_told(self, told: str) -> None:
        """Run the `git add` commands in the output of a hook, as a user would who copies them."""
        for command in re.findall(r"^(?:printf .+ \| )?git .*add .+$|(?<=`)git add .+(?=`)", told, re.MULTILINE):
            assert self.run("sh", "-c", command) == (0, "")

    def files(self) -> dict[str, bytes]:
        """Return every file of the working tree with its content, but for the lock."""
        found = snapshot(self.folder).items()
        return {name: data for name, data in found if not name.startswith(".git/") and name != LOCK}

    def unstaged(self) -> list[str]:
        """Return the files, but for the lock, that are not in the index as they are in the working tree."""
        listed = self.git("status", "--porcelain", "--untracked-files=all", "-z").split("\0")
        return sorted(entry[3:] for entry in listed if entry and entry[1] != " " and entry[3:] != LOCK)


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """A corpus with its clean copies and rule pack, everything committed, that uses the hooks of this project."""
    hooks = Repository(tmp_path_factory.mktemp("hooks"), environment)
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, hooks.folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, hooks.folder)
    hooks.git("init", "--quiet")
    hooks.commit()
    corpus = Repository(tmp_path_factory.mktemp("corpus"), environment)
    hooks.git("branch", "-M", "main")
    (config,) = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    config += "".join(f"      - id: {name}\n" for name in ("cleaner-in-place", "cleaner-check", "cleaner-rules"))
    # The block is used as it is printed: git takes the folder for what the address in it names.
    (address,) = re.findall(r"repo: (\S+)", config)
    mapped = {"COUNT": "1", "KEY_0": f"url.{hooks.folder}.insteadOf", "VALUE_0": address}
    environment.update({f"GIT_CONFIG_{name}": value for name, value in mapped.items()})
    corpus.write(
        {
            ".pre-commit-config.yaml": config,
            "a.txt": CLEAN,
            "a.clean.txt": CLEAN,
            "b.md": DOCUMENT,
            "b.clean.md": CLEAN,
            "rules/own.toml": PACK,
            "data.csv": "a,b\n",
        }
    )
    corpus.git("init", "--quiet")
    assert call("strip", "--quiet", ".", cwd=corpus.folder) == (0, b"", "")
    corpus.commit()
    return corpus.folder


@pytest.fixture(scope="session")
def installed(start: Path, environment: dict[str, str]) -> None:
    """The hooks' own environment, which pre-commit makes: half a minute, and downloads."""
    done = Repository(start, environment).run(sys.executable, "-m", "pre_commit", "install-hooks")
    assert done.code == 0, done.text


@pytest.fixture
def corpus(request: pytest.FixtureRequest, start: Path, environment: dict[str, str], tmp_path: Path) -> Repository:
    """A copy of `start` for one test; of a test with the marker `network` the hooks are installed."""
    if request.node.get_closest_marker("network"):
        request.getfixturevalue("installed")
    return Repository(Path(shutil.copytree(start, tmp_path / "corpus")), environment)


# ── clean copies: the hooks `cleaner` and `cleaner-check` ─────────────────────────────────────────


class Case(NamedTuple):
    """A change to the corpus, and what the hooks make of it."""

    files: Mapping[str, str | None]  # None: deleted
    written: Mapping[str, str] = MappingProxyType({})  # by `cleaner`
    check: str = ""  # what `cleaner-check` says
    locked: bool = False  # whether `cleaner` writes the lock, and nothing else
    untracked: tuple[str, ...] = ()  # copies that are there, but not added to git


MISSING = "has no clean copy {}; run `cleaner strip`"
CASES = {
    "no change": Case({}),
    "a change": Case(
        {"a.txt": DOCUMENT + MORE},
        {"a.clean.txt": CLEAN + MORE},
        "a.txt: has a stale clean copy a.clean.txt; run `cleaner strip`",
    ),
    "a change that the clean copy does not show": Case({"a.txt": DOCUMENT}, locked=True),
    "a new file": Case({"n.txt": DOCUMENT}, {"n.clean.txt": CLEAN}, f"n.txt: {MISSING.format('n.clean.txt')}"),
    "a name with spaces and beyond ASCII": Case(
        {OTHER: DOCUMENT},
        {OTHER.replace(".txt", ".clean.txt"): CLEAN},
        f"{OTHER}: {MISSING.format('文書 n° 1.clean.txt')}",
    ),
    "a name like an option": Case(
        {"-n.TXT": DOCUMENT}, {"-n.clean.txt": CLEAN}, f"-n.TXT: {MISSING.format('-n.clean.txt')}"
    ),
    "an untracked copy": Case(
        {"n.txt": DOCUMENT, "n.clean.txt": CLEAN},
        check="1 file to add to git:\ngit add n.clean.txt\n",
        untracked=("n.clean.txt",),
    ),
    "an untracked copy with a name beyond ASCII": Case(
        {OTHER: DOCUMENT, OTHER.replace(".txt", ".clean.txt"): CLEAN},
        check=f"git add '{OTHER.replace('.txt', '.clean.txt')}'\n",
        untracked=(OTHER.replace(".txt", ".clean.txt"),),
    ),
    "an ignored copy": Case(
        {"n.txt": DOCUMENT, "n.clean.txt": CLEAN, ".gitignore": "n.clean.*"},
        check="n.clean.txt: is ignored by git; change .gitignore, or run `git add --force n.clean.txt`",
        untracked=("n.clean.txt",),
    ),
    "other files": Case({"data.csv": f"{CHROME}\n", "n.toml": "", "n.clean.txt.record.json": "{}"}),
}


def make(corpus: Repository, case: Case) -> dict[str, bytes]:
    """Make a change and stage it, but for copies that are to be untracked; return all files."""
    for name, text in case.files.items():
        if text is None:
            (corpus.folder / name).unlink()
        else:
            corpus.write({name: text})
    corpus.git("add", "--all")
    for name in case.untracked:
        corpus.git("rm", "--quiet", "--cached", "--ignore-unmatch", name)
    return corpus.files()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.network
def test_the_hook_that_writes_copies(corpus: Repository, case: Case) -> None:
    before = make(corpus, case)
    result = corpus.hook("cleaner")
    assert corpus.files() == before | {name: text.encode() for name, text in case.written.items()}
    to_add = {*case.written, *case.untracked}
    is_told = bool(to_add) or case.locked
    assert (result.code, "git add" in result.text) == (int(is_told), is_told), result.text
    assert (LOCK in result.text) == is_told, "the lock is to be added, too"
    assert set(corpus.unstaged()) == to_add - ({"n.clean.txt"} if ".gitignore" in case.files else set())
    corpus.add_as_told(result.text)
    again = corpus.hook("cleaner")
    assert again.code == 0, again.text
    assert corpus.unstaged() == []
    assert to_add <= set(corpus.git("ls-files", "-z").split("\0")), "added, not only ignored"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.network
def test_the_hook_that_checks_copies(corpus: Repository, case: Case) -> None:
    before = make(corpus, case)
    result = corpus.hook("cleaner-check")
    assert corpus.files() == before
    assert case.check in result.text
    assert result.code == (1 if case.check else 0), result.text
    corpus.add_as_told(result.text)
    assert call("strip", ".", cwd=corpus.folder).code == 0
    corpus.git("add", "--all")
    again = corpus.hook("cleaner-check")
    assert again.code == 0, again.text


@pytest.mark.parametrize("hook", ["cleaner", "cleaner-check"])
@pytest.mark.network
def test_a_document_that_is_deleted_or_renamed_leaves_no_copy_unseen(corpus: Repository, hook: str) -> None:
    corpus.git("rm", "--quiet", "a.txt")
    corpus.git("mv", "b.md", "c.md")
    result = corpus.run(sys.executable, "-m", "pre_commit", "run", hook)
    assert result.code == 1
    assert (
        "a.clean.txt: its document a.txt is gone; remove it with `cleaner strip --prune --tracked a.clean.txt`"
        in (result.text)
    )
    told = corpus.run(str(COMMAND), "strip", "--prune", "--tracked", "a.clean.txt", "c.md")
    assert told.code == 1
    corpus.add_as_told(result.text)  # the hook that writes has moved the copy of the renamed document
    corpus.add_as_told(told.text)
    assert corpus.files().keys() >= {"c.clean.md"}
    assert not {"a.clean.txt", "b.clean.md"} & corpus.files().keys()
    # Without renames: of two copies with the same content, git takes either for the one that was renamed.
    assert corpus.git("status", "--porcelain", "--no-renames", "--untracked-files=all").splitlines() == [
        *("D  a.clean.txt", "D  a.txt", "D  b.clean.md", "D  b.md"),
        *("A  c.clean.md", "A  c.md", f"M  {LOCK}"),
    ]
    assert corpus.hook(hook).code == 0


# ── documents themselves: the hook `cleaner-in-place` ─────────────────────────────────────────────

IN_PLACE: dict[str, tuple[dict[str, str | None], dict[str, str]]] = {
    "no change": ({}, {}),
    "a change": ({"a.txt": DOCUMENT + MORE}, {"a.txt": CLEAN + MORE}),
    "a new file": ({"n.md": DOCUMENT}, {"n.md": CLEAN}),
    "a name with spaces and beyond ASCII": ({OTHER: DOCUMENT}, {OTHER: CLEAN}),
    "a deleted original": ({"a.txt": None}, {}),
    "other files": ({"n.clean.txt": DOCUMENT, "p.html": PAGE, "data.csv": f"{CHROME}\n"}, {}),
}


@pytest.mark.parametrize(("files", "cleaned"), IN_PLACE.values(), ids=IN_PLACE)
@pytest.mark.network
def test_the_hook_that_cleans_in_place(
    corpus: Repository, files: dict[str, str | None], cleaned: dict[str, str]
) -> None:
    before = make(corpus, Case({"b.md": CLEAN, **files}))
    result = corpus.hook("cleaner-in-place")
    assert corpus.files() == before | {name: text.encode() for name, text in cleaned.items()}
    assert result.code == (1 if cleaned else 0), result.text
    assert corpus.unstaged() == sorted(cleaned)
    corpus.add_as_told(result.text)
    again = corpus.hook("cleaner-in-place")
    assert again.code == 0, again.text
    assert corpus.unstaged() == []


# ── rule packs: the hook `cleaner-rules` ──────────────────────────────────────────────────────────

WRONG = PACK.replace("category", "kategory")
RULES: dict[str, tuple[dict[str, str | None], str]] = {
    "no change": ({}, ""),
    "a change": ({"rules/own.toml": WRONG}, "rules/own.toml:9: "),
    "a new file": ({"sub/rules/deep/new.toml": WRONG.replace('"own"', '"new"')}, "sub/rules/deep/new.toml:9: "),
    "a name with spaces and beyond ASCII": (
        {"rules/é 文/own.toml": WRONG, "rules/own.toml": None},
        "rules/é 文/own.toml:",
    ),
    "a deleted pack": ({"rules/own.toml": None}, ""),
    "other files": ({"own.toml": WRONG, "rules/readme.md": ""}, ""),
}


@pytest.mark.parametrize(("files", "says"), RULES.values(), ids=RULES)
@pytest.mark.network
def test_the_hook_that_checks_rule_packs(corpus: Repository, files: dict[str, str | None], says: str) -> None:
    before = make(corpus, Case(files))
    result = corpus.hook("cleaner-rules")
    assert (result.code, says in result.text) == (1 if says else 0, True), result.text
    assert corpus.files() == before
    for name, text in files.items():
        if text and "kategory" in text:
            corpus.write({name: text.replace("kategory", "category")})
    assert corpus.hook("cleaner-rules").code == 0


@pytest.mark.network
def test_many_rule_packs(corpus: Repository) -> None:
    packs: dict[str, str | None] = {
        f"rules/{i % 7} ü/p{i}.toml": PACK.replace('"own"', f'"p{i}"') for i in range(300)
    }
    make(corpus, Case(packs))
    result = corpus.hook("cleaner-rules")
    assert result.code == 0, result.text
    same = packs["rules/1 ü/p1.toml"]
    make(corpus, Case({"rules/6 ü/p300.toml": WRONG.replace('"own"', '"p300"'), "rules/z/p1.toml": same}))
    result = corpus.hook("cleaner-rules")
    assert result.code == 1
    assert re.search(r"^rules/z/p1.toml:\d+: .*p1", result.text, re.MULTILINE), "whichever part of the files it is in"
    assert "rules/6 ü/p300.toml:9: " in result.text


# ── many files, in several processes ──────────────────────────────────────────────────────────────

MANY = [f"{i % 7} ü/{i:03}.txt" for i in range(300)]


def documents_told(text: str) -> list[int]:
    """Return of how many documents each process told."""
    return [int(number) for number in re.findall(r"^(\d+) documents?: ", text, re.MULTILINE)]


@pytest.mark.parametrize("hook", ["cleaner", "cleaner-check", "cleaner-in-place"])
@pytest.mark.network
def test_many_documents_in_parallel(corpus: Repository, hook: str) -> None:
    make(corpus, Case({"b.md": CLEAN, **dict.fromkeys(MANY, DOCUMENT)}))
    result = corpus.hook(hook)
    assert result.code == 1, result.text
    told = documents_told(result.text)
    assert sum(told) == len(MANY) + 2
    assert len(told) > 1 or cpu_count() == 1
    cleaned = {"cleaner": [name.replace(".txt", ".clean.txt") for name in MANY], "cleaner-in-place": MANY}.get(
        hook, []
    )
    assert corpus.unstaged() == sorted(cleaned)
    assert {(corpus.folder / name).read_text() for name in cleaned} <= {CLEAN}
    if hook == "cleaner-check":
        assert call("strip", "--quiet", ".", cwd=corpus.folder).code == 0
        result = corpus.hook(hook)
        assert result.code == 1, "none is tracked"
    corpus.add_as_told(result.text)
    again = corpus.hook(hook)
    assert again.code == 0, again.text
    assert corpus.unstaged() == []


@pytest.mark.network
def test_two_documents_with_one_copy_in_different_processes(corpus: Repository) -> None:
    make(corpus, Case({**dict.fromkeys(MANY[:30], DOCUMENT), "x.txt": DOCUMENT, "x.html": PAGE}))
    result = corpus.hook("cleaner")
    for one, other in (("x.txt", "x.html"), ("x.html", "x.txt")):
        why = f"x.clean.txt would also be the clean copy of {other}; rename one of the two, or pass --names full"
        assert f"{one}: {why} ({one}.clean.txt)\n" in result.text
    assert "- exit code: 3" in result.text
    assert corpus.unstaged() == sorted(name.replace(".txt", ".clean.txt") for name in MANY[:30])


# ── documents that fail or are excluded ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("hook", ["cleaner", "cleaner-check", "cleaner-in-place"])
@pytest.mark.network
def test_a_failing_document_among_good_ones(corpus: Repository, hook: str) -> None:
    corpus.write({"bad.txt": b"\0\1", "m.txt": DOCUMENT, "z.txt": DOCUMENT})
    corpus.git("add", "--all")
    result = corpus.hook(hook)
    assert result.code == 1
    assert "- exit code: 3" in result.text
    assert re.search(r"^bad\.txt: .+; .+", result.text, re.MULTILINE)
    written = {"cleaner": ["m.clean.txt", "z.clean.txt"], "cleaner-in-place": ["b.md", "m.txt", "z.txt"]}
    assert corpus.unstaged() == written.get(hook, [])


@pytest.mark.parametrize("hook", ["cleaner", "cleaner-check", "cleaner-in-place"])
@pytest.mark.network
def test_the_configured_exclusions_count(corpus: Repository, hook: str) -> None:
    config = 'exclude = ["drafts/", "*.raw.txt", "*.html"]'
    excluded = dict.fromkeys(["drafts/new/d.txt", "e.raw.txt"], DOCUMENT)
    make(corpus, Case({"b.md": CLEAN, "cleaner.toml": config, **excluded, "a.html": PAGE}))
    result = corpus.hook(hook)
    if hook == "cleaner":  # b.md changed and its copy did not, which the lock tells
        assert (result.code, f"\ngit add {LOCK}\n" in result.text) == (1, True), result.text
        corpus.add_as_told(result.text)
        result = corpus.hook(hook)
    assert (result.code, corpus.unstaged()) == (0, []), result.text
    (corpus.folder / "cleaner.toml").write_text("level = 1")
    wrong = corpus.hook(hook)
    assert wrong.code == 1
    assert "- exit code: 2" in wrong.text
    assert "cleaner.toml:1: 'level' must be " in wrong.text


# ── in a commit ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.network
def test_a_commit(corpus: Repository) -> None:
    assert corpus.run(sys.executable, "-m", "pre_commit", "install").code == 0
    config = corpus.folder / ".pre-commit-config.yaml"
    config.write_text(re.sub(r"(?m)^ +- id: cleaner-.+\n", "", config.read_text()))
    corpus.commit()
    before = corpus.git("rev-parse", "HEAD")

    def commit(*words: str) -> Result:
        return corpus.run("git", "commit", "--message", "Mine", *words)

    # A new document: its copy is written, but not part of the commit until it is added.
    corpus.write({"n.txt": DOCUMENT})
    corpus.git("add", "n.txt")
    for _ in range(2):
        told = commit()
        assert told.code == 1
        assert corpus.unstaged() == ["n.clean.txt"]
    corpus.add_as_told(told.text)
    assert commit().code == 0
    assert corpus.git("show", "HEAD:n.clean.txt") == CLEAN
    # A changed one: without the new copy a commit fails each time, whatever the working tree holds.
    corpus.write({"n.txt": DOCUMENT + MORE})
    corpus.git("add", "n.txt")
    for _ in range(2):
        told = commit()
        assert told.code == 1
        assert corpus.unstaged() == ["n.clean.txt"]
        assert (corpus.folder / "n.clean.txt").read_text() == CLEAN + MORE
    # Nor does a commit of one file alone, with another index. There the lock has the line of n.txt as well, so that
    # pre-commit takes back what the hook writes into it; the command writes it outside of the hook.
    corpus.write({"m.txt": DOCUMENT, "m.clean.txt": CLEAN})
    corpus.git("add", "--all")
    assert commit("m.txt").code == 1
    told = commit("m.txt", "m.clean.txt")
    assert (told.code, LOCK in told.text) == (1, True)
    assert tracked(corpus, "strip", "m.txt") == (1, f"1 file to add to git:\ngit add {LOCK}\n")
    assert commit("m.txt", "m.clean.txt", LOCK).code == 0
    assert commit().code == 0
    assert corpus.git("show", "HEAD:n.clean.txt") == CLEAN + MORE
    # A document that goes does not leave its copy behind.
    corpus.git("rm", "--quiet", "n.txt")
    told = commit()
    assert (told.code, "n.clean.txt: its document n.txt is gone" in told.text) == (1, True)
    assert (corpus.folder / "n.clean.txt").exists()
    corpus.add_as_told(tracked(corpus, "strip", "--prune", "n.clean.txt").text)
    assert not (corpus.folder / "n.clean.txt").exists()
    assert commit().code == 0
    assert corpus.unstaged() == []
    assert corpus.git("rev-list", "--count", f"{before.strip()}..HEAD") == "4\n"


@pytest.mark.network
def test_a_commit_in_another_working_tree(corpus: Repository, tmp_path: Path) -> None:
    assert corpus.run(sys.executable, "-m", "pre_commit", "install").code == 0
    corpus.git("worktree", "add", "--quiet", str(tmp_path / "tree"))
    tree = Repository(tmp_path / "tree", corpus.environment)
    tree.write({"n.txt": CLEAN, "n.clean.txt": CLEAN})
    tree.git("add", "n.txt")
    told = tree.run("git", "commit", "--message", "Mine")
    assert (told.code, tree.unstaged()) == (1, ["n.clean.txt"])
    tree.add_as_told(told.text)
    assert tree.run("git", "commit", "--message", "Mine").code == 0


# ── the option that the hooks have, by itself ─────────────────────────────────────────────────────


def tracked(repository: Repository, *words: str) -> Result:
    return repository.run(str(COMMAND), *words, "--tracked", "--quiet")


def test_without_git_or_a_repository(corpus: Repository, tmp_path: Path) -> None:
    outside = Repository(fill(tmp_path / "outside", {"a.txt": DOCUMENT}), corpus.environment)
    broken = Repository(fill(tmp_path / "broken", {"a.txt": DOCUMENT, ".git": "gitdir: gone"}), corpus.environment)
    no_git = Repository(corpus.folder, {**corpus.environment, "PATH": str(tmp_path)})
    before = snapshot(tmp_path)
    for command in ("strip", "check"):
        for repository, says in (
            (outside, r"error: a\.clean\.txt: is in no git repository; .+"),
            (broken, r"error: .+broken: git cannot be asked \(fatal: .+\); .+"),
            (no_git, r"error: git: cannot be run \(.+\); .+"),
        ):
            result = tracked(repository, command, ".")
            assert result.code == 2
            assert re.fullmatch(says, result.text.strip())
    assert snapshot(tmp_path) == before


def test_each_copy_is_looked_for_in_its_own_repository(corpus: Repository) -> None:
    inner = Repository(corpus.folder / "inner", corpus.environment)
    inner.write({"i.txt": CLEAN, "i.clean.txt": CLEAN, "sub/j.txt": CLEAN, "sub/j.clean.txt": CLEAN})
    inner.git("init", "--quiet")
    inner.commit()
    corpus.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", "./inner")
    of_hook = {"GIT_DIR": str(corpus.folder / ".git"), "GIT_INDEX_FILE": str(corpus.folder / ".git/index")}
    in_hook = Repository(corpus.folder, {**corpus.environment, **of_hook})
    for repository in (corpus, in_hook):
        result = tracked(repository, "check", ".")
        assert (result.code, result.text) == (0, "")
    inner.git("rm", "--quiet", "--cached", "sub/j.clean.txt")
    for repository in (corpus, in_hook):
        result = tracked(repository, "check", ".")
        assert (result.code, result.text) == (1, "1 file to add to git:\ngit add inner/sub/j.clean.txt\n")


def test_a_name_like_pathspec_magic(corpus: Repository) -> None:
    corpus.write({":n.txt": CLEAN, ":n.clean.txt": CLEAN, ".gitignore": "/n.clean.txt"})
    result = tracked(corpus, "check", ".")
    assert (result.code, result.text) == (1, "1 file to add to git:\ngit add ./:n.clean.txt\n")
    corpus.add_as_told(result.text)
    assert tracked(corpus, "check", ".") == (0, "")


def test_a_folder_by_a_link_and_from_elsewhere(corpus: Repository, tmp_path: Path) -> None:
    corpus.write({"sub/[x]*/:n.txt": CLEAN, "sub/[x]*/:n.clean.txt": CLEAN})
    (tmp_path / "link").symlink_to(corpus.folder / "sub")
    elsewhere = Repository(tmp_path, corpus.environment)
    result = tracked(elsewhere, "check", "link/[x]*")
    assert (result.code, result.text) == (
        1,
        "1 file to add to git:\ngit --literal-pathspecs add 'link/[x]*/:n.clean.txt'\n",
    )
    corpus.git("add", "--all")
    assert tracked(elsewhere, "check", "link/[x]*", "corpus") == (0, "")


def test_records_are_to_be_added_too(corpus: Repository) -> None:
    result = tracked(corpus, "strip", "--record", "a.txt")
    assert (result.code, corpus.unstaged()) == (1, ["a.clean.txt.record.json"])
    corpus.add_as_told(result.text)
    assert tracked(corpus, "strip", "--record", "a.txt") == (0, "")
    corpus.write({"a.txt": DOCUMENT})
    result = tracked(corpus, "strip", "--record", "a.txt")
    assert (result.code, corpus.unstaged()) == (1, ["a.clean.txt.record.json", "a.txt"]), "the same copy, another way"


# ── what is staged, and what is not ───────────────────────────────────────────────────────────────

IN_PART = "{0}: is staged in part; stage the rest with `git add {0}`, or stash it\n"


@pytest.mark.parametrize("command", ["strip", "check"])
@pytest.mark.parametrize("in_place", [(), ("--in-place",)], ids=["copies", "in place"])
def test_a_document_that_is_staged_in_part_is_refused(
    corpus: Repository, command: str, in_place: tuple[str, ...]
) -> None:
    corpus.write({"a.txt": CLEAN + MORE, "n.txt": DOCUMENT})
    corpus.git("add", "a.txt", "n.txt")
    corpus.write({"a.txt": CLEAN + MORE + MORE, "n.txt": CLEAN})
    before = corpus.files()
    result = tracked(corpus, command, *in_place, "a.txt", "n.txt")
    assert (result.code, result.text) == (3, IN_PART.format("a.txt") + IN_PART.format("n.txt"))
    assert corpus.files() == before
    corpus.git("add", "a.txt", "n.txt")
    result = tracked(corpus, "strip", *in_place, "a.txt", "n.txt")
    assert result.code == (0 if in_place else 1)
    corpus.add_as_told(result.text)
    assert tracked(corpus, command, *in_place, "a.txt", "n.txt") == (0, "")


@pytest.mark.parametrize("name", [OTHER, "-n.txt", ":n.txt", "*.txt", "a'\x1b[2J\n%s\\.txt", "b\udcff.txt"])
def test_a_document_with_an_odd_name_that_is_staged_in_part(corpus: Repository, name: str) -> None:
    """What is said can be run in any shell, and it stages this document alone."""
    corpus.write({name: DOCUMENT, "other.txt": DOCUMENT})
    corpus.git("--literal-pathspecs", "add", f"./{name}")
    corpus.write({name: CLEAN})
    result = tracked(corpus, "strip", f"./{name}")
    assert (result.code, result.text.count("\n")) == (3, 1)
    (command,) = re.findall(r"stage the rest with `(.+)`, or stash it", result.text)
    assert corpus.run("sh", "-c", command) == (0, "")
    assert CHROME not in corpus.git("--literal-pathspecs", "diff", "--cached", "--", f"./{name}")
    assert "other.txt" not in corpus.git("ls-files")
    result = tracked(corpus, "strip", f"./{name}")
    assert (result.code, result.text.count("\n")) == (1, 2), result.text
    assert corpus.run("sh", "-c", result.text.splitlines()[1]) == (0, "")
    assert tracked(corpus, "strip", f"./{name}") == (0, "")


def test_the_staged_copy_has_to_be_that_of_the_staged_document(corpus: Repository) -> None:
    corpus.write({"a.txt": DOCUMENT + MORE})
    assert tracked(corpus, "strip", "a.txt").code == 1
    corpus.git("add", "a.txt")
    for command in ("strip", "check"):
        result = tracked(corpus, command, "a.txt")
        told = "2 files to add to git:\ngit add a.clean.txt cleaner.lock\n"
        assert (result.code, result.text) == (1, told), "they are fresh"
    corpus.add_as_told(result.text)
    for command in ("strip", "check"):
        assert tracked(corpus, command, "a.txt") == (0, "")


def test_work_in_progress_is_no_business_of_the_hook(corpus: Repository) -> None:
    """A document that is not staged may differ from the index in any way, and other files from anything."""
    corpus.write({"a.txt": DOCUMENT, "b.clean.md": CLEAN, "data.csv": "c\n"})
    corpus.git("add", "data.csv")
    corpus.write({"data.csv": "d\n"})
    for command in ("strip", "check"):
        assert tracked(corpus, command, ".") == (0, "")
    os.utime(corpus.folder / "b.md", (1, 1))
    corpus.write({"b.md": DOCUMENT + MORE, "b.clean.md": CLEAN + MORE})
    corpus.git("add", "b.md", "b.clean.md")
    assert tracked(corpus, "strip", ".") == (1, "1 file to add to git:\ngit add cleaner.lock\n")
    corpus.git("add", LOCK)
    os.utime(corpus.folder / "b.md", (2, 2))
    os.utime(corpus.folder / "b.clean.md", (2, 2))
    (corpus.folder / "b.md").chmod(0o755)
    for command in ("strip", "check"):
        assert tracked(corpus, command, ".") == (0, ""), "another time or mode is no other content"


def test_before_the_first_commit(corpus: Repository, tmp_path: Path) -> None:
    new = Repository(fill(tmp_path / "new", {"a.txt": DOCUMENT, "a.clean.txt": CLEAN}), corpus.environment)
    new.git("init", "--quiet")
    result = tracked(new, "check", ".")
    assert (result.code, result.text) == (1, "1 file to add to git:\ngit add a.clean.txt\n")
    new.git("add", "--all")
    assert tracked(new, "check", ".") == (0, "")
    new.write({"a.txt": CLEAN})
    assert tracked(new, "strip", ".") == (3, IN_PART.format("a.txt"))


def test_a_document_that_is_staged_in_part_in_a_submodule(corpus: Repository) -> None:
    inner = Repository(corpus.folder / "inner", corpus.environment)
    inner.write({"i.txt": CLEAN, "i.clean.txt": CLEAN})
    inner.git("init", "--quiet")
    inner.commit()
    corpus.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", "./inner")
    inner.write({"i.txt": DOCUMENT})
    inner.git("add", "i.txt")
    inner.write({"i.txt": CLEAN + MORE})
    assert tracked(corpus, "strip", ".") == (3, IN_PART.format("inner/i.txt"))


def test_shards_are_refused_too(corpus: Repository) -> None:
    corpus.write({"docs.jsonl": '{"text": "Rain."}\n'})
    corpus.git("add", "docs.jsonl")
    corpus.write({"docs.jsonl": '{"text": "Snow."}\n'})
    assert tracked(corpus, "strip", "docs.jsonl") == (3, IN_PART.format("docs.jsonl"))
    assert not (corpus.folder / "docs.clean.jsonl").exists()


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_a_real_conflict_is_refused(corpus: Repository, newline: str, style: str) -> None:
    lines = (DOCUMENT + MORE).replace("\n", newline)
    corpus.write({"a.txt": lines, "p.html": PAGE, ".gitattributes": "* -text\n"})
    assert tracked(corpus, "strip", ".").code == 1
    corpus.commit()
    corpus.git("checkout", "--quiet", "-b", "other")
    corpus.write({"a.txt": lines.replace("Snow", "Hail")})
    corpus.commit()
    corpus.git("checkout", "--quiet", "-")
    corpus.write({"a.txt": lines.replace("Snow", "Sleet")})
    corpus.commit()
    assert corpus.run("git", "-c", f"merge.conflictStyle={style}", "merge", "other").code == 1
    says = "a.txt:5: has merge conflict markers; resolve the conflict\n"
    before = corpus.files()
    for words in (["strip"], ["strip", "--in-place"], ["check"]):
        assert tracked(corpus, *words, "a.txt") == (3, says)
        assert corpus.files() == before
    corpus.git("add", "a.txt")
    assert tracked(corpus, "strip", "a.txt") == (3, says), "also when it was added as it is"
    assert corpus.run(str(COMMAND), "strip", "--quiet", "--force", "a.txt").code == 0, (
        "without the option it is text as any other"
    )
    corpus.write({"p.html": f"<p>\n{(before['a.txt']).decode()}</p>\n"})
    result = tracked(corpus, "strip", "p.html")
    assert (result.code, result.text) == (3, "p.html:6: has merge conflict markers; resolve the conflict\n")


# ── repositories of strangers ─────────────────────────────────────────────────────────────────────


def test_git_runs_nothing_that_the_repository_names(corpus: Repository, tmp_path: Path) -> None:
    """Neither monitors, hooks, filters and pagers nor programs for differences and for the network."""
    corpus.write({"a.txt": DOCUMENT + MORE, "a.clean.txt": CLEAN + MORE, "c.txt": DOCUMENT + MORE})
    corpus.git("add", "--all")
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\necho $0 $* >>{tmp_path}/ran\ncat\n")
    script.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "pre-commit", "fsmonitor-watchman"):
        shutil.copy(script, hooks / name)
        shutil.copy(script, corpus.folder / ".git/hooks" / name)
    named = {
        "core.fsmonitor": script,
        "core.hooksPath": hooks,
        "core.pager": script,
        "core.sshCommand": script,
        "core.editor": script,
        "core.gitProxy": script,
        "core.askPass": script,
        "core.alternateRefsCommand": script,
        "diff.external": script,
        "pager.diff": script,
        "pager.ls-files": script,
        "pager.config": script,
        "diff.own.command": script,
        "diff.own.textconv": script,
        "filter.own.clean": script,
        "filter.own.smudge": script,
        "filter.own.required": "true",
        "filter.a.b=c.clean": script,
        "filter.\udcff.clean": script,  # no pattern of git fits it
        "filter.own.process": script,
        "alias.diff": f"!{script}",
        "alias.ls-files": f"!{script}",
        "submodule.recurse": "true",
    }
    for key, value in named.items():
        config = corpus.folder / ".git/config"
        section, _, last = key.rpartition(".")
        first, _, sub = section.partition(".")
        head = f'[{first} "{sub}"]' if sub else f"[{first}]"
        with config.open("a", errors="surrogateescape") as file:
            file.write(f"{head}\n\t{last} = {value}\n")
    (corpus.folder / ".git/info").mkdir(exist_ok=True)
    attributes = b"*.txt filter=own diff=own\n*.md filter=a.b=c\nc.* filter=\xff\n"
    (corpus.folder / ".git/info/attributes").write_bytes(attributes)
    corpus.write({"a.txt": CLEAN, "b.md": DOCUMENT, "c.txt": DOCUMENT, "new.txt": CLEAN})
    os.utime(corpus.folder / "a.clean.txt", (1, 1))
    for command in ("check", "strip"):
        assert tracked(corpus, command, ".").code in (1, 3)
        assert tracked(corpus, command, "--in-place", ".").code in (1, 3)
    assert not (tmp_path / "ran").exists(), (tmp_path / "ran").read_text()
    assert corpus.run("git", "status").code == 0
    assert (tmp_path / "ran").exists(), "git itself runs them"


def test_git_fetches_nothing(corpus: Repository, tmp_path: Path) -> None:
    """A repository that lacks an object may name a remote, and the program to fetch it with."""
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\necho >{tmp_path}/ran\n")
    script.chmod(0o755)
    corpus.write({"a.txt": DOCUMENT})
    corpus.git("add", "a.txt")
    tree = corpus.git("rev-parse", "HEAD^{tree}").strip()
    (corpus.folder / ".git/objects" / tree[:2] / tree[2:]).unlink()
    (corpus.folder / ".git/config").write_text(
        "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tpartialClone = origin\n"
        f'[remote "origin"]\n\turl = {tmp_path}\n\tpromisor = true\n\tuploadpack = {script}\n'
        '[protocol]\n\tallow = always\n[protocol "file"]\n\tallow = always\n'
    )
    result = tracked(corpus, "strip", ".")
    assert not (tmp_path / "ran").exists()
    assert result.code == 2
    assert "git cannot be asked" in result.text
    corpus.run("git", "diff", "--cached", "--name-only")
    assert (tmp_path / "ran").exists(), "git itself runs it"


def test_the_filters_of_the_user_count(corpus: Repository, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text('[filter "upper"]\n\tclean = tr a-z A-Z\n')
    mine = Repository(corpus.folder, {**corpus.environment, "GIT_CONFIG_GLOBAL": str(config)})
    mine.write({"a.txt": CLEAN + MORE, "a.clean.txt": CLEAN + MORE, ".gitattributes": "*.txt filter=upper\n"})
    mine.git("add", "--all")
    for name in ("a.txt", "a.clean.txt"):
        os.utime(mine.folder / name, (1, 1))
    assert tracked(mine, "check", ".") == (0, "")


# ── with pre-commit, which puts aside what is not staged ──────────────────────────────────────────


@pytest.mark.network
def test_pre_commit_shows_the_hook_what_is_staged(corpus: Repository) -> None:
    assert corpus.run(sys.executable, "-m", "pre_commit", "install").code == 0
    config = corpus.folder / ".pre-commit-config.yaml"
    config.write_text(re.sub(r"(?m)^ +- id: cleaner-(?!check).+\n", "", config.read_text()))
    corpus.commit()
    corpus.write({"a.txt": DOCUMENT + MORE, "a.clean.txt": CLEAN + MORE})
    corpus.git("add", "--all")
    corpus.write({"a.txt": DOCUMENT + MORE + MORE})
    told = corpus.run("git", "commit", "--message", "Mine")
    assert (told.code, f"\ngit add {LOCK}\n" in told.text) == (1, True), told.text
    corpus.add_as_told(told.text)
    assert corpus.run("git", "commit", "--message", "Mine").code == 0
    assert corpus.git("show", "HEAD:a.clean.txt") == CLEAN + MORE
    assert corpus.unstaged() == ["a.txt"], "what was not staged is there again"
    corpus.git("add", "a.txt")
    corpus.write({"a.txt": CLEAN, "a.clean.txt": CLEAN + MORE + MORE})
    told = corpus.run("git", "commit", "--message", "Mine")
    assert told.code == 1, "the staged copy is that of an earlier state"
    assert corpus.git("rev-list", "--count", "HEAD") == "3\n"
    everything = corpus.hook("cleaner")
    assert IN_PART.format("a.txt") in everything.text, "of all files, it puts nothing aside"
    assert corpus.files()["a.txt"] == CLEAN.encode()


# ── what else does not fit ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", [["-"], ["--diff", "a.txt"]])
def test_what_cannot_be_tracked(corpus: Repository, words: list[str]) -> None:
    result = tracked(corpus, "strip", *words)
    assert result.code == 2
    assert "--tracked" in result.text


def test_who_has_the_same_copy_does_not_depend_on_what_is_named(corpus: Repository) -> None:
    corpus.write({"x.txt": DOCUMENT, "x.html": PAGE})
    for one, other in (("x.txt", "x.html"), ("x.html", "x.txt")):
        for command in ("strip", "check"):
            result = corpus.run(str(COMMAND), command, "--quiet", one)
            why = f"x.clean.txt would also be the clean copy of {other}; rename one of the two, or pass --names full"
            assert (result.code, result.text) == (3, f"{one}: {why} ({one}.clean.txt)\n")
    corpus.write({"cleaner.toml": "exclude = ['x.html']"})
    assert corpus.run(str(COMMAND), "strip", "--quiet", "x.txt") == (0, "")
    assert (corpus.folder / "x.clean.txt").read_text() == CLEAN
