"""Folder "di-quantum-safe": ML-DSA in JOSE and COSE (RFC 9964) and as Data Integrity proofs, through the public API."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from didkit_fr.did import key as did_key
from didkit_fr.did.url import parse_did
from didkit_fr.encoding import base64url, cbor, multibase
from didkit_fr.errors import DidkitError
from didkit_fr.keys import cose_key, jwk, multikey, software
from didkit_fr.keys.algorithms import named
from didkit_fr.keys.public import from_octets, verify_signature
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.data_integrity.cryptosuite import JCS, RDFC, configuration
from didkit_fr.proofs.jose import jws
from tests.processor import reading
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

OTHER = "SLH-DSA, Falcon or SQIsign: of the algorithms against quantum computers, ML-DSA is supported"
INPUT = "an input of other cases, or a step of SHA-384 and SHA-512 suites that are not here"

NAMES = ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
TRANSFORMATIONS = {"mldsa44-jcs-2024": JCS, "mldsa44-rdfc-2024": RDFC}
OTHERS = ("falcon", "slhdsa", "sqisign", "KeysFALCON", "KeysSLHDSA", "KeysSQIsign", "FALCON", "SQIsign")


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, or why it is left out."""
    home = vectors("di-quantum-safe")
    checks: dict[str, Callable[[], bool]] = {}
    for name in NAMES:
        checks |= {f"rfc9964: {name}: {step}": check for step, check in _jose(home / "rfc9964", name)}
        checks |= {f"rfc9964: {name}: {step}": check for step, check in _cose(home / "rfc9964", name)}
    for suite in TRANSFORMATIONS:
        checks |= {f"{suite}: {step}": check for step, check in _proof(home, suite)}
    checks |= {f"KeysMLDSA: {step}": check for step, check in _multikey(home)}
    return [*((name, _holds(check), None) for name, check in checks.items()), *_left_out(home)]


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except DidkitError:
        return False


def _json(path: Path) -> Any:
    return json.loads(path.read_text())


def _signer(vector: dict[str, Any], name: str) -> SoftwareSigner:
    return software.from_secret(bytes.fromhex(vector["priv"]), name)


def _jose(folder: Path, name: str) -> Iterator[tuple[str, Callable[[], bool]]]:
    vector = _json(folder / f"{name.replace('-', '_')}.jose.json")
    public = {member: value for member, value in vector["jwk"].items() if member != "priv"}
    signer, raw = _signer(vector, name), bytes.fromhex(vector["raw_public_key"])

    def token() -> bool:
        parsed = jws.parse(vector["jws"])
        # The token has no type and no JSON payload: both are put in, after parsing and outside the signature.
        typed = parsed._replace(unverified_header={**parsed.unverified_header, "typ": "test"}, unverified_payload=b"{}")
        jws.verify(typed, signer.public_key, typ="test", algorithms={name})
        return parsed.signing_input.hex() == vector["raw_to_be_signed"]

    yield "seed", lambda: signer.public_key == from_octets(named(name), raw)
    yield "JWK read", lambda: jwk.parse(public) == signer.public_key
    yield "JWK written", lambda: {**jwk.build(signer.public_key), "kid": public["kid"]} == public
    yield "seed in the JWK", lambda: base64url.decode(vector["jwk"]["priv"]) == signer.secret()
    yield "thumbprint", lambda: jwk.thumbprint(signer.public_key) == public["kid"]
    yield "JWS", token


def _cose(folder: Path, name: str) -> Iterator[tuple[str, Callable[[], bool]]]:
    vector = _json(folder / f"{name.replace('-', '_')}.cose.json")
    stated, signer = cbor.decode(bytes.fromhex(vector["key"])), _signer(vector, name)
    public = {label: value for label, value in stated.items() if label != -2}
    message = cose.parse_sign1(bytes.fromhex(vector["sign1"]), tagged=True)
    to_be_signed = cose.to_be_signed("Signature1", message.protected, b"", message.unverified_payload or b"")

    def verified() -> bool:
        cose.verify_sign1(message, signer.public_key, typ=None, algorithms={name})
        return to_be_signed.hex() == vector["raw_to_be_signed"]

    def signature() -> bool:
        verify_signature(signer.public_key, bytes.fromhex(vector["raw_signature"]), to_be_signed)
        return message.signature.hex() == vector["raw_signature"]

    yield "COSE_Key read", lambda: cose_key.parse(public) == signer.public_key
    yield "COSE_Key written", lambda: {**cose_key.build(signer.public_key), 2: public[2]} == public
    yield "COSE_Sign1", verified
    yield "COSE signature", signature


def _proof(home: Path, suite: str) -> Iterator[tuple[str, Callable[[], bool]]]:
    signed = _json(home / suite / f"signed-{suite}.json")
    transformation, kind = TRANSFORMATIONS[suite], suite.split("-")[1]
    document = {name: value for name, value in signed.items() if name != "proof"}
    options = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
    config = configuration(document, options)
    texts = [transformation.canonical(part, "sha256", reading()) for part in (config, document)]
    printed = _json(home / "commonAlgs/hashing-combined.json")[suite]
    method = options["verificationMethod"]
    key = multikey.parse(method.removeprefix("did:key:"))

    def verified() -> bool:
        checks: dict[str, Any] = {"purpose": "assertionMethod", "now": 1_790_000_000, "leeway": 0}
        checks |= {"domain": None, "challenge": None, "cryptosuites": {suite}}
        result = proof.verify(proof.parse(signed), {method: key}, **checks)
        return bool(result.document == document)

    yield "document", lambda: document == _json(home / "inputs/employmentAuth.json")
    yield "transformed", lambda: texts[1] == (home / f"commonAlgs/transform-{kind}-sha256.txt").read_bytes()
    yield "proof configuration", lambda: texts[0] == (home / f"commonAlgs/proofConfig-{suite}.txt").read_bytes()
    yield "hash data", lambda: b"".join(hashlib.sha256(one).digest() for one in texts).hex() == printed
    yield "verified", verified
    yield "did:key", lambda: did_key.build(key) == method and bool(did_key.expand(parse_did(method)))


def _multikey(home: Path) -> Iterator[tuple[str, Callable[[], bool]]]:
    stated = _json(home / "inputs/KeysMLDSA.json")["mldsa44"]
    key = from_octets(named("ML-DSA-44"), bytes.fromhex(stated["publicKeyHex"]))
    yield "read", lambda: multikey.parse(stated["publicKeyMultibase"]) == key
    yield "written", lambda: multikey.build(key) == stated["publicKeyMultibase"]
    yield "base", lambda: multibase.decode(stated["publicKeyMultibase"])[:2] == b"\x90\x24"


def _left_out(home: Path) -> Iterator[Case]:
    """The files that no case above reads."""
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        name = path.relative_to(home).as_posix()
        if any(one in name for one in OTHERS):
            yield name, False, OTHER
        elif name.startswith(("commonAlgs/transform-rdfc-sha384", "commonAlgs/transform-rdfc-sha512", "inputs/proof")):
            yield name, False, INPUT
