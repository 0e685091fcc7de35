"""W3C credentials and presentations with Data Integrity proofs inside (Data Integrity 1.0): checked, then secured."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import TypeAlias

from didkit_fr.credentials.model import ISSUED, READ, CheckedCredential, check_credential
from didkit_fr.credentials.presentation import CheckedPresentation, check_presentation
from didkit_fr.credentials.terms import Terms, check_terms
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject
from didkit_fr.formats.w3c.vc_document import Kind
from didkit_fr.formats.w3c.vc_selective import check_decisive
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.data_integrity.cryptosuite import Cryptosuite
from didkit_fr.proofs.data_integrity.proof import UnverifiedSecured, VerifiedSecured
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES

__all__ = ["PROOF_PURPOSES", "Checked", "check_document", "sign", "verify"]

Checked: TypeAlias = CheckedCredential | CheckedPresentation

PROOF_PURPOSES: Mapping[Kind, str] = MappingProxyType({"vc": "assertionMethod", "vp": "authentication"})
"""What a proof is for: an issuer asserts, a holder says who it is."""


def sign(
    document: JsonObject,
    signer: Signer,
    *,
    kind: Kind,
    cryptosuite: str,
    verification_method: str,
    created: int,
    terms: Terms,
    domain: str | None = None,
    challenge: str | None = None,
) -> JsonObject:
    """Checks a document of data model 2.0 and adds a proof, with a cryptosuite that secures it as a whole.

    Args:
        document: the credential, or the presentation.
        signer: the key of its issuer or holder.
        kind: which of the two it is.
        cryptosuite: the name of the cryptosuite.
        verification_method: the URL by which verifiers find the key.
        created: seconds since 1970 (UTC).
        terms: the contexts that are known.
        domain: whom a presentation is for.
        challenge: what a presentation answers.

    Raises:
        ParseError, VerificationError: those of `check_document` and `proofs.data_integrity.proof.sign`.
    """
    check_document(document, kind, terms, versions=ISSUED)
    return proof.sign(
        document,
        signer,
        cryptosuite=cryptosuite,
        verification_method=verification_method,
        purpose=PROOF_PURPOSES[kind],
        created=created,
        domain=domain,
        challenge=challenge,
        contexts=terms.contexts,
    )


def verify(
    unverified: UnverifiedSecured,
    keys: Mapping[str, PublicKey | BbsPublicKey],
    *,
    kind: Kind,
    now: int,
    leeway: int,
    cryptosuites: Collection[str],
    domain: str | Collection[str] | None,
    challenge: str | None,
    terms: Terms,
    suites: Mapping[str, Cryptosuite] = CRYPTOSUITES,
    budget: Budget | None = None,
) -> tuple[VerifiedSecured, Checked]:
    """Verifies every proof, for the purpose that the kind has, and the structure and terms of what they secure.

    Verifies neither whose keys these are, nor times, nor status, nor the credentials in a presentation. Arguments are
    those of `proofs.data_integrity.proof.verify`.

    Raises:
        ParseError, VerificationError: those of `proofs.data_integrity.proof.verify` and `check_document`, and of
            `vc_selective.check_decisive`.
    """
    budget = Budget() if budget is None else budget
    verified = proof.verify(
        unverified,
        keys,
        purpose=PROOF_PURPOSES[kind],
        now=now,
        leeway=leeway,
        cryptosuites=cryptosuites,
        domain=domain,
        challenge=challenge,
        contexts=terms.contexts,
        suites=suites,
        budget=budget,
    )
    if kind == "vc":
        check_decisive(verified.proofs)
    checked = check_document(verified.document, kind, terms, versions=READ, budget=budget)
    return verified, checked


def check_document(
    document: JsonObject,
    kind: Kind,
    terms: Terms | None,
    *,
    versions: Collection[str],
    budget: Budget | None = None,
) -> Checked:
    """Checks the structure of a document, and with `terms` what its terms mean.

    Raises:
        ParseError, VerificationError: those of `check_credential` or `check_presentation`, and of `check_terms`.
    """
    checked = (check_credential if kind == "vc" else check_presentation)(document, versions=versions)
    if terms is not None:
        check_terms(document, terms, budget=budget)
    return checked
