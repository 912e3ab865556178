"""The distribution: what is in it, and that it works where nothing of the source tree is."""

from __future__ import annotations

import email
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

import cleaner
from cleaner import kernel
from tests.support import CHROME, CLEAN, DATA, DOCUMENT, fill, snapshot

ROOT = Path(__file__).resolve().parent.parent
MADE = shutil.ignore_patterns("__pycache__", ".git", ".venv", ".hypothesis", ".*_cache", "dist", "cleaned")

pytest.importorskip("build")
pytest.importorskip("hatchling")

pytestmark = pytest.mark.slow


def run(*words: str | Path, cwd: Path, more: Mapping[str, str] = MappingProxyType({})) -> str:
    """Run something that knows nothing of the source tree; return its standard output.

    `more` is what its environment has besides.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    env.update(more)
    done = subprocess.run(list(map(str, words)), cwd=cwd, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source tree, as git sees it: without what it ignores."""
    copy = tmp_path_factory.mktemp("source")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:  # an unpacked source distribution
        return Path(shutil.copytree(ROOT, copy, dirs_exist_ok=True, ignore=MADE))
    for name in filter(None, os.fsdecode(listed.stdout).split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def dist(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the source distribution and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, source, cwd=source)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a fresh environment, where the wheel is installed beside our dependencies."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, symlinks=True)
    scripts = home / ("Scripts" if sys.platform == "win32" else "bin")
    python = scripts / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=home)
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip())
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return scripts


def test_every_rule_pack_is_in_the_wheel(source: Path, names: set[str]) -> None:
    packs = {path.relative_to(source / "rules").as_posix() for path in (source / "rules").rglob("*.toml")}
    assert packs
    assert {name.removeprefix("cleaner/packs/") for name in names if name.startswith("cleaner/packs/")} == packs


def test_every_module_is_in_the_wheel(source: Path, names: set[str]) -> None:
    modules = {path.relative_to(source).as_posix() for path in (source / "cleaner").rglob("*") if path.is_file()}
    assert modules <= names


def test_the_kernel_is_in_the_wheel(wheel: Path, names: set[str]) -> None:
    """With a compiler, one wheel serves all versions of Python on a platform."""
    if kernel.compiled is None:
        pytest.skip("the kernel cannot be built here, or shall not be used")
    assert re.fullmatch(rf"boilerstrip-{re.escape(cleaner.__version__)}-cp311-abi3-(?!any)\w+\.whl", wheel.name)
    assert any(re.fullmatch(r"cleaner/kernel/_compiled\.(abi3\.so|pyd)", name) for name in names)


@pytest.mark.parametrize("env", [{"CC": "no-such-compiler"}, {"CLEANER_KERNEL": "numpy"}])
def test_without_a_compiler_there_is_a_wheel_for_all_platforms(
    env: dict[str, str], source: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(source, tmp_path / "source")
    words = (sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path / "dist", copy)
    run(*words, cwd=copy, more=env)
    (made,) = (tmp_path / "dist").iterdir()
    assert made.name == f"boilerstrip-{cleaner.__version__}-py3-none-any.whl"
    assert not any(name.endswith((".so", ".pyd")) for name in zipfile.ZipFile(made).namelist())


def test_nothing_else_is_in_the_wheel(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names} == {"cleaner", f"boilerstrip-{cleaner.__version__}.dist-info"}


def test_the_wheel_says_that_it_is_typed(names: set[str]) -> None:
    assert "cleaner/py.typed" in names


def test_the_metadata(wheel: Path, names: set[str], source: Path) -> None:
    info = f"boilerstrip-{cleaner.__version__}.dist-info"
    archive = zipfile.ZipFile(wheel)
    metadata = email.message_from_bytes(archive.read(f"{info}/METADATA"))
    project = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["project"]
    assert metadata["Name"] == project["name"] == "boilerstrip"
    assert metadata["Version"] == cleaner.__version__
    assert project["dynamic"] == ["version"]
    assert metadata["License-Expression"] == project["license"]
    assert f"{info}/licenses/LICENSE" in names
    commands = archive.read(f"{info}/entry_points.txt").decode().splitlines()
    assert commands == ["[console_scripts]", "boilerstrip = cleaner.cli:main", "cleaner = cleaner.cli:main"]
    assert metadata.get_all("Project-URL") == [f"Repository, {project['urls']['Repository']}"]
    required = [value for value in metadata.get_all("Requires-Dist", []) if "extra ==" not in value]
    assert len(required) == len(project["dependencies"])


def test_the_source_distribution_has_what_its_tests_need(dist: Path) -> None:
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "cleaner/__init__.py"} <= found
    assert {"tests/test_package.py", "tests/data/html/news.html"} <= found
    assert {".ci/run", ".ci/constraints.txt", ".github/workflows/ci.yml", ".pre-commit-hooks.yaml"} <= found
    assert any(name.startswith("rules/") and name.endswith(".toml") for name in found)
    assert any(name.startswith("corpus/") for name in found)


