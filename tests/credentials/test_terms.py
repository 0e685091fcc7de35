"""Every word of a W3C document has to mean something."""

import pytest

from didkit_fr.credentials.terms import Terms, check_terms
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.errors import DidkitError
from tests.credentials.documents import CREDENTIAL, PRESENTATION, V2, changed

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
OWN = {"Card": "https://example.org/#Card", "colour": "https://example.org/#colour"}
TERMS = Terms(KNOWN, inline=True)


def code(document, terms=TERMS):
    try:
        check_terms(document, terms)
    except DidkitError as error:
        return error.code
    return None


def written(contexts, **more):
    return {**CREDENTIAL, "@context": [V2, *contexts], **more}


def test_words_of_the_contexts_are_defined():
    assert code(CREDENTIAL) is None
    assert code(written([OWN], type=["VerifiableCredential", "Card"], colour="red")) is None
    assert code({**CREDENTIAL, "proof": {"type": "Whatever", "nobody": "knows"}}) is None


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (written([], type=["VerifiableCredential", "Card"]), "jsonld_undefined_term"),
        (written([], credentialSubject={"colour": "red"}), "jsonld_undefined_term"),
        (written([{"Card": "https ://no"}], type=["VerifiableCredential", "Card"]), "jsonld_invalid"),
        (written([{"VerifiableCredential": "https://example.org/#Bad"}]), "jsonld_protected_term"),
        (written(["https://example.org/nobody-knows"]), "context_unknown"),
        (written([{"a": {"@id": "urn:a:1", "@context": "https://example.org/x"}}], a={"b": 1}), "context_unknown"),
        (written([], credentialSubject={"@context": OWN, "colour": "red"}), "context_nested"),
    ],
)
def test_words_that_mean_nothing(document, expected):
    assert code(document) == expected


def test_a_context_for_every_word_does_not_excuse_a_misspelt_property():
    assert code(written([EXAMPLES], credentialSubject={"anything": "goes"})) is None
    assert code(written([EXAMPLES], validUntill="2027-01-01T00:00:00Z")) == "jsonld_undefined_term"


def test_what_a_document_brings_along_is_believed_only_where_that_is_said():
    document = written([OWN], type=["VerifiableCredential", "Card"])
    assert code(document, Terms(KNOWN, inline=False)) == "context_unknown"


def test_embedded_credentials_are_read_by_their_own_contexts():
    inner = written([OWN], type=["VerifiableCredential", "Card"], colour="red")
    assert code(changed("verifiableCredential", [inner], PRESENTATION)) is None
    bare = {**inner, "@context": [V2]}
    assert code(changed("verifiableCredential", [bare], PRESENTATION)) == "jsonld_undefined_term"
    envelope = {"@context": V2, "id": "data:application/vc+jwt,a.b.c", "type": "EnvelopedVerifiableCredential"}
    assert code(changed("verifiableCredential", [envelope], PRESENTATION)) is None
