"""The contract of every format, which the ones of the library and one from outside the packages keep alike."""

from dataclasses import replace

import pytest

from didkit_fr.encoding.budget import Budget
from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.formats import FORMATS, dc_sd_jwt
from didkit_fr.formats.occasion import Issuance, Occasion, occasion_of_answer
from didkit_fr.formats.port import IssuerKey, ProofRules, read_status
from didkit_fr.formats.w3c.fields import CREDENTIAL_IRI
from didkit_fr.keys import bbs, software
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.protocols.openid4vp.dcql import evaluate
from tests.documents import MDL
from tests.formats.samples import IDENTITY, SAMPLES
from tests.nation import NOW, VCT, nation

OCCASION = occasion_of_answer("nonce", "x509_hash:shop", response_uri="https://shop.example/answer")
SUITES = frozenset({"ecdsa-rdfc-2019"})
RULES = ProofRules(frozenset({"ES256"}), SUITES, NOW, 60, 300)
ISSUER = IssuerKey(nation().signer.public_key, nation().leaf)
HOLDER, OTHER = nation().holder, software.generate()
TO_HOLDER, TO_NOBODY = Issuance(HOLDER.public_key), Issuance(None)


@pytest.fixture(params=SAMPLES.values(), ids=SAMPLES)
def sample(request):
    return request.param


def issued(sample, holder=HOLDER):
    return sample.issue(None if holder is None else holder.public_key)


def shown(sample, occasion=OCCASION, signer=HOLDER, now=NOW):
    return sample.format.present(issued(sample), [sample.path], signer, occasion, now=now)


def verified(sample, raw, occasion, rules=RULES, *, issuer=ISSUER, budget=None):
    return sample.format.verify(sample.format.parse(raw), issuer, rules, occasion, budget=budget)


def refusal(function, *arguments, **named):
    try:
        function(*arguments, **named)
    except DidkitError as error:
        return error.code
    return None


def test_every_format_of_the_library_has_a_sample():
    assert set(FORMATS) < set(SAMPLES)
    assert all(name == form.name for name, form in FORMATS.items())


def test_what_is_issued_is_read_and_verified(sample):
    raw = issued(sample)
    unverified = sample.format.parse(raw)
    assert unverified.unverified_type == sample.type
    assert unverified.unverified_holder() == HOLDER.public_key
    assert evaluate(unverified.unverified_claims(), sample.path) == [sample.value]
    assert not unverified.presented
    for occasion in (TO_HOLDER, OCCASION, None):
        found = verified(sample, raw, occasion)
        assert (found.type, found.holder) == (sample.type, HOLDER.public_key)
        assert evaluate(found.claims, sample.path) == [sample.value]
        # A credential alone proves nothing about whoever sent it.
        assert found.possession is None


def test_what_is_presented_proves_possession_for_the_occasion(sample):
    raw = shown(sample)
    assert sample.format.parse(raw).presented
    found = verified(sample, raw, OCCASION)
    assert found.possession is not None
    assert found.possession.transaction_data_hashes == ()
    assert evaluate(found.claims, sample.path) == [sample.value]


def test_possession_is_not_proven_for_an_occasion_that_nobody_knows(sample):
    assert verified(sample, shown(sample), None).possession is None


@pytest.mark.parametrize("changed", ["nonce", "audience"])
def test_a_presentation_for_another_occasion_is_refused(sample, changed):
    values = {"nonce": "nonce", "audience": "x509_hash:shop"} | {changed: "another"}
    other = occasion_of_answer(**values, response_uri="https://shop.example/answer")
    assert refusal(verified, sample, shown(sample, other), OCCASION) == getattr(sample, changed)


@pytest.mark.parametrize("changed", ["nonce", "audience"])
def test_an_occasion_without_nonce_or_verifier_is_answered_by_nothing(sample, changed):
    empty = replace(OCCASION, **{changed: ""})
    code = "algorithm_refused" if sample.format.name == "ldp_vc" else getattr(sample, changed)
    assert refusal(verified, sample, shown(sample), empty) == code
    assert refusal(lambda: verified(sample, shown(sample, empty), empty)) in {code, "integrity_proof_malformed"}


def test_a_presentation_by_another_key_than_the_credential_is_bound_to_is_refused(sample):
    assert refusal(verified, sample, shown(sample, signer=OTHER), OCCASION) == sample.holder


def test_a_proof_of_possession_has_an_age_where_it_says_when_it_was_made(sample):
    oldest, latest = NOW - 360, NOW + 60
    for made in (oldest, latest):
        assert verified(sample, shown(sample, now=made), OCCASION).possession is not None
    codes = [refusal(verified, sample, shown(sample, now=made), OCCASION) for made in (oldest - 1, latest + 1)]
    assert codes == ([sample.too_old, sample.too_new] if sample.dated else [None, None])


