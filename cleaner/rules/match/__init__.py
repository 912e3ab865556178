"""Which literals and patterns of the rules fit which lines, at a cost that hardly grows with the number of rules.

The way of a line, from left to right:

    line ──> keys ──> gate ──────────────────> index ───────────────────────> re
             its      hashes of its ends:      literals: a dictionary         pattern.fullmatch(key)
             key      which literals and       patterns: compiled on demand
                      patterns may fit it      crowds: looked up in `tables`

- `keys` makes the key of a line: the form in which lines and rules are compared (case, digits, spaces, bullets).
- `gate` compares hashes of the first and last characters of all lines with hashes of what the rules look for. It
  misses nothing that fits. Most lines of a document get no call, and are done.
  What it does for all lines is made by numpy code (`ends`) or by compiled code; `maker` chooses.
- `index` takes the lines that were called for: it looks literals up, and runs the patterns. It also finds inline
  patterns, which match part of a line.
- `tables` hold what the rules look for, as plain data that is built once and cached.
- `regex` says which patterns are safe.
- `outline` lists the texts that matches of a pattern begin or end with. The gate hashes these texts, and the tables
  file patterns under them.
- `anchors` finds a text in the middle of patterns without such ends, and the lines that have it. A pattern with
  neither is refused.
- `units` folds lines by a table.
- `parsed` is the only module that touches the parser of `re`, which is private to Python.

Why this is not a library. Figures of one machine, 120 real pages as text (1.64 million characters, 46,000 lines);
whole runs take 0.25 s at the level `rules` and 0.61 s at `safe`:

- ahocorasick-rs finds prefixes and suffixes in folded text, but all lines must be folded first. A prototype made
  whole runs 18 % slower at `safe` and 44 % slower at `rules`. Its automaton cannot be pickled, so every process
  builds it in 46 ms; the cached tables load in 12 ms.
- google-re2 has `Set`, which matches all patterns at once in linear time: 228 µs a line, 1.4 s to build, and its
  `\\w` and `\\d` know ASCII only.
- hyperscan refuses the patterns with long word lists: "Pattern is too large".
"""
