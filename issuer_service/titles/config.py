"""The settings of one issuer, from `settings.toml` in its data folder: frozen, checked, no secret among them."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import ConfigDict, Field

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.protocols.message import Identifier, Message
from issuer_service.shell.notes import spoken
from issuer_service.shell.settings import (
    MAX_BYTES,
    Place,
    Placed,
    check_lifetimes,
    check_table,
    is_loopback,
    read_table,
)
from issuer_service.titles.codes import HINTS

__all__ = ["MAX_VALIDITY_DAYS", "SETTINGS", "Config", "Settings", "check", "load", "parse"]

SETTINGS = "settings.toml"
MAX_VALIDITY_DAYS = 92

TitleId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
FormatName = Annotated[str, Field(pattern=r"^[a-z0-9_+/-]{1,64}$")]


class Settings(Message):
    """What an issuer is told; times are in seconds, places are relative to the data folder or the state folder."""

    model_config = ConfigDict(extra="forbid")

    issuer: Identifier
    register_url: Identifier
    register_secret_file: Place
    name: Annotated[str, Field(min_length=1, max_length=56)] = "didkit-fr"
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "FR"
    host: Annotated[str, Field(min_length=1, max_length=255)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8443
    connections: Annotated[int, Field(ge=1, le=65_536)] = 512
    connections_per_peer: Annotated[int, Field(ge=1, le=65_536)] = 128  # behind a proxy: as many as `connections`
    insecure_loopback: bool = False
    tls_certificate: Place | None = None
    tls_key: Place | None = None
    database: Place = "issuer.sqlite"
    epochs: Place = "epochs"
    keyring: Place = "keyring.sealed"
    chain: Place = "chain.pem"
    mdoc_chain: Place = "mdoc_chain.pem"
    signer_revocations: Place = "signer_revocations.crl"
    anchors: Place = "anchors.json"
    state: Place | None = None  # the folder of the two that follow, which no backup of the data folder may bring back
    mark: Place = "mark.json"
    revocations: Place = "revocations"
    titles: Annotated[tuple[TitleId, ...], Field(min_length=1, max_length=32, strict=False)] = ("pid",)
    formats: Annotated[tuple[FormatName, ...], Field(min_length=1, max_length=16, strict=False)] = ("dc+sd-jwt",)
    profile: Literal["haip"] | None = None  # with it, no format that OpenID4VC HAIP 1.0 does not know
    batch_size: Annotated[int, Field(ge=2, le=100)] = 30
    offer_ttl: Annotated[int, Field(ge=30, le=3600)] = 600
    token_ttl: Annotated[int, Field(ge=30, le=300)] = 300  # OpenID4VCI 13.10: a bearer token lives 5 minutes at most
    nonce_ttl: Annotated[int, Field(ge=30, le=600)] = 300
    tx_code_attempts: Annotated[int, Field(ge=1, le=10)] = 5
    token_issuances: Annotated[int, Field(ge=1, le=100)] = 5  # for each configuration that a token opens
    status_ttl: Annotated[int, Field(ge=1, le=86_400)] = 300
    status_expires: Annotated[int, Field(ge=60, le=604_800)] = 86_400
    status_open_lists: Annotated[int, Field(ge=1, le=4096)] = 64
    status_decoys: Annotated[int, Field(ge=0, le=100)] = 8  # one entry in so many is a decoy; 0: none
    status_list_size: Annotated[int, Field(ge=8, le=1 << 20)] = 131_072
    metadata_expires: Annotated[int, Field(ge=600, le=604_800)] = 86_400
    validity_days: Annotated[int, Field(ge=1, le=MAX_VALIDITY_DAYS)] = (
        14  # fewer where a title or a format allows no more
    )
    pages: bool = False  # a start page and the list of titles, for people
    offer_pages: bool = False  # a page for each offer by reference, for who sits at this machine
    root_key: str | None = None


_OF_STATE = frozenset({"mark", "revocations"})


class Config(Placed[Settings]):
    """The settings of an issuer in their folder."""

    __slots__ = ()

    @property
    def state(self) -> Path:
        """The state folder.

        Raises:
            VerificationError: `state_misplaced` where the settings name none.
        """
        if self.settings.state is None:
            raise VerificationError("state_misplaced", "the settings name no state folder")
        return self.folder / self.settings.state

    def place(self, name: str) -> Path:
        """The file or folder that a setting names: in the data folder, or in the state folder.

        Raises:
            VerificationError: `state_misplaced` where it would be in a state folder that the settings do not name.
        """
        return (self.state if name in _OF_STATE else self.folder) / str(getattr(self.settings, name))

    @property
    def path(self) -> str:
        """The path of the issuer's URL, without its last slash: where every endpoint begins."""
        return urlsplit(self.settings.issuer).path


