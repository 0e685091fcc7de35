"""Who a document claims signed it is one value, and no other member can speak for another issuer."""

from functools import cache

import pytest

from didkit_fr.keys import software, x509
from didkit_fr.proofs import claimed_signer
from didkit_fr.proofs.claimed_signer import BbsDidUrl, DidUrl, IssuerKeyId, X5c
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.data_integrity.options import parse_proof
from tests.refused import refusal

SIGNER = software.generate()
NOW = 1_800_000_000
DID = "did:web:issuer.example"
ISSUER = "https://issuer.example"


@cache
def chain():
    root = x509.issue_root(SIGNER, name="Root", country="FR", now=NOW, days=10)
    leaf = x509.issue_leaf(SIGNER, root, SIGNER.public_key, name="Leaf", country="FR", now=NOW, days=1, purposes=())
    return leaf, root


def read(header, issuer=None):
    return claimed_signer.read_jose(header, lambda: issuer)


def message(header=None, unprotected=None):
    return cose.parse_sign1(cose.sign1(b"x", SIGNER, typ=None, header=header, unprotected=unprotected))


def proof(method, cryptosuite="ecdsa-rdfc-2019"):
    stated = {"type": "DataIntegrityProof", "cryptosuite": cryptosuite, "proofPurpose": "assertionMethod"}
    return parse_proof({**stated, "verificationMethod": method, "proofValue": "z1"})


def test_certificates_come_first_and_then_nobody_is_asked_for_an_issuer():
    def issuer():
        pytest.fail("the payload need not be parsed")

    ders = tuple(map(x509.der, chain()))
    header = {"alg": "ES256", "x5c": x509.build_x5c(chain()), "kid": f"{DID}#key-1"}
    assert claimed_signer.read_jose(header, issuer) == X5c(ders)
    carried = message({cose.KID: f"{DID}#key-1".encode()}, {cose.X5CHAIN: cose.build_x5chain(chain())})
    assert claimed_signer.read_cose(carried, issuer) == X5c(ders) == claimed_signer.read_x5chain(carried)


@pytest.mark.parametrize("x5c", [None, "text", {}, [1], ["AA==", None]])
def test_a_chain_that_is_no_list_of_texts_names_nobody(x5c):
    assert refusal(read, {"x5c": x5c, "kid": f"{DID}#key-1"}, DID) == "issuer_unknown"


@pytest.mark.parametrize("x5c", [[], ["AA=="] * 6, ["A"], ["é"]])
def test_a_chain_that_cannot_be_decoded_is_malformed(x5c):
    assert refusal(read, {"x5c": x5c}) == "x5c_malformed"


@pytest.mark.parametrize(
    ("kid", "issuer", "expected"),
    [
        (f"{DID}#key-1", None, DidUrl(f"{DID}#key-1")),
        (f"{DID}#key-1", DID, DidUrl(f"{DID}#key-1")),
        ("#key-1", DID, DidUrl(f"{DID}#key-1")),
        ("key-1", ISSUER, IssuerKeyId(ISSUER, "key-1", "ES256")),
        ("#key-1", ISSUER, IssuerKeyId(ISSUER, f"{ISSUER}#key-1", "ES256")),
        (None, ISSUER, IssuerKeyId(ISSUER, None, "ES256")),
        (None, DID, IssuerKeyId(DID, None, "ES256")),
        ("", ISSUER, IssuerKeyId(ISSUER, "", "ES256")),
    ],
)
def test_a_key_is_named_in_one_way(kid, issuer, expected):
    header = {"alg": "ES256", **({} if kid is None else {"kid": kid})}
    assert read(header, issuer) == expected
    carried = message(None if kid is None else {cose.KID: kid.encode()})
    assert claimed_signer.read_cose(carried, lambda: issuer) == expected


@pytest.mark.parametrize("issuer", ["did:web:other.example", ISSUER, "", 5, [DID], {"id": DID}, f"{DID}#key-1"])
def test_a_key_of_one_issuer_and_the_name_of_another_are_refused(issuer):
    assert refusal(read, {"alg": "ES256", "kid": f"{DID}#key-1"}, issuer) == "issuer_mismatch"
    carried = message({cose.KID: f"{DID}#key-1".encode()})
    assert refusal(claimed_signer.read_cose, carried, lambda: issuer) == "issuer_mismatch"


@pytest.mark.parametrize(("kid", "issuer"), [(None, None), ("key-1", None), (None, 5), (5, None), (5, ISSUER)])
def test_whoever_names_nobody_is_unknown(kid, issuer):
    assert refusal(read, {"alg": "ES256", "kid": kid}, issuer) == "issuer_unknown"


def test_only_certificates_speak_for_a_document_of_iso():
    assert refusal(claimed_signer.read_x5chain, message({cose.KID: f"{DID}#key-1".encode()})) == "issuer_unknown"


def test_a_proof_names_a_verification_method_of_its_kind():
    assert claimed_signer.read_proof(proof(f"{DID}#key-1")) == DidUrl(f"{DID}#key-1")
    bbs = claimed_signer.read_proof(proof(f"{DID}#key-1", "bbs-2023"))
    assert bbs == BbsDidUrl(f"{DID}#key-1") != DidUrl(f"{DID}#key-1")
    assert claimed_signer.did_of(bbs) == DID
    assert refusal(claimed_signer.read_proof, proof(f"{ISSUER}#key-1")) == "issuer_unknown"
    assert refusal(claimed_signer.read_proof, proof("#key-1")) == "issuer_unknown"
