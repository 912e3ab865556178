"""Looking at what went of many documents, and turning what people decide about it into rules and corrected copies.

    documents, cleaned ── look ── Gathering ── ReviewData ── render ── review.html
                                                                           │  a person decides, and saves
    rule pack, corrected copies ── write ── apply ── Decisions ── decisions.json

- `document` looks at one cleaned document: its edits, and the pieces of which the page shows it. Worker processes do that.
- `gather` adds up many such documents in bounded memory, and chooses what the page shows.
- `data` is what the page is made of, and its JSON; `page` makes the one file of it.
- `decisions` reads the file of decisions, which comes from a browser and may hold anything.
- `apply` says what follows of decisions: `packs` writes rules, `copies` corrects single copies.

Everything here is pure but for `page`, which reads its template.
"""
