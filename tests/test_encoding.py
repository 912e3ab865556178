"""Bytes to text: what can be told is told, what cannot is refused, nothing is guessed."""

from __future__ import annotations

import codecs
from collections import Counter
from pathlib import Path

import pytest
import webencodings.labels

from cleaner import Cleaner, DocumentError, SettingsError
from cleaner.files import record
from cleaner.text.encoding import decode
from tests.encodings import prose, samples
from tests.support import CHROME, cleaner_at, languages

TEXTS = languages()
CLEANER = cleaner_at("rules")


def encoded(language: str, encoding: str) -> tuple[bytes, str]:
    """Return a text in an encoding, and what of it the encoding has letters for."""
    data = TEXTS[language].encode(encoding, "ignore")
    return data, data.decode(encoding)


# ── Unicode ───────────────────────────────────────────────────────────────────────────────────────

MARKED = {
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize("language", TEXTS)
def test_unicode(language: str, html: bool) -> None:
    text = TEXTS[language]
    assert decode(text.encode(), html=html)[:3] == (text, "utf-8", False)
    assert decode(b"\xef\xbb\xbf" + text.encode(), html=html)[:3] == ("\ufeff" + text, "utf-8", False)
    for name, mark in MARKED.items():
        assert decode(mark + text.encode(name), html=html)[:3] == (text, name, True)


@pytest.mark.parametrize(
    "data",
    [b"", b"plain\n", b"\n", b"tab\tfeed\x0c\x0b\x1b[1m\r\n", b"\xf0\x9f\x8c\xa7", "\u2028\x85\xa0\u200b".encode()],
)
def test_utf8_is_text_whatever_it_says(data: bytes) -> None:
    assert decode(data)[:3] == (data.decode(), "utf-8", False)


# ── legacy encodings ──────────────────────────────────────────────────────────────────────────────

LEGACY: list[tuple[str, str]] = [
    ("en", "cp1252"),
    ("de", "cp1252"),
    ("fr", "cp1252"),
    ("de", "mac_roman"),
    ("ru", "cp1251"),
    ("ru", "koi8_r"),
    ("ru", "iso8859_5"),
    ("ru", "cp866"),
    ("uk", "cp1251"),
    ("uk", "koi8_u"),
    ("pl", "cp1250"),
    ("pl", "iso8859_2"),
    ("cs", "cp1250"),
    ("el", "cp1253"),
    ("tr", "cp1254"),
    ("he", "cp1255"),
    ("ar", "cp1256"),
    ("ja", "shift_jis"),
    ("ja", "euc_jp"),
    ("ja", "iso2022_jp"),
    ("zh", "gb18030"),
    ("zh", "gb2312"),
    ("zht", "big5"),
    ("ko", "euc_kr"),
]


@pytest.mark.parametrize(("language", "encoding"), LEGACY)
def test_a_legacy_encoding_is_told(language: str, encoding: str) -> None:
    data, text = encoded(language, encoding)
    found = decode(data)
    assert found.text == text
    assert not found.bom
    assert found.text.encode(found.encoding) == data
    assert decode(data) == found, "the same every time"


# Short texts, where little tells encodings apart: read right, or refused, but never read wrong.
SHORT: list[tuple[str, str, int, int]] = [
    ("en", "cp1252", 0, 60),
    ("de", "cp1252", 0, 45),
    ("de", "cp1252", 0, 60),
    ("fr", "cp1252", 0, 45),
    ("fr", "cp1252", 80, 140),
    ("pl", "cp1250", 80, 140),
    ("pl", "iso8859_2", 80, 140),
    ("cs", "cp1250", 0, 60),
    ("hu", "cp1250", 80, 140),
    ("hu", "cp1250", 0, 400),
    ("tr", "cp1254", 0, 60),
    ("ru", "cp1251", 0, 12),
    ("ru", "koi8_r", 0, 20),
    ("el", "cp1253", 0, 30),
    ("he", "cp1255", 0, 30),
    ("ar", "cp1256", 0, 30),
    ("ja", "shift_jis", 0, 20),
    ("ja", "euc_jp", 0, 20),
    ("zh", "gb18030", 0, 12),
    ("zht", "big5", 0, 12),
    ("ko", "euc_kr", 40, 85),
]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(
            TEXTS[language][start:end].encode(encoding, "ignore"),
            TEXTS[language][start:end].encode(encoding, "ignore").decode(encoding),
            id=f"{language}-{encoding}-{start}-{end}",
        )
        for language, encoding, start, end in SHORT
    ],
)
def test_a_short_text_is_never_read_wrong(data: bytes, text: str) -> None:
    try:
        found = decode(data)
    except DocumentError as error:
        assert "its encoding cannot be told" in str(error)
    else:
        assert found.text == text


