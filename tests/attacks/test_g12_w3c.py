"""Attacks on G12: what one way of verifying a W3C document refuses, no other way believes."""

import pytest

from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.formats import w3c
from didkit_fr.keys import software
from didkit_fr.proofs.data_integrity import proof
from issuer_service.vcalm.requests import CHECKS
from issuer_service.vcalm.trust import DANGEROUSLY_ACCEPT_ANY_ISSUER
from issuer_service.vcalm.verifying import Asked, Rules, check_credential, check_presentation
from tests.attacks.w3c_api import NOW, V2, credential

ISSUER, HOLDER, OTHER = (software.generate("P-256") for _ in range(3))
SUITE = "ecdsa-jcs-2019"


def did(signer):
    return w3c.did_of(signer.public_key)


def signed(document, signer, **more):
    method = w3c.method_of(signer.public_key)
    return proof.sign(document, signer, cryptosuite=SUITE, verification_method=method, **{"created": NOW, **more})


HELD = signed(credential(did(ISSUER)), ISSUER)
SHOWN = {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": [HELD]}


def verdict(document, rule, asked):
    flow = check_presentation(document, asked, Rules(rule, CHECKS, NOW))
    try:
        return [one.code for one in run(flow, offline).outcomes if isinstance(one, DidkitError)]
    except DidkitError as error:
        return [error.code]


RULES = [frozenset({did(ISSUER)}), DANGEROUSLY_ACCEPT_ANY_ISSUER]


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("rule", RULES, ids=["trusted", "any"])
def test_the_verifiers_of_the_w3c_api_refuse_what_the_library_refuses_of_presentations(rule):
    asked = Asked("c", "d")
    answer = {"purpose": "authentication", "challenge": "c", "domain": "d"}
    assert verdict(signed(SHOWN, HOLDER, **answer), rule, asked) == []
    twice = signed(signed(SHOWN, HOLDER, **answer), OTHER, **answer)
    assert verdict(twice, rule, asked) == ["holder_mismatch"]
    assert verdict(signed(SHOWN, HOLDER, **answer, created=NOW - 86_400), rule, asked) == ["key_binding_time"]
    assert verdict(SHOWN, rule, asked) == ["integrity_proof_missing"]
    named = {**SHOWN, "holder": did(OTHER)}
    assert verdict(signed(named, HOLDER, **answer), rule, asked) == ["holder_mismatch"]


@pytest.mark.guarantee("G12")
def test_whose_word_it_is_is_asked_of_every_signer_and_said_where_it_was_not():
    def checks(document, rule):
        return run(check_credential(document, Rules(rule, CHECKS, NOW)), offline).checks

    assert checks(HELD, RULES[0])["trust"] == "passed"
    assert "not checked" in checks(HELD, RULES[1])["trust"]
    foreign = signed(credential(did(ISSUER)), OTHER)
    assert "not the issuer" in checks(foreign, RULES[1])["trust"]
    for rule, code in ((RULES[0], "issuer_mismatch"), (frozenset(), "issuer_unknown")):
        with pytest.raises(DidkitError) as refused:
            checks(foreign if rule else HELD, rule)
        assert refused.value.code == code
