"""The JSON Canonicalization Scheme (RFC 8785): one sequence of bytes for one JSON value, to be hashed or signed."""

from typing import Final

import rfc8785

from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError

__all__ = ["STEPS", "encode"]

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
    except (ValueError, RecursionError):
        raise ParseError("jcs_unrepresentable") from None
