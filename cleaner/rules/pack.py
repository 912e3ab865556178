"""Rule packs: the shape of the TOML files, and reading them with errors that name the line.

A pack is data. What it says is checked when it is read: keys and types by msgspec, the meaning by
`problems`, and each pattern by `regex.check`. The packs that ship with the cleaner passed all of it
before they were shipped, so the patterns in them are not checked again at run time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from cleaner.errors import SettingsError, did_you_mean
from cleaner.rules.match import regex
from cleaner.rules.match.keys import key, keys
from cleaner.rules.match.outline import find_ends, find_literal

FORMAT = 1
KINDS = ("lines", "patterns", "from", "between", "after", "cut", "cut_before", "inline", "collapse")
MAX_CHARS = 300  # a longer line is prose, and out of reach of a line rule
LIMIT_CHARS = 2000
LIMIT_BLOCK = 200
ID = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
CATEGORY = re.compile(r"[a-z][a-z-]*")

Patterns = str | list[str]
Problem = tuple[str, str | None, str]  # the key it is about, the pattern, literal or example in it, and what is wrong


class PackInfo(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """The `[pack]` table: what the pack is, and for which documents it is active."""

    format: int
    id: str
    title: str = ""
    hosts: list[str] = []
    langs: list[str] = []
    clues: list[str] = []
    clues_needed: int = 1
    source: str = ""


class Case(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """An example of a rule at work on a whole document."""

    before: str
    after: str
    why: str = ""


class Rule(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True, rename={"from_": "from"}):
    """One `[[rule]]`; exactly one of the fields named in `KINDS` is set."""

    id: str
    category: str
    lines: str | None = None
    patterns: Patterns | None = None
    from_: Patterns | None = None
    to: Patterns | None = None
    max: int | None = None
    between: list[str] = []
    after: list[str] = []
    cut: Patterns | None = None
    cut_before: Patterns | None = None
    inline: Patterns | None = None
    at: Literal["start", "end", "any"] = "any"
    collapse: bool | None = None
    min: int | None = None
    zone: Literal["head", "tail", "any"] = "any"
    weak: bool = False
    confidence: Literal["sure", "likely", "guess"] = "sure"
    langs: list[str] = []
    unless: Patterns = []
    max_chars: int = MAX_CHARS
    status: Literal["active", "trial", "retired"] = "active"
    replaces: list[str] = []
    why: str = ""
    seen: str = ""
    drops: str = ""
    keeps: str = ""
    todo_drops: str = ""
    todo_keeps: str = ""
    case: list[Case] = []

    @property
    def kind(self) -> str:
        """The name of the field in `KINDS` that is set."""
        return next(kind for kind in KINDS if getattr(self, "from_" if kind == "from" else kind))

    def looked_for(self) -> Iterator[tuple[str, list[str]]]:
        """Yield (role, patterns) for what lines, or with `inline` parts of lines, are looked for by patterns."""
        for role, patterns in (
            ("line", self.patterns),
            ("from", self.from_),
            ("to", self.to),
            ("cut", self.cut),
            ("cut_before", self.cut_before),
            ("inline", self.inline),
        ):
            if patterns:
                yield role, listed(patterns)


class Keep(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """One `[[keep]]`: lines or rules that no rule may drop or use, everywhere or on some hosts."""

    hosts: list[str] = []
    langs: list[str] = []
    rules: list[str] = []
    lines: str = ""
    patterns: Patterns = []
    why: str = ""

    def looked_for(self) -> Iterator[tuple[str, list[str]]]:
        """Yield (role, patterns) for what lines are looked for by patterns."""
        if self.patterns:
            yield "keep", listed(self.patterns)


class Pack(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """One pack file."""

    pack: PackInfo
    words: dict[str, list[str]] = {}
    rule: list[Rule] = []
    keep: list[Keep] = []

    def folded_words(self) -> dict[str, list[str]]:
        """Return `[words]` in the form of keys."""
        return {name: keys(words, MAX_CHARS) for name, words in self.words.items()}


class Source(msgspec.Struct, frozen=True):
    """A pack file's name, for messages, and its text."""

    name: str
    text: str


def listed(value: Patterns | None) -> list[str]:
    """Return a field that may be one string or several as a list."""
    return [value] if isinstance(value, str) else list(value or ())


def block(text: str) -> list[str]:
    """Return the lines of a `'''` block that are not blank."""
    return [line for line in text.split("\n") if line.strip()]


def builtin() -> list[Source]:
    """Return the packs that ship with the cleaner: inside the wheel, or `rules/` of a source tree."""
    here = Path(__file__).resolve().parent.parent
    folder = here / "packs"
    return read([folder if folder.is_dir() else here.parent / "rules"])


