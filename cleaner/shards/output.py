"""A file that a run over shards writes: the copy of a shard or its list of failures, on this machine or in a store.

What stands in its place is looked at when the shard is begun. At the end, it is replaced or removed only if it is
still the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from cleaner import quote
from cleaner.errors import DocumentError
from cleaner.files.folder import Folder, Seen
from cleaner.shards import store
from cleaner.shards.store import FileInfo


class Output:
    """The place of a file that is to be written."""

    def __init__(self, name: str, top: str | None) -> None:
        """Look at the place; `store` says what `name` and `top` are. Raises `OSError`."""
        self._name, self._top = name, top
        self._old = self._look()

    @property
    def old(self) -> FileInfo | None:
        """Size and stamp of the file that stood there at the beginning, None if there was none."""
        return store.info_of(self._old) if isinstance(self._old, Seen) else self._old

    def now(self) -> FileInfo | None:
        """Return size and stamp of the file that stands there now, None if there is none. Raises `OSError`."""
        return store.look(self._name, self._top)

    def open(self) -> BinaryIO:
        """Open the file that stands there to read. Raises `OSError`."""
        return store.open_file(self._name, self._top)

    def replace(self, folder: Folder, made: str, mode: int, *, sync: bool) -> None:
        """Give a file of a folder this name, if what stood there at the beginning still does.

        A new file has no permission that one with the bits `mode` does not give, one that replaces another has the
        mode of that. With `sync`, the name goes to the disk. Raises `OSError` and `DocumentError`.
        """
        if store.is_remote(self._name):
            if self.now() != self._old:
                raise DocumentError(f"{quote.name(self._name)}: was changed while the shard was cleaned; run again")
            store.put(folder, made, self._name)
            return
        old = self._old if isinstance(self._old, Seen) else None
        with store.folder_of(self._name, self._top) as to:
            if old:
                folder.set_owner_and_mode(made, old)
            else:
                folder.keep_private(made, mode)
            folder.move(made, to, Path(self._name).name, old)
            if sync:
                to.sync()

    def remove(self) -> None:
        """Remove the file that stood there at the beginning. Raises `OSError`."""
        if store.is_remote(self._name):
            store.remove(self._name)
        elif isinstance(self._old, Seen):
            name = Path(self._name).name
            with store.folder_of(self._name, self._top) as folder:
                if folder.look(name):
                    folder.remove(name, self._old)

    def _look(self) -> Seen | FileInfo | None:
        if store.is_remote(self._name):
            return store.look(self._name)
        with store.folder_of(self._name, self._top) as folder:
            return folder.look(Path(self._name).name)
