"""What the issuer decides, over its ports and without HTTP: offers, tokens, credentials, revocations.

The service keeps no attribute. Between two requests only the evidence exists, sealed under a secret that the bearer
alone has: the code of the offer, then the access token. Attributes are asked from the register for each request,
signed, and forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from didkit_fr.credentials import titles
from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.keys import jwk
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.random import Random, system
from didkit_fr.protocols.oauth.token import TokenRequest, TokenResponse
from didkit_fr.protocols.openid4vci import metadata
from didkit_fr.protocols.openid4vci.credential import CredentialRequest
from didkit_fr.protocols.openid4vci.issuer import ProofRules, check_proofs, check_request
from didkit_fr.protocols.openid4vci.nonce import C_NONCE, issue_nonce
from didkit_fr.protocols.openid4vci.offer import TxCode, build_offer, build_offer_uri
from didkit_fr.status.token import StatusReference, build_reference
from issuer_service import sealing
from issuer_service.catalogue import Catalogue, Configuration
from issuer_service.config import Settings
from issuer_service.epochs import EpochKeys
from issuer_service.keyring import Keyring
from issuer_service.permutation import Permutations
from issuer_service.sources.port import RegisterAnswer, Source
from issuer_service.storage.port import Grant, Offer, StatusEntry, Storage

__all__ = [
    "Authority",
    "Desk",
    "Issuer",
    "OfferMade",
    "authenticate",
    "check_title",
    "create_offer",
    "fresh_nonce",
    "issue",
    "redeem",
    "revoke",
    "status_uri",
]

SECRET_BYTES = 32
ROW_BYTES = 16
HANDLE_BYTES = 16
TX_CODE_DIGITS = 6
NONCE_SKEW = 120

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Desk:
    """What offers and tokens need; none of it opens a credential's signing key."""

    settings: Settings
    catalogue: Catalogue
    storage: Storage
    source: Source
    epochs: EpochKeys
    random: Random = field(default=system, repr=False)


@dataclass(frozen=True, slots=True)
class Issuer:
    """What issuing needs: the desk, the keys, and the document signer's certificates (leaf first)."""

    desk: Desk
    keyring: Keyring
    signer: Signer
    chain: tuple[Certificate, ...]
    permutations: Permutations = field(repr=False)


@dataclass(frozen=True, slots=True)
class OfferMade:
    """An offer's link and its transaction code, which travel to the citizen by different ways; `expires` in seconds."""

    link: str = field(repr=False)
    tx_code: str = field(repr=False)
    expires: int


@dataclass(frozen=True, slots=True)
class Authority:
    """What an access token that was checked allows: one configuration, for whom the evidence says."""

    grant: bytes = field(repr=False)
    configuration: str
    evidence: str = field(repr=False)


async def create_offer(desk: Desk, ticket: str, *, now: int) -> OfferMade:
    """Opens the officer's ticket at the register and makes an offer for its citizen and title.

    Raises:
        FetchError: `register_unavailable`, `storage_...`.
        VerificationError: `ticket_...`, `evidence_...`, `title_not_issued`.
    """
    opened = await desk.source.open(ticket)
    configuration = desk.catalogue.for_title(opened.title)
    expires = min(now + desk.settings.offer_ttl, opened.expires)
    if expires <= now:
        raise VerificationError("evidence_expired")
    code, row, tx_code = desk.random(SECRET_BYTES), desk.random(ROW_BYTES), _digits(desk.random)
    epoch, epoch_key = desk.epochs.current(now)
    evidence = json.encode({"evidence": opened.evidence, "expires": opened.expires})
    sealed = sealing.seal_grant(
        code,
        epoch_key=epoch_key,
        hop=sealing.HOP_CODE,
        row=row,
        configuration=configuration.id,
        holder="",
        expires=expires,
        plaintext=evidence,
        random=desk.random,
    )
    mac = sealing.tx_code_mac(epoch_key, code, tx_code)
    await desk.storage.add_offer(Offer(sealing.lookup_id(code), row, epoch, configuration.id, sealed, mac, expires))
    offer = build_offer(
        issuer=desk.settings.issuer,
        configuration_ids=(configuration.id,),
        code=base64url.encode(code),
        tx_code=TxCode(length=TX_CODE_DIGITS),
    )
    return OfferMade(build_offer_uri(offer), tx_code, expires)


