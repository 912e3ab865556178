"""What follows of decisions: which packs say what, which copies are to be corrected, and what cannot be done.

Decisions about a line, on a site or everywhere, become rules (`packs`). Decisions about one place of one document
become a corrected copy (`copies`) where the document is a file of its own. A row of a shard has no copy of its own:
there the decision holds for the line on the whole site, if the site is known.

After that it is tried whether decisions hold: documents are cleaned anew, with the packs. A line may still go, or
stay, because the guard stepped in or because lines around it went as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec

from cleaner import quote
from cleaner.document import Cleaned, split_lines
from cleaner.evidence.rows import rows_of
from cleaner.review.copies import Refused
from cleaner.review.decisions import Decision, Decisions
from cleaner.review.packs import Dropped, SitePack
from cleaner.rules.match.keys import keys
from cleaner.rules.pack import LIMIT_CHARS
from cleaner.rules.scope import MAX_HOST_CHARS, host_of

NO_SITE = "the site cannot be the name of a host; decide for all documents instead"
NO_COPY = "a row of a shard has no copy of its own, and its site is not known; decide for all documents instead"
STILL_GOES = "the line still goes in {}, with the lines around it or by the guard; see `cleaner explain`"
STILL_STAYS = "the line still stays in {}, because nothing around it is chrome or by the guard; see `cleaner explain`"


class Plan(NamedTuple):
    """What is to be done: decisions about lines, those about places by their document, and what cannot be done."""

    lines: list[Decision]
    places: dict[str, list[Decision]]
    refused: list[Refused]


class Example(NamedTuple):
    """A document to try decisions on: its URL, if known, and what became of it."""

    url: str | None
    cleaned: Cleaned


def plan(decisions: Decisions, is_row: Callable[[str], bool]) -> Plan:
    """Sort decisions by what is to be done; `is_row` tells whether a document is a row of a shard."""
    result = Plan([], {}, [])
    for decision in decisions.decisions:
        if decision.scope == "document" and is_row(decision.document or ""):
            if decision.site:
                examples = [decision.document or ""]
                decision = msgspec.structs.replace(decision, scope="site", examples=examples)
            else:
                result.refused.append(Refused(decision, NO_COPY))
                continue
        if decision.scope == "document":
            result.places.setdefault(decision.document or "", []).append(decision)
        elif site_of(decision) is None:
            result.refused.append(Refused(decision, NO_SITE))
        else:
            result.lines.append(decision)
    return result


def site_of(decision: Decision) -> str | None:
    """Return the site that a decision is about, "" for everywhere; None if the name is not that of a host."""
    if decision.scope == "everywhere" or not decision.site:
        return ""
    site = decision.site
    is_one_word = quote.is_plain(site) and site.split() == [site]
    if len(site) > MAX_HOST_CHARS or not is_one_word or host_of(f"//{site}") != site:
        return None
    return site


def sites_of(lines: Iterable[Decision]) -> list[str]:
    """Return the sites that decisions about lines are about, in order."""
    return sorted({site for site in map(site_of, lines) if site is not None})


def add(pack: SitePack, lines: Iterable[Decision]) -> None:
    """Let the pack of a site say what was decided for it; a later decision about a line replaces an earlier one."""
    for decision in lines:
        if site_of(decision) != pack.site:
            continue
        pack.seen |= dict.fromkeys(map(quote.name, decision.examples or ()))
        if decision.what == "drop":
            pack.drop(decision.line, decision.key, decision.category, was_removed=bool(decision.rule))
        elif decision.part:
            pack.keep_part(decision.line, decision.part, decision.rule)
        else:
            pack.keep(decision.line, decision.key)


def not_held(
    lines: Iterable[Decision], packs: Mapping[str, SitePack], examples: Mapping[str, Example]
) -> list[Refused]:
    """Return the decisions that do not hold in one of their examples, as far as these are there.

    `examples` were cleaned with the `packs`.
    """
    looked: dict[str, tuple[set[str], set[str]]] = {}
    refused = []
    for decision in lines:
        pack = packs[site_of(decision) or ""]
        for name in decision.examples or ():
            if name not in examples:
                continue
            if name not in looked:
                looked[name] = _gone_and_kept(name, examples[name])
            gone, kept = looked[name]
            forms = _keys(decision.key or "") or _keys(decision.line)
            if decision.what == "keep" and not decision.part and forms & pack.keeps.keys() & gone:
                refused.append(Refused(decision, STILL_GOES.format(quote.name(name))))
                break
            sure = {form for form in forms if not pack.drops.get(form, _NO_RULE).weak}
            if decision.what == "drop" and sure & kept:
                refused.append(Refused(decision, STILL_STAYS.format(quote.name(name))))
                break
    return refused


_NO_RULE = Dropped("", "", weak=True)


def _gone_and_kept(name: str, example: Example) -> tuple[set[str], set[str]]:
    """Return the keys of the lines that went as a whole, and of those that stayed."""
    rows = rows_of(example.cleaned, name, example.url)
    gone = {row.key for row in rows if not row.is_repair and not row.part}
    return gone, _keys(example.cleaned.text)


def _keys(text: str) -> set[str]:
    return set(keys(split_lines(text), LIMIT_CHARS)) - {""}
