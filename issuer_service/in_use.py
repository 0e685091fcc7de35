"""Who uses the folders of an issuer: any number of processes together, or `restore` alone.

The locks are on folders, which no restore replaces as it replaces the database: on the data folder, and on that of the
revocation log in the state folder, so that one of them is held also where the other was made anew. They end with the
process.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from didkit_fr.errors import FetchError
from issuer_service.config import Config

__all__ = ["alone", "together"]


@contextmanager
def together(config: Config) -> Iterator[None]:
    """For whatever serves, or writes.

    Raises:
        FetchError: `file_unavailable`; `storage_unavailable` while `restore` is at work.
    """
    with _locked(config, fcntl.LOCK_SH, "wait until restore has ended, then run this again"):
        yield


@contextmanager
def alone(config: Config) -> Iterator[None]:
    """For whatever needs that nobody else is there.

    Raises:
        FetchError: `file_unavailable`; `storage_unavailable` while another process uses a folder.
    """
    with _locked(config, fcntl.LOCK_EX, "stop whatever serves or runs on these folders, then run this again"):
        yield


@contextmanager
def _locked(config: Config, how: int, hint: str) -> Iterator[None]:
    descriptors: list[int] = []
    try:
        config.place("revocations").mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (config.folder, config.place("revocations")):
            descriptors.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
            fcntl.flock(descriptors[-1], how | fcntl.LOCK_NB)
    except BlockingIOError:
        _close(descriptors)
        error = FetchError("storage_unavailable", "another process uses the folders of this issuer")
        error.add_note(hint)
        raise error from None
    except OSError as error:
        _close(descriptors)
        raise FetchError("file_unavailable", f"{config.folder.name}: {error.strerror}") from None
    try:
        yield
    finally:
        _close(descriptors)


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
