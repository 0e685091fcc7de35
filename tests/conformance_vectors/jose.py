"""Folder "jose": ES256 signatures, JWS, public JWK and thumbprints through the public API."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError
from didkit_fr.keys import jwk
from didkit_fr.keys.public import from_point, verify_signature
from didkit_fr.proofs import jose
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

CURVE = "another curve or key type: only P-256 is supported"
ALGORITHM = "another algorithm than ES256"
ENCRYPTION = "JWE: read and written elsewhere, with another algorithm"
KEY_SET = "several keys: this room takes one key, chosen by its caller"
UNENCODED = "detached or unencoded payload: RFC 7797 is refused"
JSON_FORM = "JSON serialisation: only the compact one is supported"
NO_VECTOR = "prints unsigned or symbolic messages only"
UNTYPED = "has no explicit type: this house refuses such tokens (RFC 8725 section 3.11)"

LEFT_OUT = {
    "attestation-based-client-auth-examples.json": NO_VECTOR,
    "rfc7520-cookbook/6.nesting_signatures_and_encryption.json": ENCRYPTION,
    "rfc7520-cookbook/curve25519/ecdh-es.json": ENCRYPTION,
    "rfc7520-cookbook/curve25519/jws.json": CURVE,
    "rfc7520-cookbook/jwk/3_1.ec_public_key.json": "P-521: only P-256 is supported",
    "rfc7520-cookbook/jwk/3_2.ec_private_key.json": "P-521: only P-256 is supported",
    "rfc7520-cookbook/jwk/3_3.rsa_public_key.json": CURVE,
    "rfc7520-cookbook/jwk/3_4.rsa_private_key.json": CURVE,
    "rfc7520-cookbook/jwk/3_5.symmetric_key_mac_computation.json": CURVE,
    "rfc7520-cookbook/jwk/3_6.symmetric_key_encryption.json": CURVE,
    "rfc7520-cookbook/jws/4_1.rsa_v15_signature.json": ALGORITHM,
    "rfc7520-cookbook/jws/4_2.rsa-pss_signature.json": ALGORITHM,
    "rfc7520-cookbook/jws/4_3.ecdsa_signature.json": "ES512 with P-521: only ES256 is supported",
    "rfc7520-cookbook/jws/4_4.hmac-sha2_integrity_protection.json": ALGORITHM,
    "rfc7520-cookbook/jws/4_5.signature_with_detached_content.json": UNENCODED,
    "rfc7520-cookbook/jws/4_6.protecting_specific_header_fields.json": JSON_FORM,
    "rfc7520-cookbook/jws/4_7.protecting_content_only.json": JSON_FORM,
    "rfc7520-cookbook/jws/4_8.multiple_signatures.json": JSON_FORM,
    "rfc7520-cookbook/rfc7797/4.2.hmac-sha2_b64_false.json": UNENCODED,
    "rfc7520-cookbook/rfc7797/hmac-sha2_b64_false.json": UNENCODED,
    "wycheproof/ecdsa_secp256k1_sha256_p1363_test.json": CURVE,
    "wycheproof/ecdsa_secp384r1_sha384_p1363_test.json": CURVE,
    "wycheproof/ecdsa_secp521r1_sha512_p1363_test.json": CURVE,
    "wycheproof/ed25519_test.json": CURVE,
    "wycheproof/mldsa_44_verify_test.json": CURVE,
}

Check = tuple[str, Callable[[], bool] | str]
"""A case's name, and either what runs it or why it is left out."""


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("jose")
    left_out = {**LEFT_OUT, **dict.fromkeys(_encrypted(home), ENCRYPTION)}
    checks: list[Check] = [
        *_ecdsa(home / "wycheproof"),
        *_tokens(home / "wycheproof"),
        *_thumbprints(home),
        *_proofs(home),
        *left_out.items(),
    ]
    return [(name, False, what) if isinstance(what, str) else (name, what(), None) for name, what in checks]


def _encrypted(home: Path) -> Iterator[str]:
    return (path.relative_to(home).as_posix() for path in sorted((home / "rfc7520-cookbook/jwe").glob("*.json")))


def _accepts(check: Callable[[], object]) -> bool:
    try:
        check()
    except DidkitError:
        return False
    return True


def _ecdsa(folder: Path) -> Iterator[Check]:
    name = "ecdsa_secp256r1_sha256_p1363_test.json"
    for group in json.loads((folder / name).read_text())["testGroups"]:
        key = from_point("P-256", bytes.fromhex(group["publicKey"]["uncompressed"]))
        for test in group["tests"]:

            def check(test: dict[str, Any] = test, key: Any = key) -> bool:
                signature, message = bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])
                return _accepts(lambda: verify_signature(key, signature, message)) == (test["result"] == "valid")

            yield f"wycheproof/{name}/{test['tcId']}", check


def _tokens(folder: Path) -> Iterator[Check]:
    for name in ("json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json"):
        for group in json.loads((folder / name).read_text())["testGroups"]:
            given = group.get("public", group["private"])
            keys = given.get("keys", [given])
            for test in group["tests"]:
                case = f"wycheproof/{name}/{test['tcId']}"
                yield case, _left_out(keys, test) or (lambda key=keys[0], test=test: _token_holds(key, test))


def _left_out(keys: list[dict[str, Any]], test: dict[str, Any]) -> str:
    if "jws" not in test:
        return ENCRYPTION
    if len(keys) != 1:
        return KEY_SET
    # A refusal that says nothing (the key's type is unknown here) does not count as one.
    return "" if keys[0].get("crv") == "P-256" else ALGORITHM


def _token_holds(key: dict[str, Any], test: dict[str, Any]) -> bool:
    return _accepts(lambda: _verify_untyped(key, test["jws"])) == (test["result"] == "valid")


def _verify_untyped(key: dict[str, Any], compact: Any) -> None:
    """These tokens have no type and no JSON payload: both are put in, after parsing and outside the signature."""
    parsed = jose.parse(compact if isinstance(compact, str) else json.dumps(compact))
    typed = {**parsed.unverified_header, "typ": "test"}
    jose.verify(
        replace(parsed, unverified_header=typed, unverified_payload=b"{}"),
        jwk.parse(key),
        typ="test",
        algorithms=("ES256",),
    )


def _thumbprints(home: Path) -> Iterator[Check]:
    for vector in json.loads((home / "jwk-thumbprint.json").read_text()):
        name = f"jwk-thumbprint.json/{vector['rfc']}"
        if vector["jwk"].get("crv") != "P-256":
            yield name, CURVE
        else:
            yield name, lambda vector=vector: jwk.thumbprint(jwk.parse(vector["jwk"])) == vector["expected"]


def _proofs(home: Path) -> Iterator[Check]:
    document = json.loads((home / "rfc9449-dpop-examples.json").read_text())
    for proof in document["proofs"]:
        name = f"rfc9449-dpop-examples.json/{proof['section']}"
        if "typ" not in proof["header"]:
            yield name, UNTYPED
        else:
            yield name, lambda proof=proof: _proof_holds(proof)


def _proof_holds(proof: dict[str, Any]) -> bool:
    key = jwk.parse(proof["header"]["jwk"])
    verified = jose.verify(jose.parse(proof["jwt"]), key, typ="dpop+jwt", algorithms=("ES256",))
    again = jwk.build(key)
    coordinates = base64url.decode(again["x"]) + base64url.decode(again["y"])
    return (
        verified.claims == proof["payload"]
        and jwk.thumbprint(key) == proof["jkt"]
        and from_point("P-256", b"\x04" + coordinates) == key
    )
