from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, ParseError
from didkit_fr.keys import jwk, software

KEY = software.generate().public_key
JWK = jwk.build(KEY)


def code(value):
    with pytest.raises(ParseError) as error:
        jwk.parse(value)
    return error.value.code


def test_a_key_comes_back():
    assert jwk.parse(JWK) == KEY
    assert JWK.keys() == {"kty", "crv", "x", "y"}


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
        ({**JWK, "crv": "P-384"}, "key_unsupported"),
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
