"""One document of a run: read it, clean it, compare or write its copy, and say what happened.

The steps are those of `_clean_file`: read and clean; show a diff, if one is wanted; look at what stands at the places
to be written; refuse to replace what the cleaner did not write; compare only, or write.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from cleaner.cleaner import Cleaner
from cleaner.document import Cleaned
from cleaner.errors import CleanerError, DocumentError, defect
from cleaner.files import atomic, naming
from cleaner.files.probe import mode_of
from cleaner.limits import ADVICE_AFTER_LIMIT, limited
from cleaner.passes import HTML_FALLBACK, UNSTABLE
from cleaner.tally import REPAIR_PREFIX, Tally, removed_lines
from cleaner.text.encoding import decode
from cleaner.verdict import GUARDED, MOSTLY_REMOVED

Status = Literal["written", "unchanged", "missing", "stale", "failed", "diff"]

NOTES = {  # what to say of a document with a flag
    GUARDED: "nearly all of it looks like page chrome; only what is certain was removed, please look",
    MOSTLY_REMOVED: "nearly all of it was page chrome; please look",
    UNSTABLE: "does not settle when cleaned again and again; only repaired",
    HTML_FALLBACK: "trafilatura finds no main content; cleaned the text of the whole page",
}
# For cleaning in place, if the record that is there leads back to a text that is not the document as it is now.
RECORD_IN_THE_WAY = "{}: is the way back to an earlier state of this document; move it, or pass --force to replace it"


class JobOptions(NamedTuple):
    """What to do with every document of a run; the names are those of the options of the command."""

    url: str | None = None
    lang: str | None = None
    encoding: str | None = None
    in_place: bool = False
    record: bool = False
    force: bool = False
    write: bool = True
    diff: bool = False
    tally: bool = False
    timeout: float | None = None  # seconds, see `limits.limited`; None in workers, which keep the time themselves


class Job(NamedTuple):
    """A document, where its clean copy goes, the number of its cleaner, and the language if it is configured."""

    path: Path
    target: Path
    cleaner: int
    lang: str | None = None


class JobOutcome(NamedTuple):
    """What became of a document.

    `detail` says why it failed, or is the diff, or says what was done. `notes` are for the user. A `tally` is there
    if it was asked for.
    """

    path: Path
    target: Path
    status: Status
    detail: str = ""
    notes: tuple[str, ...] = ()
    tally: Tally | None = None


def run(job: Job, cleaner: Cleaner, options: JobOptions) -> JobOutcome:
    """Do one job. Never raises for anything that a document or the file system does."""
    try:
        return _clean_file(job, cleaner, options)
    except OSError as error:
        why = f"{job.target}: cannot be written ({_reason_of(error)}); nothing was changed"
    except CleanerError as error:
        why = f"{job.path}: {error}"
    except Exception as error:  # whatever is wrong with a document, the others are cleaned
        why = f"{job.path}: {defect(error)}"
    return JobOutcome(job.path, job.target, "failed", why)


def _reason_of(error: OSError) -> str:
    """Return what the system says of an error."""
    return error.strerror or type(error).__name__


class _CleanedFile(NamedTuple):
    """A document that was read and cleaned: its bytes and permissions, and the bytes of its clean copy."""

    source: bytes
    mode: int
    cleaned: Cleaned
    clean: bytes
    notes: tuple[str, ...]


class _Existing(NamedTuple):
    """What stands at the places to be written.

    `copy` are the bytes of the file at the target, None if there is none; in place they are those of the document.
    `record` is the same for the record. It is read only if it matters: if the copy is stale or a record is wanted.
    """

    copy: bytes | None
    is_stale: bool  # the copy is not what it should be
    record_path: Path
    record: bytes | None
    record_leads_here: bool  # the record gives back the document as it is now, or there is none
    record_fits_copy: bool  # the record is one for the clean text as it is to be, or there is none


def _clean_file(job: Job, cleaner: Cleaner, options: JobOptions) -> JobOutcome:
    """Clean a document and do with it what `options` want. Raises `OSError`, `CleanerError`."""
    file = _read_and_clean(job, cleaner, options)
    outcome = JobOutcome(job.path, job.target, "unchanged", summary(file.cleaned), file.notes)
    if options.diff:
        from cleaner.files import diff

        return outcome._replace(status="diff", detail=diff.unified(file.cleaned, str(job.path), str(job.target)))
    existing = _look_at_outputs(job, file, options)
    if refusal := _why_refused(job, file, existing, options):
        return outcome._replace(status="failed", detail=refusal)
    if not options.write:
        status: Status = "missing" if existing.copy is None else "stale"
        return outcome._replace(status=status) if existing.is_stale else outcome
    if _write_outputs(job, file, existing, options):
        outcome = outcome._replace(status="written")
    if options.tally:
        tally = Tally()
        tally.add(file.cleaned)
        outcome = outcome._replace(tally=tally)
    return outcome


def _read_and_clean(job: Job, cleaner: Cleaner, options: JobOptions) -> _CleanedFile:
    """Read a document and clean it. Raises `CleanerError`."""
    path = job.path
    html = naming.kind_of(path) == "html"
    if options.in_place and html:
        raise DocumentError("is HTML, and its clean text is not; leave out --in-place")
    try:
        source = path.read_bytes()
        mode = path.stat().st_mode & 0o777
    except OSError as error:
        raise DocumentError(f"cannot be read ({_reason_of(error)}); check the path") from None
    with limited(len(source), options.timeout, advice=ADVICE_AFTER_LIMIT):
        cleaned = cleaner.clean_bytes(
            source,
            kind="html" if html else "text",
            url=options.url,
            lang=options.lang or job.lang,
            encoding=options.encoding,
        )
    # In place, a document without edits keeps its encoding and its byte order mark.
    clean = source if options.in_place and not cleaned.edits else cleaned.text.encode()
    notes = tuple(f"{path}: {NOTES[flag]} ({flag})" for flag in cleaned.flags)
    if not source:
        notes = (f"{path}: is empty; so is its clean copy",)
    return _CleanedFile(source, mode, cleaned, clean, notes)


def _look_at_outputs(job: Job, file: _CleanedFile, options: JobOptions) -> _Existing:
    """Read the copy and the record that are there, and compare them with those to be written. Raises `OSError`."""
    copy = file.source if options.in_place else _read_if_exists(job.target)
    is_stale = copy != file.clean
    record_path = naming.record_path(job.target)
    record = _read_if_exists(record_path) if (is_stale or options.record) and mode_of(record_path) else None
    leads_here, fits_copy = _record_belongs(record, file.source, file.clean)
    return _Existing(copy, is_stale, record_path, record, leads_here, fits_copy)


def _read_if_exists(path: Path) -> bytes | None:
    """Return the bytes of a file, None if there is no file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _record_belongs(record: bytes | None, source: bytes, clean: bytes) -> tuple[bool, bool]:
    """Return whether a record is of the document `source`, and whether it is of the clean text `clean`.

    Both are true without a record, and for a file that is no record: nothing is lost with it.
    """
    if record is None:
        return True, True
    from cleaner.files.record import digests, sha256

    source_was, clean_was = digests(record)
    return source_was in ("", sha256(source)), clean_was in ("", sha256(clean))


