"""One document of a run: read it, clean it, compare or write its copy, and say what happened.

`run` never raises for anything a document or the file system does: it is one document's outcome.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from cleaner.cleaner import HTML_FALLBACK, UNSTABLE, Cleaner
from cleaner.document import Cleaned
from cleaner.encoding import decode
from cleaner.errors import CleanerError
from cleaner.files import atomic, naming
from cleaner.verdict import GUARDED, MOSTLY_REMOVED

Status = Literal["written", "unchanged", "missing", "stale", "failed", "diff"]

NOTES = {
    GUARDED: "nearly all of it looks like page chrome; only what is certain was removed, please look",
    MOSTLY_REMOVED: "nearly all of it was page chrome; please look",
    UNSTABLE: "does not settle when cleaned again and again; only repaired",
    HTML_FALLBACK: "trafilatura finds no main content; kept the whole page and applied the rules",
}


class Options(NamedTuple):
    """What to do with every document of a run."""

    url: str | None = None
    lang: str | None = None
    encoding: str | None = None
    in_place: bool = False
    record: bool = False
    force: bool = False
    write: bool = True
    diff: bool = False


class Job(NamedTuple):
    """A document, where its clean copy goes, and the number of the cleaner to use."""

    path: Path
    target: Path
    cleaner: int
    lang: str | None = None


class Outcome(NamedTuple):
    """What became of a document."""

    path: Path
    target: Path
    status: Status
    detail: str = ""
    notes: tuple[str, ...] = ()


def run(job: Job, cleaner: Cleaner, options: Options) -> Outcome:
    """Do one job."""
    try:
        return _run(job, cleaner, options)
    except OSError as error:
        path = Path(error.filename) if isinstance(error.filename, str) else job.target
        place = path if path == job.path else job.target
        return Outcome(job.path, job.target, "failed", f"{place}: {_os_problem(error, place == job.path)}")
    except CleanerError as error:
        return Outcome(job.path, job.target, "failed", f"{job.path}: {error}")
    except (Exception, RecursionError) as error:  # one document never takes others with it
        why = (
            f"cannot be cleaned ({type(error).__name__}: {error}); this is a defect of the cleaner, please report it"
        )
        return Outcome(job.path, job.target, "failed", f"{job.path}: {why}")


def _os_problem(error: OSError, reading: bool) -> str:
    why = error.strerror or type(error).__name__
    return f"cannot be read ({why}); check the path" if reading else f"cannot be written ({why}); nothing was changed"


def _run(job: Job, cleaner: Cleaner, options: Options) -> Outcome:
    path, target = job.path, job.target
    kind = naming.kind_of(path)
    if options.in_place and kind == "html":
        return Outcome(path, target, "failed", f"{path}: is HTML, and its clean text is not; leave out --in-place")
    data = path.read_bytes()
    cleaned = cleaner.clean_bytes(
        data,
        kind="html" if kind == "html" else "text",
        url=options.url,
        lang=options.lang or job.lang,
        encoding=options.encoding,
    )
    clean = data if options.in_place and not cleaned.edits else cleaned.text.encode()
    notes = tuple(f"{path}: {NOTES[flag]} ({flag})" for flag in cleaned.flags)
    if not data:
        notes = (f"{path}: is empty; so is its clean copy",)
    if options.diff:
        return Outcome(path, target, "diff", unified_diff(cleaned, str(path), str(target)), notes)
    existing = target.read_bytes() if target.exists() else None
    stale = existing != clean
    if not options.write:
        status: Status = "unchanged" if not stale else "missing" if existing is None else "stale"
        return Outcome(path, target, status, summary(cleaned), notes)
    if not options.in_place:
        refusal = _refusal(path, target, existing if stale else None, cleaned, options.force)
        if refusal:
            return Outcome(path, target, "failed", refusal, notes)
    if options.record:
        from cleaner.files import record

        trace = naming.record_of(target)
        written = record.dump(cleaned, data, path.name)
        if not trace.exists() or trace.read_bytes() != written:
            atomic.write(trace, written)
    if stale:
        atomic.write(target, clean)
    return Outcome(path, target, "written" if stale else "unchanged", summary(cleaned), notes)


def _refusal(path: Path, target: Path, existing: bytes | None, cleaned: Cleaned, force: bool) -> str:
    """Say why the copy must not be written, or ""."""
    rivals = naming.rivals(path)
    if rivals:
        return f"{path}: {target.name} would also be the clean copy of {rivals[0].name}; rename one of the two"
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
    repairs = sum(edit.by.startswith("repair/") for edit in cleaned.edits)
    lines = sum(edit.before.strip().count("\n") + 1 for edit in cleaned.edits) - repairs
    parts = [f"{lines} line{'s' * (lines != 1)} removed"] if lines else []
    parts += [f"{repairs} repair{'s' * (repairs != 1)}"] if repairs else []
    return ", ".join(parts) or "nothing to remove"


def unified_diff(cleaned: Cleaned, before: str, after: str) -> str:
    """Return what was done to a document as a unified diff, or "" where nothing was."""
    if not cleaned.edits:
        return ""
    from difflib import unified_diff as diff

    lines = diff(cleaned.original.split("\n"), cleaned.text.split("\n"), before, after, lineterm="")
    return "\n".join(lines) + "\n"
