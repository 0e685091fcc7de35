"""`application/x-www-form-urlencoded`, as OAuth restricts it (RFC 6749 section 3.2 and appendix B)."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

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
        pairs = parse_qsl(
            plain, keep_blank_values=True, strict_parsing=bool(plain), errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise ParseError("form_malformed") from None
    if not plain.isascii() or _STRAY_PERCENT.search(plain):
        raise ParseError("form_malformed")
    if len({name for name, _ in pairs}) != len(pairs):
        raise ParseError("form_malformed", "a parameter comes twice")
    return {name: value for name, value in pairs if value}
