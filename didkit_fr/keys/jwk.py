"""Public keys as JWK (RFC 7517, RFC 7518 section 6.2, RFC 8037, RFC 9964), sets of them, and thumbprints (RFC 7638)."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import DidkitError, ParseError
from didkit_fr.keys.algorithm import KeyType
from didkit_fr.keys.algorithms import KNOWN, Table
from didkit_fr.keys.public import PublicKey, from_octets

__all__ = ["MAX_KEYS", "KeySet", "build", "build_set", "check_public", "parse", "parse_set", "thumbprint"]

MAX_KEYS: Final = 64
MAX_KID_CHARS: Final = 1024

_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_USE: Final = frozenset({"alg", "use", "key_ops"})


@dataclass(frozen=True, slots=True)
class KeySet:
    """The usable keys of a set, by `kid`; those without one are under None."""

    keys: tuple[tuple[str | None, PublicKey], ...]

    def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """The one key of that name for a JOSE algorithm; without a name, the only key there is for it.

        None where there is none, and where there are several: which one was meant must not depend on which one fits.
        """
        found = [key for name, key in self.keys if kid in (None, name) and key.signs_with(algorithm)]
        return found[0] if len(found) == 1 else None


def parse(value: JsonValue, *, load: bool = False, known: Table = KNOWN) -> PublicKey:
    """Reads a public key; members that are not understood are ignored (RFC 7517 section 4); `load` as `from_octets`.

    Raises:
        ParseError: `jwk_invalid`, `jwk_private`, `key_unsupported`, `base64url_invalid`, `input_too_large`.
    """
    jwk = check_public(value)
    kty = jwk.get("kty")
    kind = known.key_types.get(kty) if isinstance(kty, str) else None
    if kind is None:
        raise ParseError("key_unsupported")
    name = jwk.get(kind.jwk_name)
    row = known.by_name.get(name) if isinstance(name, str) else None
    if row is None or row.key_type is not kind:
        raise ParseError("key_unsupported")
    parts = _parts(jwk, kind)
    if len(parts[0]) != len(parts[-1]):
        raise ParseError("jwk_invalid", "coordinate of wrong length")
    try:
        key = from_octets(row, kind.join(parts), load=load)
    except ParseError as error:
        raise ParseError("jwk_invalid", error.detail or "wrong length") from None
    if not _USE.isdisjoint(jwk):
        _check_use(jwk, key)
    return key


def check_public(value: JsonValue) -> JsonObject:
    """Refuses what is no JWK object, and a private or symmetric key, of any type.

    Raises:
        ParseError: `jwk_invalid`, `jwk_private`.
    """
    if not isinstance(value, dict):
        raise ParseError("jwk_invalid", "not an object")
    if not _PRIVATE.isdisjoint(value):
        raise ParseError("jwk_private")
    return value


def parse_set(value: JsonValue, *, max_keys: int = MAX_KEYS) -> KeySet:
    """Reads a JWK Set (RFC 7517 section 5): keys that are not understood are ignored, a secret one is refused.

    Raises:
        ParseError: `jwk_set_invalid`, `jwk_private`.
    """
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or len(keys) > max_keys:
        raise ParseError("jwk_set_invalid", f"not a list of at most {max_keys} keys")
    found = []
    for one in keys:
        try:
            kid = check_public(one).get("kid")
            key = parse(one)
        except DidkitError as error:
            # Private members where everybody can read them: no key of such a set is worth anything.
            if error.code == "jwk_private":
                raise
            continue
        if kid is None or (isinstance(kid, str) and len(kid) <= MAX_KID_CHARS):
            found.append((kid, key))
    return KeySet(tuple(found))


def build(key: PublicKey) -> JsonObject:
    """Writes a public key, required members only."""
    kind = key.row.key_type
    jwk: JsonObject = {"kty": kind.jwk, kind.jwk_name: key.row.name}
    for member, part in zip(kind.jwk_parts, kind.split(key.octets), strict=True):
        jwk[member] = base64url.encode(part)
    return jwk


def build_set(keys: dict[str, PublicKey]) -> JsonObject:
    """Writes a JWK Set of signature keys by their `kid`."""
    return {"keys": [{"kid": kid, **build(key), "use": "sig", "alg": key.algorithm} for kid, key in keys.items()]}


def thumbprint(key: PublicKey) -> str:
    """The SHA-256 thumbprint, base64url (43 characters; RFC 8037 section 2 for Ed25519, RFC 9964 for ML-DSA)."""
    jwk = build(key)
    return base64url.encode(sha256(json.encode({name: jwk[name] for name in sorted(jwk)})).digest())


def _check_use(jwk: JsonObject, key: PublicKey) -> None:
    algorithm = jwk.get("alg", key.algorithm)
    if jwk.get("use", "sig") != "sig" or not isinstance(algorithm, str) or not key.signs_with(algorithm):
        raise ParseError("jwk_invalid", "for another use or algorithm")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise ParseError("jwk_invalid", "for other operations")


def _parts(jwk: JsonObject, kind: KeyType) -> list[bytes]:
    texts: list[str] = []
    for name in kind.jwk_parts:
        text = jwk.get(name)
        if not isinstance(text, str):
            raise ParseError("jwk_invalid", f"{name} is missing")
        if len(text) > kind.max_chars:
            raise ParseError("input_too_large", name)
        texts.append(text)
    return base64url.decode_each(texts)