LONG = "Rain fell for three days and nobody minded it. The river rose to the second step of the old mill.\n" * 8
# In a text that is ASCII but for these, they are the same in all encodings that read them sensibly.
FEW = [
    "It was the farmer’s own bridge.", "He said “no” and left.", "From 1911 – or so.", "And then … nothing.",
    "The bridge cost £200.", "© 2011 The Mill.", "They sat in a café.", "Herr Müller came.", "It stood\xa0there.",
]  # fmt: skip
# The same bytes are another name in the encoding of another language.
IN_DOUBT = [
    ("Gdańsk", "cp1250"), ("Plzeň", "cp1250"), ("Martinů", "cp1250"), ("Milošević", "cp1250"),
    ("Poznań", "iso8859_2"),
    ("Łódź", "cp1250"), ("Škoda", "iso8859_2"), ("Rīga", "cp1257"), ("Doğan", "cp1254"), ("Москва", "cp1251"),
    ("Москва", "koi8_r"), ("Αθήνα", "cp1253"), ("東京", "cp932"), ("서울", "euc_kr"),
]  # fmt: skip


def as_text_and_page(text: str, encoding: str) -> list[tuple[bytes, bool]]:
    """Return a text in an encoding, and a page with it, both also as what they are not."""
    page = HEAD.format(declaration="", text=text)
    return [(one.encode(encoding), html) for one in (text, page) for html in (False, True)]


@pytest.mark.parametrize("before", ["", LONG], ids=["short", "long"])
@pytest.mark.parametrize("line", FEW)
def test_a_few_signs_in_ascii(line: str, before: str) -> None:
    for data, html in as_text_and_page(before + line, "cp1252"):
        assert decode(data, html=html).text == data.decode("cp1252")


@pytest.mark.parametrize("before", ["", LONG], ids=["short", "long"])
@pytest.mark.parametrize(("name", "encoding"), IN_DOUBT)
def test_a_foreign_name_in_ascii_is_never_read_wrong(name: str, encoding: str, before: str) -> None:
    if (name, encoding, before) == ("東京", "cp932", LONG):
        pytest.xfail("four bytes that are quotation marks and letters in cp1252")
    for data, html in as_text_and_page(f"{before}They met {name} there.", encoding):
        try:
            assert decode(data, html=html).text == data.decode(encoding)
        except DocumentError as error:
            assert "its encoding cannot be told" in str(error)


IN_CAPITALS = [("ru", "cp1251"), ("ru", "koi8_r"), ("uk", "cp1251"), ("uk", "koi8_u"), ("el", "cp1253")]
IN_CAPITALS += [("pl", "cp1250"), ("pl", "iso8859_2"), ("fr", "cp1252"), ("de", "cp1252"), ("cs", "cp1250")]


@pytest.mark.parametrize(("language", "encoding"), IN_CAPITALS)
def test_a_text_in_capitals(language: str, encoding: str) -> None:
    text = TEXTS[language].upper().encode(encoding, "ignore").decode(encoding)
    for data, html in as_text_and_page(text, encoding):
        assert decode(data, html=html).text == data.decode(encoding)


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────

