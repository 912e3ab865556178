"""Repair of broken encoding inside text, with ftfy: mojibake, C1 controls, entity residue, surrogates.

ftfy's defaults are made for messages, not for corpora: they straighten quotes, halve full-width punctuation, split
ligatures, rewrite line separators. The profile here undoes damage and nothing else. It works line by line: entities
first, then what was decoded wrongly.

ftfy takes much for broken that is not: `“AMANHÃ”` would become `“AMANHÔ. Each word that it would change is held
against the evidence (`evidence.py`). A word that is explained in part stays as it is. A word in doubt stays, too,
unless at least half of the document's words with letters beyond ASCII were broken without a doubt. So a line may
depend on the others of its document, but not on their order, and only while there is something broken among them:
in a document that is repaired, each line is repaired, whatever becomes of the others.

ftfy is slow and most lines need no repair, so a gate stands before it: two searches over the whole text find every
line that ftfy could change, and a few more. The result is the same without the gate; tests hold that on ftfy's own
cases and on generated text.

ftfy goes over a line until nothing changes, which takes time quadratic in its length if each round undoes one of many
layers (`&amp;amp;amp;…`). Here the rounds are the same, but their number has a limit (`_Rounds`).

ftfy returns the repaired line, not what it did to which characters. `differences` finds that out, so that every
repair is an edit with offsets: `It wasnâ€™t` becomes one change of three characters, `â€™` to `’`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from cleaner.document import Change, apply, with_line_feeds
from cleaner.text import evidence

# Options of `ftfy.TextFixerConfig`. What rewrites text that is not broken is off.
PROFILE: dict[str, Any] = {
    "unescape_html": False,  # this is done before, see `_unescaped`
    "fix_encoding": True,
    "restore_byte_a0": True,
    "replace_lossy_sequences": True,
    "decode_inconsistent_utf8": True,
    "fix_c1_controls": True,
    "fix_surrogates": True,
    "fix_latin_ligatures": False,  # ligatures are how a text was set
    "fix_character_width": False,  # full-width punctuation is correct CJK
    "uncurl_quotes": False,  # curly quotes are correct
    "fix_line_breaks": False,  # it would turn U+2028 and U+0085 into line feeds
    "remove_terminal_escapes": False,  # they are content in a text about terminals
    "remove_control_chars": False,  # it would drop byte order marks, form feeds and others
    "normalization": None,  # it would rewrite valid text
}

# The characters of ftfy's badness heuristic (ftfy.badness.MOJIBAKE_CATEGORIES). In each pattern of the heuristic two
# of them stand side by side, and one of the two is from a category that is rare in good text (`_RARE`). The patterns
# that are exceptions stand in SUSPECT by themselves.
_RARE = (
    "\x80-\x9f¡-£¤-¬®-¶¸-¿×÷À-ÑØÜÝß-ñüĀ-ćČ-đĒ-ēĖ-ěĞğĢģĪīĮ-įİĶ-ķĹ-ŃńŅ-ňŐ-őŒ-œŔ-ŕŘ-śŞ-šŢ-ťŮ-ůŰ-űŸ-žƒˆˇ˘˛-˝΄΅Ґґ"
    "‘‚“-”„†-•‰‹›⁄₧€№™∂∆∏∑√∞∩∫≈≠≡≤≥⌐│┌┐└┘├┤┬┴┼═-╬▀▄█▌▐-▓◊\uf8ffﬁﬂ\ufffd"
)
_ALL = _RARE + "\xa0\xad´·–-―’…ÒÓÔÕÖÙÚÛÞòóôõöøùúûŌōŪūŲųΆ-ώЁ-џ"
# The gate. Each pattern begins with one class of characters, which a search finds at full speed; what follows
# decides. The patterns are not compiled at import, because text in plain ASCII never needs them.
SUSPECT = (
    f"[{_ALL}\ud800-\udfff](?:[{_ALL}](?:(?<=[{_RARE}])|(?<=[{_RARE}].))|(?<=[\x80-\x9f\ud800-\udfff])"
    "|(?<=[ÃÂ]) |(?<=[Œœ])(?![A-Za-z])|(?<=в)Ђ|(?<=Г)ўВЂ)",
    "&#?[0-9A-Za-z]{1,24};",
)


def repair(text: str) -> list[Change]:
    """Return the changes that repair `text`, in its offsets, ordered; no change reaches over a line break."""
    if text.isascii() and "&" not in text:
        return []
    lines = [(start, text[start:end]) for start, end in _suspicious_lines(text)]
    repairs = [(start, line, repair_line(line)) for start, line in lines]
    if any(found.doubtful for _, _, found in repairs) and _is_broken(text, repairs):
        repairs = [
            (start, line, repair_line(line, trusting=True) if found.doubtful else found)
            for start, line, found in repairs
        ]
    changes: list[Change] = []
    for start, line, found in repairs:
        by = "repair/" + "+".join(found.steps)
        changes += [
            Change(start + low, start + high, new, by, "encoding", "sure")
            for low, high, new in differences(line, found.text)
        ]
    return changes


def _is_broken(text: str, repairs: list[tuple[int, str, Repaired]]) -> bool:
    """Whether at least half of the words with letters beyond ASCII in the document `text` were broken."""
    broken = sum(found.broken for _, _, found in repairs)
    return broken > 0 and 2 * broken >= len(re.findall(_BEYOND_ASCII, text))


_BEYOND_ASCII = r"(?:(?![\x00-\x7f])[^\W\d_])+"


def _suspicious_lines(text: str) -> list[tuple[int, int]]:
    """Return start and end of every line that the gate does not clear, in order; the line break is excluded."""
    lines = set()
    view = with_line_feeds(text)
    for pattern in SUSPECT:
        end = -1
        for found in re.finditer(pattern, text):
            if found.start() >= end:
                start = view.rfind("\n", 0, found.start()) + 1
                end = view.find("\n", found.start())
                end = len(text) if end < 0 else end
                lines.add((start, end))
    return sorted(lines)


class Repaired(NamedTuple):
    """A line repaired: its text and the names of the steps.

    `broken` is how many words with letters beyond ASCII were broken, `doubtful` whether some words are in doubt.
    """

    text: str
    steps: list[str]
    broken: int = 0
    doubtful: bool = False


def repair_line(line: str, *, trusting: bool = False) -> Repaired:
    """Return `line` repaired; repairing the result changes nothing. `trusting`: what is in doubt is repaired, too."""
    text = _unescaped(line)
    pieces = [_mended(piece, trusting) for piece in text.split("\n")]  # line breaks may have been entities
    steps = [*["unescape_html"] * (text != line), *(step for piece in pieces for step in piece.steps)]
    return Repaired(
        "\n".join(piece.text for piece in pieces),
        list(dict.fromkeys(steps)),
        sum(piece.broken for piece in pieces),
        any(piece.doubtful for piece in pieces),
    )


MAX_ROUNDS = 5  # repairs of a line that is repaired in parts; a line that does not settle by then is left alone


def _mended(line: str, trusting: bool) -> Repaired:
    """Return `line` decoded where the evidence speaks for it; its entities are not looked at."""
    from ftfy.badness import badness

    text, broken, doubtful = line, 0, False
    steps: list[str] = []
    for _ in range(MAX_ROUNDS):
        fixed, names = _decoded(text)
        if fixed == text:
            break
        followed, dropped = [], False
        clues = evidence.Line(text)
        for start, end, changes in clues.words(differences(text, fixed)):
            explained = clues.explained(start, end, changes)
            doubtful |= explained == "doubtful"
            if explained == "whole" and not steps:  # of several layers, the first is counted
                broken += len(re.findall(_BEYOND_ASCII, text[start:end]))
            if explained in ("whole", "single") or (explained == "doubtful" and trusting):
                followed += changes
            else:
                dropped = True
        better = apply(text, [Change(low, high, new, "", "", "") for low, high, new in followed])
        if better == text:
            break
        left = badness(better.replace("\ufffd", ""))
        if left and left > badness(text) / 2:
            break  # what leaves more broken than it mends has not understood the line
        text = better
        steps += names
        if not dropped:
            break
    else:
        return Repaired(line, [])
    return Repaired(text, steps, broken if steps else 0, doubtful)


def _decoded(line: str) -> tuple[str, list[str]]:
    """Return `line` as ftfy decodes it and the names of the steps; U+0085 (NEXT LINE) stays.

    U+0085 is a line separator here and no lost ellipsis.
    """
    fixed, steps = _by_ftfy(line)
    if "\x85" not in line or fixed.count("…") <= line.count("…"):
        return fixed, steps
    fixed, steps = line, []
    for _ in range(MAX_ROUNDS):
        pieces = [_by_ftfy(piece) for piece in fixed.split("\x85")]
        again = "\x85".join(text for text, _ in pieces)
        whole, _ = _by_ftfy(again)
        if again == fixed and (whole == fixed or whole.count("…") > fixed.count("…")):
            return fixed, steps
        fixed = again
        steps += [step for _, more in pieces for step in more]
    return line, []


# How often a line may be gone over. Each round undoes one layer, of `&amp;amp;` or of mojibake in mojibake, and takes
# two steps or three. Real texts have a few layers; raised, a hostile line takes longer (0.1 microseconds a character
# and step).
MAX_STEPS = 64


def _unescaped(line: str) -> str:
    """Return `line` without entities; as it is if it has or would have tags, because then the text shows markup."""
    from ftfy import fixes

    if "&" not in line or "<" in line:
        return line
    text = line
    for _ in range(MAX_STEPS):
        before, text = text, fixes.unescape_html(text)
        if text == before:
            return line if "<" in text else text
    return line


def _by_ftfy(text: str) -> tuple[str, list[str]]:
    """Return `text` as ftfy decodes it, and the names of the steps; as it is if it would take too many rounds."""
    from ftfy import TextFixerConfig

    try:
        return _Rounds(TextFixerConfig(**PROFILE), MAX_STEPS * len(text)).repaired(text)
    except _EndlessError:
        return text, []


class _EndlessError(Exception):
    """A line has so many layers that repairing it would take time quadratic in its length."""


class _Rounds:
    """The rounds of ftfy over one line, which it makes without a limit, with a limit.

    What is done, and in which order, is what `ftfy.fix_and_explain` does with `PROFILE`; tests hold that. `budget` is
    how many characters the steps may go over in all.
    """

    def __init__(self, config: Any, budget: int) -> None:
        self._whole = config._replace(decode_inconsistent_utf8=False)  # parts of the line are decoded here
        self._budget = budget
        self._sound: str | None = None  # the last text in which nothing looked bad; looking takes long

    def repaired(self, text: str) -> tuple[str, list[str]]:
        """Return `text` repaired, and the names of the steps. Raises `_EndlessError`."""
        from ftfy import fixes

        steps: list[str] = []
        before = None
        while text != before:
            self._spend(text)
            before = text
            text = self._decoded(text, steps)
            text = self._applied("fix_c1_controls", fixes.fix_c1_controls(text), text, steps)
            text = self._applied("fix_surrogates", fixes.fix_surrogates(text), text, steps)
        return text, steps

    def _spend(self, text: str) -> None:
        self._budget -= len(text)
        if self._budget < 0:
            raise _EndlessError

    def _applied(self, step: str, fixed: str, text: str, steps: list[str]) -> str:
        steps += [step] * (fixed != text)
        return fixed

    def _decoded(self, text: str, steps: list[str]) -> str:
        """Return `text` with its encoding repaired until nothing changes, and add the names of the steps."""
        before = None
        while text != before:
            self._spend(text)
            before = text
            text, names = self._decoded_once(text)
            steps += names
        return text

    def _decoded_once(self, text: str) -> tuple[str, list[str]]:
        """Return `text` with one layer of broken encoding undone, and the names of the steps."""
        import ftfy
        from ftfy import chardata
        from ftfy.badness import is_bad

        if text == self._sound or text.isascii() or not is_bad(text):
            self._sound = text
            return text, []
        # This step has no public name; what is public repeats it without a limit.
        fixed, plan = ftfy._fix_encoding_one_step_and_explain(text, self._whole)
        names = [
            f"decode_{what}" if action == "decode" else what for action, what in plan or () if action != "encode"
        ]
        if not (names and names[-1].startswith("decode_utf-8")):  # the line as a whole is no UTF-8
            in_parts = chardata.UTF8_DETECTOR_RE.sub(lambda found: self._decoded_part(found[0], text), text)
            if in_parts != text:
                return in_parts, ["decode_inconsistent_utf8"]
        return fixed, names

    def _decoded_part(self, part: str, text: str) -> str:
        """Return a part of `text` that looks like UTF-8, decoded."""
        from ftfy.badness import is_bad

        return self._decoded(part, []) if len(part) < len(text) and is_bad(part) else part


MEETING_WINDOW_CHARS = 12  # how far ahead the two texts are searched for a place where they agree again
MEETING_CHARS = 3  # characters that must agree there
COMPARED_CHARS = 16  # characters that are compared at once while the texts agree; affects speed alone


def differences(before: str, after: str) -> Iterator[tuple[int, int, str]]:
    """Yield the (start, end, replacement) that turn `before` into `after`, in time linear in their length.

    A difference is small if the two texts agree again within `MEETING_WINDOW_CHARS`; otherwise it reaches to what the
    ends have in common. (difflib finds smaller differences, but in quadratic time.)
    """
    left = right = 0
    while left < len(before) or right < len(after):
        same = before[left : left + COMPARED_CHARS] == after[right : right + COMPARED_CHARS]
        if same:  # at the end of both texts this steps over the end, which ends the loop
            left += COMPARED_CHARS
            right += COMPARED_CHARS
        elif left < len(before) and right < len(after) and before[left] == after[right]:
            left += 1
            right += 1
        else:
            down, over = _meeting(before, after, left, right)
            yield left, left + down, after[right : right + over]
            left += down
            right += over


def _meeting(before: str, after: str, left: int, right: int) -> tuple[int, int]:
    """Return how many characters of each text to pass over until the two agree again."""
    window = MEETING_WINDOW_CHARS
    for total in range(1, 2 * window):
        for over in range(max(0, total - window), min(total, window) + 1):
            down = total - over
            same = before[left + down : left + down + MEETING_CHARS]
            if same == after[right + over : right + over + MEETING_CHARS] and (same or left + down >= len(before)):
                return down, over
    down, over = len(before) - left, len(after) - right
    while down and over and before[left + down - 1] == after[right + over - 1]:
        down -= 1
        over -= 1
    return down, over
