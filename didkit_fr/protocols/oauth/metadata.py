"""Authorization server metadata (RFC 8414), and where metadata of any kind is found."""

from urllib.parse import urlsplit

from pydantic import Field

from didkit_fr.errors import VerificationError
from didkit_fr.protocols.message import Array, Identifier, Message, Name, Url, parse_message

__all__ = ["AUTHORIZATION_SERVER", "AuthorizationServerMetadata", "parse_metadata", "well_known"]

AUTHORIZATION_SERVER = "oauth-authorization-server"
MAX_BYTES = 262_144


class AuthorizationServerMetadata(Message):
    """What an authorization server says of itself (RFC 8414 section 2; OpenID4VCI section 12.3)."""

    issuer: Identifier
    token_endpoint: Url | None = None
    grant_types_supported: Array[Name] | None = None
    token_endpoint_auth_methods_supported: Array[Name] | None = None
    status_list_aggregation_endpoint: Url | None = None
    anonymous_access: bool | None = Field(None, alias="pre-authorized_grant_anonymous_access_supported")


def parse_metadata(raw: bytes, *, issuer: str) -> AuthorizationServerMetadata:
    """Parses metadata found for `issuer`, which must name itself exactly so (RFC 8414 section 3.3).

    Raises:
        ParseError: `message_invalid` and those of `encoding.json`.
        VerificationError: `metadata_issuer_mismatch`.
    """
    metadata = parse_message(AuthorizationServerMetadata, raw, max_bytes=MAX_BYTES)
    if metadata.issuer != issuer:
        raise VerificationError("metadata_issuer_mismatch")
    return metadata


def well_known(issuer: str, name: str) -> str:
    """The address of metadata: the well-known part stands between host and path.

    A closing slash of the path is dropped for an authorization server (RFC 8414 section 3.1) and kept for all others
    (OpenID4VCI section 12.2.2). `issuer` is an `Identifier` that was checked.
    """
    parts = urlsplit(issuer)
    path = parts.path.removesuffix("/") if name == AUTHORIZATION_SERVER else parts.path
    return f"{parts.scheme}://{parts.netloc}/.well-known/{name}{path}"
