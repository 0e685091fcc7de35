"""The wallet's side of OpenID4VP: who asks, what answers, and sending it: flows and pure decisions."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from didkit_fr.did import web
from didkit_fr.did.url import parse_did
from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError
from didkit_fr.flow import Request, fetch
from didkit_fr.formats import FORMATS, Formats
from didkit_fr.formats.occasion import occasion_of_answer
from didkit_fr.keys import jwk
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.x509 import authority_key_identifier, parse_chain
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.claimed_signer import X5c
from didkit_fr.protocols.message import origin_of
from didkit_fr.protocols.oauth.form import MEDIA_TYPE
from didkit_fr.protocols.openid4vp import request as request_message
from didkit_fr.protocols.openid4vp.client_id import (
    DID,
    HAIP,
    REDIRECT_URI,
    X509_SAN_DNS,
    RequestRules,
    find_anchor,
    split,
)
from didkit_fr.protocols.openid4vp.dcql import Choice, Held, candidates, passed_over, select
from didkit_fr.protocols.openid4vp.error import read_refusal, wire_error
from didkit_fr.protocols.openid4vp.link import RequestLink, parse_link
from didkit_fr.protocols.openid4vp.request import AuthenticRequest, KnownSender
from didkit_fr.protocols.openid4vp.request_uri import build_wallet_post
from didkit_fr.protocols.openid4vp.response import build_error, build_response, parse_answer
from didkit_fr.protocols.openid4vp.transaction_data import is_forbidden
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.policy import Policy

__all__ = [
    "Choice",
    "Held",
    "Invitation",
    "RequestRules",
    "build_presentations",
    "candidates",
    "fetch_request",
    "hold",
    "passed_over",
    "read_invitation",
    "refuse",
    "select",
    "submit",
]

_OK = 200
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link says before anybody was contacted; nothing of it is proven.

    `client_id` is who is said to ask; `contacts` are the origins that `fetch_request` contacts, none where the link
    holds the request; `posts` whether it posts there what this kind of wallet can do; `elsewhere` whether the client
    identifier names a host, and the request lies on another.
    """

    client_id: str
    contacts: tuple[str, ...]
    posts: bool
    elsewhere: bool


def read_invitation(link: str, *, policy: Policy, rules: RequestRules = HAIP) -> Invitation:
    """Reads whom a link would have contacted, for a person to decide; no request is sent.

    Raises:
        ParseError: `request_link_invalid`, `input_too_large`, `did_invalid`.
        ProtocolError: `invalid_request_uri_method`.
        VerificationError: `client_id_unsupported`; `issuer_unknown` for a DID that is no anchor for requests.
    """
    named = parse_link(link)
    client = split(named.client_id, rules)
    find_anchor(client, policy)
    contacts = [] if named.origin is None else [named.origin]
    if client.prefix == DID and (did := parse_did(client.name)).method == "web":
        contacts.append(origin_of(web.url_of(did)))
    host = urlsplit(named.origin or "").hostname
    elsewhere = client.prefix == X509_SAN_DNS and host not in (None, client.name)
    return Invitation(client.full, tuple(dict.fromkeys(contacts)), named.method == "post", elsewhere)


def hold(id_: str, format_: str, raw: str, *, formats: Formats = FORMATS) -> Held:
    """A copy in the wallet as a candidate for `select`; it was verified when it was received.

    Raises:
        ParseError: those of the format.
    """
    unverified = formats[format_].parse(raw)
    claimed = unverified.claimed_signer()
    chain = parse_chain(claimed.unverified_certificates) if isinstance(claimed, X5c) else ()
    authorities = frozenset(base64url.encode(one) for one in map(authority_key_identifier, chain) if one is not None)
    return Held(
        id_,
        format_,
        unverified.unverified_type,
        unverified.unverified_claims(),
        authorities,
        bound=unverified.unverified_holder() is not None,
        cryptosuite=unverified.unverified_cryptosuite,
    )


async def fetch_request(
    link: str,
    context: VerificationContext,
    *,
    rules: RequestRules = HAIP,
    random: Random = system,
    formats: Formats = FORMATS,
) -> AuthenticRequest:
    """Gets the request a link names, and verifies who asks and what, as a flow. No redirect is followed.

    It contacts whom `read_invitation` says, and no other party: show that to the person before, and ask.

    A DID that is no anchor for requests is refused before anything is asked of anybody.

    Raises:
        FetchError: `fetch_status` and the fetcher's.
        ParseError: `request_link_invalid`, `message_invalid`.
        ProtocolError: `invalid_request_uri_method`, and those of `read_request`.
        VerificationError: those of `authenticate_request` and `read_request`.
    """
    named, policy = parse_link(link), context.policy
    client = split(named.client_id, rules)
    find_anchor(client, policy)
    if client.prefix == REDIRECT_URI or named.parameters:
        sender = request_message.authenticate_unsigned(named, client)
    else:
        nonce = base64url.encode(random(16)) if named.method == "post" else None
        raw = named.request or await _fetch_object(named, nonce, policy, rules, formats)
        sender = await request_message.authenticate_request(raw, client, context, rules=rules, wallet_nonce=nonce)
    try:
        return request_message.read_request(sender, policy=policy, rules=rules, formats=formats)
    except DidkitError as error:
        if rules.tell:
            await _tell(sender, error)
        raise


