import hashlib
import hmac
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import base64url
from didkit_fr.encoding.rdf import jsonld, nquads, rdfc
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.proofs.data_integrity import selective
from didkit_fr.proofs.data_integrity.pointers import parse_pointers, select_json
from didkit_fr.proofs.data_integrity.tree_grouping import group_tree
from tests.processor import reading
from tests.proofs.data_integrity import oracle
from tests.proofs.data_integrity.documents import CREDENTIAL, documents, pointers_of
from tests.refused import refusal

KEY = bytes(range(32))
HMAC = selective.hmac_labels(KEY)


def compact(expanded, context):
    from pyld import jsonld as processor

    return processor.compact(expanded, context, {"documentLoader": jsonld.loader(KNOWN)})


def chosen(document, data):
    """Some pointers of a document."""
    listed = list(pointers_of(document))
    return data.draw(st.lists(st.sampled_from(listed), unique=True, max_size=6))


def shapes(statements, group):
    """Statements without their labels: of two nodes that are alike in all, either may have either label."""
    return sorted(re.sub(r"_:\S+", "_:", statements[at]) for at in group)


def alone(value):
    """Whether compacting keeps the shape of a document: no array of one element."""
    if isinstance(value, list):
        return len(value) != 1 and all(map(alone, value))
    return not isinstance(value, dict) or all(alone(child) for name, child in value.items() if name != "@context")


@settings(deadline=None, max_examples=60)
@given(documents(), st.data())
def test_pointers_select_as_the_standard_words_it(document, data):
    groups = [chosen(document, data), chosen(document, data)]
    if not alone(document):
        return
    found = selective.group(document, groups, HMAC, reading=reading())
    statements, expected = oracle.group(document, groups, HMAC, jsonld.expand, compact)
    assert found.statements == statements
    for ours, theirs in zip(found.groups, expected, strict=True):
        assert shapes(statements, ours) == shapes(statements, theirs)


def by_tree(document, groups, *, max_quads=selective.MAX_STATEMENTS):
    parsed = [parse_pointers(pointers, document) for pointers in groups]
    found = group_tree(document, parsed, HMAC, reading=reading(), max_quads=max_quads)
    return found, selective._traced(document, parsed, HMAC, reading())[:2]


@settings(deadline=None, max_examples=150)
@given(documents(), st.data())
def test_the_fast_path_groups_the_same(document, data):
    fast, plain = by_tree(document, [chosen(document, data), chosen(document, data), []])
    assert fast in (None, plain)


SUBJECT = CREDENTIAL["credentialSubject"]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({}, []),
        ({}, ["/issuer", "/credentialSubject/employmentAuthorizationDocument/identifier"]),
        ({}, ["/credentialSubject/type/1", "/issuer/id", "/type"]),
        ({"name": ["b", "a", "c"]}, ["/name/2", "/name/1"]),
        ({"credentialSubject": [SUBJECT]}, ["/credentialSubject/0/familyName"]),
        ({"credentialSubject": {**SUBJECT, "id": "urn:a"}}, ["/credentialSubject/employmentAuthorizationDocument"]),
    ],
)
def test_what_the_fast_path_groups(change, pointers):
    fast, plain = by_tree({**CREDENTIAL, **change}, [pointers])
    assert fast == plain


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"credentialSubject": [SUBJECT, SUBJECT]}, ["/credentialSubject/0"]),
        ({"evidence": [{"id": "urn:x", "name": "a"}], "issuer": "urn:x"}, ["/issuer"]),
        ({}, ["/@context/0"]),
    ],
)
def test_what_the_fast_path_leaves(change, pointers):
    assert by_tree({**CREDENTIAL, **change}, [pointers])[0] is None


def test_what_is_too_long_is_not_read_twice():
    assert refusal(lambda: by_tree(CREDENTIAL, [], max_quads=5)) == "input_too_large"


@settings(deadline=None, max_examples=60)
@given(documents(), st.data())
def test_what_is_disclosed_is_what_was_signed(document, data):
    mandatory, more = chosen(document, data), chosen(document, data)
    if not mandatory and not more:
        return
    whole = selective.group(document, [mandatory, more], HMAC, reading=reading())
    found = selective.disclose(document, mandatory, more, HMAC, reading=reading())
    required, others = selective.separate(found.document, found.labels, found.mandatory, reading=reading())
    assert list(required) == [whole.statements[at] for at in sorted(whole.groups[0])]
    rest = [statement for at, statement in enumerate(whole.statements) if at not in whole.groups[0]]
    assert list(others) == [rest[at] for at in found.selective]


def test_labels_are_the_digests_of_the_canonical_ones():
    digest = base64url.encode(hmac.new(KEY, b"c14n0", hashlib.sha256).digest())
    assert HMAC(["c14n0"]) == {"c14n0": f"u{digest}"}


def test_shuffled_labels_are_a_permutation_that_the_key_decides():
    names = [f"c14n{at}" for at in range(12)]
    found = selective.shuffled_labels(KEY)(names)
    assert sorted(found.values()) == sorted(f"b{at}" for at in range(12))
    assert sorted(names, key=lambda name: HMAC([name])[name]) == sorted(names, key=lambda name: int(found[name][1:]))
    assert selective.shuffled_labels(bytes(32))(names) != found


