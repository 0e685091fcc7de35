import hmac
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import ParseError, VerificationError
from issuer_service.grants.sealing import (
    HOP_CODE,
    HOP_TOKEN,
    MAX_PLAINTEXT,
    PADDING,
    check_tx_code,
    lookup_id,
    open_grant,
    pseudonym,
    seal_grant,
    tx_code_mac,
)

SECRET = b"s" * 32
EPOCH = b"e" * 32
BOUND = {
    "epoch_key": EPOCH,
    "hop": HOP_CODE,
    "row": b"r" * 16,
    "title": "pid",
    "holder": "",
    "expires": 1_800_000_000,
}
OVERHEAD = 12 + 16


def sealed(plaintext: bytes = b"evidence", secret: bytes = SECRET, **changes) -> bytes:
    return seal_grant(secret, plaintext=plaintext, **{**BOUND, **changes})


def opened(raw: bytes, secret: bytes = SECRET, **changes) -> bytes:
    return open_grant(secret, sealed=raw, **{**BOUND, **changes})


@given(plaintext=st.binary(max_size=3_000))
def test_it_opens_as_it_was(plaintext):
    assert opened(sealed(plaintext)) == plaintext


def test_the_longest_opens():
    assert opened(sealed(bytes(MAX_PLAINTEXT))) == bytes(MAX_PLAINTEXT)
    with pytest.raises(ParseError) as error:
        sealed(bytes(MAX_PLAINTEXT + 1))
    assert error.value.code == "input_too_large"


@given(st.integers(0, 508), st.integers(0, 508))
def test_the_length_is_padded_away(short, long):
    assert len(sealed(bytes(short))) == len(sealed(bytes(long))) == PADDING + OVERHEAD
    assert len(sealed(bytes(509))) == 2 * PADDING + OVERHEAD


@pytest.mark.guarantee("G2")
@pytest.mark.parametrize(
    "changes",
    [
        {"secret": b"t" * 32},
        {"secret": b""},
        {"epoch_key": b"f" * 32},
        {"hop": HOP_TOKEN},
        {"row": b"q" * 16},
        {"row": b""},
        {"title": "passport"},
        {"title": "pi", "holder": "d"},
        {"holder": "thumbprint"},
        {"expires": 1_800_000_001},
        {"expires": -1_800_000_000},
        {"expires": 10**30},
        {"title": "pid\ud800"},
    ],
)
def test_anything_else_does_not_open_it(changes):
    with pytest.raises(VerificationError) as error:
        opened(sealed(), **changes)
    assert error.value.code == "grant_sealed"
    assert error.value.detail == ""


def test_an_edited_one_does_not_open():
    raw = sealed()
    for at in (0, 11, 12, 13, 300, len(raw) - 17, len(raw) - 1):
        with pytest.raises(VerificationError) as error:
            opened(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        assert error.value.code == "grant_sealed"


@given(raw=st.binary(max_size=600) | st.integers(0, 540).map(lambda length: sealed()[:length]))
def test_rubbish_and_truncation_do_not_open(raw):
    if len(raw) != PADDING + OVERHEAD:
        with pytest.raises(VerificationError) as error:
            opened(raw)
        assert error.value.code == "grant_sealed"


def test_the_same_is_never_sealed_twice_alike():
    assert sealed() != sealed()


def test_the_lookup_is_hkdf_and_neither_secret_nor_key():
    """RFC 5869 with an empty salt, computed by hand."""
    extracted = hmac.digest(bytes(32), SECRET, "sha256")
    assert lookup_id(SECRET) == hmac.digest(extracted, b"didkit-fr lookup\x01", "sha256")
    assert lookup_id(SECRET) not in (SECRET, sha256(SECRET).digest(), lookup_id(b""))


def test_the_grant_is_aes_gcm_under_hkdf():
    """Built again with the primitives alone, so that the layout does not change unseen."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    def part(data: bytes) -> bytes:
        return len(data).to_bytes(4) + data

    info = part(b"didkit-fr grant key") + part(HOP_CODE.encode()) + part(b"r" * 16)
    key = hmac.digest(hmac.digest(EPOCH, SECRET, "sha256"), info + b"\x01", "sha256")
    parts = (b"didkit-fr grant", HOP_CODE.encode(), b"r" * 16, b"pid", b"", b"1800000000")
    raw = sealed(b"evidence")
    padded = AESGCM(key).decrypt(raw[:12], raw[12:], b"".join(map(part, parts)))
    assert padded == (part(b"evidence")).ljust(512, b"\0")


def test_a_transaction_code_is_bound_to_its_offer_and_epoch():
    mac = tx_code_mac(EPOCH, b"code", "123456")
    assert len(mac) == 32
    check_tx_code(mac, epoch_key=EPOCH, code=b"code", tx_code="123456")
    others = [
        (EPOCH, b"code", "123457"),
        (EPOCH, b"code1", "23456"),
        (EPOCH, b"other", "123456"),
        (b"f" * 32, b"code", "123456"),
        (EPOCH, b"code", ""),
        (EPOCH, b"code", "123456\ud800"),
        (EPOCH, b"code", "１２３４５６"),  # noqa: RUF001 - digits that look alike are others
    ]
    for epoch_key, code, tx_code in others:
        with pytest.raises(VerificationError) as error:
            check_tx_code(mac, epoch_key=epoch_key, code=code, tx_code=tx_code)
        assert error.value.code == "tx_code_wrong"
    with pytest.raises(VerificationError):
        check_tx_code(b"", epoch_key=EPOCH, code=b"code", tx_code="")


parts = st.text(max_size=6)


@given(a=st.tuples(parts, parts, parts), b=st.tuples(parts, parts, parts))
def test_pseudonyms_collide_only_for_the_same(a, b):
    def of(values):
        return pseudonym(b"k" * 32, partition=values[0], title=values[1], document_number=values[2])

    assert (of(a) == of(b)) == (a == b)


def test_pseudonyms_need_their_key():
    values = {"partition": "2027", "title": "pid", "document_number": "X4RTBPFW4"}
    assert pseudonym(b"k" * 32, **values) != pseudonym(b"l" * 32, **values)
    assert len(pseudonym(b"k" * 32, **values)) == 32
