"""Authenticity of every signed document, each with its role: who signed, with which right, and is it intact.

Status is not asked here: a status list is a signed document itself, so this module stands below it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from didkit_fr.boundary import flow_boundary
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import VerificationError
from didkit_fr.formats.occasion import Issuance, Occasion
from didkit_fr.formats.port import Format, IssuerKey, ProofRules, VerifiedCredential
from didkit_fr.proofs.claimed_signer import read_cose, read_jose
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.cose.cose import UnverifiedCose
from didkit_fr.proofs.jose import jws
from didkit_fr.trust.path import TrustedBbsKey, TrustedPath
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.key import find_key
from didkit_fr.verification.steps import check_issuer

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
class AuthenticCredential:
    """A credential whose proofs and issuer's right to its type were verified; times and status were not."""

    credential: VerifiedCredential
    path: TrustedPath | TrustedBbsKey


@flow_boundary
async def authenticate_jwt(
    raw: str, context: VerificationContext, *, role: str, typ: str, max_chars: int = jws.MAX_CHARS
) -> AuthenticJwt:
    """Steps 1 to 5 for a JWT, as a flow: parse, recognise, admit, find the key, check the proof.

    The claim `iss` was compared with nothing where certificates signed: the signer's names are `path.names`.

    Raises:
        ParseError: `work_exceeded`, those of `proofs.jose.jws.parse`, `claimed_signer.read_jose` and `find_key`.
        FetchError: those of `find_key`.
        VerificationError: those of `proofs.jose.jws.verify`, `claimed_signer.read_jose` and `find_key`.
    """
    unverified, algorithms = jws.parse(raw, max_chars=max_chars), context.policy.algorithms
    jws.check_header(unverified.unverified_header, typ=typ, algorithms=algorithms)
    claimed = read_jose(unverified.unverified_header, lambda: unverified.unverified_claims().get("iss"))
    path, keep = await find_key(claimed, context, role=role, type_=None)
    context.budget.spend_signatures()
    verified = jws.verify(unverified, path.key, typ=typ, algorithms=algorithms)
    keep()
    return AuthenticJwt(verified, path)


@flow_boundary
async def authenticate_cwt(
    unverified: UnverifiedCose,
    claims: Callable[[], JsonObject],
    context: VerificationContext,
    *,
    role: str,
    typ: str,
) -> AuthenticCwt:
    """Steps 2 to 5 for a CWT that was parsed, as a flow.

    `claims` gives its claims in the names of JWT, unverified, where no certificate says whose key to ask for.

    Raises:
        ParseError: `work_exceeded`, those of `proofs.cose`, `claimed_signer.read_cose` and `find_key`.
        FetchError: those of `find_key`.
        VerificationError: those of `proofs.cose.cose.verify_sign1`, `claimed_signer.read_cose` and `find_key`.
    """
    algorithms = context.policy.algorithms
    cose.check_header(unverified.unverified_header, typ=typ)
    if cose.algorithm_of(unverified, algorithms=algorithms) is None:
        raise VerificationError("algorithm_refused")
    claimed = read_cose(unverified, lambda: claims().get("iss"))
    path, keep = await find_key(claimed, context, role=role, type_=None)
    context.budget.spend_signatures()
    verified = cose.verify_sign1(unverified, path.key, typ=typ, algorithms=algorithms)
    keep()
    return AuthenticCwt(verified, path)


@flow_boundary
async def authenticate_credential(
    raw: str, format_: Format[Any], context: VerificationContext, *, occasion: Occasion | Issuance | None
) -> AuthenticCredential:
    """Steps 1 to 6 for a credential, as a flow, and step 8: the verified type is the one the issuer was admitted for.

    `occasion` is what it was received on, None where nobody knows: `VerifiedCredential.possession` says whether the
    holder proved possession for it.

    Raises:
        ParseError: `work_exceeded`, those of the format and of `find_key`.
        FetchError: those of `find_key`.
        VerificationError: those of the format and of `find_key`, `issuer_not_for_type`, `issuer_mismatch`.
    """
    # 1 parse, 2 recognise
    policy, budget = context.policy, context.budget
    unverified = format_.parse(raw, budget=budget)
    type_, claimed = unverified.unverified_type, unverified.claimed_signer()
    # 3 admit, 4 find the key: an x5c path completes offline, an unknown issuer causes no request
    path, keep = await find_key(claimed, context, role="credential", type_=type_, purpose=format_.purpose)
    # 5 check the proof, 6 check the holder
    rules = ProofRules(policy.algorithms, policy.cryptosuites, context.now, policy.leeway, policy.max_presentation_age)
    issuer = IssuerKey(path.key, path.certificate if isinstance(path, TrustedPath) else None)
    credential = format_.verify(unverified, issuer, rules, occasion, budget=budget)
    keep()
    # 8 check the trust again, on the verified values
    if credential.type != type_:
        raise VerificationError("issuer_not_for_type")
    if credential.issuer is not None:
        check_issuer(credential.issuer, (path,))
    return AuthenticCredential(credential, path)
