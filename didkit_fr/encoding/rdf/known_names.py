"""What the known contexts name, so that a choice among them cannot rename what was signed.

The contexts of a document make no statement. Where two of those that are known name one property differently, a holder
could show it under either name, or a type by its address under contexts that have no word for it. So a property that
has several names is only believed by the name that the contexts of the document's types give it, and a word only if
all contexts that name it agree.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.parts import MAX_DEPTH
from didkit_fr.encoding.rdf import nquads
from didkit_fr.encoding.rdf.definitions import MAX_NESTED, Definition, defined, unsecured
from didkit_fr.encoding.rdf.nquads import Term
from didkit_fr.errors import ParseError

__all__ = ["MAX_VOCABULARIES", "SETTINGS", "Known", "NameRule", "check_types"]

SETTINGS: Final = frozenset({"@version", "@protected", "@vocab"})
"""What a context may say besides its terms."""

MAX_VOCABULARIES: Final = 32
"""In all known contexts: each is looked at for each word that is no term."""

_SPENT: Final = ("input_too_large", "work_exceeded")


class Spelling(NamedTuple):
    """A name, and the keyword by which texts under it are references, words or JSON; None where they are literals."""

    name: str
    coercion: str | None


class NameRule(NamedTuple):
    """When a property that has several names may have this one: if a context that gives it this name has the type.

    Args:
        naming: all that is named by each of the contexts that give it this name.
        otherwise: the same of each of the contexts that name it, but not so; none of them may have the type.
    """

    naming: tuple[frozenset[Term], ...]
    otherwise: tuple[frozenset[Term], ...]


class Known:
    """The contexts that are believed, what they name, and how; `unread` are those with features not read here."""

    __slots__ = ("documents", "names", "unread", "vocabularies", "words")

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self.documents = documents
        self.names: dict[str, dict[str, frozenset[Spelling]]] = {}
        """By IRI and context, its spellings."""
        self.words: dict[str, frozenset[Term]] = {}
        """By context, all that it names."""
        self.vocabularies: frozenset[str] = frozenset()
        self.unread: frozenset[str] = frozenset()

    def adding(self, added: Mapping[str, Any], budget: Budget) -> "Known":
        """These contexts and more.

        Raises:
            ParseError: `input_too_large`, `work_exceeded`.
        """
        made = Known({**self.documents, **added})
        made.names, made.words = dict(self.names), dict(self.words)
        vocabularies, unread = set(self.vocabularies), set(self.unread)
        for url, context in added.items():
            reading = _Reading(made.documents, budget)
            try:
                reading.read(context, {}, None, 0)
            except ParseError as error:
                if error.code in _SPENT:
                    raise
                unread.add(url)
                continue
            vocabularies |= reading.vocabularies
            if len(vocabularies) > MAX_VOCABULARIES:
                raise ParseError("input_too_large", f"over {MAX_VOCABULARIES} vocabularies")
            made.words[url] = frozenset([nquads.iri(iri) for iri in reading.names])
            for iri, names in reading.names.items():
                made.names[iri] = {**made.names.get(iri, {}), url: frozenset(names)}
        made.vocabularies, made.unread = frozenset(vocabularies), frozenset(unread)
        return made

    def rule(self, iri: str, name: str, type_: str | None) -> NameRule | None:
        """When a property may have a name, or texts that are read so; None where all contexts have that alone."""
        by = self.names.get(iri, {})
        # A context with two names for it decides nothing: one beside it could hide either of them.
        alone = frozenset({_spelling(name, type_)})
        if all(names == alone for names in by.values()):
            return None
        naming = tuple([self.words[url] for url, names in by.items() if names == alone])
        return NameRule(naming, tuple([self.words[url] for url, names in by.items() if names != alone]))

    def check_word(self, iri: str, name: str | None) -> None:
        """Refuses what a known context names differently; without a name, what one names at all.

        Raises:
            ParseError: `jsonld_unsecured`.
        """
        named = {one.name for spellings in self.names.get(iri, {}).values() for one in spellings}
        # A word that is not written out may be of one vocabulary: its own.
        of_vocabularies, most = sum([iri.startswith(one) for one in self.vocabularies]), 0 if name is None else 1
        if named - {name} or of_vocabularies > most:
            raise unsecured("a word that another known context names differently, or that is written out")


class _Reading:
    """What one context names, with all that is scoped inside it."""

    def __init__(self, documents: Mapping[str, Any], budget: Budget) -> None:
        self.documents, self.budget = documents, budget
        self.names: dict[str, set[Spelling]] = {}
        self.vocabularies: set[str] = set()

    def read(self, stated: object, terms: Mapping[str, Definition], vocab: str | None, depth: int) -> None:
        """Reads a context, or a list of contexts, where terms hold already."""
        if depth > MAX_DEPTH:
            raise unsecured("contexts inside each other")
        for one in self._flat(stated, 0):
            if not isinstance(one, dict) or any(name[:1] == "@" and name not in SETTINGS for name in one):
                raise unsecured("a context with features that are not read here")
            vocab = one.get("@vocab", vocab)
            if isinstance(vocab, str):
                self.vocabularies.add(vocab)
            self.budget.spend(1 + len(one) + len(terms) // 8)
            terms = defined(terms, one, vocab, self.budget, override=True)
            for name in one:
                if name[:1] == "@":
                    continue
                term = terms[name]
                if term.iri is not None and term.iri[:1] != "@":
                    self.names.setdefault(term.iri, set()).add(_spelling(name, term.type))
                if term.scoped is not None:
                    self.read(term.scoped, terms, vocab, depth + 1)

    def _flat(self, stated: object, depth: int) -> Iterable[object]:
        """The contexts of a list, those that are named by address among them."""
        if depth > MAX_NESTED:
            raise unsecured("contexts that name each other")
        for one in stated if isinstance(stated, list) else [stated]:
            self.budget.spend(1)
            if isinstance(one, str):
                if one not in self.documents:
                    raise ParseError("context_unknown")
                yield from self._flat(self.documents[one], depth + 1)
            elif isinstance(one, list):
                raise unsecured("a list of contexts in another")
            else:
                yield one


def _spelling(name: str, type_: str | None) -> Spelling:
    return Spelling(name, type_ if type_ is not None and type_[0] == "@" else None)


def check_types(rules: Iterable[NameRule], types: Iterable[Term]) -> None:
    """Checks that the types of a document decide by which name a property of several is known.

    Raises:
        ParseError: `jsonld_unsecured`.
    """
    held = frozenset(types)
    for rule in rules:
        named = not all(words.isdisjoint(held) for words in rule.naming)
        if not named or not all(words.isdisjoint(held) for words in rule.otherwise):
            raise unsecured("a name that known contexts give differently, where no type of the document decides")
