"""The error codes of `issuer_service.revocations`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import VerificationError
from didkit_fr.errors.code import Code, Sentence

__all__ = ["CODES", "HINTS"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "revocations_missing": Code(
            VerificationError,
            "issuer",
            "the revocation log lacks what the database has of it",
            "il manque au journal des révocations ce que la base en connaît",
        ),
    }
)

HINTS: Mapping[str, Sentence] = MappingProxyType(
    {
        "log_damaged": Sentence(
            "put this file back as it was, from the mirror of the state folder; mend no line by hand",
            "remettez ce fichier tel qu'il était, depuis le miroir du dossier d'état ; ne corrigez aucune ligne à"
            " la main",
        ),
    }
)
"""What to do about an error, where more is known than its code; paths and commands are put in."""
