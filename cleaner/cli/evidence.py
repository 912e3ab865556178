"""The file of evidence that `cleaner strip --evidence` writes: looked at before the run, written while it goes on.

The rows go to a file without a name of its own beside it, which takes the name at the end. So the name has the old
evidence or the new, and never a part of one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType

import click

from cleaner import quote
from cleaner.cleaner import Cleaner
from cleaner.evidence.table import Piece
from cleaner.files.folder import InTheWay, Place, reason_of, temporary_name
from cleaner.shards.compression import needed
from cleaner.tally import Tally

EXTRA = "evidence"  # of the packages that are needed


class EvidenceOutput:
    """The evidence of a run: a Parquet file, if the user named one. Use it in a `with` statement.

    `name` is the file, None for no evidence; it must not be one of the documents, `sources`, and only evidence is
    replaced, unless `force` says otherwise. Without a `finish`, nothing is written. All methods raise `UsageError`,
    also for a place where no file can be written: that is said before anything is done.
    """

    def __init__(
        self, name: str | None, sources: Iterable[str | Path], *, force: bool = False, sync: bool = True
    ) -> None:
        self._file = Path(name) if name else None
        self._force, self._sync = force, sync
        self._open = ExitStack()
        if self._file and any(os.path.realpath(self._file) == os.path.realpath(source) for source in sources):
            raise click.UsageError(f"{quote.name(self._file)}: is a document; name another file for the evidence")

    def __enter__(self) -> EvidenceOutput:
        if not self._file:
            return self
        needed("pyarrow.parquet", "files of evidence", EXTRA)
        from cleaner.evidence.files import is_evidence
        from cleaner.evidence.write import Writer

        with self._errors():
            self._folder = self._open.enter_context(Place.named(self._file).folder())
            self._old = self._folder.look(self._file.name)
            if self._old and self._old.size and not self._force:
                with os.fdopen(self._folder.open(self._file.name), "rb") as there:
                    is_ours = is_evidence(there)
                if not is_ours:
                    why = "is no evidence of the cleaner; name another file, or pass --force to replace it"
                    raise click.UsageError(f"{quote.name(self._file)}: {why}")
            self._temporary = temporary_name()
            self._handle = self._open.enter_context(os.fdopen(self._folder.create(self._temporary), "w+b"))
            self._writer = Writer(self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            with suppress(OSError):  # there is none after `finish`
                self._folder.discard(self._temporary)
            with suppress(OSError):
                self._open.close()

    @property
    def take(self) -> Callable[[Piece], None] | None:
        """What to call with each piece of evidence; None if no evidence is wanted."""
        return self._add if self._file else None

    def _add(self, piece: Piece) -> None:
        with self._errors():
            self._writer.add(piece)

    def finish(self, tally: Tally, cleaners: Sequence[Cleaner]) -> None:
        """Write what is left, and give the file its name. `tally` is that of all documents of the run."""
        if not self._file:
            return
        from cleaner.evidence.write import facts_of

        with self._errors():
            self._writer.finish(facts_of(tally, cleaners))
            self._handle.flush()
            if self._sync:
                os.fsync(self._handle.fileno())
            self._handle.close()
            if self._old:
                self._folder.set_owner_and_mode(self._temporary, self._old)
            self._folder.move(self._temporary, self._folder, self._file.name, self._old)
            if self._sync:
                self._folder.sync()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise `UsageError` for what goes wrong with the file, or with evidence in the workspace of a shard."""
        try:
            yield
        except InTheWay as error:
            raise click.UsageError(str(error)) from None
        except (OSError, ValueError) as error:
            what = reason_of(error) if isinstance(error, OSError) else str(error)
            why = f"cannot be written ({what}); make room, or name another file"
            raise click.UsageError(f"{quote.name(self._file or '')}: {why}") from None
