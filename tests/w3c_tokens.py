"""W3C credentials of data model 1.1 as JWT, and presentations of them, with any claims; and who judges them."""

from didkit_fr.flow import offline, run
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import software
from didkit_fr.proofs.jose import jws
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify
from tests.nation import NOW

ISSUER, HOLDER = software.generate(), software.generate()
NONCE, AUDIENCE = "nonce", "x509_hash:shop"
POLICY = Policy(
    Anchors(
        (
            Anchor(
                "issuer",
                None,
                frozenset({"credential"}),
                frozenset({fields.CREDENTIAL_IRI}),
                did=fields.did_of(ISSUER.public_key),
            ),
        )
    )
)


def token(**claims):
    """A credential, of whose token some claims are these; None removes one."""
    did = fields.did_of(ISSUER.public_key)
    document = {
        "@context": [fields.V1],
        "type": ["VerifiableCredential"],
        "issuer": did,
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": fields.did_of(HOLDER.public_key)},
    }
    return _signed({"iss": did, "vc": document, **claims}, ISSUER)


def shown(raw=None, *, signer=HOLDER, members=None, **claims):
    """A presentation; `members` are some of the presentation itself, `claims` some of its token."""
    did = fields.did_of(HOLDER.public_key)
    inner = [token() if raw is None else raw]
    presentation = {"@context": [fields.V1], "type": ["VerifiablePresentation"], "verifiableCredential": inner}
    stated = {"iss": did, "aud": AUDIENCE, "nonce": NONCE, "iat": NOW, "vp": presentation | (members or {})}
    return _signed(stated | claims, signer)


def judge(raw, **changes):
    """A relying party's decision."""
    how = {"nonce": NONCE, "audience": AUDIENCE, **changes}
    return run(verify(raw, VerificationContext(POLICY, Memory(), NOW), format="jwt_vc_json", **how), offline)


def _signed(claims, signer):
    kept = {name: value for name, value in claims.items() if value is not None}
    return jws.sign(kept, signer, typ="JWT", header={"kid": fields.method_of(signer.public_key)})
