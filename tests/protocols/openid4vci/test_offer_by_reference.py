"""An offer by reference: two steps, so that the citizen is asked between them."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, FetchError, ProtocolError
from didkit_fr.flow import Response, run
from didkit_fr.protocols.openid4vci.offer import (
    CredentialOffer,
    OfferReference,
    build_offer,
    build_offer_reference,
    build_offer_uri,
    fetch_offer,
    parse_offer_link,
)

ADDRESS = "https://server.example.com/credential-offer/GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM"
OFFER = build_offer(issuer="https://i.example", configuration_ids=("pid",), code="c0de", tx_code=None)
JSON = {"content-type": "application/json; charset=utf-8"}


def fetched(answer):
    asked = []

    def web(batch):
        asked.extend(batch)
        return [answer]

    return run(fetch_offer(OfferReference(ADDRESS)), web), asked


def test_the_standards_example_is_an_address_and_contacts_nobody():
    """OpenID4VCI 1.0 section 4.1.3."""
    text = (
        "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fserver%2Eexample%2Ecom%2Fcredential-offer"
        "%2FGkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM"
    )
    found = parse_offer_link(text)
    assert found == OfferReference(ADDRESS)
    assert found.origin == "https://server.example.com"
    assert "Gkurk" not in repr(found)
    assert parse_offer_link(build_offer_reference(ADDRESS)) == found
    assert parse_offer_link(build_offer_uri(OFFER)) == OFFER


def test_it_is_fetched_without_following_anyone():
    offer, (request,) = fetched(Response(200, OFFER.encode(), JSON))
    assert offer == OFFER
    assert (request.method, request.url, request.redirects) == ("GET", ADDRESS, 0)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response(200, OFFER.encode(), {"content-type": "application/jwt"}), "offer_media_type"),
        (Response(200, OFFER.encode()), "offer_media_type"),
        (Response(200, b"{}", JSON), "message_invalid"),
        (Response(302, b"", {"location": "https://other.example"}), "peer_error"),
        (Response(404, b"", {}), "peer_error"),
        (Response(503, b"", {}), "fetch_status"),
        (FetchError("fetch_failed"), "fetch_failed"),
    ],
)
def test_what_is_no_offer(answer, code):
    with pytest.raises(DidkitError) as error:
        fetched(answer)
    assert error.value.code == code


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://a.example",
        "file:///etc/passwd",
        "https://u@a.example/",
        "https://a.example/#x",
        "https://[::1/x",
        "x",
    ],
)
def test_an_address_that_none_may_have(address):
    with pytest.raises(DidkitError) as error:
        parse_offer_link(f"openid-credential-offer://?credential_offer_uri={quote(address, safe='')}")
    assert error.value.code in {"offer_uri_invalid", "form_malformed"}


@given(st.text(max_size=100))
def test_no_address_breaks_the_parser(address):
    try:
        found = parse_offer_link(
            f"openid-credential-offer://?credential_offer_uri={quote(address, safe='', errors='replace')}"
        )
    except DidkitError:
        return
    assert isinstance(found, OfferReference | CredentialOffer)
    assert not isinstance(found, ProtocolError)
