"""Packs made ready for use: read, checked, and filed in tables, which the cache keeps from one run to the next.

Preparing reads the TOML, checks the packs, turns their lines into keys, and files lines and patterns in the tables
of `match`, from which a gate is built. That takes far longer than cleaning a short document. So the result is kept
in a file of the user's cache folder, as Python keeps bytecode.

Packs of languages that ship (`pack.is_tongue`) are encoded one by one, because most documents need none of them: a
pack is decoded when a line calls for it (see `rules.tongues`). What a gate cannot call for stays with the other
packs: protections, inline rules, selectors, and rules that go by the place of lines. Rules do the same in either
place.

There is one file for each set of pack files, named after their paths (see `rules.cache`). It is used if all that the
result depends on is the same: the texts of the packs, the modules that prepare them (path, time and size of each),
the versions of Python and of this distribution, and whether the packs were checked. So a kept result and a new one
are the same. Of the packs that ship, which are many, the time and size stand for the text, and they are not read.
What a file holds is looked at nevertheless: numbers that name nothing, and patterns that no pack may have, are an
error and not a crash.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import compress, islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from cleaner.rules import cache, css, pack
from cleaner.rules.match import gate, keys, regex, tables
from cleaner.rules.match.gate import Packed
from cleaner.rules.scope import EVERYWHERE, Scope
from cleaner.version import __version__

_MATCHING = (
    "anchors",
    "cost",
    "ends",
    "gate",
    "keys",
    "maker",
    "outline",
    "parsed",
    "regex",
    "tables",
    "units",
)  # modules of `match` that prepare packs
_OTHERS = ("clue", "keep")  # roles of what is no rule

Shape = TypeVar("Shape", bound=msgspec.Struct)


class Role(NamedTuple):
    """What it means if a line fits. Each number that the tables hold is an index in a list of roles."""

    role: str  # line, from, to, cut, cut_before, inline, selectors, clue or keep
    pack: int  # 0-based number of the pack
    item: int  # 0-based number of the pack's rule, clue or protection


class GroupTables(msgspec.Struct, array_like=True, frozen=True):
    """The tables of packs that are active for the same documents.

    The tables of strong and of weak rules are encoded `Tables`, because most documents need few of them.
    """

    scope: Scope
    gate: Packed
    strong: msgspec.Raw
    weak: msgspec.Raw


class PackedTongue(msgspec.Struct, array_like=True, frozen=True):
    """A pack of a language, without what stays with the other packs. It is decoded when a line calls for it."""

    id: str
    scope: Scope
    content: msgspec.Raw  # encoded `Prepared` of this pack alone, with one group, whose gate is empty

    def opened(self) -> Prepared:
        """Decode the pack. Raises `SettingsError` for what was forged."""
        return _opened(self.content, 1, 0)


class Prepared(msgspec.Struct, array_like=True, frozen=True):
    """Packs ready for use; `packs[n]` has the scope `scopes[n]`."""

    packs: list[pack.Pack]  # without what the tables hold and what only people read
    scopes: list[Scope]  # for which documents each pack is
    roles: list[Role]  # what the numbers in all tables mean
    groups: list[GroupTables]  # the first is of the packs that are not for particular sites
    selectors: msgspec.Raw  # encoded `SelectorTables`, decoded when a page comes
    tongues: list[PackedTongue] = []  # the gate of the first group has a shelf for each, behind its own

    def ids(self) -> set[str]:
        """Return the ids of all packs."""
        return {one.pack.id for one in self.packs} | {one.id for one in self.tongues}

    def all_packs(self) -> list[pack.Pack]:
        """Decode and return all packs; those of languages may come in two halves. Raises `SettingsError`."""
        return [*self.packs, *(one for tongue in self.tongues for one in tongue.opened().packs)]


_Sides = tuple[tables.Tables, tables.Tables]  # of strong and of weak rules


class _Filed(NamedTuple):
    """Packs whose lines and patterns are in tables."""

    packs: Sequence[pack.Pack]
    scopes: list[Scope]  # of each pack
    roles: list[Role]  # what the numbers in the tables mean
    by_scope: dict[Scope, _Sides]  # the first are those of the packs that are not for particular sites
    selectors: css.Builder


class Shipped(msgspec.Struct, array_like=True, frozen=True):
    """The packs that ship, ready for use. They are decoded when a document comes."""

    digest: str  # of the texts of the packs and of the frame of languages, in hexadecimal
    packs: int  # how many packs there are
    tongues: int  # how many of them are of a language
    content: msgspec.Raw  # encoded `Prepared`

    def prepared(self) -> Prepared:
        """Decode the packs. Raises `SettingsError` for what was forged."""
        return _opened(self.content, self.packs, self.tongues)


def prepare(sources: Sequence[pack.Source], *, trusted: bool = False) -> Prepared:
    """Return packs ready for use, from the cache if it has them.

    With `trusted` the meaning of the packs is not checked. Raises `SettingsError` as `checks.parse` does.
    """

    def made() -> Prepared:
        from cleaner.rules import checks  # not needed if the cache has the packs

        packs = [checks.parse(source, trusted=trusted) for source in sources]
        if not trusted:
            checks.check_together(list(zip(sources, packs, strict=True)))
        return compile_packs(packs)

    texts = [pack.frame().text, *(source.text for source in sources)]
    names = [os.path.realpath(source.name) for source in sources]
    return _kept_or(made, Prepared, names, (trusted, texts), lambda found: _is_whole(found, len(sources), 0))


def prepare_shipped() -> Shipped:
    """Return the packs that ship, ready for use, from the cache if it has them. Raises `SettingsError`."""

    def made() -> Shipped:
        from cleaner.rules import checks

        sources = pack.builtin()
        digest = sha256("\0".join([pack.frame().text, *(source.text for source in sources)]).encode()).hexdigest()
        packs = [checks.parse(source, trusted=True) for source in sources]
        tongues = [number for number, each in enumerate(sources) if pack.is_tongue(each.name)]
        content = msgspec.msgpack.encode(compile_packs(packs, tongues))
        return Shipped(digest, len(packs), len(tongues), msgspec.Raw(content))

    files = pack.shipped_files()
    return _kept_or(made, Shipped, [file.name for file in files], files)


def _kept_or(
    made: Callable[[], Shape],
    shape: type[Shape],
    names: Iterable[str],
    made_from: object,
    is_whole: Callable[[Shape], bool] = bool,
) -> Shape:
    """Return what the cache has of files with these paths, or what `made` returns, which is kept then.

    `made_from` tells by its `repr` all that the result depends on besides the code, and `is_whole` whether what was
    kept may be used.
    """
    digest, file = sha256(repr((_code(), made_from)).encode(errors="surrogatepass")).digest(), cache.file_for(names)
    if file and (data := cache.read(file, digest)):
        try:
            found = msgspec.msgpack.decode(data, type=shape)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            pass
        else:
            if is_whole(found):
                return found
    result = made()
    if file:
        cache.write(file, digest, msgspec.msgpack.encode(result))
    return result


def compile_packs(packs: Sequence[pack.Pack], tongues: Collection[int] = ()) -> Prepared:
    """Return packs ready for use. They must have no errors that `checks.parse` would have found.

    `tongues` are the numbers of packs that shall be decoded only when a line calls for them.
    """
    together: list[pack.Pack] = []
    alone: list[pack.Pack] = []
    for number, one in enumerate(packs):
        if number not in tongues:
            together.append(one)
            continue
        stays, called_for = _halves(one)
        alone.append(called_for)
        if stays.rule or stays.keep:
            together.append(stays)
    longest = _longest(packs)
    filed, *shelves = (_file(each, longest) for each in (together, *([one] for one in alone)))
    groups = []
    for scope, sides in filed.by_scope.items():
        others = shelves if scope == EVERYWHERE else []
        groups.append(
            _encode_group(scope, sides, _pack_gate([sides, *(each.by_scope[EVERYWHERE] for each in others)]))
        )
    return _encoded(filed, groups, list(map(_encode_tongue, shelves)))


def _halves(one: pack.Pack) -> tuple[pack.Pack, pack.Pack]:
    """Return what of a pack a gate cannot call for, and what it can, as two packs."""
    is_for_sites = bool(one.pack.hosts or one.pack.clues)
    stays = [bool(is_for_sites or rule.inline or rule.selectors or rule.goes_by_place) for rule in one.rule]
    return (
        msgspec.structs.replace(one, rule=list(compress(one.rule, stays))),
        msgspec.structs.replace(one, rule=list(compress(one.rule, (not each for each in stays))), keep=[]),
    )


def _longest(packs: Sequence[pack.Pack]) -> int:
    """Return how many characters the longest line has that may fit as a whole."""
    kept_lines = (line for one in packs for keep in one.keep for line in pack.block(keep.lines))
    return max(
        [
            pack.MAX_CHARS,
            *(rule.max_chars for one in packs for rule in one.rule),
            *(pack.LIMIT_CHARS for line in kept_lines if len(line) > pack.MAX_CHARS),  # it may have more spaces
        ]
    )


def _file(packs: Sequence[pack.Pack], longest: int) -> _Filed:
    """File what packs look for in tables, for lines of at most `longest` characters."""
    filed = _Filed(packs, [scope_of(one) for one in packs], [], {}, css.Builder())
    by_scope = filed.by_scope
    everywhere, _ = by_scope[EVERYWHERE] = tables.Tables(longest), tables.Tables(longest)
    for number, (one, scope) in enumerate(zip(packs, filed.scopes, strict=True)):
        for item, clue in enumerate(scope.clues):
            everywhere.add_literals([clue], _add_role(filed.roles, Role("clue", number, item)))
        strong, weak = by_scope.setdefault(
            scope if scope.is_narrow else EVERYWHERE, (tables.Tables(longest), tables.Tables(longest))
        )
        _file_pack(one, number, filed, strong, weak, everywhere)
    return filed


def _pack_gate(shelves: Sequence[_Sides]) -> Packed:
    """Build a gate from tables, and file in them what it only calls for together."""
    packed, crowds = gate.pack([(strong.entries(), weak.entries()) for strong, weak in shelves])
    for sides, of_sides in zip(shelves, crowds, strict=True):
        for each, crowd in zip(sides, of_sides, strict=True):
            each.add_crowd(crowd)
    return packed


def _encode_group(scope: Scope, sides: _Sides, packed: Packed) -> GroupTables:
    """Encode the tables of a group, when its gate is built."""
    return GroupTables(scope, packed, *(msgspec.Raw(msgspec.msgpack.encode(each)) for each in sides))


def _encode_tongue(filed: _Filed) -> PackedTongue:
    """Encode a pack that was filed alone, and is called for by the gate of others."""
    ((one, scope),) = zip(filed.packs, filed.scopes, strict=True)
    group = _encode_group(EVERYWHERE, filed.by_scope[EVERYWHERE], gate.pack([])[0])
    return PackedTongue(one.pack.id, scope, msgspec.Raw(msgspec.msgpack.encode(_encoded(filed, [group]))))


def _encoded(filed: _Filed, groups: list[GroupTables], tongues: Sequence[PackedTongue] = ()) -> Prepared:
    packs = [_without_filed(one) for one in filed.packs]
    return Prepared(packs, filed.scopes, filed.roles, groups, filed.selectors.encoded(), list(tongues))


def scope_of(one: pack.Pack) -> Scope:
    """Return for which documents a pack is active."""
    info = one.pack
    clues = keys.keys(info.clues, pack.LIMIT_CHARS)
    return Scope(tuple(info.hosts), tuple(info.langs), tuple(clues), info.clues_needed)


def _add_role(roles: list[Role], role: Role) -> int:
    """Add a role and return its number, for the tables."""
    roles.append(role)
    return len(roles) - 1


def _file_pack(
    one: pack.Pack,
    number: int,
    filed: _Filed,
    strong: tables.Tables,
    weak: tables.Tables,
    everywhere: tables.Tables,
) -> None:
    """File what the rules of pack `number` look for, unless they are on trial or retired, and add the roles.

    Protections are filed `everywhere`: they may hold against rules of other packs, for any document.
    """
    folded, roles = one.folded_words(), filed.roles
    # The number of the pack's words in tables, by the `id` of the tables and whether the words are not folded.
    word_numbers: dict[tuple[int, bool], int] = {}

    def words_of(pattern: str, table: tables.Tables, *, as_is: bool) -> int:
        """Add the words that `pattern` names to the pack's words in a table; return the number of these words."""
        if (id(table), as_is) not in word_numbers:
            word_numbers[id(table), as_is] = table.add_words({})
        place = word_numbers[id(table), as_is]
        words = one.words if as_is else folded
        looked_for = pattern if as_is else regex.fold_pattern(pattern)
        table.words[place] |= {name: words[name] for name in regex.PLACEHOLDER.findall(looked_for)}
        return place

    items: list[tuple[int, pack.Rule | pack.Keep]] = [
        each for each in enumerate(one.rule) if each[1].status == "active"
    ]
    items += enumerate(one.keep)
    literals = _keys_of_lines([rule for _, rule in items])
    for item, rule in items:
        if isinstance(rule, pack.Keep):
            table, role = everywhere, "keep"
        else:
            table, role = weak if rule.weak else strong, "line"
        for name, patterns in rule.looked_for():
            role_number = _add_role(roles, Role(name, number, item))
            for pattern in patterns:
                if name == "inline" and isinstance(rule, pack.Rule):
                    table.add_inline(pattern, words_of(pattern, table, as_is=True), rule.at, role_number)
                else:
                    table.add_pattern(pattern, words_of(pattern, table, as_is=False), role_number)
        if rule.lines:
            table.add_literals(next(literals), _add_role(roles, Role(role, number, item)))
        if rule.selectors:
            role = "keep" if isinstance(rule, pack.Keep) else "selectors"
            filed.selectors.add(rule.selectors, _add_role(roles, Role(role, number, item)))


