"""Rule packs: the shape of the TOML files, and reading them with errors that name the line.

A pack is data, and it is checked when it is read:

1. msgspec checks the shape. The classes below have one field for each key, with its type, its limits and its
   description. The JSON schema for editors (`workbench.schema`) is made of the same classes.
2. `findings` checks everything else: what concerns several keys, and each pattern (`regex.check`).

The packs that ship with the cleaner passed both before they were shipped. At run time only their shape is checked.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import msgspec

from cleaner import quote, toml
from cleaner.errors import SettingsError
from cleaner.rules.match import regex
from cleaner.rules.match.keys import key, keys
from cleaner.rules.match.outline import find_ends, find_literal

if TYPE_CHECKING:
    from cleaner.rules.match import cost

# This module has no `from __future__ import annotations`: msgspec would have to compile the annotation of each field
# from its text when the first pack is read.

FORMAT = 1  # the version of the format that this code reads
MAX_CHARS = 300  # the default of `max_chars`; a longer line is prose, and no rule for lines takes it
LIMIT_CHARS = (
    2000  # the highest `max_chars`; also the characters of a line that are looked at for a clue or a literal
)
LIMIT_BLOCK = 200  # the highest `max` and `min`, in lines
MAX_CLUES = 1000  # the most clues, and the highest clues_needed
# The most items of lists. In brackets: the most that a pack that ships has. Each rule, protection and domain takes
# some time for every line or every document that it may be about. Raised, hostile packs can take longer.
MAX_RULES = 1000  # [52]
MAX_KEEPS = 200  # [1]
MAX_HOSTS = 1000  # [35]
MAX_LANGS = 200  # [2]; about as many as have a tag of two letters
MAX_CATEGORIES = 20  # of `between` and `after` [16]
MAX_NAMES = 100  # of `replaces`, and of `rules` of a protection
# The most of what a pack has in all.
MAX_PLACE_RULES = 50  # rules of the kinds in `PLACE_KINDS`, which look at many lines for each that fits [10]
MAX_ALL_HOSTS = 5000  # domains, those of protections among them [35]
MAX_ALL_LANGS = 5000  # languages of rules and protections [100]
MAX_WORDS = 10_000  # words in `[words]` [1,136]
MAX_WORD_CHARS = 100_000  # their characters [13,169]
MAX_EXPANDED = 400_000  # characters of all patterns, with their words filled in [74,594]; they are compiled
# The most packs that are read at once, what they hold in bytes, and the files and folders that are looked at to find
# them. 127 packs with 1.3 MB ship. Raised, a folder that is no folder of packs takes longer to be refused.
MAX_PACKS = 2_000
MAX_TOTAL_BYTES = 20_000_000
MAX_ENTRIES = 100_000
ID = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
CATEGORY = re.compile(r"[a-z][a-z-]*")

KINDS = ("lines", "patterns", "from", "between", "after", "cut", "cut_before", "inline", "collapse")
PLACE_KINDS = ("from", "between", "after", "cut", "cut_before", "collapse")
PATTERN_KEYS = ("patterns", "from", "to", "cut", "cut_before", "inline")  # keys with patterns of what may go

Patterns = str | list[str]
Words = Mapping[str, Sequence[str]]
Problem = tuple[str, str | None, str]  # the key it is about, the pattern, literal or example in it, and what is wrong


def _about(
    description: str,
    *,
    ge: int | None = None,
    le: int | None = None,
    most: int | None = None,
    schema: dict[str, Any] | None = None,
) -> msgspec.Meta:
    """Return what a field says of its key: a description, the lowest and the highest value, and the most items.

    `schema` is what the JSON schema has besides; whether a pack fits it is checked in `findings`.
    """
    if most is not None:
        return msgspec.Meta(description=description, max_length=most, extra_json_schema=schema)
    return msgspec.Meta(description=description, ge=ge, le=le, extra_json_schema=schema)


_ONE_OR_MORE = "A regular expression, or a list of them; {name} stands for any of the words of that name."
_BCP_47 = "Languages as BCP 47 tags, such as en or pt-BR."


class PackInfo(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """The `[pack]` table: what the pack is, and for which documents it is active."""

    format: Annotated[int, _about("The version of the format of packs.", ge=0, le=999, schema={"const": FORMAT})]
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
        _about(
            "Domains. If the URL of a document is known, the pack is active on these domains and all below them.",
            most=MAX_HOSTS,
        ),
    ] = []
    langs: Annotated[
        list[str],
        _about(
            f"{_BCP_47} The pack is not active for a document that is known to be in another language.",
            most=MAX_LANGS,
        ),
    ] = []
    clues: Annotated[
        list[str],
        _about(
            "Lines that tell that a document is from these sites, for documents whose URL is not known.",
            most=MAX_CLUES,
        ),
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
        _about(
            "Kind: the lines between chrome of these categories on both sides go, if they are at most `max`.",
            most=MAX_CATEGORIES,
        ),
    ] = []
    after: Annotated[
        list[str],
        _about(
            "Kind: the lines that follow chrome of these categories behind the last prose go, to the end of the "
            "document, if they are at most `max`.",
            most=MAX_CATEGORIES,
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
    langs: Annotated[list[str], _about(f"{_BCP_47} The rule is for documents in these.", most=MAX_LANGS)] = []
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
        _about(
            "Former names of the rule, as pack/rule. Users who disabled one of them have disabled this rule.",
            most=MAX_NAMES,
        ),
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

    hosts: Annotated[
        list[str], _about("Domains on which this holds. Without any, it holds everywhere.", most=MAX_HOSTS)
    ] = []
    langs: Annotated[list[str], _about(f"{_BCP_47} This holds for documents in these.", most=MAX_LANGS)] = []
    rules: Annotated[
        list[str],
        _about(
            "The rules that this holds against, as pack/rule; * stands for any characters. `judge` is the judge. "
            "Without any, this holds against all rules and the judge.",
            most=MAX_NAMES,
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
    rule: Annotated[list[Rule], _about("The rules of the pack. Each rule has exactly one kind.", most=MAX_RULES)] = []
    keep: Annotated[
        list[Keep],
        _about(
            "Lines that rules must not take, and rules that must not act, everywhere or on some hosts.",
            most=MAX_KEEPS,
        ),
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
    return read([folder if folder.is_dir() else here.parent / "rules"], trusted=True)


def read(paths: Iterable[Path], *, trusted: bool = False) -> list[Source]:
    """Read pack files, and all `*.toml` files below folders, sorted by path. Raises `SettingsError`.

    A path may be a link. Below a folder, links to folders are passed over, and a link in place of a pack is an error
    unless the folder is `trusted`: an installer may have put links there.
    """
    sources: list[Source] = []
    rest = MAX_TOTAL_BYTES
    for path in paths:
        name = quote.name(path)
        try:
            in_folder = path.is_dir()
            files = _packs_below(path) if in_folder else [path]
        except OSError as error:
            raise SettingsError(f"{name}: cannot be read ({error.strerror}); check its permissions") from None
        if not files:
            raise SettingsError(f"{name}: no rule packs (*.toml) in this folder; name the folder that has them")
        for file in files:
            text = toml.read(file, "check the path", follow=trusted or not in_folder)
            rest -= len(text)
            if rest < 0 or len(sources) == MAX_PACKS:
                what = f"more than {MAX_PACKS:,} packs or {MAX_TOTAL_BYTES:,} bytes in all"
                raise SettingsError(f"{name}: {what}; name the folders with the packs that you need")
            sources.append(Source(str(file), text))
    return sources


def _packs_below(top: Path) -> list[Path]:
    """Return the `*.toml` files below a folder, sorted. Raises `SettingsError` for too many, and `OSError`."""
    files = []
    folders = [top]
    rest = MAX_ENTRIES
    while folders:
        folder = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                rest -= 1
                if rest < 0:
                    what = f"holds more than {MAX_ENTRIES:,} files and folders"
                    raise SettingsError(f"{quote.name(top)}: {what}; name a folder that holds the packs alone")
                if entry.is_dir(follow_symlinks=False):
                    folders.append(folder / entry.name)
                elif entry.name.endswith(".toml"):
                    files.append(folder / entry.name)
    return sorted(files)


def check_ids(packs: Iterable[tuple[Source, Pack]], others: Iterable[Pack] = ()) -> None:
    """Raise `SettingsError` if one of `packs` has the id of another one of them, or of one of `others`."""
    taken = {pack.pack.id for pack in others}
    for source, pack in packs:
        if pack.pack.id in taken:
            name = quote.name(source.name)
            raise SettingsError(f"{name}: another pack has the id {toml.named(pack.pack.id)}; choose another")
        taken.add(pack.pack.id)


def parse(source: Source, *, trusted: bool = False) -> Pack:
    """Parse a pack and check it. Raises `SettingsError` with `path:line: what is wrong; what to do`.

    With `trusted` only the shape is checked, which is fast: for packs that were checked before.
    """
    data = toml.parse(source.name, source.text)

    def line_of(path: toml.Keys, key: str) -> int:
        table = path[0] if path else ""
        index = int(path[1]) if path[1:] and path[1].isdigit() else 0
        return _line_of(source.text, table, index, "" if key == table else key)

    pack = toml.convert(source.name, data, Pack, _table_of, line_of)
    if not trusted:
        for finding in findings(source, pack):
            raise SettingsError(finding)
    return pack


def _table_of(path: toml.Keys) -> type[msgspec.Struct]:
    """Return the class of the table that a value is in, by the path of the value."""
    tables: dict[str, type[msgspec.Struct]] = {"pack": PackInfo, "rule": Rule, "keep": Keep}
    return Case if path[2:3] == ["case"] else tables.get(path[0] if path else "", Pack)


def _line_of(text: str, table: str, number: int, key: str, value: str | None = None) -> int:
    from cleaner.rules import locate

    return locate.line_of(locate.entries(text), table, number, key, value)


def findings(source: Source, pack: Pack) -> Iterator[str]:
    """Yield everything that is wrong with a pack of the right shape, each as `path:line: what; what to do`."""
    from cleaner.rules import locate
    from cleaner.rules.match import cost

    entries = cache(lambda: locate.entries(source.text))  # scanned once, and only if something is wrong

    def at(table: str, index: int, field: str, text: str, value: str | None = None) -> str:
        line = locate.line_of(entries(), table, index, field, value)
        return f"{quote.name(source.name)}:{line}: {text}"

    if pack.pack.format != FORMAT:
        yield at("pack", 0, "format", f"format {pack.pack.format} is not known; this cleaner reads format {FORMAT}")
    if not ID.fullmatch(pack.pack.id):
        yield at(
            "pack", 0, "id", f"the id {toml.named(pack.pack.id)} is not a name; use lower case letters, digits and -"
        )
    # What is too much, or would be two lines where one is meant, is not looked at any closer.
    unusable = [at(table, 0, "", text) for table, text in _too_much(pack)]
    unusable += [at(table, 0, key, text, value) for table, key, value, text in _of_two_lines(pack)]
    if unusable:
        yield from unusable
        return
    words = pack.folded_words()
    seen: set[str] = set()
    for index, rule in enumerate(pack.rule):
        if not ID.fullmatch(rule.id):
            yield at(
                "rule",
                index,
                "id",
                f"the id {toml.named(rule.id)} is not a name; use lower case letters, digits and -",
            )
        if rule.id in seen:
            yield at("rule", index, "id", f"the id {toml.named(rule.id)} is used twice; rename one")
        seen.add(rule.id)
        for field, value, text in problems(rule, words):
            yield at("rule", index, field, text, value)
    for index, keep in enumerate(pack.keep):
        if not (keep.hosts or keep.langs or keep.rules or keep.lines or keep.patterns):
            yield at("keep", index, "", "says nothing; add lines, patterns, rules or hosts")
        for pattern in listed(keep.patterns):
            if problem := _pattern_problem(words, pattern, MAX_CHARS):
                yield at("keep", index, "patterns", problem, pattern)
    costs: cost.Costs[Owner] = cost.Costs()
    add_costs(costs, pack, source)
    for owner, text in costs.too_high(cost.ONE_PACK):
        yield at(owner.table, owner.number, owner.field, text, owner.pattern)


def check_together(packs: Sequence[tuple[Source, Pack]]) -> None:
    """Raise `SettingsError` if packs, each of which is sound, would take too long together."""
    if len(packs) < 2:
        return
    from cleaner.rules.match import cost

    costs: cost.Costs[Owner] = cost.Costs()
    for source, pack in packs:
        add_costs(costs, pack, source)
    for owner, text in costs.too_high(cost.ALL_PACKS):
        line = _line_of(owner.source.text, owner.table, owner.number, owner.field, owner.pattern)
        raise SettingsError(f"{quote.name(owner.source.name)}:{line}: in all packs together, {text}")


class Owner(NamedTuple):
    """Where a pattern or literal stands."""

    source: Source
    table: str
    number: int
    field: str
    pattern: str | None = None


def add_costs(costs: "cost.Costs[Owner]", pack: Pack, source: Source) -> None:
    """Add what the patterns of a pack cost; patterns that cannot be used are passed over."""
    from cleaner.rules.match import cost

    folded = pack.folded_words()
    costs.add_literals(Owner(source, "pack", 0, "clues"), keys(pack.pack.clues, LIMIT_CHARS))
    tables: list[tuple[str, int, Rule | Keep]] = [("rule", index, rule) for index, rule in enumerate(pack.rule)]
    tables += [("keep", index, keep) for index, keep in enumerate(pack.keep)]
    for table, index, one in tables:
        longest = one.max_chars if isinstance(one, Rule) else MAX_CHARS
        unless = listed(one.unless) if isinstance(one, Rule) else []
        for role, patterns in (*one.looked_for(), ("unless", unless)):
            field = "patterns" if role in ("line", "keep") else role
            for pattern in patterns:
                owner = Owner(source, table, index, field, pattern)
                with suppress(regex.UnsafePattern):
                    is_inline = role == "inline"
                    form, words = (pattern, pack.words) if is_inline else (regex.fold_pattern(pattern), folded)
                    expanded = regex.expand(form, words)
                    price = cost.cost_of(expanded, regex.check(expanded, max_chars=longest, bounded=is_inline))
                    if is_inline:
                        costs.add_inline(owner, price)
                    elif role == "unless":
                        costs.add_unless(owner, price)
                    else:
                        costs.add_pattern(owner, price, form, folded)
        if one.lines:
            costs.add_literals(Owner(source, table, index, "lines"), list(set(keys(block(one.lines), LIMIT_CHARS))))


def _too_much(pack: Pack) -> Iterator[tuple[str, str]]:
    """Yield the table of a pack that has too much of something, and of what."""
    places = sum(1 for rule in pack.rule for kind in rule.kinds if kind in PLACE_KINDS)
    both: list[Rule | Keep] = [*pack.rule, *pack.keep]
    patterns = [pattern for one in both for _, each in one.looked_for() for pattern in each]
    patterns += [pattern for rule in pack.rule for pattern in listed(rule.unless)]
    for table, number, limit, what in (
        ("rule", places, MAX_PLACE_RULES, f"rules of the kinds {toml.enumerated(PLACE_KINDS, 'and')}"),
        ("pack", len(pack.pack.hosts) + sum(len(one.hosts) for one in pack.keep), MAX_ALL_HOSTS, "hosts"),
        ("pack", len(pack.pack.langs) + sum(len(one.langs) for one in both), MAX_ALL_LANGS, "langs"),
        ("words", sum(map(len, pack.words.values())), MAX_WORDS, "words in all lists"),
        ("words", sum(len(word) for words in pack.words.values() for word in words), MAX_WORD_CHARS, "characters"),
        (
            "pack",
            sum(regex.expanded_size(pattern, pack.words) for pattern in patterns),
            MAX_EXPANDED,
            "characters of patterns with their words filled in",
        ),
    ):
        if number > limit:
            yield table, f"has {number:,} {what}, and the limit is {limit:,}; remove some, or make two packs"


def _of_two_lines(pack: Pack) -> Iterator[tuple[str, str, str, str]]:
    """Yield the table, the key, the value and what to say of each clue or word that has a line feed."""
    both = [("pack", "clues", pack.pack.clues), *(("words", name, words) for name, words in pack.words.items())]
    for table, name, values in both:
        for value in values:
            if "\n" in value:
                yield table, name, value, f"{toml.named(value)} in {toml.named(name)} has a line feed; make it two"


def problems(rule: Rule, words: Words) -> Iterator[Problem]:
    """Yield the reasons why a rule cannot be used. `words` are those of its pack, as keys."""
    kinds = rule.kinds
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none"
        yield kinds[-1] if kinds else "id", None, f"a rule has exactly one of {', '.join(KINDS)}; this has {found}"
        return
    (kind,) = kinds
    if not CATEGORY.fullmatch(rule.category):
        yield (
            "category",
            None,
            f"the category {toml.named(rule.category)} is not a name; use lower case letters and -",
        )
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
            goes_with = toml.enumerated(map(repr, kinds_with_it), "and")
            yield name, None, f"{name!r} goes with {goes_with}, not with {kind!r}; remove it"
    if kind == "lines" and not block(rule.lines or ""):
        yield "lines", None, "'lines' is empty; write one line of chrome per line"
    for line in block(rule.lines or ""):
        if not any(map(str.isalnum, line)) and not key(line):
            yield (
                "lines",
                line,
                f"the line {toml.named(line)} is blank to a rule, which does not see bullets; remove it",
            )
    for name, patterns in (*rule.patterns_by_key(), ("unless", listed(rule.unless))):
        at = rule.at if name == "inline" else "" if name == "unless" else "line"
        # Parts are taken out of lines of any length, so what spares such a line must be quick on a long one.
        longest = LIMIT_CHARS if rule.inline else rule.max_chars
        for pattern in patterns:
            if problem := _pattern_problem(words, pattern, longest, at=at):
                yield name, pattern, problem


def _pattern_problem(words: Words, pattern: str, max_chars: int, at: str = "line") -> str | None:
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
        return f"the pattern {toml.named(pattern)}{joint}{error}"
    return None
