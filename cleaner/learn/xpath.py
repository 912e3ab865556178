"""XPaths of site files as selectors of CSS, as far as they are what people mostly write.

    //div[@id='menu']//li                          div#menu li
    //*[contains(@class, 'share')]                 [class*="share"]
    //p[@class='meta' or @class='meta small']      p.meta[class="meta"], p[class="meta small"]

What asks for the text of an element, for its place, or for what is within it has no selector.
"""

from __future__ import annotations

import re
from itertools import product

MAX_SELECTORS = 20  # of one XPath, of which each `or` doubles the number; what needs more is refused
_IDENTIFIER = re.compile(r"-?[A-Za-z_][\w-]*", re.ASCII)
_INNER = r"(?:[^\]'\"]|'[^']*'|\"[^\"]*\")*"  # of brackets
_STEP = re.compile(rf"(?P<axis>//?)(?P<tag>\*|[A-Za-z][A-Za-z0-9]*)(?P<tests>(?:\[{_INNER}\])*)")
_TEST = re.compile(rf"\[({_INNER})\]")
_SPACE = r"['\"] ['\"]"  # quoted
_NAME = r"@(?P<name>[A-Za-z_][\w-]*)"
_VALUE = r"(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\")"
# What may be asked of an attribute, and the operator of CSS for it.
_CONDITIONS = tuple(
    (re.compile(pattern), operator)
    for pattern, operator in (
        (rf"{_NAME}", ""),
        (rf"{_NAME}\s*=\s*{_VALUE}", "="),
        (rf"contains\(\s*{_NAME}\s*,\s*{_VALUE}\s*\)", "*="),
        (rf"starts-with\(\s*{_NAME}\s*,\s*{_VALUE}\s*\)", "^="),
        (
            rf"contains\(\s*concat\(\s*{_SPACE}\s*,\s*(?:normalize-space\()?\s*{_NAME}\s*\)?\s*,\s*{_SPACE}\s*\)"
            rf"\s*,\s*{_VALUE}\s*\)",
            "~=",
        ),
    )
)
_JOINT = re.compile(r"""\s+(and|or)\s+(?=(?:[^'"]|'[^']*'|"[^"]*")*$)""")
_UNION = re.compile(r"""\|(?=(?:[^'"]|'[^']*'|"[^"]*")*$)""")


def selectors(xpath: str) -> list[str] | None:
    """Return selectors that name the same elements as an XPath, None if it cannot be said by selectors."""
    found: list[str] = []
    for path in _UNION.split(xpath):
        steps = _steps(path.strip().removeprefix("."))
        if steps is None:
            return None
        found += ("".join(each).strip(" >") for each in product(*steps))
        if len(found) > MAX_SELECTORS:
            return None
    return found


def _steps(path: str) -> list[list[str]] | None:
    """Return the compounds that each step of a path may be, with the combinator before them; None for other paths."""
    steps: list[list[str]] = []
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if not step or (not position and step["axis"] != "//"):
            return None
        position = step.end()
        ways = [""]
        for test in _TEST.findall(step["tests"]):
            found = _ways(test.strip())
            if found is None:
                return None
            ways = [one + other for one in ways for other in found]
        tag = "" if step["tag"] == "*" else step["tag"].lower()
        if (not tag and "" in ways) or len(ways) > MAX_SELECTORS:
            return None
        steps.append([f"{' > ' if step['axis'] == '/' else ' '}{tag}{way}" for way in ways])
    return steps or None


def _ways(test: str) -> list[str] | None:
    """Return the conditions of CSS of which one must hold for a test in brackets; None for other tests."""
    pieces = _JOINT.split(test)
    joints = set(pieces[1::2])
    conditions = [_condition(piece.strip()) for piece in pieces[::2]]
    if len(joints) > 1 or None in conditions:
        return None
    known = [condition for condition in conditions if condition is not None]
    return known if joints == {"or"} else ["".join(known)]


def _condition(test: str) -> str | None:
    """Return a condition of CSS for a test of one attribute, None for other tests."""
    for pattern, operator in _CONDITIONS:
        if found := pattern.fullmatch(test):
            values = found.groupdict()
            value = values.get("single") or values.get("double") or ""
            return attribute(found["name"].lower(), operator, value.strip() if operator == "~=" else value)
    return None


def attribute(name: str, operator: str, value: str) -> str | None:
    """Return the condition that an attribute has a value, in the way in which it is looked up fastest.

    None for a value that cannot be written.
    """
    if not operator:
        return f"[{name}]"
    if not value.strip() or not value.isprintable() or '"' in value or "\\" in value:
        return None
    is_word = bool(_IDENTIFIER.fullmatch(value))
    if is_word and (name, operator) == ("id", "="):
        return f"#{value}"
    if is_word and name == "class" and operator in ("=", "~="):
        return f".{value}" if operator == "~=" else f'.{value}[class="{value}"]'
    return f'[{name}{operator}"{value}"]'
