"""Project configuration: `cleaner.toml`, or `[tool.cleaner]` of a pyproject.toml, nearest above a file."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cleaner.errors import SettingsError, did_you_mean
from cleaner.files.probe import mode_of

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Config(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename="kebab"):
    """What a configuration file says, or the options of the command line; None and empty: says nothing.

    `extend_rules` are paths: of a file, relative to its folder; of the command line, to the current folder.
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
    """A configuration, the file it stands in (None where there is none), and what it excludes."""

    config: Config = Config()
    file: Path | None = None
    excluded: GitIgnoreSpec | None = None

    @property
    def folder(self) -> Path:
        """The folder that paths in the configuration are relative to."""
        return self.file.parent if self.file else Path()

    def excludes(self, path: Path, *, folder: bool = False) -> bool:
        """Whether a file or folder is excluded, by patterns as in .gitignore, relative to `self.folder`."""
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
        """Return the nearest configuration above `path`; raises `SettingsError` for one that is wrong."""
        return self._for_folder(Path(os.path.realpath(path)).parent)  # unlike Path.resolve, it never raises

    def _for_folder(self, folder: Path) -> Found:
        if folder not in self._known:
            found = _read_folder(folder)
            if found is None:
                found = Found() if folder.parent == folder else self._for_folder(folder.parent)
            self._known[folder] = found
        return self._known[folder]


def _read_folder(folder: Path) -> Found | None:
    """Return the configuration that stands in `folder` itself."""
    own = folder / "cleaner.toml"
    if stat.S_ISREG(mode_of(own)):
        text, data = _toml(own)
        return _found(own, text, data)
    project = folder / "pyproject.toml"
    if stat.S_ISREG(mode_of(project)):
        text, data = _toml(project)
        tool = data.get("tool", {})
        if isinstance(tool, dict) and "cleaner" in tool:
            return _found(project, text, tool["cleaner"])
    return None


def _toml(path: Path) -> tuple[str, dict[str, object]]:
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


def _found(path: Path, text: str, data: object) -> Found:
    config = _convert(path, text, data)
    if not config.exclude:
        return Found(config, path)
    from pathspec import GitIgnoreSpec

    try:
        return Found(config, path, GitIgnoreSpec.from_lines(config.exclude))
    except ValueError as error:
        raise SettingsError(f"{path}:{_line(text, 'exclude')}: 'exclude': {error}; mend the pattern") from None


def _convert(path: Path, text: str, data: object) -> Config:
    try:
        return msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        what = str(error)
    unknown = re.search(r"unknown field `(.+)`", what)
    names = [field.encode_name for field in msgspec.structs.fields(Config)]
    if unknown:
        advice = did_you_mean(unknown[1], names, "known keys: " + ", ".join(names))
        raise SettingsError(f"{path}:{_line(text, unknown[1])}: unknown key {unknown[1]!r}; {advice}")
    what, _, where = what.partition(" - at `")
    key = (re.findall(r"[a-z-]+", where) or ["cleaner"])[0]
    raise SettingsError(f"{path}:{_line(text, key)}: {key!r}: {what.replace('`', chr(39)).lower()}; mend the value")


def _line(text: str, key: str) -> int:
    """Return the 1-based line on which `key` is set, or 1."""
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line)), 1)
