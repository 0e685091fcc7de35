"""The 120 documents of the W3C's test suite of data model 2.0, sent over HTTP as the suite sends them.

Credentials are issued and what was issued is verified; presentations are signed with a key of the suite's own, and
verified. To see that the verifier refuses by itself what the issuer would not sign, the documents that have to fail
are also signed by somebody who checks nothing.
"""

import json
import time

import pytest

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.presentation import build_envelope
from didkit_fr.credentials.terms import hoist
from didkit_fr.errors import DidkitError
from didkit_fr.formats.w3c import vc_jose
from didkit_fr.keys import multikey, software
from didkit_fr.proofs.data_integrity import proof
from tests.conformance_vectors.vcdm2 import DATES
from tests.issuer_service.vcalm.service import Running, found
from tests.vectors import vectors

pytestmark = [pytest.mark.slow, pytest.mark.end_to_end, pytest.mark.vectors]

# No proof over statements covers the direction of a text: only who signs text signs it.
DIRECTED, OF_TEXT = "language-direction", "eddsa-jcs-2022"
ISSUER, CHALLENGE, DOMAIN = "eddsa-rdfc-2022", "uAAECAwQFBgcICQoLDA0ODw", "suite.example"
SIGNER = software.generate("Ed25519")
NAME = multikey.build(SIGNER.public_key)
DID, METHOD = f"did:key:{NAME}", f"did:key:{NAME}#{NAME}"
HOLDER_OF_THE_SUITE = "did:key:z6MkpJySvETLnxhQG9DzEdmKJtysBDjuuTeDfUj1uNNCUqcj"


def documents(presentations):
    home = vectors("vcdm2") / "test-suite-input"
    found = sorted(path for path in home.rglob("*.json"))
    return [path for path in found if path.stem.startswith("presentation-") is presentations]


def due(path):
    return path.stem.endswith("-ok")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite") / "data"
    done, port = found(folder, "--dangerously-any-issuer")
    with Running(folder, port=port) as running:
        yield running, json.loads(done.stdout)["issuers"]


def filled(document, issuer):
    """As the suite sends it: with dates, and with the issuer's id where there is none."""
    document = {name: DATES.get(value, value) if isinstance(value, str) else value for name, value in document.items()}
    stated = document.get("issuer", issuer)
    if isinstance(stated, dict) and "id" not in stated:
        stated = {**stated, "id": issuer}
    return {**document, "issuer": stated}


def sign(document, **options):
    """Signed by somebody who checks nothing; None where there are no statements to sign."""
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    try:
        known, hoisted = hoist(unsecured, contexts())
        signed = proof.sign(
            hoisted,
            SIGNER,
            cryptosuite="eddsa-rdfc-2022",
            verification_method=METHOD,
            created=int(time.time()),
            contexts=known,
            **options,
        )
    except (DidkitError, TypeError, AttributeError, KeyError):
        return None
    return {**unsecured, "proof": signed["proof"]}


@pytest.mark.parametrize("path", documents(presentations=False), ids=lambda path: path.stem)
def test_a_credential_is_issued_and_verified_or_refused(world, path):
    running, ids = world
    stated = json.loads(path.read_text())
    issuer = OF_TEXT if DIRECTED in path.stem and due(path) else ISSUER
    document = stated if path.stem == "credential-no-issuer-fail" else filled(stated, ids[issuer])
    issued = running.issue(issuer, document)
    assert issued.status == (201 if due(path) else 400), issued.body
    if not due(path):
        assert issued.codes
        return
    made = issued.json()["verifiableCredential"]
    assert made["@context"] == document["@context"]
    verified = running.verify(made, "any", checks=["proof"])
    assert (verified.status, verified.json()["verified"]) == (200, True), verified.body


@pytest.mark.parametrize(
    "path", [one for one in documents(presentations=False) if DIRECTED in one.stem], ids=lambda p: p.stem
)
def test_a_direction_is_signed_by_no_proof_over_statements(world, path):
    running, ids = world
    refused = running.issue(ISSUER, filled(json.loads(path.read_text()), ids[ISSUER]))
    assert refused.status == 400
    assert refused.codes == ["jsonld_unsecured"] or not due(path)


@pytest.mark.parametrize("path", [one for one in documents(presentations=False) if not due(one)], ids=lambda p: p.stem)
def test_what_may_not_be_issued_is_not_believed_from_others(world, path):
    running, _ = world
    document = filled(json.loads(path.read_text()), DID)
    signed = sign(document) or {**document, "proof": sign(MINIMAL)["proof"]}
    if "proof" in document:
        signed["proof"] = [document["proof"], signed["proof"]]
    refused = running.verify(signed, "any", checks=["proof"])
    assert (refused.status, refused.json()["verified"]) == (400, False), refused.body


MINIMAL = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": DID,
    "credentialSubject": {"id": "did:example:subject"},
}


@pytest.mark.parametrize("path", documents(presentations=True), ids=lambda path: path.stem)
def test_a_presentation_is_verified_or_refused(world, path):
    running, _ = world
    document = json.loads(path.read_text().replace(HOLDER_OF_THE_SUITE, DID))
    listed = document.get("verifiableCredential", [])
    if path.stem == "presentation-enveloped-vc-ok":
        # The token in it is of nobody's key, has a `vc` claim, and a media type of drafts: one of ours takes its place.
        [old] = listed
        assert running.verify(old, "any").codes == ["format_unsupported"]
        token = vc_jose.sign(MINIMAL, SIGNER, kind="vc", verification_method=METHOD, terms=None)
        document["verifiableCredential"] = listed = [build_envelope("application/vc+jwt", token)]
    if isinstance(listed, list) and "self-asserted" not in path.stem:
        document["verifiableCredential"] = [
            sign({**one, "issuer": DID}) if isinstance(one, dict) and "credentialSubject" in one else one
            for one in listed
        ]
        if not listed:
            del document["verifiableCredential"]
    presentation = sign(document, purpose="authentication", challenge=CHALLENGE, domain=DOMAIN) or {
        **document,
        "proof": sign(MINIMAL, purpose="authentication", challenge=CHALLENGE, domain=DOMAIN)["proof"],
    }
    verified = running.verify_presentation(presentation, "any", challenge=CHALLENGE, domain=DOMAIN, checks=["proof"])
    assert verified.status == (200 if due(path) else 400), verified.body
    assert verified.json()["verified"] is due(path)
