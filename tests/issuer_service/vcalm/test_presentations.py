"""Presentations over HTTP: signed and unsigned, for whom and in answer to what, and each credential in them."""

import json
import time

import pytest

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.presentation import ENVELOPED_PRESENTATION, build_envelope
from didkit_fr.credentials.terms import hoist
from didkit_fr.formats.w3c import vc_jose
from didkit_fr.keys import multikey, software
from didkit_fr.proofs.data_integrity import proof
from tests.issuer_service.vcalm.service import V2, Running, credential, found

pytestmark = [pytest.mark.slow, pytest.mark.end_to_end]

HOLDER = software.generate("P-256")
NAME = multikey.build(HOLDER.public_key)
DID, METHOD = f"did:key:{NAME}", f"did:key:{NAME}#{NAME}"
CHALLENGE, DOMAIN = "n-0S6_WzA2Mj", "https://verifier.example"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("presentations") / "data"
    done, port = found(folder, "--dangerously-any-issuer")
    with Running(folder, port=port) as running:
        yield running, json.loads(done.stdout)["issuers"]


@pytest.fixture(scope="module")
def running(world):
    return world[0]


@pytest.fixture(scope="module")
def held(world):
    running, ids = world
    return [
        running.issue(name, credential(ids[name])).json()["verifiableCredential"]
        for name in ("eddsa-rdfc-2022", "ecdsa-jcs-2019-p256")
    ]


def unsigned(*credentials, **more):
    inner = {"verifiableCredential": list(credentials)} if credentials else {}
    return {"@context": [V2], "type": ["VerifiablePresentation"], **inner, **more}


def signed(document, signer=HOLDER, **options):
    how = {"cryptosuite": "ecdsa-rdfc-2019", "verification_method": METHOD, "purpose": "authentication"}
    asked = {"challenge": CHALLENGE, "domain": DOMAIN, "created": int(time.time())}
    return proof.sign(document, signer, **{**how, **asked, **options})


def bare(document):
    return {name: value for name, value in document.items() if name != "proof"}


def verdict(answer):
    return answer.status, answer.json()["verified"], answer.codes


def test_a_signed_presentation_answers_what_was_asked(running, held):
    presentation = signed(unsigned(*held, holder=DID))
    verified = running.verify_presentation(presentation, challenge=CHALLENGE, domain=DOMAIN, returnPresentation=True)
    assert verdict(verified) == (200, True, [])
    assert verified.json()["verifiablePresentation"] == unsigned(*map(bare, held), holder=DID)
    assert "verifiablePresentation" not in running.verify_presentation(presentation, challenge=CHALLENGE).json()


def test_without_a_challenge_it_is_said_that_there_was_none(running, held):
    verified = running.verify_presentation(signed(unsigned(*held)))
    assert verdict(verified) == (200, True, [])
    assert "no challenge" in verified.json()["problemDetails"][0]["title"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"challenge": "another"}, "integrity_challenge"),
        ({"challenge": CHALLENGE, "domain": "https://another.example"}, "integrity_domain"),
    ],
)
def test_another_challenge_or_domain_is_refused(running, held, options, code):
    assert verdict(running.verify_presentation(signed(unsigned(*held)), **options)) == (400, False, [code])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"purpose": "assertionMethod"}, "integrity_purpose"),
        ({"signer": software.generate()}, "signature_invalid"),
        ({"created": int(time.time()) + 100_000}, "integrity_from_the_future"),
        ({"verification_method": "did:web:attacker.example#key"}, "did_method_unsupported"),
        ({"verification_method": "https://attacker.example/#key"}, "did_url_invalid"),
    ],
)
def test_a_proof_that_does_not_hold_is_refused(running, held, change, code):
    answer = running.verify_presentation(signed(unsigned(*held), **change), challenge=CHALLENGE)
    assert verdict(answer) == (400, False, [code])


def test_a_holder_is_who_signed(running, held):
    presentation = signed(unsigned(*held, holder="did:example:another"))
    assert verdict(running.verify_presentation(presentation, challenge=CHALLENGE)) == (400, False, ["holder_mismatch"])


def test_an_unsigned_presentation_is_accepted_as_such(running, held):
    verified = running.verify_presentation(unsigned(*held))
    assert verdict(verified) == (200, True, [])
    assert "unsigned" in verified.json()["problemDetails"][0]["title"]
    body = {"verifiablePresentation": unsigned(*held)}
    assert running.post("/vcalm/verifiers/trusted/presentations/verify", body).status == 200


