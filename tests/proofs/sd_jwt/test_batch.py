"""The template against its reference, `sd_jwt.issue`: byte for byte but the signature, which is never the same."""

from hashlib import shake_128

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, ParseError
from didkit_fr.keys import software
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.proofs.sd_jwt.batch import Template

ISSUER = software.generate()
TYP, HEADER = "dc+sd-jwt", {"x5c": ["AAAA"]}
OWN = {"cnf": {"jwk": {"kty": "EC"}}, "status": {"status_list": {"idx": 7, "uri": "https://i.example/status/1"}}}
CLAIMS = {
    "vct": "urn:eudi:pid:fr:1",
    "family_name": 'L"efèvre \\ud800"0',
    "place_of_birth": {"country": "FR", "locality": "Brest"},
    "nationalities": ["FR", "BE"],
    "age": {"18": True},
    "open": [{"deep": [1, 2]}],
}
HIDDEN = [
    ("family_name",),
    ("place_of_birth",),
    ("place_of_birth", "country"),
    ("place_of_birth", "locality"),
    ("nationalities",),
    ("nationalities", 0),
    ("nationalities", 1),
    ("age", "18"),
    ("open", 0, "deep", 1),
]


def drawn(seed=b""):
    """Salts that are the same for both implementations."""
    return lambda length: shake_128(seed).digest(length)


def both(claims, hidden, own, seed=b""):
    template = Template.of(claims, ISSUER, typ=TYP, disclosable=hidden, header=HEADER)
    fast = template.prepare(own, random=drawn(seed)).by(ISSUER)
    plain = sd_jwt.issue({**claims, **own}, ISSUER, typ=TYP, disclosable=hidden, header=HEADER, random=drawn(seed))
    return fast, plain


def unsigned(raw):
    jwt, *disclosures = raw.split("~")
    return [jwt.rpartition(".")[0], *disclosures]


def refusal(call):
    with pytest.raises(ParseError) as error:
        call()
    return error.value.code


@pytest.mark.parametrize("decoys", [1, 7, 64])
def test_the_fast_path_and_the_reference_are_equal_with_decoys(decoys):
    template = Template.of(CLAIMS, ISSUER, typ=TYP, disclosable=HIDDEN, header=HEADER, decoys=decoys)
    plain = {"typ": TYP, "disclosable": HIDDEN, "header": HEADER, "decoys": decoys}
    fast = template.prepare(OWN, random=drawn(b"seed")).by(ISSUER)
    assert unsigned(fast) == unsigned(sd_jwt.issue({**CLAIMS, **OWN}, ISSUER, **plain, random=drawn(b"seed")))
    verified = sd_jwt.verify(sd_jwt.parse(fast), ISSUER.public_key, typ=TYP, algorithms=("ES256",))
    assert verified.claims == {**CLAIMS, **OWN}


def test_the_fast_path_and_the_reference_are_equal_and_verify():
    fast, plain = both(CLAIMS, HIDDEN, OWN)
    assert unsigned(fast) == unsigned(plain)
    verified = sd_jwt.verify(sd_jwt.parse(fast), ISSUER.public_key, typ=TYP, algorithms=("ES256",))
    assert verified.claims == {**CLAIMS, **OWN}
    assert set(verified.disclosed) == set(HIDDEN)


NAMES = st.text(alphabet='ab"_sd.~0\\\u00e9', max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(alphabet='x"\\,:0\0\ue000é', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)


def paths_of(value, path=()):
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield (*path, name)
        yield from paths_of(child, (*path, name))


def outcome(call):
    try:
        return unsigned(call())
    except DidkitError as error:
        return error.code


@given(OBJECTS, st.dictionaries(NAMES.map("own".__add__) | st.just("_sd"), VALUES, min_size=1, max_size=3), st.data())
def test_the_fast_path_and_the_reference_are_equal_whatever_is_hidden(claims, own, data):
    paths = list(paths_of(claims))
    hidden = data.draw(st.sets(st.sampled_from(paths))) if paths else set()
    seed = data.draw(st.binary(max_size=4))
    plain = outcome(
        lambda: sd_jwt.issue({**claims, **own}, ISSUER, typ=TYP, disclosable=hidden, header=HEADER, random=drawn(seed))
    )
    fast = outcome(
        lambda: (
            Template.of(claims, ISSUER, typ=TYP, disclosable=hidden, header=HEADER)
            .prepare(own, random=drawn(seed))
            .by(ISSUER)
        )
    )
    assert fast == plain


def test_copies_share_no_salt_digest_or_signature():
    template = Template.of(CLAIMS, ISSUER, typ=TYP, disclosable=HIDDEN)
    copies = [sd_jwt.parse(template.prepare(OWN).by(ISSUER)) for _ in range(20)]
    digests = {disclosure.digest for copy in copies for disclosure in copy.disclosures}
    assert len(digests) == 20 * len(HIDDEN)
    assert len({copy.jws.signature for copy in copies}) == 20


def test_what_a_copy_may_not_say():
    template = Template.of(CLAIMS, ISSUER, typ=TYP, disclosable=HIDDEN)
    for own in (
        {},
        {"vct": "another"},
        {"family_name": "Dupont"},
        {"_sd": []},
        {"a": {"_sd_alg": "x"}},
        {"a": {"...": 1}},
    ):
        assert refusal(lambda own=own: template.prepare(own)) == "sd_jwt_claim_name"
    assert template.prepare({"a": "_sd", "b": "..."})


def test_what_a_template_may_not_hold():
    assert refusal(lambda: Template.of(CLAIMS, ISSUER, typ=TYP, disclosable=[("x",)])) == "sd_jwt_path_unknown"
    assert refusal(lambda: Template.of(CLAIMS, ISSUER, typ=TYP, disclosable=[()])) == "sd_jwt_path_unknown"
    assert refusal(lambda: Template.of({"_sd": []}, ISSUER, typ=TYP, disclosable=[])) == "sd_jwt_claim_name"


def test_a_template_shows_no_value():
    assert "Brest" not in repr(Template.of(CLAIMS, ISSUER, typ=TYP, disclosable=HIDDEN))
