"""Attacks on G27 where no format of OpenID4VC is asked: W3C documents of any form, their API, and a file in the wallet.

Whatever is handed on as verified is what its type's table says, so that `if claims["age_over_18"]` is safe.
"""

import contextlib
import io
import json

import pytest

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.presentation import build_envelope
from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.formats.w3c import fields, vc_cose, vc_jose, vc_sd_jwt
from didkit_fr.proofs.data_integrity import ecdsa_sd, options, proof
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.w3c import verify as w3c_flows
from didkit_fr.verification.w3c.verify import judge_presentation, verify_credential, verify_presentation
from issuer_service.vcalm.requests import CHECKS
from issuer_service.vcalm.suites import JOSE
from issuer_service.vcalm.trust import DANGEROUSLY_ACCEPT_ANY_ISSUER
from issuer_service.vcalm.verifying import VerifierOptions, check_credential
from tests.attacks.w3c_api import asked, codes
from tests.nation import NOW, nation
from tests.refused import refusal
from wallet_cli.commands import verify as wallet
from wallet_cli.contents import Contents
from wallet_cli.output import Output

VOCABULARY = "urn:didkit-fr:vocabulary#"
TITLES = {"NationalIdentity": "national_identity", "ResidenceAttestation": "residence_attestation"}
NO_TRUTH = ["false", "", 0, 1, [], {}, ["true"]]
METHOD, DID = fields.method_of(nation().signer.public_key), fields.did_of(nation().signer.public_key)
HOLDER, HOLDER_METHOD = fields.did_of(nation().holder.public_key), fields.method_of(nation().holder.public_key)
TYPES = frozenset({VOCABULARY + name for name in TITLES} | {fields.CREDENTIAL_IRI})
POLICY = Policy(Anchors((Anchor("France", None, frozenset({"credential"}), TYPES, did=DID),)))


def document(claims, *types, version=fields.V2, issuer=DID, context=("urn:didkit-fr:context:national_identity:1",)):
    return {
        "@context": [version, *context],
        "type": ["VerifiableCredential", *(types or ("NationalIdentity",))],
        "issuer": issuer,
        "credentialSubject": {"id": HOLDER, **claims} if isinstance(claims, dict) else claims,
        **({"issuanceDate": "2026-01-01T00:00:00Z"} if version == fields.V1 else {}),
    }


def secured(stated, suite):
    how = {"cryptosuite": suite, "verification_method": METHOD, "created": NOW, "contexts": contexts()}
    return proof.sign(stated, nation().signer, **how)


def shown_in_part(stated):
    how = {"cryptosuite": "ecdsa-sd-2023", "verification_method": METHOD, "purpose": "assertionMethod", "created": NOW}
    stated_how = options.build_options(**how)
    base = ecdsa_sd.sign_base(stated, nation().signer, stated_how, mandatory=["/issuer"], contexts=contexts())
    return ecdsa_sd.derive(base, ["/credentialSubject"], contexts=contexts())


def enveloped(form, name, **more):
    def sealed(stated):
        made = form.sign(stated, nation().signer, kind="vc", verification_method=METHOD, terms=None, **more)
        return build_envelope(f"application/vc+{name}", made)

    return sealed


FORMS = {
    "rdfc": lambda stated: secured(stated, "ecdsa-rdfc-2019"),
    "jcs": lambda stated: secured(stated, "ecdsa-jcs-2019"),
    "sd": shown_in_part,
    "jose": enveloped(vc_jose, "jwt"),
    "sd-jwt": enveloped(vc_sd_jwt, "sd-jwt", disclosable=[("credentialSubject", "age_over_18")]),
    "cose": enveloped(vc_cose, "cose"),
}


def presentation(*credentials, **more):
    holding = {"verifiableCredential": list(credentials)}
    return {"@context": [fields.V2], "type": ["VerifiablePresentation"], **holding, **more}


