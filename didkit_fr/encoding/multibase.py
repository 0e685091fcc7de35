"""Multibase (Controlled Identifiers 1.0 section 2.4): base58btc (`z`) and base64url without padding (`u`), no other."""

import re
from collections.abc import Collection

import base58

from didkit_fr.encoding import base64url
from didkit_fr.errors import ParseError

__all__ = ["BASE58BTC", "BASE64URL", "MAX_BASE58_CHARS", "MAX_CHARS", "decode", "encode"]

BASE58BTC = "z"
BASE64URL = "u"

MAX_CHARS = 65_536
MAX_BASE58_CHARS = 4_096  # decoding base58 takes a time that grows with the square of the length

# The decoder strips white space: what is not of the alphabet is refused before.
_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]*", re.ASCII)


def encode(data: bytes, base: str = BASE58BTC) -> str:
    """Encodes, with the prefix that names the base."""
    if base == BASE58BTC:
        return BASE58BTC + base58.b58encode(data).decode("ascii")
    return BASE64URL + base64url.encode(data)


def decode(text: str, *, bases: Collection[str] = (BASE58BTC, BASE64URL), max_chars: int = MAX_CHARS) -> bytes:
    """Decodes text that begins with the prefix of one of `bases`; each text has one spelling in its base.

    Raises:
        ParseError: `input_too_large`, `multibase_invalid`.
    """
    base, body = text[:1], text[1:]
    if len(text) > (min(max_chars, MAX_BASE58_CHARS) if base == BASE58BTC else max_chars):
        raise ParseError("input_too_large", "multibase text")
    if not base or base not in bases:
        raise ParseError("multibase_invalid", "another base, or none")
    if base == BASE58BTC:
        if _BASE58.fullmatch(body) is None:
            raise ParseError("multibase_invalid", "not base58btc")
        return base58.b58decode(body)
    try:
        return base64url.decode(body, max_chars=max_chars)
    except ParseError:
        raise ParseError("multibase_invalid", "not base64url") from None
