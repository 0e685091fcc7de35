"""What each column of the issuer's database may hold, and nothing else: a value of another kind is a finding."""

import re
from collections.abc import Callable, Iterable

from didkit_fr import specs
from issuer_service.titles.formats import ISSUED_FORMATS

__all__ = ["COLUMNS", "CONFIGURATIONS", "TITLES"]


def blob(*lengths: int) -> Callable[[object], bool]:
    """A column of bytes of these lengths."""
    return lambda value: isinstance(value, bytes) and len(value) in lengths


def text(pattern: str) -> Callable[[object], bool]:
    """A column of texts of this form."""
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def one_of(values: Iterable[str]) -> Callable[[object], bool]:
    """A column of one of these texts and no other."""
    allowed = frozenset(values)
    return lambda value: value in allowed


def number(value: object) -> bool:
    """A column of numbers."""
    return isinstance(value, int)


def padded(value: object) -> bool:
    """A column of sealed bytes: nonce (12), padded plaintext (a multiple of 512), tag (16)."""
    return isinstance(value, bytes) and (len(value) - 28) % 512 == 0


def entries(value: object) -> bool:
    """A column of status entries of four and four bytes."""
    return isinstance(value, bytes) and len(value) % 8 == 0


TITLES = tuple(specs.folders("credentials"))
"""The titles that there are, by name.

A title's name is no attribute of a person: it stands in the issuer's own metadata, and in a row of the database that
names nobody and that no value leads to somebody without the keys outside. What the rows together tell, how many people
were offered which title on which day, is said in the threat model.
"""

CONFIGURATIONS = tuple(
    f"{title}_{re.sub('[^a-z0-9]+', '_', format_)}" for title in TITLES for format_ in ISSUED_FORMATS
)
"""The titles in the formats in which they can be asked for, as the issuer's metadata names them."""

COLUMNS: dict[str, dict[str, Callable[[object], bool]]] = {
    "offers": {
        "lookup": blob(32),
        "row": blob(16),
        "epoch": text(r"\d{4}-\d\d-\d\d"),
        "title": one_of(TITLES),
        "sealed": padded,
        "tx_code_mac": blob(0, 32),
        "expires": number,
        "attempts": number,
        "last_revocation": number,
    },
    "grants": {
        "lookup": blob(32),
        "row": blob(16),
        "epoch": text(r"\d{4}-\d\d-\d\d"),
        "title": one_of(TITLES),
        "sealed": padded,
        "expires": number,
        "last_revocation": number,
    },
    "nonces": {"digest": blob(32), "expires": number},
    "lists": {
        "list_id": number,
        "size": number,
        "next": number,
        "expires": number,
        "known": lambda value: value is None or number(value),
    },
    "invalid_entries": {"list_id": number, "counter": number},
    "suspended_entries": {"list_id": number, "counter": number},
    "decoys": {"list_id": number, "counter": number},
    "replayed": {"partition": text(r"\d{4}"), "size": number, "digest": blob(32)},
    "marks": {"generation": number, "ticks": number},
    "misses": {"count": number},
    "forgotten": {"until": number},
    "issuances": {
        "handle": blob(16),
        "issued_under": lambda value: value is None or blob(32)(value),
        "partition": text(r"\d{4}"),
        "configuration": one_of(CONFIGURATIONS),
        "pseudonym": lambda value: value is None or blob(32)(value),
        "entries": entries,
        "expires": number,
        "state": number,
        "accepted": number,
        "copies": number,
    },
    "revocations": {"number": number, "pseudonym": blob(32)},
    "sqlite_sequence": {"name": text("lists|revocations"), "seq": number},
}
