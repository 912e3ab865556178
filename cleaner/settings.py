"""The settings of a cleaner: everything that a result depends on besides the document and the version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from cleaner import toml
from cleaner.arguments import check_is, checked_many
from cleaner.errors import SettingsError
from cleaner.marks import CATEGORIES_KEPT, CONFIDENCES, Level
from cleaner.rules import pack as packs
from cleaner.rules.hosts import HostFolder

Links = Literal["keep", "drop", "footnotes"]
Images = Literal["keep", "alt", "drop"]
LINKS: tuple[Links, ...] = get_args(Links)
IMAGES: tuple[Images, ...] = get_args(Images)


@dataclass(frozen=True, slots=True)
class Settings:
    """Checked settings. Equal settings are equal in every process, have the same `repr` and the same pickle.

    Raises `SettingsError` for a level that does not exist, and for a threshold that is out of range or that the
    level does not have.
    """

    level: Level = "safe"
    packs: tuple[packs.Source, ...] = ()  # rule packs in addition to the packs that ship, with their texts
    disable: tuple[str, ...] = ()  # globs of the ids of rules that are off; sorted
    keep: tuple[str, ...] = CATEGORIES_KEPT  # categories that are kept; sorted
    threshold: float | None = None  # the judge keeps lines of at least this probability; None: as the level has it
    markdown: bool = False  # whether HTML pages are written as Markdown
    links: Links = "keep"  # what becomes of links in that Markdown
    images: Images = "keep"  # what becomes of images in that Markdown
    markdown_in: bool | None = None  # whether texts are Markdown; None: files of Markdown are, others tell themselves
    # Whether to say of each document what it says of itself. Texts and edits do not depend on it, so neither does the
    # fingerprint, which is taken of the `repr`.
    metadata: bool = field(default=False, repr=False)
    folders: tuple[HostFolder, ...] = ()  # of host packs that are read when a document of their host comes

    def __post_init__(self) -> None:
        for name, value, known in (("links", self.links, LINKS), ("images", self.images, IMAGES)):
            if value not in known:
                raise SettingsError(
                    f"{name}: there is no choice {toml.named(str(value))}; choose one of {', '.join(known)}"
                )
        if self.level not in CONFIDENCES:
            raise SettingsError(
                f"level: there is no level {toml.named(str(self.level))}; choose one of {', '.join(CONFIDENCES)}"
            )
        if self.threshold is None:
            return
        if self.level == "rules":
            why = "is for the levels safe and main; choose one of them"
            raise SettingsError(f"threshold: {self.threshold} {why}")
        if not 0 <= self.threshold <= 1:
            raise SettingsError(f"threshold: {self.threshold} is not from 0 to 1; choose a number in between")

    @classmethod
    def of(
        cls,
        level: Level = "safe",
        rules: Iterable[str | Path] = (),
        disable: Iterable[str] = (),
        keep_categories: Iterable[str] = (),
        drop_categories: Iterable[str] = (),
        threshold: float | None = None,
        markdown: bool = False,
        markdown_in: bool | None = None,
        links: Links = "keep",
        images: Images = "keep",
        metadata: bool = False,
    ) -> Settings:
        """Find the packs and return the settings that the arguments of a `Cleaner` mean.

        Raises `SettingsError`, and `TypeError` for an argument of another kind.
        """
        rules = checked_many("rules", rules, str | Path)
        disable = checked_many("disable", disable)
        keep = set(checked_many("keep_categories", keep_categories))
        drop = set(checked_many("drop_categories", drop_categories))
        check_is("level", level, str)
        if threshold is not None:
            check_is("threshold", threshold, float | int)
        check_is("markdown", markdown, bool)
        check_is("links", links, str)
        check_is("images", images, str)
        check_is("metadata", metadata, bool)
        if markdown_in is not None:
            check_is("markdown_in", markdown_in, bool)
        for category in sorted(drop):
            if category in keep:
                raise SettingsError(f"drop: {toml.named(category)} is also to be kept; name it once")
            if category not in CATEGORIES_KEPT:
                known = ", ".join(CATEGORIES_KEPT)
                why = f"no category that is kept by default; those are: {known}"
                raise SettingsError(f"drop: {toml.named(category)} is {why}")
        found = packs.find(map(Path, rules))
        return cls(
            level,
            tuple(found.sources),
            tuple(sorted(set(disable))),
            tuple(sorted(keep.union(CATEGORIES_KEPT) - drop)),
            threshold,
            markdown,
            links,
            images,
            markdown_in,
            metadata,
            tuple(found.folders),
        )
