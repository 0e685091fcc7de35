"""The error codes of `didkit_fr.keys`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.errors.code import Code

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "cose_key_invalid": Code(
            ParseError, "sender", "not a public key in COSE format", "n'est pas une clé publique au format COSE"
        ),
        "cose_key_private": Code(
            ParseError,
            "sender",
            "a private COSE key where a public key is due",
            "clé COSE privée au lieu d'une clé publique",
        ),
        "jwk_invalid": Code(
            ParseError, "sender", "not a public key in JWK format", "n'est pas une clé publique au format JWK"
        ),
        "jwk_private": Code(
            ParseError, "sender", "a private key where a public key is due", "clé privée au lieu d'une clé publique"
        ),
        "jwk_set_invalid": Code(ParseError, "sender", "not a set of public keys", "n'est pas un jeu de clés publiques"),
        "key_unsupported": Code(
            ParseError,
            "sender",
            "a key type or curve that is not supported",
            "type de clé ou courbe non pris en charge",
        ),
        "x509_malformed": Code(ParseError, "sender", "not an X.509 certificate", "n'est pas un certificat X.509"),
        "x5c_malformed": Code(
            ParseError, "sender", "not an x5c certificate chain", "n'est pas une chaîne de certificats x5c"
        ),
        "certificate_country": Code(
            VerificationError,
            "sender",
            "a signer of another country than its root or its document",
            "signataire d'un autre pays que sa racine ou son document",
        ),
        "certificate_path": Code(
            VerificationError,
            "sender",
            "the certificates do not lead to an anchor",
            "les certificats ne mènent pas à une ancre",
        ),
    }
)
