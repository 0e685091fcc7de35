"""The one writer of statements: N-Quads (RDF 1.1) in the canonical form of RDFC-1.0, each statement in one spelling.

Whatever becomes a part of a statement is made here, of text that is checked or escaped, and has a type of its own: a
`Term` is an IRI, a blank node or a literal, a `LiteralSuffix` its language or datatype, a `PredicateObject` all of a
statement but its subject.
Nothing else in the library makes any of these or puts them together (tests/test_architecture.py).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, NewType, TypeAlias

from didkit_fr.errors import ParseError

__all__ = [
    "END",
    "PLAIN",
    "A",
    "AfterText",
    "BeforeText",
    "Line",
    "Link",
    "LiteralSuffix",
    "PredicateObject",
    "Quad",
    "StatementEnd",
    "Term",
    "Z",
    "after_text",
    "before_text",
    "blank",
    "cut",
    "iri",
    "is_blank",
    "is_iri",
    "is_language",
    "line",
    "literal",
    "parse",
    "predicate_object",
    "predicate_of",
    "predicate_text",
    "quad",
    "relabelled",
    "split",
    "statement",
    "statement_end",
    "statements",
    "tagged",
    "typed",
]

MAX_BYTES: Final = 1_048_576
MAX_QUADS: Final = 16_384
MAX_LANGUAGE_CHARS: Final = 64

Term = NewType("Term", str)
"""An IRI in angle brackets, a blank node with its label, or a literal."""

LiteralSuffix = NewType("LiteralSuffix", str)
"""What follows the text of a literal: nothing, its language or its datatype."""

BeforeText = NewType("BeforeText", str)
AfterText = NewType("AfterText", str)
StatementEnd = NewType("StatementEnd", str)
"""What stands before the text of a literal in a tail, behind it, and behind any object: graph, dot and end of line."""

PredicateObject = NewType("PredicateObject", str)
"""A statement without its subject: predicate, object, graph and end of line; called its tail."""

Line = NewType("Line", str)
"""A statement with its end of line."""

Link: TypeAlias = tuple[Term, Term, Term | None]
"""The predicate, the object and the graph of a statement."""

PLAIN: Final = LiteralSuffix("")
END: Final = StatementEnd(" .\n")
A: Final = Term("_:a")
Z: Final = Term("_:z")
"""How a blank node that is looked at, and every other, stand in what is hashed of a node (RDFC-1.0 section 4.6)."""


class Quad(NamedTuple):
    """One statement in canonical form: its subject, and all that follows the space behind it, to the end of line.

    `link` takes the tail apart where a blank node is in it. `pointer` is the JSON pointer (RFC 6901) of the value that
    says it, where that is known.
    """

    subject: Term
    tail: PredicateObject
    link: Link | None = None
    pointer: str | None = None

    @property
    def line(self) -> Line:
        """The statement with its end of line."""
        return line(self.subject, self.tail)


# No character that ends an IRI or has to be escaped in one, and no lone surrogate.
_IRI_CHARS: Final = r"[^\x00-\x20<>\"{}|^`\\\x7f\ud800-\udfff]"
_ABSOLUTE: Final = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_IRI_CHARS}*")
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?"
_BLANK_LABEL: Final = re.compile(_LABEL)
# RFC 5646 section 2.1: language, script, region, variants, extensions, private use; or private use alone.
_LANGUAGE: Final = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+",
    re.ASCII,
)
_IRREGULAR: Final = frozenset(
    (
        *("en-gb-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux", "i-mingo"),
        *("i-navajo", "i-pwn", "i-tao", "i-tay", "i-tsu", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de"),
    )
)
_ESCAPES: Final = {
    **{code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)},
    **{ord(char): f"\\{name}" for char, name in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)},
}
_STRING: Final = "<http://www.w3.org/2001/XMLSchema#string>"


def is_iri(text: str) -> bool:
    """Whether a text is an absolute IRI that N-Quads can hold without escapes."""
    return _ABSOLUTE.fullmatch(text) is not None


def iri(text: str) -> Term:
    """An absolute IRI.

    Raises:
        ParseError: `jsonld_iri_invalid`.
    """
    if _ABSOLUTE.fullmatch(text) is None:
        raise ParseError("jsonld_iri_invalid")
    return Term(f"<{text}>")


def blank(label: str) -> Term:
    """A blank node of a label without its "_:".

    Raises:
        ParseError: `nquads_invalid`.
    """
    if not (label.isascii() and label.isalnum()) and _BLANK_LABEL.fullmatch(label) is None:
        raise ParseError("nquads_invalid", "a label")
    return Term(f"_:{label}")


def is_blank(term: str) -> bool:
    """Whether a term is a blank node."""
    return term[:2] == "_:"


def is_language(tag: str) -> bool:
    """Whether a text is a well-formed language tag (RFC 5646 section 2.1), in small letters or others."""
    if not tag.isascii() or len(tag) > MAX_LANGUAGE_CHARS:
        return False
    small = tag.lower()
    return _LANGUAGE.fullmatch(small) is not None or small in _IRREGULAR


def tagged(tag: str) -> LiteralSuffix:
    """The language of a literal, of a tag written as is recommended (RFC 5646 section 2.1.1).

    Case says nothing in a tag, and JSON-LD writes all of it small: a statement would not tell other cases apart.

    Raises:
        ParseError: `jsonld_unsecured`.
    """
    if not is_language(tag) or tag != _recommended(tag):
        raise ParseError("jsonld_unsecured", "not a language tag, or not in its recommended case")
    return LiteralSuffix(f"@{tag.lower()}")


def _recommended(tag: str) -> str:
    """Small letters, but for regions (fr-FR) and scripts (sr-Latn), which stand before any single letter."""
    parts = tag.lower().split("-")
    single = next((at for at, part in enumerate(parts) if len(part) == 1), len(parts))
    cased = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part for part in parts[1:single]]  # noqa: PLR2004 - the letters of a region, and of a script
    return "-".join([*parts[:1], *cased, *parts[max(single, 1) :]])


def typed(datatype: Term) -> LiteralSuffix:
    """The datatype of a literal; of plain text it is left out."""
    return PLAIN if datatype == _STRING else LiteralSuffix(f"^^{datatype}")


def escape(text: str) -> str:
    """A literal's text in canonical form (RDFC-1.0 section 5).

    Raises:
        ParseError: `json_surrogate`.
    """
    if not _is_text(text):
        raise ParseError("json_surrogate")
    return text.translate(_ESCAPES)


def _is_text(text: str) -> bool:
    """Whether a text has no lone surrogate, which no encoding holds."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def literal(text: str, suffix: LiteralSuffix) -> Term:
    """A literal.

    Raises:
        ParseError: `json_surrogate`.
    """
    if text.isprintable() and '"' not in text and "\\" not in text:
        return Term(f'"{text}"{suffix}')
    return Term(f'"{escape(text)}"{suffix}')


