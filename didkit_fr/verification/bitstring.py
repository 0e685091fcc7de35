"""Step 9 for W3C credentials: their Bitstring Status Lists, each a W3C credential of a signer that is believed."""

from dataclasses import dataclass
from typing import cast

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.model import CheckedCredential
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding import json
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.flow import Request, Response, fetch
from didkit_fr.formats import vc_integrity, vc_jose
from didkit_fr.formats.vc_selective import SELECTIVE
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.status.bitstring import PURPOSES, BitstringList, read_entries, read_list
from didkit_fr.verification.integrity_keys import find_issuer_keys
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.w3c_envelopes import ENVELOPES, verify_credential_envelope
from didkit_fr.verification.w3c_signers import FindSigners, Types, by_anchors

__all__ = ["check_entries", "load_bitstring_list"]

MAX_BYTES = 1_048_576
AGE = 300

_MEDIA_TYPES = "application/vc, application/vc+jwt, application/vc+sd-jwt, application/vc+cose"
_OK = 200
_CODES = {1: "status_revoked", 2: "status_suspended"}


@dataclass(frozen=True, slots=True)
class _Question:
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
    find: FindSigners | None = None,
    budget: Budget | None = None,
) -> tuple[str, ...]:
    """Asks every entry of a `credentialStatus`, as a flow; returns what is said of a credential that stays in force.

    Of a message that is its value: its words are the issuer's, and not for end users. `find` is the rule of whose lists
    count, None for the policy's anchors; `budget` what the work on the credential's message may still cost.

    Raises:
        FetchError: a list could not be had.
        ParseError: a malformed entry or list; `work_exceeded`.
        VerificationError: `status_revoked`, `status_suspended`, and those of `read_entries` and `load_bitstring_list`.
    """
    notices = []
    for entry in read_entries(stated):
        listed = await load_bitstring_list(
            entry.url, entry.purpose, policy=policy, memory=memory, now=now, find=find, budget=budget
        )
        value = listed.lookup(entry.index, entry.size)
        if value and entry.purpose in PURPOSES:
            raise VerificationError(_CODES[PURPOSES[entry.purpose]])
        if value:
            notices.append(f"{entry.purpose} {value:#x}")
    return tuple(notices)


async def load_bitstring_list(
    url: str,
    purpose: str,
    *,
    policy: Policy,
    memory: Memory,
    now: int,
    find: FindSigners | None = None,
    budget: Budget | None = None,
) -> BitstringList:
    """The verified list at an address, from memory or fetched, as a flow; to be called beforehand for offline use.

    Arguments are those of `check_entries`.

    Raises:
        FetchError: `fetch_status` and the fetcher's.
        ParseError: those of `formats.vc_integrity`, `verify_credential_envelope` and `status.bitstring.read_list`.
        VerificationError: those of `find_issuer_keys`, `formats.vc_integrity.verify`, `verify_credential_envelope`,
            `read_list`.
    """
    known = memory.get(policy, "bitstring", (url, purpose), now=now)
    if isinstance(known, BitstringList):
        return known
    answer = await fetch(Request("GET", url, {"accept": _MEDIA_TYPES}, max_bytes=MAX_BYTES))
    if answer.status != _OK:
        raise FetchError("fetch_status", f"status list: HTTP {answer.status}")
    asked = _Question(policy, memory, now, find or by_anchors(policy, memory, now), budget or Budget())
    envelope = _envelope_of(answer)
    if envelope is None:
        document = await _read_integrity(answer.body, asked)
    else:
        document = await _read_envelope(envelope, answer.body, asked)
    listed = read_list(document, url=url, purpose=purpose, now=now)
    age = min(AGE if listed.ttl is None else listed.ttl, policy.max_status_age)
    expires = now + age if listed.expires is None else min(now + age, listed.expires)
    memory.put(policy, "bitstring", (url, purpose), listed, now=now, expires=expires)
    return listed


def _any_type() -> Types:
    return (None,)


async def _read_integrity(body: bytes, asked: _Question) -> JsonObject:
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
    if not any(cast("CheckedCredential", checked).issuer in path.names for path in found.keys.values()):
        raise VerificationError("issuer_mismatch")
    return verified.document


async def _read_envelope(media_type: str, body: bytes, asked: _Question) -> JsonObject:
    """A list in an envelope: whose key it is says the header, and the issuer of the credential must be that one."""
    verified, _ = await verify_credential_envelope(
        media_type,
        body,
        role="status",
        find=asked.find,
        algorithms=asked.policy.algorithms,
        terms=Terms(contexts(), inline=False),
        budget=asked.budget,
    )
    if verified.expires is not None and verified.expires <= asked.now:
        raise VerificationError("status_list_expired")
    return verified.document


def _envelope_of(answer: Response) -> str | None:
    """The envelope that an answer says it is; by its first byte where it says nothing; None for a document."""
    stated = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated in ENVELOPES:
        return stated
    return None if answer.body.lstrip()[:1] == b"{" else vc_jose.media_type("vc")
