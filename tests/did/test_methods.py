"""Every DID method passes the same contract, one that is added in a file outside the packages too."""

import pytest

from didkit_fr.did import jwk as did_jwk
from didkit_fr.did import key as did_key
from didkit_fr.did.resolve import METHODS, find_method, resolution, resolve
from didkit_fr.did.url import parse_did
from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError
from didkit_fr.flow import Response, offline, run
from didkit_fr.keys import multikey, software
from tests.did import toy_method
from tests.did.method_contract import FetchedMethodContract, MethodContract

KEY, OTHER = software.generate().public_key, software.generate().public_key
NOW = MethodContract.now


def document_of(did, key=KEY):
    url = f"{did}#1"
    method = {"id": url, "type": "Multikey", "controller": did, "publicKeyMultibase": multikey.build(key)}
    return {"id": did, "verificationMethod": [method], "assertionMethod": [url]}


def answer_of(value):
    return Response(200, json.encode(value))


class TestKey(MethodContract):
    methods, key, web = METHODS, KEY, staticmethod(offline)
    did = did_key.build(KEY)
    url = f"{did}#{did.removeprefix('did:key:')}"
    document = did_key.expand(parse_did(did))
    malformed = "did:key:z0"


class TestJwk(MethodContract):
    methods, key, web = METHODS, KEY, staticmethod(offline)
    did = did_jwk.build(KEY)
    url = f"{did}#0"
    document = did_jwk.expand(parse_did(did))
    malformed = "did:jwk:AAAA"


class TestWeb(FetchedMethodContract):
    methods, key = METHODS, KEY
    did, malformed = "did:web:a.example", "did:web:127.0.0.1"
    url, document = f"{did}#1", document_of(did)
    absent, mismatched = Response(404, b""), answer_of(document_of("did:web:b.example"))

    def web(self, batch):
        return [answer_of(self.document) for _ in batch]


TOY = "did:toy:a.example"
FIRST = {"time": NOW - 20, "id": "1", "document": document_of(TOY)}
SECOND = {"time": NOW - 10, "id": "2", "document": document_of(TOY, OTHER)}
ENDED = {"time": NOW + 10, "id": "3", "deactivated": True}


class TestToy(FetchedMethodContract):
    methods, key = {**METHODS, "toy": toy_method.resolve}, OTHER
    did, malformed = TOY, "did:toy:"
    url, document = f"{TOY}#1", SECOND["document"]
    absent = Response(404, b"")
    mismatched = answer_of({"versions": [FIRST | {"document": document_of("did:toy:b.example")}]})

    def web(self, batch):
        return [answer_of({"versions": [FIRST, SECOND, ENDED]}) for _ in batch]

    @pytest.mark.parametrize(("at", "version", "key"), [(NOW - 11, "1", KEY), (NOW - 10, "2", OTHER)])
    def test_the_version_is_the_one_of_now(self, at, version, key):
        told = {"now": at, "methods": self.methods}
        result = run(resolution(self.did, **told), self.web)
        assert result.metadata.version_id == version
        assert run(find_method(self.url, "assertionMethod", **told), self.web) == key

    def test_a_did_is_not_there_before_it_was_made(self):
        result = run(resolution(self.did, now=NOW - 21, methods=self.methods), self.web)
        assert result.error.code == "did_not_found"

    def test_metadata_are_in_the_result_by_their_names(self):
        result = run(resolution(self.did, now=NOW - 11, methods=self.methods), self.web)
        assert result.to_json()["didDocumentMetadata"] == {
            "created": "2026-09-21T14:13:00Z",
            "updated": "2026-09-21T14:13:00Z",
            "nextUpdate": "2026-09-21T14:13:10Z",
            "versionId": "1",
            "nextVersionId": "2",
            "canonicalId": self.did,
            "equivalentId": ["did:web:a.example"],
        }

    @pytest.mark.parametrize("left", [{}, {"document": SECOND["document"]}], ids=["no document", "the last document"])
    def test_of_a_deactivated_did_no_key_is_used_and_the_result_says_so(self, left):
        told = {"now": NOW + 10, "methods": self.methods}
        web = self.answering(answer_of({"versions": [FIRST, SECOND, ENDED | left]}))
        result = run(resolution(self.did, **told), web)
        assert (result.document, result.error) == (None, None)
        assert result.to_json()["didDocument"] is None
        assert result.to_json()["didDocumentMetadata"]["deactivated"] is True
        for flow in (resolve(self.did, **told), find_method(self.url, "assertionMethod", **told)):
            with pytest.raises(DidkitError) as error:
                run(flow, web)
            assert (error.value.code, error.value.detail) == ("did_not_found", "deactivated")
