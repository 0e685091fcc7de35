"""W3C documents that cost what they can, and what may be spent on them."""

from didkit_fr.credentials.presentation import build_envelope
from didkit_fr.formats.w3c import fields, vc_jose
from didkit_fr.keys import software
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.w3c.verify import ExpectedPresentation
from tests.attacks.w3c_api import NOW, V2

SUITE = "ecdsa-jcs-2019"
SIGNER = software.generate("P-256")
DID, METHOD = fields.did_of(SIGNER.public_key), fields.method_of(SIGNER.public_key)
ANCHOR = Anchor("issuer", None, frozenset({"credential"}), frozenset({fields.CREDENTIAL_IRI}), did=DID)
POLICY = Policy(Anchors((ANCHOR,)))
OPEN = ExpectedPresentation(domain=None, challenge=None, holder_is_subject=False, unsigned=True)


def signed(document, proofs=1, **more):
    for _ in range(proofs):
        document = proof.sign(document, SIGNER, cryptosuite=SUITE, verification_method=METHOD, created=NOW, **more)
    return document


def enveloped(document):
    token = vc_jose.sign(document, SIGNER, kind="vc", verification_method=METHOD, terms=None)
    return build_envelope("application/vc+jwt", token)


def presentation(*credentials):
    return {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": list(credentials)}