def signed_by_holder(stated):
    how = {"purpose": "authentication", "verification_method": HOLDER_METHOD, "created": NOW}
    return proof.sign(stated, nation().holder, cryptosuite="ecdsa-jcs-2019", contexts=contexts(), **how)


def alone(one, policy=POLICY):
    return run(verify_credential(one, VerificationContext(policy, Memory(), NOW)), offline)


def among(one, call=verify_presentation):
    open_ = w3c_flows.ExpectedPresentation(domain=None, challenge=None, holder_is_subject=False, unsigned=True)
    return run(call(one, open_, VerificationContext(POLICY, Memory(), NOW)), offline)


def judged(one):
    (outcome,) = among(one, judge_presentation).outcomes
    return getattr(outcome, "code", "believed")


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", NO_TRUTH, ids=repr)
def test_majority_that_is_neither_true_nor_false_is_refused_in_every_form_of_a_w3c_credential(form, value):
    assert alone(FORMS[form](document({"age_over_18": True}))).document["credentialSubject"]["age_over_18"] is True
    try:
        forged = FORMS[form](document({"age_over_18": value}))
    except DidkitError:
        return  # What makes no statement is signed by no suite over statements.
    for call in (lambda: alone(forged), lambda: among(presentation(forged))):
        assert refusal(call) in {"type_rule_broken", "jsonld_unsecured"}
    assert judged(presentation(forged)) in {"type_rule_broken", "jsonld_unsecured"}


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize("form", ["rdfc", "jcs"])
def test_data_model_1_1_is_held_to_the_same_table(form):
    assert alone(FORMS[form](document({"age_over_18": False}, version=fields.V1))).types[1] == "NationalIdentity"
    assert refusal(lambda: alone(FORMS[form](document({"age_over_18": "no"}, version=fields.V1)))) == "type_rule_broken"


OTHERS = [
    ("NationalIdentity", {"birthdate": 19900517}),
    ("NationalIdentity", {"birthdate": "1990-02-30"}),
    ("NationalIdentity", {"nationalities": "FR"}),
    ("NationalIdentity", {"place_of_birth": "Brest"}),
    ("NationalIdentity", {"age_over_65": "false"}),
    ("ResidenceAttestation", {"family_name": 7}),
    ("ResidenceAttestation", {"address": "12 rue de Siam"}),
]


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize(("type_", "claims"), OTHERS, ids=repr)
def test_every_claim_of_every_w3c_title_is_of_its_type(type_, claims):
    context = (f"urn:didkit-fr:context:{TITLES[type_]}:1",)
    forged = FORMS["jose"](document(claims, type_, context=context))
    # A name that no context defines is refused for that.
    assert refusal(lambda: alone(forged)) in {"type_rule_broken", "jsonld_undefined_term"}


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize("form", ["rdfc", "jcs", "jose"])
def test_no_spelling_of_a_type_and_no_type_beside_it_leads_around_its_table(form):
    spelt = {
        "written out": document({"age_over_18": "false"}, VOCABULARY + "NationalIdentity"),
        "beside another": document({"age_over_18": "false"}, VOCABULARY + "ResidenceAttestation", "NationalIdentity"),
        "subject in a list": document([{"id": HOLDER, "age_over_18": "false"}]),
        "two subjects": document([{"id": HOLDER, "age_over_18": True}, {"id": DID, "age_over_18": "false"}]),
    }
    for stated in spelt.values():
        # A proof over statements is made and read in one spelling only.
        assert refusal(lambda stated=stated: alone(FORMS[form](stated))) in {"type_rule_broken", "jsonld_unsecured"}


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize("form", ["jose", "cose"])  # No proof over statements is believed of such a document.
def test_a_context_that_the_document_brings_along_cannot_name_the_type_anew(form):
    own = {"Card": VOCABULARY + "NationalIdentity", "age_over_18": VOCABULARY + "age_over_18"}
    stated = document({"age_over_18": "false"}, "Card", context=(own,))
    good = {**stated, "credentialSubject": {"id": HOLDER, "age_over_18": True}}
    anybody = VerifierOptions(DANGEROUSLY_ACCEPT_ANY_ISSUER, CHECKS, NOW)
    assert run(check_credential(FORMS[form](good), anybody), offline).checks["words"] != "passed"
    assert refusal(lambda: run(check_credential(FORMS[form](stated), anybody), offline)) == "type_rule_broken"


