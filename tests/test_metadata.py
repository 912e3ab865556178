"""What documents say of themselves: the right values and sources, places that hold, and nothing else changed."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaned, Cleaner, DocumentError, Fields, Item, Metadata
from cleaner.cleaner import with_metadata
from cleaner.files import metafile
from cleaner.files.front_matter import front_matter
from cleaner.html import json_ld
from cleaner.marks import Level
from cleaner.rules.pack import shipped_folder
from cleaner.text import said
from tests import strategies
from tests.cases import read_cases
from tests.support import call, fill

CLEANERS = {level: Cleaner(level, metadata=True) for level in ("rules", "safe", "main")}
CASES = read_cases("metadata")
NEGATIVE = read_cases("metadata_negative")
PAGE = (
    "<title>Rain | News</title><h1>Rain over the valley</h1>"
    "<p class=byline>By <a href='/author/jane'>Jane Roe</a></p>"
    "<time datetime=2024-05-03>3 May 2024</time><p>Rain fell for three days, and nobody minded it at all.</p>"
)
TEXT = "Share this article\nRain over the valley\nBy Jane Roe\n\nRain fell for three days, and nobody minded it.\n"


def clean(case: dict[str, str], level: Level = "safe") -> Cleaned:
    cleaner = CLEANERS[level]
    if "html" in case:
        return cleaner.clean_html(case["html"], url=case.get("url"))
    return cleaner.clean(case["text"], url=case.get("url"))


def metadata_of(cleaned: Cleaned) -> Metadata:
    assert cleaned.metadata is not None
    return cleaned.metadata


def check_places(cleaned: Cleaned) -> None:
    original = cleaned.original
    for item in metadata_of(cleaned).items():
        assert (item.start is None) == (item.end is None) == (item.text is None)
        assert item.start is None or original[item.start : item.end] == item.text
        if item.clean_start is not None:
            assert cleaned.text[item.clean_start : item.clean_end] in (item.text, item.value)


@pytest.mark.parametrize("level", CLEANERS)
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_a_document_says(case: dict[str, str], level: Level) -> None:
    cleaned = clean(case, level)
    found = metadata_of(cleaned)
    assert found.values() == json.loads(case["values"])
    sources = dict(pair.split() for pair in case["sources"].split(", "))
    assert {name: _source(found, name) for name in found.values()} == sources
    check_places(cleaned)


def _source(found: Metadata, name: str) -> str:
    value = getattr(found, name)
    (source,) = {item.source for item in value} if name == "authors" else {value.source}
    return str(source)


@pytest.mark.parametrize("case", NEGATIVE, ids=[case["name"] for case in NEGATIVE])
def test_nothing_is_better_than_wrong(case: dict[str, str]) -> None:
    assert not set(metadata_of(clean(case)).values()) & set(case["says_not"].split())


def test_a_line_that_goes_still_says_what_it_says() -> None:
    text = (
        "The river rose in the valley\nPar Anne Roy\nPartager sur Facebook\n\n"
        "Il a plu trois jours, et personne ne s'en est plaint.\n"
    )
    cleaned = Cleaner(metadata=True, drop_categories=["credit"]).clean(text)
    assert "Anne Roy" not in cleaned.text
    (author,) = metadata_of(cleaned).authors
    assert author == Item("Anne Roy", "text", "Anne Roy", text.index("Anne"), text.index("Anne") + 8)


def test_places_follow_the_lines_that_went() -> None:
    cleaned = CLEANERS["safe"].clean(TEXT)
    (author,) = metadata_of(cleaned).authors
    assert author == Item("Jane Roe", "text", "Jane Roe", 43, 51, 24, 32)
    check_places(cleaned)


def test_a_repaired_title_has_its_place_in_both_texts() -> None:
    cleaned = CLEANERS["safe"].clean_html(
        "<title>It wasnâ€™t</title><h1>It wasnâ€™t</h1><p>Rain fell for three days."
    )
    title = metadata_of(cleaned).title
    assert title
    assert (title.text, title.value) == ("It wasnâ€™t", "It wasn’t")
    assert cleaned.text[title.clean_start : title.clean_end] == title.value


def test_without_the_option_there_is_none() -> None:
    cleaned = Cleaner().clean(TEXT)
    assert cleaned.metadata is None
    assert "metadata" not in cleaned.to_dict()
    assert Cleaned.from_dict(cleaned.to_dict()) == cleaned


def test_without_the_option_nothing_of_it_is_imported() -> None:
    code = (
        "import sys; from cleaner import Cleaner; c = Cleaner('rules'); c.clean('Rain fell.\\n');"
        "c.clean_html('<p>Rain fell.'); names = 'cleaner.describe cleaner.dates cleaner.names cleaner.text.said "
        "cleaner.html.metadata trafilatura htmldate'.split(); assert not set(names) & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_fingerprint_is_that_of_the_text() -> None:
    assert Cleaner(metadata=True).fingerprint == Cleaner().fingerprint
    assert Cleaner(metadata=True) != Cleaner()
    assert pickle.loads(pickle.dumps(CLEANERS["safe"])).metadata


def test_an_option_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="metadata"):
        Cleaner(metadata="yes")  # type: ignore[arg-type]


def unchanged_but_for_metadata(cleaned: Cleaned, plain: Cleaned) -> None:
    assert replace(cleaned, metadata=None) == plain
    check_places(cleaned)
    assert pickle.loads(pickle.dumps(cleaned)) == cleaned
    assert Cleaned.from_dict(json.loads(json.dumps(cleaned.to_dict()))) == cleaned


@given(st.one_of(strategies.documents(), strategies.markdown_documents(), st.text()))
def test_texts_and_edits_are_those_without_the_option(text: str) -> None:
    unchanged_but_for_metadata(CLEANERS["safe"].clean(text), Cleaner().clean(text))


HEADS = st.sampled_from(
    [
        *(
            "By ",
            "Von ",
            "Par ",
            "Posted by ",
            "Published: ",
            "Updated ",
            "# ",
            "作者：",
            "Автор: ",
            "\n",
            " and ",
            ", ",
        ),
        *("Jane Roe", "王小明", "3 May 2024", "2024-05-03", "10:15 GMT", "May 3, 2024", "The river rose", "\r\n"),
        *("itâ€™s", "\ud83d", "\ude00", "İ", "&amp;", " | ", "Rain fell for three days, and nobody minded it. "),
    ]
)


@given(st.lists(HEADS, max_size=20).map("".join))
def test_heads_of_texts(text: str) -> None:
    unchanged_but_for_metadata(CLEANERS["safe"].clean(text), Cleaner().clean(text))


TAGS = st.sampled_from(
    [
        *("<h1>", "</h1>", "<title>", "</title>", "<p class=byline>", "<p>", "<time datetime=2024-05-03>", "</time>"),
        *("<meta name=author content='", "<meta property=og:title content='", "'>", "<a rel=author href=/author/x>"),
        *("</a>", "<span itemprop=author>", "<script type=application/ld+json>", "</script>", "<link rel=canonical "),
        *('{"@type": "Article", "headline": "', '", "author": ["', '"]}', "]", "[", "{", "}", "<base href='"),
        *("http://[", "//x", " href='", "<meta property=og:url content='"),
    ]
)


@given(st.lists(st.one_of(TAGS, HEADS), max_size=25).map("<p>".join))
def test_pages_of_all_kinds(page: str) -> None:
    try:
        plain = Cleaner("rules").clean_html(page)
    except DocumentError:
        with pytest.raises(DocumentError):
            CLEANERS["rules"].clean_html(page)
    else:
        unchanged_but_for_metadata(CLEANERS["rules"].clean_html(page), plain)


@given(strategies.pages())
def test_pages(page: str) -> None:
    unchanged_but_for_metadata(CLEANERS["safe"].clean_html(page), Cleaner().clean_html(page))


def test_the_same_for_all_ways_and_in_any_order() -> None:
    cleaner = CLEANERS["safe"]
    alone = cleaner.clean(TEXT)
    assert list(cleaner.clean_many(["x", TEXT, TEXT]))[1:] == [alone, alone]
    assert cleaner.clean_bytes(TEXT.encode()).metadata == alone.metadata
    page = cleaner.clean_html(PAGE)
    assert cleaner.clean_html(PAGE) == page
    assert metadata_of(cleaner.clean_bytes(PAGE.encode(), kind="html")) == metadata_of(page)


def test_no_day_of_today_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    page = "<meta name=date content='2023-06'><time datetime='June 2021'>June 2021</time><p>Rain fell for three days."
    assert metadata_of(CLEANERS["rules"].clean_html(page)).published is None


def test_old_records_load() -> None:
    data: dict[str, Any] = {"text": "x", "edits": [], "flags": [], "encoding": None, "bom": False}
    assert Cleaned.from_dict(data).metadata is None
    assert Cleaned.from_dict({**data, "metadata": None}).metadata is None


@pytest.mark.parametrize(
    "metadata", [5, {"title": 5}, {"title": {"value": 5, "source": "x"}}, {"authors": 5}, {"title": {"value": "x"}},
                 {"title": {"value": "x", "source": "x", "start": "0"}}, {"authors": ["x"]}]
)  # fmt: skip
def test_data_that_is_none(metadata: Any) -> None:
    data = {"text": "x", "edits": [], "flags": [], "encoding": None, "bom": False, "metadata": metadata}
    with pytest.raises((KeyError, TypeError, ValueError)):
        Cleaned.from_dict(data)


def test_openings_are_those_of_the_packs() -> None:
    """Whatever language an opening is from, a phrase of its pack says it."""
    import tomllib

    data = tomllib.loads((Path(said.__file__).parent / "openings.toml").read_text("utf-8"))
    text = "\n".join(path.read_text("utf-8") for path in (shipped_folder() / "language").glob("*.toml"))
    lines = {line.strip() for line in text.split("\n")}
    for kind, ending in (("authors", "{name}"), ("published", "{date}"), ("modified", "{date}")):
        for opening in data[kind]:
            if not opening.isascii() or not opening.startswith(ENGLISH):
                ways = (f"{opening} {ending}", f"{opening}{ending}")
                assert any(way in lines for way in ways), opening


ENGLISH = (
    *("By", "Written", "Posted", "Author", "Story", "Publish", "First", "Originally", "Date", "Publication"),
    *("Updated", "Last "),
)


# What breaks things


def deep(count: int) -> str:
    return "<script type='application/ld+json'>" + "[" * count + "]" * count + "</script><p>Rain"


LD = "<script type='application/ld+json'>"
ARTICLE = '{"@type": "Article"}'


def stacks(tag: str) -> Callable[[int], str]:
    """Return stacks of a hundred elements, each with some text at its bottom."""
    unit = f"<div {tag}>" * 100 + "Rain fell. " * 100 + "</div>" * 100
    return lambda n: unit * (n // 100 + 1)


HOSTILE: dict[str, Callable[[int], str]] = {
    "JSON-LD in JSON-LD": deep,
    "nodes in nodes": lambda n: LD + '{"@type":"Article","a":' * n + "1" + "}" * n + "</script><p>x",
    "a node a block": lambda n: (LD + ARTICLE + "</script>") * n + "<p>x",
    "many nodes": lambda n: LD + "[" + f"{ARTICLE}," * n + "1]</script><p>x",
    "authors in JSON-LD": lambda n: (
        LD + '{"@type":"Article","author":[' + '{"name":"A B"},' * n + '""]}</script><p>x'
    ),
    "meta tags": lambda n: "".join(f"<meta name=author content='Jane Roe{i}'>" for i in range(n)) + "<p>x",
    "meta tags of other names": lambda n: "".join(f"<meta name=a{i} content=b>" for i in range(n)) + "<p>x",
    "headings": lambda n: "<h1>Rain over the valley</h1>" * n,
    "authors": lambda n: "<p class=author>By Jane Roe</p>" * n,
    "authors in authors": stacks("class=author"),
    "items in items": stacks("itemprop=author"),
    "times": lambda n: "<time datetime=x>3 x 2024</time>" * n,
    "dates in an element": lambda n: "<p class=date>" + "3 x 2024 " * n,
    "a long title": lambda n: "<title>" + "a - " * n + "</title><p>x",
    "a long author": lambda n: "<meta name=author content='" + "A, " * n + "'><p>x",
    "titles in lines": lambda n: "<title>x y</title>" + "<p>ax y" * n,
}


def seconds(page: str) -> float:
    from cleaner.html import metadata

    start = time.process_time()
    metadata.read(page, "https://example.org/")
    return time.process_time() - start


@pytest.mark.flaky(reruns=3)
@pytest.mark.parametrize("shape", HOSTILE)
def test_hostile_pages_take_time_linear_in_their_size(shape: str) -> None:
    make = HOSTILE[shape]
    small, large = make(3_000), make(12_000)
    seconds(small)
    assert seconds(large) < 8 * max(seconds(small), 0.05)


@pytest.mark.parametrize("shape", HOSTILE)
def test_hostile_pages_have_a_result(shape: str) -> None:
    unchanged_but_for_metadata(
        CLEANERS["rules"].clean_html(HOSTILE[shape](300)), Cleaner("rules").clean_html(HOSTILE[shape](300))
    )


def test_json_ld_is_read_without_recursion() -> None:
    assert json_ld.nodes(["[" * 10**5 + "]" * 10**5]) == []
    assert len(json_ld.nodes(['{"@type": 1, "a": ' * 400 + "1" + "}" * 400])) == 400
    assert json_ld.nodes(['<!-- {"@type": "Article"} -->', '/*<![CDATA[*/ {"@id": "x"} /*]]>*/', "1" * 5000])


# Files


def test_the_file_beside_the_copy(tmp_path: Path) -> None:
    fill(tmp_path, {"a.html": PAGE, "b.txt": TEXT})
    assert call("strip", "--metadata", tmp_path).code == 0
    found = json.loads((tmp_path / "a.clean.meta.json").read_text())
    assert Metadata.from_dict(found["metadata"]) == CLEANERS["safe"].clean_html(PAGE).metadata
    assert not (tmp_path / "a.clean.txt.record.json").exists()
    before = (tmp_path / "a.clean.meta.json").stat().st_mtime_ns
    assert call("strip", "--metadata", tmp_path).code == 0
    assert (tmp_path / "a.clean.meta.json").stat().st_mtime_ns == before


def test_a_file_that_is_gone_comes_back(tmp_path: Path) -> None:
    fill(tmp_path, {"b.txt": TEXT})
    call("strip", "--metadata", tmp_path)
    (tmp_path / "b.clean.meta.json").unlink()
    call("strip", "--metadata", tmp_path)
    assert (tmp_path / "b.clean.meta.json").exists()


def test_a_changed_file_stays(tmp_path: Path) -> None:
    fill(tmp_path, {"b.txt": TEXT})
    call("strip", "--metadata", tmp_path)
    file = tmp_path / "b.clean.meta.json"
    changed = file.read_bytes().replace(b"Jane", b"Jane A.")
    file.write_bytes(changed)
    result = call("strip", "--metadata", tmp_path)
    assert result.code == 3
    assert (
        "b.clean.meta.json: is no metadata of b.txt as the cleaner wrote it; move it, or pass --force" in result.err
    )
    assert file.read_bytes() == changed
    fill(tmp_path, {"b.txt": TEXT + "And it rained.\n"})
    assert call("strip", "--metadata", tmp_path).code == 3
    assert call("strip", tmp_path).code == 0
    assert file.read_bytes() == changed
    assert call("strip", "--metadata", "--force", tmp_path).code == 0
    assert file.read_bytes() != changed


def test_a_file_of_somebody_else_and_a_link_stay(tmp_path: Path) -> None:
    fill(tmp_path, {"b.txt": TEXT, "b.clean.meta.json": "{}", "c.txt": TEXT, "mine": "mine"})
    (tmp_path / "c.clean.meta.json").symlink_to("mine")
    assert call("strip", "--metadata", tmp_path).code == 3
    assert (tmp_path / "b.clean.meta.json").read_text() == "{}"
    assert (tmp_path / "mine").read_text() == "mine"
    assert (tmp_path / "c.clean.meta.json").is_symlink()


def test_a_new_document_has_new_metadata_and_none_without_the_option(tmp_path: Path) -> None:
    fill(tmp_path, {"b.txt": TEXT})
    call("strip", "--metadata", tmp_path)
    fill(tmp_path, {"b.txt": TEXT.replace("Jane", "Joan")})
    assert call("strip", "--metadata", tmp_path).code == 0
    assert "Joan Roe" in (tmp_path / "b.clean.meta.json").read_text()
    fill(tmp_path, {"b.txt": TEXT.replace("Jane", "June")})
    assert call("strip", tmp_path).code == 0
    assert not (tmp_path / "b.clean.meta.json").exists()


def test_it_goes_with_the_copy_that_moves_or_is_pruned(tmp_path: Path) -> None:
    fill(tmp_path, {"b.txt": TEXT})
    call("strip", "--metadata", tmp_path)
    (tmp_path / "b.txt").rename(tmp_path / "c.txt")
    call("strip", "--metadata", tmp_path)
    assert {one.name for one in tmp_path.glob("*.meta.json")} == {"c.clean.meta.json"}
    (tmp_path / "c.txt").unlink()
    call("strip", "--metadata", "--prune", tmp_path)
    assert not list(tmp_path.glob("*.meta.json"))


def test_in_place_it_is_that_of_the_document_before(tmp_path: Path) -> None:
    fill(tmp_path, {"b.txt": TEXT})
    call("strip", "--metadata", "--in-place", tmp_path / "b.txt")
    file = tmp_path / "b.txt.meta.json"
    before = file.read_bytes()
    assert b"Jane Roe" in before
    assert call("strip", "--metadata", "--in-place", tmp_path / "b.txt").code == 0
    assert file.read_bytes() == before


def test_in_the_configuration(tmp_path: Path) -> None:
    fill(tmp_path, {"b.txt": TEXT, "cleaner.toml": "metadata = true\n", "d.jsonl": json.dumps({"text": TEXT}) + "\n"})
    assert call("strip", tmp_path).code == 0
    assert (tmp_path / "b.clean.meta.json").exists()
    assert "cleaner_metadata" in json.loads((tmp_path / "d.clean.jsonl").read_text())
    assert call("check", tmp_path / "b.txt").code == 0


def test_shards_have_a_field_which_restore_takes_away(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    rows = [{"text": TEXT, "n": 1}, {"html": PAGE, "text": None, "n": 2}]
    fill(tmp_path, {"d.jsonl": json.dumps(rows[0]) + "\n" + json.dumps({"html": PAGE}) + "\n"})
    pq.write_table(pa.Table.from_pylist(rows[:1]), tmp_path / "p.parquet")
    assert call("strip", "--metadata", "--record", tmp_path).code == 0
    text, page = map(json.loads, (tmp_path / "d.clean.jsonl").read_text().splitlines())
    assert Metadata.from_dict(text["cleaner_metadata"]) == CLEANERS["safe"].clean(TEXT).metadata
    assert Metadata.from_dict(page["cleaner_metadata"]) == CLEANERS["safe"].clean_html(PAGE).metadata
    (row,) = pq.read_table(tmp_path / "p.clean.parquet").to_pylist()
    assert row["cleaner_metadata"] == text["cleaner_metadata"]
    assert call("strip", "--metadata", "--record", tmp_path).code == 0  # what is there is ours
    out = tmp_path / "out.parquet"
    assert call("restore", tmp_path / "p.clean.parquet", "--output", out).code == 0
    assert pq.read_table(out).to_pylist() == rows[:1]
    (tmp_path / "d.jsonl").write_text(json.dumps(rows[0]) + "\n")
    assert call("strip", "--force", "--metadata", "--record", tmp_path / "d.jsonl").code == 0
    assert call("restore", tmp_path / "d.clean.jsonl", "--output", tmp_path / "o.jsonl").code == 0
    assert json.loads((tmp_path / "o.jsonl").read_text()) == rows[0]


def test_a_row_that_has_the_field_is_left(tmp_path: Path) -> None:
    fill(tmp_path, {"d.jsonl": json.dumps({"text": TEXT, "cleaner_metadata": 1}) + "\n"})
    assert call("strip", "--metadata", tmp_path).code == 3
    assert "leave out --metadata" in (tmp_path / "d.failed.jsonl").read_text()


def test_a_named_field_is_filled_without_the_setting() -> None:
    pa = pytest.importorskip("pyarrow")
    from cleaner.engines.arrow import clean_batch

    batch = pa.RecordBatch.from_pylist([{"text": TEXT}, {"text": None}])
    done = clean_batch(batch, Cleaner(), Fields(metadata="said")).to_pylist()
    assert Metadata.from_dict(done[0]["said"]) == CLEANERS["safe"].clean(TEXT).metadata
    assert done[1]["said"] is None
    assert with_metadata(Cleaner()) == CLEANERS["safe"]


def test_a_file_tells_whether_it_was_changed() -> None:
    cleaned = CLEANERS["safe"].clean(TEXT)
    data = metafile.dump(cleaned, TEXT.encode(), "a\udcff.txt")
    assert metafile.is_of(data, TEXT.encode())
    assert metafile.is_of(data, b"", cleaned.text.encode())
    assert metafile.is_of(data.replace(b"\n", b"\r\n"), TEXT.encode())
    assert not metafile.is_of(data, b"other")
    for other in (b"", b"{}", b"[]", b"[" * 10**5, b'{"sha256": 1}', data.replace(b"Roe", b"Poe")):
        assert metafile.digests(other) == ("", "")


def test_metadata_of_two_documents_would_have_one_name(tmp_path: Path) -> None:
    fill(tmp_path, {"b.txt": TEXT, "b.md": TEXT})
    done = call("strip", "--metadata", "b.txt", "b.md", cwd=tmp_path)
    assert done.code == 3
    assert "b.txt: b.clean.meta.json would also be the metadata of b.md; rename one of the two, or" in done.err
    assert call("strip", "--metadata", "--names", "full", "b.txt", "b.md", cwd=tmp_path).code == 0
    assert {one.name for one in tmp_path.glob("*.meta.json")} == {"b.txt.clean.meta.json", "b.md.clean.meta.json"}


def test_front_matter_of_a_page_as_markdown(tmp_path: Path) -> None:
    fill(tmp_path, {"a.html": PAGE, "b.txt": TEXT})
    how = ("--markdown", "--metadata", "--record")
    assert call("strip", *how, "a.html", "b.txt", cwd=tmp_path).code == 0
    assert {one.name for one in tmp_path.glob("*.meta.json")} == {"b.clean.meta.json"}
    _, head, text = (tmp_path / "a.clean.md").read_text("utf-8").split("---\n", 2)
    cleaned = Cleaner(markdown=True, metadata=True).clean_html(PAGE)
    assert cleaned.metadata
    assert text == "\n" + cleaned.text
    assert yaml(head) == cleaned.metadata.values()
    again = Cleaner().clean_bytes((tmp_path / "a.clean.md").read_bytes(), kind="markdown")
    assert again.text.endswith(cleaned.text)
    assert head in again.text
    assert call("check", "--markdown", "--metadata", "a.html", cwd=tmp_path).code == 0
    assert call("check", "--markdown", "a.html", cwd=tmp_path).code == 1
    restored = call("restore", "a.clean.md", "-o", "c.html", cwd=tmp_path)
    assert (restored.code, (tmp_path / "c.html").read_text("utf-8")) == (0, PAGE)
    assert call("strip", "--markdown", "a.html", cwd=tmp_path).code == 0
    assert (tmp_path / "a.clean.md").read_text("utf-8") == cleaned.text


def test_front_matter_by_the_configuration(tmp_path: Path) -> None:
    fill(tmp_path, {"a.html": PAGE, "cleaner.toml": "markdown = true\nmetadata = true\n"})
    assert call("strip", "a.html", cwd=tmp_path).code == 0
    assert (tmp_path / "a.clean.md").read_text("utf-8").startswith("---\ntitle: ")
    assert call("check", "a.html", cwd=tmp_path).code == 0


def yaml(head: str) -> dict[str, str | list[str]]:
    """Return the values of front matter: each line is JSON behind its name, or in a list."""
    found: dict[str, str | list[str]] = {}
    for line in head.splitlines():
        name, _, value = line.partition(":")
        if line.startswith("  - "):
            last = found[next(reversed(found))]
            assert isinstance(last, list)
            last.append(json.loads(line[4:]))
        else:
            found[name] = json.loads(value) if value else []
    return found


@given(st.text(st.characters(), max_size=20), st.lists(st.text(max_size=10), max_size=3))
def test_values_of_front_matter_are_spelled_on_one_line(title: str, authors: list[str]) -> None:
    metadata = Metadata(Item(title, "meta"), tuple(Item(one, "meta") for one in authors))
    text = front_matter(metadata)
    assert yaml(text.removeprefix("---\n").removesuffix("---\n\n")) == metadata.values()
    assert len(re.split("[\n\x85\u2028\u2029]", text)) == text.count("\n") + 1
    text.encode()
