import hashlib
import json
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.rdf import jsonld, nquads, rdfc
from didkit_fr.encoding.rdf.jsonld import KNOWN, Contexts
from didkit_fr.errors import DidkitError
from tests import contexts
from tests.encoding.rdf.trees import NAMES, TREES
from tests.processor import canonical_by_processor, lines_by_processor
from tests.proofs.data_integrity.documents import CONTEXT, CREDENTIAL, documents
from tests.refused import refusal
from tests.vectors import vectors

PINS = json.loads(files("didkit_fr.encoding").joinpath("contexts/known.json").read_text())
V2 = CONTEXT[0]


def lines(quads):
    return rdfc.canonicalize(quad.line for quad in quads).lines


def slowly(document, contexts=KNOWN):
    return rdfc.canonicalize(lines_by_processor(document, contexts)).lines


@pytest.mark.vectors
def test_known_contexts_mean_what_was_published():
    manifest = json.loads(vectors("contexts/manifest.json").read_text())["contexts"]
    assert {one["url"] for one in manifest} == PINS.keys()
    for one in manifest:
        raw = vectors(f"contexts/{one['file']}").read_bytes()
        assert hashlib.sha256(raw).hexdigest() == PINS[one["url"]]["sha256"]
        assert contexts.same_meaning(json.loads(raw)["@context"], KNOWN.document(one["url"])["@context"])


@pytest.mark.vectors
def test_what_is_known_is_rendered_from_what_was_published():
    vectors("contexts/manifest.json")
    assert contexts.RENDERING.read_text("utf-8") == contexts.build()


def test_contexts_that_differ_in_a_scoped_term_do_not_mean_the_same():
    one = {"a": {"@id": "urn:a", "@context": {"b": "urn:b"}}}
    for other in ("urn:c", {"@id": "urn:b", "@type": "@id"}, None):
        changed = {"a": {"@id": "urn:a", "@context": {"b": other}}}
        assert not contexts.same_meaning(one, changed)
    assert contexts.same_meaning(one, {"a": {"@context": {"b": {"@id": "urn:b"}}, "@id": "urn:a"}})


@settings(deadline=None, max_examples=150)
@given(documents())
def test_a_document_is_read_as_the_processor_reads_it(document):
    assert lines(jsonld.to_quads(document)) == slowly(document)


@settings(deadline=None, max_examples=50)
@given(documents())
def test_pointers_change_no_statement(document):
    assert [quad.line for quad in jsonld.to_quads(document, pointers=False)] == [
        quad.line for quad in jsonld.to_quads(document)
    ]


@settings(deadline=None, max_examples=50)
@given(documents())
def test_a_statement_is_taken_apart_as_its_line_is(document):
    for quad in jsonld.to_quads(document, pointers=False):
        assert nquads.quad(quad.line) == quad


PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "ecdsa-rdfc-2019",
    "created": "2026-01-01T00:00:00Z",
    "verificationMethod": "did:example:1#a",
    "proofPurpose": "assertionMethod",
    "proofValue": "zabc",
}


@settings(deadline=None, max_examples=40)
@given(documents(), st.booleans())
def test_presentations_and_proofs_are_read_as_the_processor_reads_them(embedded, alone):
    """Each proof, and each credential in a presentation, is a graph; and a proof of such a credential one in it."""
    secured = {**embedded, "proof": PROOF if alone else [PROOF, {**PROOF, "id": "urn:second"}]}
    presentation = {"@context": [V2], "type": "VerifiablePresentation", "verifiableCredential": [secured]}
    for document in (secured, presentation, {**presentation, "proof": PROOF}):
        read = lines(jsonld.to_quads(document))
        assert read == slowly(document)
        assert "".join(read) == canonical_by_processor(document)


def test_a_context_inside_an_embedded_credential_is_refused():
    inside = {**CREDENTIAL, "credentialSubject": {"@context": V2, "type": "Person"}}
    presentation = {"@context": [V2], "type": "VerifiablePresentation", "verifiableCredential": [inside]}
    assert refusal(lambda: jsonld.to_quads(presentation)) == "context_nested"
    assert refusal(lambda: jsonld.expand(presentation)) == "context_nested"


