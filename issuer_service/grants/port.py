"""The port of the epoch keys: one random key a UTC day, without which nothing sealed that day opens."""

from datetime import UTC, datetime
from typing import Protocol

__all__ = ["KEY_BYTES", "Epochs", "epoch_at"]

KEY_BYTES = 32


def epoch_at(now: int) -> str:
    """The name of the epoch of a time (seconds since 1970): its UTC day as YYYY-MM-DD."""
    return datetime.fromtimestamp(now, UTC).date().isoformat()


class Epochs(Protocol):
    """The epoch keys of one service, shared by its hosts, outside its database and the backups of that."""

    async def current(self, now: int) -> tuple[str, bytes]:
        """The epoch of `now` and its key (32 bytes), made where it is the first asked for: who races gets the same.

        Raises:
            FetchError: `file_unavailable`.
        """
        ...

    async def get(self, epoch: str) -> bytes:
        """The key of an epoch (32 bytes).

        Raises:
            VerificationError: `epoch_gone` where it was destroyed or never was.
            FetchError: `file_unavailable`.
        """
        ...

    async def destroy(self, now: int) -> None:
        """Destroys the keys of epochs that ended more than two days before the day of `now`, for all hosts.

        Raises:
            FetchError: `file_unavailable`.
        """
        ...
