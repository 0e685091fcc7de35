"""W3C credentials and presentations of any form, with everything in them, as flows: one question, one decision.

A document is secured by Data Integrity proofs inside it or by an envelope around it (`verification.w3c_envelopes`).
The steps are those of `verification.verify`: parse, admit, find the keys, check the proofs, the holder, the time, the
trust again, the status. Here no protocol says what a credential must look like; its data model does.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.model import READ, CheckedCredential, check_credential
from didkit_fr.credentials.presentation import (
    ENVELOPED_CREDENTIAL,
    ENVELOPED_PRESENTATION,
    CheckedPresentation,
    Envelope,
    check_presentation,
    parse_envelope,
)
from didkit_fr.credentials.terms import Terms, check_terms
from didkit_fr.did.method import Method
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.flow import Flow, together
from didkit_fr.formats import w3c
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.data_integrity.cryptosuite import Cryptosuite
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from didkit_fr.trust.path import TrustedPath
from didkit_fr.verification.integrity_keys import OFFLINE_METHODS, find_holder_keys, find_issuer_keys
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status import check_status

__all__ = [
    "Secured",
    "VerifiedW3cCredential",
    "VerifiedW3cPresentation",
    "verify_credential",
    "verify_presentation",
]

Secured: TypeAlias = JsonObject | Envelope
"""A document with proofs in it, an object that envelops one, or an `Envelope`: the media type and the bytes of one."""

DATA_INTEGRITY = "data integrity"

_NOT_PROVEN = "NOT PROVEN: anyone who saw these credentials could have presented them"


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
class VerifiedW3cPresentation:
    """A presentation, all of whose credentials were verified.

    `holder` is who signed it, None where nobody did. `self_asserted` are credentials that the holder says and nobody
    else: they are worth what the holder's word is, and are never among `credentials`.
    """

    secured: str | None
    holder: str | None = field(repr=False)
    credentials: tuple[VerifiedW3cCredential, ...]
    self_asserted: tuple[JsonObject, ...] = field(repr=False)
    document: JsonObject = field(repr=False)
    checks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the steps share; the last three are for presentations."""

    policy: Policy
    memory: Memory
    now: int
    terms: Terms
    suites: Mapping[str, Cryptosuite]
    holders: Mapping[str, Method]
    domain: str | Collection[str] | None
    challenge: str | None


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
    return await _credential(secured, _Rules(policy, memory, now, terms or _terms(), suites, {}, None, None))


async def verify_presentation(
    secured: Secured,
    *,
    policy: Policy,
    memory: Memory,
    now: int,
    domain: str | Collection[str] | None,
    challenge: str | None,
    holder_is_subject: bool,
    unsigned: bool = False,
    holders: Mapping[str, Method] = OFFLINE_METHODS,
    terms: Terms | None = None,
    suites: Mapping[str, Cryptosuite] = CRYPTOSUITES,
) -> VerifiedW3cPresentation:
    """Verifies a presentation and every credential in it, as a flow: one that is refused refuses all.

    Args:
        secured: the presentation.
        policy: as `verify_credential`; `max_presentation_age` counts where a challenge was given.
        memory: what was checked before.
        now: seconds since 1970 (UTC).
        domain: whom it must be for, and nobody else; None where that was not asked.
        challenge: what it must answer; None where nothing was asked, and then it may be an old one.
        holder_is_subject: whether every credential must be about the one who signs the presentation.
        unsigned: whether one that nobody signed is read too, if it has nothing to answer; `checks` says so.
        holders: the DID methods of those who may sign it; by default, those that cause no request.
        terms: as `verify_credential`.
        suites: as `verify_credential`.

    Raises:
        ParseError: malformed.
        FetchError: cannot tell.
        VerificationError: refused.
    """
    rules = _Rules(policy, memory, now, terms or _terms(), suites, holders, domain, challenge)
    opened = _opened(secured, ENVELOPED_PRESENTATION)
    if isinstance(opened, Envelope):
        raise ParseError("vc_envelope", "no such envelope")
    checked = check_presentation(opened, versions=READ)
    # 3 to 6: the keys, the proofs and the holder
    signed = "proof" in opened
    if not signed and (not unsigned or domain is not None or challenge is not None or holder_is_subject):
        raise ParseError("integrity_proof_missing")
    holder = await _integrity_holder(opened, checked, rules) if signed else None
    document = {name: value for name, value in opened.items() if name != "proof"}
    check_terms(document, rules.terms)
    credentials, asserted = await _contained(checked, holder, rules)
    if holder_is_subject and any(one != holder for credential in credentials for one in credential.subjects):
        raise VerificationError("holder_mismatch")
    return VerifiedW3cPresentation(
        secured=DATA_INTEGRITY if signed else None,
        holder=holder,
        credentials=credentials,
        self_asserted=asserted,
        document=document,
        checks=MappingProxyType(_presentation_checks(holder, rules, bound=holder_is_subject)),
    )


async def _credential(secured: Secured, rules: _Rules) -> VerifiedW3cCredential:
    opened = _opened(secured, ENVELOPED_CREDENTIAL)
    if isinstance(opened, Envelope):
        raise ParseError("vc_envelope", "no such envelope")
    # 1 to 5, and 8
    checked = await _integrity_credential(opened, rules)
    return await _concluded(checked, DATA_INTEGRITY, rules)


def _opened(secured: Secured, kind: str) -> Secured:
    """What is in an object that envelops a document; any other document as it is."""
    if isinstance(secured, Envelope):
        return secured
    stated = secured.get("type")
    return parse_envelope(secured, kind=kind) if stated in (kind, [kind]) else secured


