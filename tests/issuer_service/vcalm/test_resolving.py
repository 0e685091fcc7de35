"""`GET /1.0/identifiers/{did}`: results, documents alone, keys, and the words for what goes wrong."""

import json
from urllib.parse import quote

import pytest

from didkit_fr.did import jwk as did_jwk
from didkit_fr.encoding import multibase, multicodec
from didkit_fr.keys import software
from tests.issuer_service.vcalm.service import Running, found

pytestmark = [pytest.mark.slow, pytest.mark.end_to_end]

KEY = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
DID = f"did:key:{KEY}"
RESULT = 'application/ld+json;profile="https://w3id.org/did-resolution"'


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resolver") / "data"
    done, port = found(folder)
    assert done.returncode == 0
    with Running(folder, port=port) as service:
        yield service


def get(running, did, accept=None, query=""):
    headers = {} if accept is None else {"Accept": accept}
    return running.request("GET", f"/1.0/identifiers/{did}{query}", headers=headers)


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", RESULT, "application/did-resolution"])
def test_a_did_is_resolved_to_a_result(running, accept):
    answer = get(running, DID, accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, RESULT)
    result = answer.json()
    assert result.keys() == {"@context", "didDocument", "didResolutionMetadata", "didDocumentMetadata"}
    assert result["didDocument"]["id"] == DID
    assert result["didDocument"]["verificationMethod"][0]["publicKeyMultibase"] == KEY
    assert result["didResolutionMetadata"] == {"contentType": "application/did"}


@pytest.mark.parametrize("accept", ["application/did", "application/did+ld+json, */*;q=0.1", "application/did+json"])
def test_a_document_alone_is_given_where_that_is_asked_for(running, accept):
    answer = get(running, DID, accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/did")
    assert answer.json() == get(running, DID).json()["didDocument"]


def test_a_did_may_be_encoded(running):
    assert get(running, quote(DID, safe="")).json() == get(running, DID).json()


@pytest.mark.parametrize("url", [quote(f"{DID}#{KEY}", safe=""), f"{DID}%23{KEY}"])
def test_a_key_is_dereferenced(running, url):
    answer = get(running, url)
    assert answer.status == 200
    result = answer.json()
    stream = result["contentStream"]
    assert (stream["id"], stream["publicKeyMultibase"], stream["controller"]) == (f"{DID}#{KEY}", KEY, DID)
    assert result["dereferencingMetadata"] == {"contentType": "application/did"}
    # The suite of did:key reads it under these names.
    assert result["didDocument"] == stream
    assert result["didDereferencingMetadata"] == result["dereferencingMetadata"]


URLS = {
    "no such key in it": (f"{DID}#{KEY[:-1]}", "", 404, "notFound"),
    "a path and a query that are none": (f"{DID}/^bar^/?query=`#{KEY}", "", 400, "invalidDidUrl"),
    "a path": (f"{DID}/path", "", 400, "invalidDidUrl"),
    "a query": (f"{DID}?service=x", "", 400, "invalidDidUrl"),
    "an empty fragment": (f"{DID}#", "", 400, "invalidDidUrl"),
    "another form of key": (f"{DID}#{KEY}", "?publicKeyFormat=Ed25519VerificationKey2018", 400, "invalidPublicKeyType"),
    "a key that is none": ("did:key:z6Mk#z6Mk", "", 400, "unsupportedPublicKeyType"),
}


@pytest.mark.parametrize("case", URLS)
def test_what_goes_wrong_with_a_did_url_is_said_in_a_result(running, case):
    url, query, status, word = URLS[case]
    answer = get(running, quote(url, safe=""), query=query)
    result = answer.json()
    assert (answer.status, result["dereferencingMetadata"]["error"]) == (status, word)
    assert result["contentStream"] is None is result["didDocument"]
    assert result["didDereferencingMetadata"] == result["dereferencingMetadata"]


def test_a_key_for_agreement_is_dereferenced(running):
    [agreement] = get(running, DID).json()["didDocument"]["keyAgreement"]
    assert get(running, quote(agreement["id"], safe="")).json()["contentStream"] == agreement


def test_did_jwk_is_resolved(running):
    did = did_jwk.build(software.generate().public_key)
    assert get(running, did).json()["didDocument"]["id"] == did


WRONG = {
    "no DID": ("nonsense", 400, "invalidDid"),
    "no method": ("did:", 400, "invalidDid"),
    "no id": ("did:key:", 400, "invalidDid"),
    "spaces": ("did:key:%20", 400, "invalidDid"),
    "another method": ("did:example:1", 501, "methodNotSupported"),
    "another base": ("did:key:u6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", 400, "invalidDid"),
    "a key too short": (
        f"did:key:{multibase.encode(multicodec.encode('ed25519-pub', bytes(31)))}",
        400,
        "invalidPublicKeyLength",
    ),
    "a network that is not reached": ("did:web:localhost%3A9", 500, "internalError"),
    "a name that is not there": ("did:web:nowhere.invalid", 500, "internalError"),
    "very long": (f"did:key:z{'6' * 4_000}", 400, "invalidDid"),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("accept", [None, "application/did"])
def test_what_goes_wrong_is_said_in_a_result(running, case, accept):
    did, status, word = WRONG[case]
    answer = get(running, did, accept)
    result = answer.json()
    assert (answer.status, result["didResolutionMetadata"]["error"]) == (status, word)
    assert result["didDocument"] is None
    assert result["didDocumentMetadata"] == {}
    assert result["didResolutionMetadata"]["problemDetails"]["type"].startswith("https://www.w3.org/ns/did#")


def test_keys_have_one_form(running):
    assert get(running, DID, query="?publicKeyFormat=Multikey").status == 200
    refused = get(running, DID, query="?publicKeyFormat=JsonWebKey2020")
    assert (refused.status, refused.json()["didResolutionMetadata"]["error"]) == (400, "unsupportedPublicKeyType")


def test_nothing_of_a_did_is_said_in_the_log(running):
    get(running, "did:web:needle-in-a-haystack.invalid")
    get(running, "did:needle-in-a-haystack:x")
    assert b"needle" not in running.stop()
    running.start()
    assert json.loads(get(running, DID).body)
