"""What two presentations have in common: both are decoded layer by layer, and every string they share is named.

A layer is JSON, a compact JWS, an SD-JWT, base64url, multibase or CBOR. What cannot be taken apart further is a leaf:
the names of members are leaves too. Two parties that compare what they got learn no more than this from the bytes.
"""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from didkit_fr.encoding import base64url, cbor, json
from didkit_fr.errors import DidkitError

__all__ = ["LEAST", "Leaf", "Shared", "differences", "entries", "leaves", "shared"]

LEAST = 8
"""As many bytes as somebody could recognise a person by."""

OPAQUE = 12

_SELECTIVE = {
    b"\xd9\x5d\x01": ("baseSignature", "publicKey", "signatures", "labelMap", "mandatoryIndexes"),
    b"\xd9\x5d\x03": ("bbsProof", "labelMap", "mandatoryIndexes", "selectiveIndexes", "presentationHeader"),
}
_COMPACT_PARTS = 3


class Leaf(NamedTuple):
    """A value and where it is: names and positions, joined by slashes, and of each layer what it is.

    `small` numbers that belong together, such as positions of statements, are compared and are no string.
    """

    where: str
    value: bytes
    small: bool = False


class Shared(NamedTuple):
    """Bytes that stand in both, and where."""

    value: bytes
    here: str
    there: str


def shared(one: Any, other: Any, *, allowed: Collection[str | bytes], least: int = LEAST) -> list[Shared]:
    """Every longest run of `least` bytes or more that stands in both, unless it is part of an allowed value."""
    excused = [form for entry in allowed for form in _forms(entry)]
    others = [leaf for leaf in leaves(other) if not leaf.small]
    known = {leaf.value[at : at + least]: leaf.where for leaf in others for at in range(len(leaf.value) - least + 1)}
    found: dict[bytes, Shared] = {}
    for leaf in (leaf for leaf in leaves(one) if not leaf.small):
        for run in _runs(leaf.value, known, [other.value for other in others], least):
            if not any(run in entry for entry in excused):
                found.setdefault(run, Shared(run, leaf.where, known[run[:least]]))
    return list(found.values())


def _forms(entry: str | bytes) -> Iterator[bytes]:
    """An allowed value, and what its text would be the encoding of."""
    yield entry.encode() if isinstance(entry, str) else entry
    for word in entry.split() if isinstance(entry, str) else ():
        if (inner := _decoded(word)) is not None:
            yield inner


def differences(one: Any, other: Any) -> set[str]:
    """Where two presentations differ: the places of leaves that only one has, or that are not the same in both."""
    return {leaf.where for leaf in set(leaves(one)) ^ set(leaves(other))}


def entries(value: Any) -> set[tuple[bytes, bytes]]:
    """The entries of status lists in a presentation: each list's address with a place in it.

    Many share the address, and the place is a number too small to be looked for as a string: together they are one's.
    """
    found = {leaf.where: leaf.value for leaf in leaves(value)}
    return {
        (address, found[f"{where.removesuffix('/uri')}/idx"])
        for where, address in found.items()
        if where.endswith("/status_list/uri")
    }


def leaves(value: Any, where: str = "") -> Iterator[Leaf]:
    """The leaves of a presentation: of a text, of bytes, or of what JSON or CBOR decodes to."""
    if isinstance(value, dict):
        for name, child in value.items():
            if isinstance(name, str):
                yield Leaf(f"{where}/(name)", name.encode())
            yield from leaves(child, f"{where}/{name}")
    elif isinstance(value, (list, tuple)):
        for at, child in enumerate(value):
            yield from leaves(child, f"{where}/{at}")
    elif isinstance(value, cbor.Tag):
        yield from leaves(value.value, f"{where}/tag {value.tag}")
    elif isinstance(value, bytes):
        yield from _of_bytes(value, where)
    elif isinstance(value, str):
        yield from _of_text(value, where)
    else:
        yield Leaf(where, str(value).encode())


def _of_text(text: str, where: str) -> Iterator[Leaf]:
    if (tree := _json(text.encode(errors="replace"))) is not None:
        yield from leaves(tree, f"{where}/json")
    elif "~" in text:
        for at, part in enumerate(text.split("~")):
            yield from _of_text(part, f"{where}/~{at}")
    elif (parts := _compact(text)) is not None:
        for name, part in zip(("header", "payload", "signature"), parts, strict=True):
            yield from _of_bytes(part, f"{where}/{name}")
    elif (inner := _decoded(text[1:])) is not None and text[:1] == "u" and inner[:3] in _SELECTIVE:
        yield from _selective(inner, where)
    elif (inner := _decoded(text)) is not None and (_json(inner) is not None or _cbor(inner) is not None):
        yield from _of_bytes(inner, f"{where}/base64url")
    else:
        yield Leaf(where, text.encode(errors="replace"))
        # The same bytes begin elsewhere in another text: what may be an encoding is looked at decoded too.
        if inner is not None and len(inner) >= OPAQUE:
            yield Leaf(f"{where}/base64url", inner)


def _of_bytes(data: bytes, where: str) -> Iterator[Leaf]:
    if (tree := _json(data)) is not None:
        yield from leaves(tree, f"{where}/json")
    elif (tree := _cbor(data)) is not None:
        yield from leaves(tree, f"{where}/cbor")
    else:
        yield Leaf(where, data)


def _selective(raw: bytes, where: str) -> Iterator[Leaf]:
    parts = cbor.decode(raw[3:])
    for name, part in zip(_SELECTIVE[raw[:3]], parts, strict=True):
        small = name in ("labelMap", "mandatoryIndexes", "selectiveIndexes") and raw[2:3] == b"\x03"
        yield from (
            [Leaf(f"{where}/{name}", str(part).encode(), small=True)] if small else leaves(part, f"{where}/{name}")
        )


def _runs(value: bytes, known: dict[bytes, str], others: list[bytes], least: int) -> Iterator[bytes]:
    """The longest parts of a value that stand in another's as they are."""
    at = 0
    while at <= len(value) - least:
        if value[at : at + least] not in known:
            at += 1
            continue
        end = at + least
        while end < len(value) and any(value[at : end + 1] in other for other in others):
            end += 1
        yield value[at:end]
        at = end - least + 1


def _json(data: bytes) -> Any:
    if data[:1] not in (b"{", b"["):
        return None
    try:
        return json.parse(data)
    except DidkitError:
        return None


def _cbor(data: bytes) -> Any:
    """CBOR that holds something: any byte is CBOR too."""
    try:
        tree = cbor.decode(data)
    except DidkitError:
        return None
    return tree if isinstance(tree, (list, dict, cbor.Tag)) and len(data) > 1 else None


def _compact(text: str) -> list[bytes] | None:
    parts = [_decoded(part) for part in text.split(".")]
    if len(parts) != _COMPACT_PARTS or None in parts or _json(parts[0] or b"") is None:
        return None
    return [part for part in parts if part is not None]


def _decoded(text: str) -> bytes | None:
    try:
        return base64url.decode(text, max_chars=1 << 20)
    except DidkitError:
        return None
