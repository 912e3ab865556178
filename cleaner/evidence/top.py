"""Which lines go most: evidence, grouped and counted.

Lines are grouped by line, rule and site together, or by one of `line`, `rule`, `site` and `category` alone. Of each
group it is counted how many edits, documents, words and lines there are, and which share of the documents has such an
edit: of those of its site, and of all. Without the facts of a run, as engines leave them out, shares are over the
documents that have edits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from cleaner.evidence.base import Base
from cleaner.evidence.files import Evidence
from cleaner.tally import REPAIR_PREFIX

By = Literal["all", "line", "rule", "site", "category"]
Sort = Literal["count", "documents", "words", "doubt"]
BYS: tuple[By, ...] = get_args(By)
SORTS: tuple[Sort, ...] = get_args(Sort)

_COLUMNS: Mapping[By, tuple[str, ...]] = {
    "all": ("key", "rule", "site"),
    "line": ("key",),
    "rule": ("rule",),
    "site": ("site",),
    "category": ("category",),
}
_ORDER: Mapping[Sort, str] = {
    "count": "edits DESC, removed DESC",
    "documents": "documents DESC, edits DESC",
    "words": "removed DESC, edits DESC",
    "doubt": "round(sum(doubt * words), 6) DESC, edits DESC",
}
_ESCAPED = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_", "*": "%"})  # of a glob, for LIKE


class Question(NamedTuple):
    """What to ask for.

    `rule` is a glob, in which `*` stands for any characters; `site` is a host and stands for all hosts below it, too;
    "" stands for documents without a URL. Groups with fewer than `least` edits are left out, and there are at most
    `limit` of them (0: all). Repairs are left out unless a rule or a category is named. With `sort` "doubt", those
    come first that are most worth a look: by their doubt times their words.
    """

    by: By = "all"
    sort: Sort = "count"
    rule: str | None = None
    site: str | None = None
    category: str | None = None
    least: int = 1
    limit: int = 20


class Group(NamedTuple):
    """Edits that are alike.

    `line` is the text that went, as one of the documents has it, and `key` the form in which lines are compared.
    These, `rule`, `category` and `site` are None if there are different ones in the group; `different` says how many,
    in this order without `line`. `doubt` is the mean. `share` is of all documents, `share_of_site` of those of the
    site, if there is one site. `document` and `document_line` (1-based) are where the first of the edits stands, by
    the names of documents.
    """

    line: str | None
    key: str | None
    rule: str | None
    category: str | None
    site: str | None
    different: tuple[int, int, int, int]
    edits: int
    documents: int
    share: float
    share_of_site: float | None
    doubt: float
    words: int
    lines: int
    document: str
    document_line: int


class Answer(NamedTuple):
    """The groups, those first that were asked for first, and sums over all edits that fit the question.

    `found` is how many groups there are before the limit. `of_documents` is how many documents were cleaned, or, if
    that is not known (`is_known`), how many have edits.
    """

    groups: list[Group]
    found: int
    edits: int
    documents: int
    words: int
    lines: int
    of_documents: int
    is_known: bool


def top(base: Base, evidence: Evidence, question: Question) -> Answer:
    """Answer a question. Raises `DocumentError` if a file is damaged."""
    where, parameters = _where(question)
    grouped = _COLUMNS[question.by]
    of_groups = [
        f"min({name}), 1" if name in grouped or question.by == "all" else f"min({name}), count(DISTINCT {name})"
        for name in ("key", "rule", "category", "site")
    ]
    limit = f"LIMIT {question.limit:d}" if question.limit else ""
    rows = base.ask(
        f"""
        SELECT {", ".join(of_groups)}, count(*) AS edits, count(DISTINCT document) AS documents, avg(doubt),
            sum(words)::BIGINT AS removed, sum(lines)::BIGINT, min((document, line, text)), count(*) OVER ()
        FROM edits WHERE {where} GROUP BY {", ".join(grouped)} HAVING count(*) >= ?
        ORDER BY {_ORDER[question.sort]}, {", ".join(grouped)} {limit}
        """,
        [*parameters, question.least],
    )
    ((edits, documents, words, lines),) = base.ask(
        f"""
        SELECT count(*), count(DISTINCT document), coalesce(sum(words), 0)::BIGINT, coalesce(sum(lines), 0)::BIGINT
        FROM edits WHERE {where}
        """,
        parameters,
    )
    of_documents, of_sites = _documents(base, evidence)
    groups = [_group(row, of_documents, of_sites) for row in rows]
    found = rows[0][-1] if rows else 0
    return Answer(groups, found, edits, documents, words, lines, of_documents, evidence.facts is not None)


def _where(question: Question) -> tuple[str, list[Any]]:
    """Return the condition of a question in SQL, and its parameters."""
    conditions: list[str] = []
    parameters: list[Any] = []
    if question.rule is not None:
        conditions.append(r"rule LIKE ? ESCAPE '\'")
        parameters.append(question.rule.translate(_ESCAPED))
    if question.category is not None:
        conditions.append("category = ?")
        parameters.append(question.category)
    if not conditions:
        conditions.append("NOT starts_with(rule, ?)")
        parameters.append(REPAIR_PREFIX)
    if question.site is not None:
        conditions.append("(site = ? OR (? <> '' AND ends_with(site, '.' || ?)))")
        parameters += [question.site] * 3
    return " AND ".join(conditions), parameters


def _documents(base: Base, evidence: Evidence) -> tuple[int, Mapping[str, int]]:
    """Return how many documents there are, and how many of each site; if no file says it, those that have edits."""
    facts = evidence.facts
    if facts:
        return facts.documents - facts.failed, {site: one.documents for site, one in facts.sites.items()}
    of_sites = dict(base.ask("SELECT site, count(DISTINCT document) FROM edits GROUP BY site"))
    return sum(of_sites.values()), of_sites


def _group(row: tuple[Any, ...], of_documents: int, of_sites: Mapping[str, int]) -> Group:
    """Return a row of the answer of the base as a group."""
    key, keys, rule, rules, category, categories, site, sites, edits, documents, doubt, words, lines, first, _ = row
    document, line, text = first.values() if isinstance(first, dict) else first
    of_site = of_sites.get(site, 0) if sites == 1 else 0
    return Group(
        text if keys == 1 else None,
        key if keys == 1 else None,
        rule if rules == 1 else None,
        category if categories == 1 else None,
        site if sites == 1 else None,
        (keys, rules, categories, sites),
        edits,
        documents,
        min(documents / max(of_documents, 1), 1.0),
        min(documents / of_site, 1.0) if of_site else None,
        doubt,
        words,
        lines,
        document,
        line,
    )
