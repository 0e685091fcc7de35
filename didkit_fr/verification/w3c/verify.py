"""W3C presentations, with everything in them, as flows: one question, one decision.

A document is secured by Data Integrity proofs inside it or by an envelope around it.
The steps are those of `verification.verify`: parse, admit, find the keys, check the proofs, the holder, the time, the
trust again, the status. Here no protocol says what a credential must look like; its data model does.

All that is in one presentation is judged within one budget.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, TypeAlias, cast

from didkit_fr.boundary import flow_boundary
from didkit_fr.credentials.model import CheckedCredential
from didkit_fr.credentials.presentation import (
    ENVELOPED_PRESENTATION,
    Envelope,
)
from didkit_fr.credentials.words import lift
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.flow import Flow, together
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.steps import PASSED, check_subjects
from didkit_fr.verification.w3c.credential import (
    DANGEROUSLY_IGNORE_VALIDITY,
    DATA_INTEGRITY,
    INLINE,
    Secured,
    ValidityRule,
    VerifiedW3cCredential,
    W3cOptions,
    check_validity,
    check_values,
    opened,
    verify_credential,
)
from didkit_fr.verification.w3c.presentation import (
    ExpectedPresentation,
    Shown,
    read_unsigned,
    verify_enveloped,
    verify_integrity,
)

__all__ = [
    "DANGEROUSLY_IGNORE_VALIDITY",
    "ExpectedPresentation",
    "JudgedW3cPresentation",
    "Outcome",
    "Secured",
    "ValidityRule",
    "VerifiedW3cCredential",
    "VerifiedW3cPresentation",
    "W3cOptions",
    "judge_presentation",
    "verify_credential",
    "verify_presentation",
]

_EMBEDDED = "verifiableCredential"
_UNSIGNED = ("@context", "type")
_NOT_PROVEN = "NOT PROVEN: anyone who saw these credentials could have presented them"


@dataclass(frozen=True, slots=True)
class VerifiedW3cPresentation:
    """A presentation, all of whose credentials were verified.

    `holder` is who signed it, None where nobody did. `self_asserted` are credentials that the holder says and nobody
    else: they are worth what the holder's word is, and are never among `credentials`. `document` is what was verified:
    the presentation as its holder signed it, with each credential as its issuer secured it, and without proofs; of one
    that nobody signed, the credentials alone.
    """

    secured: str | None
    holder: str | None = field(repr=False)
    credentials: tuple[VerifiedW3cCredential, ...]
    self_asserted: tuple[JsonObject, ...] = field(repr=False)
    document: JsonObject = field(repr=False)
    checks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SelfAsserted:
    """A credential that the holder of a presentation says, and nobody else."""

    document: JsonObject = field(repr=False)


Outcome: TypeAlias = VerifiedW3cCredential | SelfAsserted | DidkitError
"""What came of one credential of a presentation."""


@dataclass(frozen=True, slots=True)
class JudgedW3cPresentation:
    """What came of each credential of a presentation, by position; the presentation itself was verified.

    It is to be believed if no outcome is an error, and only then is `document` what was verified; it is None otherwise.
    """

    secured: str | None
    holder: str | None = field(repr=False)
    outcomes: tuple[Outcome, ...]
    document: JsonObject | None = field(repr=False)
    checks: Mapping[str, str]


class _Question(NamedTuple):
    """What is asked about each credential of a presentation; `signer` is who signed the presentation."""

    signer: str | None
    expected: ExpectedPresentation
    context: VerificationContext
    options: W3cOptions


_JudgeOne: TypeAlias = Callable[[CheckedCredential | Envelope, _Question], Flow[Outcome]]


@flow_boundary
async def verify_presentation(
    secured: Secured,
    expected: ExpectedPresentation,
    context: VerificationContext,
    options: W3cOptions | None = None,
) -> VerifiedW3cPresentation:
    """Verifies a presentation and every credential in it, as a flow: one that is refused refuses all.

    Raises:
        ParseError: malformed, or `work_exceeded`.
        FetchError: cannot tell.
        VerificationError: refused; `unforeseen` for a bug.
    """
    # Nothing goes on after the first refusal.
    judged = await _judge(secured, expected, context, options or W3cOptions(), _credential)
    outcomes = judged.outcomes
    return VerifiedW3cPresentation(
        secured=judged.secured,
        holder=judged.holder,
        credentials=tuple(one for one in outcomes if isinstance(one, VerifiedW3cCredential)),
        self_asserted=tuple(one.document for one in outcomes if isinstance(one, SelfAsserted)),
        document=cast("JsonObject", judged.document),
        checks=judged.checks,
    )


@flow_boundary
async def judge_presentation(
    secured: Secured,
    expected: ExpectedPresentation,
    context: VerificationContext,
    options: W3cOptions | None = None,
) -> JudgedW3cPresentation:
    """As `verify_presentation`, but each credential is judged, within the one budget, whatever came of the others.

    Raises:
        ParseError: malformed, or `work_exceeded`.
        FetchError: cannot tell.
        VerificationError: refused: the presentation itself; `unforeseen` for a bug.
    """
    return await _judge(secured, expected, context, options or W3cOptions(), _contained)


async def _judge(
    secured: Secured,
    expected: ExpectedPresentation,
    context: VerificationContext,
    options: W3cOptions,
    outcome: _JudgeOne,
) -> JudgedW3cPresentation:
    document = opened(secured, ENVELOPED_PRESENTATION)
    # 1 to 6: the structure, the keys, the proofs and the holder
    if isinstance(document, Envelope):
        how, shown = document.media_type, await verify_enveloped(document, expected, context, options)
    elif "proof" in document:
        how, shown = DATA_INTEGRITY, await verify_integrity(document, expected, context, options)
    elif _may_be_unsigned(expected):
        how, shown = None, read_unsigned(document, context, options)
    else:
        raise ParseError("integrity_proof_missing")
    # 1 to 10, of each credential
    question = _Question(shown.signer, expected, context, options)
    outcomes = tuple(await together(*[outcome(one, question) for one in shown.checked.credentials]))
    return JudgedW3cPresentation(
        secured=how,
        holder=shown.signer,
        outcomes=outcomes,
        document=_as_verified(shown, outcomes),
        checks=MappingProxyType(_presentation_checks(shown, expected)),
    )


def _may_be_unsigned(expected: ExpectedPresentation) -> bool:
    """Whether nothing was asked that only a proof answers."""
    asked = expected.domain is not None or expected.challenge is not None or expected.holder_is_subject
    return expected.unsigned and not asked


async def _contained(one: CheckedCredential | Envelope, question: _Question) -> Outcome:
    """The outcome of one credential, its refusal too."""
    try:
        return await _credential(one, question)
    except DidkitError as error:
        return error


@flow_boundary
async def _credential(one: CheckedCredential | Envelope, question: _Question) -> Outcome:
    """One credential of a presentation: of somebody else's making, or what the holder says itself."""
    if not isinstance(one, Envelope) and "proof" not in one.document:
        _check_asserted(one, question)
        return SelfAsserted(one.document)
    secured = one if isinstance(one, Envelope) else one.document
    verified = await verify_credential(secured, question.context, question.options)
    if question.expected.holder_is_subject:
        check_subjects(verified.subjects, question.signer)
    return verified


