"""`cleaner review`: what the page shows of many documents, and what follows of decisions."""

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner
from cleaner.document import Cleaned, split_lines
from cleaner.errors import SettingsError
from cleaner.review import copies, decisions, gather, packs
from cleaner.review.apply import Example, add, not_held, plan
from cleaner.review.data import ReviewData, as_dict, as_json
from cleaner.review.decisions import Decision
from cleaner.review.document import WHOLE_CHARS, Seen, SeenEdit, look
from cleaner.review.gather import Gathering
from cleaner.review.packs import SitePack
from cleaner.review.render import MARK, policy, render
from cleaner.rules import checks
from cleaner.rules import pack as rule_packs
from cleaner.rules.match.keys import key
from cleaner.rules.pack import Source
from cleaner.workbench.lint import lint
from tests.support import CHROME, CLEAN, DATA, DOCUMENT, call, complaint, fill, snapshot

PROSE = (
    "The harbour master said on Tuesday that it was not the wind that had stopped the boats.",
    "He would not say what it was, and walked back to his office at the end of the pier.",
    "The boats stayed in for three days, and the fishmongers of the town had nothing to sell.",
)
MENU = ("Home", "News", "Sport", "Weather", "Travel", "Log in", "Subscribe")
URL = "https://www.gazette.example/a"


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))


def page(*chrome: str, prose: tuple[str, ...] = PROSE) -> str:
    return "\n".join([*chrome, "", *prose]) + "\n"


def seen(text: str, name: str = "a.txt", url: str | None = URL, cleaner: Cleaner | None = None) -> Seen:
    return look((cleaner or Cleaner()).clean(text, url=url), name, url, text)


def gathered(*each: Seen) -> ReviewData:
    gathering = Gathering()
    for one in each:
        gathering.add(one)
    return gathering.data("docs", "cleaner, level safe", str)


def text_of(document: Any) -> str:
    """Return the original of a document from its pieces; fails if something is left out."""
    return "".join(piece if isinstance(piece, str) else piece[0] for piece in document.pieces)


def decision(group: Any, data: ReviewData, what: str = "keep", scope: str = "site") -> Decision:
    """Return a decision about a group as the page makes it."""
    return Decision(
        what,  # type: ignore[arg-type]
        scope,  # type: ignore[arg-type]
        group.line,
        group.key,
        data.rules[group.rule],
        data.categories[group.category],
        group.part,
        group.site,
        examples=[data.documents[index].name for index, _ in group.samples],
    )


def places(data: ReviewData, name: str) -> list[tuple[int, list[Any]]]:
    """Return the edits of a document that is shown, each with its offset in the original."""
    document = next(one for one in data.documents if one.name == name)
    found, offset = [], 0
    for piece in document.pieces:
        if isinstance(piece, list):
            found.append((offset, piece))
            offset += piece[5] if len(piece) > 5 else len(piece[0])
        else:
            offset += piece if isinstance(piece, int) else len(piece)
    return found


# ── what the page shows ───────────────────────────────────────────────────────────────────────────


def test_pieces_give_the_original_and_samples_lead_to_the_lines() -> None:
    texts = [path.read_text("utf-8") for path in sorted((DATA / "families").glob("*.txt"))[:12]]
    data = gathered(*(seen(text, f"{number}.txt") for number, text in enumerate(texts)))
    assert [text_of(one) for one in data.documents] == texts
    assert data.groups
    for number, group in enumerate(data.groups):
        assert group.samples
        for document, place in group.samples:
            piece = data.documents[document].pieces[place]
            assert isinstance(piece, list)
            assert piece[2] == number
            assert group.line.startswith(piece[0].strip()[:500])


def test_sums() -> None:
    """The groups add up to the summary, which has the words and lines of the tally."""
    from cleaner.tally import Tally

    cleaner, tally = Cleaner(), Tally()
    gathering = Gathering()
    for path in sorted((DATA / "families").glob("*.txt"))[:12]:
        cleaned = cleaner.clean(path.read_text("utf-8"))
        tally.add(cleaned)
        gathering.add(look(cleaned, path.name, None, b""))
    data = gathering.data("", "", str)
    summary = data.summary
    assert (summary.removed, summary.lines, summary.changed) == (
        tally.words_removed,
        tally.lines_removed,
        tally.changed,
    )
    for index, total in ((1, summary.lines), (2, summary.removed)):
        assert sum(int(row[index]) for row in summary.categories) == total
    assert sum(group.words for group in data.groups) == summary.removed
    assert sum(group.lines for group in data.groups) == summary.lines
    assert sum(row[3] for row in summary.sites) == summary.removed


def edit(line: str, doubt: float = 0.1, *, words: int = 1, rule: str = "judge/short", block: int = -1) -> SeenEdit:
    return SeenEdit(line, key(line), rule, "boilerplate", "likely", doubt, words, 1, doubt, "", block)


