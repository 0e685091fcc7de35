"""Which claims are portraits, and a portrait out of its claim: for a terminal that has colours, or for a file.

Which claims are images of a person follows from the title's table: its rows of type `jpeg`. Where no table knows the
claim it follows from the claim's name (`NAMES`), whatever its value is: a name that could be a portrait's is treated as
one, so that it asks for a consent of its own. No value is looked at to find out: an issuer could spell one otherwise.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from io import BytesIO

from didkit_fr.credentials import titles
from didkit_fr.encoding.json import ClaimsPath, JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from wallet_cli.claims import leaves

__all__ = ["NAMES", "WIDTH", "draw", "is_portrait", "leaves_with", "portrait_of"]

NAMES = ("portrait", "picture", "photo", "image", "face", "facial", "selfie", "biometric", "fingerprint", "iris")
"""Parts of names by which a claim that no table knows is taken for an image of a person."""

WIDTH = 32
"""Columns of a drawn portrait; a row of text is two of pixels."""

MAX_BYTES = 1 << 20
MAX_SIDE = 4096
MAX_ROWS = 40

_JPEG = "data:image/jpeg;base64,"
_IMAGE = "jpeg"
_SUBJECT = ("credentialSubject",)
_FROM_URL = str.maketrans("-_", "+/")
_UPPER_HALF, _RESET = "\u2580", "\x1b[0m"


def is_portrait(path: ClaimsPath, type_: str) -> bool:
    """Whether the claim at a path of a title of this type is an image of a person."""
    plain = path[1:] if path[:1] == _SUBJECT else path
    title = titles.find(type_)
    for row, places in [] if title is None else zip(title.attributes, titles.positions(title), strict=True):
        if any(plain[: len(place)] == place for place in places):
            return row.value.type == _IMAGE
    return any(name in part.casefold() for part in plain if isinstance(part, str) for name in NAMES)


def leaves_with(claims: JsonObject, type_: str) -> bool:
    """Whether there is a portrait among claims, which is what a face can be recognised by; an empty one is none."""
    return any(True for _ in _portraits(claims, type_))


def portrait_of(claims: JsonObject, type_: str) -> bytes:
    """The first portrait among claims.

    Raises:
        ParseError: `value_invalid` where it is no JPEG.
        VerificationError: `portrait_absent`.
    """
    value = next(_portraits(claims, type_), None)
    if value is None:
        raise VerificationError("portrait_absent")
    if not isinstance(value, str):
        raise ParseError("value_invalid", "portrait: not a JPEG")
    # In a `data:` URL, or the bytes of a document of ISO as JSON has them.
    if value.startswith(_JPEG):
        return _decoded(value.removeprefix(_JPEG))
    return _decoded(value.translate(_FROM_URL) + "=" * (-len(value) % 4))


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
    except Exception:  # noqa: BLE001 - a decoder may fail in any way on an unknown party's file; there is nothing to say then
        return []
    data = pixels.tobytes()
    line = 3 * width
    return [_line(data[2 * row * line : (2 * row + 1) * line], data[(2 * row + 1) * line :]) for row in range(rows)]


def _portraits(claims: JsonObject, type_: str) -> Iterator[JsonValue]:
    """Values at the places of portraits; a truth value is none, and an empty one is what a person has who has none."""
    places = (leaf for leaf in leaves(claims) if is_portrait(leaf[0], type_))
    return (value for _, value in places if value and not isinstance(value, bool))


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