def test_types_are_texts_also_where_such_types_were_read_before():
    for types in ({"Person": 1}, ["Person", {}], [1], 1, [["Person"]]):
        jsonld.to_quads({**CREDENTIAL, "credentialSubject": {"type": ["Person"]}})
        assert refusal(lambda types=types: jsonld.to_quads({**CREDENTIAL, "credentialSubject": {"type": types}}))


@settings(deadline=None, max_examples=50)
@given(documents())
def test_every_pointer_leads_to_what_its_statement_says(document):
    for quad in jsonld.to_quads(document):
        value = document
        for step in quad.pointer.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value[step.replace("~1", "/").replace("~0", "~")]
        said = quad.line.split(" ", 2)[2]
        if isinstance(value, str) and said.startswith('"') and value.isalnum():
            assert said.startswith(f'"{value}"')
        if isinstance(value, dict):
            assert said[0] in "_<"


@settings(deadline=None, max_examples=400)
@given(st.dictionaries(NAMES, TREES, max_size=5), st.sampled_from([{}, {"type": ["VerifiableCredential"]}]))
def test_any_tree_is_read_as_the_processor_reads_it_or_refused(tree, typed):
    document = {**tree, "@context": CONTEXT, **typed}
    try:
        read = jsonld.to_quads(document)
    except DidkitError:
        return
    try:
        expected = slowly(document)
    except DidkitError:
        # A node of which nothing is said, and to which nothing leads, the processor leaves out, whatever its name is.
        assert not read
        return
    assert lines(read) == expected


@pytest.mark.vectors
def test_published_credentials_are_read_as_the_processor_of_pyld_reads_them():
    seen = 0
    for path in sorted(vectors("contexts/citizenship-examples").rglob("*.jsonld")):
        document = {name: value for name, value in json.loads(path.read_text()).items() if name != "proof"}
        try:
            quads = jsonld.to_quads(document)
        except DidkitError:
            continue
        assert "".join(lines(quads)) == canonical_by_processor(document)
        assert lines(quads) == slowly(document)
        seen += 1
    assert seen >= 8


def test_every_statement_of_a_credential_knows_where_it_is_from():
    assert all(quad.pointer for quad in jsonld.to_quads(CREDENTIAL))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"@context": ["https://attacker.example"]}, "context_unknown"),
        ({"@context": [V2, {"a": "urn:a"}]}, "context_unknown"),
        ({"@context": [[V2]]}, "context_unknown"),
        ({"@context": None}, "context_unknown"),
        ({"@context": [V2] * 17}, "input_too_large"),
        ({"evidence": [{"@context": V2, "type": "a:b"}]}, "context_nested"),
        ({"unheardOf": 1}, "jsonld_undefined_term"),
        ({"type": "UnheardOf"}, "jsonld_undefined_term"),
        ({"id": "relative"}, "jsonld_iri_invalid"),
        ({"issuer": "https://a.example/ b"}, "jsonld_iri_invalid"),
        ({"issuer": "//a.example/b"}, "jsonld_iri_invalid"),
        ({"issuer": "unresolved-reference://a"}, "jsonld_iri_invalid"),
        ({"name": {"@value": {}}}, "jsonld_invalid"),
    ],
)
def test_what_is_refused(change, code):
    unsecured = "jsonld_unsecured" if code == "jsonld_invalid" else code
    assert refusal(lambda: jsonld.to_quads({**CREDENTIAL, **change})) == unsecured
    assert refusal(lambda: jsonld.expand({**CREDENTIAL, **change})) == code


def test_contexts_inside_an_embedded_credential():
    """At its head, and in a proof over its text; a context anywhere else changes what its words say."""

    def quads(**more):
        embedded = {**CREDENTIAL, **more}
        document = {"@context": [V2], "type": "VerifiablePresentation", "verifiableCredential": [embedded]}
        return jsonld.to_quads(document)

    proof = {"type": "DataIntegrityProof", "proofPurpose": "assertionMethod", "@context": CREDENTIAL["@context"]}
    assert len(quads(proof=proof)) > len(quads())
    assert len(quads(proof=[proof, proof])) > len(quads(proof=proof))
    assert len(quads(proof={**proof, "@context": V2})) == len(quads(proof=proof))
    assert refusal(lambda: quads(evidence=[{"@context": V2, "type": "a:b"}])) == "context_nested"
    assert refusal(lambda: quads(proof={**proof, "@context": "https://attacker.example"})) == "context_nested"
    longer = {**proof, "@context": [*CREDENTIAL["@context"], "https://www.w3.org/ns/credentials/examples/v2"]}
    assert refusal(lambda: quads(proof=longer)) == "context_nested"
    inside = {**proof, "verificationMethod": {"@context": V2, "id": "urn:a"}}
    assert refusal(lambda: quads(proof=inside)) == "context_nested"