def _why_refused(job: Job, file: _CleanedFile, existing: _Existing, options: JobOptions) -> str:
    """Return why the outputs must not be written, or "". Raises `OSError`."""
    path, target = job.path, job.target
    if not existing.is_stale:
        return ""
    if options.in_place:
        in_the_way = not existing.record_leads_here and not options.force
        return RECORD_IN_THE_WAY.format(existing.record_path) if in_the_way else ""
    if existing.copy is None:
        return ""
    if target.samefile(path):
        return f"{target}: is {path.name} itself by another name; remove this link"
    if existing.copy and not options.force and not _is_copy(existing.copy, file.cleaned):
        what = f"is not a copy of {path.name} that the cleaner wrote"
        return f"{target}: {what}; move it, or pass --force to replace it"
    return ""


def _write_outputs(job: Job, file: _CleanedFile, existing: _Existing, options: JobOptions) -> bool:
    """Write the copy and the record as far as they are stale; return whether anything was. Raises `OSError`.

    A record that is not wanted and no longer fits is removed.
    """
    files = [(job.target, file.clean)] if existing.is_stale else []
    # In place, a document that was cleaned before is its own clean text. Its record is the way back, and stays.
    keeps_record = options.in_place and not existing.is_stale and existing.record and existing.record_fits_copy
    if options.record and not keeps_record:
        from cleaner.files import record

        new_record = record.dump(file.cleaned, file.source, job.path.name)
        if new_record != existing.record:
            # First of the two: in place, the document may only be replaced once there is a way back.
            files.insert(0, (existing.record_path, new_record))
    if files:
        job.target.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_all(files, file.mode)
    if existing.record and not options.record and not existing.record_fits_copy:
        existing.record_path.unlink()
    return bool(files)


# How a file is recognised as an older copy of a document: this many samples of it, evenly spread, each of this many
# characters. A quarter of them must be in the document; newer rules may have removed the others.
PROBES = 64
PROBE_CHARS = 16


def _is_copy(existing: bytes, cleaned: Cleaned) -> bool:
    """Whether a file reads like an older clean copy of a document."""
    try:
        text = decode(existing).text
    except CleanerError:
        return False
    size = min(PROBE_CHARS, len(text))
    step = max(1, (len(text) - size) // PROBES)
    probes = [text[i : i + size] for i in range(0, len(text) - size + 1, step)]
    original = cleaned.original
    return 4 * sum(probe in cleaned.text or probe in original for probe in probes) >= len(probes)


def summary(cleaned: Cleaned) -> str:
    """Return in a few words what was done to a document."""
    repairs = sum(edit.by.startswith(REPAIR_PREFIX) for edit in cleaned.edits)
    lines = removed_lines(cleaned)
    parts = [f"{lines} line{'s' * (lines != 1)} removed"] if lines else []
    parts += [f"{repairs} repair{'s' * (repairs != 1)}"] if repairs else []
    return ", ".join(parts) or "nothing to remove"
