"""Portraits of people who do not exist: a face drawn from a number, the same for the same number."""

from base64 import b64encode
from io import BytesIO

__all__ = ["SIZE", "draw"]

SIZE = (96, 120)
_QUALITY = 70

_SKINS = ("#f3d3bd", "#e8b894", "#c98f62", "#a86b42", "#7b4a2d", "#5a3422")
_HAIRS = ("#1f1a17", "#3b2a20", "#6a4a2f", "#a8742f", "#c9b27c", "#9a9a9a")
_SHIRTS = ("#24425f", "#5d2e46", "#2e5d43", "#5d552e", "#3a3a3a", "#70433a")


def draw(face: int) -> str:
    """Draws face number `face` (not negative): a JPEG of 96 by 120 under 4 kB, in base64."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - of the `demo` extra; loaded where a face is wanted

    skin, hair, shirt = (colours[(face // step) % 6] for colours, step in ((_SKINS, 1), (_HAIRS, 6), (_SHIRTS, 36)))
    wide, long, smile = 20 + face // 7 % 6, 26 + face // 11 % 7, face // 13 % 5
    image = Image.new("RGB", SIZE, "#e9ecef")
    pen = ImageDraw.Draw(image)
    pen.ellipse((12, 88, 84, 160), fill=shirt)
    pen.rectangle((40, 74, 56, 96), fill=skin)
    pen.ellipse((48 - wide - 4, 50 - long - 6, 48 + wide + 4, 50 + long // 2), fill=hair)
    pen.ellipse((48 - wide, 54 - long + 4, 48 + wide, 54 + long), fill=skin)
    for eye in (39, 57):
        pen.ellipse((eye - 3, 48, eye + 3, 52), fill="#ffffff")
        pen.ellipse((eye - 1, 48, eye + 2, 52), fill="#2b2b2b")
        pen.line((eye - 4, 44, eye + 4, 43 + face % 2), fill=hair, width=2)
    pen.line((48, 52, 46, 60, 50, 60), fill="#00000055", width=1)
    pen.arc((40, 60 - smile, 56, 68 + smile // 2), 20, 160, fill="#8c3b3b", width=2)
    out = BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return b64encode(out.getvalue()).decode("ascii")
