"""The error codes of `didkit_fr.verification`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.errors.code import Code, Sentence
from didkit_fr.proofs.codes import NOT_RECOGNISED

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "issuer_keys_malformed": Code(
            ParseError, "issuer", "not the published keys of an issuer", "clés publiées d'un émetteur mal formées"
        ),
        "credential_expired": Code(
            VerificationError,
            "holder",
            "the credential has expired",
            "le titre a expiré",
            Sentence(
                "This copy of your title has expired. Please get a new one from its issuer.",
                "Cette copie de votre titre a expiré. Demandez-en une nouvelle à qui l'a délivrée.",
            ),
        ),
        "credential_from_the_future": Code(
            VerificationError,
            "issuer",
            "the credential says it was issued in the future",
            "le titre se dit émis dans le futur",
        ),
        "credential_not_yet_valid": Code(
            VerificationError,
            "holder",
            "the credential is not valid yet",
            "le titre n'est pas encore valide",
            Sentence("Your title is not valid yet.", "Votre titre n'est pas encore valable."),
        ),
        "format_unsupported": Code(
            VerificationError,
            "sender",
            "a credential format that is not supported",
            "format de titre non pris en charge",
        ),
        "issuer_key_unknown": Code(
            VerificationError, "issuer", "the issuer does not publish this key", "clé non publiée par l'émetteur"
        ),
        "issuer_not_admitted": Code(
            VerificationError,
            "holder",
            "a trusted issuer that this request does not admit",
            "émetteur de confiance non admis pour cette demande",
            NOT_RECOGNISED,
        ),
        "metadata_issuer_mismatch": Code(
            VerificationError, "issuer", "metadata that names another issuer", "métadonnées au nom d'un autre émetteur"
        ),
        "status_list_signer": Code(
            VerificationError,
            "issuer",
            "a status list that another authority signed than the credential's own",
            "liste de statuts signée par une autre autorité que celle du titre",
        ),
        "status_revoked": Code(
            VerificationError,
            "holder",
            "the credential was revoked",
            "le titre a été révoqué",
            Sentence(
                "This title was withdrawn. Please ask the authority that issued it.",
                "Ce titre a été retiré. Adressez-vous à l'autorité qui l'a délivré.",
            ),
        ),
        "status_suspended": Code(
            VerificationError,
            "holder",
            "the credential is suspended",
            "le titre est suspendu",
            Sentence(
                "This title is suspended. Please ask the authority that issued it.",
                "Ce titre est suspendu. Adressez-vous à l'autorité qui l'a délivré.",
            ),
        ),
        "status_unknown": Code(
            VerificationError,
            "issuer",
            "a status value without a known meaning",
            "valeur de statut sans signification connue",
        ),
        "type_extends_endless": Code(
            VerificationError, "issuer", "types that extend each other without end", "types qui s'étendent sans fin"
        ),
        "type_metadata_mismatch": Code(
            VerificationError, "issuer", "the metadata of another type", "métadonnées d'un autre type"
        ),
        "type_metadata_unknown": Code(
            VerificationError,
            "issuer",
            "a type whose rules are not known here",
            "type dont les règles sont inconnues ici",
        ),
    }
)
