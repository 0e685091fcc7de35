"""`didkit-wallet receive`: an offer, its verified copies each with a new key, shown before anything is kept.

An offer's code is good once, the token it is exchanged for is good for some minutes. So what fails before the exchange
fails at once and leaves the offer as it was, and what fails after it is tried again: the citizen has no second offer.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError, FetchError, ProtocolError, VerificationError
from didkit_fr.fetch import Fetcher
from didkit_fr.flow import Fetcher as AnyFetcher
from didkit_fr.flow import run as drive
from didkit_fr.keys.software import SoftwareSigner, generate
from didkit_fr.protocols.openid4vci.notification import ACCEPTED, DELETED, FAILURE
from didkit_fr.protocols.openid4vci.notification import Event as Outcome
from didkit_fr.protocols.openid4vci.offer import CredentialOffer, OfferReference, fetch_offer, parse_offer_link
from didkit_fr.protocols.openid4vci.wallet import (
    DEFAULT_COPIES,
    Authorized,
    Received,
    Trust,
    authorize,
    collect,
    notify,
)
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import CRYPTOSUITES, EXPERIMENTAL, Policy
from wallet_cli import inputs
from wallet_cli.commands.list import copies_text, summary
from wallet_cli.contents import Contents, Copy, HeldForm, HeldTitle, logged, new_id, with_title
from wallet_cli.history import Event
from wallet_cli.output import Output
from wallet_cli.reading import claims_of, day, describe, expiry_text, title_name
from wallet_cli.session import Session
from wallet_cli.vault import Vault

__all__ = ["PAUSES", "accept", "dereference", "run"]

PAUSES = (1, 2, 4, 8, 15, 30)
"""Seconds before each new attempt to collect: a minute in all, of the minutes that a token lives."""

_PASSING = frozenset({"fetch_failed", "fetch_status", "fetch_timeout"})


def run(
    session: Session,
    *,
    qr: Path | None,
    tx_code_fd: int | None,
    copies: int | None,
    issuer: str | None,
    yes: bool,
) -> None:
    """Reads an offer from standard input or a QR code and receives what it offers.

    Raises:
        DidkitError, Misuse: those of `Session.open`, `inputs.find_link`, `parse_offer_link`, `fetch_offer` and
            `accept`; `access_denied`; `consent_mismatch` where the offer is not of the one `issuer` agreed to
            beforehand.
    """
    output = session.output
    with session.open() as vault:
        found = parse_offer_link(inputs.find_link(output, "ask_offer", qr=qr))
        with Fetcher(allow_insecure_loopback=vault.contents.insecure_loopback) as fetcher:
            offer = dereference(session, found, fetcher, yes=yes)
            # A code goes to whom the offer names, and anyone can make an offer: its address is shown first.
            output.say(f"{output.text('issuer')}: {offer.credential_issuer}")
            if issuer not in (None, offer.credential_issuer):
                raise VerificationError("consent_mismatch")
            tx_code = _tx_code(output, offer, tx_code_fd)
            accept(session, vault, offer, fetcher, tx_code=tx_code, wanted=copies or DEFAULT_COPIES, yes=yes)


def dereference(
    session: Session, found: CredentialOffer | OfferReference, fetcher: AnyFetcher, *, yes: bool
) -> CredentialOffer:
    """The offer itself; an address is contacted only if the citizen agrees, for a stranger may have chosen it.

    Raises:
        DidkitError: those of `fetch_offer`; `access_denied`.
    """
    if isinstance(found, CredentialOffer):
        return found
    session.output.say(f"{session.output.text('offer_address')}: {found.origin}")
    if not session.agrees("ask_contact", beforehand=yes):
        raise ProtocolError("access_denied")
    return drive(fetch_offer(found), fetcher)


def accept(
    session: Session,
    vault: Vault,
    offer: CredentialOffer,
    fetcher: AnyFetcher,
    *,
    tx_code: str | None,
    wanted: int,
    yes: bool,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Receives, shows, asks, keeps: in this order. What is refused is forgotten with its keys, and logged.

    Raises:
        DidkitError: those of `authorize` and `collect`; `access_denied`; `vault_unavailable`.
    """
    try:
        agreed = _accept(session, vault, offer, fetcher, tx_code=tx_code, wanted=wanted, yes=yes, pause=pause)
    except DidkitError as error:
        session.note(vault, Event(session.clock(), "failed", issuer=offer.credential_issuer, code=error.code))
        raise
    if not agreed:
        session.note(vault, Event(session.clock(), "refused", issuer=offer.credential_issuer, code="access_denied"))
        raise ProtocolError("access_denied")


