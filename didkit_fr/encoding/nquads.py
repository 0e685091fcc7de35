"""N-Quads (RDF 1.1 N-Quads) read strictly, and written canonically (RDF Dataset Canonicalization 1.0 section 5)."""

import re

from didkit_fr.errors import ParseError

__all__ = ["MAX_BYTES", "MAX_QUADS", "parse", "quoted"]

MAX_BYTES = 1_048_576
MAX_QUADS = 8_192

_UNICODE = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_IRI = rf"<(?:[^\x00-\x20<>\"{{}}|^`\\]|{_UNICODE})*>"
_LABEL = r"_:[\w](?:[\w.·-]*[\w·-])?"
_LITERAL = rf"\"(?:[^\"\\\n\r]|\\[tbnrf\"'\\]|{_UNICODE})*\"(?:\^\^{_IRI}|@[A-Za-z]{{1,8}}(?:-[A-Za-z0-9]{{1,8}})*)?"
_WHITE = r"[ \t]*"
_STATEMENT = re.compile(
    rf"{_WHITE}({_IRI}|{_LABEL}){_WHITE}({_IRI}){_WHITE}({_IRI}|{_LABEL}|{_LITERAL}){_WHITE}({_IRI}|{_LABEL})?"
    rf"{_WHITE}\.{_WHITE}(?:#.*)?"
)
_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:", re.ASCII)
_ESCAPE = re.compile(rf"\\[tbnrf\"'\\]|{_UNICODE}")
_MEANINGS = {"\\t": "\t", "\\b": "\b", "\\n": "\n", "\\r": "\r", "\\f": "\f", '\\"': '"', "\\'": "'", "\\\\": "\\"}
_TO_ESCAPE = re.compile(r'[\x00-\x1f\x7f"\\]')
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_STRING = "^^<http://www.w3.org/2001/XMLSchema#string>"


def parse(text: str, *, max_bytes: int = MAX_BYTES, max_quads: int = MAX_QUADS) -> tuple[str, ...]:
    """The statements of a document, each as its canonical line, which ends in " .\\n".

    Raises:
        ParseError: `input_too_large`, `nquads_malformed`.
    """
    if len(text) > max_bytes:
        raise ParseError("input_too_large", f"over {max_bytes} characters")
    lines = [
        line for line in re.split(r"[\n\r]+", text) if line.strip(" \t") and not line.lstrip(" \t").startswith("#")
    ]
    if len(lines) > max_quads:
        raise ParseError("input_too_large", f"over {max_quads} statements")
    return tuple(map(_canonical, lines))


def quoted(text: str) -> str:
    """A literal's text in quotation marks, with the escapes of the canonical form and no others."""
    if _TO_ESCAPE.search(text):
        text = _TO_ESCAPE.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04X}", text)
    return f'"{text}"'


def _canonical(line: str) -> str:
    found = _STATEMENT.fullmatch(line)
    if found is None:
        raise ParseError("nquads_malformed")
    return " ".join([*(_term(term) for term in found.groups() if term is not None), ".\n"])


def _term(term: str) -> str:
    if term.startswith("<"):
        iri = _plain(term)
        if _ABSOLUTE.match(iri) is None or re.search(r"[\x00-\x20\"{}|^`\\]", iri):
            raise ParseError("nquads_malformed", "not an absolute IRI")
        return iri
    if not term.startswith('"'):
        return term
    end = term.rindex('"')
    suffix = term[end + 1 :]
    kind = f"^^{_term(suffix[2:])}" if suffix.startswith("^^") else suffix
    return quoted(_plain(term[1:end])) + (kind if kind != _STRING else "")


def _plain(text: str) -> str:
    return _ESCAPE.sub(_meaning, text) if "\\" in text else text


def _meaning(found: re.Match[str]) -> str:
    escape = found[0]
    if escape[1] not in "uU":
        return _MEANINGS[escape]
    point = int(escape[2:], 16)
    if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:  # noqa: PLR2004 - Unicode's last, and surrogates
        raise ParseError("nquads_malformed", "no such character")
    return chr(point)
