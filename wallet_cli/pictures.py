"""The one QR code in an image file that a person saved or photographed. What reads images is imported when asked for.

Anybody can make an image: its size is known from its header before a pixel is decoded, two formats only are decoded,
and a picture with two codes is refused, because it would be undecided which one was meant.
"""

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from didkit_fr.errors import ParseError
from wallet_cli import files
from wallet_cli.messages import Misuse

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["MAX_BYTES", "MAX_PIXELS", "read_qr"]

MAX_BYTES = 16 << 20
MAX_PIXELS = 50_000_000

_FORMATS = ("PNG", "JPEG")


def read_qr(path: Path) -> str:
    """The text of the one QR code in a PNG or JPEG file.

    Raises:
        FetchError: `file_unreadable`.
        Misuse: `qr_unavailable` where what reads images is not installed.
        ParseError: `input_too_large`, `image_unreadable`, `qr_code_missing`, `qr_code_several`.
    """
    return _decode(files.read(path, max_bytes=MAX_BYTES))


def _decode(raw: bytes) -> str:
    try:
        import PIL  # noqa: F401, PLC0415 - is it there?
        import zxingcpp  # noqa: PLC0415 - slow import
    except ImportError:
        raise Misuse("qr_unavailable") from None
    gray = _gray(raw)
    wanted = zxingcpp.barcode_formats_from_str("QRCode")
    found = zxingcpp.read_barcodes(gray, formats=wanted, text_mode=zxingcpp.TextMode.Plain)
    if not found:
        raise ParseError("qr_code_missing")
    if len(found) > 1:
        raise ParseError("qr_code_several", str(len(found)))
    return found[0].text


def _gray(raw: bytes) -> "Image.Image":
    from PIL import Image  # noqa: PLC0415 - slow import

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a decompression bomb is but a warning there
            with Image.open(io.BytesIO(raw), formats=_FORMATS) as image:
                if image.width * image.height <= MAX_PIXELS:
                    return _opaque(image).convert("L")
    except Exception:  # noqa: BLE001 - the decoder's many errors: OSError, SyntaxError, ValueError, struct.error...
        raise ParseError("image_unreadable") from None
    raise ParseError("image_unreadable", f"over {MAX_PIXELS} pixels")


def _opaque(image: "Image.Image") -> "Image.Image":
    """Where an image is transparent it is white, as on the page it was saved from."""
    if image.mode in ("RGB", "L", "1", "CMYK", "YCbCr"):
        return image
    from PIL import Image  # noqa: PLC0415 - slow import

    seen = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