def build_presentations(
    request: AuthenticRequest,
    chosen: Sequence[tuple[Choice, str, str, Signer | None]],
    *,
    now: int,
    formats: Formats = FORMATS,
) -> dict[str, list[str]]:
    """Discloses what was chosen and proves possession, for this verifier and this request only.

    Proofs are dated by the request's own time and whole minutes since: they do not tell the wallet's clock.

    `chosen` gives for each choice the format, the copy, and the signer of its holder key, None where it has none; of a
    query that says `multiple` there may be several. Transaction data are signed with the first credential that each
    entry names.

    Raises:
        VerificationError: `transaction_data_forbidden` where that credential's key must not sign them,
            `transaction_data_unbound` where none was chosen; `holder_missing` where a signer is due.
    """
    signing, made = _signing(request, chosen, formats), _dated(request, now)
    encryption = request.encryption
    thumbprint = None if encryption is None else base64url.decode(jwk.thumbprint(encryption.key))
    presentations: dict[str, list[str]] = {}
    for place, (choice, format_, raw, signer) in enumerate(chosen):
        occasion = occasion_of_answer(
            request.nonce,
            request.client_id,
            response_uri=request.response_uri,
            encryption_thumbprint=thumbprint,
            transaction_data=signing.get(place, ()),
        )
        shown = formats[format_].present(raw, choice.paths, signer, occasion, now=made)
        presentations.setdefault(choice.query_id, []).append(shown)
    return presentations


async def submit(
    request: AuthenticRequest, presentations: Mapping[str, Sequence[str]], *, formats: Formats = FORMATS
) -> str | None:
    """Posts the answer, encrypted where that was asked; returns the address the user is sent to, if any.

    Raises:
        FetchError: not reached, or the relying party failed: the copy is spent all the same.
        ProtocolError: the relying party refused, with its code; `temporarily_unavailable` or `server_error` where it
            could not judge, and says nothing of what was sent.
    """
    content = {
        name: [_content(request, name, raw, formats) for raw in values] for name, values in presentations.items()
    }
    return await _post(request.response_uri, build_response(content, request.state, encryption=request.encryption))


async def refuse(request: AuthenticRequest) -> str | None:
    """Tells the relying party that nothing will come; never why."""
    body = build_error("access_denied", request.state, encryption=request.encryption)
    return await _post(request.response_uri, body)


def _dated(request: AuthenticRequest, now: int) -> int:
    """A time at most a minute old, which any wallet would give: seconds would tell one clock from another."""
    start = request.issued if request.issued is not None else 0
    return start + max(0, now - start) // _MINUTE * _MINUTE


def _content(request: AuthenticRequest, query_id: str, raw: str, formats: Formats) -> JsonValue:
    """A presentation as the message holds it."""
    wanted = request.query.find(query_id)
    return raw if wanted is None or wanted.format not in formats else formats[wanted.format].wire.write(raw)


async def _fetch_object(
    named: RequestLink, nonce: str | None, policy: Policy, rules: RequestRules, formats: Formats
) -> str:
    headers, body = {"accept": request_message.MEDIA_TYPE}, b""
    if nonce is not None:
        headers["content-type"] = MEDIA_TYPE
        suites = policy.cryptosuites | rules.experimental
        body = build_wallet_post(nonce, rules=rules, algorithms=policy.algorithms, cryptosuites=suites, formats=formats)
    method = "GET" if nonce is None else "POST"
    asked = Request(method, named.request_uri or "", headers, body, max_bytes=request_message.MAX_CHARS)
    answer = await fetch(asked)
    if answer.status != _OK:
        raise FetchError("fetch_status", f"request object: HTTP {answer.status}")
    try:
        return answer.body.decode("ascii").strip()
    except UnicodeDecodeError:
        raise ParseError("jws_malformed") from None


def _signing(
    request: AuthenticRequest, chosen: Sequence[tuple[Choice, str, str, Signer | None]], formats: Formats
) -> dict[int, tuple[str, ...]]:
    """Which chosen credential signs which entries: one for each entry (section 5.1)."""
    signing: dict[int, tuple[str, ...]] = {}
    for entry in request.transaction_data:
        places = [place for place, (choice, *_) in enumerate(chosen) if choice.query_id in entry.credential_ids]
        if not places:
            raise VerificationError("transaction_data_unbound")
        _, format_, raw, _ = chosen[places[0]]
        if is_forbidden(formats[format_].parse(raw).unverified_type):
            raise VerificationError("transaction_data_forbidden")
        signing[places[0]] = (*signing.get(places[0], ()), entry.encoded)
    return signing


async def _tell(sender: KnownSender, error: DidkitError) -> None:
    """Says which kind of error it was; whether that arrives changes nothing."""
    with suppress(DidkitError):
        await _post(sender.parameters.response_uri, build_error(wire_error(error), sender.parameters.state))


async def _post(where: str, body: bytes) -> str | None:
    headers = {"content-type": MEDIA_TYPE, "accept": "application/json"}
    answer = await fetch(Request("POST", where, headers, body))
    if answer.status == _OK:
        return parse_answer(answer.body)
    raise read_refusal(answer)
