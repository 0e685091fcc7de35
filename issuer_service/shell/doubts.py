"""What is said of the clock: in the log, when it is doubted and when no longer; to the operator who asks."""

from collections.abc import Callable
from datetime import UTC, datetime

from didkit_fr.encoding.json import JsonObject
from issuer_service.shell import clock
from issuer_service.shell.clock import Known

__all__ = ["Doubts", "described", "readable"]


class Doubts:
    """Says when the clock is doubted, again each day, when it no longer is, and when it was accepted."""

    def __init__(self, emit: Callable[..., None]) -> None:
        self._emit = emit
        self._said = -1
        self._acceptances: int | None = None

    def tell(self, known: Known | None, *, wall: int, day: int) -> None:
        """Says what changed; `day` counts days by a clock that does not jump."""
        before, self._acceptances = self._acceptances, 0 if known is None else known.acceptances
        if before is not None and before < self._acceptances:
            self._emit("clock_accepted")
        if clock.forgetting(known, wall=wall) is not None:
            if self._said >= 0:
                self._emit("clock_trusted")
            self._said = -1
        elif self._said != day:
            self._said = day
            apart = clock.apart(known, wall=wall)
            if apart is None:
                self._emit("clock_unaccepted")
            else:
                self._emit("clock_doubted", seconds=abs(apart))


def described(known: Known | None, *, wall: int) -> JsonObject:
    """Both clocks, in seconds since 1970 (UTC), and whether anything is forgotten by them."""
    shown: JsonObject = {"clock": wall, "forgets": clock.forgetting(known, wall=wall) is not None, "acceptances": 0}
    if known is not None:
        shown |= {"measured": known.measured, "accepted": known.accepted, "acceptances": known.acceptances}
    return shown


def readable(shown: JsonObject) -> JsonObject:
    """The same for a person."""
    dated = {name: _date(shown[name]) for name in ("clock", "measured", "accepted") if name in shown}
    return shown | dated | {"forgets": "yes" if shown["forgets"] else "no, until an operator accepts the clock"}


def _date(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
