import pytest

from didkit_fr.did import key
from didkit_fr.did.method import Found
from didkit_fr.did.resolve import METHODS, find_method, resolution, resolve
from didkit_fr.encoding import multibase, multicodec
from didkit_fr.errors import DidkitError, FetchError
from didkit_fr.flow import Response, offline, run
from didkit_fr.keys import software

KEY = software.generate().public_key
DID = key.build(KEY)
SHORT = "did:key:" + multibase.encode(multicodec.encode("p256-pub", b"\x02"))


def answering(answer):
    return lambda batch: [answer for _ in batch]


def test_a_resolution_result():
    result = run(resolution(DID, now=0), offline)
    assert result.error is None
    assert result.document.id == DID
    told = result.to_json()
    assert told["didDocument"]["id"] == DID
    assert told["didResolutionMetadata"] == {"contentType": "application/did"}
    assert told["didDocumentMetadata"] == {}


@pytest.mark.parametrize(
    ("did", "answer", "word", "problem"),
    [
        ("nonsense", None, "invalidDid", "INVALID_DID"),
        ("did:key:z0", None, "invalidDid", "INVALID_DID"),
        ("did:jwk:AAAA", None, "invalidDid", "INVALID_DID"),
        ("did:web:127.0.0.1", None, "invalidDid", "INVALID_DID"),
        ("did:example:a", None, "methodNotSupported", "METHOD_NOT_SUPPORTED"),
        (SHORT, None, "invalidPublicKeyLength", "INVALID_DID"),
        ("did:key:zEPJc6aTBqoFrYpMNGg3bqw7zoKxh7Cm8kWdXSHoCSSCxzUHu", None, "unsupportedPublicKeyType", "INVALID_DID"),
        ("did:web:a.example", Response(404, b""), "notFound", "NOT_FOUND"),
        ("did:web:a.example", Response(200, b"x"), "invalidDidDocument", "INVALID_DID_DOCUMENT"),
        ("did:web:a.example", Response(200, b"{}"), "invalidDidDocument", "INVALID_DID_DOCUMENT"),
        ("did:web:a.example", Response(200, b'{"id":"did:x:b"}'), "invalidDidDocument", "INVALID_DID_DOCUMENT"),
        ("did:web:a.example", Response(503, b""), "internalError", "INTERNAL_ERROR"),
        ("did:web:a.example", FetchError("fetch_timeout", "detail"), "internalError", "INTERNAL_ERROR"),
    ],
)
def test_errors_have_the_words_of_the_standards(did, answer, word, problem):
    result = run(resolution(did, now=0), answering(answer))
    assert result.document is None
    told = result.to_json()
    assert told["didDocument"] is None
    metadata = told["didResolutionMetadata"]
    assert metadata["error"] == word
    assert metadata["problemDetails"]["type"] == f"https://www.w3.org/ns/did#{problem}"
    assert "detail" not in str(metadata["problemDetails"]["title"])


def test_methods_are_a_table_that_can_be_extended():
    async def fixed(did, *, now):
        return Found({"id": did.text}, max_age=7 + now)

    methods = {**METHODS, "fixed": fixed}
    assert run(resolve("did:fixed:a", now=0, methods=methods), offline).max_age == 7
    with pytest.raises(DidkitError) as error:
        run(find_method("did:fixed:a#k", "assertionMethod", now=0, methods=methods), offline)
    assert error.value.code == "verification_method_unknown"
    with pytest.raises(DidkitError) as error:
        run(resolve(DID, now=0, methods={}), offline)
    assert error.value.code == "did_method_unsupported"


@pytest.mark.parametrize("url", ["", DID, f"{DID}#", f"{DID}?versionId=1#x", "#x", "https://a.example#x"])
def test_what_names_no_key_is_refused(url):
    with pytest.raises(DidkitError) as error:
        run(find_method(url, "assertionMethod", now=0), offline)
    assert error.value.code == "did_url_invalid"
