"""Verification in the process, with a network of the test's own: whose documents are asked for, and what they say."""

import json

import pytest

from didkit_fr.did import jwk as did_jwk
from didkit_fr.errors import DidkitError, FetchError
from didkit_fr.flow import Response, run
from didkit_fr.formats.w3c import vc_jose
from didkit_fr.keys import multikey, software
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.status.bitstring import MIN_ENTRIES, build_entries, build_list
from issuer_service.vcalm.requests import CHECKS
from issuer_service.vcalm.trust import DANGEROUSLY_ACCEPT_ANY_ISSUER
from issuer_service.vcalm.verifying import VerifierOptions, check_credential, notices

NOW = 1_790_000_000
V2 = "https://www.w3.org/ns/credentials/v2"
WEB = "did:web:issuer.example"
SIGNER, OTHER = software.generate("P-256"), software.generate("P-256")
LIST = "https://issuer.example/status/1"


def did_document(did=WEB, signer=SIGNER, **more):
    method = {
        "id": f"{did}#key",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multikey.build(signer.public_key),
    }
    return {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": did,
        "verificationMethod": [method],
        "assertionMethod": [method["id"]],
        **more,
    }


def credential(issuer=WEB, **more):
    return {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "credentialSubject": {"id": "did:example:a", "name": "A"},
        **more,
    }


def signed(document, signer=SIGNER, method=f"{WEB}#key", cryptosuite="ecdsa-rdfc-2019"):
    return proof.sign(document, signer, cryptosuite=cryptosuite, verification_method=method, created=NOW)


class Network:
    """Answers by address, and remembers who was asked."""

    def __init__(self, **more):
        documents = {"https://issuer.example/.well-known/did.json": did_document(), **more}
        self.bodies = {
            url: one if isinstance(one, bytes) else json.dumps(one).encode() for url, one in documents.items()
        }
        self.asked = []

    def __call__(self, batch):
        self.asked += [request.url for request in batch]
        return [
            Response(200, self.bodies[one.url], {}) if one.url in self.bodies else FetchError("fetch_failed")
            for one in batch
        ]


def verdict(document, network, issuers=frozenset({WEB}), checks=CHECKS, now=NOW):
    try:
        return notices(run(check_credential(document, VerifierOptions(issuers, checks, now)), network), own=frozenset())
    except DidkitError as error:
        return error.code


def test_an_issuer_that_publishes_its_key_is_believed():
    network = Network()
    assert verdict(signed(credential()), network) == ()
    assert network.asked == ["https://issuer.example/.well-known/did.json"]
    assert verdict(signed(credential(), OTHER), Network()) == "signature_invalid"
    assert verdict(signed(credential(), method=f"{WEB}#another"), Network()) == "verification_method_unknown"


@pytest.mark.guarantee("G10")
@pytest.mark.parametrize("issuer", ["did:web:attacker.example", "did:web:issuer.example:user"])
def test_an_unknown_party_causes_no_request(issuer):
    network = Network()
    document = signed(credential(issuer), method=f"{issuer}#key")
    assert verdict(document, network) == "issuer_unknown"
    token = vc_jose.sign(credential(issuer), SIGNER, kind="vc", verification_method=f"{issuer}#key", terms=None)
    assert verdict(enveloped(token), network) == "issuer_unknown"
    assert network.asked == []


def enveloped(token):
    return {"@context": V2, "type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{token}"}


@pytest.mark.parametrize("form", ["proof", "token"])
def test_who_signs_is_the_issuer(form):
    unknown_party = did_jwk.build(OTHER.public_key)
    method = f"{unknown_party}#0"
    document = signed(credential(), OTHER, method)
    if form == "token":
        document = enveloped(vc_jose.sign(credential(), OTHER, kind="vc", verification_method=method, terms=None))
    assert verdict(document, Network(), frozenset({WEB, unknown_party})) == "issuer_mismatch"
    assert "not the issuer that it names" in verdict(document, Network(), DANGEROUSLY_ACCEPT_ANY_ISSUER)[-1]
    own = signed(credential(unknown_party), OTHER, method)
    assert len(verdict(own, Network(), DANGEROUSLY_ACCEPT_ANY_ISSUER)) == 1


