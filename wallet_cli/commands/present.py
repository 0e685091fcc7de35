"""`didkit-wallet present`: who asks, what leaves, what stays; then consent; then, once, the answer."""

from collections.abc import Sequence
from typing import NamedTuple

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ProtocolError, VerificationError
from didkit_fr.fetch import Fetcher
from didkit_fr.flow import Fetcher as AnyFetcher
from didkit_fr.flow import run as drive
from didkit_fr.keys.software import from_secret
from didkit_fr.protocols.openid4vp.request import AuthenticRequest
from didkit_fr.protocols.openid4vp.wallet import (
    Choice,
    build_presentations,
    fetch_request,
    hold,
    select,
    submit,
)
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from wallet_cli import inputs
from wallet_cli.contents import Contents, Copy, HeldTitle, choose, find, spend
from wallet_cli.output import Output
from wallet_cli.portrait import leaves_with
from wallet_cli.reading import claims_of, describe, labels, title_name
from wallet_cli.session import Session
from wallet_cli.vault import Vault

__all__ = ["Use", "answer", "assign", "run"]


class Use(NamedTuple):
    """One copy chosen to answer one query; `reused` if the same party has seen it before."""

    choice: Choice
    title: HeldTitle
    place: int
    reused: bool

    @property
    def copy(self) -> Copy:
        """The copy itself."""
        return self.title.copies[self.place]


def run(session: Session, link: str, *, yes: bool, reuse: bool, portrait: bool = False) -> None:
    """Answers a request; `-` reads its link from standard input.

    Raises:
        DidkitError, Misuse: those of `Session.open` and `answer`.
    """
    with session.open() as vault:
        named = inputs.read_link(session.output, "ask_request") if link == "-" else link
        with Fetcher(allow_insecure_loopback=vault.contents.insecure_loopback) as fetcher:
            answer(session, vault, named, fetcher, yes=yes, reuse=reuse, portrait=portrait)


def answer(
    session: Session,
    vault: Vault,
    link: str,
    fetcher: AnyFetcher,
    *,
    yes: bool,
    reuse: bool,
    portrait: bool = False,
) -> None:
    """The whole exchange over a fetcher; `yes`, `reuse` and `portrait` each agree beforehand to one question.

    Where nothing matches nothing is sent, as where the citizen refuses: the relying party cannot tell which it was.

    Raises:
        FetchError: cannot tell; after the answer was sent its copies are spent all the same.
        ParseError, VerificationError: the request is refused; `nothing_matches`, `no_copy_left`.
        ProtocolError: `access_denied`, or the relying party's own refusal.
    """
    # 1 who asks, and is it certified to ask?
    policy = Policy(Anchors.parse(json.encode(vault.contents.anchors)))
    now = session.clock()
    request = drive(fetch_request(link, policy=policy, memory=Memory(), now=now), fetcher)
    # 2 what answers, and with which copies
    uses = assign(vault.contents, request, now=now)
    # 3 what would leave is read from the presentation itself, not from what was asked
    shown = _build(request, uses, now=now)
    _show(session.output, request, uses, shown)
    # 4 consent; to what a face can be recognised by, its own
    if _with_portrait(uses, shown) and not session.agrees("ask_portrait", beforehand=portrait):
        raise ProtocolError("access_denied")
    if any(use.reused for use in uses) and not (reuse or (not yes and session.agrees("ask_reuse", beforehand=False))):
        raise VerificationError("no_copy_left")
    if not session.agrees("ask_send", beforehand=yes):
        raise ProtocolError("access_denied")
    # 5 the clock again: a person may have thought for minutes
    now = session.clock()
    if request.expires is not None and request.expires <= now:
        raise VerificationError("request_expired")
    presentations = _build(request, uses, now=now)
    # 6 spent on disk before a byte leaves: no crash may let a copy reach a second party
    spent = [(use.title.id, use.place) for use in uses]
    vault.replace(spend(vault.contents, spent, client_id=request.client_id))
    # 7 send
    redirect = drive(submit(request, presentations), fetcher)
    _report(session.output, request, uses, redirect)


def assign(contents: Contents, request: AuthenticRequest, *, now: int) -> list[Use]:
    """Which copy answers which query; a copy answers one query only.

    Raises:
        VerificationError: `nothing_matches`, `no_copy_left`.
    """
    valid = [title for title in reversed(contents.titles) if title.expires is None or title.expires > now]
    ranked = sorted(valid, key=lambda title: not title.fresh)
    held = [hold(title.id, title.format, title.copies[0].raw) for title in ranked]
    uses: list[Use] = []
    for choice in select(request.query, held):
        title = find(contents, choice.held_id)
        taken = [use.place for use in uses if use.title is title]
        uses.append(Use(choice, title, *choose(title.copies, request.client_id, taken=taken)))
    return uses


def _build(request: AuthenticRequest, uses: Sequence[Use], *, now: int) -> dict[str, list[str]]:
    chosen = [(use.choice, use.title.format, use.copy.raw, from_secret(use.copy.secret)) for use in uses]
    return build_presentations(request, chosen, now=now)


def _with_portrait(uses: Sequence[Use], presentations: dict[str, list[str]]) -> bool:
    return any(
        leaves_with(claims_of(use.title.format, raw)) for use in uses for raw in presentations[use.choice.query_id]
    )


def _show(output: Output, request: AuthenticRequest, uses: Sequence[Use], presentations: dict[str, list[str]]) -> None:
    output.say(f"{output.text('verifier')}: {request.verifier_name}", f"  {request.client_id}")
    for use in uses:
        (raw,) = presentations[use.choice.query_id]
        _show_use(output, use.title, claims_of(use.title.format, raw))


def _show_use(output: Output, title: HeldTitle, leaving: JsonObject) -> None:
    language = output.language
    staying = labels(claims_of(title.format, title.copies[0].raw), leaving, title.type, language)
    output.say(f"{output.text('title')}: {title_name(title.type, language)} ({title.id})")
    output.say(f"{output.text('leaves')}:")
    described = describe(leaving, title.type, language)
    output.say(*(f"  {label}: {value}" for label, value in described))
    output.say(*([] if described else [f"  {output.text('nothing')}"]), f"  {output.text('technical')}")
    if leaves_with(leaving):
        output.say(f"  {output.text('biometric')}")
    output.say(f"{output.text('stays')}:", f"  {', '.join(staying) or output.text('nothing')}")


def _report(output: Output, request: AuthenticRequest, uses: Sequence[Use], redirect: str | None) -> None:
    result: JsonObject = {
        "sent": True,
        "verifier": request.verifier_name,
        "client_id": request.client_id,
        "titles": [{"id": use.title.id, "paths": [list(path) for path in use.choice.paths]} for use in uses],
        "redirect_uri": redirect,
    }
    lines = [f"{output.text('sent')}: {request.verifier_name}"]
    output.result(result, lines + ([f"{output.text('redirect')}: {redirect}"] if redirect else []))
