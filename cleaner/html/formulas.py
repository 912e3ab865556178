"""Formulas to text: each formula of a page becomes one piece of text, however the page draws it.

The text of a formula is its TeX where the page has it: as the annotation of MathML, as `alttext`, as the source that
MathJax was given, or as the `alt` of a picture. TeX says what a reader sees (10⁻⁴ is `10^{-4}`), and it is what
corpora of mathematics hold. It stands in the text as it is, without signs around it. MathML without TeX becomes the
text of its tokens, one after the other as a reader sees them: `a≠0`. Superscripts and subscripts are joined without a
sign, like those of HTML (`x2`); only a fraction gets its bar (`1/2`, `(a+b)/2`) and a root its sign, because two
numbers would otherwise read as one.

A formula stands on a page up to four times: as source, as MathML for screen readers, as drawn characters and as a
picture. All of these become the one text, so that it is not doubled (KaTeX, MathJax 2 to 4, MediaWiki). A displayed
formula stays in the line of its paragraph, between spaces: its sentence would be in pieces otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unicodedata import normalize

from cleaner.html.contexts import NO_XML, collapse

FORMULA = "cleaner-formula"  # the attribute of elements with TeX
_MATH = ("math", "m:math", "mml:math")
_TEX = ("application/x-tex", "application/x-latex", "tex", "latex", "text/x-tex")  # encodings of annotations
_TOKENS = ("mi", "mn", "mo", "mtext", "ms", "mspace")
_INVISIBLE = dict.fromkeys(range(0x2061, 0x2065))  # function application, invisible times, comma and plus
_WRAPPED = re.compile(r"\{\\(?:display|text)style\s*(.*)\}", re.DOTALL)  # how MediaWiki wraps every formula
# Tags and classes of what stands around the MathML of a formula and holds nothing else but the same formula again.
_WRAPPER = re.compile(
    r"(?<![\w-])(?:katex(?:-mathml|-display)?|MJX_Assistive_MathML|MathJax(?:_SVG|_CHTML)?(?:_Display)?|mjx-chtml"
    r"|MJXc-display|mwe-math-element|mwe-math-mathml-(?:inline|display))(?![\w-])"
)
_WRAPPER_TAGS = ("mjx-container", "mjx-assistive-mml")
_DISPLAY = re.compile(r"(?<![a-z])(?:katex-display|MathJax(?:_SVG)?_Display|MJXc-display|mwe-math-element-block)\b")
# Classes of what MathJax 2 has drawn or shows meanwhile, right before the source of the formula.
_DRAWN = re.compile(r"(?<![\w-])(?:MathJax(?:_\w+)?|MJXc-\w+|mjx-chtml)(?![\w-])")
# Tags of what a formula is drawn with, besides those of MathJax. What holds anything else is no drawing of a formula.
_DRAWING_TAGS = ("span", "div", "nobr", "svg", "img", "script")
# Classes of pictures of formulas (WordPress, QuickLaTeX, MediaWiki, Sphinx, LaTeXML, Canvas); places that draw them.
_PICTURE = re.compile(
    r"(?<![\w-])(?:tex|latex|math|ltx_Math|equation_image|mwe-math-fallback-image-\w+|ql-img-[\w-]+)(?![\w-])"
)
_DRAWN_BY = re.compile(r"latex\.php\?|latex\.codecogs\.com|/mathtex\.cgi|/mimetex\.cgi|chart\?cht=tx")
_SECTION = re.compile(r"%\s*<!\[CDATA\[|%?\s*\]\]>")  # what kramdown puts around TeX with the signs of markup in it
_GLYPH = re.compile(r"mjx-c([0-9A-F]{2,5})")  # the class of a character that a style sheet of MathJax draws


def write_out(tree: Any, *, named: bool = False) -> None:
    """Replace each formula of a page by an element with its text; the tree is changed.

    With `named`, elements with TeX have the attribute `FORMULA`: `inline` or `display`.
    """

    def become(element: Any, text: str, *, display: bool, tex: bool) -> None:
        _become(element, text, display=display)
        if named and tex:
            element.set(FORMULA, "display" if display else "inline")

    found: dict[str, list[Any]] = {"script": [], "math": [], "mjx-container": [], "img": []}
    for element in tree.iter(*_MATH, "mjx-container", "script", "img"):
        found["math" if element.tag in _MATH else element.tag].append(element)
    for script in found["script"]:
        kind = script.get("type", "").lower()
        if kind.startswith("math/") and not kind.startswith("math/mml") and script.text and script.text.strip():
            _drop_drawn_before(script)
            become(script, _SECTION.sub("", script.text), display="display" in kind, tex="tex" in kind)
    wrappers: dict[Any, bool] = {}
    for math in found["math"]:
        if next(math.iterancestors(*_MATH), None) is None:
            tex = _tex_of_math(math)
            text = tex or "".join(_tokens(math))
            outermost, display = _wrapped(math, wrappers)
            become(outermost, text, display=display or math.get("display") == "block", tex=bool(tex))
    for container in found["mjx-container"]:
        if container.tag != "mjx-container":  # it was one of those around `math`
            continue
        tex = next((one for one in (each.get("data-latex") for each in container.iter()) if one), "")
        if text := tex or _drawn_text(container):
            become(container, text, display=container.get("display") == "true", tex=bool(tex))
    for picture in found["img"]:
        if _PICTURE.search(picture.get("class", "")) or _DRAWN_BY.search(picture.get("src", "")):
            become(picture, _unwrapped(picture.get("alt", "")), display=False, tex=True)


def _become(element: Any, text: str, *, display: bool) -> None:
    """Make an element of the page one that holds `text` alone."""
    element.clear(keep_tail=True)
    element.tag = "span"
    text = NO_XML.sub("", collapse(text))
    element.text = f" {text} " if display and text else text


def _wrapped(math: Any, wrappers: dict[Any, bool]) -> tuple[Any, bool]:
    """Return the outermost element around MathML that holds nothing but the formula, and whether it is displayed.

    `wrappers` says of elements whether they are such ones, as far as it is known; it is added to.
    """
    outermost, display = math, False
    while (parent := outermost.getparent()) is not None:
        named = parent.get("class", "")
        if parent not in wrappers:
            is_named = parent.tag in _WRAPPER_TAGS or bool(_WRAPPER.search(named))
            wrappers[parent] = is_named and _holds_one_formula(parent)
        if not wrappers[parent]:
            break
        outermost = parent
        display = display or parent.get("display") == "true" or bool(_DISPLAY.search(named))
    return outermost, display


def _holds_one_formula(element: Any) -> bool:
    """Whether an element with MathML in it has one formula, and nothing beside it but drawings."""
    formulas = 0
    texts = [element.text]
    for child in element:
        has_math = next(child.iter(*_MATH), None) is not None
        if not (has_math or child.tag in _DRAWING_TAGS or child.tag.startswith("mjx-")):
            return False
        formulas += has_math
        texts.append(child.tail)
    return formulas == 1 and not any(text and text.strip() for text in texts)


def _drop_drawn_before(script: Any) -> None:
    """Drop what MathJax 2 has drawn of a formula before its source."""
    while (drawn := script.getprevious()) is not None and _DRAWN.search(drawn.get("class", "")):
        if drawn.tag not in _DRAWING_TAGS or (drawn.tail and drawn.tail.strip()):
            return
        drawn.getparent().remove(drawn)


def _tex_of_math(math: Any) -> str:
    """Return the TeX of MathML, an empty string if it has none."""
    for annotation in math.iter("annotation"):
        if annotation.get("encoding", "").lower() in _TEX and annotation.text and annotation.text.strip():
            return _unwrapped(annotation.text)
    return _unwrapped(math.get("alttext", ""))


def _unwrapped(tex: str) -> str:
    """Return TeX without the braces and the style that MediaWiki puts around it."""
    tex = tex.strip()
    wrapped = _WRAPPED.fullmatch(tex)
    if not wrapped:
        return tex
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", wrapped[1]):
        depth += 1 if brace == "{" else -1
        if depth < 0:  # the first brace closes before the last one
            return tex
    return wrapped[1]


def _tokens(math: Any) -> Iterator[str]:
    """Yield the texts of the tokens of MathML, with a bar for each fraction and a sign for each root."""
    from lxml import etree

    walker = etree.iterwalk(math, events=("start", "end"))
    for event, element in walker:
        name = element.tag.rpartition(":")[2]
        parent = element.getparent()
        around = "" if parent is None or element is math else parent.tag.rpartition(":")[2]
        grouped = around in ("mfrac", "msqrt") and name == "mrow" and len(element) > 1
        if event == "end":
            if grouped:
                yield ")"
            if around == "mfrac" and element.getprevious() is None:
                yield "/"
            continue
        if name in ("annotation", "annotation-xml", "mphantom"):
            walker.skip_subtree()
            continue
        if grouped:
            yield "("
        if name in ("msqrt", "mroot"):
            yield "√"
        elif name in _TOKENS:
            text = "".join(element.itertext()).strip(" \t\n\r\f").translate(_INVISIBLE)
            yield " " if name == "mspace" else text
            walker.skip_subtree()
        elif name in ("mtd", "mtr") and element.getprevious() is not None:
            yield " "


def _drawn_text(container: Any) -> str:
    """Return the characters of a formula that MathJax has drawn without MathML."""
    codes = []
    for element in container.iter():
        if code := _GLYPH.search(element.get("class", "")):
            codes.append(code[1])
        elif element.tag == "use" and element.get("data-c"):
            codes.append(element.get("data-c"))
    return normalize("NFKC", "".join(chr(int(code, 16)) for code in codes if re.fullmatch("[0-9A-F]{2,5}", code)))
