"""The error codes of `didkit_fr.protocols`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import ParseError, ProtocolError, VerificationError
from didkit_fr.errors.code import START_AGAIN, Code, Sentence

__all__ = ["CODES", "NOT_THIS", "OFFER_OVER", "TX_CODE"]

NOT_THIS = Sentence(
    "This is not what was asked for. Please look for another title.",
    "Ce n'est pas ce qui était demandé. Cherchez un autre titre.",
)

OFFER_OVER = Sentence(
    "This offer was used, has expired, or its code was wrong too often. Please ask for a new one.",
    "Cette offre a déjà servi, a expiré, ou son code a été trop souvent faux. Demandez-en une nouvelle.",
)

TX_CODE = Sentence(
    "The code that came with the offer is missing or wrong. Please look at it again.",
    "Le code reçu avec l'offre manque ou est faux. Vérifiez-le.",
)

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "claims_contradictory": Code(
            ParseError,
            "issuer",
            "repeated or contradictory claim descriptions",
            "descriptions d'attribut contradictoires",
        ),
        "dcql_contradictory": Code(
            ParseError, "relying party", "a query that contradicts itself", "requête qui se contredit"
        ),
        "form_malformed": Code(
            ParseError, "sender", "not a form with each parameter once", "formulaire mal formé ou paramètre répété"
        ),
        "metadata_time": Code(
            ParseError,
            "issuer",
            "signed metadata without a time it can be judged by",
            "métadonnées signées sans date exploitable",
        ),
        "offer_media_type": Code(
            ParseError, "issuer", "an offer that is not application/json", "offre qui n'est pas en application/json"
        ),
        "offer_uri_invalid": Code(
            ParseError, "issuer", "not a credential offer link", "n'est pas un lien d'offre de titre"
        ),
        "request_link_invalid": Code(
            ParseError,
            "relying party",
            "not a presentation request link",
            "n'est pas un lien de demande de présentation",
        ),
        "transaction_malformed": Code(
            ParseError, "programmer", "not a stored transaction", "n'est pas une transaction enregistrée"
        ),
        "answer_incomplete": Code(
            VerificationError,
            "holder",
            "not every query was answered exactly once",
            "chaque demande n'a pas reçu exactement une réponse",
        ),
        "answer_unasked": Code(
            VerificationError,
            "holder",
            "something was presented that was not asked for",
            "présentation d'un élément non demandé",
        ),
        "batch_not_uniform": Code(
            VerificationError, "issuer", "the copies of one title differ", "les exemplaires d'un même titre diffèrent"
        ),
        "client_id_mismatch": Code(
            VerificationError,
            "relying party",
            "the client identifier is not the signer's",
            "l'identifiant client n'est pas celui du signataire",
        ),
        "client_id_unsupported": Code(
            VerificationError,
            "relying party",
            "a client identifier prefix that is not supported",
            "préfixe d'identifiant client non pris en charge",
        ),
        "credential_not_requested": Code(
            VerificationError, "issuer", "not the credential that was asked for", "ce n'est pas le titre demandé"
        ),
        "dcql_unsupported": Code(
            VerificationError,
            "relying party",
            "a part of the query language that is not supported",
            "partie du langage de requête non prise en charge",
        ),
        "did_resolver_missing": Code(
            VerificationError,
            "programmer",
            "no way to look up a DID was given",
            "aucun moyen fourni de résoudre un DID",
        ),
        "metadata_expired": Code(
            VerificationError, "issuer", "signed metadata outside its time", "métadonnées signées hors délai"
        ),
        "metadata_signer": Code(
            VerificationError,
            "issuer",
            "metadata signed by one who may not speak for this issuer",
            "métadonnées signées par un tiers sans droit sur cet émetteur",
        ),
        "metadata_unsigned": Code(
            VerificationError, "issuer", "metadata must be signed here", "les métadonnées doivent être signées ici"
        ),
        "nothing_matches": Code(
            VerificationError,
            "holder",
            "nothing in the wallet answers the request",
            "rien dans le portefeuille ne répond à la demande",
            NOT_THIS,
        ),
        "proof_audience": Code(
            VerificationError,
            "holder",
            "a key proof meant for another issuer",
            "preuve de clé destinée à un autre émetteur",
        ),
        "proof_claims": Code(
            VerificationError,
            "holder",
            "a key proof with a claim that is missing or wrong",
            "preuve de clé incomplète ou incohérente",
        ),
        "proof_key_reference": Code(
            VerificationError,
            "holder",
            "a key proof must bring its key as jwk alone",
            "la preuve de clé doit porter un seul jwk",
        ),
        "proof_nonce_missing": Code(
            VerificationError, "holder", "a key proof without nonce", "preuve de clé sans nonce"
        ),
        "proof_time": Code(
            VerificationError,
            "holder",
            "a key proof too old, or from the future",
            "preuve de clé périmée ou venant du futur",
        ),
        "query_unsatisfied": Code(
            VerificationError,
            "holder",
            "what was presented is not what was asked",
            "la présentation ne correspond pas à la demande",
            NOT_THIS,
        ),
        "request_audience": Code(
            VerificationError,
            "relying party",
            "the request is addressed to someone else",
            "la demande est adressée à un autre destinataire",
        ),
        "request_expired": Code(
            VerificationError, "relying party", "the request has expired", "la demande a expiré", START_AGAIN
        ),
        "response_encryption_unsupported": Code(
            VerificationError,
            "relying party",
            "no key or cipher for the answer that is supported here",
            "ni clé ni chiffre pris en charge pour la réponse",
        ),
        "response_mode_unsupported": Code(
            VerificationError,
            "relying party",
            "a response mode that is not supported",
            "mode de réponse non pris en charge",
        ),
        "response_not_encrypted": Code(
            VerificationError,
            "holder",
            "an answer in the clear where encryption was asked",
            "réponse en clair, non chiffrée",
        ),
        "response_uri_mismatch": Code(
            VerificationError,
            "relying party",
            "the answer would go to another place than the asker's",
            "la réponse irait ailleurs que chez le demandeur",
        ),
        "transaction_data_forbidden": Code(
            VerificationError,
            "relying party",
            "transaction data that this title's key must not sign",
            "données de transaction que la clé de ce titre ne doit pas signer",
        ),
        "transaction_data_unsupported": Code(
            VerificationError,
            "relying party",
            "the request contains transaction data",
            "la demande contient des données de transaction",
        ),
        "transaction_unknown": Code(
            VerificationError,
            "holder",
            "no such open transaction: answered already, expired, or never opened",
            "transaction inconnue : déjà traitée, expirée ou jamais ouverte",
            START_AGAIN,
        ),
        "wallet_nonce_mismatch": Code(
            VerificationError,
            "relying party",
            "the request does not repeat the wallet's nonce",
            "la demande ne reprend pas le nonce du portefeuille",
        ),
        "access_denied": Code(
            ProtocolError,
            "holder",
            "the holder refused",
            "le porteur a refusé",
            Sentence(
                "You chose not to answer. Nothing was shared.", "Vous n'avez rien partagé, comme vous le vouliez."
            ),
        ),
        "authorization_server_unknown": Code(
            ProtocolError,
            "issuer",
            "not an authorization server of this issuer",
            "serveur d'autorisation étranger à l'émetteur",
        ),
        "configuration_unsupported": Code(
            ProtocolError,
            "issuer",
            "nothing on offer that is supported here",
            "aucun titre offert n'est pris en charge",
        ),
        "credential_request_denied": Code(
            ProtocolError, "issuer", "the issuer refuses this credential", "l'émetteur refuse ce titre"
        ),
        "deferred_unsupported": Code(
            ProtocolError,
            "issuer",
            "issuance put off, which is not supported",
            "délivrance différée non prise en charge",
        ),
        "encryption_required": Code(
            ProtocolError,
            "issuer",
            "the issuer demands encryption, not supported",
            "chiffrement exigé, non pris en charge",
        ),
        "grant_unsupported": Code(
            ProtocolError, "issuer", "an offer without a pre-authorized code", "offre sans code pré-autorisé"
        ),
        "insufficient_scope": Code(
            ProtocolError, "programmer", "the token does not allow this", "le jeton ne permet pas cela"
        ),
        "invalid_authorization_details": Code(
            ProtocolError, "holder", "authorization details that are refused", "détails d'autorisation refusés"
        ),
        "invalid_client": Code(ProtocolError, "programmer", "the client is not accepted", "client non accepté"),
        "invalid_credential_request": Code(
            ProtocolError, "holder", "the credential request breaks the protocol", "demande de titre non conforme"
        ),
        "invalid_encryption_parameters": Code(
            ProtocolError, "holder", "wrong encryption parameters", "paramètres de chiffrement incorrects"
        ),
        "invalid_grant": Code(
            ProtocolError,
            "holder",
            "the code is wrong, used or expired",
            "code erroné, déjà utilisé ou expiré",
            OFFER_OVER,
        ),
        "invalid_nonce": Code(
            ProtocolError, "holder", "the nonce is not valid, or not any more", "nonce non valide ou périmé"
        ),
        "invalid_notification_id": Code(
            ProtocolError, "holder", "no such notification identifier", "identifiant de notification inconnu"
        ),
        "invalid_notification_request": Code(
            ProtocolError, "holder", "the notification breaks the protocol", "notification non conforme"
        ),
        "invalid_proof": Code(
            ProtocolError, "holder", "a key proof is missing or wrong", "preuve de clé absente ou incorrecte"
        ),
        "invalid_request": Code(
            ProtocolError, "sender", "the request breaks the protocol", "la requête ne respecte pas le protocole"
        ),
        "invalid_request_uri_method": Code(
            ProtocolError,
            "relying party",
            "a way of fetching the request that is neither get nor post",
            "méthode d'obtention de la demande ni get ni post",
        ),
        "invalid_scope": Code(ProtocolError, "programmer", "a scope that is not known", "portée inconnue"),
        "invalid_token": Code(ProtocolError, "programmer", "the token is wrong or expired", "jeton erroné ou expiré"),
        "invalid_transaction_data": Code(
            ProtocolError,
            "relying party",
            "transaction data that breaks its type",
            "données de transaction non conformes",
        ),
        "invalid_transaction_id": Code(
            ProtocolError, "holder", "no such deferred issuance", "délivrance différée inconnue"
        ),
        "offer_by_reference_unsupported": Code(
            ProtocolError, "issuer", "offers by reference are not supported", "offre par référence non prise en charge"
        ),
        "peer_error": Code(
            ProtocolError, "sender", "the other party answered with an error", "l'autre partie a répondu par une erreur"
        ),
        "server_error": Code(ProtocolError, "network", "the other party failed", "défaillance de l'autre partie"),
        "temporarily_unavailable": Code(
            ProtocolError, "network", "the other party is not available now", "l'autre partie est indisponible"
        ),
        "token_type_unsupported": Code(
            ProtocolError, "issuer", "a kind of token that is not supported", "type de jeton non pris en charge"
        ),
        "tx_code_required": Code(
            ProtocolError, "holder", "a transaction code is due", "un code de transaction est nécessaire", TX_CODE
        ),
        "tx_code_unexpected": Code(
            ProtocolError, "holder", "no transaction code is due", "aucun code de transaction n'est attendu"
        ),
        "unauthorized_client": Code(
            ProtocolError, "programmer", "the client may not do this", "client non autorisé à faire cela"
        ),
        "unknown_credential_configuration": Code(
            ProtocolError, "issuer", "a credential that is not issued here", "titre qui n'est pas délivré ici"
        ),
        "unknown_credential_identifier": Code(
            ProtocolError, "issuer", "an unknown credential identifier", "identifiant de titre inconnu"
        ),
        "unsupported_grant_type": Code(
            ProtocolError, "holder", "a grant type that is not supported", "type d'autorisation non pris en charge"
        ),
        "vp_formats_not_supported": Code(
            ProtocolError,
            "relying party",
            "no credential format that both sides support",
            "aucun format de titre commun aux deux parties",
        ),
        "wallet_unavailable": Code(
            ProtocolError, "holder", "the wallet is not available", "le portefeuille n'est pas disponible"
        ),
    }
)
