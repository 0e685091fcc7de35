"""Whose signatures a verifier of the API counts: those of DIDs that it was told, or anybody's, for test suites."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from didkit_fr.did.resolve import resolve
from didkit_fr.did.url import parse_did_url
from didkit_fr.errors import VerificationError
from didkit_fr.proofs.claimed_signer import BbsDidUrl, DidUrl, did_of
from didkit_fr.trust.anchors import Anchor
from didkit_fr.trust.path import TrustedBbsKey, TrustedPath
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.rules import FindSigners, Found, Stated
from didkit_fr.verification.steps import PASSED

__all__ = ["ANOTHER_SIGNED", "ANY_ISSUER", "DANGEROUSLY_ACCEPT_ANY_ISSUER", "IssuerRule", "signers"]

DANGEROUSLY_ACCEPT_ANY_ISSUER: Final = "dangerously_accept_any_issuer"
"""A rule for outside test suites: it says that a document holds together, and nothing about who may say what it says.

Whoever writes a credential with a key of their own is believed, in whosever name it is; their documents may name any
address to be asked.
"""

IssuerRule: TypeAlias = frozenset[str] | Literal["dangerously_accept_any_issuer"]
"""The DIDs of the issuers that are accepted, or the rule that accepts all."""

ANY_ISSUER = "any issuer was accepted: who may say this was not checked"
ANOTHER_SIGNED = f"{ANY_ISSUER}; who signed it is not the issuer that it names"

_ROLES = frozenset({"credential", "status"})
_ANYBODY = Anchor("anybody", None, _ROLES, frozenset(), did="did:example:anybody")


def signers(rule: IssuerRule) -> FindSigners:
    """The rule as the verification asks it: keys are found in the documents of DIDs, and are for assertions.

    One signer is the issuer, unless all are accepted; an unknown one causes no request, but under the rule that accepts
    all.
    """

    async def find(stated: Stated, context: VerificationContext) -> Found:
        claimed = _by_did(stated)
        dids = {did_of(one) for one in claimed.values()}
        own = stated.issuer in dids
        if rule != DANGEROUSLY_ACCEPT_ANY_ISSUER:
            if not own:
                raise VerificationError("issuer_mismatch")
            if not rule.issuperset(dids):
                raise VerificationError("issuer_unknown")
            spoken_for, trust = frozenset[str](), PASSED
        else:
            spoken_for, trust = frozenset({str(stated.issuer)}), ANY_ISSUER if own else ANOTHER_SIGNED
        found = {name: await _find(one, spoken_for, context.now) for name, one in sorted(claimed.items())}
        return Found(MappingProxyType(found), trust)

    return find


def _by_did(stated: Stated) -> Mapping[str, DidUrl | BbsDidUrl]:
    """The signers, all of whom claim to sign by a DID; others are nobody here."""
    found = {name: one for name, one in stated.signers.items() if isinstance(one, (DidUrl, BbsDidUrl))}
    if len(found) != len(stated.signers):
        raise VerificationError("issuer_unknown", "a signer that is no DID")
    return found


async def _find(claimed: DidUrl | BbsDidUrl, spoken_for: frozenset[str], now: int) -> TrustedPath | TrustedBbsKey:
    url = parse_did_url(claimed.unverified_url)
    did = url.did.text
    document = await resolve(did, now=now)
    # Under the rule that accepts all there is one authority: anybody's list counts for anybody's credential.
    anchor = _ANYBODY if spoken_for else Anchor(did, None, _ROLES, frozenset(), did=did)
    names = spoken_for | {did}
    if isinstance(claimed, BbsDidUrl):
        bbs = document.bbs_public_key(url.text, "assertionMethod", now=now)
        return TrustedBbsKey(key=bbs, subject=did, names=names, anchor=anchor, valid_until=now)
    key = document.public_key(url.text, "assertionMethod", now=now)
    return TrustedPath(key=key, subject=did, names=names, certificate=None, anchor=anchor, valid_until=now)
