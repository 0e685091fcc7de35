"""ML-DSA is accepted where a policy names it, and nowhere else: each kind of signed document, each role."""

from base64 import b64encode
from dataclasses import replace
from functools import cache

import pytest

from didkit_fr.flow import Response, offline, run
from didkit_fr.formats import FORMATS
from didkit_fr.formats.occasion import Occasion
from didkit_fr.formats.w3c import fields, vc_cose, vc_jose
from didkit_fr.keys import software, x509
from didkit_fr.keys.algorithms import JOSE_NAMES, KNOWN
from didkit_fr.proofs.claimed_signer import read_jose
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES as KNOWN_SUITES
from didkit_fr.proofs.jose import jws
from didkit_fr.protocols.openid4vci.proof import build_proof, verify_proof
from didkit_fr.protocols.openid4vp import wallet
from didkit_fr.protocols.openid4vp.client_id import HAIP
from didkit_fr.relying_party import MemoryTransactions, Query, Verifier
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.trust.path import verify_path
from didkit_fr.trust.revocation import build_list, build_next_list
from didkit_fr.verification import policy as policies
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.authenticate import authenticate_jwt
from didkit_fr.verification.signers.key import find_key
from didkit_fr.verification.verify import verify
from didkit_fr.verification.w3c.verify import verify_credential
from tests.nation import CREDENTIAL_PURPOSE, DAY, NOW, READER_PURPOSE, VCT, Web, nation
from tests.refused import refusal

NAME = "ML-DSA-44"
NAMED, OTHER = frozenset({"ES256", NAME}), frozenset({"ES256", "ML-DSA-65", "ML-DSA-87"})
SIGNER, HOLDER, READER, ROOT_SIGNER = (software.generate(NAME) for _ in range(4))
ROOT = x509.issue_root(ROOT_SIGNER, name="France root", country="FR", now=NOW - DAY, days=365)


def leaf(key, root_signer=None, root=None, purpose=CREDENTIAL_PURPOSE):
    return x509.issue_leaf(
        root_signer or nation().root_signer,
        root or nation().root,
        key.public_key,
        name="Signataire",
        country="FR",
        now=NOW - DAY,
        days=30,
        purposes=[purpose],
    )


@cache
def signed_by_ml_dsa():
    """A state whose document signer has a key of ML-DSA, certified by a root on P-256."""
    return replace(nation(), signer=SIGNER, leaf=leaf(SIGNER))


@cache
def rooted_in_ml_dsa():
    """A state whose root has a key of ML-DSA; its document signer is on P-256."""
    certificate = leaf(nation().signer, ROOT_SIGNER, ROOT)
    return replace(nation(), root_signer=ROOT_SIGNER, root=ROOT, leaf=certificate)


def judged(state, algorithms=None, *, holder=None, web=None):
    state = state if holder is None else replace(state, holder=holder)
    check = Occasion("n", "a")
    raw = FORMATS["dc+sd-jwt"].present(state.credential(), [("age_over_18",)], state.holder, check, now=NOW)
    rules = state.policy if algorithms is None else replace(state.policy, algorithms=algorithms)
    flow = verify(raw, VerificationContext(rules, Memory(), NOW), format="dc+sd-jwt", nonce="n", audience="a")
    return run(flow, web or state.web())


def test_nothing_that_is_a_default_names_it():
    names = {name for row in KNOWN.rows if row.must_be_named for name in row.jose}
    assert names == {"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"} <= JOSE_NAMES
    assert Policy(Anchors(())).algorithms == {"ES256"}
    allowed = Policy(Anchors(())).cryptosuites | policies.CRYPTOSUITES | policies.EXPERIMENTAL
    assert not {name for name in allowed if "mldsa" in name}
    assert {"mldsa44-rdfc-2024", "mldsa44-jcs-2024"} <= KNOWN_SUITES.keys()


@pytest.mark.parametrize("state", [signed_by_ml_dsa, rooted_in_ml_dsa])
def test_the_issuer_of_a_credential(state):
    assert refusal(lambda: judged(state())) == "certificate_profile"
    assert refusal(lambda: judged(state(), OTHER)) == "certificate_profile"
    assert judged(state(), NAMED).claims["age_over_18"] is True


