"""Step 9 for W3C credentials: their Bitstring Status Lists, each a W3C credential of a signer that is believed."""

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.flow import Request, Response, fetch
from didkit_fr.formats import vc_integrity, vc_jose
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.status.bitstring import PURPOSES, BitstringList, read_entries, read_list
from didkit_fr.verification.integrity_keys import find_issuer_keys
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.w3c_envelopes import ENVELOPES, verify_credential_envelope

__all__ = ["check_entries", "load_bitstring_list"]

MAX_BYTES = 1_048_576
AGE = 300

_MEDIA_TYPES = "application/vc, application/vc+jwt, application/vc+sd-jwt, application/vc+cose"
_OK = 200
_CODES = {1: "status_revoked", 2: "status_suspended"}


async def check_entries(stated: JsonValue, *, policy: Policy, memory: Memory, now: int) -> tuple[str, ...]:
    """Asks every entry of a `credentialStatus`, as a flow; returns what is said of a credential that stays in force.

    Of a message that is its value: its words are the issuer's, and not for end users.

    Raises:
        FetchError: a list could not be had.
        ParseError: a malformed entry or list.
        VerificationError: `status_revoked`, `status_suspended`, and those of `read_entries` and `load_bitstring_list`.
    """
    notices = []
    for entry in read_entries(stated):
        listed = await load_bitstring_list(entry.url, entry.purpose, policy=policy, memory=memory, now=now)
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
    known = memory.get(policy, "bitstring", (url, purpose), now=now)
    if isinstance(known, BitstringList):
        return known
    answer = await fetch(Request("GET", url, {"accept": _MEDIA_TYPES}, max_bytes=MAX_BYTES))
    if answer.status != _OK:
        raise FetchError("fetch_status", f"status list: HTTP {answer.status}")
    envelope = _envelope_of(answer)
    if envelope is None:
        document = await _read_integrity(answer.body, policy, memory, now)
    else:
        document = await _read_envelope(envelope, answer.body, policy, memory, now)
    listed = read_list(document, url=url, purpose=purpose, now=now)
    age = min(AGE if listed.ttl is None else listed.ttl, policy.max_status_age)
    expires = now + age if listed.expires is None else min(now + age, listed.expires)
    memory.put(policy, "bitstring", (url, purpose), listed, now=now, expires=expires)
    return listed


async def _read_integrity(body: bytes, policy: Policy, memory: Memory, now: int) -> JsonObject:
    unverified = proof.parse(json.parse_object(body, max_bytes=MAX_BYTES))
    paths = await find_issuer_keys(unverified, role="status", type_=None, policy=policy, memory=memory, now=now)
    keys = {method: path.key for method, path in paths.items()}
    if any(key.algorithm not in policy.algorithms for key in keys.values()):
        raise VerificationError("algorithm_refused")
    verified, _ = vc_integrity.verify(
        unverified,
        keys,
        kind="vc",
        now=now,
        leeway=policy.leeway,
        cryptosuites=policy.cryptosuites,
        domain=None,
        challenge=None,
        terms=Terms(contexts(), inline=False),
    )
    return verified.document


async def _read_envelope(media_type: str, body: bytes, policy: Policy, memory: Memory, now: int) -> JsonObject:
    """A list in an envelope: whose key it is says the header, and the issuer of the credential must be that one."""
    terms = Terms(contexts(), inline=False)
    verified = await verify_credential_envelope(
        media_type, body, role="status", policy=policy, memory=memory, now=now, terms=terms
    )
    if verified.expires is not None and verified.expires <= now:
        raise VerificationError("status_list_expired")
    return verified.document


def _envelope_of(answer: Response) -> str | None:
    """The envelope that an answer says it is; by its first byte where it says nothing; None for a document."""
    stated = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated in ENVELOPES:
        return stated
    return None if answer.body.lstrip()[:1] == b"{" else vc_jose.media_type("vc")
