"""Step 9 for W3C credentials: their Bitstring Status Lists, each a W3C credential of a signer that is believed."""

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.model import CheckedCredential
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.flow import Request, fetch
from didkit_fr.formats import vc_jose
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.status.bitstring import PURPOSES, BitstringList, read_entries, read_list
from didkit_fr.verification.integrity_keys import find_issuer_keys
from didkit_fr.verification.key import find_key
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy

__all__ = ["check_entries", "load_bitstring_list"]

MAX_BYTES = 1_048_576
AGE = 300

_MEDIA_TYPES = "application/vc, application/vc+jwt"
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
        ParseError: those of `proofs.data_integrity.proof`, `formats.vc_jose` and `status.bitstring.read_list`.
        VerificationError: those of `find_issuer_keys`, `find_key`, `proofs.data_integrity.proof.verify`,
            `formats.vc_jose.verify`, `read_list`.
    """
    known = memory.get(policy, ("bitstring", url, purpose), now=now)
    if isinstance(known, BitstringList):
        return known
    answer = await fetch(Request("GET", url, {"accept": _MEDIA_TYPES}, max_bytes=MAX_BYTES))
    if answer.status != _OK:
        raise FetchError("fetch_status", f"status list: HTTP {answer.status}")
    read = _read_integrity if answer.body.lstrip()[:1] == b"{" else _read_jwt
    document = await read(answer.body, policy, memory, now)
    listed = read_list(document, url=url, purpose=purpose, now=now)
    age = min(AGE if listed.ttl is None else listed.ttl, policy.max_status_age)
    expires = now + age if listed.expires is None else min(now + age, listed.expires)
    memory.put(policy, ("bitstring", url, purpose), listed, now=now, expires=expires)
    return listed


async def _read_integrity(body: bytes, policy: Policy, memory: Memory, now: int) -> JsonObject:
    unverified = proof.parse(json.parse_object(body, max_bytes=MAX_BYTES))
    paths = await find_issuer_keys(unverified, role="status", type_=None, policy=policy, memory=memory, now=now)
    keys = {method: path.key for method, path in paths.items()}
    if any(key.algorithm not in policy.algorithms for key in keys.values()):
        raise VerificationError("algorithm_refused")
    verified = proof.verify(
        unverified,
        keys,
        purpose="assertionMethod",
        now=now,
        leeway=policy.leeway,
        cryptosuites=policy.cryptosuites,
        domain=None,
        challenge=None,
        contexts=contexts(),
    )
    return verified.document


async def _read_jwt(body: bytes, policy: Policy, memory: Memory, now: int) -> JsonObject:
    """A list as `vc+jwt`: whose key it is says the header, and the issuer of the credential must be that one."""
    try:
        unverified = vc_jose.parse(body.decode("ascii"), max_chars=MAX_BYTES)
    except UnicodeDecodeError:
        raise ParseError("status_list_malformed") from None
    path = await find_key(unverified, role="status", type_=None, policy=policy, memory=memory, now=now)
    verified = vc_jose.verify(
        unverified, path.key, kind="vc", algorithms=policy.algorithms, terms=Terms(contexts(), inline=False)
    )
    if not isinstance(verified.checked, CheckedCredential) or verified.checked.issuer not in path.names:
        raise VerificationError("issuer_mismatch")
    if verified.expires is not None and verified.expires <= now:
        raise VerificationError("status_list_expired")
    return verified.document
