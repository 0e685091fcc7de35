"""Folder "status": Token Status List vectors through the public API; other mechanisms and encodings are left out."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from didkit_fr.encoding import base64url, cbor
from didkit_fr.errors import DidkitError
from didkit_fr.keys import jwk, software
from didkit_fr.keys.public import PublicKey
from didkit_fr.proofs import cose, jose, sd_jwt
from didkit_fr.status import token, token_cwt
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

NOW = 1_800_000_000
URI = "https://example.com/statuslists/1"
OTHER = "another mechanism: unsigned examples of Bitstring Status List, and its predecessors"
NO_VECTOR = "no status list and no reference to one"

_SIGNER = software.generate()


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("status")
    return [*_vectors(home), *_examples(home), *_bitstring(home), *_waltid(home)]


def _vectors(home: Path) -> Iterator[Case]:
    document = json.loads((home / "token-status-list-vectors.json").read_text())
    for vector in document["vectors"]:
        yield f"vectors/{vector['name']}/json", _passes(_holds, vector), None
        yield f"vectors/{vector['name']}/cbor", _passes(_cbor_holds, bytes.fromhex(vector["cbor_hex"]), vector), None
    tokens = document["tokens"]
    yield "vectors/tokens/status_list_jwt", _passes(_token_holds, tokens, document["vectors"][0]), None
    list_cwt, referenced = (bytes.fromhex(tokens[f"{name}_cwt_hex"]) for name in ("status_list", "referenced_token"))
    key = _key_of(tokens)
    yield "vectors/tokens/status_list_cwt", _passes(_cwt_holds, list_cwt, document["vectors"][0], key), None
    yield "vectors/tokens/referenced_token_cwt", _passes(_cwt_refers, referenced, key), None


def _examples(home: Path) -> Iterator[Case]:
    known = json.loads((home / "token-status-list-vectors.json").read_text())["vectors"]
    by_list = {vector["json"]["lst"]: vector for vector in known}
    document = json.loads((home / "token-status-list-spec-examples.json").read_text())
    for at, example in enumerate(document["examples"]):
        name, value = f"spec/{at:02}/{example['section']}", example.get("json")
        if example["kind"] == "hex":
            yield name, _passes(_hexadecimal_holds, bytes.fromhex(example["hex"]), known), None
        elif example["kind"] == "sd-jwt":
            yield name, _passes(_refers, sd_jwt.parse(example["compact"]).jws.unverified_claims()), None
        elif value is not None and "lst" in value:
            vector = {**by_list[value["lst"]], "json": value}
            yield name, _passes(_holds, vector), None
        elif value is not None and "status" in value:
            yield name, _passes(_refers, value), None
        else:
            yield name, False, NO_VECTOR


def _bitstring(home: Path) -> Iterator[Case]:
    document = json.loads((home / "bitstring-status-list-examples.json").read_text())
    for at, example in enumerate(document["examples"]):
        yield f"bitstring/{at:02}/{example['section']}", False, OTHER


def _waltid(home: Path) -> Iterator[Case]:
    for path in sorted((home / "waltid").rglob("*.json")):
        name = str(path.relative_to(home))
        if path.parent.name == "tokenstatuslist":
            passes = _passes(_waltid_holds, json.loads(path.read_text()))
            yield f"{name} (claims; its EdDSA signature is not ours to check)", passes, None
        else:
            yield name, False, OTHER


def _passes(case: Callable[..., bool], *arguments: object) -> bool:
    try:
        return case(*arguments)
    except DidkitError:
        return False


def _read(claims: dict[str, Any], now: int = NOW) -> token.StatusList:
    """Signs claims anew, because the vectors' tokens are unsigned or signed with an algorithm we do not accept."""
    raw = jose.sign(claims, _SIGNER, typ=token.TYP)
    verified = jose.verify(token.parse_list(raw), _SIGNER.public_key, typ=token.TYP, algorithms={"ES256"})
    return token.read_list(verified, uri=claims["sub"], now=now)


