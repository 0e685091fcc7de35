"""Whose keys made the Data Integrity proofs of a document? Issuers' by a rule of signers, holders' by their own DID."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from didkit_fr.credentials.properties import agent_id
from didkit_fr.did.method import Method
from didkit_fr.did.resolve import METHODS, find_method
from didkit_fr.errors import VerificationError
from didkit_fr.keys.public import PublicKey
from didkit_fr.proofs.claimed_signer import read_proof
from didkit_fr.proofs.data_integrity.proof import UnverifiedSecured
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.rules import FindSigners, Found, Stated, Types, by_anchors

__all__ = ["OFFLINE_METHODS", "find_holder_keys", "find_issuer_keys"]

OFFLINE_METHODS = MappingProxyType({name: METHODS[name] for name in ("jwk", "key")})
"""DIDs that are their own document: a holder's causes no request."""


async def find_issuer_keys(
    unverified: UnverifiedSecured,
    context: VerificationContext,
    *,
    role: str,
    types: Callable[[], Types],
    find: FindSigners = by_anchors,
) -> Found:
    """Finds the key of each verification method, of signers all of whom the rule admits, as a flow.

    The keys are for the purpose that the role asks for; that the proofs state this purpose is for `proof.verify`, and
    that the issuer is one of the signers is the caller's to check, on the verified value.

    Args:
        unverified: the parsed document.
        context: what is accepted, remembered, and when it is.
        role: what the signers must be believed for, such as `credential`.
        types: reads the types of credential; of a document that is none, None alone.
        find: the rule.

    Raises:
        ParseError: those of `find`.
        FetchError: those of `find`.
        VerificationError: `issuer_unknown`, `issuer_mismatch`, and those of `find`.
    """
    signers = {proof.unverified_verification_method: read_proof(proof) for proof in unverified.proofs}
    issuer = agent_id(unverified.unverified_document.get("issuer"))
    if not isinstance(issuer, str):
        raise VerificationError("issuer_mismatch")
    in_order = {method: signers[method] for method in sorted(signers)}
    return await find(Stated(role, issuer, MappingProxyType(in_order), types), context)


async def find_holder_keys(
    unverified: UnverifiedSecured, *, purpose: str, now: int, methods: Mapping[str, Method] = OFFLINE_METHODS
) -> Mapping[str, PublicKey]:
    """Finds the keys of those who sign a presentation, each by a DID that is its own document; as a flow.

    With other `methods`, an unknown signer can have its own server asked for a document.

    That the holder is the one a credential is about is the caller's to check: its DID is the key.

    Raises:
        ParseError: those of `did.resolve.find_method`.
        VerificationError: `did_method_unsupported`, `verification_method_...`.
    """
    named = sorted({proof.unverified_verification_method for proof in unverified.proofs})
    keys = {one: await find_method(one, purpose, now=now, methods=methods) for one in named}
    return MappingProxyType(keys)
