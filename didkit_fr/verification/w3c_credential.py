"""W3C credentials of any form, as flows: secured by Data Integrity proofs inside, or by an envelope around them.

The steps are those of `verification.verify`: parse, admit, find the keys, check the proofs, the time, the trust again,
the status. Here no protocol says what a credential must look like; its data model does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias, cast

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.model import READ, CheckedCredential
from didkit_fr.credentials.presentation import ENVELOPED_CREDENTIAL, Envelope, parse_envelope
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import VerificationError
from didkit_fr.formats import vc_integrity, w3c
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.data_integrity.cryptosuite import Cryptosuite
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from didkit_fr.trust.path import TrustedBbsKey, TrustedPath
from didkit_fr.verification.integrity_keys import find_issuer_keys
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status import check_status
from didkit_fr.verification.w3c_envelopes import verify_credential_envelope

__all__ = [
    "DATA_INTEGRITY",
    "Rules",
    "Secured",
    "VerifiedW3cCredential",
    "check_period",
    "judge",
    "known_terms",
    "opened",
    "verify_credential",
]

Secured: TypeAlias = JsonObject | Envelope
"""A document with proofs in it, an object that envelops one, or an `Envelope`: the media type and the bytes of one."""

DATA_INTEGRITY = "data integrity"


@dataclass(frozen=True, slots=True)
class VerifiedW3cCredential:
    """A credential to be believed; it exists only if every step passed, and `checks` says what each one found.

    `secured` is "data integrity" or the media type of the envelope. Times are seconds since 1970 (UTC). What the
    credential says of schemas, evidence and resources elsewhere was not looked at.
    """

    secured: str
    issuer: str
    types: tuple[str, ...]
    subjects: tuple[str | None, ...] = field(repr=False)
    valid_from: int | None
    valid_until: int | None
    document: JsonObject = field(repr=False)
    checks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the steps share; the names are those of `verify_credential`."""

    policy: Policy
    memory: Memory
    now: int
    terms: Terms
    suites: Mapping[str, Cryptosuite]


async def verify_credential(
    secured: Secured,
    *,
    policy: Policy,
    memory: Memory,
    now: int,
    terms: Terms | None = None,
    suites: Mapping[str, Cryptosuite] = CRYPTOSUITES,
) -> VerifiedW3cCredential:
    """Verifies a credential, as a flow: whoever shows it, which is not asked here.

    Args:
        secured: the credential.
        policy: the anchors, and what is accepted; its anchors must admit the signers for every type of the credential.
        memory: what was checked before.
        now: seconds since 1970 (UTC).
        terms: the contexts that are known; None for those of `credentials.contexts`.
        suites: what the cryptosuites are, of which the policy allows some.

    Raises:
        ParseError: malformed.
        FetchError: cannot tell.
        VerificationError: refused.
    """
    return await judge(secured, Rules(policy, memory, now, terms or known_terms(), suites))


async def judge(secured: Secured, rules: Rules) -> VerifiedW3cCredential:
    """As `verify_credential`."""
    policy, memory, now = rules.policy, rules.memory, rules.now
    document = opened(secured, ENVELOPED_CREDENTIAL)
    # 1 to 5, and 8
    if not isinstance(document, Envelope):
        return await _concluded(await _integrity_credential(document, rules), DATA_INTEGRITY, rules)
    media_type, content = document.media_type, document.unverified_content
    verified = await verify_credential_envelope(
        media_type, content, role="credential", policy=policy, memory=memory, now=now, terms=rules.terms
    )
    # 7 check the time of the signature, too
    check_period(verified.not_before, verified.expires, now=now, leeway=policy.leeway)
    return await _concluded(cast("CheckedCredential", verified.checked), media_type, rules)


def opened(secured: Secured, kind: str) -> Secured:
    """What is in an object that envelops a document of some kind; any other document as it is.

    Raises:
        ParseError: those of `parse_envelope`.
    """
    if isinstance(secured, Envelope):
        return secured
    stated = secured.get("type")
    return parse_envelope(secured, kind=kind) if stated in (kind, [kind]) else secured


def known_terms() -> Terms:
    """The contexts that are believed where the caller names no others: none that a document brings along."""
    return Terms(contexts(), inline=False)


def check_period(starts: int | None, ends: int | None, *, now: int, leeway: int) -> None:
    """Step 7, of one pair of times.

    Raises:
        VerificationError: `credential_not_yet_valid`, `credential_expired`.
    """
    if starts is not None and starts > now + leeway:
        raise VerificationError("credential_not_yet_valid")
    if ends is not None and ends <= now - leeway:
        raise VerificationError("credential_expired")


async def _integrity_credential(document: JsonObject, rules: Rules) -> CheckedCredential:
    """Whose proofs these are and whether they hold; what they secure, its form and its terms checked."""
    # 1 parse: the form first, so that a malformed credential asks nobody anything
    vc_integrity.check_document(document, "vc", None, versions=READ)
    unverified = proof.parse(document)
    # 3 admit, 4 find the keys: for each type, since its issuer must be believed for all that it says it is
    policy = rules.policy
    found: Mapping[str, TrustedPath | TrustedBbsKey] = {}
    for type_ in w3c.types_of(unverified.unverified_document, rules.terms.contexts):
        found = await find_issuer_keys(
            unverified, role="credential", type_=type_, policy=policy, memory=rules.memory, now=rules.now
        )
    keys = {method: path.key for method, path in found.items()}
    if any(key.algorithm not in policy.algorithms for key in keys.values()):
        raise VerificationError("algorithm_refused")
    # 5 check the proofs
    _, verified = vc_integrity.verify(
        unverified,
        keys,
        kind="vc",
        now=rules.now,
        leeway=policy.leeway,
        cryptosuites=policy.cryptosuites,
        domain=None,
        challenge=None,
        terms=rules.terms,
        suites=rules.suites,
    )
    # 8 check the trust again, on the verified values
    checked = cast("CheckedCredential", verified)
    if not any(checked.issuer in path.names for path in found.values()):
        raise VerificationError("issuer_mismatch")
    return checked


async def _concluded(checked: CheckedCredential, secured: str, rules: Rules) -> VerifiedW3cCredential:
    # 7 check the time
    check_period(checked.valid_from, checked.valid_until, now=rules.now, leeway=rules.policy.leeway)
    # 9 check the status
    stated = w3c.status_of(checked.document)
    signers = rules.policy.anchors.admitting("status")
    status = await check_status(stated, issuers=signers, policy=rules.policy, memory=rules.memory, now=rules.now)
    return VerifiedW3cCredential(
        secured=secured,
        issuer=checked.issuer,
        types=checked.types,
        subjects=_subjects(checked.document["credentialSubject"]),
        valid_from=checked.valid_from,
        valid_until=checked.valid_until,
        document=checked.document,
        checks=MappingProxyType({"proof": "passed", "trust": "passed", "time": "passed", "status": status}),
    )


def _subjects(stated: JsonValue) -> tuple[str | None, ...]:
    listed = stated if isinstance(stated, list) else [stated]
    return tuple(one.get("id") for one in listed)
