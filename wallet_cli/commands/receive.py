"""`didkit-wallet receive`: an offer, its verified copies each with a new key, shown before anything is kept.

An offer's code is good once, the token it is exchanged for is good for some minutes. So what fails before the exchange
fails at once and leaves the offer as it was, and what fails after it is tried again: the citizen has no second offer.
What was begun and did not end, because the command was killed or the disk was full, goes on at the next `receive`.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError, ProtocolError, VerificationError
from didkit_fr.fetch import Fetcher
from didkit_fr.flow import Fetcher as AnyFetcher
from didkit_fr.flow import run as drive
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.protocols.message import origin_of, parse_message
from didkit_fr.protocols.openid4vci.notification import DELETED
from didkit_fr.protocols.openid4vci.offer import (
    CredentialOffer,
    OfferReference,
    TxCode,
    fetch_offer,
    parse_offer_link,
)
from didkit_fr.protocols.openid4vci.wallet import DEFAULT_COPIES, Authorized, Received
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.policy import CRYPTOSUITES, EXPERIMENTAL, Policy
from wallet_cli import inputs, pending
from wallet_cli.collecting import (
    Exchange,
    authorize,
    begin,
    collect_all,
    confirm,
    forget,
    prepared_for,
    tell,
)
from wallet_cli.commands.list import copies_text, summary
from wallet_cli.contents import (
    Contents,
    HeldCopy,
    HeldCredential,
    HeldTitle,
    find,
    logged,
    new_id,
    waiting,
    with_title,
    without,
)
from wallet_cli.history import Event
from wallet_cli.messages import Declined, Misuse
from wallet_cli.output import Output
from wallet_cli.pending import Pending
from wallet_cli.reading import claims_of, day, expiry_text, facts, title_name
from wallet_cli.session import Session
from wallet_cli.vault import Vault

__all__ = ["accept", "agreed_offer", "run"]

_VOID = "invalid_notification_id"
ROUNDS = 3
"""How often copies are collected that the issuer calls void when it is told that they are kept."""


def run(
    session: Session,
    *,
    qr: Path | None,
    tx_code_fd: int | None,
    copies: int | None,
    issuer: str | None,
    yes: bool,
) -> None:
    """Reads an offer from standard input or a QR code and receives what it offers; nothing goes on with the last one.

    Raises:
        DidkitError, Misuse: those of `Session.open`, `inputs.find_link`, `parse_offer_link`,
            `agreed_offer` and `accept`.
    """
    output = session.output
    with session.open() as vault:
        _forget_old(session, vault)
        link = _link(output, vault.contents, qr)
        begun = pending.find(vault.contents.pending, link=link) if link else vault.contents.pending[-1]
        found = parse_offer_link(link) if begun is None else parse_message(CredentialOffer, begun.offer)
        with Fetcher(allow_insecure_loopback=vault.contents.insecure_loopback) as fetcher:
            waits = vault.contents.pending
            offer = agreed_offer(session, found, fetcher, waits=waits, issuer=issuer, yes=yes)
            begun = pending.find(waits, offer=offer.to_json())
            tx_code = None if begun is not None and begun.token else _tx_code(output, offer, tx_code_fd)
            wanted = copies or DEFAULT_COPIES
            accept(session, vault, offer, fetcher, link=link, tx_code=tx_code, wanted=wanted, yes=yes)


def agreed_offer(
    session: Session,
    found: CredentialOffer | OfferReference,
    fetcher: AnyFetcher,
    *,
    waits: Sequence[Pending] = (),
    issuer: str | None,
    yes: bool,
) -> CredentialOffer:
    """The offer itself, whose issuer may be contacted: anyone can make an offer, so the citizen sees whom, and agrees.

    An offer by reference lies at an address that is asked about too, once where its issuer is at the same one. `yes`
    agrees to the `issuer` that was named beforehand, and to no other. An offer that waits in the vault was agreed to.

    Raises:
        DidkitError: those of `fetch_offer`; `access_denied`; `consent_mismatch` where the offer is not of the one
            `issuer` agreed to beforehand.
    """
    output, contacted = session.output, ""
    if isinstance(found, OfferReference):
        contacted = found.origin
        named = issuer is not None and origin_of(issuer) == contacted
        _agree_to_contact(session, "offer_address", contacted, beforehand=yes and named)
        offer = drive(fetch_offer(found), fetcher)
    else:
        offer = found
    if issuer not in (None, offer.credential_issuer):
        output.say(*output.theirs("issuer", offer.credential_issuer, limit=None))
        raise VerificationError("consent_mismatch")
    begun = pending.find(waits, offer=offer.to_json()) is not None
    output.say(*([output.text("going_on")] if begun else []))
    agreed = begun or origin_of(offer.credential_issuer) == contacted or (yes and issuer is not None)
    _agree_to_contact(session, "issuer", offer.credential_issuer, beforehand=agreed)
    return offer


def _agree_to_contact(session: Session, key: str, address: str, *, beforehand: bool) -> None:
    # Whole, however long: the end of a host's name says whose it is.
    session.output.say(*session.output.theirs(key, address, limit=None))
    if not session.agrees("ask_contact", beforehand=beforehand):
        raise Declined("nothing_done")


def accept(
    session: Session,
    vault: Vault,
    offer: CredentialOffer,
    fetcher: AnyFetcher,
    *,
    link: str = "",
    tx_code: str | None,
    wanted: int,
    yes: bool,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Receives, shows, asks, keeps: in this order. What is refused is forgotten with its keys, and logged.

    `link` is what the offer came by, to be known again.

    Raises:
        DidkitError: those of `collecting`; `access_denied`; `vault_unavailable`.
    """
    anchors = Anchors.parse(json.encode(vault.contents.anchors))
    policy = Policy(anchors, cryptosuites=CRYPTOSUITES | EXPERIMENTAL)
    exchange = Exchange(session, vault, policy, fetcher, pause)
    try:
        agreed = _accept(exchange, offer, link=link, tx_code=tx_code, wanted=wanted, yes=yes)
    except DidkitError as error:
        session.note(vault, Event(session.clock(), "failed", issuer=offer.credential_issuer, code=error.code))
        raise
    if not agreed:
        session.note(vault, Event(session.clock(), "refused", issuer=offer.credential_issuer, code="access_denied"))
        raise Declined("offer_used")