def test_rules_that_say_no_age_admit_none(sample):
    strict = ProofRules(RULES.algorithms, SUITES, NOW, 60)
    assert verified(sample, shown(sample, now=NOW - 60), OCCASION, strict).possession is not None
    made_before = refusal(verified, sample, shown(sample, now=NOW - 61), OCCASION, strict)
    assert made_before == (sample.too_old if sample.dated else None)


def test_an_issuer_has_no_proof_of_possession_to_make(sample):
    whole = sample.format.present(issued(sample), [], HOLDER, OCCASION, now=NOW)
    assert refusal(verified, sample, whole, TO_HOLDER) == "key_binding_unexpected"


def test_an_issuer_binds_to_the_key_that_it_was_asked_to(sample):
    for other in (TO_NOBODY, Issuance(OTHER.public_key)):
        assert refusal(verified, sample, issued(sample), other) == "holder_mismatch"


def test_what_is_bound_to_nobody_is_not_issued_and_proves_nothing(sample):
    if not sample.unbound:
        return
    raw = issued(sample, None)
    assert sample.format.parse(raw).unverified_holder() is None
    assert refusal(verified, sample, raw, TO_NOBODY) == "holder_missing"
    assert refusal(verified, sample, raw, TO_HOLDER) == "holder_mismatch"
    presented = sample.format.present(raw, [sample.path], HOLDER, OCCASION, now=NOW)
    assert verified(sample, presented, OCCASION).possession is None


def test_a_credential_that_another_key_signed_is_refused(sample):
    for key, code in ((OTHER.public_key, "signature_invalid"), (bbs.generate().public_key, "algorithm_refused")):
        assert refusal(verified, sample, issued(sample), TO_HOLDER, issuer=IssuerKey(key)) == code


def test_only_allowed_algorithms_count(sample):
    none = replace(RULES, algorithms=frozenset({"ES384"}))
    for raw, occasion in ((issued(sample), TO_HOLDER), (shown(sample), OCCASION)):
        assert refusal(verified, sample, raw, occasion, none) == "algorithm_refused"


def test_a_bound_credential_is_not_presented_without_its_key(sample):
    assert refusal(shown, sample, signer=None) == "holder_missing"


def test_transaction_data_are_signed_or_refused(sample):
    occasion = replace(OCCASION, transaction_data=("e30",))
    if not sample.hashes:
        assert refusal(shown, sample, occasion) == "transaction_data_unbound"
        return
    found = verified(sample, shown(sample, occasion), OCCASION)
    assert len(found.possession.transaction_data_hashes) == sample.hashes


def test_both_signatures_and_the_parsing_are_paid_for(sample):
    alone, raw = issued(sample), shown(sample)
    assert refusal(sample.format.parse, raw, budget=Budget(steps=1)) == "work_exceeded"
    assert refusal(verified, sample, alone, OCCASION, budget=Budget(signatures=0)) == "work_exceeded"
    assert verified(sample, alone, OCCASION, budget=Budget(signatures=1)).possession is None
    assert refusal(verified, sample, raw, OCCASION, budget=Budget(signatures=1)) == "work_exceeded"
    assert verified(sample, raw, OCCASION, budget=Budget(signatures=2)).possession is not None


def test_what_a_caller_changes_of_the_unverified_claims_is_not_verified(sample):
    unverified = sample.format.parse(issued(sample))
    unverified.unverified_claims().clear()
    found = sample.format.verify(unverified, ISSUER, RULES, TO_HOLDER)
    assert evaluate(found.claims, sample.path) == [sample.value]
    assert evaluate(unverified.unverified_claims(), sample.path) == [sample.value]


@pytest.mark.parametrize("raw", ["", "~", ".", "e30", "{}", "[]", "e30.e30.e30", "ogD_", "\0", "é"])
def test_what_is_no_credential_is_refused(sample, raw):
    with pytest.raises(ParseError):
        sample.format.parse(raw)


def test_a_query_for_a_type_asks_for_it_and_for_no_other(sample):
    query = sample.format.query
    meta = query.build(sample.type)
    assert query.accepts(meta, sample.type)
    assert not query.accepts(meta, "urn:another")
    assert not query.accepts({}, sample.type)
    assert not query.accepts(query.build("urn:another"), sample.type)
    query.check_path(sample.path)


@pytest.mark.parametrize("path", [("a",), ("a", "b", "c"), ("a", 0), (None, "b"), ("a", None), ()])
def test_a_path_into_a_document_is_a_namespace_and_an_element(path):
    with pytest.raises(ParseError) as refused:
        FORMATS["mso_mdoc"].query.check_path(path)
    assert refused.value.code == "message_invalid"


@pytest.mark.parametrize("name", ["dc+sd-jwt", "jwt_vc_json", "ldp_vc"])
def test_claims_of_json_may_stand_anywhere(name):
    for path in (("a",), ("a", 0, "b"), ("a", None)):
        FORMATS[name].query.check_path(path)


