"""What other tools get wrong, each as a test that this one does not."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from cleaner import Cleaner
from cleaner.files.folder import Place
from cleaner.files.job import Job, JobOptions
from cleaner.files.jobs import run_all
from cleaner.rules.checks import parse
from cleaner.rules.pack import Source
from tests.support import cleaner_at

PARAGRAPHS = (
    "The harbour master had counted the boats twice, and both times there was one too many.",
    "Nobody on the quay had seen it arrive, he said, and nobody would be sorry to see it go.",
    "By Thursday the extra boat had gone, and the count was right again.",
)
TOP = "Accessibility links"
BOTTOM = "Please enter your comment!"
CLEANER = cleaner_at()


@pytest.mark.parametrize("gap", ["\n", "\n\n"], ids=["single newlines", "double newlines"])
@pytest.mark.parametrize("ends", [(TOP, ""), ("", BOTTOM), (TOP, BOTTOM)], ids=["top", "bottom", "both"])
def test_chrome_at_both_ends_goes(gap: str, ends: tuple[str, str]) -> None:
    """NeMo's boilerplate modifier gives up on both ends at once, and on single newlines."""
    top, bottom = ends
    text = gap.join(part for part in (top, *PARAGRAPHS, bottom) if part)
    assert CLEANER.clean(text).text == gap.join(PARAGRAPHS)


def test_short_spans_stay_whole() -> None:
    """datatrove's sentence deduplication loses text that it meant to restore."""
    text = "\n".join((PARAGRAPHS[0], "Yes.", TOP, "No.", PARAGRAPHS[1], "Yes."))
    assert CLEANER.clean(text).text == text.replace(TOP + "\n", "")
    assert CLEANER.clean(text).restore() == text


def test_opening_sentence_stays() -> None:
    """HojiChar's footer remover deletes the opening sentence of a document that ends in a footer."""
    text = f"{PARAGRAPHS[0]}\n{BOTTOM}\nPlease enter your name here\n"
    assert CLEANER.clean(text).text == PARAGRAPHS[0] + "\n"


@pytest.mark.parametrize("line", ["read more!!!", "Read morexyz", "read more than once"])
def test_literals_are_literals(line: str, tmp_path: Path) -> None:
    """DCLM's substring rules are unescaped regular expressions: `Read more...` eats `read more!!!`."""
    pack = tmp_path / "own.toml"
    pack.write_text(
        '[pack]\nformat = 1\nid = "own"\n[[rule]]\nid = "more"\ncategory = "related"\nlines = "Read more..."\n',
        "utf-8",
    )
    cleaner = Cleaner(rules=[pack])
    assert cleaner.clean(f"{PARAGRAPHS[0]}\n{line}\n").text == f"{PARAGRAPHS[0]}\n{line}\n"
    assert cleaner.clean(f"{PARAGRAPHS[0]}\nRead more...\n").text == f"{PARAGRAPHS[0]}\n"


@pytest.mark.parametrize(
    "line",
    [
        "A heading without a full stop",
        "• a list item",
        "x = 1",
        "Yes",
        "{ curly: braces }",
        "Our JavaScript guide begins here",
        "It uses cookies for everything",
        "Is this lorem ipsum?",
        "He said: 「はい」",
    ],
)
def test_no_line_goes_for_its_shape(line: str) -> None:
    """C4 drops lines without terminal punctuation, short lines, braces, `javascript`; C4's corrections some."""
    text = "\n\n".join((PARAGRAPHS[0], line, PARAGRAPHS[1]))
    assert CLEANER.clean(text).text == text


def test_repetition_is_not_boilerplate() -> None:
    """Line deduplication removes refrains, and the rows of tables."""
    refrain = "Row the boat home, my brothers, row the boat home tonight"
    text = f"{refrain}\n{refrain}\nThe moon was low\n{refrain}\n{refrain}\n\n0 0 0\n0 0 0\n"
    assert CLEANER.clean(text).text == text


def test_a_document_that_is_all_chrome_is_kept_and_flagged() -> None:
    """RefinedWeb drops such a document, NeMo and ProX blank it."""
    text = f"{TOP}\n\n{BOTTOM}\nPlease enter your name here\n"
    cleaned = CLEANER.clean(text)
    assert cleaned.text == text
    assert cleaned.flags == ("guarded",)


