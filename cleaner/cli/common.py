"""What the commands share: options, cleaners, exit codes, and what to say of git."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from cleaner import quote, toml
from cleaner.arguments import checked_language, checked_url
from cleaner.cleaner import Cleaner
from cleaner.cli import FAILED, USAGE, complete
from cleaner.cli.config import HERE, Config, Finder, Found
from cleaner.cli.help import about_input, about_output, about_run, about_shards, options, what_goes
from cleaner.cli.say import say
from cleaner.document import Cleaned
from cleaner.errors import SettingsError
from cleaner.files import naming
from cleaner.files.folder import Folder, InTheWay, Place, reason_of
from cleaner.files.known import Known
from cleaner.files.probe import mode_of
from cleaner.limits import ADVICE_AFTER_LIMIT, TIMEOUT_SECONDS, limited
from cleaner.passes import Passes
from cleaner.settings import IMAGES, LINKS
from cleaner.shards.names import row_of
from cleaner.shards.store import is_remote
from cleaner.text.encoding import known

Command = TypeVar("Command", bound=Callable[..., Any])


def _check_paths(_ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    if "" in value:  # an unset variable of a shell; Path("") would be the current folder
        raise click.UsageError("PATH: is empty; name a file or a folder")
    return value


def _check_encoding(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        known(value)
    return value


def checked(check: Callable[[str | None], str | None]) -> Callable[..., str | None]:
    """Return a callback that says what is wrong with the value of an option as the library does."""

    def callback(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
        try:
            return check(value)
        except ValueError as error:
            raise click.UsageError(f"--{error}") from None

    return callback


class Seconds(click.FloatRange):
    """A range of numbers that does not take `nan` for one of them, which is neither too small nor too large."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is no number of seconds; name one such as 60", param, ctx)
        return number


paths_argument = click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", callback=_check_paths, shell_complete=complete.files
)
# With --tracked, no path means: what do the locks of this repository know?
paths_or_tracked_argument = click.argument(
    "paths", nargs=-1, metavar="PATH...", callback=_check_paths, shell_complete=complete.files
)
force_exclude_option = about_input(
    "--force-exclude", is_flag=True, help="Let the configured exclusions count for paths that are named, too."
)
gitignore_option = about_input(
    "--respect-gitignore/--no-respect-gitignore",
    default=None,
    help="Pass over what git ignores in folders, or do not. [--respect-gitignore]",
)
names_option = about_output(
    "--names",
    type=click.Choice(["short", "full"]),
    help="The copy of a.html: a.clean.txt, or in full a.html.clean.txt, which differs from that of a.txt. [short]",
)
timeout_option = about_run(
    "--timeout",
    metavar="SECONDS",
    type=Seconds(0, 1e6, min_open=True),
    default=TIMEOUT_SECONDS,
    help=f"How long a document may take, besides a second for each 100 kB. [{TIMEOUT_SECONDS:.0f}]",
)

jobs_option = about_run(
    "--jobs", "-j", metavar="N", type=click.IntRange(0), default=1, help="Worker processes; 0: one per core. [1]"
)
quiet_option = about_run("--quiet", "-q", is_flag=True, help="Say only what needs attention.")

LEARNED = "learned"  # where learned packs go if nothing else is said: a folder in the current one

rules_option = what_goes(
    "--rules",
    metavar="PATH",
    multiple=True,
    shell_complete=complete.files,
    help="Use more rule packs: a file or a folder. Repeatable.",
)
disable_option = what_goes(
    "--disable",
    metavar="ID",
    multiple=True,
    shell_complete=complete.rule_ids,
    help="Leave a rule out: pack/rule, * stands for any characters. Repeatable.",
)
url_option = about_input(
    "--url", callback=checked(checked_url), help="Where the documents are from; chooses the rules for that site."
)
encoding_option = about_input(
    "--encoding",
    metavar="NAME",
    callback=_check_encoding,
    help="The encoding of the documents. Without it, the encoding is detected.",
)

# The options that choose the cleaner (see `config_of`), and the URL, language and encoding of the documents.
cleaning_options = options(
    what_goes(
        "--level",
        type=click.Choice(["rules", "safe", "main"]),
        help="How much goes. rules: only what a rule names; safe: also what the judge is very sure of; main: all but "
        "the main content. [safe]",
    ),
    what_goes(
        "--threshold",
        metavar="P",
        type=click.FloatRange(0, 1),
        help="Keep the lines that are content with at least this probability, from 0 to 1, instead of what the level "
        "keeps.",
    ),
    rules_option,
    disable_option,
    what_goes(
        "--keep",
        metavar="CATEGORY",
        multiple=True,
        shell_complete=complete.categories,
        help="Keep a category of chrome. Repeatable.",
    ),
    what_goes(
        "--drop",
        metavar="CATEGORY",
        multiple=True,
        shell_complete=complete.categories,
        help="Remove a category that is kept by default: credit. Repeatable.",
    ),
    url_option,
    about_input(
        "--lang", callback=checked(checked_language), help="The language of the documents (BCP 47), if known."
    ),
    encoding_option,
    about_input(
        "--markdown-in/--no-markdown-in",
        default=None,
        help="Texts are Markdown, or none is. Without it, .md files are, and other texts tell by themselves.",
    ),
    about_output("--markdown", is_flag=True, help="Write HTML pages as Markdown: NAME.clean.md."),
    about_output(
        "--links", type=click.Choice(LINKS), help="Links in that Markdown: keep, drop, or write as footnotes. [keep]"
    ),
    about_output(
        "--images",
        type=click.Choice(IMAGES),
        help="Images in that Markdown: keep, write their texts, or drop. [keep]",
    ),
)


