"""An algorithm and a signer that the library does not know, in this one file: a row, a signer, and the contract.

The toy is Ed448 (RFC 8032, RFC 9864) by pyca/cryptography, whose private key only this file ever sees.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys import jwk, multikey
from didkit_fr.keys.algorithm import OKP, Algorithm
from didkit_fr.keys.algorithms import KNOWN, extended
from didkit_fr.keys.public import from_cryptography
from didkit_fr.proofs.jose import jws
from tests.keys.signer_contract import SignerContract, refusal


def load(octets):
    try:
        return Ed448PublicKey.from_public_bytes(octets)
    except ValueError:
        raise ParseError("key_invalid") from None


def verify(key, signature, message):
    try:
        key.handle.verify(signature, message)
    except InvalidSignature:
        raise VerificationError("signature_invalid") from None


ED448 = Algorithm(
    name="Ed448",
    jose=("Ed448",),
    cose={-53: "Ed448"},
    cose_key=7,
    multicodec=0x1203,
    key_type=OKP,
    key_bytes=57,
    signature_bytes=114,
    check=load,
    load=load,
    read=lambda handle: handle.public_bytes_raw() if isinstance(handle, Ed448PublicKey) else None,
    verify=verify,
)


class ToySigner:
    """Signs as a device or a service of its own would: it shows its public key and signatures, and nothing else."""

    def __init__(self):
        private = Ed448PrivateKey.generate()
        self._sign = private.sign
        self.public_key = from_cryptography(private.public_key(), known=extended(ED448))

    def sign(self, message):
        return self._sign(message)


class TestToy(SignerContract):
    known = extended(ED448)

    def make(self):
        return ToySigner()


def test_who_does_not_extend_the_table_knows_nothing_of_it():
    key = ToySigner().public_key
    assert "Ed448" not in KNOWN.by_name
    assert refusal(lambda: jwk.parse(jwk.build(key))) == "key_unsupported"
    assert refusal(lambda: multikey.parse(multikey.build(key))) == "multicodec_unknown"
    assert refusal(lambda: from_cryptography(key.handle)) == "key_unsupported"


def test_a_key_answers_only_to_the_names_of_its_row():
    """RFC 8037 lets "EdDSA" stand for Ed448 too: without this, a policy for Ed25519 would accept the other curve."""
    signer = ToySigner()
    parsed = jws.parse(jws.sign({}, signer, typ="test"))
    parsed = parsed._replace(unverified_header={**parsed.unverified_header, "alg": "EdDSA"})
    assert refusal(lambda: jws.verify(parsed, signer.public_key, typ="test", algorithms={"EdDSA"})) == (
        "algorithm_refused"
    )
