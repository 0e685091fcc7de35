"""The error codes of `didkit_fr.status`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.errors.code import Code

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "status_entry_invalid": Code(
            ParseError, "programmer", "no such entry of a status list", "entrée de liste de statuts inexistante"
        ),
        "status_list_malformed": Code(ParseError, "issuer", "not a status list", "n'est pas une liste de statuts"),
        "status_list_short": Code(
            ParseError,
            "issuer",
            "a status list too short to hide anybody",
            "liste de statuts trop courte pour anonymiser",
        ),
        "status_index_out_of_range": Code(
            VerificationError, "issuer", "an index outside its status list", "indice hors de sa liste de statuts"
        ),
        "status_list_expired": Code(
            VerificationError, "issuer", "the status list has expired", "la liste de statuts a expiré"
        ),
        "status_list_not_yet_valid": Code(
            VerificationError,
            "issuer",
            "the status list is not valid yet",
            "la liste de statuts n'est pas encore valide",
        ),
        "status_list_subject": Code(
            VerificationError, "issuer", "the status list of another address", "liste de statuts d'une autre adresse"
        ),
        "status_mechanism_unsupported": Code(
            VerificationError, "issuer", "a status that cannot be checked", "statut qui ne peut pas être vérifié"
        ),
    }
)
