"""A file that is written piece by piece, and takes its name when it is whole.

`Folder.write_all` takes the whole content of a file. A file that may be larger than the memory is written here: into
a new file beside the place, which takes the name at the end, so that the name has the old file or the new, and never
a part of one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from cleaner.files.folder import Folder, Seen, temporary_name


@contextmanager
def new_file(folder: Folder, name: str, old: Seen | None, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Open a new file to write and read, which takes the `name` in a folder if the block ends without an exception.

    `old` is what was seen at the name, None if nothing was; the new file then has the permission bits `mode`, without
    the right to execute it and less what the system takes from every new file, or else those of the old one. Raises
    `Changed` if something else stands at the name in the end, `InTheWay`, and `OSError`; then no new file is left.
    """
    temporary = temporary_name()
    handle = folder.create(temporary)
    try:
        with os.fdopen(handle, "w+b") as file:
            if old:
                folder.set_owner_and_mode(temporary, old)
            else:
                folder.keep_private(temporary, mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        folder.move(temporary, folder, name, old)
    except BaseException:
        with suppress(OSError):
            folder.discard(temporary)
        raise
    folder.sync()