def read(paths: Iterable[Path]) -> list[Source]:
    """Read pack files, and all `*.toml` below folders in order of their names; raises `SettingsError`."""
    sources = []
    for path in paths:
        try:
            if path.is_dir():
                next(path.iterdir(), None)  # rglob would pass over a folder that may not be listed
                files = sorted(path.rglob("*.toml"))
            else:
                files = [path]
        except OSError as error:
            raise SettingsError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
        if not files:
            raise SettingsError(f"{path}: no rule packs (*.toml) in this folder; name the folder that has them")
        for file in files:
            try:
                sources.append(Source(str(file), file.read_text("utf-8-sig")))
            except UnicodeDecodeError as error:
                raise SettingsError(f"{file}: is not UTF-8 (byte {error.start}); save it as UTF-8") from None
            except OSError as error:
                raise SettingsError(f"{file}: cannot be read ({error.strerror}); check the path") from None
    return sources


def check_ids(packs: Iterable[tuple[Source, Pack]], others: Iterable[Pack] = ()) -> None:
    """Raise `SettingsError` if a pack has the id of another one, of `packs` or of `others`."""
    taken = {pack.pack.id for pack in others}
    for source, pack in packs:
        if pack.pack.id in taken:
            raise SettingsError(f"{source.name}: another pack has the id {pack.pack.id!r}; choose another")
        taken.add(pack.pack.id)


def parse(source: Source, *, trusted: bool = False) -> Pack:
    """Return the pack that `source` holds; raises `SettingsError` with `path:line: what; what to do`.

    With `trusted`, only the shape is checked, not the meaning: for packs that were checked before.
    """
    import tomli

    try:
        data = tomli.loads(source.text)
    except tomli.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        number = line[1] if line else str(source.text.count("\n") + 1)
        raise SettingsError(f"{source.name}:{number}: is not valid TOML: {error}; mend it") from None
    try:
        pack = msgspec.convert(data, Pack)
    except msgspec.ValidationError as error:
        raise SettingsError(_located(source, str(error))) from None
    if not trusted:
        for finding in findings(source, pack):
            raise SettingsError(finding)
    return pack


def _located(source: Source, message: str) -> str:
    """Turn msgspec's message and path (`$.rule[3].zone`) into one with file, line and what to do."""
    what, _, where = message.partition(" - at `")
    path = re.findall(r"[a-z_]+|\d+", where)
    unknown = re.search(r"unknown field `(.+)`", what)
    table = path[0] if path else ""
    index = int(path[1]) if len(path) > 1 and path[1].isdigit() else 0
    if unknown:
        tables = {"": Pack, "pack": PackInfo, "rule": Rule, "keep": Keep}
        known = Case if path[2:3] == ["case"] else tables.get(table, Rule)
        names = [field.encode_name for field in msgspec.structs.fields(known)]  # type: ignore[arg-type]
        advice = did_you_mean(unknown[1], names, "remove it; known keys: " + ", ".join(names))
        line = _line_of(source.text, table, index, unknown[1])
        return f"{source.name}:{line}: unknown key {unknown[1]!r}; {advice}"
    field = next((part for part in reversed(path) if not part.isdigit() and part != table), "")
    missing = re.search(r"missing required field `(.+)`", what)
    if missing:
        line = _line_of(source.text, table, index, "")
        return f"{source.name}:{line}: the key {missing[1]!r} is missing; add it"
    what = what.replace("Expected", "expected").replace("Invalid", "invalid").replace("`", "'")
    name = f"{field!r} has the wrong type or value: " if field else ""
    return f"{source.name}:{_line_of(source.text, table, index, field)}: {name}{what}; mend the value"


def _line_of(text: str, table: str, number: int, key: str, value: str | None = None) -> int:
    from cleaner.rules import locate

    return locate.line_of(locate.entries(text), table, number, key, value)


