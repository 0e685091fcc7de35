"""How tests wait: for something to be so, never for a time; and how long before they give up.

A wait that ends by a clock is too short on some machine. `PATIENCE` is for what never comes.
"""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

__all__ = ["PATIENCE", "until"]

PATIENCE = 150
"""Seconds before a test gives up: many times what the slowest machine takes."""
BETWEEN = 0.02


def until(found: Callable[[], T]) -> T:
    """Asks again and again until the answer is a true one, and returns it."""
    last = time.monotonic() + PATIENCE
    while not (answer := found()):
        assert time.monotonic() < last, f"it never came: {found}"
        time.sleep(BETWEEN)
    return answer
