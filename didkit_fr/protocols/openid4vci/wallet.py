"""How a wallet receives a title from an offer: one flow, from the link to verified copies (OpenID4VCI section 3.5).

What is not decided here: whether the citizen wants it. Who the issuer is becomes certain only when a copy is verified,
so a transaction code goes to whom the offer names: show `CredentialOffer.credential_issuer` before asking for one
(section 13.6.2).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType

from didkit_fr.errors import DidkitError, FetchError, ParseError, ProtocolError, VerificationError
from didkit_fr.flow import Request, Response, fetch
from didkit_fr.formats import FORMATS
from didkit_fr.keys.public import CURVES
from didkit_fr.keys.signer import Signer
from didkit_fr.protocols.oauth import metadata as oauth_metadata
from didkit_fr.protocols.oauth.metadata import AuthorizationServerMetadata, well_known
from didkit_fr.protocols.oauth.token import (
    PRE_AUTHORIZED,
    TokenResponse,
    build_token_request,
    parse_token_response,
)
from didkit_fr.protocols.openid4vci import metadata as issuer_metadata
from didkit_fr.protocols.openid4vci import signed_metadata
from didkit_fr.protocols.openid4vci.copies import Copy, check_uniform, match
from didkit_fr.protocols.openid4vci.credential import (
    CredentialResponse,
    build_credential_request,
    parse_credential_response,
)
from didkit_fr.protocols.openid4vci.metadata import Configuration, IssuerMetadata, check_claims
from didkit_fr.protocols.openid4vci.nonce import build_nonce_request, parse_nonce_response
from didkit_fr.protocols.openid4vci.notification import (
    FAILURE,
    Event,
    build_notification_request,
    check_notification_response,
)
from didkit_fr.protocols.openid4vci.offer import CredentialOffer, PreAuthorizedCodeGrant
from didkit_fr.protocols.openid4vci.proof import build_proof
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import BBS, Policy
from didkit_fr.verification.verify import Verified, verify_issued

__all__ = ["DEFAULT_COPIES", "Authorized", "Copy", "Received", "Trust", "authorize", "collect", "notify", "receive"]

DEFAULT_COPIES = 30

_OK = 200

_BINDINGS = frozenset({"jwk", "cose_key", "did:key"})
"""Binding methods by which a format holds a P-256 key that a `jwt` proof brings."""


@dataclass(frozen=True, slots=True)
class Received:
    """A title, verified; every copy says the same, `verified` is what the first one says.

    `issuer` is the credential issuer's identifier, as its metadata states it; who signed is `verified.issuer`.
    """

    issuer: str
    configuration_id: str
    format: str
    copies: tuple[Copy, ...]
    verified: Verified
    notification_id: str | None = None


@dataclass(frozen=True, slots=True)
class Authorized:
    """What the code was exchanged for: good for `collect` until the token expires, also a second time.

    `configurations` are those of the offer that are supported here, by their identifiers, in the offer's order.
    """

    metadata: IssuerMetadata
    configurations: Mapping[str, Configuration]
    token: TokenResponse = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trust:
    """By what signed metadata is verified; `policy.metadata` says whether unsigned metadata is believed at all."""

    policy: Policy
    memory: Memory
    now: int


async def receive(
    offer: CredentialOffer,
    *,
    tx_code: str | None,
    make_signer: Callable[[], Signer],
    policy: Policy,
    memory: Memory,
    now: int,
    wanted: int = DEFAULT_COPIES,
) -> tuple[Received, ...]:
    """Receives all of an offer that is supported, as a flow: `authorize`, then `collect` for each configuration.

    A wallet asks for every format that is offered (EUDI ARF ISSU_12a); where one is refused nothing is returned.

    Args:
        offer: the offer; it needs a pre-authorized code.
        tx_code: what the citizen typed in; due exactly where the offer says so.
        make_signer: makes a new key for each copy.
        policy: which issuers are trusted for which titles.
        memory: what was checked before.
        now: seconds since 1970 (UTC), of the whole exchange.
        wanted: how many copies are wanted; the issuer's batch size is the limit.

    Raises:
        ParseError: a malformed message or credential.
        FetchError: cannot tell.
        ProtocolError: as `authorize` and `collect`.
        VerificationError: as `authorize` and `collect`.
    """
    authorized = await authorize(offer, tx_code=tx_code, trust=Trust(policy, memory, now))
    return tuple(
        [
            await collect(
                authorized, one, make_signer=make_signer, policy=policy, memory=memory, now=now, wanted=wanted
            )
            for one in authorized.configurations
        ]
    )


async def authorize(offer: CredentialOffer, *, tx_code: str | None, trust: Trust | None = None) -> Authorized:
    """Exchanges the code of an offer for a token, as a flow. The code is used up only by the last request.

    With `trust`, signed metadata is asked for: then who receives the code is known before it is sent.

    Raises:
        ParseError: a malformed message.
        FetchError: cannot tell.
        ProtocolError: what the server answered; `grant_unsupported`, `tx_code_required`, `tx_code_unexpected`,
            `configuration_unsupported`, `encryption_required`, `authorization_server_unknown`,
            `token_type_unsupported`.
        VerificationError: `metadata_issuer_mismatch`, `metadata_unsigned`, and those of `signed_metadata`.
    """
    # 1 what the offer demands, before anything is sent
    grant = _grant(offer, tx_code)
    # 2 what the issuer says of itself, and what of the offer is meant
    metadata = await _issuer_metadata(offer.credential_issuer, trust)
    configurations = _choose(offer, metadata, () if trust is None else trust.policy.cryptosuites)
    # 3 the code becomes a token
    endpoint = await _token_endpoint(metadata, grant)
    answer = await fetch(build_token_request(endpoint, code=grant.code, tx_code=tx_code))
    return Authorized(metadata, configurations, parse_token_response(answer))


async def collect(
    authorized: Authorized,
    configuration_id: str,
    *,
    make_signer: Callable[[], Signer],
    policy: Policy,
    memory: Memory,
    now: int,
    wanted: int = DEFAULT_COPIES,
) -> Received:
    """Collects the copies in one configuration and verifies each, as a flow.

    After a `FetchError` it may be run again with the same token: what was issued before is void then.

    Raises:
        ParseError: a malformed message or credential.
        FetchError: cannot tell.
        ProtocolError: what the issuer answered; `deferred_unsupported`.
        VerificationError: a copy that must not be kept: then none is. `holder_missing`, `holder_mismatch`,
            `credential_not_requested`, `batch_not_uniform`, and those of `verify_issued`.
    """
    # 1 a new key for each copy, and a proof of possession of each
    configuration = authorized.configurations[configuration_id]
    count = max(1, min(wanted, authorized.metadata.batch_size)) if configuration.is_bound else 0
    signers = [make_signer() for _ in range(count)]
    response = await _ask(authorized, configuration_id, signers, now=now)
    # 2 each copy is bound to one of the keys, and verified; 3 it is what was asked for, and all copies say the same
    try:
        copies, verified = await _verified(configuration, response, signers, policy=policy, memory=memory, now=now)
    except (ParseError, VerificationError):
        # What cannot be told yet (FetchError) is no failure: the same token is asked again, and voids these copies.
        await _tell_failure(authorized, response.notification_id)
        raise
    issuer = authorized.metadata.credential_issuer
    return Received(issuer, configuration_id, configuration.format, copies, verified, response.notification_id)


async def notify(authorized: Authorized, notification_id: str | None, event: Event) -> bool:
    """Tells the issuer what became of the copies, as a flow; False where it does not want to know (section 11).

    `credential_accepted` is for after they were stored: the token issues nothing more then.

    Raises:
        FetchError: cannot tell; telling again is harmless.
        ProtocolError: what the issuer answered.
    """
    endpoint = authorized.metadata.notification_endpoint
    if endpoint is None or notification_id is None:
        return False
    token = authorized.token.access_token
    request = build_notification_request(endpoint, token=token, notification_id=notification_id, event=event)
    check_notification_response(await fetch(request))
    return True


async def _tell_failure(authorized: Authorized, notification_id: str | None) -> None:
    with suppress(DidkitError):  # what the copies were refused for is the news, not that nobody would hear it
        await notify(authorized, notification_id, FAILURE)


async def _verified(
    configuration: Configuration,
    response: CredentialResponse,
    signers: Sequence[Signer],
    *,
    policy: Policy,
    memory: Memory,
    now: int,
) -> tuple[tuple[Copy, ...], Verified]:
    format_ = configuration.format
    copies = match(response, format_, signers)
    verified = [
        await verify_issued(
            copy.raw,
            format=format_,
            policy=policy,
            memory=memory,
            now=now,
            holder=None if copy.signer is None else copy.signer.public_key,
        )
        for copy in copies
    ]
    check_uniform(verified, configuration)
    return copies, verified[0]


def _grant(offer: CredentialOffer, tx_code: str | None) -> PreAuthorizedCodeGrant:
    grant = offer.grants.pre_authorized_code if offer.grants else None
    if grant is None:
        raise ProtocolError("grant_unsupported")
    if grant.tx_code is not None and not tx_code:
        raise ProtocolError("tx_code_required")
    if grant.tx_code is None and tx_code is not None:
        raise ProtocolError("tx_code_unexpected")
    return grant


async def _document(issuer: str, name: str, max_bytes: int, accept: str = "application/json") -> Response:
    url = well_known(issuer, name)
    response = await fetch(Request("GET", url, {"accept": accept}, max_bytes=max_bytes))
    if response.status != _OK:
        raise FetchError("fetch_status", f"HTTP {response.status} for {name}")
    return response


async def _issuer_metadata(issuer: str, trust: Trust | None) -> IssuerMetadata:
    accept = "application/json" if trust is None else f"{signed_metadata.MEDIA_TYPE}, application/json;q=0.5"
    size = issuer_metadata.MAX_BYTES if trust is None else signed_metadata.MAX_CHARS
    answer = await _document(issuer, issuer_metadata.CREDENTIAL_ISSUER, size, accept)
    signed = answer.headers.get("content-type", "").partition(";")[0].strip().lower() == signed_metadata.MEDIA_TYPE
    if trust is not None and signed:
        metadata = await signed_metadata.verify_metadata(
            answer.body, issuer=issuer, policy=trust.policy, memory=trust.memory, now=trust.now
        )
    elif trust is not None and trust.policy.metadata == "signed":
        raise VerificationError("metadata_unsigned")
    else:
        metadata = issuer_metadata.parse_metadata(answer.body, issuer=issuer)
    encryptions = (metadata.credential_request_encryption, metadata.credential_response_encryption)
    if any(encryption is not None and encryption.encryption_required for encryption in encryptions):
        raise ProtocolError("encryption_required")
    return metadata


def _choose(
    offer: CredentialOffer, metadata: IssuerMetadata, cryptosuites: Collection[str]
) -> Mapping[str, Configuration]:
    chosen = {}
    for name in offer.credential_configuration_ids:
        configuration = metadata.credential_configurations_supported.get(name)
        if configuration is not None and (_supported(configuration) or _unbound(configuration, cryptosuites)):
            if configuration.credential_metadata is not None:
                check_claims(configuration.credential_metadata)
            chosen[name] = configuration
    if not chosen:
        raise ProtocolError("configuration_unsupported")
    return MappingProxyType(chosen)


def _supported(configuration: Configuration) -> bool:
    proof = (configuration.proof_types_supported or {}).get("jwt")
    return (
        configuration.format in FORMATS
        and not _BINDINGS.isdisjoint(configuration.cryptographic_binding_methods_supported or ())
        and proof is not None
        and proof.key_attestations_required is None
        and CURVES["P-256"].algorithm in proof.proof_signing_alg_values_supported
    )


def _unbound(configuration: Configuration, cryptosuites: Collection[str]) -> bool:
    """Whether it is bound to nobody, secured in a way that is made for that and that the policy names."""
    stated = configuration.credential_signing_alg_values_supported
    experimental = {BBS} & set(cryptosuites)
    return not configuration.is_bound and configuration.format == "ldp_vc" and set(stated or ("",)) <= experimental


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


async def _ask(authorized: Authorized, name: str, signers: Sequence[Signer], *, now: int) -> CredentialResponse:
    """Asks for the credentials; once more, with a new nonce, where the first one was not accepted (section 8.3.1.2)."""
    try:
        return await _ask_once(authorized, name, signers, now=now)
    except ProtocolError as error:
        if error.code != "invalid_nonce" or authorized.metadata.nonce_endpoint is None:
            raise
    return await _ask_once(authorized, name, signers, now=now)


async def _ask_once(authorized: Authorized, name: str, signers: Sequence[Signer], *, now: int) -> CredentialResponse:
    metadata, token, nonce = authorized.metadata, authorized.token, None
    if metadata.nonce_endpoint is not None and signers:
        nonce = parse_nonce_response(await fetch(build_nonce_request(metadata.nonce_endpoint)))
    request = build_credential_request(
        metadata.credential_endpoint,
        token=token.access_token,
        proofs=[build_proof(signer, audience=metadata.credential_issuer, nonce=nonce, now=now) for signer in signers],
        configuration_id=name,
        identifier=token.credential_identifier(name),
    )
    return parse_credential_response(await fetch(request), copies=max(len(signers), 1))