def _accept(
    exchange: Exchange, offer: CredentialOffer, *, link: str, tx_code: str | None, wanted: int, yes: bool
) -> bool:
    # 1 what it takes; 2 the vault remembers it; 3 the code becomes a token
    prepared = prepared_for(exchange, offer)
    entry = begin(exchange, offer, prepared, link=link, wanted=wanted)
    authorized, entry = authorize(exchange, entry, offer, prepared, tx_code=tx_code)
    for _ in range(ROUNDS):
        # 4 the copies, shown and agreed to; 5 on disk
        if not entry.kept:
            received = collect_all(exchange, authorized, entry, wanted=wanted)
            title = _title(exchange.vault.contents, received, exchange.session.clock())
            if not _agreed(exchange, authorized, title, received, yes=yes):
                forget(exchange, entry)
                return False
            entry = _keep(exchange, entry, title, received)
        # 6 only now: the token may fetch the copies again until the issuer is told that they are on disk
        if confirm(exchange, authorized, entry.notifications):
            _report(exchange, entry)
            return True
        entry = _drop(exchange, entry)
    forget(exchange, entry)
    raise ProtocolError(_VOID)


def _agreed(
    exchange: Exchange, authorized: Authorized, title: HeldTitle, received: Sequence[Received], *, yes: bool
) -> bool:
    session = exchange.session
    _show(session.output, title, signed_by=received[0].verified.issuer, now=session.clock())
    if session.agrees("ask_store", beforehand=yes):
        return True
    tell(exchange, authorized, [one.notification_id for one in received], DELETED)
    return False


def _keep(exchange: Exchange, entry: Pending, title: HeldTitle, received: Sequence[Received]) -> Pending:
    told = tuple(one.notification_id for one in received if one.notification_id is not None)
    entry = replace(entry, kept=title.id, notifications=told)
    kept = Event(exchange.session.clock(), "received", issuer=title.issuer, title=title.id, type=title.type)
    exchange.vault.replace(waiting(logged(with_title(exchange.vault.contents, title), kept), entry))
    return entry


def _drop(exchange: Exchange, entry: Pending) -> Pending:
    """Copies that the issuer calls void are not kept, and that is said: they would be refused wherever shown."""
    session, vault = exchange.session, exchange.vault
    title = find(vault.contents, entry.kept)
    void = Event(session.clock(), "failed", issuer=title.issuer, title=title.id, type=title.type, code=_VOID)
    entry = replace(entry, kept="", notifications=())
    vault.replace(waiting(logged(without(vault.contents, title.id), void), entry))
    session.output.say(session.output.text("copies_void"))
    return entry


