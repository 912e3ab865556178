"""The direction of imports: each room of the package knows only the rooms below it, and no files know each other.

The imports are read from the source, those inside of functions and under `if TYPE_CHECKING` too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Each floor holds modules and folders of `cleaner`, the lowest first. A module may import from the floors below
# its own and from its own room, never from a neighbour on its floor.
FLOORS = (
    ("kernel", "metadata"),
    ("errors", "dates", "names", "document", "flags", "version", "quote", "globs", "lazy", "installed"),
    ("marks", "reasons", "toml", "selectors"),
    ("text", "html", "rules.match"),
    ("rules",),
    ("verdict",),
    ("judge",),
    ("arguments",),
    ("progress", "settings"),
    ("page_chrome", "describe", "rendered"),
    ("passes",),
    ("cleaner",),
    ("rows", "tally", "limits"),
    ("evidence.rows",),
    ("evidence.doubt",),
    ("evidence.table",),
    ("pool",),
    ("files",),
    ("workbench",),
    ("learn",),
    ("engines",),
    ("adapters", "shards"),
    ("evidence",),
    ("learn.run",),
    ("review",),
    ("cli",),
)
FLOOR_OF = {f"cleaner.{room}": floor for floor, rooms in enumerate(FLOORS) for room in rooms}
CORE = FLOOR_OF["cleaner.cleaner"]

# These stand outside of the floors: the names that users import, the command's start, and the fitting of the judge.
PUBLIC, START, FITTING = "cleaner", "cleaner.__main__", "cleaner.judge.fit"


def read_imports(root: Path) -> dict[str, set[str]]:
    """Return the modules that each module of the package imports, by full name, those of other packages too."""
    paths = {
        ".".join(path.relative_to(root).with_suffix("").parts): path for path in (root / "cleaner").rglob("*.py")
    }
    modules = {name.removesuffix(".__init__"): path for name, path in paths.items()}
    return {name: set(imports_of(path, name, modules)) - {name} for name, path in modules.items()}


def imports_of(path: Path, name: str, modules: dict[str, Path]) -> Iterator[str]:
    """Yield the modules that a file imports; `from x import y` means x.y if there is such a module, otherwise x."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in modules or not base.startswith("cleaner") else base


def room_of(module: str) -> str:
    """Return the room that a module of the package lies in: the longest name that holds it."""
    rooms = [room for room in FLOOR_OF if module == room or module.startswith(f"{room}.")]
    return max(rooms, key=len, default="")


def belongs_to(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


IMPORTS = read_imports(ROOT)
ON_FLOORS = [name for name in sorted(IMPORTS) if name not in (PUBLIC, START) and not belongs_to(name, FITTING)]


def test_every_module_lies_in_a_room() -> None:
    assert [name for name in ON_FLOORS if not room_of(name)] == []
    assert set(FLOOR_OF) <= {room_of(name) for name in ON_FLOORS}, "a room that is no longer there"


def test_rooms_know_only_the_rooms_below_them() -> None:
    wrong = [
        f"{name} imports {other}"
        for name in ON_FLOORS
        for other in sorted(IMPORTS[name])
        if belongs_to(other, "cleaner")
        and room_of(other) != room_of(name)
        and FLOOR_OF.get(room_of(other), len(FLOORS)) >= FLOOR_OF[room_of(name)]
    ]
    assert wrong == []


def test_only_the_fitting_itself_and_nothing_else_knows_it() -> None:
    assert [name for name in ON_FLOORS if any(belongs_to(other, FITTING) for other in IMPORTS[name])] == []
    fitting = chain.from_iterable(IMPORTS[name] for name in IMPORTS if belongs_to(name, FITTING))
    assert not [other for other in fitting if belongs_to(other, "cleaner.cli")]


def test_no_circle_of_files() -> None:
    """A module that is part of a circle cannot be read, or tested, without the others."""
    inside = {name: {other for other in others if other in IMPORTS} for name, others in IMPORTS.items()}
    TopologicalSorter(inside).prepare()  # raises CycleError, which names the modules


@pytest.mark.parametrize("package", ["click"])
def test_the_core_knows_no_files_and_no_command(package: str) -> None:
    core = [name for name in ON_FLOORS if FLOOR_OF.get(room_of(name), 0) <= CORE]
    assert [name for name in core if any(belongs_to(other, package) for other in IMPORTS[name])] == []


@pytest.mark.parametrize("package", ["lxml", "trafilatura"])
def test_only_the_html_room_parses_html(package: str) -> None:
    users = [name for name in ON_FLOORS if any(belongs_to(other, package) for other in IMPORTS[name])]
    assert {room_of(name) for name in users} == {"cleaner.html"}


def test_one_module_uses_the_private_parser_of_patterns() -> None:
    """`re._parser` is private to CPython: if it changes, one module has to change with it."""
    assert len([name for name, others in IMPORTS.items() if any(belongs_to(x, "re._parser") for x in others)]) <= 1
