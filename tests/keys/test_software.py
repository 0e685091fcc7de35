import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import ParseError
from didkit_fr.keys import software
from didkit_fr.keys.public import verify_signature

ORDER = software.order("P-256")


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


def test_a_published_key():
    # RFC 7515 appendix A.3
    secret = bytes.fromhex("8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2")
    point = software.from_secret(secret).public_key.point
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
    assert software._raw(encode_dss_signature(r, s), 32) == r.to_bytes(32) + s.to_bytes(32)


@given(st.binary(max_size=100))
def test_any_message_can_be_signed(message):
    signer = software.from_secret(b"\1" * 32)
    verify_signature(signer.public_key, signer.sign(message), message)
