"""Multicodec: a number before the bytes says what they are (Controlled Identifiers 1.0 section 2.2.2).

Only the codes that are used here are known. The number is an unsigned varint: seven bits a byte, the least
significant first, in its shortest encoding.
"""

from types import MappingProxyType
from typing import NamedTuple

from didkit_fr.errors import ParseError

__all__ = ["CODES", "MAX_VARINT_BYTES", "Tagged", "decode", "decode_varint", "encode", "encode_varint"]

CODES = MappingProxyType(
    {
        "secp256k1-pub": 0xE7,
        "bls12_381-g2-pub": 0xEB,
        "x25519-pub": 0xEC,
        "ed25519-pub": 0xED,
        "p256-pub": 0x1200,
        "p384-pub": 0x1201,
        "p521-pub": 0x1202,
        "rsa-pub": 0x1205,
        "mldsa-44-pub": 0x1210,
        "mldsa-65-pub": 0x1211,
        "mldsa-87-pub": 0x1212,
    }
)
MAX_VARINT_BYTES = 9

_NAMES = {code: name for name, code in CODES.items()}


class Tagged(NamedTuple):
    """Bytes and what they are, by a name of `CODES`."""

    name: str
    data: bytes


def encode(name: str, data: bytes) -> bytes:
    """Puts the code of a name of `CODES` before the bytes."""
    return encode_varint(CODES[name]) + data


def decode(data: bytes) -> Tagged:
    """Takes the code off.

    Raises:
        ParseError: `multicodec_invalid`, `multicodec_unknown`.
    """
    code, size = decode_varint(data)
    if code not in _NAMES:
        raise ParseError("multicodec_unknown")
    return Tagged(_NAMES[code], data[size:])


def encode_varint(number: int) -> bytes:
    """The shortest varint of a number below 2^63."""
    encoded = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def decode_varint(data: bytes) -> tuple[int, int]:
    """The number at the start of `data`, and how many bytes it takes.

    Raises:
        ParseError: `multicodec_invalid` where it does not end within 9 bytes or is not in its shortest encoding.
    """
    number = 0
    for at, byte in enumerate(data[:MAX_VARINT_BYTES]):
        number |= (byte & 0x7F) << (7 * at)
        if byte < 0x80:  # noqa: PLR2004 - the highest bit says that another byte follows
            if at and not byte:
                raise ParseError("multicodec_invalid", "not the shortest encoding")
            return number, at + 1
    raise ParseError("multicodec_invalid", "the code does not end")
