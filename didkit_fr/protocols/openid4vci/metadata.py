"""Credential issuer metadata (OpenID4VCI section 12.2); `signed_metadata` signs it."""

from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field, model_validator

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.protocols.message import Array, Identifier, Members, Message, Name, Text, Url, parse_message

__all__ = [
    "CREDENTIAL_ISSUER",
    "SD_JWT_VC",
    "BatchIssuance",
    "ClaimDescription",
    "Configuration",
    "CredentialDefinition",
    "CredentialMetadata",
    "Display",
    "IssuerMetadata",
    "Logo",
    "ProofType",
    "build_configuration",
    "check_claims",
    "parse_metadata",
]

CREDENTIAL_ISSUER = "openid-credential-issuer"
SD_JWT_VC = "dc+sd-jwt"

_TYPE_MEMBERS = {
    SD_JWT_VC: "vct",
    "mso_mdoc": "doctype",
    "ldp_vc": "credential_definition",
    "jwt_vc_json": "credential_definition",
}

MAX_BYTES = 1_048_576

Names = Annotated[Array[Name], Field(min_length=1)]


class Logo(Message):
    """An image: `uri` may have any scheme, `data:` too; the wallet that shows it decides which to follow."""

    uri: Annotated[str, Field(max_length=262_144)]
    alt_text: Text | None = None


class Display(Message):
    """What to call an issuer or a claim, in one language (a BCP 47 tag)."""

    name: Text | None = None
    locale: Name | None = None
    logo: Logo | None = None


class CredentialDisplay(Display):
    """What to call a credential, in one language, and its colours."""

    name: Text
    description: Text | None = None
    background_color: Name | None = None
    background_image: Logo | None = None
    text_color: Name | None = None


class ClaimDescription(Message):
    """A claim, by its claims path pointer, and what to call it (appendix B.2)."""

    path: Annotated[Array[str | Annotated[int, Field(ge=0)] | None], Field(min_length=1, max_length=24)]
    mandatory: bool = False
    display: Annotated[Array[Display], Field(min_length=1)] | None = None


class CredentialMetadata(Message):
    """How to show a credential."""

    display: Annotated[Array[CredentialDisplay], Field(min_length=1)] | None = None
    claims: Annotated[Array[ClaimDescription], Field(min_length=1)] | None = None


class ProofType(Message):
    """Which algorithms a key proof may use; COSE names algorithms by number."""

    proof_signing_alg_values_supported: Annotated[Array[str | int], Field(min_length=1)]
    key_attestations_required: JsonObject | None = None


class CredentialDefinition(Message):
    """The type of a W3C credential (appendix A.1)."""

    context: Array[str | JsonObject] | None = Field(None, alias="@context", min_length=1)
    type: Names


class Configuration(Message):
    """One kind of credential on offer; of formats that are not known only the common members are checked."""

    format: Name
    scope: Name | None = None
    vct: Name | None = None
    doctype: Name | None = None
    credential_definition: CredentialDefinition | None = None
    credential_signing_alg_values_supported: Annotated[Array[str | int], Field(min_length=1)] | None = None
    cryptographic_binding_methods_supported: Names | None = None
    proof_types_supported: Annotated[Members[ProofType], Field(max_length=32)] | None = None
    credential_metadata: CredentialMetadata | None = None

    @property
    def is_bound(self) -> bool:
        """Whether its credentials are bound to keys, of which the request brings proofs (section 12.2.4)."""
        return self.cryptographic_binding_methods_supported is not None or self.proof_types_supported is not None

    def describes(self, type_: str, claims: JsonObject) -> bool:
        """Whether a credential of this type and these claims is one of this configuration."""
        if self.credential_definition is not None:
            return list(self.credential_definition.type) == claims.get("type")
        return type_ == (self.doctype if self.vct is None else self.vct)

    @model_validator(mode="after")
    def _complete(self) -> "Configuration":
        member = _TYPE_MEMBERS.get(self.format)
        if member is not None and getattr(self, member) is None:
            raise ValueError(f"{member} is missing")
        return self


class Jwks(Message):
    """A JWK set; its keys are read when one is used."""

    keys: Annotated[Array[dict[str, Any]], Field(min_length=1)]


