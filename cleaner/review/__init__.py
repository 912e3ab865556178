"""Looking at what went of many documents, and turning what people decide about it into rules and corrected copies.

    documents, cleaned ── look ── Gathering ── ReviewData ── render ── review.html
                                                                           │  a person decides, and saves
    rule pack, corrected copies ── write ── apply ── Decisions ── decisions.json

- `document` looks at one cleaned document, in a worker process: its edits, and the pieces in which the page shows it.
- `gather` adds up many such documents in bounded memory, and chooses what the page shows; `groups` are its list.
- `data` is what the page is made of, and its JSON; `render` makes the one file of it, from what is in `page/`.
- `decisions` reads the file of decisions, which comes from a browser and may hold anything.
- `apply` says what follows of decisions: `packs` writes rules, `copies` corrects single copies.

Everything here is pure but for `render`, which reads its template.
"""
