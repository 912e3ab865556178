"""The engines people already run: thin adapters over one pure function over Arrow record batches.

Each module has one verb, `clean`, that takes what its engine works on and returns the same with its text cleaned:
`cleaner.engines.datasets`, `.datatrove` (there it is a block of a pipeline, `Clean`), `.spark`, `.ray` and `.frames`
(pandas and polars). `cleaner.engines.arrow` is what they have in common. All give the same texts as `Cleaner`.

None of the engines is installed along with the cleaner; each is an extra of the same name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Around the import of a package that comes with an extra: raises `ImportError` that says how to install it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ImportError(f"this needs {error.name}; pip install 'boilerstrip[{name}]'", name=error.name) from None
