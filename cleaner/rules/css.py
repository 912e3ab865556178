"""Selectors of CSS as rules may write them: read, held to a safe subset, and filed in tables.

cssselect reads them. The subset is what can be looked up while a page is walked once: types, ids, classes and
attributes (`[a]`, `=`, `^=`, `$=`, `*=`, `~=`), compounds of them, the combinators for what is within an element
(a space) and for its children (`>`), and lists. Pseudo-classes, siblings and namespaces are refused. Case counts in
ids, classes and values, as it does for browsers; not in names of elements and attributes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from cleaner.selectors import START_CHARS, SelectorTables, Step

# Limits of one selector. In brackets: the most that one has that ships. Raised, a pack can make each element dearer.
MAX_CHARS = 1000  # characters of one string, which may be a list [47]
MAX_SHOWN_CHARS = 80  # characters of what cssselect says that a message repeats
MAX_STEPS = 8  # compounds of a selector [2]
MAX_CONDITIONS = 8  # ids, classes and attributes of a compound [2]

_OPERATORS = ("exists", "=", "^=", "$=", "*=", "~=")
_SUBSET = "use types, #ids, .classes and [attributes] with spaces, > and commas alone"


class BadSelector(ValueError):
    """What is wrong with a selector, and what to do, to be read after the selector."""


class Compound(NamedTuple):
    """What one element must be."""

    tag: str = ""  # in lower case; "": any
    ids: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str, str], ...] = ()  # name in lower case, operator and value

    @property
    def is_specific(self) -> bool:
        """Whether more than the type of the element counts."""
        return bool(self.ids or self.classes or self.attributes)

    @property
    def filed_under(self) -> tuple[str, str, str]:
        """The table of `SelectorTables` that a step is filed in, and the entry there: one or two keys."""
        if self.ids:
            return "by_id", self.ids[0], ""
        found = [each for each in self.attributes if each[0] != "class"]
        if self.classes and not found:
            return "by_class", self.classes[0], ""
        for name, operator, value in (*found, *self.attributes):
            if operator == "=":
                return "by_value", name, value
            if operator == "^=" and len(value) >= START_CHARS:
                return "by_start", name, value[:START_CHARS]
            return "by_attribute", name, ""
        return "by_tag", self.tag, ""

    @property
    def conditions(self) -> int:
        """How many ids, classes and attributes are asked for."""
        return len(self.ids) + len(self.classes) + len(self.attributes)


class Selector(NamedTuple):
    """A selector without commas: its compounds, and the combinator (` ` or `>`) before each but the first."""

    compounds: tuple[Compound, ...]
    combinators: tuple[str, ...]


def parse(written: str) -> list[Selector]:
    """Read a selector, which may be a list. Raises `BadSelector`."""
    import cssselect

    if len(written) > MAX_CHARS:
        raise BadSelector(f"has {len(written):,} characters, and the limit is {MAX_CHARS:,}; make it several")
    try:
        trees = cssselect.parse(written)
    except (cssselect.SelectorError, ValueError, RecursionError) as error:  # ValueError: an escape of no character
        raise BadSelector(f"cannot be read ({' '.join(str(error).split())[:MAX_SHOWN_CHARS]}); {_SUBSET}") from None
    return [_selector(tree) for tree in trees]


def _selector(tree: Any) -> Selector:
    """Return what cssselect read, from its last compound to the first. Raises `BadSelector`."""
    if tree.pseudo_element is not None:
        raise BadSelector(f"has a pseudo-element; {_SUBSET}")
    compounds: list[Compound] = []
    combinators: list[str] = []
    node = tree.parsed_tree
    while True:
        is_joined = type(node).__name__ == "CombinedSelector"
        compounds.append(_compound(node.subselector if is_joined else node))
        if not is_joined:
            break
        if node.combinator not in (" ", ">"):
            raise BadSelector(f"has the combinator {node.combinator!r}; {_SUBSET}")
        combinators.append(node.combinator)
        node = node.selector
    if len(compounds) > MAX_STEPS:
        what = f"names {len(compounds)} elements within each other"
        raise BadSelector(f"{what}, and the limit is {MAX_STEPS}; name fewer")
    return Selector(tuple(reversed(compounds)), tuple(reversed(combinators)))


def _compound(node: Any) -> Compound:
    """Return a compound that cssselect read. Raises `BadSelector`."""
    ids: list[str] = []
    classes: list[str] = []
    attributes: list[tuple[str, str, str]] = []
    while (kind := type(node).__name__) != "Element":
        if kind == "Hash":
            ids.append(node.id)
        elif kind == "Class":
            classes.append(node.class_name)
        elif kind == "Attrib" and node.operator in _OPERATORS and not node.namespace:
            value = node.value.value if node.value is not None else ""
            attributes.append((node.attrib.lower(), node.operator, value))
        else:
            is_operator = kind == "Attrib" and not node.namespace
            what = f"the operator {node.operator!r}" if is_operator else "more than tags, ids, classes and attributes"
            raise BadSelector(f"has {what}; {_SUBSET}")
        node = node.selector
    if node.namespace:
        raise BadSelector(f"has a namespace; {_SUBSET}")
    compound = Compound((node.element or "").lower(), tuple(ids), tuple(classes), tuple(attributes))
    if compound.conditions > MAX_CONDITIONS:
        what = f"asks {compound.conditions} things of one element"
        raise BadSelector(f"{what}, and the limit is {MAX_CONDITIONS}; ask for fewer")
    if not compound.tag and not compound.is_specific:
        raise BadSelector("names any element by *; name an id, a class or an attribute")
    return compound


class Builder:
    """Files selectors in tables, and counts what they cost."""

    def __init__(self) -> None:
        self.tables = SelectorTables([], {}, {}, {}, {}, {}, {})
        self.filed: Counter[tuple[str, str, str]] = Counter()  # how many steps an element may fit, by what it has

    @property
    def steps(self) -> int:
        """How many compounds there are."""
        return len(self.tables.steps)

    @property
    def joints(self) -> int:
        """How many combinators there are."""
        return self.tables.joints

    def add(self, written: Iterable[str], role: int) -> None:
        """Add selectors that mean `role`. Raises `BadSelector`."""
        for each in written:
            for selector in parse(each):
                self._add(selector, role)

    def _add(self, selector: Selector, role: int) -> None:
        tables, last = self.tables, len(selector.compounds) - 1
        for number, compound in enumerate(selector.compounds):
            name, entry, value = filed = compound.filed_under
            table = getattr(tables, name)
            if name in ("by_value", "by_start"):
                table, entry = table.setdefault(entry, {}), value
            table.setdefault(entry, []).append(len(tables.steps))
            self.filed[filed] += 1
            # More than one id is no selector that fits anything, but one that CSS allows.
            attributes = [*compound.attributes, *(("id", "=", each) for each in compound.ids[1:])]
            step = Step(
                tag=compound.tag,
                classes=list(compound.classes),
                attributes=attributes,
                needs=tables.joints + number - 1 if number else -1,
                of_parent=bool(number) and selector.combinators[number - 1] == ">",
                gives=tables.joints + number if number < last else -1,
                to_children=number < last and selector.combinators[number] == ">",
                role=role if number == last else -1,
            )
            tables.steps.append(step)
        tables.joints += last

    def encoded(self) -> msgspec.Raw:
        """Return the tables, encoded."""
        return msgspec.Raw(msgspec.msgpack.encode(self.tables))


def unspecific(written: Iterable[str]) -> Iterator[str]:
    """Yield those of some sound selectors that name a kind of element wherever it stands, such as `aside`."""
    for each in written:
        if any(not any(one.is_specific for one in selector.compounds) for selector in parse(each)):
            yield each
