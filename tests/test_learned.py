"""Traps of learning: small sites of `data/learned/traps/`, what must go with what is learned of them, and what stays.

A case has the documents of a site: `frame` is around each of the `documents`, or around `times` documents that are
`body`, and the menus of its language around that. A line `…` stands for the next sentence of the `prose` of a
language. Of the marks in front of lines, `- ` means that the line must go, `! ` that it must go at level `main` at
the latest, and `? ` that it may go; all other lines must stay. The marks are no part of the document. Documents that
are `held_out` are cleaned and not learned from; with `mirrored`, each document is there twice, with a line more;
`nothing` says that there must be no pack. `fails` names the levels at which a case fails, and why.

Each case is tried at all levels, but for `levels`. At `rules` and `safe`, content stays. At `main` the judge may take
some of it, so the level `guesses` tries the rules of the pack alone, with the guesses that act at `main`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
import tomli

from cleaner import Cleaner, Level
from cleaner.learn import choose, site
from cleaner.learn.documents import SiteDocument, document_of
from cleaner.learn.evidence import Evidence
from cleaner.learn.found import LearnedSite
from cleaner.learn.knowledge import knowledge_of
from cleaner.learn.names import file_name
from cleaner.learn.packs import pack_text
from cleaner.learn.site import learn_site
from cleaner.rows import Row
from cleaner.rules import pack as packs
from cleaner.rules.engine import Ruleset
from cleaner.rules.prepare import prepare
from cleaner.rules.quoted import Quoted
from cleaner.settings import Settings
from cleaner.workbench.lint import lint

DATA = Path(__file__).parent / "data" / "learned"
CASES = [
    case for path in sorted((DATA / "traps").glob("*.toml")) for case in tomli.loads(path.read_text("utf-8"))["case"]
]
BY_NAME = {case["name"]: case for case in CASES}
PROSE = {
    language: text.split("\n") for language, text in tomli.loads((DATA / "prose.toml").read_text("utf-8")).items()
}
MENUS = tomli.loads((DATA / "menus.toml").read_text("utf-8"))  # by language, what must go from each document
# By level, the marks of the lines that must go.
MUST_GO: dict[str, tuple[str, ...]] = {"rules": ("-",), "safe": ("-",), "main": ("-", "!"), "guesses": ()}


class Line(NamedTuple):
    """A line of a document."""

    text: str
    mark: str  # "-": must go; "?": may go; "": must stay


def documents_of(case: dict[str, Any]) -> list[list[Line]]:
    """Return the documents of a case, as lines."""
    prose = iter(sentence for sentence in PROSE[case["prose"]] if sentence)
    bodies = case.get("documents") or [case["body"]] * case["times"]
    menus = MENUS[case["prose"]]
    head, tail = (
        [line if line.mark else Line(line.text, "-") for line in _lines(menus[place].strip("\n"), prose)]
        for place in ("head", "tail")
    )
    filled = [
        [*head, *_lines(case["frame"].strip("\n").replace("{}", body.strip("\n")), prose), *tail] for body in bodies
    ]
    mirrored = [[*lines, Line(f"Copy {number} of the page", "?")] for number, lines in enumerate(filled)]
    return [*filled, *mirrored] if case.get("mirrored") else filled


def _lines(text: str, prose: Iterator[str]) -> list[Line]:
    found = []
    for line in text.split("\n"):
        mark = line[0] if line.startswith(("- ", "! ", "? ")) else ""
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
    return learn_site(case["site"], documents, knowledge_of(Settings("safe")))


@cache
def written(name: str) -> str | None:
    """Return the pack that is learned of the site of a case, as text; None if there is none."""
    return written_anew(BY_NAME[name])


def written_anew(case: dict[str, Any]) -> str | None:
    learned = learned_from(case)
    return pack_text(learned) if learned is not None and learned.rules else None


def cleaned(case: dict[str, Any], pack: Path, level: str) -> Iterator[list[str]]:
    """Yield what is left of each document of a case, as lines, with a pack.

    With `guesses` in place of a level, all rules of the pack are at work, and neither other rules nor the judge.
    """
    documents = [text_of(lines) for lines in documents_of(case)]
    if level == "guesses":
        ruleset = Ruleset([prepare(packs.read([pack]))], "main")
        for number, text in enumerate(documents):
            lines, url = text.split("\n"), url_of(case, number)
            marked = ruleset.mark(lines, ruleset.look_up(lines, url=url), url=url).lines
            yield [line for i, line in enumerate(lines) if i not in marked]
        return
    cleaner = Cleaner(cast(Level, level), rules=[pack.parent])
    for number, text in enumerate(documents):
        yield cleaner.clean(text, url=url_of(case, number)).text.split("\n")


def wrong_lines(case: dict[str, Any], text: str | None, folder: Path, level: str) -> list[str]:
    """Return what is wrong with the documents of a case when they were cleaned with a pack, given as text."""
    if case.get("nothing"):
        return [] if text is None else ["something was learned"]
    if text is None:
        return ["nothing was learned"]
    pack = folder / file_name(case["site"])
    pack.write_text(text, "utf-8")
    must_go = MUST_GO[level]
    wrong = []
    for number, (lines, left) in enumerate(zip(documents_of(case), cleaned(case, pack, level), strict=True)):
        for line in lines:
            stays = line.text in left
            if stays:
                left.remove(line.text)
            if line.mark in must_go and stays:
                wrong.append(f"{number}: stays: {line.text}")
            if not line.mark and not stays and level != "main":
                wrong.append(f"{number}: goes: {line.text}")
    return wrong


def _traps() -> Iterator[Any]:
    """Yield each case with each level, those that are known to fail with the reason."""
    for case in CASES:
        fails = case.get("fails", {"levels": []})
        for level in case.get("levels", MUST_GO):
            known = level in fails["levels"]
            marks = [pytest.mark.xfail(reason=fails["why"], strict=True)] if known else []
            yield pytest.param(case["name"], level, marks=marks, id=f"{case['name']}-{level}")


@pytest.mark.parametrize(("name", "level"), list(_traps()))
def test_trap(name: str, level: str, tmp_path: Path) -> None:
    wrong = wrong_lines(BY_NAME[name], written(name), tmp_path, level)
    assert not wrong, "\n".join(wrong)


LEARNED = [case["name"] for case in CASES if not case.get("nothing")]


@pytest.fixture(scope="module")
def unsound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the lint finds wrong with each pack that is learned, by name of the file. All packs that ship are read."""
    folder = tmp_path_factory.mktemp("learned")
    for name in LEARNED:
        (folder / file_name(BY_NAME[name]["site"])).write_text(written(name) or "", "utf-8")
    found: dict[str, list[str]] = {}
    for finding in lint(packs.read([folder]), packs.builtin()).findings:
        found.setdefault(Path(finding.path).name, []).append(str(finding))
    return found


