"""The form of W3C credentials and presentations: each property by itself, and what they say together."""

import base64
import hashlib
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.credentials.model import ISSUED, READ, check_credential
from didkit_fr.credentials.presentation import (
    ENVELOPED_PRESENTATION,
    Envelope,
    build_envelope,
    check_presentation,
    parse_envelope,
)
from didkit_fr.credentials.related import check_resources
from didkit_fr.encoding import multibase
from didkit_fr.error_table import CODES
from didkit_fr.errors import DidkitError
from tests.credentials.documents import CREDENTIAL, PRESENTATION, V1, V2, changed
from tests.refused import refusal

OLD = {
    "@context": [V1],
    "type": ["VerifiableCredential"],
    "issuer": {"id": "did:example:issuer", "name": "Issuer"},
    "issuanceDate": "2026-01-01T00:00:00",
    "expirationDate": "2027-01-01T00:00:00Z",
    "credentialSubject": [{"id": "did:example:1"}],
}
JWT = "application/vc+jwt"
BYTES = b"a resource"
SRI = "sha384-" + base64.b64encode(hashlib.sha384(BYTES).digest()).decode()
MULTIBASE = multibase.encode(b"\x12\x20" + hashlib.sha256(BYTES).digest(), "u")


def test_what_was_checked_is_given_back():
    checked = check_credential(CREDENTIAL, versions=ISSUED)
    assert (checked.version, checked.id, checked.issuer) == ("2.0", "urn:uuid:1", "https://issuer.example")
    assert checked.types == ("VerifiableCredential",)
    assert (checked.valid_from, checked.valid_until) == (1_767_225_600, 1_798_758_000)
    assert checked.document is CREDENTIAL


def test_data_model_1_1_is_read_and_not_issued():
    checked = check_credential(OLD, versions=READ)
    assert (checked.version, checked.issuer) == ("1.1", "did:example:issuer")
    assert (checked.valid_from, checked.valid_until) == (1_767_225_600, 1_798_761_600)
    assert refusal(lambda: check_credential(OLD, versions=ISSUED)) == "vc_context"


@pytest.mark.parametrize("name", ["@context", "type", "issuer", "credentialSubject"])
def test_required_properties(name):
    document = deepcopy(CREDENTIAL)
    del document[name]
    expected = {"@context": "vc_context", "type": "vc_type"}.get(name, "vc_property")
    assert refusal(lambda: check_credential(document, versions=READ)) == expected


