"""Decoys of an SD-JWT: from none to 64 in each object that hides a claim, in both ways to issue."""

import pytest

from didkit_fr.errors import ParseError
from didkit_fr.keys import software
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.proofs.sd_jwt.batch import Template
from tests.refused import refused

SIGNER = software.generate()
CLAIMS = {"a": {"b": 1, "c": 2}, "d": 3}
HIDDEN = [("a", "b"), ("d",)]


def plainly(decoys):
    return sd_jwt.issue(CLAIMS, SIGNER, typ="x", disclosable=HIDDEN, decoys=decoys)


def in_a_batch(decoys):
    return Template.of(CLAIMS, SIGNER, typ="x", disclosable=HIDDEN, decoys=decoys).prepare({"e": 4}).by(SIGNER)


@pytest.mark.parametrize("issue", [plainly, in_a_batch])
@pytest.mark.parametrize("decoys", [0, 1, 64])
def test_decoys_stand_among_the_digests(issue, decoys):
    claims = jws.parse(issue(decoys).split("~")[0]).unverified_claims()
    assert len(set(claims["_sd"])) == len(set(claims["a"]["_sd"])) == 1 + decoys


@pytest.mark.parametrize("issue", [plainly, in_a_batch])
@pytest.mark.parametrize("decoys", [-1, 65])
def test_a_number_of_decoys_out_of_range_is_refused(issue, decoys):
    with refused("input_too_large", ParseError):
        issue(decoys)
