import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError
from didkit_fr.primitives import passphrase
from didkit_fr.primitives.passphrase import Cost, open_sealed, seal
from didkit_fr.primitives.random import system

CHEAP = Cost(operations=1, memory=8_192)
CONTEXT = b"test"
SEALED = seal(b"secret", b"plaintext", context=CONTEXT, cost=CHEAP)
HEADER = 64


def code(sealed, secret=b"secret", context=CONTEXT):
    with pytest.raises(DidkitError) as error:
        open_sealed(secret, sealed, context=context)
    return error.value.code


def test_what_was_sealed_opens():
    assert open_sealed(b"secret", SEALED, context=CONTEXT) == b"plaintext"
    assert len(SEALED) == HEADER + len(b"plaintext") + 16
    assert open_sealed(b"", seal(b"", b"", context=b"", cost=CHEAP), context=b"") == b""


def test_the_default_cost_is_high_and_allowed():
    cost = passphrase.INTERACTIVE
    assert passphrase.MIN_OPERATIONS <= cost.operations <= passphrase.MAX_OPERATIONS
    assert 1 << 26 <= cost.memory <= passphrase.MAX_MEMORY


@pytest.mark.slow
def test_sealing_at_the_default_cost():
    assert open_sealed(b"x", seal(b"x", b"y", context=b""), context=b"") == b"y"


def test_wrong_passphrase_and_wrong_context_look_alike():
    assert code(SEALED, secret=b"Secret") == "passphrase_wrong"
    assert code(SEALED, secret=b"") == "passphrase_wrong"
    assert code(SEALED, context=b"other") == "passphrase_wrong"


def test_salt_and_nonce_are_fresh():
    other = seal(b"secret", b"plaintext", context=CONTEXT, cost=CHEAP)
    assert other[24:40] != SEALED[24:40]
    assert other[40:64] != SEALED[40:64]
    assert other[64:] != SEALED[64:]


def test_randomness_comes_from_outside():
    draws = []

    def random(length):
        draws.append(length)
        return bytes(length)

    first = seal(b"x", b"y", context=b"", cost=CHEAP, random=random)
    assert sorted(draws) == [16, 24]
    assert first == seal(b"x", b"y", context=b"", cost=CHEAP, random=random)


@pytest.mark.parametrize("sealed", [b"", b"didkit", SEALED[: HEADER + 15], b"didkit\x00\x02" + SEALED[8:], b"\0" * 100])
def test_other_files_are_refused(sealed):
    assert code(sealed) == "sealed_malformed"


@pytest.mark.parametrize(
    ("operations", "memory"),
    [
        (0, 8_192),
        (11, 8_192),
        (2**64 - 1, 8_192),
        (1, 0),
        (1, 8_191),
        (1, (1 << 28) + 1),
        (1, 2**64 - 1),
    ],
)
def test_a_file_cannot_ask_for_too_much_work_or_too_little(operations, memory):
    edited = SEALED[:8] + operations.to_bytes(8) + memory.to_bytes(8) + SEALED[24:]
    assert code(edited) == "sealed_malformed"


@settings(deadline=None)
@given(st.integers(24, len(SEALED) - 1), st.integers(1, 255))
def test_any_change_is_noticed(position, change):
    edited = bytearray(SEALED)
    edited[position] ^= change
    assert code(bytes(edited)) == "passphrase_wrong"


def test_the_cost_is_authenticated():
    edited = SEALED[:8] + (2).to_bytes(8) + SEALED[16:]
    assert code(edited) == "passphrase_wrong"


@settings(deadline=None, max_examples=30)
@given(st.binary(max_size=20), st.binary(max_size=50), st.binary(max_size=10))
def test_anything_can_be_sealed(secret, plaintext, context):
    sealed = seal(secret, plaintext, context=context, cost=CHEAP)
    assert open_sealed(secret, sealed, context=context) == plaintext
    # Behind the header, whose zeros may be the plaintext's.
    assert len(plaintext) < 4 or plaintext not in sealed[64:]


def test_system_randomness():
    assert len(system(16)) == 16
    assert system(16) != system(16)
    assert system(0) == b""
