"""Addresses of links and pictures as Markdown has them, and what stands behind the text of each link.

An address is made absolute where the URL of the page is known. What a program would run (`javascript:`) and what
holds its own data (`data:`) is no address that a reader of a text can use, and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urljoin

if TYPE_CHECKING:
    from cleaner.html.markdown.blocks import Outline

MAX_CHARS = 2000  # an address with more is left out; browsers and servers take no longer ones
MAX_UNSEEN_PIXELS = 2  # a picture that is no wider or no higher is not seen
MAX_ALT_CHARS = 500  # the text that stands for a picture is cut here

_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SCHEMES = ("http", "https", "mailto", "ftp", "tel")
_NOT_IN_ADDRESS = re.compile(r"[\s<>\\|`\x00-\x1f]|&(?=#?\w+;)")
_BALANCED = re.compile(r"[^()]*+(?:\([^()]*+\)[^()]*+)*+")
_LINE_BREAKS = re.compile(r"[\t\n\r]")
_SIZE = re.compile(r"\s*(\d+)")
_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-orig-file")  # where lazy pages have the address
_BACKSLASH = r"\\\g<0>"  # a backslash before what is escaped
_ESCAPED = re.compile(r"[\\`*_~\[\]<&$|!]")


class Addresses:
    """Addresses on one page: `url` is that of the page, if known; `base` is what the page says they start from."""

    def __init__(self, url: str | None, base: str = "") -> None:
        self._base = _joined(url or "", base)

    def target(self, href: str) -> str | None:
        """Return an address as it stands in the marks of a link, None if it is none for readers."""
        href = _LINE_BREAKS.sub("", href.strip())
        scheme = _SCHEME.match(href)
        if not href or len(href) > MAX_CHARS or (scheme and scheme[1].lower() not in _SCHEMES):
            return None
        href = _NOT_IN_ADDRESS.sub(_in_percents, _joined(self._base, href))
        return href if _BALANCED.fullmatch(href) else href.replace("(", "%28").replace(")", "%29")

    def picture(self, attributes: Mapping[str, str]) -> str | None:
        """Return the address of a picture, None if it has none, or if no reader sees it."""
        if any(
            (size := _SIZE.match(attributes.get(name, ""))) and int(size[1][:9]) <= 2 for name in ("width", "height")
        ):
            return None  # it counts readers
        candidates = [attributes.get(name, "") for name in ("src", *_SOURCES)]
        candidates.append(attributes.get("srcset", "").strip().partition(" ")[0].rstrip(","))
        return next((target for source in candidates if source and (target := self.target(source))), None)


class Links:
    """The links and the references to notes of a page, by the numbers of their elements.

    - `ends`: what stands behind the text of each.
    - `footnotes`: of links as footnotes, in order, their label and their target.
    """

    def __init__(self, outline: Outline, addresses: Addresses, how: str) -> None:
        self._outline, self._addresses = outline, addresses
        self.ends: dict[int, str] = dict.fromkeys(outline.references, "]")
        self.footnotes: dict[int, tuple[str, str]] = {}
        taken = set(outline.labels.values())
        labels = (label for label in map(str, count(1)) if label not in taken)
        for number in outline.links if how != "drop" else ():
            if (
                number in self.ends
                or number in outline.backlinks
                or not outline.has_text(number)
                or (target := self.target(number)) is None
            ):
                continue
            if how == "footnotes":
                self.footnotes[number] = next(labels), target
                self.ends[number] = f"[^{self.footnotes[number][0]}]"
            else:
                self.ends[number] = f"]({target})"

    def target(self, number: int) -> str | None:
        """Return the target of a link, None if it leads nowhere for readers."""
        return self._addresses.target(self._outline.links[number])


def as_text(target: str) -> str:
    """Return a target as a link that reads as the target."""
    return f"<{target}>" if _SCHEME.match(target) else f"[{_ESCAPED.sub(_BACKSLASH, target)}]({target})"


def alternative(attributes: Mapping[str, str]) -> str:
    """Return the text that stands for a picture, escaped."""
    return _ESCAPED.sub(_BACKSLASH, " ".join(attributes.get("alt", "")[:MAX_ALT_CHARS].split()))


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:  # a host in brackets that is no address of a host
        return address


def _in_percents(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))