def _report(exchange: Exchange, entry: Pending) -> None:
    output, title = exchange.session.output, find(exchange.vault.contents, entry.kept)
    forget(exchange, entry)
    stored = f"{output.text('stored')}: {title_name(title.type, output.language)} ({title.id}, {copies_text(title)})"
    output.result(summary(title), [stored])


def _forget_old(session: Session, vault: Vault) -> None:
    """An offer that was begun long ago has no token any more; its secrets go."""
    lasting = pending.lasting(vault.contents.pending, now=session.clock())
    if lasting != vault.contents.pending:
        vault.replace(replace(vault.contents, pending=lasting))


def _link(output: Output, contents: Contents, qr: Path | None) -> str:
    """The link that is given; nothing, where an offer was begun and nothing is given."""
    if contents.pending:
        output.say(
            output.text("offer_waiting"), *output.said_by_them(str(contents.pending[-1].offer["credential_issuer"]))
        )
    try:
        return inputs.find_link(output, "ask_offer", qr=qr)
    except Misuse as misuse:
        if misuse.key == "empty_input" and contents.pending:
            return ""
        raise


def _tx_code(output: Output, offer: CredentialOffer, descriptor: int | None) -> str | None:
    """The code the offer asks for, if any; one that is not asked for is not even read.

    Raises:
        Misuse: `tx_code_unusable`, and as `inputs.read_secret`.
    """
    grant = offer.grants.pre_authorized_code if offer.grants else None
    if grant is None or grant.tx_code is None:
        return None
    if grant.tx_code.description and descriptor is None:
        output.say(*output.theirs("offer_words", grant.tx_code.description))
    shape = _said_shape(output, grant.tx_code)
    while True:
        code = inputs.read_secret(descriptor, output, "ask_tx_code", shape=shape).decode().strip()
        # An issuer counts the wrong codes: one that cannot be right is not sent.
        if _has_shape(code, grant.tx_code):
            return code
        if descriptor is not None:
            raise Misuse("tx_code_unusable")
        output.say(output.text("tx_code_again"))


def _said_shape(output: Output, wanted: TxCode) -> str:
    """What the offer says of its code's shape, for the prompt."""
    if wanted.input_mode == "text" and wanted.length is None:
        return ""
    kind = output.text("digits" if wanted.input_mode == "numeric" else "characters")
    return f" ({kind})" if wanted.length is None else f" ({wanted.length} {kind})"


def _has_shape(code: str, wanted: TxCode) -> bool:
    numeric = code.isascii() and code.isdigit()
    return bool(code) and (numeric or wanted.input_mode == "text") and wanted.length in (None, len(code))


def _title(contents: Contents, received: Sequence[Received], now: int) -> HeldTitle:
    return HeldTitle(new_id(contents), received[0].issuer, day(now), tuple(map(_held, received)))


def _held(received: Received) -> HeldCredential:
    return HeldCredential(
        configuration=received.configuration_id,
        format=received.format,
        type=received.verified.type,
        expires=received.verified.expires,
        copies=tuple(HeldCopy(copy.raw, _secret(copy.signer)) for copy in received.copies),
    )


def _secret(signer: object) -> bytes:
    if signer is None:
        return b""
    if not isinstance(signer, SoftwareSigner):
        raise TypeError("this wallet made its keys itself, in software")
    return signer.secret()


def _show(output: Output, title: HeldTitle, *, signed_by: str, now: int) -> None:
    language = output.language
    output.say(
        f"{output.text('title')}: {title_name(title.type, language)}",
        *output.said_by_them(title.type),
        *output.theirs("issuer", title.issuer),
        *output.theirs("signer", signed_by),
        f"{output.text('expires')}: {expiry_text(title.expires, now, language)}",
        f"{output.text('copies')}: {copies_text(title)}",
        f"{output.text('claims')}:",
    )
    if any(credential.bearer for credential in title.credentials):
        output.say(f"  {output.text('lendable')}")
    claims = claims_of(title.credentials[0].format, title.credentials[0].copies[0].raw)
    output.say(*facts(output, claims, title.type))
