"""What the page of a review is made of: plain data, and its JSON as it stands in the page.

Keys are short where there are many of them, because the page is one file that may hold a thousand documents.
Offsets and lengths are in characters (code points) of the original of a document.

The data has four parts: a summary of all documents; groups, which are what people decide about first: a line, the
rule that removed it and the site that it was removed from; documents in pieces; and names (of rules and categories),
to which the other parts refer by their 0-based index.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import Any, Literal, NamedTuple

FORMAT = 1  # the version of the data, which the script of the page reads
ID_DIGITS = 16  # hexadecimal digits of the digest by which decisions name the review that they are about

Part = Literal["", "start", "end", "inside"]

# A piece of a document. A string is text that was kept. A list is an edit: the text that went, what stands in its
# place, the index of its group (-1: none), the index of its rule, and the judge's score or None; if the text is not
# all of what went, also the number of characters of all that went. A number is how many characters of the original
# are left out at this place.
Piece = str | int | list[Any]


class Summary(NamedTuple):
    """Counts over all documents. Words and lines are those of `tally`.

    - `documents`: all that were given. Of these, `failed` could not be cleaned, `guarded` have that flag, and of
      `changed` something went or was repaired.
    - `words`: of all documents before cleaning; `removed`: of these, the words that went; `lines`: that went.
    - `categories`: (category, lines, words) that went, most words first.
    - `sites`: (site, documents, words, words removed), most removed first.
    - `failures`: (document, why), in the order of documents. `guarded_names`: names of guarded documents.
    - `sample`: a sentence for people on what of all this the page leaves out; "" if it leaves nothing out.
    """

    documents: int
    failed: int
    guarded: int
    changed: int
    words: int
    removed: int
    lines: int
    categories: list[tuple[str, int, int]]
    sites: list[tuple[str, int, int, int]]
    failures: list[tuple[str, str]]
    guarded_names: list[str]
    sample: str


class Group(NamedTuple):
    """A line that was removed from a site by a rule, or a block of neighbours (see `groups`).

    - `line`, `key`: the line as it stood when it was first met, and as rules look it up; several with line feeds.
    - `rule`, `category`: indexes in the names. `confidence`: of the rule.
    - `site`: "" if it is not known. `documents`: of the site with this line; `share`: of all its documents, 0 to 1.
    - `lines`, `words`: that went. `doubt`: how probably that was wrong, 0 to 1, a mean over the words.
    - `part`: "" if whole lines went, else where in its line the part stood that went.
    - `samples`: (index of a document that is shown, index of the piece in it).
    """

    line: str
    key: str
    rule: int
    category: int
    confidence: str
    site: str
    documents: int
    share: float
    lines: int
    words: int
    doubt: float
    part: Part
    samples: list[tuple[int, int]]


class Document(NamedTuple):
    """A document that is shown. `digest` is the SHA-256 of its bytes, or of its text in UTF-8 if it is a row.

    `flags` are those of `Cleaned`, and `cut` if some of the original is left out; `length` counts all of it.
    """

    name: str
    site: str
    url: str | None
    flags: list[str]
    digest: str
    length: int
    pieces: list[Piece]


class Shown(NamedTuple):
    """How many documents and groups the page shows, of how many. Of groups the latter is at least so many."""

    documents: tuple[int, int]
    groups: tuple[int, int]


class ReviewData(NamedTuple):
    """Everything that the page shows. `groups` are ordered, those that are the most worth a look first.

    `reasons` has a sentence for each of `rules`. `made` names the cleaner and its level.
    """

    title: str
    made: str
    summary: Summary
    shown: Shown
    rules: list[str]
    categories: list[str]
    rule_categories: list[int]
    reasons: list[str]
    groups: list[Group]
    documents: list[Document]


def as_dict(data: ReviewData) -> dict[str, Any]:
    """Return the data as plain data for JSON, with the digest of it as `id`."""
    summary = data.summary._asdict()
    summary["guardedNames"] = summary.pop("guarded_names")
    plain = {
        "format": FORMAT,
        "title": data.title,
        "made": data.made,
        "summary": summary,
        "shown": data.shown._asdict(),
        "rules": data.rules,
        "categories": data.categories,
        "ruleCategories": data.rule_categories,
        "reasons": data.reasons,
        "groups": [group._asdict() for group in data.groups],
        "documents": [document._asdict() for document in data.documents],
    }
    digest = sha256(dumped(plain).encode("ascii")).hexdigest()[:ID_DIGITS]
    return {"format": FORMAT, "id": digest, **plain}


def dumped(plain: object) -> str:
    """Return plain data as JSON in ASCII, whatever its texts hold: lone surrogates become escapes, too."""
    return json.dumps(plain, ensure_ascii=True, separators=(",", ":"))


# Characters of JSON that could end or change the meaning of an element of HTML, or that old scripts take for the end
# of a line; and lone surrogates, which UTF-8 cannot hold. All of them stand in strings alone.
_UNSAFE = re.compile("[<>&\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def as_json(data: ReviewData) -> str:
    """Return the JSON of the data, fit for a block of a page of HTML in UTF-8: it holds none of `<`, `>` and `&`."""
    text = json.dumps(as_dict(data), ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda char: f"\\u{ord(char[0]):04x}", text)
