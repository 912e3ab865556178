"""Shards in `cleaner strip`: their options, the progress of a run, and what the run says of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cleaner import quote
from cleaner.cleaner import Cleaner
from cleaner.cli import Terminated
from cleaner.cli.common import count, field_option
from cleaner.cli.help import about_shards, options
from cleaner.cli.plan import FoundShard
from cleaner.cli.say import say
from cleaner.evidence.table import Piece
from cleaner.limits import MAX_DOCUMENT_BYTES
from cleaner.rows import METADATA_FIELD, RECORD_FIELD
from cleaner.shards import names as formats
from cleaner.shards import store

if TYPE_CHECKING:  # what shards need is loaded if there are any
    from cleaner.shards.run import Shard, ShardEnded
    from cleaner.tally import Tally

SHOWN_KINDS = 3  # kinds of failures that are named for a shard; raised, messages get longer
BAR_FROM_BYTES = 1 << 22  # a run over fewer bytes shows no progress bar


# Which fields of shards hold what.
text_field, url_field, lang_field, html_field = (
    field_option("text", "the text"),
    field_option("url", "the URL"),
    field_option("lang", "the language"),
    field_option("html", "HTML", instead=True),
)
max_document_option = about_shards(
    "--max-document",
    metavar="MB",
    type=click.IntRange(1, 1 << 20),
    default=MAX_DOCUMENT_BYTES >> 20,
    help=f"How large a document of a shard may be. [{MAX_DOCUMENT_BYTES >> 20}]",
)
# Which fields of shards hold what, whether to go on with an earlier run, and how large a document may be.
shard_options = options(
    text_field,
    url_field,
    lang_field,
    html_field,
    about_shards("--resume", is_flag=True, help="Go on with a run that was interrupted."),
    max_document_option,
)


class Result(NamedTuple):
    """What became of a shard, and how many seconds it took."""

    shard: Shard
    ended: ShardEnded
    seconds: float

    @property
    def failure(self) -> str:
        """What to say if the shard, or documents in it, could not be cleaned; "" if all is well."""
        ended, shard = self.ended, self.shard
        if ended.error:
            return ended.error
        number = ended.tally.failed
        parts = [f"{count(number, 'document')} could not be cleaned: {_why(ended.tally)}"] if number else []
        parts += [ended.broken] if ended.broken else []
        return f"{quote.name(shard.source)}: {'; '.join(parts)}; see {quote.name(shard.failures)}" if parts else ""


def _why(tally: Tally) -> str:
    """Return why documents failed, the most frequent kinds first, each with its count if there is more than one."""
    kinds = tally.kinds_of_failures
    if len(kinds) == 1 and kinds[0][0]:
        return kinds[0][0]
    shown = [f"{number:,} × {kind or 'something else'}" for kind, number in kinds[:SHOWN_KINDS]]
    more = len(kinds) - len(shown)
    return ", ".join(shown) + (f", and {more} more kind{'s' * (more > 1)}" if more else "")


def plan_shards(
    given: Sequence[FoundShard], cleaners: Sequence[Cleaner], options: dict[str, Any]
) -> tuple[list[Shard], list[str]]:
    """Return what is to become of each shard by one of the `cleaners`, and messages about those that cannot be used.

    Raises `SettingsError`.
    """
    if not given:
        return [], []
    from cleaner.rows import Fields
    from cleaner.shards.format import RowSettings
    from cleaner.shards.run import Shard

    fields = Fields(
        options["text_field"],
        options["url_field"],
        options["lang_field"],
        options["html_field"],
        RECORD_FIELD if options["record"] else None,
    )
    plain, told = fields, fields._replace(metadata=METADATA_FIELD)
    shards: list[Shard] = []
    problems: list[str] = []
    taken: dict[str, str] = {}
    for one in given:
        shown = quote.name(one.source)
        name = formats.name_of(_place_of_copy(one, options["output_dir"]))
        unwanted = next((option for option in ("in_place", "diff") if options[option]), None)
        rival = name and (taken.get(name.copy) or taken.get(name.failures))
        if name is None:
            why = formats.why_no_shard(one.source) or "is no shard; name *.jsonl, *.parquet, *.warc or *.wet files"
            problems.append(f"{shown}: {why}")
        elif unwanted:
            flag = unwanted.replace("_", "-")
            problems.append(f"{shown}: holds many documents; leave out --{flag}")
        elif rival:
            ours = f"{quote.name(name.copy)} and {quote.name(name.failures)}"
            why = f"{ours} would also be those of {quote.name(rival)}; rename one of the two"
            problems.append(f"{shown}: {why}")
        else:
            taken |= {name.copy: one.source, name.failures: one.source}
            if one.top is not None and is_evidence(one.source):
                continue
            evidence = one.source if options.get("evidence") else None
            settings = RowSettings(
                told if cleaners[one.cleaner].metadata else plain,
                options["url"],
                options["lang"] or one.lang,
                one.file,
                evidence,
            )
            reader_and_writer = formats.formats_of(one.source, options["max_document"] << 20)
            places = one.source, name.copy, name.failures
            tops = one.top, _top_of_copy(one, options["output_dir"])
            shards.append(Shard(*places, *reader_and_writer, one.cleaner, settings, *tops))
    return shards, problems


def is_evidence(source: str) -> bool:
    """Whether a shard that was found in a folder is what `--evidence` wrote there, and no document."""
    if not source.lower().endswith(formats.PARQUET):
        return False
    from cleaner.evidence import files

    try:
        with Path(source).open("rb") as file:
            return files.is_evidence(file)
    except OSError:
        return False  # cleaning the shard will say what is wrong with it


def _place_of_copy(one: FoundShard, output_dir: str | None) -> str:
    """Return the path or URL that the shard itself would have in the folder for its copy."""
    if output_dir is None:
        return one.source
    if store.is_remote(output_dir):
        return f"{output_dir.rstrip('/')}/{one.relative}"
    return str(Path(output_dir, PurePosixPath(one.relative)))


def _top_of_copy(one: FoundShard, output_dir: str | None) -> str | None:
    """Return the folder that the user named and that the copy lies in; None if the shard itself was named."""
    return one.top if output_dir is None else output_dir


def run_shards(
    shards: Sequence[Shard],
    cleaners: Sequence[Cleaner],
    workers: int,
    options: dict[str, Any],
    take_evidence: Callable[[Piece], None] | None = None,
) -> list[Result]:
    """Clean shards and say what became of each; show progress on standard error if that is a terminal.

    `take_evidence` gets the evidence of shards whose settings want it.
    """
    from cleaner.pool import Pool
    from cleaner.shards.run import RunOptions, ShardEnded, clean_shards

    run_options = RunOptions(options["timeout"], options["resume"], options["force"], options.get("fsync", True))
    quiet = options["quiet"]
    sizes = [_size_in_bytes(shard) for shard in shards]
    *before, whole = accumulate(sizes, initial=0)
    show_bar = not quiet and whole >= BAR_FROM_BYTES and sys.stderr.isatty()
    results: list[Result] = []
    done = documents = 0
    begun = since = time.monotonic()
    with (
        _resumable(),
        Pool[Any](partial(tuple, cleaners), workers) as pool,
        closing(clean_shards(shards, cleaners, pool, run_options, take_evidence)) as events,
        click.progressbar(
            length=whole, label="cleaning", file=sys.stderr, hidden=not show_bar, item_show_func=str
        ) as bar,
    ):
        for event in events:
            now = time.monotonic()
            at = before[event.shard]
            if isinstance(event, ShardEnded):
                at += sizes[event.shard]
                result = Result(shards[event.shard], event, now - since)
                since = now
                results.append(result)
                if not quiet and not show_bar and not event.error:
                    say(_describe(result))
            else:
                at += min(event.read, sizes[event.shard])
                documents += event.documents
            rate = documents / max(now - begun, 1e-3)
            bar.update(max(at - done, 0), f"{documents:,} documents, {rate:,.0f} a second")
            done = max(at, done)
    return results


@contextmanager
def _resumable() -> Iterator[None]:
    """Say how to go on if the work is interrupted."""
    try:
        yield
    except (KeyboardInterrupt, Terminated) as error:
        raise type(error)("what is done is kept, run again with --resume to go on from there") from None


def _size_in_bytes(shard: Shard) -> int:
    """Return the size of a shard, 0 if it cannot be told: cleaning the shard will say what is wrong with it."""
    try:
        if not store.is_remote(shard.source):
            return Path(shard.source).stat().st_size
        found = store.look(shard.source)
    except OSError:
        return 0
    return found.size if found else 0


def _describe(result: Result) -> str:
    """Say in one line what became of a shard that was written."""
    shard, ended, _ = result
    tally = ended.tally
    what = f"{count(tally.documents, 'document')}, {tally.changed:,} changed"
    what += f", {tally.failed:,} failed" if tally.failed else ""
    done = " (done before)" if ended.skipped else ""
    return f"{quote.name(shard.source)} -> {quote.name(shard.target)}: {what}{done}"
