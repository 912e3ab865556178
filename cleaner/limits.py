"""How long a document may take before its worker process is ended, and how large one in a shard may be.

The module stands alone because the command line shows the defaults: to read them there must not cost an import of
`multiprocessing`.
"""

from __future__ import annotations

# Seconds that every document may take, however small. Raised, a document that hangs is found out later.
TIMEOUT_SECONDS = 60.0
# Each so many bytes give a document one second more. Ten to fifty times this speed is usual; raised, slow machines
# lose large documents.
MIN_BYTES_PER_SECOND = 100_000
# The largest document of a shard, in bytes: a line of JSON lines, a record of WARC, packed or unpacked, a row of
# Parquet. It bounds the memory of all processes: a small file may unpack to gigabytes. A process needs some times as
# much; raised, it needs more, lowered, more documents fail.
MAX_DOCUMENT_BYTES = 1 << 28


def time_limit(size: int, timeout: float = TIMEOUT_SECONDS) -> float:
    """Return the seconds that documents of `size` bytes in all may take together."""
    return timeout + size / MIN_BYTES_PER_SECOND
