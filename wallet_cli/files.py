"""Files of the citizen: read with a bound, written whole or not at all, and for their owner only."""

import os
from contextlib import suppress
from pathlib import Path

from didkit_fr.errors import FetchError, ParseError, VerificationError

__all__ = ["export", "flush_folder", "read", "write_durably"]


def read(path: Path, *, max_bytes: int) -> bytes:
    """The whole of a file that is not larger than the limit; of an endless one no more is read.

    Raises:
        FetchError: `file_unreadable`.
        ParseError: `input_too_large`.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(max_bytes + 1)
    except OSError as error:
        raise FetchError("file_unreadable", os.strerror(error.errno or 0).lower()) from None
    if len(raw) > max_bytes:
        raise ParseError("input_too_large", f"a file over {max_bytes} bytes")
    return raw


def export(path: Path, data: bytes) -> None:
    """Writes a new file (0600) under its name only once it is whole; never over one that is there.

    Raises:
        FetchError: `file_unavailable`.
        VerificationError: `file_exists`.
    """
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        write_durably(beside, data)
        os.link(beside, path)  # unlike a rename, it never takes the place of a file, nor follows a link
        flush_folder(path.parent)
    except FileExistsError:
        raise VerificationError("file_exists") from None
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno or 0).lower() if isinstance(error, OSError) else "not a name"
        raise FetchError("file_unavailable", reason) from None
    finally:
        with suppress(OSError, ValueError):
            beside.unlink()


def write_durably(path: Path, data: bytes) -> None:
    """Writes a file (0600) in the place of what a killed process may have left there, and flushes it.

    Raises:
        OSError: those of the disk.
    """
    with suppress(FileNotFoundError):
        path.unlink()
    new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(new, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Makes the names in a folder durable.

    Raises:
        OSError: those of the disk.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