async def _integrity_credential(document: JsonObject, rules: _Rules) -> CheckedCredential:
    """Whose proofs these are and whether they hold; what they secure, its form and its terms checked."""
    # 1 parse: the form first, so that a malformed credential asks nobody anything
    check_credential(document, versions=READ)
    unverified = proof.parse(document)
    # 3 admit, 4 find the keys: for each type, since its issuer must be believed for all that it says it is
    policy = rules.policy
    found: Mapping[str, TrustedPath] = {}
    for type_ in w3c.types_of(unverified.unverified_document, rules.terms.contexts):
        found = await find_issuer_keys(
            unverified, role="credential", type_=type_, policy=policy, memory=rules.memory, now=rules.now
        )
    keys = {method: path.key for method, path in found.items()}
    if any(key.algorithm not in policy.algorithms for key in keys.values()):
        raise VerificationError("algorithm_refused")
    # 5 check the proofs
    verified = proof.verify(
        unverified,
        keys,
        purpose="assertionMethod",
        now=rules.now,
        leeway=policy.leeway,
        cryptosuites=policy.cryptosuites,
        domain=None,
        challenge=None,
        contexts=rules.terms.contexts,
        suites=rules.suites,
    )
    checked = check_credential(verified.document, versions=READ)
    check_terms(verified.document, rules.terms)
    # 8 check the trust again, on the verified values
    if not any(checked.issuer in path.names for path in found.values()):
        raise VerificationError("issuer_mismatch")
    return checked


async def _concluded(checked: CheckedCredential, secured: str, rules: _Rules) -> VerifiedW3cCredential:
    # 7 check the time
    check_period(checked.valid_from, checked.valid_until, now=rules.now, leeway=rules.policy.leeway)
    # 9 check the status
    stated = w3c.status_of(checked.document)
    status = await check_status(stated, policy=rules.policy, memory=rules.memory, now=rules.now)
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


async def _integrity_holder(document: JsonObject, checked: CheckedPresentation, rules: _Rules) -> str:
    """Who signed a presentation: the holder it names; one that names nobody has one signer."""
    unverified = proof.parse(document)
    keys = await find_holder_keys(unverified, purpose="authentication", now=rules.now, methods=rules.holders)
    if any(key.algorithm not in rules.policy.algorithms for key in keys.values()):
        raise VerificationError("algorithm_refused")
    verified = proof.verify(
        unverified,
        keys,
        purpose="authentication",
        now=rules.now,
        leeway=rules.policy.leeway,
        cryptosuites=rules.policy.cryptosuites,
        domain=rules.domain,
        challenge=rules.challenge,
        contexts=rules.terms.contexts,
        suites=rules.suites,
    )
    if rules.challenge is not None:
        for one in verified.proofs:
            check_age(one.created, rules.policy, now=rules.now)
    return holder_among({method.partition("#")[0] for method in keys}, checked)


def check_period(starts: int | None, ends: int | None, *, now: int, leeway: int) -> None:
    """Step 7, of one pair of times.

    Raises:
        VerificationError: `credential_not_yet_valid`, `credential_expired`.
    """
    if starts is not None and starts > now + leeway:
        raise VerificationError("credential_not_yet_valid")
    if ends is not None and ends <= now - leeway:
        raise VerificationError("credential_expired")


def check_age(made: int | None, policy: Policy, *, now: int) -> None:
    """An answer to a challenge that says when it was made is not older than the policy allows.

    Raises:
        VerificationError: `key_binding_time`.
    """
    if made is not None and not now - policy.max_presentation_age - policy.leeway <= made <= now + policy.leeway:
        raise VerificationError("key_binding_time")


def holder_among(signers: set[str], checked: CheckedPresentation) -> str:
    """The holder that a presentation names, if it signed; or its one signer where it names nobody.

    Raises:
        VerificationError: `holder_mismatch`.
    """
    holder = checked.holder
    if holder is None and len(signers) == 1:
        (holder,) = signers
    if holder is None or holder not in signers:
        raise VerificationError("holder_mismatch")
    return holder


async def _contained(
    checked: CheckedPresentation, holder: str | None, rules: _Rules
) -> tuple[tuple[VerifiedW3cCredential, ...], tuple[JsonObject, ...]]:
    """The credentials that others issued, each verified, and those that the holder says itself."""
    flows: list[Flow[VerifiedW3cCredential]] = []
    asserted = []
    for one in checked.credentials:
        if isinstance(one, Envelope):
            flows.append(_credential(one, rules))
        elif "proof" in one.document:
            flows.append(_credential(one.document, rules))
        else:
            _check_asserted(one, holder, rules)
            asserted.append(one.document)
    return tuple(await together(*flows)), tuple(asserted)


def _check_asserted(one: CheckedCredential, holder: str | None, rules: _Rules) -> None:
    """What the holder says is secured by the presentation alone: it has to be signed, and by this holder."""
    if holder is None:
        raise ParseError("integrity_proof_missing", "a credential that nothing secures")
    if one.issuer != holder:
        raise VerificationError("self_asserted_holder")
    check_period(one.valid_from, one.valid_until, now=rules.now, leeway=rules.policy.leeway)


def _subjects(stated: JsonValue) -> tuple[str | None, ...]:
    listed = stated if isinstance(stated, list) else [stated]
    return tuple(one.get("id") for one in listed)


def _presentation_checks(holder: str | None, rules: _Rules, *, bound: bool) -> dict[str, str]:
    return {
        "proof": _NOT_PROVEN if holder is None else "passed",
        "domain": "NOT ASKED" if rules.domain is None else "passed",
        "challenge": "NOT ASKED: it may be an old presentation" if rules.challenge is None else "passed",
        "subject": "passed" if bound else "NOT ASKED: the credentials may be about others than the holder",
    }


def _terms() -> Terms:
    return Terms(contexts(), inline=False)
