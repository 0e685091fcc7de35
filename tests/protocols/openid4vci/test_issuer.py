"""What the issuer decides about a credential request."""

import pytest

from didkit_fr.encoding import json
from didkit_fr.errors import ProtocolError
from didkit_fr.keys import jwk
from didkit_fr.keys.software import generate
from didkit_fr.proofs.jose import jws
from didkit_fr.protocols.openid4vci.credential import parse_credential_request
from didkit_fr.protocols.openid4vci.issuer import ProofRules, check_proofs, check_request
from didkit_fr.protocols.openid4vci.metadata import IssuerMetadata, build_configuration
from didkit_fr.protocols.openid4vci.nonce import C_NONCE, check_nonce, issue_nonce
from didkit_fr.protocols.openid4vci.proof import TYP, build_proof

ISSUER, NOW, KEY = "https://i.example", 1_800_000_000, b"k" * 32
RULES = ProofRules(ISSUER, 3, KEY, 300)
PID = build_configuration(vct="urn:eudi:pid:fr:1", scope="pid", credential_metadata={})
METADATA = IssuerMetadata(
    credential_issuer=ISSUER,
    credential_endpoint=f"{ISSUER}/credential",
    nonce_endpoint=f"{ISSUER}/nonce",
    credential_configurations_supported={"pid": PID},
)
SIGNERS = [generate() for _ in range(4)]


def fresh():
    return issue_nonce(KEY, purpose=C_NONCE, now=NOW)


def proof(signer, nonce, **kwargs):
    return build_proof(signer, **{"audience": ISSUER, "nonce": nonce, "now": NOW, **kwargs})


def request(**members):
    members = {"credential_configuration_id": "pid", **members}
    return parse_credential_request(json.encode({name: value for name, value in members.items() if value is not None}))


def checked(proofs, rules=RULES, now=NOW):
    return check_proofs(request(proofs=proofs), PID, rules, now=now)


def refused(proofs, **kwargs):
    with pytest.raises(ProtocolError) as error:
        checked(proofs, **kwargs)
    return error.value.code


def test_a_request_for_what_we_have():
    found = check_request(request(), METADATA)
    assert (found.configuration_id, found.configuration) == ("pid", PID)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"credential_configuration_id": "other"}, "unknown_credential_configuration"),
        ({"credential_configuration_id": None, "credential_identifier": "pid"}, "unknown_credential_identifier"),
        ({"credential_response_encryption": {"jwk": {}, "enc": "A128GCM"}}, "invalid_encryption_parameters"),
    ],
)
def test_a_request_for_what_we_have_not(members, code):
    with pytest.raises(ProtocolError) as error:
        check_request(request(**members), METADATA)
    assert error.value.code == code


def test_a_batch():
    nonce = fresh()
    found = checked({"jwt": [proof(signer, nonce) for signer in SIGNERS[:3]]})
    assert found.keys == tuple(signer.public_key for signer in SIGNERS[:3])
    assert found.nonce == check_nonce(KEY, nonce, purpose=C_NONCE, now=NOW, max_age=300)


def test_the_shape_of_proofs():
    one = proof(SIGNERS[0], fresh())
    assert refused(None) == "invalid_proof"
    assert refused({}) == "invalid_proof"
    assert refused({"jwt": []}) == "invalid_proof"
    assert refused({"attestation": [one]}) == "invalid_proof"
    assert refused({"jwt": [one], "di_vp": []}) == "invalid_proof"
    assert refused({"jwt": [one, {}]}) == "invalid_proof"
    assert refused({"jwt": [one, "x"]}) == "invalid_proof"


def test_more_proofs_than_the_batch_size():
    nonce = fresh()
    assert refused({"jwt": [proof(signer, nonce) for signer in SIGNERS]}) == "invalid_proof"


def test_a_key_twice():
    nonce = fresh()
    assert refused({"jwt": [proof(SIGNERS[0], nonce), proof(SIGNERS[0], nonce, now=NOW - 1)]}) == "invalid_proof"


def test_one_wrong_proof_among_good_ones():
    nonce = fresh()
    good = proof(SIGNERS[0], nonce)
    for changed in ({"audience": "https://evil.example"}, {"now": NOW - 400}, {"nonce": None}):
        assert refused({"jwt": [good, proof(SIGNERS[1], **{"nonce": nonce, **changed})]}) == "invalid_proof"
    assert refused({"jwt": [good, good[:-4] + "AAAA"]}) == "invalid_proof"


def test_the_reason_stays_in_the_detail():
    header = {"jwk": {**jwk.build(SIGNERS[0].public_key), "d": "AAAA"}}
    raw = jws.sign({"aud": ISSUER, "iat": NOW, "nonce": fresh()}, SIGNERS[0], typ=TYP, header=header)
    with pytest.raises(ProtocolError) as error:
        checked({"jwt": [raw]})
    assert (error.value.code, error.value.detail) == ("invalid_proof", "jwk_private")


def test_nonces():
    assert refused({"jwt": [proof(SIGNERS[0], None)]}) == "invalid_proof"
    assert refused({"jwt": [proof(SIGNERS[0], "made-up")]}) == "invalid_nonce"
    assert refused({"jwt": [proof(SIGNERS[0], issue_nonce(b"x" * 32, purpose=C_NONCE, now=NOW))]}) == "invalid_nonce"
    assert refused({"jwt": [proof(SIGNERS[0], issue_nonce(KEY, purpose="other", now=NOW))]}) == "invalid_nonce"
    assert refused({"jwt": [proof(SIGNERS[0], issue_nonce(KEY, purpose=C_NONCE, now=NOW - 300))]}) == "invalid_nonce"
    assert refused({"jwt": [proof(SIGNERS[0], fresh()), proof(SIGNERS[1], fresh())]}) == "invalid_proof"


def test_a_configuration_without_jwt_proofs_takes_none():
    bare = PID.model_copy(update={"proof_types_supported": None})
    with pytest.raises(ProtocolError) as error:
        check_proofs(request(proofs={"jwt": [proof(SIGNERS[0], fresh())]}), bare, RULES, now=NOW)
    assert error.value.code == "invalid_proof"


def test_the_nonce_key_is_not_shown():
    assert "kkkk" not in repr(RULES)
