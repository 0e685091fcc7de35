"""Step 9 for W3C credentials: their Bitstring Status Lists, each a W3C credential of a signer that is believed."""

from didkit_fr.credentials.contexts import contexts
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.flow import Request, fetch
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.status.bitstring import PURPOSES, BitstringList, read_entries, read_list
from didkit_fr.verification.integrity_keys import find_issuer_keys
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy

__all__ = ["check_entries", "load_bitstring_list"]

MAX_BYTES = 1_048_576
AGE = 300

_MEDIA_TYPE = "application/vc"
_OK = 200
_CODES = {1: "status_revoked", 2: "status_suspended"}


async def check_entries(stated: JsonValue, *, policy: Policy, memory: Memory, now: int) -> None:
    """Asks every entry of a `credentialStatus`, as a flow.

    Raises:
        FetchError: a list could not be had.
        ParseError: a malformed entry or list.
        VerificationError: `status_revoked`, `status_suspended`, and those of `read_entries` and `load_bitstring_list`.
    """
    for entry in read_entries(stated):
        listed = await load_bitstring_list(entry.url, entry.purpose, policy=policy, memory=memory, now=now)
        if listed.is_set(entry.index):
            raise VerificationError(_CODES[PURPOSES[entry.purpose]])


async def load_bitstring_list(url: str, purpose: str, *, policy: Policy, memory: Memory, now: int) -> BitstringList:
    """The verified list at an address, from memory or fetched, as a flow; to be called beforehand for offline use.

    Raises:
        FetchError: `fetch_status` and the fetcher's.
        ParseError: those of `proofs.data_integrity.proof` and `status.bitstring.read_list`.
        VerificationError: those of `find_issuer_keys`, `proofs.data_integrity.proof.verify`, `read_list`.
    """
    known = memory.get(policy, ("bitstring", url, purpose), now=now)
    if isinstance(known, BitstringList):
        return known
    answer = await fetch(Request("GET", url, {"accept": _MEDIA_TYPE}, max_bytes=MAX_BYTES))
    if answer.status != _OK:
        raise FetchError("fetch_status", f"status list: HTTP {answer.status}")
    unverified = proof.parse(json.parse_object(answer.body, max_bytes=MAX_BYTES))
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
    listed = read_list(verified.document, url=url, purpose=purpose, now=now)
    age = min(AGE, policy.max_status_age)
    expires = now + age if listed.expires is None else min(now + age, listed.expires)
    memory.put(policy, ("bitstring", url, purpose), listed, now=now, expires=expires)
    return listed
