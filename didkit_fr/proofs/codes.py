"""The error codes of `didkit_fr.proofs`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.errors.code import START_AGAIN, Code, Sentence

__all__ = ["CODES", "NOT_RECOGNISED"]

NOT_RECOGNISED = Sentence(
    "Titles of this authority are not accepted here.", "Les titres de cette autorité ne sont pas acceptés ici."
)

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "cose_malformed": Code(
            ParseError, "sender", "not a COSE message of this kind", "n'est pas un message COSE de cette nature"
        ),
        "integrity_proof_malformed": Code(
            ParseError, "sender", "not a Data Integrity proof", "n'est pas une preuve Data Integrity"
        ),
        "integrity_proof_missing": Code(ParseError, "sender", "a document without proof", "document sans preuve"),
        "integrity_value_malformed": Code(
            ParseError, "sender", "a malformed proof value", "valeur de preuve mal formée"
        ),
        "jwe_malformed": Code(ParseError, "sender", "not a compact JWE", "n'est pas un JWE compact"),
        "jws_malformed": Code(ParseError, "sender", "not a compact JWS", "n'est pas un JWS compact"),
        "key_binding_malformed": Code(
            ParseError, "holder", "not a key binding JWT", "n'est pas un JWT de liaison au porteur"
        ),
        "mdoc_element_unknown": Code(
            ParseError, "programmer", "an element that the document does not have", "élément absent du document"
        ),
        "mdoc_malformed": Code(ParseError, "sender", "not an ISO mdoc", "n'est pas un mdoc ISO"),
        "pointer_invalid": Code(
            ParseError, "programmer", "not a pointer to a part of this document", "pointeur qui ne mène nulle part"
        ),
        "sd_jwt_claim_name": Code(
            ParseError, "issuer", "a claim name that SD-JWT reserves", "nom d'attribut réservé par SD-JWT"
        ),
        "sd_jwt_digest_malformed": Code(
            ParseError, "issuer", "a malformed disclosure digest", "empreinte de divulgation mal formée"
        ),
        "sd_jwt_disclosure_malformed": Code(
            ParseError, "sender", "a disclosure that is malformed", "divulgation mal formée"
        ),
        "sd_jwt_disclosure_repeated": Code(
            ParseError, "holder", "a disclosure given twice", "divulgation fournie deux fois"
        ),
        "sd_jwt_json_malformed": Code(
            ParseError, "sender", "not an SD-JWT in JSON serialisation", "n'est pas un SD-JWT en sérialisation JSON"
        ),
        "sd_jwt_malformed": Code(ParseError, "sender", "not an SD-JWT", "n'est pas un SD-JWT"),
        "sd_jwt_path_unknown": Code(
            ParseError, "programmer", "a path to a claim that is not there", "chemin vers un attribut absent"
        ),
        "selection_unsupported": Code(
            ParseError,
            "programmer",
            "a document of which no part can be shown alone",
            "document dont aucune partie ne peut être montrée seule",
        ),
        "algorithm_refused": Code(
            VerificationError, "sender", "an algorithm that is not allowed here", "algorithme non autorisé ici"
        ),
        "base_proof_unexpected": Code(
            VerificationError,
            "holder",
            "an issuer's base proof where a holder's derived one is due",
            "preuve de base de l'émetteur au lieu de la preuve dérivée du porteur",
        ),
        "critical_header": Code(
            VerificationError, "sender", "a critical header that is not understood", "en-tête critique non compris"
        ),
        "cryptosuite_refused": Code(
            VerificationError,
            "sender",
            "a cryptosuite that is not allowed here",
            "suite cryptographique non autorisée ici",
        ),
        "decryption_failed": Code(
            VerificationError,
            "sender",
            "encrypted to another key, or altered since",
            "chiffré pour une autre clé, ou modifié depuis",
        ),
        "derived_proof_unexpected": Code(
            VerificationError,
            "issuer",
            "a holder's derived proof where an issuer's base one is due",
            "preuve dérivée du porteur au lieu de la preuve de base de l'émetteur",
        ),
        "disclosure_count": Code(
            VerificationError,
            "holder",
            "not one signature for each statement that is disclosed",
            "pas une signature par énoncé divulgué",
        ),
        "disclosure_inconsistent": Code(
            VerificationError,
            "holder",
            "a part that says something else than the whole document",
            "partie qui dit autre chose que le document entier",
        ),
        "disclosure_labels": Code(
            VerificationError,
            "holder",
            "labels that are not those of the document",
            "étiquettes étrangères au document",
        ),
        "disclosure_positions": Code(
            VerificationError,
            "holder",
            "positions of statements that are repeated or out of range",
            "positions d'énoncés répétées ou hors limites",
        ),
        "integrity_chain_endless": Code(
            VerificationError, "sender", "proofs that follow each other in a circle", "preuves qui se suivent en cercle"
        ),
        "integrity_challenge": Code(
            VerificationError, "holder", "a proof that answers another challenge", "preuve qui répond à un autre défi"
        ),
        "integrity_context": Code(
            VerificationError,
            "sender",
            "a proof over other contexts than the document's",
            "preuve sur d'autres contextes",
        ),
        "integrity_domain": Code(
            VerificationError, "holder", "a proof for another domain", "preuve destinée à un autre domaine"
        ),
        "integrity_expired": Code(VerificationError, "holder", "the proof has expired", "la preuve a expiré"),
        "integrity_from_the_future": Code(
            VerificationError,
            "holder",
            "the proof says it was made in the future",
            "la preuve se dit faite dans le futur",
        ),
        "integrity_previous_missing": Code(
            VerificationError,
            "sender",
            "a proof whose predecessor in its chain is missing",
            "preuve dont la précédente dans la chaîne est absente",
        ),
        "integrity_purpose": Code(
            VerificationError, "holder", "a proof made for another purpose", "preuve faite pour un autre usage"
        ),
        "issuer_mismatch": Code(
            VerificationError,
            "issuer",
            "the stated issuer is not the certificate's",
            "l'émetteur annoncé n'est pas celui du certificat",
        ),
        "issuer_unknown": Code(
            VerificationError,
            "holder",
            "an issuer outside the trusted ones",
            "émetteur absent des ancres de confiance",
            NOT_RECOGNISED,
        ),
        "key_binding_audience": Code(
            VerificationError, "holder", "key binding for another recipient", "liaison au porteur destinée à un autre"
        ),
        "key_binding_hash": Code(
            VerificationError,
            "holder",
            "key binding for another presentation",
            "liaison au porteur d'une autre présentation",
        ),
        "key_binding_missing": Code(
            VerificationError, "holder", "the holder's key binding is missing", "la liaison au porteur est absente"
        ),
        "key_binding_nonce": Code(
            VerificationError,
            "holder",
            "key binding for another transaction",
            "liaison au porteur d'une autre transaction",
            START_AGAIN,
        ),
        "key_binding_time": Code(
            VerificationError,
            "holder",
            "key binding made too early or too late",
            "liaison au porteur trop ancienne ou future",
            START_AGAIN,
        ),
        "mac_invalid": Code(
            VerificationError,
            "holder",
            "the authentication code does not match",
            "le code d'authentification ne correspond pas",
        ),
        "mdoc_digest_mismatch": Code(
            VerificationError,
            "holder",
            "an element that is not what was signed",
            "élément différent de ce qui a été signé",
        ),
        "mdoc_digest_missing": Code(
            VerificationError, "holder", "an element that was not signed", "élément qui n'a pas été signé"
        ),
        "mdoc_digest_unused": Code(
            VerificationError, "issuer", "a digest that no element has", "empreinte qui n'est celle d'aucun élément"
        ),
        "mdoc_key_authorization": Code(
            VerificationError,
            "holder",
            "the device signed what its key may not sign",
            "l'appareil a signé ce que sa clé ne peut pas signer",
        ),
        "mdoc_mac_refused": Code(
            VerificationError,
            "holder",
            "an authentication code where a signature is due",
            "code d'authentification au lieu d'une signature",
        ),
        "mdoc_session_mismatch": Code(
            VerificationError,
            "holder",
            "not of this session, or not of the document's device",
            "d'une autre session, ou d'un autre appareil",
        ),
        "presentation_header_mismatch": Code(
            VerificationError,
            "holder",
            "a presentation that was made for another occasion",
            "présentation faite pour une autre occasion",
        ),
        "sd_jwt_claim_collision": Code(
            VerificationError, "holder", "a disclosure that repeats a claim", "divulgation qui répète un attribut"
        ),
        "sd_jwt_digest_repeated": Code(
            VerificationError, "issuer", "a disclosure digest used twice", "empreinte de divulgation utilisée deux fois"
        ),
        "sd_jwt_disclosure_misplaced": Code(
            VerificationError,
            "holder",
            "an array element disclosed as a claim, or the reverse",
            "élément de tableau divulgué comme attribut, ou l'inverse",
        ),
        "sd_jwt_disclosure_unreferenced": Code(
            VerificationError,
            "holder",
            "a disclosure that the issuer did not sign",
            "divulgation non signée par l'émetteur",
        ),
        "sd_jwt_hash_algorithm": Code(
            VerificationError,
            "issuer",
            "a hash algorithm that is not allowed here",
            "algorithme de hachage non autorisé ici",
        ),
        "typ_mismatch": Code(
            VerificationError, "sender", "a signed document of another kind", "document signé d'un autre type"
        ),
        "verification_method_unknown": Code(
            VerificationError, "issuer", "the DID document has no such key", "clé absente du document DID"
        ),
    }
)
