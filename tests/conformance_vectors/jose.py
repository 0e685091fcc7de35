"""Folder "jose": signatures of every curve, JWS, public JWK and sets of them, thumbprints, through the public API."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, VerificationError
from didkit_fr.keys import jwk, software
from didkit_fr.keys.algorithms import JOSE_NAMES, named
from didkit_fr.keys.public import PublicKey, from_octets, verify_signature
from didkit_fr.proofs.jose import jws
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

CURVE = "another curve or key type: P-256, P-384, P-521, Ed25519 and ML-DSA are supported"
CONTEXT = "a context string: ML-DSA is used with the empty one (RFC 9964)"
ALGORITHM = "RSA or HMAC: signatures of public keys on elliptic curves are supported"
ENCRYPTION = "JWE: read and written elsewhere, with another algorithm"
ES521 = "an error of the vector: its key says ES521, which is no algorithm (RFC 7518 has ES512, see cookbook 4.3)"
UNENCODED = "detached or unencoded payload: RFC 7797 is refused"
JSON_FORM = "JSON serialisation: only the compact one is supported"
NO_VECTOR = "prints unsigned or symbolic messages only"
UNTYPED = "has no explicit type: this project refuses such tokens (RFC 8725 section 3.11)"

LEFT_OUT = {
    "attestation-based-client-auth-examples.json": NO_VECTOR,
    "rfc7520-cookbook/6.nesting_signatures_and_encryption.json": ENCRYPTION,
    "rfc7520-cookbook/curve25519/ecdh-es.json": ENCRYPTION,
    "rfc7520-cookbook/jwk/3_3.rsa_public_key.json": CURVE,
    "rfc7520-cookbook/jwk/3_4.rsa_private_key.json": CURVE,
    "rfc7520-cookbook/jwk/3_5.symmetric_key_mac_computation.json": CURVE,
    "rfc7520-cookbook/jwk/3_6.symmetric_key_encryption.json": CURVE,
    "rfc7520-cookbook/jws/4_1.rsa_v15_signature.json": ALGORITHM,
    "rfc7520-cookbook/jws/4_2.rsa-pss_signature.json": ALGORITHM,
    "rfc7520-cookbook/jws/4_4.hmac-sha2_integrity_protection.json": ALGORITHM,
    "rfc7520-cookbook/jws/4_5.signature_with_detached_content.json": UNENCODED,
    "rfc7520-cookbook/jws/4_6.protecting_specific_header_fields.json": JSON_FORM,
    "rfc7520-cookbook/jws/4_7.protecting_content_only.json": JSON_FORM,
    "rfc7520-cookbook/jws/4_8.multiple_signatures.json": JSON_FORM,
    "rfc7520-cookbook/rfc7797/4.2.hmac-sha2_b64_false.json": UNENCODED,
    "rfc7520-cookbook/rfc7797/hmac-sha2_b64_false.json": UNENCODED,
    "wycheproof/ecdsa_secp256k1_sha256_p1363_test.json": CURVE,
}

Check = tuple[str, Callable[[], bool] | str]
"""A case's name, and either what runs it or why it is left out."""


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("jose")
    left_out = {**LEFT_OUT, **dict.fromkeys(_encrypted(home), ENCRYPTION)}
    checks: list[Check] = [
        *_signatures(home / "wycheproof"),
        *_ml_dsa(home / "wycheproof"),
        *_cookbook(home / "rfc7520-cookbook"),
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


SIGNATURES = {
    "ecdsa_secp256r1_sha256_p1363_test.json": ("P-256", "uncompressed"),
    "ecdsa_secp384r1_sha384_p1363_test.json": ("P-384", "uncompressed"),
    "ecdsa_secp521r1_sha512_p1363_test.json": ("P-521", "uncompressed"),
    "ed25519_test.json": ("Ed25519", "pk"),
}


def _signatures(folder: Path) -> Iterator[Check]:
    for name, (curve, member) in SIGNATURES.items():
        for group in json.loads((folder / name).read_text())["testGroups"]:
            point = bytes.fromhex(group["publicKey"][member])
            for test in group["tests"]:

                def check(test: dict[str, Any] = test, curve: str = curve, point: bytes = point) -> bool:
                    key, message = from_octets(named(curve), point), bytes.fromhex(test["msg"])
                    signature = bytes.fromhex(test["sig"])
                    return _accepts(lambda: verify_signature(key, signature, message)) == (test["result"] == "valid")

                yield f"wycheproof/{name}/{test['tcId']}", check


def _ml_dsa(folder: Path) -> Iterator[Check]:
    name = "mldsa_44_verify_test.json"
    for group in json.loads((folder / name).read_text())["testGroups"]:
        octets = bytes.fromhex(group["publicKey"])
        for test in group["tests"]:

            def check(test: dict[str, Any] = test, octets: bytes = octets) -> bool:
                signature, message = bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])
                holds = _accepts(lambda: verify_signature(from_octets(named("ML-DSA-44"), octets), signature, message))
                return holds == (test["result"] == "valid")

            yield f"wycheproof/{name}/{test['tcId']}", CONTEXT if test.get("ctx") else check


