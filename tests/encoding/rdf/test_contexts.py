"""Where contexts may stand: at the head of a document, of a credential in it, and of that credential's proofs."""

import pytest

from didkit_fr.encoding.rdf.jsonld import check_contexts
from didkit_fr.errors import ParseError
from tests.refused import refused

V2 = "https://www.w3.org/ns/credentials/v2"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"


def presented(proof, **members):
    return {"@context": [V2], "verifiableCredential": [{"@context": [V2, EXAMPLES], **members, "proof": proof}]}


@pytest.mark.parametrize(
    "proof",
    [
        {},
        {"type": "x"},
        {"@context": [V2]},
        {"@context": V2},
        {"@context": [V2, EXAMPLES]},
        {"@context": []},
        [{"@context": [V2]}, {"type": "x"}],
    ],
)
def test_a_proof_of_an_embedded_credential_may_repeat_the_contexts_that_it_begins_with(proof):
    assert check_contexts(presented(proof)) == (V2,)


@pytest.mark.parametrize(
    ("proof", "code"),
    [
        ({"@context": [EXAMPLES]}, "context_nested"),
        ({"@context": [EXAMPLES, V2]}, "context_nested"),
        ({"@context": [V2, EXAMPLES, EXAMPLES]}, "context_nested"),
        ({"@context": [V2, V2]}, "context_nested"),
        ([{"@context": [V2]}, {"@context": [EXAMPLES]}], "context_nested"),
        ({"@context": [V2], "a": {"@context": V2}}, "context_nested"),
        ({"@context": [V2], "a": [[{"@context": V2}]]}, "context_nested"),
        ({"a": {"@context": V2}}, "context_nested"),
        ([{"a": {"b": {"@context": V2}}}], "context_nested"),
        ([[{"@context": V2}]], "context_nested"),
        ({"@context": ["https://unknown.example/context"]}, "context_unknown"),
        ({"@context": [{"a": "urn:a"}]}, "context_unknown"),
    ],
)
def test_a_proof_of_an_embedded_credential_brings_no_other_context(proof, code):
    with refused(code, ParseError):
        check_contexts(presented(proof))


def test_a_credential_without_contexts_has_no_proof_with_any():
    document = presented({"@context": [V2]})
    del document["verifiableCredential"][0]["@context"]
    with refused("context_nested", ParseError):
        check_contexts(document)


@pytest.mark.parametrize("where", ["credentialSubject", "evidence", "verifiableCredential"])
def test_no_context_stands_anywhere_else(where):
    inside = {"a": {"@context": V2}}
    with refused("context_nested", ParseError):
        check_contexts(presented({}, **{where: inside}))
    with refused("context_nested", ParseError):
        check_contexts({"@context": [V2], where: [inside]})
    with refused("context_nested", ParseError):
        check_contexts({"@context": [V2], "proof": {"@context": V2}})
    # What is no object cannot be a credential that has contexts of its own.
    with refused("context_nested", ParseError):
        check_contexts({"@context": [V2], "verifiableCredential": [[{"@context": [V2]}]]})
