"""Packs and configurations of strangers: whatever they hold and whatever they are, there is one error, at once."""

# ruff: noqa: E501, RUF005 # the cases are data

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleaner import Cleaner, SettingsError, toml
from cleaner.cli.config import Finder
from cleaner.rules import checks, ids
from cleaner.rules import pack as packs
from tests.support import CLEAN, DOCUMENT, OWN_RULES, call, complaint, complaints, fill, run

DONE, USAGE = 0, 2
# A device that can be read without an end.
ENDLESS = next(filter(lambda name: Path(name).is_char_device(), ("/dev/zero", "/dev/full")), "/dev/null")
SECONDS = 20  # that a refusal may take, with the start of a process on a busy machine

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes and devices")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link_to_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


def link_to_device(path: Path) -> None:
    path.symlink_to(ENDLESS)


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


KINDS: list[Callable[[Path], None]] = [pipe, link_to_pipe, link_to_device]


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("name", ["cleaner.toml", "pyproject.toml"])
def test_a_configuration_that_is_no_file(tmp_path: Path, name: str, make: Callable[[Path], None]) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    make(tmp_path / name)
    result = run("strip", "a.txt", cwd=tmp_path, timeout=SECONDS)
    assert result.code == USAGE
    assert f"{name}: is no regular file; " in complaint(result)


@pytest.mark.parametrize("make", [*KINDS, link_to_itself])
@pytest.mark.parametrize("how", ["--rules", "extend-rules", "in a folder"])
def test_a_pack_that_is_no_file(tmp_path: Path, how: str, make: Callable[[Path], None]) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "packs/good.toml": OWN_RULES})
    make(tmp_path / "packs/own.toml")
    named = "packs" if how == "in a folder" else "packs/own.toml"
    if how == "extend-rules":
        fill(tmp_path, {"cleaner.toml": 'extend-rules = ["packs/own.toml"]'})
    result = run(
        "strip", "a.txt", *(["--rules", named] if how != "extend-rules" else []), cwd=tmp_path, timeout=SECONDS
    )
    assert result.code == USAGE
    assert re.search(
        r"packs/own\.toml: (?:is no regular file|is a link, which is not followed here|cannot be read)|"
        r"'extend-rules': '.*own\.toml' is not below",
        complaint(result),
    )


def test_devices_named_as_packs(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    for name in (ENDLESS, "/dev/null", "/dev/stdin"):
        assert run("strip", "a.txt", "--rules", name, cwd=tmp_path, timeout=SECONDS).code == USAGE


def test_a_named_pack_may_be_a_link_and_one_in_a_folder_not(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "own.toml": OWN_RULES, "packs/notes.txt": "", "else/own.toml": OWN_RULES})
    (tmp_path / "link.toml").symlink_to("own.toml")
    assert call("strip", "a.txt", "--rules", "link.toml", cwd=tmp_path).code == DONE
    (tmp_path / "packs/folder").symlink_to("../else")
    said = complaint(call("strip", "a.txt", "--rules", "packs", cwd=tmp_path))
    assert said == "error: packs: no rule packs (*.toml) in this folder; name the folder that has them"
    (tmp_path / "packs/link.toml").symlink_to("../own.toml")
    said = complaint(call("strip", "a.txt", "--rules", "packs", cwd=tmp_path))
    assert said == "error: packs/link.toml: is a link, which is not followed here; put a file there, or remove it"


@pytest.mark.parametrize("name", ["cleaner.toml", "own.toml"])
def test_a_file_that_is_too_large(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, name: OWN_RULES + "#" * toml.MAX_BYTES})
    result = call("strip", "a.txt", *(["--rules", name] if name == "own.toml" else []), cwd=tmp_path)
    assert result.code == USAGE
    assert f"{name}: is larger than 2,000,000 bytes; " in complaint(result)


