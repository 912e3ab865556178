"""Packs of languages: they come up only when a line calls for them, and results are those of all packs together."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner, SettingsError
from cleaner.files.naming import is_output
from cleaner.passes import Passes
from cleaner.progress import InProgress
from cleaner.rules import checks, prepare, tongues
from cleaner.rules import pack as packs
from cleaner.rules.cache import checksum
from cleaner.rules.engine import Ruleset
from cleaner.rules.match import gate
from cleaner.rules.prepare import Shipped, compile_packs
from cleaner.workbench.lint import lint
from tests import strategies
from tests.cases import read_cases
from tests.test_marking import in_order

# A pack of a language with all that such a pack may have, and a line that calls for each of it.
OWN = """
[pack]
format = 1
id = "own"
langs = ["cy"]
[words]
place = ["ferry", "quay"]
[[rule]]
id = "line"
category = "navigation"
lines = '''
Neidio i'r cynnwys
Chwilio’r safle
'''
[[rule]]
id = "weak"
category = "share"
weak = true
lines = '''
Facebook
Argraffu
'''
patterns = []
[[rule]]
id = "weak-pattern"
category = "share"
weak = true
patterns = "rhannu ar .{1,20}"
[[rule]]
id = "crowd"
category = "related"
patterns = [CROWD]
unless = "darllen mwy am hyn: 3 {place}"
[[rule]]
id = "long"
category = "legal"
patterns = "hawlfraint .*"
max_chars = 1000
[[rule]]
id = "anchored"
category = "comments"
patterns = ".{1,20} a ysgrifennodd .{1,20}"
[[rule]]
id = "anchored-weak"
category = "comments"
weak = true
patterns = ".{1,20} a ddywedodd .{1,20}"
[[rule]]
id = "block"
category = "newsletter"
from = "cylchlythyr y cei"
to = ".{0,20} tanysgrifio"
max = 4
[[rule]]
id = "cut"
category = "related"
cut = "mwy o straeon"
confidence = "likely"
[[rule]]
id = "before"
category = "menus"
cut_before = "diwedd y ddewislen"
[[rule]]
id = "head"
category = "tools"
zone = "head"
lines = "Maint y testun"
replaces = ["cymru/testun"]
[[rule]]
id = "guess"
category = "tools"
confidence = "guess"
lines = "Offer"
[[rule]]
id = "off"
category = "tools"
status = "retired"
lines = "Hen offer"
[[rule]]
id = "start"
category = "credit"
inline = "Llun: [A-Z][a-z]{1,9} "
at = "start"
[[rule]]
id = "end"
category = "credit"
inline = ' \\[golygu\\]'
at = "end"
[[rule]]
id = "any"
category = "credit"
inline = " cliciwch yma "
[[rule]]
id = "between"
category = "residue"
between = ["navigation", "share"]
max = 2
[[rule]]
id = "rule-of-variety"
category = "navigation"
langs = ["cy-GB"]
lines = "Cartref"
[[keep]]
lines = "Accessibility links"
[[keep]]
langs = ["cy"]
rules = ["own/*"]
patterns = "offer .{1,9}"
""".replace("patterns = []\n", "").replace(
    "CROWD", ", ".join(f"'darllen mwy am hyn: {number} .{{1,9}}'" for number in range(12))
)
OWN_LINES = (
    *("Neidio i'r cynnwys", "• CHWILIO'R safle", "Facebook", "Argraffu", "Rhannu ar Mastodon", "Cartref", "Offer"),
    *(f"Darllen mwy am hyn: {number} {place}" for number in (3, 11) for place in ("ferry", "gwynt")),
    *("Hawlfraint " + "y cei " * 90, "Cylchlythyr y cei", "Cliciwch i danysgrifio", "Mwy o straeon", "Offer trwm"),
    *(
        "Diwedd y ddewislen",
        "Maint y testun",
        "Hen offer",
        "Llun: Gwen Y cei yn y glaw [golygu]",
        "Accessibility links",
    ),
    *("Gwen a ysgrifennodd ddoe", "Gwen a ddywedodd ddoe", "gwen a  ysgrifennodd ﬁ"),
    *("Aeth pawb adref am naw, ac fe ddaeth y glaw [golygu]", "Y fferi, cliciwch yma nawr, a’r cei ﬁ  x [golygu]"),
)

SHIPPED = packs.builtin()
PARSED = [checks.parse(source, trusted=True) for source in SHIPPED]
TONGUES = [number for number, source in enumerate(SHIPPED) if packs.is_tongue(source.name)]
EVERY = [*PARSED, checks.parse(packs.Source("own.toml", OWN))]
CORPUS = Path(__file__).parent.parent / "corpus"

# Level, disabled rules, kept categories.
SETTINGS: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    ("rules", (), ("credit",)),
    ("main", (), ()),
    ("safe", ("*/share", "own/line", "cymru/testun", "de/*"), ("navigation", "related", "menus")),
]
LANGS = (None, None, None, "en", "cy", "cy-GB", "de", "zh-Hant-TW", "pt-BR", "ru")
own_lines = st.sampled_from(OWN_LINES)
chrome = st.sampled_from(
    sorted({line for pack in PARSED for rule in pack.rule for line in packs.block(rule.lines or "")})
)


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Ruleset, Ruleset]]:
    """Rules of which languages come up when called for, and the same with all packs together, for each settings."""
    lazy, whole = compile_packs(EVERY, [*TONGUES, len(PARSED)]), compile_packs(EVERY)
    return [
        (Ruleset([lazy], level, disable, keep, trusted=1), Ruleset([whole], level, disable, keep, trusted=1))
        for level, disable, keep in SETTINGS
    ]


def assert_same(
    pairs: Iterable[tuple[Ruleset, Ruleset]], documents: list[tuple[str, str | None, str | None]]
) -> None:
    """Documents (text, URL and language) are looked up, marked and cleaned the same, together and one by one.

    Here a line that many languages share brings up their packs, too, as it is where all packs are together.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tongues, "MAX_SHARED", len(EVERY))
        _assert_same(pairs, documents)


