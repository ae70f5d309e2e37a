"""Files, read and written whole: whatever symcost writes is written here.

What is written goes into a file of another name in the same folder, reaches the disk, and is then
renamed. A full disk, a killed process or a folder that has gone leave the old file as it was, and
whoever reads meanwhile sees the old file or the new one, never half of one. Of several runs that
write a new file at once one wins, and the others say that it exists.

A link is followed: the file that it names is written. Devices and pipes, such as /dev/stdout, are
written to as they are.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, final

if TYPE_CHECKING:
    from collections.abc import Iterator

# What an unfinished file is called; only a run that was killed leaves one behind.
UNFINISHED, ENDING = ".symcost-", ".part"
MOST_LINKS = 40
PERMISSIONS = 0o666  # of a new file, less what the umask takes away
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
# Names that not every system has: never through a link, no conversion of the ends of lines.
CREATE |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
NEVER_WAIT = getattr(os, "O_NONBLOCK", 0)
# Names of files that this process has open already.
OPEN = re.compile(r"/dev/(stdin|stdout|stderr|fd/([0-9]{1,6}))|/proc/self/fd/([0-9]{1,6})")
NAMED = {"stdin": 0, "stdout": 1, "stderr": 2}


class FileError(ValueError):
    """A file that cannot be written: which, and why."""


@final
class TakenError(FileError):
    """There is a file of that name already."""


# -- reading ---------------------------------------------------------------------------------------


def packaged(*names: str) -> Path:
    """A file or a folder that is part of symcost, by its path below the package."""
    return Path(__file__).parent.joinpath(*names)


def regular(path: str, flags: int) -> int:
    """For `open(path, opener=regular)`: opens files, and raises `OSError` for pipes and devices.

    To open a pipe that nobody writes to would wait for ever.
    """
    handle = os.open(path, flags | NEVER_WAIT, PERMISSIONS)
    kind = os.fstat(handle).st_mode
    if stat.S_ISREG(kind):
        return handle
    os.close(handle)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise OSError(errno.EINVAL, "it is a pipe or a device, and only files are read", path)


# -- writing ---------------------------------------------------------------------------------------


def write(path: Path, content: str | bytes, *, overwrite: bool) -> None:
    """Writes a whole file, and the folders that it lies in. Raises `FileError`."""
    with writing(path, overwrite=overwrite) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def writing(path: Path, *, overwrite: bool) -> Iterator[BinaryIO]:
    """A file to write into, which takes its name when all is written and nothing was raised.

    Also a machine that goes down leaves the old file or the new one. Raises `TakenError` for a file
    that exists unless it may be overwritten, and `FileError` for all else that the system refuses,
    whatever is written meanwhile included.
    """
    with _told(path):
        target = _target(path, overwrite)
        if _is_stream(target):
            with _stream(target) as file:
                yield file
            return
        _make(target.parent)
        old = target.stat() if target.exists() else None
        with _beside(target, PERMISSIONS, old) as (file, unfinished):
            yield file
            file.flush()
            _on_disk(file)
            file.close()
            _rename(unfinished, target, overwrite)


def keep(path: Path, content: str) -> None:
    """Writes a whole file of our own in place of whatever has its name, a link or a pipe included.

    Nobody else may read it, and it need not reach the disk. Raises `FileError`.
    """
    with _told(path):
        _make(path.parent, 0o700)
        with _beside(path, 0o600) as (file, unfinished):
            file.write(content.encode())
            file.close()
            unfinished.replace(path)


def ready(path: Path, *, overwrite: bool) -> None:
    """Raises now, before any work is done, the `FileError` that `writing` would raise later.

    What only shows later, a full disk above all, is left to it.
    """
    with _told(path):
        target = _target(path, overwrite)
        if _is_stream(target):
            return
        folder = next((each for each in target.parents if os.path.lexists(each)), target.parent)
        if not folder.is_dir():
            raise _no_folder(folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, f"nothing can be written into {folder}")


def is_stream(path: Path) -> bool:
    """Whether a path names a pipe, a device or an open file, and neither a file nor a folder."""
    with suppress(OSError):
        return _is_stream(_followed(path))
    return False


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the system refuses, as a `FileError` that names the file."""
    try:
        yield
    except FileExistsError:
        raise TakenError(f"{path} exists already") from None
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror or error}") from None