async def redeem(desk: Desk, request: TokenRequest, *, now: int) -> TokenResponse:
    """Exchanges a code and its transaction code for an access token, once (OpenID4VCI section 6).

    Every attempt with a transaction code counts; an unknown, used, expired or worn out offer answers the same.

    Raises:
        FetchError: `storage_...`.
        VerificationError: `offer_unknown`, `tx_code_wrong`, `tx_code_missing`.
    """
    # Every offer here has one: asked for before the code is looked up, its absence tells nothing of the code.
    if request.tx_code is None:
        raise VerificationError("tx_code_missing")
    code = _secret(request.code, "offer_unknown")
    lookup = sealing.lookup_id(code)
    offer = await desk.storage.try_offer(lookup, now=now, max_attempts=desk.settings.tx_code_attempts)
    if offer is None:
        raise VerificationError("offer_unknown")
    epoch_key = _epoch_key(desk, offer.epoch, "offer_unknown")
    sealing.check_tx_code(offer.tx_code_mac, epoch_key=epoch_key, code=code, tx_code=request.tx_code)
    evidence = _open(offer, code, epoch_key, sealing.HOP_CODE, "offer_unknown")
    token, grant = _next_hop(desk, offer, evidence, now)
    if not await desk.storage.redeem_offer(lookup, grant, now=now):
        raise VerificationError("offer_unknown")
    return TokenResponse(access_token=base64url.encode(token), token_type="Bearer", expires_in=grant.expires - now)  # noqa: S106 - a type


def fresh_nonce(issuer: Issuer, *, now: int) -> str:
    """A nonce for proofs (OpenID4VCI section 7); nothing is stored until one is used."""
    return issue_nonce(issuer.keyring.nonce, purpose=C_NONCE, now=now, random=issuer.desk.random)


async def authenticate(issuer: Issuer, token: str, *, now: int) -> Authority:
    """Finds what an access token allows.

    Raises:
        FetchError: `storage_...`.
        VerificationError: `grant_unknown`.
    """
    secret = _secret(token, "grant_unknown")
    lookup = sealing.lookup_id(secret)
    grant = await issuer.desk.storage.find_grant(lookup, now=now)
    if grant is None:
        raise VerificationError("grant_unknown")
    epoch_key = _epoch_key(issuer.desk, grant.epoch, "grant_unknown")
    evidence = json.parse_object(_open(grant, secret, epoch_key, sealing.HOP_TOKEN, "grant_unknown"))
    return Authority(lookup, grant.configuration, evidence["evidence"])


async def issue(issuer: Issuer, authority: Authority, request: CredentialRequest, *, now: int) -> list[str]:
    """Issues one copy for each key that the request proves to hold, in this order and no other.

    A retry with the same token takes new status entries and voids the copies issued before: their answer was lost.

    Raises:
        FetchError: `register_unavailable`, `storage_...`; the token stays good.
        ProtocolError: the request's own mistakes, as OpenID4VCI section 8.3.1 names them.
        VerificationError: `nonce_replayed`, `configuration_not_granted`, `evidence_...`, `register_attributes`,
            `revoked_meanwhile`.
    """
    desk = issuer.desk
    # Proof of possession and key quality. The nonce is used up only once every signature holds: a stranger who saw
    # it cannot burn it.
    asked = check_request(request, desk.catalogue.metadata)
    keys = await _prove(issuer, request, asked.configuration, now)
    # Type allowed
    if asked.configuration_id != authority.configuration:
        raise VerificationError("configuration_not_granted")
    configuration = desk.catalogue.configurations[authority.configuration]
    # Reserve status entries and record the intent, before anything is signed
    times = _times(now, desk.settings.validity_days)
    handle, partition = desk.random(HANDLE_BYTES), _year(times["exp"])
    entries = await desk.storage.begin_issuance(
        authority.grant,
        handle=handle,
        partition=partition,
        title=configuration.title.id,
        count=len(keys),
        expires=times["exp"],
    )
    # Attributes from the register: they live from here to the end of this call
    answer = await desk.source.attributes(authority.evidence)
    claims = _claims(configuration, answer)
    # Sign
    credentials = _sign(issuer, configuration, claims, times, list(zip(keys, entries, strict=True)))
    # Record, then answer: what was not recorded could not be revoked
    blind = _pseudonym(issuer.keyring, partition, answer.title, answer.document_number)
    await desk.storage.complete_issuance(handle=handle, pseudonym=blind)
    return credentials


def check_title(settings: Settings, title: str) -> None:
    """Checks that a title is one of this issuer's: of another there is nothing to revoke, and no reason to say so.

    Raises:
        VerificationError: `title_not_issued`.
    """
    if title not in settings.titles:
        raise VerificationError("title_not_issued")


async def revoke(storage: Storage, keyring: Keyring, *, title: str, document_number: str, now: int) -> int:
    """Revokes every copy that may still be valid of a document's title; returns how many. Irreversible.

    Raises:
        FetchError: `storage_...`; trying again is safe.
    """
    year = int(_year(now))
    partitions = (str(year - 1), str(year), str(year + 1))
    blinds = [_pseudonym(keyring, partition, title, document_number) for partition in partitions]
    return sum([await storage.revoke(pseudonym=blind, now=now) for blind in blinds])


