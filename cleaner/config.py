"""Project configuration: `cleaner.toml`, or `[tool.cleaner]` of a pyproject.toml, nearest above a file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec

from cleaner.errors import SettingsError


class Config(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename="kebab"):
    """What a configuration file says; `extend_rules` are paths relative to its folder."""

    level: str | None = None
    lang: str | None = None
    disable: list[str] = []
    extend_rules: list[str] = []
    keep: list[str] = []
    exclude: list[str] = []


class Found(msgspec.Struct, frozen=True):
    """A configuration and the folder it stands in; the folder is None where there is none."""

    config: Config = Config()
    folder: Path | None = None

    def excludes(self, path: Path) -> bool:
        """Whether `path` is excluded, by patterns as in .gitignore, relative to the configuration's folder."""
        if not self.config.exclude or self.folder is None:
            return False
        from pathspec import GitIgnoreSpec

        try:
            relative = path.resolve().relative_to(self.folder)
        except ValueError:
            return False
        return GitIgnoreSpec.from_lines(self.config.exclude).match_file(relative.as_posix())


class Finder:
    """Finds the configuration for each file of a run, reading each configuration file once."""

    def __init__(self) -> None:
        self._known: dict[Path, Found] = {}

    def for_file(self, path: Path) -> Found:
        """Return the nearest configuration above `path`; raises `SettingsError` for one that is wrong."""
        return self._for_folder(path.resolve().parent)

    def _for_folder(self, folder: Path) -> Found:
        if folder not in self._known:
            config = _read_folder(folder)
            if config is not None:
                self._known[folder] = Found(config, folder)
            else:
                self._known[folder] = Found() if folder.parent == folder else self._for_folder(folder.parent)
        return self._known[folder]


def _read_folder(folder: Path) -> Config | None:
    """Return the configuration that stands in `folder` itself."""
    own = folder / "cleaner.toml"
    if own.is_file():
        text, data = _toml(own)
        return _convert(own, text, data)
    project = folder / "pyproject.toml"
    if project.is_file():
        text, data = _toml(project)
        tool = data.get("tool", {})
        if isinstance(tool, dict) and "cleaner" in tool:
            return _convert(project, text, tool["cleaner"])
    return None


def _toml(path: Path) -> tuple[str, dict[str, object]]:
    try:
        text = path.read_text("utf-8")
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise SettingsError(f"{path}:{line[1] if line else 1}: is not valid TOML: {error}; mend it") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None


def _convert(path: Path, text: str, data: object) -> Config:
    try:
        return msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        what = str(error)
    unknown = re.search(r"unknown field `(.+)`", what)
    names = [field.encode_name for field in msgspec.structs.fields(Config)]
    if unknown:
        from difflib import get_close_matches

        near = get_close_matches(unknown[1], names, 1)
        advice = f"did you mean {near[0]!r}?" if near else "known keys: " + ", ".join(names)
        raise SettingsError(f"{path}:{_line(text, unknown[1])}: unknown key {unknown[1]!r}; {advice}")
    what, _, where = what.partition(" - at `")
    key = (re.findall(r"[a-z-]+", where) or ["cleaner"])[0]
    raise SettingsError(f"{path}:{_line(text, key)}: {key!r}: {what.replace('`', chr(39)).lower()}; mend the value")


def _line(text: str, key: str) -> int:
    """Return the 1-based line on which `key` is set, or 1."""
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line)), 1)
