"""`cleaner rules check`: whether packs are as good as the packs that ship have to be."""

from __future__ import annotations

import os
from pathlib import Path

import click

from cleaner import quote
from cleaner.cli import DONE, USAGE, complete
from cleaner.cli.common import count
from cleaner.cli.say import say
from cleaner.errors import SettingsError
from cleaner.files.folder import InTheWay, New, open_folder
from cleaner.rules import pack as packs
from cleaner.rules import phrases
from cleaner.workbench.lint import lint
from cleaner.workbench.tidy import tidy


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=complete.files)
@click.option("--fix", is_flag=True, help="First sort the lines of the rules and remove copies, in the files.")
@click.option("--quiet", "-q", is_flag=True, help="Print only what is wrong, without the summary.")
def command(paths: tuple[str, ...], fix: bool, quiet: bool) -> int:
    """Check rule packs, and run the examples in them.

    PATH is a pack or a folder of packs. Without a PATH, the packs that ship are checked; also if PATH is the frame of
    languages. Each finding says where it is, what is wrong, and what to do. The exit code is 2 if there is a finding.

    \b
    Examples:
      cleaner rules check my.toml        check a pack
      cleaner rules check --fix packs/   also sort the lines of all packs
    """
    if "" in paths:  # an unset variable of a shell: Path("") would be the current folder
        raise click.UsageError("PATH: is empty; name a pack or a folder of packs")
    named = [path for path in map(Path, paths) if not packs.is_frame(path)]
    shipped = [packs.Source(_relative_name(source.name), source.text) for source in packs.builtin()]
    sources = packs.read(named)
    names = {os.path.realpath(source.name) for source in sources}
    others = [source for source in shipped if os.path.realpath(source.name) not in names]
    if len(named) < len(paths) or not paths:  # what the frame says shows in the packs that ship
        phrases.shipped()
        sources, others = sources + others, []
    if fix:
        sources = list(map(_fix, sources))
    report = lint(sources, others)
    for finding in report.findings:
        say(f"{quote.name(finding.path)}:{finding.line}: {finding.text}")
        if finding.shown:
            say(f"    {finding.shown}")
    if not quiet:
        counts = report.counts
        checked = [
            count(counts.packs, "pack"),
            count(counts.rules, "rule"),
            count(counts.languages, "language"),
            count(counts.examples, "example"),
        ]
        say(f"{', '.join(checked)}: {count(len(report.findings), 'finding')}", err=True)
    return USAGE if report.findings else DONE


def _relative_name(name: str) -> str:
    """Return the name of a file as one would type it in the current folder."""
    path = Path(name)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else name


def _fix(source: packs.Source) -> packs.Source:
    """Sort the lines in the file of a pack, and return its new text. A file that is not TOML stays as it is."""
    try:
        text = tidy(source.text)
    except SettingsError:
        return source
    if text == source.text:
        return source
    path = Path(source.name)
    try:
        with open_folder(path.parent) as folder:
            data, seen = folder.read(path.name)
            ends = "\r\n" if b"\r\n" in data else "\n"
            folder.write_all([New(path.name, text.replace("\n", ends).encode(), seen)])
    except InTheWay as error:
        raise SettingsError(str(error)) from None
    except OSError as error:
        why = f"cannot be written ({error.strerror}); check its permissions"
        raise SettingsError(f"{quote.name(path)}: {why}") from None
    say(f"{quote.name(path)}: sorted", err=True)
    return packs.Source(source.name, text)
