"""W3C documents in a small world: an issuer that is an anchor, a holder, an unknown issuer, and who judges."""

from didkit_fr.flow import offline, run
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import software
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.w3c.verify import ExpectedPresentation, W3cOptions, verify_credential, verify_presentation
from tests.nation import NOW

ISSUER, HOLDER, UNKNOWN = software.generate(), software.generate(), software.generate("Ed25519")
TYPE = "https://www.w3.org/ns/credentials/examples#ExampleCredential"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
STATUS = "https://issuer.example/status/1"
ALGORITHMS = frozenset({"ES256", "ES384", "EdDSA"})
POLICY = Policy(
    Anchors(
        (
            Anchor(
                "issuer",
                None,
                frozenset({"credential", "status"}),
                frozenset({TYPE, fields.CREDENTIAL_IRI}),
                did=fields.did_of(ISSUER.public_key),
            ),
        )
    ),
    algorithms=ALGORITHMS,
)


def did(signer):
    return fields.did_of(signer.public_key)


def credential(signer=ISSUER, **more):
    return {
        "@context": [fields.V2, EXAMPLES],
        "type": ["VerifiableCredential", "ExampleCredential"],
        "issuer": did(signer),
        "credentialSubject": {"id": did(HOLDER)},
        **more,
    }


def presentation(*credentials, **more):
    inner = {"verifiableCredential": list(credentials)} if credentials else {}
    return {"@context": [fields.V2], "type": ["VerifiablePresentation"], "holder": did(HOLDER), **inner, **more}


def secured(document, signer=ISSUER, **more):
    suite = "eddsa-rdfc-2022" if signer is UNKNOWN else "ecdsa-rdfc-2019"
    how = {"cryptosuite": suite, "verification_method": fields.method_of(signer.public_key), "created": NOW}
    return proof.sign(document, signer, **{**how, **more})


def presented(document, signer=HOLDER, **more):
    how = {"purpose": "authentication", "domain": "shop.example", "challenge": "c"}
    return secured(document, signer, **{**how, **more})


def verified(document, policy=POLICY, fetcher=offline, memory=None, **more):
    kept = Memory() if memory is None else memory
    return run(verify_credential(document, VerificationContext(policy, kept, NOW), W3cOptions(**more)), fetcher)


def asking(more):
    """What is asked of a presentation, and how it is judged: each thing goes where it has a name."""
    asked = {"domain": "shop.example", "challenge": "c", "holder_is_subject": True, **more}
    options = {name: asked.pop(name) for name in list(asked) if name not in ExpectedPresentation._fields}
    return ExpectedPresentation(**asked), W3cOptions(**options)


def read(document, policy=POLICY, fetcher=offline, **more):
    expected, options = asking(more)
    flow = verify_presentation(document, expected, VerificationContext(policy, Memory(), NOW), options)
    return run(flow, fetcher)
