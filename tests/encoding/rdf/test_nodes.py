"""Reading by plans, and canonicalisation of trees, against the references and against pyld."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import json
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.rdf import jsonld, rdfc, rdfc_tree
from didkit_fr.encoding.rdf import nodes as jsonld_tree
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.errors import DidkitError
from tests.encoding.rdf.trees import NAMES, TREES
from tests.processor import canonical_by_processor as canonical_by_pyld
from tests.proofs.data_integrity.documents import CONTEXT, CREDENTIAL, documents
from tests.vectors import vectors


def by_plan(document, digest="sha256"):
    """The canonical text; None where the tree does not cover the document."""
    nodes = jsonld.to_nodes(document)
    labels = None if nodes is None else rdfc_tree.label(nodes, digest)
    return None if labels is None else "".join(rdfc_tree.lines(nodes, labels, Budget()))


def by_text(document, digest="sha256"):
    lines = [quad.line for quad in jsonld.to_quads(document)]
    return "".join(rdfc.canonicalize(lines, digest=digest).lines)


@settings(deadline=None, max_examples=150)
@given(documents(), st.sampled_from(["sha256", "sha384"]))
def test_what_is_read_by_plan_is_what_is_read_as_text(document, digest):
    assert by_plan(document, digest) in (None, by_text(document, digest))


@settings(deadline=None, max_examples=400)
@given(st.dictionaries(NAMES, TREES, max_size=5), st.sampled_from([{}, {"type": ["VerifiableCredential"]}]))
@example({"name": [["a"]]}, {})
@example({"name": "\x7f\x00\t", "type": "VerifiableCredential"}, {})
@example({"name": ["b", "a", None, 1, True]}, {})
@example({"name": ["b", "a", "b"]}, {})
@example({"name": ["b", "a", 1.5, 1, True]}, {})
@example({"evidence": [{"id": "urn:x", "name": "a"}], "issuer": {"id": "urn:x", "name": "b"}}, {})
def test_any_tree_is_read_as_text_or_left(tree, typed):
    document = {**tree, "@context": CONTEXT, **typed}
    made = by_plan(document)
    if made is not None:
        assert made == by_text(document)


@settings(deadline=None, max_examples=60)
@given(documents())
def test_pyld_agrees(document):
    assert by_plan(document) in (None, canonical_by_pyld(document))


ALIKE = {"type": "Person", "givenName": "A"}


@pytest.mark.parametrize(
    "change",
    [
        {"credentialSubject": [ALIKE, ALIKE]},
        {"credentialSubject": {"id": "urn:x"}, "issuer": {"id": "urn:x", "name": "a"}, "evidence": {"id": "urn:x"}},
        {"evidence": {"@context": CONTEXT, "name": "a"}},
        {"name": {"@value": "a", "@language": "fr"}},
        {"name": [["a"]]},
        {"name": {}},
        {"name": 1.0},
        {"name": ["a", "a"]},
        {"name": [1]},
        {"name": None},
        {"issuer": "urn:x", "evidence": {"id": "urn:x", "name": "a"}},
        {"type": []},
        {"type": ["VerifiableCredential", "urn:type"]},
        {"unheardOf": 1},
        {"id": "relative"},
        {"verifiableCredential": [CREDENTIAL]},
    ],
)
def test_what_no_plan_covers(change):
    assert by_plan({**CREDENTIAL, **change}) is None


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"id": "urn:credential"},
        {"name": ['quo"te', "line\nend", "back\\slash", "\u2028", "é\U0001f600", "", "é"]},
        {"name": [True, 7, "7", 1.5], "evidence": {"id": "urn:x"}},
        {"issuer": {"id": "https://a.example", "name": "A", "description": "B"}, "evidence": {"id": "urn:y"}},
        {"termsOfUse": {"type": "Person"}, "evidence": {"type": ["Person"], "givenName": "A"}},
    ],
)
def test_what_plans_cover_is_what_pyld_says(change):
    document = {**CREDENTIAL, **change}
    assert by_plan(document) == by_text(document) == canonical_by_pyld(document)
    assert by_plan(document, "sha384") == by_text(document, "sha384")


def test_one_form_is_read_by_one_plan_whatever_its_values_are():
    first = by_plan(CREDENTIAL)
    hostile = {**CREDENTIAL, "type": {"VerifiableCredential": 1}}
    assert by_plan(hostile) is None
    with pytest.raises(DidkitError):
        jsonld.to_quads(hostile)
    assert by_plan({**CREDENTIAL, "validFrom": "2020-01-01T00:00:00Z"}) != first
    assert by_plan(CREDENTIAL) == first


def test_plans_are_bounded():
    table = KNOWN.table({"@context": CONTEXT}, Budget())
    names = ["name", "description", "validFrom", "validUntil", "evidence", "termsOfUse", "refreshService"]
    for at in range(2 * jsonld_tree.MAX_SCOPES):
        order = sorted(names, key=lambda name, at=at: hash((name, at)))
        jsonld.to_nodes({"@context": CONTEXT, **dict.fromkeys(order, "urn:a")})
    assert len(table.plans) <= jsonld_tree.MAX_SCOPES


@pytest.mark.vectors
def test_published_credentials_are_read_by_plan():
    read = 0
    for path in sorted(vectors("contexts/citizenship-examples").rglob("*.jsonld")):
        document = {name: value for name, value in json.parse_object(path.read_bytes()).items() if name != "proof"}
        made = by_plan(document)
        if made is not None:
            assert made == canonical_by_pyld(document)
            read += 1
    assert read >= 5
