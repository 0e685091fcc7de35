"""W3C documents in their envelopes: JWS, SD-JWT and COSE, credentials and presentations."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.credentials.presentation import Envelope, build_envelope
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding import json
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.error_table import CODES
from didkit_fr.errors import DidkitError
from didkit_fr.formats.w3c import vc_cose, vc_jose, vc_sd_jwt
from didkit_fr.keys import software
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from tests.credentials.documents import CREDENTIAL, PRESENTATION
from tests.refused import refusal

CURVES = ("P-256", "P-384", "P-521", "Ed25519")
SIGNERS = {curve: software.generate(curve) for curve in CURVES}
SIGNER = SIGNERS["P-256"]
KEY = SIGNER.public_key
METHOD = "https://issuer.example#key"
TERMS = Terms(KNOWN, inline=False)
ALL = {"ES256", "ES384", "ES512", "EdDSA"}
DOCUMENTS = {"vc": CREDENTIAL, "vp": PRESENTATION}
HOW = {"verification_method": METHOD, "terms": TERMS}


def disclosed(document, signer, kind):
    paths = [("credentialSubject", "id")] if kind == "vc" else []
    return vc_sd_jwt.sign(document, signer, kind=kind, disclosable=paths, **HOW)


FORMS = {
    "jose": (lambda document, signer, kind: vc_jose.sign(document, signer, kind=kind, **HOW), vc_jose),
    "sd-jwt": (disclosed, vc_sd_jwt),
    "cose": (lambda document, signer, kind: vc_cose.sign(document, signer, kind=kind, **HOW), vc_cose),
}


def verify(form, raw, kind, key=KEY, algorithms=ALL):
    return form.verify(form.parse(raw), key, kind=kind, algorithms=algorithms, terms=TERMS)


def token(document, kind="vc", **header):
    return jws.sign(document, SIGNER, typ=header.pop("typ", f"{kind}+jwt"), header={"kid": METHOD, **header})


def verified(document, kind="vc", **header):
    return verify(vc_jose, token(document, kind, **header), kind)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("kind", ["vc", "vp"])
@pytest.mark.parametrize("name", FORMS)
def test_what_is_signed_is_verified(name, kind, curve):
    sign, form = FORMS[name]
    signer = SIGNERS[curve]
    raw = sign(DOCUMENTS[kind], signer, kind)
    found = verify(form, raw, kind, signer.public_key)
    assert found.document == DOCUMENTS[kind]
    assert (found.kind, found.expires, found.not_before) == (kind, None, None)
    assert form.unverified_method(form.parse(raw)) == METHOD
    assert form.media_type(kind).startswith(f"application/{kind}+")


@pytest.mark.parametrize("name", FORMS)
def test_a_credential_is_no_presentation_and_another_key_signed_nothing(name):
    sign, form = FORMS[name]
    raw = sign(CREDENTIAL, SIGNER, "vc")
    assert refusal(lambda: verify(form, raw, "vp")) == "typ_mismatch"
    assert refusal(lambda: verify(form, raw, "vc", software.generate().public_key)) == "signature_invalid"
    assert refusal(lambda: verify(form, raw, "vc", algorithms={"EdDSA"})) == "algorithm_refused"
    assert refusal(lambda: sign({**CREDENTIAL, "issuer": "nobody"}, SIGNER, "vc")) == "vc_identifier"


def test_headers_say_what_is_inside():
    header = vc_jose.parse(vc_jose.sign(CREDENTIAL, SIGNER, kind="vc", **HOW)).unverified_header
    assert header == {"alg": "ES256", "typ": "vc+jwt", "cty": "vc", "kid": METHOD}
    message = vc_cose.parse(vc_cose.sign(PRESENTATION, SIGNER, kind="vp", **HOW))
    assert dict(message.unverified_header) == {
        1: -7,
        3: "application/vp",
        4: METHOD.encode(),
        16: "application/vp+cose",
    }


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"cty": "vp"}, "typ_mismatch"),
        ({"cty": "bad+cty"}, "typ_mismatch"),
        ({"cty": 1}, "typ_mismatch"),
        ({"typ": "jwt"}, "typ_mismatch"),
        ({"iss": "https://other.example"}, "issuer_mismatch"),
    ],
)
def test_headers_that_are_refused(header, code):
    assert refusal(lambda: verified(CREDENTIAL, **header)) == code


@pytest.mark.parametrize("header", [{}, {"cty": "VC"}, {"cty": "application/vc"}, {"iss": "https://issuer.example"}])
def test_headers_that_are_accepted(header):
    assert verified(CREDENTIAL, **header).document == CREDENTIAL


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"vc": {}}, "vc_claim_forbidden"),
        ({"vp": "x"}, "vc_claim_forbidden"),
        ({"iss": "https://other.example"}, "issuer_mismatch"),
        ({"iss": 1}, "issuer_mismatch"),
        ({"exp": "tomorrow"}, "claim_time"),
        ({"nbf": True}, "claim_time"),
        ({"exp": -1}, "claim_time"),
        ({"colour": "red"}, "jsonld_undefined_term"),
    ],
)
def test_claims_that_are_refused(claims, code):
    assert refusal(lambda: verified({**CREDENTIAL, **claims})) == code


def test_registered_claims_may_stand_beside_the_document():
    found = verified({**CREDENTIAL, "iss": "https://issuer.example", "exp": 2e9, "nbf": 1, "iat": "2010", "jti": "x"})
    assert (found.not_before, found.expires) == (1, 2_000_000_000)
    assert found.checked.issuer == "https://issuer.example"
    assert "iss" not in found.checked.document


def test_a_presentation_is_its_holders():
    assert refusal(lambda: verified({**PRESENTATION, "iss": "did:example:other"}, "vp")) == "holder_mismatch"
    assert verified({**PRESENTATION, "iss": "did:example:holder"}, "vp").checked.holder == "did:example:holder"


def test_unsecured_tokens_are_nothing():
    raw = jws.attach(jws.prepare({"alg": "none", "typ": "vc+jwt"}, json.encode(CREDENTIAL)), b"")
    assert refusal(lambda: verify(vc_jose, raw, "vc", algorithms=[*ALL, "none"])) == "algorithm_refused"


def test_a_presentation_gives_what_is_enveloped_unverified():
    inner = vc_jose.sign(CREDENTIAL, SIGNER, kind="vc", **HOW)
    document = {**PRESENTATION, "verifiableCredential": [build_envelope(vc_jose.media_type("vc"), inner)]}
    (enveloped,) = verified(document, "vp").checked.credentials
    assert enveloped == Envelope("application/vc+jwt", inner.encode())
    assert verify(vc_jose, enveloped.unverified_content.decode(), "vc").document == CREDENTIAL


@pytest.mark.parametrize("path", [("type",), ("@context", 1), ("credentialStatus",), ("validUntil",), ()])
def test_what_must_stay_visible_is_never_made_disclosable(path):
    with pytest.raises(DidkitError) as error:
        vc_sd_jwt.sign(CREDENTIAL, SIGNER, kind="vc", disclosable=[path], **HOW)
    assert error.value.code == "sd_jwt_disclosable"


@pytest.mark.parametrize("name", ["validUntil", "@context"])
def test_what_must_stay_visible_is_not_read_from_a_disclosure(name):
    raw = sd_jwt.issue(CREDENTIAL, SIGNER, typ="vc+sd-jwt", disclosable=[(name,)])
    assert refusal(lambda: verify(vc_sd_jwt, raw, "vc")) == "claim_must_be_visible"


def test_disclosures_can_be_withheld():
    document = {**CREDENTIAL, "credentialSubject": {"id": "did:example:1", "type": "urn:a:b"}}
    shown = sd_jwt.disclose(vc_sd_jwt.parse(disclosed(document, SIGNER, "vc")), [])
    assert verify(vc_sd_jwt, shown, "vc").document["credentialSubject"] == {"type": "urn:a:b"}


@pytest.mark.parametrize(
    ("header", "method"),
    [
        ({"kid": "did:example:1#a"}, "did:example:1#a"),
        ({"kid": "#a", "iss": "https://a.example"}, "https://a.example#a"),
        ({"kid": "a", "iss": "https://a.example"}, "https://a.example#a"),
        ({"kid": "a"}, None),
        ({"kid": None, "iss": "https://a.example"}, None),
        ({"iss": "https://a.example"}, None),
    ],
)
def test_whose_key_is_to_be_asked_for(header, method):
    parsed = vc_jose.parse(jws.sign(CREDENTIAL, SIGNER, typ="vc+jwt", header=header))
    if method is None:
        assert refusal(lambda: vc_jose.unverified_method(parsed)) == "key_id_missing"
    else:
        assert vc_jose.unverified_method(parsed) == method


def test_an_issuer_in_the_claims_of_a_cose_header():
    def message(issuer):
        header = {cose.KID: b"a", 15: {1: issuer}}
        return cose.sign1(json.encode(CREDENTIAL), SIGNER, typ="application/vc+cose", header=header)

    own = message("https://issuer.example")
    assert verify(vc_cose, own, "vc").document == CREDENTIAL
    assert vc_cose.unverified_method(vc_cose.parse(own)) == "https://issuer.example#a"
    assert refusal(lambda: verify(vc_cose, message("https://other.example"), "vc")) == "issuer_mismatch"


def test_a_verification_method_is_an_absolute_url():
    with pytest.raises(DidkitError) as error:
        vc_jose.sign(CREDENTIAL, SIGNER, kind="vc", verification_method="#key", terms=None)
    assert error.value.code == "vc_identifier"


VALUES = st.none() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=3), max_size=2) | st.just({"a": 1})


@settings(max_examples=100)
@given(st.sampled_from(["iss", "exp", "nbf", "cnf", "vc", "holder", "proof", *CREDENTIAL]), VALUES)
def test_whatever_is_signed_there_is_an_answer(name, value):
    for kind, document in DOCUMENTS.items():
        try:
            verify(vc_jose, token({**document, name: value}, kind), kind)
        except DidkitError as error:
            assert type(error) is CODES[error.code].kind  # noqa: PT017 - both outcomes are right


@settings(max_examples=100)
@given(st.sampled_from([0, 2, 3, 4, 15, 16, 33, "x"]), VALUES | st.binary(max_size=8))
def test_whatever_a_cose_header_holds_there_is_an_answer(label, value):
    try:
        protected = {cose.ALG: -7, cose.TYP: "application/vc+cose", label: value}
        prepared = cose.prepare(protected, json.encode(CREDENTIAL))
        raw = cose.encode(cose.attach(prepared, SIGNER.sign(prepared.to_be_signed)), tagged=True)
        parsed = vc_cose.parse(raw)
        vc_cose.verify(parsed, KEY, kind="vc", algorithms=ALL, terms=None)
        vc_cose.unverified_method(parsed)
    except DidkitError as error:
        assert type(error) is CODES[error.code].kind  # noqa: PT017 - both outcomes are right
