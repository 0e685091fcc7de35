"""What selective cryptosuites share (ECDSA Cryptosuites 1.0 section 3.4, which bbs-2023 uses too).

A document becomes canonical N-Quads; its blank nodes get labels that a secret key decides; JSON pointers say which
statements are disclosed: each statement knows from which JSON value it comes, and pointers are matched against these.
The standard names the nodes of the expanded document and compacts it again (sections 3.4.5 to 3.4.15), which reshapes
it, so that pointers lead elsewhere.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import JsonObject
from didkit_fr.encoding.rdf import jsonld, nquads, rdfc, rdfc_tree
from didkit_fr.encoding.rdf.jsonld import Quad, Reading
from didkit_fr.encoding.rdf.nquads import Line, Term
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.primitives.random import Random
from didkit_fr.proofs.data_integrity.pointers import Pointer, parse_pointers, select_json
from didkit_fr.proofs.data_integrity.tree_grouping import group_tree

__all__ = [
    "MAX_STATEMENTS",
    "DisclosureData",
    "Grouped",
    "Labels",
    "Separated",
    "check_positions",
    "check_read",
    "disclose",
    "group",
    "hmac_labels",
    "key_in_order",
    "separate",
    "shuffled_labels",
]

MAX_STATEMENTS: Final = 2_048
MAX_NODES_IN_ORDER: Final = 7
MAX_DRAWS: Final = 100_000
KEY_BYTES: Final = 32

Labels: TypeAlias = Callable[[Iterable[str]], Mapping[str, str]]
"""From canonical labels ("c14n0") to those that are signed."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """A document's statements, relabelled and sorted, and the positions of those that groups of pointers select."""

    statements: tuple[Line, ...]
    groups: tuple[frozenset[int], ...]


class _Traced(NamedTuple):
    """Statements and groups as `Grouped` has them, and where they are from.

    `labels` are the labels that are signed, by those of the document's own statements; `lines` gives the position of
    each of these.
    """

    statements: tuple[Line, ...]
    groups: tuple[frozenset[int], ...]
    labels: Mapping[str, str]
    lines: Mapping[Line, int]


@dataclass(frozen=True, slots=True)
class DisclosureData:
    """What a holder reveals: a part of the document, and what a verifier needs to see its statements as signed.

    `labels` are the signed labels by the canonical labels that the verifier will find; `mandatory` are the positions
    of mandatory statements among those revealed; `selective` those of the other revealed statements, among all that
    are not mandatory; `others` are all that are not mandatory, revealed or not.
    """

    document: JsonObject = field(repr=False)
    labels: Mapping[str, str]
    mandatory: tuple[int, ...]
    selective: tuple[int, ...]
    others: tuple[Line, ...] = field(repr=False)


class Separated(NamedTuple):
    """A revealed document's statements, as they were signed."""

    mandatory: tuple[Line, ...]
    others: tuple[Line, ...]


def hmac_labels(key: bytes) -> Labels:
    """Labels that are the HMAC-SHA-256 of the canonical ones (section 3.4.4), under a key of 32 bytes."""
    return lambda canonical: {label: f"u{base64url.encode(_mac(key, label))}" for label in canonical}


def shuffled_labels(key: bytes) -> Labels:
    """Labels "b0", "b1" ... in the order of the HMAC-SHA-256 of the canonical ones (BBS Cryptosuites 1.0 3.2.1)."""

    def labels(canonical: Iterable[str]) -> dict[str, str]:
        # Ordered as the text that stands for the digests elsewhere, which is how the standard orders them.
        ordered = sorted(canonical, key=lambda label: base64url.encode_ascii(_mac(key, label)))
        return {label: f"b{at}" for at, label in enumerate(ordered)}

    return labels


