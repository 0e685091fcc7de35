"""G29: whoever shows a document chooses its contexts, which no statement tells; no choice renames what was signed.

What is shown has the very statements that were signed: that is asserted first, by the statements themselves.
"""

import hashlib
import json
from copy import deepcopy
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld as pyld

from didkit_fr.credentials.contexts import contexts
from didkit_fr.encoding.rdf.jsonld import KNOWN, to_quads
from didkit_fr.errors import DidkitError
from tests.attacks.secured import ISSUER, SUITES, V2, base, believed, shown

CITIZENSHIP = ("https://w3id.org/citizenship/v3",)
TITLE = ("urn:didkit-fr:context:residence_attestation:1",)
RESIDENT = "https://w3id.org/citizenship#PermanentResidentCardCredential"
ALIASES = {"id": "@id", "type": "@type"}

# One maker's words, and another's for the same.
OURS = {
    **ALIASES,
    "Permit": "urn:example:Permit",
    "Grade": "urn:example:Grade",
    "holds": {"@id": "urn:example:holds", "@type": "@vocab"},
    "over18": "urn:example:over18",
    "under": {"@id": "urn:example:under", "@context": {"height": "urn:example:height"}},
    "seen": {"@id": "urn:example:seen", "@type": "@vocab"},
    "ward": {"@id": "urn:example:ward", "@type": "@id"},
}
THEIRS = {
    **ALIASES,
    "Licence": "urn:example:Licence",
    "Level": "urn:example:Grade",
    "over21": "urn:example:over18",
    "under": {"@id": "urn:example:under", "@context": {"depth": "urn:example:height"}},
    "seen": {"@id": "urn:example:seen", "@type": "@id"},
    "ward @id": "urn:example:ward",
}
# Two names of its own for one thing: which of them counts, a context beside it could change.
TWICE = {**ALIASES, "Permit": "urn:example:Permit", "family_name": "urn:example:name", "familyName": "urn:example:name"}
HIDING = {**ALIASES, "family_name": None}
WORDS = {**ALIASES, "@vocab": "https://maker.example/"}
DEEPER = {**ALIASES, "@vocab": "https://maker.example/words/"}
NAMED = {"ours": OURS, "theirs": THEIRS, "words": WORDS, "deeper": DEEPER, "twice": TWICE, "hiding": HIDING}
OUR, THEIR, WORDY, DEEP, TWO, HIDE = [(f"urn:c:{name}",) for name in NAMED]
URLS = {f"urn:c:{name}": context for name, context in NAMED.items()}


def added(known, *urls):
    for url in urls:
        if url not in known:
            raw = json.dumps({"@context": URLS[url]}).encode()
            known = known.adding(url, raw, sha256=hashlib.sha256(raw).hexdigest())
    return known


@cache
def knowing(*urls):
    return added(contexts(), *urls)


def refusal(secured, suite, known):
    with pytest.raises(DidkitError) as refused:
        believed(secured, suite, known)
    return refused.value.code


def credential(urls, types, subject):
    return {
        "@context": [V2, *urls],
        "type": ["VerifiableCredential", *types],
        "issuer": ISSUER,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:subject", **subject},
    }


def written_out(name):
    return f"urn:example:{name}"


# How it was signed, by whoever knew no other contexts; how it is shown; whether it is believed as it was signed.
RENAMED = {
    "a property, and the type by its address": (
        (CITIZENSHIP, ["PermanentResidentCardCredential"], {"type": "Person", "givenName": "Inès"}),
        (TITLE, [RESIDENT], {"type": "https://schema.org/Person", "given_name": "Inès"}),
        True,
    ),
    "a property of a document whose types decide nothing": (
        (CITIZENSHIP, [], {"type": "Person", "givenName": "Inès"}),
        (TITLE, [], {"type": "https://schema.org/Person", "given_name": "Inès"}),
        False,
    ),
    "a type by its address": (
        (OUR, ["Permit"], {"over18": "yes"}),
        (THEIR, [written_out("Permit")], {"over21": "yes"}),
        True,
    ),
    "a property by a context that is added": (
        (OUR, ["Permit"], {"over18": "yes"}),
        (OUR + THEIR, ["Permit"], {"over21": "yes"}),
        True,
    ),
    "a type by another word": (
        (OUR, ["Permit", "Grade"], {"under": {"id": "urn:a"}}),
        (THEIR, [written_out("Permit"), "Level"], {"under": {"id": "urn:a"}}),
        False,
    ),
    "a property in a context of its own": (
        (OUR, ["Permit"], {"under": {"height": "1 m"}}),
        (THEIR, [written_out("Permit")], {"under": {"depth": "1 m"}}),
        True,
    ),
    "a word as a reference": (
        (OUR, ["Permit"], {"seen": "Grade"}),
        (THEIR, [written_out("Permit")], {"seen": written_out("Grade")}),
        False,
    ),
    "a reference by a name that is spelt as it is read": (
        (OUR, [], {"ward": "urn:a"}),
        (THEIR, [], {"ward @id": {"id": "urn:a"}}),
        False,
    ),
    "a property by a vocabulary": (
        (DEEP, [], {"height": "1 m"}),
        (WORDY, [], {"words/height": "1 m"}),
        False,
    ),
    "a type by a vocabulary": (
        (DEEP, ["Permit"], {"type": "Holder"}),
        (WORDY, ["words/Permit"], {"type": "words/Holder"}),
        False,
    ),
}


