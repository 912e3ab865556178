"""What a document says of itself, as data: title, authors, dates …, each with its source and its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple


class Item(NamedTuple):
    """One thing that a document says of itself, and where.

    `source` is `json-ld`, `open-graph`, `meta`, `markup` (elements, by what they are called), `text` (a line of the
    text), `url` (what stands in the URL), or `given` (what the caller said).

    If it stands in the text, too, `text` is it as it stands there: `original[start:end]`. It differs from `value`
    where that is a date, or a repaired name. `clean_start` and `clean_end` are its offsets in the clean text, if it
    stayed.
    """

    value: str
    source: str
    text: str | None = None
    start: int | None = None
    end: int | None = None
    clean_start: int | None = None
    clean_end: int | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document says of itself; None and () for what it does not say.

    - `title`: the headline, without the name of the site.
    - `authors`: their names, in order.
    - `published`, `modified`: ISO 8601, with the time and its offset from UTC as far as the document says them.
    - `site`: the name of the site, or its host.
    - `url`: the canonical URL.
    - `language`: BCP 47.
    - `description`, `image` (its URL), `license` (its URL, or its name).
    """

    title: Item | None = None
    authors: tuple[Item, ...] = ()
    published: Item | None = None
    modified: Item | None = None
    site: Item | None = None
    url: Item | None = None
    language: Item | None = None
    description: Item | None = None
    image: Item | None = None
    license: Item | None = None

    def items(self) -> Iterator[Item]:
        """Yield all that there is, in the order of the fields."""
        for name in NAMES:
            value = getattr(self, name)
            yield from value if name == "authors" else (value,) * (value is not None)

    def values(self) -> dict[str, str | list[str]]:
        """Return the values alone, of what there is, by name, in the order of the fields; `authors` is a list."""
        found = {}
        for name in NAMES:
            value = getattr(self, name)
            if value:
                found[name] = [item.value for item in value] if name == "authors" else value.value
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, fit for JSON: a `dict` for each item, None for what is missing; `authors` is a list."""
        data: dict[str, Any] = {}
        for name in NAMES:
            value = getattr(self, name)
            if name == "authors":
                data[name] = [item._asdict() for item in value]
            else:
                data[name] = value and value._asdict()
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Metadata:
        """Return what `to_dict` was called on. Raises `TypeError` for data that is not from there."""
        if not isinstance(data, Mapping):
            raise TypeError(f"a {type(data).__name__} is no metadata")
        found: dict[str, Any] = {}
        for name in NAMES:
            value = data.get(name)
            if name == "authors":
                found[name] = tuple(map(_checked, value or ()))
            else:
                found[name] = None if value is None else _checked(value)
        return cls(**found)


NAMES = tuple(field.name for field in fields(Metadata))


def _checked(data: Mapping[str, Any]) -> Item:
    """Return an item of plain data. Raises `TypeError`."""
    item = Item(**data)
    offsets = item.start, item.end, item.clean_start, item.clean_end
    if not (isinstance(item.value, str) and isinstance(item.source, str) and isinstance(item.text, str | None)):
        raise TypeError("value, source and text of an item are strings")
    if not all(isinstance(offset, int | None) for offset in offsets):
        raise TypeError("the offsets of an item are integers")
    return item
