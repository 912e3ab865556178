"""The page of a review in a real browser: what people see and do, by mouse and by keyboard, and what no stranger can.

Each test opens a page from the disk, as people do. A page that asks for anything over the network, breaks its content
security policy, or writes an error to the console fails the test, whatever the test is about.
"""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.document import split_lines
from cleaner.review import decisions
from cleaner.review.data import Group, ReviewData, Shown, Summary
from tests.review_pages import Given, browser, review_of, write_page
from tests.support import DATA, call, fill

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

pytest.importorskip("jinja2")

pytestmark = pytest.mark.slow

STORY = "It was the rope that gave way, {} said on Tuesday, and it was not the wind that stopped the boats."
NAMES = ("the harbour master", "the ferryman", "the miller", "the baker")

WIDE = "😀 A ship.\r\nShare on Facebook\r\nThe 😀 ship sailed on, and nobody on the pier was sad.\r\nA last line."


def article(number: int, chrome: str = "Accessibility links") -> str:
    """Return a document with chrome above and below."""
    below = "Share on Facebook\nPlease enter your comment!\n"
    return f"{chrome}\nBreaking News\n\n{STORY.format(NAMES[number % 4])}\n\n{below}"


DOCUMENTS = [
    *(Given(f"gazette/{n}.txt", article(n), f"https://gazette.example/{n}") for n in range(3)),
    *(Given(f"post/{n}.txt", article(n, "Skip to content"), f"https://post.example/{n}") for n in range(2)),
    Given("wide.txt", WIDE),
    Given(
        "long.txt", "Skip to main content\n" + "".join(f"Line {n} of a long report on ropes.\n" for n in range(40))
    ),
]
FAILED = [("broken.txt", "is no text: it begins like a PDF")]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def data() -> ReviewData:
    return review_of(DOCUMENTS, failed=FAILED)


