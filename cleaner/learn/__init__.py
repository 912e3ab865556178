"""Learning: which lines of a site's documents are the site's chrome, written down as rule packs to review.

In the order in which documents go through it:

- `documents` reads a document as `strip` sees it, and `survey` has the steps: count all, choose some of each site,
  gather these, learn each site. Files (`run`) and engines (`cleaner.engines.learning`) share these steps.
- `templates` tells documents without a URL apart, and `clues` finds the lines by which each kind is known later;
  `shipped` are the lines that say nothing of a site, and `continued` finds the pack that a template had before.
- `site` learns one site: `texts` are the documents that count as one, `evidence` is what is known of each line that
  repeats, and `choose` decides; `cuts` and `numbers` make further rules of the same evidence. `knowledge` is what is
  known before: rules and judge.
- `found` is what was learned, as data; `packs` makes the text of a rule pack from it, with `names`, `tables` (TOML)
  and `quoting` (patterns), and `update` makes that text anew without undoing what a person did to it.
- `folder` writes the packs. It is the only module here that writes, and `shipped` and `knowledge` read packs; all
  others are pure.
"""
