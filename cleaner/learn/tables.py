"""Tables of TOML as text: readable where that is safe, and escaped where a character could hide or command something.

Writers of TOML that are libraries escape every quotation mark, or write all strings alike; here a reviewer reads the
lines as they stand on the page. The same table is always the same text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cleaner.learn.names import digest

Table = Mapping[str, Any]  # strings, integers, true and false, lists of strings, and lists of tables of strings

# Characters that are written as escapes: control characters and spaces that nobody sees, marks that reorder a text,
# signs of fonts of icons. The joiners and the marks of direction that ordinary text has stay.
_HIDDEN = (
    "[\x00-\x1f\x7f-\xa0\xad\u180e\u2000-\u200b\u2028-\u202f\u205f-\u206f\ue000-\uf8ff\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_ESCAPED = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
_TO_ESCAPE = re.compile(rf'{_HIDDEN}|["\\]')
_TO_ESCAPE_IN_BLOCKS = re.compile(rf'(?!\n){_HIDDEN}|["\\]')


def written(header: str, table: Table) -> str:
    """Return a table with its header, such as `[[rule]]`, without a line feed at the end.

    What is a list of tables in it follows below headers of its own.
    """
    lines = [header]
    below: list[str] = []
    for name, value in table.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            inner = f"[[{header.strip('[]')}.{name}]]"
            below += [written(inner, each) for each in value]
        else:
            lines.append(f"{name} = {_value(value)}")
    return "\n".join([*lines, *below])


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return string(value)
    return _list(value) if isinstance(value, list) else str(value)


def _list(values: Sequence[str]) -> str:
    """Return a list of strings: on one line if it is short, else one string a line."""
    items = [string(value) for value in values]
    line = f"[{', '.join(items)}]"
    if len(line) <= 100 and "\n" not in line:
        return line
    return "\n".join(["[", *(f"  {item}," for item in items), "]"])


def string(value: str) -> str:
    """Return a string of TOML: in a block if it has several lines, and without escapes if it can be.

    A lone surrogate cannot be written.
    """
    is_plain = not _TO_ESCAPE_IN_BLOCKS.search(value.replace('"', "").replace("\\", ""))
    fits_block = is_plain and "'''" not in value and not value.endswith("'")
    if "\n" in value:
        if fits_block:
            return f"'''\n{value}'''"
        return f'"""\n{_TO_ESCAPE_IN_BLOCKS.sub(_escape, value)}"""'
    if is_plain and ('"' in value or "\\" in value):
        if "'" not in value:
            return f"'{value}'"
        if fits_block:
            return f"'''{value}'''"
    return f'"{_TO_ESCAPE.sub(_escape, value)}"'


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    code = ord(char)
    return _ESCAPED.get(char) or (f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}")


def table_digest(table: Table) -> str:
    """Return the digest of what a table says, however it is written."""
    return digest(json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
