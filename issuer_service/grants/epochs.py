"""Epoch keys in a folder of their own, which the hosts of one service share: the adapter of `grants.port`.

Nothing is remembered in memory, so that a key destroyed by one process is gone for all. Overwriting a file reaches the
old bytes only where the file system writes in place; on others, put the folder on an encrypted volume or in memory.
"""

import asyncio
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.primitives.random import Random, system
from issuer_service.grants.port import KEY_BYTES, epoch_at
from issuer_service.shell import private_files

__all__ = ["EpochKeys", "FolderEpochs"]

_EPOCH = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DOOMED = ".doomed"
_DRAFT = ".draft"


@dataclass(frozen=True, slots=True)
class EpochKeys:
    """The epoch keys in a folder, which is made (mode 0700) when the first key is."""

    folder: Path
    random: Random = field(default=system, repr=False)

    def current(self, now: int) -> tuple[str, bytes]:
        """The epoch of `now` and its key, made where it is the first asked for: processes that race get the same.

        Raises:
            FetchError: `file_unavailable`.
        """
        epoch = epoch_at(now)
        with suppress(VerificationError):
            return epoch, self.get(epoch)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise FetchError("file_unavailable", f"{self.folder.name}: {error.strerror}") from None
        with suppress(VerificationError):  # another process was first: its key is the one
            private_files.create(self._path(epoch), self.random(KEY_BYTES), random=self.random)
        return epoch, self.get(epoch)

    def get(self, epoch: str) -> bytes:
        """The key of an epoch (32 bytes).

        Raises:
            VerificationError: `epoch_gone` where it was destroyed or never was.
            FetchError: `file_unavailable`.
        """
        if _EPOCH.fullmatch(epoch) is None:
            raise VerificationError("epoch_gone")
        path = self._path(epoch)
        try:
            key = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise VerificationError("epoch_gone", epoch) from None
        except OSError as error:
            raise FetchError("file_unavailable", f"{path.name}: {error.strerror}") from None
        if len(key) != KEY_BYTES:
            raise FetchError("file_unavailable", f"{path.name}: not {KEY_BYTES} bytes")
        return key

    def destroy(self, now: int, *, keep_days: int = 2) -> tuple[str, ...]:
        """Destroys the keys of epochs that ended more than `keep_days` days before the day of `now`; returns them.

        What an earlier call or a `current` that was killed left behind is destroyed too.

        Raises:
            FetchError: `file_unavailable`.
        """
        first = epoch_at(now - int(timedelta(days=keep_days).total_seconds()))
        try:
            paths = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
            gone = tuple(path.stem for path in paths if _is_key(path) and path.stem < first)
            for epoch in gone:
                # The name goes first: no reader ever takes a half-overwritten file for the key.
                with suppress(FileNotFoundError):
                    self._path(epoch).replace(self.folder / f"{epoch}{_DOOMED}")
            for path in paths:
                if path.suffix == _DRAFT and path.name[1:11] < first:
                    _wipe(path)
            for path in self.folder.glob(f"*{_DOOMED}"):
                _wipe(path)
        except OSError as error:
            raise FetchError("file_unavailable", f"{self.folder.name}: {error.strerror}") from None
        return gone

    def _path(self, epoch: str) -> Path:
        return self.folder / f"{epoch}.key"


@dataclass(frozen=True, slots=True)
class FolderEpochs:
    """The port over that folder: files are read and written in a thread, since a slow disk must stop no other request.

    Its verbs are those of `grants.port.Epochs`.
    """

    keys: EpochKeys

    async def current(self, now: int) -> tuple[str, bytes]:
        """As the port says."""
        return await asyncio.to_thread(self.keys.current, now)

    async def get(self, epoch: str) -> bytes:
        """As the port says."""
        return await asyncio.to_thread(self.keys.get, epoch)

    async def destroy(self, now: int) -> None:
        """As the port says."""
        await asyncio.to_thread(self.keys.destroy, now)


def _is_key(path: Path) -> bool:
    return path.suffix == ".key" and _EPOCH.fullmatch(path.stem) is not None


def _wipe(path: Path) -> None:
    """Overwrites, makes that durable, and unlinks; another process may be doing the same."""
    with suppress(FileNotFoundError):
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
