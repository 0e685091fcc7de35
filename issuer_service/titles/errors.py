"""The one mapping from the library's error codes to what a client of the issuer is told.

The client learns a wire error of OAuth 2.0 or OpenID4VCI and one fixed sentence for it; the cause goes to the log as
an event. A code that is in no table is the server's own failure.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from didkit_fr.errors import DidkitError, FetchError

__all__ = ["CAUSES", "WIRES", "Wire", "wire"]


class Wire(NamedTuple):
    """What goes on the wire: HTTP status, `error`, and `error_description` (RFC 6749 section 5.2 characters)."""

    status: int
    error: str
    description: str


_SENTENCES: tuple[Wire, ...] = (
    # RFC 6749 section 5.2, OpenID4VCI section 6.3
    Wire(400, "invalid_request", "The request is malformed or lacks a parameter."),
    Wire(400, "invalid_grant", "The code is wrong, expired or used, or the transaction code is wrong."),
    Wire(401, "invalid_client", "The client is not authenticated."),
    Wire(400, "unauthorized_client", "The client may not use this grant."),
    Wire(400, "unsupported_grant_type", "This grant type is not supported."),
    Wire(400, "invalid_scope", "The scope is unknown or malformed."),
    # RFC 6750 section 3.1
    Wire(401, "invalid_token", "The access token is missing, unknown or expired."),
    Wire(403, "insufficient_scope", "The access token does not allow this credential."),
    # OpenID4VCI section 8.3.1.2
    Wire(400, "invalid_credential_request", "The credential request is malformed or lacks a parameter."),
    Wire(400, "unknown_credential_configuration", "This credential configuration is not offered here."),
    Wire(400, "unknown_credential_identifier", "This credential identifier is unknown."),
    Wire(400, "invalid_proof", "A proof of possession is missing or does not hold."),
    Wire(400, "invalid_nonce", "The nonce is wrong, expired or used: fetch a new one."),
    Wire(400, "invalid_encryption_parameters", "The encryption parameters are not supported."),
    # OpenID4VCI section 11.3, RFC 9396 section 5
    Wire(400, "invalid_notification_id", "This notification identifier is unknown."),
    Wire(400, "invalid_notification_request", "The notification is malformed or lacks a parameter."),
    Wire(400, "invalid_authorization_details", "The authorization details are not those of this code."),
    Wire(400, "credential_request_denied", "The credential cannot be issued."),
    # HTTP
    Wire(404, "not_found", ""),
    # RFC 6749 section 4.1.2.1
    Wire(503, "temporarily_unavailable", "The service cannot answer now: try again."),
    Wire(500, "server_error", "The service failed."),
)

WIRES: Mapping[str, Wire] = MappingProxyType({entry.error: entry for entry in _SENTENCES})

CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "offer_unknown": "invalid_grant",
        "tx_code_wrong": "invalid_grant",
        "tx_code_missing": "invalid_request",
        "grant_unknown": "invalid_token",
        "grant_accepted": "credential_request_denied",
        "grant_exhausted": "credential_request_denied",
        "issuance_unknown": "credential_request_denied",
        "issuance_unknown_to_bearer": "invalid_notification_id",
        "offer_reference_unknown": "not_found",
        "configuration_not_granted": "insufficient_scope",
        "nonce_replayed": "invalid_nonce",
        "status_list_unknown": "not_found",
        "revoked_meanwhile": "credential_request_denied",
        "register_attributes": "credential_request_denied",
        "birth_date_inconsistent": "credential_request_denied",
        "birth_date_partial": "credential_request_denied",
        "evidence_unknown": "credential_request_denied",
        "evidence_expired": "credential_request_denied",
        "evidence_exhausted": "credential_request_denied",
    }
)


def wire(error: DidkitError) -> Wire:
    """What a client is told of an error. What a client sent malformed is a `ProtocolError` already where it is parsed.

    A `ParseError` that comes this far is about the service's own data, and its own failure.
    """
    if isinstance(error, FetchError):
        return WIRES["temporarily_unavailable"]
    return WIRES.get(CAUSES.get(error.code, error.code), WIRES["server_error"])
