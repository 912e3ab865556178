"""`cleaner learn`: learn from many documents what is chrome on their sites, and write it down as rule packs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cleaner import quote
from cleaner.arguments import checked_url
from cleaner.cli import DONE, complete
from cleaner.cli.common import (
    LEARNED,
    checked,
    count,
    disable_option,
    encoding_option,
    failure_code,
    force_exclude_option,
    gitignore_option,
    jobs_option,
    paths_argument,
    quiet_option,
    rules_option,
    timeout_option,
)
from cleaner.cli.config import HERE, Finder
from cleaner.cli.help import Command, about_input, about_output, about_run
from cleaner.cli.passed import Passed
from cleaner.cli.say import say
from cleaner.cli.shards import html_field, max_document_option, text_field, url_field
from cleaner.cli.summary import RunReport
from cleaner.cli.walk import FoundDocument, Problem, documents
from cleaner.errors import SettingsError
from cleaner.files.folder import Place
from cleaner.settings import Settings
from cleaner.shards import names as formats
from cleaner.shards import store

if TYPE_CHECKING:  # what learning needs is loaded if there is something to learn from
    from cleaner.learn.folder import SiteReport
    from cleaner.learn.run.run import Learned, Progress
    from cleaner.learn.run.sources import Source

BAR_FROM_BYTES = 1 << 22  # a run over fewer bytes shows no progress bar
MAX_SITES = 20  # in the table; the report has all
MAX_NAME_CHARS = 60  # of a site in the table; fields may hold anything
MAX_SAID = 20  # documents that cannot be read, of which it is said why; the report has more
MAX_REPORTED = 10_000  # documents that cannot be read, in the report; all are counted


@click.command(
    "learn",
    cls=Command,
    examples={
        "cleaner learn crawl.jsonl.gz": "a pack for each site, in learned/",
        "cleaner learn --by folder sites/": "the documents of a site share a folder",
        "cleaner strip --rules learned/ crawl.jsonl.gz": "clean with what was learned",
    },
)
@paths_argument
@rules_option
@disable_option
@force_exclude_option
@gitignore_option
@about_input(
    "--url",
    callback=checked(checked_url),
    help="Where the documents are from, if all are from one site and do not say so themselves.",
)
@encoding_option
@about_input(
    "--by",
    metavar="FIELD",
    help="What tells the site of a document: a field of shards, or `folder` for where it lies. [the host of the URL]",
)
@text_field
@url_field
@html_field
@max_document_option
@about_output(
    "--output-dir",
    "-o",
    metavar="DIR",
    default=LEARNED,
    shell_complete=complete.folders,
    help=f"Write the packs below this folder. [{LEARNED}]",
)
@timeout_option
@jobs_option
@about_run(
    "--report",
    metavar="FILE.json",
    shell_complete=complete.files,
    help="Write to this file what was learned, in numbers, of each site.",
)
@quiet_option
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Learn which lines are chrome on a site: those that stand on many of its documents.

    Writes a rule pack for each site with five or more documents, to be reviewed by people and kept in git. A PATH is
    what `cleaner strip` takes, except standard input; name the originals, not copies that were cleaned. Documents
    without a URL are told apart by what they have in common. What rules take already is not learned. The packs in DIR
    are learned anew, and what a person changed there stays.
    """
    if "-" in paths:
        raise click.UsageError(
            "standard input (-) is one document, and it takes many to learn; name files or folders"
        )
    begun = time.monotonic()
    report = RunReport(options["report"], [path for path in paths if not store.is_remote(path)])
    done = learn(paths, Path(options["output_dir"]), options)
    if not options["quiet"]:
        for line in _table(done.learned, Path(options["output_dir"])):
            say(line)
    report.write_data(_report(done, time.monotonic() - begun))
    return failure_code(paths) if done.failures else DONE


class Done(NamedTuple):
    """What became of a run: what was learned, what failed, and how many documents could not be read."""

    learned: Learned
    failures: list[str]
    unread: int

    @property
    def has_packs(self) -> bool:
        """Whether there is a pack of some site."""
        return any(site.file for site in self.learned.sites)


