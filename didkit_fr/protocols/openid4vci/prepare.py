"""What an offer needs, found out without using its code: the first part of a wallet's flow (OpenID4VCI section 12)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from didkit_fr.errors import FetchError, ProtocolError, VerificationError
from didkit_fr.flow import Request, Response, fetch
from didkit_fr.formats import FORMATS, Formats
from didkit_fr.protocols.oauth import metadata as oauth_metadata
from didkit_fr.protocols.oauth.metadata import AuthorizationServerMetadata, well_known
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
from didkit_fr.protocols.openid4vci import metadata as issuer_metadata
from didkit_fr.protocols.openid4vci import signed_metadata
from didkit_fr.protocols.openid4vci.metadata import Configuration, IssuerMetadata, check_claims
from didkit_fr.protocols.openid4vci.offer import CredentialOffer, PreAuthorizedCodeGrant
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.policy import BBS

__all__ = ["Prepared", "pre_authorized", "prepare"]

_OK = 200

_PROOF_ALGORITHM = "ES256"

_BINDINGS = frozenset({"jwk", "cose_key", "did:key"})
"""Binding methods by which a format holds a P-256 key that a `jwt` proof brings."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that is needed to exchange the code of an offer, found out without using it.

    `configurations` are those of the offer that are supported here, by their identifiers, in the offer's order.
    """

    metadata: IssuerMetadata
    configurations: Mapping[str, Configuration]
    token_endpoint: str


async def prepare(
    offer: CredentialOffer, *, trust: VerificationContext | None = None, formats: Formats = FORMATS
) -> Prepared:
    """Finds out all that an offer needs, as a flow; its code is not sent.

    `trust` is by what signed metadata is verified; its `policy.metadata` says whether unsigned metadata is believed.

    Raises:
        ParseError, FetchError, VerificationError: as `authorize`.
        ProtocolError: as `authorize`, but those of a transaction code and of the token.
    """
    grant = pre_authorized(offer)
    metadata = await _issuer_metadata(offer.credential_issuer, trust)
    configurations = _choose(offer, metadata, () if trust is None else trust.policy.cryptosuites, formats)
    return Prepared(metadata, configurations, await _token_endpoint(metadata, grant))


def pre_authorized(offer: CredentialOffer) -> PreAuthorizedCodeGrant:
    """The grant of an offer that can be used here.

    Raises:
        ProtocolError: `grant_unsupported`.
    """
    grant = offer.grants.pre_authorized_code if offer.grants else None
    if grant is None:
        raise ProtocolError("grant_unsupported")
    return grant


async def _document(issuer: str, name: str, max_bytes: int, accept: str = "application/json") -> Response:
    url = well_known(issuer, name)
    response = await fetch(Request("GET", url, {"accept": accept}, max_bytes=max_bytes))
    if response.status != _OK:
        raise FetchError("fetch_status", f"HTTP {response.status} for {name}")
    return response


async def _issuer_metadata(issuer: str, trust: VerificationContext | None) -> IssuerMetadata:
    accept = "application/json" if trust is None else f"{signed_metadata.MEDIA_TYPE}, application/json;q=0.5"
    size = issuer_metadata.MAX_BYTES if trust is None else signed_metadata.MAX_CHARS
    answer = await _document(issuer, issuer_metadata.CREDENTIAL_ISSUER, size, accept)
    signed = answer.headers.get("content-type", "").partition(";")[0].strip().lower() == signed_metadata.MEDIA_TYPE
    if trust is not None and signed:
        metadata = await signed_metadata.verify_metadata(answer.body, trust.for_message(), issuer=issuer)
    elif trust is not None and trust.policy.metadata == "signed":
        raise VerificationError("metadata_unsigned")
    else:
        metadata = issuer_metadata.parse_metadata(answer.body, issuer=issuer)
    encryptions = (metadata.credential_request_encryption, metadata.credential_response_encryption)
    if any(encryption is not None and encryption.encryption_required for encryption in encryptions):
        raise ProtocolError("encryption_required")
    return metadata


def _choose(
    offer: CredentialOffer, metadata: IssuerMetadata, cryptosuites: Collection[str], formats: Formats
) -> Mapping[str, Configuration]:
    chosen = {}
    for name in offer.credential_configuration_ids:
        configuration = metadata.credential_configurations_supported.get(name)
        if configuration is None or configuration.format not in formats:
            continue
        if _supported(configuration) or _unbound(configuration, cryptosuites):
            if configuration.credential_metadata is not None:
                check_claims(configuration.credential_metadata)
            chosen[name] = configuration
    if not chosen:
        raise ProtocolError("configuration_unsupported")
    return MappingProxyType(chosen)


def _supported(configuration: Configuration) -> bool:
    proof = (configuration.proof_types_supported or {}).get("jwt")
    return (
        not _BINDINGS.isdisjoint(configuration.cryptographic_binding_methods_supported or ())
        and proof is not None
        and proof.key_attestations_required is None
        and _PROOF_ALGORITHM in proof.proof_signing_alg_values_supported
    )


def _unbound(configuration: Configuration, cryptosuites: Collection[str]) -> bool:
    """Whether it is bound to no key, secured in a way that is made for that and that the policy names."""
    stated = configuration.credential_signing_alg_values_supported
    experimental = {BBS} & set(cryptosuites)
    return not configuration.is_bound and set(stated or ("",)) <= experimental


async def _token_endpoint(metadata: IssuerMetadata, grant: PreAuthorizedCodeGrant) -> str:
    """Finds the authorization server (section 12.2.4): the offer may pick one, but only among the issuer's own."""
    servers = metadata.authorization_servers or (metadata.credential_issuer,)
    if grant.authorization_server is not None:
        if grant.authorization_server not in (metadata.authorization_servers or ()):
            raise ProtocolError("authorization_server_unknown")
        servers = (grant.authorization_server,)
    for server in servers:
        answer = await _document(server, oauth_metadata.AUTHORIZATION_SERVER, oauth_metadata.MAX_BYTES)
        found = oauth_metadata.parse_metadata(answer.body, issuer=server)
        if found.token_endpoint is not None and (len(servers) == 1 or _serves_code(found)):
            if found.anonymous_access is False:
                raise ProtocolError("invalid_client", "a client_id is due")
            return found.token_endpoint
    raise ProtocolError("grant_unsupported")


def _serves_code(server: AuthorizationServerMetadata) -> bool:
    return PRE_AUTHORIZED in (server.grant_types_supported or ())
