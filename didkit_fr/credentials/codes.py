"""The error codes of `didkit_fr.credentials`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.errors.code import Code

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "attribute_missing": Code(
            ParseError,
            "issuer",
            "an attribute that the title requires is missing",
            "attribut exigé par le titre absent",
        ),
        "attribute_unknown": Code(
            ParseError, "issuer", "an attribute that the title does not have", "attribut étranger au titre"
        ),
        "related_resource_malformed": Code(
            ParseError,
            "sender",
            "a related resource without a digest that can be checked",
            "ressource liée sans empreinte vérifiable",
        ),
        "status_reference_malformed": Code(
            ParseError, "issuer", "not a reference to a status list", "n'est pas une référence de liste de statuts"
        ),
        "title_malformed": Code(ParseError, "programmer", "not a title table", "n'est pas une table de titre"),
        "title_not_mdoc": Code(
            ParseError, "programmer", "a title that is never an ISO mdoc", "titre qui n'est jamais un mdoc ISO"
        ),
        "title_unknown": Code(ParseError, "programmer", "no such title", "titre inconnu"),
        "type_metadata_malformed": Code(
            ParseError, "issuer", "not type metadata", "ne sont pas des métadonnées de type"
        ),
        "vc_context": Code(
            ParseError, "sender", "contexts missing, or not in their order", "contextes absents ou en désordre"
        ),
        "vc_envelope": Code(
            ParseError, "sender", "not an enveloped credential", "n'est pas une attestation sous enveloppe"
        ),
        "vc_identifier": Code(
            ParseError, "sender", "an identifier that is not one URL", "identifiant qui n'est pas une URL unique"
        ),
        "vc_language_value": Code(
            ParseError, "sender", "not a text in a language", "n'est pas un texte dans une langue"
        ),
        "vc_period": Code(
            ParseError, "sender", "a validity that ends before it starts", "validité qui finit avant de commencer"
        ),
        "vc_property": Code(ParseError, "sender", "a property missing or malformed", "propriété absente ou mal formée"),
        "vc_type": Code(ParseError, "sender", "a type missing or malformed", "type absent ou mal formé"),
        "related_resource_mismatch": Code(
            VerificationError,
            "sender",
            "a related resource other than the one that was signed for",
            "ressource liée autre que celle qui a été signée",
        ),
        "self_asserted_holder": Code(
            VerificationError,
            "sender",
            "a credential that is secured by nothing, and not its holder's own word",
            "attestation non sécurisée dont le porteur n'est pas l'auteur",
        ),
        "type_extends_contradiction": Code(
            VerificationError,
            "issuer",
            "a type that loosens a rule of the type it extends",
            "type qui assouplit une règle de celui qu'il étend",
        ),
        "type_metadata_integrity": Code(
            VerificationError, "issuer", "type metadata with another hash", "métadonnées de type d'une autre empreinte"
        ),
        "type_rule_broken": Code(
            VerificationError,
            "issuer",
            "the credential breaks a rule of its type",
            "le titre enfreint une règle de son type",
        ),
    }
)
