"""Project configuration: the nearest `cleaner.toml`, or `[tool.cleaner]` of a pyproject.toml, above a file.

The nearest one counts as a whole: nothing is added from those further up. Within a folder `cleaner.toml` comes first.
It may have exceptions for some documents (see `overrides`).

A configuration may come with documents from somebody else. So it may name rule packs in its own folder only, unless
the user named them on the command line, too, or has allowed them: the configuration of the user, outside of all
projects, lists the folders with packs that others may name.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from cleaner import quote, toml
from cleaner.arguments import is_language
from cleaner.cli.overrides import MAX_ITEMS, MAX_PATTERN_CHARS, Names, Override, Values, merged, too_long
from cleaner.errors import SettingsError
from cleaner.files.probe import mode_of
from cleaner.globs import Globs, is_name, problem_of

HERE = Path("x")  # stands for any file of the current folder, to ask for the configuration of that folder


class Config(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename="kebab"):
    """The settings in a configuration file, or those of the command line. None or empty: not set.

    `extend_rules` are paths of rule packs. In a configuration file they are relative to its folder, on the command
    line to the current folder. `names` are those of copies (see `files.naming`). `files` are the tables of a file as
    they were read; `Found.overrides` has them ready for use.
    """

    level: str | None = None
    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    markdown: bool = False
    links: Literal["keep", "drop", "footnotes"] | None = None
    images: Literal["keep", "alt", "drop"] | None = None
    markdown_in: bool | None = None
    metadata: bool | None = None
    lang: str | None = None
    disable: Names = ()
    extend_rules: Names = ()
    keep: Names = ()
    drop: Names = ()
    exclude: Names = ()
    names: Literal["short", "full"] | None = None
    respect_gitignore: bool | None = None
    files: Annotated[dict[str, Any], msgspec.Meta(max_length=MAX_ITEMS)] = {}


class UserConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename="kebab"):
    """The configuration of a user, which holds for all projects."""

    allow_rules: Names = ()  # folders and files with rule packs that configurations of projects may name


class Found(NamedTuple):
    """The configuration that counts for a file: its settings, the file that has them, and the paths it excludes.

    If no configuration was found, `file` is None and `config` the defaults. `text` is that of the file, `overrides`
    are its tables for some documents. `fits` are the 0-based numbers of the tables that fit the document that this is
    the configuration for; `config` has taken them in.
    """

    config: Config = Config()
    file: Path | None = None
    excluded: Globs | None = None
    text: str = ""
    overrides: tuple[Override, ...] = ()
    fits: tuple[int, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder to which paths in the configuration are relative."""
        return self.file.parent if self.file else Path()

    def excludes(self, path: Path, *, folder: bool = False) -> bool:
        """Whether a file or folder is excluded: by patterns as in .gitignore, relative to `self.folder`.

        A path outside of that folder never is.
        """
        if self.excluded is None:
            return False
        try:
            relative = _place(path).relative_to(self.folder).as_posix()
        except ValueError:
            return False
        return self.excluded.match(relative, folder=folder)

    def name_of(self, path: Path) -> str:
        """Return the name of a document for patterns, with `/` between its parts.

        It is relative to `self.folder`, without a configuration to the current folder; a document outside of it has
        its whole path without the first `/`.
        """
        return self.name_at(_place(path))

    def name_at(self, place: Path) -> str:
        """Return the name, as `name_of` does, of a document whose real folder is known."""
        folder = self.folder if self.file else Path(os.path.realpath(self.folder))
        try:
            return place.relative_to(folder).as_posix()
        except ValueError:
            return place.relative_to(place.anchor).as_posix()

    def for_document(self, name: str) -> Found:
        """Return the configuration for the document of this name, with the tables that fit it.

        Raises `SettingsError` if their lists are too long together.
        """
        if not self.overrides or not is_name(name):
            return self
        fits = tuple(number for number, table in enumerate(self.overrides) if table.globs.match(name))
        if not fits:
            return self
        config = merged(self.config, [self.overrides[number] for number in fits])
        if key := too_long(config):
            what = f"with the tables in 'files' that fit a document, it has more than {MAX_ITEMS:,} items"
            raise SettingsError(f"{self._replace(fits=fits).at(key)}: {key!r}: {what}; write fewer")
        return self._replace(config=config, fits=fits)

    def rules(self, named: Iterable[str | Path] = ()) -> list[Path]:
        """Return the paths of the rule packs that the configuration adds.

        Raises `SettingsError` for one that leads out of `self.folder` and is neither below one of `named`, the paths
        of the command line, nor allowed by the user.
        """
        paths = [self.folder / path for path in self.config.extend_rules]
        outside = [path for path in paths if not _is_below(path, [self.folder])]
        if outside:
            roots = [Path(each) for each in named]
            roots += _allowed() if any(not _is_below(path, roots) for path in outside) else []
        for path, named_as in zip(paths, self.config.extend_rules, strict=True):
            if path in outside and not _is_below(path, roots):
                raise SettingsError(self._outside(path, named_as))
        return paths

    def at(self, key: str, value: object = None) -> str:
        """Return the place of a key for a message, the file and its line; if it is a list, of the one with `value`.

        Tables for some documents come first, if they fit the document.
        """
        tables = [self.overrides[number] for number in reversed(self.fits)]
        table = next((table for table in tables if table.sets(key, value)), None)
        line = _line_in_table(self.text, table.pattern, key) if table else _line_of(self.text, key)
        return f"{quote.name(self.file or '')}:{line}"

    def _outside(self, path: Path, named_as: str) -> str:
        shown = toml.named(str(path))
        file = _user_file()
        also = f", or allow it in {quote.name(file)}: allow-rules = [...]" if file else ""
        what = f"'extend-rules': {shown} is not below the folder of this file"
        return f"{self.at('extend-rules', named_as)}: {what}; name it with --rules{also}"


