"""Rule packs: the shape of the TOML files, and finding and reading them.

The classes below have one field for each key, with its type, its limits and its description. By them msgspec checks
the shape of a pack, and the JSON schema for editors (`workbench.schema`) is made of them. `rules.checks` parses a
pack and checks everything else.

Packs directly in a folder named `hosts`, which a user names or which lies directly in a folder that a user names, are
host packs: each is named after the one host that it is for, and is read when a document of that host comes (see
`rules.hosts` and `rules.library`). All other packs are read at once.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from cleaner import quote, toml
from cleaner.errors import SettingsError
from cleaner.rules import hosts
from cleaner.rules.hosts import HostFolder
from cleaner.rules.match.keys import keys

# This module has no `from __future__ import annotations`: msgspec would have to compile the annotation of each field
# from its text when the first pack is read.

FORMAT = 1  # the version of the format that this code reads
MAX_CHARS = 300  # the default of `max_chars`; a longer line is prose, and no rule for lines takes it
LIMIT_CHARS = (
    2000  # the highest `max_chars`; also the characters of a line that are looked at for a clue or a literal
)
LIMIT_BLOCK = 200  # the highest `max` and `min`, in lines
MAX_CLUES = 1000  # the most clues, and the highest clues_needed
# The most items of lists. In brackets: the most that a pack that ships has. Each rule, protection and domain takes
# some time for every line or every document that it may be about. Raised, hostile packs can take longer.
MAX_RULES = 4000  # [52]
MAX_KEEPS = 200  # [1]
MAX_PHRASES = 500  # the frame has 112
MAX_SELECTORS = 500  # of a rule or a protection [5]
MAX_HOSTS = 1000  # [35]
MAX_LANGS = 200  # [2]; about as many as have a tag of two letters
MAX_CATEGORIES = 20  # of `between` and `after` [16]
MAX_NAMES = 100  # of `replaces`, and of `rules` and `files` of a protection
# The most packs that are read at once, what they hold in bytes, and the files and folders that are looked at to find
# them. 127 packs with 1.3 MB ship. Raised, a folder that is no folder of packs takes longer to be refused. Host packs
# have limits of their own (`hosts.MAX_PACKS`).
MAX_PACKS = 2_000
MAX_TOTAL_BYTES = 20_000_000
MAX_ENTRIES = 100_000
# Host packs of a folder that is no larger become part of the settings of a cleaner, as all other packs are: then
# nobody needs the folder any more, in particular no worker on another machine. 200 packs of 20 KB are read in 10 ms.
# Raised, cleaners take longer to build and to send. A folder that is larger is only looked at.
MAX_PACKS_TO_HOLD = 200
MAX_BYTES_TO_HOLD = 4_000_000
FRAME = "phrases.toml"  # the frame of languages, at the top of the folder of packs that ship; it is no pack
TONGUES = "language"  # the folder of packs that ship and are for one language each
ID = hosts.NAME
CATEGORY = re.compile(r"[a-z][a-z-]*")

KINDS = (
    "lines",
    "patterns",
    "from",
    "between",
    "after",
    "cut",
    "cut_before",
    "inline",
    "selectors",
    "collapse",
    "tags",
)
PATTERN_KEYS = ("patterns", "from", "to", "cut", "cut_before", "inline")  # keys with patterns of what may go

LINE_KEYS = ("lines", "drops", "keeps", "todo_drops", "todo_keeps")  # keys with whole lines

Patterns = str | list[str]
Lines = str | list[str]  # a block with one line a line, or a list of lines
Words = Mapping[str, Sequence[str]]


def _about(
    description: str,
    *,
    ge: int | None = None,
    le: int | None = None,
    most: int | None = None,
    schema: dict[str, Any] | None = None,
) -> msgspec.Meta:
    """Return what a field says of its key: a description, the lowest and the highest value, and the most items.

    `schema` is what the JSON schema has besides; whether a pack fits it is checked in `rules.checks`.
    """
    if most is not None:
        return msgspec.Meta(description=description, max_length=most, extra_json_schema=schema)
    return msgspec.Meta(description=description, ge=ge, le=le, extra_json_schema=schema)


_ONE_OR_MORE = "A regular expression, or a list of them; {name} stands for any of the words of that name."
_ONE_A_LINE = "one a line, or a list of them"
_SELECTOR_SUBSET = (
    "type, #id, .class, [attribute], [attribute=value] (also with ^=, $=, *=, ~=), spaces, > and commas"
)
_BCP_47 = "Languages as BCP 47 tags, such as en or pt-BR."


class PackInfo(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """The `[pack]` table: what the pack is, and for which documents it is active."""

    format: Annotated[int, _about("The version of the format of packs.", ge=0, le=999, schema={"const": FORMAT})]
    id: Annotated[
        str,
        _about(
            "The name of the pack, which is also the name of its file: lower case letters, digits and -.",
            schema={"pattern": f"^{ID.pattern}$"},
        ),
    ]
    title: Annotated[str, _about("The name that a person would give to these sites or strings.")] = ""
    hosts: Annotated[
        list[str],
        _about(
            "Domains. If the URL of a document is known, the pack is active on these domains and all below them.",
            most=MAX_HOSTS,
        ),
    ] = []
    langs: Annotated[
        list[str],
        _about(
            f"{_BCP_47} The pack is not active for a document that is known to be in another language.",
            most=MAX_LANGS,
        ),
    ] = []
    clues: Annotated[
        list[str],
        _about(
            "Lines that tell that a document is from these sites, for documents whose URL is not known.",
            most=MAX_CLUES,
        ),
    ] = []
    clues_needed: Annotated[int, _about("How many of the clues a document must have.", ge=1, le=MAX_CLUES)] = 1
    source: Annotated[str, _about("The pages on which the strings were seen.")] = ""


class Case(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A `[[rule.case]]`: an example of a rule at work on a whole document."""

    before: Annotated[str, _about("A document.")]
    after: Annotated[str, _about("The document after the rule has been at work.")]
    why: Annotated[str, _about("What the example shows.")] = ""


