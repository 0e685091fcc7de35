"""Step 9 for W3C credentials: their Bitstring Status Lists, each a W3C credential of a signer that is believed."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple, cast

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.model import CheckedCredential
from didkit_fr.credentials.presentation import Envelope
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding import json
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.flow import Request, Response, fetch
from didkit_fr.formats.w3c import vc_integrity, vc_jose
from didkit_fr.formats.w3c.vc_selective import SELECTIVE
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.status.bitstring import PURPOSES, BitstringList, read_entries, read_list
from didkit_fr.trust.anchors import Anchor
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.integrity_keys import find_issuer_keys
from didkit_fr.verification.signers.rules import FindSigners, Types, by_anchors
from didkit_fr.verification.w3c.envelopes import ENVELOPES, verify_credential_envelope

__all__ = ["check_entries", "load_bitstring_list"]

MAX_BYTES = 1_048_576
AGE = 300

_STEP_BYTES = 64

_MEDIA_TYPES = "application/vc, application/vc+jwt, application/vc+sd-jwt, application/vc+cose"
_OK = 200
_CODES = {1: "status_revoked", 2: "status_suspended"}


@dataclass(frozen=True, slots=True)
class _Question:
    issuers: Collection[Anchor] | None
    policy: Policy
    memory: Memory
    now: int
    find: FindSigners
    budget: Budget


async def check_entries(
    stated: JsonValue,
    *,
    policy: Policy,
    memory: Memory,
    now: int,
    issuers: Collection[Anchor] | None = None,
    find: FindSigners | None = None,
    budget: Budget | None = None,
) -> tuple[str, ...]:
    """Asks every entry of a `credentialStatus`, as a flow; returns what is said of a credential that stays in force.

    Of a message that is its value: its words are the issuer's, and not for end users.

    Args:
        stated: the member, verified.
        policy: what is believed.
        memory: the lists that were verified before.
        now: seconds since 1970 (UTC).
        issuers: the anchors that the credential's issuer was admitted under; None where any signer of lists will do.
        find: the rule of whose signatures count; None for the policy's anchors.
        budget: what the work on the credential's message may still cost.

    Raises:
        FetchError: a list could not be had.
        ParseError: a malformed entry or list; `work_exceeded`.
        VerificationError: `status_revoked`, `status_suspended`, `status_list_signer`, and those of `read_entries` and
            `load_bitstring_list`.
    """
    notices = []
    left = budget or Budget()
    asked = _Question(issuers, policy, memory, now, find or by_anchors(policy, memory, now, left), left)
    for entry in read_entries(stated):
        listed = await _load(entry.url, entry.purpose, asked)
        value = listed.lookup(entry.index, entry.size)
        if value and entry.purpose in PURPOSES:
            raise VerificationError(_CODES[PURPOSES[entry.purpose]])
        if value:
            notices.append(f"{entry.purpose} {value:#x}")
    return tuple(notices)


async def load_bitstring_list(url: str, purpose: str, *, policy: Policy, memory: Memory, now: int) -> BitstringList:
    """The verified list at an address, from memory or fetched, as a flow; to be called beforehand for offline use.

    Raises:
        FetchError: `fetch_status` and the fetcher's.
        ParseError: those of `formats.vc_integrity`, `verify_credential_envelope` and `status.bitstring.read_list`.
        VerificationError: those of `find_issuer_keys`, `formats.vc_integrity.verify`, `verify_credential_envelope`,
            `read_list`.
    """
    left = Budget()
    return await _load(url, purpose, _Question(None, policy, memory, now, by_anchors(policy, memory, now, left), left))


class _Remembered(NamedTuple):
    """A verified list, and the anchors that its signers were admitted under."""

    listed: BitstringList
    anchors: frozenset[Anchor]


class _Read(NamedTuple):
    """The document of a list, verified; the anchors of its signers; and when it was signed, None where it says not."""

    document: JsonObject
    anchors: frozenset[Anchor]
    signed: int | None


async def _load(url: str, purpose: str, asked: _Question) -> BitstringList:
    policy, memory, now = asked.policy, asked.memory, asked.now
    known: _Remembered | None = memory.get(policy, "bitstring", (url, purpose), now=now)
    if known is not None:
        _check_signers(known.anchors, asked)
        return known.listed
    answer = await fetch(Request("GET", url, {"accept": _MEDIA_TYPES}, max_bytes=MAX_BYTES))
    if answer.status != _OK:
        raise FetchError("fetch_status", f"status list: HTTP {answer.status}")
    asked.budget.spend(len(answer.body) // _STEP_BYTES + 1)
    envelope = _envelope_of(answer)
    if envelope is None:
        read = await _read_integrity(answer.body, asked)
    else:
        read = await _read_envelope(envelope, answer.body, asked)
    _check_signers(read.anchors, asked)
    listed = read_list(read.document, url=url, purpose=purpose, now=now)
    ends = _ends(listed, read.signed, asked)
    age = min(AGE if listed.ttl is None else listed.ttl, policy.max_status_age)
    kept = _Remembered(listed, read.anchors)
    owner = frozenset(anchor.name for anchor in read.anchors)
    memory.put(policy, "bitstring", (url, purpose), kept, now=now, expires=min(now + age, ends), owner=owner)
    return listed


def _ends(listed: BitstringList, signed: int | None, asked: _Question) -> int:
    """When a list ends; one that does not say so ends some time after it was signed, or it would hide what came since.

    Raises:
        VerificationError: `status_list_expired`.
    """
    if listed.expires is not None:
        return listed.expires
    ends = 0 if signed is None else signed + asked.policy.max_list_age
    if ends <= asked.now:
        raise VerificationError("status_list_expired", "without an end, and old, or of unknown age")
    return ends


def _check_signers(anchors: frozenset[Anchor], asked: _Question) -> None:
    """Refuses a list of another authority than the credential's own, or one that the policy names.

    Without this, whoever may sign some status list could say that the credentials of another issuer are in force.
    """
    if asked.issuers is None:
        return
    named = asked.policy.status_signers
    if not any(anchor in asked.issuers or anchor.name in named for anchor in anchors):
        raise VerificationError("status_list_signer")


def _any_type() -> Types:
    return (None,)


async def _read_integrity(body: bytes, asked: _Question) -> _Read:
    policy = asked.policy
    unverified = proof.parse(json.parse_object(body, max_bytes=MAX_BYTES))
    found = await find_issuer_keys(unverified, role="status", types=_any_type, find=asked.find)
    keys = {method: path.key for method, path in found.keys.items()}
    if any(key.algorithm not in policy.algorithms for key in keys.values()):
        raise VerificationError("algorithm_refused")
    verified, checked = vc_integrity.verify(
        unverified,
        keys,
        kind="vc",
        now=asked.now,
        leeway=policy.leeway,
        # Who shows a part of a list could leave out the end of it, or what it is for.
        cryptosuites=policy.cryptosuites - SELECTIVE,
        domain=None,
        challenge=None,
        terms=Terms(contexts(), inline=False),
        budget=asked.budget,
    )
    credential, made = cast("CheckedCredential", checked), [one.created for one in verified.proofs]
    # What another signer beside the list's own issuer is believed for says nothing of the list.
    own = frozenset(path.anchor for path in found.keys.values() if credential.issuer in path.names)
    if not own:
        raise VerificationError("issuer_mismatch")
    signed = [time for time in (*made, credential.valid_from) if time is not None]
    return _Read(verified.document, own, max(signed, default=None))


async def _read_envelope(media_type: str, body: bytes, asked: _Question) -> _Read:
    """A list in an envelope: whose key it is says the header, and the issuer of the credential must be that one."""
    verified, found = await verify_credential_envelope(
        Envelope(media_type, body),
        role="status",
        find=asked.find,
        algorithms=asked.policy.algorithms,
        terms=Terms(contexts(), inline=False),
        budget=asked.budget,
    )
    if verified.expires is not None and verified.expires <= asked.now:
        raise VerificationError("status_list_expired")
    anchors = frozenset(path.anchor for path in found.keys.values())
    stated = (verified.claims.get("iat"), verified.not_before, cast("CheckedCredential", verified.checked).valid_from)
    signed = [int(time) for time in stated if isinstance(time, (int, float))]
    return _Read(verified.document, anchors, max(signed, default=None))


def _envelope_of(answer: Response) -> str | None:
    """The envelope that an answer says it is; by its first byte where it says nothing; None for a document."""
    stated = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated in ENVELOPES:
        return stated
    return None if answer.body.lstrip()[:1] == b"{" else vc_jose.media_type("vc")
