"""Repair of broken encoding inside text, with ftfy: mojibake, C1 controls, entity residue, surrogates.

ftfy's defaults are made for messages, not for corpora: they straighten quotes, halve full-width
punctuation, split ligatures, rewrite line separators. The profile here undoes damage and nothing else,
line by line, so that no line's repair depends on another line.

ftfy is slow and most lines need none of it, so a gate stands before it: searches over the
whole text that find every line ftfy could change (and a few more). The result is the same without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cleaner.document import Change

# Options of `ftfy.TextFixerConfig`. Off: what rewrites text that is not broken.
PROFILE: dict[str, Any] = {
    "unescape_html": "auto",
    "fix_encoding": True,
    "restore_byte_a0": True,
    "replace_lossy_sequences": True,
    "decode_inconsistent_utf8": True,
    "fix_c1_controls": True,
    "fix_surrogates": True,
    "fix_latin_ligatures": False,  # ligatures are how the text was set
    "fix_character_width": False,  # full-width punctuation is correct CJK
    "uncurl_quotes": False,  # curly quotes are correct
    "fix_line_breaks": False,  # would turn U+2028 and U+0085 into line feeds
    "remove_terminal_escapes": False,  # content, where terminals are the subject
    "remove_control_chars": False,  # would drop byte order marks, form feeds and their like
    "normalization": None,  # would rewrite valid text
}

# The characters ftfy's badness heuristic (ftfy.badness.MOJIBAKE_CATEGORIES) is made of. In each of its
# patterns two of them stand side by side, one of them from a category that is rare in good text;
# the exceptions have a pattern of their own in SUSPECT.
_RARE = (
    "\x80-\x9f¡-£¤-¬®-¶¸-¿×÷À-ÑØÜÝß-ñüĀ-ćČ-đĒ-ēĖ-ěĞğĢģĪīĮ-įİĶ-ķĹ-ŃńŅ-ňŐ-őŒ-œŔ-ŕŘ-śŞ-šŢ-ťŮ-ůŰ-űŸ-žƒˆˇ˘˛-˝΄΅Ґґ"
    "‘‚“-”„†-•‰‹›⁄₧€№™∂∆∏∑√∞∩∫≈≠≡≤≥⌐│┌┐└┘├┤┬┴┼═-╬▀▄█▌▐-▓◊\uf8ffﬁﬂ\ufffd"
)
_ALL = _RARE + "\xa0\xad´·–-―’…ÒÓÔÕÖÙÚÛÞòóôõöøùúûŌōŪūŲųΆ-ώЁ-џ"
# One class in front, so that the search runs at full speed; then what makes its members suspect. Compiled
# when text that is not ASCII first comes: every run would pay for it.
SUSPECT = (
    f"[{_ALL}\ud800-\udfff](?:[{_ALL}](?:(?<=[{_RARE}])|(?<=[{_RARE}].))|(?<=[\x80-\x9f\ud800-\udfff])"
    "|(?<=[ÃÂ]) |(?<=[Œœ])(?![A-Za-z])|(?<=в)Ђ|(?<=Г)ўВЂ)",
    "&#?[0-9A-Za-z]{1,24};",
)


def repair(text: str) -> list[Change]:
    """Return the changes that repair `text`, ordered; no change reaches over a line break."""
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
    """Return start and end of every line that the gate does not clear, in order."""
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
    fixed, steps = _without_tags(line)  # ftfy goes on by itself until nothing changes
    if "\x85" in line and fixed.count("…") > line.count("…"):
        return _around_next_lines(line)
    return fixed, steps


def _without_tags(line: str) -> tuple[str, list[str]]:
    """Return `line` repaired; where that would make a tag of an escaped one, somebody shows markup: keep entities."""
    fixed, steps = _ftfy(line)
    return _ftfy(line, unescape_html=False) if "<" in fixed and "<" not in line else (fixed, steps)


ROUNDS = 5  # for a line that is repaired in pieces; one that never settles is left alone


def _around_next_lines(line: str) -> tuple[str, list[str]]:
    """Return `line` repaired around each U+0085: alone, that is a line separator, not a lost ellipsis."""
    fixed = line
    steps: list[str] = []
    for _ in range(ROUNDS):
        pieces = [_without_tags(piece) for piece in fixed.split("\x85")]
        again = "\x85".join(text for text, _ in pieces)
        whole, _ = _without_tags(again)
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


WINDOW = 12  # characters: how far apart two places may be that are taken to be the same
SAME = 3  # characters that must agree there
BLOCK = 16


def differences(before: str, after: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, replacement) that turn `before` into `after`, in time linear in their length.

    Small steps where the two meet again soon, one large one where they do not.
    """
    left = right = 0
    while left < len(before) or right < len(after):
        if before[left : left + BLOCK] == after[right : right + BLOCK]:  # runs over the end when both are there
            left += BLOCK
            right += BLOCK
        elif left < len(before) and right < len(after) and before[left] == after[right]:
            left += 1
            right += 1
        else:
            down, over = _meeting(before, after, left, right)
            yield left, left + down, after[right : right + over]
            left += down
            right += over


def _meeting(before: str, after: str, left: int, right: int) -> tuple[int, int]:
    """Return how much of each to pass over until the two agree again."""
    for total in range(1, 2 * WINDOW):
        for over in range(max(0, total - WINDOW), min(total, WINDOW) + 1):
            down = total - over
            same = before[left + down : left + down + SAME]
            if same == after[right + over : right + over + SAME] and (same or left + down >= len(before)):
                return down, over
    down, over = len(before) - left, len(after) - right
    while down and over and before[left + down - 1] == after[right + over - 1]:
        down -= 1
        over -= 1
    return down, over
