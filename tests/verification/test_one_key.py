"""A credential of several types has one signer: its key is the same for each type that the signer is believed for."""

from dataclasses import replace

import pytest

from didkit_fr.credentials.presentation import Envelope
from didkit_fr.encoding import json
from didkit_fr.flow import Response
from didkit_fr.keys import jwk, software
from didkit_fr.proofs.jose import jws
from didkit_fr.trust.anchors import Anchor, Anchors
from tests.refused import refused
from tests.w3c_documents import POLICY, TYPE, credential, verified

DID = "did:web:issuer.example"
METHOD = f"{DID}#key"
OTHER_TYPE = "https://www.w3.org/ns/credentials/examples#AlumniCredential"
ANCHOR = Anchor("issuer", None, frozenset({"credential"}), frozenset({TYPE, OTHER_TYPE}), did=DID)
BELIEVED = replace(POLICY, anchors=Anchors((ANCHOR,)))
FIRST, SECOND = software.generate(), software.generate()


def documents(*signers):
    """A web in which the DID's document is another one each time, and may not be remembered."""
    answers = [
        json.encode(
            {
                "@context": ["https://www.w3.org/ns/did/v1"],
                "id": DID,
                "verificationMethod": [
                    {"id": METHOD, "type": "JsonWebKey", "controller": DID, "publicKeyJwk": jwk.build(one.public_key)}
                ],
                "assertionMethod": [METHOD],
            }
        )
        for one in signers
    ]
    headers = {"content-type": "application/did", "cache-control": "max-age=0"}
    return lambda batch: [Response(200, answers.pop(0), headers) for _ in batch]


def token(signer):
    document = {**credential(type=["VerifiableCredential", "ExampleCredential", "AlumniCredential"]), "issuer": DID}
    return Envelope("application/vc+jwt", jws.sign(document, signer, typ="vc+jwt", header={"kid": METHOD}).encode())


def test_a_signer_whose_key_stays_the_same_is_believed_for_both_types():
    assert verified(token(FIRST), BELIEVED, documents(FIRST, FIRST)).issuer == DID


@pytest.mark.parametrize("signer", [FIRST, SECOND])
def test_a_signer_that_has_another_key_for_the_other_type_is_refused(signer):
    with refused("issuer_mismatch"):
        verified(token(signer), BELIEVED, documents(FIRST, SECOND))
