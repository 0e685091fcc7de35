"""Attacks on G25: whatever is sent to the W3C verification, what comes of it is a value or one coded refusal."""

import json
from dataclasses import replace

import pytest

from didkit_fr.errors import VerificationError
from didkit_fr.flow import offline, run
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import software
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.w3c.verify import (
    ExpectedPresentation,
    W3cOptions,
    judge_presentation,
    verify_credential,
    verify_presentation,
)
from issuer_service.vcalm import routes
from tests.attacks.w3c_api import NOW, V2, asked, codes, credential

SIGNER = software.generate("P-256")
DID, METHOD = fields.did_of(SIGNER.public_key), fields.method_of(SIGNER.public_key)
ANCHOR = Anchor("issuer", None, frozenset({"credential"}), frozenset({fields.CREDENTIAL_IRI}), did=DID)
SECRET = "1990-05-17"


def broken(error):
    """Cryptosuites of which one has a bug that its input brings out."""

    def check(*_):
        raise error

    return {**CRYPTOSUITES, "ecdsa-rdfc-2019": replace(CRYPTOSUITES["ecdsa-rdfc-2019"], check=check)}


def signed(document, **more):
    return proof.sign(document, SIGNER, cryptosuite="ecdsa-rdfc-2019", verification_method=METHOD, created=NOW, **more)


HELD = signed(credential(DID))
SHOWN = {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": [HELD]}
OPEN = ExpectedPresentation(domain=None, challenge=None, holder_is_subject=False, unsigned=True)
CALLS = {
    "credential": lambda suites: verify_credential(HELD, context(), W3cOptions(suites=suites)),
    "presentation": lambda suites: verify_presentation(SHOWN, OPEN, context(), W3cOptions(suites=suites)),
}


def context():
    return VerificationContext(Policy(Anchors((ANCHOR,))), Memory(), NOW)


@pytest.mark.guarantee("G25")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "error", [RecursionError(), OverflowError(), ValueError(SECRET), KeyError(SECRET), MemoryError()]
)
def test_what_the_w3c_flows_do_not_foresee_is_one_coded_refusal(call, error):
    with pytest.raises(VerificationError) as refused:
        run(CALLS[call](broken(error)), offline)
    assert refused.value.code == "unforeseen"
    assert SECRET not in str(refused.value)


@pytest.mark.guarantee("G25")
def test_one_credential_that_was_not_foreseen_is_its_own_result():
    options = W3cOptions(suites=broken(ValueError(SECRET)))
    judged = run(judge_presentation(SHOWN, OPEN, context(), options), offline)
    assert [one.code for one in judged.outcomes] == ["unforeseen"]
    assert judged.document is None


@pytest.mark.guarantee("G25")
@pytest.mark.guarantee("G15")
@pytest.mark.parametrize("kind", ["credentials", "presentations"])
def test_the_api_refuses_what_it_did_not_foresee_and_logs_a_bug_without_a_value(tmp_path, kind, monkeypatch):
    options, suites = routes.VerifierOptions.options, broken(ValueError(SECRET))
    monkeypatch.setattr(routes.VerifierOptions, "options", lambda self: replace(options(self), suites=suites))

    async def attack(api):
        held = await api.issue("ecdsa-rdfc-2019-p256", credential(api.did("ecdsa-rdfc-2019-p256")))
        if kind == "credentials":
            told = await api.verify(held)
        else:
            told = await api.present({**SHOWN, "verifiableCredential": [held]})
        return told, api.said.getvalue()

    told, said = asked(tmp_path, attack)
    assert (told["verified"], codes(told)) == (False, ["unforeseen"])
    events = [json.loads(line) for line in said.splitlines()]
    (bug,) = [one for one in events if one["event"] == "failed"]
    assert (bug["exception"], bug["where"].partition(":")[0]) == ("ValueError", "proof.py")
    assert SECRET not in said + json.dumps(told)


DEEP = {"a list in a list": "[" * 20 + "]" * 20, "an object in an object": '{"a":' * 20 + "1" + "}" * 20}
HOSTILE = {
    "a number of 400 digits": {"n": 10**400},
    "a number of many zeros": {"n": 1e308},
    "a list in lists": {"a": json.loads(DEEP["a list in a list"])},
    "objects in objects": {"a": json.loads(DEEP["an object in an object"])},
    "a list of JSON-LD": {"@list": [1] * 1_000},
    "a ring of blank nodes": {"a": [{"id": f"_:b{at}", "a": {"id": f"_:b{(at + 1) % 400}"}} for at in range(400)]},
    "half a character": {"name": "\ud800"},
    "half a character as a name": {"\ud800": "name"},
}


@pytest.mark.guarantee("G25")
@pytest.mark.parametrize("verifier", ["trusted", "any"])
@pytest.mark.parametrize("case", HOSTILE)
def test_no_hostile_value_is_a_failure_of_the_api(tmp_path, case, verifier):
    async def attack(api):
        held = await api.issue("ecdsa-rdfc-2019-p256", credential(api.did("ecdsa-rdfc-2019-p256")))
        forged = {**held, "credentialSubject": {**held["credentialSubject"], **HOSTILE[case]}}
        alone, shown = (
            await api.verify(forged, verifier),
            await api.present({**SHOWN, "verifiableCredential": [forged]}),
        )
        issuing = {"credential": {name: value for name, value in forged.items() if name != "proof"}}
        status, told = await api.post("/vcalm/issuers/ecdsa-rdfc-2019-p256/credentials/issue", issuing)
        return alone, shown, status, told, api.said.getvalue()

    alone, shown, status, told, said = asked(tmp_path, attack)
    assert not alone["verified"]
    assert not shown["verified"]
    assert "unforeseen" not in [*codes(alone), *codes(shown), *codes(told)]
    assert status == 400
    assert '"failed"' not in said
