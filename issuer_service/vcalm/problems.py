"""Problem details (RFC 9457) of W3C credentials: which type of problem each error code is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, FetchError, ParseError
from issuer_service.shell.error_table import every_code

__all__ = ["TYPES", "problem", "problem_type"]

_MODEL = "https://www.w3.org/TR/vc-data-model#"
_SECURITY = "https://w3id.org/security#"
_STATUS = "https://www.w3.org/ns/credentials/status-list#"

_PARSING, _MALFORMED = f"{_MODEL}PARSING_ERROR", f"{_MODEL}MALFORMED_VALUE_ERROR"
_CRYPTOGRAPHIC, _RANGE = f"{_MODEL}CRYPTOGRAPHIC_SECURITY_ERROR", f"{_MODEL}RANGE_ERROR"

# By type, which codes are neither what `problem_type` says of their kind.
_CODES: Mapping[str, str] = MappingProxyType(
    {
        _PARSING: """
            base64url_invalid cbor_depth cbor_duplicate_key cbor_invalid cbor_not_shortest cbor_type cose_malformed
            input_too_large json_depth json_duplicate_key json_invalid json_not_object json_number json_surrogate
            jws_malformed sd_jwt_disclosure_malformed sd_jwt_malformed""",
        _MALFORMED: """
            integrity_expired integrity_from_the_future related_resource_mismatch self_asserted_holder typ_mismatch
            vc_claim_forbidden""",
        _RANGE: "status_index_out_of_range vc_period",
        f"{_SECURITY}PROOF_TRANSFORMATION_ERROR": """
            context_invalid context_nested context_unknown jsonld_invalid jsonld_iri_invalid jsonld_protected_term
            jsonld_undefined_term jcs_unrepresentable rdfc_work""",
        f"{_SECURITY}PROOF_GENERATION_ERROR": "pointer_invalid",
        "https://www.w3.org/TR/vcalm#UNKNOWN_OPTION_PROVIDED": "vcalm_option_unknown",
        f"{_SECURITY}PROOF_VERIFICATION_ERROR": """
            cryptosuite_refused integrity_chain_endless integrity_context integrity_previous_missing
            integrity_proof_malformed integrity_proof_missing integrity_value_malformed""",
        f"{_SECURITY}INVALID_DOMAIN_ERROR": "integrity_domain",
        f"{_SECURITY}INVALID_CHALLENGE_ERROR": "integrity_challenge",
        f"{_SECURITY}INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD": "integrity_purpose verification_method_purpose",
        f"{_SECURITY}INVALID_VERIFICATION_METHOD": """
            key_id_missing verification_method_ended verification_method_invalid verification_method_unknown""",
        f"{_SECURITY}INVALID_CONTROLLED_IDENTIFIER_DOCUMENT": "did_document_invalid did_document_mismatch",
        f"{_STATUS}STATUS_RETRIEVAL_ERROR": "fetch_status",
        f"{_STATUS}STATUS_VERIFICATION_ERROR": """
            status_list_expired status_list_malformed status_list_not_yet_valid status_list_subject
            status_mechanism_unsupported""",
        f"{_STATUS}STATUS_LIST_LENGTH_ERROR": "status_list_short",
    }
)

TYPES: Mapping[str, str] = MappingProxyType({code: type_ for type_, codes in _CODES.items() for code in codes.split()})
"""The type of problem, by code, where it is not that of the code's kind."""


def problem_type(code: str) -> str:
    """The URL of a problem's type (VC Data Model 2.0 section 7.2, Data Integrity 1.0, CID 1.0, Bitstring Status List).

    A code without a type of its own has that of its kind: what is malformed is a malformed value, what could not be had
    and what is refused is a security error. No standard has a type for what is revoked or over.
    """
    kind = every_code()[code].kind
    return TYPES.get(code, _MALFORMED if kind is ParseError else _CRYPTOGRAPHIC)


def problem(error: DidkitError) -> JsonObject:
    """The object to be sent for an error; `code` is this library's, and no value of the document is in it."""
    title = (
        "something that is needed could not be had" if isinstance(error, FetchError) else every_code()[error.code].en
    )
    details: JsonObject = {"type": problem_type(error.code), "title": title, "code": error.code}
    return {**details, "detail": error.detail} if error.detail else details
