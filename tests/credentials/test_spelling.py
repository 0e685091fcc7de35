"""What a proof over statements does not tell apart is told apart before it is believed."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.spelling import check_spelling
from didkit_fr.encoding import json
from didkit_fr.errors import ParseError
from didkit_fr.formats import ldp_vc, w3c
from didkit_fr.formats.credential import ProofRules
from didkit_fr.proofs.data_integrity.cryptosuite import canonical_slow
from tests.encoding.test_json import VALUES
from tests.nation import NOW, nation

SIGNER = nation().signer
DID = w3c.did_of(SIGNER.public_key)
ADULT = "urn:didkit-fr:vocabulary#age_over_18"
BOOLEAN = "http://www.w3.org/2001/XMLSchema#boolean"
SIGNED = {"age_over_18": False, "family_name": "Lefèvre"}
OTHERWISE = {
    "in an array": {**SIGNED, "age_over_18": [False]},
    "in two": {**SIGNED, "age_over_18": [[False]]},
    "twice": {**SIGNED, "age_over_18": [False, False]},
    "with null": {**SIGNED, "age_over_18": [False, None]},
    "with nothing": {**SIGNED, "age_over_18": [False, []]},
    "as a value object": {**SIGNED, "age_over_18": {"@value": False}},
    "as a value object in an array": {**SIGNED, "age_over_18": [{"@value": False}]},
    "as text of its type": {**SIGNED, "age_over_18": {"@value": "false", "@type": BOOLEAN}},
    "as a set": {**SIGNED, "age_over_18": {"@set": [False]}},
    "text as a value object": {**SIGNED, "family_name": {"@value": "Lefèvre"}},
    "text in no language": {**SIGNED, "family_name": {"@value": "Lefèvre", "@language": None}},
    "text in a direction": {**SIGNED, "family_name": {"@value": "Lefèvre", "@direction": "rtl"}},
    "text twice": {**SIGNED, "family_name": ["Lefèvre", "Lefèvre"]},
    "under the address of its term": {"family_name": "Lefèvre", ADULT: False},
    "beside null": {**SIGNED, "given_name": None},
    "beside nothing": {**SIGNED, "given_name": []},
    "beside an empty set": {**SIGNED, "given_name": {"@set": []}},
}


def credential(subject):
    return {
        "@context": [w3c.V2, "urn:didkit-fr:context:national_identity:1"],
        "type": [w3c.CREDENTIAL, "NationalIdentity"],
        "issuer": DID,
        "validUntil": "2036-01-01T00:00:00Z",
        "credentialSubject": {"id": DID, **subject},
    }


def sign(document):
    how = {"verification_method": w3c.method_of(SIGNER.public_key), "now": NOW, "cryptosuite": "ecdsa-rdfc-2019"}
    return ldp_vc.sign(document, SIGNER, **how)


def verify(secured):
    return ldp_vc.verify(
        ldp_vc.parse(json.encode_text(secured)), SIGNER.public_key, ProofRules({"ES256"}, ("ecdsa-rdfc-2019",), NOW, 0)
    )


def code(call, *arguments):
    with pytest.raises(ParseError) as error:
        call(*arguments)
    return error.value.code


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("name", OTHERWISE)
def test_another_spelling_of_what_was_signed_is_refused(name):
    signed, other = credential(SIGNED), credential(OTHERWISE[name])
    # To the proof they are one.
    assert canonical_slow(other, "sha256", contexts()) == canonical_slow(signed, "sha256", contexts())
    assert verify(sign(signed)).claims == signed
    assert code(verify, {**sign(signed), "credentialSubject": other["credentialSubject"]}) == "w3c_malformed"
    assert code(sign, other) == "w3c_malformed"


@pytest.mark.parametrize(
    "document",
    [
        {"@context": ["x", {"@vocab": "urn:x#", "y": None}], "type": ["A", "B"], "issuer": {"id": "did:x:y"}},
        {"name": [{"@value": "Titre", "@language": "fr"}, {"@value": "Title", "@language": "en"}]},
        {"description": {"@value": "x", "@language": "ar", "@direction": "rtl"}},
        {
            "evidence": [{"type": "A"}, {"type": "A"}],
            "nationalities": ["FR"],
            "marks": [12, 14.5],
            "sex": 2,
            "no": False,
        },
    ],
)
def test_what_has_one_spelling_is_left_alone(document):
    check_spelling(document)


@pytest.mark.parametrize(
    "document",
    [
        [],
        None,
        {"name": {"@value": "x", "@language": "fr", "@index": "y"}},
        {"name": {"@value": 1, "@language": "fr"}},
        {"name": {"@value": "x", "name": "y"}},
        {"a": {"@id": "urn:x"}},
        {"a": [{"b": {"schema:c": 1}}]},
        {"a": [1.5]},
    ],
)
def test_what_has_not_is_refused(document):
    assert code(check_spelling, document) == "w3c_malformed"


@given(st.dictionaries(st.sampled_from(["a", "@value", "@language", "@set", "x:y", "@context"]), VALUES))
def test_whatever_it_is_no_other_error(document):
    with suppress(ParseError):
        check_spelling(document)
