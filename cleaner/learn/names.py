"""Names of packs and rules that were learned: safe as names of files on every platform, and as ids of packs.

A host or a folder may be called anything: `../../etc`, `CON`, 300 characters, characters of any script. A name that
is safe stands for itself; any other becomes what is left of it in plain letters, and a digest of the whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b

from cleaner.rules.match.keys import keys
from cleaner.rules.pack import ID, LIMIT_CHARS

# Characters of the name of a pack. Most file systems take 255 bytes; whoever writes a file beside it needs some.
MAX_ID_CHARS = 100
# Characters of a line in the id of its rule. Raised, ids tell more of the line, and are longer to type.
MAX_SLUG_CHARS = 40
DIGEST_BYTES = 4  # of digests, which are written as twice as many digits
_DIGITS = DIGEST_BYTES * 2
# Names that Windows takes for devices, whatever follows behind a dot.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?:\.|$)")
# A name that may stand for itself: a host has a dot, and no pack that ships has one in its id; the id of a template
# ends in a longer digest than the names that are made here. So a name that is made is never that of another site.
_HOST = re.compile(rf"(?!.*-[0-9a-f]{{{_DIGITS}}}$).*\..*")
_TEMPLATE = re.compile(rf"[^.]*-[0-9a-f]{{{_DIGITS + 2},}}")
_SYNTAX = re.compile(r"\\.|\[[^\]]*\]|\{[^}]*\}|\?:")  # of patterns: what says nothing in the id of a rule


def digest(text: str) -> str:
    """Return eight hexadecimal digits that stand for a text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).hexdigest()


def pack_id(name: str) -> str:
    """Return the id of the pack of a site: a host stands for itself if it is safe, any other name gets a digest.

    Hosts are in lower case. Other names, such as those in a field, may differ in case alone and are of two sites.
    """
    is_safe = len(name) <= MAX_ID_CHARS and ID.fullmatch(name) and not _DEVICE.match(name)
    if is_safe and (_HOST.fullmatch(name) or _TEMPLATE.fullmatch(name)):
        return name
    return f"{_slug(name, MAX_ID_CHARS // 2) or 'site'}-{digest(name)}"


def file_name(name: str) -> str:
    """Return the name of the file of a site's pack, which is the id of the pack with its suffix."""
    return f"{pack_id(name)}.toml"


def rule_id(kind: str, texts: Iterable[str]) -> str:
    """Return the id of a rule by what it looks for: lines of at most `LIMIT_CHARS` characters, or patterns.

    The same texts have the same id, in any order and at any time, and so have lines with the same keys.
    """
    forms = sorted(keys(list(texts), LIMIT_CHARS) if kind == "lines" else texts)
    shown = "".join(forms[:1]) if kind == "lines" else _SYNTAX.sub(" ", "".join(forms[:1]))
    name = _slug(shown, MAX_SLUG_CHARS) or ("line" if kind == "lines" else kind.replace("_", "-"))
    return f"{name}-{digest(chr(10).join([kind, *forms]))}"


def _slug(text: str, most: int) -> str:
    """Return the letters and digits of ASCII in `text`, in lower case, with a hyphen for what is between them.

    It has at most `most` characters, and ends with a whole word unless the first word alone is longer.
    """
    plain = unicodedata.normalize("NFKD", text[: 4 * most]).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall("[a-z0-9]+", plain))
    if len(slug) <= most:
        return slug
    whole, hyphen, _ = slug[: most + 1].rpartition("-")
    return whole if hyphen else slug[:most]