def statement_end(graph: Term | None) -> StatementEnd:
    """What follows the object of a statement in a graph; None for the one without name."""
    return END if graph is None else StatementEnd(f" {graph} .\n")


def predicate_object(predicate: Term, said: Term, end: StatementEnd = END) -> PredicateObject:
    """A statement without its subject."""
    return PredicateObject(f"{predicate} {said}{end}")


def before_text(predicate: Term) -> BeforeText:
    """What stands before the text of a literal, in the tail of a statement with this predicate."""
    return BeforeText(f'{predicate} "')


def after_text(suffix: LiteralSuffix) -> AfterText:
    """What stands behind the text of a literal with this suffix, in the tail of a statement in no named graph."""
    return AfterText(f'"{suffix} .\n')


def predicate_text(before: BeforeText, text: str, behind: AfterText) -> PredicateObject:
    """As `predicate_object`, with a literal between what `before_text` and `after_text` gave.

    Raises:
        ParseError: `json_surrogate`.
    """
    if text.isprintable() and '"' not in text and "\\" not in text:
        return PredicateObject(f"{before}{text}{behind}")
    return PredicateObject(f"{before}{escape(text)}{behind}")


def line(subject: Term, behind: PredicateObject) -> Line:
    """A statement with its end of line."""
    return Line(f"{subject} {behind}")


def statement(terms: Sequence[Term]) -> Line:
    """A statement of three terms, or of four with a graph."""
    return Line(f"{' '.join(terms)} .\n")


def statements(subject: Term, tails: Sequence[PredicateObject]) -> str:
    """Statements of one subject, one behind the other."""
    before = f"{subject} "
    return before + before.join(tails) if tails else ""


def cut(behind: PredicateObject) -> tuple[Term, Term]:
    """The predicate of a tail, and its object; a graph that has a name stays with the object."""
    predicate, _, rest = behind.removesuffix(" .\n").partition(" ")
    return Term(predicate), Term(rest)


