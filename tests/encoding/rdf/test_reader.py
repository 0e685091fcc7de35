"""What is read leaves one document: whatever else has the same statements is refused, or differs in what is free."""

import hashlib
import json
import random

import pytest

from didkit_fr.encoding.rdf import jsonld, rdfc
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.errors import DidkitError, ParseError
from tests.processor import lines_by_processor

V2, ADDED = "https://www.w3.org/ns/credentials/v2", "urn:example:context"
TERMS = {
    "a": {"@id": "urn:p:a", "@type": "@id"},
    "b": {"@id": "urn:p:b", "@type": "@id"},
    "c": {"@id": "urn:p:c", "@type": "@id"},
    "d": {"@id": "urn:p:d", "@type": "@id"},
    "D": {"@id": "urn:p:d", "@type": "@id"},
    "n": "urn:p:n",
    "word": {"@id": "urn:p:word", "@type": "@vocab"},
    "whole": {"@id": "urn:p:whole", "@type": "http://www.w3.org/2001/XMLSchema#integer"},
    "null": None,
    "again": {"@id": "urn:p:again", "@context": None},
    "nested": {"@id": "urn:p:nested", "@context": {"inner": "urn:p:inner"}},
    "listed": {"@id": "urn:p:listed", "@container": "@list"},
    "named": {"@id": "urn:p:named", "@container": "@language"},
    "kind": {"@id": "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "@type": "@id"},
    "Word": "urn:p:Word",
    "data": {"@id": "urn:p:data", "@type": "@json"},
}
RAW = json.dumps({"@context": TERMS}).encode()
CONTEXTS = KNOWN.adding(ADDED, RAW, sha256=hashlib.sha256(RAW).hexdigest())
IDS, LINKS = ["urn:1", "urn:2", "urn:3"], ["a", "b", "c"]


def document(**members):
    return {"@context": [V2, ADDED], **members}


def lines(members):
    return rdfc.canonicalize(jsonld.to_quads(document(**members), contexts=CONTEXTS)).lines


def refused(members):
    with pytest.raises(DidkitError) as error:
        lines(members)
    return error.value.code


def node(chance, depth):
    """A node with an identifier or without, about which something is said or nothing."""
    made = {"id": chance.choice(IDS)} if chance.random() < 0.7 else {}
    if chance.random() < 0.4:
        made["n"] = chance.randrange(2)
    for name in LINKS:
        if depth and chance.random() < 0.35:
            values = [
                chance.choice(IDS) if chance.random() < 0.4 else node(chance, depth - 1)
                for _ in range(chance.choice([1, 1, 1, 2]))
            ]
            made[name] = values if len(values) > 1 or chance.random() < 0.3 else values[0]
    return made


def normal(value):
    """A document in which what is free is chosen: the order of arrays, one in an array, an object that says nothing."""
    if isinstance(value, list):
        made = sorted((normal(one) for one in value), key=json.dumps)
        return made[0] if len(made) == 1 else made
    if isinstance(value, dict):
        return value["id"] if value.keys() == {"id"} else {name: normal(one) for name, one in sorted(value.items())}
    return value


@pytest.mark.guarantee("G29")
def test_the_same_statements_are_the_same_document():
    """Of very many small graphs, in which nodes are named at several places."""
    chance, seen, read = random.Random(12), {}, 0  # noqa: S311 - a search that can be repeated
    for _ in range(12_000):
        members = node(chance, 3)
        try:
            said = lines(members)
        except ParseError:
            continue
        read += 1
        assert seen.setdefault(said, normal(members)) == normal(members)
    assert read > 2_000
    assert len(seen) < read - 500, "many graphs were spelt more than once"


@pytest.mark.parametrize(
    "members",
    [
        {"a": "urn:1", "n": "x"},
        {"id": "urn:1", "a": ["urn:2", {"id": "urn:3", "n": 1}]},
        {"a": {"id": "urn:1", "n": 1}, "b": "urn:1"},
        {"a": {"b": {"id": "urn:1", "n": 1}}, "c": {"b": {"c": {"a": "urn:1"}}}},
        {"word": "Word", "whole": 7},
        {"data": {"x": [1, None, 1.5, {"@value": [], "id": "_:x"}]}},
        {"nested": {"inner": "a"}},
        {"n": [{"@value": "a", "@language": "fr"}, {"@value": "a", "@language": "en-GB"}, "a", 1, True]},
        {"type": ["VerifiableCredential", "urn:other"]},
    ],
)
def test_what_has_one_spelling_is_read_as_the_processor_reads_it(members):
    assert lines(members) == rdfc.canonicalize(lines_by_processor(document(**members), CONTEXTS)).lines


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize(
    "members",
    [
        {"a": "urn:1", "b": {"id": "urn:1", "n": 1}},  # further on by the address of its property
        {"a": {"b": {"id": "urn:1", "n": 1}}, "c": "urn:1"},  # further in
        {"a": [{"b": "urn:1", "n": 1}, {"b": {"id": "urn:1", "n": 1}, "n": 2}]},  # of nodes that nothing orders
        {"a": [{"b": {"id": "urn:1", "n": 1}, "n": 2}, {"b": "urn:1", "n": 1}]},  # of these, whichever comes first
        {"a": {"id": "urn:1", "n": 1}, "b": {"id": "urn:1", "c": "urn:2"}},  # at two places
        {"id": "urn:1", "a": {"n": 1, "b": "urn:1"}},  # a document that could begin elsewhere
        {"a": {"id": "urn:1", "b": {"id": "urn:1", "n": 1}}},  # within itself
        {"a": ["urn:1", {"id": "urn:1"}]},
        {"a": ["urn:1", "urn:1"]},
        {"d": "urn:1"},  # of two names, neither
        {"D": "urn:1"},
        {"kind": "urn:1"},
        {"again": {"n": 1}},
        {"listed": ["a"]},
        {"named": {"fr": "a"}},
        {"data": 1.0},
        {"data": {"x": [2.0]}},
        {"word": "urn:p:Word"},
        {"word": {"id": "urn:p:Word"}},
        {"whole": "7"},
        {"whole": "true"},
        {"nested": {"inner": {"@value": "a"}}},
        {"n": {}},
        {"n": {"@language": "fr"}},
        {"n": {"@value": "a", "@language": "fr", "@type": "urn:t"}},
        {"type": []},
        {"type": ["VerifiableCredential", "https://www.w3.org/2018/credentials#VerifiableCredential"]},
        {"@type": "VerifiableCredential"},
        {"@graph": []},
        {"@reverse": {"a": "urn:1"}},
        {"_:p": 1},
        {"urn:p:n": 1},
    ],
)
def test_what_has_not_is_refused(members):
    assert refused(members) == "jsonld_unsecured"


def test_what_a_context_gives_no_meaning_is_undefined():
    assert refused({"null": 1}) == "jsonld_undefined_term"
    assert refused({"inner": 1}) == "jsonld_undefined_term"
    assert refused({"type": "inner"}) == "jsonld_undefined_term"


@pytest.mark.parametrize(
    ("value", "statement"),
    [
        (0, '"0"^^<{}integer>'),
        (2**53 - 1, '"9007199254740991"^^<{}integer>'),
        (1 - 2**53, '"-9007199254740991"^^<{}integer>'),
        (0.5, '"5.0E-1"^^<{}double>'),
        (-123456.789, '"-1.23456789E5"^^<{}double>'),
        (1e-7, '"1.0E-7"^^<{}double>'),
        (0.1 + 0.2, None),
        (2**53, None),
        (1.0, None),
        (1e22, None),
    ],
)
def test_numbers_at_the_bounds(value, statement):
    if statement is None:
        assert refused({"n": value}) == "jsonld_unsecured"
        return
    (line,) = lines({"id": "urn:s", "n": value})
    assert line == f"<urn:s> <urn:p:n> {statement.format('http://www.w3.org/2001/XMLSchema#')} .\n"
    assert (line,) == rdfc.canonicalize(lines_by_processor(document(id="urn:s", n=value), CONTEXTS)).lines


def presenting(*held, **members):
    return {"@context": [V2], "type": "VerifiablePresentation", "verifiableCredential": list(held), **members}


@pytest.mark.guarantee("G29")
def test_documents_are_in_documents_and_no_deeper():
    held = {"@context": [V2], "type": "VerifiableCredential", "issuer": "urn:1"}
    assert jsonld.to_quads(presenting(held))
    with pytest.raises(ParseError) as error:
        jsonld.to_quads(presenting(presenting(held)))
    assert error.value.code == "jsonld_unsecured"


@pytest.mark.guarantee("G29")
def test_a_proof_repeats_contexts_in_an_embedded_document_alone():
    secured = {"@context": [V2], "type": "VerifiableCredential", "issuer": "urn:1"}
    secured["proof"] = {"@context": [V2], "type": "DataIntegrityProof", "cryptosuite": "ecdsa-jcs-2019"}
    assert jsonld.to_quads(presenting(secured))
    with pytest.raises(ParseError) as error:
        jsonld.to_quads(secured)
    assert error.value.code == "context_nested"


def adding(**contexts):
    known = KNOWN
    for name, context in contexts.items():
        raw = json.dumps({"@context": context}).encode()
        known = known.adding(f"urn:c:{name}", raw, sha256=hashlib.sha256(raw).hexdigest())
    return known


@pytest.mark.guarantee("G29")
def test_names_that_differ_are_refused_in_an_embedded_document_too():
    known = adding(ours={"p": "urn:p"}, theirs={"q": "urn:p"})
    held = {"@context": [V2, "urn:c:ours"], "type": "VerifiableCredential", "p": "a"}
    with pytest.raises(ParseError) as error:
        jsonld.to_quads(presenting(held), contexts=known)
    assert error.value.code == "jsonld_unsecured"
    assert jsonld.to_quads(presenting(held), contexts=adding(ours={"p": "urn:p"}))


@pytest.mark.guarantee("G29")
def test_a_context_that_is_read_beside_another_alone_is_refused():
    """What it names is not known, and so not whether others name it differently."""
    known = adding(words={"@vocab": "urn:v:"}, relative={"p": "label"})
    with pytest.raises(ParseError) as error:
        jsonld.to_quads({"@context": [V2, "urn:c:words", "urn:c:relative"], "p": "a"}, contexts=known)
    assert error.value.code == "jsonld_unsecured"