@pytest.mark.guarantee("G27")
def test_what_a_holder_says_itself_comes_back_only_if_it_is_what_its_table_says():
    for value, code in ((True, None), ("false", "type_rule_broken")):
        own = document({"age_over_18": value}, issuer=HOLDER)
        shown = signed_by_holder(presentation(own, holder=HOLDER))
        if code is None:
            assert among(shown).self_asserted == (own,)
        else:
            assert (refusal(lambda shown=shown: among(shown)), judged(shown)) == (code, code)


def signed_with_the_key_of(by, stated):
    """As whoever has the key signs, without the service."""
    if by.suite.cryptosuite == JOSE:
        token = vc_jose.sign(stated, by.signer, kind="vc", verification_method=by.method, terms=None)
        return build_envelope("application/vc+jwt", token)
    how = {"cryptosuite": by.suite.cryptosuite, "verification_method": by.method, "created": NOW}
    return proof.sign(stated, by.signer, **how, contexts=contexts())


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize("issuer", ["ecdsa-rdfc-2019-p256", "ecdsa-jcs-2019-p256", "vc-jose-p256"])
@pytest.mark.parametrize("verifier", ["trusted", "any"])
def test_the_api_of_the_w3c_hands_on_no_value_that_is_not_of_its_type(tmp_path, issuer, verifier):
    async def attack(api):
        told = []
        for value in (True, "false"):
            stated = document({"age_over_18": value}, issuer=api.did(issuer))
            held = signed_with_the_key_of(api.made.keys.issuers[issuer], stated)
            told += [await api.verify(held, verifier), await api.present(presentation(held), verifier)]
        return told

    alone_, among_, *forged = asked(tmp_path, attack)
    assert alone_["verified"]
    assert among_["verified"]
    for one in forged:
        assert (one["verified"], codes(one)) == (False, ["type_rule_broken"])
        assert not {"credential", "verifiablePresentation"} & one.keys()


@pytest.mark.guarantee("G27")
def test_the_api_of_the_w3c_signs_no_value_that_is_not_of_its_type(tmp_path):
    async def attack(api):
        told = []
        for issuer, by in api.made.keys.issuers.items():
            for value in (True, "false"):
                stated = document({"age_over_18": value}, issuer=by.did)
                told.append(
                    (issuer, *await api.post(f"/vcalm/issuers/{issuer}/credentials/issue", {"credential": stated}))
                )
        return told

    answers = asked(tmp_path, attack)
    assert {status for _, status, _ in answers[::2]} == {201}
    for issuer, status, told in answers[1::2]:
        assert (issuer, status, codes(told)) == (issuer, 400, ["type_rule_broken"])


@pytest.mark.guarantee("G27")
def test_a_type_without_a_table_is_held_to_none():
    stated = document(
        {"age_over_18": "false"}, "ExampleCredential", context=("https://www.w3.org/ns/credentials/examples/v2",)
    )
    example = "https://www.w3.org/ns/credentials/examples#ExampleCredential"
    policy = Policy(Anchors((Anchor("any", None, frozenset({"credential"}), frozenset({example}), did=DID),)))
    found = alone(FORMS["jose"](stated), policy)
    assert found.document["credentialSubject"]["age_over_18"] == "false"


