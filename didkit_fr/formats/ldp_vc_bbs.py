"""Credentials secured with `bbs-2023`, as specs/profiles/bbs-presentation.md has them; experimental.

Nobody who compares two presentations is to learn whether they are of one credential. The proof gives that for what is
hidden; here is what both a holder and a verifier look at, because an issuer could undo it with what always shows.
"""

from collections.abc import Collection, Mapping

from didkit_fr.credentials.contexts import contexts
from didkit_fr.encoding import date_time
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats.occasion import Issuance, Occasion
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.data_integrity import bbs_2023
from didkit_fr.proofs.data_integrity.bbs_2023 import NAME, presentation_header
from didkit_fr.proofs.data_integrity.cryptosuite import Cryptosuite
from didkit_fr.proofs.data_integrity.proof import UnverifiedSecured
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES, CRYPTOSUITES_OF_HOLDERS

__all__ = ["MANDATORY", "MAX_SECONDS", "NAME", "check_unlinkable", "derive", "suites"]

MANDATORY = ("/issuer", "/validFrom", "/validUntil")
"""What always shows, beside the types: the same for everybody who holds the title on that day."""

MAX_SECONDS = 86_400
"""Without a status, a credential cannot be withdrawn: it ends by itself."""

_SHOWN = frozenset({"@context", "type", "issuer", "validFrom", "validUntil", "credentialSubject"})
_OPTIONS = frozenset({"type", "cryptosuite", "created", "verificationMethod", "proofPurpose"})


def suites(cryptosuites: Collection[str], occasion: Occasion | Issuance | None) -> Mapping[str, Cryptosuite]:
    """The cryptosuites by which a credential is verified; `bbs-2023` is among them only where it is allowed.

    A presentation of it answers one request: where the occasion is not known, the suite is unknown.
    """
    issued = isinstance(occasion, Issuance)
    known = CRYPTOSUITES_OF_HOLDERS if issued else CRYPTOSUITES
    if NAME not in cryptosuites:
        return known
    if issued:
        return {**known, NAME: bbs_2023.BBS_2023_BASE}
    if not isinstance(occasion, Occasion) or not occasion.nonce or not occasion.audience:
        return known
    header = presentation_header(occasion.audience, occasion.nonce)
    return {**known, NAME: bbs_2023.bbs_2023(presentation_header=header)}


def derive(held: JsonObject, pointers: Collection[str], occasion: Occasion, *, random: Random = system) -> JsonObject:
    """Derives what the pointers select, for the one request with this nonce and client identifier.

    Raises:
        ParseError, VerificationError: those of `proofs.data_integrity.bbs_2023.derive`.
    """
    header = presentation_header(occasion.audience, occasion.nonce)
    return bbs_2023.derive(held, pointers, presentation_header=header, random=random, contexts=contexts())


def check_unlinkable(verified: UnverifiedSecured, *, issued: bool, presented: bool) -> None:
    """Refuses a credential in which something of one person always shows; its proof was verified before.

    A holder that keeps such a one would be followed; a verifier that accepts one would encourage its issuer. Whether
    the issuer gives everybody the same key and the same number of statements cannot be seen in one credential.

    Args:
        verified: what was verified.
        issued: whether it comes from its issuer, with a base proof.
        presented: whether a holder's presentation is around it.

    Raises:
        ParseError: those of `bbs_2023.mandatory_of`.
        VerificationError: `key_binding_unexpected`, `credential_linkable`.
    """
    if presented:
        raise VerificationError("key_binding_unexpected")
    document, proof = verified.unverified_document, verified.proofs[0]
    if not _SHOWN.issuperset(document):
        raise VerificationError("credential_linkable", "a member that not everybody's has")
    subject = document.get("credentialSubject", {})
    if not isinstance(subject, dict) or "id" in subject:
        raise VerificationError("credential_linkable", "the subject is named")
    if not isinstance(document.get("issuer"), str):
        raise VerificationError("credential_linkable", "the issuer is described")
    if not _OPTIONS.issuperset(proof.stated):
        raise VerificationError("credential_linkable", "an option that not everybody's proof has")
    _check_times(document, proof.stated)
    if issued and sorted(bbs_2023.mandatory_of(proof)) != sorted(MANDATORY):
        raise VerificationError("credential_linkable", "more or less is mandatory than everybody shows")


def _check_times(document: JsonObject, options: JsonObject) -> None:
    """Whole UTC days, which all share who got the title on one day, and a short life."""
    times = [_seconds(document, "validFrom"), _seconds(document, "validUntil"), _seconds(options, "created")]
    if any(time % MAX_SECONDS for time in times):
        raise VerificationError("credential_linkable", "a time that is not the beginning of a day")
    if times[1] - times[0] > MAX_SECONDS:
        raise VerificationError("credential_linkable", "valid for more than a day")


def _seconds(document: JsonObject, name: str) -> int:
    value = document.get(name)
    if not isinstance(value, str):
        raise VerificationError("credential_linkable", f"{name} is due")
    try:
        seconds = date_time.parse(value)
    except ParseError:
        raise VerificationError("credential_linkable", name) from None
    # A time can be written in many ways, and each of them would mark somebody.
    if value != date_time.build(seconds):
        raise VerificationError("credential_linkable", f"{name} is written in a way of its own")
    return seconds
