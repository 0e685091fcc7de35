"""Error responses of a wallet (OpenID4VP 1.0 section 8.5): what may be said to the relying party, and what is never.

A refusal by the holder and a query that nothing answers are the same word (sections 8.5 and 15.4.1): with `values`, the
difference would tell what a claim is.
"""

from collections.abc import Mapping

from didkit_fr.errors import DidkitError, ProtocolError

__all__ = ["WIRE_ERRORS", "read_error", "wire_error"]

WIRE_ERRORS = frozenset(
    {
        "access_denied",
        "invalid_client",
        "invalid_request",
        "invalid_request_uri_method",
        "invalid_scope",
        "invalid_transaction_data",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "vp_formats_not_supported",
        "wallet_unavailable",
    }
)

_SAID: Mapping[str, str] = {
    "access_denied": "access_denied",
    "nothing_matches": "access_denied",
    "no_copy_left": "access_denied",
    "invalid_request_uri_method": "invalid_request_uri_method",
    "invalid_transaction_data": "invalid_transaction_data",
    "transaction_data_forbidden": "invalid_transaction_data",
    "transaction_data_unsupported": "invalid_transaction_data",
    "vp_formats_not_supported": "vp_formats_not_supported",
    "vault_locked": "wallet_unavailable",
    "vault_unavailable": "wallet_unavailable",
}


def wire_error(error: DidkitError) -> str:
    """The one word that a relying party is told about an error; the detail stays."""
    return _SAID.get(error.code, "invalid_request")


def read_error(code: str) -> ProtocolError:
    """What a wallet says; a word that is not of the standard is `peer_error`."""
    return ProtocolError(code if code in WIRE_ERRORS else "peer_error")