def test_the_holder_of_a_credential():
    assert refusal(lambda: judged(nation(), holder=HOLDER)) == "algorithm_refused"
    assert refusal(lambda: judged(nation(), OTHER, holder=HOLDER)) == "algorithm_refused"
    assert judged(nation(), NAMED, holder=HOLDER).holder == HOLDER.public_key


def test_a_status_list():
    web = Web({"https://issuer.example/status/1": signed_by_ml_dsa().status_list().encode()})
    assert refusal(lambda: judged(nation(), web=web)) == "algorithm_refused"
    assert refusal(lambda: judged(nation(), OTHER, web=web)) == "algorithm_refused"
    assert judged(nation(), NAMED, web=web).checks["status"] == "valid"


@pytest.mark.parametrize(
    ("root_signer", "root", "key"),
    [
        (nation().root_signer, nation().root, SIGNER),
        (ROOT_SIGNER, ROOT, nation().signer),
        (ROOT_SIGNER, ROOT, SIGNER),
    ],
    ids=["signer", "root", "both"],
)
def test_a_path_of_certificates(root_signer, root, key):
    chain = [leaf(key, root_signer, root)]
    anchor = Anchor("France", root, frozenset({"credential"}), frozenset({VCT}))

    def path(**named):
        return verify_path(chain, [anchor], now=NOW, purpose="credential", **named)

    assert refusal(path) == "certificate_profile"
    for algorithms in ((), {"ES256"}, OTHER):
        assert refusal(lambda algorithms=algorithms: path(algorithms=algorithms)) == "certificate_profile"
    assert path(algorithms=NAMED).key == key.public_key
    assert path(algorithms={NAME}).key == key.public_key


def test_a_forged_certificate_of_it():
    forger = software.generate(NAME)
    root = x509.issue_root(forger, name="France root", country="FR", now=NOW - DAY, days=365)
    anchor = Anchor("France", ROOT, frozenset({"credential"}), frozenset({VCT}))
    chain = [leaf(nation().signer, forger, root)]
    call = lambda: verify_path(chain, [anchor], now=NOW, purpose="credential", algorithms=NAMED)  # noqa: E731
    assert refusal(call) == "issuer_unknown"


def test_what_its_root_withdrew():
    certificate = leaf(nation().signer, ROOT_SIGNER, ROOT)
    anchor = Anchor("France", ROOT, frozenset({"credential"}), frozenset({VCT}))

    def path(listed):
        return verify_path(
            [certificate], [replace(anchor, revocation=listed)], now=NOW, purpose="credential", algorithms=NAMED
        )

    made = {"now": NOW - 60, "days": 2}
    empty = build_list(ROOT_SIGNER, ROOT, **made)
    assert path(empty).valid_until == NOW - 60 + 2 * DAY - 1
    withdrawn = build_list(ROOT_SIGNER, ROOT, **made, withdrawn=[certificate.serial_number])
    assert refusal(lambda: path(withdrawn)) == "certificate_revoked"
    assert refusal(lambda: path(build_next_list(ROOT_SIGNER, ROOT, withdrawn, **made))) == "certificate_revoked"
    forged = empty[:-1] + bytes([empty[-1] ^ 1])
    assert refusal(lambda: path(forged)) == "certificate_revocation_unknown"


def test_a_signer_by_its_did():
    did = fields.did_of(SIGNER.public_key)
    anchor = Anchor("issuer", None, frozenset({"credential"}), frozenset({VCT}), did=did)
    raw = jws.sign({}, SIGNER, typ="test", header={"kid": fields.method_of(SIGNER.public_key)})
    rules = Policy(Anchors((anchor,)))

    def authenticated(policy):
        flow = authenticate_jwt(raw, VerificationContext(policy, Memory(), NOW), role="credential", typ="test")
        return run(flow, offline)

    assert refusal(lambda: authenticated(rules)) == "algorithm_refused"
    assert authenticated(replace(rules, algorithms=NAMED)).path.key == SIGNER.public_key
    asked = {"context": VerificationContext(rules, Memory(), NOW), "role": "credential", "type_": VCT}
    assert (
        run(find_key(read_jose(jws.parse(raw).unverified_header, lambda: None), **asked), offline).path.key
        == SIGNER.public_key
    )


