"""How a verifier of the API asks the library: its rules as a policy, and what was found in the words of its answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding.json import JsonObject
from didkit_fr.proofs.data_integrity import bbs_2023
from didkit_fr.proofs.data_integrity.cryptosuite import Cryptosuite
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import BBS, DANGEROUSLY_IGNORE_REVOCATION, Policy, StatusRule
from didkit_fr.verification.policy import CRYPTOSUITES as ALLOWED
from didkit_fr.verification.steps import PASSED
from didkit_fr.verification.w3c.verify import (
    DANGEROUSLY_IGNORE_VALIDITY,
    ExpectedPresentation,
    JudgedW3cPresentation,
    VerifiedW3cCredential,
    W3cOptions,
    judge_presentation,
    verify_credential,
)
from issuer_service.vcalm.trust import ANOTHER_SIGNED, ANY_ISSUER, DANGEROUSLY_ACCEPT_ANY_ISSUER, IssuerRule, signers

__all__ = ["VerifierOptions", "check_credential", "check_presentation", "notices"]

ALGORITHMS = frozenset({"ES256", "ES384", "EdDSA", "BBS"})

_SUITES: Mapping[str, Cryptosuite] = MappingProxyType(
    # The API has no word for the occasion of a presentation, so that any is accepted here.
    {**CRYPTOSUITES, bbs_2023.NAME: bbs_2023.bbs_2023(presentation_header=None)}
)

_UNCHECKED = {"time": "its period of validity was not checked", "status": "its status was not checked"}
_SAID = MappingProxyType({ANY_ISSUER: (ANY_ISSUER,), ANOTHER_SIGNED: tuple(ANOTHER_SIGNED.split("; "))})
UNSIGNED = "the presentation is unsigned: anyone who saw its credentials could have made it"
NO_CHALLENGE = "no challenge was asked for: a presentation that was shown before would be accepted again"
OWN_WORDS = "its contexts are its own: its words mean what it says they mean"


@dataclass(frozen=True, slots=True)
class VerifierOptions:
    """How a verifier judges: whose credentials, what is checked (of `requests.CHECKS`), and when it is."""

    issuers: IssuerRule
    checks: frozenset[str]
    now: int

    def context(self) -> VerificationContext:
        """A policy without anchors: `options` has the rule of whose signatures count in their place."""
        status: StatusRule = "check" if "status" in self.checks else DANGEROUSLY_IGNORE_REVOCATION
        policy = Policy(Anchors(()), status, algorithms=ALGORITHMS, cryptosuites=ALLOWED | {BBS})
        # Nothing is remembered: an entry of a list of this service counts from the moment that it is set.
        return VerificationContext(policy, Memory(), self.now)

    def options(self) -> W3cOptions:
        """The rest, in the library's words."""
        return W3cOptions(
            terms=Terms(contexts(), inline=self.issuers == DANGEROUSLY_ACCEPT_ANY_ISSUER),
            suites=_SUITES,
            find=signers(self.issuers),
            validity="check" if "validity" in self.checks else DANGEROUSLY_IGNORE_VALIDITY,
        )


async def check_credential(document: JsonObject, how: VerifierOptions) -> VerifiedW3cCredential:
    """Verifies a credential, as a flow; errors are those of `verification.w3c.verify.verify_credential`."""
    return await verify_credential(document, how.context(), how.options())


async def check_presentation(
    document: JsonObject, how: VerifierOptions, *, challenge: str | None, domain: str | None
) -> JudgedW3cPresentation:
    """Judges a presentation and all its credentials, as a flow.

    `challenge` is what it must answer, `domain` whom it must be for; None where that was not asked. An unsigned one is
    accepted as such where nothing was asked that only a proof answers. That the credentials are about its holder is
    for the caller to check: the API leaves that to it. Errors are those of
    `verification.w3c.verify.judge_presentation`.
    """
    expected = ExpectedPresentation(domain, challenge, holder_is_subject=False, unsigned=True)
    return await judge_presentation(document, expected, how.context(), how.options())


def notices(*found: VerifiedW3cCredential | JudgedW3cPresentation, own: frozenset[str]) -> tuple[str, ...]:
    """What a client ought to know of what was verified: whatever was not checked, asked, known.

    `own` are the issuers who are known to let nothing be withheld that decides what a credential is worth.
    """
    said = [text for one in found for text in _notices(one, own)]
    return tuple(dict.fromkeys(said))


def _notices(found: VerifiedW3cCredential | JudgedW3cPresentation, own: frozenset[str]) -> Iterable[str]:
    checks = found.checks
    if isinstance(found, JudgedW3cPresentation):
        if found.holder is None:
            yield UNSIGNED
        elif checks["challenge"] != PASSED:
            yield NO_CHALLENGE
    elif found.issuer not in own and checks["disclosure"] != PASSED:
        yield checks["disclosure"]
    if checks["words"] != PASSED:
        yield OWN_WORDS
    for name, text in _UNCHECKED.items():
        if checks.get(name, "").startswith("SKIPPED"):
            yield text
    for notice in checks.get("status", "").split("; ")[1:]:
        purpose, _, value = notice.partition(" ")
        yield f"its status for the purpose {purpose} is {value}"
    yield from _SAID.get(checks.get("trust", ""), ())
