"""A folder that belongs to one person, held open and locked: files in it are named within it, and follow no link.

It stays the same folder while it is held, whatever its path leads to by then.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from didkit_fr.errors import FetchError, VerificationError

__all__ = ["Folder", "locked", "unavailable"]

_OPEN = os.O_CLOEXEC | os.O_NOFOLLOW
_FOLDER = _OPEN | os.O_RDONLY | os.O_DIRECTORY
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS_ENTER = stat.S_IXGRP | stat.S_IXOTH


class Folder:
    """A folder by its descriptor; every verb raises the `OSError`s of the disk."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def has(self, name: str) -> bool:
        """Whether there is anything of this name."""
        try:
            os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def read(self, name: str, max_bytes: int) -> bytes:
        """The beginning of a file.

        Raises:
            VerificationError: `vault_exposed` where others may write to the file.
        """
        # Who may not enter the folder cannot write to a file in it either: x is one bit below w.
        may_enter = os.fstat(self._descriptor).st_mode & _OTHERS_ENTER
        with os.fdopen(self._open(name, os.O_RDONLY), "rb") as file:
            _check_own(os.fstat(file.fileno()), writing=may_enter << 1)
            return file.read(max_bytes)

    def write(self, name: str, data: bytes, *, into: str | None = None) -> None:
        """Writes a file (0600) in the place of what is there, and flushes it; into the blocks of `into`, if given."""
        if into is None:
            self.remove(name)
            descriptor = self._open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        else:
            self.rename(into, name)
            descriptor = self._open(name, os.O_WRONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.truncate(len(data))
            file.flush()
            os.fsync(file.fileno())

    def allocate(self, name: str, size: int) -> None:
        """Makes a file (0600) of so many bytes that the disk has set apart, unless there is one, durably."""
        with os.fdopen(self._open(name, os.O_RDWR | os.O_CREAT), "r+b") as file:
            missing = size - os.fstat(file.fileno()).st_size
            if missing > 0 and hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            elif missing > 0:
                file.seek(0, os.SEEK_END)
                file.write(bytes(missing))
            file.flush()
            os.fsync(file.fileno())
        self.flush()

    def rename(self, name: str, to: str) -> None:
        """Gives a file another name, in the place of what had it."""
        os.rename(name, to, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def remove(self, name: str) -> None:
        """Removes a file, if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._descriptor)

    def flush(self) -> None:
        """Makes the names durable."""
        os.fsync(self._descriptor)

    def lock(self, name: str | None = None) -> int:
        """Locks the folder, or a file in it, until the descriptor that is returned is closed, or the process ends.

        Raises:
            FetchError: `vault_locked`.
        """
        descriptor = self._descriptor if name is None else self._open(name, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if name is not None:
                os.close(descriptor)
            if isinstance(error, BlockingIOError):
                raise FetchError("vault_locked") from None
            raise
        return descriptor

    def _open(self, name: str, flags: int) -> int:
        return os.open(name, flags | _OPEN, 0o600, dir_fd=self._descriptor)


@contextmanager
def locked(path: Path, name: str) -> Iterator[Folder]:
    """Holds a folder and locks on it and on a file in it, that the kernel drops when the process ends, however it ends.

    Raises:
        FetchError: `vault_locked`, `vault_unavailable`.
        VerificationError: `vault_exposed` for a folder that is a link, another user's, or one that others may write to.
    """
    if path.is_symlink():
        raise VerificationError("vault_exposed", "a link")
    with unavailable():
        descriptor = os.open(path, _FOLDER)
    try:
        folder = Folder(descriptor)
        _check_own(os.fstat(descriptor))
        with unavailable():
            folder.lock()
            beside = folder.lock(name)
        try:
            yield folder
        finally:
            os.close(beside)
    finally:
        os.close(descriptor)


@contextmanager
def unavailable() -> Iterator[None]:
    """Turns the disk's refusals into an error with a code; the path is not shown, it may name the citizen."""
    try:
        yield
    except OSError as error:
        raise FetchError("vault_unavailable", os.strerror(error.errno or 0).lower()) from None


def _check_own(found: os.stat_result, *, writing: int = _OTHERS_WRITE) -> None:
    """An attacker who may write in the folder could put another vault in its place, or an older one."""
    if found.st_uid != os.geteuid():
        raise VerificationError("vault_exposed", "another user's")
    if found.st_mode & writing:
        raise VerificationError("vault_exposed", "others may write to it")
