"""The outline of an SD-JWT: which claims were issued, which of them could be withheld, how many were.

The processed payload of RFC 9901 has lost this; the rules of a credential's type are about it (SD-JWT VC section 5.6:
array positions count the elements that were not disclosed).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.proofs.sd_jwt.payload import Disclosure

__all__ = ["Node", "outline"]

_DIGESTS, _ELEMENT, _ALGORITHM = "_sd", "...", "_sd_alg"
_NO_CLAIMS = frozenset({_DIGESTS, _ALGORITHM})


class Node(NamedTuple):
    """One claim as issued.

    `disclosable` if it is itself a disclosure; `members` are those of an object, `elements` of an array; `unseen`
    counts the digests in an object that no disclosure answers: claims that were withheld, or decoys. An array element
    that was withheld is there, with neither, and `withheld`.
    """

    disclosable: bool
    members: Mapping[str, "Node"] | None = None
    elements: Sequence["Node"] | None = None
    unseen: int = 0
    withheld: bool = False


def outline(payload: JsonObject, disclosures: Iterable[Disclosure]) -> Node:
    """The outline of an SD-JWT that `sd_jwt.verify` accepted: that its digests are in order is not checked again."""
    by_digest = {disclosure.digest: disclosure for disclosure in disclosures}
    return _node(payload, by_digest, disclosable=False)


def _node(value: JsonValue, disclosures: Mapping[str, Disclosure], *, disclosable: bool) -> Node:
    if isinstance(value, list):
        return Node(disclosable, elements=[_element(one, disclosures) for one in value])
    if not isinstance(value, dict):
        return _LEAVES[disclosable]
    members = {
        name: _node(child, disclosures, disclosable=False) if isinstance(child, (dict, list)) else _PLAIN
        for name, child in value.items()
        if name not in _NO_CLAIMS
    }
    digests = value.get(_DIGESTS, ())
    shown = [disclosures[digest] for digest in digests if digest in disclosures]
    for disclosure in shown:
        # A claim, with a name: `sd_jwt.verify` refuses an array element in its place.
        members[disclosure.name or ""] = _node(disclosure.value, disclosures, disclosable=True)
    return Node(disclosable, members=members, unseen=len(digests) - len(shown))


def _element(value: JsonValue, disclosures: Mapping[str, Disclosure]) -> Node:
    if not isinstance(value, dict) or _ELEMENT not in value:
        return _node(value, disclosures, disclosable=False)
    disclosure = disclosures.get(value[_ELEMENT])
    return _WITHHELD if disclosure is None else _node(disclosure.value, disclosures, disclosable=True)


_PLAIN, _SHOWN = Node(disclosable=False), Node(disclosable=True)
_LEAVES = (_PLAIN, _SHOWN)
_WITHHELD = Node(disclosable=True, withheld=True)
