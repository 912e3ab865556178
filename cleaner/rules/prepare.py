"""Packs made ready for use: read, checked, and filed in tables, which the cache keeps from one run to the next.

Preparing reads the TOML, checks the packs, turns their lines into keys, and files lines and patterns in the tables
of `match`, from which a gate is built. That takes far longer than cleaning a short document. So the result is kept
in a file of the user's cache folder, as Python keeps bytecode.

There is one file for each set of pack files, named after their paths. It begins with a digest of all that the
result depends on: the texts of the packs, the modules that prepare them (path, time and size of each), the version
of Python, and whether the packs were checked. If the digest is another one, the file is stale; then, and if the
file is damaged, the packs are prepared again and the file is replaced. So a kept result and a new one are the same.
If the folder cannot be used, nothing is kept, and every run prepares the packs anew. The same if somebody else could
have written there: folder and file must belong to the user, nobody else may write to them, and neither is a link.
What a file holds is looked at nevertheless: numbers that name nothing, and patterns that no pack may have, are an
error and not a crash. Files that are old or too many are removed when one is written.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from cleaner.rules import pack
from cleaner.rules.match import gate, keys, regex, tables
from cleaner.rules.match.gate import Packed
from cleaner.rules.scope import EVERYWHERE, Scope

_CACHE_SUFFIX = ".packs"
_CACHE_NAME = r"[0-9a-f]{32}\.packs"
_DIGEST_BYTES = hashlib.sha256().digest_size
_MATCHING = ("cost", "gate", "keys", "outline", "parsed", "regex", "tables")  # modules of `match` that prepare packs
_OTHERS = ("clue", "keep")  # roles of what is no rule
_MAX_CACHED_BYTES = 100_000_000  # of one file; the packs that ship take 2.5 MB. A larger file is not read
# What is kept in the folder: the newest files, in all so many bytes, none written longer ago. Each environment and
# each set of packs has a file of its own. Lowered, packs are prepared anew more often.
_MAX_CACHE_FILES = 8
_MAX_CACHE_BYTES = 50_000_000
_MAX_AGE_SECONDS = 30 * 24 * 3600
_MAX_LISTED = 10_000  # names in the folder that are looked at


class Role(NamedTuple):
    """What it means if a line fits. Each number that the tables hold is an index in a list of roles."""

    role: str  # line, from, to, cut, cut_before, inline, clue or keep
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


class Prepared(msgspec.Struct, array_like=True, frozen=True):
    """Packs ready for use; `packs[n]` has the scope `scopes[n]`."""

    packs: list[pack.Pack]  # without what the tables hold and what only people read
    scopes: list[Scope]  # for which documents each pack is
    roles: list[Role]  # what the numbers in all tables mean
    groups: list[GroupTables]  # the first is of the packs that are not for particular sites


def prepare(sources: Sequence[pack.Source], *, trusted: bool = False) -> Prepared:
    """Return packs ready for use, from the cache if it has them.

    With `trusted` the meaning of the packs is not checked. Raises `SettingsError` as `checks.parse` does.
    """
    digest, file = _digest(sources, trusted), _cache_file(sources)
    if file and (cached := _read_cache(file, digest, sources)):
        return cached
    from cleaner.rules import checks  # not needed if the cache has the packs

    packs = [checks.parse(source, trusted=trusted) for source in sources]
    if not trusted:
        checks.check_together(list(zip(sources, packs, strict=True)))
    result = compile_packs(packs)
    if file:
        _write_cache(file, digest, msgspec.msgpack.encode(result))
    return result


def compile_packs(packs: Sequence[pack.Pack]) -> Prepared:
    """Return packs ready for use. They must have no errors that `checks.parse` would have found."""
    roles: list[Role] = []
    kept_lines = (line for one in packs for keep in one.keep for line in pack.block(keep.lines))
    longest = max(
        [
            pack.MAX_CHARS,
            *(rule.max_chars for one in packs for rule in one.rule),
            *(pack.LIMIT_CHARS for line in kept_lines if len(line) > pack.MAX_CHARS),  # it may have more spaces
        ]
    )
    by_scope = {EVERYWHERE: (tables.Tables(longest), tables.Tables(longest))}  # tables of strong and of weak rules
    everywhere = by_scope[EVERYWHERE][0]
    scopes = [scope_of(one) for one in packs]
    for number, (one, scope) in enumerate(zip(packs, scopes, strict=True)):
        for item, clue in enumerate(scope.clues):
            everywhere.add_literals([clue], _add_role(roles, Role("clue", number, item)))
        strong, weak = by_scope.setdefault(
            scope if scope.is_narrow else EVERYWHERE, (tables.Tables(longest), tables.Tables(longest))
        )
        _file_pack(one, number, roles, strong, weak, everywhere)
    groups = [_encode_group(scope, strong, weak) for scope, (strong, weak) in by_scope.items()]
    return Prepared([_without_filed(one) for one in packs], scopes, roles, groups)


def _encode_group(scope: Scope, strong: tables.Tables, weak: tables.Tables) -> GroupTables:
    """Build the gate of a group from its tables, and encode the tables."""
    packed, crowds = gate.pack(strong.entries(), weak.entries())
    for each, crowd in zip((strong, weak), crowds, strict=True):
        each.add_crowd(crowd)
    return GroupTables(scope, packed, *(msgspec.Raw(msgspec.msgpack.encode(each)) for each in (strong, weak)))


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
    roles: list[Role],
    strong: tables.Tables,
    weak: tables.Tables,
    everywhere: tables.Tables,
) -> None:
    """File what the rules of pack `number` look for, and add the roles.

    Protections are filed `everywhere`: they may hold against rules of other packs, for any document.
    """
    folded = one.folded_words()
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

    literals = _keys_of_lines([*one.rule, *one.keep])
    items: list[tuple[int, pack.Rule | pack.Keep]] = [*enumerate(one.rule)]
    items += enumerate(one.keep)
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


def _keys_of_lines(rules: Sequence[pack.Rule | pack.Keep]) -> Iterator[list[str]]:
    """Yield the keys of the `lines` of each rule that has lines. All keys are made at once, which is faster."""
    lines = [pack.block(rule.lines) for rule in rules if rule.lines]
    found = iter(keys.keys([line for each in lines for line in each], pack.LIMIT_CHARS))
    return (list(islice(found, len(each))) for each in lines)


def _without_filed(one: pack.Pack) -> pack.Pack:
    """Return a pack without what the tables hold and what only people read."""
    no_text = dict.fromkeys(("lines", "drops", "keeps", "todo_drops", "todo_keeps", "why", "seen"), "")
    no_pattern = dict.fromkeys(map(pack.attribute, pack.PATTERN_KEYS))
    rules = [msgspec.structs.replace(rule, **no_text, **no_pattern, case=[]) for rule in one.rule]
    return msgspec.structs.replace(one, rule=rules)


def _digest(sources: Sequence[pack.Source], trusted: bool) -> bytes:
    """Return a digest of all that the result of `prepare` depends on."""
    code = []
    here = Path(__file__).parent
    modules = ("../globs", "pack", "hosts", "checks", "scope", "prepare", *(f"match/{name}" for name in _MATCHING))
    for file in (here / f"{module}.py" for module in modules):  # there are installations where all have the same time
        code.append((str(file), file.stat().st_mtime_ns, file.stat().st_size))
    digest = hashlib.sha256(repr((sys.version, code, trusted)).encode())
    for source in sources:
        digest.update(source.text.encode() + b"\0")
    return digest.digest()


def _cache_file(sources: Sequence[pack.Source]) -> Path | None:
    """Return the file of the cache for packs with these paths, or None if the user has no home to keep one in."""
    import platformdirs

    try:
        folder = Path(platformdirs.user_cache_dir("cleaner"))
    except RuntimeError:
        return None
    names = hashlib.sha256(b"\0".join(os.fsencode(os.path.realpath(source.name)) for source in sources)).hexdigest()
    # Without a home, older versions of platformdirs return a path that begins with ~ itself.
    return folder / (names[:32] + _CACHE_SUFFIX) if folder.is_absolute() else None


def _read_cache(file: Path, digest: bytes, sources: Sequence[pack.Source]) -> Prepared | None:
    """Return what a file of the cache holds, or None if it is missing, stale or damaged, or may be another's.

    The file is the digest of what the data was made from, the digest of the data, and the data.
    """
    content = _read_own(file)
    if content is None:
        return None
    made_from, seal, data = (
        content[:_DIGEST_BYTES],
        content[_DIGEST_BYTES : 2 * _DIGEST_BYTES],
        content[2 * _DIGEST_BYTES :],
    )
    if made_from != digest or seal != hashlib.sha256(data).digest():
        return None
    try:
        cached = msgspec.msgpack.decode(data, type=Prepared)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return cached if _is_whole(cached, len(sources)) else None


def _is_whole(prepared: Prepared, packs: int) -> bool:
    """Whether all that is numbered in the roles is there."""
    sizes = [
        {"clue": len(scope.clues), "keep": len(one.keep), "": len(one.rule)}
        for one, scope in zip(prepared.packs, prepared.scopes, strict=False)
    ]
    return (
        len(prepared.packs) == len(prepared.scopes) == packs
        and any(group.scope == EVERYWHERE for group in prepared.groups)
        and all(
            0 <= role.pack < packs and 0 <= role.item < sizes[role.pack][role.role if role.role in _OTHERS else ""]
            for role in prepared.roles
        )
    )


def _read_own(file: Path) -> bytes | None:
    """Return the content of a file of the cache, None if there is none or others could have written it."""
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"))
    try:
        if not _is_own(os.lstat(file.parent), stat.S_ISDIR):
            return None
        with os.fdopen(os.open(file, flags), "rb") as opened:
            found = os.fstat(opened.fileno())
            return opened.read() if _is_own(found, stat.S_ISREG) and found.st_size <= _MAX_CACHED_BYTES else None
    except OSError:
        return None


def _is_own(found: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    """Whether something is of a kind, belongs to this user, and nobody else may write there.

    Windows has no users in `stat`; there, the cache is in a folder of the user's profile.
    """
    if not hasattr(os, "geteuid"):
        return is_kind(found.st_mode)
    return is_kind(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _write_cache(file: Path, digest: bytes, data: bytes) -> None:
    """Write a file of the cache in one step, so that other processes never read half of it; ignore errors."""
    import tempfile

    with suppress(OSError):  # without the file, the next run takes a little longer
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _is_own(os.lstat(file.parent), stat.S_ISDIR):
            return
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:  # mode 0o700
            made = Path(folder, file.name)
            made.write_bytes(digest + hashlib.sha256(data).digest() + data)
            made.chmod(0o600)
            made.replace(file)
        _prune(file)


def _prune(newest: Path) -> None:
    """Remove files of the cache that are old, or too many: each environment and each version adds its own."""
    found = []
    with os.scandir(newest.parent) as entries:
        for entry in islice(entries, _MAX_LISTED):
            if (
                re.fullmatch(_CACHE_NAME, entry.name)
                and entry.is_file(follow_symlinks=False)
                and entry.name != newest.name
            ):
                about = entry.stat(follow_symlinks=False)
                found.append((about.st_mtime, about.st_size, entry.path))
    found.sort(reverse=True)
    rest = _MAX_CACHE_BYTES - newest.stat().st_size
    oldest = time.time() - _MAX_AGE_SECONDS
    for number, (mtime, size, path) in enumerate(found, 1):
        rest -= size
        if number >= _MAX_CACHE_FILES or rest < 0 or mtime < oldest:
            with suppress(OSError):
                Path(path).unlink()
