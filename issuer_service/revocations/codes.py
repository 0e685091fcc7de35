"""The error codes of `issuer_service.revocations`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import VerificationError
from didkit_fr.errors.code import Code

__all__ = ["CODES"]

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
