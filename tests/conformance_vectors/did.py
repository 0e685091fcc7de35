"""Folder "did": did:key, did:jwk, did:web and Controlled Identifiers through the public API, and multiformats.

The old suites of did:key (2018, 2020) are compared by key, as their documents are not made any more; the documents of
the present specifications are compared whole.
"""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from didkit_fr.did.document import DidDocument, parse_document
from didkit_fr.did.key import build
from didkit_fr.did.resolve import resolution, resolve
from didkit_fr.encoding import base64url, multibase, multicodec
from didkit_fr.errors import DidkitError
from didkit_fr.flow import Response, offline
from didkit_fr.flow import run as drive
from didkit_fr.keys import bbs, jwk
from didkit_fr.keys.algorithms import named
from didkit_fr.keys.public import from_octets
from tests.vectors import vectors

Case = tuple[str, bool, str | None]
Check = tuple[str, Callable[[], bool] | str]
"""A case's name, and either what runs it or why it is left out."""

CURVE = "another curve or key type: P-256, P-384, P-521 and Ed25519 are supported"
WEBVH = "did:webvh: not a method of this library yet"
PEER = "did:peer: not a method of this library yet"
FIXTURE = "not a DID document"
SECRET = "a secret key"
NOT_USED = "a format or base that is not used here"

NO_POINT = "an error of the standard: x is the encoding of a text, not of a coordinate, and no point of the curve"
NO_CONTROLLER = "a verification method without the controller that DID 1.0 section 5.2 requires"
REPEATED = "two verification methods of one id, which is refused: nobody could say which one is meant"

LEFT_OUT = {
    "cid-rec-examples.json/18/B.2 JsonWebKey Examples": NO_POINT,
    "cid-rec-examples.json/19/B.2 JsonWebKey Examples": NO_POINT,
    "credo-did-documents/didExample123.json": REPEATED,
    "credo-did-documents/didPeer1zQmR-did-comm-service.json": NO_CONTROLLER,
    "credo-did-documents/didPeer1zQmR.json": NO_CONTROLLER,
}

NOW = 1_700_000_000
SIGNING = "assertionMethod"


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("did")
    checks: list[Check] = [
        *_did_key_suites(home / "did-key"),
        *_did_key(home),
        *_did_jwk(home),
        *_did_web(home),
        *_controlled(home),
        *_multiformats(home / "multiformats"),
        *_fixtures(home / "credo-did-documents"),
        *_others(home),
    ]
    return [_case(name, LEFT_OUT.get(name, what)) for name, what in checks]


def _case(name: str, what: Callable[[], bool] | str) -> Case:
    return (name, False, what) if isinstance(what, str) else (name, _passes(what), None)


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except DidkitError:
        return False


def _load(path: Path) -> Any:
    return json.loads(path.read_text())


def _document(did: str) -> DidDocument:
    return drive(resolve(did, now=0), offline)


def _key(document: DidDocument, purpose: str = SIGNING) -> Any:
    (url,) = document.relationships[purpose]
    return document.public_key(url, purpose, now=NOW)


# --- did:key


def _did_key_suites(folder: Path) -> Iterator[Check]:
    for path in sorted(folder.glob("*.json")):
        for did, vector in _load(path).items():
            name = f"did-key/{path.name}/{did[:40]}"
            if did.startswith("did:key:zUC7"):
                yield name, lambda did=did, vector=vector: _same_bbs_key(did, vector)
            elif path.stem in {"rsa", "secp256k1"}:
                yield name, lambda did=did, vector=vector: _shows_key(did, vector["didDocument"])
            elif path.stem == "bls12381" or not did.startswith("did:"):
                yield from _agreeing(path, vector) if path.stem == "x25519" else [(name, CURVE)]
            else:
                yield name, lambda did=did, vector=vector: _same_key(did, vector)


def _agreeing(path: Path, documents: dict[str, Any]) -> Iterator[Check]:
    for did, document in documents.items():
        yield f"did-key/{path.name}/{did[:40]}", lambda did=did, document=document: _agrees(did, document)


def _agrees(did: str, expected: dict[str, Any]) -> bool:
    document = _document(did)
    (url,) = document.relationships["keyAgreement"]
    stated = document.methods[url].stated["publicKeyMultibase"]
    raw = multicodec.decode(multibase.decode(stated))
    (method,) = expected["verificationMethod"]
    encoded = method.get("publicKeyBase58")
    data = multibase.decode("z" + encoded) if encoded else base64url.decode(method["publicKeyJwk"]["x"])
    return url == method["id"] and raw == ("x25519-pub", data)


