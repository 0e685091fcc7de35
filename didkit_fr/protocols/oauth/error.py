"""Error responses (RFC 6749 section 5.2, RFC 6750 section 3, OpenID4VCI section 8.3.1.2)."""

import re
import unicodedata

from pydantic import Field

from didkit_fr.errors import DidkitError, FetchError, ParseError, ProtocolError
from didkit_fr.flow import Response
from didkit_fr.protocols.message import Message, Text, parse_message

__all__ = ["WIRE_ERRORS", "ErrorResponse", "build_error", "parse_error_response", "refusal"]

WIRE_ERRORS = frozenset(
    {
        "access_denied",
        "credential_request_denied",
        "insufficient_scope",
        "invalid_authorization_details",
        "invalid_client",
        "invalid_credential_request",
        "invalid_encryption_parameters",
        "invalid_grant",
        "invalid_nonce",
        "invalid_notification_id",
        "invalid_notification_request",
        "invalid_proof",
        "invalid_request",
        "invalid_scope",
        "invalid_token",
        "invalid_transaction_id",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unknown_credential_configuration",
        "unknown_credential_identifier",
        "unsupported_grant_type",
    }
)
MAX_DESCRIPTION = 256

_TOO_MANY_REQUESTS = 429
_UNAUTHORIZED = 401
_SERVER_ERROR = 500

_CHALLENGE = re.compile(r'(?:^|[\s,])error="([a-z_]{1,64})"', re.ASCII)
_UNSAYABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


class ErrorResponse(Message):
    """The body of an error answer; the description is for developers, and is not believed or shown."""

    error: Text
    error_description: Text | None = Field(None, repr=False)


def parse_error_response(status: int, body: bytes) -> ProtocolError:
    """What the other party means by an error body; an unknown or unreadable one is `peer_error`.

    Its description is left out: it is an unknown party's text, and may repeat what was sent.
    """
    try:
        code = parse_message(ErrorResponse, body).error
    except ParseError:
        code = ""
    return ProtocolError(code) if code in WIRE_ERRORS else ProtocolError("peer_error", f"HTTP {status}")


def refusal(response: Response) -> DidkitError:
    """The error for an answer that is not a success: `FetchError` where trying again may help, else `ProtocolError`.

    A protected endpoint may say why in its challenge only (RFC 6750 section 3).
    """
    if response.status >= _SERVER_ERROR or response.status == _TOO_MANY_REQUESTS:
        return FetchError("fetch_status", f"HTTP {response.status}")
    error = parse_error_response(response.status, response.body)
    if error.code == "peer_error" and response.status == _UNAUTHORIZED:
        found = _CHALLENGE.search(response.headers.get("www-authenticate", ""))
        named = found[1] if found else ""
        return ProtocolError(named if named in WIRE_ERRORS else "invalid_token")
    return error


def build_error(code: str, description: str = "") -> bytes:
    """An error body; accents leave the description, which may only hold %x20-21 / %x23-5B / %x5D-7E."""
    plain = unicodedata.normalize("NFKD", description).encode("ascii", "ignore").decode("ascii")
    sayable = _UNSAYABLE.sub("'", plain)[:MAX_DESCRIPTION]
    return ErrorResponse(error=code, error_description=sayable or None).encode()
