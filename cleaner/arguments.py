"""The arguments of a `Cleaner` besides its settings: what is wrong with one is said at once, and in its own words.

What is data, the fields of rows, is only looked at: a URL or a language that is none is like one that is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from types import UnionType
from typing import Any, get_args

from cleaner.rules.scope import HOST_WITHIN_CHARS
from cleaner.text.kinds import KINDS
from cleaner.text.languages import bcp47

# RFC 5646, section 2.1: what a tag looks like, not whether its parts are registered.
# The patterns are not compiled at import, because most documents come without a URL and a language.
LANGUAGE = (
    r"(?i)(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"  # language
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"  # script, region
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*+"  # variants
    r"(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})++)*+"  # extensions
    r"(?:-x(?:-[a-z0-9]{1,8})++)?"
    r"|x(?:-[a-z0-9]{1,8})++"
    r"|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)"
    r"|en-gb-oed|sgn-be-(?:fr|nl)|sgn-ch-de"
)
SCHEME = r"(?i)(?!https?:)[a-z][a-z0-9+.-]+:"  # of a place without a host, as in file:///a
NOT_IN_HOSTS = r"[\x00-\x20\x7f-\xa0<>\"{}|\\^`\u2028\u2029\ud800-\udfff]"
REMEMBERED = 4096  # URLs and languages that are not looked at again; raised, they take more memory
MAX_LANGUAGE_CHARS = 255  # the longest tag; those in use have 35 characters at most


def is_language(name: str) -> bool:
    """Whether `name` is a tag of BCP 47, or would be one with `-` for `_`."""
    return len(name) <= MAX_LANGUAGE_CHARS and _is_tag(name)


def is_url(url: str) -> bool:
    """Whether `url`, with or without a scheme, names a place: a host, or something else by its scheme."""
    return _names_place(url[:HOST_WITHIN_CHARS])


@lru_cache(REMEMBERED)
def _is_tag(name: str) -> bool:
    return bool(re.fullmatch(LANGUAGE, bcp47(name) or "", re.ASCII))


@lru_cache(REMEMBERED)
def _names_place(url: str) -> bool:
    from urllib.parse import urlsplit

    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname
    except ValueError:
        return False
    return not re.search(NOT_IN_HOSTS, host) if host else bool(re.match(SCHEME, url, re.ASCII))


def checked_language(lang: str | None) -> str | None:
    """Return a language as a tag of BCP 47, None for "" and None. Raises `TypeError` and `ValueError`."""
    check_optional("lang", lang)
    if not lang:
        return None
    if not is_language(lang):
        raise ValueError(f"lang: {lang!r} is no language tag; name one as BCP 47 does, such as en or pt-BR")
    return bcp47(lang)


def checked_url(url: str | None) -> str | None:
    """Return a URL, None for "" and None. Raises `TypeError` and `ValueError`."""
    check_optional("url", url)
    if not url:
        return None
    if not is_url(url):
        raise ValueError(f"url: {url!r} is no URL; name one such as https://example.org/1, or leave it out")
    return url


def checked_file(file: str | None) -> str | None:
    """Return the name of a document as a relative path, None for "" and None. Raises `TypeError`."""
    check_optional("file", file)
    return (file.removeprefix("./").lstrip("/") or None) if file else None


def check_optional(name: str, value: object) -> None:
    """Raise `TypeError` for what is neither a string nor None."""
    if not isinstance(value, str | None):
        raise TypeError(f"{name}: {_of(value)} is no str; pass a str or None")


def check_kind(kind: object) -> None:
    """Raise `ValueError` for a kind of document that does not exist."""
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind: there is no kind {kind!r}; pass 'text', 'markdown', 'html', or None to find out")


def check_text(text: object) -> None:
    """Raise `TypeError` for a text that is none."""
    if not isinstance(text, str):
        what = "decode them, or use clean_bytes" if isinstance(text, bytes | bytearray) else "pass a str"
        raise TypeError(f"text: {_of(text)} is no str; {what}")


def check_html(html: object) -> None:
    """Raise `TypeError` for a page that is none."""
    if not isinstance(html, str | bytes):
        raise TypeError(f"html: {_of(html)} is no page; pass a str or bytes")


def check_bytes(data: object) -> None:
    """Raise `TypeError` for bytes that are none."""
    if not isinstance(data, bytes):
        what = "use clean or clean_html" if isinstance(data, str) else "pass bytes"
        raise TypeError(f"data: {_of(data)} is no bytes; {what}")


def check_many(name: str, values: object) -> None:
    """Raise `TypeError` for what is not many, and for one string: its characters would be taken for them."""
    if isinstance(values, str | bytes):
        raise TypeError(f"{name}: {_of(values)} is one, not many; pass a list")
    if not isinstance(values, Iterable):
        raise TypeError(f"{name}: {_of(values)} is no list; pass a list")


def checked_many(name: str, values: Iterable[Any], kind: type | UnionType = str) -> tuple[Any, ...]:
    """Return many values of a kind. Raises `TypeError` for what is not many, or holds something else."""
    check_many(name, values)
    found = tuple(values)
    for value in found:
        check_is(f"{name}: an item", value, kind)
    return found


def check_is(name: str, value: object, kind: type | UnionType) -> None:
    """Raise `TypeError` for a value that is not of a kind. True and False are no numbers."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        wanted = " or ".join(part.__name__ for part in get_args(kind) or (kind,))
        raise TypeError(f"{name}: {_of(value)} is no {wanted}; pass a {wanted}")


def _of(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}" if not isinstance(value, int) else "an int"
