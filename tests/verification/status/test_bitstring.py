"""The status of W3C credentials, asked of lists that are secured in either way."""

import pytest

from didkit_fr.flow import offline
from didkit_fr.formats.w3c import vc_jose
from didkit_fr.verification.memory import Memory
from tests.bitstring_lists import (
    SIGNER,
    UNKNOWN,
    as_cose,
    as_integrity,
    as_jwt,
    as_sd_jwt,
    asked,
    did,
    entry,
    listed,
    method,
    served,
)
from tests.nation import NOW
from tests.refused import refusal


@pytest.mark.parametrize("secure", [as_jwt, as_integrity])
def test_a_list_is_believed_in_either_form(secure):
    assert asked(secure(listed()), entry()) == "valid"
    assert refusal(lambda: asked(secure(listed(_7=1)), entry())) == "status_revoked"
    assert refusal(lambda: asked(secure(listed("suspension", _7=1)), entry("suspension"))) == "status_suspended"


@pytest.mark.parametrize("secure", [as_jwt, as_integrity])
def test_an_issuer_may_be_described(secure):
    described = {**listed(), "issuer": {"id": did(SIGNER), "name": "The agency"}}
    assert asked(secure(described), entry()) == "valid"
    other = {**listed(), "issuer": {"id": did(UNKNOWN), "name": "The agency"}}
    assert refusal(lambda: asked(secure(other), entry())) in {"issuer_mismatch", "issuer_unknown"}


@pytest.mark.parametrize("secure", [as_jwt, as_integrity])
def test_a_list_of_an_unknown_party_is_not(secure):
    assert refusal(lambda: asked(secure(listed(issuer=UNKNOWN), UNKNOWN), entry())) == "issuer_unknown"
    code = refusal(lambda: asked(secure(listed(issuer=UNKNOWN), SIGNER), entry()))
    assert code in {"issuer_mismatch", "issuer_unknown", "verification_method_controller"}


@pytest.mark.parametrize(
    ("secure", "media_type"),
    [
        (as_jwt, "application/vc+jwt"),
        (as_sd_jwt, "application/vc+sd-jwt"),
        (as_cose, "application/vc+cose"),
        (as_integrity, "application/vc"),
        (as_integrity, "application/json"),
        (as_jwt, "text/plain"),
    ],
)
def test_the_server_says_which_envelope_it_is(secure, media_type):
    assert asked(None, entry(), web=served(secure(listed()), media_type)) == "valid"
    assert refusal(lambda: asked(None, entry(), web=served(secure(listed(_7=1)), media_type))) == "status_revoked"
    foreign = secure(listed(issuer=UNKNOWN), UNKNOWN)
    assert refusal(lambda: asked(None, entry(), web=served(foreign, media_type))) == "issuer_unknown"


def test_one_envelope_is_not_taken_for_another():
    sd_jwt, jwt = served(as_sd_jwt(listed()), "application/vc+jwt"), served(as_jwt(listed()), "application/vc+cose")
    assert refusal(lambda: asked(None, entry(), web=sd_jwt)) == "base64url_invalid"
    assert refusal(lambda: asked(None, entry(), web=jwt)) == "cbor_not_shortest"


def test_what_stays_in_force_is_said():
    messages = [{"status": hex(value), "message": "m"} for value in range(4)]
    told = entry("message", statusSize=2, statusMessage=messages)
    assert asked(as_jwt(listed("message", bits=2, _7=2)), told) == "valid; message 0x2"
    assert asked(as_jwt(listed("message", bits=2)), told) == "valid"
    assert asked(as_jwt(listed("refresh", _7=1)), entry("refresh")) == "valid; refresh 0x1"


def test_a_list_serves_its_own_purposes_only():
    assert refusal(lambda: asked(as_jwt(listed("suspension")), entry("revocation"))) == "status_list_subject"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"\xff", "jws_malformed"),
        (b"a.b", "jws_malformed"),
        (b"{}", "integrity_proof_missing"),
        (as_jwt(listed(), exp=NOW), "status_list_expired"),
        (as_jwt({**listed(), "type": ["VerifiableCredential"]}), "status_list_malformed"),
        (as_jwt({**listed(), "credentialSubject": {"type": "BitstringStatusList"}}), "status_list_subject"),
        (as_jwt(listed())[:-4] + b"AAAA", "signature_invalid"),
    ],
)
def test_lists_that_are_refused(raw, code):
    assert refusal(lambda: asked(raw, entry())) == code


@pytest.mark.parametrize(("ttl", "kept"), [(None, True), (60, True), (10, False)])
def test_a_list_is_remembered_for_as_long_as_it_says(ttl, kept):
    memory = Memory()
    assert asked(as_jwt(listed(ttl=ttl)), entry(), memory=memory) == "valid"
    later = {"memory": memory, "web": offline, "now": NOW + 30}
    if kept:
        assert asked(b"", entry(), **later) == "valid"
    else:
        assert refusal(lambda: asked(b"", entry(), **later)) == "offline"


def test_a_list_is_a_credential_by_the_books():
    raw = vc_jose.sign(listed(), SIGNER, kind="vc", verification_method=method(SIGNER), terms=None)
    assert asked(raw.encode(), entry()) == "valid"