@pytest.mark.parametrize("asked", [{"challenge": CHALLENGE}, {"domain": DOMAIN}])
def test_an_unsigned_presentation_answers_nothing(running, held, asked):
    answer = running.verify_presentation(unsigned(*held), **asked)
    assert verdict(answer) == (400, False, ["integrity_proof_missing"])


@pytest.mark.parametrize("seal", [signed, lambda document: document], ids=["signed", "unsigned"])
def test_one_bad_credential_spoils_it_and_each_is_named(running, held, seal):
    good, other = held
    forged = {**other, "credentialSubject": {"id": "did:example:mallory"}}
    answer = running.verify_presentation(seal(unsigned(good, forged, {**forged, "id": "urn:a:b"})))
    assert verdict(answer) == (400, False, ["signature_invalid"] * 2)
    problems = [one for one in answer.json()["problemDetails"] if "at" in one]
    assert [one["at"] for one in problems] == ["/verifiableCredential/1", "/verifiableCredential/2"]


def test_an_unknown_party_is_an_issuer_to_the_dangerous_verifier_alone(running):
    stated = credential(DID)
    how = {"cryptosuite": "ecdsa-rdfc-2019", "verification_method": METHOD, "created": int(time.time())}
    made = proof.sign(stated, HOLDER, **how)
    assert verdict(running.verify(made)) == (400, False, ["issuer_unknown"])
    believed = running.verify(made, "any")
    assert verdict(believed) == (200, True, [])
    assert "any issuer" in believed.json()["problemDetails"][-1]["title"]
    assert verdict(running.verify_presentation(signed(unsigned(made)))) == (400, False, ["issuer_unknown"])


def test_a_holder_says_something_himself(running):
    said = {name: value for name, value in credential(DID).items() if name != "proof"}
    assert verdict(running.verify_presentation(signed(unsigned(said, holder=DID)))) == (200, True, [])
    over = {**said, "validUntil": "2020-01-01T00:00:00Z"}
    assert running.verify_presentation(signed(unsigned(over, holder=DID))).codes == ["credential_expired"]
    assert running.verify_presentation(unsigned(said, holder=DID)).codes == ["integrity_proof_missing"]
    another = credential("did:example:another")
    assert running.verify_presentation(signed(unsigned(another, holder=DID))).codes == ["self_asserted_holder"]


def test_enveloped_credentials_and_presentations(running):
    stated = credential(DID)
    token = vc_jose.sign(stated, HOLDER, kind="vc", verification_method=METHOD, terms=None)
    wrapped = build_envelope("application/vc+jwt", token)
    assert running.verify(wrapped).codes == ["issuer_unknown"]
    assert running.verify(wrapped, "any").status == 200
    over = vc_jose.sign(
        {**stated, "validUntil": "2020-01-01T00:00:00Z"}, HOLDER, kind="vc", verification_method=METHOD, terms=None
    )
    assert running.verify(build_envelope("application/vc+jwt", over), "any").codes == ["credential_expired"]
    presentation = {**unsigned(wrapped, holder=DID), "nonce": CHALLENGE, "aud": DOMAIN}
    outer = vc_jose.sign(presentation, HOLDER, kind="vp", verification_method=METHOD, terms=None)
    sealed = build_envelope("application/vp+jwt", outer, kind=ENVELOPED_PRESENTATION)
    body = {"verifiablePresentation": sealed, "options": {"challenge": CHALLENGE, "domain": DOMAIN}}
    path = "/vcalm/verifiers/any/presentations/verify"
    assert running.post(path, body).status == 200
    body["options"]["challenge"] = "another"
    assert running.post(path, body).codes == ["integrity_challenge"]
    body["options"] = {"domain": "https://another.example"}
    assert running.post(path, body).codes == ["integrity_domain"]
    for broken in ({"@context": []}, {"type": ["VerifiablePresentation"]}, {"id": outer}):
        body = {"verifiablePresentation": {**sealed, **broken}, "options": {"challenge": CHALLENGE}}
        assert running.post(path, body).status == 400


def test_a_credential_of_data_model_1_1_is_verified_and_never_issued(running, world):
    old = {
        "@context": ["https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/data-integrity/v2"],
        "type": ["VerifiableCredential"],
        "issuer": DID,
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:alice"},
    }
    how = {"cryptosuite": "ecdsa-rdfc-2019", "verification_method": METHOD, "created": int(time.time())}
    made = proof.sign(old, HOLDER, **how)
    assert verdict(running.verify(made, "any")) == (200, True, [])
    over = proof.sign({**old, "expirationDate": "2026-02-01T00:00:00Z"}, HOLDER, **how)
    assert running.verify(over, "any").codes == ["credential_expired"]
    refused = running.issue("eddsa-rdfc-2022", {**old, "issuer": world[1]["eddsa-rdfc-2022"]})
    assert (refused.status, refused.codes) == (400, ["vc_context"])


