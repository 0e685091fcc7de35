"""Places in a status list, handed out in order and looking random: a keyed permutation of `range(size)`.

A Feistel network over the fewest bits that hold `size`, its round function AES-256, followed by cycle walking
(Black and Rogaway 2002, "Ciphers with arbitrary finite domains"; the structure of NIST SP 800-38G with more rounds
and no tweak). Each list has a key of its own, derived from one secret that is kept outside the database, so that
neither a list nor the database tells which entries were reserved together.

`permute` serves one call; `Permutation` computes its rounds once and serves thousands, and `Permutations` keeps those
of the open lists. A test holds them equal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from struct import unpack

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from didkit_fr.errors import ParseError

__all__ = ["MAX_SIZE", "ROUNDS", "Permutation", "Permutations", "invert", "permute"]

MAX_SIZE = 1 << 24
ROUNDS = 12

_Rounds = Sequence[Callable[[int], int]]


def permute(key: bytes, list_id: int, size: int, counter: int) -> int:
    """The index, in list `list_id` of `size` entries, of the `counter`-th entry that was handed out.

    Raises:
        ParseError: `status_entry_invalid` where there is no such entry or size.
    """
    shape = _shape(size, counter)
    return _forward(_lazy(_own_key(key, list_id), shape), shape, size, counter)


def invert(key: bytes, list_id: int, size: int, index: int) -> int:
    """The counter of an index: what `permute` undoes.

    Raises:
        ParseError: `status_entry_invalid`.
    """
    shape = _shape(size, index)
    return _backward(_lazy(_own_key(key, list_id), shape), shape, size, index)


@dataclass(frozen=True, slots=True)
class Permutation:
    """The permutation of one list, its rounds computed; it stands for a secret and its `repr` shows none."""

    size: int
    _split: tuple[int, int] = field(repr=False)
    _rounds: _Rounds = field(repr=False)

    @classmethod
    def of(cls, key: bytes, list_id: int, size: int) -> "Permutation":
        """Computes the rounds: about a millisecond for a list of 2^20 entries.

        Raises:
            ParseError: `status_entry_invalid` for a size that is not in 1 .. `MAX_SIZE`.
        """
        shape = _shape(size, 0)
        return cls(size, shape, _tables(_own_key(key, list_id), shape))

    def index(self, counter: int) -> int:
        """As `permute`."""
        _shape(self.size, counter)
        return _forward(self._rounds, self._split, self.size, counter)


class Permutations:
    """The permutations of the lists in use, by one secret; the one that was made first is forgotten first."""

    def __init__(self, key: bytes, max_kept: int = 256) -> None:
        self._key = key
        self._max_kept = max_kept
        self._kept: dict[tuple[int, int], Permutation] = {}

    def index(self, list_id: int, size: int, counter: int) -> int:
        """As `permute`.

        Raises:
            ParseError: `status_entry_invalid`.
        """
        found = self._kept.get((list_id, size))
        if found is None:
            if len(self._kept) >= self._max_kept:
                del self._kept[next(iter(self._kept))]
            found = self._kept[list_id, size] = Permutation.of(self._key, list_id, size)
        return found.index(counter)


def _shape(size: int, value: int) -> tuple[int, int]:
    """How many bits the left and right halves have; together the fewest that hold `size`, and each at least one."""
    if not (1 <= size <= MAX_SIZE and 0 <= value < size):
        raise ParseError("status_entry_invalid")
    bits = max(2, (size - 1).bit_length())
    return bits - bits // 2, bits // 2


def _forward(rounds: _Rounds, shape: tuple[int, int], size: int, value: int) -> int:
    bits = shape[1]
    while True:
        left, right = value >> bits, value & ((1 << bits) - 1)
        for number in range(0, ROUNDS, 2):
            left ^= rounds[number](right)
            right ^= rounds[number + 1](left)
        value = left << bits | right
        if value < size:
            return value


def _backward(rounds: _Rounds, shape: tuple[int, int], size: int, value: int) -> int:
    bits = shape[1]
    while True:
        left, right = value >> bits, value & ((1 << bits) - 1)
        for number in range(ROUNDS - 2, -1, -2):
            right ^= rounds[number + 1](left)
            left ^= rounds[number](right)
        value = left << bits | right
        if value < size:
            return value


def _own_key(key: bytes, list_id: int) -> algorithms.AES256:
    info = b"didkit-fr status list permutation %d" % list_id
    return algorithms.AES256(HKDF(SHA256(), 32, salt=None, info=info).derive(key))


def _masks(shape: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """For even and odd rounds: how many bits go into the round function, and which bits of its output are kept."""
    left, right = shape
    return (right, (1 << left) - 1), (left, (1 << right) - 1)


def _lazy(own: algorithms.AES256, shape: tuple[int, int]) -> _Rounds:
    """Round `r` of a half `h`: the h-th four bytes (little endian) of the AES-CTR key stream from block r * 2^64."""
    encrypt = Cipher(own, modes.ECB()).encryptor().update  # noqa: S305 - single blocks of a key stream
    masks = _masks(shape)

    def function(number: int, mask: int) -> Callable[[int], int]:
        start = number << 64

        def lookup(half: int) -> int:
            at = 4 * (half & 3)
            return int.from_bytes(encrypt((start | half >> 2).to_bytes(16))[at : at + 4], "little") & mask

        return lookup

    return [function(number, masks[number % 2][1]) for number in range(ROUNDS)]


def _tables(own: algorithms.AES256, shape: tuple[int, int]) -> _Rounds:
    """The same, for all halves at once."""
    masks = _masks(shape)
    rounds = []
    for number in range(ROUNDS):
        bits, mask = masks[number % 2]
        stream = Cipher(own, modes.CTR((number << 64).to_bytes(16))).encryptor().update(bytes(4 << bits))
        rounds.append([word & mask for word in unpack(f"<{1 << bits}I", stream)].__getitem__)
    return rounds
