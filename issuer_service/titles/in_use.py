"""Who uses the folders of an issuer: any number of processes together, or `restore` alone.

The locks are on folders, which no restore replaces as it replaces the database: on the data folder, and on that of the
revocation log in the state folder, so that one of them is held also where the other was made anew. They end with the
process.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from didkit_fr.errors import FetchError
from issuer_service.shell.notes import spoken
from issuer_service.titles.codes import HINTS
from issuer_service.titles.config import Config

__all__ = ["alone", "together"]


@contextmanager
def together(config: Config) -> Iterator[None]:
    """For whatever serves, or writes.

    Raises:
        FetchError: `file_unavailable`; `folders_in_use` while `restore` is at work.
    """
    with _locked(config, fcntl.LOCK_SH, spoken(HINTS["restore_at_work"])):
        yield


@contextmanager
def alone(config: Config) -> Iterator[None]:
    """For whatever needs that nobody else is there.

    Raises:
        FetchError: `file_unavailable`; `folders_in_use` while another process uses one.
    """
    with _locked(config, fcntl.LOCK_EX, spoken(HINTS["others_at_work"])):
        yield


@contextmanager
def _locked(config: Config, how: int, hint: str) -> Iterator[None]:
    with ExitStack() as held:
        for folder in (config.folder, config.place("revocations")):
            try:
                if folder != config.folder:
                    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
                held.callback(os.close, descriptor)
                fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            except BlockingIOError:
                error = FetchError("folders_in_use")
                error.add_note(hint)
                raise error from None
            except OSError as error:
                raise FetchError("file_unavailable", f"{folder}: {error.strerror}") from None
        yield
