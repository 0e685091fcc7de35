"""The jwt proof type: every check of OpenID4VCI appendix F."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import base64url, json
from didkit_fr.errors import DidkitError
from didkit_fr.keys import jwk
from didkit_fr.keys.software import generate
from didkit_fr.proofs.jose import jws
from didkit_fr.protocols.openid4vci.proof import TYP, build_proof, verify_proof
from tests.protocols.examples import inline_examples

ISSUER, NOW, ES256 = "https://i.example", 1_800_000_000, {"ES256"}
SIGNER = generate()
JWK = jwk.build(SIGNER.public_key)
CLAIMS = {"aud": ISSUER, "iat": NOW, "nonce": "n"}


def check(raw, *, audience=ISSUER, now=NOW, algorithms=ES256):
    return verify_proof(raw, audience=audience, now=now, algorithms=algorithms)


def forged(claims=CLAIMS, *, signer=SIGNER, **header):
    protected = {"alg": "ES256", "typ": TYP, "jwk": JWK, **header}
    signing_input = jws.prepare(
        {name: value for name, value in protected.items() if value is not None}, json.encode(claims)
    )
    return jws.attach(signing_input, signer.sign(signing_input))


def test_both_ends_agree():
    proof = check(build_proof(SIGNER, audience=ISSUER, nonce="n", now=NOW))
    assert (proof.key, proof.nonce) == (SIGNER.public_key, "n")


def test_the_official_proof():
    # Printed in appendix F.1 with the key, the nonce and the time of its signature.
    raw = inline_examples("`jwt` Proof Type {#jwt-proof-type}")[0]["json"]["jwt"][0]
    proof = check("".join(raw.split()), audience="https://credential-issuer.example.com", now=1_701_960_444)
    assert proof.nonce == "LarRGSbmUPYtRYO6BQ4yn8"
    assert jwk.build(proof.key)["x"] == "nUWAoAv3XZith8E7i19OdaxOLYFOwM-Z2EuM02TirT4"


@pytest.mark.parametrize("iat", [NOW - 360, NOW, NOW + 60, NOW + 0.5])
def test_times_that_are_accepted(iat):
    assert check(forged({**CLAIMS, "iat": iat})).nonce == "n"


def without(name):
    return {key: value for key, value in CLAIMS.items() if key != name}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (forged(typ="JWT"), "typ_mismatch"),
        (forged(typ=None), "typ_mismatch"),
        (forged(typ="kb+jwt"), "typ_mismatch"),
        (forged(alg="none"), "algorithm_refused"),
        (forged(alg="HS256"), "algorithm_refused"),
        (forged(alg="ES384"), "algorithm_refused"),
        (forged(alg=["ES256"]), "algorithm_refused"),
        (forged(alg=None), "algorithm_refused"),
        (forged(crit=["exp"]), "critical_header"),
        (forged(jwk=None), "proof_key_reference"),
        (forged(jwk=None, kid="did:example:1#k"), "proof_key_reference"),
        (forged(jwk=None, x5c=["MIIB"]), "proof_key_reference"),
        (forged(kid="k"), "proof_key_reference"),
        (forged(x5c=["MIIB"]), "proof_key_reference"),
        (forged(jwk={**JWK, "d": base64url.encode(SIGNER.secret())}), "jwk_private"),
        (forged(jwk={"kty": "oct", "k": "AAAA"}), "jwk_private"),
        (forged(jwk={"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}), "jwk_invalid"),
        (forged(jwk={"kty": "OKP", "crv": "X25519", "x": "AAAA"}), "key_unsupported"),
        (forged(jwk={**JWK, "x": JWK["y"]}), "jwk_invalid"),
        (forged(jwk="key"), "jwk_invalid"),
        (forged(signer=generate()), "signature_invalid"),
        (forged(jwk=jwk.build(generate().public_key)), "signature_invalid"),
        (forged({**CLAIMS, "iss": "client"}), "proof_claims"),
        (forged(without("aud")), "proof_audience"),
        (forged({**CLAIMS, "aud": f"{ISSUER}/"}), "proof_audience"),
        (forged({**CLAIMS, "aud": [ISSUER]}), "proof_audience"),
        (forged({**CLAIMS, "aud": [ISSUER, "https://evil.example"]}), "proof_audience"),
        (forged(without("iat")), "proof_claims"),
        (forged({**CLAIMS, "iat": str(NOW)}), "proof_claims"),
        (forged({**CLAIMS, "iat": True}), "proof_claims"),
        (forged({**CLAIMS, "iat": NOW - 361}), "proof_time"),
        (forged({**CLAIMS, "iat": NOW + 61}), "proof_time"),
        (forged({**CLAIMS, "iat": 10**400}), "proof_time"),
        (forged(without("nonce")), "proof_nonce_missing"),
        (forged({**CLAIMS, "nonce": None}), "proof_nonce_missing"),
        (forged({**CLAIMS, "nonce": 1}), "proof_claims"),
        (forged({**CLAIMS, "nonce": ""}).rsplit(".", 1)[0] + ".", "signature_invalid"),
        (forged({**CLAIMS, "nonce": "n" * 2049}), "proof_claims"),
        (forged({**CLAIMS, "x": "y" * 16_384}), "input_too_large"),
        (forged([]), "json_not_object"),
        ("", "jws_malformed"),
        ("a.b", "jws_malformed"),
        ("é.é.é", "jws_malformed"),
    ],
)
def test_refused(raw, code):
    with pytest.raises(DidkitError) as error:
        check(raw)
    assert error.value.code == code


def test_an_algorithm_the_metadata_does_not_list():
    with pytest.raises(DidkitError) as error:
        check(forged(), algorithms=frozenset())
    assert error.value.code == "algorithm_refused"


def test_a_proof_for_an_issuer_without_nonces_is_none_for_us():
    with pytest.raises(DidkitError) as error:
        check(build_proof(SIGNER, audience=ISSUER, nonce=None, now=NOW))
    assert error.value.code == "proof_nonce_missing"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["alg", "typ", "jwk", "kid", "crit"]), json_values), json_values)
def test_nothing_but_our_own_errors_escapes(header, claims):
    with pytest.raises(DidkitError):
        check(forged(claims, **header))
