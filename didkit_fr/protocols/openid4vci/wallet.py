"""How a wallet receives a title from an offer: one flow, from the link to verified copies (OpenID4VCI section 3.5).

What is not decided here: whether the citizen wants it. Who the issuer is becomes certain only when a copy is verified,
so a transaction code goes to whom the offer names: show `CredentialOffer.credential_issuer` before asking for one
(section 13.6.2).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from didkit_fr.errors import DidkitError, ParseError, ProtocolError, VerificationError
from didkit_fr.flow import fetch
from didkit_fr.formats import FORMATS, Formats
from didkit_fr.keys.signer import Signer
from didkit_fr.protocols.oauth.token import (
    TokenResponse,
    build_token_request,
    parse_token_response,
)
from didkit_fr.protocols.openid4vci.copies import ReceivedCopy, check_uniform, match
from didkit_fr.protocols.openid4vci.credential import (
    CredentialResponse,
    build_credential_request,
    parse_credential_response,
)
from didkit_fr.protocols.openid4vci.metadata import Configuration, IssuerMetadata
from didkit_fr.protocols.openid4vci.nonce import build_nonce_request, parse_nonce_response
from didkit_fr.protocols.openid4vci.notification import (
    FAILURE,
    Event,
    build_notification_request,
    check_notification_response,
)
from didkit_fr.protocols.openid4vci.offer import CredentialOffer, PreAuthorizedCodeGrant
from didkit_fr.protocols.openid4vci.prepare import Prepared, pre_authorized, prepare
from didkit_fr.protocols.openid4vci.proof import build_proof
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.verify import Verified, verify_issued

__all__ = [
    "DEFAULT_COPIES",
    "Authorized",
    "Prepared",
    "Received",
    "ReceivedCopy",
    "authorize",
    "collect",
    "copies_of",
    "notify",
    "prepare",
    "receive",
    "redeem",
]

DEFAULT_COPIES = 30

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Received:
    """A title, verified; every copy says the same, `verified` is what the first one says.

    `issuer` is the credential issuer's identifier, as its metadata states it; who signed is `verified.issuer`.
    """

    issuer: str
    configuration_id: str
    format: str
    copies: tuple[ReceivedCopy, ...]
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


async def receive(
    offer: CredentialOffer,
    context: VerificationContext,
    *,
    tx_code: str | None,
    make_signer: Callable[[], Signer],
    wanted: int = DEFAULT_COPIES,
    formats: Formats = FORMATS,
) -> tuple[Received, ...]:
    """Receives all of an offer that is supported, as a flow: `authorize`, then `collect` for each configuration.

    A wallet asks for every format that is offered (EUDI ARF ISSU_12a); where one is refused nothing is returned.

    Args:
        offer: the offer; it needs a pre-authorized code.
        context: which issuers are trusted for which titles, what was checked before, and when it is.
        tx_code: what the citizen typed in; due exactly where the offer says so.
        make_signer: makes a new key for each copy.
        wanted: how many copies are wanted; the issuer's batch size is the limit.
        formats: the known formats.

    Raises:
        ParseError: a malformed message or credential.
        FetchError: cannot tell.
        ProtocolError: as `authorize` and `collect`.
        VerificationError: as `authorize` and `collect`.
    """
    authorized = await authorize(offer, tx_code=tx_code, trust=context, formats=formats)
    return tuple(
        [
            await collect(authorized, one, context, make_signer=make_signer, wanted=wanted, formats=formats)
            for one in authorized.configurations
        ]
    )


async def authorize(
    offer: CredentialOffer, *, tx_code: str | None, trust: VerificationContext | None = None, formats: Formats = FORMATS
) -> Authorized:
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
    _grant(offer, tx_code)
    # 2 what the issuer says of itself, and what of the offer is meant
    prepared = await prepare(offer, trust=trust, formats=formats)
    # 3 the code becomes a token
    return await redeem(prepared, offer, tx_code=tx_code)


async def redeem(prepared: Prepared, offer: CredentialOffer, *, tx_code: str | None) -> Authorized:
    """Exchanges the code of an offer for a token, as a flow: the answer is given once, so be ready to keep it.

    Raises:
        ParseError: a malformed message.
        FetchError: cannot tell whether the code was used.
        ProtocolError: what the server answered; `tx_code_required`, `tx_code_unexpected`, `token_type_unsupported`.
    """
    grant = _grant(offer, tx_code)
    answer = await fetch(build_token_request(prepared.token_endpoint, code=grant.code, tx_code=tx_code))
    return Authorized(prepared.metadata, prepared.configurations, parse_token_response(answer))


def copies_of(prepared: Prepared | Authorized, configuration_id: str, wanted: int) -> int:
    """How many copies, each with a key of its own, `collect` asks for; none where the format binds no holder."""
    is_bound = prepared.configurations[configuration_id].is_bound
    return max(1, min(wanted, prepared.metadata.batch_size)) if is_bound else 0


async def collect(
    authorized: Authorized,
    configuration_id: str,
    context: VerificationContext,
    *,
    make_signer: Callable[[], Signer],
    wanted: int = DEFAULT_COPIES,
    formats: Formats = FORMATS,
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
    signers = [make_signer() for _ in range(copies_of(authorized, configuration_id, wanted))]
    response = await _ask(authorized, configuration_id, signers, now=context.now)
    # 2 each copy is bound to one of the keys, and verified; 3 it is what was asked for, and all copies say the same
    try:
        copies, verified = await _verified(configuration, response, signers, context, formats=formats)
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
    with suppress(DidkitError):  # the caller needs the reason of the refusal, not that the issuer could not be told
        await notify(authorized, notification_id, FAILURE)


async def _verified(
    configuration: Configuration,
    response: CredentialResponse,
    signers: Sequence[Signer],
    context: VerificationContext,
    *,
    formats: Formats,
) -> tuple[tuple[ReceivedCopy, ...], Verified]:
    format_ = configuration.format
    copies = match(response, format_, signers, formats=formats)
    verified = [
        await verify_issued(
            copy.raw,
            context.for_message(),
            format=format_,
            holder=None if copy.signer is None else copy.signer.public_key,
            formats=formats,
        )
        for copy in copies
    ]
    check_uniform(verified, configuration)
    return copies, verified[0]


def _grant(offer: CredentialOffer, tx_code: str | None) -> PreAuthorizedCodeGrant:
    grant = pre_authorized(offer)
    if grant.tx_code is not None and not tx_code:
        raise ProtocolError("tx_code_required")
    if grant.tx_code is None and tx_code is not None:
        raise ProtocolError("tx_code_unexpected")
    return grant


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
    made = now - now % _MINUTE  # seconds would tell one wallet's clock from another's
    if metadata.nonce_endpoint is not None and signers:
        nonce = parse_nonce_response(await fetch(build_nonce_request(metadata.nonce_endpoint)))
    request = build_credential_request(
        metadata.credential_endpoint,
        token=token.access_token,
        proofs=[build_proof(signer, audience=metadata.credential_issuer, nonce=nonce, now=made) for signer in signers],
        configuration_id=name,
        identifier=token.credential_identifier(name),
    )
    return parse_credential_response(await fetch(request), copies=max(len(signers), 1))
