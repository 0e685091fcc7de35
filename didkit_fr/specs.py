"""The data of `specs/`: in the wheel under `didkit_fr/_specs`, in a checkout beside the package."""

import re
from pathlib import Path

from didkit_fr.errors import ParseError

__all__ = ["folders", "read"]

MAX_BYTES = 262_144

_PACKAGE = Path(__file__).resolve().parent
_HOMES = (_PACKAGE / "_specs", _PACKAGE.parent / "specs")

# No part starts with a dot and none is empty: a name that comes from outside cannot leave the folder.
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}(/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}){0,7}", re.ASCII)


def read(relative: str) -> bytes:
    """Reads one file, such as `credentials/pid/title.toml`.

    Raises:
        ParseError: `spec_unknown`.
    """
    path = _home() / _checked(relative)
    if not path.is_file():
        raise ParseError("spec_unknown")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ParseError("input_too_large", f"file over {MAX_BYTES} bytes")
    return data


def folders(relative: str) -> tuple[str, ...]:
    """The names of the folders in a folder, sorted: `folders("credentials")` are the titles.

    Raises:
        ParseError: `spec_unknown`.
    """
    path = _home() / _checked(relative)
    if not path.is_dir():
        raise ParseError("spec_unknown")
    return tuple(sorted(entry.name for entry in path.iterdir() if entry.is_dir() and _NAME.fullmatch(entry.name)))


def _home() -> Path:
    return next((home for home in _HOMES if home.is_dir()), _HOMES[-1])


def _checked(relative: str) -> str:
    if _NAME.fullmatch(relative) is None:
        raise ParseError("spec_unknown")
    return relative
