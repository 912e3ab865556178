"""What is passed to the library and to the command: a wrong kind of thing is said at once, and data never is."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaned, Cleaner, clean
from cleaner.arguments import checked_language, is_language, is_url
from cleaner.rows import Fields, Row, clean_row, clean_rows, row_of
from tests.support import call, cleaner_at, fill

CLEANER = cleaner_at("rules")
GERMAN = "Es regnete drei Tage lang.\n\nDiesen Artikel teilen\n"

WRONG_TYPES: dict[str, tuple[Callable[[], object], str]] = {
    "bytes for a text": (lambda: clean(b"x"), "text: a bytes is no str; decode them, or use clean_bytes"),  # type: ignore[arg-type]
    "None for a text": (lambda: clean(None), "text: None is no str; pass a str"),  # type: ignore[arg-type]
    "a number for a text": (lambda: CLEANER.clean(3), "text: an int is no str; pass a str"),  # type: ignore[arg-type]
    "a text for bytes": (lambda: CLEANER.clean_bytes("x"), "data: a str is no bytes; use clean or clean_html"),  # type: ignore[arg-type]
    "None for bytes": (lambda: CLEANER.clean_bytes(None), "data: None is no bytes; pass bytes"),  # type: ignore[arg-type]
    "None for a page": (lambda: CLEANER.clean_html(None), "html: None is no page; pass a str or bytes"),  # type: ignore[arg-type]
    "a path for a page": (lambda: CLEANER.clean_html(Path("a")), "html: a PosixPath is no page; pass a str or bytes"),  # type: ignore[arg-type]
    "a text for texts": (lambda: CLEANER.clean_many("x"), "texts: a str is one, not many; pass a list"),
    "bytes for texts": (lambda: CLEANER.clean_many(b"x"), "texts: a bytes is one, not many; pass a list"),  # type: ignore[arg-type]
    "a URL for URLs": (lambda: CLEANER.clean_many(["x"], urls="x"), "urls: a str is one, not many; pass a list"),
    "a language for languages": (lambda: CLEANER.clean_many(["x"], langs="de"), "langs: a str is one, not many"),
    "None among texts": (lambda: list(CLEANER.clean_many(["x", None])), "text: None is no str; pass a str"),  # type: ignore[list-item]
    "a rule for rules": (lambda: Cleaner(disable="share/*"), "disable: a str is one, not many; pass a list"),
    "a pack for packs": (lambda: Cleaner(rules="a.toml"), "rules: a str is one, not many; pass a list"),
    "a category to keep": (lambda: Cleaner(keep_categories="share"), "keep_categories: a str is one, not many"),
    "a category to drop": (lambda: Cleaner(drop_categories="credit"), "drop_categories: a str is one, not many"),
    "a number among rules": (lambda: Cleaner(disable=[5]), "disable: an item: an int is no str; pass a str"),  # type: ignore[list-item]
    "a number among packs": (lambda: Cleaner(rules=[5]), "rules: an item: an int is no str or Path"),  # type: ignore[list-item]
    "nothing for packs": (lambda: Cleaner(rules=None), "rules: None is no list; pass a list"),  # type: ignore[arg-type]
    "many levels": (lambda: Cleaner(["safe"]), "level: a list is no str; pass a str"),  # type: ignore[arg-type]
    "a text for a threshold": (lambda: Cleaner(threshold="0.5"), "threshold: a str is no float or int"),  # type: ignore[arg-type]
    "true for a threshold": (lambda: Cleaner(threshold=True), "threshold: "),
    "a text for a choice": (lambda: Cleaner(markdown="yes"), "markdown: a str is no bool; pass a bool"),  # type: ignore[arg-type]
    "a number for an encoding": (lambda: CLEANER.clean_bytes(b"x", encoding=5), "encoding: an int is no str"),  # type: ignore[arg-type]
    "nothing for texts": (lambda: CLEANER.clean_many(None), "texts: None is no list; pass a list"),  # type: ignore[arg-type]
    "a number for a language": (lambda: clean("x", lang=3), "lang: an int is no str; pass a str or None"),  # type: ignore[arg-type]
    "bytes for a URL": (lambda: clean("x", url=b"x"), "url: a bytes is no str; pass a str or None"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("do", "message"), WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_a_type_that_does_not_fit(do: Callable[[], object], message: str) -> None:
    with pytest.raises(TypeError) as raised:
        do()
    assert str(raised.value).startswith(message)


LANGUAGES = (
    *("de", "DE", "deu", "gsw", "en-US", "en_US", "sr-Latn-RS", "es-419", "zh-cmn-Hans-CN", "zh-min-nan", "zh-yue"),
    *(
        "sl-rozaj-biske-1994",
        "de-CH-1901",
        "hy-Latn-IT-arevela",
        "en-a-myext-b-another",
        "de-DE-u-co-phonebk",
        "ar_Arab",
    ),
    *("x-whatever", "qaa-Qaaa-QM-x-southern", "de-x-a-b-c", "i-klingon", "i-default", "sgn-BE-FR", "en-GB-oed"),
    *("art-lojban", "cel-gaulish", "no-bok", "aaaa", "english", "x-a"),
)
NO_LANGUAGES = (
    *("d", "deutsche Sprache", "de-", "-de", "de--AT", "en US", "en-US.UTF-8", "de-419-DE", "a-DE", "x", "x-", "i-x"),
    *("de-a", "de-123456789", "Englisch!", "日本語", "de\n", "dé", "languages", "de-x", "ſr", "\x1b[31m", "en;q=0.5"),
)
URLS = (
    *(
        "https://example.org/1",
        "http://a.b",
        "a.b",
        "a.b/c d",
        "example.org:80/x",
        "//a.b/c",
        "HTTPS://A.B",
        "ftp://a/b",
    ),
    *(
        "https://münchen.de/ü",
        "https://[::1]/x",
        "https://u:p@a.b:8/?q#f",
        "file:///a/b.html",
        "urn:isbn:1",
        "localhost",
    ),
)
NO_URLS = (
    "http://",
    "https:///a",
    "not a url",
    " ",
    "http://a b/c",
    "http://[::1",
    "//",
    "?q",
    "#",
    "http://a\x1bb/",
    "<a>",
)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_language(lang: str) -> None:
    assert is_language(lang)
    CLEANER.clean("x", lang=lang)


@pytest.mark.parametrize("lang", NO_LANGUAGES)
def test_a_language_that_is_none(lang: str) -> None:
    for do in (
        lambda: CLEANER.clean("x", lang=lang),
        lambda: CLEANER.clean_many(["x"], lang=lang),
        lambda: list(CLEANER.clean_many(["x"], langs=[lang])),
        lambda: CLEANER.clean_html("<p>x", lang=lang),
        lambda: CLEANER.clean_bytes(b"x", lang=lang),
    ):
        with pytest.raises(ValueError, match=r"lang: .* is no language tag; name one as BCP 47 does, such as en"):
            do()


@pytest.mark.parametrize("url", URLS)
def test_a_url(url: str) -> None:
    assert is_url(url)
    CLEANER.clean("x", url=url)


@pytest.mark.parametrize("url", NO_URLS)
def test_a_url_that_is_none(url: str) -> None:
    for do in (
        lambda: CLEANER.clean("x", url=url),
        lambda: list(CLEANER.clean_many(["x"], urls=[url])),
        lambda: CLEANER.clean_html("<p>x", url=url),
        lambda: CLEANER.clean_bytes(b"x", url=url),
    ):
        with pytest.raises(ValueError, match=r"url: .* is no URL; name one such as https://example\.org/1"):
            do()


def test_a_kind_that_does_not_exist() -> None:
    with pytest.raises(
        ValueError, match="kind: there is no kind 'pdf'; pass 'text', 'markdown', 'html', or None to find out"
    ):
        CLEANER.clean_bytes(b"x", kind="pdf")  # type: ignore[arg-type]


@given(st.text(max_size=12))
def test_any_language_and_url_is_taken_or_refused(text: str) -> None:
    for name in ("lang", "url"):
        try:
            assert CLEANER.clean("x", **{name: text}) == Cleaned("x")
        except ValueError as error:
            assert str(error).startswith(f"{name}: ")


def test_an_empty_language_is_one_that_is_not_known() -> None:
    wanted = CLEANER.clean(GERMAN)
    assert CLEANER.clean(GERMAN, lang="") == wanted
    assert list(CLEANER.clean_many([GERMAN], langs=[""])) == [wanted]
    assert list(CLEANER.clean_many([GERMAN], lang="")) == [wanted]
    assert CLEANER.clean(GERMAN, url="") == wanted
    assert CLEANER.clean(GERMAN, lang="en") != wanted


def test_languages_may_be_named_in_iso_639() -> None:
    assert checked_language("deu_Latn") == "de-Latn"
    assert CLEANER.clean(GERMAN, lang="deu") == CLEANER.clean(GERMAN, lang="de") != CLEANER.clean(GERMAN, lang="eng")


@pytest.mark.parametrize("name", ["url", "lang"])
def test_in_rows_what_is_none_is_not_known(name: str) -> None:
    wanted = CLEANER.clean(GERMAN)
    for value in (*NO_LANGUAGES[:3], "http://", 3, None, ""):
        row = row_of({"text": GERMAN, name: value}.get, Fields())
        if name == "lang" or value != "deutsche Sprache":
            assert clean_row(CLEANER, row).cleaned == wanted
            assert clean_rows(CLEANER, [row, row])[1].cleaned == wanted


COMMANDS = ("strip", "check", "explain", "score")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("option", "value"), [("--lang", "deutsche Sprache"), ("--url", "not a url")])
def test_the_command_says_it_as_a_usage_error(tmp_path: Path, command: str, option: str, value: str) -> None:
    fill(tmp_path, {"a.txt": GERMAN})
    result = call(command, option, value, "a.txt", cwd=tmp_path)
    assert (result.code, result.out) == (2, "")
    assert f"{option}: '{value}' is no " in result.err
    assert not (tmp_path / "a.clean.txt").exists()


def test_a_configured_language_that_is_none(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": GERMAN, "cleaner.toml": '\nlang = "deutsche Sprache"\n'})
    result = call("strip", "a.txt", cwd=tmp_path)
    assert result.code == 2
    assert "cleaner.toml:2: 'lang': 'deutsche Sprache' is no language tag; name one as BCP 47 does" in result.err


def test_shards_take_rows_as_they_are(tmp_path: Path) -> None:
    rows = [{"text": GERMAN, "lang": "deutsche Sprache", "url": "http://[::1"}, {"text": GERMAN, "lang": "deu"}]
    fill(tmp_path, {"a.jsonl": "".join(f"{json.dumps(row)}\n" for row in rows)})
    assert call("strip", "-q", "a.jsonl", cwd=tmp_path).code == 0
    lines = (tmp_path / "a.clean.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["Es regnete drei Tage lang.\n"] * 2


def test_long_urls_and_languages_of_rows_are_not_kept_in_memory() -> None:
    filler = "a" * 1_000_000
    tracemalloc.start()
    try:
        for number in range(10):
            row = Row(text="x", url=f"https://{number}.example.org/{filler}", lang=f"{number}{filler}")
            assert clean_row(CLEANER, row).cleaned
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 4_000_000