REFUSED = {
    "NUL": (b"Rain\0fell", "looks binary (NUL byte at byte 4)"),
    "ASCII with zeros between fields": (b"Rain fell\0Wind rose\0" * 3, "looks binary (NUL byte at byte 9)"),
    "numbers of four bytes": (b"".join(i.to_bytes(4, "little") for i in range(200)), "looks binary (NUL byte"),
    "NUL in UTF-16": ("Rain\0".encode("utf-16"), "looks binary (NUL character when read as utf-16-le)"),
    "half a character of UTF-16": ("Rain".encode("utf-16") + b"x", "is not valid utf-16-le at byte"),
    "half a pair of surrogates": (b"\xff\xfe\x00\xd8R\0", "is not valid utf-16-le at byte"),
    "control characters": (bytes(range(1, 32)) * 4 + b"\xff", "looks binary (control characters)"),
    "one word": (b"\xd0\xee\xe6\xe4", "its encoding cannot be told"),
    "broken UTF-8": ("Größe und Maß".encode() + b"\xff", "is broken UTF-8 in many places"),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        decode(data)
    assert str(caught.value).startswith(reason)
    assert "; " in str(caught.value), "and it says what to do"


def test_the_position_of_an_error_counts_from_the_start_of_the_file() -> None:
    with pytest.raises(DocumentError, match="at byte 4;"):
        decode(codecs.BOM_UTF16_LE + "R".encode("utf-16-le") + b"x")


# ── the encoding that the user names ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "encoding", "found"),
    [
        (b"caf\xe9", "cp1252", ("café", "cp1252", False)),
        (b"caf\xe9", "Latin-1", ("café", "iso8859-1", False)),
        (b"caf\xe9", "koi8-r", ("cafИ", "koi8-r", False)),
        ("café".encode(), "cp1252", ("cafÃ©", "cp1252", False)),
        ("café".encode(), "utf-8", ("café", "utf-8", False)),
        ("café".encode("utf-8-sig"), "utf-8-sig", ("\ufeffcafé", "utf-8", False)),
        ("café".encode("utf-8-sig"), "utf8", ("\ufeffcafé", "utf-8", False)),
        ("café".encode("utf-16-le"), "utf-16-le", ("café", "utf-16-le", False)),
        ("café".encode("utf-16-le"), "utf-16", ("café", "utf-16-le", False)),
        (codecs.BOM_UTF16_BE + "café".encode("utf-16-be"), "utf-16", ("café", "utf-16-be", True)),
        (codecs.BOM_UTF16_LE + "café".encode("utf-16-le"), "utf-16-le", ("café", "utf-16-le", True)),
        (codecs.BOM_UTF32_LE + "café".encode("utf-32-le"), "utf-32", ("café", "utf-32-le", True)),
        ("雨".encode("iso2022_jp"), "iso-2022-jp", ("雨", "iso2022_jp", False)),
        ("Füße".encode("utf-7"), "utf-7", ("Füße", "utf-7", False)),
    ],
)
def test_the_encoding_that_is_named(data: bytes, encoding: str, found: tuple[str, str, bool]) -> None:
    assert decode(data, encoding=encoding)[:3] == found
    assert decode(data, encoding=encoding, html=True)[:3] == found


@pytest.mark.parametrize("name", ["nothing", "", "rot13", "hex", "base64", "zlib", "undefined", "ä", "../x"])
def test_an_encoding_that_does_not_exist(name: str) -> None:
    with pytest.raises(SettingsError, match=r"unknown encoding .+; name one that Python knows"):
        decode(b"x", encoding=name)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"caf\xe9", "utf-8"),
        (b"caf\xe9", "ascii"),
        (b"\x81", "cp1252"),
        (b"Rain\0", "utf-8"),
        (b"odd", "utf-16"),
        (b"\x80\x80\x80", "utf-32"),
        (b"Rain \\x", "unicode_escape"),
    ],
)
def test_the_encoding_that_is_named_does_not_fit(data: bytes, encoding: str) -> None:
    with pytest.raises(DocumentError):
        decode(data, encoding=encoding)


# ── what an HTML page declares ────────────────────────────────────────────────────────────────────

