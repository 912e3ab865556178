"""`cleaner rules import`: host packs from the site files that a community wrote for other extractors."""

from __future__ import annotations

from pathlib import Path, PurePath

import click

from cleaner import quote
from cleaner.cli import DONE, FAILED, complete
from cleaner.cli.common import count
from cleaner.cli.say import say
from cleaner.errors import SettingsError
from cleaner.files.folder import InTheWay, New, open_folder, reason_of
from cleaner.learn.imported import SiteFile, host_of, is_as_written, pack_of
from cleaner.rules import checks
from cleaner.rules.hosts import FOLDER, MAX_PACK_BYTES
from cleaner.rules.pack import Source

SUFFIX = ".txt"
MAX_BYTES = 1_000_000  # of a site file; those that people share have some 1,000


@click.command("import")
@click.argument("paths", nargs=-1, metavar="FILE...", required=True, shell_complete=complete.files)
@click.option(
    "--to",
    "out",
    metavar="DIR",
    default="rules",
    type=click.Path(file_okay=False, path_type=Path),
    shell_complete=complete.folders,
    help="Write the packs into the folder hosts in DIR, or into DIR if it is called hosts. [rules]",
)
def command(paths: tuple[str, ...], out: Path) -> int:
    """Make host packs of site files, for your own use.

    FILE is a site file, named after its host (gazette.example.txt), or a folder of them: what people wrote for
    Full-Text RSS and wallabag, in the format of ftr-site-config. What it strips becomes a rule with selectors, its
    body a [[keep]] that holds the judge off. Lines that cannot be taken over are named, and the rest is written. A
    pack that somebody changed, or that is not from here, stays as it is.

    \b
    Examples:
      cleaner rules import gazette.example.txt   writes rules/hosts/gazette.example.toml
      cleaner rules import --to own/ sites/      all site files of a folder
    """
    below = out if out.name == FOLDER else out / FOLDER
    files, failed = _read(paths)
    packs = selectors = not_taken = 0
    for host, found in sorted(files.items()):
        pack = pack_of(host, found)
        not_taken += len(pack.problems)
        for problem in pack.problems:
            say(problem, err=True)
        place = below / f"{host}.toml"
        try:
            if not pack.text:
                say(f"{quote.name(found[0].name)}: strips nothing that a rule could; there is no pack", err=True)
                continue
            _write(place, pack.text)
        except (SettingsError, InTheWay) as error:
            why = str(error)
            say(why if why.startswith(quote.name(place)) else f"{quote.name(place)}: {why}", err=True)
            failed = True
            continue
        except OSError as error:
            say(f"{quote.name(place)}: cannot be written ({reason_of(error)}); check its folder", err=True)
            failed = True
            continue
        packs += 1
        selectors += pack.selectors
    rest = f"; {count(not_taken, 'line')} not taken over, see above" if not_taken else ""
    say(f"{count(packs, 'pack')} with {count(selectors, 'selector')} in {quote.name(below)}{rest}")
    if packs:
        say(f"to use what you have reviewed: cleaner strip --rules {quote.word(str(out))} PATH...")
    return FAILED if failed else DONE


def _read(paths: tuple[str, ...]) -> tuple[dict[str, list[SiteFile]], bool]:
    """Read site files; return them by host, and whether one could not be used, which was said."""
    found: dict[str, list[SiteFile]] = {}
    failed = False
    for path in map(Path, paths):
        try:
            inside = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
        except OSError as error:
            raise SettingsError(f"{quote.name(path)}: cannot be read ({error.strerror}); check the path") from None
        for file in inside:
            name = quote.name(file)
            host = host_of(file.name.removesuffix(SUFFIX))
            if not host:
                if file == path:  # in a folder there may be other texts, such as a licence
                    say(f"{name}: is named after no host; call it like gazette.example{SUFFIX}", err=True)
                    failed = True
                continue
            try:
                text = _text_of(file)
            except SettingsError as error:
                say(str(error), err=True)
                failed = True
                continue
            found.setdefault(host, []).append(SiteFile(str(file), text))
    return found, failed


def _text_of(file: Path) -> str:
    """Return the text of a site file. Raises `SettingsError`."""
    name = quote.name(file)
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"{name}: cannot be read ({error.strerror}); check the path") from None
    if len(data) > MAX_BYTES:
        raise SettingsError(f"{name}: has more than {MAX_BYTES:,} bytes and is no site file; leave it out")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"{name}: is not UTF-8; save it as UTF-8") from None


def _write(place: Path, text: str) -> None:
    """Write a pack, unless somebody changed what is there. Raises `SettingsError`, `InTheWay`, `OSError`."""
    checks.parse(Source(str(place), text, place.stem))
    if len(text.encode()) > MAX_PACK_BYTES:
        raise SettingsError("is larger than a host pack may be; divide the site file")
    place.parent.mkdir(parents=True, exist_ok=True)
    with open_folder(place.parent, PurePath()) as folder:
        try:
            content, seen = folder.read(place.name, MAX_PACK_BYTES)
        except FileNotFoundError:
            content, seen = None, None
        if content is not None and not is_as_written(content.decode("utf-8", "replace")):
            raise SettingsError("was changed since, or is not from here, and stays; move it away to import it anew")
        if content != text.encode():
            folder.write_all([New(place.name, text.encode(), seen, content=content)], sync_names=False)
