"""The error codes of `issuer_service.register`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError
from didkit_fr.errors.code import Code

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "citizens_malformed": Code(
            ParseError,
            "programmer",
            "not a citizens file of the register",
            "n'est pas un fichier de citoyens du registre",
        ),
    }
)
