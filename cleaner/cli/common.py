"""What strip, check and explain share: options, finding documents, building cleaners."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from cleaner.cleaner import Cleaner
from cleaner.cli import FAILED, USAGE
from cleaner.cli.config import Config, Finder, Found
from cleaner.cli.walk import Problem, documents
from cleaner.document import Cleaned
from cleaner.errors import SettingsError
from cleaner.files import naming
from cleaner.files.job import Job
from cleaner.files.probe import mode_of
from cleaner.passes import Passes
from cleaner.shards.store import find, is_remote
from cleaner.text.encoding import known

Command = TypeVar("Command", bound=Callable[..., Any])


class FoundShard(NamedTuple):
    """A shard of a run.

    `source` is its path or URL, `relative` the same below the folder that was named, `cleaner` the number of its
    cleaner, and `lang` the language that its configuration names.
    """

    source: str
    relative: str
    cleaner: int
    lang: str | None = None


class RunPlan(NamedTuple):
    """The jobs of a run, the cleaners they use, the paths that cannot be used, and the shards."""

    jobs: list[Job]
    cleaners: list[Cleaner]
    problems: list[Problem]
    shards: list[FoundShard]


def _paths(_ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    if "" in value:  # an unset variable of a shell: Path("") would be the current folder
        raise click.UsageError("PATH: is empty; name a file or a folder")
    return value


def _encoding(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        known(value)
    return value


paths_argument = click.argument("paths", nargs=-1, required=True, metavar="PATH...", callback=_paths)


def cleaning_options(command: Command) -> Command:
    """Add the options that choose the cleaner (see `config_of`), and the documents' URL, language and encoding."""
    for option in reversed(
        (
            click.option("--level", type=click.Choice(["rules", "safe", "main"]), help="How much to remove. [safe]"),
            click.option(
                "--threshold",
                metavar="P",
                type=click.FloatRange(0, 1),
                help="Keep the lines that are content with at least this probability, instead of what the level has.",
            ),
            click.option(
                "--markdown", is_flag=True, help="HTML: mark headings, lists, emphasis and code as Markdown does."
            ),
            click.option("--url", help="Where the documents are from; chooses the rules for that site."),
            click.option("--lang", help="The language of the documents (BCP 47), where known."),
            click.option(
                "--encoding",
                metavar="NAME",
                callback=_encoding,
                help="The encoding of the documents, instead of detection.",
            ),
            click.option(
                "--rules", metavar="PATH", multiple=True, help="More rule packs: a file or a folder. Repeatable."
            ),
            click.option("--disable", metavar="ID", multiple=True, help="Leave a rule out (pack/rule, * allowed)."),
            click.option("--keep", metavar="CATEGORY", multiple=True, help="Keep a category of chrome."),
            click.option(
                "--drop", metavar="CATEGORY", multiple=True, help="Remove a category kept by default: credit."
            ),
        )
    ):
        command = option(command)
    return command


def field_option(name: str, holds: str, files: str, *, instead: bool = False) -> Callable[[Command], Command]:
    """Return the option that names a field, called `name` by default, of the documents in `files`.

    A field that is read `instead` of the text is, where it is not named, only read where there is no text.
    """
    what, usual = (f"{holds}, to read instead of text", f"{name}, without text") if instead else (holds, name)
    return click.option(
        f"--{name}-field",
        metavar="NAME",
        default=None if instead else name,
        help=f"{files}: the field with {what}. [{usual}]",
    )


def config_of(options: Mapping[str, Any]) -> Config:
    """Return what those options of `cleaning_options` say that choose the cleaner, as a configuration."""
    return Config(
        level=options["level"],
        threshold=options["threshold"],
        markdown=options["markdown"],
        disable=options["disable"],
        extend_rules=options["rules"],
        keep=options["keep"],
        drop=options["drop"],
    )


class Cleaners:
    """Builds one cleaner for each configuration that the documents of a run have."""

    def __init__(self, wanted: Config) -> None:
        self._wanted = wanted
        self._numbers: dict[Path | None, int] = {}
        self._finder = Finder()
        self.built: list[Cleaner] = []

    def found(self, path: Path) -> Found:
        """Return the configuration for a file."""
        return self._finder.for_file(path)

    def number(self, found: Found) -> int:
        """Return the number in `built` of the cleaner for a configuration."""
        if found.file not in self._numbers:
            self._numbers[found.file] = len(self.built)
            self.built.append(build(self._wanted, found))
        return self._numbers[found.file]


