"""Repair of broken encoding inside text, with ftfy: mojibake, C1 controls, entity residue, surrogates.

ftfy's defaults are made for messages, not for corpora: they straighten quotes, halve full-width punctuation, split
ligatures, rewrite line separators. The profile here undoes damage and nothing else. It works line by line, so that
the repair of a line does not depend on any other line.

ftfy is slow and most lines need no repair, so a gate stands before it: two searches over the whole text find every
line that ftfy could change, and a few more. The result is the same without the gate; tests hold that on ftfy's own
cases and on generated text.

ftfy returns the repaired line, not what it did to which characters. `differences` finds that out, so that every
repair is an edit with offsets: `It wasnâ€™t` becomes one change of three characters, `â€™` to `’`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cleaner.document import Change

# Options of `ftfy.TextFixerConfig`. What rewrites text that is not broken is off.
PROFILE: dict[str, Any] = {
    "unescape_html": "auto",
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
    changes: list[Change] = []
    if text.isascii() and "&" not in text:
        return changes
    for start, end in _suspicious_lines(text):
        line = text[start:end]
        fixed, steps = repair_line(line)
        by = "repair/" + "+".join(steps)
        changes += [
            Change(start + low, start + high, new, by, "encoding", "sure")
            for low, high, new in differences(line, fixed)
        ]
    return changes


def _suspicious_lines(text: str) -> list[tuple[int, int]]:
    """Return start and end of every line that the gate does not clear, in order; the line break is excluded."""
    lines = set()
    for pattern in SUSPECT:
        end = -1
        for found in re.finditer(pattern, text):
            if found.start() >= end:
                start = text.rfind("\n", 0, found.start()) + 1
                end = text.find("\n", found.start())
                end = len(text) if end < 0 else end
                lines.add((start, end))
    return sorted(lines)


def repair_line(line: str) -> tuple[str, list[str]]:
    """Return `line` repaired and the names of the steps taken; repairing the result changes nothing."""
    fixed, steps = _repair_but_tags(line)  # ftfy goes on by itself until nothing changes
    if "\x85" in line and fixed.count("…") > line.count("…"):
        return _repair_around_next_line(line)
    return fixed, steps


def _repair_but_tags(line: str) -> tuple[str, list[str]]:
    """Return `line` repaired, but keep its entities if `&lt;p&gt;` would become a tag: the text shows markup."""
    fixed, steps = _ftfy(line)
    return _ftfy(line, unescape_html=False) if "<" in fixed and "<" not in line else (fixed, steps)


MAX_ROUNDS = 5  # repairs of a line that is repaired in pieces; a line that does not settle by then is left alone


def _repair_around_next_line(line: str) -> tuple[str, list[str]]:
    """Return `line` repaired around each U+0085 (NEXT LINE), which is a line separator here and no lost ellipsis."""
    fixed = line
    steps: list[str] = []
    for _ in range(MAX_ROUNDS):
        pieces = [_repair_but_tags(piece) for piece in fixed.split("\x85")]
        again = "\x85".join(text for text, _ in pieces)
        whole, _ = _repair_but_tags(again)
        if again == fixed and (whole == fixed or whole.count("…") > fixed.count("…")):
            return fixed, list(dict.fromkeys(steps))
        fixed = again
        steps += [step for _, more in pieces for step in more]
    return line, []


def _ftfy(text: str, **options: bool) -> tuple[str, list[str]]:
    from ftfy import TextFixerConfig, fix_and_explain

    fixed, explanation = fix_and_explain(text, TextFixerConfig(**{**PROFILE, **options}))
    return fixed, [  # names of steps; "encode" always goes with a "decode"
        f"{action}_{what}" if action in ("encode", "decode") else what
        for action, what in explanation or ()
        if action != "encode"
    ]


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
