"""The error tree and every error code, in one place.

Four kinds, four answers to give:

* `ParseError`: malformed; whoever produced the input must mend it.
* `FetchError`: cannot tell; something that is needed could not be had, try again.
* `VerificationError`: refused; the input is well formed and must not be believed.
* `ProtocolError`: the other party of a protocol answered with an error, or has to be told one.

A code is public API: it never changes its meaning. `CODES` gives each one's kind and its meaning in English and
French. A `detail` never holds a secret or the value of an identity attribute.
"""

from typing import NamedTuple

__all__ = ["CODES", "Code", "DidkitError", "FetchError", "ParseError", "ProtocolError", "VerificationError"]


class DidkitError(Exception):
    """Any error of this library; `code` is stable, `detail` says where or which, for a person."""

    def __init__(self, code: str, detail: str = "") -> None:
        meaning = CODES[code].en
        super().__init__(f"{code}: {meaning} ({detail})" if detail else f"{code}: {meaning}")
        self.code = code
        self.detail = detail


class ParseError(DidkitError):
    """Malformed: the input does not have the form its standard gives it, or exceeds a limit."""


class FetchError(DidkitError):
    """Cannot tell: something needed for the answer could not be had; the same question may succeed later."""


class VerificationError(DidkitError):
    """Refused: well formed, and not to be believed."""


class ProtocolError(DidkitError):
    """An error of OAuth, OpenID4VCI or OpenID4VP: received from the other party, or to be sent to it."""


class Code(NamedTuple):
    """What a code means: its kind, and its meaning in English and French."""

    kind: type[DidkitError]
    en: str
    fr: str


