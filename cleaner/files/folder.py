"""A folder that is held open, and the files in it: read, written and deleted, but never through a link.

Folders come from strangers. A name in them may be a link to a git hook, a named pipe or a device, and a folder may be
a link to another place. So a path is not used twice: the folder is opened once, from the folder that the user named
down, with no link on the way (`O_NOFOLLOW`), and everything after that names files relative to the open folder
(`openat` and its like). Whoever swaps a folder for a link meanwhile changes nothing.

Files are written as a whole or not at all. The data go into a new file, and to the disk (`fsync`); then the new file
takes the name, and the folder goes to the disk. Just before, the name is looked at again: if another file stands
there than the one that was read, or the same with another content, nothing is replaced. So whoever reads the name,
even after a power failure, finds the old content or the new. Only a process that is killed leaves its new file
behind. Machine and process stand in the name of such a file, by which `sweep` recognises it.

What is left: between the last look and the renaming, some microseconds, a change by another program is not noticed.
A program that holds the old file open and writes to it later writes to a file without a name.
Windows has no `openat`. There, each folder on the way is looked at before it is used, and a link that is put there
later is followed.
"""

from __future__ import annotations

import errno
import io
import os
import platform
import re
import stat
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePath
from typing import NamedTuple

from cleaner import quote

# Stands for this machine in names: on a shared disk, the number of a process means nothing on another machine.
_HOST = f"{zlib.crc32(platform.node().encode()):08x}"
_TEMPORARY = re.compile(rf"\.{_HOST}-([0-9]+)-[0-9a-f]{{8}}\.tmp")

_HAS_OPENAT = {os.open, os.stat, os.unlink, os.mkdir, os.rmdir, os.rename} <= os.supports_dir_fd
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_PLAIN = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
_READ = os.O_RDONLY | _NOFOLLOW | _PLAIN | getattr(os, "O_NONBLOCK", 0)  # opening a pipe must not wait for a writer
_UPDATE = os.O_RDWR | _NOFOLLOW | _PLAIN | getattr(os, "O_NONBLOCK", 0)
_FOLDER = os.O_RDONLY | _NOFOLLOW | _PLAIN | getattr(os, "O_DIRECTORY", 0)
_SEARCHED = _FOLDER | getattr(os, "O_PATH", 0)  # for a folder that may be searched but not read, where there is such

# Extended attributes that a new file takes over from the one it replaces: those of users, access control lists, and
# the label of SELinux. Others belong to the system, and some of them (`security.capability`) to the old content.
_ATTRIBUTES = re.compile(r"user\..*|system\.posix_acl_access|security\.selinux")

_HERE = PurePath()