def _tokens(folder: Path) -> Iterator[Check]:
    for name in ("json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json"):
        for group in json.loads((folder / name).read_text())["testGroups"]:
            given = group.get("public", group["private"])
            for test in group["tests"]:
                case = f"wycheproof/{name}/{test['tcId']}"
                yield case, _left_out(given, test) or (lambda given=given, test=test: _token_holds(given, test))


def _left_out(given: dict[str, Any], test: dict[str, Any]) -> str:
    keys = given.get("keys", [given])
    if "jws" not in test:
        return ENCRYPTION
    if any(key.get("alg") == "ES521" and key["crv"] == "P-521" for key in keys):
        return ES521
    # A refusal that says nothing (no key is of a type that is known here) does not count as one.
    return "" if any(key.get("crv") in ("P-256", "P-384", "P-521") for key in keys) else ALGORITHM


def _token_holds(given: dict[str, Any], test: dict[str, Any]) -> bool:
    return _accepts(lambda: _verify_untyped(given, test["jws"])) == (test["result"] == "valid")


def _verify_untyped(given: dict[str, Any], compact: Any) -> None:
    """These tokens have no type and no JSON payload: both are put in, after parsing and outside the signature."""
    parsed = jws.parse(compact if isinstance(compact, str) else json.dumps(compact))
    typed = {**parsed.unverified_header, "typ": "test"}
    token = parsed._replace(unverified_header=typed, unverified_payload=b"{}")
    jws.verify(token, _chosen(given, typed), typ="test", algorithms=JOSE_NAMES)


def _chosen(given: dict[str, Any], header: dict[str, Any]) -> PublicKey:
    if "keys" not in given:
        return jwk.parse(given)
    key = jwk.parse_set(given).find(header.get("kid"), str(header.get("alg")))
    if key is None:
        raise VerificationError("issuer_key_unknown")
    return key


def _cookbook(folder: Path) -> Iterator[Check]:
    for name in ("jws/4_3.ecdsa_signature.json", "curve25519/jws.json"):
        yield f"rfc7520-cookbook/{name}", lambda name=name: _example_holds(json.loads((folder / name).read_text()))
    public, private = (
        json.loads((folder / f"jwk/3_{name}_key.json").read_text()) for name in ("1.ec_public", "2.ec_private")
    )
    yield (
        "rfc7520-cookbook/jwk/3_1.ec_public_key.json",
        lambda: jwk.build(jwk.parse(public)) == {name: public[name] for name in ("kty", "crv", "x", "y")},
    )
    yield "rfc7520-cookbook/jwk/3_2.ec_private_key.json", lambda: _private_holds(public, private)


def _private_holds(public: dict[str, Any], private: dict[str, Any]) -> bool:
    signer = software.from_secret(base64url.decode(private["d"]), private["crv"])
    return signer.public_key == jwk.parse(public) and not _accepts(lambda: jwk.parse(private))


def _example_holds(example: dict[str, Any]) -> bool:
    """The signature verifies; where the algorithm is deterministic, ours is the same."""
    given, compact = example["input"]["key"], example["output"]["compact"]
    signer = software.from_secret(base64url.decode(given["d"]), given["crv"])
    public = {name: value for name, value in given.items() if name != "d"}
    _verify_untyped(public, compact)
    signing_input = jws.prepare({"alg": example["input"]["alg"]}, example["input"]["payload"].encode())
    same = jws.attach(signing_input, signer.sign(signing_input)) == compact
    return signer.public_key == jwk.parse(public) and (same or not example.get("reproducible"))


def _thumbprints(home: Path) -> Iterator[Check]:
    for vector in json.loads((home / "jwk-thumbprint.json").read_text()):
        name = f"jwk-thumbprint.json/{vector['rfc']}"
        if vector["jwk"]["kty"] == "RSA":
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
    verified = jws.verify(jws.parse(proof["jwt"]), key, typ="dpop+jwt", algorithms=("ES256",))
    again = jwk.build(key)
    coordinates = base64url.decode(again["x"]) + base64url.decode(again["y"])
    return (
        verified.claims == proof["payload"]
        and jwk.thumbprint(key) == proof["jkt"]
        and from_octets(named("P-256"), b"\x04" + coordinates) == key
    )
