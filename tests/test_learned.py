"""Traps of learning: small sites of `data/learned/traps/`, what must go with what is learned of them, and what stays.

A case has the documents of a site: `frame` is around each of the `documents`, or around `times` documents that are
`body`, and the menus of its language around that. A line `…` stands for the next sentence of the `prose` of a
language. Of the marks in front of lines, `- ` means that the line must go and `? ` that it may; all other lines must
stay. The marks are no part of the document. Documents that are `held_out` are cleaned and not learned from; with
`mirrored`, each document is there twice, with a line more; `nothing` says that there must be no pack.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tomli

from cleaner import Cleaner
from cleaner.judge.judge import Judge
from cleaner.learn.documents import SiteDocument, document_of
from cleaner.learn.found import LearnedSite
from cleaner.learn.names import file_name
from cleaner.learn.packs import pack_text
from cleaner.learn.site import Knowledge, learn_site
from cleaner.rows import Row
from cleaner.rules import pack as packs
from cleaner.workbench.lint import lint

DATA = Path(__file__).parent / "data" / "learned"
CASES = [
    case for path in sorted((DATA / "traps").glob("*.toml")) for case in tomli.loads(path.read_text("utf-8"))["case"]
]
PROSE = {
    language: text.split("\n") for language, text in tomli.loads((DATA / "prose.toml").read_text("utf-8")).items()
}
MENUS = tomli.loads((DATA / "menus.toml").read_text("utf-8"))  # by language, what must go from each document
KNOWN_FAILURES: dict[str, str] = {}  # by the name of a case, why it fails


class Line(NamedTuple):
    """A line of a document."""

    text: str
    mark: str  # "-": must go; "?": may go; "": must stay


def documents_of(case: dict[str, Any]) -> list[list[Line]]:
    """Return the documents of a case, as lines."""
    prose = iter(sentence for sentence in PROSE[case["prose"]] if sentence)
    bodies = case.get("documents") or [case["body"]] * case["times"]
    menus = MENUS[case["prose"]]
    head, tail = ([Line(line, "-") for line in menus[place].strip("\n").split("\n")] for place in ("head", "tail"))
    filled = [
        [*head, *_lines(case["frame"].strip("\n").replace("{}", body.strip("\n")), prose), *tail] for body in bodies
    ]
    mirrored = [[*lines, Line(f"Copy {number} of the page", "?")] for number, lines in enumerate(filled)]
    return [*filled, *mirrored] if case.get("mirrored") else filled


def _lines(text: str, prose: Iterator[str]) -> list[Line]:
    found = []
    for line in text.split("\n"):
        mark = line[0] if line.startswith(("- ", "? ")) else ""
        found.append(Line(next(prose) if line == "…" else line[2:] if mark else line, mark))
    return found


def text_of(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines) + "\n"


def url_of(case: dict[str, Any], number: int) -> str:
    return f"https://{case['site']}/{number}"


def learned_from(case: dict[str, Any]) -> LearnedSite | None:
    """Return what is learned of the site of a case."""
    rows: list[tuple[int, SiteDocument | None]] = [
        (number, document_of(Row(text=text_of(lines)), case["site"], url_of(case, number)))
        for number, lines in enumerate(documents_of(case))
    ]
    documents = [document for number, document in rows if document and number not in case.get("held_out", ())]
    knowledge = Knowledge(Cleaner("safe")._passes.ruleset, Judge("safe"))
    return learn_site(case["site"], documents, knowledge)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_trap(case: dict[str, Any], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if case["name"] in KNOWN_FAILURES:
        request.applymarker(pytest.mark.xfail(reason=KNOWN_FAILURES[case["name"]], strict=True))
    site = learned_from(case)
    if case.get("nothing"):
        assert site is None or not site.rules
        return
    assert site is not None
    pack = tmp_path / file_name(case["site"])
    pack.write_text(pack_text(site), "utf-8")
    cleaner = Cleaner("rules", rules=[tmp_path])
    wrong = []
    for number, lines in enumerate(documents_of(case)):
        left = cleaner.clean(text_of(lines), url=url_of(case, number)).text.split("\n")
        for line in lines:
            stays = line.text in left
            if stays:
                left.remove(line.text)
            if line.mark == "-" and stays:
                wrong.append(f"{number}: stays: {line.text}")
            if not line.mark and not stays:
                wrong.append(f"{number}: goes: {line.text}")
    assert not wrong, "\n".join(wrong)
    assert not lint(packs.read([pack]), packs.builtin()).findings


def test_the_sites_are_different() -> None:
    sites = [case["site"] for case in CASES]
    assert len(sites) == len(set(sites))
