"""What is done to the tree of a valid document before it is signed again, and to its bytes after."""

import contextlib
from collections.abc import Callable
from copy import deepcopy
from itertools import islice
from typing import Any

from tests.fuzz.choices import Choices
from tests.fuzz.targets import found, parts, places

__all__ = ["edit_bytes", "edit_tree"]

TIMES = (2, 3, 9, 65, 300, 1_100, 5_000)
DEPTHS = (2, 17, 33, 200, 1_100)
MAX_COPIED = 400_000
"""Bytes, about, that one operation may add: a document over a megabyte is refused by its size."""

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e300,
    -0.0,
    2**53,
    -(2**63),
    2**64,
    10**400,
    "",
    "\x00",
    "a\nb",
    "\u202e",
    "_:a",
    "@id",
    "@value",
    "..",
    "a b",
    'en .\n<a:b> <c:d> "e',
    "did:key:z",
    "urn:",
    "https://a.example/x?y#z",
    "http://127.0.0.1/",
    "2026-02-30",
    "ES256",
    "none",
    "_sd",
    "...",
    [],
    {},
    [[]],
    [None],
    {"": {}},
    {"@value": False},
    {"@list": [1]},
    {"@set": []},
    {"...": "x"},
    {"_sd": ["x"]},
)
MEMBERS = (
    *(
        "@context",
        "@id",
        "@type",
        "@value",
        "@language",
        "@direction",
        "@index",
        "@list",
        "@graph",
        "@reverse",
        "@nest",
    ),
    *("@included", "_:b", "id", "type", "proof", "_sd", "...", "cnf", "status", "exp", "iss", "vct", "alg", "kid"),
    *("x5c", "crit", "typ", "jwk", "values", "path", "urn:x:y", ""),
)


def _put(tree: Any, path: tuple[Any, ...], value: Any) -> None:
    found(tree, path[:-1])[path[-1]] = value


def _odd(tree: Any, path: tuple[Any, ...], choices: Choices) -> None:
    _put(tree, path, deepcopy(choices.one(ODD)))


def _remove(tree: Any, path: tuple[Any, ...], _: Choices) -> None:
    del found(tree, path[:-1])[path[-1]]


def _repeat(tree: Any, path: tuple[Any, ...], choices: Choices) -> None:
    value, times = found(tree, path), choices.one(TIMES)
    times = min(times, MAX_COPIED // (len(repr(value)) + 1) + 2)
    holder = found(tree, path[:-1])
    if isinstance(holder, list):
        holder[path[-1] : path[-1]] = [deepcopy(value) for _ in range(times - 1)]
    else:
        _put(tree, path, [deepcopy(value) for _ in range(times)])


def _members(tree: Any, path: tuple[Any, ...], choices: Choices) -> None:
    """As many members with names of their own, all alike."""
    value, times = found(tree, path), choices.one(TIMES)
    times = min(times, MAX_COPIED // (len(repr(value)) + 12) + 2)
    prefix = choices.one(("m", "urn:x:", "_:m", "@m", "1"))
    holder = value if isinstance(value, dict) else {}
    _put(tree, path, {**holder, **{f"{prefix}{at}": deepcopy(value) for at in range(times)}})


def _nest(tree: Any, path: tuple[Any, ...], choices: Choices) -> None:
    value, name = found(tree, path), choices.one((None, "@list", "@set", "@value", "...", "a"))
    for _ in range(choices.one(DEPTHS)):
        value = [value] if name is None else {name: value}
    _put(tree, path, value)


def _lengthen(tree: Any, path: tuple[Any, ...], choices: Choices) -> None:
    value, times = found(tree, path), choices.one(TIMES)
    if isinstance(value, str):
        _put(tree, path, (value or "a") * min(times * 8, MAX_COPIED // (len(value) + 1) + 1))
    elif isinstance(value, int):
        _put(tree, path, int("9" * min(times, 4_000)))
    else:
        _put(tree, path, [f"{at}" for at in range(times)])


def _text(tree: Any, path: tuple[Any, ...], choices: Choices) -> None:
    value, put = found(tree, path), choices.bytes().decode("latin-1")
    text = value if isinstance(value, str) else ""
    at = choices.below(len(text) + 1)
    _put(tree, path, text[:at] + put + text[at + choices.below(4) :])


def _copy(tree: Any, path: tuple[Any, ...], choices: Choices) -> None:
    """The value of another place of the document."""
    others = [other for other in islice(places(found(tree, path[:1])), MAX_PLACES) if other]
    if others:
        _put(tree, path, deepcopy(found(tree, (*path[:1], *choices.one(others)))))


def _member(tree: Any, path: tuple[Any, ...], choices: Choices) -> None:
    """One member more."""
    holder = found(tree, path)
    if isinstance(holder, dict):
        holder[choices.one(MEMBERS)] = deepcopy(choices.one(ODD))
    else:
        _put(tree, path, {choices.one(MEMBERS): holder})


OPERATIONS: tuple[Callable[[Any, tuple[Any, ...], Choices], None], ...] = (
    *(_odd, _remove, _repeat, _members, _nest, _lengthen, _text, _copy, _member),
)
MAX_EDITS = 6
MAX_PLACES = 1_000
"""Of a tree that grew: the others are alike."""


def edit_tree(name: str, tree: Any, choices: Choices) -> None:
    """Edits the parts of a tree that are the document, a few times."""
    for _ in range(1 + choices.below(MAX_EDITS)):
        part = choices.one(parts(name))
        with contextlib.suppress(KeyError, IndexError, TypeError, RecursionError):  # the place is gone, or too deep
            inside = [path for path in islice(places(found(tree, part)), MAX_PLACES) if path]
            if inside:
                choices.one(OPERATIONS)(tree, (*part, *choices.one(inside)), choices)
        if not choices.left:
            return


def edit_bytes(raw: bytes, choices: Choices) -> bytes:
    """Replaces, cuts, repeats or inserts bytes, a few times."""
    for _ in range(1 + choices.below(MAX_EDITS)):
        start = choices.number(3) % (len(raw) + 1)
        end = min(len(raw), start + choices.below(64))
        kind = choices.below(3)
        if kind == 0:
            raw = raw[:start] + choices.bytes() + raw[end:]
        elif kind == 1:
            raw = (
                raw[:start] + raw[start:end] * min(choices.one(TIMES), MAX_COPIED // (end - start + 1) + 1) + raw[end:]
            )
        else:
            raw = (
                raw[:start]
                + choices.one((b"~", b".", b"&", b"%", b'"', b"[" * 99, b"\xff", b"\x9f", b"\xbf"))
                + raw[end:]
            )
        if not choices.left:
            break
    return raw
