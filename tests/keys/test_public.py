import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, ParseError
from didkit_fr.keys import software
from didkit_fr.keys.public import ALGORITHMS, PublicKey, from_cryptography, from_point, verify_signature

SIGNER = software.generate()
KEY = SIGNER.public_key
MESSAGE = b"message"
SIGNATURE = SIGNER.sign(MESSAGE)
ORDER = software.order("P-256")


def code(call):
    with pytest.raises(DidkitError) as error:
        call()
    return error.value.code


def test_a_point_is_a_key():
    assert from_point("P-256", KEY.point) == KEY
    assert (KEY.curve, KEY.algorithm, len(KEY.point), ALGORITHMS[KEY.algorithm]) == ("P-256", "ES256", 65, "P-256")


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        (b"", "jwk_invalid"),
        (KEY.point[:-1], "jwk_invalid"),
        (KEY.point + b"\0", "jwk_invalid"),
        (b"\x02" + KEY.point[1:33], "jwk_invalid"),
        (b"\x03" + KEY.point[1:], "jwk_invalid"),
        (b"\x06" + KEY.point[1:], "jwk_invalid"),
        (b"\x00", "jwk_invalid"),
        (b"\x04" + bytes(64), "jwk_invalid"),
        (b"\x04" + b"\xff" * 64, "jwk_invalid"),
        (KEY.point[:-1] + bytes([KEY.point[-1] ^ 1]), "jwk_invalid"),
    ],
)
def test_what_is_no_point_is_refused(point, expected):
    assert code(lambda: from_point("P-256", point)) == expected


def test_only_p256_is_supported():
    assert code(lambda: from_point("P-384", KEY.point)) == "key_unsupported"
    others = [
        ec.generate_private_key(ec.SECP384R1()).public_key(),
        ec.generate_private_key(ec.SECP256K1()).public_key(),
        ed25519.Ed25519PrivateKey.generate().public_key(),
        rsa.generate_private_key(65537, 2048).public_key(),
        SIGNER.private,
        None,
    ]
    for other in others:
        assert code(lambda other=other: from_cryptography(other)) == "key_unsupported"
    assert from_cryptography(KEY.handle) == KEY


def test_a_signature_is_verified():
    verify_signature(KEY, SIGNATURE, MESSAGE)


def test_high_s_is_valid():
    s = int.from_bytes(SIGNATURE[32:])
    verify_signature(KEY, SIGNATURE[:32] + (ORDER - s).to_bytes(32), MESSAGE)


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        SIGNATURE[:-1],
        SIGNATURE + b"\0",
        b"\0" + SIGNATURE,
        bytes(64),
        SIGNATURE[:32] + bytes(32),
        bytes(32) + SIGNATURE[32:],
        ORDER.to_bytes(32) + SIGNATURE[32:],
        SIGNATURE[:32] + ORDER.to_bytes(32),
        b"\xff" * 64,
        SIGNATURE[32:] + SIGNATURE[:32],
    ],
)
def test_other_signatures_are_refused(signature):
    assert code(lambda: verify_signature(KEY, signature, MESSAGE)) == "signature_invalid"


def test_another_message_and_another_key_are_refused():
    assert code(lambda: verify_signature(KEY, SIGNATURE, b"other")) == "signature_invalid"
    other = software.generate().public_key
    assert code(lambda: verify_signature(other, SIGNATURE, MESSAGE)) == "signature_invalid"


@given(st.binary(max_size=70) | st.binary(min_size=64, max_size=64))
def test_any_bytes_are_a_signature_or_refused(signature):
    if signature != SIGNATURE:
        assert code(lambda: verify_signature(KEY, signature, MESSAGE)) == "signature_invalid"


@given(st.binary(max_size=70) | st.binary(min_size=64, max_size=64).map(lambda rest: b"\x04" + rest))
def test_any_bytes_are_a_point_or_refused(point):
    try:
        key = from_point("P-256", point)
    except ParseError:
        return
    assert isinstance(key, PublicKey)


def test_keys_are_compared_by_value_and_can_be_collected():
    assert {KEY, from_point("P-256", KEY.point)} == {KEY}
    assert software.generate().public_key != KEY
