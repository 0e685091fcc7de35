"""Derives credentials for a holder: of a base proof, one that reveals what its pointers name."""

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.terms import Terms, check_terms
from didkit_fr.credentials.words import lift
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import VerificationError
from didkit_fr.primitives.random import Random
from didkit_fr.proofs.data_integrity import bbs_2023, ecdsa_sd, proof
from issuer_service.vcalm.requests import DeriveOptions

__all__ = ["derive"]


def derive(document: JsonObject, options: DeriveOptions, *, random: Random) -> JsonObject:
    """Derives; the base proof is the holder's own, and whether it holds is said by whoever verifies what is derived.

    Raises:
        ParseError, VerificationError: those of `check_terms`, `ecdsa_sd.derive`, `bbs_2023.derive`;
            `cryptosuite_refused` for a proof that nothing can be derived of.
    """
    proofs = proof.parse(document, max_proofs=1).proofs
    pointers = options.selective_pointers
    brings = Terms(contexts(), inline=True)
    check_terms(document, brings)
    worded = lift(document, brings)
    if proofs[0].unverified_cryptosuite == ecdsa_sd.NAME:
        return worded.restore(ecdsa_sd.derive(worded.document, pointers, contexts=worded.terms.contexts))
    if proofs[0].unverified_cryptosuite == bbs_2023.NAME:
        # The API has no word for the occasion: an empty header binds the proof to none.
        made = bbs_2023.derive(
            worded.document, pointers, presentation_header=b"", random=random, contexts=worded.terms.contexts
        )
        return worded.restore(made)
    raise VerificationError("cryptosuite_refused", "nothing can be derived of it")
