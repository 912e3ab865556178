"""Learning: which lines of a site's documents are the site's chrome, written down as rule packs to review.

`found` is what was learned of a site, as data; `packs` makes the text of a rule pack from it, and `update` makes that
text anew without undoing what a person did to it.
"""
