"""Attacks on G12: what one way of verifying a W3C document refuses, no other way believes."""

import pytest

from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.formats.w3c import fields, vc_jose
from didkit_fr.keys import software
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.status.bitstring import MIN_ENTRIES, build_entries, build_list
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.w3c import verify as w3c_flows
from didkit_fr.verification.w3c.verify import verify_credential, verify_presentation
from issuer_service.vcalm.requests import CHECKS
from issuer_service.vcalm.trust import DANGEROUSLY_ACCEPT_ANY_ISSUER
from issuer_service.vcalm.verifying import VerifierOptions, check_credential, check_presentation
from tests.attacks.w3c_api import NOW, V2, credential
from tests.nation import Web

ISSUER, HOLDER, OTHER = (software.generate("P-256") for _ in range(3))
SUITE = "ecdsa-jcs-2019"


def did(signer):
    return fields.did_of(signer.public_key)


def signed(document, signer, **more):
    method = fields.method_of(signer.public_key)
    return proof.sign(document, signer, cryptosuite=SUITE, verification_method=method, **{"created": NOW, **more})


HELD = signed(credential(did(ISSUER)), ISSUER)
SHOWN = {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": [HELD]}


def verdict(document, rule):
    flow = check_presentation(document, VerifierOptions(rule, CHECKS, NOW), challenge="c", domain="d")
    try:
        return [one.code for one in run(flow, offline).outcomes if isinstance(one, DidkitError)]
    except DidkitError as error:
        return [error.code]


RULES = [frozenset({did(ISSUER)}), DANGEROUSLY_ACCEPT_ANY_ISSUER]


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("rule", RULES, ids=["trusted", "any"])
def test_the_verifiers_of_the_w3c_api_refuse_what_the_library_refuses_of_presentations(rule):
    answer = {"purpose": "authentication", "challenge": "c", "domain": "d"}
    assert verdict(signed(SHOWN, HOLDER, **answer), rule) == []
    twice = signed(signed(SHOWN, HOLDER, **answer), OTHER, **answer)
    assert verdict(twice, rule) == ["holder_mismatch"]
    assert verdict(signed(SHOWN, HOLDER, **answer, created=NOW - 86_400), rule) == ["key_binding_time"]
    assert verdict(SHOWN, rule) == ["integrity_proof_missing"]
    named = {**SHOWN, "holder": did(OTHER)}
    assert verdict(signed(named, HOLDER, **answer), rule) == ["holder_mismatch"]


@pytest.mark.guarantee("G12")
def test_whose_word_it_is_is_asked_of_every_signer_and_said_where_it_was_not():
    def checks(document, rule):
        return run(check_credential(document, VerifierOptions(rule, CHECKS, NOW)), offline).checks

    assert checks(HELD, RULES[0])["trust"] == "passed"
    assert "not checked" in checks(HELD, RULES[1])["trust"]
    foreign = signed(credential(did(ISSUER)), OTHER)
    assert "not the issuer" in checks(foreign, RULES[1])["trust"]
    for rule, code in ((RULES[0], "issuer_mismatch"), (frozenset(), "issuer_unknown")):
        with pytest.raises(DidkitError) as refused:
            checks(foreign if rule else HELD, rule)
        assert refused.value.code == code


LIST = "https://issuer.example/status/1"
ROLES = frozenset({"credential", "status"})
ANCHORS = {
    name: Anchor(name, None, ROLES, frozenset({fields.CREDENTIAL_IRI}), did=did(signer))
    for name, signer in (("issuer", ISSUER), ("other", OTHER))
}


def listed(signer, form, *, created=NOW, ends=True):
    times = (NOW - 10**7, NOW + 86_400)
    document = build_list(f"{LIST}/revocation", "revocation", did(signer), [], MIN_ENTRIES, times)
    if not ends:
        del document["validUntil"]
    if form == "proof":
        return json.encode(signed(document, signer, created=created))
    method = fields.method_of(signer.public_key)
    token = vc_jose.sign({**document, "iat": created}, signer, kind="vc", verification_method=method, terms=None)
    return token.encode()


OPEN = w3c_flows.ExpectedPresentation(domain=None, challenge=None, holder_is_subject=False, unsigned=True)


def code(body, **more):
    """What comes of a credential of the issuer's whose status is in this list."""
    held = signed(credential(did(ISSUER), credentialStatus=build_entries(LIST, ["revocation"], 7)), ISSUER)
    policy = Policy(Anchors(tuple(ANCHORS.values())), **more)
    for document in (held, {**SHOWN, "verifiableCredential": [held]}):
        context = VerificationContext(policy, Memory(), NOW)
        flow = verify_credential(held, context) if document is held else verify_presentation(document, OPEN, context)
        try:
            run(flow, Web({f"{LIST}/revocation": body}))
        except DidkitError as error:
            told = error.code
        else:
            told = None
    return told


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("form", ["proof", "token"])
def test_a_status_list_of_another_authority_says_nothing_of_this_issuers_credentials(form):
    assert code(listed(ISSUER, form)) is None
    assert code(listed(OTHER, form)) == "status_list_signer"
    assert code(listed(OTHER, form), status_signers=frozenset({"other"})) is None
    if form == "proof":
        # A second signature beside that of its own issuer makes a list nobody else's.
        both = json.encode(signed(json.parse_object(listed(OTHER, form), max_bytes=10**6), ISSUER))
        assert code(both) == "status_list_signer"


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("form", ["proof", "token"])
def test_a_status_list_that_says_of_no_end_is_not_believed_when_it_is_old(form):
    age = Policy(Anchors(())).max_list_age
    assert code(listed(ISSUER, form, created=NOW - age + 1, ends=False)) is None
    assert code(listed(ISSUER, form, created=NOW - age, ends=False)) == "status_list_expired"
