"""TOML that strangers wrote, rule packs and configuration files: whatever it holds, it is read or there is one error.

A path may be a named pipe, a device or a link to one, and a file may have any size; so a path is looked at before it
is opened, and at most `MAX_BYTES` are read. The parser counts on texts of good will: it recurses, and it takes
quadratic time for long keys. What it cannot take is refused here.

The error of `SettingsError` reads `path:line: what is wrong; what to do`, in words of TOML and not of Python.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from cleaner import quote
from cleaner.errors import SettingsError, did_you_mean

Shape = TypeVar("Shape", bound=msgspec.Struct)
Keys = Sequence[str]  # the keys and the 0-based numbers, in digits, that lead to a value

# Size of a file, in bytes: forty times the largest pack that ships. The parser takes up to 1 µs a byte. Raised, a
# hostile file can keep the cleaner busy for longer.
MAX_BYTES = 2_000_000
# Parts of a dotted key. The parser takes time that grows with their square: 1 µs a byte at this limit.
MAX_KEY_PARTS = 64
MAX_SHOWN_CHARS = 200  # characters of a stranger's text that are shown in a message

_PART = r"(?:[\w-]+|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*')"
# Expressions are compiled when they are first needed: most runs read no TOML, because what it says is cached.
_LONG_KEY = rf"(?m)(?:^|[\[{{,])[ \t]*(?:{_PART}[ \t]*\.[ \t]*){{{MAX_KEY_PARTS}}}"
_LONG_NUMBER = r"[0-9_]{4300,}"  # Python refuses decimal numbers with more digits
_KINDS = {"str": "a string", "int": "an integer", "float": "a number", "bool": "true or false"}
_KINDS |= {"array": "a list", "object": "a table", "datetime": "a date", "date": "a date", "time": "a time"}
# Opening a named pipe must not wait for a writer, and a terminal must not become that of this process.
_READ = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "O_BINARY"))
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)


def read(path: Path, advice: str, *, follow: bool = True) -> str:
    """Return the text of a file, with `\\n` as the end of every line.

    Raises `SettingsError` if the path is no regular file (with `follow`, it may be a link to one), if the file is too
    large, cannot be read (then `advice` says what to do), or is not UTF-8.
    """
    try:
        data = _read_bytes(path, follow=follow)
        if data is None:
            what = "a link, which is not followed here" if path.is_symlink() and not follow else "no regular file"
            why = f"is {what}; put a file there, or remove it"
        elif len(data) > MAX_BYTES:
            why = f"is larger than {MAX_BYTES:,} bytes; split it, or make it smaller"
        else:
            text = data.decode("utf-8-sig")
            return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    except OSError as error:
        why = f"cannot be read ({error.strerror}); {advice}"
    except UnicodeDecodeError as error:
        why = f"is not UTF-8 (byte {error.start}); save it as UTF-8"
    except ValueError:  # the path has a NUL
        why = f"cannot be the name of a file; {advice}"
    raise SettingsError(f"{quote.name(path)}: {why}")


def _read_bytes(path: Path, *, follow: bool) -> bytes | None:
    """Return at most `MAX_BYTES` and one more of a file, None if the path is no regular file."""
    if not stat.S_ISREG(path.stat(follow_symlinks=follow).st_mode):  # to open a device may do something
        return None
    handle = os.open(path, _READ if follow else _READ | _NOFOLLOW)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        data = b""
        while len(data) <= MAX_BYTES and (more := os.read(handle, MAX_BYTES + 1 - len(data))):
            data += more
        return data
    finally:
        os.close(handle)


def parse(name: str, text: str) -> dict[str, Any]:
    """Return the data of a text. Raises `SettingsError`, in which `name` stands for the file."""
    import tomli

    line = 1
    if found := re.search(_LONG_KEY, text):
        line = text.count("\n", 0, found.end()) + 1
        what = f"a key has more than {MAX_KEY_PARTS} parts; write fewer"
    else:
        try:
            return tomli.loads(text)
        except tomli.TOMLDecodeError as error:
            line = text.count("\n", 0, error.pos) + 1
            what = f"is not valid TOML: {shown(str(error))}; mend it"
        except RecursionError:
            what = "lists or tables are nested too deeply; write them flatter"
        except ValueError:
            number = re.search(_LONG_NUMBER, text)
            line = text.count("\n", 0, number.start()) + 1 if number else 1
            what = "a number has too many digits; write a smaller one"
    raise SettingsError(f"{quote.name(name)}:{line}: {what}")


def shown(value: str) -> str:
    """Return a stranger's text for a message: without dangerous characters, in one line, and not too long."""
    safe = quote.text(value).replace("\n", "␊").replace("\t", " ")
    return safe if len(safe) <= MAX_SHOWN_CHARS else safe[:MAX_SHOWN_CHARS] + "…"