def build(wanted: Config, found: Found) -> Cleaner:
    """Build a cleaner; the command line adds to the configuration, and its level and threshold come first."""
    config = found.config
    threshold = wanted.threshold
    if threshold is None and wanted.level != "rules":  # which has none
        threshold = config.threshold
    try:
        return Cleaner(
            level=wanted.level or config.level or "safe",  # type: ignore[arg-type] # Cleaner checks it
            rules=[*(found.folder / path for path in config.extend_rules), *wanted.extend_rules],
            disable=[*config.disable, *wanted.disable],
            keep_categories=[*config.keep, *wanted.keep],
            drop_categories=[*config.drop, *wanted.drop],
            threshold=threshold,
            markdown=wanted.markdown or config.markdown,
        )
    except SettingsError as error:
        key, _, what = str(error).partition(": ")
        values = (config.level, config.threshold, *config.disable, *config.keep, *config.drop)
        if key in ("level", "threshold", "disable", "keep", "drop") and any(
            repr(value) in what for value in values if value is not None
        ):
            raise SettingsError(f"{found.file}: {error}") from None
        raise


def clean_document(
    cleaner: Cleaner | Passes, data: bytes, path: Path, found: Found, options: Mapping[str, Any]
) -> Cleaned:
    """Clean one document read from `path` (`-` where it has none), with what configuration and options say of it.

    Raises `DocumentError`.
    """
    return cleaner.clean_bytes(
        data,
        kind=naming.kind_of(path),  # type: ignore[arg-type] # None where the suffix says nothing
        url=options["url"],
        lang=options["lang"] or found.config.lang,
        encoding=options["encoding"],
    )


def plan(
    paths: tuple[str, ...],
    wanted: Config,
    *,
    in_place: bool = False,
    output_dir: str | None = None,
    force_exclude: bool = False,
    with_shards: bool = False,
) -> RunPlan:
    """Find the documents below `paths` and what to do with each. Raises `SettingsError`."""
    cleaners = Cleaners(wanted)
    shards = []
    remote = [path for path in paths if with_shards and is_remote(path)]
    if remote:
        paths = tuple(path for path in paths if path not in remote)
        here = cleaners.found(Path("x"))
        shards = [
            FoundShard(url, relative, cleaners.number(here), here.config.lang)
            for path in remote
            for url, relative in find(path)
        ]

    def excluded(path: Path, named: bool) -> bool:
        if named and not force_exclude:
            return False
        found = cleaners.found(path)
        return found.excludes(path, folder=stat.S_ISDIR(mode_of(path, follow=False)))

    jobs = []
    problems = []
    taken: dict[Path, Path] = {}
    for item in documents(list(map(Path, paths)), excluded, shards=with_shards):
        if isinstance(item, Problem):
            problems.append(item)
            continue
        if item.is_shard:
            found = cleaners.found(item.path)
            shard = FoundShard(str(item.path), item.relative.as_posix(), cleaners.number(found), found.config.lang)
            shards.append(shard)
            continue
        target = item.path if in_place else naming.copy_of(item.path)
        if output_dir is not None:
            target = Path(output_dir) / naming.copy_of(item.relative)
        # Looked for on the disk too: of a hook that runs in several processes, another may have that document.
        rivals = [] if in_place else [path for path in naming.rivals(item.path) if not excluded(path, False)]
        rival = rivals[0] if rivals else taken.get(target)
        if rival:
            why = f"{target} would also be the clean copy of {rival}; rename one of the two"
            problems.append(Problem(item.path, why))
            continue
        taken[target] = item.path
        found = cleaners.found(item.path)
        jobs.append(Job(item.path, target, cleaners.number(found), found.config.lang))
    if not cleaners.built:
        cleaners.number(cleaners.found(Path("x")))  # so that wrong settings are told even where nothing is to do
    return RunPlan(jobs, cleaners.built, problems, shards)


def untracked(outputs: Iterable[Path], wanted: bool) -> dict[Path, bool]:
    """Return which of `outputs` git does not track, each with whether git ignores it; where not `wanted`, none.

    Raises `SettingsError` where git cannot tell.
    """
    if not wanted:
        return {}
    from cleaner.files import git

    return git.untracked(outputs)


def say_what_to_add(outputs: list[Path], missing: dict[Path, bool]) -> None:
    """Tell the user how to add `outputs` to git, where there are any; `missing` is from `untracked`."""
    if not outputs:
        return
    from cleaner.files import git

    for path in outputs:
        if missing.get(path):
            forced = git.add_command([path], "--force")
            click.echo(f"{path}: is ignored by git; change .gitignore, or run `{forced}`")
    rest = [path for path in outputs if not missing.get(path)]
    if rest:
        click.echo(f"{count(len(rest), 'file')} to add to git:\n{git.add_command(rest)}")


def failure_code(paths: tuple[str, ...]) -> int:
    """Return the exit code of a run in which something failed: a usage error where none of `paths` exists."""
    exist = (path == "-" or is_remote(path) or mode_of(Path(path), follow=False) for path in paths)
    return FAILED if any(exist) else USAGE


def count(number: int, noun: str) -> str:
    """Return `1 document`, `2 documents`."""
    return f"{number} {noun}{'s' * (number != 1)}"
