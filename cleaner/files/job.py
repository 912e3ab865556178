"""One document of a run: read it, clean it, compare or write its copy, and say what happened.

`run` never raises for anything a document or the file system does: it is one document's outcome.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from cleaner.cleaner import Cleaner
from cleaner.document import Cleaned
from cleaner.errors import CleanerError, DocumentError, defect
from cleaner.files import atomic, naming
from cleaner.files.modes import mode_of
from cleaner.passes import HTML_FALLBACK, UNSTABLE
from cleaner.tally import REPAIR, Tally, removed_lines
from cleaner.text.encoding import decode
from cleaner.verdict import GUARDED, MOSTLY_REMOVED

Status = Literal["written", "unchanged", "missing", "stale", "failed", "diff"]

NOTES = {
    GUARDED: "nearly all of it looks like page chrome; only what is certain was removed, please look",
    MOSTLY_REMOVED: "nearly all of it was page chrome; please look",
    UNSTABLE: "does not settle when cleaned again and again; only repaired",
    HTML_FALLBACK: "trafilatura finds no main content; cleaned the text of the whole page",
}
RECORD_IN_THE_WAY = "{}: is the way back to an earlier state of this document; move it, or pass --force to replace it"


class JobOptions(NamedTuple):
    """What to do with every document of a run."""

    url: str | None = None
    lang: str | None = None
    encoding: str | None = None
    in_place: bool = False
    record: bool = False
    force: bool = False
    write: bool = True
    diff: bool = False
    tally: bool = False


class Job(NamedTuple):
    """A document, where its clean copy goes, and the number of the cleaner to use."""

    path: Path
    target: Path
    cleaner: int
    lang: str | None = None


class JobOutcome(NamedTuple):
    """What became of a document."""

    path: Path
    target: Path
    status: Status
    detail: str = ""
    notes: tuple[str, ...] = ()
    tally: Tally | None = None


def run(job: Job, cleaner: Cleaner, options: JobOptions) -> JobOutcome:
    """Do one job."""
    try:
        return _run(job, cleaner, options)
    except OSError as error:
        why = f"{job.target}: cannot be written ({_reason(error)}); nothing was changed"
    except CleanerError as error:
        why = f"{job.path}: {error}"
    except Exception as error:  # one document never takes others with it
        why = f"{job.path}: {defect(error)}"
    return JobOutcome(job.path, job.target, "failed", why)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _run(job: Job, cleaner: Cleaner, options: JobOptions) -> JobOutcome:
    path, target = job.path, job.target
    html = naming.kind_of(path) == "html"
    if options.in_place and html:
        raise DocumentError("is HTML, and its clean text is not; leave out --in-place")
    try:
        data = path.read_bytes()
        mode = path.stat().st_mode & 0o777
    except OSError as error:
        raise DocumentError(f"cannot be read ({_reason(error)}); check the path") from None
    cleaned = cleaner.clean_bytes(
        data,
        kind="html" if html else "text",
        url=options.url,
        lang=options.lang or job.lang,
        encoding=options.encoding,
    )
    clean = data if options.in_place and not cleaned.edits else cleaned.text.encode()
    notes = tuple(f"{path}: {NOTES[flag]} ({flag})" for flag in cleaned.flags)
    if not data:
        notes = (f"{path}: is empty; so is its clean copy",)
    if options.diff:
        from cleaner.files import diff

        return JobOutcome(path, target, "diff", diff.unified(cleaned, str(path), str(target)), notes)
    existing = data if options.in_place else _read(target)
    stale = existing != clean
    trace = naming.record_of(target)
    old_record = _read(trace) if (stale or options.record) and mode_of(trace) else None
    leads_here, fits = _belongs(old_record, data, clean)
    if options.in_place:
        refusal = RECORD_IN_THE_WAY.format(trace) if stale and not leads_here and not options.force else ""
    else:
        refusal = _refusal(path, target, existing if stale else None, cleaned, options.force)
    if refusal:
        return JobOutcome(path, target, "failed", refusal, notes)
    if not options.write:
        status: Status = "unchanged" if not stale else "missing" if existing is None else "stale"
        return JobOutcome(path, target, status, summary(cleaned), notes)
    files = [(target, clean)] if stale else []
    if options.record and not (options.in_place and not stale and old_record and fits):
        from cleaner.files import record

        new_record = record.dump(cleaned, data, path.name)
        if new_record != old_record:
            files.insert(0, (trace, new_record))  # before the document, to which in place it is the way back
    if files:
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_all(files, mode)
    if old_record and not options.record and not fits:
        trace.unlink()
    tally = Tally() if options.tally else None
    if tally:
        tally.add(cleaned)
    return JobOutcome(path, target, "written" if files else "unchanged", summary(cleaned), notes, tally)


def _read(path: Path) -> bytes | None:
    """Return what a file holds, or None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _belongs(record: bytes | None, data: bytes, clean: bytes) -> tuple[bool, bool]:
    """Return whether a record leads back to `data`, and whether it does so from `clean`; what is no record does."""
    if record is None:
        return True, True
    from cleaner.files.record import digests, sha256

    source_was, clean_was = digests(record)
    return source_was in ("", sha256(data)), clean_was in ("", sha256(clean))


def _refusal(path: Path, target: Path, existing: bytes | None, cleaned: Cleaned, force: bool) -> str:
    """Say why a copy must not be written in the place of `existing`, or ""."""
    if existing is not None and target.samefile(path):
        return f"{target}: is {path.name} itself by another name; remove this link"
    if existing and not force and not _is_copy(existing, cleaned):
        return (
            f"{target}: is not a copy of {path.name} that the cleaner wrote; move it, or pass --force to replace it"
        )
    return ""


PROBES = 64
PROBE = 16  # characters


def _is_copy(existing: bytes, cleaned: Cleaned) -> bool:
    """Whether a file reads like an older clean copy of a document: by samples of it that the document has too."""
    try:
        text = decode(existing).text
    except CleanerError:
        return False
    size = min(PROBE, len(text))
    step = max(1, (len(text) - size) // PROBES)
    probes = [text[i : i + size] for i in range(0, len(text) - size + 1, step)]
    original = cleaned.original
    return 4 * sum(probe in cleaned.text or probe in original for probe in probes) >= len(probes)


def summary(cleaned: Cleaned) -> str:
    """Say in a few words what was done to a document."""
    repairs = sum(edit.by.startswith(REPAIR) for edit in cleaned.edits)
    lines = removed_lines(cleaned)
    parts = [f"{lines} line{'s' * (lines != 1)} removed"] if lines else []
    parts += [f"{repairs} repair{'s' * (repairs != 1)}"] if repairs else []
    return ", ".join(parts) or "nothing to remove"