def test_every_signer_is_one_that_is_accepted():
    unknown_party = did_jwk.build(OTHER.public_key)
    once = signed(credential())
    twice = signed(once, OTHER, f"{unknown_party}#0")
    network = Network()
    assert verdict(twice, network) == "issuer_unknown"
    assert network.asked == []
    assert verdict(twice, Network(), frozenset({WEB, unknown_party})) == ()


def test_a_key_must_be_for_assertions_and_must_not_have_ended():
    url = "https://issuer.example/.well-known/did.json"
    for_others = Network(**{url: did_document(assertionMethod=[], authentication=[f"{WEB}#key"])})
    assert verdict(signed(credential()), for_others) == "verification_method_purpose"
    ended = did_document()
    ended["verificationMethod"][0]["revoked"] = "2020-01-01T00:00:00Z"
    assert verdict(signed(credential()), Network(**{url: ended})) == "verification_method_ended"


def listed(entries=(), signer=SIGNER, method=f"{WEB}#key", valid=(NOW - 60, NOW + 600)):
    unsigned = build_list(f"{LIST}/revocation", "revocation", method.partition("#")[0], entries, MIN_ENTRIES, valid)
    return unsigned, signed(unsigned, signer, method)


def with_status(index=7):
    return signed(credential(credentialStatus=build_entries(LIST, ["revocation"], index)))


@pytest.mark.parametrize("form", ["proof", "token"])
@pytest.mark.parametrize(("entries", "due"), [((), ()), ((7,), "status_revoked"), ((8,), ())])
def test_the_status_list_of_another_address_is_asked(form, entries, due):
    unsigned, document = listed(entries)
    if form == "token":
        token = vc_jose.sign(unsigned, SIGNER, kind="vc", verification_method=f"{WEB}#key", terms=None)
        document = token.encode()
    network = Network(**{f"{LIST}/revocation": document})
    assert verdict(with_status(), network) == due
    assert f"{LIST}/revocation" in network.asked


def test_a_list_that_does_not_hold_is_no_list():
    unknown_party = did_jwk.build(OTHER.public_key)
    cases = {
        "issuer_unknown": listed(signer=OTHER, method=f"{unknown_party}#0")[1],
        "signature_invalid": listed(signer=OTHER)[1],
        "status_list_expired": listed(valid=(NOW - 600, NOW - 100))[1],
        "status_list_malformed": signed(credential()),
        "json_invalid": b"{",
        "jws_malformed": b"not a token",
        "fetch_failed": None,
    }
    for code, document in cases.items():
        network = Network() if document is None else Network(**{f"{LIST}/revocation": document})
        assert verdict(with_status(), network) == code
    assert (
        verdict(with_status(MIN_ENTRIES), Network(**{f"{LIST}/revocation": listed()[1]})) == "status_index_out_of_range"
    )


def test_a_list_that_names_a_list_is_not_followed():
    unsigned, _ = listed()
    ring = {**unsigned, "credentialStatus": build_entries(LIST, ["revocation"], 1)}
    endless = signed(ring, cryptosuite="ecdsa-jcs-2019")
    network = Network(**{f"{LIST}/revocation": endless})
    assert verdict(with_status(), network) == ()
    assert network.asked.count(f"{LIST}/revocation") == 1


def test_a_token_ends_when_it_says():
    document = {**credential(), "exp": NOW - 1_000}
    token = vc_jose.sign(document, SIGNER, kind="vc", verification_method=f"{WEB}#key", terms=None)
    assert verdict(enveloped(token), Network()) == "credential_expired"
    assert verdict(enveloped(token), Network(), checks=frozenset({"proof"})) != "credential_expired"
