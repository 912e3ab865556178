"""Project configuration: the nearest `cleaner.toml`, or `[tool.cleaner]` of a pyproject.toml, above a file.

The nearest one counts as a whole: nothing is added from those further up. Within a folder `cleaner.toml` comes first.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cleaner.arguments import is_language
from cleaner.errors import SettingsError, did_you_mean
from cleaner.files.probe import mode_of

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

HERE = Path("x")  # stands for any file of the current folder, to ask for the configuration of that folder


class Config(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename="kebab"):
    """The settings in a configuration file, or those of the command line. None or empty: not set.

    `extend_rules` are paths of rule packs. In a configuration file they are relative to its folder, on the command
    line to the current folder.
    """

    level: str | None = None
    threshold: float | None = None
    markdown: bool = False
    lang: str | None = None
    disable: tuple[str, ...] = ()
    extend_rules: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class Found(NamedTuple):
    """The configuration that counts for a file: its settings, the file that has them, and the paths it excludes.

    If no configuration was found, `file` is None and `config` the defaults.
    """

    config: Config = Config()
    file: Path | None = None
    excluded: GitIgnoreSpec | None = None

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
            relative = Path(os.path.realpath(path)).relative_to(self.folder).as_posix()
        except ValueError:
            return False
        return self.excluded.match_file(relative + "/" * folder)


class Finder:
    """Finds the configuration for each file of a run, reading each configuration file once."""

    def __init__(self) -> None:
        self._known: dict[Path, Found] = {}

    def for_file(self, path: Path) -> Found:
        """Return the configuration for a file, which need not exist. Raises `SettingsError` if it is wrong."""
        return self._for_folder(Path(os.path.realpath(path)).parent)  # unlike Path.resolve, it never raises

    def _for_folder(self, folder: Path) -> Found:
        if folder not in self._known:
            found = _read_config_in(folder)
            if found is None:
                found = Found() if folder.parent == folder else self._for_folder(folder.parent)
            self._known[folder] = found
        return self._known[folder]


def _read_config_in(folder: Path) -> Found | None:
    """Return the configuration in `folder` itself, None if it has none."""
    own = folder / "cleaner.toml"
    if stat.S_ISREG(mode_of(own)):
        text, data = _read_toml(own)
        return _check_config(own, text, data)
    project = folder / "pyproject.toml"
    if stat.S_ISREG(mode_of(project)):
        text, data = _read_toml(project)
        tool = data.get("tool", {})
        if isinstance(tool, dict) and "cleaner" in tool:
            return _check_config(project, text, tool["cleaner"])
    return None


def _read_toml(path: Path) -> tuple[str, dict[str, object]]:
    """Return the text of a TOML file and its data. Raises `SettingsError`."""
    import tomli

    try:
        text = path.read_text("utf-8-sig")
        return text, tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise SettingsError(f"{path}:{line[1] if line else 1}: is not valid TOML: {error}; mend it") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None


def _check_config(path: Path, text: str, data: object) -> Found:
    """Return the configuration `data` of the file `path`, whose whole text is `text`. Raises `SettingsError`."""
    config = _convert(path, text, data)
    if config.lang and not is_language(config.lang):
        what = f"{config.lang!r} is no language tag; name one as BCP 47 does, such as en or pt-BR"
        raise SettingsError(f"{path}:{_line_of_key(text, 'lang')}: 'lang': {what}")
    if not config.exclude:
        return Found(config, path)
    from pathspec import GitIgnoreSpec

    try:
        return Found(config, path, GitIgnoreSpec.from_lines(config.exclude))
    except ValueError as error:
        line = _line_of_key(text, "exclude")
        raise SettingsError(f"{path}:{line}: 'exclude': {error}; mend the pattern") from None


def _convert(path: Path, text: str, data: object) -> Config:
    """Return `data` as a `Config`, or raise `SettingsError` with the line of the key that is wrong."""
    try:
        return msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        what = str(error)
    unknown = re.search(r"unknown field `(.+)`", what)
    names = [field.encode_name for field in msgspec.structs.fields(Config)]
    if unknown:
        advice = did_you_mean(unknown[1], names, "known keys: " + ", ".join(names))
        raise SettingsError(f"{path}:{_line_of_key(text, unknown[1])}: unknown key {unknown[1]!r}; {advice}")
    what, _, where = what.partition(" - at `")
    key = (re.findall(r"[a-z-]+", where) or ["cleaner"])[0]
    what = what.replace("`", "'").lower()
    raise SettingsError(f"{path}:{_line_of_key(text, key)}: {key!r}: {what}; mend the value")


def _line_of_key(text: str, key: str) -> int:
    """Return the 1-based line that sets `key`, 1 if none does."""
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line)), 1)