class RequestEncryption(Message):
    """Whether credential requests may or must be encrypted."""

    jwks: Jwks
    enc_values_supported: Names
    encryption_required: bool


class ResponseEncryption(Message):
    """Whether credential responses may or must be encrypted."""

    alg_values_supported: Names
    enc_values_supported: Names
    encryption_required: bool


class BatchIssuance(Message):
    """How many proofs, so how many copies, one request may hold."""

    batch_size: Annotated[int, Field(ge=2, le=100_000)]


class IssuerMetadata(Message):
    """What a credential issuer says of itself (section 12.2.4)."""

    credential_issuer: Identifier
    authorization_servers: Annotated[Array[Identifier], Field(min_length=1, max_length=32)] | None = None
    credential_endpoint: Url
    nonce_endpoint: Url | None = None
    deferred_credential_endpoint: Url | None = None
    notification_endpoint: Url | None = None
    status_list_aggregation_endpoint: Url | None = None
    credential_request_encryption: RequestEncryption | None = None
    credential_response_encryption: ResponseEncryption | None = None
    batch_credential_issuance: BatchIssuance | None = None
    display: Annotated[Array[Display], Field(min_length=1)] | None = None
    credential_configurations_supported: Members[Configuration]

    @property
    def batch_size(self) -> int:
        """How many proofs one request may hold: one, unless the issuer says more."""
        return self.batch_credential_issuance.batch_size if self.batch_credential_issuance else 1


_PROOFS = MappingProxyType({"jwt": ProofType(proof_signing_alg_values_supported=("ES256",))})


def build_configuration(
    *,
    format: str = SD_JWT_VC,  # noqa: A002 - the standard's word
    scope: str,
    credential_metadata: JsonObject,
    signed_with: tuple[str | int, ...] = ("ES256",),
    binding: str | None = "jwk",
    vct: str | None = None,
    doctype: str | None = None,
    credential_definition: CredentialDefinition | None = None,
) -> Configuration:
    """The issuer's side: a credential bound to a P-256 key that a `jwt` proof brings as `jwk`, or to no key.

    Args:
        format: its format.
        scope: by which it is asked for in OAuth.
        credential_metadata: how to show it.
        signed_with: the issuer's algorithms as the format names them: of JOSE, of COSE, or cryptosuites.
        binding: the binding method: `jwk`, `cose_key`, or `did:...`; None where the credential is bound to no key.
        vct: its type, of an SD-JWT VC.
        doctype: its type, of an mdoc.
        credential_definition: its type, of a W3C credential.

    Raises:
        ParseError: `message_invalid` where `credential_metadata` breaks its rules.
    """
    metadata = parse_message(CredentialMetadata, credential_metadata)
    check_claims(metadata)
    return Configuration(
        format=format,
        scope=scope,
        vct=vct,
        doctype=doctype,
        credential_definition=credential_definition,
        credential_signing_alg_values_supported=signed_with,
        cryptographic_binding_methods_supported=None if binding is None else (binding,),
        proof_types_supported=None if binding is None else dict(_PROOFS),
        credential_metadata=metadata,
    )


def parse_metadata(raw: bytes, *, issuer: str) -> IssuerMetadata:
    """The wallet's side: metadata found for `issuer`, which must name itself exactly so.

    Raises:
        ParseError: `message_invalid` and those of `encoding.json`.
        VerificationError: `metadata_issuer_mismatch`.
    """
    metadata = parse_message(IssuerMetadata, raw, max_bytes=MAX_BYTES)
    if metadata.credential_issuer != issuer:
        raise VerificationError("metadata_issuer_mismatch")
    return metadata


def check_claims(metadata: CredentialMetadata) -> None:
    """Refuses repeated and contradictory claim descriptions (appendix B.3).

    Raises:
        ParseError: `claims_contradictory`.
    """
    seen: set[tuple[str | int | None, ...]] = set()
    kinds: dict[tuple[str | int | None, ...], type] = {}
    for claim in metadata.claims or ():
        if claim.path in seen:
            raise ParseError("claims_contradictory", "a claim is described twice")
        seen.add(claim.path)
        for depth, step in enumerate(claim.path):
            # In one array either all elements (null) or single ones (a number); never object and array at once.
            if kinds.setdefault(claim.path[:depth], type(step)) is not type(step):
                raise ParseError("claims_contradictory")
