"""The exits of the API: every endpoint answers, every request that is malformed is refused with its code."""

import json

import pytest

from didkit_fr.encoding import base64url
from didkit_fr.formats.w3c import vc_jose
from didkit_fr.formats.w3c.vc_selective import SELECTIVE
from issuer_service.vcalm.suites import JOSE, SUITES
from tests.issuer_service.vcalm.service import V2, Running, credential, found
from tests.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.end_to_end]

ISSUE, VERIFY = "/vcalm/issuers/eddsa-rdfc-2022/credentials/issue", "/vcalm/verifiers/trusted/credentials/verify"


@pytest.fixture(scope="module")
def founded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vcalm") / "data"
    done, port = found(folder, "--status", "ecdsa-rdfc-2019-p256")
    assert done.returncode == 0, done.stderr
    return folder, port, json.loads(done.stdout)["issuers"]


@pytest.fixture(scope="module")
def service(founded):
    folder, port, _ = founded
    with Running(folder, port=port) as running:
        yield running


@pytest.fixture(scope="module")
def ids(founded):
    return founded[2]


@pytest.mark.parametrize("name", [name for name, suite in SUITES.items() if suite.cryptosuite != JOSE])
def test_each_named_issuer_issues_what_the_verifier_believes(service, ids, name):
    pointers = {"mandatoryPointers": ["/type"]} if name in SELECTIVE else {}
    issued = service.issue(name, credential(ids[name]), **pointers)
    assert issued.status == 201, issued.body
    made = issued.json()["verifiableCredential"]
    assert made["proof"]["cryptosuite"] == SUITES[name].cryptosuite
    assert made["proof"]["verificationMethod"].startswith(f"{ids[name]}#")
    if name in SELECTIVE:
        derived = service.derive(made, "/credentialSubject/name")
        assert derived.status == 201
        made = derived.json()
    verified = service.verify(made)
    assert (verified.status, verified.json()) == (200, {"verified": True, "problemDetails": []})
    made["credentialSubject"]["name"] = "Mallory"
    refused = service.verify(made)
    assert (refused.status, refused.json()["verified"]) == (400, False)
    assert refused.codes in (["signature_invalid"], ["bbs_proof_invalid"])


@pytest.mark.parametrize("name", [name for name, suite in SUITES.items() if suite.cryptosuite == JOSE])
def test_an_issuer_of_envelopes_issues_what_the_verifier_believes(service, ids, name):
    stated = credential(ids[name], validUntil="2999-01-01T00:00:00Z")
    issued = service.issue(name, stated)
    assert issued.status == 201, issued.body
    made = issued.json()["verifiableCredential"]
    assert made["type"] == "EnvelopedVerifiableCredential"
    media_type, _, token = made["id"].partition(",")
    assert media_type == "data:application/vc+jwt"
    assert vc_jose.parse(token).unverified_claims() == stated
    verified = service.verify(made)
    assert (verified.status, verified.json()) == (200, {"verified": True, "problemDetails": []})
    head, _, signature = token.split(".")
    payload = base64url.encode(json.dumps({**stated, "name": "forged"}).encode())
    forged = {**made, "id": f"{media_type},{head}.{payload}.{signature}"}
    assert service.verify(forged).codes == ["signature_invalid"]
    for broken in ({"@context": []}, {"id": token}, {"type": "VerifiableCredential"}):
        assert service.verify({**made, **broken}).status == 400
    assert service.issue(name, stated, mandatoryPointers=["/issuer"]).codes == ["vcalm_option_unknown"]