def _assert_same(
    pairs: Iterable[tuple[Ruleset, Ruleset]], documents: list[tuple[str, str | None, str | None]]
) -> None:
    every = [(text.split("\n"), url, lang) for text, url, lang in documents]
    for lazy, whole in pairs:
        marks = []
        for ruleset in (lazy, whole):
            alone = [ruleset.look_up(lines, url=url, lang=lang) for lines, url, lang in every]
            for lookups in (ruleset.look_up_many(every), alone):
                marked = (
                    in_order(ruleset.mark(lines, lookup, url=url, lang=lang))
                    for (lines, url, lang), lookup in zip(every, lookups, strict=True)
                )
                marks.append(list(marked))
        assert all(each == marks[0] for each in marks)
        one, two = (
            Passes(each, None, False).clean([InProgress(text, url, lang) for text, url, lang in documents])
            for each in (lazy, whole)
        )
        assert one == two


@pytest.mark.slow
def test_documents_of_the_corpus(pairs: list[tuple[Ruleset, Ruleset]]) -> None:
    paths = [path for path in sorted(CORPUS.rglob("*.txt")) if not is_output(path)]
    texts = [Cleaner("rules").clean_bytes(path.read_bytes(), kind="text").original for path in paths]
    assert len(texts) > 50
    assert_same(pairs, [(text, None, None) for text in texts])
    assert_same(pairs, [(text, None, lang) for text, lang in zip(texts, LANGS * len(texts), strict=False)])


def test_documents_of_the_cases(pairs: list[tuple[Ruleset, Ruleset]]) -> None:
    texts = [(case.get("before") or "", case.get("url"), case.get("lang")) for case in read_cases("rules")]
    texts += [(case.before, None, None) for pack in EVERY for rule in pack.rule for case in rule.case]
    assert_same(pairs, texts)


