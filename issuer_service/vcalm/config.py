"""The settings of one VCALM service, from `vcalm.toml` in its data folder: frozen, checked, no secret among them."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.protocols.message import Identifier, Message
from issuer_service.shell import private_files
from issuer_service.shell.settings import Place, Placed, check_lifetimes, check_table, is_loopback, read_table
from issuer_service.vcalm.suites import BLS12_381, SUITES

__all__ = ["SETTINGS", "Config", "Settings", "check", "load", "parse"]

SETTINGS = "vcalm.toml"

SuiteName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
Did = Annotated[str, Field(pattern=r"^did:[a-z0-9]+:[A-Za-z0-9._:%-]+$", max_length=512)]


class Settings(Message):
    """What the service is told; times are in seconds, places are files relative to the data folder.

    `address` is where the service is found from outside: the addresses of status lists begin with it, so it must stay.
    `status` names the issuers that give each credential an entry in a status list, `trusted` the issuers whose
    credentials the verifier `trusted` accepts.
    """

    model_config = ConfigDict(extra="forbid")

    address: Identifier
    connections: Annotated[int, Field(ge=1, le=65_536)] = 512
    connections_per_peer: Annotated[int, Field(ge=1, le=65_536)] = 128  # behind a proxy: as many as `connections`
    status: Annotated[tuple[SuiteName, ...], Field(max_length=16, strict=False)] = ()
    trusted: Annotated[tuple[Did, ...], Field(max_length=1024, strict=False)] = ()
    dangerously_any_issuer: bool = False
    data_model_1_1: bool = False  # credentials of the older data model are issued too, which are always read
    keyring: Place = "keyring.sealed"
    token: Place = "token"  # noqa: S105 - the name of a file
    database: Place = "status.sqlite"
    state: Place | None = None  # as its folder is named, with -state, beside it
    status_ttl: Annotated[int, Field(ge=1, le=86_400)] = 300
    status_expires: Annotated[int, Field(ge=60, le=604_800)] = 86_400


class Config(Placed[Settings]):
    """The settings of a service in their folder."""

    __slots__ = ()

    @property
    def state(self) -> Path:
        """The state folder, which says how far the status store had come."""
        return self.folder / (self.settings.state or f"../{self.folder.name}-state")

    @property
    def path(self) -> str:
        """The path of the address, without its last slash: where every endpoint begins."""
        return urlsplit(self.settings.address).path


def load(folder: Path) -> Config:
    """Reads the settings of a data folder.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `settings_invalid`, `plain_http_refused`, `input_too_large`.
    """
    return Config(folder.resolve(), parse(private_files.read(folder / SETTINGS)))


def parse(raw: bytes) -> Settings:
    """Parses and checks settings.

    Raises:
        ParseError: `settings_invalid`, `plain_http_refused`.
    """
    return check(read_table(raw))


def check(table: JsonObject) -> Settings:
    """Checks settings; a name that is not one is refused, for a misspelt limit would silently not hold.

    Raises:
        ParseError: `settings_invalid`, `plain_http_refused` for an address in the clear that is not on this machine.
    """
    settings = check_table(Settings, table)
    address = urlsplit(settings.address)
    if settings.address.endswith("/"):
        raise ParseError("settings_invalid", "address ends with a slash")
    if address.scheme != "https" and not is_loopback(address.hostname):
        raise ParseError("plain_http_refused", "address")
    if not SUITES.keys() >= set(settings.status):
        raise ParseError("settings_invalid", f"known issuers: {', '.join(SUITES)}")
    # An entry of its own in each credential links all that is derived of it, which BBS is there to prevent.
    if any(SUITES[name].curve == BLS12_381 for name in settings.status):
        raise ParseError("settings_invalid", "an issuer that signs with BBS gives no status entries")
    check_lifetimes(settings.status_ttl, settings.status_expires)
    return settings
