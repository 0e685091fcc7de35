"""Public keys as JWK (RFC 7517, RFC 7518 section 6.2) and their thumbprints (RFC 7638)."""

from hashlib import sha256

from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError
from didkit_fr.keys.public import CURVES, PublicKey, from_point

__all__ = ["build", "parse", "thumbprint"]

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def parse(value: JsonValue) -> PublicKey:
    """Reads a public key; members that are not understood are ignored (RFC 7517 section 4).

    Raises:
        ParseError: `jwk_invalid`, `jwk_private`, `key_unsupported`.
    """
    if not isinstance(value, dict):
        raise ParseError("jwk_invalid", "not an object")
    if not _PRIVATE.isdisjoint(value):
        raise ParseError("jwk_private")
    curve, x, y = value.get("crv"), value.get("x"), value.get("y")
    if value.get("kty") != "EC" or not isinstance(curve, str) or curve not in CURVES:
        raise ParseError("key_unsupported")
    if not isinstance(x, str) or not isinstance(y, str):
        raise ParseError("jwk_invalid", "coordinates missing")
    if value.get("use", "sig") != "sig" or value.get("alg", CURVES[curve].algorithm) != CURVES[curve].algorithm:
        raise ParseError("jwk_invalid", "for another use or algorithm")
    operations = value.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise ParseError("jwk_invalid", "for other operations")
    return from_point(curve, b"\x04" + _coordinate(x, curve) + _coordinate(y, curve))


def build(key: PublicKey) -> JsonObject:
    """Writes a public key, required members only."""
    size = CURVES[key.curve].size
    x, y = key.point[1 : 1 + size], key.point[1 + size :]
    return {"kty": "EC", "crv": key.curve, "x": base64url.encode(x), "y": base64url.encode(y)}


def thumbprint(key: PublicKey) -> str:
    """The SHA-256 thumbprint, base64url (43 characters)."""
    jwk = build(key)
    return base64url.encode(sha256(json.encode({name: jwk[name] for name in sorted(jwk)})).digest())


def _coordinate(text: str, curve: str) -> bytes:
    data = base64url.decode(text, max_chars=128)
    if len(data) != CURVES[curve].size:
        raise ParseError("jwk_invalid", "coordinate of wrong length")
    return data
