"""One document of a run: read it, clean it, compare or write its copy, and say what happened.

The steps are those of `_clean_file`: read and clean; show a diff, if one is wanted; look at what stands at the places
to be written; compare only, or leave what a person corrected, or refuse to replace what the cleaner is not known to
have written, or write. If somebody else writes to one of these places meanwhile, all begins anew.

A document need not be cleaned if a lock says that its copy is current, or a correction of it as it is: `first_look`
finds that out, at the cost of reading both files.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Literal, NamedTuple

from cleaner import quote
from cleaner.cleaner import Cleaner
from cleaner.document import Cleaned
from cleaner.errors import CleanerError, DocumentError, defect
from cleaner.evidence.table import Gathered, Piece
from cleaner.files import naming, ours
from cleaner.files.folder import Changed, Folder, InTheWay, New, Place, Seen, read_named, reason_of, why_not_read
from cleaner.files.lock import Fact
from cleaner.files.standing import Content, Standing, digest, standing
from cleaner.flags import GUARDED, HTML_FALLBACK, MOSTLY_REMOVED, NO_TEXT, READ_AS_HTML, REPLACED, UNSTABLE
from cleaner.limits import ADVICE_AFTER_LIMIT, limited
from cleaner.tally import REPAIR_PREFIX, Tally, removed_lines
from cleaner.text import kinds

# Of a document and its copy: it was written, or is up to date; it is missing, or not as it should be (`stale`: as the
# cleaner wrote it; `unknown`: no lock knows it); it is `corrected` by a person, or that and its document has changed
# since (`outdated`); what is there was `accepted` as a correction.
Status = Literal[
    "written", "unchanged", "missing", "stale", "unknown", "corrected", "outdated", "accepted", "failed", "diff"
]

NOTES = {  # what to say of a document with a flag
    GUARDED: "nearly all of it looks like page chrome; only what is certain was removed, please look",
    MOSTLY_REMOVED: "nearly all of it was page chrome; please look",
    UNSTABLE: "is only repaired, because the clean text would become another one when cleaned again",
    READ_AS_HTML: "is a page of HTML under another name; its text was cleaned, as that of a page",
    REPLACED: "has bytes that are not valid in its encoding; they became U+FFFD",
    HTML_FALLBACK: "trafilatura finds no main content; cleaned the text of the whole page",
    NO_TEXT: "has markup, but no text that a reader sees; please look",
}
# What to say of what is not ours.
NO_COPY = "is not a copy of {} that the cleaner is known to have written"
OUTDATED = "the document {} behind your correction changed"
SETTLED = (
    "`{accept}` keeps what is there as a correction, `{replace}` replaces it (name a folder to settle all in it)"
)
NO_RECORD = "is no record of {} or its copy; move it, or pass --force to replace it"
NO_METADATA = "is no metadata of {} as the cleaner wrote it; move it, or pass --force to replace it"
# For cleaning in place, if bytes would become U+FFFD: the bytes cannot be told from the new document.
NOT_IN_PLACE = "has bytes that are not valid in its encoding; mend it, pass --encoding NAME, or leave out --in-place"
# For cleaning in place, if the record that is there leads back to a text that is not the document as it is now.
WAY_BACK = "is the way back to an earlier state of this document; move it, or pass --force to replace it"

# The largest copy or record that is read to see whether it is the cleaner's, in bytes, and how many times as large as
# the document a copy may be if that is more. Raised, a file that is none of ours costs more memory.
MAX_OUTPUT_BYTES = 1 << 30
MAX_GROWTH = 4

# How often a document is cleaned that somebody saves meanwhile. Raised, one that never rests takes longer.
ATTEMPTS = 3


class JobOptions(NamedTuple):
    """What to do with every document of a run; the names are those of the options of the command."""

    url: str | None = None
    lang: str | None = None
    encoding: str | None = None
    in_place: bool = False
    record: bool = False
    metadata: bool = False  # whether some cleaner of the run says what documents say of themselves
    force: bool = False
    write: bool = True
    diff: bool = False
    tracked: bool = False
    tally: bool = False
    again: bool = False  # clean also what is up to date
    accept: bool = False  # note what is there as a correction; with `write` off
    evidence: bool = False
    fsync: bool = True
    timeout: float | None = None  # seconds, see `limits.limited`; None in workers, which keep the time themselves


class Job(NamedTuple):
    """A document, where its clean copy goes, the number of its cleaner, and the language if it is configured.

    A document that the user `named` may be a link. `facts` is what locks say of the copy, `fingerprint` tells the
    cleaner in them, `in_git` says whether git may convert line ends of the document or the copy, and `is_at_home`
    whether the facts stand where they belong (see `known.Entry`).
    """

    document: Place
    copy: Place
    cleaner: int
    lang: str | None = None
    named: bool = False
    file: str | None = None
    facts: tuple[Fact, ...] = ()
    fingerprint: str = ""
    in_git: bool = False
    is_at_home: bool = True

    @property
    def path(self) -> Path:
        """The path of the document."""
        return self.document.path

    @property
    def target(self) -> Path:
        """The path of the copy."""
        return self.copy.path


class JobOutcome(NamedTuple):
    """What became of a document.

    `detail` says why it failed, or is the diff, or says what was done. `notes` are for the user. `tally` and
    `evidence` are there if they were asked for. `learned` are the facts to be kept of the copy, None to leave them as
    they are.
    """

    path: Path
    target: Path
    status: Status
    detail: str = ""
    notes: tuple[str, ...] = ()
    tally: Tally | None = None
    learned: tuple[Fact, ...] | None = None
    evidence: Piece | None = None


def first_look(job: Job, options: JobOptions, source: bytes, copy: bytes) -> JobOutcome | None:
    """Return what becomes of a job, if that is known without cleaning: None if the document has to be cleaned.

    `source` and `copy` are what stands in the two files. Nothing is to be written, and no record is looked at.
    """
    known = _standing(job, source, copy)
    if known.is_current(job.fingerprint):
        kept = tuple(fact for fact in known.current if fact.fingerprint == job.fingerprint)[:1]
        return JobOutcome(job.path, job.target, "unchanged", "nothing has changed", learned=kept)
    if known.is_accepted and not options.force:
        return _accepted(job, source)
    return None


def _standing(job: Job, source: bytes, copy: bytes) -> Standing:
    """Return what is known of the copy of a job."""
    if not job.facts:
        return standing((), Content(b""), Content(b""))
    return standing(job.facts, Content(source, in_git=job.in_git), Content(copy, in_git=job.in_git))


def _accepted(job: Job, source: bytes) -> JobOutcome:
    """Return the outcome for a copy that is a correction of the document as it is."""
    content = Content(source, in_git=job.in_git)
    kept = tuple(fact for fact in job.facts if content.has(fact.source))
    return JobOutcome(job.path, job.target, "corrected", "corrected by hand; it stays", learned=kept)


def run(job: Job, cleaner: Cleaner, options: JobOptions) -> JobOutcome:
    """Do one job. Never raises for anything that a document or the file system does.

    What is written is whole, even after a power failure; its name may be lost by one until the folder goes to the
    disk (`Folder.sync`), which takes several milliseconds and is done once for all jobs.
    """
    why = ""
    for _ in range(ATTEMPTS):
        try:
            return _clean_file(job, cleaner, options)
        except Changed as error:
            why = str(error)  # the next attempt cleans what is there now
        except InTheWay as error:
            why = str(error)
            break
        except OSError as error:
            why = f"{quote.name(job.target)}: cannot be written ({reason_of(error)}); nothing was changed"
            break
        except CleanerError as error:
            why = f"{quote.name(job.path)}: {error}"
            break
        except MemoryError:
            why = f"{quote.name(job.path)}: is too large for the memory there is; give it more, or split it"
            break
        except Exception as error:  # whatever is wrong with a document, the others are cleaned
            why = f"{quote.name(job.path)}: {defect(error)}"
            break
    return JobOutcome(job.path, job.target, "failed", why)


class _CleanedFile(NamedTuple):
    """A document that was read and cleaned: its bytes, what it looked like, and the bytes of its clean copy."""

    source: bytes
    seen: Seen
    cleaned: Cleaned
    clean: bytes
    notes: tuple[str, ...]


class _Existing(NamedTuple):
    """A file that stands at a place to be written: its content, and what it looked like."""

    content: bytes
    seen: Seen


class _Outputs(NamedTuple):
    """What stands at the places of the copy, the record and the metadata, and the files to go there; None for
    nothing.

    In place, the copy is the document. Record and metadata are read only if they matter: if the copy is stale, or if
    they are wanted.
    """

    copy: _Existing | None
    record: _Existing | None
    metadata: _Existing | None
    new_copy: New | None
    new_record: New | None
    new_metadata: New | None


def _clean_file(job: Job, cleaner: Cleaner, options: JobOptions) -> JobOutcome:
    """Clean a document and do with it what `options` want. Raises `OSError`, `CleanerError`."""
    file = _read_and_clean(job, cleaner, options)
    outcome = JobOutcome(job.path, job.target, "unchanged", summary(file.cleaned), file.notes)
    if options.tracked:
        from cleaner.files.conflicts import first_conflict

        if line := first_conflict(file.source):
            why = f"{quote.name(job.path)}:{line}: has merge conflict markers; resolve the conflict"
            return outcome._replace(status="failed", detail=why)
    if options.diff:
        from cleaner.files import diff

        return outcome._replace(status="diff", detail=diff.unified(file.cleaned, str(job.path), str(job.target)))
    if not (options.write or options.in_place):
        return _compare(job, file, options, outcome)
    with job.copy.folder(make=options.write) as folder:
        outputs = _look_at_outputs(folder, job, file, options)
        if outputs.new_copy and outputs.copy and not (options.in_place or options.force):
            known = _standing(job, file.source, outputs.copy.content)
            if known.copy == "corrected":
                return _of_correction(job, file, known, outcome)
        refusal = "" if options.force else _why_refused(job, file, outputs, options)
        if refusal:
            return outcome._replace(status="failed", detail=refusal)
        if not options.write:
            return outcome._replace(status="stale" if outputs.new_copy else "unchanged")
        if outputs.new_copy or outputs.new_record or outputs.new_metadata:
            notes = _write_outputs(folder, job, file, outputs, options)
            outcome = outcome._replace(status="written", notes=(*outcome.notes, *notes))
    if options.tally:
        tally = Tally()
        tally.add(file.cleaned)
        outcome = outcome._replace(tally=tally)
    if options.evidence:
        is_markdown = naming.kind_of(job.path) == "markdown" or None
        gathered = Gathered()
        gathered.add(file.cleaned, str(job.path), options.url, markdown=is_markdown)
        outcome = outcome._replace(evidence=gathered.pack())
    if options.in_place:
        return outcome
    there = file.clean if outputs.new_copy or not outputs.copy else outputs.copy.content
    return outcome._replace(learned=_learned(job, file, there))


def _of_correction(job: Job, file: _CleanedFile, known: Standing, outcome: JobOutcome) -> JobOutcome:
    """Return the outcome for a copy that a person corrected, and that is not what the cleaner would write."""
    if known.same:
        return _accepted(job, file.source)._replace(notes=outcome.notes)
    what = OUTDATED.format(quote.name(job.path.name))
    return outcome._replace(status="outdated", detail=f"{quote.name(job.target)}: {what}; {how_to_settle(job)}")


def how_to_settle(job: Job) -> str:
    """Return how to say whose a copy is."""
    path = str(job.path)
    words = ["./" + path if path.startswith("-") else path]
    if job.copy.top != job.document.top:
        words += ["--output-dir", str(job.copy.top)]
    named = " ".join(map(quote.word, words))
    return SETTLED.format(accept=f"cleaner accept {named}", replace=f"cleaner strip --force {named}")


def _learned(job: Job, file: _CleanedFile, copy: bytes) -> tuple[Fact, ...]:
    """Return what to note of a copy that is as this cleaner writes it.

    A fact that fits, with other line ends maybe, keeps its digests, so that its line in the lock changes no more than
    it must.
    """
    for fact in _standing(job, file.source, copy).current:
        return (fact._replace(fingerprint=job.fingerprint),)
    return (Fact(str(job.document.below), digest(file.source), digest(copy), job.fingerprint),)


def _read_and_clean(job: Job, cleaner: Cleaner, options: JobOptions) -> _CleanedFile:
    """Read a document and clean it. Raises `CleanerError`."""
    path = job.path
    try:
        source, seen = _read(job, options)
    except OSError as error:
        raise DocumentError(why_not_read(error)) from None
    if options.in_place and (naming.kind_of(path) == "html" or kinds.is_page_in_bytes(source)):
        raise DocumentError("is HTML, and its clean text is not; leave out --in-place")
    cleaned = _clean_bytes(job, options, cleaner, source)
    if options.in_place and cleaned.edits and REPLACED in cleaned.flags:
        raise DocumentError(NOT_IN_PLACE)
    # In place, a document without edits keeps its encoding and its byte order mark.
    clean = source if options.in_place and not cleaned.edits else cleaned.text.encode()
    if cleaned.metadata and naming.is_rendered(path, job.copy.name):
        from cleaner.files.front_matter import front_matter

        clean = front_matter(cleaned.metadata).encode() + clean
    notes = tuple(f"{quote.name(path)}: {NOTES[flag]} ({flag})" for flag in cleaned.flags)
    if not source:
        notes = (f"{quote.name(path)}: is empty; so is its clean copy",)
    return _CleanedFile(source, seen, cleaned, clean, notes)


def _read(job: Job, options: JobOptions) -> tuple[bytes, Seen]:
    """Return the content of a document, and what it looked like. Raises `OSError`, `InTheWay` among them."""
    try:
        with job.document.folder() as folder:
            return folder.read(job.document.name)
    except InTheWay as error:
        if error.errno != errno.ELOOP or not job.named or options.in_place:
            raise
    return read_named(job.path)


def _clean_bytes(job: Job, options: JobOptions, cleaner: Cleaner, source: bytes) -> Cleaned:
    """Clean a document. Raises `CleanerError`."""
    with limited(len(source), options.timeout, advice=ADVICE_AFTER_LIMIT):
        return cleaner.clean_bytes(
            source,
            kind=naming.kind_of(job.path) or "text",  # type: ignore[arg-type] # it is one of the kinds
            url=options.url,
            lang=options.lang or job.lang,
            file=job.file,
            encoding=options.encoding,
        )


def _compare(job: Job, file: _CleanedFile, options: JobOptions, outcome: JobOutcome) -> JobOutcome:
    """Say whether the copy is there and as it should be; or accept it as it is. Raises `OSError`."""
    record = None
    try:
        with job.copy.folder() as folder:
            copy = _look(folder, job.copy.name, file)
            if copy and not job.facts and _is_stale(job, copy.content, file.clean):
                record = _look_at_record(folder, naming.record_path(job.copy.below).name, file, options)
    except FileNotFoundError:
        copy = None
    if copy is None:
        return outcome._replace(status="missing")
    if not _is_stale(job, copy.content, file.clean):
        return outcome._replace(status="unchanged", learned=_learned(job, file, copy.content))
    known = _standing(job, file.source, copy.content)
    if _is_copy(job, file, copy.content, record.content if record else b""):
        return outcome._replace(status="stale")
    if known.is_accepted:
        return _accepted(job, file.source)._replace(notes=outcome.notes)
    if options.accept:
        return outcome._replace(status="accepted", learned=_learned(job, file, file.clean))
    if known.copy == "corrected":
        return _of_correction(job, file, known, outcome)
    what = NO_COPY.format(quote.name(job.path.name))
    return outcome._replace(status="unknown", detail=f"{quote.name(job.target)}: {what}; {how_to_settle(job)}")


def _is_stale(job: Job, copy: bytes, clean: bytes) -> bool:
    """Whether the copy that is there is not what it should be."""
    return copy != clean and not ours.is_same_in_git(copy, clean, job.target)


def _look(folder: Folder, name: str, file: _CleanedFile) -> _Existing | None:
    """Read what stands at the place of a copy or record, None if nothing does. Raises `OSError`."""
    try:
        return _Existing(*folder.read(name, max(MAX_OUTPUT_BYTES, MAX_GROWTH * len(file.source))))
    except FileNotFoundError:
        return None


def _look_at_record(folder: Folder, name: str, file: _CleanedFile, options: JobOptions) -> _Existing | None:
    """Read what stands at the place of the record. Raises `OSError`, but only if a record is to be written."""
    return _look_if_there(folder, name, file, wanted=options.record)


def _look_if_there(folder: Folder, name: str, file: _CleanedFile, *, wanted: bool) -> _Existing | None:
    """Read what stands at the place of an output. Raises `OSError`, but only if it is to be written."""
    try:
        return _look(folder, name, file)
    except OSError:
        if wanted:
            raise
        return None


def _look_at_outputs(folder: Folder, job: Job, file: _CleanedFile, options: JobOptions) -> _Outputs:
    """Read what stands at the places of the outputs, and say what is to go there. Raises `OSError`."""
    name, record_name = job.copy.name, naming.record_path(job.copy.below).name
    mode = file.seen.mode  # a new file is as private as the document
    copy = _Existing(file.source, file.seen) if options.in_place else _look(folder, name, file)
    is_stale = copy is None or _is_stale(job, copy.content, file.clean)
    new_copy = New(name, file.clean, copy and copy.seen, mode, copy and copy.content) if is_stale else None
    record = _look_at_record(folder, record_name, file, options) if is_stale or options.record else None
    wants_metadata = file.cleaned.metadata is not None and not naming.is_rendered(job.path, name)
    metadata, new_metadata = None, None
    if is_stale or wants_metadata:
        metadata_name = naming.metadata_path(job.copy.below).name
        metadata = _look_if_there(folder, metadata_name, file, wanted=wants_metadata)
    if wants_metadata:
        new_metadata = _new_metadata(job, metadata_name, file, metadata, is_kept=options.in_place and not is_stale)
    # In place, a document that was cleaned before is its own clean text. Its record is the way back, and stays.
    keeps_record = options.in_place and not is_stale and record and ours.fits(record.content, file.clean)
    if not options.record or keeps_record:
        return _Outputs(copy, record, metadata, new_copy, None, new_metadata)
    from cleaner.files.record import dump

    data = dump(file.cleaned, file.source, job.path.name, file.clean)
    is_stale = record is None or record.content != data
    new_record = New(record_name, data, record and record.seen, mode, record and record.content) if is_stale else None
    return _Outputs(copy, record, metadata, new_copy, new_record, new_metadata)


def _new_metadata(job: Job, name: str, file: _CleanedFile, there: _Existing | None, *, is_kept: bool) -> New | None:
    """Return the file with the metadata, None if it is there already; `is_kept`: or if it is of the clean text."""
    from cleaner.files import metafile

    data = metafile.dump(file.cleaned, file.source, job.path.name)
    if there and (there.content == data or (is_kept and metafile.is_of(there.content, file.clean, file.clean))):
        return None
    return New(name, data, there and there.seen, file.seen.mode, there and there.content)


def _why_refused(job: Job, file: _CleanedFile, outputs: _Outputs, options: JobOptions) -> str:
    """Return why the outputs must not be written, or ""."""
    copy, record, metadata, new_copy, new_record, new_metadata = outputs
    known = record.content if record else b""
    record_path = naming.record_path(job.target)
    if options.in_place:
        if new_copy and ours.is_any_record(known) and not ours.leads_to(known, file.source):
            return f"{quote.name(record_path)}: {WAY_BACK}"
    elif new_copy and copy and not _is_copy(job, file, copy.content, known):
        return f"{quote.name(job.target)}: {NO_COPY.format(quote.name(job.path.name))}; {how_to_settle(job)}"
    if new_record and not ours.is_record(known, file.source, file.clean, copy.content if copy else file.clean):
        return f"{quote.name(record_path)}: {NO_RECORD.format(quote.name(job.path.name))}"
    if new_metadata and metadata and not _is_own_metadata(metadata, file, copy):
        return f"{quote.name(naming.metadata_path(job.target))}: {NO_METADATA.format(quote.name(job.path.name))}"
    return ""


def _is_own_metadata(metadata: _Existing, file: _CleanedFile, copy: _Existing | None) -> bool:
    """Whether a file is metadata of the document or of its copy, as the cleaner wrote it."""
    from cleaner.files import metafile

    return metafile.is_of(metadata.content, file.source, file.clean, *((copy.content,) if copy else ()))


def _is_copy(job: Job, file: _CleanedFile, copy: bytes, record: bytes) -> bool:
    """Whether a file is a copy as the cleaner wrote it: by a lock, or by the file in the place of its record."""
    return _standing(job, file.source, copy).copy == "written" or ours.fits(record, copy)


def _is_outdated(record: bytes, file: _CleanedFile, copy: _Existing | None) -> bool:
    """Whether a record is ours, and is not one of the new copy."""
    is_ours = ours.is_record(record, file.source, copy.content if copy else file.clean)
    return is_ours and bool(record) and not ours.fits(record, file.clean)


def _write_outputs(folder: Folder, job: Job, file: _CleanedFile, outputs: _Outputs, options: JobOptions) -> list[str]:
    """Write the new files, and return what to say of them. Raises `OSError`.

    A record or metadata that is not wanted and no longer fits is removed if it is ours.
    """
    copy, record, metadata, new_copy, new_record, new_metadata = outputs
    # The record first: in place, the document may only be replaced once there is a way back.
    given_up = folder.write_all(
        filter(None, (new_record, new_metadata, new_copy)), sync=options.fsync, sync_names=False
    )
    if new_copy and record and not options.record and _is_outdated(record.content, file, copy):
        folder.remove(naming.record_path(job.copy.below).name, record.seen, record.content)
    if new_copy and metadata and not new_metadata and copy and _is_own_metadata(metadata, file, copy):
        folder.remove(naming.metadata_path(job.copy.below).name, metadata.seen, metadata.content)
    notes = [
        f"{quote.name(job.target.with_name(name))}: its owner and group could not be kept; it is yours now"
        for name in sorted(given_up)
    ]
    if options.in_place and new_copy and file.seen.links > 1:
        notes.append(f"{quote.name(job.path)}: has other names (hard links), which keep the old text")
    return notes


def summary(cleaned: Cleaned) -> str:
    """Return in a few words what was done to a document."""
    repairs = sum(edit.by.startswith(REPAIR_PREFIX) for edit in cleaned.edits)
    lines = removed_lines(cleaned)
    parts = [f"{lines} line{'s' * (lines != 1)} removed"] if lines else []
    parts += [f"{repairs} repair{'s' * (repairs != 1)}"] if repairs else []
    return ", ".join(parts) or "nothing to remove"
