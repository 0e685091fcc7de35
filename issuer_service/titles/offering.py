"""Offers, made from an officer's ticket, and the tokens they are exchanged for.

Nothing here opens a credential's signing key. Between two requests only the evidence exists, sealed under a secret
that the bearer alone has: the code of the offer, then the access token.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hmac import compare_digest

from didkit_fr.credentials.titles import Title
from didkit_fr.encoding import base64url, json
from didkit_fr.errors import ParseError, ProtocolError, VerificationError
from didkit_fr.primitives.random import Random, system
from didkit_fr.protocols.oauth.token import CREDENTIAL_DETAIL, AuthorizationDetail, TokenRequest, TokenResponse
from didkit_fr.protocols.openid4vci.offer import (
    CredentialOffer,
    TxCode,
    build_offer,
    build_offer_reference,
    build_offer_uri,
)
from issuer_service.grants import sealing
from issuer_service.grants.port import Epochs, epoch_at
from issuer_service.storage.port import Grant, Offer, Storage
from issuer_service.titles.catalogue import Catalogue
from issuer_service.titles.config import Settings
from issuer_service.titles.sources.port import Source

__all__ = [
    "OfferFound",
    "OfferMade",
    "OfferPorts",
    "create_offer",
    "describe_offer",
    "epoch_key_of",
    "identifier_of",
    "offer_address",
    "open_row",
    "redeem",
    "secret_of",
    "show_offer",
]

SECRET_BYTES = 32
ROW_BYTES = 16
TX_CODE_DIGITS = 6

_NO_MAC = bytes(32)


@dataclass(frozen=True, slots=True)
class OfferPorts:
    """What offers and tokens need; none of it opens a credential's signing key."""

    settings: Settings
    catalogue: Catalogue
    storage: Storage
    source: Source
    epochs: Epochs
    random: Random = field(default=system, repr=False)


@dataclass(frozen=True, slots=True)
class OfferMade:
    """An offer's link and its transaction code, which travel to the citizen by different ways; `expires` in seconds.

    `page` is where this machine's browser shows the link, once, where there are such pages; as secret as the link.
    """

    link: str = field(repr=False)
    tx_code: str = field(repr=False)
    expires: int
    page: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OfferFound:
    """An offer by reference as a person is shown it: no code is in it; `expires` in seconds since 1970 (UTC)."""

    title: Title
    link: str = field(repr=False)
    expires: int


async def create_offer(ports: OfferPorts, ticket: str, *, now: int, by_reference: bool = False) -> OfferMade:
    """Opens the officer's ticket at the register and makes an offer for its citizen and title.

    By reference, the link names an address whose last part is random: the code is derived from it, and the database
    holds neither.

    Raises:
        FetchError: `register_unavailable`, `storage_...`.
        VerificationError: `ticket_...`, `evidence_...`, `title_not_issued`.
    """
    opened = await ports.source.open(ticket)
    ports.catalogue.of_title(opened.title)
    expires = min(now + ports.settings.offer_ttl, opened.expires)
    if expires <= now:
        raise VerificationError("evidence_expired")
    secret, row, tx_code = ports.random(SECRET_BYTES), ports.random(ROW_BYTES), _digits(ports.random)
    code = sealing.code_of_reference(secret) if by_reference else secret
    epoch, epoch_key = await ports.epochs.current(now)
    evidence = json.encode({"evidence": opened.evidence, "expires": opened.expires})
    sealed = sealing.seal_grant(
        code,
        epoch_key=epoch_key,
        hop=sealing.HOP_CODE,
        row=row,
        title=opened.title,
        holder="",
        expires=expires,
        plaintext=evidence,
        random=ports.random,
    )
    mac = sealing.tx_code_mac(epoch_key, code, tx_code)
    await ports.storage.add_offer(Offer(sealing.lookup_id(code), row, epoch, opened.title, sealed, mac, expires))
    if by_reference:
        address = offer_address(ports.settings, secret)
        opens = base64url.encode(sealing.page_token(epoch_key, code))
        page = f"{address}/page/{opens}" if ports.settings.offer_pages else None
        return OfferMade(build_offer_reference(address), tx_code, expires, page)
    return OfferMade(build_offer_uri(_offer(ports, opened.title, code)), tx_code, expires)


