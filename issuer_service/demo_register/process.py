"""The register's process: the one place that reads the clock, opens the folder and listens."""

import asyncio
import logging
import signal
import sys
import time

from didkit_fr.encoding import json
from issuer_service.connections import Limits
from issuer_service.demo_register import portrait
from issuer_service.demo_register.app import Register, create_app, refuse
from issuer_service.demo_register.folder import Folder
from issuer_service.demo_register.openings import Openings
from issuer_service.listening import Serving, Where, listening

__all__ = ["serve"]

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
    register = Register(
        citizens=people,
        officer=folder.officer().public_key,
        secret=folder.secret_digest(),
        openings=Openings(folder.openings),
        clock=lambda: int(time.time()),
        write=_write,
        rate=rate,
    )
    try:
        asyncio.run(_live(register, port))
    finally:
        register.openings.close()


async def _live(register: Register, port: int) -> None:
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, ended.set)
    limits = Limits(connections=CONNECTIONS, per_peer=CONNECTIONS)
    async with listening(create_app(register), Serving(Where(_HOST, port, None, None), limits, refuse)) as address:
        sys.stdout.write(json.encode({"address": address}).decode() + "\n")
        sys.stdout.flush()
        register.log("started")
        await ended.wait()
        register.log("stopped")


def _write(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
