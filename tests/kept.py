"""Documents of which the content must stay, by kind, as `tests.test_kept` and `tests.measure_lists` want them.

- Prose in languages of which the judge saw no page (tests/data/unseen), alone and amid the chrome of an English page.
- Clean text: what an extractor leaves of a page, in two layouts, with nothing and with two or three lines of chrome.
- The cases of tests/data/judge.
"""

from __future__ import annotations

from pathlib import Path

from tests.around import LAYOUTS, Document, around, as_page, as_text, element
from tests.cases import read_cases
from tests.support import DATA, cleaner_at

UNSEEN = sorted((DATA / "unseen").glob("*.txt"))
RULES = cleaner_at("rules")  # reads the text of a page
JUDGED = ("captions", "infoboxes", "lists", "short-lines")  # of tests/data/judge


def unseen(path: Path) -> list[Document]:
    """Return the prose of a file in tests/data/unseen alone and in a page, each as text and as HTML."""
    frame = around("en")
    chrome = frame.menu + frame.below
    text = path.read_text("utf-8")
    lines = [line for line in text.split("\n") if line]
    article = [element("h1", lines[0]), *(element("p", line) for line in lines[1:])]
    found = [
        Document(f"{path.stem}, as it is", text, False, lines),
        Document(f"{path.stem}, html", as_page(lines[0], article), True, lines),
        Document(f"{path.stem}, page html", as_page(lines[0], article, frame), True, lines, chrome=chrome),
    ]
    for layout in LAYOUTS:
        page = as_text([frame.menu, *([line] for line in lines), frame.below], layout)
        found.append(Document(f"{path.stem}, page {layout}", page, False, lines, chrome=chrome))
    return found


def clean_text() -> list[Document]:
    """Return texts as an extractor leaves them, in two layouts each, without chrome and with a little."""
    found = []
    for case in read_cases("clean"):
        name = case["name"]
        lines = (DATA / "clean" / f"{name}.txt").read_text("utf-8").split("\n")
        content = [line for line in lines if line]
        above, below = case["above"].split("\n"), case["below"].split("\n")
        for layout in ("lines", "blank"):
            found.append(Document(f"{name}, {layout}", as_text([content], layout), False, content))
            text = as_text([above, content, below], layout)
            found.append(Document(f"{name}, {layout}, chrome left", text, False, content, chrome=above + below))
    return found


def judged(kind: str) -> dict[str, tuple[str, Document]]:
    """Return the cases of a file in tests/data/judge by name, each with the level up to which all must stay."""
    return {case["name"]: (case["level"], _judged(case)) for case in read_cases("judge", kind)}


def _judged(case: dict[str, str]) -> Document:
    is_page = "html" in case
    source = case["html"] if is_page else case["text"]
    text = RULES.clean_html(source).original if is_page else source
    free = case.get("free", "").strip().split("\n")
    return Document(case["name"], source, is_page, text.split("\n"), free=[part for part in free if part])