async def describe_offer(ports: OfferPorts, reference: str, *, now: int) -> CredentialOffer:
    """The offer at an address, until it is redeemed, expired or worn out: a wallet may lose an answer and ask again.

    Raises:
        FetchError: `storage_...`.
        VerificationError: `offer_reference_unknown`.
    """
    code, offer = await _referred(ports, secret_of(reference, "offer_reference_unknown"), now)
    return _offer(ports, offer.title, code)


async def show_offer(ports: OfferPorts, reference: str, token: str, *, now: int) -> OfferFound:
    """The same offer for a person's eyes, once; neither its code nor its transaction code can be told from it.

    `token` is the last part of the page's address: whoever knows the offer only does not see its page.

    Raises:
        FetchError: `storage_...`.
        VerificationError: `offer_reference_unknown`, also where the page was shown; `title_not_issued`.
    """
    secret, opens = (secret_of(text, "offer_reference_unknown") for text in (reference, token))
    code, offer = await _referred(ports, secret, now)
    title = ports.catalogue.of_title(offer.title)[0].title
    epoch_key = await epoch_key_of(ports, offer.epoch, "offer_reference_unknown")
    due = compare_digest(opens, sealing.page_token(epoch_key, code))
    if not due or not await ports.storage.take_nonce(sealing.lookup_id(opens), expires=offer.expires):
        raise VerificationError("offer_reference_unknown")
    return OfferFound(title, build_offer_reference(offer_address(ports.settings, secret)), offer.expires)


async def _referred(ports: OfferPorts, secret: bytes, now: int) -> tuple[bytes, Offer]:
    """The offer that an address names, and its code."""
    code = sealing.code_of_reference(secret)
    attempts = ports.settings.tx_code_attempts
    offer = await ports.storage.find_offer(sealing.lookup_id(code), now=now, max_attempts=attempts)
    if offer is None:
        raise VerificationError("offer_reference_unknown")
    return code, offer


async def redeem(ports: OfferPorts, request: TokenRequest, *, now: int) -> TokenResponse:
    """Exchanges a code and its transaction code for an access token, once (OpenID4VCI section 6).

    Every attempt with a transaction code counts; an unknown, used, expired or worn out offer answers the same, and
    costs the same work as a wrong transaction code.

    Once only: a bearer token is bound to no key, so who sends the code again cannot be told from who stole it (RFC
    6749 section 4.1.2). A wallet that lost the answer is given a new offer. No copy was issued under the lost token,
    and whoever has not got it cannot use it. Redeeming again for the same wallet would need DPoP (RFC 9449).

    Raises:
        FetchError: `storage_...`.
        ProtocolError: `invalid_authorization_details`, where they are not this offer's; the code stays good.
        VerificationError: `offer_unknown`, `tx_code_wrong`, `tx_code_missing`.
    """
    # Every offer here has one: asked for before the code is looked up, its absence tells nothing of the code.
    if request.tx_code is None:
        raise VerificationError("tx_code_missing")
    code = secret_of(request.code, "offer_unknown")
    lookup = sealing.lookup_id(code)
    offer, epoch_key = await _tried(ports, lookup, code, request.tx_code, now)
    evidence = open_row(offer, code, epoch_key, sealing.HOP_CODE, "offer_unknown")
    named = _named(ports, request.authorization_details, offer.title)
    token, grant = await _next_hop(ports, offer, evidence, now, named=named)
    if not await ports.storage.redeem_offer(lookup, grant, now=now):
        raise VerificationError("offer_unknown")
    return TokenResponse(
        access_token=base64url.encode(token),
        token_type="Bearer",  # noqa: S106 - a type
        expires_in=grant.expires - now,
        authorization_details=_details(named),
    )


async def _tried(ports: OfferPorts, lookup: bytes, code: bytes, tx_code: str, now: int) -> tuple[Offer, bytes]:
    """The offer of a code and the key of its day, after an attempt that counts.

    Without offer the same is written and computed as with one: the time of the answer must not tell a live code with
    a wrong transaction code from a code that never was.
    """
    offer = await ports.storage.try_offer(lookup, now=now, max_attempts=ports.settings.tx_code_attempts)
    epoch, mac = (epoch_at(now), _NO_MAC) if offer is None else (offer.epoch, offer.tx_code_mac)
    epoch_key = await epoch_key_of(ports, epoch, "offer_unknown")
    try:
        sealing.check_tx_code(mac, epoch_key=epoch_key, code=code, tx_code=tx_code)
    except VerificationError:
        if offer is not None:
            raise
    if offer is None:
        raise VerificationError("offer_unknown")
    return offer, epoch_key


