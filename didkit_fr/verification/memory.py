"""What a relying party remembers between verifications: results that were checked, never raw answers."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any, NamedTuple, TypeAlias

from didkit_fr.verification.policy import Policy

__all__ = ["MAX_ENTRIES", "Memory"]

MAX_ENTRIES = 1_024
"""Entries of one kind."""

_Key: TypeAlias = tuple[Policy, str, Hashable]
_Share: TypeAlias = tuple[Policy, Hashable]


class _Entry(NamedTuple):
    since: int
    until: int
    value: Any
    share: _Share


class Memory:
    """Checked results (certificate paths, status lists), bounded, thread-safe, each valid for one policy and a time.

    Each kind of results has `max_entries` of its own. Where they are all taken, whoever owns the most of them loses the
    oldest: nobody who makes much be remembered takes the place of another. Verification is offline where all it needs
    is here.
    """

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._max_entries = max_entries
        self._entries: dict[_Key, _Entry] = {}
        # By kind and by owner, the oldest first.
        self._order: dict[str, dict[_Share, OrderedDict[_Key, None]]] = {}
        self._count: dict[str, int] = {}
        self._lock = Lock()

    def get(self, policy: Policy, kind: str, name: Hashable, *, now: int) -> Any | None:  # noqa: ANN401 - any result
        """What was remembered of a kind under a name, if it holds at `now` (seconds since 1970, UTC)."""
        # One reading of a dict, whole or not at all: it waits for no writer.
        entry = self._entries.get((policy, kind, name))
        if entry is None:
            return None
        since, until, value, _ = entry
        return value if since <= now < until else None

    def put(
        self,
        policy: Policy,
        kind: str,
        name: Hashable,
        value: object,
        *,
        now: int,
        expires: int,
        owner: Hashable = None,
    ) -> None:
        """Remembers a checked result from `now` until before `expires`; `owner` is by whose word it is remembered."""
        key, share = (policy, kind, name), (policy, owner)
        with self._lock:
            self._forget(key)
            self._entries[key] = _Entry(now, expires, value, share)
            shares = self._order.setdefault(kind, {})
            shares.setdefault(share, OrderedDict())[key] = None
            self._count[kind] = self._count.get(kind, 0) + 1
            if self._count[kind] > self._max_entries:
                most = max(shares, key=lambda one: len(shares[one]))
                self._forget(next(iter(shares[most])))

    def _forget(self, key: _Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        shares = self._order[key[1]]
        del shares[entry.share][key]
        if not shares[entry.share]:
            del shares[entry.share]
        self._count[key[1]] -= 1

    def __len__(self) -> int:
        return len(self._entries)
