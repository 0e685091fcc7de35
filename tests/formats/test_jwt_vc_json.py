"""W3C credentials of data model 1.1 as JWT: whose presentation it is, and what its token may say."""

import pytest

from didkit_fr.errors import ParseError
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import software
from tests.nation import NOW
from tests.refused import refused
from tests.w3c_tokens import HOLDER, ISSUER, judge, shown, token

OTHER = software.generate()
OTHER_DID = fields.did_of(OTHER.public_key)
LAST = 253_402_300_799  # the end of the year 9999


def test_a_presentation_of_its_holder_is_believed():
    assert judge(shown()).holder == HOLDER.public_key
    assert judge(shown(members={"holder": fields.did_of(HOLDER.public_key)})).issuer == fields.did_of(ISSUER.public_key)


@pytest.mark.guarantee("G28")
def test_a_presentation_that_names_another_holder_is_refused():
    with refused("holder_mismatch"):
        judge(shown(members={"holder": OTHER_DID}))
    with refused("holder_mismatch"):
        judge(shown(iss=OTHER_DID))
    with refused("holder_mismatch"):
        judge(shown(iss=None))
    with refused("signature_invalid"):
        judge(shown(signer=OTHER))


@pytest.mark.parametrize("changes", [{"nonce": "other"}, {"nonce": None}, {"nonce": ""}])
def test_a_presentation_answers_its_nonce(changes):
    with refused("key_binding_nonce"):
        judge(shown(**changes))
    with refused("key_binding_nonce"):
        judge(shown(nonce=""), nonce="")


@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
@pytest.mark.parametrize("value", [True, False, "2026-01-01T00:00:00Z", str(NOW), [NOW], {}, -1, LAST + 1, 1e300])
def test_malformed_times_are_refused_in_the_credential_and_in_the_presentation(name, value):
    with refused("claim_time", ParseError):
        judge(shown(token(**{name: value})))
    with refused("claim_time", ParseError):
        judge(shown(**{name: value}))


def test_the_first_and_the_last_time_that_there_is():
    assert judge(shown(token(iat=0, nbf=0, exp=LAST), nbf=0, exp=LAST)).expires == LAST
    assert judge(shown(token(exp=NOW + 0.5))).expires == NOW
    with refused("key_binding_time"):
        judge(shown(iat=None))


def test_a_presentation_has_one_credential():
    assert judge(shown(members={"verifiableCredential": token()})).holder == HOLDER.public_key
    for held in ([], [token(), token()], [{}], {}, None):
        with refused("w3c_malformed", ParseError):
            judge(shown(members={"verifiableCredential": held}))


@pytest.mark.parametrize("vc", ["text", [], 1, True])
def test_a_credential_is_an_object(vc):
    with refused("w3c_malformed", ParseError):
        judge(shown(token(vc=vc)))
