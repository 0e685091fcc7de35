"""The error codes of `issuer_service.vcalm`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.errors.code import Code

__all__ = ["CODES"]

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
