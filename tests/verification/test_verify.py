"""The pipeline on real credentials: what it accepts, what each step refuses, and what it asks the web."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError
from didkit_fr.flow import offline, run
from didkit_fr.keys import software, x509
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import DANGEROUSLY_IGNORE_REVOCATION, Policy
from didkit_fr.verification.status.check import load_status_list
from didkit_fr.verification.verify import verify, verify_issued
from tests.nation import DAY, NOW, STATUS_URI, VCT, Web, found, nation
from tests.verification.presented import AUDIENCE, NONCE, judge, present


def refusal(raw, kind=VerificationError, **options):
    with pytest.raises(kind) as error:
        judge(raw, **options)
    return error.value.code


def test_a_presentation_is_verified_and_holds_what_was_disclosed_only():
    verified = judge(present(nation()))
    assert verified.type == VCT
    assert verified.claims["age_over_18"] is True
    assert verified.claims["nationalities"] == ["FR"]
    assert not {"family_name", "given_name", "birthdate", "place_of_birth"} & set(verified.claims)
    assert verified.holder == nation().holder.public_key
    assert verified.issuer == x509.subject_name(nation().leaf)
    assert set(verified.checks) == {"proof", "trust", "holder", "time", "status", "type"}
    assert "Lefèvre" not in repr(verified)


@pytest.mark.guarantee("G10")
def test_an_unknown_party_is_refused_and_no_request_is_made():
    unknown_party = found(name="Freedonia")
    web = nation().web()
    assert refusal(present(unknown_party), web=web) == "issuer_unknown"
    assert web.asked == []


def test_a_known_issuer_of_other_titles_is_told_from_an_unknown_party():
    credential = nation().credential(vct="urn:eudi:driving:fr:1")
    web = nation().web()
    assert refusal(present(nation(), credential), web=web) == "issuer_not_for_type"
    assert web.asked == []


@pytest.mark.guarantee("G12")
def test_no_anchor_accepts_nothing():
    assert refusal(present(nation()), policy=Policy(Anchors(()))) == "issuer_unknown"


@pytest.mark.guarantee("G12")
def test_an_anchor_of_another_role_certifies_no_issuer():
    state = nation()
    wrong = Anchors((Anchor("x", state.root, frozenset({"request", "status"}), frozenset()),))
    assert refusal(present(state), policy=Policy(wrong)) == "issuer_unknown"


def test_without_x5c_there_is_no_issuer():
    claims = nation().claims()
    raw = sd_jwt.issue(claims, nation().signer, typ="dc+sd-jwt", disclosable=[("age_over_18",), ("nationalities", 0)])
    assert refusal(present(nation(), raw)) == "issuer_unknown"


def test_a_stated_issuer_must_be_the_certificates():
    assert refusal(present(nation(), nation().credential(iss="https://other.example"))) == "issuer_mismatch"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": NOW - 61}, "credential_expired"),
        ({"exp": NOW - DAY}, "credential_expired"),
        ({"nbf": NOW + 61}, "credential_not_yet_valid"),
        ({"iat": NOW + 61}, "credential_from_the_future"),
        ({"cnf": None}, "holder_missing"),
    ],
)
def test_time_and_holder(changes, code):
    assert refusal(present(nation(), nation().credential(**changes))) == code


@pytest.mark.parametrize("changes", [{"exp": NOW - 59}, {"nbf": NOW + 60}, {"iat": NOW + 60}])
def test_clocks_may_differ_by_the_leeway(changes):
    assert judge(present(nation(), nation().credential(**changes))).type == VCT


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": "tomorrow"}, "claim_time"),
        ({"exp": True}, "claim_time"),
        ({"iat": -1}, "claim_time"),
        ({"status": "revoked"}, "status_reference_malformed"),
        ({"cnf": {"kid": "x"}}, "key_unsupported"),
        ({"vct": 7}, "sd_jwt_malformed"),
        ({"vct": None}, "sd_jwt_malformed"),
    ],
)
def test_claims_of_the_wrong_type(changes, code):
    assert refusal(present(nation(), nation().credential(**changes)), ParseError) == code


def test_nonce_audience_and_age_of_the_proof_of_possession():
    assert refusal(present(nation(), nonce="another")) == "key_binding_nonce"
    assert refusal(present(nation(), audience="x509_hash:else")) == "key_binding_audience"
    assert refusal(present(nation(), now=NOW - 361)) == "key_binding_time"
    assert refusal(present(nation(), now=NOW + 61)) == "key_binding_time"
    attacker = nation().with_holder(software.generate())
    assert refusal(present(attacker, nation().credential())) == "signature_invalid"
    assert refusal(nation().credential()) == "key_binding_missing"


def test_a_protected_claim_may_not_come_from_a_disclosure():
    claims = nation().claims()
    raw = sd_jwt.issue(
        claims,
        nation().signer,
        typ="dc+sd-jwt",
        disclosable=[("exp",), ("age_over_18",)],
        header={"x5c": x509.build_x5c([nation().leaf])},
    )
    assert refusal(present(nation(), raw, paths=[("exp",), ("age_over_18",)])) == "claim_must_be_visible"
    with pytest.raises(ParseError) as error:
        nation().credential(disclosable=[("status",)])
    assert error.value.code == "sd_jwt_disclosable"


def test_revoked_and_the_rest_of_the_list():
    raw = present(nation())
    assert refusal(raw, web=nation().web([7])) == "status_revoked"
    assert judge(raw, web=nation().web([6, 8])).checks["status"] == "valid"
    assert refusal(raw, FetchError, web=Web({})) == "fetch_failed"
    out = nation().credential(status={"status_list": {"idx": 4096, "uri": STATUS_URI}})
    assert refusal(present(nation(), out)) == "status_index_out_of_range"


def test_status_lists_are_signed_documents_too():
    state, raw = nation(), present(nation())
    unknown_party = found(name="Freedonia")

    def page(text):
        return Web({STATUS_URI: text.encode()})

    assert refusal(raw, web=page(unknown_party.status_list())) == "issuer_unknown"
    assert refusal(raw, web=page(state.status_list(uri="https://issuer.example/status/2"))) == "status_list_subject"
    assert refusal(raw, web=page(state.status_list(expires=NOW - 100, now=NOW - 200))) == "status_list_expired"
    assert refusal(raw, web=page(state.credential().split("~")[0])) == "typ_mismatch"
    assert refusal(raw, ParseError, web=page("é")) == "status_list_malformed"
    assert refusal(raw, ParseError, web=page("nothing")) == "jws_malformed"


@pytest.mark.guarantee("G14")
def test_memory_answers_offline_until_its_time_and_for_its_policy_only():
    memory, policy, raw = Memory(), nation().policy, present(nation())
    assert refusal(raw, FetchError, web=offline, memory=memory, policy=policy) == "offline"
    run(load_status_list(STATUS_URI, VerificationContext(policy, memory, NOW)), nation().web())
    assert judge(raw, web=offline, memory=memory, policy=policy).type == VCT
    assert judge(raw, web=offline, memory=memory, policy=policy, now=NOW + 59).type == VCT
    assert refusal(raw, FetchError, web=offline, memory=memory, policy=policy, now=NOW + 60) == "offline"
    assert refusal(raw, FetchError, web=offline, memory=memory, policy=policy, now=NOW - 1) == "offline"
    assert refusal(raw, FetchError, web=offline, memory=memory, policy=nation().policy) == "offline"


@pytest.mark.guarantee("G12")
def test_ignoring_revocation_is_named_and_recorded():
    policy = Policy(nation().anchors, status=DANGEROUSLY_IGNORE_REVOCATION)
    web = nation().web([7])
    assert "SKIPPED" in judge(present(nation()), web=web, policy=policy).checks["status"]
    assert web.asked == []


def test_a_credential_without_status_says_so_in_the_checks():
    web = nation().web()
    assert "no status" in judge(present(nation(), nation().credential(status=None)), web=web).checks["status"]
    assert web.asked == []


def test_what_a_wallet_checks_of_a_fresh_credential():
    state = nation()

    def receive(raw, holder):
        flow = verify_issued(
            raw, VerificationContext(state.policy, Memory(), NOW), format="dc+sd-jwt", holder=holder.public_key
        )
        return run(flow, state.web())

    assert receive(state.credential(), state.holder).claims["family_name"] == "Lefèvre"
    with pytest.raises(VerificationError) as error:
        receive(state.credential(), software.generate())
    assert error.value.code == "holder_mismatch"


def test_an_unknown_format_is_refused():
    flow = verify(
        "x", VerificationContext(nation().policy, Memory(), NOW), format="unheard_of", nonce=NONCE, audience=AUDIENCE
    )
    with pytest.raises(VerificationError) as error:
        run(flow, offline)
    assert error.value.code == "format_unsupported"


def test_an_algorithm_outside_the_policy_is_refused_before_any_key_is_sought():
    header, rest = present(nation()).split(".", 1)
    for algorithm in ("none", "HS256", "ES384", None):
        forged = json.loads(base64url.decode(header)) | {"alg": algorithm}
        raw = base64url.encode(json.dumps(forged).encode()) + "." + rest
        assert refusal(raw) == "algorithm_refused"


def test_memory_is_bounded():
    memory, policy = Memory(max_entries=3), nation().policy
    for number in range(10):
        memory.put(policy, "x", number, number, now=0, expires=100)
    assert len(memory) == 3
    assert memory.get(policy, "x", 9, now=50) == 9
    assert memory.get(policy, "x", 0, now=50) is None


RAW = present(nation())


@pytest.mark.guarantee("G12")
@given(st.integers(0, len(RAW) - 1), st.characters(min_codepoint=33, max_codepoint=126))
def test_one_changed_character_is_never_believed(at, character):
    raw = RAW[:at] + character + RAW[at + 1 :]
    if raw != RAW:
        with pytest.raises(DidkitError):
            judge(raw)


@given(st.text(max_size=200))
def test_any_text_is_refused_with_a_code(text):
    with pytest.raises(DidkitError):
        judge(text)


@pytest.mark.guarantee("G13")
def test_kinds_of_token_are_not_confused():
    state = nation()
    binding = present(state).split("~")[-1]
    with pytest.raises(VerificationError) as error:
        jws.verify(jws.parse(binding), state.holder.public_key, typ="dc+sd-jwt", algorithms=["ES256"])
    assert error.value.code == "typ_mismatch"