def learn(paths: Sequence[str], out: Path, options: Mapping[str, Any], *, told: bool = True) -> Done:
    """Learn from the documents that `paths` name or hold, and say what fails and why nothing was learned, if so.

    `options` are those of the command; `strip` has most of them. What is wrong with documents is not to be `told` by
    a command that reads them all again, and is not among the failures then. Raises `SettingsError`, `CleanerError`.
    """
    from cleaner.learn.knowledge import knowledge_of
    from cleaner.learn.run.run import learn as run
    from cleaner.learn.run.tasks import Options
    from cleaner.learn.survey import Unread

    _check_folder(out)
    settings = _settings(out, options)
    if settings.packs:
        knowledge_of(settings)  # a pack that is wrong ends the command here, and not the work on each site
    sources, problems = _plan(paths, out, options)
    failures = problems if told else []
    for failure in failures:
        say(failure, err=True)
    unread = 0

    def tell(one: Unread) -> None:
        nonlocal unread
        unread += 1
        if not told:
            return
        message = f"{quote.name(one.name)}: {one.why}"
        if unread <= MAX_REPORTED:
            failures.append(message)
        if unread <= MAX_SAID:
            say(message, err=True)

    how = Options(settings, out, options.get("by"), options["timeout"], has_own_url=not options["url"])
    bar = _Bar(sources, quiet=options["quiet"])
    with bar:
        learned = run(sources, how, options["jobs"] or os.cpu_count() or 1, unread=tell, progress=bar.show)
    if told and unread > MAX_SAID:
        say(f"{count(unread - MAX_SAID, 'more document')} could not be read", err=True)
    for site in learned.sites:
        if site.error:
            failures.append(site.error)
            say(site.error, err=True)
    if why := _why_not_by(learned, options.get("by")):
        say(why, err=True)
    if not options["quiet"] and (why := _why_nothing(learned, unread, out)):
        say(f"nothing was learned: {why}", err=True)
    return Done(learned, failures, unread)


def _check_folder(out: Path) -> None:
    """Check that there can be a folder for packs, before there is much work to lose. Raises `SettingsError`.

    A folder that is named may be a link. The usual name may be one that somebody planted.
    """
    there = next(path for path in (out, *out.parents) if os.path.lexists(path))
    if not there.is_dir():
        raise SettingsError(f"{quote.name(there)}: is no folder; move it away, or have packs written elsewhere")
    if out == Path(LEARNED) and out.is_symlink():
        raise SettingsError(f"{quote.name(out)}: is a link, which is not followed; learn into what it leads to")


def _settings(out: Path, options: Mapping[str, Any]) -> Settings:
    """Return the rules that are known: those that ship, and those of options and configuration but for learned ones.

    The configuration is the one that counts in the folder `out`. Raises `SettingsError`.
    """
    found = Finder().for_file(out / "x")
    named = options["rules"]
    rules = [path for path in (*found.rules(named), *map(Path, named)) if not _is_below(path, out)]
    settings = Settings.of("safe", rules=rules, disable=[*found.config.disable, *options["disable"]])
    return replace(settings, packs=tuple(pack for pack in settings.packs if not _is_below(Path(pack.name), out)))


