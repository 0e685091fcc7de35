"""The error codes of `didkit_fr.did`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.errors.code import Code

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "did_document_invalid": Code(ParseError, "sender", "not a DID document", "n'est pas un document DID"),
        "did_invalid": Code(ParseError, "sender", "not a DID of its method", "n'est pas un DID de sa méthode"),
        "did_url_invalid": Code(
            ParseError, "sender", "not a DID URL that names a key", "n'est pas une URL DID qui désigne une clé"
        ),
        "did_document_mismatch": Code(
            VerificationError,
            "issuer",
            "a DID document that is about another DID",
            "document DID au sujet d'un autre DID",
        ),
        "did_method_unsupported": Code(
            VerificationError, "sender", "a DID method that is not supported", "méthode DID non prise en charge"
        ),
        "did_not_found": Code(
            VerificationError, "issuer", "there is no such DID, or not any more", "DID inexistant ou disparu"
        ),
        "verification_method_ended": Code(
            VerificationError, "issuer", "a key that was revoked or has expired", "clé révoquée ou expirée"
        ),
        "verification_method_invalid": Code(
            VerificationError, "issuer", "not a usable key of this DID document", "clé inutilisable de ce document DID"
        ),
        "verification_method_purpose": Code(
            VerificationError, "issuer", "a key that is not for this purpose", "clé prévue pour un autre usage"
        ),
    }
)
