"""Step 9: is the credential still good? Asked of a verified status list, from memory where it is fresh."""

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.flow import Request, fetch
from didkit_fr.status import identifier as identifiers
from didkit_fr.status import token_cwt
from didkit_fr.status.identifier import IdentifierList
from didkit_fr.status.token import MEDIA_TYPE, TYP, StatusList, parse_reference, read_entry, read_list
from didkit_fr.verification.authenticate import authenticate_cwt, authenticate_jwt
from didkit_fr.verification.bitstring import check_entries
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy

__all__ = ["check_status", "load_identifier_list", "load_status_list"]

MAX_BYTES = 1_048_576
DEFAULT_AGE = 300

_CWT = b"\xd2"  # the tag of a COSE_Sign1: no JWT begins with it
_MEANING = {1: "status_revoked", 2: "status_suspended"}


async def check_status(status: JsonObject | None, *, policy: Policy, memory: Memory, now: int) -> str:
    """Refuses a credential that is revoked or suspended, or whose status cannot be told; returns what was checked.

    A credential without status is for its issuer to answer for: it says so under its signature.

    Raises:
        FetchError: the list could not be had.
        ParseError: a malformed reference or list.
        VerificationError: `status_revoked`, `status_suspended`, `status_unknown`, and the list's own refusals.
    """
    if status is None:
        return "the credential has no status"
    if policy.status != "check":
        return "SKIPPED: revocation ignored by policy"
    if "status_list" not in status or len(status) > 1:
        if "credentialStatus" in status:
            notices = await check_entries(status["credentialStatus"], policy=policy, memory=memory, now=now)
            return "; ".join(("valid", *notices))
        # A document that names both mechanisms (ISO mdoc) must be in force by both.
        if "identifier_list" in status:
            await _check_identifier(status, policy, memory, now)
            if "status_list" not in status:
                return "valid"
    uri, index = read_entry(status)
    listed = memory.get(policy, "status", uri, now=now)
    if type(listed) is not StatusList:
        listed = await load_status_list(parse_reference(status).uri, policy=policy, memory=memory, now=now)
    value = listed.lookup(index)
    if value:
        raise VerificationError(_MEANING.get(value, "status_unknown"))
    return "valid"


async def _check_identifier(status: JsonObject, policy: Policy, memory: Memory, now: int) -> None:
    uri, identifier = identifiers.parse_reference(status)
    listed = await load_identifier_list(uri, policy=policy, memory=memory, now=now)
    if listed.is_revoked(identifier):
        raise VerificationError("status_revoked")


async def load_identifier_list(uri: str, *, policy: Policy, memory: Memory, now: int) -> IdentifierList:
    """As `load_status_list`, of an identifier list (ISO/IEC 18013-5 second edition section 12.3.6)."""
    known = memory.get(policy, "identifiers", uri, now=now)
    if isinstance(known, IdentifierList):
        return known
    body = await _fetched(uri, identifiers.MEDIA_TYPE)
    unverified = identifiers.parse_list(body, max_bytes=MAX_BYTES)
    claims = identifiers.unverified_claims(unverified)
    authentic = await authenticate_cwt(
        unverified, claims, role="status", typ=identifiers.TYP, policy=policy, memory=memory, now=now
    )
    listed = identifiers.read_list(authentic.cwt, uri=uri, now=now)
    memory.put(policy, "identifiers", uri, listed, now=now, expires=_until(listed, policy, now))
    return listed


async def load_status_list(uri: str, *, policy: Policy, memory: Memory, now: int) -> StatusList:
    """The verified list at an address, from memory or fetched; to be called beforehand for offline use.

    Raises:
        FetchError: `fetch_status` and the fetcher's.
        ParseError: a malformed list.
        VerificationError: those of `authenticate_jwt` and `status.token.read_list`.
    """
    known = memory.get(policy, "status", uri, now=now)
    if isinstance(known, StatusList):
        return known
    body = await _fetched(uri, f"{MEDIA_TYPE}, {token_cwt.MEDIA_TYPE}")
    read = _read_cwt if body.startswith(_CWT) else _read_jwt
    listed = await read(body, uri, policy, memory, now)
    memory.put(policy, "status", uri, listed, now=now, expires=_until(listed, policy, now))
    return listed


async def _fetched(uri: str, accepted: str) -> bytes:
    answer = await fetch(Request("GET", uri, {"accept": accepted}, max_bytes=MAX_BYTES))
    if answer.status != 200:  # noqa: PLR2004 - HTTP OK
        raise FetchError("fetch_status", f"status list: HTTP {answer.status}")
    return answer.body


def _until(listed: StatusList | IdentifierList, policy: Policy, now: int) -> int:
    age = min(listed.ttl or DEFAULT_AGE, policy.max_status_age)
    return min(now + age, listed.expires_at) if listed.expires_at is not None else now + age


async def _read_jwt(body: bytes, uri: str, policy: Policy, memory: Memory, now: int) -> StatusList:
    try:
        raw = body.decode("ascii")
    except UnicodeDecodeError:
        raise ParseError("status_list_malformed") from None
    authentic = await authenticate_jwt(
        raw, role="status", typ=TYP, policy=policy, memory=memory, now=now, max_chars=MAX_BYTES
    )
    return read_list(authentic.jwt, uri=uri, now=now)


async def _read_cwt(body: bytes, uri: str, policy: Policy, memory: Memory, now: int) -> StatusList:
    unverified = token_cwt.parse_list(body, max_bytes=MAX_BYTES)
    claims = token_cwt.unverified_claims(unverified)
    authentic = await authenticate_cwt(
        unverified, claims, role="status", typ=token_cwt.TYP, policy=policy, memory=memory, now=now
    )
    return token_cwt.read_list(authentic.cwt, uri=uri, now=now)
