"""Rows whose values are Python objects: columns of engines that may hold anything, such as `object` of pandas.

A value among the texts that is no text costs its row alone: the value stays, and the row gets an error. Arrow has no
such columns, so this goes by rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from cleaner.cleaner import Cleaner
from cleaner.engines.arrow import BATCH_ROWS
from cleaner.rows import Fields, added, clean_rows, cleaner_for, row_of


class CleanedValues(NamedTuple):
    """What became of rows, each list with an entry for each row.

    `texts` are the clean texts and, for rows that could not be cleaned, the values that were there. What is `added`
    to such rows (see `rows.added`) is None, and so are the errors of all others.
    """

    texts: list[Any]
    added: list[dict[str, Any]]
    errors: list[str | None]

    def columns(self, fields: Fields) -> dict[str, list[Any]]:
        """Return the new columns that `fields` ask for, by their names."""
        columns = {name: [row[name] for row in self.added] for name in added(fields, None)}
        return {
            fields.text: self.texts,
            **columns,
            **({fields.error: self.errors} if fields.error is not None else {}),
        }


def clean_values(
    columns: Mapping[str, Sequence[Any]],
    number: int,
    cleaner: Cleaner,
    fields: Fields = Fields(),
    *,
    lang: str | None = None,
    is_missing: Callable[[Any], bool] = lambda value: value is None,
) -> CleanedValues:
    """Clean `number` rows, given as the values of their columns; columns that are not there are missing in each row.

    `is_missing` says which values stand for none. Raises for nothing that a row holds.
    """
    done = CleanedValues([], [], [])
    cleaner = cleaner_for(cleaner, fields)

    def getter(i: int) -> Callable[[str], object]:
        def get(name: str) -> object:
            value = columns[name][i] if name in columns else None
            return None if is_missing(value) else value

        return get

    for first in range(0, number, BATCH_ROWS):
        numbers = range(first, min(first + BATCH_ROWS, number))
        outcomes = clean_rows(cleaner, [row_of(getter(i), fields, lang=lang) for i in numbers])
        for i, (cleaned, error) in zip(numbers, outcomes, strict=True):
            before = columns[fields.text][i] if fields.text in columns else None
            done.texts.append(cleaned.text if cleaned else before)
            done.added.append(added(fields, cleaned))
            done.errors.append(error or None)
    return done