def field_option(name: str, holds: str, *, instead: bool = False) -> Callable[[Command], Command]:
    """Return the option `--NAME-field`, which names a field of the rows of shards.

    The field holds what `holds` says and is called `name` by default. A field that is read `instead` of the text has
    no default: if the user does not name it, it is read only for rows without a text.
    """
    what, usual = (f"{holds}, to read instead of text", f"{name}, without text") if instead else (holds, name)
    return about_shards(
        f"--{name}-field",
        metavar="NAME",
        default=None if instead else name,
        help=f"The field with {what}. [{usual}]",
    )


def config_of(options: Mapping[str, Any]) -> Config:
    """Return the options that choose the cleaner (see `cleaning_options`) as a configuration."""
    return Config(
        level=options["level"],
        threshold=options["threshold"],
        markdown=options["markdown"],
        links=options["links"],
        images=options["images"],
        markdown_in=options["markdown_in"],
        metadata=options.get("metadata"),  # only `strip` and `check` have it
        disable=options["disable"],
        extend_rules=options["rules"],
        keep=options["keep"],
        drop=options["drop"],
        names=options.get("names"),  # only commands that write or look for copies have these two
        respect_gitignore=options.get("respect_gitignore"),
    )


# Cleaners for documents that a configuration has exceptions for, of one configuration file. Each takes 12 MB in every
# worker process. Raised, a hostile configuration costs more memory; lowered, more projects have too many exceptions.
MAX_VARIANTS = 32


class Cleaners:
    """The cleaners of a run, built when first needed: one for each configuration file that counts for some document.

    Documents that a configuration has exceptions for have cleaners of their own, one for all that come to the same
    settings. `wanted` are the options of the command line, which every cleaner has on top of its configuration.
    """

    def __init__(self, wanted: Config) -> None:
        self._wanted = wanted
        self._numbers: dict[Path | None, dict[tuple[object, ...], int]] = {}  # by file, then by settings
        self._finder = Finder()
        self.built: list[Cleaner] = []

    def found(self, path: Path) -> Found:
        """Return the configuration for a document, with the exceptions for it. Raises `SettingsError`."""
        return self._finder.for_document(path)

    def project(self, path: Path) -> Found:
        """Return the configuration of the project that a file is in. Raises `SettingsError`."""
        return self._finder.for_file(path)

    def name_of(self, path: Path, found: Found) -> str:
        """Return the name of a document for patterns, see `Found.name_of`."""
        return self._finder.name_of(path, found)

    def number(self, found: Found) -> int:
        """Return the index in `built` of the cleaner for a configuration. Raises `SettingsError`.

        So it does if a configuration has exceptions that need more than `MAX_VARIANTS` cleaners.
        """
        numbers = self._numbers.setdefault(found.file, {})
        settings = _settings_in(found) if found.fits else ()
        if settings not in numbers:
            if found.fits and len(numbers) >= MAX_VARIANTS:
                what = f"documents need more than {MAX_VARIANTS} cleaners with different settings"
                raise SettingsError(f"{found.at('files')}: 'files': {what}; write fewer tables, or let fewer overlap")
            numbers[settings] = len(self.built)
            self.built.append(build(self._wanted, found))
        return numbers[settings]


def _settings_in(found: Found) -> tuple[object, ...]:
    """Return what a cleaner is built of, which is equal for configurations with equal cleaners."""
    config = found.config
    lists = (tuple(sorted(items)) for items in (config.disable, config.keep, config.drop))
    return config.level, config.threshold, config.markdown_in, config.extend_rules, *lists


def build(wanted: Config, found: Found) -> Cleaner:
    """Build the cleaner for a configuration and the options of the command line. Raises `SettingsError`.

    The command line adds rules, exceptions and categories to the configuration; its level and threshold replace those
    of the configuration.
    """
    config = found.config
    markdown = wanted.markdown or config.markdown
    # Commands without the option need metadata for what goes into copies alone: the front matter of pages.
    looks_at_metadata = wanted.metadata is not None or markdown
    threshold = wanted.threshold
    if threshold is None and wanted.level != "rules":  # that level has no threshold
        threshold = config.threshold
    try:
        return Cleaner(
            level=wanted.level or config.level or "safe",  # type: ignore[arg-type] # Cleaner checks it
            rules=[*found.rules(wanted.extend_rules), *wanted.extend_rules],
            disable=[*config.disable, *wanted.disable],
            keep_categories=[*config.keep, *wanted.keep],
            drop_categories=[*config.drop, *wanted.drop],
            threshold=threshold,
            markdown=markdown,
            links=wanted.links or config.links or "keep",
            images=wanted.images or config.images or "keep",
            markdown_in=config.markdown_in if wanted.markdown_in is None else wanted.markdown_in,
            metadata=looks_at_metadata and bool(wanted.metadata or config.metadata),
        )
    except SettingsError as error:
        value = _value_in(error, config)
        if found.file and value is not None:
            raise SettingsError(f"{found.at(str(error).partition(':')[0], value)}: {error}") from None
        raise