def test_data_model_1_1_is_issued_where_the_settings_have_it(tmp_path):
    done, port = found(tmp_path / "data", "--data-model-1-1")
    did = json.loads(done.stdout)["issuers"]["ecdsa-rdfc-2019-p256"]
    old = {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiableCredential"],
        "issuer": did,
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:alice"},
    }
    with Running(tmp_path / "data", port=port) as running:
        issued = running.issue("ecdsa-rdfc-2019-p256", old)
        assert issued.status == 201
        made = issued.json()["verifiableCredential"]
        assert made["@context"] == [*old["@context"], "https://w3id.org/security/data-integrity/v2"]
        assert running.verify(made).status == 200
        del old["issuanceDate"]
        assert running.issue("ecdsa-rdfc-2019-p256", old).codes == ["vc_property"]


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"validUntil": "2020-01-01T00:00:00Z"}, "credential_expired"),
        ({"validFrom": "2999-01-01T00:00:00Z"}, "credential_not_yet_valid"),
    ],
)
def test_a_credential_outside_its_time_is_refused_unless_only_its_proof_is_asked(world, times, code):
    running, ids = world
    made = running.issue("eddsa-jcs-2022", credential(ids["eddsa-jcs-2022"], **times)).json()["verifiableCredential"]
    assert verdict(running.verify(made)) == (400, False, [code])
    lenient = running.verify(made, checks=["proof"])
    assert verdict(lenient) == (200, True, [])
    assert any("validity was not checked" in one["title"] for one in lenient.json()["problemDetails"])


def test_contexts_of_its_own_are_believed_by_the_dangerous_verifier_alone(world):
    running, ids = world
    stated = credential(ids["eddsa-rdfc-2022"])
    stated["@context"] = [V2, {"shoeSize": "https://example.org/shoe"}]
    stated["credentialSubject"]["shoeSize"] = "44"
    issued = running.issue("eddsa-rdfc-2022", stated).json()["verifiableCredential"]
    assert issued["@context"] == stated["@context"]
    assert running.verify(issued).codes == ["context_unknown"]
    believed = running.verify(issued, "any")
    assert verdict(believed) == (200, True, [])
    assert any("contexts are its own" in one["title"] for one in believed.json()["problemDetails"])


@pytest.mark.parametrize("wrapped", [True, False], ids=["list", "alone"])
def test_a_presentation_and_its_credential_bring_contexts_along(running, wrapped):
    stated = credential(DID)
    stated["@context"] = [V2, {"shoeSize": "https://example.org/shoe"}]
    stated["credentialSubject"]["shoeSize"] = "44"
    known, hoisted = hoist(stated, contexts())
    how = {"cryptosuite": "ecdsa-rdfc-2019", "verification_method": METHOD, "created": int(time.time())}
    inner = {**stated, "proof": proof.sign(hoisted, HOLDER, **how, contexts=known)["proof"]}
    outer = {
        "@context": [V2, {"occasion": "https://example.org/occasion"}],
        "type": ["VerifiablePresentation"],
        "occasion": "a birthday",
        "verifiableCredential": [inner] if wrapped else inner,
    }
    known, hoisted = hoist(outer, contexts())
    sealed = proof.sign(hoisted, HOLDER, **how, purpose="authentication", challenge=CHALLENGE, contexts=known)
    presentation = {**outer, "proof": sealed["proof"]}
    assert verdict(running.verify_presentation(presentation, "any", challenge=CHALLENGE)) == (200, True, [])
    assert running.verify_presentation(presentation, challenge=CHALLENGE).codes == ["context_unknown"]
    presentation["@context"] = [V2, {"occasion": "https://example.org/another"}]
    refused = running.verify_presentation(presentation, "any", challenge=CHALLENGE)
    assert verdict(refused) == (400, False, ["signature_invalid"])


def test_what_was_verified_is_returned_where_it_is_asked_for(running, held):
    answer = running.verify(held[0], returnCredential=True, returnResults=True).json()
    assert answer["credential"] == bare(held[0])
    assert answer["results"] == {"proof": [{"verified": True}]}
    assert "problemDetails" not in running.verify(held[0], returnProblemDetails=False).json()
