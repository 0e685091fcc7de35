"""Ports of loopback for servers that have to know theirs before they listen."""

import random
import socket

__all__ = ["free_port"]

LOWEST, HIGHEST = 12_000, 30_000
"""Below the ports that Linux gives to outgoing connections, and to servers that ask for any: no test that runs beside
this one can be given it before the server listens."""


def free_port() -> int:
    """A port where nothing listens; drawn, so that two processes that ask at once are hardly told the same."""
    drawing = random.SystemRandom()
    while True:
        port = drawing.randint(LOWEST, HIGHEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