@pytest.mark.parametrize(
    ("accepted", "answer"),
    [
        ([["urn:a"], [IDENTITY]], True),
        ([[IDENTITY, CREDENTIAL_IRI]], True),
        ([[CREDENTIAL_IRI]], True),
        ([[IDENTITY, "urn:a"]], False),
        ([[]], False),
        ([], False),
        ([IDENTITY], False),
        ([[1]], False),
        (IDENTITY, False),
        (None, False),
    ],
)
@pytest.mark.parametrize("name", ["jwt_vc_json", "ldp_vc"])
def test_all_the_types_of_one_set_are_due(name, accepted, answer):
    assert FORMATS[name].query.accepts({"type_values": accepted}, IDENTITY) is answer


@pytest.mark.parametrize(
    ("accepted", "answer"),
    [(["urn:a", VCT], True), (["urn:eudi:pid:1"], True), (["urn:a"], False), ([], False), ([1], False), (VCT, False)],
)
def test_one_type_of_a_list_is_due_or_one_that_it_extends(accepted, answer):
    assert FORMATS["dc+sd-jwt"].query.accepts({"vct_values": accepted}, VCT) is answer


@pytest.mark.parametrize(("accepted", "answer"), [(MDL, True), ("urn:a", False), ([MDL], False), (None, False)])
def test_a_document_has_one_type(accepted, answer):
    assert FORMATS["mso_mdoc"].query.accepts({"doctype_value": accepted}, MDL) is answer


def test_only_an_object_names_mechanisms_of_status():
    assert read_status({}) is None
    assert read_status({"status": {"a": 1}}) == {"a": 1}
    for wrong in (None, [], "", 0, False):
        assert refusal(read_status, {"status": wrong}) == "status_reference_malformed"


def test_a_message_holds_a_credential_in_one_way(sample):
    wire, raw = sample.format.wire, issued(sample)
    held = wire.write(raw)
    assert sample.format.parse(wire.read(held)).unverified_type == sample.type
    with pytest.raises(ParseError) as refused:
        wire.read({"a": raw} if isinstance(held, str) else raw)
    assert refused.value.code == "message_invalid"


def test_each_side_says_what_it_can_do(sample):
    assert sample.format.capabilities(["ES256"], SUITES)
    assert sample.format.capabilities(["ES256"], SUITES) != sample.format.capabilities(["ES384"], {"eddsa-rdfc-2022"})


def test_the_claims_about_the_holder_are_some_of_all(sample):
    claims = verified(sample, issued(sample), TO_HOLDER).claims
    about = sample.format.subject(claims)
    assert evaluate(about, sample.path) == [sample.value]
    assert str(HOLDER.public_key) not in str(about)
    assert set(about) <= set(claims)


def test_the_repr_of_what_was_verified_says_nothing_of_a_person(sample):
    assert repr(verified(sample, issued(sample), TO_HOLDER)) == f"VerifiedCredential(type={sample.type!r})"


def test_the_repr_of_an_occasion_says_nothing_of_what_is_answered():
    occasion = Occasion("the-nonce", "x509_hash:shop", b"the-transcript", ("the-payment",))
    assert repr(occasion) == "Occasion(audience='x509_hash:shop')"
    assert HOLDER.public_key.octets.hex() not in repr(TO_HOLDER)
    assert repr(TO_HOLDER) == "Issuance()"


def test_the_session_of_a_document_is_never_a_weaker_one():
    sample = SAMPLES["mso_mdoc"]
    unknown = Occasion("nonce", "x509_hash:shop")
    assert refusal(shown, sample, unknown) == "mdoc_session_mismatch"
    assert refusal(verified, sample, shown(sample), unknown) == "mdoc_session_mismatch"
    elsewhere = occasion_of_answer("nonce", "x509_hash:shop", response_uri="https://shop.example/other")
    assert refusal(verified, sample, shown(sample, elsewhere), OCCASION) == sample.nonce


def test_a_key_of_bbs_signs_nothing_as_a_whole():
    with pytest.raises(VerificationError) as refused:
        IssuerKey(bbs.generate().public_key).public_key()
    assert refused.value.code == "algorithm_refused"
    assert IssuerKey(OTHER.public_key).public_key() == OTHER.public_key


def test_transaction_data_are_hashed_with_the_one_algorithm_that_is_named():
    disclosed = dc_sd_jwt.disclose(issued(SAMPLES["dc+sd-jwt"]), [])
    for more, code in (
        ({}, None),
        ({"transaction_data_hashes_alg": "sha-256"}, None),
        ({"transaction_data_hashes": ["a"]}, None),
        ({"transaction_data_hashes_alg": "sha-512"}, "sd_jwt_hash_algorithm"),
        ({"transaction_data_hashes": "a"}, "key_binding_malformed"),
        ({"transaction_data_hashes": [1]}, "key_binding_malformed"),
    ):
        bound = sd_jwt.bind(disclosed, HOLDER, nonce=OCCASION.nonce, audience=OCCASION.audience, now=NOW, more=more)
        assert refusal(verified, SAMPLES["dc+sd-jwt"], bound, OCCASION) == code
