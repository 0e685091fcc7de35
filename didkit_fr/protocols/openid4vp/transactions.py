"""Where the open transactions of a relying party wait for their answer: the port, and one for a single process."""

from collections import OrderedDict
from threading import Lock
from typing import Protocol

from didkit_fr.protocols.openid4vp.verifier import Transaction

__all__ = ["MemoryTransactions", "TransactionStore"]


class TransactionStore(Protocol):
    """Where transactions wait for their answer: shared by all processes of the relying party."""

    def put(self, transaction: Transaction) -> None:
        """Remembers a transaction until it expires."""
        ...

    def find(self, id: str, *, now: int) -> Transaction | None:  # noqa: A002 - the transaction's own word
        """Returns a transaction and leaves it where it is; None if unknown, taken or expired."""
        ...

    def take(self, id: str, *, now: int) -> Transaction | None:  # noqa: A002 - the transaction's own word
        """Removes and returns a transaction: at most once, across processes; None if unknown, taken or expired."""
        ...


class MemoryTransactions:
    """Transactions of a relying party that is one process; bounded, the oldest are forgotten first."""

    def __init__(self, max_transactions: int = 10_000) -> None:
        self._max = max_transactions
        self._open: OrderedDict[str, Transaction] = OrderedDict()
        self._lock = Lock()

    def put(self, transaction: Transaction) -> None:
        """Remembers a transaction."""
        with self._lock:
            self._open[transaction.id] = transaction
            while len(self._open) > self._max:
                self._open.popitem(last=False)

    def find(self, id: str, *, now: int) -> Transaction | None:  # noqa: A002 - the transaction's own word
        """Returns a transaction and leaves it where it is."""
        with self._lock:
            transaction = self._open.get(id)
        return transaction if transaction is not None and now < transaction.expires else None

    def take(self, id: str, *, now: int) -> Transaction | None:  # noqa: A002 - the transaction's own word
        """Removes and returns a transaction, at most once."""
        with self._lock:
            transaction = self._open.pop(id, None)
        return transaction if transaction is not None and now < transaction.expires else None
