"""Authenticity of every signed document, each with its role: who signed, with which right, and is it intact.

Status is not asked here: a status list is a signed document itself, so this module stands below it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from didkit_fr.boundary import flow_boundary
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import VerificationError
from didkit_fr.formats.occasion import Issuance, Occasion
from didkit_fr.formats.port import Format, IssuerKey, ProofRules, UnverifiedCredential, VerifiedCredential
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.cose.cose import UnverifiedCose
from didkit_fr.proofs.jose import jws
from didkit_fr.trust.path import TrustedBbsKey, TrustedPath
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import BBS, Policy
from didkit_fr.verification.signers.key import find_bbs_key, find_key

__all__ = [
    "AuthenticCredential",
    "AuthenticCwt",
    "AuthenticJwt",
    "authenticate_credential",
    "authenticate_cwt",
    "authenticate_jwt",
]


@dataclass(frozen=True, slots=True)
class AuthenticJwt:
    """A JWT whose signature and signer's right to its role were verified; its claims' meaning was not."""

    jwt: jws.VerifiedJwt
    path: TrustedPath


@dataclass(frozen=True, slots=True)
class AuthenticCwt:
    """As `AuthenticJwt`, of a COSE_Sign1."""

    cwt: cose.VerifiedCose
    path: TrustedPath


@dataclass(frozen=True, slots=True)
class _Signed:
    """A CWT as `find_key` asks for it."""

    unverified_header: Mapping[str, Any]
    unverified_claims: Callable[[], JsonObject]


@dataclass(frozen=True, slots=True)
class AuthenticCredential:
    """A credential whose proofs and issuer's right to its type were verified; times and status were not."""

    credential: VerifiedCredential
    path: TrustedPath | TrustedBbsKey


@flow_boundary
async def authenticate_jwt(
    raw: str,
    *,
    role: str,
    typ: str,
    policy: Policy,
    memory: Memory,
    now: int,
    max_chars: int = jws.MAX_CHARS,
    budget: Budget | None = None,
) -> AuthenticJwt:
    """Steps 1 to 5 for a JWT, as a flow: parse, recognise, admit, find the key, check the proof.

    `budget` is what the message may still cost; None for a whole one.

    Raises:
        ParseError: `work_exceeded`, those of `proofs.jose.parse` and `find_key`.
        FetchError: those of `find_key`.
        VerificationError: those of `proofs.jose.verify` and `find_key`.
    """
    unverified, left = jws.parse(raw, max_chars=max_chars), Budget() if budget is None else budget
    jws.check_header(unverified.unverified_header, typ=typ, algorithms=policy.algorithms)
    path, keep = await find_key(unverified, role=role, type_=None, policy=policy, memory=memory, now=now, budget=left)
    left.spend_signatures()
    verified = jws.verify(unverified, path.key, typ=typ, algorithms=policy.algorithms)
    keep()
    return AuthenticJwt(verified, path)


@flow_boundary
async def authenticate_cwt(
    unverified: UnverifiedCose,
    claims: Callable[[], JsonObject],
    *,
    role: str,
    typ: str,
    policy: Policy,
    memory: Memory,
    now: int,
    budget: Budget | None = None,
) -> AuthenticCwt:
    """Steps 2 to 5 for a CWT that was parsed, as a flow.

    `claims` gives its claims in the names of JWT, unverified, where no certificate says whose key to ask for.

    Raises:
        ParseError: `work_exceeded`, those of `proofs.cose` and `find_key`.
        FetchError: those of `find_key`.
        VerificationError: those of `proofs.cose.verify_sign1` and `find_key`.
    """
    cose.check_header(unverified.unverified_header, typ=typ)
    if cose.algorithm_of(unverified, algorithms=policy.algorithms) is None:
        raise VerificationError("algorithm_refused")
    signed, left = _Signed(unverified.unverified_jose_header(), claims), Budget() if budget is None else budget
    path, keep = await find_key(signed, role=role, type_=None, policy=policy, memory=memory, now=now, budget=left)
    left.spend_signatures()
    verified = cose.verify_sign1(unverified, path.key, typ=typ, algorithms=policy.algorithms)
    keep()
    return AuthenticCwt(verified, path)


@flow_boundary
async def authenticate_credential(
    raw: str,
    form: Format[Any],
    *,
    policy: Policy,
    memory: Memory,
    now: int,
    occasion: Occasion | Issuance | None,
    budget: Budget | None = None,
) -> AuthenticCredential:
    """Steps 1 to 6 for a credential, as a flow, and step 8: the verified type is the one the issuer was admitted for.

    `occasion` is what it was received on, None where nobody knows: `VerifiedCredential.possession` says whether the
    holder proved possession for it. `budget` is what the message may still cost, None for a whole one.

    Raises:
        ParseError: `work_exceeded`, those of the format and of `find_key`.
        FetchError: those of `find_key`.
        VerificationError: those of the format and of `find_key`, `issuer_not_for_type`, `issuer_mismatch`.
    """
    # 1 parse, 2 recognise
    left = Budget() if budget is None else budget
    unverified = form.parse(raw, budget=left)
    type_ = unverified.unverified_type
    # 3 admit, 4 find the key: an x5c path completes offline, an unknown issuer causes no request
    path, keep = await _find(unverified, form, policy, memory, now, left)
    # 5 check the proof, 6 check the holder
    rules = ProofRules(policy.algorithms, policy.cryptosuites, now, policy.leeway, policy.max_presentation_age)
    issuer = IssuerKey(path.key, path.certificate if isinstance(path, TrustedPath) else None)
    credential = form.verify(unverified, issuer, rules, occasion, budget=left)
    keep()
    # 8 check the trust again, on the verified values
    if credential.type != type_:
        raise VerificationError("issuer_not_for_type")
    if credential.issuer is not None and credential.issuer not in path.names:
        raise VerificationError("issuer_mismatch")
    return AuthenticCredential(credential, path)


async def _find(  # noqa: PLR0917 - what its caller holds
    unverified: UnverifiedCredential, form: Format[Any], policy: Policy, memory: Memory, now: int, budget: Budget
) -> tuple[TrustedPath | TrustedBbsKey, Callable[[], None]]:
    """The key, of the kind that the credential's proof needs, and how to remember the way to it."""
    type_ = unverified.unverified_type
    if unverified.unverified_cryptosuite == BBS:
        method = str(unverified.unverified_header.get("kid"))
        path = await find_bbs_key(method, role="credential", type_=type_, policy=policy, memory=memory, now=now)
        return path, _nothing
    return await find_key(
        unverified,
        role="credential",
        type_=type_,
        policy=policy,
        memory=memory,
        now=now,
        purpose=form.purpose,
        budget=budget,
    )


def _nothing() -> None:
    """A DID's document is remembered already."""
