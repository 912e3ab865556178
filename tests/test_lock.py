"""The text of `cleaner.lock`, and what it says of copies: pure, without files."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.files.lock import MAX_BYTES, MAX_WRONG, Fact, Facts, Lock, NoLock, dump, is_ours, merged, parse
from cleaner.files.standing import Content, digest, standing

F1, F2, F3 = (digest(name) for name in (b"one", b"two", b"three"))


def fact(name: str, text: str = "text", copy: str = "copy", made: str = F1) -> Fact:
    return Fact(name, digest(text.encode()), digest(copy.encode()), made)


def lock_of(*facts: Fact, numbers: dict[str, int] | None = None) -> Lock:
    found: Facts = {}
    for one in facts:
        copy = one.document.rpartition(".")[0] + ".clean.txt"
        found[copy] = (*found.get(copy, ()), one)
    return Lock(found, {F1: "0.9.0, safe"}, numbers or {})


# ── the text ──────────────────────────────────────────────────────────────────────────────────────

names = st.text(st.characters(exclude_characters="/\0\\:"), min_size=1, max_size=8).map(lambda name: f"{name}.txt")
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
digests = st.binary(max_size=3).map(digest)
facts_of_one = st.builds(Fact, paths, digests, digests, st.sampled_from(["", F1, F2, F3]))
copies = paths.map(lambda path: path.removesuffix(".txt") + ".clean.txt")
locks = st.dictionaries(copies, st.lists(facts_of_one, min_size=1, max_size=3, unique=True).map(tuple), max_size=6)


@given(locks)
def test_what_is_written_is_read(facts: Facts) -> None:
    text = dump(Lock(facts))
    read = parse(text)
    assert read.complaints == []
    assert {copy: set(found) for copy, found in read.facts.items()} == {
        copy: set(found) for copy, found in facts.items()
    }
    assert dump(read) == text, "there is one text"


def test_the_text() -> None:
    lock = lock_of(fact("b.txt"), fact("a\udcff.txt", made=F2), fact("a/é.txt"))
    lock.facts["out/b.clean.txt"] = (fact("b.txt"),)
    lines = dump(lock).decode().splitlines()
    assert lines[0] == '{"cleaner.lock": 1}'
    assert lines[1] == f'{{"cleaner": 1, "fingerprint": "{min(F1, F2)}", "by": "{lock.by.get(min(F1, F2), "")}"}}'
    named = [json.loads(line) for line in lines[3:]]
    assert [line["document"] for line in named] == ["a/é.txt", "a\udcff.txt", "b.txt", "b.txt"]
    assert [line.get("to") for line in named] == [None, None, None, "out/b.clean.txt"]
    assert parse(dump(lock)).facts == lock.facts


def test_line_ends_that_git_has_converted() -> None:
    text = dump(lock_of(fact("a.txt"), fact("b.txt")))
    assert parse(text.replace(b"\n", b"\r\n")).facts == parse(text).facts


# ── upgrades ──────────────────────────────────────────────────────────────────────────────────────


def changed_lines(before: bytes, after: bytes) -> list[str]:
    return sorted(set(after.decode().splitlines()) - set(before.decode().splitlines()))


def test_an_upgrade_of_rules_touches_the_table_and_the_copies_that_changed() -> None:
    documents = [f"{i}.txt" for i in range(20)]
    before = dump(lock_of(*(fact(name) for name in documents)))
    now = parse(before)
    now.facts = {copy: (found[0]._replace(fingerprint=F2),) for copy, found in now.facts.items()}
    now.facts["7.clean.txt"] = (fact("7.txt", copy="other", made=F2),)
    changed = changed_lines(before, dump(now))
    assert [json.loads(line).get("document", "table") for line in changed] == ["table", "7.txt"]


def test_an_upgrade_in_two_steps_touches_no_line_in_the_end() -> None:
    documents = [f"{i}.txt" for i in range(20)]
    before = dump(lock_of(*(fact(name) for name in documents)))
    text = before
    for half in (documents[:8], documents[8:]):
        now = parse(text)
        for name in half:
            now.facts[name.replace(".txt", ".clean.txt")] = (fact(name, made=F2),)
        text = dump(now)
    changed = [json.loads(line) for line in changed_lines(before, text)]
    assert [line.get("fingerprint") for line in changed] == [F2]


def test_an_upgrade_of_two_cleaners_gives_each_the_number_of_its_own() -> None:
    german, english = [f"de/{i}.txt" for i in range(3)], [f"en/{i}.txt" for i in range(9)]
    before = dump(lock_of(*(fact(name) for name in english), *(fact(name, made=F2) for name in german)))
    now = parse(before)
    new = {F1: digest(b"new one"), F2: digest(b"new two")}
    now.facts = {copy: (one._replace(fingerprint=new[one.fingerprint]),) for copy, (one,) in now.facts.items()}
    assert all("fingerprint" in json.loads(line) for line in changed_lines(before, dump(now)))


# ── merging ───────────────────────────────────────────────────────────────────────────────────────


def conflict(ours: bytes, theirs: bytes, base: bytes = b"") -> bytes:
    middle = b"||||||| 1234567\n" + base if base else b""
    return b"<<<<<<< HEAD\n" + ours + middle + b"=======\n" + theirs + b">>>>>>> other\n"


def body(text: bytes) -> bytes:
    return b"".join(text.splitlines(keepends=True)[1:])


HEAD = b'{"cleaner.lock": 1}\n'
WAYS: dict[str, Callable[[bytes, bytes, bytes], bytes]] = {
    "a conflict": lambda _, ours, theirs: HEAD + conflict(body(ours), body(theirs)),
    "a conflict in the style diff3": lambda base, ours, theirs: HEAD + conflict(body(ours), body(theirs), body(base)),
    "a conflict of whole files": lambda _, ours, theirs: conflict(ours, theirs),
    "union": lambda _, ours, theirs: ours + body(theirs),
}
small = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 3), max_size=3)


def branch(texts: dict[str, int], made: str) -> bytes:
    return dump(lock_of(*(fact(f"{name}.txt", f"text {i}", f"copy {i}", made) for name, i in texts.items())))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@given(
    base=small, ours=small, theirs=small, corrected=st.sampled_from(["mine", "copy 9", ""]), text=st.integers(0, 4)
)
def test_no_merge_lets_a_correction_pass_for_a_copy_as_written(
    way: Callable[[bytes, bytes, bytes], bytes],
    base: dict[str, int],
    ours: dict[str, int],
    theirs: dict[str, int],
    corrected: str,
    text: int,
) -> None:
    merged_text = way(branch(base, F1), branch(ours, F2), branch(theirs, F3))
    read = parse(merged_text)
    for name in "abc":
        found = standing(
            read.facts.get(f"{name}.clean.txt", ()), Content(f"text {text}".encode()), Content(corrected.encode())
        )
        assert found.copy != "written"
        assert not found.current
    for side in (ours, theirs):
        for name, i in side.items():
            facts = read.facts[f"{name}.clean.txt"]
            found = standing(facts, Content(f"text {i}".encode()), Content(f"copy {i}".encode()))
            assert (found.copy, found.same) == ("written", True), "nothing that was written is forgotten"


def test_a_conflict_is_said_and_written_no_more() -> None:
    text = HEAD + conflict(body(dump(lock_of(fact("a.txt")))), body(dump(lock_of(fact("a.txt", "other", made=F2)))))
    read = parse(text)
    assert [line for line, _ in read.complaints] == [2]
    assert "conflict" in read.complaints[0][1]
    assert read.is_conflicted
    assert {one.fingerprint for one in read.facts["a.clean.txt"]} == {F1, F2}, "each by the table of its side"
    assert b"<<<<" not in dump(read)
    assert not parse(dump(read)).is_conflicted


def test_a_number_that_stands_for_two_cleaners_is_none() -> None:
    ours, theirs = dump(lock_of(fact("a.txt"))), dump(lock_of(fact("b.txt", made=F2)))
    read = parse(ours + body(theirs))
    assert {one.fingerprint for found in read.facts.values() for one in found} == {""}


def test_what_others_wrote_meanwhile_stays_beside_ours() -> None:
    base: Facts = {"a.clean.txt": (fact("a.txt"),), "b.clean.txt": (fact("b.txt"),)}
    theirs = fact("a.txt", "text", "theirs")
    now = Lock({**base, "a.clean.txt": (theirs,), "c.clean.txt": (fact("c.txt"),)})
    ours = fact("a.txt", "text", "ours")
    found = merged(now, base, {"a.clean.txt": (ours,), "b.clean.txt": None})
    assert found == {"a.clean.txt": (ours, theirs), "c.clean.txt": (fact("c.txt"),)}
    assert merged(Lock(base), base, {"a.clean.txt": (ours,)})["a.clean.txt"] == (ours,)


# ── what is wrong, or hostile ─────────────────────────────────────────────────────────────────────

D = '"sha256": "' + "0" * 32 + '", "copy": "' + "1" * 32 + '", "cleaner": 1'
WRONG = {
    "a path that leads out": f'{{"document": "../a.txt", {D}}}',
    "a path that leads out in the middle": f'{{"document": "a/../../a.txt", {D}}}',
    "an absolute path": f'{{"document": "/etc/a.txt", {D}}}',
    "a copy that leads out": f'{{"document": "a.txt", "to": "../a.clean.txt", {D}}}',
    "an absolute copy": f'{{"document": "a.txt", "to": "/a.clean.txt", {D}}}',
    "a copy that has no name of one": f'{{"document": "a.txt", "to": "precious.txt", {D}}}',
    "a copy that is a record": f'{{"document": "a.txt", "to": "a.clean.txt.record.json", {D}}}',
    "a copy that is a hidden folder": f'{{"document": "a.txt", "to": ".git/hooks/x", {D}}}',
    "an empty path": f'{{"document": "", {D}}}',
    "a folder": f'{{"document": "a/", {D}}}',
    "a NUL": f'{{"document": "a\\u0000.txt", {D}}}',
    "no digests": '{"document": "a.txt", "cleaner": 1}',
    "a digest that is none": '{"document": "a.txt", "sha256": "x", "copy": "y", "cleaner": 1}',
    "another type": f'{{"document": ["a.txt"], {D}}}',
    "a number too large": '{"document": "a.txt", "cleaner": 1' + "0" * 400 + "}",
    "no JSON": "{",
    "no object": "[1]",
    "words": "Rain fell.",
    "deep JSON": '{"document": ' + "[" * 100_000,
    "a wrong fingerprint": '{"cleaner": 1, "fingerprint": "x"}',
}


@pytest.mark.parametrize("line", WRONG.values(), ids=WRONG)
def test_a_wrong_line_is_said_and_left_out(line: str) -> None:
    text = dump(lock_of(fact("z.txt"))) + line.encode() + b"\n"
    read = parse(text)
    assert [number for number, _ in read.complaints] == [4]
    assert read.facts == {"z.clean.txt": (fact("z.txt"),)}


@pytest.mark.parametrize(
    "text",
    [
        b"something else\n",
        b'{"name": "x", "lockfileVersion": 3}\n',
        b"\x00\xff\n",
        HEAD + b"x\n" * (MAX_WRONG + 1),
        b'{"cleaner.lock": 2}\n',
        b'{"cleaner.lock": "1"}\n',
        b" " * (MAX_BYTES + 1),
    ],
    ids=["words", "another lock", "bytes", "too many wrong lines", "newer", "a wrong format", "too large"],
)
def test_what_is_no_lock_is_refused(text: bytes) -> None:
    with pytest.raises(NoLock, match=";"):
        parse(text)


def test_whose_a_lock_is() -> None:
    assert is_ours(b"")
    assert is_ours(dump(Lock()))
    assert is_ours(b'{"cleaner.lock": 99}\n')
    assert not is_ours(b'{"name": "x"}\n')
    assert not is_ours(b"Dear diary\n")


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    for text in (data, HEAD + data):
        try:
            read = parse(text)
        except NoLock:
            continue
        assert parse(dump(read)).facts == read.facts


# ── standing ──────────────────────────────────────────────────────────────────────────────────────


def test_line_ends_do_not_count_where_git_holds_the_files() -> None:
    facts = (fact("a.txt", "one\ntwo\n", "one\n"),)
    source, copy = b"one\r\ntwo\r\n", b"one\r\n"
    assert standing(facts, Content(source, in_git=True), Content(copy, in_git=True)).is_current(F1)
    assert standing(facts, Content(source), Content(copy)).copy == "corrected"


@given(st.lists(facts_of_one, max_size=4), st.binary(max_size=3), st.binary(max_size=3), st.booleans())
def test_the_safety_of_corrections(facts: list[Fact], source: bytes, copy: bytes, in_git: bool) -> None:
    found = standing(facts, Content(source, in_git=in_git), Content(copy, in_git=in_git))
    spellings = {copy, copy.replace(b"\r\n", b"\n"), copy.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")}
    known = {digest(one) for one in (spellings if in_git else {copy})}
    assert (found.copy == "written") == any(one.written in known for one in facts)
    assert (found.copy == "unknown") == (not facts)