BESIDE = {
    "under a nest": {"credentialSubject": {"id": HOLDER, "@nest": {"age_over_18": "false"}}},
    "under its address": {"credentialSubject": {"id": HOLDER, VOCABULARY + "age_over_18": "false"}},
    "in a graph": {"credentialSubject": {"id": HOLDER, "@graph": [{"age_over_18": "false"}]}},
    "as a set": {"credentialSubject": {"id": HOLDER, "family_name": {"@set": ["a", "b"]}}},
    "a second subject by its address": {"https://www.w3.org/2018/credentials#credentialSubject": {"age_over_18": "no"}},
    "another type by a keyword": {"@type": ["NationalIdentity"]},
    "an end by its address": {"https://www.w3.org/2018/credentials#validUntil": "2020-01-01T00:00:00Z"},
    "an end in a nest": {"@nest": {"validUntil": "2020-01-01T00:00:00Z"}},
    "a status that is included": {"@included": [{"credentialStatus": {"type": "A"}}]},
}


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize("form", ["jcs", "jose", "cose"])
@pytest.mark.parametrize("name", BESIDE)
def test_nothing_is_said_past_the_names_that_are_checked(form, name):
    forged = FORMS[form]({**document({"age_over_18": True}), **BESIDE[name]})
    # The claims of a type with a table have no other names; nor has anything at the top of any document.
    assert refusal(lambda: alone(forged)) in {"type_rule_broken", "jsonld_undefined_term"}


EXAMPLES, NATIONAL = "https://www.w3.org/ns/credentials/examples/v2", "urn:didkit-fr:context:national_identity:1"
PROOFS = "https://w3id.org/security/data-integrity/v2"


def of_data_model_1_1(outer, inner, value):
    own = document({"age_over_18": value}, version=fields.V1, issuer=HOLDER, context=inner)
    return {**presentation(own), "@context": [fields.V1, *outer], "holder": HOLDER}


def by_statements(stated):
    how = {"purpose": "authentication", "verification_method": HOLDER_METHOD, "created": NOW}
    return proof.sign(stated, nation().holder, cryptosuite="ecdsa-rdfc-2019", contexts=contexts(), **how)


@pytest.mark.guarantee("G29")
def test_contexts_of_a_presentation_change_nothing_that_a_credential_in_it_says():
    """Data model 1.1 adds them: without a key, one could be moved, and the credential alone would say another thing."""
    stated = of_data_model_1_1([PROOFS], [NATIONAL, EXAMPLES], value=True)
    held = by_statements(stated)
    assert among(held).self_asserted == tuple(stated["verifiableCredential"])
    moved = of_data_model_1_1([PROOFS, NATIONAL], [EXAMPLES], value=True)
    assert refusal(lambda: among({**moved, "proof": held["proof"]})) == "jsonld_unsecured"
    assert refusal(lambda: by_statements(moved)) == "jsonld_unsecured"


# --- a file, as `didkit-wallet verify` judges it


def told_of(raw):
    contents = Contents(json.loads(nation().anchors.encode()), insecure_loopback=False)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = wallet.check(Output("en", as_json=True), contents, raw, offline, now=NOW, answering=None, wanted=None)
    return status, json.loads(out.getvalue())


@pytest.mark.guarantee("G27")
@pytest.mark.parametrize(
    "claims",
    [*({"age_over_18": value} for value in NO_TRUTH), {"birthdate": 19900517}, {"nationalities": "FR"}],
    ids=repr,
)
def test_a_file_whose_values_are_not_of_their_type_is_not_to_be_believed(claims):
    status, told = told_of(nation().credential(status=None))
    assert (status, told["checks"]["type"]) == (wallet.YES, "passed")
    status, told = told_of(nation().credential(status=None, **claims))
    assert (status, told["verdict"], told["checks"]["type"]) == (wallet.NO, "no", "type_rule_broken")


@pytest.mark.guarantee("G27")
def test_a_file_that_pins_other_rules_of_its_type_is_not_to_be_believed():
    status, told = told_of(nation().credential(status=None, **{"vct#integrity": "sha256-" + "A" * 43 + "="}))
    assert (status, told["checks"]["type"]) == (wallet.NO, "type_metadata_integrity")
