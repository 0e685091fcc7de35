"""A canary in every dress an attacker might find it in: how a text can stand in bytes, and how to look for it.

`dresses(text)` is the table of encodings. A search looks in the bytes as they are, in what their hexadecimal and base64
say, and inside every zlib or gzip stream that starts anywhere in them, three layers deep. It goes once through the
bytes, however many patterns there are: each of these starts with the bytes under which an `Index` has it.
"""

import base64
import gzip
import json
import re
import unicodedata
import urllib.parse
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

MIN_CHARS = 8
MAX_INFLATED = 16 << 20
MAX_LAYERS = 3


def _base64_at(alignment: int, encode: Callable[[bytes], bytes]) -> Callable[[str], bytes]:
    """What of base64 does not depend on the neighbours, for a text that starts at byte `alignment` modulo 3."""

    def dress(text: str) -> bytes:
        raw = text.encode()
        coded = encode(b"\0" * alignment + raw)
        start = -(-alignment * 8 // 6)
        end = (alignment + len(raw)) * 8 // 6
        return coded[start:end]

    return dress


def without_accents(text: str) -> str:
    """The text in plain letters."""
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


TEXTS: Mapping[str, Callable[[str], str]] = {
    "as written": str,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "lower case": str.lower,
    "upper case": str.upper,
    "without accents": without_accents,
    "lower case without accents": lambda text: without_accents(text).lower(),
    "JSON-escaped": lambda text: json.dumps(text)[1:-1],
    "percent-encoded": lambda text: urllib.parse.quote(text, safe=""),
    "form-encoded": urllib.parse.quote_plus,
}

BYTES: Mapping[str, Callable[[str], bytes]] = {
    "UTF-8 (and CBOR text)": str.encode,
    "UTF-16": lambda text: text.encode("utf-16-le"),
    "hex": lambda text: text.encode().hex().encode(),
    "upper-case hex": lambda text: text.encode().hex().upper().encode(),
    **{f"base64, alignment {n}": _base64_at(n, base64.b64encode) for n in range(3)},
    **{f"base64url, alignment {n}": _base64_at(n, base64.urlsafe_b64encode) for n in range(3)},
}


def _cbor_text(raw: bytes) -> bytes:
    return b"\xa1\x61a\x79" + len(raw).to_bytes(2) + raw


PLANTS: Mapping[str, Callable[[bytes], bytes]] = {
    "UTF-8": bytes,
    "CBOR": _cbor_text,
    "UTF-16": lambda raw: raw.decode().encode("utf-16-le"),
    "hex": lambda raw: raw.hex().encode(),
    "upper-case hex": lambda raw: raw.hex().upper().encode(),
    **{f"base64, alignment {n}": lambda raw, n=n: base64.b64encode(b"abc"[:n] + raw + b"tail") for n in range(3)},
    **{f"base64url, alignment {n}": lambda raw, n=n: base64.urlsafe_b64encode(b"abc"[:n] + raw) for n in range(3)},
}
"""How a text really comes to stand in a file, written without the patterns above: for the positive control."""

WRAPPINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "bare": bytes,
    "in a zlib stream": zlib.compress,
    "in a gzip stream": lambda data: gzip.compress(data, mtime=0),
}


@cache
def dresses(text: str) -> dict[str, bytes]:
    """Every spelling of a text, by name; the same bytes stand once."""
    found: dict[bytes, str] = {}
    for spelled, spell in TEXTS.items():
        for coded, encode in BYTES.items():
            found.setdefault(encode(spell(text)), f"{spelled}, {coded}")
    return {name: pattern for pattern, name in found.items()}


def patterns(texts: Iterable[str]) -> dict[bytes, str]:
    """Bytes to look for, and which text in which dress they are; texts under 8 characters are not canaries."""
    return {
        pattern: f"{text} ({name})"
        for text in texts
        if len(text) >= MIN_CHARS
        for name, pattern in dresses(text).items()
    }


def layers(data: bytes, depth: int = MAX_LAYERS) -> Iterator[bytes]:
    """The bytes, and what every zlib or gzip stream in them inflates to, and so on."""
    yield data
    if depth == 0:
        return
    for offset in _stream_starts(data):
        inflated = _inflate(data[offset:])
        if len(inflated) >= MIN_CHARS:
            yield from layers(inflated, depth - 1)


START = 8
"""Bytes of a pattern by which it is found; none is shorter."""


@dataclass(frozen=True, slots=True)
class Index:
    """Patterns by their first bytes, and starts of digests (8 bytes), which are patterns themselves."""

    patterns: Mapping[bytes, Sequence[tuple[bytes, str]]]
    digests: Mapping[bytes, str]
    starts: AbstractSet[bytes]

    def __len__(self) -> int:
        return sum(map(len, self.patterns.values()))


def index(wanted: Mapping[bytes, str], digests: Mapping[bytes, str] = MappingProxyType({})) -> Index:
    """An index of `patterns(...)` and of digests by their first eight bytes."""
    by_start: dict[bytes, list[tuple[bytes, str]]] = {}
    for pattern, name in wanted.items():
        if len(pattern) < START:
            raise ValueError(f"too short to be looked for: {name}")
        by_start.setdefault(pattern[:START], []).append((pattern, name))
    return Index(by_start, digests, by_start.keys() | digests.keys())


def search(data: bytes, wanted: Index) -> set[str]:
    """Names of the patterns, and of what the digests are of, that stand anywhere in the bytes."""
    return {name for layer in layers(data) for view in (layer, *undressed(layer)) for name in _in_view(view, wanted)}


def _in_view(view: bytes, wanted: Index) -> Iterator[str]:
    starts = wanted.starts
    for at in [at for at in range(len(view) - START + 1) if view[at : at + START] in starts]:
        start = view[at : at + START]
        if start in wanted.digests:
            yield f"a hash of {wanted.digests[start]}"
        yield from (name for pattern, name in wanted.patterns.get(start, ()) if view.startswith(pattern, at))


def undressed(data: bytes) -> Iterator[bytes]:
    """What every run of hexadecimal digits and of base64 letters says, wherever in the run its first byte starts."""
    for run in _HEX.findall(data):
        for offset in range(2):
            yield bytes.fromhex(run[offset : offset + (len(run) - offset) // 2 * 2].decode())
    for run in _BASE64.findall(data):
        for offset in range(4):
            piece = run[offset:].translate(_FROM_URL)
            yield base64.b64decode(piece + b"A" * (-len(piece) % 4))


_HEX = re.compile(rb"[0-9A-Fa-f]{%d,}" % (2 * START))
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{%d,}" % (START * 4 // 3 + 1))
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def _stream_starts(data: bytes) -> Iterator[int]:
    """Where a stream may start: the gzip magic, or a zlib header, whose two bytes are a multiple of 31 (RFC 1950)."""
    for magic in (b"\x1f\x8b\x08", *(bytes((0x78, second)) for second in (0x01, 0x5E, 0x9C, 0xDA))):
        at = data.find(magic)
        while at >= 0:
            yield at
            at = data.find(magic, at + 1)


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=47).decompress(data, MAX_INFLATED)
    except zlib.error:
        return b""
