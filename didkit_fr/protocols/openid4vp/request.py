"""The authorization request (OpenID4VP 1.0 section 5): a signed request object, or the parameters of a link."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats import FORMATS, Formats
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.x509 import Certificate, build_x5c, display_name
from didkit_fr.proofs.jose import jws
from didkit_fr.protocols.message import Items, Message, Url, parse_message
from didkit_fr.protocols.openid4vp import client_id as client_ids
from didkit_fr.protocols.openid4vp.client_id import HAIP, ClientId, RequestRules, client_id_of
from didkit_fr.protocols.openid4vp.client_metadata import (
    Encryption,
    Metadata,
    build_metadata,
    check_formats,
    choose_encryption,
    cryptosuites_of,
    parse_metadata,
)
from didkit_fr.protocols.openid4vp.dcql import AKI, Held, Query, parse_query
from didkit_fr.protocols.openid4vp.link import RequestLink, build_link, parse_link
from didkit_fr.protocols.openid4vp.transaction_data import TransactionData, parse_transaction_data
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.policy import EXPERIMENTAL, Policy
from didkit_fr.verification.signers.authenticate import authenticate_jwt

__all__ = [
    "AUDIENCE",
    "ENCRYPTED",
    "LIFETIME",
    "MAX_CHARS",
    "MEDIA_TYPE",
    "PLAIN",
    "TYP",
    "AuthenticRequest",
    "KnownSender",
    "RequestLink",
    "authenticate_request",
    "authenticate_unsigned",
    "build_claims",
    "build_link",
    "build_request_object",
    "client_id_of",
    "parse_link",
    "read_request",
    "sign_request",
]

TYP = "oauth-authz-req+jwt"
MEDIA_TYPE = "application/oauth-authz-req+jwt"
AUDIENCE = "https://self-issued.me/v2"
PLAIN, ENCRYPTED = "direct_post", "direct_post.jwt"
MAX_CHARS = 65_536
LIFETIME = 300
# 128 bits in base64url (section 5.3).
STRONG_STATE_CHARS = 22

_Id = Annotated[str, Field(max_length=128)]


class _VerifierInfo(Message):
    """An attestation about the asker (section 5.11). None is understood here, so that none is believed."""

    format: Annotated[str, Field(min_length=1, max_length=256)]
    data: str | dict[str, Any]
    credential_ids: Annotated[Items[_Id], Field(min_length=1, max_length=16)] | None = None


class _Parameters(Message):
    response_type: Literal["vp_token"]
    response_mode: Annotated[str, Field(max_length=64)]
    response_uri: Url
    nonce: Annotated[str, Field(max_length=512, pattern=r"^[A-Za-z0-9_~.-]+$")]
    dcql_query: dict[str, Any]
    client_metadata: dict[str, Any] | None = None
    transaction_data: Items[str] | None = None
    verifier_info: Annotated[Items[_VerifierInfo], Field(min_length=1, max_length=16)] | None = None
    state: Annotated[str, Field(max_length=512)] | None = None
    iat: int | None = None
    exp: int | None = None


class _RequestObject(_Parameters):
    client_id: Annotated[str, Field(max_length=512)]
    aud: str


ParametersT = TypeVar("ParametersT", bound=_Parameters)


@dataclass(frozen=True, slots=True)
class KnownSender:
    """Who asks, and where its answers go; what it asks was not looked at yet."""

    client: ClientId
    name: str
    certified: bool
    parameters: _Parameters = field(repr=False)


@dataclass(frozen=True, slots=True)
class AuthenticRequest:
    """A request whose sender is known: `client_id` in full, and the name by which a person may know it.

    `certified` says that an authority of the anchors vouches for that name; otherwise it is only an address.
    `cryptosuites` are those that the relying party says it reads, None where it does not say; `issued` and `expires`
    are its own times, in seconds since 1970 (UTC).
    """

    client_id: str
    verifier_name: str
    response_uri: str
    nonce: str
    state: str | None
    query: Query
    expires: int | None = field(default=None)
    issued: int | None = None
    certified: bool = True
    encryption: Encryption | None = None
    cryptosuites: frozenset[str] | None = None
    transaction_data: tuple[TransactionData, ...] = ()

    def accepts(self, held: Held) -> bool:
        """Whether the relying party says that it reads such a proof; a proof without holder binding has to be named."""
        if held.cryptosuite is None or (self.cryptosuites is None and held.bound):
            return True
        return self.cryptosuites is not None and held.cryptosuite in self.cryptosuites


def build_claims(
    query: JsonObject,
    *,
    client_id: str,
    response_uri: str,
    nonce: str,
    state: str,
    algorithms: Sequence[str],
    cryptosuites: Collection[str] = (),
    encryption_key: PublicKey | None = None,
    transaction_data: Sequence[str] = (),
    verifier_info: Sequence[JsonObject] = (),
    formats: Formats = FORMATS,
) -> JsonObject:
    """The claims of a request, checked as a wallet would check them; `encryption_key`, called as `state`, asks for JWE.

    Raises:
        ParseError: those of `parse_query`.
        ProtocolError: `invalid_transaction_data`.
        VerificationError: `dcql_unsupported` for trusted authorities that cannot be told here,
            `transaction_data_forbidden`.
    """
    parsed = parse_query(query, formats=formats)
    for wanted in parsed.credentials:
        if any(one.type != AKI for one in wanted.trusted_authorities or ()):
            raise VerificationError("dcql_unsupported", "trusted_authorities")
    if transaction_data:
        parse_transaction_data(transaction_data, types=None, query=parsed)
    claims: JsonObject = {
        "client_id": client_id,
        "response_type": "vp_token",
        "response_mode": PLAIN if encryption_key is None else ENCRYPTED,
        "response_uri": response_uri,
        "nonce": nonce,
        "state": state,
        "dcql_query": query,
        "client_metadata": build_metadata(
            algorithms, key=encryption_key, kid=state, cryptosuites=cryptosuites, formats=formats
        ),
    }
    more = {"transaction_data": list(transaction_data), "verifier_info": list(verifier_info)}
    return claims | {name: value for name, value in more.items() if value}


def sign_request(
    claims: JsonObject,
    signer: Signer,
    *,
    now: int,
    chain: Sequence[Certificate] = (),
    key_id: str | None = None,
    wallet_nonce: str | None = None,
) -> str:
    """Signs a request; its key is known by a certificate `chain` (leaf first, no anchor) or the DID URL `key_id`."""
    header: JsonObject = {"x5c": build_x5c(chain)} if key_id is None else {"kid": key_id}
    times: JsonObject = {"aud": AUDIENCE, "iat": now, "exp": now + LIFETIME}
    nonce: JsonObject = {} if wallet_nonce is None else {"wallet_nonce": wallet_nonce}
    return jws.sign(claims | times | nonce, signer, typ=TYP, header=header)


def build_request_object(
    query: JsonObject,
    signer: Signer,
    *,
    chain: Sequence[Certificate],
    response_uri: str,
    nonce: str,
    state: str,
    now: int,
    encryption_key: PublicKey | None = None,
) -> str:
    """Signs a request under the hash of its certificate, the identifier of HAIP; see `build_claims`, `sign_request`."""
    claims = build_claims(
        query,
        client_id=client_id_of(chain[0]),
        response_uri=response_uri,
        nonce=nonce,
        state=state,
        algorithms=[signer.public_key.algorithm],
        encryption_key=encryption_key,
    )
    return sign_request(claims, signer, now=now, chain=chain)


async def authenticate_request(
    raw: str,
    client: ClientId,
    context: VerificationContext,
    *,
    rules: RequestRules = HAIP,
    wallet_nonce: str | None = None,
) -> KnownSender:
    """Verifies who asks: signature, right to the identifier, audience, time, the wallet's nonce; as a flow.

    Args:
        raw: the request object as fetched.
        client: from the link; the signed one must be the same (section 5.10.1).
        context: whose anchors of role "request" certify relying parties, checked certificate paths, and when it is.
        rules: what the wallet accepts.
        wallet_nonce: what the wallet posted, if it did.

    Raises:
        FetchError: those of looking up a DID.
        ParseError: `message_invalid` and those of `proofs.jose.jws.parse`.
        VerificationError: `client_id_unsupported`, `client_id_mismatch`, `request_audience`, `request_expired`,
            `wallet_nonce_mismatch`, `response_uri_mismatch`, `did_resolver_missing`, `issuer_unknown` for a DID that is
            no anchor, those of `authenticate_jwt`.
    """
    if client.prefix == client_ids.REDIRECT_URI:
        raise VerificationError("client_id_unsupported", "a signature that cannot be verified")
    policy = context.policy
    anchor = client_ids.find_anchor(client, policy)
    if anchor is not None:
        claims, name = await _signed_by_did(raw, client, policy, rules), anchor.name
    else:
        authentic = await authenticate_jwt(raw, context, role="request", typ=TYP, max_chars=MAX_CHARS)
        client_ids.check_certificate(client, authentic.path.leaf)
        claims, name = authentic.jwt.claims, display_name(authentic.path.leaf)
    if claims.get("client_id") != client.full:
        raise VerificationError("client_id_mismatch")
    if wallet_nonce is not None and claims.get("wallet_nonce") != wallet_nonce:
        raise VerificationError("wallet_nonce_mismatch")
    request = _parse(_RequestObject, claims)
    if request.aud != AUDIENCE:
        raise VerificationError("request_audience")
    _check_times(request, now=context.now, leeway=policy.leeway)
    client_ids.check_response_uri(client, request.response_uri)
    return KnownSender(client, name, certified=True, parameters=request)


def authenticate_unsigned(named: RequestLink, client: ClientId) -> KnownSender:
    """Reads an unsigned request: its sender is known by the address the answer goes to, and no more.

    Raises:
        ParseError: `message_invalid`, those of `encoding.json`.
        VerificationError: `client_id_unsupported` where a signature is due or pretended, `response_uri_mismatch`.
    """
    if client.prefix != client_ids.REDIRECT_URI or not named.parameters:
        raise VerificationError("client_id_unsupported")
    request = _parse(_Parameters, {"response_uri": client.name, **named.unsigned_claims()})
    client_ids.check_response_uri(client, request.response_uri)
    return KnownSender(client, client.name, certified=False, parameters=request)


def read_request(
    sender: KnownSender, *, policy: Policy, rules: RequestRules = HAIP, formats: Formats = FORMATS
) -> AuthenticRequest:
    """Reads what a known sender asks, and refuses what cannot be honoured whole.

    Raises:
        ParseError: `message_invalid`, `dcql_contradictory`, `jwk_private`.
        ProtocolError: `vp_formats_not_supported`, `invalid_transaction_data`.
        VerificationError: `response_mode_unsupported`, `response_encryption_unsupported`,
            `transaction_data_unsupported`, `transaction_data_forbidden`.
    """
    asked = sender.parameters
    if asked.response_mode not in client_ids.RESPONSE_MODES & rules.response_modes:
        raise VerificationError("response_mode_unsupported")
    query = parse_query(asked.dcql_query, formats=formats)
    _check_references(asked, query)
    metadata = None if asked.client_metadata is None else parse_metadata(asked.client_metadata)
    check_formats(metadata, query, algorithms=policy.algorithms, formats=formats)
    encryption = None
    if asked.response_mode == ENCRYPTED:
        if metadata is None:
            raise VerificationError("response_encryption_unsupported")
        encryption = choose_encryption(metadata)
    entries: tuple[TransactionData, ...] = ()
    if asked.transaction_data is not None:
        entries = parse_transaction_data(asked.transaction_data, types=rules.transaction_data, query=query)
    return AuthenticRequest(
        client_id=sender.client.full,
        verifier_name=sender.name,
        response_uri=asked.response_uri,
        nonce=asked.nonce,
        state=asked.state,
        query=query,
        expires=asked.exp,
        issued=asked.iat,
        certified=sender.certified,
        encryption=encryption,
        cryptosuites=_readable(metadata, rules),
        transaction_data=entries,
    )


def _readable(metadata: Metadata | None, rules: RequestRules) -> frozenset[str] | None:
    """The cryptosuites that the relying party names, without experimental ones that the wallet's rules do not name."""
    named = cryptosuites_of(metadata)
    return None if named is None else named - (EXPERIMENTAL - rules.experimental)