def test_the_installed_command_works_on_its_own(installed: Path, tmp_path: Path) -> None:
    page = (DATA / "html" / "news.html").read_bytes()
    fill(tmp_path, {"a.txt": DOCUMENT, "p.html": page, "m.md": "The cafÃ© was closed.\n"})
    place = run(installed / "python", "-c", "import cleaner; print(cleaner.__file__)", cwd=tmp_path).strip()
    assert Path(place).is_relative_to(installed.parent), "not the source tree"
    for command in ("cleaner", "boilerstrip"):
        version = run(installed / command, "--version", cwd=tmp_path)
        assert version.startswith(f"{command}, version {cleaner.__version__}")
    out = run(installed / "cleaner", "strip", "--jobs", "2", "--record", ".", cwd=tmp_path)
    assert "a.txt -> a.clean.txt: 1 line removed" in out.splitlines()
    found = snapshot(tmp_path)
    assert found["a.clean.txt"] == CLEAN.encode()
    assert found["m.clean.md"] == "The café was closed.\n".encode()
    assert CHROME.encode() not in found["p.clean.txt"]
    run(installed / "cleaner", "check", ".", cwd=tmp_path)
    assert run(installed / "python", "-m", "cleaner", "restore", "a.clean.txt", cwd=tmp_path) == DOCUMENT


def test_the_installed_rules_are_those_of_the_source_tree(installed: Path, source: Path, tmp_path: Path) -> None:
    script = "import cleaner; print(cleaner.Cleaner().fingerprint)"
    there = run(installed / "python", "-c", script, cwd=tmp_path)
    here = run(sys.executable, "-c", f"import sys; sys.path.insert(0, {str(source)!r}); {script}", cwd=tmp_path)
    assert there == here


# What the other distribution called `cleaner` installs.
OTHER = {
    "cleaner/__init__.py": '__version__ = "0.4.0"\n',
    "cleaner/cli.py": "def run_cleaner():\n    raise SystemExit('files are removed')\n",
    "cleaner/filesystem.py": "",
    "cleaner-0.4.0.dist-info/METADATA": "Metadata-Version: 2.0\nName: cleaner\nVersion: 0.4.0\n",
}


@pytest.mark.parametrize("last", ["theirs", "ours"])
def test_the_other_distribution_of_this_name_is_noticed(wheel: Path, tmp_path: Path, last: str) -> None:
    """Both are installed in one folder, one after the other: the files of the last one count."""
    folder = tmp_path / "packages"
    zipfile.ZipFile(wheel).extractall(folder)
    ours = (folder / "cleaner" / "__init__.py").read_text("utf-8")
    fill(folder, OTHER)
    if last == "ours":
        fill(folder, {"cleaner/__init__.py": ours})
    fill(tmp_path, {"a.txt": DOCUMENT})
    env = {**os.environ, "PYTHONPATH": str(folder)}
    for start in ("from cleaner.cli import main; main()", "from cleaner.cli import run_cleaner; run_cleaner()"):
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.argv = ['cleaner', 'strip', 'a.txt']; {start}"],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2, done.stdout + done.stderr
        assert re.fullmatch(
            r"(?:error|cleaner): .+: another program called cleaner \(0\.4\.0\) has overwritten files of this one, "
            r"or may; run `pip uninstall -y cleaner boilerstrip`, then `pip install boilerstrip`\n",
            done.stderr,
        )
    assert not (tmp_path / "a.clean.txt").exists()


def test_public_names_are_there_and_nothing_is_imported_before_they_are_asked_for() -> None:
    assert set(cleaner.__all__) <= set(dir(cleaner))
    assert all(getattr(cleaner, name) for name in cleaner.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'Clean'"):
        _ = cleaner.Clean  # type: ignore[attr-defined]
    code = "import sys, cleaner; print(*(name for name in sys.modules if name.startswith('cleaner')))"
    assert run(sys.executable, "-c", code, cwd=ROOT).split() == ["cleaner.version", "cleaner"]
