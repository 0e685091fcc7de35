"""The authorization request (OpenID4VP 1.0 section 5) as a signed request object, fetched from `request_uri`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import Field

from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.x509 import Certificate, build_x5c, display_name, sha256_of
from didkit_fr.proofs import jose
from didkit_fr.protocols.message import Message, Url, parse_message
from didkit_fr.protocols.openid4vp.dcql import Query, parse_query
from didkit_fr.verification.authenticate import authenticate_jwt
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy

__all__ = [
    "AUDIENCE",
    "MAX_CHARS",
    "MEDIA_TYPE",
    "TYP",
    "AuthenticRequest",
    "RequestLink",
    "build_link",
    "build_request_object",
    "client_id_of",
    "parse_link",
    "verify_request_object",
]

TYP = "oauth-authz-req+jwt"
MEDIA_TYPE = "application/oauth-authz-req+jwt"
AUDIENCE = "https://self-issued.me/v2"
SCHEMES = frozenset({"openid4vp", "haip-vp", "eudi-openid4vp"})
PREFIX = "x509_hash:"
MAX_CHARS = 65_536
MAX_LINK_CHARS = 8192
LIFETIME = 300


class _RequestObject(Message):
    client_id: Annotated[str, Field(max_length=512)]
    response_type: Literal["vp_token"]
    response_mode: Annotated[str, Field(max_length=64)]
    response_uri: Url
    nonce: Annotated[str, Field(max_length=512, pattern=r"^[A-Za-z0-9_~.-]+$")]
    aud: str
    dcql_query: dict[str, Any]
    state: Annotated[str, Field(max_length=512)] | None = None
    iat: int | None = None
    exp: int | None = None


@dataclass(frozen=True, slots=True)
class RequestLink:
    """What a link or QR code says: not authenticated, and only good for fetching the signed request."""

    client_id: str
    request_uri: str


@dataclass(frozen=True, slots=True)
class AuthenticRequest:
    """A request whose sender is known: `client_id` in full, and the name its certificate gives the relying party."""

    client_id: str
    verifier_name: str
    response_uri: str
    nonce: str
    state: str | None
    query: Query
    expires: int | None = field(default=None)


def client_id_of(certificate: Certificate) -> str:
    """The full client identifier `x509_hash:...` of a relying party's certificate (section 5.9.3)."""
    return PREFIX + base64url.encode(sha256_of(certificate))


def build_link(client_id: str, request_uri: str) -> str:
    """The link for a wallet on the same device, or in a QR code."""
    return "openid4vp://?" + urlencode({"client_id": client_id, "request_uri": request_uri})


def parse_link(link: str) -> RequestLink:
    """Reads a link.

    Raises:
        ParseError: `input_too_large`, `request_link_invalid`.
    """
    if len(link) > MAX_LINK_CHARS:
        raise ParseError("input_too_large", f"link over {MAX_LINK_CHARS} characters")
    try:
        parts = urlsplit(link)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True, max_num_fields=32, errors="strict")
    except (ValueError, UnicodeError):
        raise ParseError("request_link_invalid") from None
    values = dict(pairs)
    if parts.scheme not in SCHEMES or len(values) != len(pairs):
        raise ParseError("request_link_invalid", "another scheme, or a parameter twice")
    if "client_id" not in values or "request_uri" not in values:
        raise ParseError("request_link_invalid", "client_id and request_uri are due")
    return RequestLink(values["client_id"], values["request_uri"])


def build_request_object(
    query: JsonObject,
    signer: Signer,
    *,
    chain: Sequence[Certificate],
    response_uri: str,
    nonce: str,
    state: str,
    now: int,
) -> str:
    """Signs a request for `direct_post`; `chain` is the relying party's, leaf first, without its anchor.

    The query is checked as a wallet would check it before anything is signed.
    """
    parse_query(query)
    algorithms = [signer.public_key.algorithm]
    claims = {
        "client_id": client_id_of(chain[0]),
        "aud": AUDIENCE,
        "response_type": "vp_token",
        "response_mode": "direct_post",
        "response_uri": response_uri,
        "nonce": nonce,
        "state": state,
        "dcql_query": query,
        "client_metadata": {
            "vp_formats_supported": {"dc+sd-jwt": {"sd-jwt_alg_values": algorithms, "kb-jwt_alg_values": algorithms}}
        },
        "iat": now,
        "exp": now + LIFETIME,
    }
    return jose.sign(claims, signer, typ=TYP, header={"x5c": build_x5c(chain)})


async def verify_request_object(
    raw: str, *, client_id: str, policy: Policy, memory: Memory, now: int
) -> AuthenticRequest:
    """Verifies who asks and what: signature, certificate path to a relying-party root, `x509_hash`, audience, time.

    Args:
        raw: the request object as fetched.
        client_id: the one in the link; the signed one must be the same (section 5.10.1).
        policy: whose anchors of role "request" certify relying parties.
        memory: checked certificate paths.
        now: seconds since 1970 (UTC).

    Raises:
        ParseError: `message_invalid` and those of `proofs.jose.parse`.
        VerificationError: `client_id_mismatch`, `request_audience`, `request_expired`, `response_mode_unsupported`,
            `transaction_data_unsupported`, `dcql_unsupported`, and those of `authenticate_jwt`.
    """
    if not client_id.startswith(PREFIX):
        raise VerificationError("client_id_unsupported")
    authentic = await authenticate_jwt(
        raw, role="request", typ=TYP, policy=policy, memory=memory, now=now, max_chars=MAX_CHARS
    )
    claims = authentic.jwt.claims
    if client_id != client_id_of(authentic.path.leaf) or claims.get("client_id") != client_id:
        raise VerificationError("client_id_mismatch")
    _refuse_unsupported(claims)
    request = parse_message(_RequestObject, claims)
    if request.aud != AUDIENCE:
        raise VerificationError("request_audience")
    if request.exp is not None and request.exp <= now - policy.leeway:
        raise VerificationError("request_expired")
    if request.iat is not None and request.iat > now + policy.leeway:
        raise VerificationError("request_expired", "issued in the future")
    return AuthenticRequest(
        client_id=client_id,
        verifier_name=display_name(authentic.path.leaf),
        response_uri=request.response_uri,
        nonce=request.nonce,
        state=request.state,
        query=parse_query(request.dcql_query),
        expires=request.exp,
    )


def _refuse_unsupported(claims: JsonObject) -> None:
    if "transaction_data" in claims:
        raise VerificationError("transaction_data_unsupported")
    if claims.get("response_mode") != "direct_post":
        raise VerificationError("response_mode_unsupported")
    if "redirect_uri" in claims or "scope" in claims:
        raise ParseError("message_invalid", "redirect_uri or scope with direct_post and dcql_query")