def _value_in(error: SettingsError, config: Config) -> object:
    """Return the value of the configuration file that an error (`key: 'value' is wrong; …`) is about, or None."""
    key, _, message = str(error).partition(": ")
    what, _, _ = message.partition("; ")  # the advice may name a value of the file as well
    if key not in ("level", "threshold", "disable", "keep", "drop"):
        return None
    values = (config.level, config.threshold, *config.disable, *config.keep, *config.drop)
    found = (value for value in values if value is not None and toml.named(str(value)).strip("'") in what)
    return next(found, None)


def clean_document(
    cleaner: Cleaner | Passes, data: bytes, path: Path, found: Found, options: Mapping[str, Any]
) -> Cleaned:
    """Clean the document `data`, read from `path` (`-` for standard input), with its configuration and the options.

    Raises `DocumentError`, also if it takes too long.
    """
    with in_time(len(data), options):
        return cleaner.clean_bytes(
            data,
            kind=naming.kind_of(path),  # type: ignore[arg-type] # None if the suffix does not tell
            url=options["url"],
            lang=options["lang"] or found.config.lang,
            file=None if str(path) == "-" else found.name_of(path),
            encoding=options["encoding"],
        )


def in_time(size: int, options: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Return a context that raises `DocumentError` if cleaning a document of `size` bytes takes too long.

    Only some commands have the option `--timeout`.
    """
    if "timeout" in options:
        return limited(size, options["timeout"], advice=ADVICE_AFTER_LIMIT)
    return limited(size)


def in_git(outputs: Mapping[Path, Collection[Path]]) -> tuple[dict[Path, bool], Collection[Path]]:
    """Return which outputs of documents are to be added to git, and which documents are staged in part.

    The result is that of `git.compare`. Raises `SettingsError` if git cannot tell.
    """
    from cleaner.files import git

    return git.compare(outputs)


def need_paths(paths: tuple[str, ...], options: Mapping[str, Any]) -> None:
    """Raise `UsageError` if there is no path, and the run is not about the repository as a whole."""
    if not paths and not options["tracked"]:
        raise click.UsageError("Missing argument 'PATH...'.")


def known_of(folders: Collection[Path] = (), *, sync: bool = True) -> Known:
    """Return what is known of the copies of a run; in `folders` a lock is made."""
    finder = Finder()

    def project_of(folder: Path) -> Path | None:
        try:
            file = finder.for_file(folder / HERE).file
        except SettingsError:  # of a folder without documents, or one that says so elsewhere
            return None
        return file.parent if file else None

    return Known.for_run(project_of, folders, sync=sync)


def staged_in_part(path: Path) -> str:
    """Return what to say of a document that is staged in part."""
    from cleaner.files import git

    return f"is staged in part; stage the rest with `{git.add_command([path])}`, or stash it"


def say_what_to_add(outputs: list[Path], missing: dict[Path, bool]) -> None:
    """Tell the user how to add `outputs` to git, if there are any; `missing` is from `in_git`."""
    if not outputs:
        return
    from cleaner.files import git

    for path in outputs:
        if missing.get(path):
            forced = git.add_command([path], "--force")
            say(f"{quote.name(path)}: is ignored by git; change .gitignore, or run `{forced}`")
    rest = [path for path in outputs if not missing.get(path)]
    if rest:
        say(f"{count(len(rest), 'file')} to add to git:")
        say(git.add_command(rest))


@contextmanager
def folder_to_write(file: Path) -> Iterator[Folder]:
    """Open the folder of a file that the user named for output. Raises `UsageError` for errors in the block, too."""
    try:
        with Place.named(file).folder() as folder:
            yield folder
    except InTheWay as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        why = f"cannot be written ({reason_of(error)}); name another file"
        raise click.UsageError(f"{quote.name(file)}: {why}") from None


def failure_code(paths: Iterable[str]) -> int:
    """Return the exit code of a run in which something failed: `USAGE` if none of `paths` exists, else `FAILED`.

    A path may name a row of a shard: `docs.jsonl:12`. Without paths, the run was about a whole repository.
    """
    paths = list(paths)
    return FAILED if not paths or any(map(_exists, paths)) else USAGE


def _exists(path: str) -> bool:
    row = row_of(path)
    files = [path, row[0]] if row else [path]
    return path == "-" or is_remote(path) or any(mode_of(Path(file), follow=False) for file in files)


def count(number: int, noun: str) -> str:
    """Return `1 document`, `2 documents`, `1,000 documents`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
