"""Originals with Data Integrity proofs: a presentation with a chain of them, a selective credential, whole and cut."""

import hashlib
from contextlib import contextmanager
from copy import deepcopy
from functools import cache

from didkit_fr.encoding import base64url, cbor, jcs, json, multibase
from didkit_fr.keys import software
from didkit_fr.keys.public import ED25519
from didkit_fr.proofs.data_integrity import ecdsa_sd, options, proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES, CRYPTOSUITES_OF_HOLDERS
from tests.nation import DAY, NOW
from tests.refusals.receiver import Original, Receiver

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/citizenship/v4rc1"]
CREDENTIAL = {
    "@context": CONTEXT,
    "type": ["VerifiableCredential", "EmploymentAuthorizationDocumentCredential"],
    "issuer": "https://issuer.example",
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2036-01-01T00:00:00Z",
    "credentialSubject": {
        "type": ["Person", "EmployablePerson"],
        "givenName": "Éloïse",
        "familyName": "Lefèvre",
        "birthCountry": "France",
        "employmentAuthorizationDocument": {"type": "EmploymentAuthorizationDocument", "identifier": "X4RTBPFW4"},
    },
}
MANDATORY = ["/issuer", "/validFrom", "/validUntil"]
REVEALED = ["/credentialSubject/birthCountry", "/credentialSubject/employmentAuthorizationDocument/identifier"]
METHOD = "https://issuer.example/keys#{}"
ORDER = 2**252 + 27742317777372353535851937790883648493


@cache
def key(name):
    return software.from_secret(bytes([1 + len(name)]) * 32, ED25519 if name.startswith("ed") else "P-256")


def keys():
    return {METHOD.format(name): key(name).public_key for name in ("ed", "ed two", "p256")}


def counted(length):
    """The same keys each time."""
    return bytes(range(1, length + 1))


def checks(around):
    return {
        "purpose": around["purpose"],
        "now": NOW + around["clock"],
        "leeway": 60,
        "domain": around["domain"],
        "challenge": around["challenge"],
        "cryptosuites": around["cryptosuites"],
    }


# --- a presentation that its holder signs, and somebody after it


def _stated(name, **more):
    stated = options.build_options(
        cryptosuite="eddsa-jcs-2022",
        verification_method=METHOD.format(name),
        purpose="authentication",
        created=NOW,
        expires=NOW + DAY,
        domain="shop.example",
        challenge="challenge-of-the-shop",
        **more,
    )
    return {"options": {**stated, "@context": CONTEXT}, "key": name, "signature": "made"}


def _chained():
    first = _stated("ed", id="urn:example:first")
    second = _stated("ed two", id="urn:example:second", previous=["urn:example:first"])
    around = {"clock": 0, "purpose": "authentication", "domain": "shop.example", "challenge": "challenge-of-the-shop"}
    document = {"@context": CONTEXT, "type": ["VerifiablePresentation"], "holder": "https://holder.example"}
    return {
        "document": document,
        "proofs": [first, second],
        "around": {**around, "cryptosuites": ["eddsa-jcs-2022"]},
    }


def _hash(value):
    return hashlib.sha256(jcs.encode(value)).digest()


