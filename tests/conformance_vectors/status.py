"""Folder "status": Token Status Lists and Bitstring Status Lists through the public API."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from didkit_fr.credentials.model import ISSUED, check_credential
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding import base64url, cbor
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.errors import DidkitError
from didkit_fr.formats.w3c import vc_jose
from didkit_fr.keys import jwk, multikey, software
from didkit_fr.keys.public import PublicKey
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.status import bitstring, token, token_cwt
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

NOW = 1_800_000_000
URI = "https://example.com/statuslists/1"
OTHER = "another mechanism: the predecessors of Bitstring Status List"
NO_VECTOR = "no status list and no reference to one"

PLACE, PLACED = "<STATUS-CREDENTIAL-PATH-PLACEHOLDER>", "https://status.example/1"
TERMS = Terms(KNOWN, inline=False)

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
    blocks = [example["json"] for example in document["examples"]]
    for at, (example, value) in enumerate(zip(document["examples"], blocks, strict=True)):
        name = f"bitstring/{at:02}/{example['section']}"
        # The header of a token is printed before its payload.
        yield name, _passes(_headed, value, blocks[at + 1]) if "alg" in value else _passes(_printed, value), None


def _headed(header: dict[str, Any], payload: dict[str, Any]) -> bool:
    raw = jws.sign(payload, _SIGNER, typ="vc+jwt", header=header)
    rules: Any = {"kind": "vc", "algorithms": {header["alg"]}, "terms": TERMS}
    verified = vc_jose.verify(vc_jose.parse(raw), _SIGNER.public_key, **rules)
    return _printed(verified.document)


def _printed(value: dict[str, Any]) -> bool:
    """A list, of which no entry is set, or a credential with entries; its proof is verified, if it has one."""
    if "proof" in value:
        method = value["proof"]["verificationMethod"]
        proof.verify(
            proof.parse(value),
            {method: multikey.parse(method.removeprefix("did:key:"))},
            purpose="assertionMethod",
            now=NOW,
            leeway=0,
            cryptosuites={"ecdsa-rdfc-2019", "eddsa-rdfc-2022"},
            domain=None,
            challenge=None,
        )
    check_credential(value, versions=ISSUED)
    if "credentialStatus" in value:
        entries = bitstring.read_entries(value["credentialStatus"])
        return {entry.index for entry in entries} <= {94_567, 23_452} and bool(entries)
    listed = bitstring.read_list(value, url=value["id"], purpose="revocation", now=NOW)
    return len(listed.data) == bitstring.MIN_ENTRIES // 8 and not any(listed.data) and listed.lookup(94_567) == 0


def _walt_bitstring(case: dict[str, Any]) -> bool:
    """Lists that are unsigned here, in a claim `vc`: whether one of them is set says whether the credential holds."""
    stated = case["status-credential"]
    raw = {one["id"]: one["content"] for one in stated} if isinstance(stated, list) else {PLACE: stated}
    text = json.dumps(case["holder-credential"]["credentialStatus"]).replace(PLACE, PLACED)
    entries = bitstring.read_entries(json.loads(text))
    due = case["attribute"] if isinstance(case["attribute"], list) else [case["attribute"]]
    holds = []
    for entry, expected in zip(entries, due, strict=True):
        document = jws.parse(raw[entry.url.replace(PLACED, PLACE)]).unverified_claims()["vc"]
        try:
            listed = bitstring.read_list(document, url=document["id"], purpose=expected["purpose"], now=NOW)
        except DidkitError as refusal:
            return "exception" in case and refusal.code == "status_list_malformed"
        holds.append(listed.lookup(entry.index, entry.size) == expected["value"])
    return "exception" not in case and all(holds) is case["valid"]


def _waltid(home: Path) -> Iterator[Case]:
    for path in sorted((home / "waltid").rglob("*.json")):
        name = str(path.relative_to(home))
        if path.parent.name == "tokenstatuslist":
            passes = _passes(_waltid_holds, json.loads(path.read_text()))
            yield f"{name} (claims; its EdDSA signature is not ours to check)", passes, None
        elif path.parent.name != "bitstringstatuslist":
            yield name, False, OTHER
        else:
            yield name, _passes(_walt_bitstring, json.loads(path.read_text())), None


def _passes(case: Callable[..., bool], *arguments: object) -> bool:
    try:
        return case(*arguments)
    except DidkitError:
        return False


def _read(claims: dict[str, Any], now: int = NOW) -> token.StatusList:
    """Signs claims anew, because the vectors' tokens are unsigned or signed with an algorithm we do not accept."""
    raw = jws.sign(claims, _SIGNER, typ=token.TYP)
    verified = jws.verify(token.parse_list(raw), _SIGNER.public_key, typ=token.TYP, algorithms={"ES256"})
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
    verified = jws.verify(unverified, key, typ=token.TYP, algorithms={"ES256"})
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
    claims = jws.parse(case["status-credential"]).unverified_claims()
    if "exception" in case:
        try:
            _read(claims)
        except DidkitError as refusal:
            return refusal.code in {"base64url_invalid", "status_list_malformed"}
        return False
    return (_read(claims).lookup(index) == case["attribute"]["value"]) is case["valid"]
