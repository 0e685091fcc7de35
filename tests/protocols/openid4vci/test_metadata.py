"""Credential issuer metadata."""

import json

import jsonschema
import pytest

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.protocols.message import parse_message
from didkit_fr.protocols.openid4vci.metadata import (
    BatchIssuance,
    CredentialMetadata,
    Display,
    IssuerMetadata,
    build_configuration,
    check_claims,
    parse_metadata,
)
from tests.vectors import vectors

FOLDER = "oid4vci/conformance-metadata"
CREDENTIAL_METADATA = {
    "display": [{"name": "Carte nationale d'identité", "locale": "fr"}, {"name": "Identity card", "locale": "en"}],
    "claims": [
        {"path": ["given_name"], "mandatory": True, "display": [{"name": "Prénoms", "locale": "fr"}]},
        {"path": ["nationalities", None], "mandatory": False},
    ],
}


def ours():
    configuration = build_configuration(vct="urn:eudi:pid:fr:1", scope="pid", credential_metadata=CREDENTIAL_METADATA)
    return IssuerMetadata(
        credential_issuer="https://i.example",
        credential_endpoint="https://i.example/credential",
        nonce_endpoint="https://i.example/nonce",
        batch_credential_issuance=BatchIssuance(batch_size=30),
        display=(Display(name="France", locale="fr"),),
        credential_configurations_supported={"pid": configuration},
    )


def plain(**members):
    base = json.loads(ours().encode())
    return json.dumps({name: value for name, value in {**base, **members}.items() if value is not None}).encode()


def configured(**members):
    configuration = json.loads(ours().encode())["credential_configurations_supported"]["pid"]
    return plain(credential_configurations_supported={"pid": {**configuration, **members}})


def test_what_we_build_meets_the_conformance_schema_and_comes_back():
    schema = json.loads(
        vectors("oid4vci/conformance-json-schemas/oid4vci/credential_issuer_metadata-1_0.json").read_bytes()
    )
    jsonschema.validate(json.loads(ours().encode()), schema)
    assert parse_metadata(ours().encode(), issuer="https://i.example") == ours()


def test_claims_path_pointers_keep_their_null():
    written = json.loads(ours().encode())["credential_configurations_supported"]["pid"]
    assert written["credential_metadata"]["claims"][1]["path"] == ["nationalities", None]
    assert written["proof_types_supported"] == {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}}


@pytest.mark.parametrize("issuer", ["https://i.example/", "https://I.example", "http://i.example"])
def test_the_issuer_must_be_identical(issuer):
    with pytest.raises(VerificationError) as error:
        parse_metadata(ours().encode(), issuer=issuer)
    assert error.value.code == "metadata_issuer_mismatch"


@pytest.mark.parametrize(
    "name",
    [
        "valid-openid-credential-issuer-metadata-claims-path-pointer-null",
        "valid-openid-credential-issuer-metadata-eudiw",
        "valid-openid-credential-issuer-metadata-mock-full",
        "valid-openid-credential-issuer-metadata-mock-minimal",
        "valid-openid-credential-issuer-metadata-spec-DcSdJwt-claims-example",
        "valid-openid-credential-issuer-metadata-spec-appendix-example",
        "credential-issuer-metadata-dresden-komm-pass",
    ],
)
def test_valid_conformance_metadata(name):
    raw = vectors(f"{FOLDER}/{name}.json").read_bytes()
    metadata = parse_metadata(raw, issuer=json.loads(raw)["credential_issuer"])
    given = json.loads(raw)["credential_configurations_supported"]
    assert {key: one.format for key, one in metadata.credential_configurations_supported.items()} == {
        key: one["format"] for key, one in given.items()
    }
    for one in metadata.credential_configurations_supported.values():
        if one.credential_metadata is not None:
            check_claims(one.credential_metadata)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("ebsi", "credential_configurations_supported (missing)"),
        ("invalid-type-for-authorization-servers", "authorization_servers (tuple_type)"),
        (
            "missing-required-property-in-optional-property",
            "credential_response_encryption.enc_values_supported (missing)",
        ),
        ("missing-required-property", "credential_endpoint (missing)"),
        ("request-encryption-jwks-as-array", "credential_request_encryption.jwks (model_type)"),
    ],
)
def test_invalid_conformance_metadata(name, place):
    raw = vectors(f"{FOLDER}/invalid-openid-credential-issuer-metadata-{name}.json").read_bytes()
    with pytest.raises(ParseError) as error:
        parse_metadata(raw, issuer="https://issuer.example.com")
    assert (error.value.code, error.value.detail) == ("message_invalid", f"IssuerMetadata: {place}")