@pytest.mark.slow
def test_lines_of_every_language(pairs: list[tuple[Ruleset, Ruleset]]) -> None:
    for number in (*TONGUES, len(PARSED)):
        lines = [*OWN_LINES]
        for rule in EVERY[number].rule:
            for text in (rule.lines, rule.drops, rule.keeps):
                lines += packs.block(text or "")
        lines = lines[number % 12 :: 12]  # all of them take ten minutes
        dense, sparse = (
            "\n".join(lines),
            "\n".join(chain.from_iterable((line, strategies.PROSE[0]) for line in lines)),
        )
        assert_same(pairs, [(dense, None, None), (sparse, None, None), (dense, None, "de"), (sparse, None, "cy")])


@given(
    st.lists(
        st.tuples(
            st.lists(st.one_of(own_lines, chrome, strategies.lines()), max_size=20),
            strategies.urls,
            st.sampled_from(LANGS),
        ),
        max_size=4,
    )
)
def test_any_documents(
    pairs: list[tuple[Ruleset, Ruleset]], documents: list[tuple[list[str], str | None, str | None]]
) -> None:
    texts = [
        ("\n".join(line.replace("\r", " ").replace("\n", " ") for line in lines), url, lang)
        for lines, url, lang in documents
    ]
    assert_same(pairs, texts)


@given(st.one_of(own_lines, chrome, strategies.lines()))
def test_single_lines(pairs: list[tuple[Ruleset, Ruleset]], line: str) -> None:
    for lazy, whole in pairs:
        assert lazy.matches(line) == whole.matches(line)


def test_the_same_rules_are_active(pairs: list[tuple[Ruleset, Ruleset]]) -> None:
    for lazy, whole in pairs:
        assert lazy.active_ids == whole.active_ids
    assert {"own/line", "own/end", "de/share"} & pairs[0][0].active_ids == {"own/line", "de/share"}


# ── which packs come up ───────────────────────────────────────────────────────────────────────────

ENGLISH = """Skip to content
Menu
Home
The harbour master said on Tuesday that it was not the wind that had stopped the boats.
He would not say what it was, and walked back to his office at the end of the pier.
Share this
Leave a comment
Privacy Policy
All rights reserved
"""
RUSSIAN = """Перейти к содержимому
В среду утром почтальон принёс письмо, которого никто в деревне уже не ждал.
Он постоял у калитки, посмотрел на небо и пошёл дальше по мокрой дороге.
Поделиться в социальных сетях
Все права защищены
"""
GREEK = "Τα γράμματα ήρθαν την Τετάρτη, και κανείς στο χωριό δεν τα περίμενε πια.\n"


def come_up(text: str, lang: str | None = None) -> set[str]:
    """Return the packs of languages that a new cleaner decodes for a text."""
    cleaner = Cleaner("rules")
    assert cleaner._passes.ruleset.tongues_up() == set()
    cleaner.clean(text, lang=lang)
    return cleaner._passes.ruleset.tongues_up()


def test_packs_that_come_up() -> None:
    assert come_up("Hello\nworld\n") == set()
    assert come_up("\n".join(strategies.PROSE[:2])) == set()
    assert come_up(RUSSIAN) >= {"ru"}
    assert len(come_up(RUSSIAN)) <= 3
    assert len(come_up(ENGLISH)) <= 6
    assert come_up(ENGLISH, lang="en") == set()
    assert come_up(RUSSIAN, lang="ru") == {"ru"}
    assert come_up(RUSSIAN, lang="de") == set()
    assert len(come_up(GREEK)) <= 1


def test_a_document_does_not_bring_up_packs_for_another_one() -> None:
    cleaner = Cleaner("rules")
    together = list(cleaner.clean_many([ENGLISH, RUSSIAN, RUSSIAN], langs=["en", "de", None]))
    assert "ru" in cleaner._passes.ruleset.tongues_up()
    assert together == [
        Cleaner("rules").clean(text, lang=lang) for text, lang in ((ENGLISH, "en"), (RUSSIAN, "de"), (RUSSIAN, None))
    ]
    again = pickle.loads(pickle.dumps(cleaner))
    assert again == cleaner
    assert again._passes.ruleset.tongues_up() == set()


