import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.errors import ParseError
from issuer_service.shell.permutation import MAX_SIZE, Permutation, Permutations, invert, permute

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
FIRST_FIVE = [26792, 25262, 48553, 63769, 63530]
FIRST_FIVE_OF_A_THOUSAND = [14, 441, 907, 945, 552]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 100, 127, 128, 129, 1_000, 4_097, 10_007, 131_072])
def test_every_place_is_given_once(size):
    permutation = Permutation.of(KEY, 7, size)
    assert sorted(map(permutation.index, range(size))) == list(range(size))


@given(size=st.integers(1, 600), list_id=st.integers(0, 2**40), key=st.binary(min_size=32, max_size=32))
@settings(max_examples=40, deadline=None)
def test_any_size_is_permuted(size, list_id, key):
    permutation = Permutation.of(key, list_id, size)
    assert sorted(map(permutation.index, range(size))) == list(range(size))


@given(data=st.data(), size=st.integers(1, MAX_SIZE), list_id=st.integers(1, 2**32))
@settings(deadline=None)
def test_inverting_gives_the_counter_back(data, size, list_id):
    counter = data.draw(st.integers(0, size - 1))
    index = permute(KEY, list_id, size, counter)
    assert 0 <= index < size
    assert invert(KEY, list_id, size, index) == counter


@given(data=st.data(), size=st.integers(1, 1 << 18), list_id=st.integers(1, 2**32))
@settings(deadline=None, max_examples=50)
def test_the_computed_rounds_are_the_plain_ones(data, size, list_id):
    permutation = Permutation.of(KEY, list_id, size)
    for counter in data.draw(st.lists(st.integers(0, size - 1), max_size=20)):
        assert permutation.index(counter) == permute(KEY, list_id, size, counter)


def test_indices_do_not_change_between_versions():
    """A credential that was issued points at its index for as long as it lives."""
    assert [permute(KEY, 1, 131_072, counter) for counter in range(5)] == FIRST_FIVE
    assert [permute(KEY, 2, 1_000, counter) for counter in range(5)] == FIRST_FIVE_OF_A_THOUSAND


def test_lists_and_keys_have_their_own_permutations():
    size = 1 << 12
    images = [
        [permute(key, list_id, size, counter) for counter in range(64)] for key in (KEY, OTHER) for list_id in (1, 2)
    ]
    for at, image in enumerate(images):
        for other in images[:at]:
            assert sum(a == b for a, b in zip(image, other, strict=True)) < 4


def test_neighbours_do_not_stay_neighbours():
    size = 1 << 17
    indices = list(map(Permutation.of(KEY, 1, size).index, range(2_000)))
    gaps = [abs(a - b) for a, b in pairwise(indices)]
    assert sum(gap < 1_000 for gap in gaps) < 60  # 30 are expected
    assert abs(sum(indices) / len(indices) - size / 2) < size / 40
    assert 900 < sum(index % 2 for index in indices) < 1_100
    assert 900 < sum(a < b for a, b in pairwise(indices)) < 1_100


@pytest.mark.parametrize(("size", "counter"), [(0, 0), (-1, 0), (10, 10), (10, -1), (MAX_SIZE + 1, 0), (1, 1)])
def test_what_is_no_entry_is_refused(size, counter):
    for function in (permute, invert):
        with pytest.raises(ParseError) as error:
            function(KEY, 1, size, counter)
        assert error.value.code == "status_entry_invalid"


@pytest.mark.parametrize("counter", [-1, 10, 2**70])
def test_a_compiled_permutation_refuses_too(counter):
    with pytest.raises(ParseError) as error:
        Permutation.of(KEY, 1, 10).index(counter)
    assert error.value.code == "status_entry_invalid"


def test_it_shows_no_secret():
    assert repr(Permutation.of(KEY, 1, 10)) == "Permutation(size=10)"


def test_thousands_of_entries_take_milliseconds():
    began = time.thread_time()
    permutation = Permutation.of(KEY, 1, 1 << 20)
    for counter in range(10_000):
        permutation.index(counter)
    assert (time.thread_time() - began) / 10_000 < 30e-6


def test_permutations_in_use_are_the_plain_ones_and_few():
    kept = Permutations(KEY, max_kept=2)
    for list_id in (1, 2, 3, 1, 3):
        for size in (64, 1_000):
            assert kept.index(list_id, size, 5) == permute(KEY, list_id, size, 5)
    assert len(kept._kept) == 2
    with pytest.raises(ParseError) as error:
        kept.index(1, 64, 64)
    assert error.value.code == "status_entry_invalid"
    assert KEY.hex() not in repr(kept)
