"""Originals of W3C credentials and presentations as they are first read, and of a status list."""

from copy import deepcopy
from functools import cache

from didkit_fr.encoding import json
from didkit_fr.formats import ldp_vc
from didkit_fr.formats.occasion import Occasion
from didkit_fr.formats.w3c import fields
from didkit_fr.status import bitstring
from tests.nation import DAY, NOW
from tests.refusals import people
from tests.refusals.receiver import parser

LIST = "https://issuer.example/status/1/revocation"


@cache
def _credential():
    signer = people.key("signer")
    document = {
        "@context": [fields.V2, "urn:didkit-fr:context:national_identity:1"],
        "type": ["VerifiableCredential", "NationalIdentity"],
        "issuer": fields.did_of(signer.public_key),
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2036-01-01T00:00:00Z",
        "credentialSubject": {"id": fields.did_of(people.key("a").public_key), "family_name": "Lefèvre"},
    }
    method = fields.method_of(signer.public_key)
    return ldp_vc.sign(document, signer, verification_method=method, cryptosuite="ecdsa-rdfc-2019", now=NOW)


@cache
def _presentation():
    check = Occasion("nonce", "x509_hash:shop")
    return json.parse_object(ldp_vc.present(json.encode_text(_credential()), [], people.key("a"), check, now=NOW))


def _read(raw):
    parsed = ldp_vc.parse(json.encode_text(json.parse_object(raw)))
    parsed.unverified_holder()
    return parsed


def _list():
    return bitstring.build_list(LIST, "revocation", "https://issuer.example", [1], 131_072, (NOW - DAY, NOW + DAY))


def _read_list(raw):
    return bitstring.read_list(json.parse_object(raw), url=LIST, purpose="revocation", now=NOW)


def _read_entries(raw):
    return bitstring.read_entries(json.parse_object(raw).get("credentialStatus"))


def _entries():
    return {"credentialStatus": bitstring.build_entries("https://issuer.example/status/1", ["revocation"], 7)}


W3C = {
    "W3C credential": parser(lambda: deepcopy(_credential()), _read, json.encode),
    "W3C presentation": parser(lambda: deepcopy(_presentation()), _read, json.encode),
    "bitstring list": parser(_list, _read_list, json.encode),
    "bitstring entries": parser(_entries, _read_entries, json.encode),
}
