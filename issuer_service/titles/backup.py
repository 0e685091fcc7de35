"""Copies a data folder to restore it from. Epoch keys and the state folder are left where they are: see the runbook."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.primitives.random import Random, system
from issuer_service.shell import private_files
from issuer_service.titles import app, config, generation, state
from issuer_service.titles.config import Config

__all__ = ["FILES", "backup"]

FILES = ("keyring", "chain", "mdoc_chain", "signer_revocations", "anchors")
"""The settings whose files are copied as they are, beside the settings themselves."""


async def backup(
    there: Config, to: Path, *, random: Random = system, say: Callable[[int], None] = lambda _: None
) -> None:
    """Makes a folder (mode 0700) with a copy of the database, the keyring, the certificates, the anchors, the settings.

    Then the store and its mark go one tick further: the copy is older than the mark from here on, whatever follows.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        VerificationError: `file_exists`, `folder_unexpected` for a place in a folder of the service, and as
            `app.open_storage`.
    """
    state.check_elsewhere(there, to)
    storage = await app.open_storage(there, random, say=say)
    try:
        with _making(to):
            app.copy_database(there, to / there.place("database").name)
            for place in (there.folder / config.SETTINGS, *map(there.place, FILES)):
                data = private_files.read(place, max_bytes=app.MAX_FILE)
                private_files.create(to / place.name, data, random=random)
            await generation.tick(storage, there.place("mark"), random=random)
    finally:
        await storage.close()


@contextmanager
def _making(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise VerificationError("file_exists", folder.name)
        yield
        private_files.sync_folder(folder)
    except OSError as error:
        raise FetchError("file_unavailable", f"{folder.name}: {error.strerror}") from None
