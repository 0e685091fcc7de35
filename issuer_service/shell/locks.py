"""Locks between processes that are waited for a while and no longer: whoever holds one does not stop the service.

They are waited for in the thread that asks: an event loop asks in another one. A lock ends with its descriptor.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from didkit_fr.errors import FetchError

__all__ = ["alone", "take"]

SECONDS = 5.0
PAUSE = 0.01


def take(descriptor: int, how: int, name: str) -> None:
    """Locks an open file or folder (flock); `how` is `fcntl.LOCK_EX` or `fcntl.LOCK_SH`.

    Raises:
        FetchError: `storage_unavailable`, with `name`, where others hold it for five seconds.
    """
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise FetchError("storage_unavailable", f"{name} is locked") from None
            time.sleep(PAUSE)
        else:
            return


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process at a time: for files that are replaced, so that no lock on them would hold.

    Raises:
        FetchError: `file_unavailable`, `storage_unavailable`.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise FetchError("file_unavailable", f"{folder.name}: {error.strerror}") from None
    try:
        take(descriptor, fcntl.LOCK_EX, folder.name)
        yield
    finally:
        os.close(descriptor)
