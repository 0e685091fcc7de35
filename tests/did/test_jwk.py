import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.did import jwk as did_jwk
from didkit_fr.did.resolve import find_method, resolve
from didkit_fr.encoding import base64url, json
from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.keys import jwk, software
from didkit_fr.keys.algorithms import KNOWN
from tests.refused import refusal

KEYS = {name: software.generate(name).public_key for name in KNOWN.by_name}
JWK = jwk.build(KEYS["P-256"])


def spelt(value):
    raw = value if isinstance(value, bytes) else json.encode(value)
    return f"did:jwk:{base64url.encode(raw)}"


def found(did, purpose="assertionMethod", fragment="0"):
    return run(find_method(f"{did}#{fragment}", purpose, now=0), offline)


@pytest.mark.parametrize("curve", KEYS)
def test_a_key_is_its_own_identifier(curve):
    assert found(did_jwk.build(KEYS[curve])) == KEYS[curve]


def test_the_longest_jwk_has_4096_bytes():
    around = len(json.encode({**JWK, "kid": ""}))
    assert found(spelt({**JWK, "kid": "x" * (4_096 - around)})) == KEYS["P-256"]
    assert refusal(found, spelt({**JWK, "kid": "x" * (4_097 - around)})) == "did_invalid"


def test_use_decides_what_the_key_is_for():
    assert found(spelt({**JWK, "use": "sig"})) == KEYS["P-256"]
    assert refusal(found, spelt({**JWK, "use": "sig"}), "keyAgreement") == "verification_method_purpose"
    assert refusal(found, spelt({**JWK, "use": "enc"})) == "verification_method_purpose"
    for use in ("other", "", None, ["sig"], 1):
        assert refusal(found, spelt({**JWK, "use": use})) == "verification_method_purpose"


def test_the_name_in_the_key_is_ignored():
    did = spelt({**JWK, "kid": "name"})
    assert found(did) == KEYS["P-256"]
    assert refusal(found, did, fragment="name") == "verification_method_unknown"


@pytest.mark.parametrize(
    ("did", "expected"),
    [
        ("did:jwk:A", "did_invalid"),
        ("did:jwk:AAAA", "did_invalid"),
        ("did:jwk:" + base64url.encode(json.encode(JWK)) + "%3D", "did_invalid"),
        ("did:jwk:a:" + base64url.encode(json.encode(JWK)), "did_invalid"),
        (spelt([JWK]), "did_invalid"),
        (spelt(b'{"kty":"EC","kty":"EC"}'), "did_invalid"),
        (spelt({"a": [[[[[[1]]]]]]}), "did_invalid"),
        (spelt({**JWK, "kid": "x" * did_jwk.MAX_JWK_BYTES}), "did_invalid"),
        (spelt({**JWK, "d": "AA"}), "jwk_private"),
        (spelt({"kty": "oct", "k": "AA"}), "jwk_private"),
    ],
)
def test_refusals(did, expected):
    assert refusal(lambda: run(resolve(did, now=0), offline)) == expected


@pytest.mark.parametrize("value", [{}, {"kty": "RSA"}, {**JWK, "crv": "X25519", "kty": "OKP"}])
def test_keys_that_are_not_supported_are_resolved_and_not_used(value):
    assert refusal(found, spelt(value)) == "key_unsupported"


@given(
    st.dictionaries(
        st.sampled_from([*JWK, "use", "d"]), st.none() | st.text(max_size=4) | st.integers(0, 2), max_size=3
    )
)
def test_any_jwk_is_a_key_or_refused(changes):
    try:
        assert found(spelt(JWK | changes)) == KEYS["P-256"]
    except DidkitError:
        return
