"""Prepared packs: the cache gives the same result as preparing anew, whatever happens to the files of the cache."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from cleaner import Cleaner, SettingsError
from cleaner.rules import checks
from cleaner.rules import pack as packs
from cleaner.rules.cache import checksum
from cleaner.rules.engine import Ruleset
from cleaner.rules.prepare import Prepared, compile_packs, prepare, prepare_shipped
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
    made = prepare_shipped()
    assert len(snapshot(cache)) == 1
    again = prepare_shipped()
    assert again is not made
    shipped = packs.builtin()
    tongues = [number for number, each in enumerate(shipped) if packs.is_tongue(each.name)]
    assert again == made
    assert made.prepared() == compile_packs([checks.parse(each, trusted=True) for each in shipped], tongues)


def test_a_changed_pack_that_ships_is_noticed(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(packs.shipped_folder(), folder)
    monkeypatch.setattr(packs, "shipped_folder", lambda: folder)
    before = Cleaner("rules")
    assert Cleaner("rules").fingerprint == before.fingerprint
    file = folder / "generic" / "accessibility.toml"
    file.write_text(file.read_text("utf-8") + f"\n{OWN_RULES[OWN_RULES.index('[[rule]]') :]}", "utf-8")
    after = Cleaner("rules")
    assert after.fingerprint != before.fingerprint
    assert (before.clean(TEXT).text, after.clean(TEXT).text) == (TEXT, CLEAN)
    assert len(snapshot(cache)) == 1


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


# ── whose the cache is, and what a file with a right seal may hold ────────────────────────────────

BESIDE = (
    ("file", "open to others"),
    ("folder", "open to others"),
    ("file", "a link"),
    ("folder", "a link"),
    ("file", "a pipe"),
    ("file", "of another user"),
    ("folder", "of another user"),
)


@pytest.mark.parametrize(("what", "how"), BESIDE)
def test_a_cache_that_others_could_have_written_is_not_used(cache: Path, own: Path, what: str, how: str) -> None:
    prepare([source(own)])
    place = cache if what == "folder" else kept(cache)
    file = kept(cache)
    forge(file, lambda data: replaced(data, "own chrome", "our chrome"))  # to see whether it is used
    moved = place.with_name("moved")
    if how == "open to others":
        place.chmod(place.stat().st_mode | 0o022)
    elif how == "a link":
        place.rename(moved)
        place.symlink_to(moved)
    elif how == "a pipe":
        place.unlink()
        os.mkfifo(place)
    elif os.geteuid() == 0:
        os.chown(place, 12345, -1)
    else:
        pytest.skip("only root may give a file away")
    assert run("strip", "--rules", own, "-", stdin=TEXT.encode(), timeout=30).out == CLEAN
    if what == "folder" and how != "a link":
        assert not file.is_symlink()


def test_what_is_made_is_for_the_user_alone(cache: Path, own: Path) -> None:
    before = os.umask(0)
    try:
        prepare([source(own)])
    finally:
        os.umask(before)
    assert (stat.S_IMODE(cache.stat().st_mode), stat.S_IMODE(kept(cache).stat().st_mode)) == (0o700, 0o600)


def test_old_files_and_files_beyond_a_number_are_removed(cache: Path, own: Path) -> None:
    names = [f"{number:032x}.packs" for number in range(20)]
    fill(cache, {**dict.fromkeys(names, "x"), "notes.txt": "mine", "0123.packs": "mine"})
    for number, name in enumerate(names):
        os.utime(cache / name, (time.time() - number * 60,) * 2)
    os.utime(cache / names[2], (time.time() - 40 * 24 * 3600,) * 2)
    (cache / f"{99:032x}.packs").symlink_to("notes.txt")
    prepare([source(own)])
    left = set(snapshot(cache))
    assert left >= {"notes.txt", "0123.packs", f"{99:032x}.packs", names[0], names[1]}
    assert names[2] not in left
    assert len(left) <= 3 + 8


def test_a_file_in_use_is_not_old(cache: Path, own: Path) -> None:
    prepare([source(own)])
    before = kept(cache).stat()
    os.utime(kept(cache), (time.time() - 29 * 24 * 3600,) * 2)
    prepare([source(own)])
    after = kept(cache).stat()
    assert after.st_ino == before.st_ino
    assert after.st_mtime > time.time() - 3600


def test_large_files_are_removed(cache: Path, own: Path) -> None:
    cache.mkdir(parents=True)
    for number in range(5):
        with (cache / f"{number:032x}.packs").open("wb") as file:
            file.truncate(20_000_000)
    prepare([source(own)])
    assert sum(path.stat().st_size for path in cache.iterdir()) < 50_000_000


def forge(file: Path, change: Callable[[Any], Any]) -> None:
    """Change the data in a file of the cache, and seal it anew."""
    content = file.read_bytes()
    data = msgspec.msgpack.encode(change(msgspec.msgpack.decode(content[36:])))
    file.write_bytes(content[:32] + checksum(data) + data)


def replaced(data: Any, old: object, new: object) -> Any:
    """Return data with `new` in place of each value and key that equals `old`."""
    if isinstance(data, list):
        return [replaced(each, old, new) for each in data]
    if isinstance(data, dict):
        return {replaced(key, old, new): replaced(value, old, new) for key, value in data.items()}
    return new if data == old and type(data) is type(old) else data


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each list or dictionary in data, and each index or key in it."""
    for key in range(len(data)) if isinstance(data, list) else list(data) if isinstance(data, dict) else ():
        yield data, key
        yield from places(data[key])


HOSTILE = [
    0,
    -1,
    10**6,
    10**15,
    "",
    "x",
    "(?:a|aa)+b",
    "{none}",
    "[",
    b"",
    b"\xff" * 7,
    [],
    {},
    None,
    [["a", 9, 9]],
    {"a": [9]},
]


@pytest.mark.parametrize("kind", ["lines", "patterns", "inline"])
def test_a_sealed_file_with_other_content_is_no_crash(cache: Path, own: Path, kind: str) -> None:
    body = {
        "lines": "lines = '''\nOwn chrome\n'''",
        "patterns": "patterns = ['''own .{0,20}''', '''own chr(?:ome|omium)''']\nunless = 'own .*x'",
        "inline": "inline = '''Own chrome'''\nweak = false",
    }[kind]
    own.write_text(
        f'[pack]\nformat = 1\nid = "own"\nclues = ["Own clue"]\n[[rule]]\nid = "a"\ncategory = "x"\n{body}\n'
    )
    prepare([source(own)])
    file = kept(cache)
    whole = file.read_bytes()
    random = Random(kind)
    lines = ["Own chrome", "Own clue", "Own chromium", ""]
    for number in range(sum(1 for _ in places(msgspec.msgpack.decode(whole[36:])))):
        for value in random.sample(HOSTILE, 4):
            changed = msgspec.msgpack.decode(whole[36:])
            table, key = next(islice(places(changed), number, None))
            table[key] = value
            data = msgspec.msgpack.encode(changed)
            file.write_bytes(whole[:32] + checksum(data) + data)
            with suppress(SettingsError):
                rules = Ruleset([prepare([source(own)])])
                rules.mark(lines, rules.look_up(lines, url="https://a.example/"), lang="en")
