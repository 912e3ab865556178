"""Choosing: which of the lines that repeat on a site are its chrome, by all evidence together.

What speaks for chrome is multiplied: the share of the texts that have the line, and the square of the share of its
neighbours that repeat, too, because chrome stands together and headings of content stand alone among content. The
product must be greater than what speaks for content, the judge's probability, on a common scale (`BELIEF`). So a line
of which the judge is sure needs to stand on two texts, and one that the judge would keep needs to stand on most.

Three kinds of lines are not decided by that alone:

- Prose that stands word for word on several texts is chrome although the judge would keep it: a disclaimer, the box
  of an author, a policy for comments. Headings repeat by nature, sentences do not.
- A headline is the link to its page on all other pages. A line that may be a headline and leads to the content of
  some text is not learned unless it does so on many texts.
- A line within the content of most texts that have it is a heading, a speaker, a refrain: it stays.

Measured on pages of 95 sites with known content: see FIGURES.md.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from cleaner.learn.evidence import HEAD, TAIL, WITHIN, Evidence
from cleaner.rules.shapes import may_be_headline

BELIEF = 0.6  # what the product is multiplied with; raised, the judge counts less and more is learned
MIN_TEXTS = 2  # texts that must have a line
# Prose is learned against the judge if it stands on this many texts, on this share of the site's, and if this share
# of its neighbours repeats. Lowered, statements that several articles quote are learned.
PROSE_TEXTS, PROSE_SHARE, PROSE_COMPANY = 4, 0.25, 0.5
# A notice stands in one place: in front of the content or behind it, on this share of its texts. Lowered, questions
# that are headings of content are learned.
PROSE_PLACE = 0.9
# A line that may be a headline and leads to the content of a text is learned if it leads to that of this many texts
# and of this share of the site's. Lowered, headlines of articles in several parts are learned.
LEADING_TEXTS, LEADING_SHARE = 5, 0.5
MOST_WITHIN = 0.5  # a line within the content of more of its texts stays; raised, headings of content are learned
# A line that stands behind the content on this share of its texts is one of the tail. If it stands elsewhere, too, or
# may be a headline and is on fewer than `ANYWHERE_SHARE` of the site's texts, it goes behind the content alone.
TAIL_SHARE, ANYWHERE_SHARE = 0.8, 0.5
RULED_SHARE = 0.9  # a line that rules take as often as this when it is met needs no rule

Outcome = Literal["chrome", "doubtful", "content", "known"]


class Choice(NamedTuple):
    """What becomes of a line that repeats; `doubtful` ones are counted, `known` ones are taken by rules already."""

    outcome: Outcome
    zone: Literal["tail", "any"] = "any"


def choose(one: Evidence, of: int) -> Choice:
    """Say what becomes of a line, given its evidence and the number of texts of the site."""
    texts = len(one.texts)
    share = texts / of
    if one.chances and one.ruled >= RULED_SHARE * len(one.chances):
        return Choice("known")
    if texts < MIN_TEXTS or len(one.places[WITHIN]) > MOST_WITHIN * texts:
        return Choice("content")
    if one.leads and may_be_headline(one.line) and not _leads_everywhere(one, of):
        return Choice("content")
    zone: Literal["tail", "any"] = "tail" if _may_lead_elsewhere(one, share) else "any"
    for_chrome = BELIEF * share * one.mean_company**2
    if _is_notice(one, share) or (one.chance is not None and one.chance < for_chrome):
        return Choice("chrome", zone)
    return Choice("doubtful" if one.chance is not None and one.chance < 2 * for_chrome else "content")


def _is_notice(one: Evidence, share: float) -> bool:
    """Whether a line is prose that repeats word for word: a disclaimer, the box of an author, a policy."""
    texts = len(one.texts)
    enough = texts >= PROSE_TEXTS and share >= PROSE_SHARE and one.mean_company >= PROSE_COMPANY
    return one.prose and enough and max(len(one.places[HEAD]), len(one.places[TAIL])) >= PROSE_PLACE * texts


def _may_lead_elsewhere(one: Evidence, share: float) -> bool:
    """Whether a line of the tail may be the headline of a page, where it must stay.

    It is one on some page already, or it looks like one and is not on most pages.
    """
    texts = len(one.texts)
    elsewhere = len(one.places[HEAD] | one.places[WITHIN])
    if len(one.places[TAIL]) < TAIL_SHARE * texts or elsewhere > (1 - TAIL_SHARE) * texts:
        return False
    return bool(elsewhere) or (share < ANYWHERE_SHARE and may_be_headline(one.line))


def _leads_everywhere(one: Evidence, of: int) -> bool:
    return len(one.leads) >= LEADING_TEXTS and len(one.leads) >= LEADING_SHARE * of
