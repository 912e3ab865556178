"""Rule packs: the shape of the TOML files, and reading them with errors that name the line.

A pack is data, and it is checked when it is read:

1. msgspec checks the shape. The classes below have one field for each key, with its type, its limits and its
   description. The JSON schema for editors (`workbench.schema`) is made of the same classes.
2. `findings` checks everything else: what concerns several keys, and each pattern (`regex.check`).

The packs that ship with the cleaner passed both before they were shipped. At run time only their shape is checked.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from cleaner.errors import SettingsError, did_you_mean
from cleaner.rules.match import regex
from cleaner.rules.match.keys import key, keys
from cleaner.rules.match.outline import find_ends, find_literal

# This module has no `from __future__ import annotations`: msgspec would have to compile the annotation of each field
# from its text when the first pack is read.

FORMAT = 1  # the version of the format that this code reads
MAX_CHARS = 300  # the default of `max_chars`; a longer line is prose, and no rule for lines takes it
LIMIT_CHARS = (
    2000  # the highest `max_chars`; also the characters of a line that are looked at for a clue or a literal
)
LIMIT_BLOCK = 200  # the highest `max` and `min`, in lines
MAX_CLUES = 1000  # the highest clues_needed
ID = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
CATEGORY = re.compile(r"[a-z][a-z-]*")

KINDS = ("lines", "patterns", "from", "between", "after", "cut", "cut_before", "inline", "collapse")
PATTERN_KEYS = ("patterns", "from", "to", "cut", "cut_before", "inline")  # keys with patterns of what may go

Patterns = str | list[str]
Problem = tuple[str, str | None, str]  # the key it is about, the pattern, literal or example in it, and what is wrong


def _about(
    description: str, *, ge: int | None = None, le: int | None = None, schema: dict[str, Any] | None = None
) -> msgspec.Meta:
    """Return what a field says of its key: a description for people, the lowest and the highest value allowed.

    `schema` is what the JSON schema has besides; whether a pack fits it is checked in `findings`.
    """
    return msgspec.Meta(description=description, ge=ge, le=le, extra_json_schema=schema)


_ONE_OR_MORE = "A regular expression, or a list of them; {name} stands for any of the words of that name."
_BCP_47 = "Languages as BCP 47 tags, such as en or pt-BR."


class PackInfo(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """The `[pack]` table: what the pack is, and for which documents it is active."""

    format: Annotated[int, _about("The version of the format of packs.", schema={"const": FORMAT})]
    id: Annotated[
        str,
        _about(
            "The name of the pack, which is also the name of its file: lower case letters, digits and -.",
            schema={"pattern": f"^{ID.pattern}$"},
        ),
    ]
    title: Annotated[str, _about("The name that a person would give to these sites or strings.")] = ""
    hosts: Annotated[
        list[str],
        _about("Domains. If the URL of a document is known, the pack is active on these domains and all below them."),
    ] = []
    langs: Annotated[
        list[str],
        _about(f"{_BCP_47} The pack is not active for a document that is known to be in another language."),
    ] = []
    clues: Annotated[
        list[str],
        _about("Lines that tell that a document is from these sites, for documents whose URL is not known."),
    ] = []
    clues_needed: Annotated[int, _about("How many of the clues a document must have.", ge=1, le=MAX_CLUES)] = 1
    source: Annotated[str, _about("The pages on which the strings were seen.")] = ""


class Case(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A `[[rule.case]]`: an example of a rule at work on a whole document."""

    before: Annotated[str, _about("A document.")]
    after: Annotated[str, _about("The document after the rule has been at work.")]
    why: Annotated[str, _about("What the example shows.")] = ""


