"""The limits of the formats: at the bound and one beyond."""

import pytest

from didkit_fr.encoding import json
from didkit_fr.formats import dc_sd_jwt, jwt_vc_json, ldp_vc, mso_mdoc
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.formats.w3c import fields, vc_cose, vc_jose
from didkit_fr.keys import software
from didkit_fr.proofs.jose import jws
from tests import w3c_tokens
from tests.limits import Limit
from tests.nation import NOW, nation
from tests.w3c_documents import credential as w3c_credential
from tests.w3c_documents import verified
from tests.w3c_enveloped import enveloped

SIGNER = software.generate()
LAST = 253_402_300_799  # the end of the year 9999
V2 = "https://www.w3.org/ns/credentials/v2"


def issued(**claims):
    """What the format reads of the claims; whether they hold now is not asked."""
    parsed = dc_sd_jwt.parse(nation().credential(**claims))
    rules = ProofRules(("ES256",), (), NOW, 60)
    return dc_sd_jwt.verify(parsed, IssuerKey(nation().signer.public_key), rules, None)


def depth(count):
    """A document whose innermost value stands inside so many objects and arrays."""
    value = []
    for _ in range(count - 2):
        value = [value]
    return ldp_vc.parse(json.encode_text({"a": value}))


def types(count):
    return fields.types({"type": ["T"] * count})


LIMITS = {
    "dc+sd-jwt: characters of a type": Limit(
        lambda n: dc_sd_jwt.parse(jws.sign({"vct": "a" * n}, SIGNER, typ="dc+sd-jwt") + "~"), 1_024, "sd_jwt_malformed"
    ),
    "dc+sd-jwt: least characters of a type": Limit(
        lambda n: dc_sd_jwt.parse(jws.sign({"vct": "a" * n}, SIGNER, typ="dc+sd-jwt") + "~"),
        1,
        "sd_jwt_malformed",
        step=-1,
    ),
    "dc+sd-jwt: the last end": Limit(lambda n: issued(exp=n), LAST, "claim_time"),
    "dc+sd-jwt: the first beginning": Limit(lambda n: issued(nbf=n), 0, "claim_time", step=-1),
    "jwt_vc_json: characters": Limit(lambda n: jwt_vc_json.parse("a" * n), 262_144, "input_too_large", "jws_malformed"),
    "jwt_vc_json: the last end": Limit(
        lambda n: w3c_tokens.judge(w3c_tokens.shown(w3c_tokens.token(exp=n))), LAST, "claim_time"
    ),
    "ldp_vc: bytes": Limit(
        lambda n: ldp_vc.parse("{}" + " " * (n - 2)), 262_144, "input_too_large", "integrity_proof_missing"
    ),
    "ldp_vc: depth": Limit(depth, 32, "json_depth", "integrity_proof_missing"),
    "mso_mdoc: characters": Limit(lambda n: mso_mdoc.parse("!" * n), 1_398_104, "input_too_large", "base64url_invalid"),
    "vc+jwt: characters": Limit(lambda n: vc_jose.parse("a" * n), 1_048_576, "input_too_large", "jws_malformed"),
    "vc+cose: bytes": Limit(lambda n: vc_cose.parse(bytes(n)), 1_048_576, "input_too_large", "cbor_not_shortest"),
    "W3C: the last end of an envelope": Limit(
        lambda n: verified(enveloped({**w3c_credential(), "exp": n})), LAST, "claim_time"
    ),
    "W3C: the first beginning of an envelope": Limit(
        lambda n: verified(enveloped({**w3c_credential(), "nbf": n})), 0, "claim_time", step=-1
    ),
    "W3C: types": Limit(types, 8, "w3c_malformed"),
    "W3C: least types": Limit(types, 1, "w3c_malformed", step=-1),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_size_is_accepted_to_its_bound_and_refused_one_beyond(limit):
    limit.check()