HEAD = "<!DOCTYPE html><html><head>{declaration}<title>x</title></head><body><p>{text}</p></body></html>"
META, HTTP = '<meta charset="{}">', '<meta http-equiv="Content-Type" content="text/html; charset={}">'
XML = '<?xml version="1.0" encoding="{}"?>'
DECLARED: list[tuple[str, str, str, str]] = [
    # what the page is in, what it declares, how, what it is read as
    ("cp1252", "windows-1252", META, "cp1252"),
    ("cp1252", "iso-8859-1", HTTP, "cp1252"),
    ("cp1252", "ISO-8859-1", "<meta charset={}>", "cp1252"),
    ("cp1252", "us-ascii", XML, "cp1252"),
    ("cp1252", "latin1", META, "cp1252"),
    ("cp1250", "windows-1250", META, "cp1250"),
    ("iso8859_2", "iso-8859-2", HTTP, "iso8859-2"),
    ("cp1251", "windows-1251", XML, "cp1251"),
    ("koi8_r", "koi8-r", META, "koi8-r"),
    ("cp1254", "iso-8859-9", META, "cp1254"),
    ("gb18030", "gb2312", HTTP, "gb18030"),
    ("gb18030", "gbk", META, "gb18030"),
    ("cp932", "shift_jis", META, "cp932"),
    ("euc_jp", "euc-jp", META, "euc_jp"),
    ("big5", "big5", META, "big5hkscs"),
    ("cp949", "euc-kr", META, "cp949"),
    ("cp949", "ks_c_5601-1987", META, "cp949"),
    ("utf-8", "utf-8", META, "utf-8"),
    ("iso2022_jp", "iso-2022-jp", META, "iso2022_jp_ext"),
    ("cp932", "x-sjis", META, "cp932"),
    # What the bytes say counts more than a wrong declaration.
    ("utf-8", "iso-8859-1", META, "utf-8"),
    ("utf-8", "utf-16", META, "utf-8"),
    ("utf-8", "nonsense", META, "utf-8"),
    ("cp1251", "utf-8", META, "cp1251"),
    ("cp1252", "nonsense", HTTP, "cp1252"),
    ("cp1252", "utf-8", HTTP, "cp1252"),
    ("cp1252", "utf-16", META, "cp1252"),
    ("cp932", "nonsense", META, "cp932"),
    ("cp949", "utf-8", META, "cp949"),
    ("gb18030", "utf-8", XML, "gb18030"),
    # Codecs of Python's that are no charsets of the web.
    ("cp1252", "unicode_escape", META, "cp1252"),
    ("cp1252", "utf-7", META, "cp1252"),
    ("cp1252", "punycode", META, "cp1252"),
    ("cp1251", "cp037", META, "cp1251"),
    ("cp1251", "rot13", META, "cp1251"),
    ("utf-8", "utf-7", META, "utf-8"),
]  # fmt: skip
BY_ENCODING = {
    "cp1252": "fr", "cp1250": "pl", "iso8859_2": "pl", "cp1251": "ru", "koi8_r": "ru", "cp1254": "tr",
    "gb18030": "zh", "cp932": "ja", "euc_jp": "ja", "iso2022_jp": "ja", "big5": "zht", "cp949": "ko", "utf-8": "de",
}  # fmt: skip


@pytest.mark.parametrize(
    ("real", "declared", "how", "read_as"),
    [pytest.param(*row, id=f"{row[0]}-{row[1]}") for row in DECLARED],
)
def test_the_charset_that_a_page_declares(real: str, declared: str, how: str, read_as: str) -> None:
    page = HEAD.format(declaration=how.format(declared), text=TEXTS[BY_ENCODING[real]])
    data = page.encode(real, "ignore")
    found = decode(data, html=True)
    assert found.encoding == read_as
    assert found.text == data.decode(real)
    content = data.decode(real).split("<p>")[1].split("</p>")[0]
    assert CLEANER.clean_html(data).text.split() == content.split()


# Markup as real pages have it: plain ASCII, and more than there is text.
MENU = "".join(
    f'<li class="menu-item item-{i}"><a href="/section/{i}.html" title="x">Home</a></li>' for i in range(60)
)
SCRIPT = "<script>var queue = queue || []; function track(event) { return queue.push(event.type); }</script>"
STYLE = "<style>.menu-item > a { float: left; color: #fff; }</style>"
UNDECLARED = [
    *(("fr", name) for name in ("utf-8", "cp1252", "utf-16", "utf-16-le", "utf-16-be")),
    *(("ru", name) for name in ("utf-8", "cp1251", "koi8_r", "utf-16-le")),
    *(("ja", name) for name in ("utf-8", "shift_jis", "euc_jp", "iso2022_jp", "utf-16-be")),
    *(("ko", name) for name in ("utf-8", "euc_kr", "utf-16")),
    *(("zh", name) for name in ("utf-8", "gb18030", "utf-16")),
    *(("zht", "big5"), ("pl", "cp1250"), ("pl", "iso8859_2"), ("cs", "cp1250"), ("el", "cp1253")),
    *(("tr", "cp1254"), ("he", "cp1255"), ("ar", "cp1256"), ("de", "cp1252"), ("en", "cp1252")),
]


