"""What the settings of every application share: TOML that is read and checked, and the folder of their files."""

import ipaddress
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.protocols.message import Message, parse_message

__all__ = [
    "MAX_BYTES",
    "Place",
    "Placed",
    "check_lifetimes",
    "check_table",
    "is_loopback",
    "read_table",
    "render",
]

MAX_BYTES = 65_536

Place = Annotated[str, Field(min_length=1, max_length=1024)]
"""The name of a file or folder, relative to the folder that the settings are of."""

S = TypeVar("S", bound=Message)


@dataclass(frozen=True, slots=True)
class Placed(Generic[S]):
    """Settings, and the folder their places are relative to."""

    folder: Path
    settings: S

    def place(self, name: str) -> Path:
        """The file or folder that a setting names."""
        return self.folder / str(getattr(self.settings, name))


def read_table(raw: bytes) -> JsonObject:
    """Reads TOML, which is not checked yet.

    Raises:
        ParseError: `settings_invalid`.
    """
    if len(raw) > MAX_BYTES:
        raise ParseError("settings_invalid", "too large")
    try:
        return tomllib.loads(raw.decode())
    except (ValueError, RecursionError):
        raise ParseError("settings_invalid", "not TOML") from None


def check_table(model: type[S], table: JsonObject) -> S:
    """Checks a table against the names and types of its settings.

    Raises:
        ParseError: `settings_invalid`.
    """
    try:
        return parse_message(model, table)
    except ParseError as error:
        raise ParseError("settings_invalid", error.detail) from None


def check_lifetimes(ttl: int, expires: int) -> None:
    """Checks that a status list (seconds) lives long enough to be replaced before it ends.

    Raises:
        ParseError: `settings_invalid`.
    """
    if expires < 2 * ttl:
        raise ParseError("settings_invalid", "status_expires is less than twice status_ttl")


def render(settings: Message) -> bytes:
    """Writes settings as TOML: those that are set, each on a line."""
    values = settings.model_dump(mode="json", exclude_none=True)
    return b"".join(name.encode() + b" = " + json.encode(value) + b"\n" for name, value in values.items())


def is_loopback(host: str | None) -> bool:
    """Whether a host can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