def _accept(
    session: Session,
    vault: Vault,
    offer: CredentialOffer,
    fetcher: AnyFetcher,
    *,
    tx_code: str | None,
    wanted: int,
    yes: bool,
    pause: Callable[[float], None],
) -> bool:
    output = session.output
    anchors = Anchors.parse(json.encode(vault.contents.anchors))
    policy = Policy(anchors, cryptosuites=CRYPTOSUITES | EXPERIMENTAL)
    trust = Trust(policy, Memory(), session.clock())
    authorized = drive(authorize(offer, tx_code=tx_code, trust=trust), fetcher)
    received = _collect_all(session, authorized, policy, fetcher, wanted=wanted, pause=pause)
    now = session.clock()
    title = _title(vault.contents, received, now)
    _show(output, title, signed_by=received[0].verified.issuer, now=now)
    if not session.agrees("ask_store", beforehand=yes):
        _tell(authorized, received, DELETED, fetcher)
        return False
    kept = Event(now, "received", issuer=title.issuer, title=title.id, type=title.type)
    vault.replace(logged(with_title(vault.contents, title), kept))
    # Only now: the token may fetch the copies again until the issuer hears that they are on disk.
    _tell(authorized, received, ACCEPTED, fetcher)
    stored = f"{output.text('stored')}: {title_name(title.type, output.language)} ({title.id}, {copies_text(title)})"
    output.result(summary(title), [stored])
    return True


def _tell(authorized: Authorized, received: Sequence[Received], event: Outcome, fetcher: AnyFetcher) -> None:
    """Nothing here depends on the issuer's hearing it."""
    for one in received:
        with suppress(DidkitError):
            drive(notify(authorized, one.notification_id, event), fetcher)


def _collect_all(
    session: Session,
    authorized: Authorized,
    policy: Policy,
    fetcher: AnyFetcher,
    *,
    wanted: int,
    pause: Callable[[float], None],
) -> list[Received]:
    """Every form of the title, or none: where one is refused, the issuer hears that the others are not kept."""
    received: list[Received] = []
    try:
        for name in authorized.configurations:
            one = _collect(session, authorized, name, policy, fetcher, wanted=wanted, pause=pause)
            received.append(one)  # one by one: what came before a failure is told of
    except DidkitError:
        _tell(authorized, received, FAILURE, fetcher)
        raise
    return received


def _collect(
    session: Session,
    authorized: Authorized,
    configuration: str,
    policy: Policy,
    fetcher: AnyFetcher,
    *,
    wanted: int,
    pause: Callable[[float], None],
) -> Received:
    """Collects with one token, again after each pause where the failure may pass; each attempt has keys of its own."""
    output = session.output
    for seconds in (*PAUSES, None):
        try:
            return drive(
                collect(
                    authorized,
                    configuration,
                    make_signer=generate,
                    policy=policy,
                    memory=Memory(),
                    now=session.clock(),
                    wanted=wanted,
                ),
                fetcher,
            )
        except FetchError as error:
            if seconds is None or error.code not in _PASSING:
                output.say(output.text("offer_used"))
                raise
            output.say(f"{output.text('not_now')}: {seconds} s ({error.code})")
            pause(seconds)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _tx_code(output: Output, offer: CredentialOffer, descriptor: int | None) -> str | None:
    """The code the offer asks for, if any; one that is not asked for is not even read."""
    grant = offer.grants.pre_authorized_code if offer.grants else None
    if grant is None or grant.tx_code is None:
        return None
    if grant.tx_code.description and descriptor is None:
        output.say(grant.tx_code.description)
    return inputs.read_secret(descriptor, output, "ask_tx_code").decode().strip()


def _title(contents: Contents, received: Sequence[Received], now: int) -> HeldTitle:
    return HeldTitle(new_id(contents), received[0].issuer, day(now), tuple(map(_form, received)))


def _form(received: Received) -> HeldForm:
    return HeldForm(
        configuration=received.configuration_id,
        format=received.format,
        type=received.verified.type,
        expires=received.verified.expires,
        copies=tuple(Copy(copy.raw, _secret(copy.signer)) for copy in received.copies),
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
        f"{output.text('title')}: {title_name(title.type, language)} ({title.type})",
        f"{output.text('issuer')}: {title.issuer}",
        f"{output.text('signer')}: {signed_by}",
        f"{output.text('expires')}: {expiry_text(title.expires, now, language)}",
        f"{output.text('copies')}: {copies_text(title)}",
        f"{output.text('claims')}:",
    )
    if any(form.bearer for form in title.forms):
        output.say(f"  {output.text('lendable')}")
    claims = claims_of(title.forms[0].format, title.forms[0].copies[0].raw)
    output.say(*(f"  {label}: {value}" for label, value in describe(claims, title.type, language)))
