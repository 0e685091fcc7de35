"""Whose credentials a verifier of the API accepts, and the keys of those: by their DIDs, found in their documents."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from didkit_fr.did.resolve import METHODS, resolve
from didkit_fr.did.url import parse_did_url
from didkit_fr.errors import VerificationError
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.public import PublicKey
from didkit_fr.proofs.data_integrity import bbs_2023
from didkit_fr.proofs.data_integrity.proof import UnverifiedSecured

__all__ = ["DANGEROUSLY_ACCEPT_ANY_ISSUER", "IssuerRule", "find_issuer_keys", "methods_of", "owns"]

DANGEROUSLY_ACCEPT_ANY_ISSUER: Final = "dangerously_accept_any_issuer"
"""A rule for outside test suites: it says that a document holds together, and nothing about who may say what it says.

Whoever writes a credential with a key of their own is believed, in whosever name it is; their documents may name any
address to be asked.
"""

IssuerRule: TypeAlias = frozenset[str] | Literal["dangerously_accept_any_issuer"]
"""The DIDs of the issuers that are accepted, or the rule that accepts all."""


async def find_issuer_keys(
    methods: Collection[str], issuer: str, *, rule: IssuerRule, bbs: Collection[str], now: int
) -> Mapping[str, PublicKey | BbsPublicKey]:
    """Finds the keys of a credential's verification methods, as a flow; the issuer owns one, unless all are accepted.

    Args:
        methods: what the proofs name.
        issuer: who the credential says issued it.
        rule: who may; a stranger causes no request, but under the rule that accepts all.
        bbs: those of the methods whose key signs with BBS.
        now: seconds since 1970 (UTC).

    Raises:
        ParseError: those of `did.resolve`.
        FetchError: the document could not be had.
        VerificationError: `issuer_unknown`, `issuer_mismatch`, and those of `did.resolve.find_method`.
    """
    if rule != DANGEROUSLY_ACCEPT_ANY_ISSUER and not owns(issuer, methods):
        raise VerificationError("issuer_mismatch")
    for method in methods:
        if not _admits(rule, method.partition("#")[0]):
            raise VerificationError("issuer_unknown")
    found: dict[str, PublicKey | BbsPublicKey] = {}
    for method in sorted(methods):
        url = parse_did_url(method)
        document = await resolve(url.did.text, methods=METHODS)
        find = document.bbs_public_key if method in bbs else document.public_key
        found[method] = find(url.text, "assertionMethod", now=now)
    return MappingProxyType(found)


def owns(name: str, methods: Collection[str]) -> bool:
    """Whether one of the verification methods is of the DID that a document names as its issuer."""
    return name in {method.partition("#")[0] for method in methods}


def methods_of(unverified: UnverifiedSecured) -> tuple[frozenset[str], frozenset[str]]:
    """The verification methods that the proofs of a document name, and those of them that sign with BBS."""
    proofs = unverified.proofs
    bbs = {one.unverified_verification_method for one in proofs if one.unverified_cryptosuite == bbs_2023.NAME}
    return frozenset(one.unverified_verification_method for one in proofs), frozenset(bbs)


def _admits(rule: IssuerRule, did: str) -> bool:
    return rule == DANGEROUSLY_ACCEPT_ANY_ISSUER or did in rule
