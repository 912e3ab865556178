"""The kernel: what runs for each character or each line on numbers, compiled where a compiler is.

There are two makers of the same bytes. One is numpy code, which stands where it is explained: the gate of the rules
(`rules.match.ends`) and the judge (`judge.features`, `judge.model`, `judge.decide`). The other is C, in the files
beside this one: `gate.c` does what `ends` does, `judge.c` with `lines.c`, `places.c`, `net.c` and `decide.c` does
what the judge does, and `module.c` makes a module of them.
The numpy code is the reference; tests hold both to the same bytes.

The C code is built when the package is installed, if there is a C compiler (see `build`). Without one everything
works as well, but more slowly. `compiled` is the module if it was built, or None. The environment variable
`CLEANER_KERNEL=numpy` says to do without it.

What goes into the compiled functions and what comes out are buffers: a text as UTF-16 units (little-endian, an
unpaired surrogate as it is), arrays of numbers of the machine's byte order. Lines go in as strings. The functions
keep nothing between calls, check the sizes of what they are given, and raise `ValueError` for what does not fit
together.
"""

from __future__ import annotations

import os
import sys

VARIABLE = "CLEANER_KERNEL"  # of the environment; `numpy`: do without the compiled kernel
NUMPY = "numpy"

try:
    if os.environ.get(VARIABLE) == NUMPY or sys.byteorder == "big":
        raise ImportError
    from cleaner.kernel import _compiled as compiled
except ImportError:
    compiled = None  # type: ignore[assignment]
