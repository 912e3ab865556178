"""What the commands share: options, cleaners, exit codes, and what to say of git."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from cleaner import quote, toml
from cleaner.arguments import checked_language, checked_url
from cleaner.cleaner import Cleaner
from cleaner.cli import FAILED, USAGE, complete
from cleaner.cli.config import HERE, Config, Finder, Found
from cleaner.cli.help import JSONL, SHARDS, about_input, about_output, about_run, option, options, what_goes
from cleaner.cli.say import say
from cleaner.document import Cleaned
from cleaner.errors import SettingsError
from cleaner.files import naming
from cleaner.files.folder import Folder, InTheWay, Place, reason_of
from cleaner.files.known import Known
from cleaner.files.probe import mode_of
from cleaner.limits import ADVICE_AFTER_LIMIT, TIMEOUT_SECONDS, limited
from cleaner.passes import Passes
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
timeout_option = about_run(
    "--timeout",
    metavar="SECONDS",
    type=Seconds(0, 1e6, min_open=True),
    default=TIMEOUT_SECONDS,
    help=f"How long a document may take, besides a second for each 100 kB. [{TIMEOUT_SECONDS:.0f}]",
)

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
    about_output("--markdown", is_flag=True, help="HTML: mark headings, lists, emphasis and code as Markdown does."),
)


def field_option(name: str, holds: str, files: str, *, instead: bool = False) -> Callable[[Command], Command]:
    """Return the option `--NAME-field`, which names a field of the records in `files` (Shards or JSONL).

    The field holds what `holds` says and is called `name` by default. A field that is read `instead` of the text has
    no default: if the user does not name it, it is read only for records without a text.
    """
    what, usual = (f"{holds}, to read instead of text", f"{name}, without text") if instead else (holds, name)
    where = "The" if files == "Shards" else f"{files}: the"
    return option(
        f"--{name}-field",
        heading=SHARDS if files == "Shards" else JSONL,
        metavar="NAME",
        default=None if instead else name,
        help=f"{where} field with {what}. [{usual}]",
    )


def config_of(options: Mapping[str, Any]) -> Config:
    """Return the options that choose the cleaner (see `cleaning_options`) as a configuration."""
    return Config(
        level=options["level"],
        threshold=options["threshold"],
        markdown=options["markdown"],
        markdown_in=options["markdown_in"],
        disable=options["disable"],
        extend_rules=options["rules"],
        keep=options["keep"],
        drop=options["drop"],
    )


class Cleaners:
    """The cleaners of a run: one for each configuration file that counts for some document, built when first needed.

    `wanted` are the options of the command line, which every cleaner has on top of its configuration.
    """

    def __init__(self, wanted: Config) -> None:
        self._wanted = wanted
        self._numbers: dict[Path | None, int] = {}
        self._finder = Finder()
        self.built: list[Cleaner] = []

    def found(self, path: Path) -> Found:
        """Return the configuration for a file. Raises `SettingsError`."""
        return self._finder.for_file(path)

    def number(self, found: Found) -> int:
        """Return the index in `built` of the cleaner for a configuration. Raises `SettingsError`."""
        if found.file not in self._numbers:
            self._numbers[found.file] = len(self.built)
            self.built.append(build(self._wanted, found))
        return self._numbers[found.file]


def build(wanted: Config, found: Found) -> Cleaner:
    """Build the cleaner for a configuration and the options of the command line. Raises `SettingsError`.

    The command line adds rules, exceptions and categories to the configuration; its level and threshold replace those
    of the configuration.
    """
    config = found.config
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
            markdown=wanted.markdown or config.markdown,
            markdown_in=config.markdown_in if wanted.markdown_in is None else wanted.markdown_in,
        )
    except SettingsError as error:
        if found.file and _is_about(error, config):
            raise SettingsError(f"{found.at(str(error).partition(':')[0])}: {error}") from None
        raise


def _is_about(error: SettingsError, config: Config) -> bool:
    """Whether an error (`key: 'value' is wrong; …`) is about a value that the configuration file has."""
    key, _, message = str(error).partition(": ")
    what, _, _ = message.partition("; ")  # the advice may name a value of the file as well
    if key not in ("level", "threshold", "disable", "keep", "drop"):
        return False
    values = (config.level, config.threshold, *config.disable, *config.keep, *config.drop)
    return any(toml.named(str(value)).strip("'") in what for value in values if value is not None)


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
            encoding=options["encoding"],
        )


def in_time(size: int, options: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Return a context that raises `DocumentError` if cleaning a document of `size` bytes takes too long.

    Only some commands have the option `--timeout`.
    """
    if "timeout" in options:
        return limited(size, options["timeout"], advice=ADVICE_AFTER_LIMIT)
    return limited(size)


def in_git(outputs: Mapping[Path, Collection[Path]], wanted: bool) -> tuple[dict[Path, bool], Collection[Path]]:
    """Return which outputs of documents are to be added to git, and which documents are staged in part.

    The result is that of `git.compare`; it is empty if not `wanted`. Raises `SettingsError` if git cannot tell.
    """
    if not wanted:
        return {}, ()
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


def failure_code(paths: tuple[str, ...]) -> int:
    """Return the exit code of a run in which something failed: `USAGE` if none of `paths` exists, else `FAILED`."""
    exist = (path == "-" or is_remote(path) or mode_of(Path(path), follow=False) for path in paths)
    return FAILED if any(exist) or not paths else USAGE


def count(number: int, noun: str) -> str:
    """Return `1 document`, `2 documents`, `1,000 documents`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
