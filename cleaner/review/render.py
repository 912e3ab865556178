"""The page of a review: one file of HTML that holds everything, its script, its style and the data.

The page opens from the disk, in a browser without a network. Nothing in it comes from documents but one block of
JSON, which no browser executes. A policy in the page names the digests of its one script and its one style; a browser
runs nothing else, and loads nothing.

The parts are files in the folder `page` beside this module: `template.html.j2`, `review.css`, and scripts in `js`,
which are joined in the order of their names.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from cleaner.errors import SettingsError
from cleaner.review.data import ReviewData, as_json

PARTS = Path(__file__).parent / "page"
MARK = "<!-- a page of cleaner review -->"  # the last line of a page, by which it is known as ours
END_BYTES = 200  # of a file, in which the mark is looked for: the mark, and blank lines that an editor may add


def render(data: ReviewData, title: str | None = None) -> str:
    """Return the page; `title` is that of its window, by default the title of the data.

    Raises `SettingsError` if Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        why = "the page of a review needs jinja2, which is not installed"
        raise SettingsError(f"{why}; pip install 'boilerstrip[review]'") from None
    css = _read(PARTS / "review.css")
    js = "\n".join(_read(path) for path in sorted((PARTS / "js").glob("*.js")))
    template = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True).from_string(
        _read(PARTS / "template.html.j2")
    )
    page = template.render(
        title=_encodable(data.title if title is None else title),
        csp=policy(css, js),
        css=Markup(css),  # ours, and in the policy
        js=Markup(js),
        data=Markup(as_json(data)),  # has neither `<` nor `&`
    )
    return f"{page.rstrip()}\n{MARK}\n"


def is_end_of_page(end: bytes) -> bool:
    """Whether a file whose last `END_BYTES` are `end` is a page of a review."""
    return end.rstrip().endswith(MARK.encode())


def policy(css: str, js: str) -> str:
    """Return the content security policy of a page with this style and this script."""
    return (
        f"default-src 'none'; style-src '{_digest(css)}'; script-src '{_digest(js)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _read(path: Path) -> str:
    return path.read_text("utf-8")


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
