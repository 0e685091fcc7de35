import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.did import key
from didkit_fr.did.resolve import find_method, resolve
from didkit_fr.encoding import multibase, multicodec
from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.keys import software
from didkit_fr.keys.algorithms import KNOWN
from didkit_fr.keys.public import compressed

KEYS = {name: software.generate(name).public_key for name in KNOWN.by_name}
SIGNING = ("authentication", "assertionMethod", "capabilityInvocation", "capabilityDelegation")


def resolved(did):
    return run(resolve(did, now=0), offline)


def code(did):
    with pytest.raises(DidkitError) as error:
        resolved(did)
    return error.value.code


def spelt(codec, data, base="z"):
    return "did:key:" + multibase.encode(multicodec.encode(codec, data), base)


@pytest.mark.parametrize("curve", KEYS)
def test_a_key_is_its_own_identifier(curve):
    did = key.build(KEYS[curve])
    url = f"{did}#{did.removeprefix('did:key:')}"
    for purpose in SIGNING:
        assert run(find_method(url, purpose, now=0), offline) == KEYS[curve]
    assert resolved(did).methods.keys() >= {url}


def test_an_ed25519_key_also_agrees_on_keys_by_its_x25519_form_only():
    did = key.build(KEYS["Ed25519"])
    document = resolved(did)
    (agreeing,) = document.relationships["keyAgreement"]
    assert "#z6LS" in agreeing
    assert not any(agreeing in document.relationships[purpose] for purpose in SIGNING)
    with pytest.raises(DidkitError) as error:
        document.public_key(agreeing, "assertionMethod", now=0)
    assert error.value.code == "verification_method_purpose"
    assert resolved(key.build(KEYS["P-256"])).relationships["keyAgreement"] == frozenset()


def test_an_x25519_key_agrees_only():
    document = resolved(spelt("x25519-pub", b"\x09".ljust(32, b"\0")))
    assert [name for name, urls in document.relationships.items() if urls] == ["keyAgreement"]
    (url,) = document.methods
    with pytest.raises(DidkitError) as error:
        document.public_key(url, "keyAgreement", now=0)
    assert error.value.code == "key_unsupported"


def rsa_key(bits):
    return rsa.generate_private_key(65537, bits).public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)


P256 = compressed(KEYS["P-256"])
RSA, SMALL_RSA = rsa_key(2_048), rsa_key(1_024)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rsa-pub", RSA),
        ("secp256k1-pub", bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")),
    ],
)
def test_a_key_of_a_foreign_type_is_shown_and_verifies_nothing(name, data):
    did = spelt(name, data)
    url = f"{did}#{did.removeprefix('did:key:')}"
    document = resolved(did)
    assert document.methods.keys() == {url}
    assert all(document.relationships[purpose] == {url} for purpose in SIGNING)
    with pytest.raises(DidkitError) as error:
        document.public_key(url, "assertionMethod", now=0)
    assert error.value.code in {"key_unsupported", "input_too_large"}


@pytest.mark.parametrize(
    ("did", "expected"),
    [
        ("did:key:z", "did_invalid"),
        ("did:key:a", "did_invalid"),
        ("did:key:z0", "did_invalid"),
        ("did:key:1:" + spelt("p256-pub", P256).removeprefix("did:key:"), "did_invalid"),
        (spelt("p256-pub", P256, "u"), "did_invalid"),
        (spelt("mldsa-44-pub", KEYS["ML-DSA-44"].octets, "z"), "did_invalid"),
        (spelt("mldsa-44-pub", KEYS["ML-DSA-44"].octets[:-1], "u"), "key_length"),
        (spelt("mldsa-65-pub", KEYS["ML-DSA-44"].octets, "u"), "key_length"),
        ("did:key:u" + "A" * 4_096, "did_invalid"),
        (spelt("x25519-pub", bytes(32), "u"), "did_invalid"),
        ("did:key:z" + "1" * 2_000, "did_invalid"),
        ("did:key:" + multibase.encode(b"\xed"), "did_invalid"),
        ("did:key:" + multibase.encode(b"\xe8\x01" + P256), "multicodec_unknown"),
        (spelt("secp256k1-pub", P256[:-1]), "key_length"),
        (spelt("secp256k1-pub", b"\x02" + b"\xff" * 32), "key_invalid"),
        (spelt("secp256k1-pub", b"\x05" + P256[1:]), "key_invalid"),
        (spelt("rsa-pub", b""), "key_invalid"),
        (spelt("rsa-pub", RSA[:-1]), "key_invalid"),
        (spelt("rsa-pub", RSA + b"\0"), "key_invalid"),
        (spelt("rsa-pub", SMALL_RSA), "key_length"),
        (spelt("rsa-pub", P256), "key_invalid"),
        (spelt("p256-pub", P256[:-1]), "key_length"),
        (spelt("p384-pub", P256), "key_length"),
        (spelt("x25519-pub", P256), "key_length"),
        (spelt("p256-pub", b"\x05" + P256[1:]), "key_invalid"),
        (spelt("p256-pub", b"\x02" + b"\xff" * 32), "key_invalid"),
        (spelt("ed25519-pub", bytes(32)), "key_invalid"),
    ],
)
def test_refusals(did, expected):
    assert code(did) == expected


def test_the_fragment_is_the_identifier_byte_for_byte():
    did = key.build(KEYS["P-256"])
    for fragment in ("0", "key-1", did, did.removeprefix("did:key:").lower()):
        with pytest.raises(DidkitError) as error:
            run(find_method(f"{did}#{fragment}", "assertionMethod", now=0), offline)
        assert error.value.code == "verification_method_unknown"


@given(st.sampled_from(list(multicodec.CODES)), st.binary(max_size=70))
def test_any_bytes_are_resolved_or_refused(codec, data):
    try:
        resolved(spelt(codec, data))
    except DidkitError as error:
        assert error.code in {"key_length", "key_invalid", "did_invalid"}  # noqa: PT017 - or it is resolved
