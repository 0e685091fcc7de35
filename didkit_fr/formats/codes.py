"""The error codes of `didkit_fr.formats`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.errors.code import Code

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "claim_time": Code(
            ParseError,
            "issuer",
            "a time that is not a number of seconds",
            "instant qui n'est pas un nombre de secondes",
        ),
        "message_invalid": Code(
            ParseError, "sender", "a protocol message that breaks its rules", "message de protocole non conforme"
        ),
        "sd_jwt_disclosable": Code(
            ParseError,
            "programmer",
            "a claim that must stay visible was made disclosable",
            "attribut visible rendu divulgable",
        ),
        "w3c_malformed": Code(
            ParseError,
            "sender",
            "not a W3C credential of one issuer and one type",
            "attestation W3C sans émetteur ou type unique",
        ),
        "claim_must_be_visible": Code(
            VerificationError,
            "issuer",
            "a claim that must be visible came as a disclosure",
            "attribut obligatoirement visible reçu en divulgation",
        ),
        "credential_linkable": Code(
            VerificationError,
            "issuer",
            "a credential by which its holder could be recognised from one use to the next",
            "titre par lequel son porteur serait reconnu d'un usage à l'autre",
        ),
        "holder_mismatch": Code(
            VerificationError, "holder", "the credential is bound to another key", "le titre est lié à une autre clé"
        ),
        "holder_missing": Code(
            VerificationError, "holder", "the credential is bound to no key", "le titre n'est lié à aucune clé"
        ),
        "key_binding_unexpected": Code(
            VerificationError,
            "issuer",
            "a credential that was bound already, by whoever issued it",
            "titre déjà présenté par celui qui le délivre",
        ),
        "key_id_missing": Code(VerificationError, "sender", "no key is named", "aucune clé n'est désignée"),
        "mdoc_doctype_mismatch": Code(
            VerificationError,
            "holder",
            "a document of another type than the one signed",
            "document d'un autre type que celui qui est signé",
        ),
        "mdoc_signed_time": Code(
            VerificationError,
            "issuer",
            "signed when its signer's certificate was not valid",
            "signé hors de la validité du certificat de son signataire",
        ),
        "transaction_data_unbound": Code(
            VerificationError,
            "holder",
            "the presentation does not sign the transaction data of the request",
            "la présentation ne signe pas les données de transaction",
        ),
        "vc_claim_forbidden": Code(
            VerificationError,
            "sender",
            "a claim that makes another credential of it for other readers",
            "attribut qui en fait une autre attestation pour d'autres lecteurs",
        ),
    }
)
