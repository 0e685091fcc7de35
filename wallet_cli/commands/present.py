"""`didkit-wallet present`: whom to contact, who asks, what leaves, what stays; then consent; then, once, the answer."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from didkit_fr.did.resolve import find_method
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, ProtocolError, VerificationError
from didkit_fr.fetch import Fetcher
from didkit_fr.flow import Fetcher as AnyFetcher
from didkit_fr.flow import run as drive
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.software import from_secret
from didkit_fr.protocols.message import origin_of
from didkit_fr.protocols.openid4vp.error import TEMPORARY
from didkit_fr.protocols.openid4vp.request import AuthenticRequest
from didkit_fr.protocols.openid4vp.transaction_data import STATEMENTS
from didkit_fr.protocols.openid4vp.wallet import (
    Choice,
    Invitation,
    RequestRules,
    build_presentations,
    fetch_request,
    hold,
    passed_over,
    read_invitation,
    select,
    submit,
)
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import EXPERIMENTAL, Policy
from wallet_cli import inputs
from wallet_cli.claims import leaves
from wallet_cli.contents import Contents, HeldCopy, HeldCredential, HeldTitle, choose, find, logged, spend
from wallet_cli.history import Event
from wallet_cli.messages import Declined
from wallet_cli.output import Output
from wallet_cli.portrait import leaves_with
from wallet_cli.reading import claims_of, facts, labels, names, path_name, paths_in, title_name, type_name
from wallet_cli.session import Session
from wallet_cli.vault import Vault
from wallet_cli.warning import warn, warn_of_expired

__all__ = ["Use", "answer", "assign", "rules", "run"]

PREFIXES = frozenset({"x509_hash", "x509_san_dns", "decentralized_identifier"})
"""Who may ask: whom an anchor certified, or a DID that is an anchor itself. Nobody looks up an unknown party's DID."""


class Use(NamedTuple):
    """One copy chosen to answer one query, of the credential at `at`; `reused` if the same party has seen it before."""

    choice: Choice
    title: HeldTitle
    at: int
    place: int
    reused: bool

    @property
    def credential(self) -> HeldCredential:
        """The credential of the title that answers."""
        return self.title.credentials[self.at]

    @property
    def copy(self) -> HeldCopy:
        """The copy itself."""
        return self.credential.copies[self.place]


def rules(now: int) -> RequestRules:
    """Those of HAIP, requests by name and by DID, one type of transaction data, and presentations bound to no key.

    What will be signed is shown before; so is that a credential without a key can be lent.
    """
    find_key = partial(find_method, now=now)
    return RequestRules(prefixes=PREFIXES, transaction_data=STATEMENTS, find_key=find_key, experimental=EXPERIMENTAL)


def run(
    session: Session,
    link: str,
    *,
    qr: Path | None,
    verifier: str | None,
    yes: bool,
    reuse: bool,
    portrait: bool = False,
) -> None:
    """Answers a request, whose link is given, in a QR code, or (`-`) read from standard input.

    Raises:
        DidkitError, Misuse: those of `Session.open`, `inputs.find_link` and `answer`.
    """
    with session.open() as vault:
        named = inputs.find_link(session.output, "ask_request", given=link, qr=qr)
        with Fetcher(allow_insecure_loopback=vault.contents.insecure_loopback) as fetcher:
            answer(session, vault, named, fetcher, verifier=verifier, yes=yes, reuse=reuse, portrait=portrait)


def answer(
    session: Session,
    vault: Vault,
    link: str,
    fetcher: AnyFetcher,
    *,
    verifier: str | None = None,
    yes: bool,
    reuse: bool,
    portrait: bool = False,
) -> None:
    """The whole exchange over a fetcher; `verifier` is the full `client_id` agreed to beforehand, if any.

    Nobody is contacted before the citizen saw who it would be, and agreed: an attacker may have made the link. `yes`
    agrees where the link names `verifier`, which what is fetched must prove then; and not where that identifier names
    one host, and the link leads to another.

    Where nothing matches nothing is sent, as where the citizen refuses: the relying party cannot tell which it was.

    Raises:
        FetchError: cannot tell; after the answer was sent its copies are spent all the same.
        ParseError, VerificationError: the request is refused; `nothing_matches`, `no_copy_left`; `consent_mismatch`
            where somebody else asks than agreed.
        ProtocolError: `access_denied`, or the relying party's own refusal.
    """
    policy = Policy(Anchors.parse(json.encode(vault.contents.anchors)))
    now = session.clock()
    # 0 whom the link leads to, before anybody is contacted
    _agree_to_contact(session, read_invitation(link, policy=policy, rules=rules(now)), verifier=verifier, yes=yes)
    # 1 who asks, and is it certified to ask?
    request = drive(fetch_request(link, VerificationContext(policy, Memory(), now), rules=rules(now)), fetcher)
    try:
        uses = _decide(session, vault.contents, request, yes=yes, reuse=reuse, portrait=portrait, now=now)
        # 5 the clock again: a person may have thought for minutes
        now = session.clock()
        if request.expires is not None and request.expires <= now:
            raise VerificationError("request_expired")
    except DidkitError as error:
        what = "refused" if error.code == "access_denied" else "failed"
        session.note(vault, replace(_event(request, what, now), code=error.code))
        raise
    _send(session, vault, request, uses, fetcher, now=now)


