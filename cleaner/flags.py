"""Flags: what there is to know about a document as a whole, beside its text and its edits."""

GUARDED = "guarded"  # a group of marks was not followed, because hardly anything would be left
MOSTLY_REMOVED = "mostly-removed"  # all marks were followed, and less than a tenth is left
UNSTABLE = "unstable"  # the document was only repaired: it did not settle, or would have become a page
REPLACED = "replaced"  # bytes that were not valid in the encoding of the document became U+FFFD
READ_AS_HTML = "read-as-html"  # what was said to be a text is a page of HTML, and was read as one
NO_TEXT = "no-text"  # the page has markup, but no text that a reader sees
HTML_FALLBACK = "html-fallback"  # trafilatura was asked, and found no main content on the page
