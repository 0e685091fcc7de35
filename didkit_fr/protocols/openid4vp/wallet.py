"""The wallet's side of OpenID4VP: who asks, what answers, and sending it: flows and pure decisions."""

from collections.abc import Mapping, Sequence

from didkit_fr.errors import FetchError, ParseError
from didkit_fr.flow import Request, fetch
from didkit_fr.formats import FORMATS
from didkit_fr.formats.credential import PossessionCheck
from didkit_fr.keys.signer import Signer
from didkit_fr.protocols.oauth.error import refusal
from didkit_fr.protocols.oauth.form import MEDIA_TYPE
from didkit_fr.protocols.openid4vp import request as request_message
from didkit_fr.protocols.openid4vp.dcql import Choice, Held, select
from didkit_fr.protocols.openid4vp.request import AuthenticRequest
from didkit_fr.protocols.openid4vp.response import build_error, build_response, parse_answer
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy

__all__ = ["Choice", "Held", "build_presentations", "fetch_request", "hold", "refuse", "select", "submit"]

_OK = 200


def hold(id_: str, form: str, raw: str) -> Held:
    """A copy in the wallet as a candidate for `select`; it was verified when it was received.

    Raises:
        ParseError: those of the format.
    """
    unverified = FORMATS[form].parse(raw)
    return Held(id_, form, unverified.unverified_type, unverified.unverified_claims())


async def fetch_request(link: str, *, policy: Policy, memory: Memory, now: int) -> AuthenticRequest:
    """Fetches the signed request a link names, and verifies who asks and what, as a flow.

    Raises:
        FetchError: `fetch_status` and the fetcher's.
        ParseError: `request_link_invalid`, `message_invalid`.
        VerificationError: those of `verify_request_object`.
    """
    named = request_message.parse_link(link)
    headers = {"accept": request_message.MEDIA_TYPE}
    answer = await fetch(Request("GET", named.request_uri, headers, max_bytes=request_message.MAX_CHARS))
    if answer.status != _OK:
        raise FetchError("fetch_status", f"request object: HTTP {answer.status}")
    try:
        raw = answer.body.decode("ascii")
    except UnicodeDecodeError:
        raise ParseError("jws_malformed") from None
    return await request_message.verify_request_object(
        raw.strip(), client_id=named.client_id, policy=policy, memory=memory, now=now
    )


def build_presentations(
    request: AuthenticRequest, chosen: Sequence[tuple[Choice, str, str, Signer]], *, now: int
) -> dict[str, list[str]]:
    """Discloses what was chosen and proves possession, for this verifier and this request only.

    `chosen` gives for each choice the format, the copy, and the signer of its holder key.
    """
    check = PossessionCheck(request.nonce, request.client_id, now, max_age=0, leeway=0, algorithms=())
    return {
        choice.query_id: [FORMATS[form].present(raw, choice.paths, signer, check)]
        for choice, form, raw, signer in chosen
    }


async def submit(request: AuthenticRequest, presentations: Mapping[str, Sequence[str]]) -> str | None:
    """Posts the answer; returns the address the relying party sends the user to, if any.

    Raises:
        FetchError: not reached, or the relying party failed: the copy is spent all the same.
        ProtocolError: the relying party refused, with its code.
    """
    return await _post(request, build_response(presentations, request.state))


async def refuse(request: AuthenticRequest) -> str | None:
    """Tells the relying party that nothing will come; never why."""
    return await _post(request, build_error("access_denied", request.state))


async def _post(request: AuthenticRequest, body: bytes) -> str | None:
    headers = {"content-type": MEDIA_TYPE, "accept": "application/json"}
    answer = await fetch(Request("POST", request.response_uri, headers, body))
    if answer.status == _OK:
        return parse_answer(answer.body)
    raise refusal(answer)
