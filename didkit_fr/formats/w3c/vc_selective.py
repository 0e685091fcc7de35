"""W3C credentials with a selective proof: what no holder may withhold.

A proof of `ecdsa-sd-2023` or `bbs-2023` lets a holder withhold every statement that is not mandatory. A verifier cannot
tell a member that was withheld from one that never was: without this, an expired credential would be shown without its
end. Nor is a part believed that shows what decides, where its holder could have withheld just that.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from didkit_fr.credentials.model import ISSUED, MODELS, check_credential, decisive
from didkit_fr.credentials.terms import Terms, check_terms
from didkit_fr.encoding.json import JsonObject
from didkit_fr.encoding.rdf import nquads
from didkit_fr.errors import VerificationError
from didkit_fr.keys.bbs import BbsSigner
from didkit_fr.keys.signer import Signer
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.data_integrity import bbs_2023, ecdsa_sd
from didkit_fr.proofs.data_integrity.options import build_options
from didkit_fr.proofs.data_integrity.proof import VerifiedProof

__all__ = ["SELECTIVE", "check_decisive", "sign"]

SELECTIVE = frozenset({ecdsa_sd.NAME, bbs_2023.NAME})
"""The cryptosuites by which a holder reveals a part."""

_DECISIVE: Mapping[str, str] = MappingProxyType(
    {
        nquads.iri("https://www.w3.org/2018/credentials#" + name): name
        for model in MODELS.values()
        for name in model.decisive
    }
)
_SIGN: Mapping[str, Any] = MappingProxyType({ecdsa_sd.NAME: ecdsa_sd.sign_base, bbs_2023.NAME: bbs_2023.sign_base})


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


def check_decisive(proofs: Sequence[VerifiedProof]) -> None:
    """Refuses a credential that shows what decides its worth, where its holder could have withheld just that.

    Its issuer is one that leaves it to holders: what this part lacks may have been withheld.

    Raises:
        VerificationError: `claim_must_be_visible`.
    """
    for proof in proofs:
        for statement in proof.withholdable:
            name = _DECISIVE.get(nquads.predicate_of(statement))
            if name is not None:
                raise VerificationError("claim_must_be_visible", f"/{name} is not mandatory")