_PARSE = {
    "bbs_commitment_malformed": ("not a commitment to messages", "n'est pas un engagement sur des messages"),
    "bbs_indexes_invalid": (
        "indexes of messages that are out of order, repeated, or of no message",
        "indices de messages hors d'ordre, répétés ou sans message",
    ),
    "bbs_lists_unequal": ("lists that should be of one length", "listes qui devraient être de même longueur"),
    "bbs_proof_malformed": ("not a BBS proof", "n'est pas une preuve BBS"),
    "bbs_signature_malformed": ("not a BBS signature", "n'est pas une signature BBS"),
    "point_invalid": ("not a point of its group, in its one spelling", "n'est pas un point de son groupe"),
    "scalar_invalid": ("not a scalar of the group, or zero", "n'est pas un scalaire du groupe, ou nul"),
    "dcql_contradictory": ("a query that contradicts itself", "requête qui se contredit"),
    "jwe_malformed": ("not a compact JWE", "n'est pas un JWE compact"),
    "cbor_depth": ("CBOR nested more deeply than the limit", "CBOR imbriqué au-delà de la limite"),
    "cbor_duplicate_key": ("a CBOR map repeats a key", "un objet CBOR répète une clé"),
    "cbor_invalid": ("not CBOR of definite lengths", "n'est pas du CBOR de longueurs définies"),
    "cbor_not_shortest": ("not the shortest CBOR spelling, or bytes left over", "CBOR non minimal, ou octets en trop"),
    "cbor_type": ("a CBOR type or tag that has no place here", "type ou étiquette CBOR hors de propos"),
    "mdoc_malformed": ("not an ISO mdoc", "n'est pas un mdoc ISO"),
    "mdoc_element_unknown": ("an element that the document does not have", "élément absent du document"),
    "crl_malformed": ("not a whole certificate revocation list", "n'est pas une liste de révocation complète"),
    "cose_malformed": ("not a COSE message of this kind", "n'est pas un message COSE de cette nature"),
    "cose_key_invalid": ("not a public key in COSE form", "n'est pas une clé publique au format COSE"),
    "cose_key_private": ("a private COSE key where a public key is due", "clé COSE privée au lieu d'une clé publique"),
    "did_document_invalid": ("not a DID document", "n'est pas un document DID"),
    "did_invalid": ("not a DID of its method", "n'est pas un DID de sa méthode"),
    "did_url_invalid": ("not a DID URL that names a key", "n'est pas une URL DID qui désigne une clé"),
    "issuer_keys_malformed": ("not the published keys of an issuer", "clés publiées d'un émetteur mal formées"),
    "context_hash": ("a context with another hash", "contexte d'une autre empreinte"),
    "context_invalid": ("not a JSON-LD context that can be added", "contexte JSON-LD impossible à ajouter"),
    "context_nested": ("a context inside the document", "contexte à l'intérieur du document"),
    "context_unknown": ("a context that is not known here", "contexte inconnu ici"),
    "jsonld_invalid": ("not JSON-LD", "n'est pas du JSON-LD"),
    "jsonld_iri_invalid": ("an identifier that is not an absolute IRI", "identifiant qui n'est pas une IRI absolue"),
    "jsonld_protected_term": ("a context that redefines a protected term", "contexte qui redéfinit un terme protégé"),
    "jsonld_undefined_term": ("a term that no context defines", "terme qu'aucun contexte ne définit"),
    "jsonld_unsecured": (
        "JSON-LD in a form that a proof over its statements does not secure",
        "JSON-LD sous une forme qu'une preuve de ses énoncés ne protège pas",
    ),
    "nquads_invalid": ("not N-Quads", "n'est pas du N-Quads"),
    "work_exceeded": ("a message that costs too much to check", "message trop coûteux à vérifier"),
    "rdfc_work": ("a graph that costs too much to canonicalise", "graphe trop coûteux à mettre en forme canonique"),
    "date_time_invalid": ("not a date and time with its offset", "n'est pas une date et heure avec décalage"),
    "integrity_proof_malformed": ("not a Data Integrity proof", "n'est pas une preuve Data Integrity"),
    "integrity_proof_missing": ("a document without proof", "document sans preuve"),
    "integrity_value_malformed": ("a proof value out of form", "valeur de preuve mal formée"),
    "pointer_invalid": ("not a pointer to a part of this document", "pointeur qui ne mène nulle part"),
    "selection_unsupported": (
        "a document of which no part can be shown alone",
        "document dont aucune partie ne peut être montrée seule",
    ),
    "jcs_unrepresentable": ("a value that has no canonical JSON", "valeur sans JSON canonique"),
    "jwk_set_invalid": ("not a set of public keys", "n'est pas un jeu de clés publiques"),
    "key_invalid": ("not a valid key of its curve", "clé non valide sur sa courbe"),
    "key_length": ("a key of the wrong length", "clé de longueur incorrecte"),
    "multibase_invalid": ("not multibase text of a known base", "texte multibase non valide ou base inconnue"),
    "multicodec_invalid": ("not a multicodec number", "n'est pas un numéro multicodec"),
    "multicodec_unknown": ("bytes of a kind that is not known", "octets d'une nature inconnue"),
    "sd_jwt_disclosable": ("a claim that must stay visible was made disclosable", "attribut visible rendu divulgable"),
    "plain_http_refused": ("plain HTTP that is not confined to this machine", "HTTP en clair hors de cette machine"),
    "settings_invalid": ("settings that break their rules", "paramètres non conformes"),
    "attribute_missing": ("an attribute that the title requires is missing", "attribut exigé par le titre absent"),
    "attribute_unknown": ("an attribute that the title does not have", "attribut étranger au titre"),
    "citizens_malformed": ("not a citizens file of the register", "n'est pas un fichier de citoyens du registre"),
    "register_address_invalid": ("not an address a register may have", "adresse impossible pour un registre"),
    "spec_unknown": ("no such file in the specifications", "fichier absent des spécifications"),
    "title_not_mdoc": ("a title that is never an ISO mdoc", "titre qui n'est jamais un mdoc ISO"),
    "title_unknown": ("no such title", "titre inconnu"),
    "status_reference_malformed": ("not a reference to a status list", "n'est pas une référence de liste de statuts"),
    "transaction_malformed": ("not a stored transaction", "n'est pas une transaction enregistrée"),
    "request_link_invalid": ("not a presentation request link", "n'est pas un lien de demande de présentation"),
    "related_resource_malformed": (
        "a related resource without a digest that can be checked",
        "ressource liée sans empreinte vérifiable",
    ),
    "vcalm_media_type": (
        "a request whose body is not declared as JSON",
        "requête dont le corps n'est pas déclaré en JSON",
    ),
    "vcalm_option_unknown": ("an option that is not known here", "option inconnue ici"),
    "vc_context": ("contexts missing, or not in their order", "contextes absents ou en désordre"),
    "vc_envelope": ("not an enveloped credential", "n'est pas une attestation sous enveloppe"),
    "vc_identifier": ("an identifier that is not one URL", "identifiant qui n'est pas une URL unique"),
    "vc_language_value": ("not a text in a language", "n'est pas un texte dans une langue"),
    "vc_period": ("a validity that ends before it starts", "validité qui finit avant de commencer"),
    "vc_property": ("a property missing or out of form", "propriété absente ou mal formée"),
    "vc_type": ("a type missing or out of form", "type absent ou mal formé"),
    "w3c_malformed": (
        "not a W3C credential of one issuer and one type",
        "attestation W3C sans émetteur ou type unique",
    ),
    "claim_time": ("a time that is not a number of seconds", "instant qui n'est pas un nombre de secondes"),
    "base64url_invalid": ("not base64url without padding", "n'est pas du base64url sans remplissage"),
    "credential_file_malformed": (
        "a file that holds no credential of a known format",
        "fichier sans titre d'un format connu",
    ),
    "image_unreadable": ("not a PNG or JPEG image of a usable size", "n'est pas une image PNG ou JPEG utilisable"),
    "qr_code_missing": ("no QR code in this image", "aucun code QR dans cette image"),
    "qr_code_several": ("more than one QR code in this image", "plusieurs codes QR dans cette image"),
    "input_too_large": ("larger than the limit", "dépasse la taille limite"),
    "json_depth": ("nested more deeply than the limit", "imbrication au-delà de la limite"),
    "json_duplicate_key": ("a JSON object repeats a key", "un objet JSON répète une clé"),
    "json_invalid": ("not JSON", "n'est pas du JSON"),
    "json_not_object": ("not a JSON object", "n'est pas un objet JSON"),
    "json_number": ("a number that JSON cannot hold exactly or finitely", "nombre que JSON ne peut représenter"),
    "json_surrogate": ("text with a lone surrogate", "texte avec un demi-codet isolé"),
    "jwk_invalid": ("not a public key in JWK form", "n'est pas une clé publique au format JWK"),
    "jwk_private": ("a private key where a public key is due", "clé privée au lieu d'une clé publique"),
    "jws_malformed": ("not a compact JWS", "n'est pas un JWS compact"),
    "key_unsupported": ("a key type or curve that is not supported", "type de clé ou courbe non pris en charge"),
    "message_invalid": ("a protocol message that breaks its rules", "message de protocole non conforme"),
    "key_binding_malformed": ("not a key binding JWT", "n'est pas un JWT de liaison au porteur"),
    "sd_jwt_claim_name": ("a claim name that SD-JWT reserves", "nom d'attribut réservé par SD-JWT"),
    "sd_jwt_digest_malformed": ("a disclosure digest out of form", "empreinte de divulgation mal formée"),
    "sd_jwt_disclosure_malformed": ("a disclosure that is malformed", "divulgation mal formée"),
    "sd_jwt_disclosure_repeated": ("a disclosure given twice", "divulgation fournie deux fois"),
    "sd_jwt_json_malformed": ("not an SD-JWT in JSON form", "n'est pas un SD-JWT sous forme JSON"),
    "sd_jwt_malformed": ("not an SD-JWT", "n'est pas un SD-JWT"),
    "sd_jwt_path_unknown": ("a path to a claim that is not there", "chemin vers un attribut absent"),
    "sealed_malformed": ("not a sealed file of this program", "n'est pas un fichier scellé de ce programme"),
    "status_list_short": ("a status list too short to hide anybody", "liste de statuts trop courte pour anonymiser"),
    "status_list_malformed": ("not a status list", "n'est pas une liste de statuts"),
    "type_metadata_malformed": ("not type metadata", "ne sont pas des métadonnées de type"),
    "title_malformed": ("not a title table", "n'est pas une table de titre"),
    "value_invalid": ("a value its attribute cannot have", "valeur impossible pour cet attribut"),
    "x509_malformed": ("not an X.509 certificate", "n'est pas un certificat X.509"),
    "x5c_malformed": ("not an x5c certificate chain", "n'est pas une chaîne de certificats x5c"),
    "anchors_malformed": ("not an anchors file", "n'est pas un fichier d'ancres de confiance"),
    "vault_malformed": ("the vault's content is not what this program writes", "contenu du coffre non reconnu"),
    "claims_contradictory": ("repeated or contradictory claim descriptions", "descriptions d'attribut contradictoires"),
    "form_malformed": ("not a form with each parameter once", "formulaire mal formé ou paramètre répété"),
    "offer_media_type": ("an offer that is not application/json", "offre qui n'est pas en application/json"),
    "metadata_time": (
        "signed metadata without a time it can be judged by",
        "métadonnées signées sans date exploitable",
    ),
    "offer_uri_invalid": ("not a credential offer link", "n'est pas un lien d'offre de titre"),
    "status_entry_invalid": ("no such entry of a status list", "entrée de liste de statuts inexistante"),
    "storage_malformed": ("not a database of this program, or damaged", "base de données étrangère ou endommagée"),
}

