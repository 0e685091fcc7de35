"""The error codes of `issuer_service.vcalm`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.errors.code import Code, Sentence

__all__ = ["CODES", "HINTS"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "vcalm_media_type": Code(
            ParseError,
            "programmer",
            "a request whose body is not declared as JSON",
            "requête dont le corps n'est pas déclaré en JSON",
        ),
        "vcalm_option_unknown": Code(
            ParseError, "programmer", "an option that is not known here", "option inconnue ici"
        ),
        "vcalm_instance_unknown": Code(
            VerificationError,
            "programmer",
            "no issuer, holder or verifier of that name",
            "aucun émetteur, porteur ou vérificateur de ce nom",
        ),
    }
)

HINTS: Mapping[str, Sentence] = MappingProxyType(
    {
        "database_gone": Sentence(
            "put it back as it was at the end; only if it is lost, found a new service: its issuers are others",
            "remettez-la telle qu'elle était en dernier ; seulement si elle est perdue, fondez un autre service :"
            " ses émetteurs seront d'autres",
        ),
    }
)
"""What to do about an error, where more is known than its code; paths and commands are put in."""
