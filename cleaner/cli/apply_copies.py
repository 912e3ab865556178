"""The clean copies that `cleaner review --apply` corrects, and what the locks are to know of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cleaner import quote
from cleaner.cli.common import count, known_of
from cleaner.cli.say import say
from cleaner.cli.sources import Source, Sources
from cleaner.document import Cleaned
from cleaner.files.folder import New, Place, reason_of
from cleaner.files.job import MAX_OUTPUT_BYTES
from cleaner.files.known import Known, made_by
from cleaner.review.copies import Corrected, Refused, corrected
from cleaner.review.decisions import Decision
from cleaner.review.digests import digest_of

NOT_FOUND = "the document is not among those that you named; name the paths that the page was made of"
OTHER_DIGEST = "the document has changed since; make the page anew, and decide again"
CORRECTED = "was corrected by a person; carry the decisions out there, or pass --force to replace it"
NO_PLACE = "the document has no place for a copy"


class NamedDocument(NamedTuple):
    """A document that decisions name, cleaned as it was for the page; or why it could not be cleaned."""

    source: Source
    url: str | None
    cleaned: Cleaned | None
    why: str = ""


class Copies:
    """Corrects the copies of single documents, and notes in the locks what the cleaner would have written.

    `documents` are those that decisions name, `cleaned` is what becomes of each with the new packs, None if it cannot
    be cleaned, and `sources` knows their configuration. `said` are messages of what was done; `failed` says whether
    a copy could not be written.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        sources: Sources,
        documents: Mapping[str, NamedDocument],
        cleaned: Mapping[str, Cleaned | None],
    ) -> None:
        self._options, self._sources, self._documents, self._cleaned = options, sources, documents, cleaned
        self._known: Known | None = None
        self.said: list[str] = []
        self.failed = False

    def correct(self, name: str, places: Sequence[Decision]) -> list[Refused]:
        """Write the corrected copy of a document; return the decisions that were not carried out."""
        one, after = self._documents.get(name), self._cleaned.get(name)
        if one is None:
            return [Refused(decision, NOT_FOUND) for decision in places]
        source = one.source
        if one.cleaned is None or after is None or source.place is None or not isinstance(source.data, bytes):
            return [Refused(decision, one.why or NO_PLACE) for decision in places]
        digest = digest_of(source.data)
        if any(decision.digest not in (None, digest) for decision in places):
            return [Refused(decision, OTHER_DIGEST) for decision in places]
        result = corrected(after, places)
        if not result.done:
            return result.refused
        copy = self._copy_of(source)
        why = self._write(source, copy, one.cleaned, after, result)
        if why:
            return [Refused(decision, f"{quote.name(copy.path)}: {why}") for decision in places]
        self.said.append(f"{quote.name(copy.path)}: corrected in {count(result.done, 'place')}")
        return result.refused

    def save(self) -> None:
        """Write what was noted to the locks."""
        if self._known:
            self._known.save()
            for caution in self._known.cautions:
                say(caution, err=True)

    def _copy_of(self, source: Source) -> Place:
        beside = self._sources.copy_of(source)
        return beside if self._options["copies"] is None else beside._replace(top=Path(self._options["copies"]))

    def _write(self, source: Source, copy: Place, before: Cleaned, after: Cleaned, result: Corrected) -> str:
        """Write a copy, and return why not, "" if it is written."""
        assert source.place
        assert isinstance(source.data, bytes)
        if self._known is None:
            self._known = known_of()
        wanted = result.text.encode()
        try:
            with copy.folder(make=self._options["copies"] is not None) as folder:
                try:
                    content, seen = folder.read(copy.name, MAX_OUTPUT_BYTES)
                except FileNotFoundError:
                    content, seen = None, None
                ours = (None, wanted, before.text.encode(), after.text.encode())
                if content not in ours and not self._options["force"]:
                    standing = self._known.standing(source.place, copy, source.data, content or b"")
                    if standing.copy != "written":
                        return CORRECTED
                if content != wanted:
                    folder.write_all([New(copy.name, wanted, seen, content=content)])
        except OSError as error:
            self.failed = True
            return f"cannot be written ({reason_of(error)}); check its folder"
        lang = self._options["lang"] or self._sources.found(source).config.lang
        cleaner = self._sources.cleaner(source)
        made = made_by(cleaner, self._options["url"], lang, self._options["encoding"])
        self._known.note(source.place, copy, source.data, after.text.encode(), *made)
        return ""
