"""From an offer to copies in hand, with the vault beside it: whatever is lost on the way, the next command goes on.

Before the code is used, the vault holds the offer and the keys of the copies, and the disk has space for the answer;
once there is a token, it holds that. A token collects again until the issuer is told that the copies are kept, so what
was collected and not kept is not lost.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from didkit_fr.errors import DidkitError, FetchError
from didkit_fr.flow import Fetcher
from didkit_fr.flow import run as drive
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.software import from_secret, generate
from didkit_fr.protocols.message import parse_message
from didkit_fr.protocols.oauth.token import TokenResponse
from didkit_fr.protocols.openid4vci.notification import ACCEPTED, FAILURE, Event
from didkit_fr.protocols.openid4vci.offer import CredentialOffer
from didkit_fr.protocols.openid4vci.wallet import (
    Authorized,
    Prepared,
    Received,
    collect,
    copies_of,
    notify,
    prepare,
    redeem,
)
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from wallet_cli import pending
from wallet_cli.contents import settled, waiting
from wallet_cli.pending import Pending
from wallet_cli.session import Session
from wallet_cli.vault import Vault

__all__ = ["PAUSES", "Exchange", "authorize", "begin", "collect_all", "confirm", "forget", "prepared_for", "tell"]

PAUSES = (1, 2, 4, 8, 15, 30)
"""Seconds before each new attempt to collect: a minute in all, of the minutes that a token lives."""

BYTES_OF_A_COPY = 163_840
"""Bytes on the disk that a copy is reckoned with: twice what the largest portrait takes, which is encoded twice."""

_PASSING = frozenset({"fetch_failed", "fetch_status", "fetch_timeout"})
_VOID = "invalid_notification_id"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One run of an exchange: whose it is, by which rules, over which network, and how to wait."""

    session: Session
    vault: Vault
    policy: Policy
    fetcher: Fetcher
    pause: Callable[[float], None]


def prepared_for(exchange: Exchange, offer: CredentialOffer) -> Prepared:
    """What the offer needs; its code is not used yet.

    Raises:
        DidkitError: those of `prepare`.
    """
    trust = VerificationContext(exchange.policy, Memory(), exchange.session.clock())
    return drive(prepare(offer, trust=trust), exchange.fetcher)


def begin(exchange: Exchange, offer: CredentialOffer, prepared: Prepared, *, link: str, wanted: int) -> Pending:
    """The entry of an offer in the vault, with space on the disk for what it brings: an older one, or a new one.

    Raises:
        DidkitError: those of `Vault.replace` and `Vault.reserve`; the code was not used then.
    """
    vault, stated = exchange.vault, offer.to_json()
    counts = {name: copies_of(prepared, name, wanted) for name in prepared.configurations}
    entry = pending.find(vault.contents.pending, offer=stated)
    if entry is None:
        keys = {name: [generate().secret() for _ in range(count)] for name, count in counts.items()}
        entry = Pending(exchange.session.clock(), pending.digest_of(link), stated, keys)
        vault.replace(waiting(vault.contents, entry))
    try:
        vault.reserve(sum(max(1, count) * BYTES_OF_A_COPY for count in counts.values()))
    except FetchError:
        if not entry.token:
            forget(exchange, entry)
        raise
    return entry


def authorize(
    exchange: Exchange, entry: Pending, offer: CredentialOffer, prepared: Prepared, *, tx_code: str | None
) -> tuple[Authorized, Pending]:
    """The token of an entry: as the vault has it, or for the code, and in the vault at once.

    Raises:
        DidkitError: those of `redeem`.
    """
    if entry.token:
        token = parse_message(TokenResponse, entry.token)
        return Authorized(prepared.metadata, prepared.configurations, token), entry
    try:
        authorized = drive(redeem(prepared, offer, tx_code=tx_code), exchange.fetcher)
    except FetchError:
        exchange.session.output.say(exchange.session.output.text("token_unknown"))
        raise
    except DidkitError:
        forget(exchange, entry)
        raise
    entry = replace(entry, token=authorized.token.to_json())
    # A disk that fails now does not stop it: the token is in hand, and space for its copies is reserved.
    exchange.session.amend(exchange.vault, waiting(exchange.vault.contents, entry))
    return authorized, entry


def collect_all(exchange: Exchange, authorized: Authorized, entry: Pending, *, wanted: int) -> list[Received]:
    """Every credential of the title, or none: where one is refused, the issuer is told that the others are not kept.

    Raises:
        FetchError: cannot tell; the entry stays for the next attempt.
        ParseError, ProtocolError, VerificationError: refused; the entry is gone.
    """
    output = exchange.session.output
    received: list[Received] = []
    try:
        for name in authorized.configurations:
            one = _collect(exchange, authorized, name, entry.keys.get(name, ()), wanted=wanted)
            received.append(one)  # one by one: what came before a failure is told of
    except FetchError:
        output.say(output.text("left_waiting"))
        raise
    except DidkitError as error:
        ids = [one.notification_id for one in received]
        tell(exchange, authorized, ids, FAILURE)
        forget(exchange, entry)
        if error.code == "invalid_token":
            output.say(output.text("token_ended"))
        raise
    return received


def confirm(exchange: Exchange, authorized: Authorized, ids: Sequence[str | None]) -> bool:
    """Tells the issuer that the copies are kept; False where it says that they are void: collect again.

    If the issuer cannot be told, or has no such endpoint, the copies stay as they are, and the citizen is told.
    """
    output = exchange.session.output
    errors = [error.code for error in tell(exchange, authorized, ids, ACCEPTED)]
    if _VOID in errors:
        return False
    for code in dict.fromkeys(errors):
        output.say(f"{output.text('unconfirmed')}: {code}")
    return True


def tell(exchange: Exchange, authorized: Authorized, ids: Sequence[str | None], event: Event) -> list[DidkitError]:
    """Tells the issuer what became of copies; returns what came of telling it."""
    errors: list[DidkitError] = []
    for one in ids:
        try:
            drive(notify(authorized, one, event), exchange.fetcher)
        except DidkitError as error:
            errors.append(error)
    return errors


def forget(exchange: Exchange, entry: Pending) -> None:
    """Takes an entry out of the vault, if that can be written to: it says nothing that is needed any more."""
    exchange.session.amend(exchange.vault, settled(exchange.vault.contents, entry))


def _collect(
    exchange: Exchange, authorized: Authorized, configuration: str, keys: Sequence[bytes], *, wanted: int
) -> Received:
    """Collects with one token and one set of keys, again after each pause where the failure may pass."""
    output = exchange.session.output
    for seconds in (*PAUSES, None):
        try:
            return drive(
                collect(
                    authorized,
                    configuration,
                    VerificationContext(exchange.policy, Memory(), exchange.session.clock()),
                    make_signer=_signers(keys).__next__,
                    wanted=len(keys) or wanted,
                ),
                exchange.fetcher,
            )
        except FetchError as error:
            if seconds is None or error.code not in _PASSING:
                raise
            output.say(f"{output.text('not_now')}: {seconds} s ({error.code})")
            exchange.pause(seconds)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _signers(keys: Sequence[bytes]) -> Iterator[Signer]:
    """The keys of the entry, and new ones should an issuer give more copies than it said."""
    return chain(map(from_secret, keys), iter(generate, None))
