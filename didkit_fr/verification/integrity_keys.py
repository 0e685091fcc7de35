"""Whose keys made the Data Integrity proofs of a document? Issuers' by DID and anchors, holders' by their own DID."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from didkit_fr.did.method import Method
from didkit_fr.did.resolve import METHODS, find_method
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import VerificationError
from didkit_fr.keys.public import PublicKey
from didkit_fr.proofs.data_integrity.proof import UnverifiedSecured
from didkit_fr.trust.path import TrustedBbsKey, TrustedPath
from didkit_fr.verification.key import find_bbs_key, find_key
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import BBS, Policy

__all__ = ["OFFLINE_METHODS", "find_holder_keys", "find_issuer_keys"]

OFFLINE_METHODS = MappingProxyType({name: METHODS[name] for name in ("jwk", "key")})
"""DIDs that are their own document: a holder's causes no request."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A verification method, as `find_key` asks about it."""

    unverified_header: Mapping[str, str]

    def unverified_claims(self) -> JsonObject:
        """Nothing: the issuer is compared with all the signers."""
        return {}


async def find_issuer_keys(
    unverified: UnverifiedSecured, *, role: str, type_: str | None, policy: Policy, memory: Memory, now: int
) -> Mapping[str, TrustedPath | TrustedBbsKey]:
    """Finds the key of each verification method, of signers all of whom the anchors admit, as a flow.

    One of the signers is the document's issuer. A stranger causes no request. The keys are for the purpose that the
    role asks for; that the proofs state this purpose is for `proof.verify`, and the issuer is to be compared again.
    A method that makes `bbs-2023` proofs is looked up as a BBS key.

    Args:
        unverified: the parsed document.
        role: what the signers must be anchors for, such as `credential`.
        type_: the type of credential.
        policy: the anchors.
        memory: what was found before.
        now: seconds since 1970 UTC.

    Raises:
        ParseError: those of `find_key`.
        FetchError: those of `find_key`.
        VerificationError: `issuer_unknown`, `issuer_mismatch`, and those of `find_key`.
    """
    methods = sorted({proof.unverified_verification_method for proof in unverified.proofs})
    if not all(method.startswith("did:") for method in methods):
        raise VerificationError("issuer_unknown", "a verification method that is no DID URL")
    issuer = unverified.unverified_document.get("issuer")
    name = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not isinstance(name, str) or name not in {method.partition("#")[0] for method in methods}:
        raise VerificationError("issuer_mismatch")
    blind = {one.unverified_verification_method for one in unverified.proofs if one.unverified_cryptosuite == BBS}
    found: dict[str, TrustedPath | TrustedBbsKey] = {}
    for method in methods:
        told: dict[str, Any] = {"role": role, "type_": type_, "policy": policy, "memory": memory, "now": now}
        if method in blind:
            found[method] = await find_bbs_key(method, **told)
        else:
            found[method] = await find_key(_Named({"kid": method}), **told)
    return MappingProxyType(found)


async def find_holder_keys(
    unverified: UnverifiedSecured, *, purpose: str, now: int, methods: Mapping[str, Method] = OFFLINE_METHODS
) -> Mapping[str, PublicKey]:
    """Finds the keys of those who sign a presentation, each by a DID that is its own document; as a flow.

    With other `methods`, a stranger who signs can have its own server asked for a document.

    That the holder is the one a credential is about is the caller's to check: its DID is the key.

    Raises:
        ParseError: those of `did.resolve.find_method`.
        VerificationError: `did_method_unsupported`, `verification_method_...`.
    """
    named = sorted({proof.unverified_verification_method for proof in unverified.proofs})
    keys = {one: await find_method(one, purpose, now=now, methods=methods) for one in named}
    return MappingProxyType(keys)
