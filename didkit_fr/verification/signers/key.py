"""Whose key signed this? For every kind of signed document: credentials, status lists, request objects."""

from collections.abc import Callable, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar, overload

from didkit_fr.did.document import DidDocument
from didkit_fr.did.resolve import resolve
from didkit_fr.did.url import parse_did_url
from didkit_fr.errors import VerificationError
from didkit_fr.flow import Flow, together
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.jwk import KeySet
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.x509 import Certificate, parse_chain
from didkit_fr.proofs.claimed_signer import BbsDidUrl, ClaimedSigner, DidUrl, IssuerKeyId, X5c, did_of
from didkit_fr.trust.anchors import Anchor
from didkit_fr.trust.path import TrustedBbsKey, TrustedPath, check_certified, verify_path
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.issuer_keys import fetch_keys

__all__ = ["RELATIONSHIPS", "RELOAD_AGE", "FoundKey", "find_key", "load_keys"]

RELATIONSHIPS = MappingProxyType(
    {"credential": "assertionMethod", "status": "assertionMethod", "request": "authentication"}
)
"""The verification relationship that a key of a DID must be in, by role (Controlled Identifiers 1.0 section 2.3)."""

RELOAD_AGE = 60
"""A key that is not among those remembered is looked for anew once they are this old, in seconds: its owner may have
added it, but whoever invents names of keys must not have the owner's server asked each time."""

_LACKING = frozenset({"issuer_key_unknown", "verification_method_unknown"})

T = TypeVar("T")
K = TypeVar("K")
P = TypeVar("P", TrustedPath, TrustedPath | TrustedBbsKey)


class FoundKey(NamedTuple, Generic[P]):
    """A signer's key, and how to remember the way to it: to be called once something was verified with it."""

    path: P
    keep: Callable[[], None]


class _Question(NamedTuple):
    role: str
    type: str | None
    purpose: str
    context: VerificationContext


class _Kept(NamedTuple, Generic[T]):
    value: T
    since: int


@overload
async def find_key(
    claimed: X5c | DidUrl | IssuerKeyId,
    context: VerificationContext,
    *,
    role: str,
    type_: str | None,
    purpose: str | None = None,
) -> FoundKey[TrustedPath]: ...
@overload
async def find_key(
    claimed: ClaimedSigner, context: VerificationContext, *, role: str, type_: str | None, purpose: str | None = None
) -> FoundKey[TrustedPath | TrustedBbsKey]: ...
async def find_key(
    claimed: ClaimedSigner, context: VerificationContext, *, role: str, type_: str | None, purpose: str | None = None
) -> FoundKey[Any]:
    """Finds the key of a signer that the anchors admit to this role (and to issue this type), as a flow.

    An `x5c` chain is completed to an anchor offline. Any other key is in the document of a DID, or among those that an
    `https` issuer publishes, and is used only if that DID or issuer is an anchor itself: an unknown issuer causes no
    request. The names of the path are those that the key was found under, and nothing else may be believed to be the
    issuer. Keys that were fetched are remembered for `policy.max_key_age` at most; a path, for as long as its
    certificates hold, by `FoundKey.keep`: of certificates that anybody may send with anything, each would take the
    place of another.

    Args:
        claimed: who the document claims signed it.
        context: what is accepted, remembered, and when it is.
        role: what the signer must be believed for (`trust.anchors.ROLES`).
        type_: the type of credential; None where the role alone decides.
        purpose: what a certificate must be for, if not what the role says (`trust.path.KEY_USAGES`).

    Raises:
        ParseError: `work_exceeded`, `did_url_invalid`, and those of `keys.x509`, `did.resolve`, `fetch_keys`.
        FetchError: the keys could not be had.
        VerificationError: `issuer_unknown`, `issuer_not_for_type`, `issuer_key_unknown`, `certificate_...`,
            `verification_method_...`, and those of `did.resolve` and `fetch_keys`.
    """
    question = _Question(role, type_, purpose or role, context)
    match claimed:
        case X5c():
            return _find_path(claimed.unverified_certificates, question)
        case DidUrl():
            path = await _find_did_key(claimed, question, DidDocument.public_key, _believed)
            return FoundKey(path, _nothing)
        case BbsDidUrl():
            bbs = await _find_did_key(claimed, question, DidDocument.bbs_public_key, _believed_bbs)
            return FoundKey(bbs, _nothing)
        case IssuerKeyId():
            return FoundKey(await _find_issuer_key(claimed, question), _nothing)


async def load_keys(context: VerificationContext) -> None:
    """Fetches the keys of all anchors that are a DID or an address, as a flow: to be called before going offline.

    Raises:
        ParseError, FetchError, VerificationError: those of `did.resolve` and `fetch_keys`, for the first that fails.
    """
    anchors, now = context.policy.anchors.anchors, context.now
    dids = [(("did", one.did), partial(_document, one.did, now)) for one in anchors if one.did is not None]
    issuers = [(("issuer keys", one.issuer), partial(fetch_keys, one.issuer)) for one in anchors if one.issuer]
    await together(
        *(_load(name, load, context) for name, load in dids),
        *(_load(name, load, context) for name, load in issuers),
    )