def made(name: str, *edits: SeenEdit, site: str = "a.example", kept: str = "Kept.\n") -> Seen:
    pieces: list[Any] = [kept, *((f"{one.line}\n", "", i, len(one.line) + 1) for i, one in enumerate(edits))]
    size = 30 + len(kept) + sum(len(one.line) + 40 for one in edits)
    return Seen(name, site, None, (), "", 100, 100, list(edits), pieces, size)


def test_the_order_is_doubt_and_words() -> None:
    doubtful, frequent, sure = edit("Doubtful", 0.2, words=4), edit("Often", 0.1), edit("Sure", 0.01, words=9)
    data = gathered(*(made(f"{i}", frequent, *([doubtful, sure] if i < 2 else [])) for i in range(5)))
    assert [group.line for group in data.groups] == ["Doubtful", "Often", "Sure"]
    assert (data.groups[1].documents, data.groups[1].share, data.groups[0].share) == (5, 1.0, 0.4)


def test_neighbours_that_the_judge_took_from_one_document_are_a_block() -> None:
    block = [edit(f"Agency {letter}", block=0) for letter in "ABC"]
    everywhere = edit("Menu", block=0)
    data = gathered(
        made("1", block[0], everywhere, *block[1:], edit("Apart", block=1)), made("2", everywhere, edit("Rule"))
    )
    lines = {group.line: group for group in data.groups}
    assert set(lines) == {"Agency A\nAgency B\nAgency C", "Menu", "Apart", "Rule"}
    group = lines["Agency A\nAgency B\nAgency C"]
    assert (group.key, group.lines, group.documents) == ("agency a\nagency b\nagency c", 3, 1)
    index = data.groups.index(group)
    assert [piece[2] == index for piece in data.documents[0].pieces[1:] if isinstance(piece, list)] == [
        True,
        False,
        True,
        True,
        False,
    ]


def test_a_block_is_no_longer_than_people_read() -> None:
    data = gathered(made("1", *(edit(f"Line {number}", block=0) for number in range(150))))
    assert [group.lines for group in data.groups] == [60, 60, 30]


def test_blocks_of_a_real_document() -> None:
    text = page(*MENU)
    (one, *_) = gathered(seen(text)).groups
    assert Cleaner().clean(text).text != text
    assert "\n" in one.line or len(one.line.split()) <= 2


def test_the_same_documents_give_the_same_bytes_whoever_cleans_them(tmp_path: Path) -> None:
    fill(tmp_path, {f"docs/{i}.txt": page(*random.Random(i).sample(MENU, 4)) for i in range(70)})
    for name, jobs in (("one.html", "1"), ("two.html", "2")):
        assert call("review", "-q", "-j", jobs, "-o", name, "docs", cwd=tmp_path).code == 0
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_what_does_not_fit_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "DOCUMENTS_BYTES", 40_000)
    monkeypatch.setattr(gather, "POOL_BYTES", 80_000)
    monkeypatch.setattr(gather, "POOL_GROUPS", 50)
    monkeypatch.setattr(gather, "MAX_GROUPS", 20)
    doubtful = edit("The one that matters", 0.9, words=9)
    gathering = Gathering()
    for i in range(1_000):
        extra = [doubtful] if i == 777 else []
        gathering.add(made(f"{i}", edit("Everywhere"), edit(f"Only {i}", 0.01), *extra, kept="Text. " * 100))
    data = gathering.data("", "", str)
    assert data.shown.documents[1] == 1_000
    assert 20 < data.shown.documents[0] < 100
    assert data.shown.groups[0] == 20
    assert data.shown.groups[1] >= 1_000
    assert "1,000" in data.summary.sample
    assert "are shown" in data.summary.sample
    assert len(as_json(data)) < 60_000
    assert data.groups[0].line == "Everywhere"
    assert data.groups[0].documents == 1_000
    assert any(group.line == "The one that matters" and group.samples for group in data.groups)
    assert "777" in {document.name for document in data.documents}
    counted = Counter(group.line for group in data.groups)
    assert max(counted.values()) == 1


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_no_more_documents_than_wanted(limit: int) -> None:
    gathering = Gathering(limit)
    for i in range(5):
        gathering.add(made(f"{i}", edit("Menu")))
    data = gathering.data("", "", str)
    assert data.shown.documents == (limit, 5)
    assert len(data.documents) == limit
    assert len(data.groups[0].samples) == limit


def test_a_long_document_is_cut_around_what_went() -> None:
    prose = " ".join(PROSE) + " "
    text = f"{prose * 40_000}\n{CHROME}\n{prose * 40_000}\n- Advertisement -spot_img\n"
    assert len(text) > 10_000_000
    one = seen(text)
    assert one.size < 10_000
    data = gathered(one)
    (document,) = data.documents
    assert "cut" in document.flags
    assert document.length == len(text)
    shown = places(data, "a.txt")
    assert [text[offset : offset + len(piece[0])] for offset, piece in shown] == [piece[0] for _, piece in shown]
    length = sum(
        piece if isinstance(piece, int) else len(piece) if isinstance(piece, str) else len(piece[0])
        for piece in document.pieces
    )
    assert length == len(text)