def _agree_to_contact(session: Session, invited: Invitation, *, verifier: str | None, yes: bool) -> None:
    if verifier not in (None, invited.client_id):
        raise VerificationError("consent_mismatch")
    if not invited.contacts:
        return
    output = session.output
    # Whole, however long: the end of a host's name says whose it is.
    output.say(*output.theirs("names_itself", invited.client_id, limit=None))
    output.say(*output.theirs("request_address", *invited.contacts, limit=None))
    if invited.posts:
        output.say(output.text("posts_abilities"))
    if not session.agrees("ask_contact_request", beforehand=yes and verifier is not None and not invited.elsewhere):
        raise Declined("nothing_done")


def _decide(
    session: Session,
    contents: Contents,
    request: AuthenticRequest,
    *,
    yes: bool,
    reuse: bool,
    portrait: bool,
    now: int,
) -> list[Use]:
    """Steps 2 to 4: nothing leaves here, so that `access_denied` is the citizen's own."""
    # 2 what answers, and with which copies
    warn_of_expired(session.output, contents.titles, now)
    uses = assign(contents, request, now=now)
    # 3 what would leave is read from the presentation itself, not from what was asked
    shown = _build(request, uses, now=now)
    _show(session.output, request, uses, shown)
    # 4 consent; to what a face can be recognised by, its own
    if _with_portrait(uses, shown) and not session.agrees("ask_portrait", beforehand=portrait):
        raise Declined("nothing_done")
    if any(use.reused for use in uses) and not (reuse or (not yes and session.agrees("ask_reuse", beforehand=False))):
        raise VerificationError("no_copy_left")
    # no answer given beforehand holds for a sentence that was not read
    if request.transaction_data and not session.agrees("ask_sign", beforehand=False):
        raise Declined("nothing_done")
    if not session.agrees("ask_send", beforehand=yes):
        raise Declined("nothing_done")
    return uses


def _send(
    session: Session, vault: Vault, request: AuthenticRequest, uses: Sequence[Use], fetcher: AnyFetcher, *, now: int
) -> None:
    """Steps 6 and 7."""
    output = session.output
    presentations = _build(request, uses, now=now)
    # 6 spent and logged on disk before a byte leaves: no crash may let a copy reach a second party, nor leave unsaid
    sent = [_leaving(request, use, presentations, now) for use in uses]
    spent = spend(vault.contents, [(use.title.id, use.at, use.place) for use in uses], client_id=request.client_id)
    vault.replace(_with_events(spent, sent))
    # 7 send
    try:
        redirect = drive(submit(request, presentations), fetcher)
    except DidkitError as error:
        if error.code in TEMPORARY:
            output.say(output.text("could_not_check"))
        elif isinstance(error, ProtocolError):
            output.say(f"{output.text('its_words')}: {error.code}")
        output.say(output.text("copy_spent"))
        session.amend(vault, _with_events(spent, [replace(one, what="failed", code=error.code) for one in sent]))
        raise
    _report(output, request, uses, redirect)
    for title_id in dict.fromkeys(use.title.id for use in uses):
        warn(output, find(vault.contents, title_id), now)


def _event(request: AuthenticRequest, what: str, now: int) -> Event:
    return Event(now, what, verifier=request.verifier_name, client_id=request.client_id)


def _leaving(request: AuthenticRequest, use: Use, presentations: dict[str, list[str]], now: int) -> Event:
    """What leaves is read from the presentation itself: names of claims, never their values."""
    (raw,) = presentations[use.choice.query_id]
    paths = paths_in(claims_of(use.credential.format, raw))
    return replace(_event(request, "presented", now), title=use.title.id, type=use.credential.type, paths=paths)


def _with_events(contents: Contents, events: Sequence[Event]) -> Contents:
    for event in events:
        contents = logged(contents, event)
    return contents


