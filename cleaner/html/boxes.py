"""Which elements of a page the selectors of rules name, found in the one walk over the page.

Each element is looked up once, by its id, its classes, its attributes and its tag, in tables (`cleaner.selectors`).
What a selector has found above an element comes down with the walk as two integers, whose bits are the combinators
that wait for something further down. So nobody walks up to ancestors, and the time is linear in the elements, however
deep they stand; how much one look-up may cost is bounded by the limits of packs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from cleaner.marks import Mark
from cleaner.selectors import SelectorTables, Step, fits

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


class Boxes:
    """The elements of one page that selectors name; `hits` grows in the walk."""

    def __init__(self, tables: Sequence[SelectorTables]) -> None:
        """Take tables whose numbers are sound."""
        self.hits: list[Hit] = []
        self._tables = []
        shift = 0
        for number, each in enumerate(tables):
            self._tables.append((number, each, shift, dict[str, list[Step]]()))
            shift += each.joints
        self.asks_all = any(each.by_tag for each in tables)  # whether elements without attributes may be named

    def enter(
        self, tag: str, own: Mapping[str, str], label: Label | None, waiting: Waiting
    ) -> tuple[Label | None, Waiting]:
        """Return the label of an element, and what waits for elements in it.

        `own` are its attributes, `label` is what was known so far, `waiting` what waits in the element around it.
        """
        within, of_parent = waiting
        inside, of_this = within, 0
        for number, tables, shift, known in self._tables:
            for step in _called(tables, tag, own, known):
                if step.needs >= 0 and not (of_parent if step.of_parent else within) >> (step.needs + shift) & 1:
                    continue
                if not step.is_plain and not _is_fit(step, tag, own):
                    continue
                if step.gives < 0:
                    label = label if tag in _WHOLE else self._named(number, step.role, tag, own, label)
                elif step.to_children:
                    of_this |= 1 << (step.gives + shift)
                else:
                    inside |= 1 << (step.gives + shift)
        return label, (inside, of_this) if inside or of_this else NOTHING

    def _named(self, table: int, role: int, tag: str, own: Mapping[str, str], label: Label | None) -> Label:
        """Return the label of an element with one more hit, unless the same rule has named an element around it."""
        mark, around = label or (None, ())
        if len(around) >= MAX_BOXES or any(self.hits[number][:2] == (table, role) for number in around):
            return Label(mark, around)
        self.hits.append(Hit(table, role, name_of(tag, own)))
        return Label(mark, (*around, len(self.hits) - 1))


def _called(tables: SelectorTables, tag: str, own: Mapping[str, str], known: dict[str, list[Step]]) -> Iterator[Step]:
    """Yield the steps that an element may fit; `known` has those of values of `class`, and is added to."""
    steps = tables.steps
    if tables.by_tag and tag in tables.by_tag:
        yield from map(steps.__getitem__, tables.by_tag[tag])
    if not own:
        return
    if (name := own.get("id")) and name in tables.by_id:
        yield from map(steps.__getitem__, tables.by_id[name])
    if value := own.get("class"):
        found = known.get(value)
        if found is None:
            by_class = tables.by_class
            found = known[value] = [
                steps[number] for word in dict.fromkeys(value.split()) for number in by_class.get(word, ())
            ]
        yield from found
    if tables.by_attribute:
        for name in own:
            if name in tables.by_attribute:
                yield from map(steps.__getitem__, tables.by_attribute[name])


def _is_fit(step: Step, tag: str, own: Mapping[str, str]) -> bool:
    """Whether an element is all that a step asks for."""
    return (
        (not step.tag or step.tag == tag)
        and (not step.id or own.get("id") == step.id)
        and (not step.classes or set(own.get("class", "").split()).issuperset(step.classes))
        and all(name in own and fits(own[name], operator, wanted) for name, operator, wanted in step.attributes)
    )


def name_of(tag: str, own: Mapping[str, str]) -> str:
    """Return how to call an element: its tag, its id and its classes, as a selector has them."""
    names = [tag]
    if name := own.get("id", "").strip():
        names.append(f"#{name[:MAX_SHOWN_CHARS]}")
    names += (f".{word}" for word in own.get("class", "")[:MAX_SHOWN_CHARS].split())
    whole = " ".join("".join(names).split())
    return whole if len(whole) <= MAX_SHOWN_CHARS else f"{whole[:MAX_SHOWN_CHARS]}…"
