"""The token request and response of the pre-authorized code flow (OpenID4VCI section 6, RFC 6749 section 5.1)."""

import re
from typing import Annotated

from pydantic import Field, StringConstraints

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError, ProtocolError
from didkit_fr.flow import Request, Response
from didkit_fr.protocols.message import Array, Message, Name, Text, parse_message
from didkit_fr.protocols.oauth import form
from didkit_fr.protocols.oauth.error import refusal

__all__ = [
    "CREDENTIAL_DETAIL",
    "MAX_CODE",
    "PRE_AUTHORIZED",
    "AuthorizationDetail",
    "Token",
    "TokenRequest",
    "TokenResponse",
    "build_token_request",
    "parse_bearer",
    "parse_token_request",
    "parse_token_response",
]

PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
CREDENTIAL_DETAIL = "openid_credential"

MAX_CODE = 2048
MAX_FORM = 16_384

_OK = 200

# RFC 6750 section 2.1: nothing else may enter the Authorization header, or a server could add headers of its own.
Token = Annotated[str, StringConstraints(max_length=8192, pattern=r"^[A-Za-z0-9\-._~+/]+=*$")]

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9\-._~+/]{1,2048}=*)", re.ASCII)


class AuthorizationDetail(Message):
    """Which datasets a token opens (OpenID4VCI sections 5.1.1 and 6.2); a wallet skips details of other types."""

    type: Name
    credential_configuration_id: Name | None = None
    locations: Array[Text] | None = None
    credential_identifiers: Annotated[Array[Name], Field(min_length=1)] | None = None


Details = Annotated[Array[AuthorizationDetail], Field(min_length=1, max_length=16)]


class TokenRequest(Message):
    """A token request with a pre-authorized code; both codes are secrets."""

    grant_type: Name
    code: Annotated[str, StringConstraints(min_length=1, max_length=MAX_CODE)] = Field(
        alias="pre-authorized_code", repr=False
    )
    tx_code: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = Field(None, repr=False)
    client_id: Name | None = None
    authorization_details: Details | None = None


class TokenResponse(Message):
    """A token response; `expires_in` is in seconds."""

    access_token: Token = Field(repr=False)
    token_type: Name
    expires_in: Annotated[int, Field(ge=0, le=10**9)] | None = None
    scope: Text | None = None
    authorization_details: Annotated[Array[AuthorizationDetail], Field(min_length=1)] | None = None

    def credential_identifier(self, configuration_id: str) -> str | None:
        """The dataset to ask for, where the server named one: then the request must (OpenID4VCI section 8.2)."""
        for detail in self.authorization_details or ():
            if detail.type == CREDENTIAL_DETAIL and detail.credential_configuration_id == configuration_id:
                return detail.credential_identifiers[0] if detail.credential_identifiers else None
        return None


def build_token_request(endpoint: str, *, code: str, tx_code: str | None = None) -> Request:
    """The wallet's request, anonymous: no `client_id`."""
    parameters = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code}
    if tx_code is not None:
        parameters["tx_code"] = tx_code
    headers = {"content-type": form.MEDIA_TYPE, "accept": "application/json"}
    return Request("POST", endpoint, headers, form.build_form(parameters).encode("ascii"))


def parse_token_request(raw: bytes) -> TokenRequest:
    """The server's side: the body of a token request. Parameters that are not known are ignored.

    Raises:
        ProtocolError: `invalid_request`, `unsupported_grant_type`, `invalid_authorization_details`.
    """
    try:
        parameters = form.parse_form(raw, max_chars=MAX_FORM)
        if parameters.get("grant_type", PRE_AUTHORIZED) == PRE_AUTHORIZED:
            # OpenID4VCI section 6.1.1: JSON inside the form.
            details = _details(parameters.pop("authorization_details", None))
            return parse_message(TokenRequest, {**parameters, "authorization_details": details})
    except ParseError as error:
        raise ProtocolError("invalid_request", error.detail or error.code) from None
    raise ProtocolError("unsupported_grant_type")


def parse_token_response(response: Response) -> TokenResponse:
    """The wallet's side: the answer to a token request. Only bearer tokens are understood.

    Raises:
        ParseError: `message_invalid` and those of `encoding.json`.
        FetchError: `fetch_status` where trying again may help.
        ProtocolError: what the server answered; `token_type_unsupported`.
    """
    if response.status != _OK:
        raise refusal(response)
    token = parse_message(TokenResponse, response.body)
    if token.token_type.lower() != "bearer":
        raise ProtocolError("token_type_unsupported")
    return token


def _details(text: str | None) -> JsonValue:
    """RFC 9396 section 5: what is not a list of understood details is refused as such."""
    if text is None:
        return None
    try:
        details = json.parse(text)
        parse_message(_Details, {"details": details})
    except ParseError as error:
        raise ProtocolError("invalid_authorization_details", error.detail or error.code) from None
    return details


class _Details(Message):
    details: Details


def parse_bearer(header: str | None) -> str:
    """The token in an Authorization header (RFC 6750 section 2.1).

    Raises:
        ProtocolError: `invalid_token`.
    """
    found = _BEARER.fullmatch(header or "")
    if found is None:
        raise ProtocolError("invalid_token")
    return found[1]
