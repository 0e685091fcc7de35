"""Public keys as COSE_Key (RFC 9052 section 7, RFC 9053 section 7), already decoded from CBOR."""

from typing import Any

from didkit_fr.encoding.cbor import CborValue
from didkit_fr.errors import ParseError
from didkit_fr.keys.public import CURVES, ED25519, PublicKey, from_compressed, from_point

__all__ = ["ALGORITHMS", "build", "parse"]

_KTY, _ALG, _KEY_OPS, _CRV, _X, _Y, _D = 1, 3, 4, -1, -2, -3, -4
_OKP, _EC2, _SYMMETRIC = 1, 2, 4
_VERIFY = 2
_CURVES = {1: "P-256", 2: "P-384", 3: "P-521", 6: ED25519}
_NUMBERS = {name: number for number, name in _CURVES.items()}

ALGORITHMS: dict[int, str] = {
    # RFC 9053 section 2
    -7: "P-256",
    -35: "P-384",
    -36: "P-521",
    -8: ED25519,
    # RFC 9864 section 2
    -9: "P-256",
    -51: "P-384",
    -52: "P-521",
    -19: ED25519,
}
"""The curve of each COSE signature algorithm; -7, -35, -36 and -8 leave it open, and stand for the usual one."""


def parse(value: CborValue) -> PublicKey:
    """Reads a public key; parameters that are not understood are ignored (RFC 9052 section 7.1).

    Raises:
        ParseError: `cose_key_invalid`, `cose_key_private`, `key_unsupported`.
    """
    if not isinstance(value, dict):
        raise ParseError("cose_key_invalid", "not a map")
    kind, number = value.get(_KTY), value.get(_CRV)
    if _D in value or (_is_int(kind) and kind == _SYMMETRIC):
        raise ParseError("cose_key_private")
    if not _is_int(kind) or not _is_int(number) or number not in _CURVES:
        raise ParseError("key_unsupported")
    curve = _CURVES[number]
    if kind != (_OKP if curve == ED25519 else _EC2):
        raise ParseError("key_unsupported")
    try:
        key = _key(curve, value.get(_X), value.get(_Y))
    except ParseError as error:
        raise ParseError("cose_key_invalid", error.detail or "wrong length") from None
    _check_use(value, curve)
    return key


def build(key: PublicKey) -> dict[int, int | bytes]:
    """Writes a public key, required parameters only, points uncompressed (ISO/IEC 18013-5 section 9.1.5.2)."""
    if key.curve == ED25519:
        return {_KTY: _OKP, _CRV: _NUMBERS[ED25519], _X: key.point}
    size = CURVES[key.curve].size
    return {_KTY: _EC2, _CRV: _NUMBERS[key.curve], _X: key.point[1 : 1 + size], _Y: key.point[1 + size :]}


def _key(curve: str, x: CborValue, y: CborValue) -> PublicKey:
    """`y` may be the sign bit of a compressed point (RFC 9053 section 7.1.1)."""
    if not isinstance(x, bytes):
        raise ParseError("cose_key_invalid", "coordinate missing")
    if curve == ED25519:
        return from_point(curve, x)
    if isinstance(y, bool):
        return from_compressed(curve, bytes([2 + y]) + x)
    if not isinstance(y, bytes) or len(y) != len(x):
        raise ParseError("cose_key_invalid", "coordinate missing, or of wrong length")
    # A device's key is about to be used: what OpenSSL loads, it checks.
    return from_point(curve, b"\x04" + x + y, load=True)


def _check_use(value: dict[Any, Any], curve: str) -> None:
    if _ALG in value and not (_is_int(value[_ALG]) and ALGORITHMS.get(value[_ALG]) == curve):
        raise ParseError("cose_key_invalid", "for another algorithm")
    operations = value.get(_KEY_OPS, [_VERIFY])
    if not isinstance(operations, list) or not any(_is_int(one) and one == _VERIFY for one in operations):
        raise ParseError("cose_key_invalid", "for other operations")


def _is_int(value: CborValue) -> bool:
    """Whether it is an integer of CBOR: to Python, true is 1 and 1.0 is 1."""
    return type(value) is int
