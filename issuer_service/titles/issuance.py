"""What the issuer decides, over its ports and without HTTP: who may have which credential.

The service keeps no attribute. Attributes are asked from the register for each request, signed, and forgotten; what
lies between two requests is `offering`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from didkit_fr.encoding import base64url, json
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.public import PublicKey
from didkit_fr.protocols.openid4vci import metadata
from didkit_fr.protocols.openid4vci.credential import CredentialRequest
from didkit_fr.protocols.openid4vci.issuer import ProofRules, check_proofs, check_request, check_unproven
from didkit_fr.protocols.openid4vci.nonce import C_NONCE, issue_nonce
from didkit_fr.protocols.openid4vci.notification import ACCEPTED, Notification
from didkit_fr.status.token import StatusReference
from issuer_service.grants import sealing
from issuer_service.keys.port import NONCE, Keys, Prepared, sign_all
from issuer_service.shell.permutation import Permutations
from issuer_service.storage.port import StatusEntry
from issuer_service.titles.catalogue import Configuration
from issuer_service.titles.config import Settings
from issuer_service.titles.formats.port import Batch, CopyBinding, Credential, Identity
from issuer_service.titles.identities import on_duty
from issuer_service.titles.offering import (
    OfferMade,
    OfferPorts,
    create_offer,
    describe_offer,
    epoch_key_of,
    identifier_of,
    open_row,
    redeem,
    secret_of,
)
from issuer_service.titles.revoking import blind_index
from issuer_service.titles.sources.port import RegisterAnswer

__all__ = [
    "Authority",
    "Issued",
    "Issuer",
    "OfferMade",
    "OfferPorts",
    "authenticate",
    "conclude",
    "create_offer",
    "describe_offer",
    "fresh_nonce",
    "issue",
    "redeem",
    "status_uri",
]

HANDLE_BYTES = 16
NONCE_SKEW = 120

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Issuer:
    """What issuing needs: what offers need, the keys, and who the issuer is to those who verify."""

    ports: OfferPorts
    keys: Keys
    identities: Mapping[str, Sequence[Identity]]
    permutations: Permutations = field(repr=False)

    def identity(self, name: str, *, now: int) -> Identity:
        """Which of the signers of this name is on duty at `now`."""
        return on_duty(self.identities[name], now)


@dataclass(frozen=True, slots=True)
class Authority:
    """What an access token that was checked allows: one title, for whom the evidence says."""

    grant: bytes = field(repr=False)
    title: str
    evidence: str = field(repr=False)
    identifiers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Issued:
    """Copies that were signed and recorded, and the name by which the wallet may say what became of them."""

    credentials: tuple[Credential, ...] = field(repr=False)
    notification_id: str


def fresh_nonce(issuer: Issuer, *, now: int) -> str:
    """A nonce for proofs (OpenID4VCI section 7); nothing is stored until one is used."""
    return issue_nonce(issuer.keys.secret(NONCE), purpose=C_NONCE, now=now, random=issuer.ports.random)


async def authenticate(issuer: Issuer, token: str, *, now: int) -> Authority:
    """Finds what an access token allows.

    Raises:
        FetchError: `storage_...`.
        VerificationError: `grant_unknown`.
    """
    secret = secret_of(token, "grant_unknown")
    lookup = sealing.lookup_id(secret)
    grant = await issuer.ports.storage.find_grant(lookup, now=now)
    if grant is None:
        raise VerificationError("grant_unknown")
    epoch_key = await epoch_key_of(issuer.ports, grant.epoch, "grant_unknown")
    evidence = json.parse_object(open_row(grant, secret, epoch_key, sealing.HOP_TOKEN, "grant_unknown"))
    identifiers = {identifier_of(configuration): configuration for configuration in evidence.get("named", ())}
    return Authority(lookup, grant.title, evidence["evidence"], identifiers)


async def conclude(issuer: Issuer, authority: Authority, notification: Notification) -> None:
    """Records what became of the copies (OpenID4VCI section 11). The same notification again has the same answer.

    Accepted copies end the grant for their configuration; copies that were not stored are void, and the grant stays
    good for a retry. An acceptance that is refused says that those copies are void, as a newer attempt took their
    place: the wallet must not keep them, and collects again.

    Raises:
        FetchError: `storage_...`.
        VerificationError: `issuance_unknown_to_bearer`.
    """
    handle = _handle(notification.notification_id)
    accepted = notification.event == ACCEPTED
    if not await issuer.ports.storage.conclude_issuance(authority.grant, handle=handle, accepted=accepted):
        raise VerificationError("issuance_unknown_to_bearer")


async def issue(issuer: Issuer, authority: Authority, request: CredentialRequest, *, now: int) -> Issued:
    """Issues one copy for each key that the request proves to hold, in this order and no other.

    In a format that binds no holder it issues one, without status entry: it cannot be revoked, only expire.

    A retry with the same token voids the copies issued before: their answer was lost. Attempts are ordered: one that
    is still under way when a newer one begins never answers, however late it ends, and leaves its status entries to
    the newer one. How many attempts a token completes is limited.

    Whatever was revoked or suspended since the offer was made is not issued under it: whose it is shows only here,
    where the register's answer is at hand.

    Raises:
        FetchError: `register_unavailable`, `storage_...`; the token stays good.
        ProtocolError: the request's own mistakes, as OpenID4VCI section 8.3.1 names them.
        VerificationError: `nonce_replayed`, `configuration_not_granted`, `evidence_...`, `register_attributes`,
            `revoked_meanwhile`, `grant_accepted`, `grant_exhausted`, `issuance_unknown` where a newer attempt began,
            `certificate_expired` where the signer was not renewed in time.
    """
    # Proof of possession and key quality. The nonce is used up only once every signature holds: somebody else who
    # saw it cannot burn it.
    catalogue = issuer.ports.catalogue
    asked = check_request(request, catalogue.metadata, authority.identifiers)
    keys = await _prove(issuer, request, asked.configuration, now)
    # Type allowed
    configuration = catalogue.configurations[asked.configuration_id]
    if configuration.title.id != authority.title:
        raise VerificationError("configuration_not_granted")
    return await _deliver(issuer, authority, configuration, keys, now)


def status_uri(settings: Settings, list_id: int) -> str:
    """Where a status list is published."""
    return f"{settings.issuer}/status/{list_id}"


async def _prove(
    issuer: Issuer, request: CredentialRequest, configuration: metadata.Configuration, now: int
) -> Sequence[PublicKey]:
    if not configuration.is_bound:
        check_unproven(request)
        return ()
    settings = issuer.ports.settings
    rules = ProofRules(settings.issuer, settings.batch_size, issuer.keys.secret(NONCE), settings.nonce_ttl)
    proven = check_proofs(request, configuration, rules, now=now)
    # Remembered for longer than it is accepted: another host's clock may be behind the one that purges.
    if not await issuer.ports.storage.take_nonce(proven.nonce.digest, expires=proven.nonce.expires + NONCE_SKEW):
        raise VerificationError("nonce_replayed")
    return proven.keys


async def _deliver(
    issuer: Issuer, authority: Authority, configuration: Configuration, keys: Sequence[PublicKey], now: int
) -> Issued:
    # Reserve status entries and record the intent, before anything is signed
    ports, today = issuer.ports, now - now % DAY
    identity = issuer.identity(configuration.signer, now=now)
    expires = _expires(configuration, identity, today)
    handle, partition = ports.random(HANDLE_BYTES), str(datetime.fromtimestamp(expires, UTC).year)
    entries = await ports.storage.begin_issuance(
        authority.grant,
        handle=handle,
        partition=partition,
        configuration=configuration.id,
        count=len(keys),
        limit=ports.settings.token_issuances,
        expires=expires,
    )
    # Attributes from the register: they live from here to the end of this call
    answer = await ports.source.attributes(authority.evidence)
    if answer.title != authority.title:
        raise VerificationError("register_attributes", "another title")
    # Sign
    batch = _batch(issuer, configuration, answer, identity=identity, issued=today, expires=expires)
    unsigned = _prepare(issuer, configuration, batch, list(zip(keys, entries, strict=True)))
    credentials = await sign_all(identity.signer, unsigned)
    # Record, then answer: what was not recorded could not be revoked
    blind = blind_index(issuer.keys, partition, answer.title, answer.document_number)
    await ports.storage.complete_issuance(handle=handle, pseudonym=blind)
    return Issued(tuple(credentials), base64url.encode(handle))


def _handle(notification_id: str) -> bytes:
    try:
        handle = base64url.decode(notification_id, max_chars=64)
    except ParseError:
        raise VerificationError("issuance_unknown_to_bearer") from None
    if len(handle) != HANDLE_BYTES:
        raise VerificationError("issuance_unknown_to_bearer")
    return handle


def _expires(configuration: Configuration, identity: Identity, today: int) -> int:
    """A copy ends with its signer's certificate at the latest, for nobody would believe it longer."""
    expires = min(today + configuration.days * DAY, identity.ends - identity.ends % DAY)
    if expires <= today:
        raise VerificationError("certificate_expired", "of the issuer's own signer")
    return expires


def _batch(
    issuer: Issuer,
    configuration: Configuration,
    answer: RegisterAnswer,
    *,
    identity: Identity,
    issued: int,
    expires: int,
) -> Batch:
    """Whole UTC days: copies issued on a day share their times, so that these link none of them."""
    return Batch(
        title=configuration.title,
        attributes=answer.attributes,
        issuer=issuer.ports.settings.issuer,
        identity=identity,
        issued=issued,
        expires=expires,
        random=issuer.ports.random,
    )


def _prepare(
    issuer: Issuer, configuration: Configuration, batch: Batch, copies: Sequence[tuple[PublicKey, StatusEntry]]
) -> Sequence[Prepared[Any, Credential]]:
    own = [CopyBinding(key, _status(issuer, entry)) for key, entry in copies]
    try:
        return configuration.format.prepare(batch, own)
    except ParseError as error:
        raise VerificationError("register_attributes", error.detail) from None


def _status(issuer: Issuer, entry: StatusEntry) -> StatusReference:
    index = issuer.permutations.index(entry.list_id, entry.size, entry.counter)
    return StatusReference(status_uri(issuer.ports.settings, entry.list_id), index)
