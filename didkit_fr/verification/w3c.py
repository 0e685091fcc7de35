"""W3C presentations of any form, with everything in them, as flows: one question, one decision.

A document is secured by Data Integrity proofs inside it or by an envelope around it (`verification.w3c_envelopes`).
The steps are those of `verification.verify`: parse, admit, find the keys, check the proofs, the holder, the time, the
trust again, the status. Here no protocol says what a credential must look like; its data model does.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast

from didkit_fr.credentials.model import READ, CheckedCredential
from didkit_fr.credentials.presentation import ENVELOPED_PRESENTATION, CheckedPresentation, Envelope
from didkit_fr.credentials.terms import Terms
from didkit_fr.did.method import Method
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.flow import together
from didkit_fr.formats import vc_integrity
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.data_integrity.cryptosuite import Cryptosuite
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from didkit_fr.verification.integrity_keys import OFFLINE_METHODS, find_holder_keys
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.w3c_credential import (
    DATA_INTEGRITY,
    Rules,
    Secured,
    VerifiedW3cCredential,
    check_period,
    judge,
    known_terms,
    opened,
    verify_credential,
)
from didkit_fr.verification.w3c_envelopes import verify_presentation_envelope

__all__ = [
    "Secured",
    "VerifiedW3cCredential",
    "VerifiedW3cPresentation",
    "verify_credential",
    "verify_presentation",
]

_NOT_PROVEN = "NOT PROVEN: anyone who saw these credentials could have presented them"


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
class _Rules(Rules):
    """What the steps share, those of the credentials too."""

    holders: Mapping[str, Method]
    domain: str | Collection[str] | None
    challenge: str | None


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
    rules = _Rules(policy, memory, now, terms or known_terms(), suites, holders, domain, challenge)
    document = opened(secured, ENVELOPED_PRESENTATION)
    # 1 to 6: the form, the keys, the proofs and the holder
    if isinstance(document, Envelope):
        form, shown = document.media_type, await _enveloped_holder(document, rules)
    elif "proof" in document:
        form, shown = DATA_INTEGRITY, await _integrity_holder(document, rules)
    elif unsigned and domain is None and challenge is None and not holder_is_subject:
        form, shown = None, _nobody(document, rules)
    else:
        raise ParseError("integrity_proof_missing")
    holder = shown.signer
    credentials, asserted = await _contained(shown.checked, holder, rules)
    if holder_is_subject and any(one != holder for credential in credentials for one in credential.subjects):
        raise VerificationError("holder_mismatch")
    return VerifiedW3cPresentation(
        secured=form,
        holder=holder,
        credentials=credentials,
        self_asserted=asserted,
        document=shown.checked.document,
        checks=MappingProxyType(_presentation_checks(holder, rules, bound=holder_is_subject)),
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """A presentation that its signer showed, here and now as far as that was asked."""

    checked: CheckedPresentation
    signer: str | None


def _nobody(document: JsonObject, rules: _Rules) -> _Shown:
    checked = vc_integrity.check_document(document, "vp", rules.terms, versions=READ)
    return _Shown(cast("CheckedPresentation", checked), None)


async def _enveloped_holder(envelope: Envelope, rules: _Rules) -> _Shown:
    """What an envelope answers is in its claims: `nonce` the challenge, `aud` the domain."""
    policy, now = rules.policy, rules.now
    verified, signer = await verify_presentation_envelope(
        envelope.media_type,
        envelope.unverified_content,
        methods=rules.holders,
        algorithms=policy.algorithms,
        now=now,
        terms=rules.terms,
    )
    claims = verified.claims
    for_whom, wanted = claims.get("aud"), rules.domain
    if wanted is not None and not _same(for_whom, [wanted] if isinstance(wanted, str) else wanted):
        raise VerificationError("integrity_domain")
    if rules.challenge is not None and (not rules.challenge or claims.get("nonce") != rules.challenge):
        raise VerificationError("integrity_challenge")
    check_period(verified.not_before, verified.expires, now=now, leeway=policy.leeway)
    if rules.challenge is not None:
        _check_age(claims.get("iat"), policy, now=now)
    checked = cast("CheckedPresentation", verified.checked)
    return _Shown(checked, _holder_among({signer}, checked))


def _same(stated: JsonValue, wanted: Collection[str]) -> bool:
    """All whom it must be for, and nobody else."""
    listed = stated if isinstance(stated, list) else [stated]
    return all(isinstance(one, str) and one for one in listed) and set(listed) == set(wanted)


async def _integrity_holder(document: JsonObject, rules: _Rules) -> _Shown:
    """Who signed a presentation: the holder it names; one that names nobody has one signer."""
    vc_integrity.check_document(document, "vp", None, versions=READ)
    unverified = proof.parse(document)
    keys = await find_holder_keys(unverified, purpose="authentication", now=rules.now, methods=rules.holders)
    if any(key.algorithm not in rules.policy.algorithms for key in keys.values()):
        raise VerificationError("algorithm_refused")
    verified, checked = vc_integrity.verify(
        unverified,
        keys,
        kind="vp",
        now=rules.now,
        leeway=rules.policy.leeway,
        cryptosuites=rules.policy.cryptosuites,
        domain=rules.domain,
        challenge=rules.challenge,
        terms=rules.terms,
        suites=rules.suites,
    )
    if rules.challenge is not None:
        for one in verified.proofs:
            _check_age(one.created, rules.policy, now=rules.now)
    shown = cast("CheckedPresentation", checked)
    return _Shown(shown, _holder_among({method.partition("#")[0] for method in keys}, shown))


def _check_age(made: JsonValue, policy: Policy, *, now: int) -> None:
    """An answer to a challenge that says when it was made is not older than the policy allows.

    Raises:
        VerificationError: `key_binding_time`.
    """
    earliest, latest = now - policy.max_presentation_age - policy.leeway, now + policy.leeway
    if made is not None and (type(made) not in (int, float) or not earliest <= made <= latest):
        raise VerificationError("key_binding_time")


def _holder_among(signers: set[str], checked: CheckedPresentation) -> str:
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
    secured: list[Secured] = []
    asserted = []
    for one in checked.credentials:
        if isinstance(one, Envelope):
            secured.append(one)
        elif "proof" in one.document:
            secured.append(one.document)
        else:
            _check_asserted(one, holder, rules)
            asserted.append(one.document)
    return tuple(await together(*(judge(one, rules) for one in secured))), tuple(asserted)


def _check_asserted(one: CheckedCredential, holder: str | None, rules: _Rules) -> None:
    """What the holder says is secured by the presentation alone: it has to be signed, and by this holder."""
    if holder is None:
        raise ParseError("integrity_proof_missing", "a credential that nothing secures")
    if one.issuer != holder:
        raise VerificationError("self_asserted_holder")
    check_period(one.valid_from, one.valid_until, now=rules.now, leeway=rules.policy.leeway)


def _presentation_checks(holder: str | None, rules: _Rules, *, bound: bool) -> dict[str, str]:
    return {
        "proof": _NOT_PROVEN if holder is None else "passed",
        "domain": "NOT ASKED" if rules.domain is None else "passed",
        "challenge": "NOT ASKED: it may be an old presentation" if rules.challenge is None else "passed",
        "subject": "passed" if bound else "NOT ASKED: the credentials may be about others than the holder",
    }
