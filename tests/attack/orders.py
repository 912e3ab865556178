"""Random commands on a tree, each with what it names: that alone may it change."""

from __future__ import annotations

import random
from typing import NamedTuple

from tests.attack.ground import Ground


class Order(NamedTuple):
    """A command to give, in the folder `tree`. All paths but those in `words` are from the folder that holds `tree`.

    `named` are files that the command line names as output, which may have to be new; `folders` those for copies.
    """

    words: tuple[str, ...]
    named: tuple[str, ...] = ()
    named_must_be_new: bool = False
    folders: tuple[str, ...] = ()
    force: bool = False
    in_place: bool = False
    writes: bool = False
    shows_text: bool = False  # on standard output, a document as it is
    all_of_tree: bool = False  # whether each plain document must have a copy beside it after the command

    @property
    def shown(self) -> str:
        """The command line, to read."""
        return "cleaner " + " ".join(repr(word) if not word.isalnum() else word for word in self.words)


# Places for `--report` and `restore -o`: new, somebody's, links, pipes, folders. `ground` makes what is to be there.
PLACES = ("new.json", "precious.json", "to-canary.json", "to-new.json", "to-device.json", "pipe.json", "folder.json")
# Folders for `--output-dir`: new, real, a link within the tree and one out of it, and one that is named outside. What
# they hold may be links, too.
FOLDERS = {
    "out": "tree/out",
    "out-there": "tree/out-there",
    "out-link": "outside/granted",
    "../outside/granted": "outside/granted",
}


def order(ground: Ground, chance: random.Random) -> Order:
    """Make up a command."""
    make = chance.choices((_strip, _check, _accept, _restore, _explain, _rules), (10, 3, 2, 3, 2, 2))[0]
    return make(ground, chance)


def _strip(ground: Ground, chance: random.Random) -> Order:
    words = ["strip"]
    in_place = chance.random() < 0.25
    force = chance.random() < 0.15
    words += ["--in-place"] * in_place + ["--force"] * force
    words += [flag for flag, share in (("--record", 0.4), ("--resume", 0.25), ("--quiet", 0.1)) if _is(chance, share)]
    folder = "" if in_place or not _is(chance, 0.2) else chance.choice(list(FOLDERS))
    words += ["--output-dir", folder] if folder else []
    words += [flag for flag in ("--prune", "--lock") if not in_place and _is(chance, 0.15)]
    report = chance.choice(PLACES) if _is(chance, 0.2) else ""
    words += ["--report", report] if report else []
    words += ["-j", "2"] if _is(chance, 0.05) else []
    diff = not report and "--prune" not in words and _is(chance, 0.06)
    words += ["--diff"] if diff else []
    words += ["--tracked"] if not diff and _is(chance, 0.5 if ground.has_git else 0.03) else []
    words += ["--timeout", "5", *_about_cleaning(ground, chance)]
    paths = _paths(ground, chance)
    return Order(
        (*words, "--", *paths),
        named=(f"tree/{report}",) if report else (),
        folders=(FOLDERS[folder],) if folder else (),
        force=force,
        in_place=in_place,
        writes=not diff,
        all_of_tree="." in paths and not (in_place or folder or diff or "--encoding" in words),
    )


def _check(ground: Ground, chance: random.Random) -> Order:
    words = ["check"]
    words += [flag for flag, share in (("--in-place", 0.2), ("--tracked", 0.2), ("-q", 0.1)) if _is(chance, share)]
    words += ["--output-dir", chance.choice(list(FOLDERS))] if _is(chance, 0.2) and "--in-place" not in words else []
    return Order((*words, *_about_cleaning(ground, chance), "--", *_paths(ground, chance)))


def _accept(ground: Ground, chance: random.Random) -> Order:
    words = ["accept", *(["--output-dir", chance.choice(list(FOLDERS))] if _is(chance, 0.2) else [])]
    paths = chance.choices(ground.copies, k=1) if ground.copies and _is(chance, 0.3) else _paths(ground, chance)
    return Order((*words, *_about_cleaning(ground, chance), "--", *paths))


def _restore(ground: Ground, chance: random.Random) -> Order:
    copy = chance.choice(ground.copies) if ground.copies else "a.clean.txt"
    output = chance.choice(PLACES) if _is(chance, 0.7) else ""
    force = bool(output) and _is(chance, 0.4)
    words = ["restore", *(["-o", output] if output else []), *["--force"] * force, "--", copy]
    return Order(
        tuple(words),
        named=(f"tree/{output}",) if output else (),
        named_must_be_new=True,
        force=force,
        shows_text=True,
    )


def _explain(ground: Ground, chance: random.Random) -> Order:
    found = [path for path in ground.documents if not path.endswith(".jsonl")] or ["a.txt"]
    words = ["explain", *_about_cleaning(ground, chance), "--", *chance.choices(found, k=chance.randint(1, 2))]
    return Order(tuple(words))


def _rules(ground: Ground, chance: random.Random) -> Order:
    pack = chance.choice(ground.packs)
    words = chance.choice(
        (
            ("rules", "check", "--", pack),
            ("rules", "check", "-q", "--", pack),
            ("rules", "list", "--rules", pack),
            ("rules", "try", "--", pack, chance.choice(ground.documents or ["a.txt"])),
        )
    )
    return Order(words)


def _about_cleaning(ground: Ground, chance: random.Random) -> list[str]:
    """Return options that choose the cleaner."""
    words = ["--level", chance.choice(["rules", "safe", "main"])] if _is(chance, 0.3) else []
    words += ["--rules", chance.choice(ground.packs)] if _is(chance, 0.1) else []
    words += ["--lang", chance.choice(["en", "de", "x\x1b[31m", "en\nPWNED: no tag"])] if _is(chance, 0.05) else []
    words += (
        ["--url", chance.choice(["https://example.org/", "http://[", "\x1b[31m://x"])] if _is(chance, 0.05) else []
    )
    words += ["--encoding", chance.choice(["utf-8", "latin-1", "utf-16"])] if _is(chance, 0.04) else []
    words += ["--disable", chance.choice(["*/*", "*" * 9 + "b", "share/*"])] if _is(chance, 0.04) else []
    return words


def _paths(ground: Ground, chance: random.Random) -> list[str]:
    """Return paths to name: the whole tree most often."""
    if _is(chance, 0.7) or not ground.documents:
        return ["."]
    return chance.choices([*ground.documents, *ground.folders, "missing.txt"], k=chance.randint(1, 3))


def _is(chance: random.Random, share: float) -> bool:
    return chance.random() < share