def _is_below(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or lies below it, links followed."""
    try:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    except ValueError:  # it has a NUL
        return False


def _plan(paths: Sequence[str], out: Path, options: Mapping[str, Any]) -> tuple[list[Source], list[str]]:
    """Return what is to be read, and messages about paths that cannot be. Raises `SettingsError`."""
    from cleaner.learn.run.sources import FileSource

    finder = Finder()
    passed = Passed()

    def respects_git(folder: Path) -> bool:
        wanted, found = options["respect_gitignore"], finder.for_file(folder / HERE)
        return (found.config.respect_gitignore if wanted is None else wanted) is not False

    def excluded(path: Path, named: bool) -> bool:
        if _is_below(path, out):  # what was learned is no document
            return True
        if named and not options["force_exclude"]:
            return False
        return finder.for_file(path).excludes(path, folder=path.is_dir() and not path.is_symlink())

    sources: list[Source] = []
    problems: list[str] = []
    for url in filter(store.is_remote, paths):
        for name, relative in store.find(url):
            folder = PurePosixPath(url.rstrip("/").rpartition("/")[2], relative).parent.as_posix()
            _add_shard(sources, problems, name, None, relative, folder, options)
    local = [Path(path) for path in paths if not store.is_remote(path)]
    for path in local:
        if _is_below(path, out):
            why = "is where packs are written, and is not read; name another --output-dir"
            problems.append(f"{quote.name(path)}: {why}")
    for item in documents(local, excluded, respects_git, passed, shards=True):
        if isinstance(item, Problem):
            problems.append(f"{quote.name(item.path)}: {item.why}")
            continue
        name, folder = item.below.as_posix(), _folder_of(item)
        if item.is_shard:
            top = None if item.named else str(item.top)
            _add_shard(sources, problems, str(item.path), top, name, folder, options)
        else:
            place = Place(item.top, item.below)
            sources.append(FileSource(place, name, folder, options["url"], options["encoding"], item.named))
    if not sources and not problems:
        passed.check_any()
    return sources, problems


def _folder_of(item: FoundDocument) -> str:
    """Return the folder of a document, with the name of the folder that the user named."""
    top = os.path.basename(os.path.realpath(item.top))  # noqa: PTH119 # Path("/").name is "" as well
    return PurePath(top, item.below.parent).as_posix()


def _add_shard(
    sources: list[Source],
    problems: list[str],
    source: str,
    top: str | None,
    name: str,
    folder: str,
    options: Mapping[str, Any],
) -> None:
    """Add a shard to `sources`, or to `problems` what is wrong with it. Raises `SettingsError`."""
    if formats.name_of(source) is None:
        why = formats.why_no_shard(source) or "is no shard; name *.jsonl, *.parquet, *.warc or *.wet files"
        problems.append(f"{quote.name(source)}: {why}")
        return
    from cleaner.learn.run.sources import ShardSource
    from cleaner.rows import Fields
    from cleaner.shards.format import RowSettings

    fields = Fields(options["text_field"], options["url_field"], html=options["html_field"], error=None)
    form, _ = formats.formats_of(source, options["max_document"] << 20)
    sources.append(ShardSource(source, top, name, folder, form, RowSettings(fields, options["url"])))


class _Bar:
    """The progress of a run on standard error, if that is a terminal and there is much to do.

    The two readings of the input count their bytes, and learning as many as one of them.
    """

    def __init__(self, sources: Sequence[Source], *, quiet: bool) -> None:
        from cleaner.learn.run.sources import FileSource

        self._sizes = [one.size if isinstance(one, FileSource) else _size_of(one.source) for one in sources]
        *self._before, self._whole = accumulate(self._sizes, initial=0)
        self._is_file = [isinstance(one, FileSource) for one in sources]
        hidden = quiet or self._whole < BAR_FROM_BYTES or not sys.stderr.isatty()
        self._bar = click.progressbar(
            length=3 * self._whole, label="learning", file=sys.stderr, hidden=hidden, item_show_func=str
        )
        self._done = 0

    def __enter__(self) -> None:
        self._bar.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._bar.__exit__(*error)

    def show(self, progress: Progress) -> None:
        """Show how far the run is."""
        from cleaner.learn.run.run import LEARNING, STEPS

        if progress.step == LEARNING:
            at = self._whole * progress.sites // max(progress.of, 1)
            what = f"{count(progress.sites, 'site')} learned"
        else:
            size = self._sizes[progress.source]
            at = self._before[progress.source]
            at += size if self._is_file[progress.source] else min(progress.read, size)
            what = f"{progress.step} documents"
        at += STEPS.index(progress.step) * self._whole
        self._bar.update(max(at - self._done, 0), what)
        self._done = max(at, self._done)


def _size_of(source: str) -> int:
    """Return the size of a shard in bytes, 0 if it cannot be told."""
    try:
        if not store.is_remote(source):
            return Path(source).stat().st_size
        found = store.look(source)
    except OSError:
        return 0
    return found.size if found else 0


def _why_not_by(learned: Learned, by: str | None) -> str:
    """Return why documents are not grouped by the field `by`, "" if they are: none of them has it."""
    from cleaner.learn.run.tasks import BY_FOLDER

    chosen = learned.chosen
    if not by or by == BY_FOLDER or chosen.sites_with_few or not chosen.thresholds or any(chosen.thresholds):
        return ""
    how = "documents are told apart by what they have in common"
    return f"no document has a string in the field {quote.name(by)}, so {how}; check its name"


def _why_nothing(learned: Learned, unread: int, out: Path) -> str:
    """Return why there is no rule, and what to do; "" if there is one."""
    chosen, read = learned.chosen, learned.documents - unread
    if not learned.documents:
        where = f"outside of {quote.name(out)}, where packs go"
        return f"there are no documents; name files or folders that hold some {where}, and not only clean copies"
    if read <= 0:
        return f"{count(learned.documents, 'document')}, none of which could be read; see above"
    if read == 1:
        return "there is one document; what is chrome shows on five or more of a site"
    if chosen.texts == 1:
        return f"all {read:,} documents are the same text; what is chrome shows on five or more that differ"
    if not chosen.thresholds:
        where = count(chosen.sites_with_few, "site")
        return f"{where} with fewer than five texts; what is chrome shows on five or more, so add documents"
    if not any(site.rules or site.left_out or site.error for site in learned.sites):
        why = "no line repeats that is taken for chrome and not known already"
        return f"{why}; look at some documents with `cleaner explain`"
    return ""


def _table(learned: Learned, out: Path) -> list[str]:
    """Return a table of the sites with the most documents, a line about the others, and where the packs are."""
    found = sorted((site for site in learned.sites if not site.error), key=lambda site: (-site.documents, site.name))
    if not found:
        return []
    rows: list[Sequence[str]] = [("site", "documents", "rules", "lines", "words", "guesses")]
    rows += [_cells(site.name, [site]) for site in found[:MAX_SITES]]
    if rest := found[MAX_SITES:]:
        rows.append(_cells(f"and {count(len(rest), 'other site')}", rest))
    first, *widths = (max(map(len, column)) for column in zip(*rows, strict=True))
    lines = []
    for name, *cells in rows:
        numbers = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        lines.append("  ".join([name.ljust(first), *numbers]))
    if few := learned.chosen.sites_with_few:
        lines.append(f"{count(few, 'more site')} with fewer than five texts, of which nothing can be learned")
    lines += _left_out(found)
    packs = sum(bool(site.file) for site in found)
    new = sum(site.written for site in found)
    if packs:
        where = quote.word(str(out))
        lines.append(f"{count(packs, 'pack')} in {quote.name(out)}, {new:,} of them new or changed")
        lines.append(f"to use what you have reviewed: cleaner strip --rules {where} PATH...")
    return lines


def _left_out(sites: Sequence[SiteReport]) -> list[str]:
    """Return lines about the rules that are in no pack, and why."""
    lines = []
    if full := [site for site in sites if site.left_out and site.file]:
        rules = sum(site.left_out for site in full)
        lines.append(f"{count(rules, 'rule')} of {count(len(full), 'site')} left out: a pack holds the surest")
    if untold := [site for site in sites if site.left_out and not site.file]:
        why = "too few lines tell its documents from others; give them URLs"
        lines.append(f"{count(len(untold), 'site')} without a pack: {why}")
    return lines


def _cells(name: str, sites: Sequence[SiteReport]) -> tuple[str, ...]:
    """Return a row of the table: the counts of some sites together."""
    lines, words = sum(site.lines for site in sites), sum(site.words for site in sites)
    shown = name if len(name) <= MAX_NAME_CHARS else f"{name[:MAX_NAME_CHARS]}…"
    return (
        quote.name(shown or "no site"),
        f"{sum(site.documents for site in sites):,}",
        f"{sum(site.rules for site in sites):,}",
        _share(sum(site.covered_lines for site in sites), lines),
        _share(sum(site.covered_words for site in sites), words),
        f"{sum(site.guesses for site in sites):,}",
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _report(done: Done, seconds: float) -> dict[str, Any]:
    """Return what was learned as data."""
    learned = done.learned
    return {
        "seconds": round(seconds, 3),
        "documents": learned.documents,
        "unread": done.unread,
        "texts": learned.chosen.texts,
        "sites_with_few_texts": learned.chosen.sites_with_few,
        "sites": [site._asdict() for site in learned.sites],
        "failures": done.failures,
    }