def test_contexts_of_an_embedded_credential_of_data_model_1_1_are_added_to_those_around_it():
    v1 = "https://www.w3.org/2018/credentials/v1"
    embedded = {
        "@context": [v1, "https://w3id.org/citizenship/v2"],
        "type": ["VerifiableCredential", "PermanentResidentCard"],
        "issuer": "did:example:issuer",
        "credentialSubject": {"id": "did:example:subject", "type": ["PermanentResident", "Person"], "gender": "F"},
    }
    presentation = {"@context": [v1], "type": "VerifiablePresentation", "verifiableCredential": [embedded, embedded]}
    assert lines(jsonld.to_quads(presentation)) == slowly(presentation)


def test_statements_are_bounded():
    many = {**CREDENTIAL, "credentialSubject": [{"id": f"urn:{at}", "type": "Person"} for at in range(20)]}
    assert refusal(lambda: jsonld.to_quads(many, max_quads=30)) == "input_too_large"
    found = len(jsonld.to_quads(many))
    assert len(jsonld.to_quads(many, max_quads=found)) == found
    assert refusal(lambda: jsonld.to_quads(many, max_quads=found - 1)) == "input_too_large"


def test_a_caller_adds_a_context_by_its_hash():
    raw = json.dumps({"@context": {"height": {"@id": "urn:height", "@type": "urn:cm"}}}).encode()
    added = KNOWN.adding("https://a.example/c", raw, sha256=hashlib.sha256(raw).hexdigest())
    document = {**CREDENTIAL, "@context": [*CONTEXT, "https://a.example/c"], "height": "180"}
    assert any('"180"^^<urn:cm>' in quad.line for quad in jsonld.to_quads(document, contexts=added))
    assert lines(jsonld.to_quads(document, contexts=added)) == slowly(document, added)
    assert refusal(lambda: jsonld.to_quads(document)) == "context_unknown"
    assert refusal(lambda: KNOWN.adding("https://a.example/c", raw, sha256="00" * 32)) == "context_hash"
    for bad in (b"{}", json.dumps({"a": 1}).encode()):
        sha256 = hashlib.sha256(bad).hexdigest()
        assert (
            refusal(lambda bad=bad, sha256=sha256: Contexts().adding("urn:c", bad, sha256=sha256)) == "context_invalid"
        )
    again = hashlib.sha256(raw).hexdigest()
    assert refusal(lambda: KNOWN.adding(V2, raw, sha256=again)) == "context_invalid"


@pytest.mark.parametrize("iri", ["urn:p:a b", "p:a\nb", "p:<"])
def test_a_context_whose_terms_are_no_iris_makes_no_statements(iri):
    raw = json.dumps({"@context": {"p": {"@id": "urn:p:", "@prefix": True}, "height": {"@id": iri}}}).encode()
    added = KNOWN.adding("https://a.example/c", raw, sha256=hashlib.sha256(raw).hexdigest())
    document = {**CREDENTIAL, "@context": [*CONTEXT, "https://a.example/c"], "height": "a"}
    assert refusal(lambda: added.table(document, Budget())) == "jsonld_unsecured"
    assert jsonld.to_nodes(document, contexts=added) is None


def test_a_protected_term_is_not_redefined():
    raw = json.dumps({"@context": {"name": "urn:other"}}).encode()
    added = KNOWN.adding("https://a.example/c", raw, sha256=hashlib.sha256(raw).hexdigest())
    document = {**CREDENTIAL, "@context": [*CONTEXT, "https://a.example/c"]}
    assert refusal(lambda: jsonld.to_quads(document, contexts=added)) == "jsonld_protected_term"
