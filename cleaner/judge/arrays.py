"""Types of the judge's arrays. Modules import them under `TYPE_CHECKING`, so they cost nothing at run time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]  # counts, positions, numbers of lines, scores
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]  # probabilities, means
Inputs = NDArray[np.float32]  # whole numbers, in the type that matrices are multiplied in
Classes = NDArray[np.uint8]  # of characters
Units = NDArray[np.uint8] | NDArray[np.uint16]  # code units of a text: 8 bits if it is ASCII, or else 16
Hashes = NDArray[np.uint32]  # also tokens: buckets of hashes
Array = NDArray[Any]  # of any type of number
Weights = Mapping[str, Array]  # the arrays of a file of weights by name
