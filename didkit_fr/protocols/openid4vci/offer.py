"""Credential offers (OpenID4VCI section 4.1), by value and by reference."""

from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, StringConstraints, field_validator

from didkit_fr.errors import ParseError, ProtocolError
from didkit_fr.flow import Request, fetch
from didkit_fr.protocols.message import Array, Identifier, Message, Name, Url, origin_of, parse_message
from didkit_fr.protocols.oauth.error import refusal
from didkit_fr.protocols.oauth.form import parse_form
from didkit_fr.protocols.oauth.token import MAX_CODE, PRE_AUTHORIZED

__all__ = [
    "SCHEMES",
    "AuthorizationCodeGrant",
    "CredentialOffer",
    "Grants",
    "OfferReference",
    "PreAuthorizedCodeGrant",
    "TxCode",
    "build_offer",
    "build_offer_reference",
    "build_offer_uri",
    "fetch_offer",
    "parse_offer",
    "parse_offer_link",
    "parse_offer_uri",
]

SCHEMES = ("openid-credential-offer", "haip-vci")
MAX_URI = 32_768

_OK = 200


class TxCode(Message):
    """That a transaction code is due, even where nothing is said of it, and what helps to type it in."""

    input_mode: Literal["numeric", "text"] = "numeric"
    length: Annotated[int, Field(ge=1, le=256)] | None = None
    description: Annotated[str, StringConstraints(max_length=300)] | None = None


class PreAuthorizedCodeGrant(Message):
    """The grant of the pre-authorized code flow; the code is a secret."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=MAX_CODE)] = Field(
        alias="pre-authorized_code", repr=False
    )
    tx_code: TxCode | None = None
    authorization_server: Identifier | None = None


class AuthorizationCodeGrant(Message):
    """The grant of the authorization code flow."""

    issuer_state: Annotated[str, StringConstraints(max_length=MAX_CODE)] | None = Field(None, repr=False)
    authorization_server: Identifier | None = None


class Grants(Message):
    """The grants of an offer; those that are not known are ignored."""

    authorization_code: AuthorizationCodeGrant | None = None
    pre_authorized_code: PreAuthorizedCodeGrant | None = Field(None, alias=PRE_AUTHORIZED)


class CredentialOffer(Message):
    """An offer. Anyone can make one: it is to be believed no more than an address typed by hand (section 13.5)."""

    credential_issuer: Identifier
    credential_configuration_ids: Annotated[Array[Name], Field(min_length=1, max_length=64)]
    grants: Grants | None = None

    @field_validator("credential_configuration_ids")
    @classmethod
    def _unique(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(ids)) != len(ids):
            raise ValueError("not unique")
        return ids


@dataclass(frozen=True, slots=True)
class OfferReference:
    """Where an offer lies: an address of an unknown party's choice. Its path is a secret; `origin` is for the citizen.

    It is fetched only once the citizen agreed to contact `origin` (section 13.5); a redirection is not followed.
    """

    uri: str = field(repr=False)

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return origin_of(self.uri)


class _Reference(Message):
    uri: Url


def build_offer(
    *, issuer: str, configuration_ids: tuple[str, ...], code: str, tx_code: TxCode | None
) -> CredentialOffer:
    """The issuer's side: an offer with a pre-authorized code; `tx_code` says what the citizen types in."""
    grant = PreAuthorizedCodeGrant(code=code, tx_code=tx_code)
    return CredentialOffer(
        credential_issuer=issuer,
        credential_configuration_ids=configuration_ids,
        grants=Grants(pre_authorized_code=grant),
    )


def build_offer_uri(offer: CredentialOffer, *, scheme: str = SCHEMES[0]) -> str:
    """The link that carries an offer by value (section 4.1.2). It holds the code: a secret, never to be logged."""
    return f"{scheme}://?credential_offer={quote(offer.encode().decode(), safe='')}"


def build_offer_reference(uri: str, *, scheme: str = SCHEMES[0]) -> str:
    """The link that carries an offer by reference (section 4.1.3); the address must be this offer's alone."""
    return f"{scheme}://?credential_offer_uri={quote(uri, safe='')}"


def parse_offer(raw: bytes) -> CredentialOffer:
    """Parses an offer object.

    Raises:
        ParseError: `message_invalid` and those of `encoding.json`.
    """
    return parse_message(CredentialOffer, raw)


def parse_offer_uri(uri: str) -> CredentialOffer:
    """Parses an offer link by value: for who may not contact anyone. `parse_offer_link` takes both kinds.

    Raises:
        ParseError: as `parse_offer_link`.
        ProtocolError: `offer_by_reference_unsupported`.
    """
    found = parse_offer_link(uri)
    if isinstance(found, OfferReference):
        raise ProtocolError("offer_by_reference_unsupported")
    return found


def parse_offer_link(uri: str) -> CredentialOffer | OfferReference:
    """Parses an offer link; nothing is fetched: whether to, is the citizen's decision, and then `fetch_offer`'s.

    Raises:
        ParseError: `input_too_large`, `offer_uri_invalid`, `form_malformed`, and as `parse_offer`.
    """
    if len(uri) > MAX_URI:
        raise ParseError("input_too_large", f"offer link over {MAX_URI} characters")
    scheme, mark, query = uri.strip().partition("://")
    path, question, query = query.partition("?")
    if not mark or not question or scheme.lower() not in SCHEMES or path not in ("", "/") or "#" in query:
        raise ParseError("offer_uri_invalid")
    parameters = parse_form(query)
    by_value, by_reference = parameters.get("credential_offer"), parameters.get("credential_offer_uri")
    if by_value is not None and by_reference is None:
        return parse_offer(by_value.encode())
    if by_value is not None or by_reference is None:
        raise ParseError("offer_uri_invalid", "one of credential_offer and credential_offer_uri is due")
    return _reference(by_reference)


async def fetch_offer(reference: OfferReference) -> CredentialOffer:
    """Fetches an offer, as a flow; only plain JSON is one, never a token (section 4.1.3).

    Raises:
        ParseError: `offer_media_type`, and as `parse_offer`.
        FetchError: cannot tell.
        ProtocolError: what the server answered.
    """
    response = await fetch(Request("GET", reference.uri, {"accept": "application/json"}))
    if response.status != _OK:
        raise refusal(response)
    media_type = response.headers.get("content-type", "").partition(";")[0]
    if media_type.strip().lower() != "application/json":
        raise ParseError("offer_media_type")
    return parse_offer(response.body)


def _reference(uri: str) -> OfferReference:
    """Plain HTTP is the fetcher's to refuse: it alone knows what is on this machine."""
    try:
        parse_message(_Reference, {"uri": uri})
        urlsplit(uri)
    except (ParseError, ValueError):
        raise ParseError("offer_uri_invalid", "credential_offer_uri") from None
    return OfferReference(uri)