class Finder:
    """Finds the configuration for each file of a run, reading each configuration file once."""

    def __init__(self) -> None:
        self._known: dict[Path, Found] = {}  # by the real path of a folder
        self._found: dict[str, Found] = {}  # the same by the path of the folder as it was given
        self._prefixes: dict[tuple[str, Path | None], str] = {}  # what names of documents in a folder begin with

    def for_file(self, path: Path) -> Found:
        """Return the configuration of the project that a file, which need not exist, is in.

        What it has for some documents alone is not looked at. Raises `SettingsError` if it is wrong.
        """
        folder = os.path.dirname(path)  # noqa: PTH120 # a string is wanted
        if not path.name:
            return self._for_folder(_place(path).parent)
        if folder not in self._found:
            self._found[folder] = self._for_folder(_place(path).parent)
        return self._found[folder]

    def for_document(self, path: Path) -> Found:
        """Return the configuration for a document, with the exceptions for it. Raises `SettingsError`."""
        found = self.for_file(path)
        return found.for_document(self.name_of(path, found)) if found.overrides else found

    def name_of(self, path: Path, found: Found) -> str:
        """Return the name of a document for patterns, see `Found.name_of`."""
        name, key = path.name, (os.path.dirname(path), found.file)  # noqa: PTH120
        if not name:
            return found.name_of(path)
        if key not in self._prefixes:
            self._prefixes[key] = found.name_of(path).removesuffix(name)
        return self._prefixes[key] + name

    def _for_folder(self, folder: Path) -> Found:
        way, found = [], None
        for above in (folder, *folder.parents):
            found = self._known.get(above)
            if found is None:
                way.append(above)
                found = _read_config_in(above)
            if found:
                break
        self._known |= dict.fromkeys(way, found or Found())
        return self._known[folder]


def _place(path: Path) -> Path:
    """Return where a file is, with links to folders followed; a link to a file belongs to the folder that has it.

    Never raises, unlike `Path.resolve`.
    """
    return Path(os.path.realpath(path.parent), path.name) if path.name else Path(os.path.realpath(path))


def _read_config_in(folder: Path) -> Found | None:
    """Return the configuration in `folder` itself, None if it has none."""
    own = folder / "cleaner.toml"
    if _is_there(own):
        text = toml.read(own, "check its permissions")
        return _check_config(own, text, toml.parse(str(own), text))
    project = folder / "pyproject.toml"
    if _is_there(project):
        text = toml.read(project, "check its permissions")
        tool = toml.parse(str(project), text).get("tool", {})
        if isinstance(tool, dict) and "cleaner" in tool:
            return _check_config(project, text, tool["cleaner"])
    return None


def _is_there(path: Path) -> bool:
    """Whether there is something at a path that has to be read; a folder is not."""
    mode = mode_of(path)
    return bool(mode) and not stat.S_ISDIR(mode)


