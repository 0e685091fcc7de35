"""The authorization response (OpenID4VP 1.0 section 8) posted to `response_uri` as a form: `direct_post`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import CODES, ParseError, ProtocolError
from didkit_fr.protocols.oauth.form import build_form, parse_form

__all__ = [
    "MAX_BYTES",
    "VpResponse",
    "build_error",
    "build_response",
    "parse_answer",
    "parse_fields",
    "parse_response",
    "read_response",
    "state_of",
]

MAX_BYTES = 1_048_576
MAX_PRESENTATIONS = 64


@dataclass(frozen=True, slots=True)
class VpResponse:
    """A wallet's answer: presentations by credential query id; nothing of it is verified."""

    state: str
    unverified_presentations: Mapping[str, Sequence[str]] = field(repr=False)


def build_response(presentations: Mapping[str, Sequence[str]], state: str | None) -> bytes:
    """The form body of an answer."""
    form = {"vp_token": json.encode({name: list(values) for name, values in presentations.items()}).decode()}
    return _form(form, state)


def build_error(error: str, state: str | None) -> bytes:
    """The form body of a refusal (section 8.5): the same for a refusal by the holder as for nothing that matches."""
    return _form({"error": error}, state)


def parse_response(body: bytes) -> VpResponse:
    """Reads a wallet's answer.

    Raises:
        ParseError: `input_too_large`, `message_invalid`, and those of `encoding.json`.
        ProtocolError: the error that the wallet sent instead of an answer.
    """
    return read_response(parse_fields(body))


def parse_fields(body: bytes) -> dict[str, str]:
    """The form's fields, for who has to find the transaction by its `state` before reading the rest.

    Raises:
        ParseError: `input_too_large`, `form_malformed`.
    """
    return parse_form(body, max_chars=MAX_BYTES)


def read_response(form: Mapping[str, str]) -> VpResponse:
    """As `parse_response`, of the fields.

    Raises:
        ParseError: `message_invalid`, and those of `encoding.json`.
        ProtocolError: the error that the wallet sent instead of an answer.
    """
    if "error" in form:
        known = form["error"] in CODES and CODES[form["error"]].kind is ProtocolError
        raise ProtocolError(form["error"] if known else "peer_error")
    if "vp_token" not in form or "state" not in form:
        raise ParseError("message_invalid", "vp_token and state are due")
    token = json.parse_object(form["vp_token"], max_bytes=MAX_BYTES)
    return VpResponse(form["state"], {name: _presentations(values) for name, values in token.items()})


def state_of(body: bytes) -> str | None:
    """The `state` of an answer or refusal, to find the transaction it ends; None if it has none."""
    return parse_fields(body).get("state")


def parse_answer(body: bytes) -> str | None:
    """What the relying party answers the wallet: the address to send the user to, if any (section 8.2)."""
    answer: JsonObject = json.parse_object(body, max_bytes=16_384)
    redirect = answer.get("redirect_uri")
    if redirect is not None and (not isinstance(redirect, str) or len(redirect) > 2048):  # noqa: PLR2004 - characters
        raise ParseError("message_invalid", "redirect_uri")
    return redirect


def _form(form: dict[str, str], state: str | None) -> bytes:
    if state is not None:
        form["state"] = state
    return build_form(form).encode("ascii")


def _presentations(values: object) -> tuple[str, ...]:
    """Always an array, of one element unless `multiple` (section 8.1)."""
    if not isinstance(values, list) or not 0 < len(values) <= MAX_PRESENTATIONS:
        raise ParseError("message_invalid", "vp_token holds arrays of presentations")
    if not all(isinstance(value, str) for value in values):
        raise ParseError("message_invalid", "a presentation of this format is a string")
    return tuple(values)
