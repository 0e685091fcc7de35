"""The slow twin of matching pointers: every node of a document is given a name, and copies are cut.

ECDSA Cryptosuites 1.0 (sections 3.4.5 to 3.4.15) names the nodes of the expanded document and compacts it again, which
reshapes it: an array of one element is none any more, and pointers lead elsewhere. Here the names are put into the
document as it is, and it is checked that it says the same with them.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from didkit_fr.encoding import json, jsonld, rdfc
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.jsonld import Contexts
from didkit_fr.errors import ParseError
from didkit_fr.proofs.data_integrity.pointers import Pointer, select_json

__all__ = ["Named", "skolemized"]

_ID = ("id", "@id")
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_BLANK = re.compile(r"(?:^| )_:")


@dataclass(frozen=True, slots=True)
class Named:
    """A document whose every node has a name, and its statements, in which these names are blank nodes again."""

    document: JsonObject = field(repr=False)
    lines: tuple[str, ...]
    to_lines: Callable[[JsonObject], tuple[str, ...]] = field(repr=False)

    def select(self, pointers: Collection[Pointer]) -> set[str]:
        """The statements of the part that pointers select.

        Raises:
            ParseError: those of `encoding.jsonld`.
        """
        return set(self.to_lines(select_json(self.document, pointers))) if pointers else set()


def skolemized(document: JsonObject, contexts: Contexts) -> Named:
    """Names the nodes of a document.

    Raises:
        ParseError: `selection_unsupported` where a node cannot have a name, as in a list or under a blank node
            identifier, and those of `encoding.jsonld` and `encoding.rdfc`.
    """
    plain = [quad.line for quad in jsonld.to_quads(document, contexts=contexts)]
    # Nobody can write a document that contains its own hash.
    prefix = f"urn:{hashlib.sha256(json.encode(document)).hexdigest()}:"
    everything = {name: value for name, value in document.items() if name != "@context"}
    objects = [path for path, value in _walk(everything, ()) if _may_be_node(value)]
    names = {path: f"{prefix}n{at}" for at, path in enumerate(objects)}
    # Not every object is a node: of values such as language maps, a name is an element or is lost.
    expanded = jsonld.expand(_put(document, names), contexts=contexts)
    ids = set(_ids(expanded))
    names = {path: name for path, name in names.items() if name in ids}
    named = _put(document, names)

    def to_lines(part: JsonObject) -> tuple[str, ...]:
        blank = re.compile(f"<{prefix}(n[0-9]+)>")
        return tuple(blank.sub(r"_:\1", line) for line in _named_quads(part, contexts))

    lines = to_lines(named)
    if rdfc.canonicalize(lines).lines != rdfc.canonicalize(plain).lines:
        raise ParseError("selection_unsupported", "a document that says something else when its nodes have names")
    return Named(named, lines, to_lines)


def _named_quads(document: JsonObject, contexts: Contexts) -> Iterator[str]:
    for quad in jsonld.to_quads(document, contexts=contexts):
        if _BLANK.search(_LITERAL.sub("", quad.line)):
            raise ParseError("selection_unsupported", "a node that cannot have a name")
        yield quad.line


def _walk(value: JsonValue, path: Pointer) -> Iterator[tuple[Pointer, JsonObject]]:
    if isinstance(value, dict):
        yield path, value
    entries: Iterable[tuple[str | int, JsonValue]] = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for step, child in entries:
        yield from _walk(child, (*path, step))


def _may_be_node(value: JsonObject) -> bool:
    return not any(name in value for name in (*_ID, "@value", "@list", "@set", "@graph"))


def _put(value: JsonValue, names: dict[Pointer, str], path: Pointer = ()) -> JsonValue:
    """A copy of a value with an `id` in the objects that have a name."""
    if isinstance(value, list):
        return [_put(child, names, (*path, at)) for at, child in enumerate(value)]
    if not isinstance(value, dict):
        return value
    put = {name: child if name == "@context" else _put(child, names, (*path, name)) for name, child in value.items()}
    return {"id": names[path], **put} if path in names else put


def _ids(expanded: Sequence[JsonValue]) -> Iterator[str]:
    for _path, value in _walk(list(expanded), ()):
        if isinstance(value.get("@id"), str):
            yield value["@id"]