def _holds(vector: dict[str, Any]) -> bool:
    listed = _read({"sub": URI, "iat": NOW, "status_list": vector["json"]})
    expected = {int(index): value for index, value in vector["nonzero_or_listed"].items()}
    nonzero = {index: value for index, value in expected.items() if value}
    per_byte = 8 // listed.bits
    near = [at * per_byte + i for at, byte in enumerate(listed.data) if byte for i in range(per_byte)]
    found = {index: value for index in near if (value := listed.lookup(index))}
    looked_up = all(listed.lookup(index) == value for index, value in expected.items())
    return (
        looked_up and found == nonzero and listed.bits == vector["bits"] and len(listed.data) * 8 >= vector["entries"]
    )


def _token_holds(tokens: dict[str, Any], vector: dict[str, Any]) -> bool:
    key = _key_of(tokens)
    if software.from_secret(base64url.decode(tokens["key"]["d"])).public_key != key:
        return False
    unverified = token.parse_list(tokens["status_list_jwt"])
    verified = jose.verify(unverified, key, typ=token.TYP, algorithms={"ES256"})
    listed = token.read_list(verified, uri=verified.claims["sub"], now=NOW)
    return all(listed.lookup(int(index)) == value for index, value in vector["nonzero_or_listed"].items())


def _key_of(tokens: dict[str, Any]) -> PublicKey:
    return jwk.parse({name: value for name, value in tokens["key"].items() if name != "d"})


def _hexadecimal_holds(raw: bytes, known: list[dict[str, Any]]) -> bool:
    """A signed list, a token that refers to one, or a list alone."""
    value = cbor.decode(raw)
    if isinstance(value, dict):
        by_list = {vector["cbor_hex"]: vector for vector in known}
        return _cbor_holds(raw, by_list[raw.hex()])
    claims = cbor.decode(value.value[2])
    if 65535 in claims:
        return token.parse_reference(claims[65535]) == token.StatusReference(URI, 0)
    return _read_cbor(claims[65533]).bits == 1 and token_cwt.parse_list(raw).signature == value.value[3]


def _read_cbor(listed: Any) -> token.StatusList:
    """Signs a list anew, because those of the appendix are unsigned."""
    raw = cose.sign1(cbor.encode({2: URI, 6: NOW, 65533: listed}), _SIGNER, typ=token_cwt.MEDIA_TYPE)
    parsed = token_cwt.parse_list(raw)
    verified = cose.verify_sign1(parsed, _SIGNER.public_key, typ=token_cwt.TYP, algorithms={"ES256"})
    return token_cwt.read_list(verified, uri=URI, now=NOW)


def _cbor_holds(raw: bytes, vector: dict[str, Any]) -> bool:
    listed = _read_cbor(cbor.decode(raw))
    expected = {int(index): value for index, value in vector["nonzero_or_listed"].items()}
    looked_up = all(listed.lookup(index) == value for index, value in expected.items())
    return looked_up and listed.bits == vector["bits"] and len(listed.data) * 8 >= vector["entries"]


def _cwt_holds(raw: bytes, vector: dict[str, Any], key: PublicKey) -> bool:
    verified = cose.verify_sign1(token_cwt.parse_list(raw), key, typ=token_cwt.TYP, algorithms={"ES256"})
    listed = token_cwt.read_list(verified, uri=cbor.decode(verified.payload)[2], now=NOW)
    return all(listed.lookup(int(index)) == value for index, value in vector["nonzero_or_listed"].items())


def _cwt_refers(raw: bytes, key: PublicKey) -> bool:
    verified = cose.verify_sign1(cose.parse_sign1(raw, tagged=True), key, typ=None, algorithms={"ES256"})
    return token.parse_reference(cbor.decode(verified.payload)[65535]) == token.StatusReference(URI, 0)


def _refers(claims: dict[str, Any]) -> bool:
    return token.parse_reference(claims["status"]) == token.StatusReference(URI, 0)


def _waltid_holds(case: dict[str, Any]) -> bool:
    index = case["holder-credential"]["status"]["status_list"]["idx"]
    claims = jose.parse(case["status-credential"]).unverified_claims()
    if "exception" in case:
        try:
            _read(claims)
        except DidkitError as refusal:
            return refusal.code in {"base64url_invalid", "status_list_malformed"}
        return False
    return (_read(claims).lookup(index) == case["attribute"]["value"]) is case["valid"]