def _nothing() -> None:
    """What was fetched is remembered already."""


def _find_path(certificates: tuple[bytes, ...], question: _Question) -> FoundKey[TrustedPath]:
    policy, memory, now = question.context.policy, question.context.memory, question.context.now
    name = (question.role, question.purpose, question.type, *certificates)
    known = memory.get(policy, "path", name, now=now)
    if isinstance(known, TrustedPath):
        return FoundKey(known, _nothing)
    path = _complete(parse_chain(certificates, budget=question.context.budget), question)

    def keep() -> None:
        until, owner = path.valid_until + 1, path.anchor.name
        memory.put(policy, "path", name, path, now=now, expires=until, owner=owner)

    return FoundKey(path, keep)


def _complete(chain: Sequence[Certificate], question: _Question) -> TrustedPath:
    """Asks the anchors for this type first; a known issuer of other types is told from an unknown one."""
    role, anchors = question.role, question.context.policy.anchors
    try:
        return _verify_path(chain, anchors.admitting(role, question.type), question)
    except VerificationError as error:
        if error.code != "issuer_unknown" or question.type is None:
            raise
    _verify_path(chain, anchors.admitting(role), question)
    raise VerificationError("issuer_not_for_type")


def _verify_path(chain: Sequence[Certificate], admitted: Sequence[Anchor], question: _Question) -> TrustedPath:
    context = question.context
    path = verify_path(
        chain,
        admitted,
        now=context.now,
        purpose=question.purpose,
        algorithms=context.policy.algorithms,
        budget=context.budget,
    )
    if question.role == "credential":
        check_certified(path, question.type, purpose=question.purpose)
    return path


async def _find_did_key(
    claimed: DidUrl | BbsDidUrl,
    question: _Question,
    read: Callable[..., K],
    believe: Callable[[K, str, Anchor, _Question], T],
) -> T:
    did = did_of(claimed)
    anchor = _admit(lambda one: one.did == did, question)
    named = parse_did_url(claimed.unverified_url)

    def pick(document: DidDocument) -> K:
        return read(document, named.text, RELATIONSHIPS[question.role], now=question.context.now)

    now = question.context.now
    key = await _remembered(("did", did), partial(_document, did, now), pick, question.context)
    return believe(key, did, anchor, question)


async def _find_issuer_key(claimed: IssuerKeyId, question: _Question) -> TrustedPath:
    issuer = claimed.unverified_issuer
    anchor = _admit(lambda one: one.issuer == issuer, question)

    def pick(keys: KeySet) -> PublicKey:
        key = keys.find(claimed.unverified_kid, claimed.unverified_algorithm)
        if key is None:
            raise VerificationError("issuer_key_unknown")
        return key

    key = await _remembered(("issuer keys", issuer), partial(fetch_keys, issuer), pick, question.context)
    return _believed(key, issuer, anchor, question)


def _admit(is_signer: Callable[[Anchor], bool], question: _Question) -> Anchor:
    """The anchor that the signer is itself; nobody is asked anything about a signer that is none."""
    anchors = question.context.policy.anchors
    known = [anchor for anchor in anchors.admitting(question.role) if is_signer(anchor)]
    if not known:
        raise VerificationError("issuer_unknown")
    admitted = anchors.admitting(question.role, question.type)
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
    context: VerificationContext,
) -> K:
    """Picks a key out of what is remembered under `name`, or of what `load` fetches."""
    kept: _Kept[T] | None = context.memory.get(context.policy, *name, now=context.now)
    if kept is not None:
        try:
            return pick(kept.value)
        except VerificationError as error:
            if error.code not in _LACKING or context.now < kept.since + RELOAD_AGE:
                raise
    return pick(await _load(name, load, context))


async def _load(
    name: tuple[str, str], load: Callable[[], Flow[tuple[T, int | None]]], context: VerificationContext
) -> T:
    policy, now = context.policy, context.now
    value, max_age = await load()
    age = policy.max_key_age if max_age is None else min(max_age, policy.max_key_age)
    context.memory.put(policy, *name, _Kept(value, now), now=now, expires=now + age, owner=name)
    return value


def _believed(key: PublicKey, name: str, anchor: Anchor, question: _Question) -> TrustedPath:
    return TrustedPath(
        key=key,
        subject=name,
        names=frozenset({name}),
        certificate=None,
        anchor=anchor,
        valid_until=question.context.now,
    )


def _believed_bbs(key: BbsPublicKey, name: str, anchor: Anchor, question: _Question) -> TrustedBbsKey:
    return TrustedBbsKey(
        key=key, subject=name, names=frozenset({name}), anchor=anchor, valid_until=question.context.now
    )