KINDS = {  # what to call a thing that is no file, by the format bits of its mode
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class InTheWay(OSError):
    """Something else than a file stands at a place. `filename` is its path."""

    strerror: str

    @property
    def what(self) -> str:
        """What stands there, without what to do about it."""
        return self.strerror.partition(";")[0]

    def __str__(self) -> str:
        return f"{quote.name(self.filename)}: {self.strerror}"


class Changed(InTheWay):
    """At a place stands another file than the one that was read, or the file has another content by now."""


class Place(NamedTuple):
    """Where a file is or will be: the folder that the user named, which may be a link, and the path below it."""

    top: Path
    below: PurePath

    @classmethod
    def named(cls, path: Path) -> Place:
        """Return the place of a file that the user named."""
        return cls(path.parent, PurePath(path.name))

    @property
    def path(self) -> Path:
        """The whole path, for messages."""
        return self.top / self.below

    @property
    def name(self) -> str:
        """The name in the folder."""
        return self.below.name

    def folder(self, *, make: bool = False) -> Folder:
        """Open the folder of the file, see `open_folder`."""
        return open_folder(self.top, self.below.parent, make=make)


class Seen(NamedTuple):
    """What a file looked like: another file, or one that was written since, differs in one of these."""

    device: int
    inode: int
    size: int  # in bytes
    mtime: int  # in nanoseconds
    mode: int
    owner: int
    group: int
    links: int  # how many names the file has

    @classmethod
    def of(cls, found: os.stat_result) -> Seen:
        """Take what matters from what the system says."""
        return cls(
            found.st_dev,
            found.st_ino,
            found.st_size,
            found.st_mtime_ns,
            found.st_mode,
            found.st_uid,
            found.st_gid,
            found.st_nlink,
        )

    def is_same_file(self, other: Seen | None) -> bool:
        """Whether the other is this file, unchanged as far as can be seen without reading it."""
        return other is not None and self[:4] == other[:4]


class New(NamedTuple):
    """A file to write: its name in the folder, its data, and the file that it replaces.

    `old` is what was seen at the name, `None` if nothing was, and `content` is what was read there, if it was. A new
    file has the permission bits `mode`, without the right to execute it and less what the system takes from every new
    file (umask). One that replaces another has the bits of the other, and if possible its owner, group, access
    control list and attributes of users.
    """

    name: str
    data: bytes
    old: Seen | None = None
    mode: int = 0o666
    content: bytes | None = None


class Folder:
    """A folder that is held open; use it in a `with` statement. `path` is for messages."""

    def __init__(self, path: Path, handle: int | None) -> None:
        """Take the path of the folder and its file descriptor, None where the system has no `openat`."""
        self.path = path
        self._handle = handle

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folder; without a `with` statement, once."""
        if self._handle is not None:
            os.close(self._handle)

    def look(self, name: str) -> Seen | None:
        """Return what stands at `name`, None if nothing does. Raises `InTheWay` if it is no file, and `OSError`."""
        try:
            found = os.stat(self._at(name), dir_fd=self._handle, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode):
            raise self._in_the_way(name, found.st_mode)
        return Seen.of(found)

    def read(self, name: str, limit: int | None = None) -> tuple[bytes, Seen]:
        """Return the content of a file, and what the file looked like before it was read.

        Raises `InTheWay` if `name` is no file, or has more than `limit` bytes, and `OSError`, `FileNotFoundError`
        among them.
        """
        handle, found = self._open_file(name)
        with io.FileIO(handle) as file:
            if limit is not None and found.st_size > limit:
                what = f"is larger than {limit >> 20:,} MiB, too large to be one of the cleaner's; move it away"
                raise InTheWay(errno.EFBIG, what, str(self.path / name))
            return file.readall(), Seen.of(found)

    def open(self, name: str) -> int:
        """Return a descriptor to read a file. Raises as `read`."""
        return self._open_file(name)[0]

    def _open_file(self, name: str) -> tuple[int, os.stat_result]:
        """Return a descriptor to read a file, and what the system says of the file. Raises as `read`."""
        if self.look(name) is None:  # before it is opened: to open a device may do something
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.path / name))
        handle = self._open(name, _READ)
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            os.close(handle)
            raise self._in_the_way(name, found.st_mode)
        return handle, found

    def write_all(self, files: Iterable[New], *, sync: bool = True, sync_names: bool = True) -> set[str]:
        """Write files: all into new files, which then take their names in order.

        No name is touched before the data of all are written, and with `sync` on the disk. With `sync_names`, the
        names go to the disk afterwards; who writes many files calls `sync` at the end instead. Returns the names of
        those whose owner or group could not be kept. Raises `Changed` if a name does not have the file that the new
        one replaces, `InTheWay`, and `OSError`; then no new file is left behind.
        """
        staged: list[tuple[str, New]] = []
        given_up: set[str] = set()
        try:
            for new in files:
                temporary = temporary_name()
                staged.append((temporary, new))
                if not self._write_new(temporary, new, sync=sync):
                    given_up.add(new.name)
            for _, new in staged:
                self._check_unchanged(new)
            for temporary, new in staged:
                os.replace(self._at(temporary), self._at(new.name), src_dir_fd=self._handle, dst_dir_fd=self._handle)
        except BaseException:
            for temporary, _ in staged:
                with suppress(OSError):
                    os.unlink(self._at(temporary), dir_fd=self._handle)
            raise
        if sync and sync_names:
            self.sync()
        return given_up

    def sync(self) -> None:
        """Give the names of the files to the disk, where the system can."""
        if self._handle is not None:
            with suppress(OSError):
                os.fsync(self._handle)

    def remove(self, name: str, old: Seen, content: bytes | None = None) -> None:
        """Remove a file if it is still the one that was seen. Raises `Changed` if it is not, and `OSError`."""
        self._check_unchanged(New(name, b"", old, content=content))
        os.unlink(self._at(name), dir_fd=self._handle)

    def names(self) -> list[str]:
        """Return the names of all that stands in the folder. Raises `OSError`."""
        return os.listdir(self.path if self._handle is None else self._handle)  # noqa: PTH208

    def create(self, name: str) -> int:
        """Return a descriptor to write and read a new file, with the mode of new files. Raises `FileExistsError`."""
        return self._open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _PLAIN)

    def update(self, name: str, *, make: bool = False) -> int:
        """Return a descriptor to write and read a file as it is; with `make`, of an empty one if there is none.

        Raises `InTheWay` if `name` is no file, or one that has another name, too; and `OSError`.
        """
        self.look(name)  # before it is opened: to open a device may do something
        handle = self._open(name, _UPDATE | (os.O_CREAT if make else 0))
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            os.close(handle)
            if not stat.S_ISREG(found.st_mode):
                raise self._in_the_way(name, found.st_mode)
            what = "is a file that has another name, too; remove this name"
            raise InTheWay(errno.EMLINK, what, str(self.path / name))
        return handle

    def move(self, name: str, to: Folder, new: str, old: Seen | None) -> None:
        """Give a file of this folder a name in another one, where `old` was seen. Raises as `write_all`."""
        self.look(name)
        to._check_unchanged(New(new, b"", old))
        os.replace(self._at(name), to._at(new), src_dir_fd=self._handle, dst_dir_fd=to._handle)

    def set_owner_and_mode(self, name: str, like: Seen) -> None:
        """Give a file the permission bits and, if possible, owner and group of another one. Raises as `update`."""
        handle = self.update(name)
        try:
            self._take_over(name, handle, like)
        finally:
            os.close(handle)

    def keep_private(self, name: str, mode: int) -> None:
        """Take from a file the permissions that one with the bits `mode` does not give. Raises as `update`."""
        handle = self.update(name)
        try:
            self._set_mode(name, handle, os.fstat(handle).st_mode & mode & 0o666)
        finally:
            os.close(handle)

    def discard(self, name: str) -> None:
        """Remove a file, if there is one. Raises `InTheWay` if something else stands there, and `OSError`."""
        if self.look(name):
            os.unlink(self._at(name), dir_fd=self._handle)

    def discard_folder(self, name: str) -> None:
        """Remove an empty folder in this one. Raises `OSError`."""
        os.rmdir(self._at(name), dir_fd=self._handle)

    def sweep(self) -> None:
        """Remove the new files that processes of this machine left here when they were killed. Ignores errors."""
        with suppress(OSError):
            for name in self.names():
                found = _TEMPORARY.fullmatch(name)
                if found and not _is_running(int(found[1])):
                    with suppress(OSError):
                        self.look(name)
                        os.unlink(self._at(name), dir_fd=self._handle)

    def _write_new(self, name: str, new: New, *, sync: bool) -> bool:
        """Write the data of `new` to a file `name` that is not there; return whether owner and group are right."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _PLAIN
        # Private from the start: whoever has opened a file can read it even after its mode has changed.
        handle = os.open(self._at(name), flags, 0o600 if new.old else new.mode & 0o666, dir_fd=self._handle)
        with os.fdopen(handle, "wb") as file:
            file.write(new.data)
            file.flush()
            is_kept = not new.old or self._take_over(name, handle, new.old)
            if new.old:
                self._take_over_attributes(handle, new.name)
            if sync:
                os.fsync(handle)
        return is_kept

    def _take_over(self, name: str, handle: int, old: Seen) -> bool:
        """Give a new file owner, group and permission bits of another; return whether owner and group are right."""
        is_kept = True
        if hasattr(os, "fchown"):
            now = os.fstat(handle)
            if (now.st_uid, now.st_gid) != (old.owner, old.group):
                is_kept = _changes_owner(handle, old.owner, old.group)
                if not is_kept:
                    _changes_owner(handle, -1, old.group)
        self._set_mode(name, handle, stat.S_IMODE(old.mode) & 0o777)
        return is_kept

    def _take_over_attributes(self, handle: int, old_name: str) -> None:
        """Give a new file the extended attributes of the file that it replaces, as far as the system allows it."""
        if hasattr(os, "listxattr"):
            with suppress(OSError), os.fdopen(self.open(old_name), "rb") as file:
                for attribute in filter(_ATTRIBUTES.fullmatch, os.listxattr(file.fileno())):
                    with suppress(OSError):
                        os.setxattr(handle, attribute, os.getxattr(file.fileno(), attribute))

    def _set_mode(self, name: str, handle: int, bits: int) -> None:
        """Set the permission bits of an open file; by its name where the system cannot by its descriptor."""
        os.chmod(handle if os.chmod in os.supports_fd else self._at(name), bits)  # noqa: PTH101

    def _check_unchanged(self, new: New) -> None:
        """Raise `Changed` if another file or content stands at a name than the one to be replaced."""
        found = self.look(new.name)
        same = new.old.is_same_file(found) if new.old else found is None
        # Time stamps may be coarse, and programs may set them.
        if same and new.content is not None:
            try:
                same = self.read(new.name)[0] == new.content
            except FileNotFoundError:
                same = False
        if not same:
            raise Changed(errno.EBUSY, "was changed while it was cleaned; run again", str(self.path / new.name))

    def _open(self, name: str, flags: int) -> int:
        """Return a descriptor of what stands at `name`. Raises `InTheWay` for a link, and `OSError`."""
        try:
            return os.open(self._at(name), flags, 0o666, dir_fd=self._handle)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise self._in_the_way(name, stat.S_IFLNK) from None
            raise

    def _at(self, name: str) -> str:
        """Return how the system is to find a file of this folder."""
        return str(self.path / name) if self._handle is None else name

    def _in_the_way(self, name: str, mode: int) -> InTheWay:
        return in_the_way(self.path / name, mode)


def temporary_name() -> str:
    """Return a new name for a file of this process, which `Folder.sweep` recognises when the process is gone."""
    return f".{_HOST}-{os.getpid()}-{os.urandom(4).hex()}.tmp"


def read_named(path: Path) -> tuple[bytes, Seen]:
    """Return the content of a file that the user named, and what the file looked like.

    A link is followed, but to files only. Raises as `Folder.read`.
    """
    place = Place.named(Path(os.path.realpath(path)))
    with place.folder() as folder:
        return folder.read(place.name)


def why_not_read(error: OSError, advice: str = "") -> str:
    """Return what is wrong with a file that raised an error when it was read, and what to do.

    `advice` is what to do if something else than a file stands there, if it is not to be moved away.
    """
    if isinstance(error, InTheWay):
        return f"{error.what}; {advice}" if advice else error.strerror
    return f"cannot be read ({reason_of(error)}); check the path"


def reason_of(error: OSError) -> str:
    """Return what the system says of an error."""
    return error.strerror or type(error).__name__


def in_the_way(path: Path, mode: int) -> InTheWay:
    """Return the error for a place where neither a file nor a folder stands but something of this mode."""
    what = KINDS.get(stat.S_IFMT(mode), "no regular file")
    why = f"is {what}, which is not followed; remove it" if stat.S_ISLNK(mode) else f"is {what}; move it away"
    return InTheWay(errno.ELOOP if stat.S_ISLNK(mode) else errno.EINVAL, why, str(path))


def open_folder(top: Path, below: PurePath = _HERE, *, make: bool = False, private: bool = False) -> Folder:
    """Open the folder at the relative path `below` in the folder `top`.

    The user named `top`, so it may be a link or lie behind one. No part of `below` may be one. With `make`, folders
    of `below` that are missing are made, with `private` for the user alone. Raises `InTheWay` for a link or something
    else that is no folder, and `OSError`.
    """
    if below.is_absolute() or ".." in below.parts:
        raise ValueError(f"{below}: leads out of {top}")
    if not _HAS_OPENAT:
        return _open_folder_by_path(top, below, make=make)
    handle = _open_folder(top, None, ~_NOFOLLOW)
    path = top
    try:
        for part in below.parts:
            path /= part
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, 0o700 if private else 0o777, dir_fd=handle)
            try:
                inner = _open_folder(part, handle)
            except OSError as error:
                if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                    raise
                raise _no_folder(path, os.stat(part, dir_fd=handle, follow_symlinks=False).st_mode) from None
            os.close(handle)
            handle = inner
    except BaseException:
        os.close(handle)
        raise
    return Folder(path, handle)


