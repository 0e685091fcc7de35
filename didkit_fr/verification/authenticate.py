"""Authenticity of every signed document, each with its role: who signed, with which right, and is it intact.

Status is not asked here: a status list is a signed document itself, so this room stands below it.
"""

from dataclasses import dataclass, field
from typing import Any

from didkit_fr.errors import VerificationError
from didkit_fr.formats.credential import Format, VerifiedCredential
from didkit_fr.proofs import jose
from didkit_fr.trust.path import TrustedPath
from didkit_fr.verification.key import find_key
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy

__all__ = ["AuthenticCredential", "AuthenticJwt", "authenticate_credential", "authenticate_jwt"]


@dataclass(frozen=True, slots=True)
class AuthenticJwt:
    """A JWT whose signature and signer's right to its role were verified; its claims' meaning was not."""

    jwt: jose.VerifiedJwt
    path: TrustedPath


@dataclass(frozen=True, slots=True)
class AuthenticCredential:
    """A credential whose proof and issuer's right to its type were verified; times, status, holder were not."""

    unverified: Any = field(repr=False)
    credential: VerifiedCredential
    path: TrustedPath


async def authenticate_jwt(
    raw: str, *, role: str, typ: str, policy: Policy, memory: Memory, now: int, max_chars: int = jose.MAX_CHARS
) -> AuthenticJwt:
    """Steps 1 to 5 for a JWT, as a flow: parse, recognise, admit, find the key, check the proof.

    Raises:
        ParseError: those of `proofs.jose.parse` and `find_key`.
        FetchError: those of `find_key`.
        VerificationError: those of `proofs.jose.verify` and `find_key`.
    """
    unverified = jose.parse(raw, max_chars=max_chars)
    jose.check_header(unverified.unverified_header, typ=typ, algorithms=policy.algorithms)
    path = await find_key(unverified, role=role, type_=None, policy=policy, memory=memory, now=now)
    return AuthenticJwt(jose.verify(unverified, path.key, typ=typ, algorithms=policy.algorithms), path)


async def authenticate_credential(
    raw: str, form: Format, *, policy: Policy, memory: Memory, now: int
) -> AuthenticCredential:
    """Steps 1 to 5 for a credential, as a flow, and step 8: the verified type is the one the issuer was admitted for.

    Raises:
        ParseError: those of the format and of `find_key`.
        FetchError: those of `find_key`.
        VerificationError: those of the format and of `find_key`, `issuer_not_for_type`, `issuer_mismatch`.
    """
    # 1 parse, 2 recognise
    unverified = form.parse(raw)
    type_ = unverified.unverified_type
    # 3 admit, 4 find the key: an x5c path completes offline, a stranger causes no request
    path = await find_key(
        unverified, role="credential", type_=type_, policy=policy, memory=memory, now=now, purpose=form.purpose
    )
    # 5 check the proof
    credential = form.verify(unverified, path.key, algorithms=policy.algorithms)
    # 8 check the trust again, on the verified values
    if credential.type != type_:
        raise VerificationError("issuer_not_for_type")
    stated = credential.claims.get("iss")
    if stated is not None and stated not in path.names:
        raise VerificationError("issuer_mismatch")
    return AuthenticCredential(unverified, credential, path)