def test_a_folder_with_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, **{f"packs/{number}.toml": "" for number in range(30)}})
    for limit in ("MAX_PACKS", "MAX_ENTRIES", "MAX_TOTAL_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(packs, limit, 20)
            fill(tmp_path, {"packs/0.toml": "#" * 30 if limit == "MAX_TOTAL_BYTES" else ""})
            said = complaint(call("strip", "a.txt", "--rules", "packs", cwd=tmp_path))
            assert re.search("packs: (?:holds )?more than .*20 .+; name ", said), said


# ── where the packs of a configuration may be ─────────────────────────────────────────────────────

OUTSIDE = {
    "the whole disk": "/",
    "above": "..",
    "beside": "../other",
    "by its full name": "{top}/other/own.toml",
    "through a link": "link",
    "through a link to a file": "own.toml",
    "in and out": "inside/../../other",
    "with a NUL": "a\\u0000b",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    fill(tmp_path, {"other/own.toml": OWN_RULES, "project/inside/own.toml": OWN_RULES, "project/a.txt": DOCUMENT})
    (tmp_path / "project/link").symlink_to("../other")
    (tmp_path / "project/own.toml").symlink_to("../other/own.toml")
    return tmp_path / "project"


@pytest.mark.parametrize("path", OUTSIDE.values(), ids=OUTSIDE)
def test_packs_outside_of_the_project_are_refused(project: Path, path: str) -> None:
    path = path.format(top=project.parent)
    fill(project, {"cleaner.toml": f'level = "rules"\nextend-rules = ["inside", "{path}"]\n'})
    for words in (["strip", "a.txt"], ["check", "."], ["rules", "list"], ["explain", "a.txt"]):
        started = time.perf_counter()
        result = call(*words, cwd=project)
        assert time.perf_counter() - started < SECONDS
        assert result.code == USAGE
        said = complaint(result)
        assert said.startswith(f"error: {project}/cleaner.toml:2: 'extend-rules': "), said
        assert "name it with --rules, or allow it in " in said


@pytest.mark.parametrize("path", ["inside", "inside/own.toml", "./inside/../inside"])
def test_packs_inside_of_the_project_are_used(project: Path, path: str) -> None:
    fill(project, {"cleaner.toml": f'extend-rules = ["{path}"]\n', "b.txt": f"Own chrome\n{CLEAN}"})
    assert call("strip", "b.txt", cwd=project).code == DONE
    assert (project / "b.clean.txt").read_text() == CLEAN


@pytest.mark.parametrize("path", ["../other", "../other/own.toml", "link", "own.toml"])
def test_packs_outside_that_the_user_allows(project: Path, path: str) -> None:
    fill(project, {"cleaner.toml": f'extend-rules = ["{path}"]\n', "b.txt": f"Own chrome\n{CLEAN}"})
    fill(project.parent, {"config/cleaner/cleaner.toml": f'allow-rules = ["{project.parent}/other"]\n'})
    assert complaints(call("strip", "b.txt", cwd=project)) == []
    assert (project / "b.clean.txt").read_text() == CLEAN
    fill(project.parent, {"config/cleaner/cleaner.toml": f'allow-rules = ["{project.parent}/oth"]\n'})
    assert call("strip", "b.txt", cwd=project).code == USAGE


def test_packs_outside_that_the_command_line_names(project: Path) -> None:
    fill(project, {"cleaner.toml": 'extend-rules = ["../other"]\n'})
    assert call("strip", "a.txt", "--rules", "../other", cwd=project).code == 0
    fill(project, {"cleaner.toml": 'extend-rules = ["../other/own.toml"]\n'})
    assert "is not below" in complaint(call("strip", "a.txt", "--rules", "inside", cwd=project))


def test_a_wrong_configuration_of_the_user(project: Path) -> None:
    fill(project, {"cleaner.toml": 'extend-rules = [".."]\n'})
    fill(project.parent, {"config/cleaner/cleaner.toml": "allow-rule = []\n"})
    said = complaint(call("strip", "a.txt", cwd=project))
    assert said.endswith("config/cleaner/cleaner.toml:1: unknown key 'allow-rule'; did you mean 'allow-rules'?")


# ── what TOML can hold ────────────────────────────────────────────────────────────────────────────

TEXTS = {
    "lists 401 deep": "x = " + "[" * 401 + "]" * 401,
    "lists without an end": "x = " + "[" * 100_000,
    "tables 401 deep": "x = " + "{a=" * 401 + "1" + "}" * 401,
    "a key of 1,000 parts": ".".join(["a"] * 1000) + " = 1",
    "a header of 1,000 parts": "[" + " . ".join(['"a"'] * 1000) + "]",
    "keys of 999 parts": "".join(".".join([f"a{n}"] * 999) + " = 1\n" for n in range(300)),
    "an integer of 5,000 digits": "x = " + "1" * 5000,
    "an integer of 5,000 digits in a key": "level = " + "-" + "1" * 5000,
    "a large hexadecimal integer": "threshold = 0x" + "f" * 5000 + "\n[pack]\nformat = 0x" + "f" * 5000,
    "a large octal integer": "[pack]\nformat = 0o" + "7" * 9000,
    "a huge float": "threshold = 1e999\n[pack]\nformat = 1e999",
    "not a number": "threshold = nan\n[pack]\nformat = nan",
    "a date": "level = 2024-01-01\n[pack]\nformat = 2024-01-01T00:00:00Z",
    "a date that is none": "level = 2024-13-41",
    "a NUL": 'level = "\0"',
    "a NUL by its number": 'level = "\\u0000"\n[pack]\nformat = 1\nid = "\\u0000"',
    "half of a pair": 'level = "\\ud800"',
    "a byte order mark inside": 'level\ufeff = "rules"',
    "carriage returns alone": 'level = "x"\r[pack]\rformat = 2\r',
    "a key with a line feed": '"a\\nb" = 1',
    "a key with ticks": '"a` - at `$.rule[3]" = 1',
    "a key with escapes": '"\\u001b[2J\\u202e" = 1',
    "an enormous key": f'"{"k" * 500_000}" = 1',
    "no key": '"" = 1',
    "lists of tables": "[[level]]\n" * 5000 + "[[pack]]\n",
    "an enormous level": f'level = "{"v" * 500_000}"\n[pack]\nformat = 1\nid = "{"v" * 500_000}"',
    "a list of everything": "disable = [1, 2.0, true, 1979-05-27, [], {}]\n[[rule]]\nid = [1]",
    "too many names": "disable = [" + '"a/b",' * 1001 + "]\n[pack]\nformat = 1\nid = 'a'\nhosts = [" + '"a.b",' * 1001 + "]",
    "words of another kind": 'words = 3\n[pack]\nformat = 1\nid = "a"',
    "a rule that is a table": '[pack]\nformat = 1\nid = "a"\n[rule]\nid = "b"',
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("name", ["cleaner.toml", "pyproject.toml", "own.toml"])
def test_whatever_toml_holds(tmp_path: Path, name: str, text: str) -> None:
    if name == "pyproject.toml":
        text = text.replace("\n[pack]", "\n[x]")
        text = f"[tool.cleaner]\n{text}" if not text.startswith("[") else f"[tool]\ncleaner = 3\n{text}"
    fill(tmp_path, {"a.txt": DOCUMENT, name: text.encode()})
    started = time.perf_counter()
    result = call("strip", "a.txt", *(["--rules", name] if name == "own.toml" else []), cwd=tmp_path)
    assert time.perf_counter() - started < SECONDS
    assert result.code == USAGE
    said = complaint(result)
    assert re.search(rf"{name}:\d+: ", said), said
    assert len(said) < 2000
    assert said.isprintable()


TOKENS = st.sampled_from(
    ["[", "]", "[[", "]]", "{", "}", "=", ",", ".", '"', "'", '"""', "'''", "\n", "\r", "\t", " ", "#", "\\", "\\u", "\0"]
    + ["pack", "rule", "keep", "words", "id", "format", "lines", "patterns", "hosts", "case", "level", "exclude", "tool"]
    + ["cleaner", "extend-rules", "threshold", "1", "-1", "0x", "1e9", "nan", "inf", "true", "2024-01-01", "1" * 5000]
    + ['"a"', "{a}", ".*", "(?:a|b)", "[pack]\n", "[[rule]]\n", '\nformat = 1\nid = "a"\n', '\ncategory = "x"\n']
    + ["é", "\u2028", "\ufeff", "\U0010ffff"]
)  # fmt: skip
HEAD = '[pack]\nformat = 1\nid = "own"\n[[rule]]\nid = "a"\ncategory = "x"\n'


@example(f"{HEAD}lines = 'a b'\n[[rule.case]]\nbefore = 1")
@example(f'{HEAD}lines = """\n"""\n"a"."b" = 1')
@given(st.lists(TOKENS, max_size=30).map("".join).map(lambda text: text) | st.text(max_size=60))
def test_any_pack_is_read_or_refused(text: str) -> None:
    for whole in (text, HEAD + text):
        try:
            checks.parse(packs.Source("own.toml", whole))
        except SettingsError as error:
            assert re.match(r"own\.toml:\d+: ", str(error))
            assert str(error).isprintable()


@given(st.lists(TOKENS, max_size=30).map(lambda tokens: "".join(tokens).encode()) | st.binary(max_size=60))
def test_any_configuration_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    for name, content in (("cleaner.toml", data), ("pyproject.toml", b"[tool.cleaner]\n" + data)):
        fill(folder / name, {name: content})
        try:
            Finder().for_file(folder / name / "a.txt")
        except SettingsError as error:
            assert str(error).startswith(str(folder / name))
            assert str(error).isprintable()


# ── packs that would take too long together ───────────────────────────────────────────────────────

RULE = '[[rule]]\nid = "r{}"\ncategory = "x"\n{}\n'
START = '[pack]\nformat = 1\nid = "own"\n'


def one_rule(body: str) -> str:
    return START + RULE.format(0, body)


def patterns(pattern: str, count: int, field: str = "patterns") -> str:
    return f"{field} = [" + ", ".join(f"'''{pattern}x{i}'''" for i in range(count)) + "]"


SUMS = {
    "branches": (one_rule(patterns("abc" + "(?:a|aa)" * 12 + "a?a?", 400)), 7, "the patterns that may fit one line"),
    "repeats": (one_rule(patterns("abc.{0,299}.{0,299}", 400)), 7, "the patterns that may fit one line"),
    "ends": (
        one_rule("patterns = [" + ", ".join(f"'''{chr(97 + i % 26)}{i}.{{0,200}}.{{0,200}}abcdef'''" for i in range(400)) + "]"),
        7,
        "the patterns that may fit one line",
    ),
    "word lists": (
        '[words]\nw = ["' + '","'.join(f"b{i}" for i in range(2000)) + '"]\n' + one_rule(patterns("abc.{0,99}{w}", 60)),
        None,
        "characters of patterns with their words filled in",
    ),
    "word lists, named in capitals": (
        '[words]\nw = ["' + '","'.join(f"b{i}" for i in range(2000)) + '"]\n' + one_rule(patterns("abc.{0,99}{W}", 60)),
        None,
        "characters of patterns with their words filled in",
    ),
    "unless": (
        one_rule(patterns("abc.{0,50}", 9) + "\n" + patterns("abca*a*", 200, "unless")),
        8,
        "the patterns that may fit one line",
    ),
    "inline": (one_rule(patterns("abcd.{0,50}a.{0,50}", 100, "inline")), 7, "the inline patterns"),
    "inline at the end": (
        one_rule('at = "end"\ninline = [' + ", ".join(f"'''.{{0,50}}.{{0,50}}x{i}abcd'''" for i in range(100)) + "]"),
        8,
        "the inline patterns",
    ),
    "anchors": (
        one_rule("patterns = [" + ", ".join(f"'''.{{1,9}}abcde{i}f.{{1,9}}'''" for i in range(101)) + "]"),
        7,
        "101 (?:rules or clues may fit|fixed texts)",
    ),
    "anchors of few patterns": (
        one_rule(
            "patterns = ["
            + ", ".join(f"'''.{{1,9}}(?:{'|'.join(f'{chr(97 + j)}abcde{i}' for j in range(20))}).{{1,9}}'''" for i in range(6))
            + "]"
        ),
        7,
        "patterns that begin and end with anything have 120 fixed texts, and the limit is 100",
    ),
    "ways around anchors": (
        one_rule("patterns = [" + ", ".join(f"'''.{{0,299}}.{{0,299}}abcde{i}.'''" for i in range(12)) + "]"),
        7,
        "the patterns that may fit one line",
    ),
    "many inline": (one_rule("inline = [" + ", ".join(f"'abcd{i}'" for i in range(2000)) + "]"), 7, "the inline patterns"),
    "unless of inline": (one_rule("inline = 'abcd'\nunless = '''x.*y.*z'''"), 8, "has too many ways"),
    "rules for one line": (START + "".join(RULE.format(i, 'lines = "ab cd"') for i in range(900)), None, "may fit one line"),
    "too many rules": (START + "".join(RULE.format(i, f'lines = "ab {i}"') for i in range(4001)), 4, "at most 4,000 items"),
    "one clue many times": (
        START + "clues = [" + '"ab", ' * 900 + "]\n" + RULE.format(0, 'lines = "ab"'), None, "may fit one line"
    ),
    "blocks": (
        START + "".join(RULE.format(i, f'from = "abc{i}"\nto = "def{i}"\nmax = 200') for i in range(51)), 4, "kinds from"
    ),
    "hosts": (
        START + "[[keep]]\nrules = ['*']\nhosts = [".join([""] + ['"a.example", ' * 999 + "]\n"] * 6) + RULE.format(0, 'lines="ab"'),
        None,
        "hosts",
    ),
    "words": ("[words]\nw = [" + '"ab", ' * 10_001 + "]\n" + one_rule('lines = "ab"'), 1, "words in all lists"),
    "a word": ('[words]\nw = ["' + "ab" * 60_000 + '"]\n' + one_rule('lines = "ab"'), 1, "characters"),
    "words in words": (
        '[words]\nw = ["' + '","'.join(f"b{i}" for i in range(4000)) + '"]\n' + one_rule("patterns = '''abc{w}{w}{w}'''"),
        None,
        "has more than 25,000 characters with its words",
    ),
    "one-letter words": (
        '[words]\nw = ["' + '","'.join(map(chr, range(0x4E00, 0x4E00 + 6000))) + '"]\n' + one_rule("patterns = '''{w}{w}abcdef'''"),
        None,
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "what"), SUMS.values(), ids=SUMS)
def test_packs_that_cost_too_much_are_refused(tmp_path: Path, text: str, line: int | None, what: str) -> None:
    path = fill(tmp_path, {"own.toml": text}) / "own.toml"
    started = time.process_time()
    if what:
        with pytest.raises(SettingsError, match=rf"own\.toml:{line or '[0-9]+'}: .*{what}.*; .+"):
            Cleaner(rules=[path])
    else:
        Cleaner(rules=[path])
    assert time.process_time() - started < SECONDS


def test_packs_that_cost_too_much_together(tmp_path: Path) -> None:
    each = patterns("abc.{0,200}.{0,200}", 20)
    for number in range(3):
        fill(tmp_path, {f"own{number}.toml": one_rule(each).replace('"own"', f'"own{number}"')})
    files = [tmp_path / f"own{number}.toml" for number in range(3)]
    for file in files:
        Cleaner(rules=[file])
    with pytest.raises(
        SettingsError, match=r"own\d\.toml:7: in all packs together, the patterns that may fit .*; use"
    ):
        Cleaner(rules=files)


def test_names_of_documents_that_cost_too_much(tmp_path: Path) -> None:
    def pack(number: int, keeps: int) -> str:
        keep = f"[[keep]]\nfiles = [{', '.join(repr('a*' * 90 + str(i)) for i in range(100))}]\n"
        return f'[pack]\nformat = 1\nid = "own{number}"\n' + keep * keeps

    fill(tmp_path, {f"own{number}.toml": pack(number, 1) for number in range(6)} | {"own9.toml": pack(9, 2)})
    with pytest.raises(SettingsError, match=r"own9\.toml:1: has 36,\d+ characters of files, and the limit is 20,000"):
        Cleaner(rules=[tmp_path / "own9.toml"])
    cleaner = Cleaner(rules=[tmp_path / f"own{number}.toml" for number in range(5)])
    started = time.process_time()
    assert cleaner.clean("Accessibility links\n\nRain fell.\n", file="b/" * 200 + "b").text == "Rain fell.\n"
    assert time.process_time() - started < SECONDS
    what = r"own5\.toml:1: in all packs together, 'files' has more than 100,000 characters; use fewer packs"
    with pytest.raises(SettingsError, match=what):
        Cleaner(rules=[tmp_path / f"own{number}.toml" for number in range(6)])


def test_the_check_of_rules_reports_what_costs_too_much(tmp_path: Path) -> None:
    fill(tmp_path, {"own.toml": SUMS["repeats"][0]})
    result = call("rules", "check", "own.toml", cwd=tmp_path)
    assert result.code == USAGE
    assert re.search(r"^own\.toml:7: the patterns that may fit one line have too many ways", result.out, re.MULTILINE)


def test_what_ships_keeps_clear_of_the_limits() -> None:
    """A pack that ships has at most half of what a pack may have."""
    from cleaner.rules.match import cost

    half = cost.Limits(*(limit // 2 for limit in cost.ONE_PACK))
    for source in packs.builtin():
        pack = checks.parse(source, trusted=True)
        costs: cost.Costs[checks.Owner] = cost.Costs()
        checks.add_costs(costs, pack, source)
        assert list(costs.too_high(half)) == [], source.name
        assert 5 * len(pack.rule) < packs.MAX_RULES
        assert 5 * sum(map(len, pack.words.values())) < checks.MAX_WORDS
        assert 5 * len(source.text.encode()) < toml.MAX_BYTES


LINE = "abc" + "a" * 277
AT_THE_LIMIT = {  # a pack that just passes, and the line of a document that it is slow on
    "repeats": (one_rule(patterns("abc.{0,220}.{0,220}", 18)), LINE),
    "branches": (one_rule(patterns("abc" + "(?:a|aa)" * 9, 16)), "abc" + "a" * 18),
    "anchors": (one_rule(patterns(".{1,90}abcde.{1,90}", 99)), "abcde" * 54),
    "inline": (one_rule(patterns("abcd.{0,50}a.{0,50}", 3, "inline")), "abcd" * 70),
    "rules for one line": (START + "".join(RULE.format(i, 'lines = "ab"') for i in range(99)), "ab"),
    "blocks": (START + "".join(RULE.format(i, 'from = "open"\nto = "close"\nmax = 200') for i in range(50)), "open"),
    "protections": (
        START
        + "".join(RULE.format(i, 'lines = "ab"') for i in range(49))
        + "".join("[[keep]]\nlines = 'ab'\nrules = [" + '"own/x*",' * 100 + "]\n" for _ in range(40)),
        "ab",
    ),
    "languages": (one_rule('lines = "ab"\nlangs = [' + ", ".join(f'"x{i}"' for i in range(200)) + "]"), "ab"),
    "spared parts": (one_rule("inline = 'abcd'\nunless = '''x.*y'''"), "abcd" * 20_000),
}  # fmt: skip


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.parametrize(("text", "line"), AT_THE_LIMIT.values(), ids=AT_THE_LIMIT)
def test_no_pack_takes_half_a_millisecond_a_character(tmp_path: Path, text: str, line: str) -> None:
    cleaner = Cleaner("rules", rules=[fill(tmp_path, {"own.toml": text}) / "own.toml"])
    count = 400 if len(line) < 10 else 40 if len(line) < 1000 else 1
    lines = [f"{line}{number}" if len(line) > 10 else line for number in range(count)]
    document = "\n".join([*lines, CLEAN, "close", CLEAN])
    cleaner.clean(document[:100])
    started = time.process_time()
    cleaner.clean(document, url="https://a.example/", lang="en")
    assert (time.process_time() - started) / len(document) < 0.0005


# ── globs ─────────────────────────────────────────────────────────────────────────────────────────


@given(st.text("ab/*", max_size=8), st.text("ab/", max_size=8))
def test_globs_fit_as_they_always_did(glob: str, rule_id: str) -> None:
    assert ids.fits(rule_id, glob) == fnmatchcase(rule_id, glob)


def test_globs_take_no_time() -> None:
    started = time.process_time()
    assert not ids.fits("a" * 20_000, "*a" * 2000 + "*b")
    assert time.process_time() - started < 1


def test_what_packs_say_cannot_move_the_cursor(tmp_path: Path) -> None:
    text = OWN_RULES.replace('id = "own"', 'id = "own"\ntitle = "\\u001b[2J\u202e"\nhosts = ["\u202e.example"]', 1)
    fill(tmp_path, {"a.txt": DOCUMENT, "own.toml": text})
    for words in (["list"], ["show", "own/*"], ["try", "own.toml", "a.txt"], ["check", "own.toml"]):
        rules = [] if words[0] in ("try", "check") else ["--rules", "own.toml"]
        result = call("rules", *words, *rules, cwd=tmp_path)
        assert not {"\x1b", "\u202e"} & set(result.out + result.err), words
