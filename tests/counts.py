"""Write how much there is in the packs that ship into the README, between its two marks.

python -m tests.counts
"""

from __future__ import annotations

import re
from pathlib import Path

from cleaner.rules import checks
from cleaner.rules import pack as packs
from cleaner.workbench.lint import count

README = Path(__file__).parent.parent / "README.md"
BETWEEN = re.compile(r"(?<=<!-- counts -->).*?(?=<!-- /counts -->)", re.DOTALL)


def says() -> str:
    """What the README says of the packs."""
    found = count([checks.parse(source, trusted=True) for source in packs.builtin()])
    return (
        f"{found.packs} packs, {found.rules:,} rules ({found.literals:,} lines, {found.patterns:,} patterns) "
        f"for English and {found.languages} other languages, {found.examples:,} examples that are tests"
    )


if __name__ == "__main__":
    README.write_text(BETWEEN.sub(says(), README.read_text("utf-8")), "utf-8")
