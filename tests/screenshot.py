"""Make the picture of the review page that the README shows: `.github/review.png`.

    python -m tests.screenshot [--output FILE] [--dark]

The page is made of documents in `corpus/`. The picture shows one of them, with what went struck out, the reason for
one piece, and a decision; two browsers may draw it with other fonts, so no test compares it.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.review_pages import Given, browser, review_of, write_page

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / ".github" / "review.png"
CORPUS = ROOT / "corpus" / "chrome"
SHOWN = (
    "rferl-dam-leak-evacuation.txt"  # short enough to be seen as a whole, with prose and chrome of many categories
)
# In CSS pixels. Wider, the text is hard to read in a README; narrower than 1,088, the list of documents is folded.
WIDTH, HEIGHT = 1120, 720
MAX_BYTES = 150_000  # of a picture: a README should open quickly


def documents() -> list[Given]:
    """Return the documents of the page, each with a URL, so that they have sites."""
    paths = sorted(path for path in CORPUS.glob("*.txt") if not path.name.endswith(".clean.txt"))
    sites = ("valley-gazette.example", "harbour.example", "blog.example")
    return [
        Given(path.name, path.read_text("utf-8"), f"https://{sites[n % len(sites)]}/{path.stem}")
        for n, path in enumerate(paths)
    ]


def take(page_path: Path, out: Path, *, dark: bool) -> None:
    """Open the page, decide one thing, and write the picture."""
    with browser() as started:
        page = started.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark" if dark else "light")
        page.goto(f"{page_path.as_uri()}#documents")
        page.fill("#document-search", SHOWN)
        page.locator("#document-names button").first.click()
        page.fill("#document-search", "")
        page.keyboard.press("Escape")
        page.locator(".cut").first.click()
        page.mouse.move(0, 0)
        for key in "nnhn":
            page.keyboard.press(key)
        page.screenshot(path=out)


@click.command()
@click.option("--output", default=PICTURE, type=click.Path(dir_okay=False, path_type=Path), help="Where it goes.")
@click.option("--dark", is_flag=True, help="As people see it who prefer dark colours.")
def main(output: Path, dark: bool) -> None:
    """Make the picture."""
    with TemporaryDirectory() as folder:
        take(write_page(review_of(documents()), Path(folder) / "review.html"), output, dark=dark)
    size = output.stat().st_size
    if size > MAX_BYTES:
        raise click.ClickException(f"{output}: has {size:,} bytes, more than {MAX_BYTES:,}; show less")
    click.echo(f"{output}: {size:,} bytes")


if __name__ == "__main__":
    main()
