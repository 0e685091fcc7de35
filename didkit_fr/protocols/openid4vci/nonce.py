"""The nonce endpoint (OpenID4VCI section 7), with nonces that cost nothing until they are used.

A nonce is its time, random bytes and a MAC over both and its purpose: nothing is stored when one is given out. Used,
its digest is taken from storage once. Layout before base64url: time (8 bytes), random (16), HMAC-SHA256 (32).
"""

import hmac
import struct
from hashlib import sha256
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from didkit_fr.encoding import base64url
from didkit_fr.errors import ParseError, ProtocolError
from didkit_fr.flow import Request, Response
from didkit_fr.primitives.random import Random, system
from didkit_fr.protocols.message import Message, parse_message
from didkit_fr.protocols.oauth.error import refusal

__all__ = [
    "C_NONCE",
    "CheckedNonce",
    "NonceResponse",
    "build_nonce_request",
    "check_nonce",
    "issue_nonce",
    "parse_nonce_response",
]

C_NONCE = "c_nonce"

MAX_SKEW = 60

_TIME = struct.Struct(">Q")
_RANDOM_BYTES = 16
_MAC_BYTES = 32
_BYTES = _TIME.size + _RANDOM_BYTES + _MAC_BYTES
_CHARS = 75
_SUCCESS = range(200, 300)


class NonceResponse(Message):
    """The nonce endpoint's answer. It is sent with `Cache-Control: no-store`."""

    c_nonce: Annotated[str, StringConstraints(min_length=1, max_length=2048)]


class CheckedNonce(NamedTuple):
    """A nonce that we gave out: `digest` (32 bytes) is taken once; from `expires` (seconds) on it is refused anyway."""

    digest: bytes
    expires: int


def issue_nonce(key: bytes, *, purpose: str, now: int, random: Random = system) -> str:
    """Makes a nonce of 75 characters; `key` is 32 bytes or more, and the same on every host."""
    body = _TIME.pack(now) + random(_RANDOM_BYTES)
    return base64url.encode(body + _mac(key, purpose, body))


def check_nonce(key: bytes, nonce: str, *, purpose: str, now: int, max_age: int) -> CheckedNonce:
    """Checks that a nonce is ours, for this purpose, and at most `max_age` seconds old. Not that it is used once.

    Raises:
        ProtocolError: `invalid_nonce`.
    """
    try:
        data = base64url.decode(nonce, max_chars=_CHARS)
    except ParseError:
        raise ProtocolError("invalid_nonce") from None
    body, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
    if len(data) != _BYTES or not hmac.compare_digest(mac, _mac(key, purpose, body)):
        raise ProtocolError("invalid_nonce")
    (made,) = _TIME.unpack_from(body)
    expires = made + max_age
    # The hosts of one service share the key and not the clock.
    if made > now + MAX_SKEW or expires <= now:
        raise ProtocolError("invalid_nonce", "expired")
    return CheckedNonce(sha256(data).digest(), expires)


def build_nonce_request(endpoint: str) -> Request:
    """The wallet's request (section 7.1): no token, no body."""
    return Request("POST", endpoint, {"accept": "application/json"})


def parse_nonce_response(response: Response) -> str:
    """The wallet's side: the nonce.

    Raises:
        ParseError: `message_invalid` and those of `encoding.json`.
        FetchError: `fetch_status` where trying again may help.
        ProtocolError: what the server answered.
    """
    if response.status not in _SUCCESS:
        raise refusal(response)
    return parse_message(NonceResponse, response.body).c_nonce


def _mac(key: bytes, purpose: str, body: bytes) -> bytes:
    label = f"didkit-fr nonce {purpose}".encode()
    return hmac.digest(key, len(label).to_bytes(4) + label + body, "sha256")
