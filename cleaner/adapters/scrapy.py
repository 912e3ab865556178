"""Scrapy: an item pipeline, set up by the settings of the crawler."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cleaner import quote
from cleaner.arguments import checked_language, is_language
from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.errors import SettingsError
from cleaner.rows import HTML_FIELD, Fields, RowOutcome, clean_row, cleaner_for, counts_of, new_values, row_of

with extra("scrapy"):
    from itemadapter import ItemAdapter
    from scrapy.exceptions import DropItem

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

PREFIX = "CLEANER_"  # of the settings
STATS = "cleaner/"  # what the names of all stats begin with
LISTS = ("rules", "disable", "keep_categories", "drop_categories")  # the arguments of a cleaner, by their kind
SWITCHES = ("markdown", "markdown_in", "metadata")
TEXTS = ("level", "links", "images")

_logger = logging.getLogger(__name__)


class Stats(Protocol):
    """What counts: the stats of a crawler."""

    def inc_value(self, key: str, count: int = 1, start: int = 0) -> None:
        """Add `count` to a number, which begins with `start`."""


class CleanerPipeline:
    """Cleans items: dictionaries, dataclasses, attrs, pydantic models and items of Scrapy.

    The HTML or the text of an item becomes clean text in the field `fields.text`. An item that cannot be cleaned is
    passed on as it is, with the reason in `fields.error`, if it can have that field, and in the log; with
    `drop_failed` it is dropped. `lang`, if given, is the language of all items. The stats count all items, and those
    that were changed, emptied or failed, flags, and edits by who made them: rules, repair steps, judge, trafilatura.
    """

    def __init__(
        self,
        cleaner: Cleaner | None = None,
        fields: Fields = Fields(),
        *,
        lang: str | None = None,
        drop_failed: bool = False,
        stats: Stats | None = None,
    ) -> None:
        self.cleaner = cleaner_for(cleaner or Cleaner(), fields)
        self.fields = fields
        self.lang = checked_language(lang)
        self.drop_failed = drop_failed
        self.stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CleanerPipeline:
        """Return the pipeline that the settings of a crawler mean. Raises `SettingsError`.

        The arguments of `Cleaner` are `CLEANER_LEVEL`, `CLEANER_RULES` and so on, those of `Fields` are
        `CLEANER_TEXT_FIELD`, `CLEANER_HTML_FIELD` and so on. Beside them there are `CLEANER_LANG` and
        `CLEANER_DROP_FAILED`.
        """
        settings = crawler.settings
        lang = settings.get(f"{PREFIX}LANG")
        if lang and not (isinstance(lang, str) and is_language(lang)):
            raise SettingsError(f"{PREFIX}LANG: {lang!r} is no language tag; name one as BCP 47 does, such as pt-BR")
        return cls(
            Cleaner(**arguments_of(settings)),
            fields_of(settings),
            lang=lang,
            drop_failed=settings.getbool(f"{PREFIX}DROP_FAILED"),
            stats=crawler.stats,
        )

    def process_item(self, item: Any, spider: object = None) -> Any:
        """Return the item, cleaned in place. Raises `DropItem` for one that failed, if that is asked for."""
        if not ItemAdapter.is_item(item):
            return item
        adapter = ItemAdapter(item)
        outcome = clean_row(self.cleaner, row_of(partial(self._read, adapter), self.fields, lang=self.lang))
        outcome = self._put(adapter, outcome)
        self._count(outcome)
        if outcome.error:
            where = value_of(adapter, self.fields.url) or "an item without a URL"
            reason = quote.line(f"{where}: {outcome.error}")
            if self.drop_failed:
                raise DropItem(reason)
            _logger.warning("%s", reason)
        return item

    def _read(self, adapter: ItemAdapter, name: str) -> object:
        """Return the value of a field. An empty text beside a page is none: classes of items have such defaults."""
        value = value_of(adapter, name)
        return None if name == self.fields.text and value == "" and value_of(adapter, HTML_FIELD) else value

    def _put(self, adapter: ItemAdapter, outcome: RowOutcome) -> RowOutcome:
        """Put what is new into an item. The result is a failure if the item does not take the text or the record."""
        refused = put(adapter, new_values(outcome, self.fields, partial(value_of, adapter)))
        if outcome.cleaned and refused:
            error = f"cannot have the field {refused!r}; add it to the class of the item, or name another field"
            return self._put(adapter, RowOutcome(None, error))
        return outcome

    def _count(self, outcome: RowOutcome) -> None:
        """Count an outcome in the stats of the crawler."""
        if self.stats:
            self.stats.inc_value(f"{STATS}items")
            for name, number in counts_of(outcome).items():
                self.stats.inc_value(f"{STATS}{name}", number)


def value_of(adapter: ItemAdapter, name: str) -> object:
    """Return the value of a field of an item, None if it has no such field or none yet."""
    try:
        return adapter[name]
    except (KeyError, AttributeError):
        return None


def put(adapter: ItemAdapter, new: Mapping[str, Any]) -> str | None:
    """Set all fields of an item, or none of them; return the name of a field that the item does not take."""
    before = {name: adapter[name] for name in adapter if name in new}
    done: list[str] = []
    for name, value in new.items():
        try:
            adapter[name] = value
        except Exception:  # a class without the field, one that is frozen, a validator: each has errors of its own
            for other in done:
                if other in before:
                    adapter[other] = before[other]
                else:
                    del adapter[other]
            return name
        done.append(name)
    return None


def arguments_of(settings: BaseSettings) -> dict[str, Any]:
    """Return the arguments of a `Cleaner` that settings name. Raises `SettingsError`."""
    found: dict[str, Any] = {}
    for name in (*TEXTS, "threshold", *LISTS, *SWITCHES):
        setting = f"{PREFIX}{name.upper()}"
        value = settings.get(setting)
        if value is None:
            continue
        try:
            if name in LISTS:
                found[name] = [value] if isinstance(value, Path) else settings.getlist(setting)
            elif name in SWITCHES:
                found[name] = settings.getbool(setting)
            else:
                found[name] = settings.getfloat(setting) if name == "threshold" else str(value)
        except (TypeError, ValueError):
            raise SettingsError(f"{setting}: {value!r} is not what it takes; see cleaner/API.md") from None
    return found


def fields_of(settings: BaseSettings) -> Fields:
    """Return the fields that settings name. A setting that is an empty string means no field: no record, no error."""
    named: dict[str, Any] = {}
    for name in Fields._fields:
        setting = f"{PREFIX}{name.upper()}_FIELD"
        value = settings.get(setting)
        if value is None:
            continue
        if not isinstance(value, str) or (not value and name in ("text", "url", "lang")):
            raise SettingsError(f"{setting}: {value!r} is no name of a field; give one")
        named[name] = value or None
    return Fields(**named)
