from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.did import key as did_key
from didkit_fr.did.document import MAX_ENTRIES, RELATIONSHIPS, parse_document
from didkit_fr.did.url import parse_did
from didkit_fr.errors import DidkitError
from didkit_fr.keys import bbs, jwk, multikey, software
from tests.refused import refusal

DID = "did:web:issuer.example"
NOW = 1_800_000_000
KEYS = {curve: software.generate(curve).public_key for curve in ("P-256", "P-384", "P-521", "Ed25519")}
P256, ED25519 = KEYS["P-256"], KEYS["Ed25519"]


def method(name="key-1", key=P256, **changes):
    made = {
        "id": f"{DID}#{name}",
        "type": "JsonWebKey",
        "controller": DID,
        "publicKeyJwk": jwk.build(key),
    }
    return {member: value for member, value in (made | changes).items() if value is not None}


def multi(name="key-1", key=P256, **changes):
    return method(
        name, key, **{"type": "Multikey", "publicKeyJwk": None, "publicKeyMultibase": multikey.build(key)} | changes
    )


def document(*methods, **changes):
    made = {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": DID,
        "verificationMethod": list(methods),
        "assertionMethod": [one["id"] for one in methods],
    }
    return {member: value for member, value in (made | changes).items() if value is not None}


def key_of(value, url=f"{DID}#key-1", purpose="assertionMethod", now=NOW):
    return parse_document(value, id=DID).public_key(url, purpose, now=now)


@pytest.mark.parametrize("curve", KEYS)
@pytest.mark.parametrize("make", [method, multi])
@pytest.mark.parametrize("legacy", [False, True])
def test_keys_in_every_spelling(curve, make, legacy):
    key = KEYS[curve]
    changes = {"type": "JsonWebKey2020"} if legacy and make is method else {}
    assert key_of(document(make(key=key, **changes))) == key


def test_ed25519_verification_key_2020():
    assert key_of(document(multi(key=ED25519, type="Ed25519VerificationKey2020"))) == ED25519
    other = document(multi(key=P256, type="Ed25519VerificationKey2020"))
    assert refusal(key_of, other) == "verification_method_invalid"


def test_a_key_is_for_what_the_document_says_only():
    value = document(method(), assertionMethod=None, authentication=[f"{DID}#key-1"])
    assert key_of(value, purpose="authentication") == P256
    for purpose in ("assertionMethod", "capabilityInvocation", "capabilityDelegation", "keyAgreement", "proof", ""):
        assert refusal(key_of, value, purpose=purpose) == "verification_method_purpose"


def test_a_key_that_is_embedded_is_for_that_use_only():
    value = document(authentication=[method()], verificationMethod=None, assertionMethod=None)
    assert key_of(value, purpose="authentication") == P256
    assert refusal(key_of, value) == "verification_method_purpose"


def test_references_may_be_relative_to_the_document():
    value = document(method(id="#key-1", controller=DID), assertionMethod=["#key-1"])
    assert key_of(value) == P256


def test_controllers_and_the_like_are_read():
    value = document(
        method(),
        controller="did:web:state.example",
        alsoKnownAs=["https://issuer.example"],
        service=[{"id": f"{DID}#s", "type": "T", "serviceEndpoint": "https://s.example"}],
    )
    read = parse_document(value, id=DID, max_age=60)
    assert (read.id, read.controllers, read.also_known_as) == (
        DID,
        ("did:web:state.example",),
        ("https://issuer.example",),
    )
    assert read.services[0]["type"] == "T"
    assert read.max_age == 60
    assert read.relationships.keys() == set(RELATIONSHIPS)
    several = parse_document(document(controller=["did:x:a", "did:x:b"]), id=DID)
    assert several.controllers == ("did:x:a", "did:x:b")


@pytest.mark.parametrize("other", ["did:web:Issuer.example", "did:web:issuer.example:a", "https://issuer.example"])
def test_the_document_of_another_is_refused(other):
    assert refusal(parse_document, document(method()), id=other) == "did_document_mismatch"


def test_a_key_that_another_controls_is_refused():
    # Whoever lists an unknown party's key could claim what the unknown_party signed.
    value = document(method(controller="did:web:victim.example"))
    assert refusal(key_of, value) == "verification_method_invalid"
    foreign = "did:web:victim.example#key-1"
    value = document(method(id=foreign, controller="did:web:victim.example"))
    assert refusal(key_of, value, foreign) == "verification_method_invalid"
    value = document(method(id=foreign, controller=DID))
    assert refusal(key_of, value, foreign) == "verification_method_invalid"


@pytest.mark.parametrize(
    "url", [f"{DID}#other", f"{DID}#KEY-1", f"{DID}#", DID, "#key-1", "did:web:victim.example#key-1", ""]
)
def test_unknown_keys(url):
    assert refusal(key_of, document(method()), url) == "verification_method_unknown"


def test_a_reference_to_a_key_that_is_not_there():
    assert refusal(key_of, document(assertionMethod=[f"{DID}#key-1"])) == "verification_method_unknown"


@pytest.mark.parametrize("member", ["expires", "revoked"])
def test_keys_end(member):
    value = document(method(**{member: "2027-01-15T08:00:00Z"}))  # NOW exactly
    assert key_of(value, now=NOW - 1) == P256
    assert refusal(key_of, value, now=NOW) == "verification_method_ended"
    assert key_of(document(method(**{member: "2027-01-15T09:00:00.5+00:59"})), now=NOW + 60) == P256


