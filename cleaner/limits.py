"""How long a document may take, and how large one in a shard may be.

The time is a number, which worker processes keep to, and a limit in this process. A worker that takes too long is
ended from outside (`pool.py`), whatever it is doing. In this process a signal raises an exception in the middle of
the work, which costs nothing but waits for C code to come back to Python: `re` and Python itself do so all the time,
the parser of HTML only at its end.

The module stands alone because the command line shows the defaults: to read them there must not cost an import of
`multiprocessing`.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cleaner.errors import DocumentError

# Seconds that every document may take, however small. Raised, a document that hangs is found out later.
TIMEOUT_SECONDS = 60.0
# Each so many bytes give a document one second more. Ten to fifty times this speed is usual; raised, slow machines
# lose large documents.
MIN_BYTES_PER_SECOND = 100_000
ADVICE_AFTER_LIMIT = "allow more with --timeout, or leave it out"
# The signal is sent again after so many seconds: the first exception may be lost in code that no exception can leave,
# such as `__del__`.
AGAIN_SECONDS = 1.0
# The largest document of a shard, in bytes: a line of JSON lines, a record of WARC, packed or unpacked, a row of
# Parquet. It bounds the memory of all processes: a small file may unpack to gigabytes. A process needs some times as
# much; raised, it needs more, lowered, more documents fail.
MAX_DOCUMENT_BYTES = 1 << 28


def time_limit(size: int, timeout: float = TIMEOUT_SECONDS) -> float:
    """Return the seconds that documents of `size` bytes in all may take together."""
    return timeout + size / MIN_BYTES_PER_SECOND


class _OutOfTime(BaseException):  # no `except Exception` may catch it
    """Raised by the signal, inside of whatever is being done."""


def can_limit() -> bool:
    """Whether `limited` works here: in the main thread, on a system with SIGALRM (not on Windows)."""
    return hasattr(signal, "SIGALRM") and threading.current_thread() is threading.main_thread()


@contextmanager
def limited(size: int, timeout: float | None = TIMEOUT_SECONDS, *, advice: str = "leave it out") -> Iterator[None]:
    """Raise `DocumentError` if the block takes longer than a document of `size` bytes may.

    There is no limit if `timeout` is None, as in a worker, which has one already, or where `can_limit` is false.
    Handler and timer of the signal are as before afterwards.
    """
    if timeout is None or not can_limit():
        yield
        return
    limit = time_limit(size, timeout)
    armed = is_over = False

    def raise_out_of_time(_number: int, _frame: Any) -> None:
        nonlocal is_over
        if armed:
            is_over = True
            raise _OutOfTime

    timer = signal.getitimer(signal.ITIMER_REAL)
    handler = signal.signal(signal.SIGALRM, raise_out_of_time)
    try:
        try:
            armed = True  # only from here on: the exception must not be raised where nothing catches it
            signal.setitimer(signal.ITIMER_REAL, limit, AGAIN_SECONDS)
            yield
            if is_over:  # the exception was lost, and the block has ended before the next one
                raise _OutOfTime
        finally:
            armed = False
    except _OutOfTime:
        armed = False
        raise DocumentError(f"cannot be cleaned: takes longer than {limit:.3g} seconds; {advice}") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
