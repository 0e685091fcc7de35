"""Whose key signed this? For every kind of signed document: credentials, status lists, request objects."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from didkit_fr.did.document import DidDocument
from didkit_fr.did.resolve import resolve
from didkit_fr.did.url import parse_did_url
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import VerificationError
from didkit_fr.flow import Flow, together
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.jwk import KeySet
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.x509 import Certificate, parse_x5c
from didkit_fr.trust.anchors import Anchor
from didkit_fr.trust.path import TrustedBbsKey, TrustedPath, verify_path
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.issuer_keys import fetch_keys

__all__ = ["PURPOSES", "RELOAD_AGE", "FoundKey", "Signed", "find_bbs_key", "find_key", "load_keys"]

PURPOSES = MappingProxyType({"credential": "assertionMethod", "status": "assertionMethod", "request": "authentication"})
"""What a key of a DID must be for, by role (Controlled Identifiers 1.0 section 2.3)."""

RELOAD_AGE = 60
"""A key that is not among those remembered is looked for anew once they are this old, in seconds: its owner may have
added it, but whoever invents names of keys must not have the owner's server asked each time."""

_LACKING = frozenset({"issuer_key_unknown", "verification_method_unknown"})

T = TypeVar("T")
K = TypeVar("K")


class Signed(Protocol):
    """A signed document that was parsed; nothing of it is to be believed."""

    @property
    def unverified_header(self) -> Mapping[str, Any]:
        """The protected header: which key, it says."""
        ...

    def unverified_claims(self) -> JsonObject:
        """The claims: who signed, they say."""
        ...


class FoundKey(NamedTuple):
    """A signer's key, and how to remember the way to it: to be called once something was verified with it."""

    path: TrustedPath
    keep: Callable[[], None]


class _Question(NamedTuple):
    role: str
    type: str | None
    policy: Policy
    memory: Memory
    now: int
    purpose: str
    budget: Budget


class _Kept(NamedTuple, Generic[T]):
    value: T
    since: int


async def find_key(
    unverified: Signed,
    *,
    role: str,
    type_: str | None,
    policy: Policy,
    memory: Memory,
    now: int,
    purpose: str | None = None,
    budget: Budget | None = None,
) -> FoundKey:
    """Finds the key of a signer that the anchors admit to this role (and to issue this type), as a flow.

    An `x5c` chain is completed to an anchor offline. Without one, the key is that of a `kid` in the document of a DID,
    or among those that an `https` issuer publishes, and only if that DID or issuer is an anchor itself: an unknown
    issuer causes no request. Keys that were fetched are remembered for `policy.max_key_age` at most; a path, for as
    long as its certificates hold, by `FoundKey.keep`: of certificates that anybody may send with anything, each would
    take the place of another. `purpose` is what a certificate must be for, if not what the role says; `budget` what the
    message may still cost.

    Raises:
        ParseError: `work_exceeded`, `x5c_malformed`, `did_url_invalid`, and those of `keys.x509`, `did.resolve`,
            `fetch_keys`.
        FetchError: the keys could not be had.
        VerificationError: `issuer_unknown`, `issuer_not_for_type`, `issuer_mismatch`, `issuer_key_unknown`,
            `certificate_...`, `verification_method_...`, and those of `did.resolve` and `fetch_keys`.
    """
    header, left = unverified.unverified_header, Budget() if budget is None else budget
    question = _Question(role, type_, policy, memory, now, purpose or role, left)
    if "x5c" in header:
        return _find_path(header["x5c"], question)
    return FoundKey(await _find_published(header, unverified.unverified_claims().get("iss"), question), _nothing)


async def _find_published(header: Mapping[str, Any], issuer: object, question: _Question) -> TrustedPath:
    kid = header.get("kid")
    if isinstance(kid, str) and kid.startswith("#") and isinstance(issuer, str):
        kid = issuer + kid
    if isinstance(kid, str) and kid.startswith("did:"):
        return await _find_did_key(kid, issuer, question, DidDocument.public_key, _believed)
    if isinstance(issuer, str) and (kid is None or isinstance(kid, str)):
        return await _find_issuer_key(issuer, kid, header.get("alg"), question)
    raise VerificationError("issuer_unknown", "neither x5c nor kid nor iss")


async def find_bbs_key(
    method: str, *, role: str, type_: str | None, policy: Policy, memory: Memory, now: int
) -> TrustedBbsKey:
    """As `find_key`, for a BBS key: `method` is the DID URL of one, in the document of a DID that is an anchor.

    Raises:
        ParseError: `did_url_invalid`, and those of `did.resolve` and `keys.multikey.parse_bbs`.
        FetchError: the document could not be had.
        VerificationError: `issuer_unknown`, `issuer_not_for_type`, `verification_method_...`, and those of
            `did.resolve`.
    """
    if not method.startswith("did:"):
        raise VerificationError("issuer_unknown", "a verification method that is no DID URL")
    question = _Question(role, type_, policy, memory, now, role, Budget())
    return await _find_did_key(method, None, question, DidDocument.bbs_public_key, _believed_bbs)


