"""The payload of an SD-JWT (RFC 9901 section 4.2): claims into digests and disclosures, and back.

A `ClaimsPath` has claim names and array positions, these counted in the processed payload, that is without the
array elements that were not disclosed.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import MAX_DEPTH, ClaimsPath, JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.primitives.random import Random
from didkit_fr.proofs.sd_jwt.hashes import SHA_256, digests_of

__all__ = [
    "MAX_DECOYS",
    "Disclosure",
    "check_decoys",
    "draw",
    "find",
    "hide",
    "hide_with",
    "parse_disclosures",
    "process",
]

# RFC 9901 section 9.3 asks for 16 at least; 18 are 24 characters without remainder, so that all encode in one call.
SALT_BYTES: Final = 18
SALT_CHARS: Final = SALT_BYTES // 3 * 4
# Steps of a budget, of an object or an array: to read it, and to copy it before what is in it.
READ_STEPS: Final = 3
COPY_STEPS: Final = 20
# Bytes of disclosures within which there are too few to be counted.
SMALL: Final = 8_192
MAX_DECOYS: Final = 64

_DIGESTS: Final = "_sd"
_ELEMENT: Final = "..."
_ALGORITHM: Final = "_sd_alg"
_RESERVED: Final = frozenset({_DIGESTS, _ELEMENT, _ALGORITHM})
_new: Final = tuple.__new__  # what a NamedTuple's own __new__ calls, which is a frame of Python


class Disclosure(NamedTuple):
    """One disclosure (RFC 9901 section 4.2), nothing of it verified; `name` is None for an array element.

    Its `repr` shows the digest and the name only.
    """

    encoded: str
    digest: str
    name: str | None
    value: JsonValue

    def __repr__(self) -> str:
        return f"Disclosure(digest={self.digest!r}, name={self.name!r})"


def parse_disclosures(
    parts: Sequence[str], digests: Sequence[str], budget: Budget | None = None
) -> tuple[Disclosure, ...]:
    """Parses disclosures, whose digests are known; `budget` is what the message may still cost, None for a whole one.

    Raises:
        ParseError: `work_exceeded`, `sd_jwt_disclosure_malformed`, `sd_jwt_claim_name`.
    """
    disclosures: list[Disclosure] = []
    name: str | None
    try:
        texts = base64url.decode_each(parts)
        if sum(map(len, texts)) > SMALL:
            (Budget() if budget is None else budget).spend(READ_STEPS * sum(map(json.containers, texts)))
        contents = [json.parse(text) for text in texts]
    except ParseError as error:
        if error.code == "work_exceeded":
            raise
        raise ParseError("sd_jwt_disclosure_malformed", error.code) from None
    for encoded, digest, content in zip(parts, digests, contents, strict=True):
        match content:
            case [str(), str() as name, value]:
                if name in _RESERVED:
                    raise ParseError("sd_jwt_claim_name", "in a disclosure")
            case [str(), value]:
                name = None
            case _:
                raise ParseError("sd_jwt_disclosure_malformed", "neither a claim nor an array element, behind a salt")
        disclosures.append(_new(Disclosure, (encoded, digest, name, value)))
    return tuple(disclosures)


def process(
    payload: JsonObject, disclosures: tuple[Disclosure, ...], budget: Budget | None = None
) -> tuple[JsonObject, dict[ClaimsPath, Disclosure]]:
    """Steps 2.5 to 5 of section 7.1; gives the processed payload, and what was disclosed where.

    `budget` is what the message may still cost; None for a whole one.

    Raises:
        ParseError: `work_exceeded`, `sd_jwt_claim_name`, `sd_jwt_digest_malformed`, `json_depth`.
        VerificationError: `sd_jwt_claim_collision`, `sd_jwt_digest_repeated`, `sd_jwt_disclosure_misplaced`,
            `sd_jwt_disclosure_unreferenced`.
    """
    opening = _Opening(disclosures, Budget() if budget is None else budget)
    claims = _open_object(payload, (), opening)
    claims.pop(_ALGORITHM, None)
    if len(opening.placed) != len(disclosures):
        raise VerificationError("sd_jwt_disclosure_unreferenced")
    return claims, opening.placed


def hide(
    claims: JsonObject, disclosable: Collection[ClaimsPath], *, decoys: int, random: Random
) -> tuple[JsonObject, list[bytes]]:
    """Replaces claims by digests; gives the payload to sign, and the disclosures. All salts and decoys are one draw.

    Raises:
        ParseError: `sd_jwt_claim_name`, `sd_jwt_path_unknown`, `input_too_large`.
    """
    paths = set(disclosable)
    check_decoys(decoys)
    levels = {path[:-1] for path in paths if path and isinstance(path[-1], str)}
    made = _Disclosures(iter(draw(len(paths) + decoys * len(levels), random)))
    return hide_with(claims, paths, made.add, decoys=decoys), made.disclosures


def draw(count: int, random: Random) -> list[str]:
    """Random numbers of `SALT_BYTES` bytes as base64url, in one draw."""
    drawn = base64url.encode(random(SALT_BYTES * count))
    return [drawn[at : at + SALT_CHARS] for at in range(0, len(drawn), SALT_CHARS)]


def check_decoys(decoys: int) -> None:
    """Refuses a number of decoys that is negative or larger than `MAX_DECOYS`.

    Raises:
        ParseError: `input_too_large`.
    """
    if not 0 <= decoys <= MAX_DECOYS:
        raise ParseError("input_too_large", f"decoys: 0 to {MAX_DECOYS}")


def hide_with(
    claims: JsonObject,
    paths: Collection[ClaimsPath],
    disclose: Callable[[list[str], int], list[str]],
    *,
    decoys: int = 0,
) -> JsonObject:
    """As `hide`, where `disclose` makes the disclosures of one parent, each from what follows its salt, and decoys.

    It gives their digests; what lies inside another disclosure comes first.

    Raises:
        ParseError: `sd_jwt_claim_name`, `sd_jwt_path_unknown`.
    """
    hidden: dict[ClaimsPath, set[str | int | None]] = defaultdict(set)
    for path in paths:
        if not path:
            raise ParseError("sd_jwt_path_unknown")
        hidden[path[:-1]].add(path[-1])
    hiding = _Hiding(hidden, disclose, decoys)
    payload = _hide_object(claims, (), hiding)
    if hiding.count != len(paths):
        raise ParseError("sd_jwt_path_unknown")
    if paths:
        payload[_ALGORITHM] = SHA_256
    return payload


def find(claims: JsonObject, path: ClaimsPath) -> list[ClaimsPath]:
    """The places a path leads to, None standing for every array element; at least one.

    Raises:
        ParseError: `sd_jwt_path_unknown`.
    """
    found: list[tuple[ClaimsPath, JsonValue]] = [((), claims)]
    for step in path:
        found = [((*at, key), child) for at, value in found for key, child in _children(value, step)]
    if not found or not path:
        raise ParseError("sd_jwt_path_unknown")
    return [at for at, _ in found]


class _Opening:
    """What processing a payload knows: disclosures by digest, digests met so far, disclosures by their path."""

    def __init__(self, disclosures: tuple[Disclosure, ...], budget: Budget) -> None:
        self.budget = budget
        self.disclosures: dict[str, Disclosure] = {disclosure.digest: disclosure for disclosure in disclosures}
        self.met: set[str] = set()
        self.placed: dict[ClaimsPath, Disclosure] = {}

    def take(self, digests: list[JsonValue]) -> list[Disclosure]:
        """The disclosures of these digests: none for one that was not disclosed, or is a decoy."""
        for digest in digests:
            if type(digest) is not str:
                raise ParseError("sd_jwt_digest_malformed", "not a string")
        new = set(digests)
        if len(new) != len(digests) or not self.met.isdisjoint(new):
            raise VerificationError("sd_jwt_digest_repeated")
        self.met |= new
        known = self.disclosures
        return [known[digest] for digest in digests if digest in known]


def _open(value: JsonValue, path: ClaimsPath, opening: _Opening) -> JsonValue:
    kind = type(value)
    if kind is not dict and kind is not list:
        return value
    # Each disclosure may nest as deeply as the JSON parser lets it: a chain of them would exhaust the stack.
    if len(path) >= MAX_DEPTH:
        raise ParseError("json_depth", "once disclosed")
    opening.budget.spend(COPY_STEPS + len(value))
    return _open_object(value, path, opening) if kind is dict else _open_array(value, path, opening)


def _open_object(value: JsonObject, path: ClaimsPath, opening: _Opening) -> JsonObject:
    if _ELEMENT in value or (path and _ALGORITHM in value):
        raise ParseError("sd_jwt_claim_name")
    # The copy goes all the way down: nothing that was parsed is shared with what is verified.
    claims = value.copy()
    for name, child in value.items():
        kind = type(child)
        if (kind is dict or kind is list) and name != _DIGESTS:
            claims[name] = _open(child, (*path, name), opening)
    if _DIGESTS in value:
        _insert(claims, claims.pop(_DIGESTS), path, opening)
    return claims


def _insert(claims: JsonObject, digests: JsonValue, path: ClaimsPath, opening: _Opening) -> None:
    if type(digests) is not list:
        raise ParseError("sd_jwt_digest_malformed", "not an array")
    for disclosure in opening.take(digests):
        _, _, name, value = disclosure
        if name is None:
            raise VerificationError("sd_jwt_disclosure_misplaced")
        if name in claims:
            raise VerificationError("sd_jwt_claim_collision")
        here = (*path, name)
        opening.placed[here] = disclosure
        claims[name] = _open(value, here, opening)


def _open_array(value: list[JsonValue], path: ClaimsPath, opening: _Opening) -> list[JsonValue]:
    elements: list[JsonValue] = []
    for element in value:
        here = (*path, len(elements))
        if not isinstance(element, dict) or _ELEMENT not in element:
            elements.append(_open(element, here, opening))
            continue
        if len(element) != 1:
            raise ParseError("sd_jwt_digest_malformed", "beside other members")
        for disclosure in opening.take([element[_ELEMENT]]):
            if disclosure.name is not None:
                raise VerificationError("sd_jwt_disclosure_misplaced")
            opening.placed[here] = disclosure
            elements.append(_open(disclosure.value, here, opening))
    return elements


@dataclass(slots=True)
class _Disclosures:
    """The disclosures made so far, and all random numbers: salts, and what decoys are digests of (section 4.2.7)."""

    numbers: Iterator[str]
    disclosures: list[bytes] = field(default_factory=list)

    def add(self, contents: list[str], decoys: int) -> list[str]:
        """Makes a disclosure of each JSON text that follows its salt; gives their digests, and those of the decoys."""
        # `zip` takes from the contents first: once they are exhausted, no further random number is drawn and lost.
        pairs = zip(contents, self.numbers, strict=False)
        made = [base64url.encode_ascii(f'["{salt}",{content}]'.encode()) for content, salt in pairs]
        self.disclosures += made
        return digests_of([*made, *(number.encode("ascii") for number in islice(self.numbers, decoys))])


@dataclass(slots=True)
class _Hiding:
    """What issuing is about: what to hide of which parent, who makes the disclosures, how many were made."""

    hidden: dict[ClaimsPath, set[str | int | None]]
    disclose: Callable[[list[str], int], list[str]]
    decoys: int
    count: int = 0

    def add(self, contents: list[str], decoys: int) -> list[str]:
        self.count += len(contents)
        return self.disclose(contents, decoys)


def _hide(value: JsonValue, path: ClaimsPath, hiding: _Hiding) -> JsonValue:
    if isinstance(value, dict):
        return _hide_object(value, path, hiding)
    return _hide_array(value, path, hiding) if isinstance(value, list) else value


def _hide_object(value: JsonObject, path: ClaimsPath, hiding: _Hiding) -> JsonObject:
    if not _RESERVED.isdisjoint(value):
        raise ParseError("sd_jwt_claim_name", "in the claims to issue")
    hidden = hiding.hidden.get(path, ())
    kept: JsonObject = {}
    contents: list[str] = []
    for name, child in value.items():
        content = _hide(child, (*path, name), hiding) if isinstance(child, (dict, list)) else child
        if name in hidden:
            contents.append(f"{json.encode_text(name)},{json.encode_text(content)}")
        else:
            kept[name] = content
    if contents:
        # The order must tell neither the order of the claims nor which are decoys (sections 4.2.4.1 and 4.2.7).
        kept[_DIGESTS] = sorted(hiding.add(contents, hiding.decoys))
    return kept


def _hide_array(value: list[JsonValue], path: ClaimsPath, hiding: _Hiding) -> list[JsonValue]:
    elements = [_hide(element, (*path, position), hiding) for position, element in enumerate(value)]
    hidden = [position for position in range(len(value)) if position in hiding.hidden.get(path, ())]
    digests = hiding.add([json.encode_text(elements[position]) for position in hidden], 0)
    for position, digest in zip(hidden, digests, strict=True):
        elements[position] = {_ELEMENT: digest}
    return elements


def _children(value: JsonValue, step: str | int | None) -> list[tuple[str | int, JsonValue]]:
    if isinstance(value, dict):
        return [(step, value[step])] if isinstance(step, str) and step in value else []
    if not isinstance(value, list) or isinstance(step, str):
        return []
    if step is None:
        return list(enumerate(value))
    return [(step, value[step])] if 0 <= step < len(value) else []
