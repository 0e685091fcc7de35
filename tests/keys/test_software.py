import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import ParseError
from didkit_fr.keys import ecdsa, software
from didkit_fr.keys.algorithms import KNOWN
from didkit_fr.keys.public import verify_signature

ORDER = ecdsa.P_256.order
NAMES = tuple(KNOWN.by_name)


def test_a_key_signs_what_its_public_half_verifies():
    signer = software.generate()
    signature = signer.sign(b"message")
    assert len(signature) == 64
    verify_signature(signer.public_key, signature, b"message")


def test_the_secret_makes_the_same_key():
    signer = software.generate()
    assert len(signer.secret()) == 32
    again = software.from_secret(signer.secret())
    assert again == signer
    assert again.secret() == signer.secret()


@pytest.mark.parametrize(
    ("curve", "size"),
    [("P-384", 48), ("P-521", 66), ("Ed25519", 32), ("ML-DSA-44", 32), ("ML-DSA-65", 32), ("ML-DSA-87", 32)],
)
def test_the_secret_of_each_curve_makes_the_same_key(curve, size):
    signer = software.generate(curve)
    assert len(signer.secret()) == size
    again = software.from_secret(signer.secret(), curve)
    assert again == signer
    assert again.secret() == signer.secret()
    verify_signature(again.public_key, again.sign(b"m"), b"m")


def test_orders_are_those_of_the_curves():
    for curve, one in (("P-256", ecdsa.P_256), ("P-384", ecdsa.P_384), ("P-521", ecdsa.P_521)):
        largest = (one.order - 1).to_bytes(one.size)
        # The largest scalar is minus one: its point is the base point's mirror image.
        plus, minus = (software.from_secret(scalar, curve) for scalar in ((1).to_bytes(len(largest)), largest))
        assert plus.public_key.octets[1 : 1 + len(largest)] == minus.public_key.octets[1 : 1 + len(largest)]
        assert plus != minus


def test_a_published_seed():
    # RFC 8032 section 7.1, test 2
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    signer = software.from_secret(seed, "Ed25519")
    assert signer.public_key.octets.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert signer.sign(b"\x72").hex().startswith("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da")


@pytest.mark.parametrize("curve", NAMES)
def test_a_key_in_pem_is_read(curve):
    signer = software.generate(curve)
    pem = signer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert software.from_pem(pem) == signer


@pytest.mark.parametrize("curve", ["secp256k1", "X25519", ""])
def test_other_curves_have_no_secrets_here(curve):
    with pytest.raises(ParseError) as error:
        software.from_secret(b"\1" * 32, curve)
    assert error.value.code == "key_unsupported"


@pytest.mark.parametrize("name", ["Ed25519", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])
@pytest.mark.parametrize("secret", [b"", b"\1" * 31, b"\1" * 33])
def test_what_is_no_seed_is_refused(secret, name):
    with pytest.raises(ParseError) as error:
        software.from_secret(secret, name)
    assert error.value.code == "key_unsupported"


def test_a_published_key():
    # RFC 7515 appendix A.3
    secret = bytes.fromhex("8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2")
    point = software.from_secret(secret).public_key.octets
    assert point[1:33] == bytes.fromhex("7fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445")


@pytest.mark.parametrize(
    "secret", [b"", bytes(32), ORDER.to_bytes(32), b"\xff" * 32, b"\1" * 31, b"\1" * 33, bytes(1) + b"\1" * 32]
)
def test_what_is_no_secret_is_refused(secret):
    with pytest.raises(ParseError) as error:
        software.from_secret(secret)
    assert error.value.code == "key_unsupported"


@pytest.mark.parametrize("scalar", [1, 2, ORDER - 1])
def test_the_smallest_and_the_largest_secret(scalar):
    assert software.from_secret(scalar.to_bytes(32)).secret() == scalar.to_bytes(32)


def test_generating_draws_64_bits_more_than_the_order_once():
    draws = []

    def random(length):
        draws.append(length)
        return b"\xab" * length

    assert software.generate(random=random) == software.generate(random=random)
    assert draws == [40, 40]
    assert software.generate(random=bytes).secret() == (1).to_bytes(32)
    assert software.generate(random=((ORDER - 1) * 7 - 1).to_bytes).secret() == (ORDER - 1).to_bytes(32)


def test_the_secret_is_in_no_repr():
    signer = software.generate()
    secret = signer.secret()
    assert secret.hex() not in repr(signer)
    assert str(int.from_bytes(secret)) not in repr(signer)
    assert "private" not in repr(signer)


NUMBERS = st.integers(1, ORDER - 1) | st.integers(1, 2**16) | st.integers(2**247, 2**250)


@given(NUMBERS, NUMBERS)
def test_der_becomes_raw_for_integers_of_every_length(r, s):
    assert ecdsa.raw(encode_dss_signature(r, s), 32) == r.to_bytes(32) + s.to_bytes(32)


LONG = st.integers(1, ecdsa.P_521.order - 1) | st.integers(1, 2**16) | st.integers(2**503, 2**505)


@given(LONG, LONG)
def test_der_of_p521_becomes_raw(r, s):
    assert ecdsa.raw(encode_dss_signature(r, s), 66) == r.to_bytes(66) + s.to_bytes(66)


@given(st.binary(max_size=100))
def test_any_message_can_be_signed(message):
    signer = software.from_secret(b"\1" * 32)
    verify_signature(signer.public_key, signer.sign(message), message)
