import pytest

from didkit_fr.did import jwk as did_jwk
from didkit_fr.did import key as did_key
from didkit_fr.errors import DidkitError, FetchError
from didkit_fr.flow import offline, run
from didkit_fr.keys import bbs, multikey, software
from didkit_fr.proofs.data_integrity import bbs_2023, options, proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.integrity_keys import find_holder_keys, find_issuer_keys
from tests.nation import NOW, Web
from tests.refused import refusal

TYPE = "urn:example:title"
SIGNERS = {name: software.generate() for name in ("issuer", "witness", "unknown")}
WEB = "did:web:issuer.example"
DIDS = {name: f"did:key:{multikey.build(signer.public_key)}" for name, signer in SIGNERS.items()}
METHODS = {name: f"{did}#{did.removeprefix('did:key:')}" for name, did in DIDS.items()}


def policy(*dids, role="credential"):
    types = frozenset({TYPE} if role == "credential" else ())
    return Policy(Anchors(tuple(Anchor(did, None, frozenset({role}), types, did=did) for did in dids)))


def secured(*methods, issuer=DIDS["issuer"], **more):
    document = {"issuer": issuer, "name": "title"}
    for name, method in methods:
        document = proof.sign(
            document,
            SIGNERS[name],
            cryptosuite="ecdsa-jcs-2019",
            verification_method=method,
            created=NOW,
            **more,
        )
    return proof.parse(document)


def found(unverified, rules, fetcher=offline, type_=TYPE):
    context = VerificationContext(rules, Memory(), NOW)
    flow = find_issuer_keys(unverified, context, role="credential", types=lambda: (type_,))
    return run(flow, fetcher).keys


@pytest.mark.parametrize("issuer", [DIDS["issuer"], {"id": DIDS["issuer"], "name": "Issuer"}])
def test_an_issuer_signs_by_its_did_without_any_request(issuer):
    unverified = secured(("issuer", METHODS["issuer"]), issuer=issuer)
    paths = found(unverified, policy(DIDS["issuer"]))
    keys = {method: path.key for method, path in paths.items()}
    checks = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
    proof.verify(unverified, keys, cryptosuites=["ecdsa-jcs-2019"], **checks)
    assert keys == {METHODS["issuer"]: SIGNERS["issuer"].public_key}


def test_all_signers_are_admitted_and_one_is_the_issuer():
    both = secured(("issuer", METHODS["issuer"]), ("witness", METHODS["witness"]))
    assert found(both, policy(DIDS["issuer"], DIDS["witness"])).keys() == {METHODS["issuer"], METHODS["witness"]}
    assert refusal(lambda: found(both, policy(DIDS["issuer"]))) == "issuer_unknown"
    witness = secured(("witness", METHODS["witness"]))
    assert refusal(lambda: found(witness, policy(DIDS["issuer"], DIDS["witness"]))) == "issuer_mismatch"


def test_a_known_issuer_of_other_types_is_told_from_an_unknown_party():
    unverified = secured(("issuer", METHODS["issuer"]))
    assert (
        refusal(lambda: found(unverified, policy(DIDS["issuer"]), type_="urn:example:other")) == "issuer_not_for_type"
    )


@pytest.mark.parametrize("method", ["https://issuer.example/keys#1", "issuer", "#key"])
def test_a_method_that_is_no_did_url_is_nobodys(method):
    unverified = secured(("issuer", method))
    assert refusal(lambda: found(unverified, policy(DIDS["issuer"]))) == "issuer_unknown"


@pytest.mark.guarantee("G10")
def test_an_unknown_party_causes_no_request_and_an_anchor_one():
    web = Web({})
    unverified = secured(("issuer", f"{WEB}#key"), issuer=WEB)
    assert refusal(lambda: found(unverified, policy(DIDS["issuer"]), web)) == "issuer_unknown"
    assert not web.asked
    with pytest.raises((FetchError, DidkitError)):
        found(unverified, policy(WEB), web)
    assert len(web.asked) == 1


@pytest.mark.parametrize("issuer", [None, 7, [], {}, {"id": None}])
def test_a_document_without_issuer_is_nobodys(issuer):
    unverified = secured(("issuer", METHODS["issuer"]))._replace(unverified_document={"issuer": issuer})
    assert refusal(lambda: found(unverified, policy(DIDS["issuer"]))) == "issuer_mismatch"


def test_a_holder_signs_by_a_did_that_is_its_own_document():
    did = did_jwk.build(SIGNERS["unknown"].public_key)
    methods = [METHODS["issuer"], f"{did}#0"]
    unverified = secured(("issuer", methods[0]), ("unknown", methods[1]), purpose="authentication")
    keys = run(find_holder_keys(unverified, purpose="authentication", now=NOW), offline)
    checks = {"purpose": "authentication", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
    assert len(proof.verify(unverified, keys, cryptosuites=["ecdsa-jcs-2019"], **checks).proofs) == 2


@pytest.mark.parametrize(
    ("method", "code"),
    [
        (f"{WEB}#key", "did_method_unsupported"),
        (f"{DIDS['issuer']}#other", "verification_method_unknown"),
        ("https://holder.example/keys", "did_url_invalid"),
    ],
)
def test_a_holder_causes_no_request(method, code):
    unverified = secured(("issuer", method))
    flow = find_holder_keys(unverified, purpose="authentication", now=NOW)
    assert refusal(lambda: run(flow, offline)) == code


# --- BBS keys

BBS_SIGNER = bbs.generate()
BBS_DID = did_key.build(BBS_SIGNER.public_key)
BBS_METHOD = f"{BBS_DID}#{multikey.build_bbs(BBS_SIGNER.public_key)}"


def shown(*, method=BBS_METHOD):
    context, type_ = "https://www.w3.org/ns/credentials/v2", "VerifiableCredential"
    document = {"@context": context, "type": type_, "issuer": BBS_DID, "name": "title"}
    stated = options.build_options(
        cryptosuite=bbs_2023.NAME, verification_method=method, purpose="assertionMethod", created=NOW
    )
    base = bbs_2023.sign_base(document, BBS_SIGNER, stated, mandatory=["/issuer"])
    return proof.parse(bbs_2023.derive(base, ["/name"], presentation_header=b"here"))


def test_a_bbs_key_is_found_by_the_did_of_an_anchor():
    unverified = shown()
    keys = {method: path.key for method, path in found(unverified, policy(BBS_DID)).items()}
    assert keys == {BBS_METHOD: BBS_SIGNER.public_key}
    suites = {**CRYPTOSUITES, bbs_2023.NAME: bbs_2023.bbs_2023(presentation_header=b"here")}
    checks = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
    proof.verify(unverified, keys, cryptosuites=[bbs_2023.NAME], suites=suites, **checks)
    assert refusal(lambda: found(unverified, policy(DIDS["issuer"]))) == "issuer_unknown"
    assert refusal(lambda: found(unverified, policy(BBS_DID), type_="urn:example:other")) == "issuer_not_for_type"


def test_a_key_of_another_kind_makes_no_bbs_proof():
    unverified = shown(method=METHODS["issuer"])._replace(unverified_document={"issuer": DIDS["issuer"]})
    assert refusal(lambda: found(unverified, policy(DIDS["issuer"]))) == "key_unsupported"
    # A status list, or anything else that asks for keys of JOSE algorithms, allows none of BBS.
    assert BBS_SIGNER.public_key.algorithm not in policy(BBS_DID).algorithms
