"""Site files of the community as packs: what people wrote for other extractors, by host, about what goes.

A site file (`gazette.example.txt`, in the format of Full-Text RSS and wallabag) says on each line what something on
the pages of a host is:

    body: //div[@id='story']         the content; all else goes
    strip: //div[@class='share']     what goes, as an XPath
    strip_id_or_class: newsletter    what goes, as the name of an id or a class
    title: //h1                      and author, date, test_url and others, which say nothing of what goes

Of it a host pack is made: `strip` and `strip_id_or_class` become a rule with selectors. `body` becomes a `[[keep]]`
that holds the judge off: that everything outside of it goes would be more than the file is certain of, since such
files are often older than the pages. What cannot be said by selectors is reported, and the rest is written.

Full-Text RSS takes `strip_id_or_class` for a part of a name (`ad` fits `header`), wallabag for a whole name. Here it
is a whole one, unless it begins or ends with a hyphen or an underscore.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from cleaner import quote
from cleaner.learn.names import digest
from cleaner.learn.tables import written
from cleaner.learn.xpath import attribute, selectors
from cleaner.rules import css
from cleaner.rules.pack import FORMAT, MAX_SELECTORS

CATEGORY = "site"
# The last line of an imported pack: by the digest of all above it tells whether a person changed the pack.
MARK = "# What `cleaner rules import` wrote, by which it tells whether a person changed it: "
NOTE = """\
# `cleaner rules import` made this pack of a site file. What the file says of titles, authors, dates, pages in parts
# and replaced strings was not taken over. Its `body` holds the judge off from the content; what is outside of it does
# not go for that reason alone."""
# Elements without text of their own, which site files keep or strip as pictures; a selector for them does nothing.
_WITHOUT_TEXT = frozenset(
    (
        *("img", "iframe", "picture", "source", "video", "audio", "embed", "object", "canvas", "svg", "hr", "br"),
        *("input", "meta", "link", "script", "style", "noscript", "select", "textarea", "title", "head"),
    )
)
# Directives that say what goes, or what stays. What all others say has no counterpart in a pack.
_BODY, _STRIP, _NAMED = "body", "strip", "strip_id_or_class"
_DIRECTIVE = re.compile(r"([A-Za-z_]+)(\([^)]*\))?\s*:\s*(.*?)\s*")
_EXAMPLE = "The boats stayed in."
MAX_SHOWN_CHARS = 100  # characters of a line that a message repeats


class SiteFile(NamedTuple):
    """A site file: its name for messages, and its text."""

    name: str
    text: str


class Imported(NamedTuple):
    """What was made of the site files of a host."""

    text: str  # of the pack; "" if they say nothing that can be taken over
    selectors: int  # of the rule and of what is kept
    problems: list[str]  # what was not taken over, each as `path:line: what; what to do`


