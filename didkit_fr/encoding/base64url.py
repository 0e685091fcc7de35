"""Base64url without padding (RFC 4648 section 5, as RFC 7515 section 2 uses it), strict in both directions."""

from typing import Final

from pybase64 import b64decode, b64encode, b64encode_as_string

from didkit_fr.errors import ParseError

__all__ = ["MAX_CHARS", "decode", "encode", "encode_ascii"]

MAX_CHARS: Final = 4_194_304

# The last characters whose unused bits are zero, by the length of the text modulo 4: others spell the same bytes.
_LAST: Final = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", "", "AQgw", "AEIMQUYcgkosw048")
_PADDING: Final = ("", "", "==", "=")
_OWN: Final = b"-_"


def encode(data: bytes) -> str:
    """Encodes without padding."""
    return b64encode_as_string(data, _OWN).rstrip("=")


def encode_ascii(data: bytes) -> bytes:
    """Encodes without padding, to the ASCII bytes of the text: what is hashed or signed."""
    return b64encode(data, _OWN).rstrip(b"=")


def decode(text: str, *, max_chars: int = MAX_CHARS) -> bytes:
    """Decodes text that has one spelling only: no padding, no white space, no stray bits in the last character.

    Raises:
        ParseError: `input_too_large`, `base64url_invalid`.
    """
    length = len(text)
    if length > max_chars:
        raise ParseError("input_too_large", f"base64url over {max_chars} characters")
    over = length & 3
    if text[-1:] not in _LAST[over]:
        raise ParseError("base64url_invalid", "length, unused bits that are not zero, or not of the alphabet")
    # The other alphabet's own two: below, they would be taken for this one's.
    if "+" in text or "/" in text:
        raise ParseError("base64url_invalid", "not of the alphabet")
    try:
        return b64decode(text + _PADDING[over], _OWN, True)  # noqa: FBT003 - it validates; by position is faster
    except ValueError:
        raise ParseError("base64url_invalid") from None
