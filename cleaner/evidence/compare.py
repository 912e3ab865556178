"""What two runs over the same documents removed differently: two versions of rules, of levels, of the cleaner.

Two edits are the same if document, line and text agree, whoever made them. What one run alone did is grouped by line,
rule and site, and counted by site and by rule as well. A part of a line that one run cut and a whole line that the
other took are different edits, and show on both sides.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cleaner.evidence.base import Base


class Only(NamedTuple):
    """What one run alone did. `documents` is in how many; `documents_alone` how many of them the other left alone."""

    edits: int
    documents: int
    documents_alone: int
    lines: int
    words: int


class Side(NamedTuple):
    """What one run did: edits, lines and words, and how many documents have an edit. `only` are its edits alone."""

    edits: int
    documents: int
    lines: int
    words: int
    only: Only


class Difference(NamedTuple):
    """Edits of one run alone that have the same line, rule and site.

    `run` is 0 for the first run and 1 for the second. `doubt` is the mean. `line`, `document` and `document_line`
    (1-based) are those of the first of them, by the names of documents.
    """

    run: int
    line: str
    rule: str
    site: str
    edits: int
    documents: int
    words: int
    doubt: float
    document: str
    document_line: int


class Count(NamedTuple):
    """Edits and words of each run alone, of one rule or one site."""

    name: str
    edits: tuple[int, int]
    words: tuple[int, int]


class Comparison(NamedTuple):
    """Two runs compared. `found` is how many differences there are before the limit."""

    sides: tuple[Side, Side]
    documents: int  # that differ
    differences: list[Difference]
    found: int
    by_rule: list[Count]
    by_site: list[Count]

    @property
    def are_same(self) -> bool:
        """Whether there is no difference."""
        return not self.found


_ONLY = """
CREATE TEMP TABLE only_one AS
SELECT 0 AS run, * FROM edits a WHERE NOT EXISTS (
    SELECT 1 FROM others b WHERE b.document = a.document AND b.line = a.line AND b.text = a.text)
UNION ALL
SELECT 1 AS run, * FROM others a WHERE NOT EXISTS (
    SELECT 1 FROM edits b WHERE b.document = a.document AND b.line = a.line AND b.text = a.text)
"""
_SUMS = "count(*), count(DISTINCT document), coalesce(sum(lines), 0)::BIGINT, coalesce(sum(words), 0)::BIGINT"


def compare(base: Base, limit: int = 20) -> Comparison:
    """Compare the edits of a base with its others; at most `limit` (0: all) differences, rules and sites are listed.

    Raises `DocumentError` if a file is damaged.
    """
    base.ask(_ONLY)
    sides = tuple(_side(base, run) for run in (0, 1))
    ((documents,),) = base.ask("SELECT count(DISTINCT document) FROM only_one")
    at_most = f"LIMIT {limit:d}" if limit else ""
    rows = base.ask(
        f"""
        SELECT run, rule, site, count(*) AS edits, count(DISTINCT document), sum(words)::BIGINT AS removed,
            avg(doubt), min((document, line, text)), count(*) OVER ()
        FROM only_one GROUP BY run, key, rule, site ORDER BY removed DESC, edits DESC, key, rule, site, run {at_most}
        """
    )
    return Comparison(
        (sides[0], sides[1]),
        documents,
        [_difference(row) for row in rows],
        rows[0][-1] if rows else 0,
        _counts(base, "rule", at_most),
        _counts(base, "site", at_most),
    )


def _side(base: Base, run: int) -> Side:
    """Return what one run did."""
    mine, other = ("edits", "others")[run], ("others", "edits")[run]
    ((edits, documents, lines, words),) = base.ask(f"SELECT {_SUMS} FROM {mine}")
    ((only, only_documents, only_lines, only_words),) = base.ask(f"SELECT {_SUMS} FROM only_one WHERE run = {run}")
    ((alone,),) = base.ask(
        f"""
        SELECT count(DISTINCT document) FROM only_one a
        WHERE run = {run} AND NOT EXISTS (SELECT 1 FROM {other} b WHERE b.document = a.document)
        """
    )
    return Side(edits, documents, lines, words, Only(only, only_documents, alone, only_lines, only_words))


def _difference(row: tuple[Any, ...]) -> Difference:
    run, rule, site, edits, documents, words, doubt, first, _ = row
    document, line, text = first.values() if isinstance(first, dict) else first
    return Difference(run, text, rule, site, edits, documents, words, doubt, document, line)


def _counts(base: Base, name: str, at_most: str) -> list[Count]:
    """Return what each run alone did, by `rule` or `site`; the greatest difference in words first."""
    rows = base.ask(
        f"""
        SELECT {name}, count(*) FILTER (run = 0), count(*) FILTER (run = 1),
            coalesce(sum(words) FILTER (run = 0), 0)::BIGINT AS mine,
            coalesce(sum(words) FILTER (run = 1), 0)::BIGINT AS other
        FROM only_one GROUP BY {name} ORDER BY mine + other DESC, count(*) DESC, {name} {at_most}
        """
    )
    return [Count(value, (edits, more), (words, more_words)) for value, edits, more, words, more_words in rows]
