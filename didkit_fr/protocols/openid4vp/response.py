"""The authorization response (OpenID4VP 1.0 section 8), posted to `response_uri` as a form: clear or encrypted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.proofs.jose import jwe
from didkit_fr.proofs.jose.jwe import DecryptionKey
from didkit_fr.protocols.oauth.form import build_form, parse_form
from didkit_fr.protocols.openid4vp.client_metadata import Encryption
from didkit_fr.protocols.openid4vp.error import WIRE_ERRORS, read_error

__all__ = [
    "MAX_BYTES",
    "VpResponse",
    "build_answer",
    "build_error",
    "build_response",
    "check_form",
    "parse_answer",
    "parse_response",
    "read_form",
    "state_of",
]

MAX_BYTES = 1_048_576
MAX_PRESENTATIONS = 64
MAX_REDIRECT_CHARS = 2048

_KINDS = frozenset({"error", "response", "vp_token"})

# A browser is sent there: nothing that it would execute or read from the disk, nor a host behind another's name.
_REDIRECT = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+([/?#][!-~]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class VpResponse:
    """A wallet's answer: presentations by credential query id, as text; nothing of it is verified."""

    state: str
    unverified_presentations: Mapping[str, Sequence[str]] = field(repr=False)


def build_response(
    presentations: Mapping[str, Sequence[str | JsonObject]], state: str | None, *, encryption: Encryption | None = None
) -> bytes:
    """The form body of an answer; encrypted, all of it is in the parameter `response` (section 8.3.1).

    A presentation is text or a JSON object, as its format has it (appendix B).
    """
    token = {name: list(values) for name, values in presentations.items()}
    if encryption is not None:
        return _encrypted({"vp_token": token}, state, encryption)
    return _form({"vp_token": json.encode_text(token)}, state)


def build_error(error: str, state: str | None, *, encryption: Encryption | None = None) -> bytes:
    """The form body of a refusal (section 8.5): the same for a refusal by the holder as for nothing that matches."""
    if encryption is not None:
        return _encrypted({"error": error}, state, encryption)
    return _form({"error": error}, state)


def parse_response(body: bytes | Mapping[str, str], *, key: DecryptionKey | None = None, kid: str = "") -> VpResponse:
    """Reads a wallet's answer.

    Args:
        body: the form, or what `read_form` gave of it.
        key: what the answer must be encrypted to; a refusal may come in the clear all the same (section 8.3.1).
        kid: what that key is called.

    Raises:
        ParseError: `input_too_large`, `message_invalid`, and those of `encoding.json` and `proofs.jose.jwe`.
        VerificationError: `response_not_encrypted`, `decryption_failed`, and those of `proofs.jose.jwe`.
        ProtocolError: the error that the wallet sent instead of an answer.
    """
    form = read_form(body) if isinstance(body, bytes) else body
    if len(_KINDS & form.keys()) > 1:
        raise ParseError("message_invalid", "an answer and something else")
    if "error" in form:
        raise read_error(form["error"])
    if "response" in form:
        return _read(_decrypted(form["response"], key, kid))
    if key is not None:
        raise VerificationError("response_not_encrypted")
    if "vp_token" not in form or "state" not in form:
        raise ParseError("message_invalid", "vp_token and state are due")
    return _read({**form, "vp_token": json.parse_object(form["vp_token"], max_bytes=MAX_BYTES)})


def read_form(body: bytes) -> dict[str, str]:
    """The parameters of an answer: to be read once, where both its state and its content are due.

    Raises:
        ParseError: those of `parse_form`.
    """
    return parse_form(body, max_chars=MAX_BYTES)


def state_of(body: bytes | Mapping[str, str]) -> str | None:
    """The `state` of an answer or refusal, to find the transaction it ends; None if it has none.

    Of an encrypted answer it is what its key is called: the request named the key by the state.

    Raises:
        ParseError: those of `parse_form` and `proofs.jose.jwe.parse`.
    """
    form = read_form(body) if isinstance(body, bytes) else body
    if "response" in form:
        return jwe.parse(form["response"]).unverified_kid
    return form.get("state")


def check_form(form: Mapping[str, str]) -> None:
    """Refuses what is no answer: none or two of its kinds, or an error that no wallet may send (section 8.5).

    Raises:
        ParseError: `message_invalid`.
        ProtocolError: `peer_error`.
    """
    if len(_KINDS & form.keys()) != 1:
        raise ParseError("message_invalid", "one of vp_token, response, error is due")
    if "error" in form and form["error"] not in WIRE_ERRORS:
        raise read_error(form["error"])


def build_answer(redirect_uri: str | None = None) -> bytes:
    """What the relying party answers the wallet (section 8.2): where to send the user, if anywhere."""
    return json.encode({} if redirect_uri is None else {"redirect_uri": redirect_uri})


def parse_answer(body: bytes) -> str | None:
    """What the relying party answers the wallet: the address to send the user to, if any (section 8.2)."""
    redirect = json.parse_object(body, max_bytes=16_384).get("redirect_uri")
    if redirect is None:
        return None
    if not isinstance(redirect, str) or len(redirect) > MAX_REDIRECT_CHARS or not _REDIRECT.fullmatch(redirect):
        raise ParseError("message_invalid", "redirect_uri")
    return redirect


def _encrypted(content: JsonObject, state: str | None, encryption: Encryption) -> bytes:
    payload = content | ({} if state is None else {"state": state})
    sealed = jwe.encrypt(json.encode(payload), encryption.key, enc=encryption.enc, kid=encryption.kid)
    return _form({"response": sealed}, None)


def _decrypted(compact: str, key: DecryptionKey | None, kid: str) -> JsonObject:
    if key is None:
        raise VerificationError("decryption_failed", "no key was given out")
    return json.parse_object(jwe.decrypt(jwe.parse(compact), key, kid=kid), max_bytes=MAX_BYTES)


def _form(form: dict[str, str], state: str | None) -> bytes:
    if state is not None:
        form["state"] = state
    return build_form(form).encode("ascii")


def _read(content: JsonObject) -> VpResponse:
    error, token, state = content.get("error"), content.get("vp_token"), content.get("state")
    if isinstance(error, str) and token is None:
        raise read_error(error)
    if error is not None or not isinstance(token, dict) or not isinstance(state, str):
        raise ParseError("message_invalid", "vp_token and state are due")
    return VpResponse(state, {name: _presentations(values) for name, values in token.items()})


def _presentations(values: JsonValue) -> tuple[str, ...]:
    """Always an array, of one element unless `multiple` (section 8.1)."""
    if not isinstance(values, list) or not 0 < len(values) <= MAX_PRESENTATIONS:
        raise ParseError("message_invalid", "vp_token holds arrays of presentations")
    if not all(isinstance(value, (str, dict)) for value in values):
        raise ParseError("message_invalid", "a presentation is a string or an object")
    return tuple(value if isinstance(value, str) else json.encode_text(value) for value in values)