def test_a_pack_that_is_only_called_for_as_a_weak_rule_waits_for_chrome() -> None:
    prepared = compile_packs([checks.parse(packs.Source("own.toml", OWN))], [0])
    for lines, wanted in ((["Argraffu", strategies.PROSE[0]], set()), (["Neidio i'r cynnwys", "Argraffu"], {"own"})):
        ruleset = Ruleset([prepared])
        ruleset.mark(lines, ruleset.look_up(lines))
        assert ruleset.tongues_up() == wanted


def test_what_a_gate_cannot_call_for_stays_with_the_other_packs() -> None:
    prepared = compile_packs(EVERY, [*TONGUES, len(PARSED)])
    (half,) = (pack for pack in prepared.packs if pack.pack.id == "own")
    assert [rule.id for rule in half.rule] == ["start", "end", "any", "between"]
    assert len(half.keep) == 2
    assert len(prepared.tongues) == len(TONGUES) + 1
    assert not {PARSED[number].pack.id for number in TONGUES} & {pack.pack.id for pack in prepared.packs}
    for_sites = checks.parse(packs.Source("own.toml", OWN.replace('langs = ["cy"]', 'hosts = ["a.example"]', 1)))
    assert [len(pack.rule) for pack in compile_packs([for_sites], [0]).packs] == [len(for_sites.rule)]


# ── settings that name rules of packs that are not up ─────────────────────────────────────────────


def test_names_of_rules_of_languages_are_known() -> None:
    text = "Diesen Beitrag teilen\nDas Wetter war schlecht.\n"
    assert [edit.by for edit in Cleaner("rules").clean(text).edits] == ["de/share"]
    for disable in (["de/*"], ["de/share"]):
        cleaner = Cleaner("rules", disable=disable)
        assert cleaner._passes.ruleset.tongues_up() == set()
        assert cleaner.clean(text).text == text
        assert "de/share" not in cleaner.active_rules
    protecting = Cleaner("main", keep_categories=["share"])
    assert protecting.clean(text).text == text
    assert protecting._passes.ruleset.tongues_up() == {"de"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"disable": ["de/shar"]}, "disable: there is no rule 'de/shar'; did you mean 'de/share"),
        ({"disable": ["de"]}, "disable: there is no rule 'de'; did you mean 'de/*', all rules of a pack?"),
        ({"disable": ["xx/*"]}, "disable: there is no rule 'xx/*'"),
        ({"keep_categories": ["de/*"]}, "keep: there is no category 'de/*'; it names rules"),
    ],
)
def test_names_of_nothing_are_told(settings: dict[str, list[str]], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Cleaner("rules", **settings)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)


def test_ids_of_languages_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "de.toml"
    path.write_text(OWN.replace('id = "own"', 'id = "de"', 1), "utf-8")
    with pytest.raises(SettingsError, match="another pack has the id 'de'; choose another"):
        Cleaner("rules", rules=[path])


def test_packs_of_a_user_are_together(tmp_path: Path) -> None:
    """A folder of the same name makes no difference: only packs that ship are decoded one by one."""
    (tmp_path / packs.TONGUES).mkdir()
    (tmp_path / packs.TONGUES / "own.toml").write_text(OWN, "utf-8")
    prepared = prepare.prepare(packs.read([tmp_path]))
    assert [pack.pack.id for pack in prepared.packs] == ["own"]
    assert prepared.tongues == []


