"""Rule packs of what people decided on the page of a review: one pack a site, and one for what holds everywhere.

    reviewed/reviewed.toml               what holds everywhere
    reviewed/reviewed-example.org.toml   what holds on one site, and on the hosts below it

Lines that stay are in a `[[keep]]`, which protects them from rules, markup and judge alike. Lines that go are in a
`[[rule]]`, one for each category, with examples. Lines are written as they are: one with a number in it stands for
itself alone. What the lint of packs refuses is left out, and said.

A pack that stands already is read, and new decisions are added to it: a line that stayed and now goes changes its
place. The last line of a pack has the digest of the rest, so that a pack which a person changed is known, and left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from cleaner import quote
from cleaner.errors import SettingsError
from cleaner.learn import lines as lines_of
from cleaner.learn.names import digest, pack_id
from cleaner.learn.quoting import escaped
from cleaner.learn.tables import Table, written
from cleaner.marks import CATEGORY_LEFT_OUT, CATEGORY_REPAIR
from cleaner.rules import checks
from cleaner.rules.match.keys import key
from cleaner.rules.pack import (
    CATEGORY,
    FORMAT,
    LIMIT_CHARS,
    MAX_CHARS,
    MAX_NAMES,
    Pack,
    PackInfo,
    Rule,
    Source,
    block,
    listed,
)
from cleaner.workbench import criteria

NAME = "reviewed"  # the id of the pack for everywhere, and what other ids begin with
OWN_CATEGORY = "reviewed"  # of lines that nothing else has a category for
MAX_CATEGORY_CHARS = 40
# A line of fewer words goes only beside other chrome, if a rule took it before: `Home` may be a heading as well.
FEW_WORDS = 3
# Bytes of a pack: half of what a pack may have. Raised, the digest and what people add may make it too large.
MAX_PACK_BYTES = 1_000_000
ROUND_CHARS = 100  # `max_chars` of long lines is a multiple of this
AROUND_CHARS = 250  # characters of a line beside a part of it that stays, in the pattern of that line
MAX_PATTERNS = 200  # in a pack; each takes time on lines that end or begin like it
WHY = "a person decided so, looking at what went"
HEADER = """\
# `cleaner review --apply` wrote this. Change it as you like: from then on it is yours, and the command leaves it."""
_DIGEST = re.compile(r"\n# digest of the lines above: ([0-9a-f]{8})\n$")
_GLOB = re.compile(r"[a-z0-9._-]+/[a-z0-9._-]+")

# Why a line is left out.
LONG = f"has {LIMIT_CHARS:,} characters or more, which rules do not look at"
UNWRITABLE = "cannot be written as a line of a pack"
FULL = "more than a pack may hold"


class LeftOut(NamedTuple):
    """A line that a pack cannot hold, and why."""

    line: str
    why: str


class Dropped(NamedTuple):
    """A line that goes, with the category of its rule, and whether it goes only beside other chrome."""

    line: str
    category: str
    weak: bool


