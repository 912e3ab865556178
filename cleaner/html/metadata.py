"""What the markup of a page says of the page: claims about its title, its authors, its dates …, of the best source.

A claim names its source: `json-ld`, `open-graph`, `meta`, `markup` (elements, by what they are called) or `url`. The
order of the sources is that of their precision on the development pages, see METADATA.md. Where nothing better names
the authors, trafilatura's expressions find them and trafilatura cleans them up. Neither its `extract_metadata` nor
htmldate's `find_date` is called: their dates depend on the day of today, in part on what they were asked before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from copy import deepcopy
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from cleaner import dates, names
from cleaner.html import json_ld
from cleaner.html.contexts import collapse
from cleaner.html.parse import SURROGATES, parse_whole

MAX_VALUE_CHARS = 2000  # a longer value is none: it is a text
MAX_PIECES = 40  # pieces of the text of an element that may name authors
MAX_WITHIN = 100  # elements in one that names authors, in which links and names are looked for
MAX_TOKENS = 5  # words of an attribute `rel` or `itemprop`
MAX_CHILDREN = 20  # of an element that is called after a date; one with more is not about a date alone
MAX_ANCESTORS = 30  # elements around one that are looked at
MAX_ELEMENTS = 200  # elements of one kind that are looked at; listings have more, and say nothing of the page

# Words of the only `h1` of a page, from which it is taken for the headline though no title begins with it. Lowered,
# names of sites and of sections are.
MIN_HEADLINE_WORDS = 3

# Types of JSON-LD that are a document, in small letters. A type may also end with `article` or with `posting`.
_ARTICLES = frozenset(("report", "recipe", "howto", "review", "qapage", "question", "videoobject", "podcastepisode"))
_PAGES = frozenset(("webpage", "aboutpage", "itempage", "collectionpage", "product", "book", "movie", "event"))
_SEPARATORS = r"[|–—\-•·:»«›‹/~⁄]"


class Claim(NamedTuple):
    """What a source says: the `value`, and the `text` by which a reader sees it, if the two differ."""

    value: str
    source: str
    text: str = ""


class Claims(NamedTuple):
    """Claims of a page: of each kind that of the best source, of `languages` all, the best first."""

    title: Claim | None = None
    authors: tuple[Claim, ...] = ()
    published: Claim | None = None
    modified: Claim | None = None
    site: Claim | None = None
    url: Claim | None = None
    languages: tuple[Claim, ...] = ()
    description: Claim | None = None
    image: Claim | None = None
    license: Claim | None = None


def read(markup: str, url: str | None = None) -> Claims:
    """Return what a page says of itself; `url` is where it is from, if that is known.

    Raises `DocumentError` if `markup` is no HTML or if the parser cannot read all of it.
    """
    if not markup.strip("\ufeff \t\n\r\f"):
        return Claims()
    return _Reader(parse_whole(markup), url).claims()


class _Reader:
    """The elements of a page that may say something of it, collected in one walk over its tree."""

    def __init__(self, tree: Any, url: str | None) -> None:
        self.tree = tree
        self.given = url
        self.meta: dict[str, list[str]] = defaultdict(list)  # by name, property or itemprop in small letters
        self.links: dict[str, list[str]] = defaultdict(list)  # addresses by `rel`
        self.props: dict[str, list[Any]] = defaultdict(list)  # elements by `itemprop`
        self.by_tag: dict[str, list[Any]] = defaultdict(list)
        self.naming: dict[str, list[Any]] = defaultdict(list)  # elements that may name authors, by why
        self.dated: list[Any] = []  # elements that are called after a date
        self.places: dict[Any, int] = {}  # of these elements and of `h1`, their order on the page
        self._collect()
        self.languages = self._languages()
        lang = self.languages[0].value if self.languages else None
        self.lang = lang.replace("_", "-") if lang else None
        self._read_json()

    def _collect(self) -> None:
        for number, element in enumerate(self.tree.iter("*")):
            tag = element.tag
            if tag == "meta":
                self._collect_meta(element)
            elif tag == "script":
                if (element.get("type") or "").strip().lower() == "application/ld+json":
                    _add(self.by_tag[tag], element)
            elif tag in _COLLECTED:
                _add(self.by_tag[tag], element)
                if tag == "h1":
                    self.places[element] = number
            elif tag in ("link", "a"):
                for rel in (element.get("rel") or "").lower().split()[:MAX_TOKENS]:
                    if rel == "author" and tag == "a":
                        self._note("rel", number, element)
                    elif href := element.get("href"):
                        _add(self.links[f"{tag} {rel}"], href.strip())
                if tag == "a" and _OF_PERSON.search(element.get("href") or ""):
                    self._note("link", number, element)
            for prop in (element.get("itemprop") or "").lower().split()[:MAX_TOKENS]:
                if prop == "author":
                    self._note("itemprop", number, element)
                _add(self.props[prop], element)
            if tag in _NAMING and (named := element.get("class") or element.get("id") or element.get("data-testid")):
                if _NAME_CLASS.search(named):
                    self._note("name", number, element)
                elif _BYLINE_CLASS.search(named):
                    self._note("byline", number, element)
                if _DATE_CLASS.search(named):
                    _add(self.dated, element)

    def _note(self, kind: str, number: int, element: Any) -> None:
        """Note an element that may name an author."""
        self.places[element] = number
        _add(self.naming[kind], element)

    def _collect_meta(self, element: Any) -> None:
        content = element.get("content") or element.get("datetime")
        if not content or len(content) > MAX_VALUE_CHARS:
            return
        content = _shown(content)
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if name := element.get(attribute):
                if content:
                    _add(self.meta[name.strip().lower()], content)
                return

    def _read_json(self) -> None:
        self.nodes = json_ld.nodes(one.text or "" for one in self.by_tag["script"])
        self.by_id: dict[str, dict[str, Any]] = {}
        for node in self.nodes:
            identity = node.get("@id")
            if isinstance(identity, str) and len(node) > len(self.by_id.get(identity, ())):
                self.by_id[identity] = node
        self.articles = [node for node in self.nodes if any(map(_is_article, json_ld.types_of(node)))]
        self.pages = [node for node in self.nodes if any(kind.lower() in _PAGES for kind in json_ld.types_of(node))]

    def claims(self) -> Claims:
        """Return the claims of the page."""
        return Claims(
            title=_first(self._titles()),
            authors=self._authors(),
            published=_first(self._published()),
            modified=_first(self._modified()),
            site=_first(self._sites()),
            url=_first(self._urls()),
            languages=self.languages,
            description=_first(self._descriptions()),
            image=_first(self._images()),
            license=_first(self._licenses()),
        )

    # What the sources say, by kind.

    def _json(self, key: str, *names: str, pages: bool = True) -> Iterator[Claim]:
        """Yield the values of a property of the first article, else of the first page, that has it."""
        for node in (*self.articles, *(self.pages if pages else ())):
            values = [value for text in json_ld.texts(node.get(key), self.by_id, *names) if (value := _shown(text))]
            if values:
                yield from (Claim(value, "json-ld") for value in values)
                return

    def _named(self, names: Iterable[str]) -> Iterator[Claim]:
        """Yield what `meta` tags with these names hold."""
        for name in names:
            source = "open-graph" if name.startswith(("og:", "article:")) else "meta"
            yield from (Claim(content, source) for content in self.meta.get(name, ()))

    def _descriptions(self) -> Iterator[Claim]:
        yield from self._json("description")
        yield from self._named(_DESCRIPTION)
        yield from (Claim(_content(one), "markup") for one in self.props.get("description", ()))

    def _titles(self) -> Iterator[Claim]:
        yield from self._json("headline", pages=False)
        heads = [text for one in self.by_tag["h1"] if (text := _content(one))]
        page_title = next((text for one in self.by_tag["title"] if (text := _content(one))), "")
        shared = list(self._named(("og:title", "twitter:title", *_TITLE)))
        known = [_key(text) for text in (page_title, *(claim.value for claim in shared))]
        for text in dict.fromkeys(heads):
            key = _key(text)
            if len(key) > 3 and any(title.startswith(key) for title in known if title):
                yield Claim(text, "markup")
        for one in self.props.get("headline", ()):
            if text := _content(one):
                yield Claim(text, "markup")
        if len(heads) == 1 and len(heads[0].split()) >= MIN_HEADLINE_WORDS:
            yield Claim(heads[0], "markup")
        sites = [*(claim.value for claim in self._sites()), *self._host()]
        for claim in shared:
            yield claim._replace(value=_without_site(claim.value, sites))
        if len(heads) == 1:
            yield Claim(heads[0], "markup")
        if page_title:
            yield Claim(_without_site(page_title, sites), "markup")

    def _authors(self) -> tuple[Claim, ...]:
        sites = {_key(claim.value) for claim in self._sites()}
        sites.update(map(_key, self._host()))
        site_alone: tuple[Claim, ...] = ()  # a source that names only the site counts if no other names anybody
        for claims in self._sources_of_authors():
            found = tuple({claim.value: claim for claim in reversed(claims)}.values())[::-1]
            if any(_key(claim.value) not in sites for claim in found):
                return found
            site_alone = site_alone or found
        return site_alone

    def _sources_of_authors(self) -> Iterator[list[Claim]]:
        """Yield the authors that each source names, the best source first."""
        yield [Claim(name, claim.source) for claim in self._json("author", "name") for name in _divided(claim.value)]
        for key in _AUTHOR:
            yield [Claim(name, claim.source) for claim in self._named((key,)) for name in _names(claim.value)]
        for kind in ("itemprop", "rel", "name", "link", "byline"):
            yield self._near_headline(kind)
        yield self._by_trafilatura()

    def _near_headline(self, kind: str) -> list[Claim]:
        """Return the names in the first of the elements behind the headline, and in those that stand beside it.

        Other such elements name the authors of comments, of other articles.
        """
        elements = [one for one in self.naming[kind] if not _is_of_others(one)]
        heads = [self.places[one] for one in self.by_tag["h1"]]
        behind = [one for one in elements if heads and self.places[one] > heads[0]]
        found: list[Claim] = []
        group: Any = None
        for one in behind + elements:
            said = [Claim(name, "markup") for name in self._names_in(one, kind)]
            if not said or (found and group is not None and _group(one) is not group):
                if found:
                    break
                continue
            found += said
            group = _group(one)
        return found

    def _names_in(self, element: Any, kind: str) -> list[str]:
        """Return the names that an element shows."""
        if kind == "byline":
            within = islice(element.iter(), MAX_WITHIN)
            links = [text for one in within if one.tag == "a" and names.is_person(text := _content(one))]
            if links:
                return list(dict.fromkeys(links))
        if kind == "itemprop":
            element = _inner_name(element)
        text = element.get("content") or _in_pieces(element)
        if len(text) > 2 * names.MAX_CHARS:
            return []
        is_sure = kind in ("itemprop", "rel", "name")
        return [name for name in _names(_shown(text)) if names.is_person(name, alone=is_sure)]

    def _by_trafilatura(self) -> list[Claim]:
        """Return the authors in the first element that trafilatura knows to name some.

        This is what its `extract_author` does, in time linear in the page even if such elements stand in each other.
        """
        from trafilatura.htmlprocessing import prune_unwanted_nodes
        from trafilatura.json_metadata import normalize_authors
        from trafilatura.xpaths import AUTHOR_DISCARD_XPATHS, AUTHOR_XPATHS

        tree = prune_unwanted_nodes(deepcopy(self.tree), AUTHOR_DISCARD_XPATHS)
        for expression in AUTHOR_XPATHS:
            for element in expression(tree)[:MAX_ELEMENTS]:
                text = _content(element)
                if 2 < len(text) < names.MAX_CHARS:
                    found = (normalize_authors(None, text) or "").split("; ")
                    return [Claim(name, "markup") for name in found if names.is_person(name)]
        return []

    def _date(self, text: str) -> str | None:
        """Return the date that a value says, None if it says none or one long before there were pages."""
        value = dates.parse(text[:MAX_VALUE_CHARS], self.lang)
        return value if value and value >= "1990" else None

    def _dates(self, claims: Iterable[Claim]) -> Iterator[Claim]:
        for claim in claims:
            if value := self._date(claim.value):
                yield claim._replace(value=value)

    def _dates_in(self, elements: Iterable[Any]) -> Iterator[Claim]:
        for one in elements:
            text = _text(one)
            for value in (one.get("datetime"), one.get("content"), one.get("title"), text):
                if value and (found := self._date(value)):
                    yield Claim(found, "markup", text if self._date(text) else "")
                    break

    def _published(self) -> Iterator[Claim]:
        yield from self._dates(self._json("datePublished"))
        yield from self._dates(self._named(_PUBLISHED))
        yield from self._dates_in(self.props.get("datepublished", ()))
        times = [one for one in self.by_tag["time"] if not _is_of_others(one) and not _is_update(one)]
        yield from self._dates_in(one for one in times if one.get("pubdate") is not None)
        yield from self._dates_in(one for one in times if _PUBLISHED_CLASS.search(one.get("class") or ""))
        yield from self._dates_in(one for one in self.by_tag["abbr"] if one.get("class") == "published")
        yield from self._dates(self._in_url())
        yield from self._dates_in(times)
        yield from self._dates_in(self._dated())
        yield from self._dates(self._json("dateCreated"))
        yield from self._dates(self._json("uploadDate"))

    def _modified(self) -> Iterator[Claim]:
        yield from self._dates(self._json("dateModified"))
        yield from self._dates(self._named(_MODIFIED))
        yield from self._dates_in(self.props.get("datemodified", ()))
        yield from self._dates_in(
            one for one in self.by_tag["time"] if "updated" in (one.get("class") or "").lower().split()
        )

    def _dated(self) -> list[Any]:
        """Return the elements that are called after a date."""
        small = (one for one in self.dated if len(one) < MAX_CHILDREN)
        return [one for one in small if not _is_of_others(one) and not _is_update(one)]

    def _in_url(self) -> Iterator[Claim]:
        for claim in self._urls():
            if match := _DATE_IN_PATH.search(claim.value):
                yield Claim("-".join(match.groups()), "url")

    def _sites(self) -> Iterator[Claim]:
        yield from self._named(("og:site_name",))
        for node in self.nodes:
            if "WebSite" in json_ld.types_of(node):
                yield from (Claim(_shown(text), "json-ld") for text in json_ld.texts(node.get("name"), self.by_id))
        yield from self._json("publisher", "name")
        yield from self._named(_SITE)

    def _host(self) -> list[str]:
        """Return the name of the host without its top level: `Soliant` may stand for soliant.com behind a title."""
        claim = _first(self._urls())
        host = _host_of(claim.value) if claim else ""
        return [host.removeprefix("www.").rpartition(".")[0], host.removeprefix("www.")]

    def _urls(self) -> Iterator[Claim]:
        yield from self._addresses(Claim(href, "markup") for href in self.links["link canonical"])
        yield from self._addresses(self._named(("og:url",)))
        yield from self._addresses(self._json("mainEntityOfPage", "@id"))
        yield from self._addresses(self._json("url"))
        if self.given:
            yield Claim(self.given, "given")

    def _addresses(self, claims: Iterable[Claim]) -> Iterator[Claim]:
        for claim in claims:
            if (address := self._absolute(claim.value)) is not None:
                yield claim._replace(value=address)

    def _absolute(self, address: str) -> str | None:
        """Return an address with its host, None if it is none of the web, or its host is not known."""
        base = next((href for one in self.by_tag["base"] if (href := one.get("href"))), "")
        try:
            base = urljoin(self.given or "", base.strip())
            found = urljoin(base, address) if base else address
            parts = urlsplit("https:" + found if found.startswith("//") else found)
        except ValueError:
            return None
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname or re.search(r"\s", found):
            return None
        return parts.geturl()

    def _languages(self) -> tuple[Claim, ...]:
        root = self.tree if self.tree.tag == "html" else None
        found = [] if root is None else [root.get("lang"), root.get("xml:lang")]
        claims = [Claim(name.strip(), "markup") for name in found if name]
        claims += [Claim(name.partition(",")[0].strip(), "meta") for name in self.meta.get("content-language", ())]
        claims += [Claim(name, "open-graph") for name in self.meta.get("og:locale", ())]
        claims += [
            Claim(name, "meta") for key in ("dc.language", "dcterms.language") for name in self.meta.get(key, ())
        ]
        return tuple(claims)

    def _images(self) -> Iterator[Claim]:
        yield from self._addresses(self._named(("og:image", "og:image:url", "og:image:secure_url")))
        yield from self._addresses(self._json("image", "url", "contentUrl", "@id"))
        yield from self._addresses(self._named(("twitter:image", "twitter:image:src", "image")))
        yield from self._addresses(Claim(href, "markup") for href in self.links["link image_src"])

    def _licenses(self) -> Iterator[Claim]:
        yield from self._json("license", "url", "@id", "name")
        yield from self._addresses(
            Claim(href, "markup") for rel in ("link license", "a license") for href in self.links[rel]
        )
        yield from self._named(("dcterms.license", "dc.license", "dcterms.rights.license", "license"))


def _add(many: list[Any], one: Any) -> None:
    if len(many) < MAX_ELEMENTS:
        many.append(one)


def _is_article(kind: str) -> bool:
    kind = kind.lower()
    return kind.endswith(("article", "posting")) or kind in _ARTICLES


def _shown(text: str) -> str:
    """Return a value as a reader would see it, "" if it is too long to be one."""
    if len(text) > MAX_VALUE_CHARS:
        return ""
    text = SURROGATES.sub("\ufffd", text)
    if "&" in text:
        from html import unescape

        text = unescape(text)
    if "<" in text:
        text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    return collapse(" ".join(text.split()))


def _content(element: Any) -> str:
    """Return the `content` of an element, else its text as a reader sees it."""
    if content := element.get("content"):
        return _shown(content)
    return _text(element)


def _text(element: Any) -> str:
    """Return the beginning of the text of an element as a reader sees it."""
    pieces = []
    length = 0
    for piece in islice(element.itertext(), MAX_VALUE_CHARS):
        pieces.append(piece[:MAX_VALUE_CHARS])
        length += len(pieces[-1])
        if length >= MAX_VALUE_CHARS:
            break
    return collapse(" ".join("".join(pieces).split()))[:MAX_VALUE_CHARS]


def _host_of(url: str) -> str:
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""


def _first(claims: Iterable[Claim]) -> Claim | None:
    """Return the first claim that has a value."""
    return next((claim for claim in claims if claim.value), None)


def _inner_name(element: Any) -> Any:
    """Return the element within that holds the name of a person, by its `itemprop`, else the element itself."""
    within = islice(element.iter(), MAX_WITHIN)
    return next((one for one in within if "name" in (one.get("itemprop") or "").split()), element)


def _in_pieces(element: Any) -> str:
    """Return the text of an element, with `|` between pieces of it that may be two things: a name and an office."""
    first = (piece[:MAX_VALUE_CHARS].split() for piece in islice(element.itertext(), MAX_PIECES))
    pieces = [" ".join(words) for words in first if words]
    shown = ""
    for piece in pieces:
        joined = not shown or _BEFORE.fullmatch(shown + " ") or _JOINS.search(shown) or _JOINED.match(piece)
        shown += (" " if joined else " | ") + piece
    return shown.strip()


def _is_of_others(element: Any) -> bool:
    """Whether an element stands among comments, or in what is beside and below the article."""
    for above in islice(element.iterancestors(), MAX_ANCESTORS):
        if above.tag in ("aside", "footer", "nav"):
            return True
        named = f"{above.get('class') or ''} {above.get('id') or ''}"
        if above.tag not in ("body", "html") and _OTHERS_CLASS.search(named):
            return True
    return False


def _is_update(element: Any) -> bool:
    """Whether an element is called after an update, or stands behind the word."""
    before, parent = element.getprevious(), element.getparent()
    beside = (parent.text if parent is not None else "") if before is None else before.tail or before.text
    said = beside or ""
    return bool(_UPDATE.search(f"{element.get('class') or ''} {said[-40:]}"))


def _group(element: Any) -> Any:
    """Return the element in which the other authors of an article stand, too."""
    parent = element.getparent()
    above = None if parent is None else parent.getparent()
    return parent if above is None or above.tag in ("body", "main", "article") else above


def _divided(text: str) -> list[str]:
    """Return the names in a string that may list several."""
    return [name for part in text.split(";") if names.is_author(name := part.strip(" ,\t"))]


def _names(text: str) -> list[str]:
    """Return the names in the text of an element or a tag, without what stands before and behind them."""
    return names.divided(_BEHIND.split(_BEFORE.sub("", text, count=1), maxsplit=1)[0])


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _without_site(title: str, sites: Iterable[str]) -> str:
    """Return a title without the name of the site at its end or start, and without the mark in between."""
    keys = {key for site in sites if (key := _key(site))}
    for match in reversed(list(re.finditer(rf"\s+{_SEPARATORS}+\s+|\s*[|»]\s*", title))):
        if _key(title[match.end() :]) in keys:
            return title[: match.start()].strip() or title
    first = re.search(rf"\s+{_SEPARATORS}+\s+|:\s+|\s*[|»]\s*", title)
    if first and _key(title[: first.start()]) in keys:
        return title[first.end() :].strip() or title
    return title


_COLLECTED = frozenset(("h1", "title", "time", "abbr", "base"))
_NAMING = frozenset(
    ("a", "span", "div", "p", "address", "strong", "em", "li", "h2", "h3", "h4", "h5", "b", "cite", "ul")
)
_OF_PERSON = re.compile(
    r"/(?:authors?|autor(?:en|es|e)?|auteurs?|people|person|profiles?|staff|contributors?|by|writers?|reporters?|journalists?"
    r"|journalistes?|columnists?|experts?|bios?|users?|members?)/[^/?#]+/?(?:[?#]|$)",
    re.IGNORECASE,
)
_NAME_CLASS = re.compile(
    r"author[-_]{0,2}name|byline[-_]{0,2}(?:name|author|link)|author[-_]{0,2}link|(?<![\w-])p-author|(?<![\w-])fn(?![\w-])"
    r"|(?:entry|post|article)[-_]{0,2}author(?![-_]{0,2}(?:bio|box|info|image|avatar|desc))",
    re.IGNORECASE,
)
_BYLINE_CLASS = re.compile(r"byline|(?<![a-z])by-?author|(?<![a-z])(?:author|autor|auteur)s?(?![a-z])", re.IGNORECASE)
_DATE_CLASS = re.compile(
    r"date(?!picker)|datum|fecha|parution|publi|meta|time|posted|submitted|created-post|calendar|fa-clock|byline|subline"
    r"|info|post_detail|author|autor|field-content|eyebrow",
    re.IGNORECASE,
)
_OTHERS_CLASS = re.compile(
    r"(?<![a-z])(?:comments?|commentlist|sidebar|related|recommend\w*|footer|more-from|trending|popular|latest)(?![a-z])",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"^\s*(?:(?:post(?:ed)?|written|story|article|words|text|photos?|reported|reviewed|edited)?\s*(?:author\s*)?by\b:?|author:?\s"
    r"|von\b:?|par\b\s*:?|por\b:?|di\b:?|autor(?:in)?:|auteur\s?:|автор:?\s|door\b|av\b|af\b|作者[:：]|文[／/])\s*",
    re.IGNORECASE,
)
_JOINS = re.compile(r"(?:[,&;]|\b(?:and|by|von|par|por|und|et|y|e))$", re.IGNORECASE)
_JOINED = re.compile(r"(?:[,&;.]|(?:and|und|et|y|e)\b)", re.IGNORECASE)
_BEHIND = re.compile(
    r"\s*(?:\||•|·|\s[-–—]\s|\(|\b(?:updated|published|posted|on|last|follow|contributor|staff|senior|editor|reporter"
    r"|correspondent|writer|am|le|el|vom|du)\b|\d)",
    re.IGNORECASE,
)

_TITLE = ("citation_title", "dc.title", "dcterms.title", "headline", "parsely-title", "sailthru.title", "title")
_DESCRIPTION = ("og:description", "description", "twitter:description", "dc.description", "dcterms.description")
_SITE = ("application-name", "al:ios:app_name", "dc.publisher", "dcterms.publisher", "citation_journal_title")
_AUTHOR = (
    *("article:author", "author", "og:article:author", "authors", "byl", "citation_author", "creator", "dc.creator"),
    *("dc:creator", "dcterms.creator", "dcsext.author", "parsely-author", "sailthru.author", "rbauthors"),
    "shareaholic:article_author_name",
)
_PUBLISHED = (
    *("article:published_time", "og:article:published_time", "article:published", "datepublished", "pubdate"),
    *("publishdate", "publish-date", "publish_date", "date_published", "parsely-pub-date", "sailthru.date"),
    *("cxenseparse:recs:publishtime", "dcterms.issued", "dc.date.issued", "dc.date", "dcterms.date", "dc:date"),
    *("citation_publication_date", "citation_date", "og:pubdate", "og:published_time", "originalpublicationdate"),
    *(
        "article.published",
        "published",
        "published_time",
        "publication_date",
        "date",
        "dc.date.created",
        "dcterms.created",
    ),
    *("datecreated", "shareaholic:article_published_time", "displaydate"),
)
_MODIFIED = (
    *("article:modified_time", "og:updated_time", "og:article:modified_time", "datemodified", "dcterms.modified"),
    *("dc.modified", "article:modified", "modified_time", "lastmod", "last-modified", "lastmodified", "updated_time"),
    "revision_date",
)
_PUBLISHED_CLASS = re.compile(r"(?<![\w-])(?:entry-date|entry-time|published|post-date|dt-published)(?![\w-])")
_UPDATE = re.compile(r"updat|modif|actuali|aktuali|mis à jour|mise à jour|aggiorn|обновл|更新", re.IGNORECASE)
_DATE_IN_PATH = re.compile(r"(?<=[/_-])((?:19|20)\d\d)[/_-](\d{2})[/_-](\d{2})(?=\D|$)")