@pytest.mark.parametrize(
    "when",
    [
        1,
        "",
        "never",
        "2027-01-15",
        "2027-01-15T08:00:00",
        "2027-13-15T08:00:00Z",
        "0000-01-01T00:00:00Z",
        "2027-01-15T08:00:00+99:00",
        "\uff12027-01-15T08:00:00Z",
    ],
)
def test_a_time_that_cannot_be_read_ends_a_key(when):
    assert refusal(key_of, document(method(revoked=when))) == "verification_method_invalid"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"type": "RsaVerificationKey2018"}, "verification_method_invalid"),
        ({"type": "Ed25519VerificationKey2018", "publicKeyBase58": "x"}, "verification_method_invalid"),
        ({"publicKeyMultibase": multikey.build(P256)}, "verification_method_invalid"),
        ({"publicKeyJwk": None}, "verification_method_invalid"),
        ({"type": "Multikey"}, "verification_method_invalid"),
        ({"publicKeyJwk": None, "publicKeyMultibase": multikey.build(P256)}, "verification_method_invalid"),
        ({"type": "Multikey", "publicKeyJwk": None, "publicKeyMultibase": 1}, "verification_method_invalid"),
        ({"type": "Multikey", "publicKeyJwk": None, "publicKeyMultibase": "f00"}, "multibase_invalid"),
        ({"publicKeyJwk": []}, "jwk_invalid"),
        ({"publicKeyJwk": {**jwk.build(P256), "d": "AA"}}, "jwk_private"),
        ({"publicKeyJwk": {**jwk.build(P256), "use": "enc"}}, "jwk_invalid"),
        ({"publicKeyJwk": {"kty": "RSA"}}, "key_unsupported"),
    ],
)
def test_keys_that_cannot_be_used_harm_nobody_else(changes, expected):
    value = document(method(**changes), method("good", KEYS["P-384"]))
    assert refusal(key_of, value) == expected
    assert key_of(value, f"{DID}#good") == KEYS["P-384"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "text",
        {},
        document(id=None),
        document(id=1),
        document(id=""),
        document(id="issuer.example"),
        document(verificationMethod={}),
        document(verificationMethod=[1]),
        document(verificationMethod=[f"{DID}#key-1"]),
        document(verificationMethod=None, assertionMethod={}),
        document(assertionMethod=[1]),
        document(assertionMethod=["key-1"]),
        document(assertionMethod=["#a b"]),
        document(authentication="#key-1"),
        document(method(type=1), assertionMethod=[]),
        document(method(type=None), assertionMethod=[]),
        document(verificationMethod=[method(id=None)], assertionMethod=[]),
        document(verificationMethod=[method(id=1)], assertionMethod=[]),
        document(method(controller=None), assertionMethod=[]),
        document(method(controller=["did:x:a"]), assertionMethod=[]),
        document(method(), method()),
        document(method(), method(key=ED25519)),
        document(method(), authentication=[method(key=ED25519)]),
        document(controller=1),
        document(controller=["a"]),
        document(alsoKnownAs=[1]),
        document(alsoKnownAs="not a url"),
        document(service={}),
        document(service=[1]),
        document(service=[{"type": "T"}]),
        document(*(method(str(number)) for number in range(MAX_ENTRIES + 1))),
        document(assertionMethod=["#a"] * (MAX_ENTRIES + 1)),
        document(*(method(str(number)) for number in range(MAX_ENTRIES)), authentication=[method("more")]),
    ],
)
def test_hostile_documents(value):
    assert refusal(parse_document, value, id=DID) == "did_document_invalid"


def test_the_document_is_not_in_a_repr():
    assert P256.octets.hex() not in repr(parse_document(document(method()), id=DID))
    assert jwk.build(P256)["x"] not in repr(parse_document(document(method()), id=DID))


FULL = document(
    method(),
    multi("key-2", ED25519),
    authentication=["#key-1", method("key-3")],
    controller=DID,
    service=[],
    alsoKnownAs=[],
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([DID, "#key-1", f"{DID}#key-2", "Multikey", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FULL, *method()]), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(list(FULL)), VALUES, max_size=3), st.data())
def test_any_document_is_read_or_refused(changes, data):
    value = deepcopy(FULL) | changes
    methods = value.get("verificationMethod")
    if isinstance(methods, list) and methods and isinstance(methods[0], dict):
        methods[0] |= data.draw(st.dictionaries(st.sampled_from([*methods[0], "expires"]), VALUES, max_size=2))
    try:
        read = parse_document(value, id=DID)
    except DidkitError:
        return
    for url in (*read.methods, f"{DID}#none"):
        for purpose in RELATIONSHIPS:
            try:
                assert read.public_key(url, purpose, now=NOW) in (P256, ED25519)
            except DidkitError:
                continue


def test_a_bbs_key_is_a_multikey_and_no_other_key():
    did = did_key.build(bbs.generate().public_key)
    expanded = did_key.expand(parse_did(did))
    document = parse_document(expanded, id=did)
    (url,) = document.relationships["assertionMethod"]
    assert did_key.build(document.bbs_public_key(url, "assertionMethod", now=NOW)) == did
    refused = [
        (lambda: document.public_key(url, "assertionMethod", now=NOW), "key_unsupported"),
        (lambda: document.bbs_public_key(url, "keyAgreement", now=NOW), "verification_method_purpose"),
    ]
    other = deepcopy(expanded)
    other["verificationMethod"][0]["type"] = "Ed25519VerificationKey2020"
    wrong = parse_document(other, id=did)
    refused.append((lambda: wrong.bbs_public_key(url, "assertionMethod", now=NOW), "verification_method_invalid"))
    for ask, expected in refused:
        with pytest.raises(DidkitError) as error:
            ask()
        assert error.value.code == expected
