"""Which documents are looked at, and by which site: pure functions over rows, the same on one machine and on many.

Learning goes over the documents twice, because most of them are only counted:

1. **Survey.** Of each document its site and its number, a digest of the text. No lines are read.
2. **Choice**, a group-by: of each site the documents with the `SAMPLE` smallest numbers. The greatest of these
   numbers is all that has to be known of a site (`choose`). Numbers are digests, so that this is a fair sample, and
   it does not depend on the order of documents, on how they are spread over files, or on who counts them.
3. **Gathering.** The chosen documents are read, line by line (`gather`).
4. **Learning**, a group-by again: what is learned of a site from its chosen documents (`learn_group`).

`cleaner.learn.run` does that with files in worker processes, `cleaner.engines.learning` with data frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from cleaner.arguments import is_url
from cleaner.errors import CleanerError, defect
from cleaner.learn.documents import SiteDocument, document_of, number_of, site_of
from cleaner.learn.found import LearnedSite
from cleaner.learn.site import LEAST_TEXTS, Knowledge, learn_site
from cleaner.rows import Row
from cleaner.rules.scope import MAX_HOST_CHARS

# The most texts of a site that are looked at. A line that stands on a fiftieth of all pages stands on six of these.
# Raised, sites with many pages take longer, and rarer lines are learned.
SAMPLE = 300
# The same for all texts together that are of no known site. Raised, templates with few pages are found among many
# others, and all of these texts are in the memory of one worker.
SAMPLE_WITHOUT_SITE = 20_000
# The most characters in the lines of the texts of a site that are looked at. It bounds the memory of a worker. Usual
# are about a million for `SAMPLE` texts, and a hundred million for texts without a site.
MAX_SITE_CHARS = 100_000_000
MAX_SITE_NAME_CHARS = 300  # the most characters of the name of a site, of a field that anything may stand in
NO_SITE = ""
# From the numbers of documents, which have no sign, to numbers with one, in the same order: Spark has no others.
OFFSET = 1 << 63


class Given(NamedTuple):
    """A document as it is given: the site that it is of, its name, and its row."""

    site: str
    name: str
    row: Row


class Surveyed(NamedTuple):
    """A document as it is counted: the same `number` is the same text."""

    site: str
    number: int  # 64 bits


class Chosen(NamedTuple):
    """What was chosen: by site the greatest number of a document to look at, and what is there besides."""

    thresholds: dict[str, int]
    texts: int = 0  # different ones, of all sites
    sites_with_few: int = 0  # the sites that have fewer than `LEAST_TEXTS` texts, and are left out


class Unread(NamedTuple):
    """A document that cannot be read: its name, and why (`what is wrong; what to do`)."""

    name: str
    why: str


def site_for(row: Row, by: str | None = None, get: Callable[[str], object] | None = None) -> str:
    """Return the site of a row: the host of its URL, or what it has in the field `by`; "" if that is unknown."""
    if by is None:
        site = site_of(row.url) if row.url and is_url(row.url) else NO_SITE
        return site if len(site) <= MAX_HOST_CHARS else NO_SITE
    value = get(by) if get else None
    return _writable(value[:MAX_SITE_NAME_CHARS]) if isinstance(value, str) else NO_SITE


def survey(documents: Iterable[Given]) -> Iterator[Surveyed]:
    """Yield what is counted of documents; nothing for a row without a document."""
    for site, _, row in documents:
        given = row.html if row.text is None else row.text
        if given is not None and not row.error:
            yield Surveyed(site, number_of(given))


def sample_of(site: str) -> int:
    """Return how many texts of a site are looked at, at most."""
    return SAMPLE if site else SAMPLE_WITHOUT_SITE


def threshold(site: str, numbers: Iterable[int]) -> int | None:
    """Return the greatest number of a text of a site to look at, None for a site with too few texts."""
    found = sorted(set(numbers))
    return found[: sample_of(site)][-1] if len(found) >= LEAST_TEXTS else None


def choose(surveyed: Iterable[Surveyed]) -> Chosen:
    """Return what is chosen of documents that were surveyed, in memory; `run.store` does the same for many."""
    sites: dict[str, set[int]] = {}
    for site, number in surveyed:
        sites.setdefault(site, set()).add(number)
    all_thresholds = {site: threshold(site, numbers) for site, numbers in sorted(sites.items())}
    thresholds = {site: number for site, number in all_thresholds.items() if number is not None}
    return Chosen(thresholds, sum(map(len, sites.values())), len(sites) - len(thresholds))


def gather(documents: Iterable[Given], thresholds: Mapping[str, int]) -> Iterator[SiteDocument | Unread]:
    """Yield the documents that were chosen, with their lines, and those of them that cannot be read."""
    for site, name, row in documents:
        most = thresholds.get(site)
        if most is None or any(one.number > most for one in survey([Given(site, name, row)])):
            continue
        try:
            document = document_of(row, site, name)
        except CleanerError as error:
            yield Unread(name, str(error))
        except MemoryError:
            yield Unread(name, "is too large for the memory there is; give it more, or split it")
        except Exception as error:  # whatever is wrong with a document, the others are read
            yield Unread(name, defect(error))
        else:
            if document:
                lines = tuple(map(_writable, document.lines))
                yield document._replace(name=_writable(name), lines=lines)


def once_each(documents: Iterable[SiteDocument]) -> list[SiteDocument]:
    """Return each text of a site once, by the smallest name of those it has, in the order of numbers.

    `documents` are in the order of numbers. There are no more of them than `MAX_SITE_CHARS` has room for.
    """
    texts: list[SiteDocument] = []
    rest = MAX_SITE_CHARS
    for _, same in groupby(documents, attrgetter("number")):
        first = min(same, key=attrgetter("name"))
        rest -= sum(map(len, first.lines))
        if rest < 0 and texts:
            break
        texts.append(first)
    return texts


def learn_group(
    site: str, documents: Sequence[SiteDocument], knowledge: Knowledge, *, is_host: bool = True
) -> list[LearnedSite]:
    """Return what is learned of a site from its texts: one result, or none from too few of them.

    Texts without a site are told apart by templates, and there is a result for each. `is_host` says whether the names
    of sites are hosts; documents of other sites, and of templates, are told by clues.
    """
    if site and is_host:
        learned = learn_site(site, documents, knowledge)
        return [learned] if learned else []
    from cleaner.learn.clues import clues_of_each
    from cleaner.learn.templates import templates_of

    templates = dict.fromkeys((one.number for one in documents), site) if site else templates_of(documents)
    groups: dict[str, list[SiteDocument]] = {}
    for document in documents:
        if template := templates.get(document.number):
            groups.setdefault(template, []).append(document)
    clues = clues_of_each(documents, templates)
    found = (learn_site(name, group, knowledge, is_host=False) for name, group in sorted(groups.items()))
    return [
        learned._replace(clues=clues[learned.name].lines, clues_needed=clues[learned.name].needed)
        for learned in found
        if learned
    ]


def _writable(text: str) -> str:
    """Return a text without lone surrogates, which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
