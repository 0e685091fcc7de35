"""Folder "cose": messages of the COSE working group with one signer or one shared key, through the public API."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, ParseError
from didkit_fr.keys.algorithms import JOSE_NAMES, named
from didkit_fr.keys.public import PublicKey, from_octets
from didkit_fr.proofs.cose import cose
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

OTHER = "another structure: one signer or one shared key, without recipients and encryption, is all that is used here"
UNPROTECTED = "a code whose algorithm nothing protects, which RFC 9052 section 3.1 forbids"
TRUNCATED = "another algorithm: a truncated code, or AES"
CURVE = "another curve than its algorithm's usual one: Ed448, or P-256 with SHA-512"
MATERIAL = "a certificate or a key, not a message"
X509 = "several signers, with certificates: one signer is all that is used here"

_ALGORITHMS = JOSE_NAMES
_MACS = (5, 6, 7)
_CURVES = {"P-256": 32, "P-384": 48, "P-521": 66}


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("cose")
    return [_case(path.relative_to(home).as_posix(), path) for path in _files(home)]


def _files(home: Path) -> Iterator[Path]:
    return (path for path in sorted(home.rglob("*")) if path.is_file())


def _case(name: str, path: Path) -> Case:
    if path.suffix != ".json":
        return name, False, MATERIAL
    vector = json.loads(path.read_text())
    why = _left_out(name, vector)
    if why is not None:
        return name, False, why
    asked = vector["input"]
    check = _verifies_signature if "sign0" in asked else _verifies_mac
    try:
        passes = check(vector)
    except DidkitError:
        passes = False
    return name, passes is not bool(vector.get("fail")), None


def _left_out(name: str, vector: dict[str, Any]) -> str | None:
    asked = vector["input"]
    content = asked.get("sign0") or asked.get("mac0")
    if content is None:
        return X509 if name.startswith("x509") else OTHER
    if "mac0" in asked and "alg" in content.get("unprotected", {}):
        return UNPROTECTED
    if "mac0" in asked and content.get("alg") not in ("HS256", "HS384", "HS512"):
        return TRUNCATED
    if "sign0" in asked and (content["key"]["crv"], content.get("alg")) in (("P-256", "ES512"), ("Ed448", "EdDSA")):
        return CURVE
    return None


def _member(holder: dict[str, Any], name: str) -> bytes:
    """A member of a key: base64url, or hexadecimal under another name."""
    return bytes.fromhex(holder[f"{name}_hex"]) if f"{name}_hex" in holder else base64url.decode(holder[name])


def _key(stated: dict[str, Any]) -> PublicKey:
    if stated["crv"] == "Ed25519":
        return from_octets(named("Ed25519"), _member(stated, "x"))
    size = _CURVES[stated["crv"]]
    return from_octets(
        named(stated["crv"]), b"\x04" + b"".join(_member(stated, one).rjust(size, b"\0") for one in "xy")
    )


def _verifies_signature(vector: dict[str, Any]) -> bool:
    content = vector["input"]["sign0"]
    # An algorithm that nothing protects is believed only where the two sides agreed on it (RFC 9052 section 3.1).
    loose = "alg" in content.get("unprotected", {})
    raw, aad = bytes.fromhex(vector["output"]["cbor"]), bytes.fromhex(content.get("external", ""))
    if loose and _accepts(lambda: cose.parse_sign1(raw)):
        return False
    unverified = cose.parse_sign1(raw, loose_algorithm=loose)
    verified = cose.verify_sign1(
        unverified,
        _key(content["key"]),
        typ=None,
        algorithms=_ALGORITHMS,
        external_aad=aad,
        agreed=content["alg"] if loose else None,
    )
    return verified.payload == _plaintext(vector) and _structured(vector, unverified, aad, "ToBeSign_hex")


def _accepts(call: Callable[[], object]) -> bool:
    try:
        call()
    except DidkitError:
        return False
    return True


def _verifies_mac(vector: dict[str, Any]) -> bool:
    content = vector["input"]["mac0"]
    key = _member(content["recipients"][0]["key"], "k")
    unverified = cose.parse_mac0(bytes.fromhex(vector["output"]["cbor"]))
    aad = bytes.fromhex(content.get("external", ""))
    verified = cose.verify_mac0(unverified, key, typ=None, algorithms=_MACS, external_aad=aad)
    return verified.payload == _plaintext(vector) and _structured(vector, unverified, aad, "ToMac_hex")


def _plaintext(vector: dict[str, Any]) -> bytes:
    asked = vector["input"]
    return bytes.fromhex(asked["plaintext_hex"]) if "plaintext_hex" in asked else str(asked["plaintext"]).encode()


def _structured(vector: dict[str, Any], unverified: cose.UnverifiedCose, aad: bytes, name: str) -> bool:
    """What is signed is what the working group wrote down, byte for byte."""
    if unverified.unverified_payload is None:
        raise ParseError("cose_malformed")
    prepared = cose.prepare(
        unverified.unverified_header, unverified.unverified_payload, context=unverified.context, external_aad=aad
    )
    return prepared.to_be_signed == bytes.fromhex(vector["intermediates"][name])
