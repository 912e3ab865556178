"""The rule packs that `cleaner review --apply` writes: those that stand are read first, and decisions change them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from cleaner import quote
from cleaner.cli.say import say
from cleaner.errors import SettingsError
from cleaner.files.folder import New, open_folder, reason_of
from cleaner.review.apply import Plan, add, sites_of
from cleaner.review.packs import SitePack, read
from cleaner.rules import pack as packs
from cleaner.toml import MAX_BYTES
from cleaner.workbench.lint import lint


def packs_after(out: Path, todo: Plan, *, force: bool) -> dict[str, SitePack]:
    """Return the packs as they are to be, by site. Raises `SettingsError` if one that stands was changed."""
    result = {}
    for site in sites_of(todo.lines):
        pack = SitePack(site)
        path = out / f"{pack.id}.toml"
        before = None if force else _before(path)
        if before is not None:
            pack = read(str(path), before, site)
        add(pack, todo.lines)
        result[site] = pack
    return result


def _before(path: Path) -> str | None:
    """Return the text of a pack that stands already, None if none does. Raises `SettingsError`."""
    try:
        with open_folder(path.parent) as folder:
            return folder.read(path.name, MAX_BYTES)[0].decode()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise SettingsError(f"{quote.name(path)}: is not UTF-8, and no pack of ours; move it away") from None
    except OSError as error:
        raise SettingsError(f"{quote.name(path)}: cannot be read ({reason_of(error)}); move it away") from None


def can_be_written(out: Path, name: str, text: str) -> bool:
    """Whether a pack passes the check of packs, and says something, or stands already.

    What is wrong with it is said.
    """
    if "\n[[" not in text and not (out / f"{name}.toml").exists():
        return False
    report = lint([packs.Source(str(out / f"{name}.toml"), text)], packs.builtin())
    for finding in report.findings:
        say(f"not written: {finding}", err=True)
    return not report.findings


def write(out: Path, texts: Mapping[str, str]) -> None:
    """Write packs, each as a whole. Raises `UsageError`."""
    if not texts:
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        with open_folder(out) as folder:
            new = [New(f"{name}.toml", text.encode(), folder.look(f"{name}.toml")) for name, text in texts.items()]
            folder.write_all(new)
    except OSError as error:
        what = f"{quote.name(out)}: cannot be written ({reason_of(error)}); name another folder with -o"
        raise click.UsageError(what) from None