async def _signed_by_did(raw: str, client: ClientId, policy: Policy, rules: RequestRules) -> JsonObject:
    """The claims, signed by the verification method that `kid` names, of this very DID (section 5.9.3)."""
    unverified = jws.parse(raw, max_chars=MAX_CHARS)
    jws.check_header(unverified.unverified_header, typ=TYP, algorithms=policy.algorithms)
    kid = unverified.unverified_header.get("kid")
    if not isinstance(kid, str) or not kid.startswith(f"{client.name}#"):
        raise VerificationError("client_id_mismatch")
    if rules.find_key is None:
        raise VerificationError("did_resolver_missing")
    key = await rules.find_key(kid, "authentication")
    return jws.verify(unverified, key, typ=TYP, algorithms=policy.algorithms).claims


def _parse(model: type[ParametersT], claims: JsonObject) -> ParametersT:
    if "redirect_uri" in claims or "scope" in claims:
        raise ParseError("message_invalid", "redirect_uri or scope with direct_post and dcql_query")
    return parse_message(model, claims)


def _check_times(request: _RequestObject, *, now: int, leeway: int) -> None:
    if request.exp is not None and request.exp <= now - leeway:
        raise VerificationError("request_expired")
    if request.iat is not None and request.iat > now + leeway:
        raise VerificationError("request_expired", "issued in the future")


def _check_references(asked: _Parameters, query: Query) -> None:
    if any(query.find(name) is None for info in asked.verifier_info or () for name in info.credential_ids or ()):
        raise ParseError("message_invalid", "verifier_info: credential_ids")
    unbound = not all(wanted.require_cryptographic_holder_binding for wanted in query.credentials)
    if unbound and len(asked.state or "") < STRONG_STATE_CHARS:
        raise ParseError("message_invalid", "a state of 128 bits is due without holder binding")
