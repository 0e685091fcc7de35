"""G29: what is believed of a document that is signed as statements is what was signed, whatever the caller checks.

Each attack alters a document whose proof stays as it was, and shows it to `proofs.data_integrity.proof.verify` itself.
"""

import json
from copy import deepcopy

import pytest

from didkit_fr.formats import ldp_vc
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.proofs.data_integrity import bbs_2023, ecdsa_sd, options, proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES_OF_HOLDERS
from tests.attacks.g29_documents import BOOLEAN, EXTRA, SUBJECT, base, believed, credential, known, shown
from tests.attacks.secured import ISSUER, METHOD, NOW, SIGNERS, SUITES, V2, WHOLE, signer
from tests.refused import refusal

V1 = "https://www.w3.org/2018/credentials/v1"
VOCABULARY = "urn:didkit-fr:vocabulary#"


WORDS = {"family_name": {"@value": "Lefèvre", "@language": "fr"}}
LIST = {"nationalities": ["FR", "IT"]}
PERSON = {"representative": {"id": "did:example:other", "given_name": "Éloïse"}}

# The subject that is signed, and another that has the same statements.
OTHERWISE = {
    "false in an array": ({"age_over_18": False}, {"age_over_18": [False]}),
    "false in two arrays": ({"age_over_18": False}, {"age_over_18": [[False]]}),
    "false twice": ({"age_over_18": False}, {"age_over_18": [False, False]}),
    "false with null": ({"age_over_18": False}, {"age_over_18": [False, None]}),
    "false with nothing": ({"age_over_18": False}, {"age_over_18": [False, []]}),
    "false as a value object": ({"age_over_18": False}, {"age_over_18": {"@value": False}}),
    "false as text of its type": ({"age_over_18": False}, {"age_over_18": {"@value": "false", "@type": BOOLEAN}}),
    "false as a set": ({"age_over_18": False}, {"age_over_18": {"@set": [False]}}),
    "text as a value object": ({}, {"family_name": {"@value": "Lefèvre"}}),
    "text in no language": ({}, {"family_name": {"@value": "Lefèvre", "@language": None}}),
    "text with an index": ({}, {"family_name": {"@value": "Lefèvre", "@index": "a"}}),
    "text twice": ({}, {"family_name": ["Lefèvre", "Lefèvre"]}),
    "text in a direction": (WORDS, {"family_name": {**WORDS["family_name"], "@direction": "rtl"}}),
    "text of a language with an index": (WORDS, {"family_name": {**WORDS["family_name"], "@index": "a"}}),
    "texts in a set": (LIST, {"nationalities": {"@set": ["FR", "IT"]}}),
    "texts in two arrays": (LIST, {"nationalities": [["FR"], "IT"]}),
    "under the address of its term": ({"age_over_18": False}, {f"{VOCABULARY}age_over_18": False}),
    "under a compact address": ({"rank": 2}, {"example:rank": {"@value": 2, "@type": EXTRA["rank"]["@type"]}}),
    "under another name of its property": ({}, {"family_name": None, "calledAlso": "Lefèvre"}),
    "beside null": ({}, {"given_name": None}),
    "beside nothing": ({}, {"given_name": []}),
    "beside an empty set": ({}, {"given_name": {"@set": []}}),
    "beside a property that is a blank node": ({}, {"_:rank": "President"}),
    "beside an index": ({}, {"@index": "President"}),
    "in a nest": ({"given_name": "Éloïse"}, {"@nest": {"given_name": "Éloïse"}}),
    "beside what is included": ({}, {"@included": []}),
    "an id as a keyword": ({}, {"id": None, "@id": SUBJECT}),
    "a compact id": ({"representative": "urn:example:a"}, {"representative": "example:a"}),
    "a node in a set": (PERSON, {"representative": {"@set": [PERSON["representative"]]}}),
    "a node as a graph of itself": (PERSON, {"representative": [PERSON["representative"], PERSON["representative"]]}),
    "a word that is written out": ({"kind": "Kind"}, {"kind": "urn:example:Kind"}),
    "a word as an object": ({"kind": "Kind"}, {"kind": {"id": "urn:example:Kind"}}),
    "2 as 2.0": ({"sex": 2}, {"sex": 2.0}),
    "2 as 2.0 of its type": ({"rank": 2}, {"rank": 2.0}),
    "2 as text": ({"rank": 2}, {"rank": "2"}),
    "a fraction as text": ({"share": 2.5}, {"share": "2.5E0"}),
    "a whole fraction as a fraction": ({"share": 2}, {"share": 2.0}),
    "true as text": ({"held": True}, {"held": "true"}),
    "text as a number": ({"size": "180"}, {"size": 180}),
    "a whole number in JSON as a fraction": ({"dates": [1, {"a": 2.5}]}, {"dates": [1.0, {"a": 2.5}]}),
}


