"""HTML to lines with evidence; the only room that knows trafilatura and lxml.

    markup --parse--> tree --layout--> lines --extract--> lines, and whether trafilatura keeps each  (page)

A page that was read is a text like any other, plus what its markup says of each line. trafilatura is the authority
on HTML. Its verdict is kept for each line and the rest of the page is not thrown away, so that a removal on a page
has a reason in the record, too, and the judge can disagree.
"""
