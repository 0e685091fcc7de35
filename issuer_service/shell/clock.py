"""Which time is certain enough to forget by. Pure: clocks come in as numbers, and what is remembered goes out.

Two clocks are read. The wall clock says what time it is, and may be wrong, jump, and come back. The steady clock says
only how many seconds passed since it was read before, in one process; it never jumps. From an acceptance by an
operator, who looked at the wall clock, and from seconds that were measured after it follows a time that surely came:

    measured = what the wall clock said when it was accepted + seconds measured since, while a process ran

1. Nothing is forgotten before `measured`, whatever the wall clock says: where it was right when it was accepted, what
   is forgotten has expired indeed. Forgotten are issuances, used nonces and tickets, epoch keys, openings, partitions
   of the revocation log.
2. Nothing is forgotten before the wall clock says so too: what was dated by a clock that is behind is kept for it.
3. Where the two are more than a day apart, or nothing was accepted, nothing is forgotten until an operator accepts the
   clock. So a clock that was ahead for a minute destroys nothing, and neither does one that was ahead at a start.
4. Each store remembers up to which time it forgot, and refuses whatever could have been used and forgotten by then:
   a used nonce or ticket is never good again, even where an operator accepted a clock that was wrong.

While no process runs nothing is measured, so things are forgotten as much later as the service stood still; after a
day of that an operator is asked.
"""

from dataclasses import dataclass, replace

__all__ = ["MAX_APART", "Known", "accept", "advance", "apart", "forgetting", "merge"]

MAX_APART = 86_400
"""Seconds that the wall clock may be from the measured time."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered: the measured time, and the last acceptance by an operator (seconds since 1970, UTC).

    `acceptances` counts them: a process that finds another number forgets what it measured itself.
    """

    measured: int
    accepted: int
    acceptances: int


def accept(before: Known | None, *, wall: int) -> Known:
    """What is known once an operator has looked at the wall clock and found it right."""
    return Known(wall, wall, 1 if before is None else before.acceptances + 1)


def advance(known: Known, seconds: int) -> Known:
    """What is known some measured seconds later."""
    return replace(known, measured=known.measured + max(seconds, 0))


def merge(own: Known | None, stored: Known | None) -> Known | None:
    """What is known to a process, and to whoever wrote last: each measured time has surely come, so the later one has.

    An acceptance outdoes whatever was measured before it.
    """
    if own is None or stored is None or own.acceptances != stored.acceptances:
        return stored
    return replace(stored, measured=max(own.measured, stored.measured))


def apart(known: Known | None, *, wall: int) -> int | None:
    """By how many seconds the wall clock is ahead of the measured time; None where nothing was ever accepted."""
    return None if known is None else wall - known.measured


def forgetting(known: Known | None, *, wall: int) -> int | None:
    """The time up to which may be forgotten what expired; None while the clock is doubted."""
    if known is None or abs(wall - known.measured) > MAX_APART:
        return None
    return min(wall, known.measured)
