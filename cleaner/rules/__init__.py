"""Rules: from pack files to marks on the lines of a document.

- `pack` reads pack files, `checks` parses and checks them, `phrases` makes rules of what a language says. `locate`
  finds the lines for messages, `ids` knows what rules are called.
- `prepare` files what packs look for in the tables of `match`. `cache` keeps the result in a file of the user.
- `hosts` looks at folders of packs that are for one host each, and `library` prepares such a pack when a document of
  its host comes. `part` is what packs mean that were prepared together.
- `tongues` has packs of languages come up when a line calls for them.
- `engine` has the `Ruleset`, which everybody else uses. It looks lines up (`lookup`) and marks them (`marking`).
- `scope` says for which documents a pack is active. `zones`, `blocks` and `repeats` know about the places of lines,
  `shapes` about their look.
"""
