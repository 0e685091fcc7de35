"""Whose fault an error is, and what to tell the person in front of the screen, in English and French.

The meaning of a code (`didkit_fr.errors.CODES`) is for those who read logs. What a person is told never says which
check failed: somebody who forges titles reads it too.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["FAULTS", "Advice", "Fault", "advise", "language_of"]


class Fault(NamedTuple):
    """Who has to mend something, and what to tell the person."""

    who: str
    en: str
    fr: str


class Advice(NamedTuple):
    """Of one code: whose fault, a key of `FAULTS`, and the sentence for the person."""

    fault: str
    en: str
    fr: str


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "holder": Fault(
            "the person who shows a title, or their wallet",
            "This cannot be accepted. Please try again, or show a title in another way.",
            "Cette réponse ne peut pas être acceptée. Réessayez, ou présentez un titre autrement.",
        ),
        "issuer": Fault(
            "whoever issues titles or says which are revoked, and the register behind",
            "Something is not in order at the authority that issues this title. Please try again later.",
            "Quelque chose ne va pas chez l'autorité qui délivre ce titre. Réessayez plus tard.",
        ),
        "relying party": Fault(
            "whoever asks for a title",
            "This request is not in order, and nothing was sent. Please tell the site that asked.",
            "Cette demande n'est pas en règle, et rien n'a été envoyé. Signalez-le au site qui l'a faite.",
        ),
        "network": Fault(
            "nobody: something that is needed could not be had",
            "This cannot be checked now, through no fault of yours. Please try again in a moment.",
            "La vérification est impossible pour l'instant, vous n'y êtes pour rien. Réessayez dans un moment.",
        ),
        "programmer": Fault(
            "whoever wrote, configured or runs the program that raised it",
            "This program is not set up as it should be. Please tell those who run it.",
            "Ce programme n'est pas réglé comme il faut. Signalez-le à ceux qui l'exploitent.",
        ),
        "sender": Fault(
            "whoever sent the document: a wallet to a relying party, an issuer or a relying party to a wallet",
            "What was received cannot be used. Please try again, then tell those who run this service.",
            "Ce qui a été reçu est inutilisable. Réessayez, puis signalez-le à ceux qui exploitent ce service.",
        ),
    }
)

_CODES = {
    "holder": """
        access_denied answer_incomplete answer_pending answer_unasked base_proof_unexpected consent_mismatch
        credential_expired credential_file_malformed credential_not_yet_valid disclosure_count disclosure_inconsistent
        disclosure_labels disclosure_positions evidence_exhausted evidence_expired evidence_unknown file_unreadable
        grant_accepted grant_exhausted holder_mismatch holder_missing image_unreadable integrity_challenge
        integrity_domain integrity_expired integrity_from_the_future integrity_purpose invalid_authorization_details
        invalid_credential_request invalid_encryption_parameters invalid_grant invalid_nonce invalid_notification_id
        invalid_notification_request invalid_proof invalid_transaction_id issuance_unknown issuance_unknown_to_bearer
        issuer_not_admitted issuer_not_for_type issuer_unknown key_binding_audience key_binding_hash
        key_binding_malformed key_binding_missing key_binding_nonce key_binding_time mac_invalid mdoc_digest_mismatch
        mdoc_digest_missing mdoc_doctype_mismatch mdoc_key_authorization mdoc_mac_refused mdoc_session_mismatch
        memory_short no_copy_left nonce_replayed nothing_matches offer_unknown passphrase_too_short passphrase_wrong
        portrait_absent presentation_header_mismatch proof_audience proof_claims proof_key_reference
        proof_nonce_missing proof_time qr_code_missing qr_code_several query_unsatisfied response_code_unknown
        response_not_encrypted sd_jwt_claim_collision sd_jwt_disclosure_misplaced sd_jwt_disclosure_repeated
        sd_jwt_disclosure_unreferenced sealed_malformed signature_invalid status_revoked status_suspended
        title_ambiguous title_not_held transaction_data_unbound transaction_unknown tx_code_missing tx_code_required
        tx_code_unexpected tx_code_wrong unsupported_grant_type vault_absent vault_changed vault_exists
        vault_exposed vault_full vault_locked vault_malformed vault_unavailable wallet_unavailable""",
    "issuer": """
        attribute_missing attribute_unknown authorization_server_unknown batch_not_uniform birth_date_inconsistent
        birth_date_partial claim_must_be_visible claim_time claims_contradictory configuration_not_granted
        configuration_unsupported credential_from_the_future credential_linkable credential_not_requested
        credential_request_denied deferred_unsupported derived_proof_unexpected did_document_mismatch did_not_found
        encryption_required epoch_gone grant_sealed grant_unknown grant_unsupported issuer_key_unknown
        issuer_keys_malformed issuer_mismatch key_binding_unexpected mdoc_digest_unused mdoc_signed_time
        metadata_expired metadata_issuer_mismatch metadata_signer metadata_time metadata_unsigned
        offer_by_reference_unsupported offer_media_type offer_reference_unknown offer_uri_invalid register_attributes
        revocations_missing revoked_meanwhile sd_jwt_claim_name sd_jwt_digest_malformed sd_jwt_digest_repeated
        sd_jwt_hash_algorithm
        status_index_out_of_range status_list_expired status_list_malformed status_list_not_yet_valid status_list_short
        status_list_signer status_list_subject status_list_unknown status_mechanism_unsupported
        status_reference_malformed status_unknown storage_conflict storage_full storage_rewound ticket_expired
        ticket_forged ticket_malformed ticket_replayed ticket_title ticket_unknown_document title_not_suspendable
        token_type_unsupported type_extends_contradiction type_extends_endless type_metadata_integrity
        type_metadata_malformed type_metadata_mismatch type_metadata_unknown type_rule_broken
        unknown_credential_configuration unknown_credential_identifier value_invalid verification_method_ended
        verification_method_invalid verification_method_purpose verification_method_unknown""",
    "relying party": """
        client_id_mismatch client_id_unsupported dcql_contradictory dcql_unsupported invalid_request_uri_method
        invalid_transaction_data request_audience request_expired request_link_invalid response_encryption_unsupported
        response_mode_unsupported response_uri_mismatch transaction_data_forbidden transaction_data_unsupported
        vp_formats_not_supported wallet_nonce_mismatch""",
    "network": """
        fetch_failed fetch_status fetch_timeout fetch_too_large offline register_unavailable server_error
        storage_unavailable temporarily_unavailable""",
    "programmer": """
        anchors_malformed citizens_malformed context_hash context_invalid crl_malformed did_resolver_missing
        fetch_refused_address file_exists file_unavailable insufficient_scope invalid_client invalid_scope
        invalid_token jcs_unrepresentable listen_failed mdoc_element_unknown plain_http_refused pointer_invalid
        register_address_invalid root_key_exposed sd_jwt_disclosable sd_jwt_path_unknown selection_unsupported
        settings_invalid spec_unknown status_entry_invalid storage_malformed storage_newer title_malformed
        folder_unexpected folders_in_use state_misplaced title_not_issued title_not_mdoc title_unknown
        transaction_malformed
        unauthorized_client unforeseen vcalm_instance_unknown vcalm_media_type vcalm_option_unknown""",
    "sender": """
        algorithm_refused base64url_invalid bbs_commitment_malformed bbs_indexes_invalid bbs_lists_unequal
        bbs_proof_malformed bbs_signature_malformed cbor_depth cbor_duplicate_key cbor_invalid cbor_not_shortest
        cbor_type certificate_country certificate_curve certificate_expired certificate_not_yet_valid certificate_path
        certificate_profile certificate_revocation_unknown certificate_revoked certificate_self_signed context_nested
        context_unknown cose_key_invalid cose_key_private cose_malformed critical_header cryptosuite_refused
        date_time_invalid decryption_failed did_document_invalid did_invalid did_method_unsupported did_url_invalid
        form_malformed format_unsupported input_too_large integrity_chain_endless integrity_context
        integrity_previous_missing integrity_proof_malformed integrity_proof_missing integrity_value_malformed
        invalid_request json_depth json_duplicate_key json_invalid json_not_object json_number json_surrogate
        jsonld_invalid jsonld_iri_invalid jsonld_protected_term jsonld_undefined_term jsonld_unsecured jwe_malformed
        jwk_invalid jwk_private jwk_set_invalid jws_malformed key_id_missing key_invalid key_length key_unsupported
        mdoc_malformed message_invalid multibase_invalid multicodec_invalid multicodec_unknown nquads_invalid peer_error
        point_invalid rdfc_work related_resource_malformed related_resource_mismatch scalar_invalid
        sd_jwt_disclosure_malformed sd_jwt_json_malformed sd_jwt_malformed self_asserted_holder typ_mismatch
        vc_claim_forbidden vc_context
        vc_envelope vc_identifier vc_language_value vc_period vc_property vc_type w3c_malformed x509_malformed
        work_exceeded x5c_malformed""",
}

_FAULT_OF = {code: fault for fault, codes in _CODES.items() for code in codes.split()}

_START_AGAIN = (
    "This request is over. Please start again with a new one.",
    "Cette demande est terminée. Recommencez avec une nouvelle.",
)
_OFFER_OVER = (
    "This offer was used, has expired, or its code was wrong too often. Please ask for a new one.",
    "Cette offre a déjà servi, a expiré, ou son code a été trop souvent faux. Demandez-en une nouvelle.",
)
_NOT_THIS = (
    "This is not what was asked for. Please look for another title.",
    "Ce n'est pas ce qui était demandé. Cherchez un autre titre.",
)
_NOT_RECOGNISED = (
    "Titles of this authority are not accepted here.",
    "Les titres de cette autorité ne sont pas acceptés ici.",
)
_TX_CODE = (
    "The code that came with the offer is missing or wrong. Please look at it again.",
    "Le code reçu avec l'offre manque ou est faux. Vérifiez-le.",
)

_SAY: dict[str, tuple[str, str]] = {
    "access_denied": (
        "You chose not to answer. Nothing was shared.",
        "Vous n'avez rien partagé, comme vous le vouliez.",
    ),
    "credential_expired": (
        "This copy of your title has expired. Please get a new one from its issuer.",
        "Cette copie de votre titre a expiré. Demandez-en une nouvelle à qui l'a délivrée.",
    ),
    "credential_not_yet_valid": ("Your title is not valid yet.", "Votre titre n'est pas encore valable."),
    "invalid_grant": _OFFER_OVER,
    "answer_pending": (
        "Please come back to the window where you started.",
        "Revenez à la fenêtre où vous avez commencé.",
    ),
    "issuer_not_admitted": _NOT_RECOGNISED,
    "issuer_not_for_type": _NOT_RECOGNISED,
    "issuer_unknown": _NOT_RECOGNISED,
    "key_binding_nonce": _START_AGAIN,
    "key_binding_time": _START_AGAIN,
    "memory_short": (
        "There is not enough memory to open this file. Please close other programs.",
        "Il n'y a pas assez de mémoire pour ouvrir ce fichier. Fermez d'autres programmes.",
    ),
    "no_copy_left": (
        "No fresh copy of this title is left. Please get new ones from its issuer.",
        "Il ne reste aucune copie neuve de ce titre. Demandez-en à qui l'a délivré.",
    ),
    "nothing_matches": _NOT_THIS,
    "offer_unknown": _OFFER_OVER,
    "passphrase_too_short": ("Please choose a longer passphrase.", "Choisissez une phrase secrète plus longue."),
    "passphrase_wrong": (
        "The passphrase is wrong, or the file was changed.",
        "La phrase secrète est fausse, ou le fichier a été modifié.",
    ),
    "query_unsatisfied": _NOT_THIS,
    "request_expired": _START_AGAIN,
    "response_code_unknown": _START_AGAIN,
    "status_revoked": (
        "This title was withdrawn. Please ask the authority that issued it.",
        "Ce titre a été retiré. Adressez-vous à l'autorité qui l'a délivré.",
    ),
    "status_suspended": (
        "This title is suspended. Please ask the authority that issued it.",
        "Ce titre est suspendu. Adressez-vous à l'autorité qui l'a délivré.",
    ),
    "transaction_unknown": _START_AGAIN,
    "tx_code_missing": _TX_CODE,
    "tx_code_required": _TX_CODE,
    "tx_code_wrong": _TX_CODE,
    "unforeseen": (
        "This program met something that it does not understand. Please tell those who run it.",
        "Ce programme a rencontré quelque chose qu'il ne comprend pas. Signalez-le à ceux qui l'exploitent.",
    ),
    "vault_absent": ("There is no wallet here.", "Il n'y a pas de portefeuille ici."),
    "vault_exists": ("There is a wallet here already.", "Il y a déjà un portefeuille ici."),
    "vault_full": ("The wallet is full.", "Le portefeuille est plein."),
    "vault_locked": (
        "Another program is using this wallet. Please wait until it is done.",
        "Un autre programme utilise ce portefeuille. Attendez qu'il ait fini.",
    ),
}


def advise(code: str) -> Advice:
    """What an error code means for the person; of a code that is not known, that the program is not in order."""
    fault = _FAULT_OF.get(code, "programmer")
    return Advice(fault, *_SAY.get(code, FAULTS[fault][1:]))


def language_of(environment: Mapping[str, str]) -> str:
    """The language to speak, "fr" or "en": the first of LC_ALL, LC_MESSAGES, LANG that is set (POSIX 8.2)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return "fr" if value.lower().partition("_")[0].partition(".")[0] == "fr" else "en"
    return "en"
