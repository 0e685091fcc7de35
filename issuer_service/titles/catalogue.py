"""What this issuer offers: its credential configurations, derived from its titles' tables, and its metadata."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from didkit_fr.credentials import titles
from didkit_fr.credentials.titles import Title
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.protocols.oauth.metadata import AuthorizationServerMetadata
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
from didkit_fr.protocols.openid4vci.metadata import BatchIssuance, Display, IssuerMetadata
from issuer_service.keys.port import document_purpose
from issuer_service.titles.config import Settings
from issuer_service.titles.formats import HAIP, ISSUED_FORMATS
from issuer_service.titles.formats.port import IssuedFormat

__all__ = ["Catalogue", "Configuration", "build"]


@dataclass(frozen=True, slots=True)
class Configuration:
    """One title in one format, under the name by which wallets ask for it; `type` is its type in that format.

    `signer` is the purpose of the key that signs it. A copy is valid for `days`: as the settings have it, or as many as
    its title and its format allow where these are fewer.
    """

    id: str
    title: Title
    format: IssuedFormat
    type: str
    signer: str
    days: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The configurations by id, and the two metadata documents that describe them."""

    configurations: Mapping[str, Configuration]
    metadata: IssuerMetadata
    server: AuthorizationServerMetadata

    def signers_by_type(self) -> Mapping[str, str]:
        """The document types that have a signer of their own, by its purpose."""
        return {one.signer: one.type for one in self.configurations.values() if one.signer != one.format.identity}

    def of_title(self, title_id: str) -> tuple[Configuration, ...]:
        """The configurations in which a title is issued, in the order of the settings' formats.

        Raises:
            VerificationError: `title_not_issued`.
        """
        found = tuple(entry for entry in self.configurations.values() if entry.title.id == title_id)
        if not found:
            raise VerificationError("title_not_issued")
        return found


def build(settings: Settings, *, formats: Mapping[str, IssuedFormat] = ISSUED_FORMATS) -> Catalogue:
    """Builds the catalogue of the titles in the settings, each in those of the formats that its table allows.

    `formats` are the known ones by their names in the settings.

    Raises:
        ParseError: `title_unknown`; `settings_invalid` where a format is unknown or not of the profile, or a title
            goes with none of them.
    """
    configurations: dict[str, Configuration] = {}
    for title in map(titles.load, dict.fromkeys(settings.titles)):
        found = _configurations_of(title, settings, formats)
        if not found:
            raise ParseError("settings_invalid", f"{title.id} is never issued as {', '.join(settings.formats)}")
        configurations |= {entry.id: entry for entry in found}
    return Catalogue(MappingProxyType(configurations), _issuer(settings, configurations), _server(settings))


def _configurations_of(title: Title, settings: Settings, formats: Mapping[str, IssuedFormat]) -> list[Configuration]:
    if not formats.keys() >= set(settings.formats):
        raise ParseError("settings_invalid", f"known formats: {', '.join(formats)}")
    if settings.profile is not None and not set(settings.formats) <= HAIP:
        raise ParseError("settings_invalid", f"formats of the profile {settings.profile}: {', '.join(sorted(HAIP))}")
    chosen = [formats[name] for name in dict.fromkeys(settings.formats)]
    typed = [(format_, format_.type_of(title)) for format_ in chosen]
    return [
        Configuration(
            id=f"{title.id}_{_plain(format_.name)}",
            title=title,
            format=format_,
            type=type_,
            signer=document_purpose(format_.identity, type_),
            days=_days(settings, title, format_),
        )
        for format_, type_ in typed
        if type_
    ]


def _days(settings: Settings, title: Title, format_: IssuedFormat) -> int:
    return min(days for days in (settings.validity_days, title.max_days, format_.max_days) if days)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name)


def _issuer(settings: Settings, configurations: Mapping[str, Configuration]) -> IssuerMetadata:
    """OpenID4VCI section 12.2.4."""
    return IssuerMetadata(
        credential_issuer=settings.issuer,
        credential_endpoint=f"{settings.issuer}/credential",
        nonce_endpoint=f"{settings.issuer}/nonce",
        notification_endpoint=f"{settings.issuer}/notification",
        status_list_aggregation_endpoint=f"{settings.issuer}/status",
        batch_credential_issuance=BatchIssuance(batch_size=settings.batch_size),
        display=(Display(name=settings.name, locale="fr"),),
        credential_configurations_supported={
            entry.id: entry.format.configure(entry.title) for entry in configurations.values()
        },
    )


def _server(settings: Settings) -> AuthorizationServerMetadata:
    """RFC 8414 section 2, OpenID4VCI section 12.3: a wallet is not asked who it is, the code and `tx_code` are."""
    return AuthorizationServerMetadata(
        issuer=settings.issuer,
        token_endpoint=f"{settings.issuer}/token",
        grant_types_supported=(PRE_AUTHORIZED,),
        token_endpoint_auth_methods_supported=("none",),
        status_list_aggregation_endpoint=f"{settings.issuer}/status",
        anonymous_access=True,
    )