def _keys_of_lines(rules: Sequence[pack.Rule | pack.Keep]) -> Iterator[list[str]]:
    """Yield the keys of the `lines` of each rule that has lines. All keys are made at once, which is faster."""
    lines = [pack.block(rule.lines) for rule in rules if rule.lines]
    found = iter(keys.keys([line for each in lines for line in each], pack.LIMIT_CHARS))
    return (list(islice(found, len(each))) for each in lines)


def _without_filed(one: pack.Pack) -> pack.Pack:
    """Return a pack without what the tables hold and what only people read."""
    no_text = dict.fromkeys(("lines", "drops", "keeps", "todo_drops", "todo_keeps", "why", "seen"), "")
    no_pattern = dict.fromkeys(map(pack.attribute, pack.PATTERN_KEYS))
    nothing: dict[str, list[str]] = {name: [] for name in ("selectors", "drops_html", "keeps_html", "says")}
    rules = [msgspec.structs.replace(rule, **no_text, **no_pattern, **nothing, case=[]) for rule in one.rule]
    keeps = [
        msgspec.structs.replace(keep, drops="", keeps="", drops_html=[], keeps_html=[], why="") for keep in one.keep
    ]
    words = one.words if any(rule.unless for rule in rules) else {}  # the others are in the tables, too
    info = msgspec.structs.replace(one.pack, title="", source="")
    return msgspec.structs.replace(one, pack=info, rule=rules, keep=keeps, words=words, phrase=[])


