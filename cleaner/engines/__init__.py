"""The engines that people already run: thin adapters over one pure function over Arrow record batches.

Each module has one verb, `clean`, that takes what its engine works on and returns the same with its text cleaned:
`cleaner.engines.datasets`, `.spark`, `.ray` and `.frames` (pandas and polars); in `.datatrove` it is a block of a
pipeline, `Clean`. `cleaner.engines.arrow` is what they have in common. All give the same texts as `Cleaner`.

`.spark` and `.ray` also `learn`, by the steps in `cleaner.engines.learning`, and write the same packs as the command
`cleaner learn`. What `datasets` and datatrove have on the disk (Parquet, JSON lines), the command takes.

None of the engines is installed along with the cleaner; each is an extra of the same name.

How to add an engine:

1. Write a module named after the engine. Import its package inside `with extra("name"):`, so that the error says how
   to install it, and add the extra to `pyproject.toml`.
2. Give it `clean(data, cleaner=None, fields=Fields(), *, lang=None)`; options of the engine itself go through as
   keywords. Make a `Cleaning.of(cleaner, fields, lang)` and hand its method `batch`, `batches` or `table` to the map
   function of the engine. It pickles small, and each worker process builds the cleaner once. An engine without Arrow
   goes by rows: `row_of`, `clean_rows`, as in `datatrove.py`. Columns that may hold any Python object go through
   `clean_values` of `values.py`: a value that is no text then costs its own row.
3. If the engine computes later, call `arrow.schema` at once, so that columns that do not fit are told to the user and
   not to a worker.
4. Add it to `ENGINES` in `tests/engines.py`: this runs the same documents through all engines and compares the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Surround the import of a package of an extra. Raises `ImportError` that says how to install it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ImportError(f"this needs {error.name}; pip install 'boilerstrip[{name}]'", name=error.name) from None
