"""Active contexts (JSON-LD 1.1 API section 4), compiled from known contexts: term tables, scoped ones on first use.

What is not needed for credentials is not covered, and said so: the full processor takes over then.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.jsonld_contexts import Contexts

__all__ = ["Active", "NotCoveredError", "Term", "compiled", "meaning"]

_IGNORED = frozenset({"@version", "@protected", "@vocab", "@propagate"})
_DEFINITION = frozenset({"@id", "@type", "@container", "@context", "@protected", "@prefix"})
_CONTAINERS = frozenset({"@set", "@graph"})
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:", re.ASCII)
_GEN_DELIMS = tuple(":/?#[]@")
_PLAIN_TYPES = ("@id", "@vocab", "@none")


class NotCoveredError(Exception):
    """The fast path does not cover this: nothing is wrong with it yet."""


class Term(NamedTuple):
    """A term definition (section 4.2): `iri` may be a keyword, None where the term means nothing.

    One that is not `covered` is there, and must not be used here.
    """

    iri: str | None
    type: str | None = None
    graph: bool = False
    context: JsonValue = None
    scoped: bool = False
    protected: bool = False
    prefix: bool = False
    covered: bool = True


@dataclass(slots=True, eq=False)
class Active:
    """What terms mean at one place; `previous` is what they mean again below, where it does not propagate."""

    contexts: Contexts
    terms: Mapping[str, Term]
    vocab: str | None = None
    previous: "Active | None" = None
    _typed: dict[tuple[str, ...], "Active"] = field(default_factory=dict)
    _scoped: dict[int, "Active"] = field(default_factory=dict)
    _lists: dict[tuple[str, ...], "Active"] = field(default_factory=dict)

    def of_types(self, types: tuple[str, ...]) -> "Active":
        """With the contexts of types, in their order (section 5.1.2 step 11); kept only where a type has one."""
        own = tuple(sorted({one for one in types if one in self.terms and self.terms[one].scoped}))
        if not own:
            return self
        found = self._typed.get(own)
        if found is None:
            found = self
            for one in own:
                found = _process(found, self.terms[one].context, propagate=False)
            self._typed[own] = found
        return found

    def within(self, term: Term) -> "Active":
        """With the context of a property, which may redefine protected terms (section 5.1.2 step 8)."""
        found = self._scoped.get(id(term.context))
        if found is None:
            found = _process(self, term.context, override=True)
            self._scoped[id(term.context)] = found
        return found

    def of_list(self, urls: tuple[str, ...]) -> "Active":
        """With the contexts at the head of an embedded document."""
        found = self._lists.get(urls)
        if found is None:
            found = _process(self, list(urls))
            if len(self._lists) < len(self.terms):
                self._lists[urls] = found
        return found

    def iri(self, value: str, *, vocab: bool) -> str:
        """Section 5.2, IRI expansion; what stays relative is returned as it is."""
        if value.startswith("@"):
            raise NotCoveredError
        if vocab and value in self.terms:
            return meaning(self.terms[value])
        prefix, colon, suffix = value.partition(":")
        if colon and prefix:
            if prefix == "_":
                raise NotCoveredError
            term = self.terms.get(prefix)
            return meaning(term) + suffix if term is not None and _is_prefix(term, suffix) else value
        return self.vocab + value if vocab and self.vocab is not None else value


def meaning(term: Term) -> str:
    """The IRI or keyword that a term stands for.

    Raises:
        NotCoveredError: it stands for nothing, or for more than is covered.
    """
    if term.iri is None or not term.covered:
        raise NotCoveredError
    return term.iri


def _is_prefix(term: Term, suffix: str) -> bool:
    return (term.prefix or not term.covered) and not suffix.startswith("//")


def compiled(contexts: Contexts, urls: tuple[str, ...]) -> Active:
    """The active context of a document with these contexts at its head.

    Raises:
        NotCoveredError: they use what this does not cover.
    """
    found = contexts.compiled.get(urls)
    if found is None:
        found = _process(Active(contexts, {}), list(urls))
        contexts.remember(urls, found)
    if not isinstance(found, Active):
        raise NotCoveredError
    return found


def _process(active: Active, local: JsonValue, *, override: bool = False, propagate: bool = True) -> Active:
    """Context processing (section 4.1.2)."""
    if isinstance(local, dict) and isinstance(local.get("@propagate"), bool):
        propagate = local["@propagate"]
    previous = active.previous
    if not propagate and previous is None:
        previous = active
    for one in local if isinstance(local, list) else [local]:
        if one is None:
            if not override and any(term.protected for term in active.terms.values()):
                raise NotCoveredError
            active = Active(active.contexts, {}, None, None if propagate else previous)
            continue
        terms, vocab = _merged(active, one, override=override)
        active = Active(active.contexts, terms, vocab, previous)
    return active


def _merged(active: Active, local: JsonValue, *, override: bool) -> tuple[Mapping[str, Term], str | None]:
    if isinstance(local, str):
        if local not in active.contexts:
            raise NotCoveredError
        processed = _process(active, active.contexts.get(local), override=override)
        return processed.terms, processed.vocab
    if not isinstance(local, dict):
        raise NotCoveredError
    if any(name.startswith("@") and name not in _IGNORED for name in local):
        raise NotCoveredError
    vocab = active.vocab
    if "@vocab" in local:
        vocab = local["@vocab"]
        if not isinstance(vocab, str) or _ABSOLUTE.match(vocab) is None:
            raise NotCoveredError
    return _Definitions(active, local, vocab, override=override).all(), vocab


class _Definitions:
    """Creates the term definitions of one context (section 4.2.2), each after those that it needs."""

    def __init__(self, active: Active, local: JsonObject, vocab: str | None, *, override: bool) -> None:
        self._terms = dict(active.terms)
        self._before, self._local, self._vocab, self._override = active.terms, local, vocab, override
        self._protected = local.get("@protected") is True
        self._done: dict[str, bool] = {}

    def all(self) -> Mapping[str, Term]:
        for name in self._local:
            if not name.startswith("@"):
                self._define(name)
        return self._terms

    def _define(self, name: str) -> None:
        if name in self._done:
            if not self._done[name]:
                raise NotCoveredError
            return
        self._done[name] = False
        try:
            term = self._term(name, self._local[name])
        except NotCoveredError:
            term = Term(None, covered=False)
        known = self._before.get(name)
        if known is not None and known.protected and not self._override:
            if not term.covered or term._replace(protected=True) != known:
                raise NotCoveredError
            term = known
        self._terms[name] = term
        self._done[name] = True

    def _term(self, name: str, stated: JsonValue) -> Term:
        value = {"@id": stated} if isinstance(stated, str) or stated is None else stated
        if not name or not isinstance(value, dict) or not _DEFINITION.issuperset(value):
            raise NotCoveredError
        protected = value.get("@protected", self._protected) is True
        if "@id" in value and value["@id"] is None:
            return Term(None, protected=protected)
        iri = self._iri(name, value)
        simple = isinstance(stated, str)
        return Term(
            iri=iri,
            type=self._type(value),
            graph="@graph" in self._containers(value),
            context=value.get("@context"),
            scoped="@context" in value,
            protected=protected,
            prefix=value.get("@prefix", simple and iri.endswith(_GEN_DELIMS)) is True and not iri.startswith("@"),
        )

    def _iri(self, name: str, value: JsonObject) -> str:
        stated = value.get("@id", name)
        if not isinstance(stated, str):
            raise NotCoveredError
        if stated in ("@id", "@type"):
            return stated
        if stated.startswith("@"):
            raise NotCoveredError
        if stated != name:
            return self._expand(stated)
        prefix, colon, suffix = name.partition(":")
        if colon and prefix:
            return self._compact(prefix, suffix, name)
        if "/" in name or self._vocab is None:
            raise NotCoveredError
        return self._vocab + name

    def _expand(self, text: str) -> str:
        if text in self._local or text in self._terms:
            return self._meaning(text)
        prefix, colon, suffix = text.partition(":")
        if colon and prefix:
            return self._compact(prefix, suffix, text)
        if self._vocab is None:
            raise NotCoveredError
        return self._vocab + text

    def _compact(self, prefix: str, suffix: str, whole: str) -> str:
        if prefix == "_":
            raise NotCoveredError
        if suffix.startswith("//"):
            return whole
        if prefix in self._local:
            self._define(prefix)
        term = self._terms.get(prefix)
        return meaning(term) + suffix if term is not None and _is_prefix(term, suffix) else whole

    def _meaning(self, name: str) -> str:
        if name in self._local:
            self._define(name)
        return meaning(self._terms[name])

    def _type(self, value: JsonObject) -> str | None:
        stated = value.get("@type")
        if "@type" not in value or stated in _PLAIN_TYPES:
            return stated if isinstance(stated, str) else None
        if not isinstance(stated, str) or stated.startswith("@"):
            raise NotCoveredError
        iri = self._expand(stated)
        if _ABSOLUTE.match(iri) is None:
            raise NotCoveredError
        return iri

    def _containers(self, value: JsonObject) -> frozenset[str]:
        stated = value.get("@container", [])
        listed = [stated] if isinstance(stated, str) else stated
        if not isinstance(listed, list) or not all(one in _CONTAINERS for one in listed):
            raise NotCoveredError
        return frozenset(listed)