class Rule(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True, rename={"from_": "from"}):
    """A `[[rule]]`: chrome of one kind, with the examples that test the rule."""

    id: Annotated[
        str,
        _about(
            "The name of the rule within its pack: lower case letters, digits and -.",
            schema={"pattern": f"^{ID.pattern}$"},
        ),
    ]
    category: Annotated[
        str,
        _about(
            "The sort of chrome, such as share or navigation. Users can keep a whole category.",
            schema={"pattern": f"^{CATEGORY.pattern}$"},
        ),
    ]
    lines: Annotated[
        Lines | None,
        _about(
            f"Kind: whole lines that go, {_ONE_A_LINE}. Case, spaces, kinds of quotes and bullets make no difference."
        ),
    ] = None
    patterns: Annotated[Patterns | None, _about(f"Kind: a line goes if it matches as a whole. {_ONE_OR_MORE}")] = None
    from_: Annotated[
        Patterns | None,
        _about(
            f"Kind: a block of lines goes. This matches its first line; `to` and `max` go with it. {_ONE_OR_MORE}"
        ),
    ] = None
    to: Annotated[Patterns | None, _about(f"Matches the last line of the block. {_ONE_OR_MORE}")] = None
    max: (
        Annotated[
            int,
            _about(
                "The most lines that the block may have, not counting blank lines. If it has more, nothing goes.",
                ge=2,
                le=LIMIT_BLOCK,
            ),
        ]
        | None
    ) = None
    between: Annotated[
        list[str],
        _about(
            "Kind: the lines between chrome of these categories on both sides go, if they are at most `max`.",
            most=MAX_CATEGORIES,
        ),
    ] = []
    after: Annotated[
        list[str],
        _about(
            "Kind: the lines that follow chrome of these categories behind the last prose go, to the end of the "
            "document, if they are at most `max`.",
            most=MAX_CATEGORIES,
        ),
    ] = []
    cut: Annotated[
        Patterns | None,
        _about(f"Kind: a matching line behind the last prose goes, and everything after it. {_ONE_OR_MORE}"),
    ] = None
    cut_before: Annotated[
        Patterns | None,
        _about(f"Kind: a matching line before the first prose goes, and everything before it. {_ONE_OR_MORE}"),
    ] = None
    inline: Annotated[
        Patterns | None,
        _about(f"Kind: the part of a line that matches goes. Case and spaces count. {_ONE_OR_MORE}"),
    ] = None
    selectors: Annotated[
        list[str],
        _about(
            f"Kind: of a page of HTML, the elements go that these selectors of CSS name, with all in them: "
            f"{_SELECTOR_SUBSET}. On a plain text the rule does nothing.",
            most=MAX_SELECTORS,
        ),
    ] = []
    at: Annotated[
        Literal["start", "end", "any"],
        _about("Where in the line the part of an `inline` rule must stand."),
    ] = "any"
    collapse: Annotated[
        bool | None,
        _about("Kind, if true: of lines that are printed twice in a row, the second copy goes."),
    ] = None
    tags: Annotated[
        bool | None,
        _about("Kind, if true: tags and scripts of HTML that were left in a text go, unless the text is about them."),
    ] = None
    min: (
        Annotated[
            int,
            _about("The fewest lines that must be printed twice for a `collapse` rule to act.", ge=1, le=LIMIT_BLOCK),
        ]
        | None
    ) = None
    zone: Annotated[
        Literal["head", "tail", "edges", "below", "any"],
        _about(
            "Where in the document the rule acts: before the first line of prose, behind the last, in both of these "
            "places, behind the first, or anywhere."
        ),
    ] = "any"
    weak: Annotated[bool, _about("If true, the rule takes a line only if other chrome is beside it.")] = False
    confidence: Annotated[
        Literal["sure", "likely", "guess"],
        _about("How sure it is that the lines are chrome. Guesses act at level main only."),
    ] = "sure"
    langs: Annotated[list[str], _about(f"{_BCP_47} The rule is for documents in these.", most=MAX_LANGS)] = []
    unless: Annotated[Patterns, _about(f"A line that matches one of these stays. {_ONE_OR_MORE}")] = []
    max_chars: Annotated[
        int, _about("The most characters a line may have. A longer line stays.", ge=1, le=LIMIT_CHARS)
    ] = MAX_CHARS
    status: Annotated[
        Literal["active", "trial", "retired"],
        _about(
            "Only active rules take anything. A trial is for `cleaner rules try`; a retired rule only keeps its name."
        ),
    ] = "active"
    replaces: Annotated[
        list[str],
        _about(
            "Former names of the rule, as pack/rule. Users who disabled one of them have disabled this rule.",
            most=MAX_NAMES,
        ),
    ] = []
    says: Annotated[
        list[str],
        _about(
            "Phrases of the frame that the lines of this rule say, for `cleaner rules list --languages`.",
            most=MAX_PHRASES,
        ),
    ] = []
    why: Annotated[str, _about("Why these lines are chrome and not content.")] = ""
    seen: Annotated[str, _about("The pages on which the lines were seen.")] = ""
    drops: Annotated[Lines, _about(f"Examples: lines that the rule must take, {_ONE_A_LINE}.")] = ""
    keeps: Annotated[
        Lines,
        _about(
            f"Examples: lines that the rule must not take, {_ONE_A_LINE}, each as close to its patterns as can be."
        ),
    ] = ""
    drops_html: Annotated[
        str | list[str],
        _about(
            "Examples: HTML, or a list of pieces of HTML, whose text a rule with `selectors` must take as a whole."
        ),
    ] = []
    keeps_html: Annotated[
        str | list[str],
        _about("Examples: HTML, or a list of pieces of HTML, of whose text such a rule must take nothing."),
    ] = []
    todo_drops: Annotated[Lines, _about("Known failures: lines that the rule should take, but does not yet.")] = ""
    todo_keeps: Annotated[Lines, _about("Known failures: lines that the rule takes, but should not.")] = ""
    case: Annotated[list[Case], _about("Examples: whole documents, before and after.")] = []

    @property
    def kinds(self) -> list[str]:
        """The keys of `KINDS` that are set. A rule that can be used has exactly one."""
        return [name for name in KINDS if getattr(self, attribute(name))]

    @property
    def kind(self) -> str:
        """The kind of a rule that can be used."""
        return self.kinds[0]

    @property
    def goes_by_place(self) -> bool:
        """Whether the rule goes by the place of lines alone, so that nothing is looked for."""
        return bool(self.collapse or self.tags or self.between or self.after)

    def patterns_by_key(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each key of `PATTERN_KEYS` that is set, and its patterns."""
        for name in PATTERN_KEYS:
            if patterns := listed(getattr(self, attribute(name))):  # `""` is a pattern, too, and refused
                yield name, patterns

    def looked_for(self) -> Iterator[tuple[str, list[str]]]:
        """Yield (role, patterns): which patterns are looked for, and the role of a line, or part of one, that fits.

        The role is the name of the key, but `line` for `patterns`.
        """
        for name, patterns in self.patterns_by_key():
            yield ("line" if name == "patterns" else name), patterns

    def size(self) -> tuple[int, int]:
        """Return how many literals and how many patterns the rule looks for; those of `unless` do not count."""
        return len(block(self.lines or "")), sum(len(patterns) for _, patterns in self.patterns_by_key())


class Keep(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A `[[keep]]`: lines that rules must not take, or rules that must not act, everywhere or for some documents.

    It holds for documents that are what each of `hosts`, `langs` and `files` says that is set.
    """

    id: Annotated[
        str,
        _about(
            "A name for it within its pack, for messages: lower case letters, digits and -.",
            schema={"pattern": f"^{ID.pattern}$"},
        ),
    ] = ""
    hosts: Annotated[
        list[str], _about("Domains on which this holds. Without any, it holds everywhere.", most=MAX_HOSTS)
    ] = []
    files: Annotated[
        list[str],
        _about(
            "Names of documents for which this holds, as patterns like those of .gitignore: poems/** is all below a "
            "folder. They are relative to the folder of the configuration. Without any, it holds for all names.",
            most=MAX_NAMES,
        ),
    ] = []
    langs: Annotated[list[str], _about(f"{_BCP_47} This holds for documents in these.", most=MAX_LANGS)] = []
    rules: Annotated[
        list[str],
        _about(
            "The rules that this holds against, as pack/rule; * stands for any characters. `judge` is the judge. "
            "Without any, this holds against all rules and the judge.",
            most=MAX_NAMES,
        ),
    ] = []
    lines: Annotated[Lines, _about(f"Whole lines that stay, {_ONE_A_LINE}.")] = ""
    patterns: Annotated[Patterns, _about(f"A line stays if it matches as a whole. {_ONE_OR_MORE}")] = []
    selectors: Annotated[
        list[str],
        _about(
            f"Of a page of HTML, all lines stay that have text in an element that these selectors of CSS name: "
            f"{_SELECTOR_SUBSET}.",
            most=MAX_SELECTORS,
        ),
    ] = []
    why: Annotated[str, _about("Why these lines are content.")] = ""
    keeps: Annotated[Lines, _about(f"Examples: lines that this must protect, {_ONE_A_LINE}.")] = ""
    drops: Annotated[Lines, _about(f"Examples: lines that this must not protect, {_ONE_A_LINE}.")] = ""
    keeps_html: Annotated[
        str | list[str], _about("Examples: HTML, or a list of pieces of HTML, all of whose lines this must protect.")
    ] = []
    drops_html: Annotated[
        str | list[str], _about("Examples: HTML, or a list of pieces of HTML, of which this must protect no line.")
    ] = []

    @property
    def names_lines(self) -> bool:
        """Whether it is about lines; otherwise it turns rules off for whole documents."""
        return bool(self.lines or self.patterns or self.selectors)

    def looked_for(self) -> Iterator[tuple[str, list[str]]]:
        """Yield (role, patterns) for the patterns that are looked for in lines."""
        if self.patterns:
            yield "keep", listed(self.patterns)


class Phrase(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A `[[phrase]]`: how a language says a phrase of the frame. It becomes a rule (see `rules.phrases`)."""

    id: Annotated[
        str,
        _about(
            "The name of a phrase in rules/phrases.toml, the frame. The rule has the same name.",
            schema={"pattern": f"^{ID.pattern}$"},
        ),
    ]
    lines: Annotated[
        str | list[str],
        _about(
            "Whole lines that say it, one a line. {n} stands for a number, {date} for a date or time, {name} for a "
            "name or a few words."
        ),
    ]
    keeps: Annotated[str | list[str], _about("Examples: lines that must stay, one a line.")] = ""
    seen: Annotated[str, _about("Where the lines were seen: on how many sites, in which translations.")] = ""
    why: Annotated[str, _about("Why these lines are chrome and not content, if it is not what the frame says.")] = ""
    status: Annotated[
        Literal["active", "trial"],
        _about("A trial is for lines that sites may not say so; they go in `cleaner rules try` alone."),
    ] = "active"
    weak: Annotated[
        bool | None,
        _about("True for lines that go only beside other chrome, where the frame does not ask for that."),
    ] = None
    zone: Annotated[
        Literal["head", "tail", "edges", "below"] | None,
        _about("Where in the document the lines go, if the frame says anywhere."),
    ] = None
    confidence: Annotated[
        Literal["sure", "likely", "guess"] | None,
        _about("How sure it is that the lines are chrome, if that is less sure than the frame says."),
    ] = None


class Pack(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A pack file. `checks.parse` puts the rules that the phrases become behind those of `[[rule]]`."""

    pack: Annotated[PackInfo, _about("What the pack is, and for which documents it is active.")]
    words: Annotated[
        dict[str, list[str]],
        _about("Lists of words, each with a name. In a pattern, {name} stands for any word of that list."),
    ] = {}
    rule: Annotated[list[Rule], _about("The rules of the pack. Each rule has exactly one kind.", most=MAX_RULES)] = []
    keep: Annotated[
        list[Keep],
        _about(
            "Lines that rules must not take, and rules that must not act, everywhere or for some documents.",
            most=MAX_KEEPS,
        ),
    ] = []
    phrase: Annotated[
        list[Phrase], _about("How the language of the pack says the phrases of the frame.", most=MAX_PHRASES)
    ] = []

    def folded_words(self) -> dict[str, list[str]]:
        """Return `[words]` with every word as a key (see `match.keys`), which is how lines are compared."""
        return {name: keys(words, MAX_CHARS) for name, words in self.words.items()}

    def place_of(self, index: int) -> tuple[str, int]:
        """Return the table that says the rule with the 0-based number `index`, and the number of that table."""
        written = len(self.rule) - len(self.phrase)
        return ("rule", index) if index < written else ("phrase", index - written)


def attribute(name: str) -> str:
    """Return the attribute of `Rule` that holds the key `name`; `from` is a word of Python."""
    return "from_" if name == "from" else name


class Source(msgspec.Struct, frozen=True):
    """A pack file that was read: its name for messages, its text, and for a host pack the host it is named after."""

    name: str
    text: str
    host: str = ""


class Found(NamedTuple):
    """The packs that paths lead to: those that were read, and folders of host packs that were only looked at."""

    sources: list[Source]
    folders: list[HostFolder]


def listed(value: Patterns | None) -> list[str]:
    """Return the patterns of a key, which may be written as one string, as a list."""
    return [value] if isinstance(value, str) else list(value or ())


def block(value: Lines) -> list[str]:
    """Return the lines of a key that are not blank: they are written as a `'''` block, or as a list."""
    return [line for line in (value.split("\n") if isinstance(value, str) else value) if line.strip()]


def is_tongue(name: str) -> bool:
    """Whether a pack that ships, by its path, is one of those that are decoded only when a line calls for them."""
    return os.path.basename(os.path.dirname(name)) == TONGUES  # noqa: PTH119, PTH120 # as fast for 170 packs


def shipped_folder() -> Path:
    """Return the folder of the packs that ship: that in the wheel, or `rules/` of a source tree."""
    here = Path(__file__).resolve().parent.parent
    folder = here / "packs"
    return folder if folder.is_dir() else here.parent / "rules"


def builtin() -> list[Source]:
    """Return the packs that ship with the cleaner."""
    return read([shipped_folder()], trusted=True)


class ShippedFile(NamedTuple):
    """A file that ships, which was not read: its path, and when it was changed and its size as the system says."""

    name: str
    mtime_ns: int
    size: int


def shipped_files() -> list[ShippedFile]:
    """Look at the files of the packs that ship, sorted by path, and at the frame. Raises `SettingsError`."""
    top = shipped_folder()
    try:
        files, _ = _packs_below(top, trusted=True)
        looked_at = [(str(file), file.stat()) for file in (*files, top / FRAME)]
    except OSError as error:
        raise SettingsError(
            f"{quote.name(top)}: cannot be read ({error.strerror}); install the cleaner anew"
        ) from None
    return [ShippedFile(name, about.st_mtime_ns, about.st_size) for name, about in looked_at]


def frame() -> Source:
    """Return the frame of languages, which ships beside the packs (see `rules.phrases`)."""
    file = shipped_folder() / FRAME
    return Source(str(file), toml.read(file, "install the cleaner anew"))


def is_frame(file: Path) -> bool:
    """Whether a file is the frame that ships. A pack of a user may have the same name."""
    return file.name == FRAME and os.path.realpath(file) == os.path.realpath(shipped_folder() / FRAME)


def read(paths: Iterable[Path], *, trusted: bool = False) -> list[Source]:
    """Read pack files, and all `*.toml` files below folders, sorted by path. Raises `SettingsError`.

    A file that is named or found twice counts once. A path may be a link. Below a folder, links to folders are passed
    over, and a link in place of a pack is an error unless the folder is `trusted`: an installer may have put links
    there. Host packs are read as well, and come last.
    """
    sources, folders = find(paths, trusted=trusted)
    for folder in folders:
        sources += host_sources(folder)
    return sources


def host_sources(folder: HostFolder) -> Iterator[Source]:
    """Read the packs of a folder of host packs. Raises `SettingsError`."""
    return (Source(folder.file(host), folder.text(host), host) for host in folder.files)


def find(paths: Iterable[Path], *, trusted: bool = False) -> Found:
    """Find packs and read them as `read` does, but leave the host packs of a large folder for later.

    Raises `SettingsError`.
    """
    found = Found([], [])
    seen: set[str] = set()  # real paths of files
    looked_at: dict[str, HostFolder] = {}  # by real path; host packs are too many to list each
    rest = MAX_TOTAL_BYTES
    for path in paths:
        name = quote.name(path)
        try:
            in_folder = path.is_dir()
            files, folder = _packs_below(path, trusted=trusted) if in_folder else ([path], None)
        except OSError as error:
            raise SettingsError(f"{name}: cannot be read ({error.strerror}); check its permissions") from None
        if not files and not folder:
            raise SettingsError(f"{name}: no rule packs (*.toml) in this folder; name the folder that has them")
        for file in files:
            if not trusted:
                real = os.path.realpath(file)
                of_hosts = looked_at.get(os.path.dirname(real))  # noqa: PTH120
                if real in seen or (of_hosts and file.stem in of_hosts.files):
                    continue
                seen.add(real)
            text = toml.read(file, "check the path", follow=trusted or not in_folder)
            rest -= len(text)
            if rest < 0 or len(found.sources) == MAX_PACKS:
                what = f"more than {MAX_PACKS:,} packs or {MAX_TOTAL_BYTES:,} bytes in all"
                raise SettingsError(f"{name}: {what}; name the folders with the packs that you need")
            found.sources.append(Source(str(file), text, "" if in_folder or trusted else _host_of(file, text)))
        if folder and (real := os.path.realpath(folder.place)) not in looked_at:
            looked_at[real] = folder
            folder = folder.without(Path(file).stem for file in seen if os.path.dirname(file) == real)  # noqa: PTH120
            if len(folder.files) > MAX_PACKS_TO_HOLD or folder.size() > MAX_BYTES_TO_HOLD:
                found.folders.append(folder)
            else:
                found.sources.extend(host_sources(folder))
    return found


def _host_of(file: Path, text: str) -> str:
    """Return the host that a pack file, which a user names, is for; "" if it is no host pack.

    Raises `SettingsError` if a host pack has no name of a host, or is too large.
    """
    place = Path(os.path.abspath(file))  # noqa: PTH100 # without following links: what counts is what the user names
    if place.parent.name != hosts.FOLDER:
        return ""
    if problem := hosts.problem_of(place.name, len(text)):
        raise SettingsError(f"{quote.name(file)}: {problem}")
    return place.name.removesuffix(hosts.SUFFIX)


def _packs_below(top: Path, *, trusted: bool) -> tuple[list[Path], HostFolder | None]:
    """Return the `*.toml` files below a folder, sorted, and the folder of host packs among them.

    A folder that is `trusted` has no host packs. Raises `SettingsError` for too many files, and `OSError`.
    """
    place = Path(os.path.abspath(top))  # noqa: PTH100 # as in `_host_of`
    of_hosts = None if trusted else top if place.name == hosts.FOLDER else top / hosts.FOLDER
    host_folder = None
    files = []
    folders = [top]
    rest = MAX_ENTRIES
    while folders:
        folder = folders.pop()
        in_hosts = folder == of_hosts
        if in_hosts:
            host_folder = hosts.look(str(folder), str(place if folder == top else place / hosts.FOLDER))
        with os.scandir(folder) as entries:
            for entry in entries:
                rest -= 1
                if rest < 0:
                    what = f"holds more than {MAX_ENTRIES:,} files and folders"
                    raise SettingsError(f"{quote.name(top)}: {what}; name a folder that holds the packs alone")
                is_pack = entry.name.endswith(hosts.SUFFIX)
                if is_pack and in_hosts:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(folder / entry.name)
                elif is_pack and not is_frame(folder / entry.name):
                    files.append(folder / entry.name)
    return sorted(files), host_folder if host_folder and host_folder.files else None