@pytest.mark.parametrize("name", LEARNED)
def test_the_pack_is_sound(name: str, unsound: dict[str, list[str]]) -> None:
    assert unsound.get(file_name(BY_NAME[name]["site"])) is None


class Remedy(NamedTuple):
    """What holds a trap, how it is switched off, and the case that must break then."""

    name: str
    off: dict[tuple[object, str], object]  # by the module or class and the name in it: what it is without the remedy
    case: str
    level: str = "rules"


def _no(*_: object) -> bool:
    return False


ALONE: dict[tuple[object, str], object] = {(Evidence, "mean_company"): property(lambda _: 1.0)}
# Words in front of one sentence each would be terms, which stay whatever was learned.
ALONE_AND_NO_TERM = ALONE | {(Quoted, "holds"): lambda *_: False}
UNASKED: dict[tuple[object, str], object] = {(Evidence, "chance"): property(lambda _: 0.0)}
REMEDIES = [
    Remedy("texts count once", {(site, "texts_of"): lambda lines: list(range(len(lines)))}, name)
    for name in (
        "an article that is stored three times",
        "every article is there twice, as on a mirror",
        "copies do not make four other documents",
    )
] + [
    Remedy("few texts", {(site, "LEAST_TEXTS"): 1}, "with fewer than four other documents nothing is learned"),
    Remedy(
        "headlines that lead to content",
        {(choose, "_is_headline"): _no},
        "an article in several parts has its headline on each",
        "guesses",
    ),
    Remedy(
        "few texts that a line leads to",
        {(choose, "LEADING_TEXTS"): 0, (choose, "LEADING_SHARE"): 0.0},
        "an article in several parts has its headline on each",
        "guesses",
    ),
    Remedy("the zone below", {(choose, "TAIL_SHARE"): 2.0}, "the headline of a page is a link on the others"),
    Remedy("the zone below", {(choose, "TAIL_SHARE"): 2.0}, "一页的标题是别页的链接"),
    Remedy("headings", {(choose, "_is_heading"): _no}, "heads of tables, as lines and as cells"),
    Remedy("headings", {(choose, "_is_heading"): _no}, "verse numbers and the refrain", "guesses"),
    Remedy(
        "headings",
        {(choose, "_is_heading"): _no},
        "rubrics of a trade paper that are called as chrome is",
        "guesses",
    ),
    Remedy("company", ALONE, "amen", "guesses"),
    Remedy("company", ALONE, "rubrics of a trade paper that are called as chrome is"),
    Remedy("company", ALONE_AND_NO_TERM, "Überschriften von Rezepten", "guesses"),
    Remedy("company", ALONE_AND_NO_TERM, "подзаголовки", "guesses"),
    Remedy("the judge", UNASKED, "headings of papers"),
    Remedy("the judge", UNASKED, "datelines and bylines in front of reports"),
    Remedy("the judge", UNASKED, "headlines that run above articles, of a page that was not there"),
    Remedy(
        "notices", {(choose, "_is_notice"): _no}, "author box, disclaimer and policy for comments are prose and go"
    ),
    Remedy("notices", {(choose, "_is_notice"): _no}, "Hinweise in ganzen Sätzen gehen"),
    Remedy(
        "notices on many texts",
        {(choose, "PROSE_TEXTS"): 2},
        "the last sentence of some reports, on what went before, stays",
    ),
    Remedy("cuts", {(site, "cuts_of"): lambda *_: []}, "teasers that change, below lines that do not"),
    Remedy("patterns", {(site, "patterns_of"): lambda *_: iter(())}, "lines that are alike but for their numbers"),
]


@pytest.mark.parametrize("remedy", REMEDIES, ids=[f"{one.name}-{one.case}" for one in REMEDIES])
def test_without_its_remedy_a_trap_closes(remedy: Remedy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = BY_NAME[remedy.case]
    assert not wrong_lines(case, written(remedy.case), tmp_path, remedy.level)
    for (where, name), value in remedy.off.items():
        monkeypatch.setattr(where, name, value)
    assert wrong_lines(case, written_anew(case), tmp_path, remedy.level)


def test_the_sites_are_different() -> None:
    sites = [case["site"] for case in CASES]
    assert len(sites) == len(set(sites))
