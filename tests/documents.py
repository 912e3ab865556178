"""Documents that look like those from the web, as rows of a table: many languages, chrome, broken encoding."""

from __future__ import annotations

import random
from functools import cache
from math import log
from typing import Any

from tests.support import DATA, languages

MEDIAN_CHARS = 1_600  # of a document, without its last paragraph
LARGE_CHARS = 50_000  # of every hundredth document

TOPS = (
    "Accessibility links\nSkip to content\nSkip to navigation",
    "Home\nNews\nSport\nWeather\nContact us\nSubscribe\nSign in",
    "Breaking News\n- Advertisement -spot_img",
    "Share on Facebook\nShare on Twitter\nShare on WhatsApp\nCopy link",
    "XS SM MD LG\nPrint\nEmail",
    "We use cookies to improve your experience.\nAccept all\nReject all\nManage preferences",
    "Startseite\nPolitik\nWirtschaft\nKultur\nAnmelden",
    "Accueil\nActualités\nConnexion\nPartager sur Facebook",
    "",
)
MIDDLES = (
    "Advertisement",
    "- Advertisement -",
    "Read more:",
    "Image source, Getty Images",
    "ADVERTISEMENT\nSkip Ad",
    "",
)
TAILS = (
    "Please enter your comment!\nPlease enter your name here\nSave my name, email, and website in this browser",
    "Sign up for our newsletter\nYour email address\nSubscribe",
    "Related articles\nMost read\nRecommended for you",
    "All rights reserved.\nPrivacy Policy\nTerms of Use\nCookie settings",
    "Leave a Reply\nYour email address will not be published. Required fields are marked *",
    "Datenschutz\nImpressum\nAGB",
    "Mentions légales\nPolitique de confidentialité",
    "",
)
HOSTS = ("www.rferl.org", "example.org", "news.example.com", "blog.example.net", None)


@cache
def _sentences() -> dict[str, list[str]]:
    found = {lang: text.strip().split("\n") for lang, text in languages().items()}
    found["zh-Hant"] = found.pop("zht")
    for path in sorted(DATA.joinpath("prose").iterdir()):
        kind = path.name.partition("-")[0]  # the language; if it is English, what the text is: a list, code, …
        if len(kind) == 2 or kind in ("dialogue", "short"):
            lines = path.read_text("utf-8").split("\n")
            found.setdefault(kind if len(kind) == 2 else "en", []).extend(line for line in lines if len(line) > 30)
    return found


def documents(n: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return `n` documents with `id` (a number), `url`, `lang`, `text`, `meta` (nested) and `score`.

    No two texts are equal. They have about 2,000 characters, every hundredth has 50,000. A few hold only line breaks,
    a fifth has no chrome, some have no URL or no language. The same `seed` gives the same documents, and the first of
    them do not depend on `n`.
    """
    return [_document(i, random.Random(f"{seed} {i}")) for i in range(n)]


def _document(i: int, rng: random.Random) -> dict[str, Any]:
    sentences = _sentences()
    lang = rng.choice(["en"] * 6 + sorted(sentences))
    host = rng.choice(HOSTS)
    return {
        "id": i,
        "url": host and f"https://{host}/{lang}/{i}.html",
        "lang": lang if rng.random() < 0.7 else None,
        "text": "\n" * (i // 150) if i % 150 == 75 else _text(i, rng, sentences[lang]),
        "meta": {
            "source": {"crawl": f"2024-{i % 50:02}", "offset": i * 1009},
            "tags": [f"tag{k}" for k in range(i % 4)],
            "note": None if i % 3 else "…",
        },
        "score": round(rng.random(), 6),
    }


def _text(i: int, rng: random.Random, sentences: list[str]) -> str:
    size = LARGE_CHARS if i % 100 == 50 else round(rng.lognormvariate(log(MEDIAN_CHARS), 0.7))
    paragraphs = [f"{_perturbed(rng, sentences).rstrip('.。')} ({i})"]
    length = 0
    while length < size:
        paragraphs.append(" ".join(_perturbed(rng, sentences) for _ in range(rng.randint(1, 5))))
        length += len(paragraphs[-1])
        if rng.random() < 0.05:
            paragraphs.append(rng.choice(MIDDLES))
    if rng.random() < 0.1:  # from some paragraph on, or all of it
        broken = slice(rng.randrange(len(paragraphs)), None)
        paragraphs[broken] = [text.encode().decode("cp1252", "replace") for text in paragraphs[broken]]
    separator = rng.choice(["\n", "\n\n", "\n\n", "\r\n"])
    parts = (
        [rng.choice(TOPS), *paragraphs, rng.choice(TAILS), rng.choice(TAILS)] if rng.random() < 0.8 else paragraphs
    )
    return separator.join(part.replace("\n", separator) for part in parts if part) + rng.choice(["", "\n"])


def _perturbed(rng: random.Random, sentences: list[str]) -> str:
    """Return a sentence with one word replaced by a word of another sentence, and sometimes with a number added."""
    words = rng.choice(sentences).split(" ")
    words[rng.randrange(len(words))] = rng.choice(rng.choice(sentences).split(" "))
    if rng.random() < 0.3:
        words.insert(rng.randrange(len(words)), str(rng.randrange(2, 10_000)))
    return " ".join(words)
