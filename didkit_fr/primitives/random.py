"""Randomness comes in from outside: a function from a length in bytes to that many unpredictable bytes."""

import secrets
from collections.abc import Callable
from typing import TypeAlias

__all__ = ["Random", "system"]

Random: TypeAlias = Callable[[int], bytes]

system: Random = secrets.token_bytes
