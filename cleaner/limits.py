"""How long a document may take before its worker process is ended.

The module stands alone because the command line shows the default: to read it there must not cost an import of
`multiprocessing`.
"""

from __future__ import annotations

# Seconds that every document may take, however small. Raised, a document that hangs is found out later.
TIMEOUT_SECONDS = 60.0
# Each so many bytes give a document one second more. Ten to fifty times this speed is usual; raised, slow machines
# lose large documents.
MIN_BYTES_PER_SECOND = 100_000


def time_limit(size: int, timeout: float = TIMEOUT_SECONDS) -> float:
    """Return the seconds that documents of `size` bytes in all may take together."""
    return timeout + size / MIN_BYTES_PER_SECOND
