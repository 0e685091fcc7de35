"""Credential offers by value."""

import contextlib
import json
from urllib.parse import quote

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, ParseError
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
from didkit_fr.protocols.openid4vci.offer import TxCode, build_offer, build_offer_uri, parse_offer, parse_offer_uri
from tests.protocols.examples import inline_examples
from tests.vectors import vectors

BY_VALUE = "Sending Credential Offer by Value Using `credential_offer` Parameter"
BY_REFERENCE = "Sending Credential Offer by Reference Using `credential_offer_uri` Parameter"
PLAIN = {"credential_issuer": "https://i.example", "credential_configuration_ids": ["pid"]}


def link(offer, scheme="openid-credential-offer"):
    return f"{scheme}://?credential_offer={quote(json.dumps(offer), safe='')}"


def granting(**grant):
    return {**PLAIN, "grants": {PRE_AUTHORIZED: {"pre-authorized_code": "c", **grant}}}


def test_both_ends_agree_and_the_code_stays_out_of_repr():
    tx_code = TxCode(length=6, description="Remis au guichet : é+&=")
    offer = build_offer(issuer="https://i.example/a", configuration_ids=("pid+1",), code="s3cret", tx_code=tx_code)
    uri = build_offer_uri(offer)
    assert uri.startswith("openid-credential-offer://?credential_offer=%7B")
    assert parse_offer_uri(uri) == offer
    assert "s3cret" not in repr(offer)


@pytest.mark.parametrize("tx_code", [None, TxCode(), TxCode(length=6, input_mode="text", description="x")])
def test_what_we_build_meets_the_conformance_schema(tx_code):
    schema = json.loads(vectors("oid4vci/conformance-json-schemas/oid4vci/credential_offer-1_0.json").read_bytes())
    offer = build_offer(issuer="https://i.example", configuration_ids=("pid",), code="c", tx_code=tx_code)
    jsonschema.validate(json.loads(offer.encode()), schema)


def test_the_official_link():
    text = inline_examples(BY_VALUE)[1]["text"].replace("\n", "").replace(" ", "")
    offer = parse_offer_uri(text)
    assert offer.credential_issuer == "https://credential-issuer.example.com"
    assert offer.credential_configuration_ids == ("org.iso.18013.5.1.mDL",)
    assert offer.grants.pre_authorized_code.code == "oaKazRN8I0IbtZ0C7JuMn5"
    assert offer.grants.pre_authorized_code.tx_code.input_mode == "text"
    assert offer.grants.pre_authorized_code.tx_code.description.endswith("your physical drivers license")


@pytest.mark.parametrize(
    "name",
    [
        "oid4vci/1.0/examples/credential_offer_by_reference.json",
        "oid4vci/1.0/examples/credential_offer_multiple_credentials.json",
        "oid4vci/1.0/examples/credential_offer_pre-authz_code.json",
        "oid4vci/1.0/examples/credential_offer_authz_code.txt",
    ],
)
def test_the_official_offers(name):
    raw = vectors(name).read_bytes()
    offer = parse_offer(raw[raw.index(b"{") :])
    assert offer.grants is not None
    assert (offer.grants.pre_authorized_code is None) == (offer.grants.authorization_code is not None)


def test_the_official_offer_left_over_from_a_draft():
    # "credentials" became "credential_configuration_ids" before 1.0.
    with pytest.raises(ParseError) as error:
        parse_offer(vectors("haip/1.0/examples/credential_offer_sd_jwt_vc.json").read_bytes())
    assert error.value.detail == "CredentialOffer: credential_configuration_ids (missing)"


def test_an_empty_tx_code_object_still_asks_for_a_code():
    assert parse_offer_uri(link(granting(tx_code={}))).grants.pre_authorized_code.tx_code == TxCode()
    assert parse_offer_uri(link(granting())).grants.pre_authorized_code.tx_code is None


def test_other_schemes_members_and_parameters():
    assert parse_offer_uri(link(PLAIN, "haip-vci")).grants is None
    assert parse_offer_uri(link(PLAIN, "OpenID-Credential-Offer")).grants is None
    assert parse_offer_uri(link({**PLAIN, "x": 1, "grants": {"other": {"y": 2}}}) + "&z=1").grants is not None
    assert parse_offer_uri(f" {link(PLAIN).replace('://?', ':///?')}\n").credential_issuer == "https://i.example"