def load(folder: Path) -> Config:
    """Reads the settings of a data folder.

    Raises:
        ParseError: `settings_invalid`, `plain_http_refused`.
        VerificationError: `root_key_exposed` where the settings name the root's private key.
    """
    try:
        with (folder / SETTINGS).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        absent = ParseError("settings_invalid", f"no {SETTINGS} in this folder")
        absent.add_note(spoken(HINTS["settings_absent"], path=folder))
        raise absent from None
    except OSError as error:
        unreadable = ParseError("settings_invalid", f"{SETTINGS}: {error.strerror}")
        unreadable.add_note(spoken(HINTS["settings_unreadable"], path=folder / SETTINGS))
        raise unreadable from None
    return Config(folder.resolve(), parse(raw))


def parse(raw: bytes) -> Settings:
    """Parses and checks settings.

    Raises:
        ParseError: `settings_invalid`, `plain_http_refused`.
        VerificationError: `root_key_exposed`.
    """
    return check(read_table(raw))


def check(table: JsonObject) -> Settings:
    """Checks settings; a name that is not one is refused, for a misspelt limit would silently not hold.

    Raises:
        ParseError: `settings_invalid`, `plain_http_refused`.
        VerificationError: `root_key_exposed`.
    """
    settings = check_table(Settings, table)
    if settings.root_key is not None:
        raise VerificationError("root_key_exposed", "the settings name it")
    _check_addresses(settings)
    _check_pages(settings)
    check_lifetimes(settings.status_ttl, settings.status_expires)
    return settings


def _check_addresses(settings: Settings) -> None:
    """OpenID4VCI section 12.2.1 for the issuer's identifier; plain HTTP nowhere but on this machine, and by name."""
    for name in ("issuer", "register_url"):
        address = _split(getattr(settings, name), name)
        plain_allowed = settings.insecure_loopback and is_loopback(address.hostname)
        if address.scheme != "https" and not plain_allowed:
            raise ParseError("plain_http_refused", name)
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise ParseError("settings_invalid", "tls_certificate and tls_key go together")
    if settings.tls_key is None and not (settings.insecure_loopback and is_loopback(settings.host)):
        raise ParseError("plain_http_refused", "host")


def _check_pages(settings: Settings) -> None:
    """A page that shows an offer is a title for whoever sees it: no other machine may reach it."""
    if not settings.offer_pages:
        return
    if not settings.pages:
        raise ParseError("settings_invalid", "offer_pages goes with pages")
    if not (is_loopback(settings.host) and is_loopback(_split(settings.issuer, "issuer").hostname)):
        raise ParseError("settings_invalid", "offer_pages is for an issuer on loopback only")


def _split(url: str, name: str) -> SplitResult:
    try:
        address = urlsplit(url)
        usable = address.hostname and address.port != 0 and address.scheme in ("https", "http")
    except ValueError:
        usable, address = False, urlsplit("")
    odd = address.query or address.fragment or "@" in address.netloc or url.endswith(("/", "?", "#"))
    if not usable or odd or not url.isascii() or any(ord(char) <= 0x20 or char in "{}" for char in url):  # noqa: PLR2004 - space
        raise ParseError("settings_invalid", f"{name} is not an address of scheme, host and path")
    return address
