"""Base64url without padding (RFC 4648 section 5, as RFC 7515 section 2 uses it), strict in both directions."""

from collections.abc import Sequence
from typing import Final

from pybase64 import b64decode, b64encode, b64encode_as_string

from didkit_fr.errors import ParseError

__all__ = ["MAX_CHARS", "decode", "decode_each", "encode", "encode_ascii"]

MAX_CHARS: Final = 4_194_304

# What makes a text whole groups of four, by its length modulo 4: "A" is six bits of zero. None is one longer than that.
# Lists, since compiled code would build a constant tuple again at each lookup.
_FILL: Final = ["", "!", "AA", "A"]
_ZEROS: Final = [b"", b"", b"\0\0", b"\0"]
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
    return decode_each((text,), max_chars=max_chars)[0]


def decode_each(texts: Sequence[str], *, max_chars: int = MAX_CHARS) -> list[bytes]:
    """As `decode` of each, in one go; `max_chars` is the limit of all together.

    Raises:
        ParseError: as `decode`.
    """
    filled, length = "", 0
    for text in texts:
        length += len(text)
        if length > max_chars:
            raise ParseError("input_too_large", f"base64url over {max_chars} characters")
        filled += text + _FILL[len(text) & 3]
    # The other alphabet's own two: below, they would be taken for this one's.
    if "+" in filled or "/" in filled:
        raise ParseError("base64url_invalid", "not of the alphabet")
    try:
        data = b64decode(filled, _OWN, True)  # noqa: FBT003 - it validates; by position is faster
    except ValueError:
        raise ParseError("base64url_invalid") from None
    decoded, at = [], 0
    for text in texts:
        end, zeros = at + len(text) * 3 // 4, _ZEROS[len(text) & 3]
        decoded.append(data[at:end])
        at = end + len(zeros)
        # Not zero, they would be bits of the last character that no byte has: another spelling of the same.
        if data[end:at] != zeros:
            raise ParseError("base64url_invalid", "unused bits that are not zero")
    if len(data) != at:
        raise ParseError("base64url_invalid", "padded")
    return decoded