def status_uri(settings: Settings, list_id: int) -> str:
    """Where a status list is published."""
    return f"{settings.issuer}/status/{list_id}"


async def _prove(
    issuer: Issuer, request: CredentialRequest, configuration: metadata.Configuration, now: int
) -> Sequence[PublicKey]:
    settings = issuer.desk.settings
    rules = ProofRules(settings.issuer, settings.batch_size, issuer.keyring.nonce, settings.nonce_ttl)
    proven = check_proofs(request, configuration, rules, now=now)
    # Remembered for longer than it is accepted: another host's clock may be behind the one that purges.
    if not await issuer.desk.storage.take_nonce(proven.nonce.digest, expires=proven.nonce.expires + NONCE_SKEW):
        raise VerificationError("nonce_replayed")
    return proven.keys


def _next_hop(desk: Desk, offer: Offer, evidence: bytes, now: int) -> tuple[bytes, Grant]:
    """Seals the evidence again, under a fresh access token that cannot outlive it."""
    token, row = desk.random(SECRET_BYTES), desk.random(ROW_BYTES)
    epoch, epoch_key = desk.epochs.current(now)
    expires = min(now + desk.settings.token_ttl, json.parse_object(evidence)["expires"])
    sealed = sealing.seal_grant(
        token,
        epoch_key=epoch_key,
        hop=sealing.HOP_TOKEN,
        row=row,
        configuration=offer.configuration,
        holder="",
        expires=expires,
        plaintext=evidence,
        random=desk.random,
    )
    return token, Grant(sealing.lookup_id(token), row, epoch, offer.configuration, sealed, expires)


def _open(stored: Offer | Grant, secret: bytes, epoch_key: bytes, hop: str, unknown: str) -> bytes:
    try:
        return sealing.open_grant(
            secret,
            epoch_key=epoch_key,
            hop=hop,
            row=stored.row,
            configuration=stored.configuration,
            holder="",
            expires=stored.expires,
            sealed=stored.sealed,
        )
    except VerificationError:
        raise VerificationError(unknown) from None


def _epoch_key(desk: Desk, epoch: str, unknown: str) -> bytes:
    try:
        return desk.epochs.get(epoch)
    except VerificationError:
        raise VerificationError(unknown) from None


def _secret(text: str, unknown: str) -> bytes:
    """A code or token as its bytes: what cannot be one is as unknown as any other."""
    try:
        secret = base64url.decode(text, max_chars=64)
    except ParseError:
        raise VerificationError(unknown) from None
    if len(secret) != SECRET_BYTES:
        raise VerificationError(unknown)
    return secret


def _claims(configuration: Configuration, answer: RegisterAnswer) -> JsonObject:
    if answer.title != configuration.title.id:
        raise VerificationError("register_attributes", "another title")
    try:
        return titles.build_claims(configuration.title, answer.attributes)
    except ParseError as error:
        raise VerificationError("register_attributes", error.detail) from None


def _sign(
    issuer: Issuer,
    configuration: Configuration,
    claims: JsonObject,
    times: JsonObject,
    copies: Sequence[tuple[PublicKey, StatusEntry]],
) -> list[str]:
    template = dc_sd_jwt.prepare(
        {**claims, **configuration.type_claims, **times},
        issuer.signer,
        chain=issuer.chain,
        disclosable=titles.disclosable_paths(configuration.title, claims),
    )
    return [
        template.issue({"cnf": {"jwk": jwk.build(key)}, "status": _status(issuer, entry)}, random=issuer.desk.random)
        for key, entry in copies
    ]


def _status(issuer: Issuer, entry: StatusEntry) -> JsonObject:
    index = issuer.permutations.index(entry.list_id, entry.size, entry.counter)
    return build_reference(StatusReference(status_uri(issuer.desk.settings, entry.list_id), index))


def _times(now: int, days: int) -> dict[str, int]:
    """Whole UTC days: copies issued on a day share their times, so that these link none of them."""
    today = now - now % DAY
    return {"iat": today, "nbf": today, "exp": today + days * DAY}


def _year(seconds: int) -> str:
    return str(datetime.fromtimestamp(seconds, UTC).year)


def _pseudonym(keyring: Keyring, partition: str, title: str, document_number: str) -> bytes:
    """Spaces and letter case are an officer's, not the document's."""
    number = "".join(document_number.split()).upper()
    return sealing.pseudonym(keyring.pseudonym, partition=partition, title=title, document_number=number)


def _digits(random: Random) -> str:
    """Six unbiased digits: of 2^32 values the last, incomplete, million is drawn again."""
    limit = 10**TX_CODE_DIGITS
    while (value := int.from_bytes(random(4))) >= (1 << 32) // limit * limit:
        pass
    return f"{value % limit:0{TX_CODE_DIGITS}d}"