class Rule(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True, rename={"from_": "from"}):
    """A `[[rule]]`: chrome of one kind, with the examples that test the rule."""

    id: Annotated[
        str,
        _about(
            "The name of the rule within its pack: lower case letters, digits and -.",
            schema={"pattern": f"^{ID.pattern}$"},
        ),
    ]
    category: Annotated[
        str,
        _about(
            "The sort of chrome, such as share or navigation. Users can keep a whole category.",
            schema={"pattern": f"^{CATEGORY.pattern}$"},
        ),
    ]
    lines: Annotated[
        str | None,
        _about(
            "Kind: whole lines that go, one a line. Case, spaces, kinds of quotes and bullets make no difference."
        ),
    ] = None
    patterns: Annotated[Patterns | None, _about(f"Kind: a line goes if it matches as a whole. {_ONE_OR_MORE}")] = None
    from_: Annotated[
        Patterns | None,
        _about(
            f"Kind: a block of lines goes. This matches its first line; `to` and `max` go with it. {_ONE_OR_MORE}"
        ),
    ] = None
    to: Annotated[Patterns | None, _about(f"Matches the last line of the block. {_ONE_OR_MORE}")] = None
    max: (
        Annotated[
            int,
            _about(
                "The most lines that the block may have, not counting blank lines. If it has more, nothing goes.",
                ge=2,
                le=LIMIT_BLOCK,
            ),
        ]
        | None
    ) = None
    between: Annotated[
        list[str],
        _about("Kind: the lines between chrome of these categories on both sides go, if they are at most `max`."),
    ] = []
    after: Annotated[
        list[str],
        _about(
            "Kind: the lines that follow chrome of these categories behind the last prose go, to the end of the "
            "document, if they are at most `max`."
        ),
    ] = []
    cut: Annotated[
        Patterns | None,
        _about(f"Kind: a matching line behind the last prose goes, and everything after it. {_ONE_OR_MORE}"),
    ] = None
    cut_before: Annotated[
        Patterns | None,
        _about(f"Kind: a matching line before the first prose goes, and everything before it. {_ONE_OR_MORE}"),
    ] = None
    inline: Annotated[
        Patterns | None,
        _about(f"Kind: the part of a line that matches goes. Case and spaces count. {_ONE_OR_MORE}"),
    ] = None
    at: Annotated[
        Literal["start", "end", "any"],
        _about("Where in the line the part of an `inline` rule must stand."),
    ] = "any"
    collapse: Annotated[
        bool | None,
        _about("Kind, if true: of lines that are printed twice in a row, the second copy goes."),
    ] = None
    min: (
        Annotated[
            int,
            _about("The fewest lines that must be printed twice for a `collapse` rule to act.", ge=1, le=LIMIT_BLOCK),
        ]
        | None
    ) = None
    zone: Annotated[
        Literal["head", "tail", "any"],
        _about("Where in the document the rule acts: before the first line of prose, behind the last, or anywhere."),
    ] = "any"
    weak: Annotated[bool, _about("If true, the rule takes a line only if other chrome is beside it.")] = False
    confidence: Annotated[
        Literal["sure", "likely", "guess"],
        _about("How sure it is that the lines are chrome. Guesses act at level main only."),
    ] = "sure"
    langs: Annotated[list[str], _about(f"{_BCP_47} The rule is for documents in these.")] = []
    unless: Annotated[Patterns, _about(f"A line that matches one of these stays. {_ONE_OR_MORE}")] = []
    max_chars: Annotated[
        int, _about("The most characters a line may have. A longer line stays.", ge=1, le=LIMIT_CHARS)
    ] = MAX_CHARS
    status: Annotated[
        Literal["active", "trial", "retired"],
        _about(
            "Only active rules take anything. A trial is for `cleaner rules try`; a retired rule only keeps its name."
        ),
    ] = "active"
    replaces: Annotated[
        list[str],
        _about("Former names of the rule, as pack/rule. Users who disabled one of them have disabled this rule."),
    ] = []
    why: Annotated[str, _about("Why these lines are chrome and not content.")] = ""
    seen: Annotated[str, _about("The pages on which the lines were seen.")] = ""
    drops: Annotated[str, _about("Examples: lines that the rule must take, one a line.")] = ""
    keeps: Annotated[
        str,
        _about("Examples: lines that the rule must not take, one a line, each as close to its patterns as can be."),
    ] = ""
    todo_drops: Annotated[str, _about("Known failures: lines that the rule should take, but does not yet.")] = ""
    todo_keeps: Annotated[str, _about("Known failures: lines that the rule takes, but should not.")] = ""
    case: Annotated[list[Case], _about("Examples: whole documents, before and after.")] = []

    @property
    def kinds(self) -> list[str]:
        """The keys of `KINDS` that are set. A rule that can be used has exactly one."""
        return [name for name in KINDS if getattr(self, attribute(name))]

    @property
    def kind(self) -> str:
        """The kind of a rule that can be used."""
        return self.kinds[0]

    def patterns_by_key(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each key of `PATTERN_KEYS` that is set, and its patterns."""
        for name in PATTERN_KEYS:
            if patterns := listed(getattr(self, attribute(name))):  # `""` is a pattern, too, and refused
                yield name, patterns

    def looked_for(self) -> Iterator[tuple[str, list[str]]]:
        """Yield (role, patterns): which patterns are looked for, and the role of a line, or part of one, that fits.

        The role is the name of the key, but `line` for `patterns`.
        """
        for name, patterns in self.patterns_by_key():
            yield ("line" if name == "patterns" else name), patterns

    def size(self) -> tuple[int, int]:
        """Return how many literals and how many patterns the rule looks for; those of `unless` do not count."""
        return len(block(self.lines or "")), sum(len(patterns) for _, patterns in self.patterns_by_key())


class Keep(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A `[[keep]]`: lines that rules must not take, or rules that must not act, everywhere or on some hosts."""

    hosts: Annotated[list[str], _about("Domains on which this holds. Without any, it holds everywhere.")] = []
    langs: Annotated[list[str], _about(f"{_BCP_47} This holds for documents in these.")] = []
    rules: Annotated[
        list[str],
        _about(
            "The rules that this holds against, as pack/rule; * stands for any characters. `judge` is the judge. "
            "Without any, this holds against all rules and the judge."
        ),
    ] = []
    lines: Annotated[str, _about("Whole lines that stay, one a line.")] = ""
    patterns: Annotated[Patterns, _about(f"A line stays if it matches as a whole. {_ONE_OR_MORE}")] = []
    why: Annotated[str, _about("Why these lines are content.")] = ""

    def looked_for(self) -> Iterator[tuple[str, list[str]]]:
        """Yield (role, patterns) for the patterns that are looked for in lines."""
        if self.patterns:
            yield "keep", listed(self.patterns)


class Pack(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A pack file."""

    pack: Annotated[PackInfo, _about("What the pack is, and for which documents it is active.")]
    words: Annotated[
        dict[str, list[str]],
        _about("Lists of words, each with a name. In a pattern, {name} stands for any word of that list."),
    ] = {}
    rule: Annotated[list[Rule], _about("The rules of the pack. Each rule has exactly one kind.")] = []
    keep: Annotated[
        list[Keep],
        _about("Lines that rules must not take, and rules that must not act, everywhere or on some hosts."),
    ] = []

    def folded_words(self) -> dict[str, list[str]]:
        """Return `[words]` with every word as a key (see `match.keys`), which is how lines are compared."""
        return {name: keys(words, MAX_CHARS) for name, words in self.words.items()}


def attribute(name: str) -> str:
    """Return the attribute of `Rule` that holds the key `name`; `from` is a word of Python."""
    return "from_" if name == "from" else name


class Source(msgspec.Struct, frozen=True):
    """A pack file that was read: its name for messages, and its text."""

    name: str
    text: str


def listed(value: Patterns | None) -> list[str]:
    """Return the patterns of a key, which may be written as one string, as a list."""
    return [value] if isinstance(value, str) else list(value or ())


def block(text: str) -> list[str]:
    """Return the lines of `text` that are not blank: in a pack, most are written as a `'''` block."""
    return [line for line in text.split("\n") if line.strip()]


def builtin() -> list[Source]:
    """Return the packs that ship with the cleaner: those in the wheel, or in `rules/` of a source tree."""
    here = Path(__file__).resolve().parent.parent
    folder = here / "packs"
    return read([folder if folder.is_dir() else here.parent / "rules"])


def read(paths: Iterable[Path]) -> list[Source]:
    """Read pack files, and all `*.toml` files below folders, sorted by path. Raises `SettingsError`."""
    sources = []
    for path in paths:
        try:
            if path.is_dir():
                next(path.iterdir(), None)  # raises if the folder may not be listed; rglob would find nothing
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
    """Raise `SettingsError` if one of `packs` has the id of another one of them, or of one of `others`."""
    taken = {pack.pack.id for pack in others}
    for source, pack in packs:
        if pack.pack.id in taken:
            raise SettingsError(f"{source.name}: another pack has the id {pack.pack.id!r}; choose another")
        taken.add(pack.pack.id)


def parse(source: Source, *, trusted: bool = False) -> Pack:
    """Parse a pack and check it. Raises `SettingsError` with `path:line: what is wrong; what to do`.

    With `trusted` only the shape is checked, which is fast: for packs that were checked before.
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
    """Turn msgspec's message and path (`... - at `$.rule[3].zone``) into `path:line: what; what to do`."""
    what, _, where = message.partition(" - at `")
    path = re.findall(r"[a-z_]+|\d+", where)
    table = path[0] if path else ""
    index = int(path[1]) if path[1:] and path[1].isdigit() else 0
    tables: dict[str, type[msgspec.Struct]] = {"pack": PackInfo, "rule": Rule, "keep": Keep}
    struct = Case if path[2:3] == ["case"] else tables.get(table, Pack)
    if unknown := re.search(r"unknown field `(.+)`", what):
        known = [field.encode_name for field in msgspec.structs.fields(struct)]
        advice = did_you_mean(unknown[1], known, "remove it; known keys: " + ", ".join(known))
        line = _line_of(source.text, table, index, unknown[1])
        return f"{source.name}:{line}: unknown key {unknown[1]!r}; {advice}"
    if missing := re.search(r"missing required field `(.+)`", what):
        line = _line_of(source.text, table, index, "")
        return f"{source.name}:{line}: the key {missing[1]!r} is missing; add it"
    name = next((part for part in reversed(path) if not part.isdigit()), "")
    subject = f"an item of {name!r}" if where.endswith("]`") else f"{name!r}"
    line = _line_of(source.text, table, index, "" if name == table else name)
    return f"{source.name}:{line}: {subject} must be {_wanted(struct, name, what)}; change it"


def _wanted(struct: type[msgspec.Struct], name: str, what: str) -> str:
    """Return what the key `name` of a table must be, for the message `what` of msgspec about its value."""
    import msgspec.inspect as types

    if wrong := re.fullmatch(r"Expected `(.+)`, got `(.+)`", what):
        names = {"str": "a string", "int": "an integer", "float": "a number", "bool": "true or false"}
        names |= {"array": "a list", "object": "a table"}
        wanted = [names.get(one, one) for one in wrong[1].split(" | ") if one != "null"]  # TOML has no null
        return f"{' or '.join(wanted)}, not {names.get(wrong[2], wrong[2])}"
    info = types.type_info(struct)
    assert isinstance(info, types.StructType)
    (field,) = (field for field in info.fields if field.encode_name == name)
    plain = field.type.type if isinstance(field.type, types.Metadata) else field.type
    for option in plain.types if isinstance(plain, types.UnionType) else (plain,):
        kind = option.type if isinstance(option, types.Metadata) else option
        if isinstance(kind, types.LiteralType):
            return f"{_enumerated(kind.values, 'or')}, not {what.removeprefix('Invalid enum value ')}"
        if isinstance(kind, types.IntType):
            return f"at least {kind.ge}" if kind.le is None else f"{kind.ge} to {kind.le}"
    return what  # no key has a value of any other kind


def _line_of(text: str, table: str, number: int, key: str, value: str | None = None) -> int:
    from cleaner.rules import locate

    return locate.line_of(locate.entries(text), table, number, key, value)


def findings(source: Source, pack: Pack) -> Iterator[str]:
    """Yield everything that is wrong with a pack of the right shape, each as `path:line: what; what to do`."""

    def at(table: str, index: int, field: str, text: str, value: str | None = None) -> str:
        return f"{source.name}:{_line_of(source.text, table, index, field, value)}: {text}"

    if pack.pack.format != FORMAT:
        yield at("pack", 0, "format", f"format {pack.pack.format} is not known; this cleaner reads format {FORMAT}")
    if not ID.fullmatch(pack.pack.id):
        yield at("pack", 0, "id", f"the id {pack.pack.id!r} is not a name; use lower case letters, digits and -")
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
    kinds = rule.kinds
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none"
        yield kinds[-1] if kinds else "id", None, f"a rule has exactly one of {', '.join(KINDS)}; this has {found}"
        return
    (kind,) = kinds
    if not CATEGORY.fullmatch(rule.category):
        yield "category", None, f"the category {rule.category!r} is not a name; use lower case letters and -"
    if kind == "from" and not rule.to:
        yield "from", None, "'from' needs 'to', the pattern of the block's last line; add it"
    if kind in ("from", "between", "after") and rule.max is None:
        yield kind, None, f"{kind!r} needs 'max', the most lines of the block; add it"
    for name, is_set, kinds_with_it in (
        ("to", rule.to, ("from",)),
        ("max", rule.max is not None, ("from", "between", "after")),
        ("min", rule.min is not None, ("collapse",)),
        ("at", rule.at != "any", ("inline",)),
        ("weak", rule.weak, ("lines", "patterns", "collapse")),
    ):
        if is_set and kind not in kinds_with_it:
            goes_with = _enumerated(map(repr, kinds_with_it), "and")
            yield name, None, f"{name!r} goes with {goes_with}, not with {kind!r}; remove it"
    if kind == "lines" and not block(rule.lines or ""):
        yield "lines", None, "'lines' is empty; write one line of chrome per line"
    for line in block(rule.lines or ""):
        if not any(map(str.isalnum, line)) and not key(line):
            yield "lines", line, f"the line {line!r} is blank to a rule, which does not see bullets; remove it"
    words = pack.folded_words()
    for name, patterns in (*rule.patterns_by_key(), ("unless", listed(rule.unless))):
        at = rule.at if name == "inline" else "" if name == "unless" else "line"
        for pattern in patterns:
            if problem := _pattern_problem(words, pattern, rule.max_chars, at=at):
                yield name, pattern, problem


def _enumerated(names: Iterable[object], word: str) -> str:
    """Return `a`, `a WORD b`, or `a, b WORD c`."""
    *first, last = map(str, names)
    return f"{', '.join(first)} {word} {last}" if first else last


def _pattern_problem(words: dict[str, list[str]], pattern: str, max_chars: int, at: str = "line") -> str | None:
    """Return why `pattern` cannot be used, or None if it can. `words` are those of the pack, as keys.

    `at` is `line` for the pattern of a whole line, `start`, `end` or `any` for a part of a line, and "" for a pattern
    that is tried only on lines that were found otherwise.
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
