"""What a relying party remembers between verifications: results that were checked, never raw answers."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

from didkit_fr.verification.policy import Policy

__all__ = ["Memory"]


class Memory:
    """Checked results (certificate paths, status lists), bounded, thread-safe, each valid for one policy and a time.

    The oldest entry goes first when `max_entries` are held. Verification is offline where all it needs is here.
    """

    def __init__(self, max_entries: int = 4096) -> None:
        self._max_entries = max_entries
        self._entries: OrderedDict[tuple[Policy, str, Hashable], tuple[int, int, Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, policy: Policy, kind: str, name: Hashable, *, now: int) -> Any | None:  # noqa: ANN401 - any result
        """What was remembered of a kind under a name, if it holds at `now` (seconds since 1970, UTC)."""
        # One reading of a dict, whole or not at all: it waits for no writer.
        entry = self._entries.get((policy, kind, name))
        if entry is None:
            return None
        since, until, value = entry
        return value if since <= now < until else None

    def put(self, policy: Policy, kind: str, name: Hashable, value: object, *, now: int, expires: int) -> None:
        """Remembers a checked result from `now` until before `expires`."""
        with self._lock:
            key = (policy, kind, name)
            self._entries[key] = (now, expires, value)
            self._entries.move_to_end(key)
            while len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)

    def __len__(self) -> int:
        return len(self._entries)