def key_in_order(document: JsonObject, random: Random, *, reading: Reading) -> bytes:
    """An HMAC key of 32 bytes under which `shuffled_labels` follow the order of the nodes in the document.

    Keys are drawn until one does. A random shuffle is the same each time one credential is shown, and is one of n! for
    n nodes: it would divide those who show the same. This one is the same for all documents of one shape; like a random
    one it says nothing of what is not revealed, as it depends on no value.

    Raises:
        ParseError: `selection_unsupported` for more than 7 nodes, or where `random` is none, and as `group`.
    """
    own = _traced(document, [], lambda canonical: {label: label for label in canonical}, reading).labels
    if len(own) > MAX_NODES_IN_ORDER:
        raise ParseError("selection_unsupported", "too many nodes for labels in order")
    canonical = [own[label] for label in sorted(own, key=lambda label: (len(label), label))]
    for _ in range(MAX_DRAWS):
        key = random(KEY_BYTES)
        labels = shuffled_labels(key)(canonical)
        if [labels[label] for label in canonical] == [f"b{at}" for at in range(len(canonical))]:
            return key
    raise ParseError("selection_unsupported", "no key puts the labels in order")


def group(document: JsonObject, groups: Sequence[Collection[str]], labels: Labels, *, reading: Reading) -> Grouped:
    """Canonicalises a document, relabels and sorts its statements, and finds those of each group (section 3.4.16).

    Args:
        document: without its proof.
        groups: JSON pointers; an empty group selects nothing.
        labels: how the canonical labels are replaced.
        reading: with what the document is read.

    Raises:
        ParseError: `pointer_invalid`, `input_too_large`, `selection_unsupported`, and those of
            `encoding.rdf.jsonld` and `encoding.rdf.rdfc`.
    """
    parsed = [parse_pointers(texts, document) for texts in groups]
    found = group_tree(document, parsed, labels, reading=reading, max_quads=MAX_STATEMENTS)
    return Grouped(*(found or _traced(document, parsed, labels, reading)[:2]))


def _traced(document: JsonObject, parsed: Sequence[Collection[Pointer]], labels: Labels, reading: Reading) -> _Traced:
    """The reference of `group_tree`, for any document."""
    contexts, budget = reading
    quads = jsonld.to_quads(document, contexts=contexts, max_quads=MAX_STATEMENTS, budget=budget)
    if not all(_is_covered(quads, pointers) for pointers in parsed):
        raise ParseError("selection_unsupported", "a pointer into what is one statement")
    chosen = [_select_lines(quads, pointers, reading) for pointers in parsed]
    found = rdfc.label(quads, budget=budget)
    signed = labels(found.values())
    own = {label: signed[canonical] for label, canonical in found.items()}
    names = _names(own)
    relabelled = {quad.line: nquads.relabelled(quad, names) for quad in quads}
    statements = tuple(sorted(set(relabelled.values())))
    position = {statement: at for at, statement in enumerate(statements)}
    at = {line: position[statement] for line, statement in relabelled.items()}
    return _Traced(statements, tuple(frozenset(at[line] for line in selected) for selected in chosen), own, at)


def disclose(
    document: JsonObject,
    mandatory: Collection[str],
    selective: Collection[str],
    labels: Labels,
    *,
    reading: Reading,
) -> DisclosureData:
    """Reveals the mandatory and the selected part of a document (section 3.5.4).

    Raises:
        ParseError: as `group`, and `pointer_invalid` where nothing at all is selected.
        VerificationError: `disclosure_inconsistent` where a verifier would read something else than what was signed.
    """
    if not mandatory and not selective:
        raise ParseError("pointer_invalid", "nothing is selected")
    parsed = [parse_pointers(texts, document) for texts in (mandatory, selective)]
    grouped = _traced(document, parsed, labels, reading)
    required, chosen = grouped.groups
    combined = sorted(required | chosen)
    revealed = select_json(document, parse_pointers([*mandatory, *selective], document))
    lines = [line for line, at in grouped.lines.items() if at in required or at in chosen]
    expected = rdfc.canonicalize(lines, budget=reading.budget)
    # Whether a part means the same alone as within the whole is seen by reading it as the verifier will.
    contexts, budget = reading
    quads = jsonld.to_quads(revealed, contexts=contexts, pointers=False, budget=budget)
    read = rdfc.canonicalize(quads, budget=budget)
    check_read(read.lines, expected.lines)
    others = [at for at in range(len(grouped.statements)) if at not in required]
    return DisclosureData(
        document=revealed,
        labels={canonical: grouped.labels[label] for label, canonical in expected.labels.items()},
        mandatory=tuple(at for at, absolute in enumerate(combined) if absolute in required),
        selective=tuple(at for at, absolute in enumerate(others) if absolute in chosen),
        others=tuple(grouped.statements[absolute] for absolute in others),
    )


