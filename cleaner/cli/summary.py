"""What a run did: a summary for people, a report for programs."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cleaner import quote
from cleaner.cli.common import count, folder_to_write
from cleaner.cli.shards import Result
from cleaner.files.folder import New
from cleaner.tally import Tally
from cleaner.version import __version__

MAX_REMOVERS = 5  # rules in the summary; the report has all


def summary(headline: str, tally: Tally) -> str:
    """Return `headline` and, in indented lines below it, what went from the documents that `tally` counted.

    The line after `headline` is like `46 changed: 696 lines and 2,470 of 16,907 words (14.6%) removed, 81 repairs`.
    """
    lines = [headline]
    if tally.edits:
        lines.append(f"  {tally.changed:,} changed: {', '.join(_changes_in_words(tally))}")
    elif tally.documents > tally.failed + tally.guarded:
        lines.append("  nothing to remove or repair")
    if others := _join((tally.emptied, "left empty"), (tally.guarded, "held back by the guard")):
        lines.append(f"  {others}")
    if top := tally.rules[:MAX_REMOVERS]:
        width = max(len(f"{removals:,}") for _, removals in top)
        lines += ["  most removals by", *(f"    {removals:>{width},}  {name}" for name, removals in top)]
    return "\n".join(lines)


def _changes_in_words(tally: Tally) -> Iterator[str]:
    """Yield what was removed, and how much was repaired."""
    if tally.lines_removed:
        words = tally.words_out + tally.words_removed  # the words of the repaired documents
        share = f" ({tally.words_removed / words:.1%})" if words else ""
        lines = count(tally.lines_removed, "line")
        yield f"{lines} and {tally.words_removed:,} of {count(words, 'word')}{share} removed"
    if tally.repairs:
        yield count(tally.repairs, "repair")


def headline_of_files(jobs: int, counts: Counter[str], failed: int, *, in_place: bool) -> str:
    """Return in one line what became of `jobs` documents; `counts` counts them by the status of their outcome."""
    written, unchanged = counts["written"], counts["unchanged"]
    if unchanged and unchanged == jobs and not failed and not in_place:
        return f"{count(jobs, 'document')}: {'1 copy was' if jobs == 1 else f'{jobs:,} copies were'} up to date"
    what = _join(
        (written, "written"),
        (unchanged, "unchanged" if in_place else "up to date"),
        (counts["corrected"], "corrected"),
        (counts["outdated"], "corrected and outdated"),
        (failed, "failed"),
    )
    return f"{count(jobs, 'document')}: {what or 'nothing to clean'}"


def headline_of_shards(done: Sequence[Result], jobs: int, tally: Tally, unusable: int) -> str:
    """Return in one line what became of the documents in shards and in `jobs` files beside them.

    `unusable` is the number of paths that could not be begun.
    """
    where = count(len(done), "shard") + (f" and {count(jobs, 'file')}" if jobs else "")
    broken = sum(bool(result.ended.error) for result in done)
    what = _join(
        (tally.failed, "failed"),
        (broken, f"shard{'s' * (broken != 1)} not finished"),
        (unusable, f"path{'s' * (unusable != 1)} not usable"),
    )
    return f"{count(tally.documents, 'document')} in {where}: {what or 'all cleaned'}"


def _join(*parts: tuple[int, str]) -> str:
    """Return `2 written, 1 failed` for these numbers and words, without those that are 0."""
    return ", ".join(f"{number:,} {what}" for number, what in parts if number)


REPORT_BEGINS = b'{\n "cleaner": "'  # as `RunReport.write` writes it


class RunReport:
    """The report of a run: a JSON file, written at the end of the run if the user named one.

    `name` is the file, None for no report; it must not be one of the documents, `sources`, and only a report is
    replaced, unless `force` says otherwise. Raises `UsageError`, also for a place where no report can be written:
    that is said before anything is done.
    """

    def __init__(self, name: str | None, sources: Iterable[str | Path], *, force: bool = False) -> None:
        self._file = name and Path(name)
        if not self._file:
            return
        if any(os.path.realpath(self._file) == os.path.realpath(source) for source in sources):
            raise click.UsageError(f"{quote.name(self._file)}: is a document; name another file for the report")
        if not (self._open(self._file) or force):
            why = "is no report of the cleaner; name another file, or pass --force to replace it"
            raise click.UsageError(f"{quote.name(self._file)}: {why}")

    def write(self, tally: Tally, seconds: float, shards: Sequence[Result], failures: Sequence[str]) -> None:
        """Write the report if the user asked for one. Raises `UsageError`."""
        data = {
            "seconds": round(seconds, 3),
            **tally.to_dict(),
            "repairs": tally.repairs,
            "guarded": tally.guarded,
            "shards": [_shard_report(result) for result in shards],
            "failures": failures,
        }
        self.write_data(data)

    def write_data(self, data: Mapping[str, Any]) -> None:
        """Write other data as the report, if the user asked for one. Raises `UsageError`."""
        if not self._file:
            return
        text = quote.in_json(json.dumps({"cleaner": __version__, **data}, ensure_ascii=False, indent=1))
        self._open(self._file, text.encode() + b"\n")

    def _open(self, file: Path, data: bytes | None = None) -> bool:
        """Look at the place of the report, and write it if there are `data`. Raises `UsageError`.

        Returns whether what is there may be replaced: nothing, an empty file, or a report.
        """
        with folder_to_write(file) as folder:
            old = folder.look(file.name)
            if data is not None:
                folder.write_all([New(file.name, data, old)])
            elif old:
                with os.fdopen(folder.open(file.name), "rb") as there:
                    return there.read(len(REPORT_BEGINS)) in (b"", REPORT_BEGINS)
        return True


def _shard_report(result: Result) -> dict[str, Any]:
    shard, ended, seconds = result
    return {
        "source": shard.source,
        "target": shard.target,
        "failures": shard.failures if ended.tally.failed or ended.broken else None,
        "error": ended.error or ended.broken or None,
        "seconds": round(seconds, 3),
        **ended.tally.to_dict(),
    }