def _open_folder(folder: str | Path, above: int | None, mask: int = ~0) -> int:
    """Return a descriptor of a folder; `mask` are the flags to leave."""
    try:
        return os.open(folder, _FOLDER & mask, dir_fd=above)
    except PermissionError:
        if _SEARCHED == _FOLDER:
            raise
        return os.open(folder, _SEARCHED & mask, dir_fd=above)


def _no_folder(path: Path, mode: int) -> InTheWay:
    """Return the error for a place where no folder stands but something of this mode."""
    if stat.S_ISREG(mode):
        return InTheWay(errno.ENOTDIR, "is a file where a folder is needed; move it away", str(path))
    return in_the_way(path, mode)


def _changes_owner(handle: int, owner: int, group: int) -> bool:
    """Give a file to an owner (-1: leave it) and a group, if that is allowed; return whether it is."""
    try:
        os.fchown(handle, owner, group)
    except OSError:
        return False
    return True


def _open_folder_by_path(top: Path, below: PurePath, *, make: bool) -> Folder:
    """Do what `open_folder` does on a system without `openat`. Who may read a new folder is left to the system."""
    path = top
    for part in below.parts:
        path /= part
        if make:
            with suppress(FileExistsError):
                path.mkdir()
        mode = path.lstat().st_mode
        if hasattr(path, "is_junction") and path.is_junction():
            mode = stat.S_IFLNK
        if not stat.S_ISDIR(mode):
            raise _no_folder(path, mode)
    return Folder(path, None)


def _is_running(process: int) -> bool:
    """Whether there is a process with this number, as far as can be told."""
    if os.name == "nt":
        return True  # there `os.kill` ends the process, whatever the signal
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