def _target(path: Path, overwrite: bool) -> Path:
    """The file to write, behind all links. Raises `OSError` where it cannot or must not be."""
    target = _followed(path)
    if _is_stream(target):
        return target
    try:
        kind = target.stat().st_mode
    except FileNotFoundError:
        if target != path:
            raise OSError(errno.ENOENT, f"it is a link to {target}, which is not there") from None
        return target
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(kind):
        raise OSError(errno.EINVAL, "it is no file")
    if not overwrite:
        raise FileExistsError
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return target


def _make(folder: Path, permissions: int = 0o777) -> None:
    try:
        folder.mkdir(permissions, parents=True, exist_ok=True)
    except FileExistsError:
        raise _no_folder(folder) from None


def _no_folder(path: Path) -> OSError:
    return NotADirectoryError(errno.ENOTDIR, f"{path} is no folder")


def _followed(path: Path) -> Path:
    """What a chain of links leads to; the name of an open file is an end of it."""
    found = path
    for _ in range(MOST_LINKS):
        if _open_already(found) is not None or not found.is_symlink():
            return found
        found = found.parent / found.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _open_already(path: Path) -> int | None:
    """The number of the open file that a path such as /dev/stdout stands for."""
    found = OPEN.fullmatch(str(path))
    return None if found is None else NAMED.get(found[1]) or int(found[2] or found[3] or 0)


def _is_stream(path: Path) -> bool:
    if _open_already(path) is not None:
        return True
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        return False
    return stat.S_ISFIFO(kind) or stat.S_ISCHR(kind)


def _stream(path: Path) -> BinaryIO:
    """Opens a pipe or a device; of an open file the very same, so that nothing in it is lost."""
    number = _open_already(path)
    if number is None:
        return os.fdopen(os.open(path, os.O_WRONLY | getattr(os, "O_NOCTTY", 0)), "wb")
    for each in (sys.stdout, sys.stderr):
        each.flush()  # what was said before stands before
    return os.fdopen(os.dup(number), "wb")


@contextmanager
def _beside(
    target: Path, permissions: int, old: os.stat_result | None = None
) -> Iterator[tuple[BinaryIO, Path]]:
    """An unfinished file in the folder of the target, as readable as the old one from the start; it
    goes away again unless it was renamed.
    """
    kept = permissions if old is None else stat.S_IMODE(old.st_mode) & 0o777
    unfinished = target.parent / f"{UNFINISHED}{os.urandom(8).hex()}{ENDING}"
    handle = os.open(unfinished, CREATE, kept)
    try:
        with os.fdopen(handle, "wb") as file:
            if old is not None:
                _like(unfinished, old, kept)
            yield file, unfinished
    finally:
        with suppress(OSError):
            unfinished.unlink()


def _like(path: Path, old: os.stat_result, permissions: int) -> None:
    """Gives a file the owner, as far as the system lets us, and the permissions of another."""
    own = path.stat()
    if (own.st_uid, own.st_gid) != (old.st_uid, old.st_gid):
        with suppress(OSError):
            os.chown(path, old.st_uid, old.st_gid)
    path.chmod(permissions)


def _on_disk(file: BinaryIO) -> None:
    try:
        os.fsync(file.fileno())
    except OSError as error:
        # Some file systems cannot be asked; that is no failure to write.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
            raise


def _rename(unfinished: Path, target: Path, overwrite: bool) -> None:
    """Gives the whole file its name; a file that appeared meanwhile stays unless it may not."""
    if overwrite:
        unfinished.replace(target)
        return
    try:
        os.link(unfinished, target)  # unlike a renaming, it fails where the name is taken
    except FileExistsError:
        raise
    except OSError:
        # A file system without links: the name is taken first, by a file that only we can make.
        os.close(os.open(target, CREATE, PERMISSIONS))
        try:
            unfinished.replace(target)
        except BaseException:
            with suppress(OSError):
                target.unlink()
            raise
