"""What a run did, as a table for people and as a report for programs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from cleaner import __version__
from cleaner.cli.shards import Result
from cleaner.files import atomic
from cleaner.tally import Tally

TOP = 10  # rules in the table


def table(tally: Tally) -> str:
    """Return what was counted, in lines of aligned columns."""
    gone = tally.words_in - tally.words_out
    share = f"{gone / tally.words_in:.1%} less" if tally.words_in else ""
    notes = [(tally.changed, "changed"), (tally.emptied, "left empty")]
    rows = [
        ("documents", tally.documents, ", ".join(f"{number:,} {what}" for number, what in notes if number)),
        ("failed", tally.failed, ""),
        ("guarded", tally.guarded, ""),
        ("words in", tally.words_in, ""),
        ("words out", tally.words_out, share),
        ("repairs", tally.repairs, ""),
        *(("top rules" * (not number), times, name) for number, (name, times) in enumerate(tally.rules[:TOP])),
    ]
    width = max(len(f"{number:,}") for _, number, _ in rows)
    return "\n".join(f"{name:<10} {number:>{width},}  {note}".rstrip() for name, number, note in rows)


class RunReport:
    """The report of a run, written at its end to the file that was asked for, if any."""

    def __init__(self, name: str | None, sources: Iterable[str | Path]) -> None:
        """Refuse a file that is a document itself."""
        self._file = name and Path(name)
        if self._file and any(os.path.realpath(self._file) == os.path.realpath(source) for source in sources):
            raise click.UsageError(f"{name}: is a document; name another file for the report")

    def write(self, tally: Tally, seconds: float, shards: Sequence[Result], failures: Sequence[str]) -> None:
        """Write the report, where one was asked for."""
        if not self._file:
            return
        data = {
            "cleaner": __version__,
            "seconds": round(seconds, 3),
            **tally.to_dict(),
            "repairs": tally.repairs,
            "guarded": tally.guarded,
            "shards": [_of_shard(result) for result in shards],
            "failures": failures,
        }
        try:
            atomic.write(self._file, json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise click.UsageError(f"{self._file}: cannot be written ({why}); name another file") from None


def _of_shard(result: Result) -> dict[str, Any]:
    shard, ended, seconds = result
    return {
        "source": shard.source,
        "target": shard.target,
        "failures": shard.failures if ended.tally.failed or ended.broken else None,
        "error": ended.error or ended.broken or None,
        "seconds": round(seconds, 3),
        **ended.tally.to_dict(),
    }
