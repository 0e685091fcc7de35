"""The error codes of `issuer_service.storage`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import VerificationError
from didkit_fr.errors.code import Code

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "grant_accepted": Code(
            VerificationError,
            "holder",
            "the title of this grant was accepted already",
            "titre de cette autorisation déjà accepté",
        ),
        "grant_exhausted": Code(
            VerificationError,
            "holder",
            "this grant issued as often as it may",
            "autorisation déjà utilisée autant que permis",
        ),
        "grant_unknown": Code(
            VerificationError, "issuer", "no such grant, or expired", "autorisation inconnue ou expirée"
        ),
        "issuance_unknown": Code(
            VerificationError,
            "holder",
            "no issuance of that name is waiting",
            "aucune délivrance de ce nom n'est en attente",
        ),
        "revoked_meanwhile": Code(
            VerificationError, "issuer", "revoked since its offer was made", "révoqué depuis la création de son offre"
        ),
        "storage_conflict": Code(
            VerificationError,
            "issuer",
            "storage already holds another such record",
            "le stockage contient déjà un tel enregistrement",
        ),
        "storage_newer": Code(
            VerificationError,
            "programmer",
            "storage was written by a newer version",
            "le stockage provient d'une version plus récente",
        ),
    }
)