def _signed(document, node, earlier):
    stated, signer = node["options"], key(node["key"])
    if "value" in node:
        return {**stated, "proofValue": node["value"]}
    named = stated.get("previousProof", []) if isinstance(stated, dict) else []
    previous = [one for one in earlier if one.get("id") in ([named] if isinstance(named, str) else named)]
    secured = {**document, **({"proof": previous} if previous else {})}
    if "@context" in stated:
        secured["@context"] = stated["@context"]
    signature = signer.sign(_hash(stated) + _hash(secured))
    if node["signature"] == "flipped":
        signature = bytes([signature[0] ^ 1]) + signature[1:]
    if node["signature"] == "short":
        signature = signature[:-1]
    if node["signature"] == "not reduced":
        signature = signature[:32] + (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")
    base = multibase.BASE64URL if node["signature"] == "in base64url" else multibase.BASE58BTC
    return {**stated, "proofValue": multibase.encode(signature, base)}


def _secured(tree):
    made = []
    for node in tree["proofs"]:
        made.append(_signed(tree["document"], node, made) if isinstance(node, dict) else node)
    return json.encode({**tree["document"], **({"proof": made} if made else {})})


@contextmanager
def _reader(around, _folder):
    def receive(raw):
        unverified = proof.parse(json.parse_object(raw))
        return proof.verify(unverified, keys(), **checks(around))

    yield Receiver(receive)


# --- a credential whose statements were signed one by one, as a holder gets it, and as a verifier does


@cache
def _based():
    stated = options.build_options(
        cryptosuite=ecdsa_sd.NAME, verification_method=METHOD.format("p256"), purpose="assertionMethod", created=NOW
    )
    return ecdsa_sd.sign_base(CREDENTIAL, key("p256"), stated, mandatory=MANDATORY, random=counted)


def _around():
    return {
        "clock": 0,
        "purpose": "assertionMethod",
        "domain": None,
        "challenge": None,
        "cryptosuites": [ecdsa_sd.NAME],
    }


def _opened(secured, names):
    """The components of a proof value, bytes as hexadecimal digits, its map as pairs."""
    stated = dict(secured["proof"])
    raw = multibase.decode(stated.pop("proofValue"))
    document = {name: value for name, value in secured.items() if name != "proof"}
    components = dict(zip(names, map(_readable, cbor.decode(raw[3:])), strict=True))
    return {
        "document": document,
        "options": stated,
        "value": {"header": raw[:3].hex(), **components},
        "base": "u",
        "around": _around(),
    }


def _readable(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return [[at, _readable(one)] for at, one in value.items()]
    return [_readable(one) for one in value] if isinstance(value, list) else value


def _bytes(value):
    return bytes.fromhex(value) if isinstance(value, str) else value


def _closed(tree, names):
    value = dict(tree["value"])
    parts = [value[name] for name in names if name in value]
    if isinstance(value.get("labels"), list):
        parts[names.index("labels")] = {at: _bytes(label) for at, label in value["labels"]}
    in_hex = {"signature", "public_key", "hmac_key"}
    packed = [_bytes(part) if name in in_hex else part for name, part in zip(names, parts, strict=False)]
    if isinstance(value.get("signatures"), list):
        packed[names.index("signatures")] = [_bytes(one) for one in value["signatures"]]
    raw = bytes.fromhex(value["header"]) + cbor.encode(packed)
    text = tree["base"] + base64url.encode(raw)
    return json.encode({**tree["document"], "proof": {**tree["options"], "proofValue": text}})


BASE = ("signature", "public_key", "hmac_key", "signatures", "mandatory")
DERIVED = ("signature", "public_key", "signatures", "labels", "mandatory")


@cache
def _base():
    return _opened(_based(), BASE)


@cache
def _derived():
    return _opened(ecdsa_sd.derive(_based(), REVEALED), DERIVED)


def _receiver(suites):
    @contextmanager
    def receiver(around, _folder):
        def receive(raw):
            unverified = proof.parse(json.parse_object(raw))
            return proof.verify(unverified, keys(), suites=suites, **checks(around))

        yield Receiver(receive)

    return receiver


INTEGRITY = {
    "secured presentation": Original(lambda: deepcopy(_chained()), _secured, _reader),
    "base credential": Original(
        lambda: deepcopy(_base()), lambda tree: _closed(tree, BASE), _receiver(CRYPTOSUITES_OF_HOLDERS)
    ),
    "derived credential": Original(
        lambda: deepcopy(_derived()), lambda tree: _closed(tree, DERIVED), _receiver(CRYPTOSUITES)
    ),
}
