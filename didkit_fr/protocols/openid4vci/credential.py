"""The credential request and response (OpenID4VCI section 8)."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, model_validator

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, ProtocolError
from didkit_fr.flow import Request, Response
from didkit_fr.protocols.message import Array, Members, Message, Name, parse_message
from didkit_fr.protocols.oauth.error import refusal

__all__ = [
    "CredentialRequest",
    "CredentialResponse",
    "IssuedCredential",
    "build_credential_request",
    "build_credential_response",
    "parse_credential_request",
    "parse_credential_response",
]

MAX_REQUEST = 262_144
MAX_COPY = 262_144
"""Bytes of a response for each copy that was asked for, and once for the rest of it."""
TIMEOUT = 30.0

_OK, _ACCEPTED = 200, 202


class CredentialRequest(Message):
    """A credential request. How many proofs of which type are allowed is the issuer's to check."""

    credential_identifier: Name | None = None
    credential_configuration_id: Name | None = None
    proofs: Annotated[Members[Array[str | dict[str, Any]]], Field(max_length=16)] | None = Field(None, repr=False)
    credential_response_encryption: JsonObject | None = Field(None, repr=False)

    @model_validator(mode="after")
    def _names_one(self) -> "CredentialRequest":
        if (self.credential_identifier is None) == (self.credential_configuration_id is None):
            raise ValueError("one of credential_identifier and credential_configuration_id is due")
        return self


class IssuedCredential(Message):
    """One issued credential, as its format encodes it."""

    credential: str | dict[str, Any] = Field(repr=False)


class CredentialResponse(Message):
    """A credential response: the credentials, or what to ask for them later with (`interval` in seconds)."""

    credentials: Annotated[Array[IssuedCredential], Field(min_length=1)] | None = Field(None, repr=False)
    transaction_id: Name | None = None
    interval: Annotated[int, Field(gt=0, le=10**9)] | None = None
    notification_id: Name | None = None

    @model_validator(mode="after")
    def _now_or_later(self) -> "CredentialResponse":
        if (self.credentials is None) == (self.transaction_id is None):
            raise ValueError("one of credentials and transaction_id is due")
        if (self.transaction_id is None) != (self.interval is None):
            raise ValueError("interval comes with transaction_id")
        if self.credentials is None and self.notification_id is not None:
            raise ValueError("notification_id without credentials")
        return self


def build_credential_request(
    endpoint: str, *, token: str, proofs: Sequence[str], configuration_id: str, identifier: str | None = None
) -> Request:
    """The wallet's request, with `jwt` proofs, if any; `identifier` where the token named one for the configuration."""
    message = CredentialRequest(
        credential_identifier=identifier,
        credential_configuration_id=configuration_id if identifier is None else None,
        proofs={"jwt": tuple(proofs)} if proofs else None,
    )
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "accept": "application/json",
    }
    return Request(
        "POST", endpoint, headers, message.encode(), max_bytes=_max_bytes(max(len(proofs), 1)), timeout=TIMEOUT
    )


def _max_bytes(copies: int) -> int:
    return (copies + 1) * MAX_COPY


def parse_credential_request(raw: bytes) -> CredentialRequest:
    """The issuer's side. Members that are not known are ignored (section 8.2).

    Raises:
        ProtocolError: `invalid_credential_request`.
    """
    try:
        return parse_message(CredentialRequest, raw, max_bytes=MAX_REQUEST)
    except ParseError as error:
        raise ProtocolError("invalid_credential_request", error.detail or error.code) from None


def build_credential_response(
    credentials: Sequence[str | JsonObject], notification_id: str | None = None
) -> CredentialResponse:
    """The issuer's side: the credentials, at once, and by which name the wallet may say what became of them."""
    issued = tuple(IssuedCredential(credential=raw) for raw in credentials)
    return CredentialResponse(credentials=issued, notification_id=notification_id)


def parse_credential_response(response: Response, *, copies: int) -> CredentialResponse:
    """The wallet's side: 200 with credentials, or 202 with a transaction (section 8.3).

    Args:
        response: the answer.
        copies: how many credentials were asked for: no more are due.

    Raises:
        ParseError: `message_invalid` and those of `encoding.json`.
        FetchError: `fetch_status` where trying again may help.
        ProtocolError: what the issuer answered. `credential_request_denied` to a token that was good says that it
            issues no more, or that a newer request with it is answered instead: asking this again does not help.
    """
    if response.status not in (_OK, _ACCEPTED):
        raise refusal(response)
    value = json.parse_object(response.body, max_bytes=_max_bytes(copies))
    credentials = value.get("credentials")
    if isinstance(credentials, list) and len(credentials) > copies:
        raise ParseError("message_invalid", "CredentialResponse: more credentials than were asked for")
    message = parse_message(CredentialResponse, value)
    if (message.credentials is None) != (response.status == _ACCEPTED):
        raise ParseError("message_invalid", "CredentialResponse: status")
    return message