async def load_keys(*, policy: Policy, memory: Memory, now: int) -> None:
    """Fetches the keys of all anchors that are a DID or an address, as a flow: to be called before going offline.

    Raises:
        ParseError, FetchError, VerificationError: those of `did.resolve` and `fetch_keys`, for the first that fails.
    """
    anchors = policy.anchors.anchors
    dids = [(("did", one.did), partial(_document, one.did, now)) for one in anchors if one.did is not None]
    issuers = [(("issuer keys", one.issuer), partial(fetch_keys, one.issuer)) for one in anchors if one.issuer]
    await together(
        *(_load(name, load, policy, memory, now) for name, load in dids),
        *(_load(name, load, policy, memory, now) for name, load in issuers),
    )


def _nothing() -> None:
    """What was fetched is remembered already."""


def _find_path(x5c: object, question: _Question) -> FoundKey:
    if not isinstance(x5c, list) or not all(isinstance(item, str) for item in x5c):
        raise VerificationError("issuer_unknown", "no x5c certificate chain")
    policy, memory, now = question.policy, question.memory, question.now
    name = (question.role, question.purpose, question.type, *x5c)
    known = memory.get(policy, "path", name, now=now)
    if isinstance(known, TrustedPath):
        return FoundKey(known, _nothing)
    path = _complete(parse_x5c(x5c, budget=question.budget), question)

    def keep() -> None:
        until, owner = path.valid_until + 1, path.anchor.name
        memory.put(policy, "path", name, path, now=now, expires=until, owner=owner)

    return FoundKey(path, keep)


def _complete(chain: Sequence[Certificate], question: _Question) -> TrustedPath:
    """Asks the anchors for this type first; a known issuer of other types is told from an unknown one."""
    role, anchors = question.role, question.policy.anchors
    try:
        return _verify_path(chain, anchors.admitting(role, question.type), question)
    except VerificationError as error:
        if error.code != "issuer_unknown" or question.type is None:
            raise
    _verify_path(chain, anchors.admitting(role), question)
    raise VerificationError("issuer_not_for_type")


def _verify_path(chain: Sequence[Certificate], admitted: Sequence[Anchor], question: _Question) -> TrustedPath:
    return verify_path(
        chain,
        admitted,
        now=question.now,
        purpose=question.purpose,
        algorithms=question.policy.algorithms,
        budget=question.budget,
    )


async def _find_did_key(
    url: str,
    issuer: object,
    question: _Question,
    read: Callable[..., K],
    believe: Callable[[K, str, Anchor, _Question], T],
) -> T:
    did = url.partition("#")[0]
    anchor = _admit(lambda one: one.did == did, question)
    if issuer is not None and issuer != did:
        raise VerificationError("issuer_mismatch")
    named = parse_did_url(url)

    def pick(document: DidDocument) -> K:
        return read(document, named.text, PURPOSES[question.role], now=question.now)

    key = await _remembered(("did", did), partial(_document, did, question.now), pick, question)
    return believe(key, did, anchor, question)


async def _find_issuer_key(issuer: str, kid: str | None, algorithm: object, question: _Question) -> TrustedPath:
    anchor = _admit(lambda one: one.issuer == issuer, question)

    def pick(keys: KeySet) -> PublicKey:
        key = keys.find(kid, str(algorithm))
        if key is None:
            raise VerificationError("issuer_key_unknown")
        return key

    key = await _remembered(("issuer keys", issuer), partial(fetch_keys, issuer), pick, question)
    return _believed(key, issuer, anchor, question)


def _admit(is_signer: Callable[[Anchor], bool], question: _Question) -> Anchor:
    """The anchor that the signer is itself; nobody is asked anything about a signer that is none."""
    known = [anchor for anchor in question.policy.anchors.admitting(question.role) if is_signer(anchor)]
    if not known:
        raise VerificationError("issuer_unknown")
    admitted = question.policy.anchors.admitting(question.role, question.type)
    for anchor in known:
        if anchor in admitted:
            return anchor
    raise VerificationError("issuer_not_for_type")


async def _document(did: str, now: int) -> tuple[DidDocument, int | None]:
    document = await resolve(did, now=now)
    return document, document.max_age


async def _remembered(
    name: tuple[str, str],
    load: Callable[[], Flow[tuple[T, int | None]]],
    pick: Callable[[T], K],
    question: _Question,
) -> K:
    """Picks a key out of what is remembered under `name`, or of what `load` fetches."""
    policy, memory, now = question.policy, question.memory, question.now
    kept: _Kept[T] | None = memory.get(policy, *name, now=now)
    if kept is not None:
        try:
            return pick(kept.value)
        except VerificationError as error:
            if error.code not in _LACKING or now < kept.since + RELOAD_AGE:
                raise
    return pick(await _load(name, load, policy, memory, now))


async def _load(
    name: tuple[str, str], load: Callable[[], Flow[tuple[T, int | None]]], policy: Policy, memory: Memory, now: int
) -> T:
    value, max_age = await load()
    age = policy.max_key_age if max_age is None else min(max_age, policy.max_key_age)
    memory.put(policy, *name, _Kept(value, now), now=now, expires=now + age, owner=name)
    return value


def _believed(key: PublicKey, name: str, anchor: Anchor, question: _Question) -> TrustedPath:
    return TrustedPath(
        key=key, subject=name, names=frozenset({name}), certificate=None, anchor=anchor, valid_until=question.now
    )


def _believed_bbs(key: BbsPublicKey, name: str, anchor: Anchor, question: _Question) -> TrustedBbsKey:
    return TrustedBbsKey(key=key, subject=name, names=frozenset({name}), anchor=anchor, valid_until=question.now)
