import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.addresses import parse_address
from didkit_fr.did import web
from didkit_fr.did.document import MAX_BYTES
from didkit_fr.did.resolve import find_method, resolve
from didkit_fr.did.url import parse_did
from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError, FetchError
from didkit_fr.flow import Response, run
from didkit_fr.keys import jwk, software
from tests.refused import refusal

KEY = software.generate("P-384").public_key
DID = "did:web:issuer.example"
URL = "https://issuer.example/.well-known/did.json"


def document(did=DID, **changes):
    url = f"{did}#key-1"
    method = {"id": url, "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk.build(KEY)}
    return {"id": did, "verificationMethod": [method], "assertionMethod": [url]} | changes


class Web:
    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, batch):
        self.asked += batch
        return [self.answers.pop(0) for _ in batch]


def served(value, status=200, **headers):
    body = value if isinstance(value, bytes) else json.encode(value)
    return Web(Response(status, body, headers))


@pytest.mark.parametrize(
    ("did", "url"),
    [
        # did:web, section "Create (Register)"
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
        ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
        ("did:web:example.com%3a3000", "https://example.com:3000/.well-known/did.json"),
        ("did:web:xn--prfecture-b4a.example", "https://xn--prfecture-b4a.example/.well-known/did.json"),
        ("did:web:a.example:a%20b", None),
        ("did:web:a.example:caf%C3%A9", "https://a.example/caf%C3%A9/did.json"),
        ("did:web:a.example:..", None),
        ("did:web:a.example:.", None),
        ("did:web:a.example:%2e%2E", None),
        ("did:web:a.example:%2F", None),
        ("did:web:a.example:a%2Fb", None),
        ("did:web:a.example:%5C", None),
        ("did:web:a.example:%252e%252e", None),
        ("did:web:a.example:a%3Fb", None),
        ("did:web:a.example:a%23b", None),
        ("did:web:a.example:a%00b", None),
        ("did:web:a.example:a%0D%0Ab", None),
        ("did:web:a.example::b", None),
        ("did:web:127.0.0.1", None),
        ("did:web:127.1", None),
        ("did:web:2130706433", None),
        ("did:web:0x7f000001", None),
        ("did:web:0x7f.1", None),
        ("did:web:%5B%3A%3A1%5D", None),
        ("did:web:%3A%3A1", None),
        ("did:web:a.example%3A0", None),
        ("did:web:a.example%3A99999", None),
        ("did:web:a.example%3A", None),
        ("did:web:a.example%3A80%3A80", None),
        ("did:web:a.example%3A080", None),
        ("did:web:a.example.", None),
        ("did:web:.a.example", None),
        ("did:web:a..example", None),
        ("did:web:-a.example", None),
        ("did:web:a-.example", None),
        ("did:web:a_b.example", None),
        ("did:web:user%40a.example", None),
        ("did:web:a.example%2Fpath", None),
        ("did:web:a%2Eexample", None),
        ("did:web:" + "a." * 200 + "example", None),
        ("did:web:" + "a" * 64 + ".example", None),
    ],
)
def test_where_the_document_is(did, url):
    if url is None:
        assert refusal(web.url_of, parse_did(did)) == "did_invalid"
    else:
        assert web.url_of(parse_did(did)) == url


def test_a_document_is_fetched_and_its_key_found():
    page = served(document())
    assert run(find_method(f"{DID}#key-1", "assertionMethod", now=0), page) == KEY
    (asked,) = page.asked
    assert (asked.method, asked.url, asked.redirects, asked.body) == ("GET", URL, 0, b"")


def test_how_long_it_stays_fresh_is_what_the_server_says():
    assert run(resolve(DID, now=0), served(document())).max_age is None
    assert run(resolve(DID, now=0), served(document(), **{"cache-control": "public, max-age=60"})).max_age == 60


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Response(404, b""), "did_not_found"),
        (Response(410, b""), "did_not_found"),
        (Response(500, b""), "fetch_status"),
        (Response(302, b"", {"location": "https://b.example"}), "fetch_status"),
        (Response(200, b""), "json_invalid"),
        (Response(200, b"[]"), "json_not_object"),
        (Response(200, b"{}"), "did_document_invalid"),
        (Response(200, b'{"id":"did:web:issuer.example","id":"did:web:issuer.example"}'), "json_duplicate_key"),
        (Response(200, b" " * (MAX_BYTES + 1)), "input_too_large"),
        (Response(200, json.encode(document("did:web:other.example"))), "did_document_mismatch"),
        (Response(200, json.encode(document("did:web:ISSUER.example"))), "did_document_mismatch"),
        (FetchError("fetch_timeout"), "fetch_timeout"),
    ],
)
def test_what_the_server_may_answer(answer, expected):
    assert refusal(run, resolve(DID, now=0), Web(answer)) == expected


@pytest.mark.parametrize("did", ["did:web:127.0.0.1", "did:web:a.example:..", "did:webs:a.example", "did:web:"])
def test_nothing_is_asked_where_the_did_is_refused(did):
    page = Web()
    assert refusal(run, resolve(did, now=0), page) in {"did_invalid", "did_method_unsupported"}
    assert page.asked == []


IDS = st.from_regex(r"([a-z0-9._-]|%[0-9A-F]{2}){1,9}(:([a-z0-9._-]|%[0-9A-F]{2}){1,5}){0,2}", fullmatch=True)


@given(IDS | st.ip_addresses().map(str))
def test_any_identifier_leads_to_a_public_name_or_is_refused(id_):
    try:
        url = web.url_of(parse_did(f"did:web:{id_}"))
    except DidkitError as error:
        assert error.code == "did_invalid"  # noqa: PT017 - or it leads somewhere
        return
    parse_address(url, allow_loopback=False)
    assert url.startswith("https://")
    assert url.endswith("/did.json")
    assert "/../" not in url
    assert "//" not in url.removeprefix("https://")
