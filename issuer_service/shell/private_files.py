"""Small files for the service's eyes only: mode 0600, written whole or not at all, over another only by `replace`."""

import os
from contextlib import suppress
from pathlib import Path

from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.primitives.random import Random, system

__all__ = ["MAX_BYTES", "create", "read", "replace", "sync_folder"]

MAX_BYTES = 65_536


def create(path: Path, data: bytes, *, random: Random = system) -> None:
    """Creates a file that is complete and on disk as soon as it has its name, or creates nothing.

    A hard link, unlike a rename, fails where the name is taken: of two processes exactly one creates the file.

    Raises:
        VerificationError: `file_exists`.
        FetchError: `file_unavailable`.
    """
    draft = path.with_name(f".{path.name}.{random(8).hex()}.draft")
    try:
        try:
            _write(draft, data)
            os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(path.parent)
    except FileExistsError:
        raise VerificationError("file_exists", path.name) from None
    except OSError as error:
        raise FetchError("file_unavailable", f"{path.name}: {error.strerror}") from None


def replace(path: Path, data: bytes, *, random: Random = system) -> None:
    """Replaces a file, or makes it: whoever reads it, and whatever crashes, finds the old content or the new.

    Raises:
        FetchError: `file_unavailable`.
    """
    draft = path.with_name(f".{path.name}.{random(8).hex()}.draft")
    try:
        try:
            _write(draft, data)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise FetchError("file_unavailable", f"{path.name}: {error.strerror}") from None


def read(path: Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Reads a file that is at most `max_bytes` long.

    Raises:
        ParseError: `input_too_large`.
        FetchError: `file_unavailable`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise FetchError("file_unavailable", f"{path.name}: {error.strerror}") from None
    if len(data) > max_bytes:
        raise ParseError("input_too_large", f"{path.name} over {max_bytes} bytes")
    return data


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable, on file systems where that is possible."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
