"""What the known contexts name, and when a name or a word may stand."""

import pytest

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.rdf.known_names import Known, check_types
from didkit_fr.errors import ParseError

A, B = {"Card": "urn:Card", "p": "urn:p", "same": "urn:same"}, {"Pass": "urn:Pass", "q": "urn:p", "same": "urn:same"}


def known(**contexts):
    return Known({}).adding(contexts, Budget())


def refused(call, *arguments):
    with pytest.raises(ParseError) as error:
        call(*arguments)
    return error.value.code


def test_a_property_that_all_contexts_name_alike_has_no_rule():
    assert known(a=A, b=B).rule("urn:same", "same", None) is None
    assert known(a=A).rule("urn:p", "p", None) is None
    assert known(a=A).rule("urn:unknown", "p", None) is None


@pytest.mark.parametrize(
    ("types", "code"),
    [
        (["<urn:Card>"], None),
        (["<urn:other>", "<urn:Card>"], None),
        (["<urn:Pass>"], "jsonld_unsecured"),
        (["<urn:Card>", "<urn:Pass>"], "jsonld_unsecured"),
        (["<urn:other>"], "jsonld_unsecured"),
        ([], "jsonld_unsecured"),
    ],
)
def test_the_types_of_a_document_decide_between_two_names(types, code):
    rule = known(a=A, b=B).rule("urn:p", "p", None)
    if code is None:
        check_types([rule], types)
    else:
        assert refused(check_types, [rule], types) == code


def test_whether_texts_are_words_or_references_is_a_part_of_the_name():
    both = known(a={"p": {"@id": "urn:p", "@type": "@id"}}, b={"p": {"@id": "urn:p", "@type": "@vocab"}})
    assert both.rule("urn:p", "p", "@id") is not None
    dates = known(a={"p": {"@id": "urn:p", "@type": "urn:date"}}, b={"p": "urn:p"})
    assert dates.rule("urn:p", "p", "urn:date") is None


def test_a_name_with_a_space_or_a_keyword_in_it_is_no_other_name():
    spaced = known(a={"given name": "urn:T", "p": {"@id": "urn:p", "@type": "@id"}}, b={"p @id": "urn:p"})
    spaced.check_word("urn:T", "given name")
    assert spaced.rule("urn:p", "p", "@id") is not None
    assert spaced.rule("urn:p", "p @id", None) is not None


@pytest.mark.parametrize(
    ("iri", "name", "code"),
    [
        ("urn:Card", "Card", None),
        ("urn:Card", "Pass", "jsonld_unsecured"),
        ("urn:Card", None, "jsonld_unsecured"),
        ("urn:p", "p", "jsonld_unsecured"),
        ("urn:other", None, None),
        ("https://v.example/a", "a", None),
        ("https://v.example/a", None, "jsonld_unsecured"),
        ("https://v.example/w/a", "a", "jsonld_unsecured"),
    ],
)
def test_a_word_is_the_one_that_all_contexts_have(iri, name, code):
    vocabularies = {
        "c": {"@vocab": "https://v.example/"},
        "d": {"x": {"@id": "urn:x", "@context": {"@vocab": "https://v.example/w/"}}},
    }
    words = known(a=A, b=B, **vocabularies)
    if code is None:
        words.check_word(iri, name)
    else:
        assert refused(words.check_word, iri, name) == code


def test_what_a_context_names_inside_another_and_by_address_is_named_by_both():
    names = known(a=A, b={"r": {"@id": "urn:r", "@context": [{"s": "urn:s"}, "a"]}}).names
    assert {iri: set(by) for iri, by in names.items()} == {
        "urn:Card": {"a", "b"},
        "urn:p": {"a", "b"},
        "urn:same": {"a", "b"},
        "urn:r": {"b"},
        "urn:s": {"b"},
    }


@pytest.mark.parametrize(
    "context",
    [
        {"@base": "https://a.example/"},
        {"@language": "fr"},
        [[{"p": "urn:p"}]],
        [None, {"p": "urn:p"}],
        {"p": "relative"},
        {"p": {"@id": "urn:p", "@context": {"q": 1}}},
        "nowhere",
    ],
)
def test_a_context_that_is_not_read_alone_names_nothing_and_is_known_to_be_so(context):
    made = known(a=A, b=context)
    assert made.unread == {"b"}
    assert set(made.words) == {"a"}


def test_vocabularies_are_32_at_most():
    def of(count):
        return {"a": [{"@vocab": f"urn:{at}:"} for at in range(count)]}

    assert len(known(**of(32)).vocabularies) == 32
    assert refused(known().adding, of(33), Budget()) == "input_too_large"


def test_contexts_that_name_themselves_inside_are_not_read():
    context = {name: {"@id": f"urn:{name}", "@context": "a"} for name in ("p", "q")}
    assert Known({}).adding({"a": context}, Budget(steps=1_000)).unread == {"a"}


def test_reading_costs():
    context = {f"p{at}": f"urn:p{at}" for at in range(1_000)}
    assert refused(known().adding, {"a": context}, Budget(steps=900)) == "work_exceeded"
