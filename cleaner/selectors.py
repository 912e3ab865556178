"""Selectors as plain data: which elements of a page rules name, in tables that one walk over the page can look into.

A selector such as `#menu > li.social a` is a chain of *steps*, one for each compound: `#menu`, `li.social`, `a`. Each
step is filed under one thing that an element must have to fit it: its id, else an attribute by its value, its start
or its name, else a class, else its tag. So an element is compared with the few steps that its own names call for, and
never with its ancestors. What was found above it comes down as bits: each combinator of the tables has a number, and
if the step on its left fits an element, its bit is set for the children (`>`) or for all that is within (a space).

`rules.css` makes the tables from what rule packs say, `html.boxes` looks elements up in them.
"""

from __future__ import annotations

import msgspec

# First characters of a value by which steps with `^=` are filed. Raised, more of them are filed by the name alone.
START_CHARS = 3


class Step(msgspec.Struct, array_like=True, frozen=True):
    """A compound of a selector: what an element must be to fit it, besides the id, and what it means if one does."""

    tag: str  # in lower case; "": any
    classes: list[str]
    attributes: list[tuple[str, str, str]]  # name in lower case, operator (see `fits`), and value
    needs: int  # the number of the combinator on its left, -1: none
    of_parent: bool  # whether that combinator is `>`
    gives: int  # the number of the combinator on its right, -1: none
    to_children: bool  # whether that combinator is `>`
    role: (
        int  # of the last step, the number of what the selector means (an index of `prepare.Role`); -1: not the last
    )


class SelectorTables(msgspec.Struct, array_like=True):
    """The steps of all selectors of some packs, and the numbers of those that an element may fit by what it has."""

    steps: list[Step] = []
    by_id: dict[str, list[int]] = {}
    by_class: dict[str, list[int]] = {}
    by_attribute: dict[str, list[int]] = {}  # by the name of an attribute, if nothing below fits the step
    by_value: dict[str, dict[str, list[int]]] = {}  # by the name and the value
    by_start: dict[str, dict[str, list[int]]] = {}  # by the name and the first `START_CHARS` of the value
    by_tag: dict[str, list[int]] = {}
    joints: int = 0  # how many combinators there are

    def is_sound(self, roles: int) -> bool:
        """Whether all that is numbered is there; `roles` is how many roles there are."""
        tables = (
            *(self.by_id, self.by_class, self.by_attribute, self.by_tag),
            *self.by_value.values(),
            *self.by_start.values(),
        )
        return all(
            0 <= number < len(self.steps) for table in tables for numbers in table.values() for number in numbers
        ) and all(
            -1 <= step.role < roles and -1 <= step.needs < self.joints and -1 <= step.gives < self.joints
            for step in self.steps
        )


def fits(value: str, operator: str, wanted: str) -> bool:
    """Whether the value of an attribute is as an operator of CSS asks; nothing but `=` fits an empty `wanted`."""
    if operator == "exists":
        return True
    if operator == "=":
        return value == wanted
    if not wanted:
        return False
    if operator == "^=":
        return value.startswith(wanted)
    if operator == "$=":
        return value.endswith(wanted)
    return wanted in (value.split() if operator == "~=" else value)
