"""The error codes of `didkit_fr.encoding`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError
from didkit_fr.errors.code import Code

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "base64url_invalid": Code(
            ParseError, "sender", "not base64url without padding", "n'est pas du base64url sans remplissage"
        ),
        "cbor_depth": Code(
            ParseError, "sender", "CBOR nested more deeply than the limit", "CBOR imbriqué au-delà de la limite"
        ),
        "cbor_duplicate_key": Code(ParseError, "sender", "a CBOR map repeats a key", "un objet CBOR répète une clé"),
        "cbor_invalid": Code(
            ParseError, "sender", "not CBOR of definite lengths", "n'est pas du CBOR de longueurs définies"
        ),
        "cbor_not_shortest": Code(
            ParseError,
            "sender",
            "not the shortest CBOR spelling, or bytes left over",
            "CBOR non minimal, ou octets en trop",
        ),
        "cbor_type": Code(
            ParseError, "sender", "a CBOR type or tag that has no place here", "type ou étiquette CBOR hors de propos"
        ),
        "context_hash": Code(ParseError, "programmer", "a context with another hash", "contexte d'une autre empreinte"),
        "context_invalid": Code(
            ParseError, "programmer", "not a JSON-LD context that can be added", "contexte JSON-LD impossible à ajouter"
        ),
        "context_nested": Code(
            ParseError, "sender", "a context inside the document", "contexte à l'intérieur du document"
        ),
        "context_unknown": Code(ParseError, "sender", "a context that is not known here", "contexte inconnu ici"),
        "date_time_invalid": Code(
            ParseError, "sender", "not a date and time with its offset", "n'est pas une date et heure avec décalage"
        ),
        "jcs_unrepresentable": Code(
            ParseError, "programmer", "a value that has no canonical JSON", "valeur sans JSON canonique"
        ),
        "json_depth": Code(
            ParseError, "sender", "nested more deeply than the limit", "imbrication au-delà de la limite"
        ),
        "json_duplicate_key": Code(ParseError, "sender", "a JSON object repeats a key", "un objet JSON répète une clé"),
        "json_invalid": Code(ParseError, "sender", "not JSON", "n'est pas du JSON"),
        "json_not_object": Code(ParseError, "sender", "not a JSON object", "n'est pas un objet JSON"),
        "json_number": Code(
            ParseError,
            "sender",
            "a number that JSON cannot hold exactly or finitely",
            "nombre que JSON ne peut représenter",
        ),
        "json_surrogate": Code(ParseError, "sender", "text with a lone surrogate", "texte avec un demi-codet isolé"),
        "jsonld_invalid": Code(ParseError, "sender", "not JSON-LD", "n'est pas du JSON-LD"),
        "jsonld_iri_invalid": Code(
            ParseError,
            "sender",
            "an identifier that is not an absolute IRI",
            "identifiant qui n'est pas une IRI absolue",
        ),
        "jsonld_protected_term": Code(
            ParseError, "sender", "a context that redefines a protected term", "contexte qui redéfinit un terme protégé"
        ),
        "jsonld_undefined_term": Code(
            ParseError, "sender", "a term that no context defines", "terme qu'aucun contexte ne définit"
        ),
        "jsonld_unsecured": Code(
            ParseError,
            "sender",
            "JSON-LD that a proof over its statements does not secure",
            "JSON-LD sous une forme qu'une preuve de ses énoncés ne protège pas",
        ),
        "multibase_invalid": Code(
            ParseError, "sender", "not multibase text of a known base", "texte multibase non valide ou base inconnue"
        ),
        "multicodec_invalid": Code(ParseError, "sender", "not a multicodec number", "n'est pas un numéro multicodec"),
        "multicodec_unknown": Code(
            ParseError, "sender", "bytes of a kind that is not known", "octets d'une nature inconnue"
        ),
        "nquads_invalid": Code(ParseError, "sender", "not N-Quads", "n'est pas du N-Quads"),
        "rdfc_work": Code(
            ParseError,
            "sender",
            "a graph that costs too much to canonicalise",
            "graphe trop coûteux à mettre en forme canonique",
        ),
        "value_invalid": Code(
            ParseError, "issuer", "a value its attribute cannot have", "valeur impossible pour cet attribut"
        ),
        "work_exceeded": Code(
            ParseError, "sender", "a message that costs too much to check", "message trop coûteux à vérifier"
        ),
    }
)