_FETCH = {
    "memory_short": ("not enough memory to open a sealed file", "pas assez de mémoire pour ouvrir un fichier scellé"),
    "listen_failed": ("the service could not listen on its address", "le service n'a pas pu écouter sur son adresse"),
    "register_unavailable": ("the register does not answer", "le registre ne répond pas"),
    "fetch_failed": ("the address could not be reached", "l'adresse n'a pas pu être jointe"),
    "fetch_refused_address": ("an address that must not be contacted", "adresse qui ne doit pas être contactée"),
    "fetch_status": ("the server answered with an error", "le serveur a répondu par une erreur"),
    "fetch_timeout": ("no answer in time", "pas de réponse à temps"),
    "fetch_too_large": ("the answer is larger than the limit", "la réponse dépasse la taille limite"),
    "offline": ("the network is switched off and the answer is not in memory", "hors ligne et absent de la mémoire"),
    "file_unreadable": ("a file that cannot be read", "fichier illisible"),
    "vault_absent": ("there is no vault here", "il n'y a pas de coffre ici"),
    "vault_changed": (
        "the vault was replaced while this command used it",
        "le coffre a été remplacé pendant que cette commande s'en servait",
    ),
    "vault_locked": ("another command is using the vault", "une autre commande utilise le coffre"),
    "vault_unavailable": ("the vault cannot be read or written", "le coffre ne peut être lu ou écrit"),
    "folders_in_use": (
        "another process is using the folders of this issuer",
        "un autre processus utilise les dossiers de cet émetteur",
    ),
    "file_unavailable": ("a file could not be read or written", "fichier impossible à lire ou à écrire"),
    "storage_full": ("there is no space left in storage", "plus de place dans le stockage"),
    "storage_unavailable": ("storage does not answer", "le stockage ne répond pas"),
}

