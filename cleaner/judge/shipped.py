"""The files that ship with the judge: weights, and the table of characters.

A file of weights is MessagePack: arrays of numbers by name. The arrays are read as bytes, so that nothing but
`StoredArray.load` needs numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from cleaner.judge.arrays import Array, Weights

WEIGHTS = Path(__file__).with_name("weights.bin")  # of the net for texts
MARKUP_WEIGHTS = Path(__file__).with_name("markup-weights.bin")  # of the nets for pages with markup
PAGE_WEIGHTS = Path(__file__).with_name("page-weights.bin")  # of those for pages with trafilatura's verdict as well
PAGE_NETS = 2  # nets in each of these two files, whose scores are averaged
CHARACTERS = Path(__file__).with_name("characters.bin")  # see `characters`


class StoredArray(msgspec.Struct, array_like=True):
    """An array of numbers in a file of weights."""

    kind: str  # numpy's name of its type, little-endian
    shape: tuple[int, ...]
    data: bytes

    def load(self) -> Array:
        """Return the array."""
        import numpy as np

        return np.frombuffer(self.data, self.kind).reshape(self.shape)


Stored = Mapping[str, StoredArray]  # the arrays of a file of weights by name


def load(path: Path = WEIGHTS) -> Stored:
    """Return the arrays in a file of weights, by name."""
    return msgspec.msgpack.decode(path.read_bytes(), type=dict[str, StoredArray])


def save(weights: Mapping[str, Any], path: Path = WEIGHTS) -> None:
    """Write arrays to a file of weights, the same bytes for the same numbers."""
    path.write_bytes(msgspec.msgpack.encode(stored(weights)))


def stored(weights: Mapping[str, Any]) -> Stored:
    """Return arrays as they are stored, in the order of their names."""
    return {
        name: StoredArray(array.dtype.newbyteorder("<").str, array.shape, array.tobytes())
        for name, array in sorted(weights.items())
    }


def arrays(weights: Stored) -> Weights:
    """Return the arrays of a file of weights, by name."""
    return {name: array.load() for name, array in weights.items()}


def digest() -> str:
    """Return a hexadecimal digest of the weights that ship."""
    return sha256(b"".join(path.read_bytes() for path in (WEIGHTS, MARKUP_WEIGHTS, PAGE_WEIGHTS))).hexdigest()