@pytest.mark.parametrize("name", sorted(SELECTIVE))
def test_a_holder_reveals_what_pointers_name_and_what_the_issuer_demands(service, ids, name):
    stated = credential(ids[name], validUntil="2999-01-01T00:00:00Z", description="kept back", name="demanded")
    made = service.issue(name, stated, mandatoryPointers=["/name"]).json()["verifiableCredential"]
    assert service.verify(made).codes == ["base_proof_unexpected"]
    shown = service.derive(made, "/credentialSubject/id").json()
    assert all(shown[one] == stated[one] for one in ("issuer", "validUntil", "name"))
    assert shown["credentialSubject"] == {"id": "did:example:alice"}
    assert "description" not in shown
    assert service.verify(shown).status == 200
    assert service.derive(shown, "/issuer").codes == ["derived_proof_unexpected"]
    wrong = service.derive(made, "/credentialSubject/nothing")
    assert (wrong.status, wrong.codes) == (400, ["pointer_invalid"])
    assert wrong.json()["type"] == "https://w3id.org/security#PROOF_GENERATION_ERROR"


def test_nothing_is_derived_of_a_whole_proof(service, ids):
    made = service.issue("eddsa-rdfc-2022", credential(ids["eddsa-rdfc-2022"])).json()["verifiableCredential"]
    assert service.derive(made, "/issuer").codes == ["cryptosuite_refused"]


def test_an_issuer_signs_in_its_own_name_only(service, ids):
    refused = service.issue("eddsa-rdfc-2022", credential(ids["eddsa-jcs-2022"]))
    assert (refused.status, refused.codes) == (400, ["issuer_mismatch"])
    assert refused.headers["Content-Type"] == "application/problem+json"


