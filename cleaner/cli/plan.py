"""What a run has to do: the documents and shards that the paths name or hold, and what becomes of each."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Container
from pathlib import Path
from typing import NamedTuple

from cleaner import quote
from cleaner.cleaner import Cleaner
from cleaner.cli.common import Cleaners, staged_in_part
from cleaner.cli.config import HERE, Config
from cleaner.cli.left_out import is_file_left_out, is_page_of_review
from cleaner.cli.passed import Passed
from cleaner.cli.walk import FoundDocument, Problem, documents
from cleaner.files import naming
from cleaner.files.folder import Place
from cleaner.files.ignored import NOTHING, Ignored, ignored_in
from cleaner.files.job import Job
from cleaner.files.probe import mode_of
from cleaner.shards.store import find, is_remote


class FoundShard(NamedTuple):
    """A shard of a run.

    `source` is its path or URL, `relative` the part of it below the folder that the user named, `cleaner` the index
    of its cleaner in `RunPlan.cleaners`, and `lang` the language that its configuration names. `top` is the folder
    that the user named, None if it was the shard itself, or if that has a URL. `file` is its name for patterns.
    """

    source: str
    relative: str
    cleaner: int
    lang: str | None = None
    top: str | None = None
    file: str | None = None


class RunPlan(NamedTuple):
    """What a run has to do: jobs for single documents, the cleaners, the paths that cannot be used, and shards.

    `passed` says what was passed over in the folders that were named.
    """

    jobs: list[Job]
    cleaners: list[Cleaner]
    problems: list[Problem]
    shards: list[FoundShard]
    passed: Passed

    def check_any(self) -> None:
        """Raise `SettingsError` if folders were named that hold nothing to do, and nothing else was to be done."""
        if not (self.jobs or self.shards or self.problems):
            self.passed.check_any()

    def without(self, in_part: Collection[Path]) -> RunPlan:
        """Return the plan without the documents that are staged `in_part`: they become problems."""
        if not in_part:
            return self
        left_out = [Problem(job.path, staged_in_part(job.path)) for job in self.jobs if job.path in in_part]
        jobs = [job for job in self.jobs if job.path not in in_part]
        return self._replace(jobs=jobs, problems=self.problems + left_out)


class _Planner:
    """Decides for each path of a run what is to become of it, and collects the result in `plan`.

    `output_dir` is the folder for the copies; without it they go beside the documents. With `in_place` a document
    is its own target. With `force_exclude` exclusions count for paths that the user named, too.
    """

    def __init__(
        self, wanted: Config, *, in_place: bool = False, output_dir: str | None = None, force_exclude: bool = False
    ) -> None:
        self._in_place = in_place
        self._output_dir = output_dir
        self._force_exclude = force_exclude
        self._wanted = wanted
        self._cleaners = Cleaners(wanted)
        self._taken: dict[str, Path] = {}  # clean copies that documents of this run will have, and which
        self._names: dict[str, frozenset[str] | None] = {}  # by folder
        self._ignored: dict[Path, Ignored] = {}  # what git ignores in a folder, as far as that was asked
        self.plan = RunPlan([], self._cleaners.built, [], [], Passed())

    def add_remote(self, url: str) -> None:
        """Add the shards that a URL names; the configuration of the current folder counts for them."""
        here = self._cleaners.project(HERE)
        for name, relative in find(url):
            file = name.partition("://")[2]
            found = here.for_document(file)
            number = self._cleaners.number(found)
            self.plan.shards.append(FoundShard(name, relative, number, found.config.lang, file=file))

    def add(self, item: FoundDocument) -> None:
        """Add a document or a shard of this machine."""
        if not item.is_shard:
            self._add_document(item)
            return
        found = self._cleaners.found(item.path)
        number = self._cleaners.number(found)
        top = None if item.named else str(item.top)
        file = self._cleaners.name_of(item.path, found)
        shard = FoundShard(str(item.path), item.below.as_posix(), number, found.config.lang, top, file)
        self.plan.shards.append(shard)

    def _add_document(self, item: FoundDocument) -> None:
        path = item.path
        if self._in_place and stat.S_ISLNK(mode_of(path, follow=False)):
            why = "is a link; name the file that it leads to, or leave out --in-place"
            self.plan.problems.append(Problem(path, why))
            return
        found = self._cleaners.found(path)
        names = self._wanted.names or found.config.names or "short"
        markdown = self._wanted.markdown or found.config.markdown
        copy = self._copy(item, names, markdown=markdown)
        target = copy.path
        rival = self._rival(path, target, names, markdown=markdown)
        if rival:
            what = f"{quote.name(target)} would also be the clean copy of {quote.name(rival)}"
            full = naming.copy_name(path.name, "full", markdown=markdown)
            also = f", or pass --names full ({quote.name(full)})" if rival.name != path.name else ""
            self.plan.problems.append(Problem(path, f"{what}; rename one of the two{also}"))
            return
        number = self._cleaners.number(found)
        if self._cleaners.built[number].metadata and not naming.is_rendered(path, copy.name):
            beside = naming.rivals(path, names, self._names_in(path), markdown=markdown, metadata=True)
            rival = next((other for other in beside if not self._passes_over(other)), None)
            if rival and not self._in_place:
                what = f"{quote.name(naming.metadata_path(target))} would also be the metadata of {quote.name(rival)}"
                self.plan.problems.append(Problem(path, f"{what}; rename one of the two, or pass --names full"))
                return
        self._taken[os.path.normcase(target)] = path
        document = Place(item.top, item.below)
        file = self._cleaners.name_of(path, found)
        self.plan.jobs.append(Job(document, copy, number, found.config.lang, item.named, file))

    def _copy(self, item: FoundDocument, names: naming.Names, *, markdown: bool) -> Place:
        """Return where the clean text of a document goes."""
        top = item.top if self._output_dir is None else Path(self._output_dir)
        return Place(top, item.below if self._in_place else naming.copy_of(item.below, names, markdown=markdown))

    def _rival(self, path: Path, target: Path, names: naming.Names, *, markdown: bool) -> Path | None:
        """Return another document that has the same target, if any.

        It is looked for on the disk, too: if a hook runs in several processes, another process may have it.
        """
        beside = [] if self._in_place else naming.rivals(path, names, self._names_in(path), markdown=markdown)
        found = next((other for other in beside if not self._passes_over(other)), None)
        return found or self._taken.get(os.path.normcase(target))

    def _passes_over(self, path: Path) -> bool:
        """Whether a document would be passed over in its folder, if nobody named it."""
        folder = path.parent
        if self.excludes(path, False) or is_file_left_out(path.name, in_repository=False):
            return True
        if is_page_of_review(path):
            return True
        if folder not in self._ignored:
            self._ignored[folder] = (ignored_in(folder) if self.respects_git(folder) else None) or NOTHING
        return self._ignored[folder].holds(path.name, folder=False)

    def _names_in(self, path: Path) -> Container[str] | None:
        """Return the names in the folder of a file, None if it cannot be read."""
        folder = os.path.dirname(path)  # noqa: PTH120 # many times as fast as a path
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(os.listdir(folder or "."))  # noqa: PTH208
            except OSError:
                self._names[folder] = None
        return self._names[folder]

    def excludes(self, path: Path, named: bool) -> bool:
        """Whether to pass over a file or folder; `named`: the user gave this path."""
        if named and not self._force_exclude:
            return False
        found = self._cleaners.project(path)
        if found.excluded is None:
            return False
        return found.excludes(path, folder=stat.S_ISDIR(mode_of(path, follow=False)))

    def respects_git(self, folder: Path) -> bool:
        """Whether what git ignores in a folder that the user named is to be passed over."""
        config = self._cleaners.project(folder / HERE).config
        respects = (
            config.respect_gitignore if self._wanted.respect_gitignore is None else self._wanted.respect_gitignore
        )
        return respects is not False

    def check_settings(self) -> None:
        """Build a cleaner if none was needed, so that wrong settings are reported even if there is nothing to do."""
        if not self._cleaners.built:
            self._cleaners.number(self._cleaners.project(HERE))


def plan(
    paths: tuple[str, ...],
    wanted: Config,
    *,
    in_place: bool = False,
    output_dir: str | None = None,
    force_exclude: bool = False,
    with_shards: bool = False,
    in_repository: bool = False,
) -> RunPlan:
    """Find the documents that `paths` name or hold, and decide what to do with each; see `_Planner` for the options.

    What the hooks leave out is left out of folders `in_repository`. Without `with_shards`, a shard that is named is a
    problem, and shards in folders are passed over. Raises `SettingsError`.
    """
    planner = _Planner(wanted, in_place=in_place, output_dir=output_dir, force_exclude=force_exclude)
    remote = [path for path in paths if with_shards and is_remote(path)]
    for url in remote:
        planner.add_remote(url)
    local = [Path(path) for path in paths if path not in remote]
    passed = planner.plan.passed
    how = {"shards": with_shards, "in_repository": in_repository}
    for item in documents(local, planner.excludes, planner.respects_git, passed, **how):
        if isinstance(item, Problem):
            planner.plan.problems.append(item)
        else:
            planner.add(item)
    planner.check_settings()
    return planner.plan
