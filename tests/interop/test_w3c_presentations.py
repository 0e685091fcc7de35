"""Whole W3C presentations against `openvc-core` (proofs) and `jwcrypto` (envelopes), in both directions."""

import json
import time

import pytest
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from openvc.errors import OpenvcError
from openvc.keys import Ed25519SigningKey, P256SigningKey
from openvc.proof.data_integrity import DataIntegrityProofSuite
from openvc.proof.di_ecdsa_rdfc import EcdsaRdfcProofSuite

from didkit_fr.credentials.presentation import ENVELOPED_PRESENTATION, build_envelope
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding import base64url
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.formats.w3c import fields, vc_integrity, vc_jose
from didkit_fr.keys import jwk, software
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.w3c.verify import ExpectedPresentation, verify_presentation

TERMS = Terms(KNOWN, inline=False)
ASKED = {"domain": "shop.example", "challenge": "once"}
EXPECTED = {"expected_domain": "shop.example", "expected_challenge": "once"}
SUITES = {
    "eddsa-rdfc-2022": (DataIntegrityProofSuite, Ed25519SigningKey, "Ed25519"),
    "ecdsa-rdfc-2019": (EcdsaRdfcProofSuite, P256SigningKey, "P-256"),
}


class Party:
    """Somebody with a key, its DID, and what the peer calls the same key."""

    def __init__(self, key_class, curve):
        self.signer = software.generate(curve)
        self.did, self.method = fields.did_of(self.signer.public_key), fields.method_of(self.signer.public_key)
        self.key = key_class(self.signer.private, self.method)
        self.jwk = JWK(**jwk.build(self.signer.public_key), d=base64url.encode(self.signer.secret()))


@pytest.fixture(params=SUITES)
def scene(request):
    suite, key_class, curve = SUITES[request.param]
    issuer, holder = Party(key_class, curve), Party(key_class, curve)
    credential = {
        "@context": [fields.V2],
        "type": ["VerifiableCredential"],
        "issuer": issuer.did,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": holder.did, "name": "Lefèvre"},
    }
    return request.param, suite(), issuer, holder, credential


def shell(holder, *credentials):
    return {
        "@context": [fields.V2],
        "type": ["VerifiablePresentation"],
        "holder": holder.did,
        "verifiableCredential": list(credentials),
    }


def our_verdict(shown, issuer, **asked):
    believed = frozenset({fields.CREDENTIAL_IRI})
    anchor = Anchor("issuer", None, frozenset({"credential"}), believed, did=issuer.did)
    policy = Policy(Anchors((anchor,)), algorithms=frozenset({"ES256", "EdDSA"}))
    answer = ExpectedPresentation(**(ASKED | asked), holder_is_subject=True)
    return run(verify_presentation(shown, answer, VerificationContext(policy, Memory(), int(time.time()))), offline)


def test_their_presentation_of_their_credential_is_believed_here(scene):
    _, suite, issuer, holder, credential = scene
    inner = suite.add_proof(credential, signing_key=issuer.key, verification_method=issuer.method)
    how = {"signing_key": holder.key, "verification_method": holder.method, "proof_purpose": "authentication"}
    shown = suite.add_proof(shell(holder, inner), **how, **ASKED)
    found = our_verdict(shown, issuer)
    assert (found.holder, [one.document for one in found.credentials]) == (holder.did, [credential])
    with pytest.raises(DidkitError):
        our_verdict(shown, issuer, challenge="twice")
    inner["credentialSubject"]["name"] = "Martin"
    with pytest.raises(DidkitError):
        our_verdict(suite.add_proof(shell(holder, inner), **how, **ASKED), issuer)


def test_our_presentation_of_our_credential_is_believed_there(scene):
    cryptosuite, suite, issuer, holder, credential = scene
    how = {"cryptosuite": cryptosuite, "created": int(time.time()), "terms": TERMS}
    inner = vc_integrity.sign(credential, issuer.signer, kind="vc", verification_method=issuer.method, **how)
    document = shell(holder, inner)
    shown = vc_integrity.sign(document, holder.signer, kind="vp", verification_method=holder.method, **how, **ASKED)
    suite.verify(shown, expected_proof_purpose="authentication", **EXPECTED)
    assert suite.verify(shown["verifiableCredential"][0]).issuer == issuer.did
    shown["verifiableCredential"][0]["credentialSubject"]["name"] = "Martin"
    for secured, more in (
        (shown["verifiableCredential"][0], {}),
        (shown, {"expected_proof_purpose": "authentication", **EXPECTED}),
    ):
        with pytest.raises(OpenvcError):
            suite.verify(secured, **more)


def test_an_enveloped_presentation_of_theirs_is_believed_here_and_ours_there(scene):
    _, _, issuer, holder, credential = scene
    algorithm = holder.signer.public_key.algorithm

    def theirs(document, party, kind):
        message = JWS(json.dumps(document))
        header = {"alg": algorithm, "typ": f"{kind}+jwt", "cty": kind, "kid": party.method}
        message.add_signature(party.jwk, alg=algorithm, protected=json.dumps(header))
        return message.serialize(compact=True)

    def ours(document, party, kind):
        return vc_jose.sign(document, party.signer, kind=kind, verification_method=party.method, terms=None)

    answer = {"aud": ASKED["domain"], "nonce": ASKED["challenge"], "iat": int(time.time())}
    for make in (theirs, ours):
        inner = build_envelope("application/vc+jwt", make(credential, issuer, "vc"))
        token = make({**shell(holder, inner), **answer}, holder, "vp")
        found = our_verdict(build_envelope("application/vp+jwt", token, kind=ENVELOPED_PRESENTATION), issuer)
        assert [one.document["credentialSubject"]["name"] for one in found.credentials] == ["Lefèvre"]
        message = JWS()
        message.deserialize(token, holder.jwk, alg=algorithm)
        assert json.loads(message.payload)["verifiableCredential"] == [inner]
