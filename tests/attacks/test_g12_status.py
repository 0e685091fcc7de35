"""Attacks on G12: what any place of a credential says of its status is asked, and what cannot be asked is refused."""

import zlib

import pytest

from didkit_fr.credentials.model import READ, check_credential
from didkit_fr.encoding import base64url, json
from didkit_fr.errors import DidkitError
from didkit_fr.flow import run
from didkit_fr.formats import dc_sd_jwt, jwt_vc_json
from didkit_fr.formats.occasion import Occasion
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import software
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.jose import jws
from didkit_fr.status import bitstring
from didkit_fr.status.token import pack
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status.check import check_status
from didkit_fr.verification.verify import verify
from tests.nation import DAY, NOW, VCT, Web, nation
from tests.refused import refusal

ISSUER, HOLDER = software.generate(), software.generate()
BITS = "https://issuer.example/bits"
TOKENS = "https://issuer.example/tokens"


def did(signer):
    return fields.did_of(signer.public_key)


ANCHOR = Anchor(
    "issuer", None, frozenset({"credential", "status"}), frozenset({fields.CREDENTIAL_IRI}), did=did(ISSUER)
)
POLICY = Policy(Anchors((ANCHOR,)))
CHECK = Occasion("n", "shop")


def entry(index):
    return {
        "id": f"{BITS}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": BITS,
    }


def token(index):
    return {"idx": index, "uri": TOKENS}


def web(*revoked):
    """A list of each kind, of the issuer's, that says of these indices that they are revoked."""
    method = fields.method_of(ISSUER.public_key)
    bits = bitstring.build_list(BITS, "revocation", did(ISSUER), list(revoked), 131_072, (NOW - DAY, NOW + DAY))
    signed = proof.sign(bits, ISSUER, cryptosuite="ecdsa-rdfc-2019", verification_method=method, created=NOW)
    packed = {"bits": 1, "lst": base64url.encode(zlib.compress(pack(16, revoked)))}
    claims = {"iss": did(ISSUER), "sub": TOKENS, "iat": NOW, "exp": NOW + DAY, "status_list": packed}
    tokens = jws.sign(claims, ISSUER, typ="statuslist+jwt", header={"kid": method})
    return Web({BITS: json.encode(signed), TOKENS: tokens.encode()})


def credential(**more):
    return {
        "@context": [fields.V1],
        "type": ["VerifiableCredential"],
        "issuer": did(ISSUER),
        "issuanceDate": "2020-01-01T00:00:00Z",
        "credentialSubject": {"id": did(HOLDER)},
        **more,
    }


def shown(vc, **claims):
    """A title of data model 1.1, presented."""
    stated = {"iss": did(ISSUER), "vc": vc, **claims}
    header = {"kid": fields.method_of(ISSUER.public_key)}
    return jwt_vc_json.present(jws.sign(stated, ISSUER, typ="JWT", header=header), [], HOLDER, CHECK, now=NOW)


def judged(raw, fetcher, form="jwt_vc_json"):
    flow = verify(raw, VerificationContext(POLICY, Memory(), NOW), format=form, nonce="n", audience="shop")
    return run(flow, fetcher).checks["status"]


@pytest.mark.guarantee("G12")
def test_a_revoked_title_is_refused_wherever_the_data_model_lets_its_status_stand():
    for raw in (
        shown(credential(credentialStatus=entry(7))),
        shown(credential(credentialStatus=[entry(7)])),
        shown(credential(), credentialStatus=entry(7)),
        shown(credential(), status={"credentialStatus": entry(7)}),
        shown(credential(), status={"status_list": token(7)}),
    ):
        assert judged(raw, web()) == "valid"
        assert refusal(judged, raw, web(7)) == "status_revoked"
    assert judged(shown(credential()), web(7)) == "the credential has no status"


@pytest.mark.guarantee("G12")
def test_a_title_with_two_mechanisms_is_in_force_only_while_both_say_so():
    both = shown(credential(credentialStatus=entry(7)), status={"status_list": token(8)})
    fetcher = web()
    assert judged(both, fetcher) == "valid"
    assert {request.url for request in fetcher.asked} == {BITS, TOKENS}
    for revoked in (7, 8):
        assert refusal(judged, both, web(revoked)) == "status_revoked"
    twice = shown(credential(credentialStatus=entry(7)), credentialStatus=entry(8))
    assert refusal(judged, twice, web()) == "status_reference_malformed"