def offer_address(settings: Settings, reference: bytes) -> str:
    """Where an offer by reference lies: the last part is a secret."""
    return f"{settings.issuer}/offers/{base64url.encode(reference)}"


def _offer(ports: OfferPorts, title: str, code: bytes) -> CredentialOffer:
    return build_offer(
        issuer=ports.settings.issuer,
        configuration_ids=tuple(entry.id for entry in ports.catalogue.of_title(title)),
        code=base64url.encode(code),
        tx_code=TxCode(length=TX_CODE_DIGITS),
    )


def _named(ports: OfferPorts, asked: tuple[AuthorizationDetail, ...] | None, title: str) -> list[str]:
    """The configurations that authorization details ask for, which must be this title's (OpenID4VCI section 6.1.1)."""
    known = {entry.id for entry in ports.catalogue.of_title(title)}
    named: dict[str, None] = {}
    for detail in asked or ():
        elsewhere = detail.locations is not None and ports.settings.issuer not in detail.locations
        configuration = detail.credential_configuration_id or ""
        if detail.type != CREDENTIAL_DETAIL or configuration not in known or elsewhere:
            raise ProtocolError("invalid_authorization_details")
        named[configuration] = None
    return list(named)


def _details(named: Sequence[str]) -> tuple[AuthorizationDetail, ...] | None:
    """What a token opens, told only to who asked by authorization details (OpenID4VCI sections 5.1.1, 6.2)."""
    details = tuple(
        AuthorizationDetail(
            type=CREDENTIAL_DETAIL,
            credential_configuration_id=configuration,
            credential_identifiers=(identifier_of(configuration),),
        )
        for configuration in named
    )
    return details or None


def identifier_of(configuration: str) -> str:
    """There is one dataset for each configuration of an offer, and its name is the same for all citizens."""
    return f"{configuration}_1"


async def _next_hop(
    ports: OfferPorts, offer: Offer, evidence: bytes, now: int, *, named: Sequence[str]
) -> tuple[bytes, Grant]:
    """Seals the evidence again, under a fresh access token that cannot outlive it."""
    token, row = ports.random(SECRET_BYTES), ports.random(ROW_BYTES)
    epoch, epoch_key = await ports.epochs.current(now)
    content = json.parse_object(evidence)
    expires = min(now + ports.settings.token_ttl, content["expires"])
    sealed = sealing.seal_grant(
        token,
        epoch_key=epoch_key,
        hop=sealing.HOP_TOKEN,
        row=row,
        title=offer.title,
        holder="",
        expires=expires,
        plaintext=json.encode({**content, "named": list(named)}) if named else evidence,
        random=ports.random,
    )
    return token, Grant(sealing.lookup_id(token), row, epoch, offer.title, sealed, expires)


def open_row(stored: Offer | Grant, secret: bytes, epoch_key: bytes, hop: str, unknown: str) -> bytes:
    """Opens what a row holds; `unknown` is the one answer to whatever is wrong."""
    try:
        return sealing.open_grant(
            secret,
            epoch_key=epoch_key,
            hop=hop,
            row=stored.row,
            title=stored.title,
            holder="",
            expires=stored.expires,
            sealed=stored.sealed,
        )
    except VerificationError:
        raise VerificationError(unknown) from None


async def epoch_key_of(ports: OfferPorts, epoch: str, unknown: str) -> bytes:
    """The key of a row's day; `unknown` where it was destroyed."""
    try:
        return await ports.epochs.get(epoch)
    except VerificationError:
        raise VerificationError(unknown) from None


def secret_of(text: str, unknown: str) -> bytes:
    """A code or token as its bytes: what cannot be one is as unknown as any other."""
    try:
        secret = base64url.decode(text, max_chars=64)
    except ParseError:
        raise VerificationError(unknown) from None
    if len(secret) != SECRET_BYTES:
        raise VerificationError(unknown)
    return secret


def _digits(random: Random) -> str:
    """Six unbiased digits: of 2^32 values the last, incomplete, million is drawn again."""
    limit = 10**TX_CODE_DIGITS
    while (value := int.from_bytes(random(4))) >= (1 << 32) // limit * limit:
        pass
    return f"{value % limit:0{TX_CODE_DIGITS}d}"
