"""Steps that every verification shares, each written once: what was presented decides which of them are called.

Steps raise and never return False. Steps 1 to 5 are in `signers`, step 9 in `status`, step 10 in `type_metadata`.
"""

from collections.abc import Collection, Iterable
from typing import Final

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.public import PublicKey
from didkit_fr.trust.anchors import Anchor
from didkit_fr.trust.path import TrustedBbsKey, TrustedPath
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.policy import Policy

__all__ = ["PASSED", "check_admitted", "check_algorithms", "check_issuer", "check_period", "check_subjects"]

PASSED: Final = "passed"


def check_algorithms(keys: Iterable[PublicKey | BbsPublicKey], policy: Policy) -> None:
    """Step 2, where no header names an algorithm: the policy allows that of every key.

    Raises:
        VerificationError: `algorithm_refused`.
    """
    if any(key.algorithm not in policy.algorithms for key in keys):
        raise VerificationError("algorithm_refused")


def check_period(
    starts: int | None, ends: int | None, context: VerificationContext, *, issued: int | None = None
) -> None:
    """Step 7: issued, valid from, valid until (RFC 7519 sections 4.1.4 to 4.1.6), with the policy's skew of clocks.

    Beside the clock they are compared with each other: what ended before it was signed was never in force.

    Args:
        starts: from when it is valid, in seconds since 1970 (UTC); None where it does not say.
        ends: the first second when it is not valid any more.
        context: when it is, and how far clocks may differ.
        issued: when it was signed.

    Raises:
        ParseError: `vc_period`.
        VerificationError: `credential_from_the_future`, `credential_not_yet_valid`, `credential_expired`.
    """
    now, leeway = context.now, context.policy.leeway
    if issued is not None and issued > now + leeway:
        raise VerificationError("credential_from_the_future")
    if starts is not None and starts > now + leeway:
        raise VerificationError("credential_not_yet_valid")
    if ends is None:
        return
    if ends <= now - leeway:
        raise VerificationError("credential_expired")
    # Within the skew of the clocks each of the times alone passes.
    if (starts is not None and ends < starts) or (issued is not None and ends < issued):
        raise ParseError("vc_period")


def check_issuer(issuer: str, signers: Iterable[TrustedPath | TrustedBbsKey]) -> frozenset[Anchor]:
    """Step 8: the verified issuer is one of the names that a key was found by; returns the anchors of those keys.

    What another signer beside the issuer is believed for says nothing of what this issuer may say.

    Raises:
        VerificationError: `issuer_mismatch`.
    """
    own = frozenset([signer.anchor for signer in signers if issuer in signer.names])
    if not own:
        raise VerificationError("issuer_mismatch")
    return own


def check_admitted(anchor: Anchor, issuers: Collection[str] | None) -> None:
    """Step 8: this verifier admits the anchor this time; `issuers` are names of anchors, None for all of the policy's.

    Raises:
        VerificationError: `issuer_not_admitted`.
    """
    if issuers is not None and anchor.name not in issuers:
        raise VerificationError("issuer_not_admitted")


def check_subjects(subjects: Iterable[str | None], holder: str | None) -> None:
    """Step 6 for W3C credentials: each is about the one who signed the presentation around it.

    Raises:
        VerificationError: `holder_mismatch`.
    """
    if any(subject != holder for subject in subjects):
        raise VerificationError("holder_mismatch")