def host_of(stem: str) -> str:
    """Return the host that a site file is for, by its name without `.txt`; "" if it is named after none.

    `.example.org` is for all hosts below `example.org`, as each host pack is.
    """
    host = stem.lower().removeprefix(".").removeprefix("www.")
    return host if "." in host and re.fullmatch(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", host) else ""


def pack_of(host: str, files: Sequence[SiteFile]) -> Imported:
    """Make a pack of the site files of a host."""
    problems: list[str] = []
    gone: dict[str, None] = {}
    kept: dict[str, None] = {}
    for file in files:
        for number, name, value in _directives(file.text):
            found = _named(value) if name == _NAMED else selectors(value)
            if found is None or not all(map(_is_sound, found)):
                what = f"{name}: {_shown(value)} cannot be said by selectors"
                advice = "write a rule for it into a pack of your own"
                problems.append(f"{quote.name(file.name)}:{number}: {what}; {advice}")
            else:
                (kept if name == _BODY else gone).update(dict.fromkeys(filter(_may_have_text, found)))
    for each in (gone, kept):
        if len(each) > MAX_SELECTORS:
            what = f"has more than {MAX_SELECTORS} selectors, and the last were left out; put them into a second rule"
            problems.append(f"{quote.name(files[-1].name)}:1: {what}")
            for selector in list(each)[MAX_SELECTORS:]:
                del each[selector]
    if not gone and not kept:
        return Imported("", 0, problems)
    names = ", ".join(file.name.rpartition("/")[2] for file in files)
    return Imported(_text(host, quote.line(names), list(gone), list(kept)), len(gone) + len(kept), problems)


def is_as_written(text: str) -> bool:
    """Whether the text of a pack is as it was imported."""
    above, mark, rest = text.replace("\r\n", "\n").rpartition(MARK)
    return bool(mark) and rest.strip() == digest(above)


def _directives(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield what a site file says of what goes and what stays: the 1-based line, the name and the value."""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        found = _DIRECTIVE.fullmatch(line.strip())
        if found and not found[2] and found[1] in (_BODY, _STRIP, _NAMED) and found[3]:
            yield number, found[1], found[3]


def _named(value: str) -> list[str] | None:
    """Return selectors for a name of an id or a class, None if it cannot be written."""
    name = value.replace("'", "").replace('"', "").strip()
    is_part = name.startswith(("-", "_")) or name.endswith(("-", "_"))
    found = [attribute("id", "*=" if is_part else "=", name)]
    words = name.split()
    if is_part:
        found.append(attribute("class", "*=", name))
    else:
        conditions = [attribute("class", "~=", word) for word in words]
        found.append(None if None in conditions else "".join(filter(None, conditions)))
    known = [each for each in found[len(words) > 1 :] if each]
    return known or None


def _is_sound(selector: str) -> bool:
    try:
        css.parse(selector)
    except css.BadSelector:
        return False
    return True


def _may_have_text(selector: str) -> bool:
    """Whether what a sound selector names may have text."""
    return all(one.compounds[-1].tag not in _WITHOUT_TEXT for one in css.parse(selector))


def _text(host: str, files: str, gone: list[str], kept: list[str]) -> str:
    """Return the text of a pack."""
    info = {"format": FORMAT, "id": host, "title": host, "hosts": [host], "source": f"the site file {files}"}
    pieces = [NOTE, written("[pack]", info)]
    keeps = f"<p>{_EXAMPLE}</p>"
    if gone:
        rule: dict[str, Any] = {"id": "strip", "category": CATEGORY, "confidence": "likely", "selectors": gone}
        rule |= {"drops_html": list(_examples(gone)), "keeps_html": keeps}
        pieces.append(written("[[rule]]", rule))
    if kept:
        keep: dict[str, Any] = {"hosts": [host], "rules": ["judge"], "selectors": kept}
        keep |= {"keeps_html": list(_examples(kept)), "drops_html": keeps}
        pieces.append(written("[[keep]]", keep))
    text = "\n\n".join(pieces) + "\n\n"
    return f"{text}{MARK}{digest(text)}\n"


def _examples(written: Iterable[str]) -> Iterator[str]:
    """Yield a piece of HTML for each selector, with an element that it names."""
    for selector in (one for each in written for one in css.parse(each)):
        html = _EXAMPLE
        for compound in reversed(selector.compounds):
            tag = compound.tag if compound.tag not in ("", "html", "body") else "div"
            values: dict[str, str] = {}
            if compound.ids:
                values["id"] = compound.ids[0]
            if compound.classes:
                values["class"] = " ".join(compound.classes)
            for name, operator, value in compound.attributes:
                values[name] = f"{values[name]} {value}" if operator == "~=" and name in values else value
            attributes = "".join(f' {name}="{value}"' for name, value in values.items())
            html = f"<{tag}{attributes}>{html}</{tag}>"
        yield html


def _shown(value: str) -> str:
    shown = quote.line(value)
    return shown if len(shown) <= MAX_SHOWN_CHARS else f"{shown[:MAX_SHOWN_CHARS]}…"
