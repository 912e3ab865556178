"""Reasons: what the names in a record mean that no rule has: the judge, trafilatura, markup, repairs, the guard.

Each edit of a record says in `by` who made it. If it was a rule, the title of its pack says why. For every other name
there is an entry here: a sentence for a list or for the text that appears below the mouse, a paragraph for whoever
asks (`cleaner rules show judge/place`), and what to do if it is wrong. `guard` makes no edit; it is here because
people who read "held back by the guard" ask for it.
"""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """What a name means: a sentence without a full stop, a paragraph, and one on what to do if it is wrong."""

    sentence: str
    meaning: str
    if_wrong: str


_JUDGE_DECIDES = (
    "The score of the line decides, and every reason adds to the score; the first reason that holds is named, in "
    "the order words, short, shape, place."
)
_JUDGE_WRONG = (
    'If the line is content, a [[keep]] with `lines = "…"` and `rules = ["judge"]` in a rule pack keeps it. To keep '
    "more of everything, name a lower --threshold, such as 0.03: it takes the place of what the level decides, and "
    "lines stay that are content with at least this probability. With --level rules, rules alone decide."
)
_MARKUP_WRONG = (
    "If it is content, --disable {name} (`disable` in cleaner.toml) leaves all such elements alone, and --disable "
    "'markup/*' all that the markup names. A [[keep]] in a rule pack keeps single lines."
)
_REPAIR_WRONG = (
    "If the text was right before, please report the line: this is a defect of the cleaner. With --keep encoding "
    "(`keep` in cleaner.toml) nothing is repaired."
)


def _judge(sentence: str, meaning: str) -> Reason:
    return Reason(sentence, f"{meaning} {_JUDGE_DECIDES}", _JUDGE_WRONG)


def _markup(name: str, sentence: str, meaning: str) -> Reason:
    return Reason(sentence, meaning, _MARKUP_WRONG.format(name=f"markup/{name}"))


def _repair(sentence: str, meaning: str) -> Reason:
    return Reason(sentence, meaning, _REPAIR_WRONG)