@pytest.mark.parametrize("name", ["type", "issuer", "issuanceDate", "credentialSubject"])
def test_required_properties_of_1_1(name):
    document = deepcopy(OLD)
    del document[name]
    expected = "vc_type" if name == "type" else "vc_property"
    assert refusal(lambda: check_credential(document, versions=READ)) == expected


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("@context", V2, "vc_context"),
        ("@context", [], "vc_context"),
        ("@context", ["https://example.org/1", V2], "vc_context"),
        ("@context", [[V2]], "vc_context"),
        ("@context", [V2, 1], "vc_context"),
        ("@context", [V2, "relative"], "vc_context"),
        ("@context", [V2] + ["https://example.org/1"] * 16, "vc_context"),
        ("type", [], "vc_type"),
        ("type", ["Other"], "vc_type"),
        ("type", ["VerifiableCredential", 1], "vc_type"),
        ("type", ["VerifiableCredential", "two words"], "vc_type"),
        ("type", ["VerifiableCredential", ""], "vc_type"),
        ("type", ["VerifiableCredential", "@id"], "vc_type"),
        ("type", ["VerifiableCredential"] * 33, "vc_type"),
        ("id", ["urn:a:1"], "vc_identifier"),
        ("id", None, "vc_identifier"),
        ("id", "relative", "vc_identifier"),
        ("id", "https://", "vc_identifier"),
        ("id", "https:/a", "vc_identifier"),
        ("id", "urn:a b", "vc_identifier"),
        ("id", "urn:" + "a" * 8_189, "vc_identifier"),
        ("issuer", [], "vc_identifier"),
        ("issuer", {}, "vc_identifier"),
        ("issuer", {"id": "urn:a:1", "name": 1}, "vc_language_value"),
        ("issuer", {"id": "urn:a:1", "name": []}, "vc_property"),
        ("issuer", {"id": "urn:a:1", "name": {"@value": "a", "@language": "not a tag"}}, "vc_language_value"),
        ("name", {"@value": "a", "@direction": "up"}, "vc_language_value"),
        ("name", {"@language": "fr"}, "vc_language_value"),
        ("name", {"@value": "a", "url": "urn:a:1"}, "vc_language_value"),
        ("description", ["a", "b"], "vc_language_value"),
        ("credentialSubject", [], "vc_property"),
        ("credentialSubject", [{}], "vc_property"),
        ("credentialSubject", "urn:a:1", "vc_property"),
        ("credentialSubject", {"id": ["urn:a:1"]}, "vc_identifier"),
        ("credentialSubject", {"type": 1}, "vc_type"),
        ("credentialSubject", [{"a": 1}] * 257, "input_too_large"),
        ("validFrom", 1, "date_time_invalid"),
        ("validFrom", "2026-01-01T00:00:00", "date_time_invalid"),
        ("validFrom", "2026-01-01", "date_time_invalid"),
        ("validFrom", "2026-02-30T00:00:00Z", "date_time_invalid"),
        ("validUntil", "2025-12-31T23:59:59Z", "vc_period"),
        ("issuanceDate", "2026-01-01T00:00:00Z", "vc_property"),
        ("expirationDate", "2026-01-01T00:00:00Z", "vc_property"),
        ("credentialStatus", [], "vc_property"),
        ("credentialStatus", {"id": "urn:a:1"}, "vc_type"),
        ("credentialStatus", {"type": "A", "id": "a"}, "vc_identifier"),
        ("credentialSchema", {"type": "JsonSchema"}, "vc_property"),
        ("credentialSchema", {"id": "urn:a:1"}, "vc_type"),
        *((name, {"id": "urn:a:1"}, "vc_type") for name in ("evidence", "termsOfUse", "refreshService")),
        *((name, "text", "vc_property") for name in ("renderMethod", "confidenceMethod", "proof")),
        ("relatedResource", {}, "vc_identifier"),
        ("relatedResource", "urn:a:1", "related_resource_malformed"),
        ("relatedResource", {"id": "urn:a:1"}, "related_resource_malformed"),
        ("relatedResource", {"id": "urn:a:1", "digestSRI": "md5-AAAA"}, "related_resource_malformed"),
        ("relatedResource", {"id": "urn:a:1", "digestSRI": "sha384-AAAA"}, "related_resource_malformed"),
        ("relatedResource", {"id": "urn:a:1", "digestSRI": "sha384-A"}, "related_resource_malformed"),
        ("relatedResource", {"id": "urn:a:1", "digestSRI": " "}, "related_resource_malformed"),
        ("relatedResource", {"id": "urn:a:1", "digestMultibase": "uEg"}, "related_resource_malformed"),
        ("relatedResource", {"id": "urn:a:1", "digestMultibase": 1}, "related_resource_malformed"),
        ("relatedResource", [{"id": "urn:a:1", "digestSRI": SRI}] * 2, "related_resource_malformed"),
        ("relatedResource", {"id": "urn:a:1", "digestSRI": SRI, "mediaType": 1}, "related_resource_malformed"),
    ],
)
def test_what_is_out_of_form(name, value, code):
    assert refusal(lambda: check_credential(changed(name, value), versions=READ)) == code


def test_an_identifier_of_8192_characters_is_the_longest():
    check_credential(changed("id", "urn:" + "a" * 8_188), versions=READ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "VerifiableCredential"),
        ("type", ["https://example.org/#Type", "VerifiableCredential", "Term"]),
        ("id", "did:example:a:b;c"),
        ("id", "https://exämple.org/é"),
        ("name", ""),
        ("name", [{"@value": "Dog", "@language": "en"}, {"@value": "Chien", "@language": "fr-FR-x-a"}]),
        ("credentialSubject", [{"id": "urn:a:1"}, {"anything": None}]),
        ("validFrom", "2026-01-01T24:00:00.0-14:00"),
        ("validUntil", "2026-01-01T00:00:00.000Z"),
        ("evidence", [{"type": ["A", "urn:a:b"]}, {"type": "B"}]),
        ("relatedResource", {"id": "urn:a:1", "digestSRI": f"{SRI} {SRI}?opt", "digestMultibase": MULTIBASE}),
    ],
)
def test_what_is_in_form(name, value):
    check_credential(changed(name, value), versions=ISSUED)


def test_moments_of_the_same_second_compare_by_their_fraction():
    document = changed("validFrom", "2026-01-01T00:00:00.50Z")
    check_credential({**document, "validUntil": "2026-01-01T01:00:00.5+01:00"}, versions=ISSUED)
    late = {**document, "validUntil": "2026-01-01T00:00:00.4999Z"}
    assert refusal(lambda: check_credential(late, versions=ISSUED)) == "vc_period"


