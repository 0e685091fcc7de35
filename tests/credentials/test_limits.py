"""The limits of credentials, type metadata and title tables: at the bound and one beyond."""

import base64
import hashlib

import pytest

from didkit_fr import specs
from didkit_fr.credentials import related, titles, types, values
from didkit_fr.credentials.claims import check_claims
from didkit_fr.credentials.model import ISSUED, check_credential
from didkit_fr.credentials.presentation import build_envelope, check_presentation, parse_envelope
from didkit_fr.credentials.values import ValueType
from didkit_fr.encoding import json
from tests.limits import Limit

V2 = "https://www.w3.org/ns/credentials/v2"
CREDENTIAL = {
    "@context": [V2],
    "type": ["VerifiableCredential"],
    "issuer": "https://issuer.example",
    "credentialSubject": {"id": "did:example:1"},
}
RAW = specs.read("credentials/pid/title.toml")


def credential(**members):
    return check_credential({**CREDENTIAL, **members}, versions=ISSUED)


def presentation(count):
    one = {**CREDENTIAL, "issuer": "did:example:holder"}
    document = {"@context": [V2], "type": "VerifiablePresentation", "holder": "did:example:holder"}
    return check_presentation({**document, "verifiableCredential": [one] * count}, versions=ISSUED)


def envelope(chars):
    made = build_envelope("application/vc+jwt", "a" * (chars - len("data:application/vc+jwt,")))
    assert len(made["id"]) == chars
    return parse_envelope(made)


def metadata(**members):
    return types.parse(json.encode({"vct": "urn:a", **members}))


def claims(count):
    return metadata(claims=[{"path": [f"c{at}"]} for at in range(count)])


def steps(count):
    """Paths of 16 steps, and a shorter one."""
    paths = [[f"c{at}", *["a"] * 15] for at in range(count // 16)]
    return metadata(claims=[{"path": path} for path in [*paths, ["b"] * (count % 16)] if path])


def text(chars):
    return metadata(name="a" * chars)


def sri(count):
    one = "sha384-" + base64.b64encode(hashlib.sha384(b"x").digest()).decode()
    return resource(digestSRI=" ".join([one] * count))


def resource(**digest):
    document = {"relatedResource": [{"id": "https://a.example/x", **digest}]}
    return related.check_resources(document, {"https://a.example/x": b"x"})


def sri_chars(chars):
    one = "sha384-" + base64.b64encode(hashlib.sha384(b"x").digest()).decode()
    return resource(digestSRI=one + " " * (chars - len(one)))


def array(count):
    return values.check([f"v{at}" for at in range(count)], ValueType("text", many=True, max=9), "name")


def restrictions(count):
    one = {"vehicle_category_code": "B", "codes": [{"code": "01"}] * count}
    return values.check([one], ValueType("driving_privileges"), "name")


def max_days(count):
    raw = specs.read("credentials/proof_of_age/title.toml")
    assert raw.count(b"max_days = 90") == 1
    return titles.parse(raw.replace(b"max_days = 90", b"max_days = %d" % count))


def batch(count):
    assert RAW.count(b"batch_size = 30") == 1
    return titles.parse(RAW.replace(b"batch_size = 30", b"batch_size = %d" % count))


def claim(name, value):
    return check_claims("urn:eudi:pid:fr:1", {name: value}, "dc+sd-jwt")


LIMITS = {
    "a credential: contexts": Limit(
        lambda n: credential(**{"@context": [V2, *(f"https://a.example/{at}" for at in range(n - 1))]}),
        16,
        "vc_context",
    ),
    "a credential: types": Limit(
        lambda n: credential(type=["VerifiableCredential", *(f"T{at}" for at in range(n - 1))]), 32, "vc_type"
    ),
    "a credential: characters of a type": Limit(
        lambda n: credential(type=["VerifiableCredential", "T" * n]), 8_192, "vc_type"
    ),
    "a credential: characters of an address": Limit(
        lambda n: credential(id="https://a.example/" + "a" * (n - 18)), 8_192, "vc_identifier"
    ),
    "a credential: subjects": Limit(
        lambda n: credential(credentialSubject=[{"id": f"urn:{at}"} for at in range(n)]), 256, "input_too_large"
    ),
    "a presentation: credentials": Limit(presentation, 64, "input_too_large"),
    "an envelope: characters": Limit(envelope, 1_048_576, "input_too_large"),
    "an envelope: contexts": Limit(
        lambda n: parse_envelope(
            {**build_envelope("application/vc+jwt", "a"), "@context": [V2, *(f"urn:{at}" for at in range(n - 1))]}
        ),
        16,
        "vc_envelope",
    ),
    "type metadata: bytes": Limit(
        lambda n: types.parse(b'{"vct":"urn:a"}' + b" " * (n - 15)), 131_072, "input_too_large"
    ),
    "type metadata: claims": Limit(claims, 512, "type_metadata_malformed"),
    "type metadata: steps of a path": Limit(
        lambda n: metadata(claims=[{"path": ["a"] * n}]), 16, "type_metadata_malformed"
    ),
    "type metadata: least steps of a path": Limit(
        lambda n: metadata(claims=[{"path": ["a"] * n}]), 1, "type_metadata_malformed", step=-1
    ),
    "type metadata: steps of all paths": Limit(steps, 2_048, "type_metadata_malformed"),
    "type metadata: characters of a text": Limit(text, 2_048, "type_metadata_malformed"),
    "type metadata: characters of a step": Limit(
        lambda n: metadata(claims=[{"path": ["a" * n]}]), 2_048, "type_metadata_malformed"
    ),
    "type metadata: displays": Limit(
        lambda n: metadata(display=[{"locale": f"l{at}", "name": "a"} for at in range(n)]),
        64,
        "type_metadata_malformed",
    ),
    "type metadata: characters of an integrity": Limit(
        lambda n: types.check_integrity(b"x", types.integrity_of(b"x") + " " * (n - len(types.integrity_of(b"x")))),
        2_048,
        "type_metadata_integrity",
    ),
    "a related resource: hashes": Limit(sri, 8, "related_resource_malformed"),
    "a related resource: characters": Limit(sri_chars, 1_024, "related_resource_malformed"),
    "a value: elements": Limit(array, 32, "value_invalid"),
    "a value: least elements": Limit(array, 1, "value_invalid", step=-1),
    "a value: restrictions": Limit(restrictions, 32, "value_invalid"),
    "a value: least restrictions": Limit(restrictions, 1, "value_invalid", step=-1),
    "a claim: characters": Limit(lambda n: claim("family_name", "a" * n), 16_384, "type_rule_broken"),
    "a claim: elements": Limit(lambda n: claim("nationalities", ["FR"] * n), 32, "type_rule_broken"),
    "a title: bytes": Limit(lambda n: titles.parse(RAW + b"\n" * (n - len(RAW))), 65_536, "title_malformed"),
    "a title: days": Limit(max_days, 3_660, "title_malformed"),
    "a title: least days": Limit(max_days, 0, "title_malformed", step=-1),
    "a title: copies": Limit(batch, 100, "title_malformed"),
    "a title: least copies": Limit(batch, 1, "title_malformed", step=-1),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_size_is_accepted_to_its_bound_and_refused_one_beyond(limit):
    limit.check()
