"""Exceptions of a configuration for some documents: a table of settings for each pattern of their names.

    [files."poems/**"]
    level = "rules"
    disable = ["share/*"]

Patterns are those of `exclude`, relative to the folder of the configuration. Of several tables that fit a document,
a later one's level, threshold, language and kind of text replace those of earlier ones; lists are added up. What the
tables say stands above the settings for all documents, and below the options of the command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import msgspec

from cleaner.globs import Globs

# Items of a list, and tables. Each takes some time for every file. Raised, a hostile configuration takes longer.
MAX_ITEMS = 1000
# Characters of all patterns together. To compile them takes up to 10 µs a character. Raised, a hostile configuration
# takes longer.
MAX_PATTERN_CHARS = 100_000
# Folders of which each table remembers whether all documents in them are meant: a run goes from folder to folder.
# Raised, 1,000 tables take more memory.
KNOWN_FOLDERS = 16

Names = Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_ITEMS)]
AnyConfig = TypeVar("AnyConfig", bound=msgspec.Struct)  # `config.Config`

SINGLE = ("level", "threshold", "lang", "markdown_in")  # of which a later value replaces an earlier one
LISTS = ("disable", "extend_rules", "keep", "drop")  # which are added up


class Values(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename="kebab"):
    """The settings for documents that a pattern fits. None or empty: not set."""

    level: Literal["rules", "safe", "main"] | None = None
    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    lang: str | None = None
    markdown_in: bool | None = None
    disable: Names = ()
    extend_rules: Names = ()
    keep: Names = ()
    drop: Names = ()


class Override(NamedTuple):
    """A table: the pattern as it is written, what it fits, and the settings for that."""

    pattern: str
    globs: Globs
    values: Values

    @classmethod
    def of(cls, pattern: str, values: Values) -> Override:
        """Return the table of a pattern that fits something."""
        return cls(pattern, Globs([pattern], KNOWN_FOLDERS), values)

    def sets(self, key: str, value: object = None) -> bool:
        """Whether the table sets a key, written as in TOML; with a `value`, whether it sets it to that."""
        found = getattr(self.values, key.replace("-", "_"), None)
        if found in (None, ()):
            return False
        return value is None or value == found or (isinstance(found, tuple) and value in found)


def merged(config: AnyConfig, tables: Sequence[Override]) -> AnyConfig:
    """Return a configuration with what the tables that fit a document say; no list is longer than `MAX_ITEMS`."""
    single = {name: getattr(config, name) for name in SINGLE}
    lists = {name: [getattr(config, name)] for name in LISTS}
    for table in tables:
        values = table.values
        if values.level == "rules":  # that level has no threshold
            single["threshold"] = None
        single |= {name: value for name in SINGLE if (value := getattr(values, name)) is not None}
        for name in LISTS:
            lists[name].append(getattr(values, name))
    added: dict[str, Any] = {name: _joined(parts) for name, parts in lists.items()}
    return msgspec.structs.replace(config, **single, **added)


def _joined(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Return the items of lists one after the other, each once, up to one more than there may be."""
    found: dict[str, None] = {}
    for part in parts:
        found |= dict.fromkeys(part)
        if len(found) > MAX_ITEMS:
            break
    return tuple(found)


def too_long(config: msgspec.Struct) -> str:
    """Return the key of a list that has too many items once tables were added, "" if there is none."""
    return next((name.replace("_", "-") for name in LISTS if len(getattr(config, name)) > MAX_ITEMS), "")