@pytest.mark.parametrize(
    "pointer",
    [
        *("", "a", "/", "/nothing", "/type/7", "/type/00", "/type/-1", "/type/-", "/name/0", "/~", "/~2"),
        *("/type/\N{ARABIC-INDIC DIGIT ZERO}", "/credentialSubject/type/1/a", "/" + "a" * 2_000),
    ],
)
def test_a_pointer_leads_somewhere(pointer):
    assert refusal(lambda: parse_pointers([pointer], CREDENTIAL)) == "pointer_invalid"


def test_pointers_are_bounded():
    assert refusal(lambda: parse_pointers(["/name"] * 600, CREDENTIAL)) == "input_too_large"


def test_escapes_of_a_pointer():
    document = {"@context": [], "a/b": {"~1": 1, "~": 2}}
    assert parse_pointers(["/a~1b/~01", "/a~1b/~0"], document) == (("a/b", "~1"), ("a/b", "~"))


def test_a_part_has_the_types_and_ids_of_all_on_the_way():
    part = select_json(CREDENTIAL, parse_pointers(["/credentialSubject/type/1", "/issuer/image"], CREDENTIAL))
    assert part == {
        "@context": CREDENTIAL["@context"],
        "type": CREDENTIAL["type"],
        "issuer": CREDENTIAL["issuer"],
        "credentialSubject": {"type": ["Person", "EmployablePerson"]},
    }


def test_positions_close_up():
    document = {"@context": [], "a": [{"id": "urn:1"}, {"id": "_:b", "b": 1, "c": 2}, "x", "y"]}
    assert select_json(document, parse_pointers(["/a/3", "/a/1/b"], document))["a"] == [{"b": 1}, "y"]
    assert select_json(document, parse_pointers(["/a/1", "/a/1/b"], document))["a"] == [document["a"][1]]
    assert select_json(document, parse_pointers(["/a/1/b", "/a"], document))["a"] == document["a"]


def test_nothing_at_all_is_no_disclosure():
    assert refusal(lambda: selective.disclose(CREDENTIAL, [], [], HMAC, reading=reading())) == "pointer_invalid"


def test_what_is_read_otherwise_than_it_was_selected_is_not_revealed():
    """No document is known of which this would happen: it is the last check before something leaves."""
    selective.check_read(("a",), ("a",))
    assert refusal(lambda: selective.check_read(("a",), ("a", "b"))) == "disclosure_inconsistent"


def test_of_numbers_in_an_array_one_alone_is_not_revealed():
    """Alone, it would be what the array around it does not tell."""
    document = {**CREDENTIAL, "name": [1, 2]}
    assert refusal(lambda: selective.disclose(document, [], ["/name/0"], HMAC, reading=reading())) == "jsonld_unsecured"
    found = selective.disclose(document, [], ["/name"], HMAC, reading=reading())
    assert found.document["name"] == [1, 2]


def test_a_pointer_into_a_literal_selects_what_it_says_alone():
    """Without its language, a text is another text, which nobody signed."""
    document = {**CREDENTIAL, "name": {"@value": "Titre", "@language": "fr"}}
    call = lambda: selective.group(document, [["/name/@value"]], HMAC, reading=reading())  # noqa: E731
    assert refusal(call) == "selection_unsupported"
    whole = selective.group(document, [["/name"]], HMAC, reading=reading())
    assert any('"Titre"@fr' in whole.statements[at] for at in whole.groups[0])


@pytest.mark.parametrize(
    ("line", "relabelled"),
    [
        ('_:b0 <urn:p> "_:b0 _:b1 ."@fr _:b1 .\n', '_:x <urn:p> "_:b0 _:b1 ."@fr _:y .\n'),
        ('<urn:s> <urn:p> "a _:b0" .\n', '<urn:s> <urn:p> "a _:b0" .\n'),
        ("_:b0 <urn:p> _:b1 _:b0 .\n", "_:x <urn:p> _:y _:x .\n"),
        ("_:b0 <urn:p> _:b1 .\n", "_:x <urn:p> _:y .\n"),
    ],
)
def test_a_statement_keeps_what_only_looks_like_a_label(line, relabelled):
    names = {nquads.blank(old): nquads.blank(new) for old, new in (("b0", "x"), ("b1", "y"))}
    assert nquads.relabelled(nquads.quad(line), names) == relabelled


@settings(deadline=None, max_examples=60)
@given(documents())
def test_a_verifier_reads_by_plan_what_it_reads_as_text(document):
    quads = jsonld.to_quads(document)
    own = rdfc.label(quads)
    labels = HMAC(own.values())
    names = {nquads.blank(label): nquads.blank(labels[canonical]) for label, canonical in own.items()}
    statements = sorted({nquads.relabelled(quad, names) for quad in quads})
    assert selective.separate(document, labels, [], reading=reading()).others == tuple(statements)
