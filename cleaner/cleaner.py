"""The cleaner: repair, rules and verdict, composed; text in, clean text and its record out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from cleaner import encoding as encodings
from cleaner import verdict
from cleaner.document import Change, Cleaned, apply, as_edits, compose, split_lines
from cleaner.errors import SettingsError
from cleaner.repair import repair
from cleaner.rules import pack as packs
from cleaner.rules.engine import CONFIDENCES, Marks, Ruleset
from cleaner.rules.prepare import Prepared, prepare

Level = Literal["rules", "safe", "main"]
Kind = Literal["text", "html"]

PASSES = 10  # a document that still changes after so many is left as it is, repaired, and flagged
UNSTABLE = "unstable"
HTML_FALLBACK = "html-fallback"
KEPT = ("credit",)  # categories that are part of the page around a document, and that people want to keep
REPAIRED, LEFT_OUT = "encoding", "boilerplate"  # categories that no rule has: repair, and trafilatura's verdict


class Cleaner:
    """Cleans documents with one set of settings. Immutable, picklable, cheap to reuse.

    `level` is `rules`, `safe` or `main`; `rules` names rule pack files or folders in addition to the
    packs that ship; `disable` names rules (`pack/rule`, `*` allowed) to leave out, and
    `keep_categories` the categories of chrome to keep, and `drop_categories` those to remove though they
    are kept by default (`credit`: of photos and agencies); to keep `encoding` is to repair nothing, to keep
    `boilerplate` is not to ask trafilatura. Cleaners with the same settings are equal, and
    have the same hash and the same pickle, in every process. Raises `SettingsError`.
    """

    __slots__ = ("_disable", "_extra", "_keep", "_level", "_ruleset", "_shipped")

    def __init__(
        self,
        level: Level = "safe",
        rules: Iterable[str | Path] = (),
        disable: Iterable[str] = (),
        keep_categories: Iterable[str] = (),
        drop_categories: Iterable[str] = (),
    ) -> None:
        keep, drop = set(keep_categories), set(drop_categories)
        for category in sorted(drop):
            if category not in KEPT or category in keep:
                why = (
                    "also to be kept; name it once"
                    if category in keep
                    else f"no category that is kept by default; those are: {', '.join(KEPT)}"
                )
                raise SettingsError(f"drop: {category!r} is {why}")
        self._set(level, tuple(packs.read(map(Path, rules))), tuple(disable), tuple(keep.union(KEPT) - drop))

    def _set(
        self, level: str, extra: tuple[packs.Source, ...], disable: tuple[str, ...], keep: tuple[str, ...]
    ) -> None:
        if level not in CONFIDENCES:
            raise SettingsError(f"level: there is no level {level!r}; choose one of {', '.join(CONFIDENCES)}")
        self._level = level
        self._extra = extra
        self._disable = tuple(sorted(set(disable)))
        self._keep = tuple(sorted(set(keep)))
        shipped = packs.builtin()
        self._shipped = tuple(source.text for source in shipped)
        ready = prepare(shipped, trusted=True)
        more = prepare(extra) if extra else Prepared([], [], [], [])
        taken = {one.pack.id for one in ready.packs}
        for source, one in zip(extra, more.packs, strict=True):
            if one.pack.id in taken:
                raise SettingsError(f"{source.name}: another pack has the id {one.pack.id!r}; choose another")
            taken.add(one.pack.id)
        self._ruleset = Ruleset([ready, more] if extra else [ready], level, self._disable, self._keep)

    @property
    def level(self) -> str:
        """The level: `rules`, `safe` or `main`."""
        return self._level

    @property
    def fingerprint(self) -> str:
        """A hexadecimal digest of the settings and the rules, the same in every process and on every machine."""
        import hashlib

        return hashlib.sha256(repr((self._state(), self._shipped)).encode()).hexdigest()

    def clean(self, text: str, *, url: str | None = None, lang: str | None = None) -> Cleaned:
        """Clean a plain text. `url` and `lang` (BCP 47), where known, choose which rule packs are active."""
        return self._finish(text, [], url, lang)

    def clean_html(self, html: str | bytes, *, url: str | None = None, lang: str | None = None) -> Cleaned:
        """Clean an HTML page. The original, over which the edits are, is the text of the whole page.

        At level `rules` the rule packs alone decide; else first trafilatura decides which lines of the
        page are content. Raises `DocumentError` for bytes that are not text.
        """
        if isinstance(html, bytes):
            decoded = encodings.decode(html, html=True)
            return self._clean_page(decoded.text, url, lang, decoded)
        return self._clean_page(html, url, lang)

    def clean_bytes(
        self,
        data: bytes,
        *,
        kind: Kind | None = None,
        url: str | None = None,
        lang: str | None = None,
        encoding: str | None = None,
    ) -> Cleaned:
        """Clean a document in any encoding; `kind` is `text`, `html`, or None to tell by its first bytes.

        Raises `DocumentError` for bytes that are binary or in an encoding that cannot be told, and
        `SettingsError` for an `encoding` that does not exist.
        """
        html = kind == "html" or (kind is None and encodings.looks_like_html(data))
        decoded = encodings.decode(data, encoding=encoding, html=html)
        if html:
            return self._clean_page(decoded.text, url, lang, decoded)
        return self._finish(decoded.text, [], url, lang, decoded=decoded)

    def _clean_page(
        self, markup: str, url: str | None, lang: str | None, decoded: encodings.Decoded | None = None
    ) -> Cleaned:
        from cleaner import html

        asked = self._level != "rules" and LEFT_OUT not in self._keep
        page = html.read(markup, main_content=asked)
        changes: list[Change] = []
        flags: tuple[str, ...] = ()
        if page.kept is not None:
            drops = {i: html.LEFT_OUT for i, line in enumerate(page.lines) if line.strip() and not page.kept[i]}
            left_out = verdict.Verdict(drops, [], ())
            changes = verdict.changes(
                "\n".join(page.lines), page.lines, left_out, verdict.removals(page.lines, drops)
            )
        elif asked:
            flags = (HTML_FALLBACK,)
        return self._finish("\n".join(page.lines), changes, url, lang, flags, decoded)

    def _finish(
        self,
        original: str,
        changes: list[Change],
        url: str | None,
        lang: str | None,
        flags: tuple[str, ...] = (),
        decoded: encodings.Decoded | None = None,
    ) -> Cleaned:
        """Repair what `changes` leave of `original`, then apply the rules until nothing changes any more.

        Each pass depends on the text alone, so cleaning the result again does nothing. Passes only
        remove; should a document not settle, all of them are undone.
        """
        text = apply(original, changes) if changes else original
        changes, text = self._repair(changes, text)
        settled, seen = (changes, text), dict.fromkeys(flags)
        lines = split_lines(text)
        lookup = self._ruleset.look_up(lines, url=url, lang=lang)
        for _ in range(PASSES):
            marks = self._ruleset.mark(lines, lookup, url=url, lang=lang)
            decided = verdict.decide(lines, self._unspoilt(lines, marks))
            seen |= dict.fromkeys(decided.flags)
            if not decided.drops and not decided.spans:
                break
            runs = verdict.removals(lines, decided.drops)
            step = verdict.changes(text, lines, decided, runs)
            changes, text = compose(changes, step, text), apply(text, step)
            if decided.spans:  # lines have changed and have other keys
                lines = split_lines(text)
                lookup = self._ruleset.look_up(lines, url=url, lang=lang)
            else:
                lines, lookup = _without(lines, runs), lookup.without(runs)
        else:
            (changes, text), seen = settled, {**dict.fromkeys(flags), UNSTABLE: None}
        return Cleaned(
            text,
            as_edits(original, changes),
            tuple(seen),
            decoded.encoding if decoded else None,
            decoded.bom if decoded else False,
        )

    def _unspoilt(self, lines: list[str], marks: Marks) -> Marks:
        """Return `marks` without those parts of lines whose removal would make what is left look broken.

        Repair comes first and once: a line that it touched again afterwards would not be one of the document's.
        """
        if not marks.spans:
            return marks
        spans = {}
        for i, parts in marks.spans.items():
            rest = apply(lines[i], verdict.cuts(parts))
            if REPAIRED in self._keep or not repair(rest):
                spans[i] = parts
        return marks._replace(spans=spans)

    def _repair(self, changes: list[Change], text: str) -> tuple[list[Change], str]:
        """Return the changes with the repair of `text`, the text they lead to, and the repaired text."""
        repairs = [] if REPAIRED in self._keep else repair(text)
        return (compose(changes, repairs, text), apply(text, repairs)) if repairs else (changes, text)

    def _state(self) -> tuple[object, ...]:
        return self._level, tuple((s.name, s.text) for s in self._extra), self._disable, self._keep

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cleaner) and self._state() == other._state()

    def __hash__(self) -> int:
        return int(self.fingerprint[:15], 16)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return _rebuild, self._state()

    def __repr__(self) -> str:
        extra = [source.name for source in self._extra]
        return f"Cleaner({self._level!r}, rules={extra}, disable={self._disable}, keep_categories={self._keep})"

    def __setattr__(self, name: str, value: object) -> None:
        if hasattr(self, "_ruleset"):
            raise AttributeError(f"a Cleaner does not change; build another one to have another {name.lstrip('_')}")
        object.__setattr__(self, name, value)


def _rebuild(
    level: str, extra: tuple[tuple[str, str], ...], disable: tuple[str, ...], keep: tuple[str, ...]
) -> Cleaner:
    cleaner = Cleaner.__new__(Cleaner)
    cleaner._set(level, tuple(packs.Source(*source) for source in extra), disable, keep)
    return cleaner


def _without(lines: list[str], runs: list[tuple[int, int]]) -> list[str]:
    """Return `lines` without those in the ranges `runs`."""
    left: list[str] = []
    position = 0
    for start, end in runs:
        left += lines[position:start]
        position = end
    return left + lines[position:]


def clean(text: str, *, url: str | None = None, lang: str | None = None, level: Level = "safe") -> Cleaned:
    """Clean one text with the default rules; to clean many, build a `Cleaner` once."""
    return Cleaner(level).clean(text, url=url, lang=lang)