def test_an_offer_by_reference_is_refused_clearly():
    text = inline_examples(BY_REFERENCE)[1]["text"].replace("\n", "").replace(" ", "")
    with pytest.raises(DidkitError) as error:
        parse_offer_uri(text)
    assert error.value.code == "offer_by_reference_unsupported"


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("", "offer_uri_invalid"),
        ("openid-credential-offer:", "offer_uri_invalid"),
        ("openid-credential-offer://", "offer_uri_invalid"),
        ("openid-credential-offer://?", "offer_uri_invalid"),
        ("openid-credential-offer://?x=1", "offer_uri_invalid"),
        (link(PLAIN) + "&credential_offer_uri=https%3A%2F%2Fi.example", "offer_uri_invalid"),
        (link(PLAIN) + "#x", "offer_uri_invalid"),
        (link(PLAIN, "openid4vp"), "offer_uri_invalid"),
        (link(PLAIN, "https"), "offer_uri_invalid"),
        (link(PLAIN).replace("://?", "://host/?"), "offer_uri_invalid"),
        (link(PLAIN) + "&credential_offer=%7B%7D", "form_malformed"),
        (link(PLAIN) + "é", "form_malformed"),
        (link(PLAIN) + "\x1b[2J", "json_invalid"),
        (link(PLAIN) + "a" * 32_768, "input_too_large"),
        ("openid-credential-offer://?credential_offer=%7B", "json_invalid"),
        ("openid-credential-offer://?credential_offer=%5B%5D", "json_not_object"),
        ("openid-credential-offer://?credential_offer=%7B%22a%22:1,%22a%22:2%7D", "json_duplicate_key"),
    ],
)
def test_refused_links(uri, code):
    with pytest.raises(ParseError) as error:
        parse_offer_uri(uri)
    assert error.value.code == code


@pytest.mark.parametrize(
    "offer",
    [
        {},
        {**PLAIN, "credential_issuer": "i.example"},
        {**PLAIN, "credential_issuer": "https://i.example?x=1"},
        {**PLAIN, "credential_issuer": "https://i.example#x"},
        {**PLAIN, "credential_issuer": ["https://i.example"]},
        {**PLAIN, "credential_configuration_ids": []},
        {**PLAIN, "credential_configuration_ids": ["pid", "pid"]},
        {**PLAIN, "credential_configuration_ids": [""]},
        {**PLAIN, "credential_configuration_ids": "pid"},
        {**PLAIN, "credential_configuration_ids": [f"c{number}" for number in range(65)]},
        {**PLAIN, "grants": []},
        {**PLAIN, "grants": {PRE_AUTHORIZED: {}}},
        {**PLAIN, "grants": {PRE_AUTHORIZED: "c"}},
        {**PLAIN, "grants": {"pre_authorized_code": {}, PRE_AUTHORIZED: {"pre_authorized_code": "c"}}},
        granting(tx_code=True),
        granting(tx_code={"input_mode": "digits"}),
        granting(tx_code={"length": 0}),
        granting(tx_code={"length": "4"}),
        granting(tx_code={"description": "x" * 301}),
        granting(authorization_server="auth"),
        granting(**{"pre-authorized_code": ""}),
        granting(**{"pre-authorized_code": "c" * 2049}),
    ],
)
def test_refused_offers(offer):
    with pytest.raises(ParseError) as error:
        parse_offer_uri(link(offer))
    assert error.value.code == "message_invalid"


@given(st.text(max_size=200))
def test_nothing_but_our_own_errors_escapes(text):
    for uri in (
        text,
        f"openid-credential-offer://?{text}",
        f"openid-credential-offer://?credential_offer={quote(text)}",
    ):
        with contextlib.suppress(DidkitError):
            parse_offer_uri(uri)


printable = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


@given(code=printable, ids=st.lists(printable, min_size=1, max_size=4, unique=True), description=printable)
def test_round_trip(code, ids, description):
    tx_code = TxCode(description=description)
    offer = build_offer(issuer="https://i.example", configuration_ids=tuple(ids), code=code, tx_code=tx_code)
    assert parse_offer_uri(build_offer_uri(offer)) == offer
