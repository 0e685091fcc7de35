"""`application/x-www-form-urlencoded`, as OAuth restricts it (RFC 6749 section 3.2 and appendix B)."""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes, urlencode

from didkit_fr.errors import ParseError

__all__ = ["MAX_FIELDS", "MEDIA_TYPE", "build_form", "parse_form"]

MAX_FIELDS = 32
MEDIA_TYPE = "application/x-www-form-urlencoded"

_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def build_form(parameters: Mapping[str, str]) -> str:
    """Encodes parameters; a space becomes `%20`, which every decoder understands."""
    return urlencode(parameters).replace("+", "%20")


def parse_form(text: str | bytes, *, max_chars: int = 65_536) -> dict[str, str]:
    """Decodes parameters; one without a value counts as absent, one that comes twice is refused (section 3.2).

    Raises:
        ParseError: `input_too_large`, `form_malformed`.
    """
    if len(text) > max_chars:
        raise ParseError("input_too_large", f"form over {max_chars} characters")
    try:
        plain = text.decode("ascii") if isinstance(text, bytes) else text
        pairs = [_pair(one) for one in plain.split("&", MAX_FIELDS)] if plain else []
    except ValueError:
        raise ParseError("form_malformed") from None
    if not plain.isascii() or len(pairs) > MAX_FIELDS or _STRAY_PERCENT.search(plain):
        raise ParseError("form_malformed")
    if len({name for name, _ in pairs}) != len(pairs):
        raise ParseError("form_malformed", "a parameter comes twice")
    return {name: value for name, value in pairs if value}


def _pair(text: str) -> tuple[str, str]:
    """One parameter, decoded; the ASCII of a long answer is decoded as one piece, where `parse_qsl` scans it twice."""
    name, value = text.replace("+", " ").split("=", 1)
    return unquote_to_bytes(name).decode(), unquote_to_bytes(value).decode()