def statements(document, known):
    return pyld.normalize(document, {**known.options(), "algorithm": "URDNA2015", "format": "application/n-quads"})


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("name", RENAMED)
def test_what_is_renamed_has_the_statements_that_were_signed(name):
    signed, other, _ = RENAMED[name]
    assert statements(credential(*signed), knowing(*URLS)) == statements(credential(*other), knowing(*URLS))


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("name", RENAMED)
def test_another_known_context_does_not_rename_what_was_signed(name, suite):
    signed, other, honest = RENAMED[name]
    alone = added(KNOWN, *signed[0])
    secured = shown(credential(*signed), suite, alone)
    assert believed(secured, suite, alone) == credential(*signed)
    if honest:
        assert believed(secured, suite, knowing(*signed[0], *other[0])) == credential(*signed)
    else:
        assert refusal(secured, suite, knowing(*signed[0], *other[0])) == "jsonld_unsecured"
    spelt = {**credential(*other), "proof": deepcopy(secured["proof"])}
    assert refusal(spelt, suite, knowing(*signed[0], *other[0])) == "jsonld_unsecured"


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("name", [name for name, (*_, honest) in RENAMED.items() if not honest])
def test_what_could_be_renamed_is_not_signed(name, suite):
    signed, other, _ = RENAMED[name]
    with pytest.raises(DidkitError) as refused:
        base(credential(*signed), suite, knowing(*signed[0], *other[0]))
    assert refused.value.code == "jsonld_unsecured"


NAMES, IRIS = ("a", "b", "a @vocab", "a b"), ("urn:example:x", "urn:example:y", "urn:example:z")
COERCIONS = [{}, {"@type": "@vocab"}, {"@type": "@id"}]
MAKERS = st.dictionaries(
    st.sampled_from(NAMES),
    st.builds(lambda iri, kind: {"@id": iri, **kind}, st.sampled_from(IRIS), st.sampled_from(COERCIONS)),
    min_size=1,
)


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "beside", [(), HIDE, ("urn:didkit-fr:context:national_identity:1",)], ids=["alone", "null", "title"]
)
@pytest.mark.parametrize("name", ["family_name", "familyName"])
def test_what_one_context_names_twice_is_signed_by_neither_name(name, beside, suite):
    with pytest.raises(DidkitError) as refused:
        base(credential(TWO + beside, ["Permit"], {name: "Lefèvre"}), suite, knowing(*TWO, *beside))
    # What a context took away means nothing at all.
    hidden = beside == HIDE and name in HIDING
    assert refused.value.code == ("jsonld_undefined_term" if hidden else "jsonld_unsecured")


TYPES = st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True)
MEMBERS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["a", "b", *IRIS]), min_size=1, max_size=2)


def read(types, members, url, known):
    """A document's statements, or None where it is refused."""
    document = {"@context": [url], "id": "urn:example:s", "type": types, **members}
    try:
        return sorted([(one.subject, one.tail) for one in to_quads(document, contexts=known)])
    except DidkitError:
        return None


def otherwise(said, one, other, draw):
    """A name, or a word, of one maker as another could write it: by their name, by its address, or as it stands."""
    iri = one[said]["@id"] if said in one else said
    return draw(st.sampled_from([*[name for name in other if other[name]["@id"] == iri], iri, said]))


@pytest.mark.guarantee("G29")
@given(MAKERS, MAKERS, TYPES, MEMBERS, st.data())
def test_what_has_the_same_statements_is_read_under_one_of_two_contexts_or_written_alike(
    one, other, types, members, data
):
    known, urls = contexts(), []
    for maker in (one, other):
        raw = json.dumps({"@context": ALIASES | maker}).encode()
        urls.append(f"urn:c:{hashlib.sha256(raw).hexdigest()}")
        if urls[-1] not in known:
            known = known.adding(urls[-1], raw, sha256=hashlib.sha256(raw).hexdigest())

    def spelt(said):
        return otherwise(said, one, other, data.draw)

    others = [spelt(said) for said in types], {spelt(name): spelt(value) for name, value in members.items()}
    first, second = read(types, members, urls[0], known), read(*others, urls[1], known)
    if first is not None and first == second:
        assert (sorted(types), members) == (sorted(others[0]), others[1])