def assign(contents: Contents, request: AuthenticRequest, *, now: int) -> list[Use]:
    """Which copy answers which query: one copy of each credential, however many queries it answers.

    Otherwise an answer could use up a title's copies. That one copy answers twice tells the relying party nothing new.

    Raises:
        VerificationError: `nothing_matches`, `no_copy_left`.
    """
    credentials = [(title, at) for title in reversed(contents.titles) for at in range(len(title.credentials))]
    valid = [(title, at) for title, at in credentials if title.credentials[at].is_valid(now)]
    # A credential without a key answers only where no holder binding is asked for; there it comes first.
    ranked = sorted(
        valid, key=lambda one: (not one[0].credentials[one[1]].bearer, not one[0].credentials[one[1]].fresh)
    )
    named = {f"{title.id} {at}": (title, at) for title, at in ranked}
    held = [
        hold(name, title.credentials[at].format, title.credentials[at].copies[0].raw)
        for name, (title, at) in named.items()
    ]
    uses: list[Use] = []
    for choice in select(request.query, [one for one in held if request.accepts(one)]):
        title, at = named[choice.held_id]
        uses.append(Use(choice, title, at, *choose(title.credentials[at].copies, request.client_id)))
    return uses


def _build(request: AuthenticRequest, uses: Sequence[Use], *, now: int) -> dict[str, list[str]]:
    chosen = [(use.choice, use.credential.format, use.copy.raw, _signer(use.copy)) for use in uses]
    return build_presentations(request, chosen, now=now)


def _signer(copy: HeldCopy) -> Signer | None:
    return None if copy.bearer else from_secret(copy.secret)


def _with_portrait(uses: Sequence[Use], presentations: dict[str, list[str]]) -> bool:
    return any(
        leaves_with(claims_of(use.credential.format, raw), use.credential.type)
        for use in uses
        for raw in presentations[use.choice.query_id]
    )


def _show(output: Output, request: AuthenticRequest, uses: Sequence[Use], presentations: dict[str, list[str]]) -> None:
    output.say(*output.theirs("verifier", request.verifier_name, request.client_id, limit=None))
    output.say(*output.theirs("answer_address", origin_of(request.response_uri), limit=None))
    for use in uses:
        (raw,) = presentations[use.choice.query_id]
        _show_use(output, use, claims_of(use.credential.format, raw))
    _show_told(output, request, uses)
    if request.transaction_data:
        output.say(f"{output.text('signs')}:")
    for entry in request.transaction_data:
        # Whole, however long: what is not read must not be signed.
        said = [f"{name}: {value}" for name, value in entry.content.items()]
        output.say(*output.said_by_them(*said, limit=None))


def _show_use(output: Output, use: Use, leaving: JsonObject) -> None:
    language, credential = output.language, use.credential
    staying = labels(claims_of(credential.format, credential.copies[0].raw), leaving, credential.type, language)
    output.say(f"{output.text('title')}: {title_name(credential.type, language)} ({use.title.id})")
    output.say(f"{output.text('leaves')}:")
    told = facts(output, leaving, credential.type)
    output.say(
        *(told or [f"  {output.text('nothing')}"]),
        f"  {output.text('technical_bearer' if credential.bearer else 'technical')}",
    )
    if credential.bearer:
        output.say(f"  {output.text('lendable')}")
    if leaves_with(leaving, credential.type):
        output.say(f"  {output.text('biometric')}")
    output.say(f"{output.text('stays')}:", *(names(output, staying) or [f"  {output.text('nothing')}"]))
    lacking = [path_name(path, credential.type, language) for path in use.choice.lacks]
    if lacking:
        output.say(f"{output.text('lacks')}:", *names(output, lacking))


def _show_told(output: Output, request: AuthenticRequest, uses: Sequence[Use]) -> None:
    """What an answer tells by being this one: that what was asked for rather is not held."""
    others = passed_over(request.query, [use.choice for use in uses])
    types = dict.fromkeys(type_ for one in others for _, type_ in leaves(one.meta) if isinstance(type_, str))
    if types:
        named = [type_name(type_, output.language) for type_ in types]
        output.say(f"{output.text('not_held')}:", *names(output, named))


def _report(output: Output, request: AuthenticRequest, uses: Sequence[Use], redirect: str | None) -> None:
    result: JsonObject = {
        "sent": True,
        "verifier": request.verifier_name,
        "client_id": request.client_id,
        "titles": [{"id": use.title.id, "paths": [list(path) for path in use.choice.paths]} for use in uses],
        "redirect_uri": redirect,
    }
    lines = output.theirs("sent", request.verifier_name)
    output.result(result, lines + (output.theirs("redirect", redirect, limit=None) if redirect else []))
