"""Makes lists as articles have them (dates, names, prices, results …) out of the words of an article.

The data has few lists, and most runs of short lines in it are menus. Made lists teach the judge that the shape alone
does not make a menu. Their words are those of the article they are put into, so they are in its language. A few words
are the same in all languages, such as units and the names of months.

A word is a run of letters; of a run of Han, kana or Thai it is a few characters. Vowel signs are no letters to `re`,
so words of Hindi, Thai and their like come in pieces.

Each kind of list is a function. It draws what all lines have in common, such as the sign between a name and a price,
and returns a function that makes one line after the other.

Example: from an article about `Harwell` and a `ferry` one made list has lines like `12.30  Harwell ferry`, another
`Harwell ........ Ferry`, another `3 ferry, 200 g harwell`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

_RUN = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{4,}")
_LEAST_WORDS = 30  # different words that an article must have
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CHESS = ("e4", "e5", "Nf3", "Nc6", "Bb5", "a6", "O-O", "Be7", "Re1", "d6", "Qxd5", "c3", "h3", "Bxf7+", "Rad1", "g6")


class Made(NamedTuple):
    """A made list."""

    heading: str  # may be empty
    lines: list[str]


class _Words:
    """Draws words of an article and numbers."""

    def __init__(self, words: list[str], random: np.random.Generator) -> None:
        self._words, self._random = words, random
        capitals = [word for word in words if word[0] != word[0].lower()]
        self._names = capitals if len(capitals) >= 8 else words

    def number(self, low: int, high: int) -> int:
        """Draw a number from `low` up to `high`, which is excluded."""
        return int(self._random.integers(low, high))

    def pick(self, options: tuple[str, ...]) -> str:
        return options[self.number(0, len(options))]

    def words(self, low: int, high: int | None = None) -> str:
        """Draw `low` to `high` words, `low` if there is no `high`."""
        count = self.number(low, (high or low) + 1)
        return " ".join(self._words[self.number(0, len(self._words))] for _ in range(count))

    def name(self, count: int = 1) -> str:
        """Draw words with capitals, from those of the article that have some, if these are not too few."""
        return " ".join(self._title(self._names[self.number(0, len(self._names))]) for _ in range(count))

    def text(self, low: int, high: int) -> str:
        """Draw words of which the first has a capital."""
        text = self.words(low, high)
        return text[0].upper() + text[1:]

    @staticmethod
    def _title(word: str) -> str:
        return word[0].upper() + word[1:]


Line = Callable[[_Words, int], str]  # makes the line with this number (0-based), or several, with line feeds between


def make(article: str, random: np.random.Generator) -> Made | None:
    """Return a list made of the words of an article; None if it has too few words."""
    words = sorted({_short(word, random) for word in _RUN.findall(article) if len(word) > 1})
    if len(words) < _LEAST_WORDS:
        return None
    draw = _Words(words, random)
    line = _KINDS[draw.number(0, len(_KINDS))](draw)
    lines = [part for number in range(draw.number(5, 25)) for part in line(draw, number).split("\n")]
    bullet = draw.pick(("", "", "", "", "• ", "- ", "* ", "– "))
    heading = draw.text(1, 3) + draw.pick(("", "", ":")) if random.random() < 0.6 else ""
    return Made(heading, [bullet + one for one in lines])


def _short(word: str, random: np.random.Generator) -> str:
    """Return a word, of a run of a script without spaces a few characters."""
    if not _UNSPACED.match(word):
        return word
    start = int(random.integers(0, len(word) - 2))
    return word[start : start + int(random.integers(2, 5))]


def _date(w: _Words) -> str:
    day, month, year = w.number(1, 29), w.number(1, 13), w.number(1950, 2026)
    return w.pick(
        (
            f"{_MONTHS[month - 1]} {day}",
            f"{day} {_MONTHS[month - 1]} {year}",
            f"{day:02}.{month:02}.{year}",
            f"{year}-{month:02}-{day:02}",
            f"{day:02}/{month:02}",
            f"{day}. {w.name()}",
        )
    )


def _dates(w: _Words) -> Line:
    join = w.pick((" – ", ": ", " ", " - ", " | "))
    end = w.pick((", {} @ {}", ", {}", " ({})", ""))
    return lambda w, _: _date(w) + join + w.name(w.number(1, 3)) + end.format(w.name(), w.name(2))


def _leaders(w: _Words) -> Line:
    dots = w.pick((" ........ ", " ...... ", " … ", "....", " — ", "\t"))
    return lambda w, _: w.name(w.number(1, 3)) + dots + w.name(w.number(1, 3))


def _names(w: _Words) -> Line:
    count = w.number(1, 4)
    tail = w.pick(("", "", "", " ({})", ", {}", " – {}"))
    return lambda w, _: w.name(count) + tail.format(w.words(1))


def _times(w: _Words) -> Line:
    sign = w.pick((":", ".", "h"))
    until = w.number(0, 2)
    join = w.pick((" ", "  ", " – ", ": "))

    def line(w: _Words, number: int) -> str:
        hour = 6 + number % 17
        time = f"{hour}{sign}{w.number(0, 60):02}"
        if until:
            time += f"–{hour + 1}{sign}{w.number(0, 60):02}"
        return time + join + w.text(1, 6)

    return line


def _stops(w: _Words) -> Line:
    """The stops of a line with the times at each."""
    count = w.number(2, 7)

    def line(w: _Words, number: int) -> str:
        times = (f"{6 + (number + 30 * i) // 60}:{(number + 30 * i) % 60:02}" for i in range(count))
        return f"{w.name(w.number(1, 3))} {' '.join(times)}"

    return line


def _chess(_: _Words) -> Line:
    return lambda w, number: f"{number + 1}. {w.pick(_CHESS)} {w.pick(_CHESS)}"


def _songs(w: _Words) -> Line:
    length = w.number(0, 2)
    return lambda w, number: (
        f"{number + 1}. {w.text(1, 5)}" + (f" ({w.number(1, 8)}:{w.number(0, 60):02})" if length else "")
    )


def _prices(w: _Words) -> Line:
    join = w.pick((" – ", " ", ": ", " ..... "))
    form = w.pick(("${:.2f}", "{:.2f} €", "£{:.2f}", "{:.0f} kr", "¥{:.0f}", "{:.0f} ₽"))
    return lambda w, _: w.text(1, 4) + join + form.format(w.number(2, 900) / 4)


def _results(w: _Words) -> Line:
    join = w.pick((" – ", " v ", " - ", " vs. "))
    return lambda w, _: f"{w.name()}{join}{w.name()} {w.number(0, 6)}{w.pick((':', '-', '–'))}{w.number(0, 6)}"


def _glossary(w: _Words) -> Line:
    join = w.pick((": ", " – ", " - ", " = "))
    stop = w.pick(("", "."))
    return lambda w, _: w.text(1, 2) + join + w.words(3, 12) + stop


def _addresses(w: _Words) -> Line:
    form = w.number(0, 4)

    def line(w: _Words, _: int) -> str:
        if form == 3:
            return f"{w.name()} {w.name()}{w.name()}{w.number(1, 30)}-{w.number(1, 30)}-{w.number(1, 9)}"
        if form == 0:
            return f"{w.name(2)}, {w.number(1, 200)} {w.name()}, {w.name()} {w.number(10000, 99999)}"
        if form == 1:
            return f"{w.name()} {w.number(1, 200)}, {w.number(1000, 99999)} {w.name()}"
        return f"{w.name(2)}\n{w.name()} {w.number(1, 200)}\n{w.number(10000, 99999)} {w.name()}"

    return line


def _references(w: _Words) -> Line:
    numbered = w.number(0, 2)

    def line(w: _Words, number: int) -> str:
        head = f"[{number + 1}] " if numbered else ""
        return (
            f"{head}{w.name()}, {w.name()[0]}. ({w.number(1950, 2026)}). {w.text(3, 9)}. "
            f"{w.name(2)}, {w.number(1, 60)}({w.number(1, 12)}), {w.number(1, 300)}–{w.number(300, 600)}."
        )

    return line


def _years(w: _Words) -> Line:
    join = w.pick((" – ", ": ", " ", "\n"))
    return lambda w, number: f"{1900 + 5 * number}{join}{w.text(2, 10)}{w.pick(('', '.'))}"


def _amounts(w: _Words) -> Line:
    units = w.pick(("g", "ml", "cup", "tbsp", "kg", "oz"))
    return lambda w, _: f"{w.number(1, 500)} {w.pick((units, '', units))} {w.words(1, 4)}".replace("  ", " ")


def _phones(w: _Words) -> Line:
    join = w.pick((": ", " ", ", "))
    return lambda w, _: f"{w.name(2)}{join}{w.number(10, 999)} {w.number(100, 999)} {w.number(1000, 9999)}"


def _table(w: _Words) -> Line:
    columns = w.number(1, 5)
    join = w.pick((" ", "\t", " | ", "  "))
    return lambda w, number: join.join([str(number + 1), w.name(2), *(str(w.number(0, 200)) for _ in range(columns))])


def _pairs(w: _Words) -> Line:
    join = w.pick(("\n", "\n", "\n", ": ", "\t", "\t", " "))
    return lambda w, _: w.text(1, 2) + join + w.pick((w.name(2), str(w.number(1, 99999)), w.words(1, 4), _date(w)))


def _points(w: _Words) -> Line:
    most = w.number(2, 15)
    stop = w.pick(("", "", ".", ";", ","))
    return lambda w, _: w.text(1, most) + stop


def _steps(w: _Words) -> Line:
    form = w.pick(("{}) ", "{}. ", "({}) ", "Step {}: "))
    return lambda w, number: form.format(number + 1) + w.text(4, 12) + "."


def _links(w: _Words) -> Line:
    form = w.number(0, 2)

    def plain(w: _Words) -> str:
        return "".join(c for c in w.words(1).lower() if c.isascii()) or "harbour"

    return lambda w, _: (
        f"https://www.{plain(w)}.example/{plain(w)}" if form else f"{w.name(2)}: {plain(w)}@{plain(w)}.example"
    )


def _short_forms(w: _Words) -> Line:
    join = w.pick((" – ", ": ", " = ", "\t"))
    return lambda w, _: "".join(w.name()[0] for _ in range(w.number(2, 5))).upper() + join + w.text(2, 5)


def _verses(w: _Words) -> Line:
    stop = w.pick(("", ",", ""))
    return lambda w, _: w.text(3, 7) + stop


def _questions(w: _Words) -> Line:
    labels = (f"{w.name()[0]}: ", f"{w.name()[0]}: ") if w.number(0, 2) else (f"{w.name()}: ", f"{w.name()}: ")
    return lambda w, number: labels[number % 2] + w.text(3, 14) + "?."[number % 2]


def _shares(_: _Words) -> Line:
    def line(w: _Words, _: int) -> str:
        head = f"{w.name(2)} ({w.name()[0]}{w.name()[0]})"
        return f"{head} {w.number(1, 99)},{w.number(100, 999)} {w.number(1, 99)}.{w.number(0, 9)}%"

    return line


def _episodes(_: _Words) -> Line:
    return lambda w, number: f"{w.pick(('1x', '2x', 'S01E'))}{number + 1:02} “{w.text(1, 4)}” ({_date(w)})"


def _options(_: _Words) -> Line:
    return lambda w, _: f"--{w.words(1).lower()}-{w.words(1).lower()}  {w.words(2, 8)}"


def _code(w: _Words) -> Line:
    """Lines of programs and commands."""
    forms = w.pick(
        (
            "$ {a} {b} --{c}|sudo {a} install {b}|{a} -{d} {b}.{c}|cd {a}/{b}",
            "def {a}({b}):|    {a} = {b}.{c}({d})|    return {a}[{d}]|for {a} in {b}:|import {a}|# {b} {c}",
            "{a}: {b}|  {a}: '{c}'|  - {b}|{a}:",
            "var {a} = {b};|  if ({a} == {d}) {{|  {a}.{b}('{c}');|}}|// {b} {c}|function {a}() {{",
            '<{a} {b}="{c}">|</{a}>|<{b}>{c}</{b}>',
            "[{a}] {b} {c} {d}|{d} {a}: {b}|{a}={d}|{a} {d} {d} OK",
            "SELECT {a} FROM {b}|WHERE {a} = {d};|INSERT INTO {b} VALUES ({d}, '{c}');",
        )
    ).split("|")
    plain = ("value", "name", "file", "data", "list", "port", "user", "item", "path", "key", "node", "count", "size")
    return lambda w, _: forms[w.number(0, len(forms))].format(
        a=w.pick(plain), b=w.pick(plain), c=w.words(1).lower(), d=w.number(0, 999)
    )


def _ranks(w: _Words) -> Line:
    form = w.pick(("#{} ", "{}. ", "{}º ", "No. {} "))
    return lambda w, number: form.format(number + 1) + w.name(w.number(1, 4))


def _hours(w: _Words) -> Line:
    days = [w.name() for _ in range(7)]
    return lambda w, number: f"{days[number % 7]}: {w.number(6, 11)}:00–{w.number(12, 23)}:00"


def _checks(w: _Words) -> Line:
    box = w.pick(("[ ] ", "[x] ", "☐ ", "✓ ", "✔ "))
    return lambda w, _: box + w.text(2, 6)


# The kinds of lists. One that stands here several times is drawn more often.
_KINDS = (
    _dates,
    _dates,
    _leaders,
    _names,
    _names,
    _times,
    _chess,
    _songs,
    _prices,
    _results,
    _glossary,
    _addresses,
    _references,
    _years,
    _amounts,
    _phones,
    _table,
    _pairs,
    _pairs,
    _pairs,
    _pairs,
    _stops,
    _points,
    _points,
    _steps,
    _links,
    _short_forms,
    _verses,
    _questions,
    _shares,
    _episodes,
    _options,
    _ranks,
    _hours,
    _checks,
    _code,
    _code,
)