def findings(source: Source, pack: Pack) -> Iterator[str]:
    """Yield what is wrong with the meaning of `pack`, each as `path:line: what; what to do`."""

    def at(table: str, index: int, field: str, text: str, value: str | None = None) -> str:
        return f"{source.name}:{_line_of(source.text, table, index, field, value)}: {text}"

    if pack.pack.format != FORMAT:
        yield at("pack", 0, "format", f"format {pack.pack.format} is not known; this cleaner reads format {FORMAT}")
    if not ID.fullmatch(pack.pack.id):
        yield at("pack", 0, "id", f"the id {pack.pack.id!r} is not a name; use lower case letters, digits and -")
    if pack.pack.clues_needed < 1:
        yield at("pack", 0, "clues_needed", "clues_needed must be at least 1; raise it")
    seen: set[str] = set()
    for index, rule in enumerate(pack.rule):
        if not ID.fullmatch(rule.id):
            yield at("rule", index, "id", f"the id {rule.id!r} is not a name; use lower case letters, digits and -")
        if rule.id in seen:
            yield at("rule", index, "id", f"the id {rule.id!r} is used twice; rename one")
        seen.add(rule.id)
        for field, value, text in problems(pack, rule):
            yield at("rule", index, field, text, value)
    for index, keep in enumerate(pack.keep):
        if not (keep.hosts or keep.langs or keep.rules or keep.lines or keep.patterns):
            yield at("keep", index, "", "says nothing; add lines, patterns, rules or hosts")
        for pattern in listed(keep.patterns):
            if problem := _pattern_problem(pack.folded_words(), pattern, MAX_CHARS):
                yield at("keep", index, "patterns", problem, pattern)


def problems(pack: Pack, rule: Rule) -> Iterator[Problem]:
    """Yield the reasons why a rule cannot be used."""
    kinds = [kind for kind in KINDS if getattr(rule, "from_" if kind == "from" else kind)]
    if len(kinds) != 1:
        said = " and ".join(kinds) or "none"
        yield kinds[-1] if kinds else "id", None, f"a rule has exactly one of {', '.join(KINDS)}; this has {said}"
        return
    kind = kinds[0]
    if not CATEGORY.fullmatch(rule.category):
        yield "category", None, f"the category {rule.category!r} is not a name; use lower case letters and -"
    if kind == "from":
        if not rule.to:
            yield "from", None, "'from' needs 'to', the pattern of the block's last line; add it"
    elif rule.to:
        yield "to", None, "'to' goes with 'from'; remove it"
    if kind in ("from", "between", "after"):
        if rule.max is None or not 2 <= rule.max <= LIMIT_BLOCK:
            yield (
                "max" if rule.max else kind,
                None,
                f"'max', the most lines of the block, must be 2 to {LIMIT_BLOCK}",
            )
    elif rule.max is not None:
        yield "max", None, "'max' goes with 'from', 'between' and 'after'; remove it"
    if kind != "collapse" and rule.min is not None:
        yield "min", None, "'min' goes with 'collapse'; remove it"
    elif rule.min is not None and not 1 <= rule.min <= LIMIT_BLOCK:
        yield "min", None, f"'min', the least lines of what is printed twice, must be 1 to {LIMIT_BLOCK}; change it"
    if rule.at != "any" and kind != "inline":
        yield "at", None, "'at' goes with 'inline'; remove it"
    if not 1 <= rule.max_chars <= LIMIT_CHARS:
        yield "max_chars", None, f"max_chars must be 1 to {LIMIT_CHARS}; change it"
        return
    if rule.weak and kind not in ("lines", "patterns", "collapse"):
        yield "weak", None, f"'weak' goes with 'lines', 'patterns' and 'collapse', not with {kind!r}; remove it"
    if kind == "lines" and not block(rule.lines or ""):
        yield "lines", None, "'lines' is empty; write one line of chrome per line"
    for line in block(rule.lines or ""):
        if not any(map(str.isalnum, line)) and not key(line):
            yield "lines", line, f"the line {line!r} is blank to a rule, which does not see bullets; remove it"
    words = pack.folded_words()
    for field in _PATTERN_FIELDS:
        for pattern in listed(getattr(rule, field)):
            at = rule.at if field == "inline" else "" if field == "unless" else "line"
            if problem := _pattern_problem(words, pattern, rule.max_chars, at=at):
                yield field.rstrip("_"), pattern, problem


_PATTERN_FIELDS = ("patterns", "from_", "to", "cut", "cut_before", "inline", "unless")


def _pattern_problem(words: dict[str, list[str]], pattern: str, max_chars: int, at: str = "line") -> str | None:
    """Say why `pattern`, with `words` that are keys, cannot be used, or None.

    `at` is where an inline pattern is looked for, `line` for the pattern of a whole line, "" for one that
    is not looked up.
    """
    try:
        folded = regex.fold_pattern(pattern)
        regex.check(regex.expand(folded, words), max_chars=max_chars, bounded=at in ("start", "end", "any"))
        if at == "any":
            find_literal(pattern)
        elif at:
            find_ends(folded, words, "any" if at == "line" else at)
    except regex.UnsafePattern as error:
        joint = " " if str(error).startswith(("is ", "must ", "has ", "begins ", "ends ")) else ": "
        return f"the pattern {pattern!r}{joint}{error}"
    return None
