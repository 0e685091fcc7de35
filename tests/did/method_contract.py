"""What the resolver expects of a DID method; `test_methods.py` holds each method to it."""

import pytest

from didkit_fr.did.resolve import find_method, resolution, resolve
from didkit_fr.errors import DidkitError, FetchError
from didkit_fr.flow import run


def refused(flow, web):
    with pytest.raises(DidkitError) as error:
        run(flow, web)
    return error.value


class MethodContract:
    """One class a method; it says what it needs in class attributes.

    `methods` is the table with the method, `did` a DID with its `document`, `url` of a key that is `key` and for
    `assertionMethod`, `web` a driver that answers for it at `now`, `malformed` a DID of this method that is none.
    """

    methods = did = document = url = key = web = malformed = None
    now = 1_790_000_000

    def told(self):
        return {"now": self.now, "methods": self.methods}

    def test_a_document_is_found_as_it_is(self):
        document = run(resolve(self.did, **self.told()), self.web)
        assert document.id == self.did
        assert document.stated == self.document

    def test_a_key_is_found_for_its_purpose_only(self):
        assert run(find_method(self.url, "assertionMethod", **self.told()), self.web) == self.key
        unknown = f"{self.did}#no-such-key"
        assert refused(find_method(unknown, "assertionMethod", **self.told()), self.web).code == (
            "verification_method_unknown"
        )
        assert refused(find_method(self.url, "no such purpose", **self.told()), self.web).code == (
            "verification_method_purpose"
        )

    def test_a_result_has_its_three_parts(self):
        told = run(resolution(self.did, **self.told()), self.web).to_json()
        assert told["didDocument"] == self.document
        assert told["didResolutionMetadata"] == {"contentType": "application/did"}
        assert isinstance(told["didDocumentMetadata"], dict)

    def test_what_is_no_did_of_the_method_is_malformed(self):
        told = run(resolution(self.malformed, **self.told()), self.web).to_json()
        assert told["didDocument"] is None
        assert told["didResolutionMetadata"]["error"] in {"invalidDid", "invalidPublicKeyLength"}

    def test_a_method_that_is_not_in_the_table_is_not_tried(self):
        assert refused(resolve(self.did, now=self.now, methods={}), self.web).code == "did_method_unsupported"


class FetchedMethodContract(MethodContract):
    """Of a method that makes requests: `answering(answer)` is a driver that gives one answer to whatever is asked."""

    absent = mismatched = None

    def answering(self, answer):
        return lambda batch: [answer for _ in batch]

    def test_a_did_that_is_not_there_is_not_found(self):
        result = run(resolution(self.did, **self.told()), self.answering(self.absent))
        assert result.error.code == "did_not_found"
        assert result.to_json()["didResolutionMetadata"]["error"] == "notFound"

    def test_a_document_of_another_is_refused(self):
        error = refused(resolve(self.did, **self.told()), self.answering(self.mismatched))
        assert error.code == "did_document_mismatch"

    def test_what_cannot_be_had_is_no_refusal(self):
        error = refused(resolve(self.did, **self.told()), self.answering(FetchError("fetch_timeout")))
        assert isinstance(error, FetchError)
