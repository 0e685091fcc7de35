from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, ParseError
from didkit_fr.keys import jwk, software

KEY = software.generate().public_key
JWK = jwk.build(KEY)
CURVES = ("P-256", "P-384", "P-521", "Ed25519", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
KEYS = {curve: software.generate(curve).public_key for curve in CURVES}
ED25519 = jwk.build(KEYS["Ed25519"])
AKP = jwk.build(KEYS["ML-DSA-44"])


def code(value):
    with pytest.raises(ParseError) as error:
        jwk.parse(value)
    return error.value.code


def test_a_key_comes_back():
    assert jwk.parse(JWK) == KEY
    assert JWK.keys() == {"kty", "crv", "x", "y"}
    assert ED25519.keys() == {"kty", "crv", "x"}
    assert AKP.keys() == {"kty", "alg", "pub"}


@pytest.mark.parametrize("curve", CURVES)
def test_a_key_of_each_curve_comes_back_with_its_algorithm(curve):
    key = KEYS[curve]
    assert jwk.parse({**jwk.build(key), "alg": key.algorithm, "kid": "k"}) == key
    assert jwk.parse(jwk.build(key)).algorithm == key.algorithm


@pytest.mark.parametrize("algorithm", ["EdDSA", "Ed25519"])
def test_both_names_of_the_algorithm_of_ed25519_are_read(algorithm):
    # RFC 8037 section 3.1, RFC 9864 section 2.2
    assert jwk.parse({**ED25519, "alg": algorithm}) == KEYS["Ed25519"]
    assert KEYS["Ed25519"].signs_with(algorithm)


@pytest.mark.parametrize("point", ["00", "01", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"])
def test_an_ed25519_key_of_small_order_is_refused(point):
    assert code({**ED25519, "x": base64url.encode(bytes.fromhex(point).ljust(32, b"\0"))}) == "jwk_invalid"


@pytest.mark.parametrize(
    "more",
    [
        {"kid": "k", "x5c": [], "unknown": {"d": 1}},
        {"use": "sig"},
        {"alg": "ES256"},
        {"key_ops": ["verify"]},
        {"key_ops": ["sign", "verify"]},
    ],
)
def test_members_that_change_nothing(more):
    assert jwk.parse({**JWK, **more}) == KEY


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "jwk_invalid"),
        ([], "jwk_invalid"),
        ("{}", "jwk_invalid"),
        ({}, "key_unsupported"),
        ({**JWK, "d": "AA"}, "jwk_private"),
        ({"kty": "oct", "k": "AA"}, "jwk_private"),
        ({**JWK, "kty": "RSA"}, "key_unsupported"),
        ({**JWK, "kty": "OKP"}, "key_unsupported"),
        ({**JWK, "kty": ["EC"]}, "key_unsupported"),
        ({**JWK, "crv": "P-384"}, "jwk_invalid"),
        ({**JWK, "crv": "Ed25519"}, "key_unsupported"),
        ({**JWK, "priv": "AA"}, "jwk_private"),
        ({**JWK, "alg": ["ES256"]}, "jwk_invalid"),
        ({**ED25519, "kty": "EC"}, "key_unsupported"),
        ({**ED25519, "crv": "X25519"}, "key_unsupported"),
        ({**ED25519, "crv": "Ed448"}, "key_unsupported"),
        ({**ED25519, "d": "AA"}, "jwk_private"),
        ({**ED25519, "x": base64url.encode(bytes(31))}, "jwk_invalid"),
        ({**ED25519, "x": base64url.encode(bytes(33))}, "jwk_invalid"),
        ({**ED25519, "x": base64url.encode(bytes(32))}, "jwk_invalid"),
        ({**ED25519, "x": None}, "jwk_invalid"),
        ({**ED25519, "alg": "ES256"}, "jwk_invalid"),
        ({**ED25519, "alg": "Ed448"}, "jwk_invalid"),
        ({**ED25519, "use": "enc"}, "jwk_invalid"),
        ({**JWK, "crv": "secp256k1"}, "key_unsupported"),
        ({**JWK, "crv": ["P-256"]}, "key_unsupported"),
        ({**JWK, "crv": None}, "key_unsupported"),
        ({**JWK, "x": None}, "jwk_invalid"),
        ({**JWK, "y": 1}, "jwk_invalid"),
        ({name: JWK[name] for name in ("kty", "crv", "x")}, "jwk_invalid"),
        ({**JWK, "x": JWK["x"] + "="}, "base64url_invalid"),
        ({**JWK, "x": base64url.encode(bytes(31))}, "jwk_invalid"),
        ({**JWK, "x": base64url.encode(bytes(33))}, "jwk_invalid"),
        ({**JWK, "x": ""}, "jwk_invalid"),
        ({**JWK, "x": "A" * 129}, "input_too_large"),
        ({**JWK, "x": JWK["y"], "y": JWK["x"]}, "jwk_invalid"),
        ({**JWK, "x": base64url.encode(bytes(32)), "y": base64url.encode(bytes(32))}, "jwk_invalid"),
        ({**JWK, "x": base64url.encode(b"\xff" * 32)}, "jwk_invalid"),
        ({**JWK, "use": "enc"}, "jwk_invalid"),
        ({**JWK, "use": None}, "jwk_invalid"),
        ({**JWK, "alg": "ES384"}, "jwk_invalid"),
        ({**JWK, "alg": "ECDH-ES"}, "jwk_invalid"),
        ({**JWK, "key_ops": ["encrypt"]}, "jwk_invalid"),
        ({**JWK, "key_ops": []}, "jwk_invalid"),
        ({**JWK, "key_ops": "verify"}, "jwk_invalid"),
        ({**JWK, "key_ops": None}, "jwk_invalid"),
        ({**AKP, "priv": "AA"}, "jwk_private"),
        ({**AKP, "kty": "OKP"}, "key_unsupported"),
        ({**AKP, "alg": "ML-DSA-45"}, "key_unsupported"),
        ({**AKP, "alg": "ES256"}, "key_unsupported"),
        ({**AKP, "alg": "P-256"}, "key_unsupported"),
        ({**AKP, "alg": ["ML-DSA-44"]}, "key_unsupported"),
        ({name: AKP[name] for name in ("kty", "pub")}, "key_unsupported"),
        ({**JWK, "crv": "ML-DSA-44"}, "key_unsupported"),
        ({**AKP, "alg": "ML-DSA-65"}, "jwk_invalid"),
        ({**AKP, "use": "enc"}, "jwk_invalid"),
        ({**AKP, "pub": None}, "jwk_invalid"),
        ({**AKP, "pub": AKP["pub"] + "="}, "base64url_invalid"),
        ({**AKP, "pub": base64url.encode(bytes(1_311))}, "jwk_invalid"),
        ({**AKP, "pub": base64url.encode(bytes(1_313))}, "jwk_invalid"),
        ({**AKP, "pub": "A" * 4_096}, "jwk_invalid"),
        ({**AKP, "pub": "A" * 4_097}, "input_too_large"),
        ({**JWK, "x": "A" * 128}, "jwk_invalid"),
    ],
)
def test_refusals(value, expected):
    assert code(value) == expected


