"""W3C documents in envelopes, with everything in them: JWS, SD-JWT and COSE."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.credentials.presentation import Envelope
from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import jwk, x509
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.w3c.verify import ExpectedPresentation, verify_presentation
from tests.nation import DAY, NOW, Web, nation
from tests.refused import refusal
from tests.w3c_documents import (
    HOLDER,
    ISSUER,
    POLICY,
    TYPE,
    UNKNOWN,
    credential,
    did,
    presentation,
    presented,
    read,
    secured,
    verified,
)
from tests.w3c_enveloped import ANSWER, FORMS, as_cose, as_jose, as_sd_jwt, enveloped, shown

ADDRESS = "https://issuer.example"


@pytest.mark.parametrize("form", FORMS)
def test_an_enveloped_credential_is_believed(form):
    for one in (enveloped(credential(), form), Envelope(f"application/vc+{form}", FORMS[form](credential()))):
        found = verified(one)
        assert (found.secured, found.issuer) == (f"application/vc+{form}", did(ISSUER))
        assert found.subjects == (did(HOLDER),)
    assert refusal(lambda: verified(enveloped(credential(UNKNOWN), form, UNKNOWN))) == "issuer_unknown"
    assert refusal(lambda: verified(enveloped(credential(UNKNOWN), form))) == "issuer_mismatch"
    late = credential(validUntil="2026-01-01T00:00:00Z")
    assert refusal(lambda: verified(enveloped(late, form))) == "credential_expired"
    both = credential(type=["VerifiableCredential", "ExampleCredential", "EducationCredential"])
    assert refusal(lambda: verified(enveloped(both, form))) == "issuer_not_for_type"


def test_another_key_than_the_one_named_signed_nothing():
    method = fields.method_of(ISSUER.public_key)
    token = as_jose(credential(), HOLDER, kid=method)
    assert refusal(lambda: verified(Envelope("application/vc+jwt", token))) == "signature_invalid"
    message = as_cose(credential(), HOLDER, more={cose.KID: method.encode()})
    assert refusal(lambda: verified(Envelope("application/vc+cose", message))) == "signature_invalid"


@pytest.mark.guarantee("G28")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("inner", [*FORMS, "proof"])
def test_an_enveloped_presentation_and_its_credentials_are_believed(form, inner):
    one = secured(credential()) if inner == "proof" else enveloped(credential(), inner)
    found = read(shown({**presentation(one), **ANSWER}, form))
    assert (found.secured, found.holder) == (f"application/vp+{form}", did(HOLDER))
    assert [each.issuer for each in found.credentials] == [did(ISSUER)]
    assert set(found.checks.values()) == {"passed"}
    forged = secured(credential(), UNKNOWN) if inner == "proof" else enveloped(credential(), inner, UNKNOWN)
    refused = refusal(lambda: read(shown({**presentation(one, forged), **ANSWER}, form)))
    assert refused in {"issuer_unknown", "issuer_mismatch"}


@pytest.mark.parametrize("inner", FORMS)
def test_a_presentation_with_a_proof_holds_envelopes(inner):
    found = read(presented(presentation(enveloped(credential(), inner), secured(credential()))))
    assert sorted(one.secured for one in found.credentials) == sorted([f"application/vc+{inner}", "data integrity"])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonce": "other"}, "integrity_challenge"),
        ({"nonce": None}, "integrity_challenge"),
        ({"aud": "other.example"}, "integrity_domain"),
        ({"aud": ["shop.example", "other.example"]}, "integrity_domain"),
        ({"aud": [{}]}, "integrity_domain"),
        ({"aud": None}, "integrity_domain"),
        ({"iat": NOW - DAY}, "key_binding_time"),
        ({"iat": "2026"}, "key_binding_time"),
        ({"exp": NOW - DAY}, "credential_expired"),
        ({"nbf": NOW + DAY}, "credential_not_yet_valid"),
        ({"iss": did(UNKNOWN)}, "holder_mismatch"),
        ({"holder": did(UNKNOWN)}, "holder_mismatch"),
    ],
)
def test_presentations_that_are_refused(form, changes, code):
    document = {**presentation(enveloped(credential())), **ANSWER, **changes}
    document = {name: value for name, value in document.items() if value is not None}
    assert refusal(lambda: read(shown(document, form))) == code


def test_an_empty_challenge_is_answered_by_nobody():
    document = {**presentation(), **ANSWER, "nonce": ""}
    assert refusal(lambda: read(shown(document), challenge="")) == "integrity_challenge"


def test_claims_of_cose_may_stand_in_its_header():
    document = presentation(enveloped(credential()))
    claims = {3: "shop.example", 10: "c", 6: NOW}
    assert read(shown(document, "cose", more={15: claims})).holder == did(HOLDER)
    assert refusal(lambda: read(shown(document, "cose", more={15: {**claims, 10: "d"}}))) == "integrity_challenge"
    assert refusal(lambda: read(shown(document, "cose", more={15: {**claims, 4: NOW - DAY}}))) == "credential_expired"
    assert refusal(lambda: read(shown(document, "cose", more={15: {**claims, 1: did(UNKNOWN)}}))) == "holder_mismatch"
    assert refusal(lambda: read(shown(document, "cose", more={15: [claims]}))) == "cose_malformed"
    twice = {**document, **ANSWER, "nonce": "d"}
    assert refusal(lambda: read(shown(twice, "cose", more={15: claims}))) == "cose_malformed"


def test_a_presentation_is_no_credential_and_the_other_way_round():
    both = Envelope("application/vp+jwt", as_jose(presentation(), HOLDER, "vp"))
    assert refusal(lambda: verified(both)) == "format_unsupported"
    assert refusal(lambda: read(Envelope("application/vc+jwt", as_jose(credential())))) == "format_unsupported"
    assert refusal(lambda: verified(Envelope("application/jwt", as_jose(credential())))) == "format_unsupported"


def test_a_key_binding_inside_an_envelope_is_not_ignored():
    raw = as_sd_jwt(credential()).decode()
    bound = sd_jwt.bind(raw, HOLDER, nonce="c", audience="shop.example", now=NOW)
    assert refusal(lambda: verified(Envelope("application/vc+sd-jwt", bound.encode()))) == "key_binding_unexpected"


def test_a_relative_key_is_one_of_the_issuers():
    named = did(ISSUER).removeprefix("did:key:")
    for kid in (named, f"#{named}"):
        assert verified(Envelope("application/vc+jwt", as_jose(credential(), kid=kid))).issuer == did(ISSUER)
    nobody = jws.sign(credential(), ISSUER, typ="vc+jwt").encode()
    assert refusal(lambda: verified(Envelope("application/vc+jwt", nobody))) == "key_id_missing"
    alone = jws.sign({**presentation(), **ANSWER}, HOLDER, typ="vp+jwt", header={"x5c": ["AA=="]}).encode()
    assert refusal(lambda: read(Envelope("application/vp+jwt", alone))) == "key_id_missing"


def test_an_issuer_by_address_publishes_its_keys():
    anchor = Anchor("issuer", None, frozenset({"credential"}), frozenset({TYPE}), issuer=ADDRESS)
    policy = replace(POLICY, anchors=Anchors((anchor,)))
    key = {**jwk.build(ISSUER.public_key), "kid": f"{ADDRESS}#1"}
    web = Web({f"{ADDRESS}/.well-known/jwt-vc-issuer": json.encode({"issuer": ADDRESS, "jwks": {"keys": [key]}})})
    token = as_jose({**credential(), "issuer": ADDRESS}, kid=f"{ADDRESS}#1")
    assert verified(Envelope("application/vc+jwt", token), policy, web).issuer == ADDRESS
    assert refusal(lambda: verified(Envelope("application/vc+jwt", token), POLICY, web)) == "issuer_unknown"


def test_an_issuer_by_certificate():
    state = nation()
    anchor = Anchor("issuer", state.root, frozenset({"credential"}), frozenset({TYPE}))
    policy = replace(POLICY, anchors=Anchors((anchor,)))
    chain = x509.build_x5c([state.leaf])
    token = jws.sign({**credential(), "issuer": ADDRESS}, state.signer, typ="vc+jwt", header={"x5c": chain}).encode()
    # The certificate names no address: that its key signed says nothing about who lives there.
    assert refusal(lambda: verified(Envelope("application/vc+jwt", token), policy)) == "issuer_mismatch"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nothing_but_our_errors_comes_out(data):
    form = data.draw(st.sampled_from(sorted(FORMS)))
    raw = bytearray(FORMS[form]({**presentation(enveloped(credential())), **ANSWER}, HOLDER, kind="vp"))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    asked = ExpectedPresentation(domain="shop.example", challenge="c", holder_is_subject=True)
    flow = verify_presentation(
        Envelope(f"application/vp+{form}", bytes(raw)), asked, VerificationContext(POLICY, Memory(), NOW)
    )
    # An error of another kind escapes, and fails.
    with suppress(DidkitError):
        run(flow, offline)
