import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import multibase, multicodec
from didkit_fr.errors import DidkitError
from didkit_fr.keys import bbs, multikey, software
from didkit_fr.keys.public import compressed

CURVES = ("P-256", "P-384", "P-521", "Ed25519", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
KEYS = {curve: software.generate(curve).public_key for curve in CURVES}
PREFIXES = {
    "P-256": "zDna",
    "P-384": "z82",
    "P-521": "z2J9",
    "Ed25519": "z6Mk",
    "ML-DSA-44": "ukC",
    "ML-DSA-65": "ukS",
    "ML-DSA-87": "uki",
}


def code(text):
    with pytest.raises(DidkitError) as error:
        multikey.parse(text)
    return error.value.code


def spelt(codec, data, base="z"):
    return multibase.encode(multicodec.encode(codec, data), base)


@pytest.mark.parametrize("curve", CURVES)
def test_a_key_comes_back(curve):
    text = multikey.build(KEYS[curve])
    assert text.startswith(PREFIXES[curve])
    assert multikey.parse(text) == KEYS[curve]


P256, ED25519 = compressed(KEYS["P-256"]), KEYS["Ed25519"].octets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "multibase_invalid"),
        ("z", "multicodec_invalid"),
        (multibase.encode(multicodec.encode("p256-pub", P256), "u"), "multibase_invalid"),
        ("z0", "multibase_invalid"),
        ("z" + "1" * 255, "multicodec_unknown"),
        ("z" + "1" * 256, "input_too_large"),
        (multibase.encode(b"\x00" + P256), "multicodec_unknown"),
        (multibase.encode(b"\xe7\x01" + P256), "key_unsupported"),
        (multibase.encode(b"\xe8\x01" + P256), "multicodec_unknown"),
        (multibase.encode(b"\xed\x81\x00" + ED25519), "multicodec_invalid"),
        (spelt("x25519-pub", ED25519), "key_unsupported"),
        (spelt("p256-pub", b""), "key_length"),
        (spelt("p256-pub", P256[:-1]), "key_length"),
        (spelt("p256-pub", KEYS["P-256"].octets), "key_length"),
        (spelt("p384-pub", P256), "key_length"),
        (spelt("ed25519-pub", P256), "key_length"),
        (spelt("p256-pub", b"\x04" + P256[1:]), "key_invalid"),
        (spelt("p256-pub", b"\x02" + b"\xff" * 32), "key_invalid"),
        (spelt("ed25519-pub", bytes(32)), "key_invalid"),
        (spelt("ed25519-pub", b"\xff" * 32), "key_invalid"),
        (spelt("mldsa-44-pub", bytes(100)), "multibase_invalid"),
        (spelt("mldsa-44-pub", bytes(1_311), "u"), "key_length"),
        (spelt("mldsa-44-pub", bytes(1_313), "u"), "key_length"),
        (spelt("mldsa-65-pub", bytes(1_312), "u"), "key_length"),
        (spelt("rsa-pub", bytes(9), "u"), "multibase_invalid"),
        ("u" + "A" * 4_095, "multibase_invalid"),
        ("u" + "A" * 4_096, "input_too_large"),
    ],
)
def test_refusals(text, expected):
    assert code(text) == expected


@given(st.sampled_from(list(multicodec.CODES)), st.binary(max_size=70))
def test_any_bytes_are_a_key_of_one_spelling_or_refused(codec, data):
    try:
        key = multikey.parse(spelt(codec, data))
    except DidkitError:
        return
    assert multikey.build(key) == spelt(codec, data)


BBS_KEY = bbs.generate().public_key


def test_a_bbs_key_comes_back():
    text = multikey.build_bbs(BBS_KEY)
    assert text.startswith(("zUC6", "zUC7"))
    assert multikey.parse_bbs(text) == BBS_KEY
    assert code(text) == "key_unsupported"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (multikey.build(KEYS["P-256"]), "key_unsupported"),
        (spelt("bls12_381-g2-pub", BBS_KEY.octets[:-1]), "key_length"),
        (spelt("bls12_381-g2-pub", b"\xc0" + bytes(95)), "key_invalid"),
        (spelt("bls12_381-g2-pub", b"\xc0" + bytes(94) + b"\1"), "key_invalid"),
        (spelt("bls12_381-g2-pub", bytes(96)), "key_invalid"),
        (multibase.encode(multicodec.encode("bls12_381-g2-pub", BBS_KEY.octets), "u"), "multibase_invalid"),
    ],
)
def test_refusals_of_bbs_keys(text, expected):
    with pytest.raises(DidkitError) as error:
        multikey.parse_bbs(text)
    assert error.value.code == expected
