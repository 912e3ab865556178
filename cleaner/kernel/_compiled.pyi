# The functions of gate.c: see `rules.match.maker`.

from array import array
from collections.abc import Sequence

_Buffer = bytes | bytearray | memoryview

def read_ends(
    lines: Sequence[str], table: _Buffer, margins: _Buffer, /
) -> tuple[bytearray, bytearray, bytearray]: ...
def find_special(rows: _Buffer, /) -> tuple[bytearray, bytearray]: ...
def hash_ends(rows: _Buffer, change: int, /) -> bytearray: ...
def tag_table(hashes: _Buffer, offsets: _Buffer, codes: _Buffer, /) -> bytearray: ...
def look_up(
    whole: _Buffer,
    places: _Buffer,
    behind: _Buffer,
    places_behind: _Buffer,
    start: int,
    tags: _Buffer,
    hashes: _Buffer,
    offsets: _Buffer,
    codes: _Buffer,
    /,
) -> bytearray: ...
def fold_lines(text: _Buffer, table: _Buffer, /) -> tuple[bytearray, bytearray]: ...

# The functions of judge.c: see `judge.in_c`.

def read_lines(
    text: bytes, first: int, characters: bytes, weights: bytes, common: bytes, scale: float, bias: float, /
) -> bytes: ...
def without(records: bytes, ranges: array[int], /) -> bytes: ...
def place_inputs(records: bytes, /) -> bytes: ...
def as_floats(weights: bytes, /) -> bytes: ...
def score(net: bytes, records: bytes, places: bytes, more: bytes, /) -> bytes: ...
def with_links(scores: bytes, records: bytes, links: bytes, /) -> bytes: ...
def decide(
    records: bytes,
    scores: bytes,
    ruled: array[int],
    spared: array[int],
    probabilities: array[float],
    level: str,
    threshold: int,
    limits: Sequence[float],
    /,
) -> list[tuple[int, int, int]]: ...
