"""The register's process: the one place that reads the clock, opens the folder and listens."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from threading import Lock

from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError
from issuer_service.register import events, portrait
from issuer_service.register.app import Register, create_app, refuse
from issuer_service.register.folder import Folder
from issuer_service.register.openings import Openings
from issuer_service.shell import clock, watch
from issuer_service.shell.connections import Limits
from issuer_service.shell.doubts import Doubts
from issuer_service.shell.lines import Lines
from issuer_service.shell.listening import Serving, Where, listening
from issuer_service.shell.serving import stopping, wall_clock
from issuer_service.shell.watch import Watch

__all__ = ["serve"]

DAY = 86_400
# The issuers are its clients, all from this machine.
CONNECTIONS = 256

_HOST = "127.0.0.1"


def serve(folder: Folder, *, port: int, rate: int) -> None:
    """Serves on loopback until the process is told to end; `port` 0 takes a free one."""
    # No line of a library's own in the log.
    logging.disable(logging.CRITICAL)
    people = folder.citizens()
    if any(citizen.face is not None for citizen in people.values()):
        portrait.draw(0)  # what it needs to draw is missing now, not at the first citizen's visit
    write = Lines(sys.stderr, lambda count: events.line("events_lost", now=wall_clock(), count=count))
    if not folder.openings.exists():
        watch.accept(folder.clock, wall=wall_clock())
    register = Register(
        citizens=people,
        officer=folder.officer().public_key,
        secret=folder.secret_digest(),
        openings=Openings(folder.openings),
        clock=wall_clock,
        write=write,
        rate=rate,
        forgetting=_forgetting(Watch(folder.clock, time.monotonic), write),
    )
    try:
        asyncio.run(_live(register, port))
    finally:
        register.openings.close()


async def _live(register: Register, port: int) -> None:
    ended = stopping()
    limits = Limits(connections=CONNECTIONS, per_peer=CONNECTIONS)
    async with listening(create_app(register), Serving(Where(_HOST, port, None, None), limits, refuse)) as address:
        sys.stdout.write(json.encode({"address": address}).decode() + "\n")
        sys.stdout.flush()
        register.log("started")
        await ended.wait()
        register.log("stopped")


def _forgetting(measured: Watch, write: Lines) -> Callable[[], int | None]:
    """The time that has surely come; None where none is certain, or where that cannot be told."""
    doubts = Doubts(lambda event, **fields: write(events.line(event, now=wall_clock(), **fields)))
    one_at_a_time = Lock()

    def forgetting() -> int | None:
        wall = wall_clock()
        with one_at_a_time:
            try:
                known = measured.recent()
            except DidkitError:
                return None
            doubts.tell(known, wall=wall, day=int(time.monotonic()) // DAY)
        return clock.forgetting(known, wall=wall)

    return forgetting
