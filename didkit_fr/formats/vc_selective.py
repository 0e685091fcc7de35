"""W3C credentials with a selective proof: what no holder may withhold, for the issuer and for the verifier.

A proof of `ecdsa-sd-2023` or `bbs-2023` lets a holder withhold every statement that is not mandatory. A verifier cannot
tell a member that was withheld from one that never was: without this, an expired credential would be shown without its
end.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from didkit_fr.credentials.model import ISSUED, check_credential, decisive
from didkit_fr.credentials.terms import Terms, check_terms
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import VerificationError
from didkit_fr.keys.bbs import BbsSigner
from didkit_fr.keys.signer import Signer
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.data_integrity import bbs_2023, ecdsa_sd
from didkit_fr.proofs.data_integrity.cryptosuite import Reading
from didkit_fr.proofs.data_integrity.options import UnverifiedProof, build_options

__all__ = ["SELECTIVE", "check_shown", "sign"]

SELECTIVE = frozenset({ecdsa_sd.NAME, bbs_2023.NAME})
"""The cryptosuites by which a holder reveals a part."""

_SIGN: Mapping[str, Any] = MappingProxyType({ecdsa_sd.NAME: ecdsa_sd.sign_base, bbs_2023.NAME: bbs_2023.sign_base})
_WITHHOLDABLE = MappingProxyType({ecdsa_sd.NAME: ecdsa_sd.withholdable, bbs_2023.NAME: bbs_2023.withholdable})
_VOCABULARY = "https://www.w3.org/2018/credentials#"


def sign(
    document: JsonObject,
    signer: Signer | BbsSigner,
    *,
    cryptosuite: str,
    verification_method: str,
    created: int,
    terms: Terms,
    mandatory: Sequence[str] = (),
    versions: frozenset[str] = ISSUED,
    random: Random = system,
) -> JsonObject:
    """Checks a credential and adds a base proof for its holder, who cannot withhold what decides its worth.

    Args:
        document: the credential, without proof.
        signer: the issuer's key: on P-256, or a BBS key.
        cryptosuite: one of `SELECTIVE`.
        verification_method: the URL by which verifiers find the key.
        created: seconds since 1970 (UTC).
        terms: the contexts that are known.
        mandatory: JSON pointers to what else the holder cannot withhold.
        versions: those of the data model that are issued.
        random: where the keys of one proof come from.

    Raises:
        ParseError, VerificationError: those of `check_credential`, `check_terms`, and of the cryptosuite;
            `cryptosuite_refused` for one that is not selective.
    """
    check_credential(document, versions=versions)
    check_terms(document, terms)
    if cryptosuite not in SELECTIVE:
        raise VerificationError("cryptosuite_refused")
    stated = build_options(
        cryptosuite=cryptosuite, verification_method=verification_method, purpose="assertionMethod", created=created
    )
    pointers = list(dict.fromkeys([*mandatory, *(f"/{name}" for name in decisive(document))]))
    made: JsonObject = _SIGN[cryptosuite](
        document, signer, stated, mandatory=pointers, random=random, contexts=terms.contexts
    )
    return made


def check_shown(document: JsonObject, proofs: Sequence[UnverifiedProof], terms: Terms, budget: Budget) -> bool:
    """Refuses a derived credential that shows a decisive member which its holder could have withheld as well.

    Its issuer is one that does not make them mandatory, and what this one lacks might have been withheld. Returns
    whether the proofs are selective at all: then a member that an issuer did not make mandatory is perhaps not shown.

    Args:
        document: the credential, its proofs verified.
        proofs: those proofs.
        terms: the contexts that are known.
        budget: what the work on its message may still cost.

    Raises:
        VerificationError: `claim_must_be_visible`.
    """
    selective = [proof for proof in proofs if proof.unverified_cryptosuite in SELECTIVE]
    named = {f"<{_VOCABULARY}{name}>": name for name in decisive(document)}
    for proof in selective:
        reading = Reading(terms.contexts, budget)
        for statement in _WITHHOLDABLE[proof.unverified_cryptosuite](document, proof, reading):
            name = named.get(statement.split(" ", 2)[1])
            if name is not None:
                raise VerificationError("claim_must_be_visible", f"/{name} is not mandatory")
    return bool(selective)
