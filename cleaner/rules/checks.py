"""Whether a rule pack can be used: parsing it, and checking what its shape does not say.

1. msgspec checks the shape, by the classes of `rules.pack`.
2. `findings` checks what concerns several keys, and each pattern (`regex.check`), and adds up what all of it costs.

The packs that ship with the cleaner passed both before they were shipped. At run time only their shape is checked.
Errors name the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cleaner import globs, quote, toml
from cleaner.errors import SettingsError, did_you_mean
from cleaner.rules import css, phrases
from cleaner.rules.match import regex
from cleaner.rules.match.anchors import anchors_of
from cleaner.rules.match.keys import key, keys
from cleaner.rules.match.outline import find_ends, find_literal
from cleaner.rules.pack import (
    CATEGORY,
    FORMAT,
    ID,
    KINDS,
    LIMIT_CHARS,
    LINE_KEYS,
    MAX_CHARS,
    Case,
    Keep,
    Lines,
    Pack,
    PackInfo,
    Phrase,
    Rule,
    Source,
    Words,
    block,
    listed,
)

if TYPE_CHECKING:
    from cleaner.rules.match import cost

# `cost` and `locate` are imported where they are needed: packs that ship need neither.

# The most of what a pack has in all.
MAX_PLACE_RULES = 50  # rules of the kinds in `PLACE_KINDS`, which look at many lines for each that fits [10]
MAX_ALL_HOSTS = 5000  # domains, those of protections among them [35]
MAX_ALL_FILES = 1000  # patterns of names of documents [0]
# Characters of patterns of names of documents in a pack, and in all packs that are used together [0]. To compile them
# takes up to 10 µs a character. Raised, hostile packs can take longer.
MAX_FILE_CHARS, MAX_ALL_FILE_CHARS = 20_000, 100_000
MAX_ALL_LANGS = 5000  # languages of rules and protections [100]
MAX_WORDS = 10_000  # words in `[words]` [1,136]
MAX_WORD_CHARS = 100_000  # their characters [13,169]
# Selectors of rules and protections in a pack: their compounds, their combinators, and the compounds that are looked
# at for one id, class, attribute or tag; and the same in all packs that are used together [165; 2; 2]. At an element
# that some compounds fit, numbers with as many bits as there are combinators are made. Raised, hostile pages and
# packs can take longer.
MAX_COMPOUNDS, MAX_JOINTS, MAX_SAME = 4000, 1000, 100
MAX_ALL_COMPOUNDS, MAX_ALL_JOINTS, MAX_ALL_SAME = 20_000, 3000, 300
MAX_ALL_EXPANDED = 400_000  # characters of all patterns, with their words filled in [74,594]; they are compiled

_TWO_LINES = "a line of a list has a line feed; make it two"
PLACE_KINDS = ("from", "between", "after", "cut", "cut_before", "collapse", "tags")
Problem = tuple[str, str | None, str]  # the key it is about, the pattern, literal or example in it, and what is wrong


def check_ids(packs: Iterable[tuple[Source, Pack]], others: Iterable[str] = ()) -> None:
    """Raise `SettingsError` if one of `packs` has the id of another one of them, or one of the ids of `others`."""
    taken = set(others)
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
    if pack.phrase:
        pack = _with_phrases(source, pack)
    if not trusted:
        for finding in findings(source, pack):
            raise SettingsError(finding)
    return pack


def _with_phrases(source: Source, pack: Pack) -> Pack:
    """Return a pack with the rules that its phrases become. Raises `SettingsError` for one that the frame lacks."""
    frame = phrases.shipped()
    for number, phrase in enumerate(pack.phrase):
        if phrase.id not in frame:
            line = _line_of(source.text, "phrase", number, "id")
            raise SettingsError(f"{quote.name(source.name)}:{line}: {_no_phrase(phrase.id)}")
    return phrases.filled(pack, frame)


def _no_phrase(name: str) -> str:
    advice = did_you_mean(name[: toml.MAX_SHOWN_CHARS], phrases.shipped(), "write a [[rule]] for what it lacks")
    return f"the frame has no phrase {toml.named(name)}; {advice}"


def _table_of(path: toml.Keys) -> type[msgspec.Struct]:
    """Return the class of the table that a value is in, by the path of the value."""
    tables: dict[str, type[msgspec.Struct]] = {"pack": PackInfo, "rule": Rule, "phrase": Phrase, "keep": Keep}
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
    for table, index, field, text in _not_for_host(source.host, pack) if source.host else ():
        yield at(table, index, field, text)
    # What is too much, or would be two lines where one is meant, is not looked at any closer.
    unusable = [at(table, 0, "", text) for table, text in _too_much(pack)]
    unusable += [at(table, index, key, text, value) for table, index, key, value, text in _of_two_lines(pack)]
    if unusable:
        yield from unusable
        return
    words = pack.folded_words()
    seen: set[str] = set()
    for index, rule in enumerate(pack.rule):
        table, number = pack.place_of(index)
        if not ID.fullmatch(rule.id):
            yield at(
                "rule",
                index,
                "id",
                f"the id {toml.named(rule.id)} is not a name; use lower case letters, digits and -",
            )
        if rule.id in seen:
            advice = "rename one" if table == "rule" else "rename the rule, or put the lines into one [[phrase]]"
            yield at(table, number, "id", f"the id {toml.named(rule.id)} is used twice; {advice}")
        seen.add(rule.id)
        for field, value, text in problems_at(pack, index, words):
            yield at(table, number, field, text, value)
    for index, keep in enumerate(pack.keep):
        if not (keep.hosts or keep.langs or keep.files or keep.rules or keep.names_lines):
            yield at("keep", index, "", "says nothing; add lines, patterns, selectors, rules, hosts or files")
        if keep.id and keep.id in (one.id for one in pack.keep[:index]):
            yield at("keep", index, "id", f"the id {toml.named(keep.id)} is used twice; rename one")
        for field, value, text in keep_problems(keep, words):
            yield at("keep", index, field, text, value)
    costs: cost.Costs[Owner] = cost.Costs()
    add_costs(costs, pack, source)
    for owner, text in costs.too_high(cost.ONE_PACK):
        yield at(owner.table, owner.number, owner.field, text, owner.pattern)
    builder, last = css.Builder(), None
    for owner in add_selectors(builder, pack, source):
        last = owner
    if last:
        for text in _too_many_selectors(builder, MAX_COMPOUNDS, MAX_JOINTS, MAX_SAME):
            yield at(last.table, last.number, last.field, text)


def _not_for_host(host: str, pack: Pack) -> Iterator[tuple[str, int, str, str]]:
    """Yield the table, its number, the key and what to say of what a host pack cannot say (see `rules.library`).

    The pack is read only for documents of its host. So it is for this host, and nothing in it is for others.
    """
    if pack.pack.id != host:
        what = f"the id {toml.named(pack.pack.id)} is not the host of the file's name"
        yield "pack", 0, "id", f'{what}; write id = "{host}"'
    if pack.pack.hosts != [host]:
        what = f"a pack in a folder 'hosts' is for the host of its name alone; write hosts = [\"{host}\"]"
        yield "pack", 0, "hosts", what
    if pack.pack.clues:
        what = "a pack in a folder 'hosts' has no clues, because it is for documents with a URL"
        yield "pack", 0, "clues", f"{what}; remove them, or move the pack to another folder"
    for index, keep in enumerate(pack.keep):
        if not keep.hosts or any(name != host and not name.endswith(f".{host}") for name in keep.hosts):
            what = "in a folder 'hosts', [[keep]] is for the host of the pack, or hosts below it"
            yield "keep", index, "hosts", f'{what}; write hosts = ["{host}"]'


def check_together(packs: Sequence[tuple[Source, Pack]]) -> None:
    """Raise `SettingsError` if packs, each of which is sound, would take too long together.

    Host packs do not count: no more than a few are active for a document (`hosts.MAX_PER_HOST`).
    """
    packs = [(source, pack) for source, pack in packs if not source.host]
    if len(packs) < 2:
        return
    from cleaner.rules.match import cost

    chars = 0
    for source, pack in packs:
        chars += _file_chars(pack)
        if chars > MAX_ALL_FILE_CHARS:
            what = f"in all packs together, 'files' has more than {MAX_ALL_FILE_CHARS:,} characters; use fewer packs"
            raise SettingsError(f"{quote.name(source.name)}:1: {what}")
    costs: cost.Costs[Owner] = cost.Costs()
    for source, pack in packs:
        add_costs(costs, pack, source)
    for owner, text in costs.too_high(cost.ALL_PACKS):
        line = _line_of(owner.source.text, owner.table, owner.number, owner.field, owner.pattern)
        raise SettingsError(f"{quote.name(owner.source.name)}:{line}: in all packs together, {text}")
    builder = css.Builder()
    owners = [owner for source, pack in packs for owner in add_selectors(builder, pack, source)]
    for text in _too_many_selectors(builder, MAX_ALL_COMPOUNDS, MAX_ALL_JOINTS, MAX_ALL_SAME):
        line = _line_of(owners[-1].source.text, owners[-1].table, owners[-1].number, owners[-1].field)
        raise SettingsError(f"{quote.name(owners[-1].source.name)}:{line}: in all packs together, {text}")


def add_selectors(builder: css.Builder, pack: Pack, source: Source) -> Iterator[Owner]:
    """Add the selectors of a pack, and yield each owner; selectors that cannot be used are passed over."""
    tables: list[tuple[str, int, Rule | Keep]] = [("rule", index, rule) for index, rule in enumerate(pack.rule)]
    tables += [("keep", index, keep) for index, keep in enumerate(pack.keep)]
    for table, index, one in tables:
        for written in one.selectors:
            with suppress(css.BadSelector):
                builder.add([written], index)
            yield Owner(source, table, index, "selectors")


def _too_many_selectors(builder: css.Builder, compounds: int, joints: int, same: int) -> Iterator[str]:
    """Yield what there is too much of in selectors."""
    for number, limit, what in (
        (builder.steps, compounds, "ids, classes and other compounds"),
        (builder.joints, joints, "spaces and > between compounds"),
    ):
        if number > limit:
            yield f"the selectors have {number:,} {what}, and the limit is {limit:,}; remove some"
    (_, entry, value), number = max(builder.filed.items(), key=lambda item: item[1], default=(("", "", ""), 0))
    if number > same:
        yield f"{number:,} selectors ask for {toml.named(value or entry)}, and the limit is {same:,}; remove some"


class Owner(NamedTuple):
    """Where a pattern or literal stands."""

    source: Source
    table: str
    number: int
    field: str
    pattern: str | None = None


def add_costs(costs: cost.Costs[Owner], pack: Pack, source: Source) -> None:
    """Add what the patterns of a pack cost; patterns that cannot be used are passed over."""
    from cleaner.rules.match import cost

    folded = pack.folded_words()
    costs.add_literals(Owner(source, "pack", 0, "clues"), keys(pack.pack.clues, LIMIT_CHARS))
    tables: list[tuple[str, int, Rule | Keep]] = [("rule", index, rule) for index, rule in enumerate(pack.rule)]
    tables += [("keep", index, keep) for index, keep in enumerate(pack.keep)]
    for table, index, one in tables:
        written: dict[str, str] = {}
        if isinstance(one, Rule):
            table, index = pack.place_of(index)
            written = phrases.written(pack.phrase[index]) if table == "phrase" else {}
        longest = one.max_chars if isinstance(one, Rule) else MAX_CHARS
        unless = listed(one.unless) if isinstance(one, Rule) else []
        for role, patterns in (*one.looked_for(), ("unless", unless)):
            field = "patterns" if role in ("line", "keep") else role
            for pattern in patterns:
                owner = Owner(source, table, index, field, written.get(pattern, pattern))
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
        ("pack", sum(len(one.files) for one in pack.keep), MAX_ALL_FILES, "files"),
        ("pack", _file_chars(pack), MAX_FILE_CHARS, "characters of files"),
        ("pack", len(pack.pack.langs) + sum(len(one.langs) for one in both), MAX_ALL_LANGS, "langs"),
        ("words", sum(map(len, pack.words.values())), MAX_WORDS, "words in all lists"),
        ("words", sum(len(word) for words in pack.words.values() for word in words), MAX_WORD_CHARS, "characters"),
        (
            "pack",
            sum(regex.expanded_size(regex.fold_pattern(pattern), pack.words) for pattern in patterns),
            MAX_ALL_EXPANDED,
            "characters of patterns with their words filled in",
        ),
    ):
        if number > limit:
            yield table, f"has {number:,} {what}, and the limit is {limit:,}; remove some, or make two packs"


def _file_chars(pack: Pack) -> int:
    """Return how many characters the patterns of names of documents have in a pack."""
    return sum(len(pattern) for keep in pack.keep for pattern in keep.files)


def _of_two_lines(pack: Pack) -> Iterator[tuple[str, int, str, str, str]]:
    """Yield the table, its number, the key, the value and what to say of each text of a list that has a line feed."""
    found: list[tuple[str, int, str, Lines]] = [("pack", 0, "clues", pack.pack.clues)]
    found += (("words", 0, name, words) for name, words in pack.words.items())
    tables: list[tuple[str, int, Rule | Keep]] = [("rule", index, rule) for index, rule in enumerate(pack.rule)]
    tables += [("keep", index, keep) for index, keep in enumerate(pack.keep)]
    found += ((table, index, key, getattr(one, key, None) or "") for table, index, one in tables for key in LINE_KEYS)
    for table, index, name, values in found:
        for value in () if isinstance(values, str) else values:
            if "\n" in value:
                what = f"{toml.named(value)} in {toml.named(name)} has a line feed; make it two"
                yield table, index, name, value, what


def _has_line_feed(one: Rule | Keep) -> bool:
    """Whether a line of a list is two."""
    return any("\n" in line for name in LINE_KEYS for line in block(getattr(one, name, None) or ""))


def keep_problems(keep: Keep, words: Words) -> Iterator[Problem]:
    """Yield the reasons why a protection cannot be used. `words` are those of its pack, as keys."""
    if _has_line_feed(keep):
        yield "lines", None, _TWO_LINES
        return
    if keep.id and not ID.fullmatch(keep.id):
        text = f"the id {toml.named(keep.id)} is not a name; use lower case letters, digits and -"
        yield "id", None, text
    for number, pattern in enumerate(keep.files):
        if why := globs.problem_of(pattern, first=not number):
            yield "files", pattern, f"'files': {toml.shown(why)}; mend the pattern"
    for pattern in listed(keep.patterns):
        if problem := _pattern_problem(words, pattern, MAX_CHARS):
            yield "patterns", pattern, problem
    yield from _selector_problems(keep)


def _selector_problems(one: Rule | Keep) -> Iterator[Problem]:
    """Yield the selectors of a rule or a protection that cannot be used."""
    for written in one.selectors:
        try:
            css.parse(written)
        except css.BadSelector as error:
            yield "selectors", written, f"the selector {toml.named(written)} {quote.text(str(error))}"


def problems_at(pack: Pack, index: int, words: Words) -> Iterator[Problem]:
    """Yield the reasons why the rule of a pack with the 0-based number `index` cannot be used.

    `words` are those of the pack, as keys. The keys are those of the table that says the rule.
    """
    table, number = pack.place_of(index)
    rule = pack.rule[index]
    if table == "rule":
        yield from problems(rule, words)
        for name in rule.says:
            if name not in phrases.shipped():
                yield "says", name, _no_phrase(name)
        return
    phrase = pack.phrase[number]
    wrong = set()
    for problem in phrases.problems(phrase, phrases.shipped()[phrase.id]):
        yield problem
        wrong.add(problem[1])
    for pattern, line in phrases.written(phrase).items():
        if line not in wrong and (unsafe := _pattern_problem({}, pattern, rule.max_chars)):
            text = unsafe.removeprefix(f"the pattern {toml.named(pattern)}")
            yield "lines", line, f"the line {toml.named(line)}{text}"


def problems(rule: Rule, words: Words) -> Iterator[Problem]:
    """Yield the reasons why a rule cannot be used. `words` are those of its pack, as keys."""
    if _has_line_feed(rule):
        yield "lines", None, _TWO_LINES
        return
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
        ("drops_html", bool(rule.drops_html), ("selectors",)),
        ("keeps_html", bool(rule.keeps_html), ("selectors",)),
    ):
        if is_set and kind not in kinds_with_it:
            goes_with = toml.enumerated(map(repr, kinds_with_it), "and")
            yield name, None, f"{name!r} goes with {goes_with}, not with {kind!r}; remove it"
    if kind == "selectors" and rule.max_chars != MAX_CHARS:
        yield "max_chars", None, "an element may have lines of any length; remove 'max_chars'"
    yield from _selector_problems(rule)
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
        longest = LIMIT_CHARS if rule.inline or rule.selectors else rule.max_chars
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
            anchors_of(folded, words) if at == "line" else find_ends(folded, words, at)
    except regex.UnsafePattern as error:
        joint = " " if str(error).startswith(("is ", "must ", "has ", "begins ", "ends ")) else ": "
        return f"the pattern {toml.named(pattern)}{joint}{error}"
    return None
