"""What a run reads: documents that are files, and shards."""

from __future__ import annotations

from pathlib import PurePath
from typing import NamedTuple

from cleaner.errors import DocumentError
from cleaner.files import naming
from cleaner.files.folder import InTheWay, Place, read_named, why_not_read
from cleaner.files.probe import size_of
from cleaner.rows import Row
from cleaner.shards.format import Format, RowSettings
from cleaner.text import encoding as encodings
from cleaner.text import formats, kinds


def decoded(data: bytes, path: PurePath, encoding: str | None = None) -> Row:
    """Return the text or page in a file, as `strip` reads it. A row with an error stands for what is no document.

    `data` is the content of the file, whose name may tell its kind; `encoding` is what the user says of it.
    """
    if encoding is None and (what := formats.refusal(data)):
        return Row(error=what)
    kind = naming.kind_of(path)
    is_page = kind == "html" or (kind is None and kinds.begins_like_page(data)) or kinds.is_page_in_bytes(data)
    try:
        text = encodings.decode(data, encoding=encoding, html=is_page).text
    except DocumentError as error:
        return Row(error=str(error))
    return Row(html=text) if is_page else Row(text=text)


class FileSource(NamedTuple):
    """A document that is a file. One that the user `named` may be a link.

    `name` tells people in packs where it is, relative to the folder that the user named, and `folder` is the folder
    that it lies in, for documents that are grouped by folder.
    """

    place: Place
    name: str
    folder: str
    url: str | None = None
    encoding: str | None = None
    named: bool = False

    @property
    def where(self) -> str:
        """The whole path, for messages."""
        return str(self.place.path)

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return size_of(self.place.path)

    def read(self) -> Row:
        """Read the document, as `strip` reads it. A row with an error stands for one that cannot be read."""
        try:
            return decoded(self._bytes(), self.place.path, self.encoding)._replace(url=self.url)
        except OSError as error:
            return Row(error=why_not_read(error))

    def _bytes(self) -> bytes:
        """Return the content of the file. Raises `OSError`."""
        try:
            with self.place.folder() as folder:
                return folder.read(self.place.name)[0]
        except InTheWay:
            if not self.named:
                raise
        return read_named(self.place.path)[0]


class ShardSource(NamedTuple):
    """A shard. `source` is its path or URL, and `top` the folder that the user named, as `shards.store` has it.

    `name` and `folder` are those of `FileSource`.
    """

    source: str
    top: str | None
    name: str
    folder: str
    format: Format
    settings: RowSettings


Source = FileSource | ShardSource
