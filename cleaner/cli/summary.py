"""What a run did: a summary for people, a report for programs."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from cleaner import __version__
from cleaner.cli.common import count
from cleaner.cli.shards import Result
from cleaner.files import atomic
from cleaner.tally import Tally

MAX_REMOVERS = 5  # rules in the summary; the report has all


def summary(headline: str, tally: Tally) -> str:
    """Return `headline` and, in indented lines below it, what went from the documents that `tally` counted."""
    cleaned = tally.documents - tally.failed
    lines = []
    if cleaned and not tally.edits:
        lines = ["nothing to remove or repair"]
    elif cleaned:
        gone = tally.words_in - tally.words_out
        share = f" ({gone / tally.words_in:.1%})" if tally.words_in else ""
        lines = [
            _join((tally.changed, "changed"), (tally.emptied, "left empty"), (tally.guarded, "guarded")),
            f"{count(tally.lines_removed, 'line')} removed, {count(tally.repairs, 'repair')}",
            f"{gone:,} of {count(tally.words_in, 'word')} removed{share}",
        ]
        if tally.rules:
            lines.append("most removals by:")
            lines += [f"{times:>8,}  {name}" for name, times in tally.rules[:MAX_REMOVERS]]
    return "\n".join([headline, *(f"  {line}" for line in lines)])


def headline_of_files(jobs: int, counts: Counter[str], failed: int, *, in_place: bool) -> str:
    """Return in one line what became of `jobs` documents; `counts` counts them by the status of their outcome."""
    written, unchanged = counts["written"], counts["unchanged"]
    if jobs and unchanged == jobs and not failed:
        copies = "1 copy was" if jobs == 1 else f"{jobs:,} copies were"
        return f"{count(jobs, 'document')}: " + ("all as they were" if in_place else f"{copies} up to date")
    what = _join((written, "written"), (unchanged, "as before" if in_place else "up to date"), (failed, "failed"))
    return f"{count(jobs, 'document')}: {what or 'nothing to clean'}"


def headline_of_shards(shards: int, files: int, tally: Tally) -> str:
    """Return in one line how many documents were in `shards` shards and, if there were any, `files` single files."""
    where = count(shards, "shard") + (f" and {count(files, 'file')}" if files else "")
    return f"{count(tally.documents, 'document')} in {where}: " + (
        f"{tally.failed:,} failed" if tally.failed else "done"
    )


def _join(*parts: tuple[int, str]) -> str:
    """Return `2 written, 1 failed` for these numbers and words, without those that are 0."""
    return ", ".join(f"{number:,} {what}" for number, what in parts if number)


class RunReport:
    """The report of a run: a JSON file, written at the end of the run if the user named one.

    `name` is the file, None for no report; it must not be one of the documents, `sources`. Raises `UsageError`.
    """

    def __init__(self, name: str | None, sources: Iterable[str | Path]) -> None:
        self._file = name and Path(name)
        if self._file and any(os.path.realpath(self._file) == os.path.realpath(source) for source in sources):
            raise click.UsageError(f"{name}: is a document; name another file for the report")

    def write(self, tally: Tally, seconds: float, shards: Sequence[Result], failures: Sequence[str]) -> None:
        """Write the report if the user asked for one. Raises `UsageError`."""
        if not self._file:
            return
        data = {
            "cleaner": __version__,
            "seconds": round(seconds, 3),
            **tally.to_dict(),
            "repairs": tally.repairs,
            "guarded": tally.guarded,
            "shards": [_shard_report(result) for result in shards],
            "failures": failures,
        }
        try:
            atomic.write(self._file, json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise click.UsageError(f"{self._file}: cannot be written ({why}); name another file") from None


def _shard_report(result: Result) -> dict[str, Any]:
    shard, ended, seconds = result
    return {
        "source": shard.source,
        "target": shard.target,
        "failures": shard.failures if ended.tally.failed or ended.problem else None,
        "error": ended.why or ended.problem or None,
        "seconds": round(seconds, 3),
        **ended.tally.to_dict(),
    }