def _code() -> object:
    """Return what prepares packs: versions, and the path, time and size of each module."""
    here = Path(__file__).parent
    own = ("pack", "phrases", "hosts", "checks", "css", "scope", "prepare")
    modules = ("../globs", "../selectors", *own, *(f"match/{name}" for name in _MATCHING))
    files = [here / f"{module}.py" for module in modules]
    # There are installations where all files have the same time: then the version of this distribution tells.
    return sys.version, __version__, [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files]


def _opened(content: msgspec.Raw, packs: int, tongues: int) -> Prepared:
    """Decode packs; `packs` and `tongues` are as in `_is_whole`. Raises `SettingsError` for what was forged."""
    try:
        prepared = msgspec.msgpack.decode(content, type=Prepared)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise tables.damaged() from None
    if not _is_whole(prepared, packs, tongues):
        raise tables.damaged()
    return prepared


def _is_whole(prepared: Prepared, packs: int, tongues: int) -> bool:
    """Whether all that is numbered in the roles is there. Each of the `tongues` may have left a half or nothing."""
    sizes = [
        {"clue": len(scope.clues), "keep": len(one.keep), "": len(one.rule)}
        for one, scope in zip(prepared.packs, prepared.scopes, strict=False)
    ]
    return (
        packs - tongues <= len(prepared.packs) <= packs
        and len(prepared.scopes) == len(prepared.packs)
        and len(prepared.tongues) == tongues
        and any(group.scope == EVERYWHERE for group in prepared.groups)
        and all(
            0 <= role.pack < len(sizes)
            and 0 <= role.item < sizes[role.pack][role.role if role.role in _OTHERS else ""]
            for role in prepared.roles
        )
    )
