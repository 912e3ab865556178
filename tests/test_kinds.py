"""What a document is, whatever its name says: pages under other names are read as pages, and other files refused."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner, DocumentError
from cleaner.cli import DONE, FAILED
from cleaner.flags import READ_AS_HTML, UNSTABLE
from cleaner.rows import Row, clean_row, clean_rows
from cleaner.text.formats import refusal
from cleaner.text.kinds import is_page, is_page_in_bytes
from tests import strategies
from tests.cases import read_cases
from tests.support import call, cleaner_at, complaint, fill

CASES = read_cases("kinds")
PAGES, TEXTS = ([case["text"] for case in CASES if case["is"] == kind] for kind in ("page", "text"))
RULES = cleaner_at("rules")
PAGE = "<!doctype html><html><head><title>Hail</title></head><body><p>Hail fell.<p>It was night.</body></html>"
TEXT = "Hail fell.\n\nIt was night."


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_a_text_is(case: dict[str, str]) -> None:
    text, kind = case["text"], case["is"]
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode()):
        assert (is_page(data.decode()), is_page_in_bytes(data)) == ((kind == "page",) * 2)
        assert refusal(data).startswith("" if kind in ("page", "text") else kind)
        assert bool(refusal(data)) == (kind not in ("page", "text"))


@pytest.mark.parametrize("line", ["Skip to content", "Share this"])
def test_a_text_does_not_become_a_page(line: str) -> None:
    data = f"{line}\n\n{PAGE}\nShare this\n".encode()
    cleaned = RULES.clean_bytes(data, kind="text")
    assert (cleaned.text.encode(), cleaned.flags) == (data, (UNSTABLE,))
    assert RULES.clean(data.decode()) == clean_row(RULES, Row(text=data.decode())).cleaned


@pytest.mark.parametrize("text", PAGES)
def test_a_page_is_one_in_any_encoding(text: str) -> None:
    for encoding in ("utf-16", "utf-16-le", "cp1252", "shift_jis"):
        assert is_page_in_bytes(text.encode(encoding))


@pytest.mark.parametrize("text", PAGES)
def test_a_page_gives_the_same_under_any_name(text: str) -> None:
    for level in ("rules", "safe"):
        cleaner = Cleaner(level)
        found, page = (cleaner.clean_bytes(text.encode(), kind=kind) for kind in ("text", "html"))
        assert found.text == page.text
        assert found.edits == page.edits
        assert found.flags == (READ_AS_HTML, *page.flags)
        assert cleaner.clean_bytes(found.text.encode(), kind="text").text == found.text


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays_a_text(text: str) -> None:
    cleaned = RULES.clean_bytes(text.encode(), kind="text")
    assert cleaned.original == text
    assert cleaned.flags == ()


def test_a_string_stays_what_it_is() -> None:
    assert RULES.clean(PAGE).original == PAGE


def test_a_row_with_a_page_is_read_as_one() -> None:
    rows = [Row(text="Hail fell."), Row(text=PAGE), Row(html=PAGE)]
    one, two, three = (outcome.cleaned for outcome in clean_rows(RULES, rows))
    assert one
    assert two
    assert three
    assert (one.text, two.text, three.text) == ("Hail fell.", TEXT, TEXT)
    assert (one.flags, two.flags, three.flags) == ((), (READ_AS_HTML,), ())
    assert clean_row(RULES, rows[1]).cleaned == two


def test_the_command_says_that_a_text_is_a_page_and_gives_it_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    fill(tmp_path, {"a.txt": PAGE})
    result = call("strip", "--level", "rules", "--record", "a.txt", cwd=tmp_path)
    assert result.code == DONE
    assert "a.txt: is a page of HTML under another name" in result.err
    assert "(read-as-html)" in result.err
    assert (tmp_path / "a.clean.txt").read_text() == TEXT
    assert call("strip", "--level", "rules", "--record", "a.txt", cwd=tmp_path).code == DONE
    assert call("restore", "a.clean.txt", cwd=tmp_path).raw == PAGE.encode()


def test_a_page_is_not_cleaned_in_place_under_any_name(tmp_path) -> None:  # type: ignore[no-untyped-def]
    fill(tmp_path, {"a.txt": PAGE})
    result = call("strip", "--in-place", "a.txt", cwd=tmp_path)
    assert result.code == FAILED
    assert complaint(result) == "a.txt: is HTML, and its clean text is not; leave out --in-place"
    assert (tmp_path / "a.txt").read_text() == PAGE


def test_a_copy_of_a_page_is_the_cleaners_own(tmp_path) -> None:  # type: ignore[no-untyped-def]
    fill(tmp_path, {"a.txt": PAGE, "a.clean.txt": TEXT})
    assert call("strip", "--level", "rules", "a.txt", cwd=tmp_path).code == DONE
    fill(tmp_path, {"a.clean.txt": "Somebody wrote this.\n", "b.txt": PAGE, "b.clean.txt": "Somebody wrote this.\n"})
    assert call("strip", "--level", "rules", "a.txt", cwd=tmp_path).code == DONE, "a correction stays"
    assert call("strip", "--level", "rules", "b.txt", cwd=tmp_path).code == FAILED
    assert (tmp_path / "a.clean.txt").read_text() == "Somebody wrote this.\n"


# ── what is refused ───────────────────────────────────────────────────────────────────────────────


def archive(**files: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name, text in files.items():
            file.writestr(name, text)
    return data.getvalue()


BINARIES = {
    "zip": (archive(hail="Hail fell."), "is a zip archive; unpack it first"),
    "docx": (archive(**{"[Content_Types].xml": "<x/>"}), "is an office document; extract its text first"),
    "epub": (archive(mimetype="application/epub+zip"), "is an e-book (EPUB); extract its text first"),
    "odt": (
        archive(mimetype="application/vnd.oasis.opendocument.text"),
        "is an office document; extract its text first",
    ),
    "doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "is a document of an old office program; extract "),
    "gzip": (gzip.compress(b"Hail fell."), "is packed by gzip; unpack it first"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is an image; leave it out"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "is an image; leave it out"),
    "gif": (b"GIF89a\1\0\1\0\x80\0\0", "is an image; leave it out"),
    "mp3": (b"ID3\3\0\0\0\0", "is sound or video; leave it out"),
    "sqlite": (b"SQLite format 3\0\x10\0", "is an SQLite database; export its texts first"),
    "elf": (b"\x7fELF\2\1\1" + bytes(9), "is a program; leave it out"),
    "pdf with bytes": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\0", "is a PDF; extract its text first"),
}


@pytest.mark.parametrize(("data", "why"), BINARIES.values(), ids=BINARIES)
def test_a_file_of_another_format_is_refused_under_any_name(data: bytes, why: str) -> None:
    for kind in (None, "text", "html"):
        with pytest.raises(DocumentError) as caught:
            RULES.clean_bytes(data, kind=kind)
        assert str(caught.value).startswith(why)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_the_command_refuses_json(tmp_path, name: str) -> None:  # type: ignore[no-untyped-def]
    fill(tmp_path, {name: '{"hail": true}'})
    result = call("strip", name, cwd=tmp_path)
    assert result.code == FAILED
    assert complaint(result).startswith(f"{name}: is JSON; ")


def test_an_encoding_says_that_bytes_are_text() -> None:
    text = '{"hail": true}'
    assert RULES.clean_bytes(text.encode(), encoding="utf-8").text == text


@given(strategies.documents(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
def test_no_document_is_refused_or_read_as_a_page(text: str, encoding: str) -> None:
    data = text.encode(encoding, "ignore")
    assert not refusal(data)
    assert not is_page_in_bytes(data)
    assert not is_page(text)


@given(strategies.pages())
def test_promises_hold_on_pages_under_another_name(page: str) -> None:
    data = page.replace("\0", "").encode("utf-8", "ignore")
    cleaned = RULES.clean_bytes(data, kind="text")
    again = RULES.clean(cleaned.text)
    assert (again.text, again.edits) == (cleaned.text, ())
    if READ_AS_HTML not in cleaned.flags:
        assert cleaned.original.encode() == data
