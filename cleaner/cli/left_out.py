"""Which files and folders are no documents of a person, by their names: they are passed over in folders.

A page of `cleaner review` has a name that documents may have as well. Such a file is known by its end.

In any folder that a user names, the names are few, for whoever names a folder has documents in it: a corpus may be of
files called README.md. In a repository (`--tracked`, and in the hooks for documents) there is more that nobody wants
cleaned. What is named itself is always taken.
"""

from __future__ import annotations

import re
import stat
from functools import cache
from pathlib import Path

from cleaner.files.probe import mode_of, size_of

# Folders of packages and of what was compiled, and files that programs read: none of them holds what a person wrote
# to be read. `env` and `venv` are not among them, which may be folders about the environment; `MADE_BY` tells.
# Added to, documents in a folder of that name are passed over unless it is named.
FOLDERS = ("node_modules", "__pycache__", "site-packages")
FOLDER_SUFFIXES = (".egg-info", ".dist-info")
FILES = ("robots.txt", "ads.txt", "app-ads.txt", "requirements.txt", "constraints.txt", "cmakelists.txt")
PAGE = "review.html"  # what `cleaner review` calls its page if nothing else is said
MADE_BY = ("pyvenv.cfg", "conda-meta")  # files and folders by which a folder is an environment of Python

# What the hooks leave out, which is `exclude` in .pre-commit-hooks.yaml: what is hidden, clean copies, what tells of
# a repository, and what programs read. Names in capitals may have anything behind them.
IN_REPOSITORY = r"""(?x)(^|/)(?:
  \..*
  | .*(?i:\.clean\.(?:txt|md))
  | (?:README|LICEN[CS]E|COPYING|NOTICE|CHANGELOG|CONTRIBUTING|CODE_OF_CONDUCT|SECURITY)[._-].*
  | (?i:readme|licen[cs]e|changelog|contributing|code_of_conduct|agents|claude)\.(?i:txt|text|md)
  | (?i:(?:.*[._-])?(?:requirements|constraints)(?:[._-].*)?\.txt)
  | requirements/[^/]*\.txt
  | CMakeLists\.txt
  | (?i:(?:robots|humans|ads|app-ads|security|llms|llms-full)\.txt)
)$"""


def is_folder_left_out(folder: Path) -> bool:
    """Whether a folder holds no documents of a person, by its name or by what made it."""
    if folder.name in FOLDERS or folder.name.endswith(FOLDER_SUFFIXES):
        return True
    return any(mode_of(folder / name) for name in MADE_BY)


def is_file_left_out(below: str, *, in_repository: bool) -> bool:
    """Whether a file is no document of a person, by its path below the folder that a user named, with `/` in it."""
    if below.rpartition("/")[2].lower() in FILES:
        return True
    return in_repository and _in_repository().search(below) is not None


def is_page_of_review(path: Path) -> bool:
    """Whether `cleaner review` wrote the file, under the name that it gives. Other names are not looked at."""
    if path.name != PAGE or not stat.S_ISREG(mode_of(path, follow=False)):
        return False
    from cleaner.review.render import END_BYTES, is_end_of_page

    try:
        with path.open("rb") as file:
            file.seek(max(size_of(path) - END_BYTES, 0))
            return is_end_of_page(file.read(END_BYTES))
    except OSError:
        return False  # whoever reads it as a document says why it cannot be read


@cache
def _in_repository() -> re.Pattern[str]:
    return re.compile(IN_REPOSITORY)
