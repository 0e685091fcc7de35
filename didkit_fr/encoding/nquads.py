"""N-Quads (RDF 1.1) into the canonical form that RDFC-1.0 reads, in which each statement has one spelling."""

import re
from typing import Final, NamedTuple, TypeAlias

from didkit_fr.errors import ParseError

__all__ = ["MAX_BYTES", "MAX_QUADS", "Link", "Quad", "escape", "parse", "quad"]

MAX_BYTES: Final = 1_048_576
MAX_QUADS: Final = 16_384

Link: TypeAlias = tuple[str, str, str | None]
"""The predicate, the object and the graph of a statement, each as it is spelled."""


class Quad(NamedTuple):
    """One statement in canonical form: its subject, and all that follows the space behind it, to the end of line.

    `link` takes the tail apart where a blank node is in it. `pointer` is the JSON pointer (RFC 6901) of the value that
    says it, where that is known.
    """

    subject: str
    tail: str
    link: Link | None = None
    pointer: str | None = None

    @property
    def line(self) -> str:
        """The statement with its end of line."""
        return f"{self.subject} {self.tail}"


_IRI: Final = r"<([^\x00-\x20<>\"{}|^`]*)>"
_BLANK: Final = r"_:([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?)"
_LITERAL: Final = rf'"((?:[^"\\\n\r]|\\.)*)"(?:@([A-Za-z]+(?:-[A-Za-z0-9]+)*)|\^\^{_IRI})?'
_STATEMENT: Final = re.compile(
    rf"[ \t]*(?:{_IRI}|{_BLANK})[ \t]*{_IRI}[ \t]*(?:{_IRI}|{_BLANK}|{_LITERAL})"
    rf"[ \t]*(?:{_IRI}|{_BLANK})?[ \t]*\.[ \t]*(?:#.*)?"
)
_REFERENCE: Final = r"<[^<>\s]*>"
_NODE: Final = r"_:[^\s<>\"]+"
_CANONICAL: Final = re.compile(
    rf"({_REFERENCE}|{_NODE}) ({_REFERENCE}) "
    rf'({_REFERENCE}|{_NODE}|"(?:[^"\\\n\r]|\\.)*"(?:@[A-Za-z0-9-]+|\^\^{_REFERENCE})?)'
    rf"(?: ({_REFERENCE}|{_NODE}))? \.\n"
)
_EMPTY: Final = re.compile(r"[ \t]*(?:#.*)?")
_NAMES: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ESCAPED: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPES: Final = {
    **{code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)},
    **{ord(char): f"\\{name}" for char, name in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)},
}
_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"


def escape(text: str) -> str:
    """A literal's text in canonical form (RDFC-1.0 section 5)."""
    return text if text.isprintable() and '"' not in text and "\\" not in text else text.translate(_ESCAPES)


def quad(line: str) -> Quad:
    """Takes a statement in canonical form apart.

    Raises:
        ParseError: `nquads_invalid`.
    """
    subject, _, tail = line.partition(" ")
    if "_:" not in tail:
        return Quad(subject, tail)
    found = _CANONICAL.fullmatch(line)
    if found is None:
        raise ParseError("nquads_invalid")
    subject, predicate, object_, graph = found.groups()
    blank = "_:" in (object_[:2], (graph or "")[:2])
    return Quad(subject, tail, (predicate, object_, graph) if blank else None)


def parse(text: str, *, max_bytes: int = MAX_BYTES, max_quads: int = MAX_QUADS) -> tuple[str, ...]:
    """Parses statements; each comes in canonical form, with its end of line.

    Raises:
        ParseError: `nquads_invalid`, `input_too_large`.
    """
    if len(text) > max_bytes or len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        raise ParseError("input_too_large", "N-Quads")
    lines = [line for line in re.split(r"[\r\n]+", text) if _EMPTY.fullmatch(line) is None]
    if len(lines) > max_quads:
        raise ParseError("input_too_large", f"over {max_quads} statements")
    return tuple(map(_statement, lines))


def _statement(line: str) -> str:
    found = _STATEMENT.fullmatch(line)
    if found is None:
        raise ParseError("nquads_invalid")
    subject, blank, predicate, object_, object_blank, literal, language, datatype, graph, graph_blank = found.groups()
    terms = [_node(subject, blank), f"<{_iri(predicate)}>"]
    if literal is None:
        terms.append(_node(object_, object_blank))
    else:
        kind = f"@{language}" if language else "" if datatype in (None, _STRING) else f"^^<{_iri(datatype)}>"
        terms.append(f'"{escape(_unescaped(literal))}"{kind}')
    if graph is not None or graph_blank is not None:
        terms.append(_node(graph, graph_blank))
    return " ".join((*terms, ".\n"))


def _node(iri: str | None, blank: str | None) -> str:
    return f"_:{blank}" if iri is None else f"<{_iri(iri)}>"


def _iri(text: str) -> str:
    iri = _unescaped(text)
    if re.fullmatch(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]*', iri) is None:
        raise ParseError("nquads_invalid", "not an absolute IRI")
    return iri


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text

    def character(found: re.Match[str]) -> str:
        short, long, name = found.groups()
        if name is not None:
            if name not in _NAMES:
                raise ParseError("nquads_invalid", "escape")
            return _NAMES[name]
        code = int(short or long, 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004 - no character
            raise ParseError("nquads_invalid", "escape")
        return chr(code)

    return _ESCAPED.sub(character, text)