REASONS: dict[str, Reason] = {
    "judge": Reason(
        "the judge takes the line for page chrome",
        "The judge is a small statistical model. It gives each line a probability of being content, from the shape "
        "of the line, its words, its neighbours and, on a page, its markup. At level safe a line goes if the judge "
        "is very sure and the document can afford to lose it; at level main, if the document is better without it. "
        "What stands behind the slash says which trait of the line speaks most plainly for chrome, and the "
        "percentage beside it is the probability that the line is content.",
        _JUDGE_WRONG,
    ),
    "judge/words": _judge(
        "its words are those of chrome",
        "The words of the line alone make it likely that it is chrome: at least about 7 to 1.",
    ),
    "judge/short": _judge(
        "it is short and no sentence",
        "The line has fewer than about ten words and no sentence ends in it, like the entries of a menu. Its words "
        "do not speak strongly for chrome.",
    ),
    "judge/shape": _judge(
        "it is long but no sentence",
        "No sentence ends in the line, although it has about ten words or more, like a row of links or tags. Its "
        "words do not speak strongly for chrome.",
    ),
    "judge/place": _judge(
        "it stands among chrome",
        "The line could be content by itself: a sentence ends in it, and its words do not speak strongly for "
        "chrome. It goes for what is around it: its neighbours look like chrome, or on a page, its place in the "
        "markup does, such as a teaser below an article or a notice in the footer.",
    ),
    "trafilatura": Reason(
        "the judge takes it for chrome, and trafilatura leaves it out as well",
        "If a page of HTML leaves the judge in doubt, trafilatura (a library that looks for the main content) is "
        "asked which lines belong to the main content. That is then one of the things the judge looks at. A line "
        "goes by this name if the judge takes it for chrome and trafilatura leaves it out, too; trafilatura alone "
        "removes nothing, and it is not named on pages that it was not asked about. The percentage beside it "
        "is the judge's probability that the line is content.",
        _JUDGE_WRONG,
    ),
    "guard": Reason(
        "nearly all of the document would have gone, so not all marks were followed",
        "If the marks of a group (the rules that are not sure, or the judge) would take more than nine tenths of "
        "what is left of a document, and not even two lines of prose would stay, the group is most likely wrong "
        "about the document. Then this group and the bolder ones are not followed, and the document has the flag "
        "`guarded`. Rules that are sure are followed unless they would leave nothing.",
        "Look at such a document with `cleaner explain`. Most of them are lists of links, forms or empty pages: a "
        "corpus may do without them, and the flag in the record (--record) finds them. If rules were wrong about a "
        "document that is worth keeping, --disable them; if the judge was, --level rules.",
    ),
    "markup": Reason(
        "the markup of the page names it as chrome",
        "Elements of a page that say by their class, role or kind that they are no content: links to edit a "
        "section, permalinks of headings, buttons to copy code, numbers of lines, links to skip the menu. They go "
        "at every level, whatever their text and its language.",
        _MARKUP_WRONG.format(name="markup/NAME"),
    ),
    "markup/edit-link": _markup(
        "edit-link",
        "the markup says that it is a link to edit a section",
        "The element has a class such as `mw-editsection`, which wikis give to the links that edit a section.",
    ),
    "markup/copy-button": _markup(
        "copy-button",
        "the markup says that it is a button to copy something",
        "The element is a button that copies code or a link, by its kind, its class or the data of the button.",
    ),
    "markup/not-printed": _markup(
        "not-printed",
        "the markup says that it is not to be printed",
        "The element is short and has the class `noprint` or `no-print`, with which a page leaves its controls out "
        "when it is printed.",
    ),
    "markup/permalink": _markup(
        "permalink",
        "the markup says that it is a link of a heading or a note to itself",
        "A link into the same page without words, such as ¶ or #, or one with a class such as `headerlink` in a "
        "heading.",
    ),
    "markup/gutter": _markup(
        "gutter",
        "the markup says that it is the numbers of lines beside code",
        "The element has the class of a gutter of code and holds nothing but numbers.",
    ),
    "markup/line-number": _markup(
        "line-number",
        "the markup says that it is the number of a line of code",
        "The element stands inside of code, has the class of a line number and holds nothing but digits.",
    ),
    "markup/skip-link": _markup(
        "skip-link",
        "the markup says that it is a link to skip a part of the page",
        "A link into the same page whose class, or that of an element around it, hides it from the eye or says that "
        "it skips the navigation.",
    ),
    "repair": _repair(
        "broken encoding was repaired",
        "The text had been decoded in a wrong way before it came here (`itâ€™s` for `it’s`), or had entities of "
        "HTML in plain text. Words go back to what they were only where the evidence in the text speaks for it. "
        "What stands behind the slash are the steps that were taken on the line.",
    ),
    "repair/unescape_html": _repair(
        "entities of HTML became the characters that they stand for",
        "`&amp;` became `&`, `&eacute;` became `é`. Lines that show tags are left alone.",
    ),
    "repair/decode_utf-8": _repair(
        "text in UTF-8 that had been read in another encoding was read as UTF-8",
        "`Ã©` became `é`: the usual kind of mojibake.",
    ),
    "repair/decode_utf-8-variants": _repair(
        "text in a variant of UTF-8 that had been read in another encoding was read as UTF-8",
        "As decode_utf-8, for text from programs that write CESU-8 or Java's kind of UTF-8.",
    ),
    "repair/decode_windows-1252": _repair(
        "text in Windows-1252 that had been read as Latin-1 was read as Windows-1252",
        "Control characters became the quotes, dashes and letters that they had been.",
    ),
    "repair/decode_inconsistent_utf8": _repair(
        "parts of the line in UTF-8 that had been read in another encoding were read as UTF-8",
        "As decode_utf-8, in a line of which only some words were broken.",
    ),
    "repair/restore_byte_a0": _repair(
        "a space in broken text became the no-break space that it had been",
        "A program had replaced the byte A0 by a space before, which broke the characters that held it (`Ã ` for "
        "`à`).",
    ),
    "repair/replace_lossy_sequences": _repair(
        "characters of which a part was lost became U+FFFD",
        "Of a character in UTF-8 some bytes had been lost before; what it was cannot be told any more.",
    ),
    "repair/fix_c1_controls": _repair(
        "control characters became the characters of Windows-1252 that they stand for",
        "The characters U+0080 to U+009F are never meant in a text; in Windows-1252 they are quotes and dashes.",
    ),
    "repair/fix_surrogates": _repair(
        "halves of characters became whole characters",
        "A character beyond U+FFFF had been written as two halves (surrogates), as UTF-16 has them.",
    ),
}


def reasons_of(name: str) -> list[tuple[str, Reason]]:
    """Return the entries that explain a name of the record, each with its own name; none for a rule.

    A repair may name several steps, `repair/unescape_html+decode_utf-8`: each is an entry. A reason that is not known
    here is explained by its group.
    """
    group, slash, rest = name.partition("/")
    if group == "repair" and slash:
        names = [f"repair/{step}" for step in rest.split("+")]
        return [(one, REASONS[one]) for one in names if one in REASONS] or [(group, REASONS[group])]
    if name in REASONS:
        return [(name, REASONS[name])]
    return [(group, REASONS[group])] if group == "judge" else []


def reason_of(name: str) -> str:
    """Return in one sentence, without a full stop, what a name of the record means; "" for a rule or unknown name.

    The title of its pack says that of a rule.
    """
    return "; ".join(reason.sentence for _, reason in reasons_of(name))
