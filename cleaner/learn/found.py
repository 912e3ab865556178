"""What was learned of a site, as data: the rules that were chosen, each with the counts behind it.

Choosing makes a `LearnedSite`, and `packs.pack_text` makes the text of a rule pack from it. Nothing here decides
anything, and nothing here needs to be safe to write: lines, names and hosts stand as they stood in documents.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Places(NamedTuple):
    """On how many texts a line stands in each place. A line that stands twice in a text counts in both places."""

    head: int = 0  # in front of the content
    within: int = 0  # between lines of the content
    tail: int = 0  # behind the content


class Example(NamedTuple):
    """A document before and after a rule has been at work, for the kinds of rules whose examples are documents."""

    before: str
    after: str
    why: str = ""  # what the example shows


class LearnedRule(NamedTuple):
    """A rule that was chosen: most often one line of chrome, so that a person can disable it by itself."""

    kind: Literal["lines", "patterns", "from", "cut", "cut_before", "between", "after"]
    # `lines`: literal lines as they stood in documents. `between` and `after`: categories. Other kinds: patterns.
    texts: tuple[str, ...]
    documents: int  # texts of the site that have the line; a text that is there twice counts once
    of: int  # texts of the site
    to: tuple[str, ...] = ()  # of `from`: the patterns of the last line of the block
    max: int | None = None  # of `from`, `between` and `after`: the most lines of the block
    zone: Literal["head", "tail", "below", "any"] = "any"
    weak: bool = False
    confidence: Literal["likely", "guess"] = "likely"
    places: Places = Places()
    chance: float | None = None  # mean probability, 0 to 1, that the line is content, by the judge; None: not asked
    samples: tuple[str, ...] = ()  # names or URLs of up to three documents that have the line
    # Lines that the rule must take, and lines that it must not take, from documents. Where `lines` or `patterns` come
    # without drops, `packs` takes the texts of `lines`; without keeps, it makes them.
    drops: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    # Kinds other than `lines` and `patterns` need two: one in which something goes, and one in which nothing goes.
    cases: tuple[Example, ...] = ()


class LearnedSite(NamedTuple):
    """A site, or a template of documents without a URL, and what was learned of it."""

    name: str  # the host without `www.`, or the id of the template
    documents: int  # texts that were looked at; a text that is there twice counts once
    rules: tuple[LearnedRule, ...] = ()
    hosts: tuple[str, ...] = ()  # domains on which the pack is active
    clues: tuple[str, ...] = ()  # lines that tell a document of the template, for documents without a URL
    clues_needed: int = 1
    # Of all texts that were looked at: lines that are not blank and their words, how many of both likely rules cover,
    # and how many of the rules are guesses, which act at level `main` only.
    lines: int = 0
    words: int = 0
    covered_lines: int = 0
    covered_words: int = 0
    guesses: int = 0