def predicate_of(one: Line) -> Term:
    """The predicate of a statement."""
    return Term(one.split(" ", 2)[1])


def split(text: str) -> list[Line]:
    """Statements that stand one behind the other, one by one."""
    return [Line(f"{one}\n") for one in text.split("\n")[:-1]]


def relabelled(one: Quad, names: Mapping[Term, Term]) -> Line:
    """A statement with other terms for its blank nodes."""
    subject = names[one.subject] if is_blank(one.subject) else one.subject
    if one.link is None:
        return line(subject, one.tail)
    return statement([subject, *(names[term] if is_blank(term) else term for term in one.link if term is not None)])


# --- from text

_IRI: Final = rf"<({_IRI_CHARS}*)>"
_ANY_IRI: Final = r"<([^\x00-\x20<>\"{}|^`]*)>"
_BLANK: Final = f"_:({_LABEL})"
_TAG: Final = r"@([A-Za-z]+(?:-[A-Za-z0-9]+)*)"
_LITERAL: Final = rf'"((?:[^"\\\n\r]|\\.)*)"(?:{_TAG}|\^\^{_ANY_IRI})?'
_STATEMENT: Final = re.compile(
    rf"[ \t]*(?:{_ANY_IRI}|{_BLANK})[ \t]*{_ANY_IRI}[ \t]*(?:{_ANY_IRI}|{_BLANK}|{_LITERAL})"
    rf"[ \t]*(?:{_ANY_IRI}|{_BLANK})?[ \t]*\.[ \t]*(?:#.*)?"
)
_REFERENCE: Final = f"<{_IRI_CHARS}*>"
_NODE: Final = f"_:{_LABEL}"
_CANONICAL: Final = re.compile(
    rf"({_REFERENCE}|{_NODE}) ({_REFERENCE}) "
    rf'({_REFERENCE}|{_NODE}|"(?:[^"\\\n\r\ud800-\udfff]|\\.)*"(?:{_TAG}|\^\^{_REFERENCE})?)'
    rf"(?: ({_REFERENCE}|{_NODE}))? \.\n"
)
_EMPTY: Final = re.compile(r"[ \t]*(?:#.*)?")
_NAMES: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ESCAPED: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")


def quad(text: str) -> Quad:
    """Takes a statement in canonical form apart.

    Raises:
        ParseError: `nquads_invalid`.
    """
    found = _CANONICAL.fullmatch(text)
    if found is None:
        raise ParseError("nquads_invalid")
    subject, predicate, object_, _, graph = [None if one is None else Term(one) for one in found.groups()]
    if subject is None or predicate is None or object_ is None:
        raise ParseError("nquads_invalid")
    link = is_blank(object_) or (graph is not None and is_blank(graph))
    behind = predicate_object(predicate, object_, statement_end(graph))
    return Quad(subject, behind, (predicate, object_, graph) if link else None)


def parse(text: str, *, max_bytes: int = MAX_BYTES, max_quads: int = MAX_QUADS) -> tuple[Line, ...]:
    """Parses statements; each comes in canonical form, with its end of line.

    Raises:
        ParseError: `nquads_invalid`, `input_too_large`.
    """
    if len(text) > max_bytes or len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        raise ParseError("input_too_large", "N-Quads")
    lines = [one for one in re.split(r"[\r\n]+", text) if _EMPTY.fullmatch(one) is None]
    if len(lines) > max_quads:
        raise ParseError("input_too_large", f"over {max_quads} statements")
    return tuple(map(_statement, lines))


def _statement(text: str) -> Line:
    found = _STATEMENT.fullmatch(text)
    if found is None or not _is_text(text):
        raise ParseError("nquads_invalid")
    subject, label, predicate, object_, object_label, words, tag, datatype, graph, graph_label = found.groups()
    terms = [_node(subject, label), _iri(predicate)]
    if words is None:
        terms.append(_node(object_, object_label))
    else:
        kind = LiteralSuffix(f"@{tag}") if tag else PLAIN if datatype is None else typed(_iri(datatype))
        terms.append(literal(_unescaped(words), kind))
    if graph is not None or graph_label is not None:
        terms.append(_node(graph, graph_label))
    return statement(terms)


def _node(text: str | None, label: str | None) -> Term:
    return blank(str(label)) if text is None else _iri(text)


def _iri(text: str) -> Term:
    found = _unescaped(text)
    if not is_iri(found):
        raise ParseError("nquads_invalid", "not an absolute IRI")
    return iri(found)


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
