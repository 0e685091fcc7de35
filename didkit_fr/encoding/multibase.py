"""Multibase (Controlled Identifiers 1.0 section 2.4): base58btc (`z`) and base64url without padding (`u`), no other."""

import re
from collections.abc import Collection
from typing import Final

import base58

from didkit_fr.encoding import base64url
from didkit_fr.errors import ParseError

__all__ = ["BASE58BTC", "BASE64URL", "MAX_BASE58_CHARS", "MAX_CHARS", "decode", "encode"]

BASE58BTC: Final = "z"
BASE64URL: Final = "u"

MAX_CHARS: Final = 65_536
MAX_BASE58_CHARS: Final = 4_096  # decoding base58 takes a time that grows with the square of the length

_ALPHABET: Final = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58: Final = re.compile(r"[1-9A-HJ-NP-Za-km-z]*", re.ASCII)
_VALUES: Final = bytes.maketrans(_ALPHABET, bytes(range(58)))
_BLOCK: Final = 128
_STEP: Final = 58**_BLOCK


def _join(size: int) -> tuple[int, int, int]:
    """Of neighbours of `size` bytes: how far the left one is, the bits of the right one, what the left one counts."""
    return 8 * size, int(("00" * size + "ff" * size) * (_BLOCK // 2 // size), 16), 58**size


_JOINS: Final = tuple(map(_join, (1, 2, 4, 8, 16, 32, 64)))


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
        return _decode_base58(body)
    try:
        return base64url.decode(body, max_chars=max_chars)
    except ParseError:
        raise ParseError("multibase_invalid", "not base64url") from None


def _decode_base58(text: str) -> bytes:
    """Of text that is of the alphabet; each "1" at its start is a zero byte. All pairs become one, then theirs."""
    digits, number = text.rjust(-(-len(text) // _BLOCK) * _BLOCK, "1").encode("ascii").translate(_VALUES), 0
    for at in range(0, len(digits), _BLOCK):
        block = int.from_bytes(digits[at : at + _BLOCK])
        for bits, right, base in _JOINS:
            block = (block & right) + (block >> bits & right) * base
        number = number * _STEP + block
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
