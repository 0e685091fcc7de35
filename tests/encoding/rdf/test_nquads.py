"""The writer of statements: whatever text stands at whatever place of a document, no statement more comes of it."""

import hashlib
import json
from contextlib import suppress

import pyoxigraph
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.rdf import jsonld, nquads, rdfc, rdfc_tree
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.errors import DidkitError, ParseError

V2, ADDED = "https://www.w3.org/ns/credentials/v2", "urn:example:context"
TERM = {"@id": "urn:example:term"}
MORE = ' .\n<urn:s> <urn:example:other> "more"'
PIECES = st.sampled_from(
    [
        *(MORE, "\n", "\r", " ", '"', "\\", ">", "<", "_:b0", "^^", "@fr", ".", "#", "urn:", "a", "fr", "-", "\x00"),
        *("\x7f", "\x85", "\u2028", "\ud800", "\udfff", "é", "\U0001f600", "true", "1", "{", "`", "%", ":", "/", "@"),
    ]
)
TEXTS = st.lists(PIECES | st.characters(), max_size=6).map("".join)

# Each place: the context's definition of "term" and of whatever else, and the members of a node that is named.
PLACES = {
    "value": lambda text: ({"term": TERM}, {"term": text}),
    "value of a type": lambda text: ({"term": {**TERM, "@type": "urn:t"}}, {"term": text}),
    "number as text": lambda text: (
        {"term": {**TERM, "@type": "http://www.w3.org/2001/XMLSchema#integer"}},
        {"term": text},
    ),
    "values": lambda text: ({"term": TERM}, {"term": [text, "b"]}),
    "text in a language": lambda text: ({"term": TERM}, {"term": {"@value": text, "@language": "fr"}}),
    "language": lambda text: ({"term": TERM}, {"term": {"@value": "a", "@language": text}}),
    "datatype": lambda text: ({"term": {**TERM, "@type": text}}, {"term": "a"}),
    "reference": lambda text: ({"term": {**TERM, "@type": "@id"}}, {"term": text}),
    "word": lambda text: ({"term": {**TERM, "@type": "@vocab"}}, {"term": text}),
    "identifier": lambda text: ({"term": TERM}, {"id": text, "term": "a"}),
    "identifier below": lambda text: ({"term": TERM}, {"term": {"id": text}}),
    "type": lambda text: ({"term": TERM}, {"type": text, "term": "a"}),
    "predicate": lambda text: ({"term": text}, {"term": "a"}),
    "predicate in an object": lambda text: ({"term": {"@id": text}}, {"term": "a"}),
    "prefix": lambda text: ({"p": {"@id": text, "@prefix": True}, "term": "p:a"}, {"term": "a"}),
    "vocabulary": lambda text: ({"@vocab": text}, {"term": "a"}),
    "name": lambda text: ({"@vocab": "urn:v:"}, {text: "a"}),
    "JSON": lambda text: ({"term": {**TERM, "@type": "@json"}}, {"term": [text, {text: text}]}),
}


def by_tree(document, contexts):
    nodes = jsonld.to_nodes(document, contexts=contexts)
    labels = None if nodes is None else rdfc_tree.label(nodes)
    return None if labels is None else rdfc_tree.text(nodes, labels, Budget())


def statements(text):
    """How another reader takes a text apart; it is not asked whether IRIs are well-formed."""
    return list(pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.N_QUADS, lenient=True))


@pytest.mark.guarantee("G29")
@settings(deadline=None, max_examples=60)
@pytest.mark.parametrize("place", PLACES)
@given(text=TEXTS)
@example(text="fr" + MORE)
@example(text="urn:a> <urn:b> <urn:c")
@example(text='a"' + MORE)
@example(text="\ud800")
def test_no_text_makes_a_statement_more(place, text):
    definitions, members = PLACES[place](text)
    named = {"id": "urn:s", "type": "VerifiableCredential", **members}
    document = {"@context": [V2, ADDED], **named}
    try:
        raw = json.dumps({"@context": definitions}).encode()
        contexts = KNOWN.adding(ADDED, raw, sha256=hashlib.sha256(raw).hexdigest())
        quads = jsonld.to_quads(document, contexts=contexts)
    except DidkitError:
        return
    lines = rdfc.canonicalize(quads).lines
    due = 1 + sum(len(one) if isinstance(one, list) and place != "JSON" else 1 for one in members.values())
    assert len(quads) == len(lines) == due - ("id" in members) - ("type" in members)
    found = statements("".join(lines))
    assert len(found) == len(lines)
    assert nquads.parse("".join(lines)) == lines
    for quad in quads:
        assert nquads.quad(quad.line).line == quad.line
    if place.startswith(("value", "text")):
        assert text in {one.object.value for one in found}
    assert by_tree(document, contexts) in (None, "".join(lines))


