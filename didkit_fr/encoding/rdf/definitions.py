"""How a JSON-LD context defines terms, as far as statements are written and read with it."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonValue
from didkit_fr.encoding.rdf import nquads
from didkit_fr.errors import ParseError

__all__ = ["MAX_CHARS", "MAX_NESTED", "Definition", "check_chars", "defined", "unsecured"]

MAX_NESTED: Final = 8
"""How many contexts, or terms, are written with each other."""

MAX_CHARS: Final = 2_048
"""Characters of a term, a vocabulary, or what either stands for: each is stated once, and read for each statement."""

_DEFINED: Final = frozenset({"@id", "@type", "@container", "@context", "@protected", "@prefix"})
_COERCIONS: Final = frozenset({"@id", "@vocab", "@none", "@json"})


def unsecured(why: str) -> ParseError:
    """The refusal of what a proof over statements does not secure."""
    return ParseError("jsonld_unsecured", why)


def check_chars(text: str) -> str:
    """The text, if many statements may share it.

    Raises:
        ParseError: `input_too_large`.
    """
    if len(text) > MAX_CHARS:
        raise ParseError("input_too_large", f"a term, or its IRI, of over {MAX_CHARS} characters")
    return text


class Definition(NamedTuple):
    """A term's definition; `covered` is whether the tables know all of it.

    `graph` where what it leads to makes its statements in a graph of their own; `resets` where no term holds there.
    """

    iri: str | None
    type: str | None
    scoped: Any
    prefix: bool
    protected: bool
    covered: bool
    graph: bool = False
    resets: bool = False


def defined(
    base: Mapping[str, Definition], local: Mapping[str, Any], vocab: str | None, budget: Budget, *, override: bool
) -> dict[str, Definition]:
    """The terms that hold where a context is added to others.

    Raises:
        ParseError: `jsonld_protected_term`, `jsonld_unsecured`, `input_too_large`, `work_exceeded`.
    """
    definer = _Definer(base, local, vocab, budget, override=override)
    for name in local:
        if name[:1] != "@":
            definer.define(name, 0)
    return definer.terms


class _Definer:
    """Defines the terms of one context, each after those that it is written with."""

    def __init__(
        self,
        base: Mapping[str, Definition],
        local: Mapping[str, Any],
        vocab: str | None,
        budget: Budget,
        *,
        override: bool,
    ) -> None:
        self.local, self.vocab, self.base, self.budget, self.override = local, vocab, base, budget, override
        self.terms, self.done = dict(base), set[str]()
        self.protected = local.get("@protected", False)

    def define(self, name: str, depth: int) -> None:
        if name in self.done:
            return
        if depth > MAX_NESTED:
            raise unsecured("terms that are written with each other")
        self.done.add(check_chars(name))
        stated = self.local[name]
        value = {"@id": stated} if isinstance(stated, str) or stated is None else stated
        if not isinstance(value, dict):
            raise unsecured("a term that is not defined as one")
        iri = self._iri(value["@id"], name, depth) if "@id" in value else self._own(name, depth)
        container = value.get("@container", [])
        listed = [container] if isinstance(container, str) else container
        plain = isinstance(listed, list) and all(one in ("@set", "@graph") for one in listed)
        graph, resets = plain and "@graph" in listed, value.get("@context", self) is None
        simple = isinstance(stated, str) and iri is not None and iri[-1] in ":/?#[]@"
        stated_type = value.get("@type")
        type_ = None if stated_type is None else self._iri(stated_type, name, depth)
        term = Definition(
            iri=iri,
            type=type_,
            scoped=value.get("@context"),
            prefix=value.get("@prefix", simple),
            protected=value.get("@protected", self.protected),
            covered=plain
            and value.keys() <= _DEFINED
            and (graph or not resets)
            and (type_ is None or type_[0] != "@" or type_ in _COERCIONS),
            graph=graph,
            resets=resets,
        )
        old = self.base.get(name)
        if old is not None and old.protected and not self.override:
            if old._replace(protected=True) != term._replace(protected=True):
                raise ParseError("jsonld_protected_term")
            term = old
        self.terms[name] = term

    def _own(self, name: str, depth: int) -> str | None:
        if ":" in name:
            return self._iri(name, "", depth)
        if self.vocab is None:
            raise unsecured("a term without an IRI")
        return self._absolute(self.vocab + name)

    def _iri(self, value: JsonValue, name: str, depth: int) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str) or not value:
            raise unsecured("a term whose IRI is no text")
        if value[:1] == "@":
            return value
        prefix, colon, rest = value.partition(":")
        first = value if value in self.local and value != name else prefix
        if first in self.local and first not in self.done:
            self.define(first, depth + 1)
        if value in self.terms and value != name:
            return self.terms[value].iri
        if colon and not rest.startswith("//") and prefix in self.terms and self.terms[prefix].prefix:
            value = f"{self.terms[prefix].iri}{rest}"
        elif not colon and self.vocab is not None:
            value = self.vocab + value
        return self._absolute(value)

    def _absolute(self, iri: str) -> str:
        self.budget.spend(len(check_chars(iri)) // 64)
        if not nquads.is_iri(iri):
            raise unsecured("a term whose IRI is not absolute")
        return iri
