"""A page as Markdown: CommonMark with the tables of GitHub, notes, definitions and formulas.

    layout + origins --blocks--> outline --render--> lines of Markdown, which know where their text is from
                                              |
                          stack (blocks around lines), inline + escape (marks inside lines),
                          tables, code, targets (addresses)

The lines of a page are those of its layout; nothing is decided here. What goes of the page is taken out of its
Markdown by `cleaner.rendered`. `escape` is why text that looks like marks reads as text.
"""
