"""HTML to lines with evidence; the only room that knows trafilatura and lxml.

    markup --parse--> tree --layout--> lines (page) --extract--> and whether trafilatura keeps each, if it is asked
               |                |
           formulas     noscript, chrome

A page that was read is a text like any other, plus what its markup says of each line. trafilatura knows much about
HTML, and takes long: it is asked where the judge is in doubt without it (`judge.doubt`). Its verdict is kept for each
line and the rest of the page is not thrown away, so that a removal on a page has a reason in the record, too, and the
judge can disagree.

What is part of the text: all that a reader sees, and what a reader can unfold (tabs, answers), words for screen
readers, what stands in `noscript` alone (`noscript`), and formulas as text (`formulas`). Of that, what the markup
itself names as chrome has a mark (`chrome`). What is hidden (`hidden`, `display:none`) and does not unfold is no part
of the text, behind a paywall or not: on the development pages 1,951 of its 84,041 words on WCXB are content, 229 of
77,162 on DAnIEL, 0 of 11,198 of segments; 0 of 565 in elements that are called after a paywall or an article. Of 40
pages whose JSON-LD names the element behind the paywall two hide words in it, 24, none of content. A page without any
text has the flag `no-text`.

If what a page says of itself is wanted, too, `metadata` reads the markup once more, with all of its elements.
"""
