"""Notices the other distribution called `cleaner`, a shell for tidying folders, which shares files with this one.

This distribution is called `boilerstrip`. Both install a package `cleaner/` and a command `cleaner`, so whichever is
installed last overwrites files of the other:

- Theirs, then ours: everything here is ours until somebody uninstalls theirs, which deletes files of ours.
- Ours, then theirs: `cleaner/__init__.py` and the command `cleaner` are theirs. The package `cleaner/cli/` hides
  their module `cleaner/cli.py`, so their command asks this package for its function `run_cleaner`.

In both cases their metadata lies beside the package `cleaner/`, and one listing of that folder finds it.
"""

from __future__ import annotations

import os
from pathlib import Path

from cleaner.errors import SettingsError

METADATA = (".dist-info", ".egg-info")  # how the folders end in which installers describe a distribution


def refuse_other_distribution() -> None:
    """Raise `SettingsError` if a distribution called `cleaner` is installed in the folder of this package."""
    folder = Path(__file__).parents[2]
    try:
        names = os.listdir(folder)  # noqa: PTH208 # a third of the time of `iterdir`, at every start
    except OSError:
        return
    for name in names:
        if name.startswith("cleaner-") and name.endswith(METADATA):
            version = name.removeprefix("cleaner-").rsplit(".", 1)[0]
            raise SettingsError(
                f"{folder}: another program called cleaner ({version}) has overwritten files of this one, or may;"
                " run `pip uninstall -y cleaner boilerstrip`, then `pip install boilerstrip`"
            )