@pytest.mark.parametrize(
    "around", ["", SCRIPT + STYLE, f"<ul>{MENU}</ul><!-- {MENU} -->"], ids=["bare", "script", "menu"]
)
@pytest.mark.parametrize(("language", "encoding"), UNDECLARED)
def test_a_page_that_declares_nothing(language: str, encoding: str, around: str) -> None:
    data = HEAD.format(declaration=around, text=TEXTS[language]).encode(encoding, "ignore")
    assert decode(data, html=True).text == data.decode(encoding)


@pytest.mark.parametrize("count", [1, pytest.param(16, marks=pytest.mark.slow)])
@pytest.mark.parametrize("pages", [False, True])
def test_the_figures(pages: bool, count: int) -> None:
    """Of 1,000 characters, at most 1 of 200 is read wrong and 1 of 20 refused; `tests.measure_encodings` has more."""
    counts: Counter[str] = Counter()
    for sample in samples(prose(), 1000, count, pages=pages):
        try:
            counts["right" if decode(sample.data, html=pages).text == sample.text else "wrong"] += 1
        except DocumentError:
            counts["refused"] += 1
    assert counts["wrong"] <= counts.total() / 200
    assert counts["refused"] <= counts.total() / 20


# ── all labels of the Encoding Standard ──────────────────────────────────────────────────────────

LABELS = dict(webencodings.labels.LABELS)
# An encoding of the standard, by a codec of Python's that has the same characters, and a text that is written in it.
SAMPLES = {
    **{f"windows-125{i}": f"cp125{i}" for i in range(9)},
    **{f"iso-8859-{i}": f"iso8859_{i}" for i in range(2, 17)},
    **{"gbk": "gbk", "gb18030": "gb18030", "big5": "big5", "euc-jp": "euc_jp", "shift_jis": "shift_jis"},
    **{"iso-2022-jp": "iso2022_jp", "euc-kr": "euc_kr", "koi8-r": "koi8_r", "koi8-u": "koi8_u", "ibm866": "cp866"},
    **{"macintosh": "mac_roman", "x-mac-cyrillic": "mac_cyrillic", "windows-874": "cp874", "utf-8": "utf-8"},
    **{"iso-8859-8-i": "iso8859_8", "x-user-defined": "cp1252", "utf-16le": "utf-8", "utf-16be": "utf-8"},
}
TEXT_OF = {
    **dict.fromkeys(("windows-1252", "iso-8859-15", "macintosh", "utf-8", "x-user-defined"), "fr"),
    **dict.fromkeys(("utf-16le", "utf-16be", "iso-8859-3", "iso-8859-4", "iso-8859-10", "iso-8859-13"), "de"),
    **dict.fromkeys(("iso-8859-14", "windows-1257", "windows-1258"), "de"),
    **dict.fromkeys(("windows-1250", "iso-8859-2", "iso-8859-16"), "pl"),
    **dict.fromkeys(("windows-1251", "iso-8859-5", "koi8-r", "ibm866", "x-mac-cyrillic"), "ru"),
    **{"koi8-u": "uk", "windows-1253": "el", "iso-8859-7": "el", "windows-1254": "tr", "windows-1256": "ar"},
    **dict.fromkeys(("windows-1255", "iso-8859-8", "iso-8859-8-i"), "he"),
    **{"iso-8859-6": "ar", "gbk": "zh", "gb18030": "zh", "big5": "zht", "euc-kr": "ko"},
    **dict.fromkeys(("euc-jp", "shift_jis", "iso-2022-jp"), "ja"),
}
THAI = "ฝนตกหนักสามวัน แล้วแม่น้ำก็สูงขึ้น"