def _same_key(did: str, vector: dict[str, Any]) -> bool:
    expected = vector["didDocument"]
    document = _document(did)
    method = next(one for one in expected["verificationMethod"] if one["id"] in expected[SIGNING])
    same = document.public_key(method["id"], SIGNING, now=NOW) == _stated_key(method)
    stated = [one if isinstance(one, str) else one["id"] for one in expected.get("keyAgreement", [])]
    agreeing = [url for url in stated if url != method["id"]]
    return same and (not agreeing or document.relationships["keyAgreement"] == frozenset(agreeing))


def _shows_key(did: str, expected: dict[str, Any]) -> bool:
    """A key that nothing here verifies with: the same in the document, and refused where it is to be used."""
    (method,), document = expected["verificationMethod"], _document(did)
    (shown,) = document.methods.values()
    _, data = multicodec.decode(multibase.decode(shown.stated["publicKeyMultibase"], max_chars=1_024))
    try:
        shown.public_key(now=NOW)
    except DidkitError:
        return shown.id == method["id"] and data == _foreign(method)
    return False


def _foreign(method: dict[str, Any]) -> bytes:
    stated = method.get("publicKeyJwk")
    if stated is None:
        return multibase.decode("z" + method["publicKeyBase58"])
    numbers = [int.from_bytes(base64url.decode(stated[name])) for name in ("e", "n")] if stated["kty"] == "RSA" else []
    if numbers:
        return rsa.RSAPublicNumbers(*numbers).public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    x, y = (base64url.decode(stated[name]) for name in ("x", "y"))
    return bytes([2 + (y[-1] & 1)]) + x


def _same_bbs_key(did: str, vector: dict[str, Any]) -> bool:
    """Of the pair's secret half too, except of those that stand without one."""
    pair, document = vector["verificationKeyPair"], _document(did)
    (url,) = document.relationships[SIGNING]
    key = document.bbs_public_key(url, SIGNING, now=NOW)
    secret = multibase.decode("z" + pair["privateKeyBase58"])
    return (
        key.octets == multibase.decode("z" + pair["publicKeyBase58"]) == bbs.from_secret(secret).public_key.octets
        and build(key) == did
    )


def _stated_key(method: dict[str, Any]) -> Any:
    if "publicKeyJwk" in method:
        return jwk.parse(method["publicKeyJwk"])
    raw = multibase.decode("z" + method["publicKeyBase58"])
    if method["type"] == "P256Key2021":
        return _key(_document("did:key:" + multibase.encode(multicodec.encode("p256-pub", raw))))
    return from_octets(named("Ed25519"), raw)


def _did_key(home: Path) -> Iterator[Check]:
    examples = _load(home / "did-key-spec-examples.json")
    for did in examples["dids"]:
        name = f"did-key-spec-examples.json/{did}"[:70]
        yield name, lambda did=did: did in {one.controller for one in _document(did).methods.values()}
    for at, example in enumerate(examples["documents"]):
        expected = example["document"]
        yield (
            f"did-key-spec-examples.json/document/{at}",
            lambda expected=expected: _document(expected["id"]).stated == expected,
        )


# --- did:jwk, did:web


def _did_jwk(home: Path) -> Iterator[Check]:
    for case in _load(home / "did-jwk.json")["cases"]:
        # The specification's own typing error: a "$" in one reference.
        expected = json.loads(json.dumps(case["document"]).replace("did:jwk:$", "did:jwk:"))
        yield (
            f"did-jwk.json/{case['name']}",
            lambda did=case["did"], expected=expected: _document(did).stated == expected,
        )


def _did_web(home: Path) -> Iterator[Check]:
    for at, example in enumerate(_load(home / "did-web-examples.json")["examples"]):
        document = example["json"]

        def served(batch: Any, body: bytes = json.dumps(document).encode()) -> list[Response]:
            return [Response(200, body) for _ in batch]

        def check(document: dict[str, Any] = document, served: Any = served) -> bool:
            result = drive(resolution(document["id"], now=0), served)
            return result.to_json()["didDocument"] == document and result.error is None

        yield f"did-web-examples.json/{at}", check


# --- Controlled Identifiers 1.0