BODIES = {
    "not JSON": (b"{", 400, "json_invalid"),
    "a list": (b"[]", 400, "json_not_object"),
    "twice the same name": (b'{"credential":{},"credential":{}}', 400, "json_duplicate_key"),
    "nested without end": (b"[" * 50_000, 400, "json_depth"),
    "empty": (b"{}", 400, "message_invalid"),
    "a text for an object": (b'{"credential":"x"}', 400, "message_invalid"),
    "a member that is not known": (b'{"credential":{},"verifiableCredential":{}}', 400, "message_invalid"),
    "options that are none": (b'{"credential":{},"options":[]}', 400, "message_invalid"),
    "an option that is not known": (b'{"credential":{},"options":{"type":"x"}}', 400, "vcalm_option_unknown"),
    "pointers that are numbers": (b'{"credential":{},"options":{"mandatoryPointers":[1]}}', 400, "message_invalid"),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_out_of_form_is_refused(service, case):
    body, status, code = BODIES[case]
    refused = service.post(ISSUE, body)
    assert (refused.status, refused.codes) == (status, [code])
    assert {"type", "title", "status"} <= refused.json().keys()


VERDICTS = {
    "not JSON": (b"{", "json_invalid"),
    "empty": (b"{}", "message_invalid"),
    "an empty credential": (b'{"verifiableCredential":{}}', "vc_context"),
    "a member that is not known": (b'{"verifiableCredential":{},"credential":{}}', "message_invalid"),
    "an option that is not known": (b'{"verifiableCredential":{},"options":{"x":1}}', "vcalm_option_unknown"),
    "a check that is not known": (b'{"verifiableCredential":{},"options":{"checks":["all"]}}', "message_invalid"),
}


@pytest.mark.parametrize("case", VERDICTS)
@pytest.mark.parametrize("kind", ["credentials", "presentations"])
def test_a_verifier_answers_with_a_verdict(service, case, kind):
    body, code = VERDICTS[case]
    if kind == "presentations":
        body = body.replace(b"verifiableCredential", b"verifiablePresentation")
    refused = service.post(f"/vcalm/verifiers/trusted/{kind}/verify", body)
    assert (refused.status, refused.json()["verified"], refused.codes) == (400, False, [code])


def test_pointers_go_with_a_selective_cryptosuite(service, ids):
    refused = service.issue("eddsa-rdfc-2022", credential(ids["eddsa-rdfc-2022"]), mandatoryPointers=["/issuer"])
    assert refused.codes == ["vcalm_option_unknown"]
    assert refused.json()["type"] == "https://www.w3.org/TR/vcalm#UNKNOWN_OPTION_PROVIDED"


def test_what_is_no_json_by_its_type_is_not_read(service, ids):
    body = json.dumps({"credential": credential(ids["eddsa-rdfc-2022"])}).encode()
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        refused = service.post(ISSUE, body, headers={"Content-Type": media_type})
        assert (refused.status, refused.codes) == (415, ["vcalm_media_type"])
    assert service.post(ISSUE, body, headers={"Content-Type": "application/json; charset=utf-8"}).status == 201


def test_a_name_of_another_machine_is_not_answered(service):
    """A page that gives its own name this address (DNS rebinding) would be of the same origin."""
    refused = service.post(VERIFY, b"{}", headers={"Host": "attacker.example"})
    assert (refused.status, refused.codes) == (401, ["invalid_token"])


@pytest.mark.parametrize(
    "path",
    [
        "/vcalm/issuers/nobody/credentials/issue",
        "/vcalm/holders/nobody/credentials/derive",
        "/vcalm/verifiers/nobody/credentials/verify",
        "/vcalm/verifiers/nobody/presentations/verify",
        "/vcalm/verifiers/any/credentials/verify",
        "/vcalm/issuers/eddsa-rdfc-2022/credentials/status",
    ],
)
def test_a_name_that_is_not_there_is_not_found(service, path):
    refused = service.post(path, {"verifiableCredential": {}})
    assert (refused.status, refused.codes) == (404, ["vcalm_instance_unknown"])


def test_an_address_may_have_a_path(tmp_path):
    port = free_port()
    done, _ = found(tmp_path / "data", "--status", "eddsa-jcs-2022", address=f"http://127.0.0.1:{port}/w3c/identifiers")
    did = json.loads(done.stdout)["issuers"]["eddsa-jcs-2022"]
    with Running(tmp_path / "data", port=port) as running:
        running.base += "/w3c/identifiers"
        made = running.issue("eddsa-jcs-2022", credential(did)).json()["verifiableCredential"]
        assert running.verify(made).status == 200
        url = made["credentialStatus"][0]["statusListCredential"]
        assert running.request("GET", url.removeprefix(running.base)).status == 200
        assert running.request("GET", f"/1.0/identifiers/{did}").json()["didDocument"]["id"] == did


def test_other_addresses_methods_and_sizes(service):
    assert service.post("/vcalm/issuers", b"{}").status == 404
    wrong = service.request("GET", ISSUE)
    assert (wrong.status, wrong.headers["Allow"]) == (405, "POST")
    assert service.post(ISSUE, b" " * 262_145).status == 413


def test_answers_are_kept_by_nobody(service, ids):
    issued = service.issue("eddsa-jcs-2022", credential(ids["eddsa-jcs-2022"]))
    assert issued.headers["Cache-Control"] == "no-store"
    assert issued.headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in issued.headers


@pytest.mark.guarantee("G15")
def test_nothing_of_a_credential_is_kept_or_said(founded, ids):
    folder, _, _ = founded
    secret = "Zaphod-Needle-42"
    with Running(folder, port=free_port()) as running:
        subject = {"id": f"did:example:{secret}", "name": secret}
        for name in ("ecdsa-rdfc-2019-p256", "eddsa-rdfc-2022"):
            made = running.issue(name, credential(ids[name], credentialSubject=subject))
            assert made.status == 201
            assert running.verify(made.json()["verifiableCredential"], checks=["proof"]).status == 200
        assert running.issue("eddsa-rdfc-2022", credential("did:example:x", credentialSubject=subject)).status == 400
        said = running.stop()
    kept = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert kept
    assert not any(secret.encode() in one for one in (said, *kept))
    assert b'"event":"refused"' in said


def test_contexts_are_those_that_are_known(service, ids):
    stated = credential(ids["eddsa-rdfc-2022"])
    stated["@context"] = [V2, "https://attacker.example/context"]
    assert service.issue("eddsa-rdfc-2022", stated).codes == ["context_unknown"]