@pytest.fixture(scope="module")
def path(data: ReviewData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(data, tmp_path_factory.mktemp("review") / "review.html")


class Watch:
    """A context of the browser whose pages may do nothing wrong."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.wrong: list[str] = []
        self.dialogs: list[str] = []
        context.route(lambda url: not url.startswith(("file:", "data:", "blob:")), lambda route: route.abort())
        context.on("request", lambda request: self._requested(request.url))
        context.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('policy', e.violatedDirective))"
        )

    def _requested(self, url: str) -> None:
        if not url.startswith(("file:", "data:", "blob:")):
            self.wrong.append(f"asks for {url}")

    def _asked(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.type)
        dialog.accept()

    def open(self, path: Path, view: str = "lines") -> Page:
        """Open a page at one of its views."""
        page = self.context.new_page()
        page.on("console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", self._asked)
        page.goto(f"{path.as_uri()}#{view}")
        return page


Watches = Callable[..., Watch]


@pytest.fixture
def watches(chromium: Browser) -> Iterator[Watches]:
    """Make contexts: a context is like a browser that was never used before."""
    made: list[Watch] = []

    def make(**options: Any) -> Watch:
        options = {"viewport": {"width": 1280, "height": 800}, **options}
        made.append(Watch(chromium.new_context(**options)))
        return made[-1]

    yield make
    for watch in made:
        watch.context.close()
    assert [wrong for watch in made for wrong in watch.wrong] == []


@pytest.fixture
def watch(watches: Watches) -> Watch:
    return watches()


@pytest.fixture
def page(watch: Watch, path: Path) -> Page:
    """The page, at its list of lines."""
    return watch.open(path)


def press(page: Page, keys: str) -> None:
    """Press keys, one after the other."""
    for key in keys.split():
        page.keyboard.press(key)


def lines(page: Page) -> list[str]:
    return page.locator("#line-rows .line").all_inner_texts()


def chosen(page: Page) -> str:
    return page.locator("#line-rows [aria-current] .line").inner_text()


def badges(page: Page) -> dict[str, str]:
    """Return the decisions that the list shows, by line and site."""
    rows = page.locator("#line-rows tr.decided")
    cells = [(row.locator(".line").inner_text(), row.locator(".site").inner_text()) for row in rows.all()]
    return dict(zip(map(" @ ".join, cells), rows.locator(".verdict").all_inner_texts(), strict=True))


def status(page: Page) -> str:
    return page.locator("#status").inner_text()


def saved(page: Page) -> dict[str, Any]:
    """Save the decisions, and return what is in the file, which the command must be able to read."""
    with page.expect_download() as download:
        press(page, "s")
    assert download.value.suggested_filename == "decisions.json"
    text = Path(download.value.path()).read_bytes()
    decisions.read("decisions.json", text)
    found: dict[str, Any] = json.loads(text)
    return found


# What people see


def test_the_summary_has_the_figures(watch: Watch, path: Path, data: ReviewData) -> None:
    page = watch.open(path, "summary")
    figures = page.locator("#figures").inner_text()
    assert f"documents\n{len(DOCUMENTS) + 1}\n" in figures
    assert "failed\n1\n" in figures
    assert page.locator("#categories tr").count() == len(data.summary.categories)
    assert page.locator("#picture svg").get_attribute("aria-label") is not None
    assert "gazette.example" in page.locator("#sites").inner_text()
    assert "broken.txt: is no text: it begins like a PDF" in page.locator("#failed").inner_text()
    assert f"has all {len(data.groups)} removed lines" in page.locator("#sampled").inner_text()


def test_the_heads_of_the_table_of_sites_sort_it(watch: Watch, path: Path) -> None:
    page = watch.open(path, "summary")
    head = page.locator("#sites-table thead th", has_text="Site")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert page.locator("#sites th").all_inner_texts() == ["(no site)", "gazette.example", "post.example"]
    head.get_by_role("button").click()
    assert page.locator("#sites th").all_inner_texts() == ["post.example", "gazette.example", "(no site)"]
    page.get_by_role("button", name="Lines of post.example").click()
    assert set(page.locator("#line-rows .site").all_inner_texts()) == {"post.example"}


def test_the_list_is_in_the_order_of_the_data(page: Page, data: ReviewData) -> None:
    assert lines(page) == [group.line for group in data.groups]
    assert chosen(page) == data.groups[0].line


@pytest.mark.parametrize(
    ("field", "value", "keeps"),
    [
        ("#filter-text", "ACCESS", lambda group, _: "access" in group.line.lower()),
        ("#filter-site", "post", lambda group, _: group.site == "post.example"),
        ("#filter-rule", "share/", lambda group, data: "share/" in data.rules[group.rule]),
        ("#filter-text", "nothing has this", lambda *_: False),
    ],
)
def test_filters(
    page: Page, data: ReviewData, field: str, value: str, keeps: Callable[[Group, ReviewData], bool]
) -> None:
    page.fill(field, value)
    assert lines(page) == [group.line for group in data.groups if keeps(group, data)]
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function(f"document.querySelectorAll('#line-rows tr').length === {len(data.groups)}")


def test_filters_of_category_and_doubt(page: Page, data: ReviewData) -> None:
    page.select_option("#filter-category", "share")
    assert set(page.locator("#line-rows .chip").all_inner_texts()) == {"share"}
    page.select_option("#filter-category", "")
    most = max(group.doubt for group in data.groups)
    page.locator("#filter-doubt").fill("95")
    assert len(lines(page)) == sum(group.doubt >= 0.95 for group in data.groups)
    assert most < 0.95
    assert page.locator("#lines-none").is_visible()


def test_sorting(page: Page, data: ReviewData) -> None:
    page.select_option("#sort", "line")
    assert lines(page) == sorted((group.line for group in data.groups), key=str.lower)
    head = page.locator("#lines-table thead th", has_text="Documents")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    found = [int(text.split()[0]) for text in page.locator("#line-rows .documents").all_inner_texts()]
    assert found == sorted((group.documents for group in data.groups), reverse=True)


def test_the_panel_shows_a_line_in_its_context(page: Page) -> None:
    page.fill("#filter-text", "facebook")
    page.fill("#filter-site", "gazette")
    panel = page.locator("#panel")
    assert "Share on Facebook" in panel.inner_text()
    assert panel.locator("del.here").first.inner_text() == "Share on Facebook"
    assert STORY.format(NAMES[0]) in panel.inner_text()
    panel.get_by_role("button", name="gazette/1.txt").click()
    assert page.locator("#document-name").inner_text() == "gazette/1.txt"
    assert "Share on Facebook" in page.locator(".cut.chosen").inner_text()


# Decisions


def test_decisions_by_keyboard_and_undo(page: Page, data: ReviewData) -> None:
    first, second, third = (f"{group.line} @ {group.site or '(no site)'}" for group in data.groups[:3])
    press(page, "k")
    assert chosen(page) == data.groups[1].line, "the next line is chosen"
    assert status(page).startswith("Keep on ")
    assert f"{len(data.groups) - 1} lines left." in status(page)
    press(page, "n d")
    assert badges(page) == {first: "✓ keep", third: "✕ drop"}
    press(page, "p p k")
    assert badges(page) == {first: "✓ keep", second: "✓ keep", third: "✕ drop"}
    press(page, "u")
    assert badges(page) == {first: "✓ keep", third: "✕ drop"}
    assert chosen(page) == data.groups[1].line, "what was undone is chosen"
    press(page, "u u")
    assert badges(page) == {}
    press(page, "u")
    assert status(page) == "There is nothing to undo."


def test_a_changed_mind_is_undone_to_what_it_was_before(page: Page) -> None:
    press(page, "k p d")
    assert list(badges(page).values()) == ["✕ drop"]
    press(page, "u")
    assert list(badges(page).values()) == ["✓ keep"]


def test_every_action_has_a_button(page: Page) -> None:
    bar = page.locator("#bar")
    bar.get_by_role("button", name="Keep", exact=False).first.click()
    bar.get_by_role("button", name="Drop").click()
    assert list(badges(page).values()) == ["✓ keep", "✕ drop"]
    assert bar.get_by_role("button", name="Drop").evaluate("b => b === document.activeElement"), "the focus stays"
    bar.get_by_role("button", name="Undo").click()
    assert list(badges(page).values()) == ["✓ keep"]
    bar.get_by_role("button", name="Previous").click()
    bar.get_by_role("button", name="Open sample").click()
    assert page.locator("#view-documents").is_visible()


def test_keep_everywhere_decides_the_line_on_each_site(page: Page) -> None:
    page.fill("#filter-text", "facebook")
    page.locator("#line-rows .line").first.click()
    press(page, "e")
    found = badges(page)
    assert len(found) == 3
    assert set(found.values()) == {"✓ keep everywhere"}
    record = saved(page)["decisions"]
    assert [(one["what"], one["scope"], one["line"]) for one in record] == [
        ("keep", "everywhere", "Share on Facebook")
    ]
    press(page, "u")
    assert badges(page) == {}


def test_what_is_decided_leaves_the_list_of_the_undecided_and_the_focus_stays_in_it(
    page: Page, data: ReviewData
) -> None:
    page.select_option("#filter-state", "undecided")
    page.locator("#line-rows .line").first.click()
    press(page, "k k")
    assert lines(page) == [group.line for group in data.groups[2:]]
    assert page.evaluate("document.querySelector('#line-rows [aria-current] button') === document.activeElement")
    press(page, "u")
    assert lines(page) == [group.line for group in data.groups[1:]]
    assert chosen(page) == data.groups[1].line
    page.select_option("#filter-state", "decided")
    assert lines(page) == [data.groups[0].line]


def test_a_reload_keeps_decisions(page: Page, watch: Watch) -> None:
    press(page, "k d")
    page.reload()
    assert watch.dialogs == ["beforeunload"], "a warning, since no file has them"
    assert list(badges(page).values()) == ["✓ keep", "✕ drop"]
    press(page, "u")
    assert list(badges(page).values()) == ["✓ keep"]


def test_nobody_is_warned_about_decisions_that_are_saved(page: Page, watch: Watch) -> None:
    press(page, "k d")
    assert page.locator("#unsaved").is_visible()
    saved(page)
    assert page.locator("#unsaved").is_hidden()
    page.reload()
    assert watch.dialogs == []
    assert page.locator("#unsaved").is_hidden()


def test_where_the_browser_has_no_memory_the_page_says_so(watch: Watch, path: Path) -> None:
    watch.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    page = watch.open(path)
    assert "live in this tab alone" in page.locator("#memory").inner_text()
    press(page, "k")
    assert list(badges(page).values()) == ["✓ keep"]
    assert len(saved(page)["decisions"]) == 1


def test_the_file_of_decisions(page: Page, data: ReviewData) -> None:
    page.fill("#filter-text", "access")
    page.locator("#line-rows .line").first.click()
    press(page, "d")
    (group,) = (group for group in data.groups if group.line == "Accessibility links")
    assert saved(page) == {
        "cleaner": "decisions",
        "format": 1,
        "review": page.evaluate("review.data.id"),
        "made": data.made,
        "decisions": [
            {
                "what": "drop",
                "scope": "site",
                "line": "Accessibility links",
                "key": group.key,
                "rule": data.rules[group.rule],
                "category": "accessibility",
                "site": "gazette.example",
                "document": None,
                "digest": None,
                "offset": None,
                "length": None,
                "part": "",
                "examples": ["gazette/0.txt", "gazette/1.txt", "gazette/2.txt"],
            }
        ],
    }


def test_a_saved_file_can_be_loaded_elsewhere(page: Page, watches: Watches, path: Path, tmp_path: Path) -> None:
    press(page, "k d e")
    before = badges(page)
    press(page, "o")
    page.locator(".cut").last.click()
    press(page, "h")
    made = saved(page)
    file = tmp_path / "decisions.json"
    file.write_text(
        json.dumps({**made, "decisions": [*made["decisions"], {**made["decisions"][0], "line": "Not here"}]})
    )
    other = watches().open(path)
    other.set_input_files("#file", file)
    other.wait_for_function("document.querySelector('#status').textContent.includes('loaded')")
    assert status(other) == "5 decisions loaded. 1 of them are about lines that are not on this page; they are kept."
    assert badges(other) == before
    assert [one["line"] for one in saved(other)["decisions"]] == [
        *(one["line"] for one in made["decisions"]),
        "Not here",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "The file is not JSON"),
        ("[]", "The file holds no decisions"),
        ('{"cleaner": "decisions", "format": 9, "decisions": []}', "The file has format 9"),
        ('{"cleaner": "decisions", "format": 1, "decisions": [{"what": "burn"}]}', "says neither keep nor drop"),
    ],
)
def test_other_files_are_refused(page: Page, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.json").write_text(text)
    page.set_input_files("#file", tmp_path / "x.json")
    page.wait_for_function("document.querySelector('#status').textContent !== ''")
    assert said in status(page)
    assert badges(page) == {}


def test_a_decision_is_taken_back_in_the_list_of_decisions(page: Page) -> None:
    press(page, "k d")
    page.get_by_role("link", name="Decisions").click()
    assert page.locator("#decisions-list li").count() == 2
    page.locator("#decisions-list").get_by_role("button").first.click()
    assert page.locator("#decisions-list .badge").all_inner_texts()[0].startswith("✓ Keep on")
    assert page.locator("#tab-decisions").inner_text() == "1"


def test_keys_are_letters_in_a_field_and_can_be_turned_off(page: Page) -> None:
    press(page, "/ d u k e")
    assert page.input_value("#filter-text") == "duke"
    press(page, "Escape")
    page.fill("#filter-text", "")
    press(page, "Escape ?")
    page.get_by_label("Single keys are on").uncheck()
    press(page, "Escape k d")
    assert badges(page) == {}
    press(page, "Control+k")
    assert badges(page) == {}


# Inside of a block

BLOCK = ("Contact us", "Our partners", "Terms", "Sitemap", "Careers")


@pytest.fixture(scope="module")
def block_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page on which the lines of a list are one entry, as they are where the judge took them."""
    text = "\n".join([*BLOCK, "", *(STORY.format(name) for name in NAMES), ""])
    alone = Given("other/1.txt", article(0), "https://other.example/1")
    data = review_of([Given("gazette/1.txt", text, "https://gazette.example/1"), alone])
    groups = {group.line: group for group in data.groups}
    lines = [groups.pop(line) for line in BLOCK]
    joined = ["\n".join(getattr(line, name) for line in lines) for name in ("line", "key")]
    block = lines[0]._replace(line=joined[0], key=joined[1], lines=len(BLOCK), samples=[(0, 0)])
    rest = list(groups.values())
    numbers = {data.groups.index(group): number for number, group in enumerate(rest, 1)}
    documents = [
        one._replace(
            pieces=[
                [*piece[:2], numbers.get(piece[2], 0), *piece[3:]] if isinstance(piece, list) else piece
                for piece in one.pieces
            ]
        )
        for one in data.documents
    ]
    data = data._replace(groups=[block, *rest], documents=documents)
    return write_page(data, tmp_path_factory.mktemp("block") / "review.html")


def marks(page: Page) -> list[str]:
    """Return what is decided about each line of the block in the panel."""
    return [" ".join(item.locator(".badge").all_inner_texts()) for item in page.locator("#panel .block li").all()]


def has_focus(page: Page, selector: str) -> bool:
    return bool(page.evaluate("selector => document.activeElement.matches(selector)", selector))


def test_the_lines_of_a_block_are_decided_by_keys(watch: Watch, block_path: Path) -> None:
    page = watch.open(block_path)
    press(page, "i")
    assert status(page) == "Inside a block of 5 lines: keys decide one line. Esc leaves."
    assert page.locator("#bar").get_by_role("button", name="Keep line", exact=False).count() == 2
    press(page, "n k")
    assert status(page) == "Keep on gazette.example: “Our partners”. 1 of 5 lines kept. Next: “Terms”"
    assert has_focus(page, "li[data-line='2'] .line")
    press(page, "d ArrowUp ArrowUp ArrowUp e")
    assert marks(page) == ["✓ keep everywhere", "✓ keep", "✕ drop", "", ""]
    press(page, "u k Escape")
    assert has_focus(page, "#line-rows [aria-current] .line")
    (shown,) = badges(page).values()
    assert shown == "✓ 2 of 5 lines kept"
    records = saved(page)["decisions"]
    assert [(one["what"], one["scope"], one["line"], one["key"], one["site"]) for one in records] == [
        ("keep", "site", "Our partners", "our partners", "gazette.example"),
        ("drop", "site", "Terms", "terms", "gazette.example"),
        ("keep", "site", "Contact us", "contact us", "gazette.example"),
    ]
    assert {one["rule"] for one in records} == {page.evaluate("review.data.rules[review.data.groups[0].rule]")}
    # All of it at once replaces what was said of its lines; undone, they stand again.
    press(page, "d")
    assert [one["line"] for one in saved(page)["decisions"]] == ["\n".join(BLOCK)]
    press(page, "p i n k")
    assert marks(page) == ["✕ drop", "✓ keep", "✕ drop", "✕ drop", "✕ drop"]
    assert [one["line"] for one in saved(page)["decisions"]] == ["\n".join(BLOCK), "Our partners"]
    press(page, "u Escape u")
    assert marks(page) == ["✓ keep", "✓ keep", "✕ drop", "", ""]
    press(page, "u u u")
    assert badges(page) == {}


def test_the_lines_of_a_block_are_decided_by_buttons(
    watch: Watch, watches: Watches, block_path: Path, tmp_path: Path
) -> None:
    page = watch.open(block_path)
    page.select_option("#filter-state", "undecided")
    keep = page.get_by_role("button", name="Keep line 3", exact=True)
    keep.click()
    assert has_focus(page, "li[data-line='2'] [data-what='keep']")
    assert keep.get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Drop line 4", exact=True).click()
    wanted = ["", "", "✓ keep", "✕ drop", ""]
    assert marks(page) == wanted, "the block stays in the list of the undecided while somebody is inside"
    press(page, "Escape")
    assert not chosen(page).startswith(BLOCK[0])
    page.select_option("#filter-state", "")
    page.reload()
    assert marks(page) == wanted
    open_document(page, "gazette/1.txt")
    assert next(line for line in columns(page)[1] if line) == "Terms"
    (tmp_path / "d.json").write_text(json.dumps(saved(page)))
    other = watches().open(block_path)
    other.set_input_files("#file", tmp_path / "d.json")
    other.wait_for_function("document.querySelector('#status').textContent.includes('loaded')")
    assert status(other) == "2 decisions loaded."
    assert marks(other) == wanted
    press(other, "n i")
    assert status(other) == "This is one line; there is nothing inside."


# Documents


def open_document(page: Page, name: str) -> None:
    page.evaluate("name => openDocument(review.data.documents.findIndex(one => one.name === name), null)", name)


def columns(page: Page) -> tuple[list[str], list[str]]:
    """Return the original and the clean text as the page shows them, without what only screen readers read."""
    script = """column => [...document.querySelectorAll(`#text-body td.${column} > div`)].map(cell => {
        const copy = cell.cloneNode(true);
        copy.querySelectorAll('.heard, .badge').forEach(one => one.remove());
        return copy.textContent;
    })"""
    return page.evaluate(script, "was"), page.evaluate(script, "now")


def test_a_document_stands_beside_its_clean_text(page: Page) -> None:
    open_document(page, "gazette/0.txt")
    was, now = columns(page)
    assert was == article(0).splitlines()
    assert [line for line in now if line] == [STORY.format(NAMES[0])]
    assert page.locator("#text-body del").first.inner_text().endswith("Accessibility links")
    assert page.locator("#text-body .label").first.inner_text() == "accessibility"


def test_the_reason_is_shown_on_focus_and_on_hover(page: Page, data: ReviewData) -> None:
    open_document(page, "gazette/0.txt")
    piece = page.locator(".cut", has_text="Accessibility links")
    assert piece.evaluate("one => one === document.activeElement")
    assert piece.get_attribute("aria-describedby") == "why"
    assert "accessibility" in page.locator("#why").inner_text()
    assert "3 documents of the site (100 %)" in page.locator("#why").inner_text()
    press(page, "Escape")
    assert page.locator("#why").is_hidden()
    page.locator(".cut", has_text="Breaking News").hover()
    assert "navigation" in page.locator("#why").inner_text()
    page.set_viewport_size({"width": 1280, "height": 400})
    press(page, "n n n")
    page.wait_for_function("scrollY > 0")
    page.wait_for_timeout(100)
    assert page.locator("#why").is_visible(), "where the page scrolls to it, too"


def test_only_here(page: Page) -> None:
    open_document(page, "gazette/1.txt")
    press(page, "h")
    assert columns(page)[1][0] == "Accessibility links", "the clean text has it again"
    assert page.locator(".cut.chosen").evaluate("one => one === document.activeElement")
    (record,) = saved(page)["decisions"]
    assert (record["what"], record["scope"], record["document"]) == ("keep", "document", "gazette/1.txt")
    assert article(1)[record["offset"] :][: record["length"]].strip() == record["line"] == "Accessibility links"
    open_document(page, "gazette/2.txt")
    assert columns(page)[1][0] == ""
    press(page, "u")
    open_document(page, "gazette/1.txt")
    assert columns(page)[1][0] == ""


def test_decisions_in_a_document_are_about_its_lines_everywhere_on_the_site(page: Page) -> None:
    open_document(page, "gazette/1.txt")
    press(page, "k")
    open_document(page, "gazette/2.txt")
    assert columns(page)[1][0] == "Accessibility links"
    press(page, "e")
    assert [one["scope"] for one in saved(page)["decisions"]] == ["everywhere"]


def test_a_kept_line_can_go(page: Page, data: ReviewData) -> None:
    open_document(page, "wide.txt")
    text = next(given.text for given in DOCUMENTS if given.name == "wide.txt")
    page.locator("td.was.stop", has_text="sailed").click()
    assert page.get_by_role("button", name="Drop only here").is_visible()
    press(page, "h")
    press(page, "ArrowDown d")
    (here, site) = saved(page)["decisions"]
    assert (here["what"], here["scope"], here["rule"], here["key"]) == ("drop", "document", None, "")
    assert text[here["offset"] :][: here["length"]] == f"{here['line']}\r\n"
    assert here["line"] == "The 😀 ship sailed on, and nobody on the pier was sad."
    assert here["digest"] == next(one.digest for one in data.documents if one.name == "wide.txt")
    assert (site["what"], site["scope"], site["line"], site["document"]) == ("drop", "site", "A last line.", None)
    assert [line for line in columns(page)[1] if line] == ["😀 A ship."]
    press(page, "k")
    assert [line for line in columns(page)[1] if line] == ["😀 A ship.", "A last line."]


def test_long_kept_stretches_are_folded(page: Page) -> None:
    open_document(page, "long.txt")
    assert len(columns(page)[0]) < 10
    page.get_by_role("button", name="lines kept").click()
    was, now = columns(page)
    assert len(was) == 41
    assert was[1:] == now[1:]
    assert page.evaluate("document.querySelector('#text').contains(document.activeElement)")


def test_next_goes_on_to_the_next_document(page: Page, data: ReviewData) -> None:
    open_document(page, data.documents[0].name)
    edits = sum(isinstance(piece, list) for piece in data.documents[0].pieces)
    press(page, "n " * (edits - 1))
    assert page.locator("#document-name").inner_text() == data.documents[0].name
    press(page, "n")
    assert page.locator("#document-name").inner_text() == data.documents[1].name
    press(page, "[")
    assert page.locator("#document-name").inner_text() == data.documents[0].name
    page.fill("#document-search", "POST")
    assert page.locator("#document-names bdi").all_inner_texts() == ["post/0.txt", "post/1.txt"]
    page.locator("#document-names button").last.click()
    assert page.locator("#document-name").inner_text() == "post/1.txt"


# The functions that know nothing of the page, against those of the cleaner

TEXTS = st.text(st.sampled_from("ab \r\n\u2028\u0085😀"), max_size=12)
PIECES = st.lists(
    TEXTS | st.tuples(TEXTS.filter(bool), TEXTS, st.just(-1), st.just(0), st.none()).map(list), max_size=6
)


def test_rows_are_the_lines_of_the_original(page: Page) -> None:
    @settings(deadline=None)
    @given(PIECES)
    def holds(pieces: list[Any]) -> None:
        original = "".join(piece if isinstance(piece, str) else piece[0] for piece in pieces)
        rows = page.evaluate("pieces => rowsOf(pieces)", pieces)
        expected = split_lines(original)
        if expected[-1] == "" and len(expected) > 1:
            expected.pop()  # what stands after the last line break
        if pieces:
            assert [row["text"] for row in rows] == expected
        for row in rows:
            line = original[row["offset"] :][: row["length"]]
            assert line.rstrip("\r\n") == row["text"].rstrip("\r\n")
            assert "".join(part["text"] for part in row["parts"]) == row["text"]
        assert sum(row["length"] for row in rows) == len(original)
        firsts = [part["piece"]["index"] for row in rows for part in row["parts"] if part["isFirst"]]
        blank = " \t\r\n\u2028"
        seen = [
            i for i, piece in enumerate(pieces) if isinstance(piece, list) and (piece[0].strip(blank) or piece[1])
        ]
        assert firsts == seen

    holds()


def test_gaps_and_cut_texts_keep_offsets_right(page: Page) -> None:
    pieces = ["One.\nTw", 100, "o.\nThree.\n", ["Share", "", -1, 0, None, 50], "Four.\n"]
    rows = page.evaluate("pieces => rowsOf(pieces)", pieces)
    assert [
        (row.get("gap"), row.get("text"), row.get("offset"), row.get("number"), row["isWhole"]) for row in rows
    ] == [
        (None, "One.", 0, 1, True),
        (None, "Tw", 5, 2, False),
        (100, None, None, None, False),
        (None, "o.", 107, None, False),
        (None, "Three.", 110, None, True),
        (None, "Share", 117, None, False),
        (None, "Four.", 167, None, False),
    ]


# Everyone


VIEWS = ("summary", "lines", "documents", "decisions")


@pytest.mark.parametrize("width", [400, 700, 1000])
def test_nothing_is_wider_than_the_window(watches: Watches, path: Path, width: int) -> None:
    page = watches(viewport={"width": width, "height": 800}).open(path)
    press(page, "k d e")
    for view in VIEWS:
        page.evaluate("view => go(view)", view)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
        if view in ("lines", "documents"):
            for button in page.locator("#bar button:visible").all():
                box = button.bounding_box()
                assert box is not None
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width


def test_on_a_phone_what_stays_stands_once(watches: Watches, path: Path) -> None:
    page = watches(viewport={"width": 400, "height": 800}).open(path, "documents")
    open_document(page, "gazette/0.txt")
    assert page.get_by_text(STORY.format(NAMES[0])).locator("visible=true").count() == 1


def test_light_and_dark(watches: Watches, path: Path) -> None:
    grounds = [
        watches(color_scheme=scheme).open(path).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert grounds == ["rgb(247, 247, 245)", "rgb(21, 24, 28)"]


@pytest.mark.parametrize("view", VIEWS)
def test_the_tabulator_goes_through_all_of_a_view_and_out_again(watch: Watch, path: Path, view: str) -> None:
    page = watch.open(path, view)
    script = """() => {
        const one = document.activeElement;
        return one === document.body || !one ? '' : one.id || one.dataset.do || one.className || one.textContent;
    }"""
    reached = []
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(script))
        if reached[-1] == "":
            break
    assert reached[-1] == "", "the focus leaves the page at its end"
    assert reached[0] == "skip"
    assert {"save", "load", "help"} <= set(reached)
    if view == "lines":
        assert {"filter-text", "filter-doubt", "line", "panel", "keep", "undo"} <= set(reached)
        assert reached.count("line") == 1, "one row takes the focus, and the arrow keys go on from it"


def test_arrow_keys_move_in_list_and_document(page: Page, data: ReviewData) -> None:
    page.locator("#line-rows .line").first.focus()
    press(page, "ArrowDown ArrowDown ArrowUp")
    assert chosen(page) == data.groups[1].line
    open_document(page, "wide.txt")
    press(page, "ArrowUp")
    assert "A ship." in page.evaluate("document.activeElement.textContent")


def test_the_help_takes_the_focus_and_gives_it_back(page: Page) -> None:
    press(page, "n ?")
    dialog = page.get_by_role("dialog", name="How to review")
    assert dialog.is_visible()
    assert page.evaluate("document.querySelector('#help').contains(document.activeElement)")
    press(page, "Escape")
    assert dialog.is_hidden()
    assert page.evaluate("document.activeElement.className") == "line"


# Strangers

HOSTILE = [
    "<script>window.hacked = 1; alert(1)</script>",
    "<img src=x onerror='window.hacked = 2'>",
    "</script><script>window.hacked = 3</script><!--",
    "<svg/onload=window.hacked=4>",
    "javascript:window.hacked=5",
    "{{ 7 * 7 }} {% raw %}",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200b\ufeff\x07\x1b[31m",
    "]]> &lt;b&gt; &amp; ${window.hacked=6}",
]

ELEMENTS = "document.querySelectorAll('script, style, img, iframe, object, base, meta, link').length"
HANDLERS = (
    "[...document.querySelectorAll('*')].some(one => one.getAttributeNames().some(name => name.startsWith('on')))"
)


def test_hostile_documents_stay_text(watch: Watch, tmp_path: Path) -> None:
    text = "Accessibility links\n" + "".join(f"{line}\nAccessibility links\n" for line in HOSTILE)
    documents = [Given(f"{line} {n}.txt", text, f"https://h.example/{n}?{line}") for n, line in enumerate(HOSTILE)]
    data = review_of(documents, failed=[(line, line) for line in HOSTILE], title=HOSTILE[2])
    data = data._replace(groups=[*data.groups, *(data.groups[0]._replace(line=line, site=line) for line in HOSTILE)])
    page = watch.open(write_page(data, tmp_path / "h.html"), "lines")
    before = page.evaluate(ELEMENTS)
    press(page, "k d e k d e k d e")
    open_document(page, documents[0].name)
    press(page, "h n k")
    for view in VIEWS:
        page.evaluate("view => go(view)", view)
        assert page.evaluate("window.hacked") is None, view
        assert watch.dialogs == []
        assert page.evaluate("document.querySelectorAll('script').length") == 2
        assert page.evaluate(ELEMENTS) == before
        assert page.evaluate(HANDLERS) is False
        shown = page.locator("#content").inner_text()
        assert "\u202e" not in shown
        assert "\u2066" not in shown
        if view != "decisions":
            assert "⟨U+202E⟩gnp.exe⟨U+202C⟩" in shown, view


def test_a_very_long_line_is_wrapped_and_folded(watches: Watches, tmp_path: Path) -> None:
    long = "rope" * 50_000
    data = review_of([Given("a.txt", f"Accessibility links\n{STORY}\n")])
    one = data.documents[0]._replace(pieces=[[f"{long}\n", "", 0, 0, None], f"{long}\n{STORY}\n"])
    data = data._replace(documents=[one], groups=[data.groups[0]._replace(line=long, samples=[(0, 0)])])
    page = watches(viewport={"width": 400, "height": 800}).open(write_page(data, tmp_path / "l.html"), "lines")
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    press(page, "o")
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    assert len(columns(page)[0][1]) < 3000
    page.get_by_role("button", name="characters more").last.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 400


def test_the_page_keeps_what_strangers_could_not_undo_out_of_its_markup(path: Path) -> None:
    """The policy allows no inline handler and no style attribute; the page has none that it would forbid."""
    head, _, _ = path.read_text("utf-8").partition("<script")
    body = head.partition("</style>")[2]
    assert " style=" not in body
    assert " onclick" not in body
    assert "default-src 'none'" in head or "default-src &#39;none&#39;" in head


# The whole way: a page, decisions, what becomes of them

STORY_OF_BOATS = [
    "It was not the wind that stopped the boats, the harbour master said on Tuesday, it was the rope.",
    "He had it from the ferryman, who had it from the cook, and the cook had been there when it gave way.",
]


def test_what_is_decided_in_the_browser_holds(watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    folder = tmp_path / "corpus"
    text = "\n".join(["Accessibility links", "Breaking News", "", *STORY_OF_BOATS, "", "Share on Facebook", ""])
    fill(folder, {f"articles/{n}.txt": text for n in "abc"})
    made = call("review", "articles", cwd=folder)
    assert made.code == 0, made.err
    page = watch.open(folder / "review.html")
    press(page, "/")
    page.keyboard.type("share on")
    press(page, "Escape e")
    press(page, "/")
    page.keyboard.press("Control+a")
    page.keyboard.type("accessibility")
    press(page, "Escape o")
    assert page.locator("#document-name").inner_text() == "articles/a.txt"
    press(page, "h")
    (tmp_path / "decisions.json").write_text(json.dumps(saved(page)))

    applied = call("review", "--apply", tmp_path / "decisions.json", "articles", cwd=folder)
    assert applied.code == 0, applied.out + applied.err
    assert call("rules", "check", "reviewed", cwd=folder).code == 0
    stripped = call("strip", "--rules", "reviewed", "articles", cwd=folder)
    assert stripped.code == 0, stripped.err
    kept = ["", *STORY_OF_BOATS, "", "Share on Facebook", ""]
    copies = [(folder / f"articles/{n}.clean.txt").read_text().split("\n") for n in "abc"]
    assert [line for line in copies[1] if line] == [line for line in kept if line], "kept everywhere"
    assert copies[1] == copies[2]
    assert [line for line in copies[0] if line] == ["Accessibility links", *(line for line in kept if line)], (
        "only here"
    )
    checked = call("check", "--rules", "reviewed", "articles", cwd=folder)
    assert checked.code == 0, checked.out + checked.err


def test_a_line_that_is_kept_inside_of_a_block_stays_alone(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    text = (DATA / "families" / "broadcaster-english.txt").read_text("utf-8")
    fill(tmp_path, {"docs/a.txt": text})
    url = ("--url", "https://news.example/a")
    assert call("review", *url, "docs", cwd=tmp_path).code == 0
    page = watch.open(tmp_path / "review.html")
    page.fill("#filter-text", "breaking news alert")
    page.locator("#line-rows .line").first.click()
    block = page.locator("#panel .block li .line").all_inner_texts()
    assert "Breaking News Alert" in block, "the judge takes both lines"
    press(page, "i n k")
    (tmp_path / "d.json").write_text(json.dumps(saved(page)))
    applied = call("review", *url, "--apply", "d.json", "docs", cwd=tmp_path)
    assert (applied.code, applied.err) == (0, "")
    assert "reviewed/reviewed-news.example.toml: 1 line stays" in applied.out
    assert call("strip", "--rules", "reviewed", *url, "docs", cwd=tmp_path).code == 0
    after = (tmp_path / "docs/a.clean.txt").read_text("utf-8").split("\n")
    assert set(block) & set(after) == {"Breaking News Alert"}, "its neighbours go"


# Size


def large(number: int) -> ReviewData:
    """Return data with many groups and no documents."""
    categories = [f"category {n}" for n in range(8)]
    rules = [f"pack/{n}" for n in range(50)]

    def group(n: int) -> Group:
        line, site, doubt = f"Line {n * 7919 % number} to read", f"s{n % 900}.example", n % 100 / 100
        return Group(line, f"line {n}", n % 50, n % 8, "likely", site, n % 90, 0.1, n % 99, 3, doubt, "", [])

    summary = Summary(number, 0, 0, 0, number, number, number, [(name, 1, 1) for name in categories], [], [], [], "")
    shown = Shown((0, number), (number, number))
    of_rules = [n % 8 for n in range(50)]
    groups = list(map(group, range(number)))
    return ReviewData("all/", "cleaner", summary, shown, rules, categories, of_rules, [""] * 50, groups, [])


@pytest.mark.alone
def test_a_list_of_50_000_lines_is_quick(watch: Watch, tmp_path: Path) -> None:
    page = watch.open(write_page(large(50_000), tmp_path / "large.html"))
    assert page.locator("#line-rows tr").count() == 50
    page.get_by_role("button", name="Page after").click()
    assert page.locator("#page-shown").inner_text() == "51 to 100 of 50,000"
    press(page, "p")
    assert page.locator("#page-shown").inner_text() == "1 to 50 of 50,000"
    assert page.evaluate("document.querySelector('#line-rows [aria-current] button') === document.activeElement")
    spent = """text => {
        byId('filter-text').value = text;
        const start = performance.now();
        filterLines();
        return performance.now() - start;
    }"""
    times = [page.evaluate(spent, text) for text in ("l", "li", "line", "line 49", "line 4")]
    assert min(times) < 100
    assert page.locator("#lines-count").inner_text() == "11,111 of 50,000 lines"


# Accessibility, by axe-core


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, from the registry of npm."""
    folder = tmp_path_factory.mktemp("axe")
    try:
        packed = subprocess.run(
            ["npm", "pack", "axe-core"], cwd=folder, capture_output=True, check=False, timeout=120
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"axe-core cannot be had: {error}")
    archives = list(folder.glob("axe-core-*.tgz"))
    if packed.returncode or not archives:
        pytest.skip(f"axe-core cannot be had: {packed.stderr.decode()[-300:]}")
    with tarfile.open(archives[0]) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


@pytest.mark.network
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(watches: Watches, path: Path, axe: str, scheme: str, width: int) -> None:
    page = watches(viewport={"width": width, "height": 800}, color_scheme=scheme).open(path)
    page.evaluate(axe)
    press(page, "k d e")

    def serious() -> list[tuple[str, str, str, str]]:
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            (rule["id"], rule["impact"], node["html"][:300], node["failureSummary"])
            for rule in found["violations"]
            for node in rule["nodes"]
            if rule["impact"] in ("serious", "critical")
        ]

    shown = {}
    for view in VIEWS:
        page.evaluate("view => go(view)", view)
        if view == "documents":
            open_document(page, "gazette/1.txt")
            press(page, "h n")
            page.locator("td.was.stop").first.click()
            press(page, "d ArrowUp")
        shown[view] = serious()
    page.evaluate("go('lines')")
    press(page, "?")
    shown["help"] = serious()
    assert list(shown) == [*VIEWS, "help"]
    assert not any(shown.values()), shown


@pytest.mark.network
def test_axe_finds_what_is_serious(page: Page, axe: str) -> None:
    """So that nothing found means that there is nothing."""
    page.evaluate("document.querySelector('#save').textContent = ''")
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert "button-name" in [rule["id"] for rule in found["violations"]]


@pytest.mark.network
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_inside_of_a_block(
    watches: Watches, block_path: Path, axe: str, scheme: str
) -> None:
    page = watches(color_scheme=scheme).open(block_path)
    press(page, "i k d")
    page.evaluate(axe)
    found = page.evaluate("axe.run(document)")["violations"]
    assert [
        (rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")
    ] == []
