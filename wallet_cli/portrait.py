"""A portrait, out of its claim: for a terminal that has colours, or for a file. Values in, bytes and lines out."""

from base64 import b64decode
from binascii import Error as Base64Error
from io import BytesIO

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from wallet_cli.reading import is_image, leaves

__all__ = ["WIDTH", "draw", "leaves_with", "portrait_of"]

WIDTH = 32
"""Columns of a drawn portrait; a row of text is two of pixels."""

MAX_BYTES = 1 << 20
MAX_SIDE = 4096
MAX_ROWS = 40

_JPEG = "data:image/jpeg;base64,"
_JPEG_IN_MDOC = "_9j_"  # FF D8 FF in base64url, as a document's bytes are in JSON
_FROM_URL = str.maketrans("-_", "+/")
_UPPER_HALF, _RESET = "\u2580", "\x1b[0m"


def leaves_with(claims: JsonObject) -> bool:
    """Whether there is an image among claims: a portrait is what a face can be recognised by."""
    return any(is_image(value) for _, value in leaves(claims))


def portrait_of(claims: JsonObject) -> bytes:
    """The first JPEG among claims.

    Raises:
        ParseError: `value_invalid` where what calls itself a JPEG is none.
        VerificationError: `portrait_absent`.
    """
    for _, value in leaves(claims):
        if isinstance(value, str) and value.startswith(_JPEG):
            return _decoded(value.removeprefix(_JPEG))
        if isinstance(value, str) and value.startswith(_JPEG_IN_MDOC):
            return _decoded(value.translate(_FROM_URL) + "=" * (-len(value) % 4))
    raise VerificationError("portrait_absent")


def draw(jpeg: bytes, *, width: int = WIDTH) -> list[str]:
    """The portrait as lines of half blocks in 24-bit colours; none where it cannot be drawn, for want of Pillow too."""
    try:
        from PIL import Image  # noqa: PLC0415 - optional, and slow
    except ImportError:
        return []
    try:
        # One decoder, and the size before the pixels: an image may be small as a file and huge once unpacked.
        with Image.open(BytesIO(jpeg), formats=["JPEG"]) as image:
            if max(image.size) > MAX_SIDE or min(image.size) < 1:
                return []
            rows = min(MAX_ROWS, max(1, round(image.height * width / image.width / 2)))
            pixels = image.convert("RGB").resize((width, 2 * rows))
    except Exception:  # noqa: BLE001 - a decoder may fail in any way on a stranger's file; there is nothing to say then
        return []
    data = pixels.tobytes()
    line = 3 * width
    return [_line(data[2 * row * line : (2 * row + 1) * line], data[(2 * row + 1) * line :]) for row in range(rows)]


def _line(upper: bytes, lower: bytes) -> str:
    cells = (
        f"\x1b[38;2;{upper[at]};{upper[at + 1]};{upper[at + 2]};48;2;{lower[at]};{lower[at + 1]};{lower[at + 2]}m"
        for at in range(0, len(upper), 3)
    )
    return "".join(cell + _UPPER_HALF for cell in cells) + _RESET


def _decoded(encoded: str) -> bytes:
    try:
        image = b64decode(encoded.encode("ascii"), validate=True) if len(encoded) <= 2 * MAX_BYTES else b""
    except (Base64Error, UnicodeEncodeError):
        image = b""
    # A file that is called a portrait must not be a page or a program.
    if not image.startswith(b"\xff\xd8\xff") or len(image) > MAX_BYTES:
        raise ParseError("value_invalid", "portrait: not a JPEG")
    return image