_VERIFICATION = {
    "base_proof_unexpected": (
        "an issuer's base proof where a holder's derived one is due",
        "preuve de base de l'émetteur au lieu de la preuve dérivée du porteur",
    ),
    "cryptosuite_refused": ("a cryptosuite that is not allowed here", "suite cryptographique non autorisée ici"),
    "derived_proof_unexpected": (
        "a holder's derived proof where an issuer's base one is due",
        "preuve dérivée du porteur au lieu de la preuve de base de l'émetteur",
    ),
    "disclosure_count": (
        "not one signature for each statement that is disclosed",
        "pas une signature par énoncé divulgué",
    ),
    "disclosure_inconsistent": (
        "a part that says something else than the whole document",
        "partie qui dit autre chose que le document entier",
    ),
    "disclosure_labels": ("labels that are not those of the document", "étiquettes étrangères au document"),
    "disclosure_positions": (
        "positions of statements that are repeated or out of range",
        "positions d'énoncés répétées ou hors limites",
    ),
    "integrity_chain_endless": ("proofs that follow each other in a circle", "preuves qui se suivent en cercle"),
    "integrity_challenge": ("a proof that answers another challenge", "preuve qui répond à un autre défi"),
    "integrity_context": ("a proof over other contexts than the document's", "preuve sur d'autres contextes"),
    "integrity_domain": ("a proof for another domain", "preuve destinée à un autre domaine"),
    "integrity_expired": ("the proof has expired", "la preuve a expiré"),
    "integrity_from_the_future": ("the proof says it was made in the future", "la preuve se dit faite dans le futur"),
    "integrity_previous_missing": (
        "a proof whose predecessor in its chain is missing",
        "preuve dont la précédente dans la chaîne est absente",
    ),
    "integrity_purpose": ("a proof made for another purpose", "preuve faite pour un autre usage"),
    "mdoc_digest_mismatch": ("an element that is not what was signed", "élément différent de ce qui a été signé"),
    "mdoc_signed_time": (
        "signed when its signer's certificate was not valid",
        "signé hors de la validité du certificat de son signataire",
    ),
    "mdoc_digest_unused": ("a digest that no element has", "empreinte qui n'est celle d'aucun élément"),
    "mdoc_digest_missing": ("an element that nobody signed", "élément que personne n'a signé"),
    "mdoc_doctype_mismatch": (
        "a document of another type than the one signed",
        "document d'un autre type que celui qui est signé",
    ),
    "mdoc_key_authorization": (
        "the device signed what its key may not sign",
        "l'appareil a signé ce que sa clé ne peut pas signer",
    ),
    "mdoc_mac_refused": (
        "an authentication code where a signature is due",
        "code d'authentification au lieu d'une signature",
    ),
    "mdoc_session_mismatch": (
        "not of this session, or not of the document's device",
        "d'une autre session, ou d'un autre appareil",
    ),
    "certificate_country": (
        "a signer of another country than its root or its document",
        "signataire d'un autre pays que sa racine ou son document",
    ),
    "certificate_curve": ("a curve on which certificates are not checked here", "courbe non vérifiable ici"),
    "certificate_revocation_unknown": (
        "no current revocation list of this root",
        "pas de liste de révocation à jour de cette racine",
    ),
    "certificate_revoked": ("a certificate that its root withdrew", "certificat retiré par sa racine"),
    "mac_invalid": ("the authentication code does not match", "le code d'authentification ne correspond pas"),
    "answer_pending": (
        "the user has not come back to the browser that asked",
        "l'utilisateur n'est pas revenu au navigateur d'origine",
    ),
    "decryption_failed": (
        "encrypted to another key, or altered since",
        "chiffré pour une autre clé, ou modifié depuis",
    ),
    "did_resolver_missing": ("no way to look up a DID was given", "aucun moyen fourni de résoudre un DID"),
    "issuer_not_admitted": (
        "a trusted issuer that this request does not admit",
        "émetteur de confiance non admis pour cette demande",
    ),
    "response_code_unknown": (
        "no such response code: used, expired, or of another browser",
        "code de réponse inconnu : utilisé, expiré ou d'un autre navigateur",
    ),
    "response_encryption_unsupported": (
        "no key or cipher for the answer that is supported here",
        "ni clé ni chiffre pris en charge pour la réponse",
    ),
    "response_not_encrypted": ("an answer in the clear where encryption was asked", "réponse en clair, non chiffrée"),
    "response_uri_mismatch": (
        "the answer would go to another place than the asker's",
        "la réponse irait ailleurs que chez le demandeur",
    ),
    "transaction_data_forbidden": (
        "transaction data that this title's key must not sign",
        "données de transaction que la clé de ce titre ne doit pas signer",
    ),
    "transaction_data_unbound": (
        "the presentation does not sign the transaction data of the request",
        "la présentation ne signe pas les données de transaction",
    ),
    "wallet_nonce_mismatch": (
        "the request does not repeat the wallet's nonce",
        "la demande ne reprend pas le nonce du portefeuille",
    ),
    "did_document_mismatch": ("a DID document that is about another DID", "document DID au sujet d'un autre DID"),
    "did_method_unsupported": ("a DID method that is not supported", "méthode DID non prise en charge"),
    "did_not_found": ("there is no such DID, or not any more", "DID inexistant ou disparu"),
    "issuer_key_unknown": ("the issuer does not publish this key", "clé non publiée par l'émetteur"),
    "verification_method_ended": ("a key that was revoked or has expired", "clé révoquée ou expirée"),
    "verification_method_invalid": ("not a usable key of this DID document", "clé inutilisable de ce document DID"),
    "verification_method_purpose": ("a key that is not for this purpose", "clé prévue pour un autre usage"),
    "verification_method_unknown": ("the DID document has no such key", "clé absente du document DID"),
    "grant_exhausted": ("this grant issued as often as it may", "autorisation déjà utilisée autant que permis"),
    "grant_accepted": ("the title of this grant was accepted already", "titre de cette autorisation déjà accepté"),
    "issuance_unknown_to_bearer": (
        "no issuance of that name under this token",
        "aucune délivrance de ce nom sous ce jeton",
    ),
    "metadata_expired": ("signed metadata outside its time", "métadonnées signées hors délai"),
    "metadata_signer": (
        "metadata signed by one who may not speak for this issuer",
        "métadonnées signées par un tiers sans droit sur cet émetteur",
    ),
    "metadata_unsigned": ("metadata must be signed here", "les métadonnées doivent être signées ici"),
    "offer_reference_unknown": ("no offer at this address, or no more", "pas ou plus d'offre à cette adresse"),
    "revocations_missing": (
        "the revocation log lacks what the database has of it",
        "il manque au journal des révocations ce que la base en connaît",
    ),
    "storage_rewound": ("storage is older than what it said before", "le stockage est revenu en arrière"),
    "title_not_suspendable": ("a title that is never suspended", "titre qui ne se suspend pas"),
    "revoked_meanwhile": ("revoked since its offer was made", "révoqué depuis la création de son offre"),
    "configuration_not_granted": ("the token is for another credential", "jeton accordé pour un autre titre"),
    "nonce_replayed": ("the nonce was used before", "nonce déjà utilisé"),
    "offer_unknown": ("no such offer, or used, expired or worn out", "offre inconnue, utilisée, expirée ou épuisée"),
    "register_attributes": (
        "the register's answer does not fit the title",
        "réponse du registre non conforme au titre",
    ),
    "folder_unexpected": (
        "something lies in a folder of the service that has no place there",
        "un élément n'a pas sa place dans un dossier du service",
    ),
    "state_misplaced": (
        "the service's state does not lie in a folder of its own",
        "l'état du service n'est pas dans un dossier à part",
    ),
    "root_key_exposed": ("the root's private key is within the service's reach", "clé racine à portée du service"),
    "status_list_unknown": ("no such status list", "liste de statuts inconnue"),
    "title_not_issued": ("a title that is not issued here", "titre non délivré ici"),
    "tx_code_missing": ("the transaction code is missing", "code de transaction absent"),
    "birth_date_inconsistent": (
        "the presumed birth date is not one the record allows",
        "la date de naissance présumée contredit l'acte",
    ),
    "birth_date_partial": (
        "the birth date is known in part only, and no presumed date was given",
        "date de naissance partielle, sans date présumée",
    ),
    "evidence_exhausted": ("this opening of the register was read too often", "ouverture du registre trop lue"),
    "evidence_expired": ("this opening of the register has expired", "ouverture du registre expirée"),
    "evidence_unknown": ("no such opening of the register", "ouverture du registre inconnue"),
    "ticket_expired": ("the officer's ticket is outside its time", "ticket de l'agent hors délai"),
    "ticket_forged": ("the ticket was not signed by the officer", "ticket non signé par l'agent"),
    "ticket_malformed": ("not an officer's ticket", "n'est pas un ticket d'agent"),
    "ticket_replayed": ("the officer's ticket was used before", "ticket de l'agent déjà utilisé"),
    "ticket_title": ("the ticket is for another title than the register's", "ticket pour un titre absent du registre"),
    "ticket_unknown_document": ("no document of this number", "aucun document de ce numéro"),
    "transaction_unknown": (
        "no such open transaction: answered already, expired, or never opened",
        "transaction inconnue : déjà traitée, expirée ou jamais ouverte",
    ),
    "transaction_data_unsupported": (
        "the request contains transaction data",
        "la demande contient des données de transaction",
    ),
    "key_id_missing": ("no key is named", "aucune clé n'est désignée"),
    "related_resource_mismatch": (
        "a related resource other than the one that was signed for",
        "ressource liée autre que celle qui a été signée",
    ),
    "self_asserted_holder": (
        "a credential that is secured by nothing, and not its holder's own word",
        "attestation non sécurisée dont le porteur n'est pas l'auteur",
    ),
    "vc_claim_forbidden": (
        "a claim that makes another credential of it for other readers",
        "attribut qui en fait une autre attestation pour d'autres lecteurs",
    ),
    "status_unknown": ("a status value without a known meaning", "valeur de statut sans signification connue"),
    "status_suspended": ("the credential is suspended", "le titre est suspendu"),
    "status_revoked": ("the credential was revoked", "le titre a été révoqué"),
    "response_mode_unsupported": ("a response mode that is not supported", "mode de réponse non pris en charge"),
    "request_expired": ("the request has expired", "la demande a expiré"),
    "request_audience": ("the request is addressed to someone else", "la demande est adressée à un autre destinataire"),
    "query_unsatisfied": ("what was presented is not what was asked", "la présentation ne correspond pas à la demande"),
    "nothing_matches": (
        "nothing in the wallet answers the request",
        "rien dans le portefeuille ne répond à la demande",
    ),
    "issuer_unknown": ("an issuer outside the trusted ones", "émetteur absent des ancres de confiance"),
    "issuer_not_for_type": (
        "a known issuer that may not issue this title",
        "émetteur connu, non habilité pour ce titre",
    ),
    "issuer_mismatch": (
        "the stated issuer is not the certificate's",
        "l'émetteur annoncé n'est pas celui du certificat",
    ),
    "holder_missing": ("the credential is bound to no key", "le titre n'est lié à aucune clé"),
    "holder_mismatch": ("the credential is bound to another key", "le titre est lié à une autre clé"),
    "format_unsupported": ("a credential format that is not supported", "format de titre non pris en charge"),
    "dcql_unsupported": (
        "a part of the query language that is not supported",
        "partie du langage de requête non prise en charge",
    ),
    "credential_not_yet_valid": ("the credential is not valid yet", "le titre n'est pas encore valide"),
    "credential_from_the_future": (
        "the credential says it was issued in the future",
        "le titre se dit émis dans le futur",
    ),
    "credential_expired": ("the credential has expired", "le titre a expiré"),
    "client_id_unsupported": (
        "a client identifier prefix that is not supported",
        "préfixe d'identifiant client non pris en charge",
    ),
    "client_id_mismatch": (
        "the client identifier is not the signer's",
        "l'identifiant client n'est pas celui du signataire",
    ),
    "claim_must_be_visible": (
        "a claim that must be visible came as a disclosure",
        "attribut obligatoirement visible reçu en divulgation",
    ),
    "answer_unasked": ("something was presented that was not asked for", "présentation d'un élément non demandé"),
    "answer_incomplete": (
        "not every query was answered exactly once",
        "chaque demande n'a pas reçu exactement une réponse",
    ),
    "algorithm_refused": ("an algorithm that is not allowed here", "algorithme non autorisé ici"),
    "passphrase_wrong": ("wrong passphrase, or the file was changed", "mauvaise phrase secrète, ou fichier modifié"),
    "certificate_expired": ("a certificate has expired", "un certificat a expiré"),
    "certificate_not_yet_valid": ("a certificate is not valid yet", "un certificat n'est pas encore valide"),
    "certificate_path": ("the certificates do not lead to an anchor", "les certificats ne mènent pas à une ancre"),
    "certificate_profile": ("a certificate not made for this use", "certificat qui n'est pas fait pour cet usage"),
    "certificate_self_signed": ("a signer who vouches for itself", "signataire qui se porte garant de lui-même"),
    "critical_header": ("a critical header that is not understood", "en-tête critique non compris"),
    "key_binding_audience": ("key binding for another recipient", "liaison au porteur destinée à un autre"),
    "key_binding_hash": ("key binding for another presentation", "liaison au porteur d'une autre présentation"),
    "key_binding_missing": ("the holder's key binding is missing", "la liaison au porteur est absente"),
    "key_binding_nonce": ("key binding for another transaction", "liaison au porteur d'une autre transaction"),
    "key_binding_unexpected": (
        "a credential that was bound already, by whoever issued it",
        "titre déjà présenté par celui qui le délivre",
    ),
    "key_binding_time": ("key binding made too early or too late", "liaison au porteur trop ancienne ou future"),
    "sd_jwt_claim_collision": ("a disclosure that repeats a claim", "divulgation qui répète un attribut"),
    "sd_jwt_digest_repeated": ("a disclosure digest used twice", "empreinte de divulgation utilisée deux fois"),
    "sd_jwt_disclosure_misplaced": (
        "an array element disclosed as a claim, or the reverse",
        "élément de tableau divulgué comme attribut, ou l'inverse",
    ),
    "sd_jwt_disclosure_unreferenced": (
        "a disclosure that the issuer did not sign",
        "divulgation non signée par l'émetteur",
    ),
    "sd_jwt_hash_algorithm": ("a hash algorithm that is not allowed here", "algorithme de hachage non autorisé ici"),
    "signature_invalid": ("the signature does not match", "la signature ne correspond pas"),
    "status_index_out_of_range": ("an index outside its status list", "indice hors de sa liste de statuts"),
    "status_list_expired": ("the status list has expired", "la liste de statuts a expiré"),
    "status_list_not_yet_valid": ("the status list is not valid yet", "la liste de statuts n'est pas encore valide"),
    "status_list_signer": (
        "a status list that another authority signed than the credential's own",
        "liste de statuts signée par une autre autorité que celle du titre",
    ),
    "status_list_subject": ("the status list of another address", "liste de statuts d'une autre adresse"),
    "status_mechanism_unsupported": ("a status that cannot be checked", "statut qui ne peut pas être vérifié"),
    "type_extends_contradiction": (
        "a type that loosens a rule of the type it extends",
        "type qui assouplit une règle de celui qu'il étend",
    ),
    "type_extends_endless": ("types that extend each other without end", "types qui s'étendent sans fin"),
    "type_metadata_integrity": ("type metadata with another hash", "métadonnées de type d'une autre empreinte"),
    "type_metadata_mismatch": ("the metadata of another type", "métadonnées d'un autre type"),
    "type_metadata_unknown": ("a type whose rules are not known here", "type dont les règles sont inconnues ici"),
    "type_rule_broken": ("the credential breaks a rule of its type", "le titre enfreint une règle de son type"),
    "unforeseen": (
        "something that this version did not foresee; not to be believed",
        "quelque chose que cette version n'avait pas prévu ; à ne pas croire",
    ),
    "typ_mismatch": ("a signed document of another kind", "document signé d'un autre type"),
    "presentation_header_mismatch": (
        "a presentation that was made for another occasion",
        "présentation faite pour une autre occasion",
    ),
    "credential_linkable": (
        "a credential by which its holder could be recognised from one use to the next",
        "titre par lequel son porteur serait reconnu d'un usage à l'autre",
    ),
    "portrait_absent": ("the title holds no portrait", "le titre ne contient aucun portrait"),
    "no_copy_left": ("no copy is left to send to this party", "plus de copie à envoyer à ce demandeur"),
    "passphrase_too_short": ("a passphrase that is too short", "phrase secrète trop courte"),
    "title_not_held": ("no title here has this identifier", "aucun titre d'ici ne porte cet identifiant"),
    "title_ambiguous": ("several titles here go by this name", "plusieurs titres d'ici portent ce nom"),
    "consent_mismatch": (
        "not the party that was agreed to beforehand",
        "ce n'est pas la partie acceptée d'avance",
    ),
    "vault_exists": ("there is a vault here already", "il y a déjà un coffre ici"),
    "vault_exposed": (
        "the vault's folder is a link, somebody else's, or one that others may write to",
        "le dossier du coffre est un lien, à quelqu'un d'autre, ou d'autres peuvent y écrire",
    ),
    "vault_full": ("the vault cannot hold more", "le coffre ne peut contenir davantage"),
    "batch_not_uniform": ("the copies of one title differ", "les exemplaires d'un même titre diffèrent"),
    "credential_not_requested": ("not the credential that was asked for", "ce n'est pas le titre demandé"),
    "metadata_issuer_mismatch": ("metadata that names another issuer", "métadonnées au nom d'un autre émetteur"),
    "proof_audience": ("a key proof meant for another issuer", "preuve de clé destinée à un autre émetteur"),
    "proof_claims": ("a key proof with a claim that is missing or wrong", "preuve de clé incomplète ou incohérente"),
    "proof_key_reference": ("a key proof must bring its key as jwk alone", "la preuve de clé doit porter un seul jwk"),
    "proof_nonce_missing": ("a key proof without nonce", "preuve de clé sans nonce"),
    "proof_time": ("a key proof too old, or from the future", "preuve de clé périmée ou venant du futur"),
    "epoch_gone": ("its epoch key was destroyed", "la clé de son époque a été détruite"),
    "file_exists": ("a file that must not be overwritten", "fichier qui ne doit pas être écrasé"),
    "grant_sealed": ("a grant that does not open", "autorisation scellée qui ne s'ouvre pas"),
    "grant_unknown": ("no such grant, or expired", "autorisation inconnue ou expirée"),
    "issuance_unknown": ("no issuance of that name is waiting", "aucune délivrance de ce nom n'est en attente"),
    "storage_conflict": (
        "storage already holds another such record",
        "le stockage contient déjà un tel enregistrement",
    ),
    "storage_newer": ("storage was written by a newer version", "le stockage provient d'une version plus récente"),
    "vcalm_instance_unknown": (
        "no issuer, holder or verifier of that name",
        "aucun émetteur, porteur ou vérificateur de ce nom",
    ),
    "tx_code_wrong": ("wrong transaction code", "mauvais code de transaction"),
}