def test_the_thumbprint_is_that_of_the_required_members_in_order():
    text = f'{{"crv":"P-256","kty":"EC","x":"{JWK["x"]}","y":"{JWK["y"]}"}}'
    assert jwk.thumbprint(KEY) == base64url.encode(sha256(text.encode()).digest())
    assert jwk.thumbprint(jwk.parse({**JWK, "kid": "other", "use": "sig"})) == jwk.thumbprint(KEY)


MEMBERS = st.sampled_from(["kty", "crv", "x", "y", "d", "use", "alg", "key_ops", "k"])
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=50) | st.lists(st.text(max_size=4), max_size=3)


@given(st.dictionaries(MEMBERS, VALUES, max_size=4), st.sets(MEMBERS, max_size=2))
def test_any_object_is_a_key_or_refused(changes, dropped):
    value = {name: one for name, one in {**JWK, **changes}.items() if name not in dropped}
    try:
        key = jwk.parse(value)
    except DidkitError:
        return
    assert key == KEY


def key_set(*keys):
    return jwk.parse_set({"keys": list(keys)})


def test_a_set_finds_the_one_key_of_a_name():
    keys = jwk.parse_set(jwk.build_set(KEYS))
    for curve, key in KEYS.items():
        assert keys.find(curve, key.algorithm) == key
        assert keys.find(None, key.algorithm) == key
    assert keys.find("P-256", "ES384") is None
    assert keys.find("other", "ES256") is None
    assert keys.find("P-256", "none") is None


def test_a_set_in_which_it_is_not_clear_which_key_is_meant_finds_none():
    other = jwk.build(software.generate().public_key)
    assert key_set({**JWK, "kid": "k"}, {**other, "kid": "k"}).find("k", "ES256") is None
    assert key_set(JWK, other).find(None, "ES256") is None
    assert key_set(JWK, other).find("k", "ES256") is None
    assert key_set().find(None, "ES256") is None


def test_keys_of_a_set_that_are_not_understood_are_ignored():
    strange = [
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {},
        {**JWK, "use": "enc"},
        {**JWK, "x": "A"},
        {**JWK, "kid": 7},
    ]
    assert key_set(*strange, {**JWK, "kid": "k"}).keys == (("k", KEY),)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "jwk_set_invalid"),
        ([], "jwk_set_invalid"),
        ({}, "jwk_set_invalid"),
        ({"keys": {}}, "jwk_set_invalid"),
        ({"keys": [JWK] * (jwk.MAX_KEYS + 1)}, "jwk_set_invalid"),
        ({"keys": [JWK, {"kty": "oct", "k": "AA"}]}, "jwk_private"),
        ({"keys": [{**JWK, "d": "AA"}, JWK]}, "jwk_private"),
    ],
)
def test_hostile_sets(value, expected):
    with pytest.raises(ParseError) as error:
        jwk.parse_set(value)
    assert error.value.code == expected


@given(st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=3)))
def test_any_set_is_read_or_refused(value):
    for candidate in (value, {"keys": value}, {"keys": [value, JWK]}):
        try:
            assert jwk.parse_set(candidate).find(None, "ES256") in (None, KEY)
        except DidkitError:
            continue
