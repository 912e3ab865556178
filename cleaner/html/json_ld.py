"""JSON-LD of a page, as flat as it can be: the nodes that say something of the page, each a `dict`.

What stands in a page may be anything: no JSON, nested to any depth, a list of graphs, nodes that refer to others by
`@id`. What cannot be read is left out. Nothing here recurs, and the time is linear in the length of the text.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

# A block of more characters is not read: no page of the development set has one, and JSON of a megabyte takes 60 MB.
MAX_CHARS = 1_000_000
# Properties whose nodes are about something else than the page: what it links to, what others wrote below it.
_OF_OTHERS = frozenset(
    (
        *(
            "comment",
            "review",
            "reviews",
            "itemListElement",
            "mentions",
            "citation",
            "hasPart",
            "isPartOf",
            "relatedLink",
        ),
        *(
            "about",
            "recommendation",
            "potentialAction",
            "breadcrumb",
            "itemReviewed",
            "publisher",
            "author",
            "creator",
        ),
        *("image", "logo"),
    )
)
# A comment or CDATA section around a block.
_WRAPPED = re.compile(
    r"\s*(?:/[*/]\s*)?(?:<!\[CDATA\[|<!--)(?:\s*\*/)?|(?:/[*/]\s*)?(?:\]\]>|-->)(?:\s*\*/)?\s*;?\s*\Z"
)


MAX_VALUES = 100  # authors or addresses of one node that are looked at; no page has more authors


def nodes(blocks: Iterable[str]) -> list[dict[str, Any]]:
    """Return the nodes of the blocks of a page, in order, those of graphs and of main entities among them."""
    return [node for block in blocks for node in _nodes_in(block)]


def _nodes_in(block: str) -> Iterator[dict[str, Any]]:
    """Yield the nodes of one block."""
    if len(block) > MAX_CHARS:
        return
    try:
        data = json.loads(_WRAPPED.sub("", block.strip("\ufeff \t\n\r\f;")), strict=False)
    except (ValueError, RecursionError):
        return
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += reversed(one)
        elif isinstance(one, dict):
            if any(key in one for key in ("@type", "@id", "headline")):
                yield one
            waiting += [value for key, value in reversed(one.items()) if key not in _OF_OTHERS]


def types_of(node: dict[str, Any]) -> list[str]:
    """Return the types of a node, without the address of their vocabulary."""
    types = node.get("@type")
    return [
        str(one).rpartition("/")[2] for one in (types if isinstance(types, list) else [types]) if isinstance(one, str)
    ]


def texts(value: object, by_id: dict[str, dict[str, Any]], *keys: str) -> list[str]:
    """Return the strings that a value holds: itself, those of a list, and of nodes the first of `keys` that there is.

    A node that only refers to another one by `@id` is taken for that one. No more than `MAX_VALUES` values are
    looked at.
    """
    found = []
    waiting = deque([value])
    for _ in range(MAX_VALUES):
        if not waiting:
            break
        one = waiting.popleft()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, list):
            waiting.extend(one[:MAX_VALUES])
        elif isinstance(one, dict):
            if not any(key in one for key in keys) and isinstance(identity := one.get("@id"), str):
                one = by_id.get(identity, one)
            named = next((one[key] for key in keys if one.get(key)), None)
            waiting.extend([named] if isinstance(named, str) else [])
            if isinstance(named, list):
                waiting.extend(text for text in named[:MAX_VALUES] if isinstance(text, str))
    return found
