"""W3C documents in JWS and their status lists against `openvc-core`, `jwcrypto` and `sd-jwt`, in both directions.

`openvc-core` knows tokens of data model 1.1 only (`vc`): each side refuses the other's, as VC-JOSE-COSE 1.0 wants it.
"""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from openvc.errors import OpenvcError
from openvc.keys import P256SigningKey
from openvc.proof.vc_jwt import VcJwtProofSuite
from openvc.status.bitstring import decode_bitstring, get_status_bit, new_bitstring, set_status_bit
from openvc.status.issue import build_status_list_credential, build_status_list_entry

from didkit_fr.errors import DidkitError
from didkit_fr.formats.w3c import vc_jose
from didkit_fr.keys import jwk, software
from didkit_fr.status import bitstring
from tests.credentials.documents import CREDENTIAL

NOW = int(time.time())
METHOD, URL = "https://issuer.example#key", "https://issuer.example/status/1"
CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}
SIGNERS = {curve: software.generate(curve) for curve in CURVES}
SET = {0, 7, 8, 94_567, 131_071}


def private(signer):
    from didkit_fr.encoding import base64url

    return JWK(**jwk.build(signer.public_key), d=base64url.encode(signer.secret()))


@pytest.mark.parametrize(("curve", "algorithm"), CURVES.items())
def test_our_tokens_are_verified_by_another_implementation(curve, algorithm):
    signer = SIGNERS[curve]
    raw = vc_jose.sign(CREDENTIAL, signer, kind="vc", verification_method=METHOD, terms=None)
    message = JWS()
    message.deserialize(raw, JWK(**jwk.build(signer.public_key)), alg=algorithm)
    assert json.loads(message.payload) == CREDENTIAL
    assert message.jose_header == {"alg": algorithm, "typ": "vc+jwt", "cty": "vc", "kid": METHOD}


@pytest.mark.parametrize(("curve", "algorithm"), CURVES.items())
def test_tokens_of_another_implementation_are_verified_here(curve, algorithm):
    signer = SIGNERS[curve]
    message = JWS(json.dumps({**CREDENTIAL, "iss": CREDENTIAL["issuer"]}))
    header = {"alg": algorithm, "typ": "vc+jwt", "cty": "vc", "kid": METHOD}
    message.add_signature(private(signer), protected=json.dumps(header))
    parsed = vc_jose.parse(message.serialize(compact=True))
    found = vc_jose.verify(parsed, signer.public_key, kind="vc", algorithms={algorithm}, terms=None)
    assert found.checked.issuer == CREDENTIAL["issuer"]
    assert vc_jose.unverified_method(parsed) == METHOD


def test_tokens_of_data_model_1_1_are_another_thing_at_both_ends():
    signer = SIGNERS["P-256"]
    theirs = VcJwtProofSuite().sign(CREDENTIAL, signing_key=P256SigningKey(signer.private, METHOD))
    with pytest.raises(DidkitError) as error:
        vc_jose.verify(vc_jose.parse(theirs), signer.public_key, kind="vc", algorithms={"ES256"}, terms=None)
    assert error.value.code == "typ_mismatch"
    ours = vc_jose.sign(CREDENTIAL, signer, kind="vc", verification_method=METHOD, terms=None)
    with pytest.raises(OpenvcError):
        VcJwtProofSuite().verify(ours, public_key_jwk=jwk.build(signer.public_key))


def test_our_lists_are_read_by_another_implementation():
    document = bitstring.build_list(URL, "revocation", "did:example:1", SET, 1, (NOW - 60, NOW + 60))
    bits = decode_bitstring(document["credentialSubject"]["encodedList"])
    near = {index + step for index in SET for step in (-1, 0, 1)} & set(range(131_072))
    assert {index for index in near if get_status_bit(bits, index)} == SET


def test_lists_of_another_implementation_are_read_here():
    bits = new_bitstring(bitstring.MIN_ENTRIES)
    for index in SET:
        set_status_bit(bits, index, 1)
    today = datetime.now(UTC)
    document = build_status_list_credential(
        id=URL,
        issuer="did:example:1",
        bitstring=bits,
        valid_from=today - timedelta(hours=1),
        valid_until=today + timedelta(hours=1),
        ttl=60_000,
    )
    listed = bitstring.read_list(document, url=URL, purpose="revocation", now=NOW)
    near = {index + step for index in SET for step in (-1, 0, 1)} & set(range(131_072))
    assert {index for index in near if listed.is_set(index)} == SET
    assert listed.ttl == 60


def test_entries_are_written_alike():
    theirs = build_status_list_entry(status_list_credential=f"{URL}/revocation", index=7)
    (ours,) = bitstring.read_entries(theirs)
    assert ours == bitstring.read_entries(bitstring.build_entries(URL, ["revocation"], 7))[0]