@pytest.mark.parametrize("how", [META, HTTP, XML, "header"])
@pytest.mark.parametrize("label", [label for label, name in LABELS.items() if name != "replacement"])
def test_every_label_is_read_as_browsers_read_it(label: str, how: str) -> None:
    name = LABELS[label]
    text = THAI if name == "windows-874" else TEXTS[TEXT_OF[name]]
    codec = {"utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}.get(name) if how == "header" else None
    codec = codec or SAMPLES[name]
    page = HEAD.format(declaration="" if how == "header" else how.format(label.upper()), text=text)
    data = page.encode(codec, "ignore")
    found = decode(data, html=True, charset=label if how == "header" else None)
    assert found.text == data.decode({"shift_jis": "cp932", "euc_kr": "cp949"}.get(codec, codec))
    assert not found.replaced


@pytest.mark.parametrize("label", [label for label, name in LABELS.items() if name == "replacement"])
def test_encodings_that_browsers_refuse_are_refused(label: str) -> None:
    page = HEAD.format(declaration=META.format(label), text="~{VPND~} \x1b$)C\x0eGQ\x0f")
    with pytest.raises(DocumentError, match=f"is labelled {label}, which browsers do not decode; pass --encoding"):
        decode(page.encode(), html=True)
    page = HEAD.format(declaration=META.format(label), text=TEXTS["ko"])
    assert decode(page.encode(), html=True).text == page, "UTF-8 and ASCII are no danger"


def test_characters_that_browsers_have_beyond_pythons_codecs() -> None:
    assert decode(b"<meta charset=euc-jp>\xc6\xfc\xad\xa1\xc6\xfc", html=True).text.endswith("日①日")
    assert decode(b"\x1b$B\x46\x7c\x2d\x21\x1b(B \x1b(I\x31\x1b(B").text == "日① ｱ"
    assert decode(b"<meta charset=gbk>\x80 \xd1\xa7\xcf\xb0", html=True).text.endswith("€ 学习")
    assert decode(b"<meta charset=gbk>\xd1\xa7\xd0\xa3", html=True).text.endswith("学校"), "valid UTF-8, by chance"


def test_a_bad_byte_under_a_right_label_is_replaced_and_flagged() -> None:
    page = HEAD.format(declaration=META.format("shift_jis"), text=TEXTS["ja"] + "@")
    found = decode(page.encode("cp932").replace(b"@", b"\xeb "), html=True)
    assert (found.encoding, found.replaced) == ("cp932", True)
    assert found.text.count("\ufffd") == 1
    assert TEXTS["ja"][:50] in found.text


CONTRADICTED = [
    ("cs", "cp1250", "utf-8"),
    ("pl", "cp1250", "utf-8"),
    ("ru", "cp1251", "utf-8"),
    ("ja", "euc_jp", "utf-8"),
    ("el", "cp1253", "utf-8"),
    ("fr", "cp1252", "utf-8"),
    ("fr", "utf-8", "iso-8859-1"),
    ("cs", "utf-8", "windows-1250"),
    ("ru", "cp1251", "iso-8859-1"),
    ("ru", "koi8_r", "windows-1252"),
    ("el", "cp1253", "iso-8859-1"),
    ("pl", "cp1250", "iso-8859-2"),
    ("zh", "gb18030", "iso-8859-1"),
    ("ja", "cp932", "iso-8859-1"),
]


@pytest.mark.parametrize(("language", "encoding", "label"), CONTRADICTED)
def test_a_label_that_the_bytes_contradict_is_not_obeyed(language: str, encoding: str, label: str) -> None:
    page = HEAD.format(declaration=META.format(label), text=TEXTS[language])
    data = page.encode(encoding, "ignore")
    assert decode(data, html=True).text == data.decode(encoding)


@pytest.mark.parametrize("label", ["utf-8", "windows-1252", "koi8-r", "shift_jis", "gb18030", "iso-8859-2"])
def test_binary_under_a_label_is_refused(label: str) -> None:
    noise = bytes((i * i * 7 + i * 31) % 255 + 1 for i in range(4000))
    for data in (noise, b"\x89PNG\r\n\x1a\n" + noise, b"\xff\xd8\xff\xe0" + noise):
        with pytest.raises(DocumentError):
            decode(META.format(label).encode() + data, html=True)


@pytest.mark.parametrize("language", ["en", "de", "ru", "el", "zh", "ja", "ko", "he"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark(language: str, encoding: str) -> None:
    for text in (TEXTS[language], HEAD.format(declaration="", text=TEXTS[language])):
        data = text.encode(encoding)
        assert decode(data)[:3] == decode(data, html=True)[:3] == (text, encoding, False)


def test_a_page_in_doubt_is_refused_as_the_same_text_is() -> None:
    data = b"<html><body><p>\xd0\xee\xe6\xe4</p></body></html>"
    for html in (False, True):
        with pytest.raises(DocumentError, match="its encoding cannot be told; pass --encoding NAME"):
            decode(data, html=html)
    unseen = b"<html><!-- \xd0\xee\xe6\xe4 --><body><p>Rain fell.</p></body></html>"
    assert CLEANER.clean_html(unseen).text == "Rain fell."


# ── where labels stand ────────────────────────────────────────────────────────────────────────────

KOI8, CP1251 = META.format("koi8-r"), META.format("windows-1251")
WHERE = {
    "behind a script": f"<script>{'x' * 2000}</script>{CP1251}",
    "two that differ": CP1251 + KOI8,
    "not in a comment": f"<!-- {KOI8} -->{CP1251}",
    "not in a comment for a browser": f"<!--[if IE]>{KOI8}<![endif]-->{CP1251}",
    "with single quotes": "<META HTTP-EQUIV='content-type' CONTENT='text/html;charset=windows-1251'>",
    "with spaces": '<meta\nhttp-equiv = "Content-Type"\ncontent = "text/html; charset = windows-1251" />',
    "not in a script": f"<script>document.write('{KOI8}')</script>{CP1251}",
    "not in a description": f'<meta name="description" content="the charset=koi8-r of old">{CP1251}',
    "unknown one first": META.format("x-mac-sami"),
    "an XML declaration before it": XML.format("windows-1251") + KOI8,
}


@pytest.mark.parametrize("declaration", WHERE.values(), ids=WHERE)
def test_where_a_page_declares_its_charset(declaration: str) -> None:
    data = HEAD.format(declaration=declaration, text=TEXTS["ru"]).encode("cp1251", "ignore")
    assert decode(data, html=True)[:3] == (data.decode("cp1251"), "cp1251", False)


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "windows-1252", "shift_jis", "nonsense"])
def test_broken_utf8_is_utf8_whatever_a_page_declares(declared: str) -> None:
    page = HEAD.format(declaration=META.format(declared), text=f"It@s rain. {TEXTS['fr']} {TEXTS['ja']}")
    found = decode(page.encode().replace(b"@", b"\x92"), html=True)
    assert found == (page.replace("@", "\ufffd"), "utf-8", False, True)


@pytest.mark.parametrize("language", ["ja", "ko", "zh", "zht", "ru", "fr"])
def test_a_legacy_page_is_not_taken_for_broken_utf8(language: str) -> None:
    for encoding in {encoding for other, encoding in LEGACY if other == language}:
        name = encoding.replace("iso8859_5", "iso-8859-5").replace("mac_roman", "macintosh")
        text = TEXTS[language].encode(encoding, "ignore").decode(encoding) * 20
        page = HEAD.format(declaration=META.format(name), text=text)
        assert decode(page.encode(encoding), html=True).text == page


def test_a_declaration_means_nothing_in_a_text() -> None:
    data = (META.format("macintosh") + TEXTS["de"]).encode("cp1252")
    assert decode(data).text == data.decode("cp1252")
    assert decode((META.format("macintosh") + "«»").encode("cp1252"), html=True).encoding == "mac-roman"


@pytest.mark.parametrize("declaration", ["", META.format("utf-8")])
def test_a_document_with_a_few_bad_bytes_is_read_with_replacements_and_flagged(declaration: str) -> None:
    page = HEAD.format(declaration=declaration, text=TEXTS["fr"])
    data = page.encode()[:-30] + b"\xff\xc3" + page.encode()[-30:]
    for kind in ("html", "text"):
        found = decode(data, html=kind == "html")
        assert found.encoding == "utf-8"
        assert found.text.count("\ufffd") == 2
        assert found.replaced
        assert "replaced" in CLEANER.clean_bytes(data, kind=kind).flags
    with pytest.raises(DocumentError, match="is not valid utf-8"):
        decode(data, encoding="utf-8")
    assert CLEANER.clean_bytes(page.encode()).flags == ()


def test_an_original_with_bad_bytes_comes_back() -> None:
    data = TEXTS["fr"].encode() + b"\xff\n"
    cleaned = CLEANER.clean_bytes(data, kind="text")
    trace = record.dump(cleaned, data, "a.txt")
    assert record.load(trace, cleaned.text.encode(), "record", "copy") == data


@pytest.mark.parametrize("language", ["fr", "de", "en"])
def test_a_page_with_bytes_that_cp1252_lacks_is_read_as_it_declares(language: str) -> None:
    page = HEAD.format(declaration=META.format("windows-1252"), text=TEXTS[language]).encode("cp1252")
    found = decode(page.replace(b"<p>", b"<p>\x9d\x81"), html=True)
    assert found.text.split("<p>")[1][2:].startswith(TEXTS[language]), "those two aside"


def test_latin1_with_c1_controls() -> None:
    """Bytes 80 to 9F are cp1252 on the web, whatever the name."""
    text = TEXTS["fr"]
    page = HEAD.format(declaration=META.format("iso-8859-1"), text=text).encode("cp1252")
    assert b"\x96" in page or b"\x92" in page
    assert TEXTS["fr"] in decode(page, html=True).text
    assert decode(text.encode("cp1252"), encoding="latin-1").text == text.encode("cp1252").decode("latin-1")


# ── and back ──────────────────────────────────────────────────────────────────────────────────────

BACK: list[tuple[str, str, bytes]] = [
    *((language, encoding, b"") for language, encoding in LEGACY),
    *(("fr", encoding, mark) for encoding, mark in MARKED.items()),
    ("fr", "utf-8", b""),
    ("fr", "utf-8", b"\xef\xbb\xbf"),
]


@pytest.mark.parametrize(("language", "encoding", "mark"), BACK)
def test_the_bytes_come_back_through_a_record(language: str, encoding: str, mark: bytes) -> None:
    data, _ = encoded(language, encoding)
    data = mark + f"{CHROME}\r\n".encode(encoding) + data
    cleaned = CLEANER.clean_bytes(data, kind="text")
    assert cleaned.restore().encode(cleaned.encoding or "") == data.removeprefix(mark if cleaned.bom else b"")
    trace = record.dump(cleaned, data, "a.txt")
    assert record.load(trace, cleaned.text.encode(), "record", "copy") == data
    assert b"source_zlib" not in trace, "the text and its edits are enough"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"\x81\x5f \x81\x80", "shift_jis"),
        (b"+AGE-", "utf-7"),  # another spelling of `a`
        ("雨".encode("iso2022_jp") + b"\x1b(B\x1b(B", "iso2022_jp"),  # escapes that change nothing
    ],
)
def test_bytes_that_encoding_does_not_give_back(data: bytes, encoding: str) -> None:
    cleaned = CLEANER.clean_bytes(data, kind="text", encoding=encoding)
    trace = record.dump(cleaned, data, "a.txt")
    assert record.load(trace, cleaned.text.encode(), "record", "copy") == data