def asked(status, fetcher):
    return run(check_status(status, VerificationContext(POLICY, Memory(), NOW), issuers=[ANCHOR]), fetcher)


@pytest.mark.guarantee("G12")
def test_of_several_mechanisms_in_one_claim_none_is_left_out():
    status = {"credentialStatus": entry(7), "status_list": token(8)}
    for stated in (status, dict(reversed(status.items()))):
        assert asked(stated, web()) == "valid"
        for revoked in (7, 8):
            assert refusal(asked, stated, web(revoked)) == "status_revoked"


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("known", [{}, {"status_list": token(1)}, {"credentialStatus": entry(1)}])
def test_a_mechanism_that_is_not_known_is_refused_beside_those_that_are_before_any_is_asked(known):
    fetcher = web()
    assert refusal(asked, {**known, "status_attestation": {}}, fetcher) == "status_mechanism_unsupported"
    assert fetcher.asked == []


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("name", ["status_list", "identifier_list", "credentialStatus"])
@pytest.mark.parametrize("value", [None, [], "", 0, {}], ids=repr)
def test_a_mechanism_that_says_nothing_is_not_taken_for_no_status(name, value):
    assert refusal(asked, {name: value}, web()) == malformed(name, value)


def malformed(name, value):
    """An object without a type names a mechanism of W3C that nobody knows, and the others without what is due."""
    unknown = name == "credentialStatus" and value == {}
    return "status_mechanism_unsupported" if unknown else "status_reference_malformed"


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("value", [None, [], "", 0, {}], ids=repr)
def test_a_status_that_says_nothing_is_not_taken_for_no_status_in_any_format(value):
    code = malformed("credentialStatus", value)
    assert refusal(judged, shown(credential(), status=value), web()) == code
    assert refusal(judged, shown(credential(), credentialStatus=value), web()) == code
    assert refusal(judged, shown(credential(credentialStatus=value)), web()) == "vc_property"
    state = nation()
    claims = state.claims() | {"status": value}
    held = dc_sd_jwt.sign(claims, state.signer, chain=[state.leaf], disclosable=[])
    assert refusal(by_state, dc_sd_jwt.present(held, [], state.holder, CHECK, now=NOW), "dc+sd-jwt") == code


def by_state(raw, form):
    anchor = Anchor("France", nation().root, frozenset({"credential", "status"}), frozenset({VCT}))
    policy = Policy(Anchors((anchor,)))
    flow = verify(raw, VerificationContext(policy, Memory(), NOW), format=form, nonce="n", audience="shop")
    return run(flow, nation().web()).checks["status"]


def held_by(change, **claims):
    """A presentation of a title, signed by its holder, whose `vp` was changed before."""
    raw = shown(credential())
    stated = jws.parse(raw).unverified_claims()
    stated["vp"].update(change)
    method = fields.method_of(HOLDER.public_key)
    return jws.sign({**stated, **claims}, HOLDER, typ="JWT", header={"kid": method})


@pytest.mark.guarantee("G12")
def test_a_presentation_that_is_not_in_force_yet_or_says_it_is_another_s_or_none_is_refused():
    assert judged(held_by({}, nbf=NOW + 60), web()) == "the credential has no status"
    assert refusal(judged, held_by({}, nbf=NOW + 61), web()) == "key_binding_time"
    assert refusal(judged, held_by({"holder": did(ISSUER)}), web()) == "holder_mismatch"
    assert refusal(judged, held_by({"holder": None}), web()) == "holder_mismatch"
    for nonsense in ("VerifiableCredential", [], ["Nonsense"], [["VerifiablePresentation"]], None, 7):
        assert refusal(judged, held_by({"type": nonsense}), web()) == "w3c_malformed"
    assert judged(held_by({"type": "VerifiablePresentation"}), web()) == "the credential has no status"


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("word", ["validFrom", "validUntil"])
def test_an_end_of_validity_in_the_words_of_another_data_model_is_refused_and_not_left_unread(word):
    for when in ("2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"):
        raw = shown(credential(**{word: when}))
        assert refusal(judged, raw, web()) == "vc_property"
        with pytest.raises(DidkitError, match="vc_property"):
            check_credential(credential(**{word: when}), versions=READ)
