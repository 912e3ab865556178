"""What to say of a shard in which no document has a text: the fields there are, and the option that names another.

A wrong name of a field would otherwise cost a whole run: as many failures as there are documents, and a copy in which
nothing is clean.
"""

from __future__ import annotations

from collections.abc import Mapping

from cleaner import quote, toml
from cleaner.rows import Fields

MAX_NAMES = 20  # fields that are listed; raised, messages get longer
MAX_OFFERED_CHARS = 100  # of the name of a field that is offered for an option: what is longer is no name


def missing_text(
    fields: Fields, found: Mapping[str, int], lack: str | None = None, *, kind: str = "field", where: str = ""
) -> str:
    """Return what is wrong and what to do if no document has a string in the field with the text.

    `found` are the fields that there are, in their order, each with the size of its strings, 0 if it holds none.
    `lack` says what is wrong, if it is not that the field is missing or holds no strings. `kind` is what a field is
    called, and `where` says where fields were looked for.
    """
    name = fields.html or fields.text
    missing = f"has no string in the {kind}" if name in found else f"has no {kind}"
    what = lack or f"{missing} {toml.named(name)}{where}"
    strings = [one for one, size in found.items() if size]
    if not strings:
        it_has = f"{_listed(found)}, and no strings there" if found else f"no {kind}s at all"
        return f"{what}; it has {it_has}; name a file with texts"
    offered = [one for one in strings if one not in (fields.url, fields.lang) and len(one) <= MAX_OFFERED_CHARS]
    best = max(offered, key=lambda one: found[one], default="NAME")
    option = "the page with --html-field" if fields.html else "the text with --text-field"
    return f"{what}; it has {_listed(found)} (strings: {_listed(strings)}); name {option} {quote.word(best)}"


def _listed(names: Mapping[str, int] | list[str]) -> str:
    """Return the first `MAX_NAMES` names, each in quotes and not too long."""
    shown = [toml.named(name) for name in list(names)[:MAX_NAMES]]
    return ", ".join([*shown, *["…"] * (len(names) > MAX_NAMES)])
