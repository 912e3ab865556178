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
from cleaner.cli.walk import FoundDocument, Problem, documents
from cleaner.files import naming
from cleaner.files.folder import Place
from cleaner.files.job import Job
from cleaner.files.probe import mode_of
from cleaner.shards.store import find, is_remote


class FoundShard(NamedTuple):
    """A shard of a run.

    `source` is its path or URL, `relative` the part of it below the folder that the user named, `cleaner` the index
    of its cleaner in `RunPlan.cleaners`, and `lang` the language that its configuration names. `top` is the folder
    that the user named, None if it was the shard itself, or if that has a URL.
    """

    source: str
    relative: str
    cleaner: int
    lang: str | None = None
    top: str | None = None


class RunPlan(NamedTuple):
    """What a run has to do: jobs for single documents, the cleaners, the paths that cannot be used, and shards."""

    jobs: list[Job]
    cleaners: list[Cleaner]
    problems: list[Problem]
    shards: list[FoundShard]

    def without(self, in_part: Collection[Path]) -> RunPlan:
        """Return the plan without the documents that are staged `in_part`: they become problems."""
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
        self._cleaners = Cleaners(wanted)
        self._taken: dict[Path, Path] = {}  # clean copies that documents of this run will have, and which
        self._names: dict[str, frozenset[str] | None] = {}  # by folder
        self.plan = RunPlan([], self._cleaners.built, [], [])

    def add_remote(self, url: str) -> None:
        """Add the shards that a URL names; the configuration of the current folder counts for them."""
        here = self._cleaners.found(HERE)
        self.plan.shards.extend(
            FoundShard(name, relative, self._cleaners.number(here), here.config.lang) for name, relative in find(url)
        )

    def add(self, item: FoundDocument) -> None:
        """Add a document or a shard of this machine."""
        if not item.is_shard:
            self._add_document(item)
            return
        found = self._cleaners.found(item.path)
        number = self._cleaners.number(found)
        top = None if item.named else str(item.top)
        self.plan.shards.append(FoundShard(str(item.path), item.below.as_posix(), number, found.config.lang, top))

    def _add_document(self, item: FoundDocument) -> None:
        if self._in_place and stat.S_ISLNK(mode_of(item.path, follow=False)):
            why = "is a link; name the file that it leads to, or leave out --in-place"
            self.plan.problems.append(Problem(item.path, why))
            return
        copy = self._copy(item)
        target = copy.path
        rival = self._rival(item.path, target)
        if rival:
            why = f"{quote.name(target)} would also be the clean copy of {quote.name(rival)}; rename one of the two"
            self.plan.problems.append(Problem(item.path, why))
            return
        self._taken[target] = item.path
        found = self._cleaners.found(item.path)
        document = Place(item.top, item.below)
        number = self._cleaners.number(found)
        self.plan.jobs.append(Job(document, copy, number, found.config.lang, item.named))

    def _copy(self, item: FoundDocument) -> Place:
        """Return where the clean text of a document goes."""
        top = item.top if self._output_dir is None else Path(self._output_dir)
        return Place(top, item.below if self._in_place else naming.copy_of(item.below))

    def _rival(self, path: Path, target: Path) -> Path | None:
        """Return another document that has the same target, if any.

        It is looked for on the disk, too: if a hook runs in several processes, another process may have it.
        """
        beside = [] if self._in_place else naming.rivals(path, self._names_in(path))
        return next((other for other in beside if not self.excludes(other, False)), None) or self._taken.get(target)

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
        found = self._cleaners.found(path)
        return found.excludes(path, folder=stat.S_ISDIR(mode_of(path, follow=False)))

    def check_settings(self) -> None:
        """Build a cleaner if none was needed, so that wrong settings are reported even if there is nothing to do."""
        if not self._cleaners.built:
            self._cleaners.number(self._cleaners.found(HERE))


def plan(
    paths: tuple[str, ...],
    wanted: Config,
    *,
    in_place: bool = False,
    output_dir: str | None = None,
    force_exclude: bool = False,
    with_shards: bool = False,
) -> RunPlan:
    """Find the documents that `paths` name or hold, and decide what to do with each; see `_Planner` for the options.

    Without `with_shards`, a shard that is named is a problem, and shards in folders are passed over. Raises
    `SettingsError`.
    """
    planner = _Planner(wanted, in_place=in_place, output_dir=output_dir, force_exclude=force_exclude)
    remote = [path for path in paths if with_shards and is_remote(path)]
    for url in remote:
        planner.add_remote(url)
    local = [Path(path) for path in paths if path not in remote]
    for item in documents(local, planner.excludes, shards=with_shards):
        if isinstance(item, Problem):
            planner.plan.problems.append(item)
        else:
            planner.add(item)
    planner.check_settings()
    return planner.plan
