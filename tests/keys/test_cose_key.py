import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import cbor
from didkit_fr.errors import DidkitError
from didkit_fr.keys import cose_key, software
from didkit_fr.keys.public import compressed, from_cryptography
from tests.vectors import vectors

CURVES = ("P-256", "P-384", "P-521", "Ed25519", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
KEYS = {curve: software.generate(curve).public_key for curve in CURVES}
EC2 = cose_key.build(KEYS["P-256"])
OKP = cose_key.build(KEYS["Ed25519"])
ALGORITHMS = {
    "P-256": (-7, -9),
    "P-384": (-35, -51),
    "P-521": (-36, -52),
    "Ed25519": (-8, -19),
    "ML-DSA-44": (-48,),
    "ML-DSA-65": (-49,),
    "ML-DSA-87": (-50,),
}
AKP = cose_key.build(KEYS["ML-DSA-44"])


def code(value):
    with pytest.raises(DidkitError) as error:
        cose_key.parse(value)
    return error.value.code


@pytest.mark.parametrize("curve", CURVES)
def test_a_key_comes_back_through_cbor(curve):
    key = KEYS[curve]
    value = cbor.decode(cbor.encode(cose_key.build(key)))
    assert cose_key.parse(value) == key
    for algorithm in ALGORITHMS[curve]:
        assert cose_key.parse({**value, 3: algorithm, 4: [2], 2: b"kid", -70_000: "unknown", "text": 1}) == key


@pytest.mark.parametrize("curve", CURVES[:3])
def test_a_compressed_point_is_read(curve):
    key = KEYS[curve]
    value = cose_key.build(key)
    assert cose_key.parse({**value, -3: compressed(key)[:1] == b"\x03"}) == key


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "cose_key_invalid"),
        ([], "cose_key_invalid"),
        ({}, "key_unsupported"),
        ({**EC2, -4: b"\1" * 32}, "cose_key_private"),
        ({1: 4, -1: b"secret"}, "cose_key_private"),
        ({**EC2, 1: 1}, "key_unsupported"),
        ({**EC2, 1: 3}, "key_unsupported"),
        ({**EC2, 1: "EC2"}, "key_unsupported"),
        ({**EC2, 1: 2.0}, "key_unsupported"),
        ({**OKP, 1: True}, "key_unsupported"),
        ({**EC2, -1: 6}, "key_unsupported"),
        ({**EC2, -1: 8}, "key_unsupported"),
        ({**EC2, -1: [1]}, "key_unsupported"),
        ({**EC2, -1: True}, "key_unsupported"),
        ({**OKP, -1: 4}, "key_unsupported"),
        ({**EC2, -1: 2}, "cose_key_invalid"),
        ({**EC2, -2: None}, "cose_key_invalid"),
        ({**EC2, -2: "text"}, "cose_key_invalid"),
        ({**EC2, -2: EC2[-2][:-1]}, "cose_key_invalid"),
        ({**EC2, -2: b"\0" + EC2[-2], -3: b"\0" + EC2[-3]}, "cose_key_invalid"),
        ({**EC2, -3: None}, "cose_key_invalid"),
        ({**EC2, -3: EC2[-2]}, "cose_key_invalid"),
        ({**EC2, -3: 1}, "cose_key_invalid"),
        ({**EC2, -2: bytes(33), -3: True}, "cose_key_invalid"),
        ({**EC2, -2: b"\xff" * 32, -3: True}, "cose_key_invalid"),
        ({**EC2, 3: -8}, "cose_key_invalid"),
        ({**EC2, 3: -35}, "cose_key_invalid"),
        ({**EC2, 3: "ES256"}, "cose_key_invalid"),
        ({**EC2, 3: [-7]}, "cose_key_invalid"),
        ({**EC2, 4: [1]}, "cose_key_invalid"),
        ({**EC2, 4: []}, "cose_key_invalid"),
        ({**EC2, 4: 2}, "cose_key_invalid"),
        ({**EC2, 4: [2.0]}, "cose_key_invalid"),
        ({**OKP, -2: bytes(32)}, "cose_key_invalid"),
        ({**OKP, -2: bytes(31)}, "cose_key_invalid"),
        ({**OKP, 3: -7}, "cose_key_invalid"),
        ({1: 7, -1: AKP[-1]}, "key_unsupported"),
        ({**AKP, 1: 2}, "key_unsupported"),
        ({**AKP, 1: 6}, "key_unsupported"),
        ({**AKP, 3: -7}, "key_unsupported"),
        ({**AKP, 3: -47}, "key_unsupported"),
        ({**AKP, 3: -48.0}, "key_unsupported"),
        ({**AKP, 3: "ML-DSA-44"}, "key_unsupported"),
        ({**AKP, 3: -49}, "cose_key_invalid"),
        ({**AKP, -2: bytes(32)}, "cose_key_private"),
        ({**AKP, -4: bytes(32)}, "cose_key_private"),
        ({**AKP, -1: AKP[-1][:-1]}, "cose_key_invalid"),
        ({**AKP, -1: True}, "cose_key_invalid"),
        ({1: 7, 3: -48}, "cose_key_invalid"),
        ({**AKP, 4: [1]}, "cose_key_invalid"),
    ],
)
def test_refusals(value, expected):
    assert code(value) == expected


@pytest.mark.vectors
def test_the_device_key_of_iso_18013_5():
    from cryptography.hazmat.primitives.asymmetric import ec

    text = vectors("mdoc/iso18013-5-annex-d.json").read_text()
    # Annex D.5.1: the static device key, EC2 on P-256.
    x = bytes.fromhex("96313d6c63e24e3372742bfdb1a33ba2c897dcd68ab8c753e4fbd48dca6b7f9a")
    assert x.hex() in text.lower()
    key = cose_key.parse({1: 2, -1: 1, -2: x, -3: True})
    assert key == from_cryptography(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x03" + x))


LABELS = st.sampled_from([1, 2, 3, 4, -1, -2, -3, -4]) | st.integers(-9, 9) | st.text(max_size=3)
VALUES = st.none() | st.booleans() | st.integers(-60, 9) | st.binary(max_size=33) | st.text(max_size=4) | st.just([2])


@given(st.dictionaries(LABELS, VALUES, max_size=4), st.sets(LABELS, max_size=2), st.sampled_from([EC2, OKP]))
def test_any_map_is_a_key_or_refused(changes, dropped, base):
    try:
        key = cose_key.parse({name: one for name, one in {**base, **changes}.items() if name not in dropped})
    except DidkitError:
        return
    assert key.octets[1:33] == EC2[-2] or key == KEYS["Ed25519"] or -2 in changes
