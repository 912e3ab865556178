"""Prepared packs: the cache gives the same result as preparing anew, whatever happens to the files of the cache."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cleaner import Cleaner, SettingsError
from cleaner.rules import pack as packs
from cleaner.rules.prepare import Prepared, compile_packs, prepare
from tests import strategies
from tests.support import CLEAN, OBEY_MODES, OWN_RULES, complaints, fill, need_modes, run, snapshot

TEXT = f"Own chrome\n{CLEAN}"
BROKEN = OWN_RULES.replace("lines =", "linez =")
UNSAFE = OWN_RULES.replace("lines = '''\nOwn chrome\n'''", "patterns = '''(?:own|chrome)+'''")  # a trusted one passes

pytestmark = pytest.mark.slow


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the cache, which does not exist yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "cleaner"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return fill(tmp_path, {"own.toml": OWN_RULES}) / "own.toml"


def source(path: Path) -> packs.Source:
    return packs.read([path])[0]


def kept(cache: Path) -> Path:
    """Return the one file in the cache."""
    (file,) = cache.iterdir()
    return file


def is_used(path: Path, file: Path) -> bool:
    """Whether preparing a pack reads this file of the cache and does not write it again."""
    before = file.stat()
    prepare([source(path)])
    return (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_is_kept_is_what_is_made(cache: Path) -> None:
    made = prepare(packs.builtin(), trusted=True)
    assert len(snapshot(cache)) == 1
    again = prepare(packs.builtin(), trusted=True)
    assert again is not made
    assert again == made == compile_packs([packs.parse(each, trusted=True) for each in packs.builtin()])


def test_a_cleaner_is_the_same_with_and_without_the_cache(cache: Path, own: Path) -> None:
    text = "\n".join(["Own chrome", *strategies.CHROME[:500], *strategies.PROSE])
    first, second = (Cleaner(rules=[own]) for _ in range(2))
    assert len(snapshot(cache)) == 2  # the packs that ship, and the others
    assert first == second
    assert first.fingerprint == second.fingerprint
    assert first.clean(text) == second.clean(text)


def test_a_changed_pack_is_noticed(cache: Path, own: Path) -> None:
    times = own.stat()
    assert Cleaner(rules=[own]).clean(TEXT).text == CLEAN
    own.write_text(OWN_RULES.replace("Own chrome", "Our chrome"), "utf-8")
    os.utime(own, ns=(times.st_atime_ns, times.st_mtime_ns))
    cleaner = Cleaner(rules=[own])
    assert cleaner.clean(TEXT).text == TEXT
    assert cleaner.clean(TEXT.replace("Own", "Our")).text == CLEAN
    own.write_text(OWN_RULES, "utf-8")
    assert Cleaner(rules=[own]).clean(TEXT).text == CLEAN


def test_packs_with_other_names_are_kept_apart(cache: Path, own: Path) -> None:
    other = fill(own.parent, {"other.toml": OWN_RULES.replace("Own chrome", "Our chrome")}) / "other.toml"
    for path in (own, other):
        prepare([source(path)])
    assert len(list(cache.iterdir())) == 2
    for path in (own, other):
        assert any(is_used(path, file) for file in cache.iterdir())


def test_what_other_code_has_kept_is_not_used(cache: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare([source(own)])
    assert is_used(own, kept(cache))
    monkeypatch.setattr(sys, "version", "3.0")
    assert not is_used(own, kept(cache))


def damaged(data: bytes) -> dict[str, bytes]:
    """Return the content of a file of the cache, damaged in many ways, by the kind of damage."""
    found = {"empty": b"", "of another program": b"\x80\x04" * 40, "doubled": data * 2, "longer": data + b"\0"}
    found |= {f"cut to {size}": data[:size] for size in range(1, len(data), 7)}
    for i in range(0, len(data), 3):
        found[f"one bit of byte {i}"] = data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :]
        found[f"byte {i} zero"] = data[:i] + bytes([int(not data[i])]) + data[i + 1 :]
    return found


def test_a_damaged_file_is_as_none(cache: Path, own: Path) -> None:
    wanted = prepare([source(own)])
    file = kept(cache)
    data = file.read_bytes()
    for how, content in damaged(data).items():
        file.write_bytes(content)
        assert prepare([source(own)]) == wanted, how
        assert file.read_bytes() == data, how


def test_a_folder_in_place_of_the_file(cache: Path, own: Path) -> None:
    prepare([source(own)])
    file = kept(cache)
    file.unlink()
    fill(file, {"anything": ""})
    assert Cleaner(rules=[own]).clean(TEXT).text == CLEAN
    assert snapshot(file) == {"anything": b""}


@pytest.mark.parametrize("place", ["relative/cache", "a file", "/dev/null/cache"])
def test_a_cache_that_cannot_be(place: str, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fill(own.parent / "here", {"a file": "mine"})
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(own.parent / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", place if place.startswith("relative") else str(folder / place))
    for _ in range(2):
        assert Cleaner(rules=[own]).clean(TEXT).text == CLEAN
    assert snapshot(folder) == {"a file": b"mine"}


def test_a_user_without_a_home(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody: dict[int, object] = {}
    monkeypatch.setattr(pytest.importorskip("pwd"), "getpwuid", nobody.__getitem__)  # as in many a container
    folder = fill(own.parent / "here", {})
    monkeypatch.chdir(folder)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    assert Cleaner(rules=[own]).clean(TEXT).text == CLEAN
    assert snapshot(folder) == {}


@pytest.mark.parametrize("mode", [0o000, 0o500])
def test_a_cache_that_may_not_be_written(mode: int, cache: Path, own: Path) -> None:
    need_modes(own.parent)
    document = fill(own.parent, {"a.txt": TEXT}) / "a.txt"
    cache.mkdir(parents=True)
    cache.chmod(mode)
    try:
        result = run("strip", "--rules", own, document, through=OBEY_MODES)
    finally:
        cache.chmod(0o700)
    assert (result.code, complaints(result)) == (0, [])
    assert document.with_name("a.clean.txt").read_text("utf-8") == CLEAN
    assert list(cache.iterdir()) == []


def test_a_file_that_may_not_be_read(cache: Path, own: Path) -> None:
    need_modes(own.parent)
    document = fill(own.parent, {"a.txt": TEXT}) / "a.txt"
    Cleaner(rules=[own])
    for file in cache.iterdir():
        file.chmod(0)
    assert run("strip", "--rules", own, document, through=OBEY_MODES).code == 0
    assert document.with_name("a.clean.txt").read_text("utf-8") == CLEAN


def test_many_processes_at_once(cache: Path, own: Path) -> None:
    def clean(_: int) -> bytes:
        return run("strip", "--rules", own, "-", stdin=TEXT.encode()).raw

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(clean, range(8))) == [CLEAN.encode()] * 8
    assert len(list(cache.iterdir())) == 2  # nothing half made is left
    assert all(is_used(own, file) for file in cache.iterdir())


@pytest.mark.parametrize("text", [BROKEN, UNSAFE, "[pack", OWN_RULES.replace("format = 1", "format = 2")])
def test_packs_with_errors_are_not_kept(text: str, cache: Path, own: Path) -> None:
    own.write_text(text, "utf-8")
    errors = []
    for _ in range(2):
        with pytest.raises(SettingsError) as caught:
            prepare([source(own)])
        errors.append(str(caught.value))
    assert errors[0] == errors[1]
    assert errors[0].startswith(f"{own}:")
    assert not cache.exists()


def test_trust_is_not_kept(cache: Path, own: Path) -> None:
    own.write_text(UNSAFE, "utf-8")
    for _ in range(2):
        assert isinstance(prepare([source(own)], trusted=True), Prepared)
        with pytest.raises(SettingsError, match="a group may be optional but not repeated"):
            prepare([source(own)])


def test_a_pack_whose_name_is_not_text(cache: Path, own: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(own.parent) + b"/caf\xe9.toml"))
    try:
        own.rename(path)
    except OSError:
        pytest.skip("names of files are text here")
    for _ in range(2):
        assert Cleaner(rules=[path]).clean(TEXT).text == CLEAN
