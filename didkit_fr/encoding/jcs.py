"""The JSON Canonicalization Scheme (RFC 8785): one sequence of bytes for one JSON value, to be hashed or signed."""

from collections.abc import Iterator
from typing import Final

import rfc8785

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError

__all__ = ["STEPS", "encode", "parts"]

STEPS: Final = 8
"""What a part of a value costs that is encoded, in steps."""


def encode(value: JsonValue) -> bytes:
    """Encodes a JSON value canonically.

    Numbers are those of ECMAScript: an integer beyond 2^53 - 1 is refused, because two that differ could become one.

    Raises:
        ParseError: `jcs_unrepresentable`.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError):
        raise ParseError("jcs_unrepresentable") from None


def parts(value: JsonValue, budget: Budget) -> Iterator[JsonValue]:
    """A value and all in it, without their order; what they cost to encode is spent before they are looked at.

    Raises:
        ParseError: `work_exceeded`.
    """
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (dict, list)):
            budget.spend(STEPS * len(one))
            waiting += one.values() if isinstance(one, dict) else one
        yield one
