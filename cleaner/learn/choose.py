"""Choosing: which of the lines that repeat on a site are its chrome, by all evidence together.

What speaks for chrome is multiplied: the share of the texts that have the line, and the square of the share of its
neighbours that repeat, too, because chrome stands together and headings of content stand among content. What speaks
for content is the judge's probability. The product must be greater (`FACTOR`), and the judge must not rather keep the
line (`MOST_CHANCE`). So a line of which the judge is sure needs to stand on two texts, and one that the judge nearly
keeps needs to stand on most. Bolder rules (`BOLD_FACTOR`) are guesses, which act at level `main` only.

Some lines are not decided by that alone:

- Prose that stands word for word on several texts is chrome although the judge would keep it: a disclaimer, the box
  of an author, a policy for comments. Headings repeat by nature, sentences do not.
- A line that stands on nearly all pages in one place outside the content, among lines that repeat, is a fixture of
  the site, whatever the judge thinks of its words: the name of the paper, a motto, an entry of its menu.
- A headline is the link to its page on all other pages. A line of the tail goes nowhere in front of the prose. A line
  that may be a headline and leads to the content of its texts is not learned, unless there are many: the articles of
  a series in parts have the same headline.
- A line within the content of most texts that have it is a heading, a speaker, a refrain. It stays, unless nearly all
  its neighbours repeat as well, on nearly all pages.

What each of these adds is told in FIGURES.md.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from cleaner.learn.evidence import HEAD, TAIL, WITHIN, Evidence
from cleaner.rules.shapes import may_be_headline

MIN_TEXTS = 2  # texts that must have a line
# What the product is multiplied with, and the highest probability of a line that goes. Tried from 0.4 to 5, and from
# .3 to 1: of 290,000 words of chrome that repeat on 37 news sites, 1.0 takes 272,000, this takes 279,000, 2.0 takes
# 281,000 and loses a third more on shops.
FACTOR, MOST_CHANCE = 1.5, 0.5
BOLD_FACTOR, BOLD_CHANCE = 5.0, 0.7  # the same for guesses
# Prose is learned against the judge if it stands on this many texts, on this share of the site's, and if this share
# of its neighbours repeats. Lowered, statements that several articles quote are learned.
PROSE_TEXTS, PROSE_SHARE, PROSE_COMPANY = 4, 0.25, 0.5
# A notice stands in one place: in front of the content or behind it, on this share of its texts. Lowered, questions
# that are headings of content are learned.
PROSE_PLACE = 0.9
# A fixture stands on this many texts, on this share of the site's, in one place (`PROSE_PLACE`), and this share of
# its neighbours repeats. On 94 sites, lines in one place on this share, with any neighbours, that the judge would
# rather keep have 2,200 other words and 19 of content. With two thirds of the neighbours, what ends the content of
# each page goes, like `Amen.`
FIXTURE_TEXTS, FIXTURE_SHARE, FIXTURE_COMPANY = 5, 0.8, 0.75
# A line that may be a headline and leads to the content of most texts that have it is learned if they are this many,
# and this share of the site's. Lowered, headlines of articles in several parts are learned.
LEADING_TEXTS, LEADING_SHARE = 5, 0.3
MOSTLY = 0.5  # of the texts that have a line
# A line within the content of most of its texts is learned if this share of its neighbours repeats, and if it is on
# this share of the site's texts. Lowered, headings of content are learned.
WITHIN_COMPANY, WITHIN_SHARE = 0.9, 0.75
# A line that stands behind the content on this share of its texts, and elsewhere on no more, goes only below the
# first prose of a page: in front of it, it would be the headline. To have those that look like one go behind the
# last prose alone was tried, and rules removed 42 % of the other words in place of 50 %, because teasers are prose.
TAIL_SHARE = 0.5
RULED_SHARE = 0.9  # a line that rules take as often as this when it is met needs no rule

Outcome = Literal["chrome", "content", "known"]


class Choice(NamedTuple):
    """What becomes of a line that repeats; `known` ones are taken by rules already."""

    outcome: Outcome
    zone: Literal["below", "any"] = "any"
    confidence: Literal["likely", "guess"] = "likely"


def choose(one: Evidence, of: int) -> Choice:
    """Say what becomes of a line, given its evidence and the number of texts of the site."""
    share = len(one.texts) / of
    if one.chances and one.ruled >= RULED_SHARE * len(one.chances):
        return Choice("known")
    if len(one.texts) < MIN_TEXTS or _is_heading(one, share) or _is_headline(one, of):
        return Choice("content")
    zone: Literal["below", "any"] = "below" if _is_of_tail(one) else "any"
    for_chrome = share * one.mean_company**2
    if _is_notice(one, share) or _is_fixture(one, share) or one.chance < min(MOST_CHANCE, FACTOR * for_chrome):
        return Choice("chrome", zone)
    if one.chance < min(BOLD_CHANCE, BOLD_FACTOR * for_chrome):
        return Choice("chrome", zone, "guess")
    return Choice("content")


def _is_heading(one: Evidence, share: float) -> bool:
    """Whether a line stands within content, and not as one of a block of chrome."""
    is_block = one.mean_company >= WITHIN_COMPANY and share >= WITHIN_SHARE
    return len(one.places[WITHIN]) > MOSTLY * len(one.texts) and not is_block


def _is_headline(one: Evidence, of: int) -> bool:
    """Whether a line may be the headline of some texts."""
    if not one.leads or not may_be_headline(one.line):
        return False
    texts, leads = len(one.texts), len(one.leads)
    if leads < MOSTLY * texts:
        return len(one.places[TAIL]) < TAIL_SHARE * texts and texts < FIXTURE_SHARE * of
    return leads < max(LEADING_TEXTS, LEADING_SHARE * of)


def _is_of_tail(one: Evidence) -> bool:
    """Whether a line stands behind the content, and on few pages elsewhere. A menu that is printed twice does not."""
    elsewhere = len(one.places[HEAD] | one.places[WITHIN])
    return len(one.places[TAIL]) >= TAIL_SHARE * len(one.texts) >= elsewhere


def _is_notice(one: Evidence, share: float) -> bool:
    """Whether a line is prose that repeats word for word: a disclaimer, the box of an author, a policy."""
    enough = len(one.texts) >= PROSE_TEXTS and share >= PROSE_SHARE and one.mean_company >= PROSE_COMPANY
    return one.prose and enough and _is_in_place(one)


def _is_fixture(one: Evidence, share: float) -> bool:
    """Whether a line stands on nearly all pages in one place, among others that do."""
    enough = len(one.texts) >= FIXTURE_TEXTS and share >= FIXTURE_SHARE and one.mean_company >= FIXTURE_COMPANY
    return enough and _is_in_place(one) and len(one.leads) < MOSTLY * len(one.texts)


def _is_in_place(one: Evidence) -> bool:
    """Whether a line stands in front of the content, or behind it, and hardly ever elsewhere."""
    others = len(one.places[WITHIN]) + min(len(one.places[HEAD]), len(one.places[TAIL]))
    return max(map(len, one.places)) >= PROSE_PLACE * len(one.texts) and others <= (1 - PROSE_PLACE) * len(one.texts)
