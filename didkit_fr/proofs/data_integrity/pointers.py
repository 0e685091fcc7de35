"""JSON pointers (RFC 6901) into a JSON-LD document, and the part they select (ECDSA Cryptosuites 1.0 section 3.4)."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError

__all__ = ["MAX_CHARS", "MAX_POINTERS", "Pointer", "parse_pointers", "select_json"]

MAX_POINTERS = 512
MAX_CHARS = 1_024

Pointer: TypeAlias = tuple[str | int, ...]
"""The steps from the document to a value: names of members, positions of elements."""

_Tree: TypeAlias = dict[str | int, "_Tree | None"]

_POINTER = re.compile(r"/[^~]*(?:~[01][^~]*)*")
_POSITION = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)


def parse_pointers(texts: Iterable[str], document: JsonObject) -> tuple[Pointer, ...]:
    """Reads pointers, each of which must lead somewhere below the whole document.

    Raises:
        ParseError: `pointer_invalid`, `input_too_large`.
    """
    listed = list(texts)
    if len(listed) > MAX_POINTERS:
        raise ParseError("input_too_large", f"over {MAX_POINTERS} pointers")
    return tuple(_parse(text, document) for text in listed)


def select_json(document: JsonObject, pointers: Iterable[Pointer]) -> JsonObject:
    """The part of a document that pointers select (section 3.4.13), with the `id` and `type` of all on the way.

    Positions close up where elements between are left out. Nothing is copied: what is returned shares the document's
    values.
    """
    tree: _Tree = {}
    for pointer in pointers:
        node: _Tree | None = tree
        for step in pointer[:-1]:
            node = node.setdefault(step, {}) if node is not None else None
        if node is not None:
            node[pointer[-1]] = None
    return {"@context": document["@context"], **_select(document, tree)}


def _select(value: JsonValue, tree: _Tree | None) -> JsonValue:
    """What is selected of a value; of a `tree` that is None, all."""
    if tree is None:
        return value
    if isinstance(value, list):
        return [_select(value[int(at)], tree[at]) for at in sorted(tree, key=int)]
    initial = _initial(value)
    return initial | {name: _select(value[name], tree[name]) for name in value if name in tree and name not in initial}


def _initial(value: Mapping[str, JsonValue]) -> JsonObject:
    """What is disclosed of an object whenever something in it is (section 3.4.11)."""
    initial = {name: value[name] for name in ("id", "type") if name in value}
    if isinstance(initial.get("id"), str) and initial["id"].startswith("_:"):
        del initial["id"]
    return initial


def _parse(text: str, document: JsonObject) -> Pointer:
    if not isinstance(text, str) or len(text) > MAX_CHARS or _POINTER.fullmatch(text) is None:
        raise ParseError("pointer_invalid", "not a JSON pointer to a part of a document")
    steps: list[str | int] = []
    value: JsonValue = document
    for part in text.split("/")[1:]:
        step, value = _step(value, part)
        steps.append(step)
    return tuple(steps)


def _step(value: JsonValue, part: str) -> tuple[str | int, JsonValue]:
    name = part.replace("~1", "/").replace("~0", "~")
    if isinstance(value, dict) and name in value:
        return name, value[name]
    if isinstance(value, list) and _POSITION.fullmatch(part) and int(part) < len(value):
        return int(part), value[int(part)]
    raise ParseError("pointer_invalid", "leads nowhere")