def test_what_a_file_begins_with_decides_where_its_name_does_not() -> None:
    page = Path(__file__).with_name("data") / "html" / "news.html"
    assert "<p>" not in CLEANER.clean_bytes(page.read_bytes()).text
    assert CLEANER.clean_bytes(b"see <html> there\n").text == "see <html> there\n"
    for start in ("\ufeff", "  \n", "<!-- x -->\n", '<?xml version="1.0"?>\n'):
        data = (start + HEAD.format(declaration="", text="Rain fell.")).encode()
        assert CLEANER.clean_bytes(data).text.removeprefix("\ufeff") == "Rain fell."
    assert CLEANER.clean_bytes(HEAD.format(declaration="", text="Rain.").encode("utf-16")).text == "Rain."


@pytest.mark.parametrize("charset", ["idna", "punycode"])
def test_codecs_for_names_of_hosts_are_no_encodings(charset: str) -> None:
    page = f"<meta charset={charset}><p>caf".encode() + b"\xe9 au lait"
    assert Cleaner().clean_html(page).text == "café au lait"
    with pytest.raises(SettingsError, match=f"unknown encoding '{charset}'; name one that Python knows"):
        Cleaner().clean_bytes(b"x", encoding=charset)


def test_a_label_of_utf_16_makes_no_text_of_what_is_binary() -> None:
    data = b"\x01\0\x02\0\xff\xe5" * 50  # controls and characters for private use
    with pytest.raises(DocumentError, match="looks binary"):
        decode(data, charset="utf-16le")
    text = "Der Fluss führt Hochwasser.\n" * 20
    assert decode(text.encode("utf-16-le"), charset="utf-16le").text == text
