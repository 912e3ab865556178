"""Tells lines of prose: whole sentences, in any script that marks their end. Thai and Lao do not.

The measure of a line is its length as if it were English: its characters, and two more for each character of Han or
kana. A line is closed if it ends as a sentence does, and prose if it is closed and has a measure of 60 or more. The
judge reads the same from classes of characters (`judge.features`). Rules look for the first and the last prose of a
document by a looser notion of their own (`rules.zones`).

Example: `The mill stood still.` is closed and too short. `The miller had closed the sluice before dawn, and the wheel
was still.[3]` is prose.
"""

from __future__ import annotations

import re

from cleaner import lazy

PROSE_MEASURE = 60  # some ten words of English; raised, fewer lines are prose
ENDS = ".!?…。！？｡．।॥؟۔።፧։៖។៕་།၊။᠃‼⁇⁈⁉︒"  # the marks that end a sentence
_CLOSING = "\"'”’»«“)]}」』）】］》〉"
# A quote or a bracket may stand behind the mark, or a note: a number of one or two digits in brackets.
_CLOSED = lazy.pattern(rf"[{re.escape(ENDS)}](?:[{re.escape(_CLOSING)}]|[(\[]\d{{1,2}}[)\]])?$")
_IDEOGRAPHS = lazy.pattern("[\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def is_prose(line: str) -> bool:
    """Whether a line is prose."""
    line = line.strip()
    measure = len(line) if line.isascii() else len(line) + 2 * len(_IDEOGRAPHS.findall(line))
    return measure >= PROSE_MEASURE and bool(_CLOSED.search(line, max(0, len(line) - 5)))
