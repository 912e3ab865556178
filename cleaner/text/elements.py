"""The elements of HTML, by what they do to text. Any other name is a sign of XML or of a template."""

from __future__ import annotations


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


PAGE = _names("body head html title")  # these stand around a page as a whole, or say what it is
# These begin a line of their own and hold text.
BLOCK = _names(
    "address article aside blockquote center dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header"
    " li main nav ol p pre section table tbody td tfoot th thead tr ul"
)
VOID = _names("br embed hr img input link meta param source wbr")  # these hold nothing and have no end
# These stand inside of a line, or hold what is no text.
INLINE = _names(
    "a abbr acronym amp-ad amp-img area audio b bdi bdo big button canvas caption cite code col colgroup del details"
    " dfn em fieldset font i iframe ins kbd label legend map mark noscript o:p object option path picture q rp rt"
    " ruby s samp script select small span strike strong style sub summary sup svg textarea time tt u var video"
)
KNOWN = PAGE | BLOCK | VOID | INLINE
# Of these, some whose tags say something that the text without them does not.
TELLING = _names("area bdi bdo canvas code del details dfn kbd map mark pre q rp rt ruby samp sub summary sup tt var")
