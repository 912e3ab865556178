"""Measure how well encodings are told that nothing declares: the tables of cleaner/text/ENCODINGS.md.

    python -m tests.measure_encodings              on our own prose, 100 and 1,000 characters of it
    python -m tests.measure_encodings FOLDER       on the gold of FOLDER/*.jsonl.xz, 1,000 and 10,000 characters
    python -m tests.measure_encodings --misses …   with each sample that ours refuses or reads wrong

FOLDER holds documents as rows with `gold`, the text of the content, and `lang`. Right is a sample whose text comes
out equal; refused is one of which nothing comes out. The detectors beside ours are compared if they are installed.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections import Counter, defaultdict
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from cleaner.errors import DocumentError
from cleaner.text import labels
from cleaner.text.encoding import decode
from tests.encodings import Sample, prose, samples

GOLD_CHARS = 12_000  # short documents of a language are joined to texts of so many characters
TLDS = {"cs": "cz", "da": "dk", "el": "gr", "en": "com", "et": "ee", "fa": "ir", "he": "il", "ja": "jp", "ko": "kr"}
TLDS |= {"sl": "si", "sr": "rs", "sv": "se", "uk": "ua", "vi": "vn", "zh": "cn", "zht": "tw", "be": "by", "ca": "es"}

Reader = Callable[[Sample], str | None]


def ours(sample: Sample) -> str | None:
    """Return what the cleaner reads, None if it refuses."""
    try:
        return decode(sample.data, html=sample.data.startswith(b"<!DOCTYPE")).text
    except DocumentError:
        return None


def by_name(data: bytes, name: str | None) -> str | None:
    """Return `data` as browsers read it in an encoding that a detector names."""
    label = labels.label_of(name) if name else None
    try:
        return labels.read(data, label.codec if label else name or "")
    except LookupError:
        return None


def others() -> dict[str, Reader]:
    """Return the other detectors that are installed."""
    found: dict[str, Reader] = {}

    def installed(name: str) -> Any:
        try:
            return import_module(name)
        except ImportError:
            return None

    if normalizer := installed("charset_normalizer"):

        def best(data: bytes) -> str | None:
            match = normalizer.from_bytes(data).best()
            return match and str(match.encoding)

        found["charset-normalizer"] = lambda one: by_name(one.data, best(one.data))
    if chardet := installed("chardet"):
        found["chardet"] = lambda one: by_name(one.data, chardet.detect(one.data, compat_names=False)["encoding"])
    if chardetng := installed("chardetng_py"):

        def guess(data: bytes, tld: str | None) -> str:
            detector = chardetng.EncodingDetector()
            detector.feed(data, last=True)
            return str(detector.guess(tld=tld.encode() if tld else None, allow_utf8=False))

        found["chardetng"] = lambda one: by_name(one.data, guess(one.data, None))
        found["chardetng, with TLD"] = lambda one: by_name(
            one.data, guess(one.data, TLDS.get(one.language, one.language))
        )
    return found


def gold(folder: Path) -> dict[str, list[str]]:
    """Return the gold of a folder by language; documents are joined to texts of `GOLD_CHARS` characters or more."""
    texts: dict[str, list[str]] = defaultdict(lambda: [""])
    for path in sorted(folder.glob("*.jsonl.xz")):
        for line in lzma.decompress(path.read_bytes()).splitlines():
            row = json.loads(line)
            text, language = row.get("gold") or "", row.get("lang") or ""
            if language == "zh" and len(text.encode("big5", "ignore")) > len(text.encode("gb2312", "ignore")):
                language = "zht"
            if len(texts[language][-1]) > GOLD_CHARS:
                texts[language].append("")
            texts[language][-1] += text + "\n"
    return {language: parts for language, parts in texts.items() if language}


def main() -> None:
    """Print a table for each length, as texts and as pages."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--length", type=int, action="append", help="characters of a sample; repeatable")
    parser.add_argument("--samples", type=int, default=6, help="of an encoding and language, for each length")
    parser.add_argument("--ours", action="store_true", help="leave out the other detectors")
    parser.add_argument("--misses", action="store_true", help="print what ours refuses or reads wrong")
    chosen = parser.parse_args()
    texts = gold(chosen.folder) if chosen.folder else prose()
    readers: dict[str, Reader] = {"ours": ours} if chosen.ours else {"ours": ours, **others()}
    for length in chosen.length or ((1000, 10_000) if chosen.folder else (100, 1000)):
        for pages in (False, True):
            counts: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in readers}
            for sample in samples(texts, length, chosen.samples, pages=pages):
                for name, read in readers.items():
                    text = read(sample)
                    outcome = "refused" if text is None else "right" if text == sample.text else "wrong"
                    counts[name][sample.encoding, outcome] += 1
                    if chosen.misses and name == "ours" and outcome != "right":
                        print(outcome, sample.encoding, sample.language, ascii(sample.text[:80]))
            report(f"{length:,} characters, {'HTML' if pages else 'text'}", counts)


def report(title: str, counts: dict[str, Counter[tuple[str, str]]]) -> None:
    """Print a table: right · refused · wrong of each encoding for each detector."""
    print(f"\n### {title}\n\n| encoding | {' | '.join(counts)} |\n|---|{'---|' * len(counts)}")
    encodings = dict.fromkeys(encoding for count in counts.values() for encoding, _ in count)
    for encoding in encodings:
        cells = (
            " · ".join(str(count[encoding, o]) for o in ("right", "refused", "wrong")) for count in counts.values()
        )
        print(f"| {encoding} | {' | '.join(cells)} |")
    sums = []
    for count in counts.values():
        total = count.total()
        parts = (
            sum(n for (_, o), n in count.items() if o == outcome) / total for outcome in ("right", "refused", "wrong")
        )
        sums.append(" · ".join(f"{100 * part:.1f} %" for part in parts))
    print(f"| **all {sum(counts['ours'].values())}** | {' | '.join(sums)} |")


if __name__ == "__main__":
    main()
