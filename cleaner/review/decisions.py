"""Decisions: what people decided on the page of a review, as the page saves it.

The file comes from a browser, or from whoever sent it. It is read with limits, every value in it is checked, and what
it names (documents, sites, lines) is only compared with what is there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec

from cleaner import quote, toml
from cleaner.errors import SettingsError
from cleaner.review.data import FORMAT, Part

MARK = "decisions"  # what the file says it is
# Limits of a file: its bytes, decisions in it, characters of a text, examples of a decision. A review has at most
# 10,000 groups and some 100,000 edits. Raised, a hostile file takes more memory.
MAX_BYTES = 64_000_000
MAX_DECISIONS = 100_000
MAX_TEXT = 20_000
MAX_NAME = 2_000
MAX_EXAMPLES = 20
SAVE_ANEW = "save the decisions anew from the page of the review"  # advice

_Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
_Name = Annotated[str, msgspec.Meta(max_length=MAX_NAME)]
_Offset = Annotated[int, msgspec.Meta(ge=0, le=1 << 40)]


class Decision(msgspec.Struct, frozen=True):
    """A decision about a line: that it stays (`keep`) or goes (`drop`).

    - `scope`: on its `site` ("" if that is not known), `everywhere`, or in one `document` alone.
    - `line` and `key` may be several, with line feeds: a block. `key` may be missing.
    - `rule`, `category`: who took the line; None for a line that was kept. `part`: which part of the line went.
    - `document`, `digest`, `offset`, `length`: the place, in characters of the original, for the scope `document`.
    - `examples`: names of documents with the line.
    """

    what: Literal["keep", "drop"]
    scope: Literal["site", "everywhere", "document"]
    line: _Text
    key: _Text | None = None
    rule: _Name | None = None
    category: _Name | None = None
    part: Part | None = None
    site: _Name | None = None
    document: _Name | None = None
    digest: _Name | None = None
    offset: _Offset | None = None
    length: _Offset | None = None
    examples: Annotated[list[_Name], msgspec.Meta(max_length=MAX_EXAMPLES)] | None = None


class Decisions(msgspec.Struct, frozen=True):
    """A file of decisions, about the review with the id `review`; `made` names cleaner and level of it."""

    cleaner: Literal["decisions"]
    format: int
    review: _Name
    decisions: Annotated[list[Decision], msgspec.Meta(max_length=MAX_DECISIONS)]
    made: _Name = ""


def read(name: str, data: bytes) -> Decisions:
    """Read a file of decisions; `name` stands for it in messages. Raises `SettingsError`."""
    shown = quote.name(name)
    if len(data) > MAX_BYTES:
        raise SettingsError(f"{shown}: is larger than {MAX_BYTES:,} bytes; save fewer decisions at a time")
    try:
        plain = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{shown}: is not UTF-8 (byte {error.start}); {SAVE_ANEW}") from None
    except RecursionError:
        raise SettingsError(f"{shown}: is nested too deeply; {SAVE_ANEW}") from None
    except ValueError as error:
        where = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise SettingsError(f"{shown}{where}: is not valid JSON; {SAVE_ANEW}") from None
    if not isinstance(plain, dict) or plain.get("cleaner") != MARK:
        advice = 'name the file that "Save decisions" on the page of a review gave'
        raise SettingsError(f"{shown}: holds no decisions of a review; {advice}")
    if plain.get("format") != FORMAT:
        advice = "use the cleaner that made the page, or make the page anew"
        raise SettingsError(f"{shown}: has another format than {FORMAT}, which this cleaner reads; {advice}")
    try:
        decisions = msgspec.convert(plain, Decisions)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{shown}: {_said(str(error), plain)}; {SAVE_ANEW}") from None
    for number, decision in enumerate(decisions.decisions, 1):
        if what := _problem(decision):
            raise SettingsError(f"{shown}: decision {number:,}: {what}; {SAVE_ANEW}")
    return decisions


def _problem(decision: Decision) -> str:
    """Return what is wrong with a decision that has the right shape, "" if nothing is."""
    if not decision.line.strip():
        return "has no line"
    if decision.scope == "document" and None in (decision.document, decision.offset, decision.length):
        return "is about a place in a document, and does not say which"
    return ""


def _said(message: str, plain: dict[str, Any]) -> str:
    """Return what msgspec says of a value, in words of the file."""
    what, _, where = message.partition(" - at `$")
    place = where.strip("`.").replace("[...]", "")
    listed: Sequence[Any] = plain["decisions"] if isinstance(plain.get("decisions"), list) else ()
    if place.startswith("decisions["):
        digits, _, field = place.removeprefix("decisions[").partition("]")
        if digits.isdigit() and int(digits) < len(listed):
            return f"decision {int(digits) + 1:,}: {toml.shown(what)}" + (f" ({field.strip('.')})" if field else "")
    return toml.shown(what) + (f" ({toml.shown(place)})" if place else "")
