"""The link or QR code that takes a wallet to a request (OpenID4VP 1.0 sections 5 and 9): nothing of it is known.

A signed request stands behind `request_uri` or in `request`; an unsigned one is the parameters of the link themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, ProtocolError
from didkit_fr.protocols.message import Message, Url, origin_of, parse_message

__all__ = ["METHODS", "SCHEMES", "RequestLink", "build_link", "build_unsigned_link", "parse_link"]

SCHEMES = frozenset({"openid4vp", "haip-vp", "eudi-openid4vp"})
METHODS = frozenset({"get", "post"})
MAX_CHARS = 8192
MAX_PARAMETERS = 32

_UNSIGNED = "redirect_uri:"
_JSON = frozenset({"dcql_query", "client_metadata", "transaction_data", "verifier_info"})


@dataclass(frozen=True, slots=True)
class RequestLink:
    """What a link says: not authenticated, and only good for getting the request.

    One of three: `request_uri`, to be asked by `method`; `request`, signed; or `parameters`, which are not signed.
    """

    client_id: str
    request_uri: str | None = None
    method: str = "get"
    request: str | None = field(default=None, repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def origin(self) -> str | None:
        """Scheme, host and port of `request_uri`, for a person; None where nothing has to be fetched."""
        return None if self.request_uri is None else origin_of(self.request_uri)

    def unsigned_claims(self) -> JsonObject:
        """The parameters as the claims of a request object would be.

        Raises:
            ParseError: those of `encoding.json`.
        """
        return {name: json.parse(value) if name in _JSON else value for name, value in self.parameters.items()}


class _Address(Message):
    request_uri: Url


def build_link(client_id: str, request_uri: str, *, method: str = "get") -> str:
    """The link for a wallet on the same device, or in a QR code."""
    parameters = {"client_id": client_id, "request_uri": request_uri}
    return _link(parameters | ({} if method == "get" else {"request_uri_method": method}))


def build_unsigned_link(claims: JsonObject) -> str:
    """The link that is itself a request, of a party that no anchor vouches for (`redirect_uri:`)."""
    return _link({name: json.encode_text(value) if name in _JSON else value for name, value in claims.items()})


def parse_link(link: str) -> RequestLink:
    """Reads a link.

    Raises:
        ParseError: `input_too_large`, `request_link_invalid`.
        ProtocolError: `invalid_request_uri_method`.
    """
    if len(link) > MAX_CHARS:
        raise ParseError("input_too_large", f"link over {MAX_CHARS} characters")
    try:
        parts = urlsplit(link)
        pairs = parse_qsl(
            parts.query, keep_blank_values=True, strict_parsing=True, max_num_fields=MAX_PARAMETERS, errors="strict"
        )
    except (ValueError, UnicodeError):
        raise ParseError("request_link_invalid") from None
    values = dict(pairs)
    if parts.scheme not in SCHEMES or len(values) != len(pairs):
        raise ParseError("request_link_invalid", "another scheme, or a parameter twice")
    if "client_id" not in values or len({"request", "request_uri"} & set(values)) > 1:
        raise ParseError("request_link_invalid", "client_id is due, and one request")
    return _read(values)


def _read(values: Mapping[str, str]) -> RequestLink:
    client_id, where = values["client_id"], values.get("request_uri")
    method = values.get("request_uri_method", "get")
    if method not in METHODS:
        raise ProtocolError("invalid_request_uri_method")
    if where is None and "request_uri_method" in values:
        raise ParseError("request_link_invalid", "a method without request_uri")
    if where is not None:
        _check_address(where)
    if where is not None or "request" in values:
        return RequestLink(client_id, where, method, values.get("request"))
    if not client_id.startswith(_UNSIGNED):
        raise ParseError("request_link_invalid", "client_id and request_uri are due")
    return RequestLink(client_id, parameters=values)


def _check_address(uri: str) -> None:
    """Refuses what a person could not be shown as an address; whether it may be contacted is for the fetcher."""
    try:
        parse_message(_Address, {"request_uri": uri})
        urlsplit(uri)
    except (ParseError, ValueError):
        raise ParseError("request_link_invalid", "request_uri") from None


def _link(parameters: Mapping[str, str]) -> str:
    return "openid4vp://?" + urlencode(parameters)