def test_a_long_removal_is_cut() -> None:
    text = "Lead.\n" + "x " * WHOLE_CHARS
    cleaned = Cleaner(level="rules").clean(text)
    removed = Cleaned("Lead.\n", (*cleaned.edits, _edit(text, 6, len(text))), (), None, False)
    assert removed.original == text
    (document,) = gathered(look(removed, "a.txt", None, text)).documents
    (piece,) = [piece for piece in document.pieces if isinstance(piece, list)]
    assert len(piece) == 6
    assert len(piece[0]) == 2_000
    assert piece[5] == len(text) - 6


def _edit(text: str, start: int, end: int) -> Any:
    from cleaner.document import Edit

    return Edit(start, end, text[start:end], "", "own/rule", "testing", "sure", 1)


# ── the page ──────────────────────────────────────────────────────────────────────────────────────

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "]]> &amp; &lt;b&gt; \" ' `",
    "\u2028\u2029\u0085\x00\x1b[2J\x7f",
    "\u202eevil\u202c \u2066x\u2069",
    "\ud800 lone \udc00",
    "\U0001f469\u200d\U0001f4bb <img src=x onerror=alert(1)>",
]


class Tags(HTMLParser):
    """Collects the elements of a page, and the data of its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.data: dict[str, str] = {}
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs
        self._inside = dict(attrs).get("id") or tag

    def handle_data(self, data: str) -> None:
        self.data[self._inside] = self.data.get(self._inside, "") + data


def test_hostile_texts_stay_data() -> None:
    text = "\n".join(f"{CHROME}\n{line}" for line in HOSTILE) + "\n"
    name = "</title><script>alert(2)</script>.txt"
    one = look(Cleaner().clean(text), name, "javascript:alert(3)", text)
    gathering = Gathering()
    gathering.add(one)
    gathering.add_failed(f"{name}2", "<b>why</b>\ud800")
    data = gathering.data(name, "made", str)
    html = render(data)
    plain = Tags()
    plain.feed(html)
    harmless = Tags()
    harmless.feed(render(gathered(seen(DOCUMENT))))
    assert plain.tags == harmless.tags
    assert [each for each in plain.attributes if each[0].startswith("on")] == []
    found = json.loads(plain.data["data"])
    assert found == json.loads(json.dumps(as_dict(data)))
    assert "".join(x if isinstance(x, str) else x[0] for x in found["documents"][0]["pieces"]) == text
    assert html.encode().endswith(f"{MARK}\n".encode())


def test_the_policy_has_the_digests_of_script_and_style() -> None:
    html = render(gathered(seen(DOCUMENT)), "t")
    (css,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    (js,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    parsed = Tags()
    parsed.feed(html)
    policies = [value for name, value in parsed.attributes if name == "content" and value and "default-src" in value]
    assert policies == [policy(css, js)]
    assert "default-src 'none'" in policies[0]
    assert "unsafe" not in policies[0]


@given(st.lists(st.text(st.characters(exclude_categories=[])), max_size=5))
def test_any_text_comes_back_from_the_page(texts: list[str]) -> None:
    data = gathered(*(made(f"{i}", kept=text or "x") for i, text in enumerate(texts)))
    written = as_json(data)
    assert not set("<>&\u2028\u2029") & set(written)
    written.encode()
    # A high surrogate in front of a low one is one character to JSON.
    found = [document["pieces"][0] for document in json.loads(written)["documents"]]
    assert [_units(text) for text in found] == [_units(text or "x") for text in texts]


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


@pytest.mark.alone
def test_a_hundred_thousand_documents_make_a_page_under_20_mb() -> None:
    """Documents of 3,000 words with 15 edits each, of 2,000 sites, most lines on one document alone."""
    chance = random.Random(5)
    kept = " ".join(PROSE) * 80
    menus = [edit(f"Menu {number}", chance.random() / 10, block=0) for number in range(500)]
    owns = [edit("", words=5, block=number % 2) for number in range(5)]
    gathering = Gathering()
    for i in range(100_000):
        start = chance.randrange(490)
        own = [
            one._replace(line=f"About {i} and {j}", key=f"about {i} and {j}", doubt=chance.random() / 4)
            for j, one in enumerate(owns)
        ]
        menu = menus[start : start + 10]
        gathering.add(made(f"crawl/{i}.txt", *menu, *own, site=f"site{i % 2000}.example", kept=kept))
    data = gathering.data("crawl", "made", str)
    html = render(data).encode()
    assert 10_000_000 < len(html) < 20_000_000
    assert data.shown.documents[1] == 100_000
    assert data.shown.documents[0] > 500
    assert data.shown.groups[0] > 5_000
    assert "100,000" in data.summary.sample
    assert sum(bool(group.samples) for group in data.groups[:200]) >= 190


# ── the file of decisions ─────────────────────────────────────────────────────────────────────────

WHOLE: dict[str, Any] = {"cleaner": "decisions", "format": 1, "review": "0", "made": "", "decisions": []}
ONE: dict[str, Any] = {"what": "keep", "scope": "site", "line": "Menu"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is not valid JSON"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "holds no decisions"),
        (b'{"cleaner": "0.1"}', "holds no decisions"),
        ({**WHOLE, "format": 2}, "another format"),
        ({**WHOLE, "decisions": {}}, "Expected `array`"),
        ({**WHOLE, "decisions": [ONE, {**ONE, "what": "burn"}]}, "decision 2: Invalid enum value 'burn'"),
        ({**WHOLE, "decisions": [{**ONE, "line": " \n "}]}, "decision 1: has no line"),
        ({**WHOLE, "decisions": [{**ONE, "line": "x" * 20_001}]}, "decision 1: Expected `str` of length"),
        ({**WHOLE, "decisions": [{**ONE, "scope": "document"}]}, "about a place"),
        ({**WHOLE, "decisions": [{**ONE, "offset": -1}]}, "decision 1: Expected `int` >= 0"),
        ({**WHOLE, "decisions": [{**ONE, "offset": 10**30}]}, "decision 1"),
        ({**WHOLE, "decisions": [{**ONE, "examples": ["a"] * 21}]}, "decision 1: Expected `array` of length"),
        ({**WHOLE, "decisions": [None]}, "decision 1: Expected `object`"),
        ({**WHOLE, "review": "9" * 5_000}, "Expected `str` of length <= 2000 (review)"),
        (b'{"cleaner": "decisions", "format": 1, "review": ""}', "missing required field `decisions`"),
        (b'{"cleaner": "decisions", "format": ' + b"9" * 5_000 + b"}", "is not valid JSON"),
    ],
)
def test_a_wrong_file_of_decisions_is_told(data: bytes | dict[str, Any], why: str, tmp_path: Path) -> None:
    (tmp_path / "d.json").write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    before = snapshot(tmp_path)
    result = call("review", "--apply", "d.json", cwd=tmp_path)
    assert result.code == 2
    assert why in complaint(result)
    assert "d.json" in result.err
    assert snapshot(tmp_path) == before


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), lambda x: st.dictionaries(st.text(), x)))
def test_any_file_of_decisions_is_read_or_there_is_one_error(data: Any) -> None:
    raw = (
        data
        if isinstance(data, bytes)
        else json.dumps({**WHOLE, "decisions": [ONE | (data or {})]}).encode()
        if (isinstance(data, dict | None))
        else json.dumps(data).encode()
    )
    try:
        decisions.read("d.json", raw)
    except SettingsError as error:
        assert str(error).startswith("d.json")


def test_a_file_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "MAX_BYTES", 100)
    with pytest.raises(SettingsError, match="larger than 100 bytes"):
        decisions.read("d.json", b" " * 101)


def test_lone_surrogates_in_decisions_are_read() -> None:
    read = decisions.read("d", json.dumps({**WHOLE, "decisions": [{**ONE, "line": "\ud800 x"}]}).encode())
    assert read.decisions[0].line == "\ud800 x"


# ── rules of decisions ────────────────────────────────────────────────────────────────────────────


def cleaner_with(tmp_path: Path, *site_packs: SitePack) -> Cleaner:
    for pack in site_packs:
        path = tmp_path / "reviewed" / f"{pack.id}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(pack.text(), "utf-8")
        assert lint([Source(str(path), pack.text())], rule_packs.builtin()).findings == []
    return Cleaner(rules=[tmp_path / "reviewed"])


def test_a_kept_line_is_protected_from_rules_and_judge_on_its_site_alone(tmp_path: Path) -> None:
    text = (DATA / "families" / "wordpress-german.txt").read_text("utf-8")
    cleaned = Cleaner().clean(text, url=URL)
    went = [" ".join(edit.before.split()) for edit in cleaned.edits]
    assert {edit.score is None for edit in cleaned.edits} == {True, False}
    data = gathered(seen(text))
    pack = SitePack("gazette.example")
    add(pack, [decision(group, data) for group in data.groups])
    cleaner = cleaner_with(tmp_path, pack)
    assert cleaner.clean(text, url=URL).text == text
    assert cleaner.clean(text, url="https://other.example/").text == cleaned.text
    assert {key(line) for line in went} == set(pack.keeps)


def test_a_dropped_line_goes_on_its_site_alone(tmp_path: Path) -> None:
    line = "The Gazette is printed on the quay, and has been since the year of the flood."
    text = page(prose=(PROSE[0], line, *PROSE[1:]))
    assert line in Cleaner().clean(text, url=URL).text
    pack = SitePack("gazette.example")
    add(pack, [Decision("drop", "site", line, "", site="gazette.example", examples=["a.txt"])])
    cleaner = cleaner_with(tmp_path, pack)
    assert line not in cleaner.clean(text, url=URL).text
    assert line in cleaner.clean(text, url="https://other.example/").text
    assert 'category = "reviewed"' in pack.text()


@pytest.mark.parametrize("site", ["gazette.example", ""])
def test_all_that_went_in_real_documents_can_be_confirmed_or_kept(site: str, tmp_path: Path) -> None:
    url = f"https://{site}/" if site else None
    texts = {path.name: path.read_text("utf-8") for path in sorted((DATA / "families").glob("*.txt"))[:15]}
    data = gathered(*(seen(text, name, url) for name, text in texts.items()))
    scope = "site" if site else "everywhere"
    wanted = [decision(g, data, "keep" if i % 2 else "drop", scope) for i, g in enumerate(data.groups)]
    pack = SitePack(site)
    add(pack, wanted)
    cleaner = cleaner_with(tmp_path, pack)
    examples = {name: Example(url, cleaner.clean(text, url=url)) for name, text in texts.items()}
    refused = not_held(wanted, {site: pack}, examples)
    left = [one.line for one in pack.left_out]
    assert len(refused) + len(left) <= len(wanted) // 20, (refused, pack.left_out)
    for one in refused:
        assert "see `cleaner explain`" in one.why


def test_parts_of_lines(tmp_path: Path) -> None:
    text = page(prose=("The harbour [edit | edit source]", *PROSE))
    data = gathered(seen(text))
    (group,) = [group for group in data.groups if group.part]
    assert (group.line, group.part) == ("[edit | edit source]", "end")
    pack = SitePack("gazette.example")
    add(pack, [decision(group, data)])
    assert cleaner_with(tmp_path, pack).clean(text, url=URL).text == text


def test_a_later_decision_replaces_an_earlier_one_also_of_the_pack_that_stands() -> None:
    pack = SitePack("a.example")
    pack.keep("Agency A\nAgency B")
    pack.drop("Tell a friend about this", None, "share", was_removed=True)
    again = packs.read("p", pack.text(), "a.example")
    assert (again.keeps, again.drops) == (pack.keeps, pack.drops)
    assert again.text() == pack.text()
    again.drop("Agency B", None, None, was_removed=False)
    again.keep("tell a friend about THIS")
    assert list(again.keeps) == ["agency a", "tell a friend about this"]
    assert list(again.drops) == ["agency b"]


def test_a_pack_that_a_person_changed_is_left() -> None:
    pack = SitePack("a.example")
    pack.keep("Agency A")
    with pytest.raises(SettingsError, match=r"p:1: was changed by a person.*--force"):
        packs.read("p", pack.text().replace("Agency A", "Agency Z"), "a.example")


@pytest.mark.parametrize(
    "line",
    [
        "'''", "\"\"\"", "back\\slash", "tab\there", "\u202eevil", "\x00\x1b[2J", "• bullet", "# no comment",
        "x" * 1_900, "[[rule]]", "{network}", "\u00ad\u200b shy", "'", "ends with '",
        "İstanbul’da haber", "Straße ﬁn",
    ],
)  # fmt: skip
def test_any_line_is_written_so_that_its_key_comes_back(line: str) -> None:
    pack = SitePack("a.example")
    pack.keep(line)
    pack.drop(f"{line} y", None, "share", was_removed=False)
    again = packs.read("p", pack.text(), "a.example")
    assert set(again.keeps) == {key(line)}
    assert set(again.drops) == {key(f"{line} y")} or pack.left_out
    assert lint([Source("reviewed-a.example.toml", pack.text())]).findings == []


@pytest.mark.parametrize("line", ["\ud800 lone", "\u200b", "x" * 2_001])
def test_a_line_that_no_pack_can_hold_is_left_out(line: str) -> None:
    pack = SitePack("a.example")
    pack.keep(line)
    pack.drop(line, None, None, was_removed=False)
    assert [one.line for one in pack.left_out] == [line, line]
    assert pack.is_empty


@pytest.mark.parametrize("site", ["a b", "a/b", "x" * 300, "a\nb", "A.example", "\u202e.example", "user@host"])
def test_a_site_that_is_no_host_is_refused(site: str) -> None:
    read = decisions.Decisions("decisions", 1, "0", [Decision("keep", "site", "Menu", site=site)])
    todo = plan(read, lambda _: False)
    assert (todo.lines, len(todo.refused)) == ([], 1)


# ── corrected copies ──────────────────────────────────────────────────────────────────────────────


def place(what: str, text: str, offset: int, length: int, **more: Any) -> Decision:
    line = text[offset : offset + length].strip()
    return Decision(what, "document", line, document="a.txt", offset=offset, length=length, **more)  # type: ignore[arg-type]


BREAKS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


@given(st.data(), st.sampled_from(sorted(BREAKS)))
def test_a_corrected_text_has_the_lines_that_were_decided(data: st.DataObject, kind: str) -> None:
    """Whatever is kept or dropped, the lines that stay are those of the document, in order and whole."""
    chosen = data.draw(st.lists(st.sampled_from([*MENU, CHROME, *PROSE, "", ""]), min_size=1, max_size=14))
    lines = [f"{line} {number}".strip() if line else "" for number, line in enumerate(chosen)]
    text = BREAKS[kind].join(lines) + data.draw(st.sampled_from(["", BREAKS[kind]]))
    gone = [bool(line) and data.draw(st.booleans()) for line in lines]
    if not any(line and not out for line, out in zip(lines, gone, strict=True)):
        return
    cleaned = _without(text, [number for number, out in enumerate(gone) if out])
    kept = {number: line for number, line in enumerate(lines) if line and not gone[number]}
    wanted = []
    for one in cleaned.edits:
        if data.draw(st.booleans()):
            wanted.append(place("keep", text, one.start, one.end - one.start))
            kept |= {n: line for n, line in enumerate(lines) if line and line in split_lines(one.before)}
    position = 0
    for number, line in enumerate(lines):
        length = len(line) + (len(BREAKS[kind]) if position + len(line) < len(text) else 0)
        if number in kept and not gone[number] and line and data.draw(st.booleans()):
            wanted.append(place("drop", text, position, length))
            del kept[number]
        position += length
    result = copies.corrected(cleaned, wanted)
    assert not result.refused
    assert [line for line in split_lines(result.text) if line] == [kept[number] for number in sorted(kept)]


def _without(text: str, gone: list[int]) -> Cleaned:
    """Return a text without some of its lines (0-based), as the verdict takes them out."""
    from cleaner.document import apply, as_edits
    from cleaner.marks import Mark, Marks
    from cleaner.verdict import decide

    marks = Marks({number: (Mark("own/rule", "testing", "sure"),) for number in gone}, {})
    changes = decide(text, split_lines(text), marks, {}).changes
    return Cleaned(apply(text, changes), as_edits(text, changes))


def test_a_place_with_another_text_is_refused() -> None:
    cleaned = Cleaner().clean(DOCUMENT)
    wrong = Decision("keep", "document", "Something else", document="a.txt", offset=0, length=19)
    result = copies.corrected(cleaned, [wrong])
    assert (result.text, result.done, len(result.refused)) == (cleaned.text, 0, 1)


# ── the command ───────────────────────────────────────────────────────────────────────────────────


def data_of(path: Path) -> dict[str, Any]:
    """Return the data of a page."""
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', path.read_text("utf-8"))
    return dict(json.loads(found))


def save(path: Path, data: dict[str, Any], *made: dict[str, Any]) -> None:
    whole = {**WHOLE, "review": data["id"], "made": data["made"], "decisions": list(made)}
    path.write_text(json.dumps(whole), "utf-8")


def about(data: dict[str, Any], group: dict[str, Any], what: str, scope: str) -> dict[str, Any]:
    names = [data["documents"][index]["name"] for index, _ in group["samples"]]
    rule, category = data["rules"][group["rule"]], data["categories"][group["category"]]
    picked = {name: group[name] for name in ("line", "key", "site", "part")}
    nothing = dict.fromkeys(("document", "digest", "offset", "length"))
    return {"what": what, "scope": scope, **picked, "rule": rule, "category": category, **nothing, "examples": names}


def test_from_documents_to_a_page_to_rules_and_corrected_copies(tmp_path: Path) -> None:
    other = "Everyone on the island knows the ferry.\nThe Gazette is printed on the quay, says the last page.\n"
    fill(tmp_path, {"docs/a.txt": DOCUMENT, "docs/b.txt": f"{CHROME}\n{other}"})
    url = ("--url", "https://gazette.example/")
    result = call("review", *url, "docs", cwd=tmp_path)
    assert result.code == 0, result.err
    assert "review.html" in result.out
    data = data_of(tmp_path / "review.html")
    assert data["summary"]["documents"] == 2
    assert data["reasons"][data["groups"][0]["rule"]]
    (group,) = data["groups"]
    b = data["documents"][1]
    offset = len(CHROME) + 1 + other.index("The Gazette")
    here = {
        "what": "drop", "scope": "document", "line": other.split("\n")[1], "rule": None, "category": None, "key": "",
        "document": b["name"], "digest": b["digest"], "offset": offset, "length": len(other.split("\n")[1]) + 1,
    }  # fmt: skip
    save(tmp_path / "decisions.json", data, about(data, group, "keep", "site"), here)
    result = call("review", *url, "--apply", "decisions.json", "docs", cwd=tmp_path)
    assert (result.code, result.err) == (0, "")
    assert "reviewed/reviewed-gazette.example.toml: 1 line stays" in result.out
    assert "docs/b.clean.txt: corrected in 1 place" in result.out
    assert "cleaner strip --rules reviewed PATH..." in result.out
    assert call("rules", "check", "reviewed", cwd=tmp_path).code == 0
    assert (tmp_path / "docs/b.clean.txt").read_text() == f"{CHROME}\nEveryone on the island knows the ferry.\n"
    assert not (tmp_path / "docs/a.clean.txt").exists()
    assert call("strip", "--rules", "reviewed", *url, "docs/a.txt", cwd=tmp_path).code == 0
    assert (tmp_path / "docs/a.clean.txt").read_text() == DOCUMENT
    # Again: the same decisions change nothing, and the page may be made again.
    before = snapshot(tmp_path)
    assert call("review", *url, "--apply", "decisions.json", "docs", cwd=tmp_path).code == 0
    assert call("review", *url, "docs", cwd=tmp_path).code == 0
    assert snapshot(tmp_path) == before


def test_the_state_of_the_user_knows_a_corrected_copy(tmp_path: Path) -> None:
    from cleaner.files.folder import Place
    from cleaner.files.known import Known

    fill(tmp_path, {"docs/a.txt": DOCUMENT})
    call("review", "docs", cwd=tmp_path)
    data = data_of(tmp_path / "review.html")
    here = about(data, data["groups"][0], "keep", "document")
    here |= {
        "document": "docs/a.txt",
        "digest": data["documents"][0]["digest"],
        "offset": 0,
        "length": len(CHROME) + 2,
    }
    save(tmp_path / "d.json", data, here)
    assert call("review", "--apply", "d.json", "docs", cwd=tmp_path).code == 0
    document, copy = tmp_path / "docs/a.txt", tmp_path / "docs/a.clean.txt"
    assert copy.read_text() == DOCUMENT
    known = Known.for_run()
    places_of = Place.named(document), Place.named(copy)
    assert known.standing(*places_of, document.read_bytes(), copy.read_bytes()).is_accepted
    assert known.standing(*places_of, document.read_bytes(), CLEAN.encode()).copy == "written"


def test_copies_are_corrected_under_the_names_that_strip_gives_them(tmp_path: Path) -> None:
    fill(tmp_path, {"cleaner.toml": 'names = "full"', "docs/a.txt": DOCUMENT})
    call("review", "docs", cwd=tmp_path)
    data = data_of(tmp_path / "review.html")
    here = about(data, data["groups"][0], "keep", "document")
    here |= {"document": "docs/a.txt", "digest": None, "offset": 0, "length": len(CHROME) + 2}
    save(tmp_path / "d.json", data, here)
    assert "docs/a.txt.clean.txt: corrected" in call("review", "--apply", "d.json", "docs", cwd=tmp_path).out
    assert call("strip", "docs", cwd=tmp_path).code == 0
    assert sorted(path.name for path in (tmp_path / "docs").iterdir()) == ["a.txt", "a.txt.clean.txt"]
    assert (tmp_path / "docs/a.txt.clean.txt").read_text() == DOCUMENT


def test_a_copy_that_a_person_corrected_is_left(tmp_path: Path) -> None:
    fill(tmp_path, {"docs/a.txt": DOCUMENT, "docs/a.clean.txt": "By hand.\n"})
    call("review", "docs", cwd=tmp_path)
    data = data_of(tmp_path / "review.html")
    here = about(data, data["groups"][0], "keep", "document")
    here |= {
        "document": "docs/a.txt",
        "digest": data["documents"][0]["digest"],
        "offset": 0,
        "length": len(CHROME) + 2,
    }
    save(tmp_path / "d.json", data, here)
    result = call("review", "--apply", "d.json", "docs", cwd=tmp_path)
    assert result.code == 1
    assert "docs/a.clean.txt: was corrected by a person" in result.err
    assert (tmp_path / "docs/a.clean.txt").read_text() == "By hand.\n"
    assert call("review", "--force", "--apply", "d.json", "docs", cwd=tmp_path).code == 0
    assert (tmp_path / "docs/a.clean.txt").read_text() == DOCUMENT


def test_a_copy_is_corrected_under_the_name_that_copies_have(tmp_path: Path) -> None:
    fill(
        tmp_path, {"docs/cleaner.toml": 'names = "full"\n', "docs/a.txt": DOCUMENT, "docs/a.html": f"<p>{CLEAN}</p>"}
    )
    data = {"id": "x", "made": ""}
    here = {"what": "keep", "scope": "document", "line": CHROME, "document": "docs/a.txt", "offset": 0, "length": 21}
    save(tmp_path / "d.json", data, here)
    assert call("review", "--apply", "d.json", "docs", cwd=tmp_path).code == 0
    assert (tmp_path / "docs/a.txt.clean.txt").read_text() == DOCUMENT
    assert not (tmp_path / "docs/a.clean.txt").exists()


def test_a_copy_that_a_person_emptied_is_left(tmp_path: Path) -> None:
    fill(tmp_path, {"docs/a.txt": DOCUMENT})
    assert call("strip", "docs", cwd=tmp_path).code == 0
    fill(tmp_path, {"docs/a.clean.txt": ""})
    here = {"what": "keep", "scope": "document", "line": CHROME, "document": "docs/a.txt", "offset": 0, "length": 21}
    save(tmp_path / "d.json", {"id": "x", "made": ""}, here)
    assert call("review", "--apply", "d.json", "docs", cwd=tmp_path).code == 1
    assert (tmp_path / "docs/a.clean.txt").read_text() == ""


def test_documents_may_have_names_that_are_not_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode(b"docs/\xff.txt")
    examples = {"what": "drop", "scope": "everywhere", "line": "Rain fell.", "examples": [name, "a\n[pack]"]}
    save(tmp_path / "d.json", {"id": "x", "made": ""}, examples)
    for _ in range(2):
        assert call("review", "--apply", "d.json", cwd=tmp_path).code == 0
        assert call("rules", "check", "reviewed", cwd=tmp_path).code == 0


def test_what_cannot_be_applied_is_said(tmp_path: Path) -> None:
    fill(tmp_path, {"docs/a.txt": DOCUMENT})
    rows = [{"text": DOCUMENT}, {"text": DOCUMENT, "url": URL}]
    (tmp_path / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    call("review", "docs", "rows.jsonl", cwd=tmp_path)
    data = data_of(tmp_path / "review.html")
    here = about(data, data["groups"][0], "keep", "document") | {"offset": 0, "length": len(CHROME) + 2}
    digests = {one["name"]: one["digest"] for one in data["documents"]}
    made = [
        here | {"document": "docs/a.txt", "digest": "0" * 64},
        here | {"document": "docs/gone.txt", "digest": "0" * 64},
        here | {"document": "rows.jsonl:1", "digest": digests["rows.jsonl:1"], "site": ""},
        here | {"document": "rows.jsonl:2", "digest": digests["rows.jsonl:2"], "site": "gazette.example"},
        about(data, data["groups"][0], "keep", "site") | {"site": "no host"},
    ]
    save(tmp_path / "d.json", data, *made)
    result = call("review", "--apply", "d.json", "docs", "rows.jsonl", cwd=tmp_path)
    assert result.code == 1
    assert result.err.count("not applied") == 4
    for why in ("has changed since", "not among those that you named", "a row of a shard", "name of a host"):
        assert why in result.err
    assert "reviewed/reviewed-gazette.example.toml: 1 line stays" in result.out
    assert sorted(path.name for path in (tmp_path / "docs").iterdir()) == ["a.txt"]


def test_decisions_that_do_not_hold_are_said(tmp_path: Path) -> None:
    """The guard keeps the only line of a document, whatever rules say."""
    fill(tmp_path, {"docs/a.txt": "All rights are reserved by the harbour master.\n"})
    one = {**ONE, "what": "drop", "scope": "everywhere", "examples": ["docs/a.txt"]}
    save(
        tmp_path / "d.json", {"id": "", "made": ""}, one | {"line": "All rights are reserved by the harbour master."}
    )
    result = call("review", "--apply", "d.json", "docs", cwd=tmp_path)
    assert result.code == 1
    assert "still stays in docs/a.txt" in result.err


def test_a_changed_pack_is_left_unless_forced(tmp_path: Path) -> None:
    save(tmp_path / "d.json", {"id": "", "made": ""}, {**ONE, "scope": "everywhere"})
    assert call("review", "--apply", "d.json", cwd=tmp_path).code == 0
    path = tmp_path / "reviewed/reviewed.toml"
    written = path.read_text()
    path.write_text(written.replace("Menu", "Carte"))
    result = call("review", "--apply", "d.json", cwd=tmp_path)
    assert result.code == 2
    assert "was changed by a person" in result.err
    assert call("review", "--force", "--apply", "d.json", cwd=tmp_path).code == 0
    assert path.read_text() == written


def test_a_page_replaces_no_other_file(tmp_path: Path) -> None:
    fill(tmp_path, {"docs/a.txt": DOCUMENT, "review.html": "<p>Mine."})
    result = call("review", "docs", cwd=tmp_path)
    assert result.code == 2
    assert "is no page of cleaner review" in complaint(result)
    assert (tmp_path / "review.html").read_text() == "<p>Mine."
    assert call("review", "--force", "docs", cwd=tmp_path).code == 0


def test_documents_that_fail_are_on_the_page(tmp_path: Path) -> None:
    fill(tmp_path, {"docs/a.txt": DOCUMENT})
    (tmp_path / "docs/b.txt").write_bytes(b"%PDF-1.7\n\x00\x01")
    result = call("review", "docs", cwd=tmp_path)
    assert result.code == 3
    assert "docs/b.txt" in result.err
    ((name, why),) = data_of(tmp_path / "review.html")["summary"]["failures"]
    assert name == "docs/b.txt"
    assert "PDF" in why


@pytest.mark.parametrize("words", [("review",), ("review", ""), ("review", "--copies", "x", "docs")])
def test_wrong_usage(words: tuple[str, ...], tmp_path: Path) -> None:
    assert call(*words, cwd=tmp_path).code == 2


def test_no_documents_no_page(tmp_path: Path) -> None:
    result = call("review", "gone", cwd=tmp_path)
    assert result.code == 2
    assert list(tmp_path.iterdir()) == []


def test_protections_have_names_and_examples() -> None:
    pack = packs.SitePack("a.example")
    pack.keep("Print this\nRead on")
    pack.keep_part("Zurb it", "start", "own/zurb")
    pack.keep_part("zurb", "middle", "own/zurb")
    (lines, parts, off) = checks.parse(Source("a.toml", pack.text())).keep
    assert (lines.id, lines.keeps) == ("lines", "Print this\nRead on\n")
    assert (parts.id, off.id) == ("parts", "rules-off")
    assert packs.read("a.toml", pack.text(), "a.example").text() == pack.text()
