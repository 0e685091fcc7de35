"""Step 9: is the credential still good? Asked of a verified status list, from memory where it is fresh."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from didkit_fr.boundary import flow_boundary
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.flow import Flow, Request, fetch
from didkit_fr.proofs.cose.cose import UnverifiedCose
from didkit_fr.status import identifier as identifiers
from didkit_fr.status import token_cwt
from didkit_fr.status.identifier import IdentifierList
from didkit_fr.status.token import MEDIA_TYPE, TYP, StatusList, parse_reference, read_entry, read_list
from didkit_fr.trust.anchors import Anchor
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.authenticate import AuthenticCwt, authenticate_cwt, authenticate_jwt
from didkit_fr.verification.status.bitstring import check_entries

__all__ = ["check_signer", "check_status", "load_identifier_list", "load_status_list"]

MAX_BYTES = 1_048_576
DEFAULT_AGE = 300

_CWT = b"\xd2"  # the tag of a COSE_Sign1: no JWT begins with it
_MEANING = {1: "status_revoked", 2: "status_suspended"}


class _Asked(NamedTuple):
    """For whose credentials a list is wanted (None: nobody's yet), by what rules, and when."""

    issuers: Collection[Anchor] | None
    policy: Policy
    memory: Memory
    now: int
    budget: Budget | None


class _Remembered(NamedTuple):
    """A verified list, and the anchor that its signer was admitted under."""

    listed: Any
    anchor: Anchor


class _Kind(NamedTuple):
    """A kind of list: its name in the memory, the media types it may come in, how it is read and verified."""

    name: str
    accepted: str
    read: Callable[[bytes, str, _Asked], Flow[_Remembered]]


async def check_status(
    status: JsonObject | None,
    *,
    issuers: Collection[Anchor],
    policy: Policy,
    memory: Memory,
    now: int,
    budget: Budget | None = None,
) -> str:
    """Refuses a credential that is revoked or suspended, or whose status cannot be told; returns what was checked.

    A credential without status is for its issuer to answer for: it says so under its signature. One that names several
    mechanisms must be in force by each; one that is not known here could be the one that says it is revoked.

    Args:
        status: the mechanisms that the credential names, verified; None where it has no place that names one.
        issuers: the anchors that the credential's issuer was admitted under.
        policy: what is believed.
        memory: the lists that were verified before.
        now: seconds since 1970 (UTC).
        budget: what the message may still cost; None for a whole one.

    Raises:
        FetchError: the list could not be had.
        ParseError: a malformed reference or list, `work_exceeded`.
        VerificationError: `status_revoked`, `status_suspended`, `status_unknown`, `status_mechanism_unsupported`,
            `status_list_signer`, and the list's own refusals.
    """
    if status is None:
        return "the credential has no status"
    if policy.status != "check":
        return "SKIPPED: revocation ignored by policy"
    if len(status) == 1 and "status_list" in status and _is_known_valid(status, issuers, policy, memory, now):
        return "valid"
    if not status or not _MECHANISMS.keys() >= status.keys():
        raise VerificationError("status_mechanism_unsupported")
    asked = _Asked(issuers, policy, memory, now, budget)
    notices: list[str] = []
    for name in status:
        notices += await _MECHANISMS[name](status, asked)
    return "; ".join(("valid", *notices))


def check_signer(signer: Anchor, issuers: Collection[Anchor], policy: Policy) -> None:
    """Refuses a status list of another authority than the credential's own, or one that the policy names.

    Without this, whoever may sign some status list could say that the titles of another issuer are in force.

    Raises:
        VerificationError: `status_list_signer`.
    """
    if signer not in issuers and signer.name not in policy.status_signers:
        raise VerificationError("status_list_signer")


async def load_identifier_list(uri: str, *, policy: Policy, memory: Memory, now: int) -> IdentifierList:
    """As `load_status_list`, of an identifier list (ISO/IEC 18013-5 second edition section 12.3.6)."""
    known = await _load(uri, _IDENTIFIERS, _Asked(None, policy, memory, now, None))
    return cast("IdentifierList", known.listed)


async def load_status_list(uri: str, *, policy: Policy, memory: Memory, now: int) -> StatusList:
    """The verified list at an address, from memory or fetched; to be called beforehand for offline use.

    Raises:
        FetchError: `fetch_status` and the fetcher's.
        ParseError: a malformed list.
        VerificationError: those of `authenticate_jwt` and `status.token.read_list`.
    """
    known = await _load(uri, _STATUS, _Asked(None, policy, memory, now, None))
    return cast("StatusList", known.listed)


async def _check_entries(status: JsonObject, asked: _Asked) -> tuple[str, ...]:
    issuers, policy, memory, now, budget = asked
    stated = status["credentialStatus"]
    return await check_entries(stated, policy=policy, memory=memory, now=now, issuers=issuers, budget=budget)


def _is_known_valid(status: JsonObject, issuers: Collection[Anchor], policy: Policy, memory: Memory, now: int) -> bool:
    """Whether a list in memory, of the credential's own authority, says so; whatever else is for `_check_index`."""
    uri, index = read_entry(status)
    known: _Remembered | None = memory.get(policy, _STATUS.name, uri, now=now)
    return known is not None and known.anchor in issuers and not known.listed.lookup(index)


async def _check_index(status: JsonObject, asked: _Asked) -> tuple[str, ...]:
    entry = parse_reference(status)
    listed, signer = await _load(entry.uri, _STATUS, asked)
    check_signer(signer, asked.issuers or (), asked.policy)
    value = listed.lookup(entry.index)
    if value:
        raise VerificationError(_MEANING.get(value, "status_unknown"))
    return ()


@flow_boundary
async def _check_identifier(status: JsonObject, asked: _Asked) -> tuple[str, ...]:
    uri, identifier = identifiers.parse_reference(status)
    known = await _load(uri, _IDENTIFIERS, asked)
    check_signer(known.anchor, asked.issuers or (), asked.policy)
    if cast("IdentifierList", known.listed).is_revoked(identifier):
        raise VerificationError("status_revoked")
    return ()


@flow_boundary
async def _load(uri: str, kind: _Kind, asked: _Asked) -> _Remembered:
    """A list from memory, or fetched, verified, and remembered among those of who signed it."""
    policy, memory, now = asked.policy, asked.memory, asked.now
    known: _Remembered | None = memory.get(policy, kind.name, uri, now=now)
    if known is not None:
        return known
    answer = await fetch(Request("GET", uri, {"accept": kind.accepted}, max_bytes=MAX_BYTES))
    if answer.status != 200:  # noqa: PLR2004 - HTTP OK
        raise FetchError("fetch_status", f"status list: HTTP {answer.status}")
    found = await kind.read(answer.body, uri, asked)
    _check_age(found.listed, policy, now)
    if asked.issuers is not None:
        check_signer(found.anchor, asked.issuers, policy)
    until = _until(found.listed, policy, now)
    memory.put(policy, kind.name, uri, found, now=now, expires=until, owner=found.anchor.name)
    return found


def _check_age(listed: StatusList | IdentifierList, policy: Policy, now: int) -> None:
    if listed.expires_at is None and listed.issued_at + policy.max_list_age <= now:
        raise VerificationError("status_list_expired", "without exp, and old")


def _until(listed: StatusList | IdentifierList, policy: Policy, now: int) -> int:
    age = min(listed.ttl or DEFAULT_AGE, policy.max_status_age)
    ends = listed.expires_at if listed.expires_at is not None else listed.issued_at + policy.max_list_age
    return min(now + age, ends)


async def _read_status(body: bytes, uri: str, asked: _Asked) -> _Remembered:
    return await (_read_cwt if body.startswith(_CWT) else _read_jwt)(body, uri, asked)


async def _read_jwt(body: bytes, uri: str, asked: _Asked) -> _Remembered:
    try:
        raw = body.decode("ascii")
    except UnicodeDecodeError:
        raise ParseError("status_list_malformed") from None
    authentic = await authenticate_jwt(
        raw,
        role="status",
        typ=TYP,
        policy=asked.policy,
        memory=asked.memory,
        now=asked.now,
        max_chars=MAX_BYTES,
        budget=asked.budget,
    )
    return _Remembered(read_list(authentic.jwt, uri=uri, now=asked.now), authentic.path.anchor)


async def _read_cwt(body: bytes, uri: str, asked: _Asked) -> _Remembered:
    unverified = token_cwt.parse_list(body, max_bytes=MAX_BYTES)
    authentic = await _authenticate(unverified, token_cwt.unverified_claims, token_cwt.TYP, asked)
    return _Remembered(token_cwt.read_list(authentic.cwt, uri=uri, now=asked.now), authentic.path.anchor)


async def _read_identifiers(body: bytes, uri: str, asked: _Asked) -> _Remembered:
    unverified = identifiers.parse_list(body, max_bytes=MAX_BYTES)
    authentic = await _authenticate(unverified, identifiers.unverified_claims, identifiers.TYP, asked)
    return _Remembered(identifiers.read_list(authentic.cwt, uri=uri, now=asked.now), authentic.path.anchor)


async def _authenticate(
    unverified: UnverifiedCose, claims: Callable[[UnverifiedCose], JsonObject], typ: str, asked: _Asked
) -> AuthenticCwt:
    return await authenticate_cwt(
        unverified,
        partial(claims, unverified),
        role="status",
        typ=typ,
        policy=asked.policy,
        memory=asked.memory,
        now=asked.now,
        budget=asked.budget,
    )


_STATUS = _Kind("status", f"{MEDIA_TYPE}, {token_cwt.MEDIA_TYPE}", _read_status)
_IDENTIFIERS = _Kind("identifiers", identifiers.MEDIA_TYPE, _read_identifiers)

_MECHANISMS: Mapping[str, Callable[[JsonObject, _Asked], Flow[tuple[str, ...]]]] = MappingProxyType(
    {"status_list": _check_index, "identifier_list": _check_identifier, "credentialStatus": _check_entries}
)
"""How each mechanism is asked that a credential may name."""