def test_a_request_for_a_presentation():
    certificate = leaf(READER, nation().access_signer, nation().access_root, READER_PURPOSE)
    party = Verifier(READER, [certificate], nation().policy, MemoryTransactions(), nation().web())
    uris = {"request_uri": "https://bar.example/r/{id}", "response_uri": "https://bar.example/response"}
    transaction = party.request(Query(VCT, [["age_over_18"]]), now=NOW, **uris)

    class Site:
        def __call__(self, batch):
            names = [one.url.rsplit("/", 1)[1] for one in batch]
            return [Response(200, party.request_object(name, now=NOW).encode()) for name in names]

    def fetched(policy):
        flow = wallet.fetch_request(transaction.link, VerificationContext(policy, Memory(), NOW), rules=HAIP)
        return run(flow, Site())

    assert refusal(lambda: fetched(nation().policy)) == "algorithm_refused"
    assert refusal(lambda: fetched(replace(nation().policy, algorithms=OTHER))) == "algorithm_refused"
    assert fetched(replace(nation().policy, algorithms=NAMED)).verifier_name == "Signataire, FR"


def test_a_proof_of_possession_to_an_issuer():
    raw = build_proof(HOLDER, audience="https://i.example", nonce="n", now=NOW)
    check = {"audience": "https://i.example", "now": NOW}
    assert refusal(lambda: verify_proof(raw, algorithms={"ES256"}, **check)) == "algorithm_refused"
    assert verify_proof(raw, algorithms=NAMED, **check).key == HOLDER.public_key


TYPE = "https://www.w3.org/ns/credentials/examples#ExampleCredential"
DID = fields.did_of(SIGNER.public_key)
CREDENTIAL = {
    "@context": [fields.V2, "https://www.w3.org/ns/credentials/examples/v2"],
    "type": ["VerifiableCredential", "ExampleCredential"],
    "issuer": DID,
    "credentialSubject": {"id": "urn:example:subject"},
}
W3C = Policy(
    Anchors((Anchor("issuer", None, frozenset({"credential"}), frozenset({TYPE, fields.CREDENTIAL_IRI}), did=DID),))
)


def believed(document, policy):
    return run(verify_credential(document, VerificationContext(policy, Memory(), NOW)), offline)


@pytest.mark.parametrize("suite", ["mldsa44-rdfc-2024", "mldsa44-jcs-2024"])
def test_a_data_integrity_proof(suite):
    method = fields.method_of(SIGNER.public_key)
    document = proof.sign(CREDENTIAL, SIGNER, cryptosuite=suite, verification_method=method, created=NOW)
    suites = W3C.cryptosuites | {suite}
    assert refusal(lambda: believed(document, W3C)) == "algorithm_refused"
    assert refusal(lambda: believed(document, replace(W3C, algorithms=NAMED))) == "cryptosuite_refused"
    assert refusal(lambda: believed(document, replace(W3C, cryptosuites=suites))) == "algorithm_refused"
    assert believed(document, replace(W3C, cryptosuites=suites, algorithms=NAMED)).document == CREDENTIAL


@pytest.mark.parametrize("form", [vc_jose, vc_cose])
def test_an_envelope(form):
    raw = form.sign(CREDENTIAL, SIGNER, kind="vc", verification_method=fields.method_of(SIGNER.public_key), terms=None)
    data = f",{raw}" if isinstance(raw, str) else f";base64,{b64encode(raw).decode()}"
    enveloped = {
        "@context": [fields.V2],
        "type": ["EnvelopedVerifiableCredential"],
        "id": f"data:{form.media_type('vc')}{data}",
    }
    assert refusal(lambda: believed(enveloped, W3C)) == "algorithm_refused"
    assert believed(enveloped, replace(W3C, algorithms=NAMED)).issuer == DID