def altered(secured, subject):
    """The document with other members of its subject; those that are None of a known name are taken out."""
    changed = deepcopy(secured)
    gone = {name for name, value in subject.items() if value is None and name in ("id", "family_name")}
    changed["credentialSubject"] |= subject
    for name in gone:
        del changed["credentialSubject"][name]
    return changed


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("name", OTHERWISE)
def test_another_spelling_of_what_was_signed_is_refused_by_the_proof_itself(name, suite):
    signed, other = OTHERWISE[name]
    secured = shown(credential(signed), suite)
    assert believed(secured, suite) == credential(signed)
    spelt = altered(secured, other)
    for gone in signed.keys() - other.keys():
        if name.startswith(("under", "in a nest")):
            del spelt["credentialSubject"][gone]
    assert refusal(believed, spelt, suite) == "jsonld_unsecured"


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("name", OTHERWISE)
def test_no_issuer_signs_a_second_spelling(name, suite):
    signed, other = OTHERWISE[name]
    document = altered(credential(signed), other)
    if name.startswith(("under", "in a nest")):
        for gone in signed.keys() - other.keys():
            del document["credentialSubject"][gone]
    assert refusal(base, document, suite) == "jsonld_unsecured"


NOT_GIVEN_BACK = [
    *(2**53, -(2**53), 123456789012345678901234567890, int("9" * 400)),
    *(1e21, 1.5e300, 0.1 + 0.2, 1.2345678901234567, -0.0),
]


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("number", NOT_GIVEN_BACK)
@pytest.mark.parametrize("name", ["sex", "rank", "share"])
def test_no_issuer_signs_a_number_that_its_statement_does_not_give_back(number, name, suite):
    assert refusal(base, credential({name: number}), suite) == "jsonld_unsecured"


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("number", [0, -1, 2**53 - 1, 1 - 2**53, 0.5, -2.5, 1.5e-300, 1e-7, 123456.789])
@pytest.mark.parametrize("name", ["sex", "rank", "share"])
def test_any_other_number_is_given_back(number, name, suite):
    document = credential({name: number})
    assert believed(shown(document, suite), suite) == document


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
def test_a_language_that_holds_a_statement_hides_none(suite):
    """With a tag that ends its own line, a claim is taken out and the signed text stays what it was."""
    claims = {"document_number": {"@value": "conduite", "@language": "fr"}, "issuing_authority": "nul"}
    secured = shown(credential(claims), suite)
    assert believed(secured, suite) == credential(claims)
    hidden = f'fr .\n<{SUBJECT}> <{VOCABULARY}issuing_authority> "nul"'
    forged = altered(secured, {"document_number": {"@value": "conduite", "@language": hidden}})
    del forged["credentialSubject"]["issuing_authority"]
    assert refusal(believed, forged, suite) == "jsonld_unsecured"


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "tag", ["fr .\n<urn:a> <urn:b> <urn:c", "fr@", "fr ", "f", "fr-", "fr_FR", "", "fr\n", "ﬁ", "_:b"]
)
def test_nobody_signs_a_language_that_is_no_tag(tag, suite):
    document = credential({"family_name": {"@value": "Lefèvre", "@language": tag}})
    assert refusal(base, document, suite) == "jsonld_unsecured"


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
def test_the_case_of_a_language_is_not_chosen_by_whoever_shows_it(suite):
    secured = shown(credential({"family_name": {"@value": "Colour", "@language": "en-GB"}}), suite)
    believed(secured, suite)
    for tag in ("EN-GB", "en-gb", "En-GB"):
        other = altered(secured, {"family_name": {"@value": "Colour", "@language": tag}})
        assert refusal(believed, other, suite) == "jsonld_unsecured"


# A document that is signed, and where its statements could go.
MOVED = {
    "from the issuer to the subject": (
        credential(issuer=ISSUER) | {"credentialSubject": {"id": ISSUER, "family_name": "Lefèvre"}},
        {"issuer": {"id": ISSUER, "family_name": "Lefèvre"}, "credentialSubject": {"id": ISSUER}},
    ),
    "from the subject to its representative": (
        credential({"representative": SUBJECT}),
        {"credentialSubject": {"id": SUBJECT, "representative": {"id": SUBJECT, "family_name": "Lefèvre"}}},
    ),
    "from one subject to the person that the other represents": (
        credential()
        | {
            "credentialSubject": [
                {"id": SUBJECT, "family_name": "A"},
                {"id": "did:example:b", "representative": SUBJECT},
            ]
        },
        {
            "credentialSubject": [
                {"id": SUBJECT},
                {"id": "did:example:b", "representative": {"id": SUBJECT, "family_name": "A"}},
            ]
        },
    ),
    "into two subjects": (
        credential({"given_name": "Éloïse"}),
        {"credentialSubject": [{"id": SUBJECT, "family_name": "Lefèvre"}, {"id": SUBJECT, "given_name": "Éloïse"}]},
    ),
    "under an identifier of a blank node": (
        credential({"representative": {"family_name": "A", "given_name": "B"}}),
        {
            "credentialSubject": {
                "id": SUBJECT,
                "family_name": "Lefèvre",
                "representative": {"id": "_:a", "family_name": "A", "given_name": "B"},
            }
        },
    ),
}


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("name", MOVED)
def test_no_statement_moves_to_another_place_that_names_the_same(name, suite):
    document, other = MOVED[name]
    secured = shown(document, suite)
    assert believed(secured, suite) == document
    assert refusal(believed, secured | other, suite) == "jsonld_unsecured"
    assert refusal(base, document | other, suite) == "jsonld_unsecured"


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
def test_a_document_cannot_be_turned_so_that_another_of_its_nodes_comes_first(suite):
    subject = {"id": SUBJECT, "family_name": "Lefèvre", "representative": "urn:example:title"}
    document = credential(id="urn:example:title") | {"credentialSubject": subject}
    assert refusal(base, document, suite) == "jsonld_unsecured"


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
def test_a_type_has_one_name(suite):
    secured = shown(credential(), suite)
    for types in (
        ["VerifiableCredential", f"{VOCABULARY}NationalIdentity"],
        ["VerifiableCredential", "NationalIdentity", "NationalIdentity"],
    ):
        assert refusal(believed, {**secured, "type": types}, suite) == "jsonld_unsecured"


