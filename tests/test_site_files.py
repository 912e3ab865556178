"""Site files of the community as host packs: what is taken over, what is reported, and that no person's work goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner
from cleaner.learn.imported import SiteFile, host_of, is_as_written, pack_of
from cleaner.learn.xpath import selectors
from cleaner.rules import checks, css
from cleaner.rules.pack import Source
from tests.cases import read_cases
from tests.support import call

HOST = "gazette.example"
SITE_FILE = """\
# the Gazette and its sisters
title: //h1[@class='headline']
author: //span[@class='by']
body: //div[@id='story']
strip: //div[@class='tools']
strip: //p[contains(., 'Read more')]
strip: //img[@class='pixel']
strip_id_or_class: letter
tidy: no
replace_string(<b>): <strong>
test_url: https://gazette.example/2024/05/boats
"""
PAGE = """\
<h1 class=headline>Boats stay in</h1>
<div class=tools>Send it to a friend of the sea</div>
<div id=story><p>The harbour master said on Tuesday that it was not the wind that had stopped the boats.</p>
<p class=letter>Our letter comes on Fridays</p>
<ul><li>Home</li><li>Sport</li></ul>
<p>He would not say what it was, and walked back to his office at the end of the pier.</p></div>
"""


@pytest.mark.parametrize("case", read_cases("site_files"), ids=lambda case: case["line"])
def test_lines(case: dict[str, str]) -> None:
    pack = pack_of(HOST, [SiteFile("gazette.example.txt", case["line"])])
    wanted = list(case.get("selectors", ()))
    if not wanted:
        name, _, value = case["line"].partition(": ")
        assert pack.problems == [
            f"gazette.example.txt:1: {name}: {value} cannot be said by selectors; write a rule for it into a pack of "
            "your own"
        ]
        assert pack.text == ""
        return
    assert pack.problems == []
    (rule,) = checks.parse(Source("gazette.example.toml", pack.text, HOST)).rule
    assert rule.selectors == wanted


def test_a_whole_file() -> None:
    pack = pack_of(HOST, [SiteFile("a/gazette.example.txt", SITE_FILE)])
    assert [problem.partition(" cannot")[0] for problem in pack.problems] == [
        "a/gazette.example.txt:6: strip: //p[contains(., 'Read more')]"
    ]
    read = checks.parse(Source("hosts/gazette.example.toml", pack.text, HOST))
    assert read.pack.hosts == [HOST]
    assert read.rule[0].selectors == ['div.tools[class="tools"]', "#letter", ".letter"]
    assert (read.keep[0].selectors, read.keep[0].rules) == (["div#story"], ["judge"])
    assert is_as_written(pack.text)
    assert not is_as_written(pack.text.replace("likely", "sure"))
    assert pack_of(HOST, [SiteFile("b", "title: //h1\ntest_url: https://x.example/")]).text == ""


@pytest.mark.parametrize(
    ("stem", "host"),
    [
        ("gazette.example", HOST),
        (".gazette.example", HOST),
        ("www.Gazette.example", HOST),
        ("LICENSE", ""),
        ("global", ""),
        ("a..b", ""),
        ("ä.example", ""),
    ],
)
def test_hosts(stem: str, host: str) -> None:
    assert host_of(stem) == host


@given(st.text(max_size=60), st.text(st.sampled_from("/*@[]='\"()|. adiv,containsclassid-"), max_size=60))
def test_any_line_is_taken_over_or_reported(text: str, path: str) -> None:
    for line in (text, f"strip: {text}", f"strip: //{path}", f"strip_id_or_class: {text}", f"body: //div[{path}]"):
        pack = pack_of(HOST, [SiteFile("a.txt", line)])
        if pack.text:
            checks.parse(Source("hosts/gazette.example.toml", pack.text, HOST))
    for each in selectors(f"//{path}") or ():
        if each:
            try:
                css.parse(each)
            except css.BadSelector as error:
                assert "limit" in str(error)


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "gazette.example.txt").write_text(SITE_FILE)
    (tmp_path / "sites" / "LICENSE.txt").write_text("CC0")
    (tmp_path / "sites" / "none.example.txt").write_text("title: //h1\n")
    done = call("rules", "import", "sites", cwd=tmp_path)
    assert done.code == 0
    assert done.out.startswith("1 pack with 4 selectors in rules/hosts; 1 line not taken over, see above\n")
    assert "sites/gazette.example.txt:6: strip: //p[" in done.err
    assert "sites/none.example.txt: strips nothing that a rule could; there is no pack" in done.err
    pack = tmp_path / "rules" / "hosts" / "gazette.example.toml"
    assert call("rules", "check", pack).code == 0
    before = pack.stat().st_mtime_ns
    assert call("rules", "import", "sites", cwd=tmp_path).code == 0
    assert pack.stat().st_mtime_ns == before
    with_more = f"{SITE_FILE}strip_id_or_class: sister\n"
    (tmp_path / "sites" / "gazette.example.txt").write_text(with_more)
    assert call("rules", "import", "--to", "rules/hosts", "sites/gazette.example.txt", cwd=tmp_path).code == 0
    assert ".sister" in pack.read_text()
    url = "https://www.gazette.example/1"
    own = Cleaner(rules=[tmp_path / "rules"])
    text = own.clean_html(PAGE, url=url).text
    assert "letter" not in text
    assert "friend" not in text
    assert "Friday" not in text
    assert "The harbour master" in text


def test_what_a_person_changed_stays(tmp_path: Path) -> None:
    file = tmp_path / "gazette.example.txt"
    file.write_text(SITE_FILE)
    assert call("rules", "import", "gazette.example.txt", cwd=tmp_path).code == 0
    pack = tmp_path / "rules" / "hosts" / "gazette.example.toml"
    changed = pack.read_text().replace('"likely"', '"sure"')
    pack.write_text(changed)
    done = call("rules", "import", "gazette.example.txt", cwd=tmp_path)
    assert done.code == 3
    assert "gazette.example.toml: was changed since, or is not from here, and stays; move it away" in done.err
    assert pack.read_text() == changed
    pack.unlink()
    pack.symlink_to(tmp_path / "elsewhere.toml")
    assert call("rules", "import", "gazette.example.txt", cwd=tmp_path).code == 3
    assert not (tmp_path / "elsewhere.toml").exists()


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("global.txt", b"strip: //nav", "global.txt: is named after no host; call it like gazette.example.txt"),
        ("a.example.txt", b"\xff\xfe\xff", "a.example.txt: is not UTF-8; save it as UTF-8"),
        (
            "a.example.txt",
            b"#" * 1_000_001,
            "a.example.txt: has more than 1,000,000 bytes and is no site file; leave",
        ),
        ("a.example.txt", None, "a.example.txt: cannot be read (No such file or directory); check the path"),
    ],
)
def test_files_that_cannot_be_used(name: str, data: bytes | None, what: str, tmp_path: Path) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    done = call("rules", "import", name, cwd=tmp_path)
    assert done.code == 3
    assert what in done.err
