"""Unkeyed hashes of all that a register knows: whoever can guess a value can look for them, so nothing may hold one.

A date of birth, a country or a name is guessed in an instant; its hash hides nothing. So every value is hashed as a
program might write it: as text, as JSON, as CBOR, after its name, beside another value, in a whole record.
"""

import hashlib
import itertools
import json
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import cbor2

from didkit_fr import specs
from didkit_fr.credentials import titles
from tests.end_to_end.needles import without_accents

__all__ = ["HASHES", "PREFIX", "messages", "of_messages", "of_records"]

PREFIX = 8
"""Bytes of a digest that are looked for, so that one cut to 8 bytes or more is found too.

That chance gives one of a million digests in ten million places: once in two million scans.
"""

HASHES: Mapping[str, Callable[[bytes], bytes]] = {
    **{
        name: lambda data, name=name: hashlib.new(name, data, usedforsecurity=False).digest()  # type: ignore[misc]
        for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512")
    },
    "blake2b": lambda data: hashlib.blake2b(data).digest(),
    "blake2b of 32 bytes": lambda data: hashlib.blake2b(data, digest_size=32).digest(),
    "blake2s": lambda data: hashlib.blake2s(data).digest(),
    "sha256 twice": lambda data: hashlib.sha256(hashlib.sha256(data).digest()).digest(),
}

SEPARATORS = ("", "|", ":", ";", ",", " ", "-", "_", "/", "\n", "\0", "=", ": ")
CASES: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper, without_accents)
DATE_CHARS = 10
MAX_TEXT = 256
"""Longer values, pictures, are hashed whole and alone."""


def of_records(records: Iterable[Mapping[str, Any]], wholes: Iterable[Mapping[str, Any]] = ()) -> dict[bytes, str]:
    """The start of every hash of everything in some records, and of what it is the hash.

    Args:
        records: what is known of people, by attribute.
        wholes: excerpts of records, which are hashed as a whole only.
    """
    found: dict[bytes, str] = {}
    for record in records:
        found |= of_messages(messages(record))
    for whole in wholes:
        found |= of_messages(dict.fromkeys(_of_whole(whole), f"an excerpt: {sorted(whole)[:3]}..."))
    return found


def of_messages(named: Mapping[bytes, str]) -> dict[bytes, str]:
    """The start of every hash of each message, and the name of the message."""
    return {make(message)[:PREFIX]: what for message, what in named.items() for make in HASHES.values()}


def messages(record: Mapping[str, Any]) -> dict[bytes, str]:
    """What somebody might hash of a record: the bytes that are hashed, and a name for whoever reads a report."""
    found: dict[bytes, str] = {}
    leaves = list(_leaves(record, ""))
    for name, value in leaves:
        for message in _of_value(value):
            found.setdefault(message, f"{name}: {value!r:.60}")
        for message in _of_named(name, value):
            found.setdefault(message, f"{name}, with its name: {value!r:.60}")
    texts = sorted({str(value) for _, value in leaves if len(str(value)) <= MAX_TEXT})
    for case in CASES[:3]:
        for (one, other), between in itertools.product(itertools.permutations(texts, 2), SEPARATORS):
            found.setdefault(case(one + between + other).encode(), f"{one!r} beside {other!r}")
    for message in _of_whole(record):
        found.setdefault(message, f"the whole record of {texts[:2]}")
    found.pop(b"", None)
    return found


def _leaves(value: object, name: str) -> Iterator[tuple[str, Any]]:
    """Every value that is no container, by its name; and lists as they stand."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, name)
    elif value is not None:
        yield name, value


def _of_value(value: Any) -> Iterator[bytes]:
    """A value alone."""
    for text in _texts(value):
        yield from (case(text).encode() for case in CASES)
        yield text.encode("utf-16-le")
    yield from _as_json(value)
    yield cbor2.dumps(value)
    if isinstance(value, int):
        yield from (value.to_bytes(size, order) for size in (1, 2, 4, 8) for order in _ORDERS if value < 256**size)
    if isinstance(value, str) and len(value) > MAX_TEXT:
        try:
            yield b64decode(value, validate=True)
        except NoBase64:
            return


_ORDERS: tuple[Any, ...] = ("big", "little")


def _texts(value: Any) -> Iterator[str]:
    """A value as text, in the ways in which programs and forms write it."""
    yield str(value)
    if isinstance(value, bool):
        yield from (str(int(value)), "yes" if value else "no", "oui" if value else "non", "t" if value else "f")
    if isinstance(value, str) and len(value) == DATE_CHARS and value[4] == value[7] == "-":
        year, month, day = value.split("-")
        yield from (year, year + month + day, day + month + year, f"{day}/{month}/{year}", f"{month}/{day}/{year}")


def _of_named(name: str, value: Any) -> Iterator[bytes]:
    """A value with its name, as the tables of the titles and the documents call it."""
    for called in _names().get(name, {name}):
        for between, case in itertools.product(SEPARATORS, CASES[:3]):
            yield (called + between + case(str(value))).encode()
            yield (case(str(value)) + between + called).encode()
        yield from _as_json({called: value})
        yield from _as_json([called, value])
        yield from (_as_member(called, value))
        yield cbor2.dumps({called: value})
        yield cbor2.dumps({"elementIdentifier": called, "elementValue": value})


def _as_member(name: str, value: Any) -> Iterator[bytes]:
    for whole in _as_json({name: value}):
        yield whole[1:-1]


def _names() -> Mapping[str, set[str]]:
    """What an attribute is called, by its id: its id, its claim, its path, its element."""
    if not _NAMES:
        for title in map(titles.load, specs.folders("credentials")):
            for row in title.attributes:
                called = {row.id, row.json[-1], ".".join(row.json), *row.mdoc}
                _NAMES.setdefault(row.id, set()).update(called)
    return _NAMES


_NAMES: dict[str, set[str]] = {}


def _of_whole(record: Mapping[str, Any]) -> Iterator[bytes]:
    """A whole record, and its values in a row."""
    for order in (dict(record), dict(sorted(record.items()))):
        yield from _as_json(order)
        yield cbor2.dumps(order)
        yield from (between.join(str(value) for value in order.values()).encode() for between in SEPARATORS)
        pairs = [f"{name}={value}" for name, value in order.items()]
        yield from (between.join(pairs).encode() for between in ("&", "\n", ",", ";", " "))


def _as_json(value: Any) -> Iterator[bytes]:
    for ascii_only, separators in itertools.product((True, False), ((",", ":"), (", ", ": "))):
        yield json.dumps(value, ensure_ascii=ascii_only, separators=separators).encode()