def named(key: str) -> str:
    """Return a stranger's key or value in quotes for a message, not too long."""
    return repr(key if len(key) <= MAX_SHOWN_CHARS else key[:MAX_SHOWN_CHARS] + "…")


def convert(
    name: str,
    data: Any,
    shape: type[Shape],
    table_of: Callable[[Keys], type[msgspec.Struct]],
    line_of: Callable[[Keys, str], int],
) -> Shape:
    """Return data in a shape. Raises `SettingsError` with the line of what is wrong; `name` stands for the file.

    `table_of` returns the shape of the table that a value is in, and `line_of` the 1-based line of a key ("" for the
    header) of that table. Both get the path of the value.
    """
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        message = str(error)
    what, found, where = message.rpartition(" - at `$")
    path = re.findall(r"[\w-]+", where) if found else []
    what = what if found else message
    table = table_of(path)
    known = [field.encode_name for field in msgspec.structs.fields(table)]
    key = next((part for part in reversed(path) if not part.isdigit()), "")
    if what.startswith("Object contains unknown field `"):
        key = what.partition("`")[2][:-1]
        advice = did_you_mean(key[:MAX_SHOWN_CHARS], known, "remove it; known keys: " + ", ".join(known))
        text = f"unknown key {named(key)}; {advice}"
    elif missing := re.fullmatch(r"Object missing required field `(.+)`", what):
        key = ""
        text = f"the key {missing[1]!r} is missing; add it"
    else:
        if "[...]" in where:  # msgspec does not say which key of a table with any keys it means
            key = _first_wrong(data, key)
        subject = f"an item of {named(key)}" if re.search(r"\[\d+\]`$", where) else named(key)
        text = (
            f"{subject} must be {_wanted(table, key, what)}; change it"
            if key
            else "must be a table; write keys in it"
        )
    raise SettingsError(f"{quote.name(name)}:{line_of(path, key)}: {text}")


def _first_wrong(data: Any, key: str) -> str:
    """Return the first key of the table `key` whose value is no list of strings, or `key` if there is none."""
    table = data[key] if isinstance(data, dict) and isinstance(data.get(key), dict) else {}
    for name, value in table.items():
        if not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
            return str(name)
    return key


def _wanted(table: type[msgspec.Struct], key: str, what: str) -> str:
    """Return what the key of a table must be, for the message `what` of msgspec about its value."""
    import msgspec.inspect as types

    if wrong := re.fullmatch(r"Expected `(.+)`, got `(.+)`", what):
        wanted = [_KINDS.get(one, one) for one in wrong[1].split(" | ") if one != "null"]  # TOML has no null
        return f"{enumerated(wanted, 'or')}, not {_KINDS.get(wrong[2], wrong[2])}"
    if length := re.fullmatch(r"Expected `(array|object)` of length <= (\d+)", what):
        what = "a list of at most {:,} items" if length[1] == "array" else "a table of at most {:,} keys"
        return what.format(int(length[2]))
    info = types.type_info(table)
    assert isinstance(info, types.StructType)
    for field in (each for each in info.fields if each.encode_name == key):
        plain = field.type.type if isinstance(field.type, types.Metadata) else field.type
        for option in plain.types if isinstance(plain, types.UnionType) else (plain,):
            kind = option.type if isinstance(option, types.Metadata) else option
            if isinstance(kind, types.LiteralType):
                return f"{enumerated(kind.values, 'or')}, not {shown(what.removeprefix('Invalid enum value '))}"
            if isinstance(kind, types.IntType | types.FloatType) and kind.ge is not None:
                return f"at least {kind.ge:g}" if kind.le is None else f"{kind.ge:g} to {kind.le:g}"
    return "another value"


def enumerated(names: Iterable[object], word: str) -> str:
    """Return `a`, `a WORD b`, or `a, b WORD c`."""
    *first, last = map(str, names)
    return f"{', '.join(first)} {word} {last}" if first else last