@dataclass
class SitePack:
    """What a pack says. `site` is a host, "" for everywhere. Lines are by their keys."""

    site: str
    keeps: dict[str, str] = field(default_factory=dict)
    patterns: dict[str, None] = field(default_factory=dict)  # of lines whose parts stay, in order
    off: dict[str, None] = field(default_factory=dict)  # rules that are off
    drops: dict[str, Dropped] = field(default_factory=dict)
    seen: dict[str, None] = field(default_factory=dict)  # names of documents with the lines
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of the pack, which is the name of its file without the suffix."""
        return f"{NAME}-{pack_id(self.site)}" if self.site else NAME

    @property
    def is_empty(self) -> bool:
        """Whether the pack would say nothing."""
        return not (self.keeps or self.patterns or self.off or self.drops)

    def keep(self, text: str, known: str | None = None) -> None:
        """Let lines stay, one or several; `known` are their keys, if they are known."""
        for line in self._writable(text, known):
            self.keeps[key(line)] = line
            self.drops.pop(key(line), None)

    def keep_part(self, text: str, part: str, rule: str | None) -> None:
        """Let a part stay of the lines that begin or end with it; if it stands inside, its rule is off."""
        form = key(text)
        if part in ("start", "end") and 0 < len(form) <= MAX_CHARS and len(self.patterns) < MAX_PATTERNS:
            rest = f".{{1,{AROUND_CHARS}}}"
            pattern = f"{escaped(form)}{rest}" if part == "start" else f"{rest}{escaped(form)}"
            if not self._breaks_limit({"lines": "", "patterns": pattern}):
                self.patterns[pattern] = None
                return
        if rule and _GLOB.fullmatch(rule) and len(self.off) < MAX_NAMES:
            self.off[rule] = None
        else:
            self.left_out.append(LeftOut(text, UNWRITABLE))

    def drop(self, text: str, known: str | None, category: str | None, *, was_removed: bool) -> None:
        """Let lines go, one or several; `was_removed` says that a rule or the judge took them before."""
        category = category or OWN_CATEGORY
        is_known = len(category) <= MAX_CATEGORY_CHARS and CATEGORY.fullmatch(category)
        if not is_known or category in (CATEGORY_LEFT_OUT, CATEGORY_REPAIR):
            category = OWN_CATEGORY
        for line in self._writable(text, known):
            dropped = Dropped(line, category, was_removed and len(line.split()) < FEW_WORDS)
            why = self._refusal(dropped)
            if why and not dropped.weak:
                dropped = dropped._replace(weak=True)
                why = self._refusal(dropped)
            if why:
                self.left_out.append(LeftOut(line, why))
                continue
            self.drops[key(line)] = dropped
            self.keeps.pop(key(line), None)

    def _writable(self, text: str, known: str | None) -> Iterator[str]:
        """Yield the lines of a text as a pack can hold them; those that it cannot are left out.

        A line with another key than its own, because its encoding is broken or it has marks of Markdown, is written
        as that key, which is how rules see it.
        """
        lines = _lines(text)
        forms = (known or "").split("\n")
        for line, form in zip(lines, forms if len(forms) == len(lines) else [""] * len(lines), strict=True):
            shown = lines_of.plain(line)
            if form and key(line) != form == key(form):
                shown = form
            if len(line) >= LIMIT_CHARS:
                self.left_out.append(LeftOut(line, LONG))
            elif not lines_of.is_line(shown) or not key(shown):
                self.left_out.append(LeftOut(line, UNWRITABLE))
            else:
                yield shown

    def _info(self) -> PackInfo:
        return msgspec.convert(self._pack_table(), PackInfo)

    def _pack_table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"format": FORMAT, "id": self.id, "title": self.site or "Lines of all sites"}
        if self.site:
            table["hosts"] = [self.site]
        seen = ", ".join(list(self.seen)[: lines_of.MAX_EXAMPLES]) or "the documents of the review"
        return table | {"source": f"a review of {seen}"}

    def _refusal(self, dropped: Dropped) -> str:
        """Return what the lint of packs says against a rule for one line, "" if nothing."""
        rule = msgspec.convert(self._rule_table("x", [dropped], ()), Rule)
        pack = Pack(self._info(), {}, [rule])
        for problems in (checks.problems(rule, {}), criteria.problems(pack, rule, {}, proven=True)):
            if problem := next(iter(problems), None):
                return problem[2]
        return ""

    def _breaks_limit(self, keep: dict[str, Any]) -> bool:
        """Whether the check of packs finds something wrong with a pack that has only this `[[keep]]`."""
        pack = msgspec.convert({"pack": self._pack_table(), "keep": [keep]}, Pack)
        return any(True for _ in checks.findings(Source("", ""), pack))

    def text(self, kept_lines: Callable[[], Iterable[str]] = tuple) -> str:
        """Return the text of the pack. `kept_lines` returns lines of documents that stay, for examples."""
        pieces = ["\n".join([HEADER, written("[pack]", self._pack_table())])]
        room = MAX_PACK_BYTES - len(pieces[0])
        examples = [line for line in kept_lines() if lines_of.is_line(line) and len(line) <= MAX_CHARS]
        for piece in (*self._keeps(), *self._rules(examples)):
            room -= len(piece.encode())
            if room < 0:
                self.left_out.append(LeftOut(piece.partition("\n")[0], FULL))
                break
            pieces.append(piece)
        text = "\n\n".join(pieces) + "\n"
        return f"{text}\n# digest of the lines above: {digest(text)}\n"

    def _keeps(self) -> Iterator[str]:
        hosts = {"hosts": [self.site]} if self.site else {}
        if self.keeps:
            lines = lines_of.joined([self.keeps[form] for form in sorted(self.keeps)])
            kept = lines_of.joined(lines_of.examples(self.keeps[form] for form in sorted(self.keeps)))
            yield written("[[keep]]", {"id": "lines", **hosts, "lines": lines, "why": WHY, "keeps": kept})
        if self.patterns:
            about = {**hosts, "patterns": list(self.patterns), "why": f"{WHY}, of a part of the line"}
            yield written("[[keep]]", {"id": "parts", **about})
        if self.off:
            yield written("[[keep]]", {"id": "rules-off", **hosts, "rules": list(self.off), "why": WHY})

    def _rules(self, examples: Sequence[str]) -> Iterator[str]:
        kinds: dict[tuple[str, bool], list[str]] = {}
        for form, dropped in self.drops.items():
            kinds.setdefault((dropped.category, dropped.weak), []).append(form)
        for category, weak in sorted(kinds):
            forms = sorted(kinds[category, weak])
            name = f"{category}-beside-other-chrome" if weak else category
            yield written("[[rule]]", self._rule_table(name, [self.drops[form] for form in forms], examples))

    def _rule_table(self, name: str, dropped: Sequence[Dropped], examples: Sequence[str]) -> Table:
        """Return the table of a rule for lines, which are sorted by their keys."""
        lines = [one.line for one in dropped]
        longest = max(map(len, lines))
        reach = MAX_CHARS if longest <= MAX_CHARS else min(-(-longest // ROUND_CHARS) * ROUND_CHARS, LIMIT_CHARS)
        forms = {key(line) for line in lines} | self.drops.keys()
        near = lines_of.examples(_nearest(lines, [line for line in examples if key(line) not in forms]))
        table: dict[str, Any] = {"id": name, "category": dropped[0].category}
        table |= {"weak": True} if dropped[0].weak else {}
        table |= {"why": WHY}
        table |= {} if reach == MAX_CHARS else {"max_chars": reach}
        return table | {
            "lines": lines_of.joined(lines),
            "drops": lines_of.joined(lines_of.examples(lines) or lines[:1]),
            "keeps": lines_of.joined(near or [lines_of.not_quite(lines[0])]),
        }


def read(name: str, text: str, site: str) -> SitePack:
    """Read the pack of a site that was written before; `name` stands for its file.

    Raises `SettingsError` if a person changed it, or if it is none of ours.
    """
    found = _DIGEST.search(text)
    if not found or digest(text[: found.start()]) != found[1]:
        what = "was changed by a person, or is not from `cleaner review`"
        advice = "name another folder with -o, or pass --force to replace it"
        raise SettingsError(f"{quote.name(name)}:1: {what}; {advice}")
    pack = checks.parse(Source(name, text))
    read_pack = SitePack(site)
    for keep in pack.keep:
        read_pack.keeps |= {key(line): line for line in block(keep.lines)}
        read_pack.patterns |= dict.fromkeys(listed(keep.patterns))
        read_pack.off |= dict.fromkeys(keep.rules)
    for rule in pack.rule:
        for line in block(rule.lines or ""):
            read_pack.drops[key(line)] = Dropped(line, rule.category, rule.weak)
    for one in pack.pack.source.removeprefix("a review of ").split(", "):
        read_pack.seen[one] = None
    return read_pack


def _lines(text: str) -> list[str]:
    """Return the lines of a text that are not blank."""
    return [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]


def _nearest(lines: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return lines of documents that begin with the same word as one of `lines`, most words in common first."""
    firsts: dict[str, set[str]] = {}
    for line in lines:
        words = key(line).split()
        firsts.setdefault(words[0] if words else "", set()).update(words)
    near = []
    for number, other in enumerate(others):
        words = key(other).split()
        if words and words[0] in firsts:
            near.append((-len(firsts[words[0]].intersection(words)), number, other))
    return [other for _, _, other in sorted(near)[: lines_of.MAX_EXAMPLES]]
