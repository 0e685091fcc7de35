"""The port of the revocation log: what was revoked and suspended, kept outside the database, which follows it.

Its verbs wait, for locks and for the disk: an event loop calls them in another thread. A partition is named by its
year; the docstrings are the contract.
"""

from collections.abc import Mapping
from typing import Protocol

from issuer_service.shell.progress import Position
from issuer_service.storage.port import Replayed

__all__ = ["Log"]


class Log(Protocol):
    """What was done under which blind index, in an order that stays; nothing is ever taken out but whole years."""

    def append(self, acts: Mapping[str, Replayed]) -> dict[str, Position]:
        """Adds one act, a line to each of its partitions, and returns the positions behind them.

        It is durable when this returns. Of two acts at once, one is behind the other in every partition.

        Raises:
            FetchError: `file_unavailable`, `storage_unavailable`; then the act must not be acknowledged.
        """
        ...

    def continues(self, partition: str, position: Position) -> bool:
        """Whether the partition still begins with what was known of it.

        Raises:
            FetchError: `file_unavailable`, `storage_unavailable`.
        """
        ...

    def after(
        self, positions: Mapping[str, Position], *, oldest: int = 0
    ) -> tuple[tuple[Replayed, ...], dict[str, Position]]:
        """Some of the acts behind these positions, in the order of each partition, and the positions behind them.

        Whoever asks until the positions stay as they are has read all. Partitions before the year `oldest` are not
        read.

        Raises:
            FetchError: `file_unavailable`, `storage_unavailable`.
            ParseError: `storage_malformed`.
        """
        ...

    def ends(self) -> dict[str, Position]:
        """The positions behind all that the log has.

        Raises:
            FetchError: `file_unavailable`, `storage_unavailable`.
            ParseError: `storage_malformed`.
        """
        ...

    def forget(self, year: int) -> None:
        """Drops the partitions before `shell.progress.oldest_kept(year)`.

        Raises:
            FetchError: `file_unavailable`.
        """
        ...
