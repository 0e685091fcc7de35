"""The error codes of `didkit_fr.trust`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.errors.code import Code
from didkit_fr.proofs.codes import NOT_RECOGNISED

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "anchors_malformed": Code(
            ParseError, "programmer", "not an anchors file", "n'est pas un fichier d'ancres de confiance"
        ),
        "crl_malformed": Code(
            ParseError,
            "programmer",
            "not a whole certificate revocation list",
            "n'est pas une liste de révocation complète",
        ),
        "certificate_curve": Code(
            VerificationError,
            "sender",
            "a curve on which certificates are not checked here",
            "courbe non vérifiable ici",
        ),
        "certificate_expired": Code(VerificationError, "sender", "a certificate has expired", "un certificat a expiré"),
        "certificate_not_yet_valid": Code(
            VerificationError, "sender", "a certificate is not valid yet", "un certificat n'est pas encore valide"
        ),
        "certificate_profile": Code(
            VerificationError,
            "sender",
            "a certificate not made for this use",
            "certificat qui n'est pas fait pour cet usage",
        ),
        "certificate_revocation_unknown": Code(
            VerificationError,
            "sender",
            "no current revocation list of this root",
            "pas de liste de révocation à jour de cette racine",
        ),
        "certificate_revoked": Code(
            VerificationError, "sender", "a certificate that its root withdrew", "certificat retiré par sa racine"
        ),
        "certificate_self_signed": Code(
            VerificationError, "sender", "a signer who vouches for itself", "signataire qui se porte garant de lui-même"
        ),
        "issuer_not_for_type": Code(
            VerificationError,
            "holder",
            "a known issuer that may not issue this title",
            "émetteur connu, non habilité pour ce titre",
            NOT_RECOGNISED,
        ),
    }
)
