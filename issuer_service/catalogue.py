"""What this issuer offers: its credential configurations, derived from its titles' tables, and its metadata."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from didkit_fr.credentials import derive, titles, types
from didkit_fr.credentials.titles import Title
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.protocols.oauth.metadata import AuthorizationServerMetadata
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
from didkit_fr.protocols.openid4vci.metadata import BatchIssuance, Display, IssuerMetadata, build_configuration
from issuer_service.config import Settings

__all__ = ["Catalogue", "Configuration", "build"]


@dataclass(frozen=True, slots=True)
class Configuration:
    """One title in one format, under the name by which wallets ask for it; `type_claims` name its type in each copy."""

    id: str
    title: Title
    vct: str
    type_claims: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The configurations by id, and the two metadata documents that describe them."""

    configurations: Mapping[str, Configuration]
    metadata: IssuerMetadata
    server: AuthorizationServerMetadata

    def for_title(self, title_id: str) -> Configuration:
        """The configuration in which a title is issued.

        Raises:
            VerificationError: `title_not_issued`.
        """
        for configuration in self.configurations.values():
            if configuration.title.id == title_id:
                return configuration
        raise VerificationError("title_not_issued")


def build(settings: Settings) -> Catalogue:
    """Builds the catalogue of the titles in the settings.

    Raises:
        ParseError: `title_unknown`, `settings_invalid` where a title cannot be issued in this format.
    """
    configurations = {}
    for title in map(titles.load, dict.fromkeys(settings.titles)):
        if title.vct is None:
            raise ParseError("settings_invalid", f"{title.id} is never issued as {dc_sd_jwt.FORMAT}")
        if 0 < title.max_days < settings.validity_days:
            raise ParseError("settings_invalid", f"{title.id} is valid for {title.max_days} days at most")
        identifier = f"{title.id}_dc_sd_jwt"
        configurations[identifier] = Configuration(identifier, title, title.vct, _type_claims(title.vct))
    return Catalogue(MappingProxyType(configurations), _issuer(settings, configurations), _server(settings))


def _type_claims(vct: str) -> Mapping[str, str]:
    """The type, and the hash of its metadata, which pins them for whoever gets them elsewhere (SD-JWT VC section 6)."""
    document = types.local_document(vct)
    integrity = {} if document is None else {"vct#integrity": types.integrity_of(document)}
    return MappingProxyType({"vct": vct, **integrity})


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
            entry.id: build_configuration(
                vct=entry.vct,
                scope=entry.title.id,
                credential_metadata=derive.credential_metadata(entry.title),
            )
            for entry in configurations.values()
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
