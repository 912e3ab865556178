"""The cleaner: settings turned into rules, a judge and passes; text in, clean text and its record out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from cleaner import installed
from cleaner.arguments import (
    check_bytes,
    check_html,
    check_kind,
    check_many,
    check_optional,
    check_text,
    checked_file,
    checked_language,
    checked_url,
)
from cleaner.document import Cleaned
from cleaner.marks import CATEGORY_LEFT_OUT, CATEGORY_REPAIR, Level
from cleaner.rules import ids
from cleaner.rules.prepare import prepare, prepare_shipped
from cleaner.settings import Images, Links, Settings
from cleaner.text import encoding as encodings
from cleaner.text.kinds import Kind
from cleaner.version import __version__

if TYPE_CHECKING:
    from cleaner.judge.judge import Judge
    from cleaner.passes import Passes
    from cleaner.progress import InProgress
    from cleaner.rules.library import Library
    from cleaner.rules.prepare import Prepared, Shipped

# Size of a batch of `clean_many`, in characters; a longer document is a batch of its own. Larger batches cost memory.
BATCH_CHARS = 200_000
DOCUMENT_CHARS = 100  # what each document adds to the size of its batch, so that many empty documents fill one, too


class Cleaner:
    """Cleans documents with one set of settings. Immutable, picklable, cheap to reuse.

    - `level`: `rules`, `safe` or `main`; how much goes.
    - `rules`: rule pack files, or folders of them, in addition to the packs that ship. Packs in a folder `hosts`, or
      in a folder `hosts` directly below one of these, are each for the host that they are named after. Such a pack is
      checked when the first document of its host comes; if it is wrong, cleaning documents of that host raises
      `SettingsError`. If the folder holds more than 200 packs or 4 MB, the pack is also read only then, and must be
      what it was when the cleaner was built; whoever gets such a cleaner by a pickle needs the folder, too.
    - `disable`: ids of rules to leave out (`pack/rule`; `*` stands for any characters).
    - `keep_categories`: categories of chrome to keep. To keep `encoding` is to repair nothing; to keep `boilerplate`
      is to ask neither the judge nor trafilatura.
    - `drop_categories`: categories to remove that are kept by default (`credit`: of photos and agencies).
    - `threshold`: the least probability of being content, from 0 to 1, with which the judge keeps a line. It replaces
      what the level has for it; a higher threshold removes more.
    - `markdown`: write HTML pages as Markdown. The original is the whole page as Markdown then.
    - `links`, `images`: what becomes of links (`keep`, `drop`, `footnotes`) and images (`keep`, `alt`: their texts,
      `drop`) in that Markdown.
    - `markdown_in`: whether texts are Markdown, so that their lines are compared without its marks. None: a document
      of the kind `markdown` is, and the lines of any other tell.
    - `metadata`: say of each document what it says of itself (`Cleaned.metadata`): title, authors, dates …

    Cleaners with the same settings are equal, and have the same hash and the same pickle, in every process. Raises
    `SettingsError`.
    """

    __slots__ = ("_built", "_settings", "_shipped")

    _settings: Settings
    _built: Passes | None  # None: no document has come yet
    _shipped: Shipped | None  # the packs that ship; None: not looked at yet

    def __init__(
        self,
        level: Level = "safe",
        rules: Iterable[str | Path] = (),
        disable: Iterable[str] = (),
        keep_categories: Iterable[str] = (),
        drop_categories: Iterable[str] = (),
        threshold: float | None = None,
        markdown: bool = False,
        markdown_in: bool | None = None,
        links: Links = "keep",
        images: Images = "keep",
        metadata: bool = False,
    ) -> None:
        self._build(
            Settings.of(
                level=level,
                rules=rules,
                disable=disable,
                keep_categories=keep_categories,
                drop_categories=drop_categories,
                threshold=threshold,
                markdown=markdown,
                markdown_in=markdown_in,
                links=links,
                images=images,
                metadata=metadata,
            )
        )

    def _build(self, settings: Settings, *, again: bool = False) -> None:
        """Take settings; `again` says that a cleaner was built with them before, maybe in another process.

        Rules and judge are made ready when the first document comes. But if the settings name packs or rules, these
        are looked at now, unless they were before: folders of host packs may have changed since, which is said when
        it matters.
        """
        for name, value in (("_settings", settings), ("_built", None), ("_shipped", None)):
            object.__setattr__(self, name, value)
        if not again and (settings.packs or settings.folders or settings.disable or settings.keep):
            object.__setattr__(self, "_built", _ready_passes(settings, self._packs, check_names=True))

    @property
    def _packs(self) -> Shipped:
        """The packs that ship, looked at once."""
        if self._shipped is None:
            object.__setattr__(self, "_shipped", prepare_shipped())
        assert self._shipped is not None
        return self._shipped

    @property
    def _passes(self) -> Passes:
        """Rules, judge and passes, made ready once."""
        if self._built is None:
            check_names = not self._settings.folders
            object.__setattr__(self, "_built", _ready_passes(self._settings, self._packs, check_names=check_names))
        assert self._built is not None
        return self._built

    @property
    def level(self) -> Level:
        """The level: `rules`, `safe` or `main`."""
        return self._settings.level

    @property
    def markdown(self) -> bool:
        """Whether pages are written as Markdown."""
        return self._settings.markdown

    @property
    def metadata(self) -> bool:
        """Whether the cleaner says of each document what it says of itself."""
        return self._settings.metadata

    @property
    def active_rules(self) -> frozenset[str]:
        """The ids (`pack/rule`) of the rules that may remove something with these settings.

        To know them, all packs of hosts are read, which takes ten seconds for 10,000 packs of 50 rules.
        """
        ruleset = self._passes.ruleset
        return ruleset.active_ids.union(ruleset.library.active_ids()) if ruleset.library else ruleset.active_ids

    @property
    def fingerprint(self) -> str:
        """A hexadecimal digest of all that texts and edits depend on besides the documents: settings, rules, judge,
        versions.

        It is the same in every process and on every machine. To know it, all packs of hosts are read, which takes
        half a second for 10,000 packs of 50 rules. Raises `SettingsError` if one is not what it was when the cleaner
        was built.
        """
        versions = __version__, *installed.versions(("chardet", "ftfy", "trafilatura", "webencodings"))
        weights = None
        if _has_judge(self._settings):
            from cleaner.judge.shipped import digest

            weights = digest()
        hosts = tuple(folder.digest() for folder in self._settings.folders)
        # Packs count by their texts: where their files lie is another thing on each machine.
        settings = replace(
            self._settings, packs=tuple(structs.replace(pack, name="") for pack in self._settings.packs)
        )
        return sha256(repr((versions, settings, hosts, self._packs.digest, weights)).encode()).hexdigest()

    def clean(
        self, text: str, *, url: str | None = None, lang: str | None = None, file: str | None = None
    ) -> Cleaned:
        """Clean a plain text. `url` and `lang` (BCP 47), where known, choose which rule packs are active.

        `file` is the name of the document, a relative path with `/` between its names, for `[[keep]]` with `files`.
        Raises `TypeError` for a text that is none, and `ValueError` for a `url` or a `lang` that is none.
        """
        check_text(text)
        return self._passes.clean([self._document(text, url, checked_language(lang), file)])[0]

    def clean_many(
        self,
        texts: Iterable[str],
        *,
        urls: Iterable[str | None] | None = None,
        langs: Iterable[str | None] | None = None,
        files: Iterable[str | None] | None = None,
        lang: str | None = None,
    ) -> Iterator[Cleaned]:
        """Clean plain texts, in order, with the same results as one by one but faster, a batch at a time.

        `urls`, `langs` and `files`, if given, have one entry for each text; `lang` is the language of all texts
        without one of their own. Raises `ValueError` if there are more or fewer entries than texts, and otherwise as
        `clean`.
        """
        check_many("texts", texts)
        for name, values in (("urls", urls), ("langs", langs), ("files", files)):
            if values is not None:
                check_many(name, values)
        return self._clean_many(texts, urls, langs, files, checked_language(lang))

    def _clean_many(
        self,
        texts: Iterable[str],
        urls: Iterable[str | None] | None,
        langs: Iterable[str | None] | None,
        files: Iterable[str | None] | None,
        lang: str | None,
    ) -> Iterator[Cleaned]:
        batch: list[InProgress] = []
        size = 0
        for ((text, url), own), file in _beside(_beside(_beside(texts, urls), langs), files):
            check_text(text)
            batch.append(self._document(text, url, checked_language(own) or lang, file))
            size += len(text) + DOCUMENT_CHARS
            if size >= BATCH_CHARS:
                yield from self._passes.clean(batch)
                batch, size = [], 0
        yield from self._passes.clean(batch)

    def _document(self, text: str, url: str | None, lang: str | None, file: str | None) -> InProgress:
        from cleaner.progress import InProgress

        return InProgress(text, checked_url(url), lang, checked_file(file), markdown=self._settings.markdown_in)

    def clean_html(
        self, html: str | bytes, *, url: str | None = None, lang: str | None = None, file: str | None = None
    ) -> Cleaned:
        """Clean an HTML page. The original, over which the edits are, is the text or the Markdown of the whole page.

        At level `rules` the rule packs alone decide. At the other levels the judge sees the markup beside the text,
        and if it is in doubt, which lines trafilatura keeps. Raises `DocumentError` for bytes that are not text, and
        otherwise as `clean`.
        """
        check_html(html)
        url, lang, file = checked_url(url), checked_language(lang), checked_file(file)
        if isinstance(html, bytes):
            decoded = encodings.decode(html, html=True)
            return self._passes.clean_page(decoded.text, url=url, lang=lang, file=file, decoded=decoded)
        return self._passes.clean_page(html, url=url, lang=lang, file=file)

    def clean_bytes(
        self,
        data: bytes,
        *,
        kind: Kind | None = None,
        url: str | None = None,
        lang: str | None = None,
        file: str | None = None,
        encoding: str | None = None,
    ) -> Cleaned:
        """Clean a document in any encoding.

        `kind` is `text`, `markdown`, `html`, or None: its first bytes tell whether it is HTML. A text that is a page
        of HTML is read as one, and flagged `read-as-html`.

        Raises `DocumentError` for bytes that are no text or in an encoding that cannot be told, and `SettingsError`
        for an `encoding` that does not exist; `ValueError` for a `kind` that does not exist, and otherwise as
        `clean`.
        """
        check_bytes(data)
        check_kind(kind)
        check_optional("encoding", encoding)
        url, lang, file = checked_url(url), checked_language(lang), checked_file(file)
        return self._passes.clean_bytes(data, kind=kind, url=url, lang=lang, file=file, encoding=encoding)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cleaner) and self._settings == other._settings

    def __hash__(self) -> int:
        return int(sha256(repr(self._settings).encode()).hexdigest()[:15], 16)  # `hash` differs between processes

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return _of, (self._settings,)

    def __repr__(self) -> str:
        settings = self._settings
        extra = [source.name for source in settings.packs] + [folder.name for folder in settings.folders]
        return (
            f"Cleaner({settings.level!r}, rules={extra}, disable={settings.disable}, keep_categories={settings.keep})"
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Cleaner does not change; build another one to have another {name.lstrip('_')}")


@lru_cache(maxsize=16)  # two for each cleaner of a run; raised, runs with many configurations take more memory
def at_level(cleaner: Cleaner, level: Level) -> Cleaner:
    """Return the cleaner with the same settings at a level, built once; level `rules` has no threshold."""
    if level == cleaner.level:
        return cleaner
    settings = cleaner._settings
    return _of(replace(settings, level=level, threshold=None if level == "rules" else settings.threshold))


def with_metadata(cleaner: Cleaner, wanted: bool = True) -> Cleaner:
    """Return the cleaner with the same settings that says what documents say of themselves, or does not."""
    if cleaner.metadata == wanted:
        return cleaner
    return _of(replace(cleaner._settings, metadata=wanted))


def on_this_machine(cleaner: Cleaner) -> Cleaner:
    """Return the cleaner with the folders of host packs as they are on this machine.

    They have other times than on the machine that the cleaner is from; whether their content is the same shows the
    fingerprint. Raises `SettingsError` if a folder is not there.
    """
    settings = cleaner._settings
    if not settings.folders:
        return cleaner
    return _of(replace(settings, folders=tuple(folder.again() for folder in settings.folders)))


def _of(settings: Settings) -> Cleaner:
    """Build the cleaner with settings with which one was built before."""
    cleaner = Cleaner.__new__(Cleaner)
    cleaner._build(settings, again=True)
    return cleaner


def _check_names(settings: Settings, prepared: Sequence[Prepared], library: Library | None) -> None:
    """Raise `SettingsError` if the settings name rules or categories that there are not.

    Packs of languages, which take longer to read, are only asked for what no other pack has.
    """
    if settings.disable or settings.keep:
        known = [pack for each in prepared for pack in each.packs]
        if not ids.all_known(known, settings.disable, settings.keep):
            known = [pack for each in prepared for pack in each.all_packs()]
            ids.check_names(known, settings.disable, settings.keep, library.packs if library else None)


def _library(settings: Settings, taken: Set[str]) -> Library | None:
    """Return the host packs of the settings, None if there are none; `taken` are the ids of all other packs."""
    at_hand = [source for source in settings.packs if source.host]
    if not at_hand and not settings.folders:
        return None
    from cleaner.rules.library import Library

    return Library(at_hand, settings.folders, settings.level, settings.disable, settings.keep, taken=taken)


def _ready_passes(settings: Settings, shipped: Shipped, *, check_names: bool) -> Passes:
    """Return the passes for settings and the packs that ship, with their rules and judge.

    With `check_names`, the rules and categories that the settings name must be there.
    """
    from cleaner.passes import Passes
    from cleaner.rules.engine import Ruleset

    prepared = [shipped.prepared()]
    if at_once := [source for source in settings.packs if not source.host]:
        from cleaner.rules import checks

        prepared.append(prepare(at_once))
        checks.check_ids(zip(at_once, prepared[1].packs, strict=True), prepared[0].ids())
    library = _library(settings, frozenset[str]().union(*(each.ids() for each in prepared)))
    if check_names:
        _check_names(settings, prepared, library)
    ruleset = Ruleset(prepared, settings.level, settings.disable, settings.keep, trusted=1, library=library)
    repairs = CATEGORY_REPAIR not in settings.keep
    markup_in_use = ids.markup_in_use(settings.disable, settings.keep)
    markdown = None
    if settings.markdown:
        from cleaner.html.markdown.options import Options

        markdown = Options(settings.links, settings.images)
    judge, markdown_in = _judge(settings), settings.markdown_in
    return Passes(ruleset, judge, repairs, markdown, markdown_in, markup_in_use, settings.metadata)


def _has_judge(settings: Settings) -> bool:
    """Whether the judge is asked; otherwise the rules alone decide."""
    return settings.level != "rules" and CATEGORY_LEFT_OUT not in settings.keep


def _judge(settings: Settings) -> Judge | None:
    """Return the judge for these settings, or None if the rules alone decide."""
    if not _has_judge(settings):
        return None
    from cleaner.judge.judge import Judge  # it needs numpy, unless the kernel is compiled

    return Judge(settings.level, settings.threshold)


def _beside(many: Iterable[Any], others: Iterable[str | None] | None) -> Iterator[tuple[Any, str | None]]:
    """Pair each of `many` with one of `others`, or with None if there are no `others`."""
    return zip(many, repeat(None)) if others is None else zip(many, others, strict=True)


def clean(text: str, *, url: str | None = None, lang: str | None = None, level: Level = "safe") -> Cleaned:
    """Clean one text with the default rules; to clean many, build a `Cleaner` once."""
    return Cleaner(level).clean(text, url=url, lang=lang)
