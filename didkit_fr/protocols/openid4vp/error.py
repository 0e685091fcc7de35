"""Errors on the wire: of a wallet (OpenID4VP 1.0 section 8.5), and of the relying party to which it posted an answer.

A refusal by the holder and a query that nothing answers are the same word (sections 8.5 and 15.4.1): with `values`, the
difference would tell what a claim is.
"""

from collections.abc import Mapping
from typing import NamedTuple

from didkit_fr.errors import DidkitError, FetchError, ProtocolError
from didkit_fr.flow import Response
from didkit_fr.protocols.oauth import error as oauth

__all__ = ["TEMPORARY", "WIRE_ERRORS", "Refusal", "build_refusal", "read_error", "read_refusal", "wire_error"]

TEMPORARY = frozenset({"server_error", "temporarily_unavailable"})
"""The words of a relying party that could not judge an answer: they say nothing of what it was sent."""

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
    "invalid_request_uri_method": "invalid_request_uri_method",
    "invalid_transaction_data": "invalid_transaction_data",
    "transaction_data_forbidden": "invalid_transaction_data",
    "transaction_data_unsupported": "invalid_transaction_data",
    "vp_formats_not_supported": "vp_formats_not_supported",
}


class Refusal(NamedTuple):
    """What a relying party answers a wallet whose answer came to nothing: an HTTP status, and JSON."""

    status: int
    body: bytes


def build_refusal(error: DidkitError) -> Refusal:
    """What to answer the wallet where judging its answer ended in an error.

    An error that the wallet sent was understood, which is no failure (section 8.2), if it is one that it may send. What
    could not be had is no fault of the wallet's, and neither is a bug: the statuses of RFC 9110 section 15.6 say so, in
    the words that RFC 6749 section 4.1.2.1 has for them. The answer was judged all the same, once: who waits asks anew.
    """
    if isinstance(error, ProtocolError) and error.code != "peer_error":
        return Refusal(200, b"{}")
    status, word = 400, "invalid_request"
    if isinstance(error, FetchError):
        status, word = 503, "temporarily_unavailable"
    elif error.code == "unforeseen":
        status, word = 500, "server_error"
    return Refusal(status, oauth.build_error(word, error.code))


def read_refusal(response: Response) -> DidkitError:
    """What a relying party means by an answer that is no success; one that could not judge says so in `TEMPORARY`."""
    said = oauth.parse_error_response(response.status, response.body)
    return said if said.code in TEMPORARY else oauth.refusal(response)


def wire_error(error: DidkitError) -> str:
    """The one word that a relying party is told about an error; the detail stays."""
    return _SAID.get(error.code, "invalid_request")


def read_error(code: str) -> ProtocolError:
    """What a wallet says; a word that is not of the standard is `peer_error`."""
    return ProtocolError(code if code in WIRE_ERRORS else "peer_error")