def _controlled(home: Path) -> Iterator[Check]:
    for at, example in enumerate(_load(home / "cid-rec-examples.json")["examples"]):
        name = f"cid-rec-examples.json/{at}/{example['section']}"
        value = example["json"]
        if "secretKeyJwk" in value or "secretKeyMultibase" in value:
            yield name, SECRET
        elif "type" in value:
            yield name, _left_out_method(value) or (lambda value=value: _standalone(value))
        else:
            yield name, lambda value=value: _whole(value)


def _left_out_method(value: dict[str, Any]) -> str:
    """By what the example says of itself, so that a refusal of ours is never taken for a reason."""
    multi, stated = value.get("publicKeyMultibase", ""), value.get("publicKeyJwk", {})
    known = multi.startswith(("z6Mk", "zDna", "z82", "zUC7")) or stated.get("crv") in {
        "P-256",
        "P-384",
        "P-521",
        "Ed25519",
    }
    return "" if known else CURVE


def _standalone(method: dict[str, Any]) -> bool:
    base = method["controller"]
    document = parse_document({"id": base, "verificationMethod": [method], SIGNING: [method["id"]]}, id=base)
    if method.get("publicKeyMultibase", "").startswith("zUC7"):
        return document.bbs_public_key(method["id"], SIGNING, now=NOW) is not None
    return document.public_key(method["id"], SIGNING, now=NOW) is not None


def _whole(value: dict[str, Any]) -> bool:
    """Reads the document, and finds every key that it has for a purpose and controls."""
    document = parse_document(value, id=value["id"])
    for purpose, urls in document.relationships.items():
        for url in urls & document.methods.keys():
            if document.public_key(url, purpose, now=NOW) is None:
                return False
    return all(method.public_key(now=NOW) is not None for method in document.methods.values())


# --- multiformats, and the rest


def _multiformats(folder: Path) -> Iterator[Check]:
    for name in ("basic", "leading_zero", "two_leading_zeros"):
        head, *rows = (folder / f"multibase/tests/{name}.csv").read_text().splitlines()
        data = head.partition(", ")[2].strip('"').encode().decode("unicode_escape").encode("latin-1")
        for row in rows:
            base, text = (part.strip('" ') for part in row.split(",", 1))
            case = f"multiformats/multibase/{name}/{base}"
            if base in {"base58btc", "base64url"}:
                yield (
                    case,
                    lambda text=text, data=data: (
                        multibase.encode(data, text[0]) == text and (multibase.decode(text) == data)
                    ),
                )
            else:
                yield case, NOT_USED
    yield "multiformats/multibase/case_insensitivity", NOT_USED
    official = {
        row["name"].strip(): int(row["code"].strip(), 16)
        for row in csv.DictReader((folder / "multicodec-table.csv").read_text().splitlines(), skipinitialspace=True)
    }
    for name, code in multicodec.CODES.items():
        yield f"multiformats/multicodec/{name}", lambda name=name, code=code: official[name] == code
    yield "multiformats/multihash", NOT_USED


def _fixtures(folder: Path) -> Iterator[Check]:
    """Documents of another implementation: those of did:key are resolved and compared by key, the others read."""
    for path in sorted(folder.glob("*.json")):
        name = f"credo-did-documents/{path.name}"
        document = _load(path)
        if not isinstance(document, dict) or not isinstance(document.get("id"), str):
            yield name, FIXTURE
        elif document["id"].startswith(("did:key:z6Mk", "did:key:zDna", "did:key:z82", "did:key:z2J9")):
            yield name, lambda document=document: _same_key(document["id"], {"didDocument": document})
        else:
            valid = "Invalid" not in path.name
            yield name, lambda document=document, valid=valid: _readable(document) == valid


def _readable(document: dict[str, Any]) -> bool:
    try:
        return parse_document(document, id=document["id"]).id == document["id"]
    except DidkitError:
        return False


def _others(home: Path) -> Iterator[Check]:
    for folder in ("webvh-implementations", "webvh-resolver-suite", "webvh-schema", "webvh-test-suite"):
        for path in sorted((home / folder).iterdir()):
            yield f"{folder}/{path.name}", WEBVH
    for folder in ("peer-level1", "did-peer-4-inputs"):
        for path in sorted(path for path in (home / folder).rglob("*") if path.is_file()):
            yield path.relative_to(home).as_posix(), PEER
    yield "did-peer-0-2.json", PEER
