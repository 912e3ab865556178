# The functions of gate.c: see `rules.match.maker`.

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
