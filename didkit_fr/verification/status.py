"""Step 9: is the credential still good? Asked of a verified status list, from memory where it is fresh."""

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.flow import Request, fetch
from didkit_fr.status.token import MEDIA_TYPE, TYP, StatusList, parse_reference, read_entry, read_list
from didkit_fr.verification.authenticate import authenticate_jwt
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy

__all__ = ["check_status", "load_status_list"]

MAX_BYTES = 1_048_576
DEFAULT_AGE = 300

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
    uri, index = read_entry(status)
    listed = memory.get(policy, ("status", uri), now=now)
    if type(listed) is not StatusList:
        listed = await load_status_list(parse_reference(status).uri, policy=policy, memory=memory, now=now)
    value = listed.lookup(index)
    if value:
        raise VerificationError(_MEANING.get(value, "status_unknown"))
    return "valid"


async def load_status_list(uri: str, *, policy: Policy, memory: Memory, now: int) -> StatusList:
    """The verified list at an address, from memory or fetched; to be called beforehand for offline use.

    Raises:
        FetchError: `fetch_status` and the fetcher's.
        ParseError: a malformed list.
        VerificationError: those of `authenticate_jwt` and `status.token.read_list`.
    """
    known = memory.get(policy, ("status", uri), now=now)
    if isinstance(known, StatusList):
        return known
    answer = await fetch(Request("GET", uri, {"accept": MEDIA_TYPE}, max_bytes=MAX_BYTES))
    if answer.status != 200:  # noqa: PLR2004 - HTTP OK
        raise FetchError("fetch_status", f"status list: HTTP {answer.status}")
    try:
        raw = answer.body.decode("ascii")
    except UnicodeDecodeError:
        raise ParseError("status_list_malformed") from None
    authentic = await authenticate_jwt(
        raw, role="status", typ=TYP, policy=policy, memory=memory, now=now, max_chars=MAX_BYTES
    )
    listed = read_list(authentic.jwt, uri=uri, now=now)
    age = min(listed.ttl or DEFAULT_AGE, policy.max_status_age)
    expires = min(now + age, listed.expires_at) if listed.expires_at is not None else now + age
    memory.put(policy, ("status", uri), listed, now=now, expires=expires)
    return listed
