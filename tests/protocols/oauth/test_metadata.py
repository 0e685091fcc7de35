"""Authorization server metadata and well-known addresses."""

import json

import pytest

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.protocols.oauth.metadata import AuthorizationServerMetadata, parse_metadata, well_known
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
from tests.vectors import vectors

OAUTH, ISSUER = "oauth-authorization-server", "openid-credential-issuer"


@pytest.mark.parametrize(
    ("issuer", "name", "url"),
    [
        # OpenID4VCI section 12.2.2 prints the first two.
        ("https://issuer.example.com/tenant", ISSUER, "https://issuer.example.com/.well-known/openid-credential-issuer/tenant"),
        ("https://tenant.issuer.example.com", ISSUER, "https://tenant.issuer.example.com/.well-known/openid-credential-issuer"),
        ("https://issuer.example.com:8443/a/", ISSUER, "https://issuer.example.com:8443/.well-known/openid-credential-issuer/a/"),
        # RFC 8414 section 3.1.
        ("https://example.com/issuer1", OAUTH, "https://example.com/.well-known/oauth-authorization-server/issuer1"),
        ("https://example.com/issuer1/", OAUTH, "https://example.com/.well-known/oauth-authorization-server/issuer1"),
        ("https://example.com/", OAUTH, "https://example.com/.well-known/oauth-authorization-server"),
    ],
)  # fmt: skip
def test_the_well_known_part_stands_between_host_and_path(issuer, name, url):
    assert well_known(issuer, name) == url


def test_round_trip():
    metadata = AuthorizationServerMetadata(
        issuer="https://issuer.example",
        token_endpoint="https://issuer.example/token",
        grant_types_supported=(PRE_AUTHORIZED,),
        token_endpoint_auth_methods_supported=("none",),
        anonymous_access=True,
    )
    assert json.loads(metadata.encode())["pre-authorized_grant_anonymous_access_supported"] is True
    assert parse_metadata(metadata.encode(), issuer="https://issuer.example") == metadata


@pytest.mark.parametrize("issuer", ["https://issuer.example/", "https://ISSUER.example", "https://issuer.example:443"])
def test_the_issuer_must_be_identical(issuer):
    with pytest.raises(VerificationError) as error:
        parse_metadata(b'{"issuer":"https://issuer.example"}', issuer=issuer)
    assert error.value.code == "metadata_issuer_mismatch"


@pytest.mark.parametrize("name", ["mock", "mock-full"])
def test_valid_conformance_metadata(name):
    raw = vectors(f"oid4vci/conformance-metadata/valid-oauth-authorization-server-metadata-{name}.json").read_bytes()
    assert parse_metadata(raw, issuer="https://auth.example.com").anonymous_access in (None, False)


def test_invalid_conformance_metadata():
    raw = vectors("oid4vci/conformance-metadata/invalid-oauth-authorization-server-metadata-multiple-errors.json")
    with pytest.raises(ParseError) as error:
        parse_metadata(raw.read_bytes(), issuer="https://auth.example.com")
    assert error.value.code == "message_invalid"