def test_resources_are_compared_with_every_digest():
    document = changed("relatedResource", [{"id": "urn:a:1", "digestSRI": SRI, "digestMultibase": MULTIBASE}])
    assert check_resources(document, {"urn:a:1": BYTES, "urn:a:2": b""}) == ("urn:a:1",)
    assert check_resources(document, {}) == check_resources(CREDENTIAL, {"urn:a:1": BYTES}) == ()
    assert refusal(lambda: check_resources(document, {"urn:a:1": BYTES + b" "})) == "related_resource_mismatch"
    half = deepcopy(document)
    half["relatedResource"][0]["digestSRI"] = "sha384-" + base64.b64encode(bytes(48)).decode()
    assert refusal(lambda: check_resources(half, {"urn:a:1": BYTES})) == "related_resource_mismatch"


# --- presentations


def test_a_presentation_gives_its_credentials():
    own = changed("issuer", "did:example:holder")
    signed = changed("proof", {"type": "DataIntegrityProof"})
    document = changed("verifiableCredential", [own, signed, build_envelope(JWT, "a.b.c")], PRESENTATION)
    checked = check_presentation(document, versions=ISSUED)
    assert checked.holder == "did:example:holder"
    assert [type(one).__name__ for one in checked.credentials] == ["CheckedCredential"] * 2 + ["Envelope"]
    assert check_presentation(PRESENTATION, versions=ISSUED).credentials == ()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("type", "VerifiableCredential", "vc_type"),
        ("id", "a", "vc_identifier"),
        ("holder", {"name": "a"}, "vc_identifier"),
        ("termsOfUse", {"id": "urn:a:1"}, "vc_type"),
        ("verifiableCredential", [], "vc_property"),
        ("verifiableCredential", ["a.b.c"], "vc_property"),
        ("verifiableCredential", [CREDENTIAL], "self_asserted_holder"),
        ("verifiableCredential", [build_envelope(JWT, "a.b.c")] * 65, "input_too_large"),
        ("verifiableCredential", {**build_envelope(JWT, "a"), "@context": ["urn:a:1"]}, "vc_envelope"),
        ("verifiableCredential", {**build_envelope(JWT, "a"), "id": "urn:a:1"}, "vc_envelope"),
        ("verifiableCredential", {**build_envelope(JWT, "a"), "id": None}, "vc_envelope"),
        ("verifiableCredential", {**build_envelope("a/b;base64", "a"), "id": "data:a/b;base64,A"}, "vc_envelope"),
        ("verifiableCredential", {**CREDENTIAL, "type": ["Other"]}, "vc_type"),
    ],
)
def test_presentations_out_of_form(name, value, code):
    assert refusal(lambda: check_presentation(changed(name, value, PRESENTATION), versions=READ)) == code


def test_nobody_says_a_credential_without_a_holder():
    document = changed("verifiableCredential", [CREDENTIAL], PRESENTATION)
    del document["holder"]
    assert refusal(lambda: check_presentation(document, versions=READ)) == "self_asserted_holder"


@given(st.binary(min_size=1, max_size=100))
def test_envelopes_give_back_what_they_hold(content):
    opened = parse_envelope(build_envelope("application/vc+cose", content))
    assert opened == Envelope("application/vc+cose", content)
    unpadded = build_envelope("application/vc+cose", content)
    unpadded["id"] = unpadded["id"].rstrip("=") + "\n"
    assert parse_envelope(unpadded).unverified_content == content


def test_an_enveloped_presentation_is_no_enveloped_credential():
    document = build_envelope("application/vp+jwt", "a.b.c", kind=ENVELOPED_PRESENTATION)
    assert parse_envelope(document, kind=ENVELOPED_PRESENTATION).unverified_content == b"a.b.c"
    assert refusal(lambda: parse_envelope(document)) == "vc_envelope"
    assert refusal(lambda: parse_envelope(document, kind=ENVELOPED_PRESENTATION, max_chars=10)) == "input_too_large"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=10)
    | st.sampled_from([V2, "data:a/b;base64,A", "@id"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200)
@given(st.sampled_from(sorted({*CREDENTIAL, *OLD, "evidence", "relatedResource", "name", "proof"})), VALUES)
def test_whatever_a_property_is_there_is_an_answer(name, value):
    for document in (CREDENTIAL, OLD):
        try:
            check_credential(changed(name, value, document), versions=READ)
        except DidkitError as error:
            assert type(error) is CODES[error.code].kind  # noqa: PT017 - both outcomes are right


@settings(max_examples=200)
@given(st.sampled_from([*PRESENTATION, "verifiableCredential", "proof"]), VALUES)
def test_whatever_a_presentation_holds_there_is_an_answer(name, value):
    try:
        check_presentation(changed(name, value, PRESENTATION), versions=READ)
    except DidkitError as error:
        assert type(error) is CODES[error.code].kind  # noqa: PT017 - both outcomes are right