def _as_verified(shown: Shown, outcomes: Sequence[Outcome]) -> JsonObject | None:
    """The presentation made of what was verified, and of nothing else."""
    made = [one.document for one in outcomes if not isinstance(one, DidkitError)]
    if len(made) != len(outcomes):
        return None
    document = shown.checked.document
    kept = document if shown.signer is not None else {name: document[name] for name in _UNSIGNED}
    return {**kept, **({_EMBEDDED: made} if made else {})}


def _check_asserted(one: CheckedCredential, question: _Question) -> None:
    """What the holder says is secured by the presentation alone: it has to be signed, and by this holder."""
    if question.signer is None:
        raise ParseError("integrity_proof_missing", "a credential that nothing secures")
    if one.issuer != question.signer:
        raise VerificationError("self_asserted_holder")
    budget, options = question.context.budget, question.options
    check_validity(question.context, options, (one.valid_from, one.valid_until))
    check_values(one.document, lift(one.document, options.terms, budget=budget), budget)


def _presentation_checks(shown: Shown, expected: ExpectedPresentation) -> dict[str, str]:
    bound = expected.holder_is_subject
    return {
        "proof": _NOT_PROVEN if shown.signer is None else PASSED,
        "words": INLINE if shown.own else PASSED,
        "domain": "NOT ASKED" if expected.domain is None else PASSED,
        "challenge": "NOT ASKED: it may be an old presentation" if expected.challenge is None else PASSED,
        "subject": PASSED if bound else "NOT ASKED: the credentials may be about others than the holder",
    }