def datatype(text):
    return nquads.typed(nquads.iri(text))


@pytest.mark.guarantee("G29")
@given(TEXTS, TEXTS)
def test_terms_are_what_they_are_made_of_or_nothing(text, other):
    """Each maker of a term, with any text, beside terms that are sound."""
    predicate, node = nquads.iri("urn:p"), nquads.iri("urn:s")
    makers = [
        lambda: nquads.line(nquads.iri(text), nquads.predicate_object(predicate, node)),
        lambda: nquads.line(node, nquads.predicate_object(nquads.iri(text), node)),
        lambda: nquads.line(nquads.blank(text), nquads.predicate_object(predicate, nquads.blank(other))),
        lambda: nquads.line(node, nquads.predicate_object(predicate, nquads.literal(text, nquads.tagged(other)))),
        lambda: nquads.line(node, nquads.predicate_object(predicate, nquads.literal(text, datatype(other)))),
        lambda: nquads.line(node, nquads.predicate_object(predicate, node, nquads.statement_end(nquads.blank(text)))),
        lambda: nquads.line(node, nquads.predicate_object(predicate, node, nquads.statement_end(nquads.iri(text)))),
        lambda: nquads.line(
            node,
            nquads.predicate_text(nquads.before_text(predicate), text, nquads.after_text(datatype("urn:t"))),
        ),
        lambda: nquads.statement([node, predicate, nquads.literal(text, nquads.PLAIN), nquads.blank(other)]),
    ]
    for make in makers:
        with suppress(ParseError):
            made = make()
            assert len(statements(made)) == 1
            assert nquads.parse(made) == (made,)


@pytest.mark.parametrize(
    "tag",
    [
        *("fr", "FR-fr", "fra", "zh-Hant", "zh-Hant-TW", "de-CH-1901", "sl-rozaj-biske", "en-a-bbb-x-a", "x-whatever"),
        *("i-klingon", "sgn-BE-FR", "en-GB-oed", "es-419", "zh-yue-HK", "de-1996", "qaa-Qaaa-QM-x-southern", "und"),
    ],
)
def test_tags_of_the_standard(tag):
    assert nquads.is_language(tag)


@pytest.mark.parametrize(
    "tag",
    [
        *(
            "",
            "f",
            "-",
            "fr-",
            "-fr",
            "fr--FR",
            "fr_FR",
            "fr FR",
            "français",
            "a-DE",
            "ar-a",
            "123",
            "abcdefghi",
            "fr\n",
        ),
        *("de-419-DE-x", "en-x", "en-a", "en-u-", "i-nothing", "\u017fr", "\u212ao", "fr-" + "abcde-" * 12 + "abcde"),
    ],
)
def test_what_is_no_tag(tag):
    assert not nquads.is_language(tag)


@pytest.mark.parametrize(
    ("tag", "statement"),
    [("fr", "@fr"), ("en-GB", "@en-gb"), ("zh-Hant-TW", "@zh-hant-tw"), ("en-a-bb-x-ab-abcd", "@en-a-bb-x-ab-abcd")],
)
def test_a_tag_is_written_as_recommended_and_small_in_its_statement(tag, statement):
    assert nquads.tagged(tag) == statement
    for other in {tag.lower(), tag.upper(), tag.title()} - {tag}:
        with pytest.raises(ParseError):
            nquads.tagged(other)


def test_a_tag_is_bounded():
    at_the_bound = "fr-" + "-".join(["abcdefgh"] * 6) + "-abcdefg"
    assert len(at_the_bound) == nquads.MAX_LANGUAGE_CHARS
    assert nquads.is_language(at_the_bound)
    assert not nquads.is_language(f"{at_the_bound}h")
