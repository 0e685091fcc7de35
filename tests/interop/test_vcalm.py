"""What the W3C API issues, over HTTP, against the PyPI package `openvc-core`, and what that signs against the API."""

import json
from copy import deepcopy

import pytest
from openvc.errors import OpenvcError
from openvc.keys import Ed25519SigningKey
from openvc.proof.data_integrity import DataIntegrityProofSuite
from openvc.proof.di_ecdsa_rdfc import EcdsaRdfcProofSuite
from openvc.proof.di_jcs import EcdsaJcsProofSuite, EddsaJcsProofSuite
from openvc.proof.ecdsa_sd import EcdsaSdProofSuite

from didkit_fr.keys import multikey, software
from tests.issuer_service.vcalm.service import Running, credential, found

pytestmark = [pytest.mark.slow, pytest.mark.end_to_end]

SUITES = {
    "eddsa-rdfc-2022": DataIntegrityProofSuite,
    "eddsa-jcs-2022": EddsaJcsProofSuite,
    "ecdsa-rdfc-2019-p256": EcdsaRdfcProofSuite,
    "ecdsa-rdfc-2019-p384": EcdsaRdfcProofSuite,
    "ecdsa-jcs-2019-p256": EcdsaJcsProofSuite,
    "ecdsa-jcs-2019-p384": EcdsaJcsProofSuite,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("openvc") / "data"
    done, port = found(folder, "--dangerously-any-issuer")
    with Running(folder, port=port) as running:
        yield running, json.loads(done.stdout)["issuers"]


@pytest.mark.parametrize("name", SUITES)
def test_theirs_verifies_what_the_api_issues(world, name):
    running, ids = world
    made = running.issue(name, credential(ids[name])).json()["verifiableCredential"]
    assert SUITES[name]().verify(made).issuer == ids[name]
    forged = deepcopy(made)
    forged["credentialSubject"]["name"] = "Mallory"
    with pytest.raises(OpenvcError):
        SUITES[name]().verify(forged)


def test_theirs_verifies_what_the_api_derives(world):
    running, ids = world
    stated = credential(ids["ecdsa-sd-2023"], validUntil="2999-01-01T00:00:00Z")
    made = running.issue("ecdsa-sd-2023", stated).json()["verifiableCredential"]
    derived = running.derive(made, "/credentialSubject/name").json()
    assert EcdsaSdProofSuite().verify(derived).issuer == ids["ecdsa-sd-2023"]
    derived["credentialSubject"]["name"] = "Mallory"
    with pytest.raises(OpenvcError):
        EcdsaSdProofSuite().verify(derived)


def test_the_api_verifies_what_theirs_signs(world):
    running, _ = world
    signer = software.generate("Ed25519")
    name = multikey.build(signer.public_key)
    did = f"did:key:{name}"
    method = f"{did}#{name}"
    made = DataIntegrityProofSuite().add_proof(
        credential(did, validFrom="2026-01-01T00:00:00Z"),
        signing_key=Ed25519SigningKey(signer.private, method),
        verification_method=method,
    )
    assert running.verify(made, "any").status == 200
    assert running.verify(made).codes == ["issuer_unknown"]
    made["validFrom"] = "2025-01-01T00:00:00Z"
    assert running.verify(made, "any").codes == ["signature_invalid"]