_PROTOCOL = {
    "invalid_request_uri_method": (
        "a way of fetching the request that is neither get nor post",
        "méthode d'obtention de la demande ni get ni post",
    ),
    "invalid_transaction_data": ("transaction data that breaks its type", "données de transaction non conformes"),
    "vp_formats_not_supported": (
        "no credential format that both sides support",
        "aucun format de titre commun aux deux parties",
    ),
    "wallet_unavailable": ("the wallet is not available", "le portefeuille n'est pas disponible"),
    "access_denied": ("the holder refused", "le porteur a refusé"),
    "invalid_request": ("the request breaks the protocol", "la requête ne respecte pas le protocole"),
    "authorization_server_unknown": (
        "not an authorization server of this issuer",
        "serveur d'autorisation étranger à l'émetteur",
    ),
    "configuration_unsupported": ("nothing on offer that is supported here", "aucun titre offert n'est pris en charge"),
    "credential_request_denied": ("the issuer refuses this credential", "l'émetteur refuse ce titre"),
    "deferred_unsupported": ("issuance put off, which is not supported", "délivrance différée non prise en charge"),
    "encryption_required": ("the issuer demands encryption, not supported", "chiffrement exigé, non pris en charge"),
    "grant_unsupported": ("an offer without a pre-authorized code", "offre sans code pré-autorisé"),
    "insufficient_scope": ("the token does not allow this", "le jeton ne permet pas cela"),
    "invalid_client": ("the client is not accepted", "client non accepté"),
    "invalid_credential_request": ("the credential request breaks the protocol", "demande de titre non conforme"),
    "invalid_encryption_parameters": ("wrong encryption parameters", "paramètres de chiffrement incorrects"),
    "invalid_grant": ("the code is wrong, used or expired", "code erroné, déjà utilisé ou expiré"),
    "invalid_nonce": ("the nonce is not valid, or not any more", "nonce non valide ou périmé"),
    "invalid_authorization_details": ("authorization details that are refused", "détails d'autorisation refusés"),
    "invalid_notification_id": ("no such notification identifier", "identifiant de notification inconnu"),
    "invalid_notification_request": ("the notification breaks the protocol", "notification non conforme"),
    "invalid_transaction_id": ("no such deferred issuance", "délivrance différée inconnue"),
    "invalid_proof": ("a key proof is missing or wrong", "preuve de clé absente ou incorrecte"),
    "invalid_scope": ("a scope that is not known", "portée inconnue"),
    "invalid_token": ("the token is wrong or expired", "jeton erroné ou expiré"),
    "offer_by_reference_unsupported": (
        "offers by reference are not supported",
        "offre par référence non prise en charge",
    ),
    "peer_error": ("the other party answered with an error", "l'autre partie a répondu par une erreur"),
    "server_error": ("the other party failed", "défaillance de l'autre partie"),
    "temporarily_unavailable": ("the other party is not available now", "l'autre partie est indisponible"),
    "token_type_unsupported": ("a kind of token that is not supported", "type de jeton non pris en charge"),
    "tx_code_required": ("a transaction code is due", "un code de transaction est nécessaire"),
    "tx_code_unexpected": ("no transaction code is due", "aucun code de transaction n'est attendu"),
    "unauthorized_client": ("the client may not do this", "client non autorisé à faire cela"),
    "unknown_credential_configuration": ("a credential that is not issued here", "titre qui n'est pas délivré ici"),
    "unknown_credential_identifier": ("an unknown credential identifier", "identifiant de titre inconnu"),
    "unsupported_grant_type": ("a grant type that is not supported", "type d'autorisation non pris en charge"),
}

_KINDS: tuple[tuple[type[DidkitError], dict[str, tuple[str, str]]], ...] = (
    (ParseError, _PARSE),
    (FetchError, _FETCH),
    (VerificationError, _VERIFICATION),
    (ProtocolError, _PROTOCOL),
)

CODES: dict[str, Code] = {code: Code(kind, *meaning) for kind, codes in _KINDS for code, meaning in codes.items()}