def test_the_conformance_example_whose_vct_is_misspelt():
    # Its file name says "valid", its schema says that vct is required, and so does the standard (appendix A.3.2).
    name = "valid-openid-credential-issuer-metadata-spec-DcSdJwt-claims-missing-vct-example"
    with pytest.raises(ParseError) as error:
        parse_metadata(vectors(f"{FOLDER}/{name}.json").read_bytes(), issuer="https://issuer.example.com")
    assert error.value.detail.endswith("(vct is missing)")


def test_what_earlier_drafts_called_otherwise_is_ignored_as_unknown():
    # "invalid" for its batch_credential_endpoint and its old place for claims: neither is known, both are ignored.
    raw = vectors(f"{FOLDER}/invalid-openid-credential-issuer-metadata-bdr-example1.json").read_bytes()
    metadata = parse_metadata(raw, issuer=json.loads(raw)["credential_issuer"])
    assert metadata.batch_size == 1


def test_the_official_configurations():
    for name in ("sd_jwt_vc", "mso_mdoc", "jwt_vc_json", "ldp_vc"):
        document = json.loads(vectors(f"oid4vci/1.0/examples/credential_metadata_{name}.json").read_bytes())
        supported = document["credential_configurations_supported"]
        raw = plain(credential_configurations_supported=supported)
        metadata = parse_metadata(raw, issuer="https://i.example")
        assert set(metadata.credential_configurations_supported) == set(supported)


def test_the_official_issuer():
    raw = vectors("oid4vci/1.0/examples/credential_issuer_metadata_sd_jwt_long.json").read_bytes()
    metadata = parse_metadata(raw, issuer="https://credential-issuer.example.com")
    assert (metadata.batch_size, metadata.credential_request_encryption.encryption_required) == (10, True)


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        plain(credential_issuer=None),
        plain(credential_endpoint="credential"),
        plain(nonce_endpoint="javascript:alert(1)"),
        plain(authorization_servers=[]),
        plain(authorization_servers=["auth"]),
        plain(batch_credential_issuance={}),
        plain(batch_credential_issuance={"batch_size": 1}),
        plain(batch_credential_issuance={"batch_size": "30"}),
        plain(batch_credential_issuance={"batch_size": 30.5}),
        plain(display=[]),
        plain(display={"name": "x"}),
        plain(credential_configurations_supported=[]),
        plain(credential_configurations_supported={"pid": []}),
        plain(credential_configurations_supported={"pid": {}}),
        configured(vct=["urn:eudi:pid:fr:1"]),
        configured(cryptographic_binding_methods_supported=[]),
        configured(proof_types_supported={"jwt": {}}),
        configured(proof_types_supported={"jwt": {"proof_signing_alg_values_supported": []}}),
        configured(credential_metadata={"claims": [{"path": []}]}),
        configured(credential_metadata={"claims": [{"path": [-1]}]}),
        configured(credential_metadata={"claims": [{"path": [True]}]}),
        configured(credential_metadata={"claims": [{"path": [1.5]}]}),
        configured(credential_metadata={"claims": []}),
        configured(credential_metadata={"display": [{"locale": "fr"}]}),
    ],
)
def test_refused(raw):
    with pytest.raises(ParseError) as error:
        parse_metadata(raw, issuer="https://i.example")
    assert error.value.code == "message_invalid"


def test_limit():
    with pytest.raises(ParseError) as error:
        parse_metadata(plain(x="y" * 1_048_576), issuer="https://i.example")
    assert error.value.code == "input_too_large"


@pytest.mark.parametrize(
    "paths",
    [
        [["a"], ["a"]],
        [["a", None], ["a", 0]],
        [["a", 0], ["a", "b"]],
        [["a", None, "b"], ["a", "b"]],
        [[0], ["a"]],
    ],
)
def test_contradictory_claims(paths):
    metadata = parse_message(CredentialMetadata, {"claims": [{"path": path} for path in paths]})
    with pytest.raises(ParseError) as error:
        check_claims(metadata)
    assert error.value.code == "claims_contradictory"


def test_claims_that_agree():
    paths = [["a"], ["a", None], ["a", None, "b"], ["b"], ["b", 0], ["b", 1], ["c", "d"]]
    check_claims(parse_message(CredentialMetadata, {"claims": [{"path": path} for path in paths]}))


def test_what_we_are_given_to_publish_is_checked():
    with pytest.raises(ParseError) as error:
        build_configuration(vct="v", scope="s", credential_metadata={"claims": [{"path": []}]})
    assert error.value.code == "message_invalid"