@pytest.mark.guarantee("G29")
def test_the_end_of_a_proof_has_one_name():
    """Two known contexts give the end of a proof two names, of which a verifier reads one."""
    document = {"@context": [V2, "https://w3id.org/security/v2"], "type": "VerifiableCredential", "issuer": ISSUER}
    how = {"cryptosuite": WHOLE[0], "verification_method": METHOD, "created": NOW - 90, "contexts": known()}
    secured = proof.sign(document, signer(WHOLE[0]), **how, expires=NOW - 60)
    assert refusal(believed, secured, WHOLE[0]) == "integrity_expired"
    ended = secured["proof"].pop("expires")
    renamed = {**secured, "proof": {**secured["proof"], "expiration": ended}}
    assert refusal(believed, renamed, WHOLE[0]) == "jsonld_unsecured"


@pytest.mark.guarantee("G29")
def test_a_holder_who_is_handed_a_base_proof_reads_it_by_the_same_rules():
    for suite, holders in ((ecdsa_sd.NAME, CRYPTOSUITES_OF_HOLDERS[ecdsa_sd.NAME]), (bbs_2023.NAME, None)):
        table = {suite: holders or bbs_2023.BBS_2023_BASE}
        secured = base(credential({"age_over_18": False}), suite)
        forged = altered(secured, {"age_over_18": [False]})
        checks = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
        keys = {METHOD: signer(suite).public_key}
        how = {"cryptosuites": [suite], "suites": table, "contexts": known(), **checks}
        assert proof.verify(proof.parse(secured), keys, **how).document == credential({"age_over_18": False})
        assert refusal(lambda: proof.verify(proof.parse(forged), keys, **how)) == "jsonld_unsecured"  # noqa: B023 - at once


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", SUITES)
def test_what_is_believed_is_apart_from_what_was_shown(suite):
    secured = deepcopy(shown(credential(PERSON), suite))
    document = believed(secured, suite)
    secured["credentialSubject"]["representative"]["given_name"] = "X"
    assert document == credential(PERSON)


@pytest.mark.guarantee("G29")
def test_an_issuer_that_is_its_own_subject_may_be_described_as_the_subject():
    for suite in SUITES:
        document = credential() | {"credentialSubject": {"id": ISSUER, "family_name": "Lefèvre"}}
        assert believed(shown(document, suite), suite) == document


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("name", ["issuer", "validFrom", "validUntil"])
def test_a_title_that_shows_what_its_holder_could_have_withheld_of_its_validity_is_not_believed(name):
    """The proof says what could have been withheld; the format knows what that decides."""
    document = credential(validUntil="2036-01-01T00:00:00Z") | {"credentialSubject": {"family_name": "Lefèvre"}}
    document["@context"] = document["@context"][:2]
    stated = options.build_options(
        cryptosuite=ecdsa_sd.NAME, verification_method=METHOD, purpose="assertionMethod", created=NOW
    )
    key, rules = IssuerKey(SIGNERS["ecdsa"].public_key), ProofRules({"ES256"}, {ecdsa_sd.NAME}, NOW, 0)

    def verified(*mandatory):
        base_proof = ecdsa_sd.sign_base(document, SIGNERS["ecdsa"], stated, mandatory=mandatory, contexts=known())
        shown_ = ecdsa_sd.derive(base_proof, [f"/{name}", "/credentialSubject"], contexts=known())
        return ldp_vc.verify(ldp_vc.parse(json.dumps(shown_)), key, rules, None).claims

    every = ["/issuer", "/validFrom", "/validUntil"]
    assert verified(*every) == document
    assert refusal(verified, *(one for one in every if one != f"/{name}")) == "claim_must_be_visible"