def test_the_lint_of_packs_of_languages() -> None:
    text = (
        '[pack]\nformat = 1\nid = "own"\ntitle = "Own"\nsource = "a"\nhosts = ["a.example"]\nclues = ["Clue"]\n'
        '[[rule]]\nid = "a"\ncategory = "x"\nbetween = ["share"]\nmax = 2\n[[rule.case]]\nbefore = "a"\nafter = "a"\n'
        '[[rule]]\nid = "b"\ncategory = "x"\ncollapse = true\n[[rule.case]]\nbefore = "a"\nafter = "a"\n'
        '[[keep]]\nrules = ["own/a"]\n'
    )
    folder = packs.shipped_folder()

    def found(place: Path, text: str) -> list[str]:
        findings = lint([packs.Source(str(place / "own.toml"), text)], SHIPPED).findings
        return [f"{each.line}: {each.text}" for each in findings if "which is read when" in each.text]

    who = "a pack in language/, which is read when a line calls for it,"
    assert found(folder / packs.TONGUES, text) == [
        f"3: {who} says its language; add 'langs'",
        f"6: {who} is not for particular sites; remove 'hosts', or move the pack to site/",
        f"7: {who} is not for particular sites; remove 'clues', or move the pack to site/",
        f"11: {who} has no rules of the kind 'between'; move the rule to generic/",
        f"19: {who} has no rules of the kind 'collapse'; move the rule to generic/",
        f"23: {who} has no [[keep]] without 'lines' or 'patterns'; add some, or move it to generic/",
    ]
    assert found(folder / "generic", text) == found(folder / "own" / packs.TONGUES, text) == []


# ── the cache ─────────────────────────────────────────────────────────────────────────────────────


def test_what_is_kept_is_decoded_when_it_is_called_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = Cleaner("rules").clean(RUSSIAN)
    assert Cleaner("rules").clean(RUSSIAN) == first
    (file,) = tmp_path.rglob("*.packs")
    content = file.read_bytes()
    number = content.index("перейти к содержимому".encode())
    file.write_bytes(content[:number] + b"x" + content[number + 1 :])  # in the middle of a pack that is not yet up
    assert Cleaner("rules").clean(RUSSIAN) == first
    assert file.read_bytes() == content, "it was made anew"
    file.write_bytes(content[:-1000])
    assert Cleaner("rules").clean(RUSSIAN) == first


@pytest.mark.parametrize("forged", [b"\x90", b"\xc0", b"\x94\x90\x90\x90\x90", b"\x95" + b"\x90" * 5, b"\x80"])
def test_a_forged_pack_is_an_error_and_no_crash(
    forged: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    Cleaner("rules").clean("Hello\n")
    (file,) = tmp_path.rglob("*.packs")
    content = file.read_bytes()
    shipped = msgspec.msgpack.decode(content[36:], type=Shipped)
    prepared = shipped.prepared()
    tongues = [msgspec.structs.replace(each, content=msgspec.Raw(forged)) for each in prepared.tongues]
    packs = msgspec.msgpack.encode(msgspec.structs.replace(prepared, tongues=tongues))
    sealed = msgspec.msgpack.encode(msgspec.structs.replace(shipped, content=msgspec.Raw(packs)))
    file.unlink()  # it is mapped into memory
    file.touch(0o600)
    file.write_bytes(content[:32] + checksum(sealed) + sealed)
    cleaner = Cleaner("rules")
    assert cleaner.clean("Hello\n").text == "Hello\n"
    message = "a file of this cache holds what no rule pack may have; delete the folder"
    with pytest.raises(SettingsError, match=message):
        cleaner.clean(RUSSIAN)
    with pytest.raises(SettingsError, match=message):
        Cleaner("rules", disable=["ru/*"])


def test_codes_of_no_pack_are_an_error() -> None:
    prepared = compile_packs([EVERY[-1]], [0])
    entries = gate.Entries()
    entries.add_literals(["argraffu"])
    empty = gate.Entries(), gate.Entries()
    packed, _ = gate.pack([empty, empty, (entries, gate.Entries())])
    groups = [msgspec.structs.replace(prepared.groups[0], gate=packed)]
    with pytest.raises(SettingsError, match="holds what no rule pack may have"):
        Ruleset([msgspec.structs.replace(prepared, groups=groups)]).look_up(["Argraffu"])
