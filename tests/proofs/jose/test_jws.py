import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError
from didkit_fr.keys import software
from didkit_fr.proofs.jose import jws
from tests.refused import refusal

SIGNER, UNKNOWN = software.generate(), software.generate()
TOKEN = jws.sign({"a": 1}, SIGNER, typ="test+jwt", header={"kid": "k"})


def base64(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def token(header, payload=b"{}", signer=SIGNER):
    signing_input = jws.prepare(header, payload)
    return jws.attach(signing_input, signer.sign(signing_input))


def verify(raw, key=SIGNER.public_key, typ="test+jwt", algorithms=("ES256",)):
    return jws.verify(jws.parse(raw), key, typ=typ, algorithms=algorithms)


def test_a_signed_token_is_verified():
    verified = verify(TOKEN)
    assert verified.claims == {"a": 1}
    assert verified.header == {"alg": "ES256", "typ": "test+jwt", "kid": "k"}


def test_prepare_and_attach_serve_a_remote_signer():
    signing_input = jws.prepare({"alg": "ES256", "typ": "test+jwt"}, b'{"b":2}')
    assert verify(jws.attach(signing_input, SIGNER.sign(signing_input))).claims == {"b": 2}


@pytest.mark.parametrize("typ", ["test+jwt", "TEST+JWT", "application/test+jwt", "Application/Test+JWT"])
def test_a_type_may_be_spelt_as_a_media_type(typ):
    verify(token({"alg": "ES256", "typ": typ}))


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"alg": "ES256"}, "typ_mismatch"),
        ({"alg": "ES256", "typ": None}, "typ_mismatch"),
        ({"alg": "ES256", "typ": ["test+jwt"]}, "typ_mismatch"),
        ({"alg": "ES256", "typ": "jwt"}, "typ_mismatch"),
        ({"alg": "ES256", "typ": "test+jwt", "crit": ["x"], "x": 1}, "critical_header"),
        ({"alg": "ES256", "typ": "test+jwt", "crit": []}, "critical_header"),
        ({"alg": "ES256", "typ": "test+jwt", "b64": False}, "critical_header"),
        ({"typ": "test+jwt"}, "algorithm_refused"),
        ({"alg": "none", "typ": "test+jwt"}, "algorithm_refused"),
        ({"alg": "HS256", "typ": "test+jwt"}, "algorithm_refused"),
        ({"alg": ["ES256"], "typ": "test+jwt"}, "algorithm_refused"),
        ({"alg": {}, "typ": "test+jwt"}, "algorithm_refused"),
    ],
)
def test_headers_that_are_refused(header, code):
    assert refusal(lambda: verify(token(header))) == code


def test_the_algorithm_must_be_the_keys():
    raw = token({"alg": "ES384", "typ": "test+jwt"})
    assert refusal(lambda: verify(raw, algorithms=("ES256", "ES384"))) == "algorithm_refused"


def test_no_algorithm_is_allowed_by_default():
    assert refusal(lambda: verify(TOKEN, algorithms=())) == "algorithm_refused"


def test_another_key_and_any_change_are_refused():
    assert refusal(lambda: verify(TOKEN, key=UNKNOWN.public_key)) == "signature_invalid"
    header, _, signature = TOKEN.split(".")
    changed = f"{header}.{base64(b'{}')}.{signature}"
    assert refusal(lambda: verify(changed)) == "signature_invalid"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "jws_malformed"),
        ("a.b", "jws_malformed"),
        ("a.b.c.d", "jws_malformed"),
        (".e30.c", "jws_malformed"),
        ("é.e30.AAAA", "jws_malformed"),
        ("e30.e30.A", "base64url_invalid"),
        ("e30=.e30.AAAA", "base64url_invalid"),
        (" e30.e30.AAAA", "base64url_invalid"),
        ("AAAA.e30.AAAA", "json_invalid"),
        (base64(b"[]") + ".e30.AAAA", "json_not_object"),
        (base64(b'{"alg":"none","alg":"ES256"}') + ".e30.AAAA", "json_duplicate_key"),
        (base64(b'{"a":"' + b"x" * 40_000 + b'"}') + ".e30.AAAA", "input_too_large"),
    ],
)
def test_malformed_tokens(raw, code):
    assert refusal(lambda: jws.parse(raw)) == code


def test_a_token_over_the_limit_is_not_looked_at():
    assert refusal(lambda: jws.parse(TOKEN, max_chars=len(TOKEN) - 1)) == "input_too_large"
    assert refusal(lambda: jws.parse("." * (jws.MAX_CHARS + 1))) == "input_too_large"


@pytest.mark.parametrize("payload", [b"", b"1", b"[]", b'"a"', b"\xff", b'{"a":1,"a":2}'])
def test_a_payload_that_is_no_object_is_refused_though_signed(payload):
    raw = token({"alg": "ES256", "typ": "test+jwt"}, payload)
    assert refusal(lambda: verify(raw)).startswith("json_")


@pytest.mark.parametrize("raw", [b"", b"a", b"\0" * 63, b"\0" * 64, b"\xff" * 64, b"\0" * 65, b"\x30\x06"])
def test_signatures_that_are_none(raw):
    header, payload, _ = TOKEN.split(".")
    assert refusal(lambda: verify(f"{header}.{payload}.{base64(raw)}")) == "signature_invalid"


def test_no_repr_shows_the_payload_or_the_signature():
    parsed = jws.parse(jws.sign({"name": "Dupont"}, SIGNER, typ="x"))
    assert "Dupont" not in repr(parsed)
    assert "signature" not in repr(parsed)
    assert "Dupont" not in repr(jws.verify(parsed, SIGNER.public_key, typ="x", algorithms=("ES256",)))


@given(st.text(alphabet="AZaz09-_.=é", max_size=60) | st.binary(max_size=60).map(base64))
def test_any_text_is_parsed_or_refused(text):
    for raw in (text, f"{base64(b'{}')}.{text}.{text}", f"{text}..", f"{TOKEN}{text}"):
        try:
            verify(raw)
        except DidkitError:
            continue
        assert raw == TOKEN


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers(-9, 9), max_size=4))
def test_any_claims_come_back(claims):
    assert verify(jws.sign(claims, SIGNER, typ="test+jwt")).claims == claims


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("Aa0-_."))
def test_no_single_character_can_be_changed(position, character):
    changed = TOKEN[:position] + character + TOKEN[position + 1 :]
    if changed != TOKEN:
        with pytest.raises(DidkitError):
            verify(changed)


def test_json_is_compact_and_not_escaped():
    payload = jws.parse(jws.sign({"name": "Zoé"}, SIGNER, typ="x")).unverified_payload
    assert payload == '{"name":"Zoé"}'.encode()
    assert json.loads(payload) == {"name": "Zoé"}


def test_who_changes_a_header_changes_no_other():
    raw = jws.sign({}, SIGNER, typ="t", header={"x5c": ["a"], "jwk": {"key_ops": ["verify"]}})
    first = jws.parse(raw)
    expected = {"x5c": ["a"], "jwk": {"key_ops": ["verify"]}, "alg": "ES256", "typ": "t"}
    assert first.unverified_header == expected
    first.unverified_header["x5c"].append("b")
    first.unverified_header["jwk"]["key_ops"].clear()
    first.unverified_header["alg"] = "none"
    assert jws.parse(raw).unverified_header == expected