def test_one_bad_document_takes_no_other_with_it(tmp_path: Path) -> None:
    """data-juicer drops a batch of 1,000 when one fails; datatrove logs the error once and goes on without a word."""
    jobs = []
    for number in range(20):
        path = tmp_path / f"{number}.txt"
        path.write_bytes(b"\x89PNG\0\0" if number == 7 else f"{TOP}\n\n{PARAGRAPHS[0]}\n".encode())
        jobs.append(Job(Place.named(path), Place.named(tmp_path / f"{number}.clean.txt"), 0))
    outcomes = list(run_all(jobs, [CLEANER], JobOptions(), 2))
    assert [outcome.status for outcome in outcomes] == ["failed" if n == 7 else "written" for n in range(20)]
    assert outcomes[7].detail.startswith(f"{tmp_path / '7.txt'}: ")
    assert not (tmp_path / "7.clean.txt").exists()
    assert (tmp_path / "7.txt").read_bytes() == b"\x89PNG\0\0"


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"])
def test_no_other_character_breaks_lines(separator: str) -> None:
    """`str.splitlines` breaks on all of these, and offsets drift."""
    text = f"{PARAGRAPHS[0]}{separator}{TOP}{separator}{PARAGRAPHS[1]}\n{TOP}\n{PARAGRAPHS[2]}\n"
    cleaned = CLEANER.clean(text)
    assert cleaned.text == f"{PARAGRAPHS[0]}{separator}{TOP}{separator}{PARAGRAPHS[1]}\n{PARAGRAPHS[2]}\n"
    assert [edit.line for edit in cleaned.edits] == [2]


@pytest.mark.parametrize("prefix", ["İİİİ", "ßßß", "ﬀﬁ", "\u0390", "㎏㎞"])
def test_offsets_do_not_drift(prefix: str) -> None:
    """`İ`.lower() is two characters, NFKC of `㎏` too: offsets into folded text are wrong."""
    assert len(unicodedata.normalize("NFKC", prefix).casefold()) != len(prefix) or prefix == "\u0390"
    text = f"{prefix} {PARAGRAPHS[0]}\n{TOP}\n{PARAGRAPHS[1]}\n"
    (edit,) = CLEANER.clean(text).edits
    assert text[edit.start : edit.end] == TOP + "\n"


def test_rules_know_every_script(tmp_path: Path) -> None:
    """In google-re2 `\\w` and `\\d` are ASCII."""
    pack = tmp_path / "own.toml"
    pack.write_text(
        '[pack]\nformat = 1\nid = "own"\n[[rule]]\nid = "by"\ncategory = "testing"\n'
        "patterns = ['''Автор: \\w+ \\w+''', '''\\d+ комментари[йяев]+''']\n",
        "utf-8",
    )
    cleaner = Cleaner(rules=[pack])
    text = f"{PARAGRAPHS[0]}\nАвтор: Ирина Ёлкина\n٣ комментариев\n{PARAGRAPHS[1]}\n"
    assert cleaner.clean(text).text == f"{PARAGRAPHS[0]}\n{PARAGRAPHS[1]}\n"


def test_history_does_not_matter() -> None:
    """trafilatura's duplicate test remembers what it has seen in the process."""
    page = "<html><body><article>" + "".join(f"<p>{p} {p}</p>" for p in PARAGRAPHS) + "</article></body></html>"
    first = CLEANER.clean_html(page)
    assert all(CLEANER.clean_html(page) == first for _ in range(5))


@pytest.mark.parametrize(
    "pattern", ["(?:a|aa)+", "(a+)+b", "(?:x?){30}x", "a.*b.*c.*d", "(?=a)ab", r"(abc)\1", "^abc"]
)
def test_patterns_that_can_explode_are_refused(pattern: str) -> None:
    """Python's `re` backtracks: `(?:a|aa)+$` takes more than a second on 35 characters."""
    text = f"[pack]\nformat = 1\nid = 'own'\n[[rule]]\nid = 'x'\ncategory = 'x'\npatterns = ['''{pattern}''']\n"
    with pytest.raises(Exception, match=r"^own\.toml:7: the pattern "):
        parse(Source("own.toml", text))
