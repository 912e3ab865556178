"""Which elements of a page the selectors of rules name, found in the one walk over the page.

Each element is looked up once, by its id, its classes, its attributes and its tag, in tables (`cleaner.selectors`).
What a selector has found above an element comes down with the walk as two integers, whose bits are the combinators
that wait for something further down. So nobody walks up to ancestors, and the time is linear in the elements, however
deep they stand; how much one look-up may cost is bounded by the limits of packs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain, count
from typing import NamedTuple

from cleaner.marks import Mark
from cleaner.selectors import START_CHARS, SelectorTables, Step, fits

# The most rules whose boxes one text may stand in; those of boxes further in are passed over. What is in so many
# boxes goes by the first of them. Raised, hostile pages with hostile packs take longer for each text.
MAX_BOXES = 32
MAX_SHOWN_CHARS = 80  # characters of the name of an element; what is longer is cut
_WHOLE = ("html", "body")  # what is named by one of these is the page, not a box on it


class Hit(NamedTuple):
    """An element that a selector names."""

    table: int  # 0-based number of the tables
    role: int  # what the selector means, as the tables have it
    element: str  # how to call the element: `div#banner.wide`


class Label(NamedTuple):
    """What is known of a text by the elements around it."""

    mark: Mark | None  # what kind of chrome the markup says it is (`chrome`)
    hits: tuple[int, ...]  # 0-based numbers of the hits that it stands in


class Boxed(NamedTuple):
    """A part of a line that stands in a named element: 0-based line, its characters (end excluded), and the hit."""

    line: int
    start: int
    end: int
    hit: int  # 0-based number of the hit


# What waits for elements further down, as bits: within the element around, and among its children.
Waiting = tuple[int, int]
NOTHING: Waiting = (0, 0)
_NOTHING: dict[str, list[int]] = {}


# A step with the number of its tables, and how far their bits are shifted.
_Called = tuple[int, int, Step]


class Boxes:
    """The elements of one page that selectors name; `hits` grows in the walk.

    What an element fits by its tag and its classes alone is remembered for the page: most elements are like others.
    """

    def __init__(self, tables: Sequence[SelectorTables]) -> None:
        """Take tables whose numbers are sound."""
        self.hits: list[Hit] = []
        shifts = accumulate((each.joints for each in tables), initial=0)
        self._tables = list(zip(count(), shifts, tables))  # there is one shift more
        self._known: dict[tuple[str, str], Sequence[_Called]] = {}
        # Names by which most elements are passed over at once.
        self._classes = frozenset(name for each in tables for name in each.by_class)
        self._ids = frozenset(name for each in tables for name in (*each.by_id, *each.by_value.get("id", ())))
        self._starts = frozenset(start for each in tables for start in each.by_start.get("id", ()))
        names = {name for each in tables for name in (*each.by_attribute, *each.by_value, *each.by_start)}
        self._asked = frozenset(names - {"class", "id"})
        self._asks_ids = any("id" in each.by_attribute for each in tables)
        self._asks_classes = "class" in names
        self.asks_all = any(each.by_tag for each in tables)  # whether elements without attributes may be named

    def enter(
        self, tag: str, own: Mapping[str, str], label: Label | None, waiting: Waiting
    ) -> tuple[Label | None, Waiting]:
        """Return the label of an element, and what waits for elements in it.

        `own` are its attributes, `label` is what was known so far, `waiting` what waits in the element around it.
        """
        called = own.get("class", "")
        steps = self._known.get((tag, called))
        if steps is None:
            steps = self._known[tag, called] = self._by_class(tag, called)
        name = own.get("id")
        if name and (name in self._ids or name[:START_CHARS] in self._starts or self._asks_ids):
            steps = [*steps, *self._by_id(tag, own)]
        if not self._asked.isdisjoint(own):
            steps = [*steps, *self._by_attribute(tag, own)]
        if not steps:
            return label, (waiting[0], 0) if waiting[1] else waiting
        within, of_parent = waiting
        inside, of_this = within, 0
        for number, shift, step in steps:
            if step.needs >= 0 and not (of_parent if step.of_parent else within) >> (step.needs + shift) & 1:
                continue
            if step.gives < 0:
                label = label if tag in _WHOLE else self._hit(number, step.role, tag, own, label)
            elif step.to_children:
                of_this |= 1 << (step.gives + shift)
            else:
                inside |= 1 << (step.gives + shift)
        return label, (inside, of_this)

    def _by_class(self, tag: str, called: str) -> Sequence[_Called]:
        """Return the steps that ask for a tag and for classes alone, and that an element with these fits."""
        words = set(called.split())
        if not (self.asks_all or self._asks_classes) and self._classes.isdisjoint(words):
            return ()
        own = {"class": called} if called else {}
        found: list[_Called] = []
        for number, shift, tables in self._tables:
            numbers = [each for word in words & tables.by_class.keys() for each in tables.by_class[word]]
            numbers += tables.by_tag.get(tag, ())
            if called:
                numbers += _by_value(tables, "class", called)
            steps = (tables.steps[each] for each in numbers)
            found += ((number, shift, step) for step in steps if _is_fit(step, tag, own, words))
        return found or ()

    def _by_id(self, tag: str, own: Mapping[str, str]) -> Iterator[_Called]:
        """Yield the steps that ask for the id of an element, and that it fits."""
        words = set(own.get("class", "").split())
        for number, shift, tables in self._tables:
            for each in (*tables.by_id.get(own["id"], ()), *_by_value(tables, "id", own["id"])):
                if _is_fit(tables.steps[each], tag, own, words):
                    yield number, shift, tables.steps[each]

    def _by_attribute(self, tag: str, own: Mapping[str, str]) -> Iterator[_Called]:
        """Yield the steps that ask for other attributes of an element, and that it fits."""
        words = set(own.get("class", "").split())
        names = [name for name in own if name in self._asked]
        for number, shift, tables in self._tables:
            for each in chain.from_iterable(_by_value(tables, name, own[name]) for name in names):
                if _is_fit(tables.steps[each], tag, own, words):
                    yield number, shift, tables.steps[each]

    def _hit(self, table: int, role: int, tag: str, own: Mapping[str, str], label: Label | None) -> Label:
        """Return the label of an element with one more hit, unless the same rule has named an element around it."""
        mark, around = label or (None, ())
        if len(around) >= MAX_BOXES or any(self.hits[number][:2] == (table, role) for number in around):
            return Label(mark, around)
        self.hits.append(Hit(table, role, name_of(tag, own)))
        return Label(mark, (*around, len(self.hits) - 1))


def _by_value(tables: SelectorTables, name: str, value: str) -> list[int]:
    """Return the numbers of the steps that may fit an attribute with a value."""
    return [
        *tables.by_attribute.get(name, ()),
        *tables.by_value.get(name, _NOTHING).get(value, ()),
        *tables.by_start.get(name, _NOTHING).get(value[:START_CHARS], ()),
    ]


def _is_fit(step: Step, tag: str, own: Mapping[str, str], words: set[str]) -> bool:
    """Whether an element is all that a step asks for; `words` are its classes."""
    if step.tag and step.tag != tag:
        return False
    if step.classes and not words.issuperset(step.classes):
        return False
    return all(name in own and fits(own[name], operator, wanted) for name, operator, wanted in step.attributes)


def name_of(tag: str, own: Mapping[str, str]) -> str:
    """Return how to call an element: its tag, its id and its classes, as a selector has them."""
    names = [tag]
    if name := own.get("id", "").strip():
        names.append(f"#{name[:MAX_SHOWN_CHARS]}")
    names += (f".{word}" for word in own.get("class", "")[:MAX_SHOWN_CHARS].split())
    whole = " ".join("".join(names).split())
    return whole if len(whole) <= MAX_SHOWN_CHARS else f"{whole[:MAX_SHOWN_CHARS]}…"
