"""Packs made ready for use: read, checked, and all they look for filed in tables.

That takes far longer than cleaning a short document, so the result is kept in the user's cache folder, as
Python keeps bytecode. What is kept is a function of the packs' texts, this code and this Python alone, so
a kept result and a new one are the same; where the folder cannot be used, nothing is kept.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from cleaner.rules import pack
from cleaner.rules.match import gate, keys, outline, regex, tables
from cleaner.rules.match.gate import Packed
from cleaner.rules.scope import EVERYWHERE, Scope

_SUFFIX = ".packs"
_SIZE = hashlib.sha256().digest_size


class Role(NamedTuple):
    """What it means when a line fits: a number in tables stands for one of these."""

    role: str  # line, from, to, cut, cut_before, inline, clue, keep
    pack: int  # its number among the packs
    item: int  # number of the pack's rule, clue or protection


class Group(msgspec.Struct, array_like=True, frozen=True):
    """The tables of packs that are active for the same documents, encoded, as most documents need few of them."""

    scope: Scope
    gate: Packed
    strong: msgspec.Raw
    weak: msgspec.Raw


class Prepared(msgspec.Struct, array_like=True, frozen=True):
    """Packs, without their examples and what is in the tables; the first group is of those active everywhere."""

    packs: list[pack.Pack]
    scopes: list[Scope]  # for which documents each pack is
    roles: list[Role]
    groups: list[Group]


def prepare(sources: Sequence[pack.Source], *, trusted: bool = False) -> Prepared:
    """Return `sources` ready for use, from the cache if they are in it. Raises `SettingsError`, as `pack.parse`."""
    digest, file = _digest(sources, trusted), _place(sources)
    if file and (kept := _kept(file, digest)):
        return kept
    result = compile_packs([pack.parse(source, trusted=trusted) for source in sources])
    if file:
        _keep(file, digest, msgspec.msgpack.encode(result))
    return result


def compile_packs(packs: Sequence[pack.Pack]) -> Prepared:
    """Return packs, which are sound, ready for use."""
    roles: list[Role] = []
    longest = max([pack.MAX_CHARS, *(rule.max_chars for one in packs for rule in one.rule)])
    made = {EVERYWHERE: (tables.Tables(longest), tables.Tables(longest))}
    everywhere = made[EVERYWHERE][0]
    scopes = [scope_of(one) for one in packs]
    for number, (one, scope) in enumerate(zip(packs, scopes, strict=True)):
        for item, clue in enumerate(scope.clues):
            everywhere.add_literals([clue], _add(roles, Role("clue", number, item)))
        strong, weak = made.setdefault(
            scope if scope.is_narrow else EVERYWHERE, (tables.Tables(longest), tables.Tables(longest))
        )
        _file(one, number, roles, strong, weak, everywhere)
    groups = [group(scope, strong, weak) for scope, (strong, weak) in made.items()]
    return Prepared([_bare(one) for one in packs], scopes, roles, groups)


def group(scope: Scope, strong: tables.Tables, weak: tables.Tables) -> Group:
    """Return a group with these tables."""
    packed, crowds = gate.pack(strong.entries(), weak.entries())
    for each, crowd in zip((strong, weak), crowds, strict=True):
        each.add_crowd(crowd)
    return Group(scope, packed, *(msgspec.Raw(msgspec.msgpack.encode(each)) for each in (strong, weak)))


def scope_of(one: pack.Pack) -> Scope:
    """Return for which documents a pack is active."""
    info = one.pack
    return Scope(
        tuple(info.hosts), tuple(info.langs), tuple(keys.keys(info.clues, pack.LIMIT_CHARS)), info.clues_needed
    )


def _add(roles: list[Role], role: Role) -> int:
    roles.append(role)
    return len(roles) - 1


def _file(
    one: pack.Pack,
    number: int,
    roles: list[Role],
    strong: tables.Tables,
    weak: tables.Tables,
    everywhere: tables.Tables,
) -> None:
    """File what the rules of a pack look for; what protects lines is filed for all documents."""
    folded = one.folded_words()
    numbers: dict[tuple[int, bool], int] = {}  # of the words, as they are or folded, in each of the tables

    def words_of(pattern: str, table: tables.Tables, *, as_is: bool) -> int:
        """Return the number of the words in a table, with those among them that `pattern` names."""
        if (id(table), as_is) not in numbers:
            numbers[id(table), as_is] = table.add_words({})
        place = numbers[id(table), as_is]
        words = one.words if as_is else folded
        table.words[place] |= {name: words[name] for name in regex.WORD.findall(pattern)}
        return place

    literals = _literals([*one.rule, *one.keep])
    items: list[tuple[int, pack.Rule | pack.Keep]] = [*enumerate(one.rule)]
    items += enumerate(one.keep)
    for item, rule in items:
        if isinstance(rule, pack.Keep):
            table, role = everywhere, "keep"
        else:
            table, role = weak if rule.weak else strong, "line"
        for name, patterns in rule.looked_for():
            use = _add(roles, Role(name, number, item))
            for pattern in patterns:
                if name == "inline" and isinstance(rule, pack.Rule):
                    table.add_inline(pattern, words_of(pattern, table, as_is=True), rule.at, use)
                else:
                    table.add_pattern(pattern, words_of(pattern, table, as_is=False), use)
        if rule.lines:
            table.add_literals(next(literals), _add(roles, Role(role, number, item)))


def _literals(rules: Sequence[pack.Rule | pack.Keep]) -> Iterator[list[str]]:
    """Yield the keys of the lines of each rule that has any; all are made at once, which is fast."""
    lines = [pack.block(rule.lines) for rule in rules if rule.lines]
    found = iter(keys.keys([line for each in lines for line in each], pack.LIMIT_CHARS))
    return (list(islice(found, len(each))) for each in lines)


def _bare(one: pack.Pack) -> pack.Pack:
    """Return a pack without what is in the tables, and what only people read."""
    no_text = dict.fromkeys(("lines", "drops", "keeps", "todo_drops", "todo_keeps", "why", "seen"), "")
    no_pattern = dict.fromkeys(map(pack.attribute, pack.PATTERN_KEYS))
    rules = [msgspec.structs.replace(rule, **no_text, **no_pattern, case=[]) for rule in one.rule]
    return msgspec.structs.replace(one, rule=rules)


def _digest(sources: Sequence[pack.Source], trusted: bool) -> bytes:
    """Return a digest of all that `prepare` depends on."""
    code = []
    for module in (gate, keys, outline, pack, regex, tables, sys.modules[Scope.__module__], sys.modules[__name__]):
        file = Path(module.__file__ or "")  # there are installations where all files have the same time
        code.append((str(file), file.stat().st_mtime_ns, file.stat().st_size))
    digest = hashlib.sha256(repr((sys.version, code, trusted)).encode())
    for source in sources:
        digest.update(source.text.encode() + b"\0")
    return digest.digest()


def _place(sources: Sequence[pack.Source]) -> Path | None:
    """Return the file for packs of these names, or None where the user has no home to keep one in."""
    import platformdirs

    try:
        folder = Path(platformdirs.user_cache_dir("cleaner"))
    except RuntimeError:
        return None
    names = hashlib.sha256(b"\0".join(os.fsencode(os.path.realpath(source.name)) for source in sources)).hexdigest()
    # Without a home, older versions give a path that begins with ~ itself.
    return folder / (names[:32] + _SUFFIX) if folder.is_absolute() else None


def _kept(file: Path, digest: bytes) -> Prepared | None:
    try:
        head, seal, data = (found := file.read_bytes())[:_SIZE], found[_SIZE : 2 * _SIZE], found[2 * _SIZE :]
    except OSError:
        return None
    if head != digest or seal != hashlib.sha256(data).digest():  # other packs, or damaged
        return None
    return msgspec.msgpack.decode(data, type=Prepared)


def _keep(file: Path, digest: bytes, data: bytes) -> None:
    import tempfile

    with suppress(OSError):  # then the next run takes a little longer
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            made = Path(folder, file.name)
            made.write_bytes(digest + hashlib.sha256(data).digest() + data)
            made.replace(file)
