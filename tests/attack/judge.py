"""What a command has changed, and whether it was allowed to.

From the pictures before and after, and from the command, `findings` tells what must not have happened. It does not
trust the cleaner: whose a file is, is known from the one who planted it (`owned`), not from what the cleaner thinks.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.attack.orders import Order
from tests.attack.pictures import Entry, Picture


class Finding(NamedTuple):
    """Something that must not happen: of what kind, and what it was."""

    kind: str
    what: str


# Names that the cleaner gives to files: copies, records, lists of failures.
OUTPUT = re.compile(
    r".*(?:\.clean\.(?:txt|md)|\.record\.json|\.failed\.jsonl|\.clean\.(?:jsonl|ndjson|parquet)(?:\.\w+)?)",
    re.DOTALL | re.IGNORECASE,
)
LOCK = re.compile(
    r"tree/(?:.*/)?cleaner\.lock", re.DOTALL
)  # may be made anywhere in the tree; replaced if it is a lock
WORKSPACE = re.compile(r"\..*\.partial", re.DOTALL)  # names of folders with what is not finished
IN_WORKSPACE = {"state", "state.new", "output", "failures", "made", "lock"}
IN_PLACE = re.compile(r".*\.(?:txt|text|md)", re.DOTALL | re.IGNORECASE)  # documents that can be cleaned in place

GROUP_AND_OTHERS_WRITE, EXECUTE = 0o022, 0o111


def findings(before: Picture, after: Picture, order: Order, owned: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what the command must not have changed between two pictures.

    `owned` has the digest of each file that may be replaced: of those that the cleaner wrote itself, or that
    are provably copies or records.
    """
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        if old is None:
            assert new
            yield from _of_new(path, new, before, order)
        elif not _may_change(path, old, new, before, order, owned):
            where = "outside" if _is_outside(path) else "inside"
            yield Finding(f"{where}: {_deed(old, new)}", f"{path!r}: {old} -> {new}")
        elif new and new.mode & ~old.mode:
            yield Finding("wider mode", f"{path!r}: {old.mode:o} -> {new.mode:o}")


def _of_new(path: str, new: Entry, before: Picture, order: Order) -> Iterator[Finding]:
    """Yield what is wrong with a path that was not there before."""
    is_given = path in order.named or path in order.folders or _is_below(path, order.folders)
    if _is_outside(path) and not is_given:
        yield Finding("outside: new", f"{path!r}: {new}")
    elif new.kind == stat.S_IFDIR:
        if not is_given and not WORKSPACE.fullmatch(Path(path).name):
            yield Finding("inside: new folder", f"{path!r}")
    elif not new.is_file:
        yield Finding("inside: new thing", f"{path!r}: {new}")
    elif not (
        OUTPUT.fullmatch(path) or LOCK.fullmatch(path) or path in order.named or _is_in_workspace(path, before)
    ):
        yield Finding("inside: new file", f"{path!r}")
    elif new.mode & (GROUP_AND_OTHERS_WRITE | EXECUTE):
        yield Finding("mode of a new file", f"{path!r}: {new.mode:o}")


def _may_change(
    path: str, old: Entry, new: Entry | None, before: Picture, order: Order, owned: Mapping[str, str]
) -> bool:
    """Whether a command may make `new` of `old`."""
    name = Path(path).name
    if old.kind == stat.S_IFDIR:  # nobody changes the mode of a folder, or removes one that holds something of others
        return new is None and bool(WORKSPACE.fullmatch(name)) and not _is_outside(path)
    if not old.is_file or (new and not new.is_file):
        return False
    if owned.get(path) == old.content and (not _is_outside(path) or _is_below(path, order.folders)):
        return True
    if path in order.named:
        return new is not None and (order.force or not order.named_must_be_new)
    if _is_outside(path):
        return False
    if order.in_place and IN_PLACE.fullmatch(path) and not OUTPUT.fullmatch(path) and "/." not in path:
        return new is not None
    if OUTPUT.fullmatch(path):
        return order.force and order.writes and new is not None
    return order.writes and _is_in_workspace(path, before) and _has_state(path, before)


def _is_outside(path: str) -> bool:
    return not path.startswith("tree/") and path != "tree"


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path.startswith(folder + "/") for folder in folders)


def _is_in_workspace(path: str, before: Picture) -> bool:
    """Whether a file has the name of one in a workspace, which is not a link."""
    folder, _, name = path.rpartition("/")
    there = before.get(folder)
    is_real = there is None or there.kind == stat.S_IFDIR
    return is_real and name in IN_WORKSPACE and bool(WORKSPACE.fullmatch(folder.rpartition("/")[2]))


def _has_state(path: str, before: Picture) -> bool:
    """Whether the folder has a state, as a workspace has: without one, the folder is somebody's."""
    there = before.get(f"{path.rpartition('/')[0]}/state")
    return there is not None and there.is_file


def _deed(old: Entry, new: Entry | None) -> str:
    if new is None:
        return f"{old.noun} removed"
    if new.kind != old.kind:
        return f"{old.noun} replaced"
    return f"{old.noun} changed" if new.content != old.content else f"{old.noun} has another mode"


# In names there are an escape sequence, an override of the direction, and a line feed before `PWNED`: see `names.py`.
DANGEROUS = re.compile(
    b"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]"
)
ON_A_LINE_OF_ITS_OWN = re.compile(rb"^PWNED", re.MULTILINE)


def findings_in_output(code: object, out: bytes, err: bytes, order: Order) -> Iterator[Finding]:
    """Yield what is wrong with the exit code of a command, and with what it has written."""
    if b"Traceback (most recent call last)" in out + err:
        last = (out + err).strip().rpartition(b"\n")[2]
        yield Finding("traceback", last.decode("utf-8", "backslashreplace"))
    if code not in (0, 1, 2, 3):
        yield Finding("exit code", repr(code))
    if b"defect of the cleaner" in out + err:
        yield Finding("defect", (out + err).decode("utf-8", "backslashreplace")[-400:])
    for where, text in (("stderr", err), *((("stdout", out),) if not order.shows_text else ())):
        if found := DANGEROUS.search(text) or ON_A_LINE_OF_ITS_OWN.search(text):
            around = text[max(found.start() - 60, 0) : found.end() + 60]
            yield Finding(f"raw name on {where}", repr(around))
