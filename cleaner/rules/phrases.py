"""Phrases: what sites in all languages say, and the rules that come of how a language says it.

The *frame* (`rules/phrases.toml`) has an entry for each phrase: what it says in English, its category, and how sure
it is that lines which say it are chrome. A pack of a language has a `[[phrase]]` for each that it knows, with lines
in its language. Such a phrase becomes a rule: what the lines are comes from the pack, all else from the frame.

    frame:         id = "pages", says = ["Page {n} of {n}"], category = "pagination", weak = true
    pack sv.toml:  [[phrase]] id = "pages", lines = "Sidor" and "Sida {n} av {n}"
    the rule:      sv/pages, weak, of the category pagination, with the line "Sidor" and the pattern
                   "sida [0-9]… av [0-9]…"

Most lines are literal. `{n}`, `{date}` and `{name}` are *holes*: places for a number, a date or time, and a name or a
few words. A line with holes becomes a pattern, in which all but the holes is literal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import msgspec

from cleaner import toml
from cleaner.errors import did_you_mean
from cleaner.marks import CONFIDENCES
from cleaner.rules import pack as packs
from cleaner.rules.match.keys import key, keys
from cleaner.rules.pack import Pack, Phrase, Rule

TRIAL = "-trial"  # what the name of a rule ends with if its phrase is on trial beside another one of the same name


class Hole(NamedTuple):
    """What stands in the place of a hole."""

    pattern: str  # of the characters that may stand there, in the form of keys
    example: str


# Ways (see `match.regex`) of each hole: 10, 440 and 40. A date is 2 to 40 characters with a digit among them, either
# first or behind at most 20 others, for months and days of the week. A name ends with the sentence, in any script.
HOLES = {
    "n": Hole(r"[0-9](?:[0-9.,'٬ ]{0,8}[0-9])?", "12"),
    "date": Hole(r"(?:[0-9][^!?]{1,39}|[^0-9!?]{1,20}[0-9][^!?]{0,19})", "12.05.2023"),
    "name": Hole(r"[^.!?:。؟۔।]{1,40}", "Ana"),
}
_HOLE = re.compile(r"\{(" + "|".join(HOLES) + r")\}")
# What stands for a hole while the text around it takes the form of a key: no text may hold this code point.
_MARK = "\ufdd0"
_SPECIAL = re.compile(r"[\\.\[\](){}?*+|^$]")  # characters that mean something in a pattern
# Places for values in the files of translators, which are no holes: {title}, {0}, %s, %1$d.
_FOREIGN = re.compile(r"\{[A-Za-z0-9_]*\}|%(?:[0-9]\$)?[sd]\b")
TELLING = "©"  # a sign that says as much as a word
# Zones that a phrase may narrow a zone of the frame to.
_WITHIN = {
    "any": ("head", "tail", "edges", "below"),
    "edges": ("head", "tail"),
    "below": ("tail",),
    "head": (),
    "tail": (),
}


class Entry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An entry of the frame."""

    id: str
    says: Annotated[list[str], msgspec.Meta(min_length=1)]  # in English, what lines of it say
    category: str
    weak: bool = False
    zone: Literal["head", "tail", "edges", "below", "any"] = "any"
    confidence: Literal["sure", "likely", "guess"] = "sure"
    why: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The file of the frame."""

    phrase: list[Entry]


Frame = Mapping[str, Entry]  # the entries by their names, in the order of the file


def read(source: packs.Source) -> Frame:
    """Return the frame that a text holds. Raises `SettingsError`."""
    data = toml.parse(source.name, source.text)

    def line_of(path: toml.Keys, key: str) -> int:
        from cleaner.rules import locate

        number = int(path[1]) if path[1:] else 0
        return locate.line_of(locate.entries(source.text), "phrase", number, key if path[1:] else "")

    frame = toml.convert(source.name, data, _File, lambda path: Entry if path else _File, line_of)
    return {entry.id: entry for entry in frame.phrase}


@lru_cache(maxsize=1)
def shipped() -> Frame:
    """Return the frame that ships."""
    return read(packs.frame())


def lines_of(text: str | list[str]) -> list[str]:
    """Return the lines of a key that is a block of lines or a list of them, without blank ones."""
    return [line for part in ([text] if isinstance(text, str) else text) for line in packs.block(part)]


def filled(pack: Pack, frame: Frame) -> Pack:
    """Return a pack with the rules that its phrases become, behind its own. The frame must have all phrases."""
    rules = []
    names: set[str] = set()
    for phrase in pack.phrase:
        name = phrase.id + (TRIAL if phrase.status == "trial" and phrase.id in names else "")
        names.add(phrase.id)
        rules.append(rule_of(frame[phrase.id], phrase, name))
    return msgspec.structs.replace(pack, rule=[*pack.rule, *rules])


def rule_of(entry: Entry, phrase: Phrase, name: str = "") -> Rule:
    """Return the rule that a phrase becomes. It may have both lines and patterns, unlike other rules."""
    lines = lines_of(phrase.lines)
    return Rule(
        id=name or phrase.id,
        category=entry.category,
        lines="\n".join(line for line in lines if not _HOLE.search(line)) or None,
        patterns=list(written(phrase)) or None,
        weak=entry.weak or bool(phrase.weak),
        zone=phrase.zone or entry.zone,
        confidence=phrase.confidence or entry.confidence,
        status=phrase.status,
        says=[phrase.id],
        why=phrase.why or entry.why or f'says "{entry.says[0]}" or the like',
        seen=phrase.seen,
        keeps="\n".join(lines_of(phrase.keeps)),
    )


def written(phrase: Phrase) -> dict[str, str]:
    """Return the lines of a phrase that have holes, by the patterns that they become."""
    lines = [line for line in lines_of(phrase.lines) if "{" in line and _HOLE.search(line)]
    marked = [_HOLE.sub(_MARK, line.replace(_MARK, "")) for line in lines]
    forms = keys(marked, max(map(len, marked), default=0))
    return {_pattern_of(line, form): line for line, form in zip(lines, forms, strict=True)}


def _pattern_of(line: str, form: str) -> str:
    """Return the pattern that a line with holes becomes; `form` is its key with a mark for each hole."""
    holes = _HOLE.findall(line)
    first, *rest = _SPECIAL.sub(r"\\\g<0>", form).split(_MARK)
    return first + "".join(HOLES[hole].pattern + text for hole, text in zip(holes, rest, strict=True))


def example_of(line: str) -> str:
    """Return a line of a document that a line of a phrase takes."""
    return _HOLE.sub(lambda found: HOLES[found[1]].example, line)


def problems(phrase: Phrase, entry: Entry) -> Iterator[tuple[str, str | None, str]]:
    """Yield the reasons why a phrase cannot be used, as (key, line, what is wrong), but for those of its patterns."""
    lines = lines_of(phrase.lines)
    if not lines:
        yield "lines", None, "'lines' is empty; write one line of chrome per line"
    for line in lines:
        bare = _HOLE.sub("", line)
        if foreign := _FOREIGN.search(bare):
            holes = toml.enumerated((f"{{{name}}}" for name in HOLES), "and")
            name = foreign[0].strip("{}")
            near = did_you_mean(name, HOLES, f"the holes are {holes}") if name else f"the holes are {holes}"
            yield "lines", line, f"the line {toml.named(line)} has {foreign[0]}, which is no hole; {near}"
        elif not any(char.isalnum() or char in TELLING for char in bare) and (bare != line or not key(line)):
            what = "has no text besides its holes" if bare != line else "is blank to a rule, which sees no bullets"
            yield "lines", line, f"the line {toml.named(line)} {what}; remove it"
    if phrase.weak is False and entry.weak:
        yield "weak", None, "the frame says that the phrase is weak, and a pack may only be more careful; remove it"
    if phrase.zone and phrase.zone != entry.zone and phrase.zone not in _WITHIN[entry.zone]:
        what = f"the frame says zone = {entry.zone!r}, and a pack may only narrow it"
        yield "zone", None, f"{what}; remove it"
    order = CONFIDENCES["main"]
    if phrase.confidence and order.index(phrase.confidence) < order.index(entry.confidence):
        what = f"the frame says confidence = {entry.confidence!r}, and a pack may only be more careful"
        yield "confidence", None, f"{what}; remove it"