def check_read(read: Sequence[Line], expected: Sequence[Line]) -> None:
    """Refuses to reveal what would be read as other statements than were selected.

    Raises:
        VerificationError: `disclosure_inconsistent`.
    """
    if read != expected:
        raise VerificationError("disclosure_inconsistent")


def separate(
    document: JsonObject, labels: Mapping[str, str], mandatory: Collection[int], *, reading: Reading
) -> Separated:
    """A revealed document's statements under their signed labels, mandatory and others (section 3.5.8).

    Raises:
        ParseError: those of `encoding.rdf.jsonld` and `encoding.rdf.rdfc`.
        VerificationError: `disclosure_labels`, `disclosure_positions`.
    """
    statements = _as_signed(document, labels, reading)
    check_positions(mandatory, len(statements))
    wanted = frozenset(mandatory)
    others = tuple(one for at, one in enumerate(statements) if at not in wanted)
    return Separated(tuple(one for at, one in enumerate(statements) if at in wanted), others)


def _as_signed(document: JsonObject, labels: Mapping[str, str], reading: Reading) -> list[Line]:
    """The statements under their signed labels, sorted."""
    contexts, budget = reading
    nodes = jsonld.to_nodes(document, contexts=contexts, max_quads=MAX_STATEMENTS, budget=budget)
    found = None if nodes is None else rdfc_tree.label(nodes)
    if nodes is not None and found is not None:
        return rdfc_tree.lines(nodes, _signed_labels(found, labels), budget)
    quads = jsonld.to_quads(document, contexts=contexts, max_quads=MAX_STATEMENTS, pointers=False, budget=budget)
    names = _names(_signed_labels(rdfc.label(quads, budget=budget), labels))
    return sorted({nquads.relabelled(quad, names) for quad in quads})


def _signed_labels(found: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    # Two nodes under one label, or a node without, would be statements that the issuer did not sign.
    if set(found.values()) != labels.keys() or len(set(labels.values())) != len(labels):
        raise VerificationError("disclosure_labels")
    return {name: labels[canonical] for name, canonical in found.items()}


def check_positions(positions: Collection[int], size: int) -> None:
    """Refuses positions that are repeated or outside `size`.

    Raises:
        VerificationError: `disclosure_positions`.
    """
    if len(set(positions)) != len(positions) or not all(0 <= at < size for at in positions):
        raise VerificationError("disclosure_positions")


def _mac(key: bytes, label: str) -> bytes:
    return hmac.digest(key, label.encode("ascii"), hashlib.sha256)


def _names(labels: Mapping[str, str]) -> dict[Term, Term]:
    return {nquads.blank(label): nquads.blank(signed) for label, signed in labels.items()}


def _is_covered(quads: Iterable[Quad], pointers: Collection[Pointer]) -> bool:
    """Whether no pointer leads into a literal, of which a part would say something else than the whole."""
    way = {text for pointer in pointers for text in _texts(pointer)[:-1]}
    return not any(quad.pointer in way and nquads.cut(quad.tail)[1][0] == '"' for quad in quads)


def _select_lines(quads: Sequence[Quad], pointers: Collection[Pointer], reading: Reading) -> set[Line]:
    """The statements below each pointer, those that lead there, and the types of all on the way."""
    reading.budget.spend(len(quads) * len(pointers) // 32)
    texts = [_texts(pointer) for pointer in pointers]
    way = {step for steps in texts for step in steps[:-1]}
    exact = {*way, *(steps[-1] for steps in texts), *(f"{step}/type" for step in way)}
    below = tuple(f"{steps[-1]}/" for steps in texts)
    types = tuple(f"{step}/type/" for step in way)
    return {quad.line for quad in quads if _is_selected(quad.pointer or "", exact, below, types)}


def _is_selected(pointer: str, exact: set[str], below: tuple[str, ...], types: tuple[str, ...]) -> bool:
    if pointer in exact or pointer.startswith(below):
        return True
    return pointer.startswith(types) and pointer.rpartition("/")[2].isdigit()


def _texts(pointer: Pointer) -> list[str]:
    """A pointer's text, after the text of each on the way to it."""
    texts = [""]
    for step in pointer:
        texts.append(f"{texts[-1]}/{str(step).replace('~', '~0').replace('/', '~1')}")
    return texts