def _check_config(path: Path, text: str, data: Any) -> Found:
    """Return the configuration `data` of the file `path`, whose whole text is `text`. Raises `SettingsError`."""
    config = _convert(path, text, data, Config)
    _check_language(path, config.lang, lambda: _line_of(text, "lang"))
    overrides = tuple(_overrides(path, text, config.files))
    try:
        return Found(config, path, Globs(config.exclude) if config.exclude else None, text, overrides)
    except ValueError as error:
        line = _line_of(text, "exclude")
        raise SettingsError(f"{quote.name(path)}:{line}: 'exclude': {error}; mend the pattern") from None


def _overrides(path: Path, text: str, tables: Mapping[str, Any]) -> Iterator[Override]:
    """Yield the tables for some documents of a configuration file. Raises `SettingsError`."""
    if sum(map(len, tables)) > MAX_PATTERN_CHARS:
        what = f"the patterns have more than {MAX_PATTERN_CHARS:,} characters together; write shorter ones"
        raise SettingsError(f"{quote.name(path)}:{_line_of(text, 'files')}: 'files': {what}")
    for pattern, data in tables.items():

        def line_of(key: str, pattern: str = pattern) -> int:
            return _line_in_table(text, pattern, key)

        if why := problem_of(pattern):
            raise SettingsError(f"{quote.name(path)}:{line_of('')}: 'files': {toml.shown(why)}; mend the pattern")
        values = toml.convert(str(path), data, Values, lambda _: Values, lambda _, key: line_of(key))
        _check_language(path, values.lang, lambda: line_of("lang"))
        yield Override.of(pattern, values)


def _check_language(path: Path, lang: str | None, line_of: Callable[[], int]) -> None:
    """Raise `SettingsError` for a language in a configuration file that is none."""
    if lang and not is_language(lang):
        what = f"{toml.named(lang)} is no language tag; name one as BCP 47 does, such as en or pt-BR"
        raise SettingsError(f"{quote.name(path)}:{line_of()}: 'lang': {what}")


def _convert(path: Path, text: str, data: Any, shape: type[toml.Shape]) -> toml.Shape:
    """Return the data of a configuration file in a shape. Raises `SettingsError`."""
    return toml.convert(str(path), data, shape, lambda _: shape, lambda _, key: _line_of(text, key))


def _line_of(text: str, key: str) -> int:
    """Return the 1-based line that sets `key`, or is the header of the table of this name, 1 if none does."""
    from cleaner.rules import locate

    for entry in locate.entries(text):
        name = entry.table.removeprefix("tool.cleaner").removeprefix(".")
        if key and (entry.key or name) == key and entry.table in ("", "tool.cleaner", key, f"tool.cleaner.{key}"):
            return entry.line
    return 1


def _line_in_table(text: str, pattern: str, key: str) -> int:
    """Return the 1-based line that sets `key` in the table of a pattern; if none does, that of its header."""
    from cleaner.rules import locate

    found = _line_of(text, "files")
    for entry in locate.entries(text):
        table = locate.parts(entry.table.removeprefix("tool.cleaner."))
        if table == ["files", pattern]:
            if entry.key == key:
                return entry.line
            found = found if entry.key else entry.line
        elif table == ["files"] and entry.key == pattern:
            found = entry.line
    return found


def _user_file() -> Path | None:
    """Return the configuration file of the user, which need not exist, None for a user without a home."""
    import platformdirs

    try:
        folder = Path(platformdirs.user_config_dir("cleaner"))
    except RuntimeError:
        return None
    return folder / "cleaner.toml" if folder.is_absolute() else None


def _allowed() -> Iterator[Path]:
    """Yield the paths of packs that the user allows configurations to name. Raises `SettingsError`."""
    file = _user_file()
    if file and _is_there(file):
        text = toml.read(file, "check its permissions")
        for path in _convert(file, text, toml.parse(str(file), text), UserConfig).allow_rules:
            yield file.parent / os.path.expanduser(path)  # noqa: PTH111 # Path.expanduser raises without a home


def _is_below(path: Path, roots: Iterable[Path]) -> bool:
    """Whether a path is one of `roots`, or below one of them, links followed."""
    try:
        real = Path(os.path.realpath(path))
        return any(real.is_relative_to(os.path.realpath(root)) for root in roots)
    except ValueError:  # one of them has a NUL
        return False
