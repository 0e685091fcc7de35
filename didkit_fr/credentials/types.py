"""SD-JWT VC type metadata (draft-ietf-oauth-sd-jwt-vc-19 section 5): its documents, their integrity, their rules.

Pure: what lies in `specs/` is read from there, what comes from elsewhere is given as bytes. Rendering is not read:
the holder decides that. A type grants no right: that an issuer may issue it is for the anchors to say.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256, sha384, sha512
from hmac import compare_digest
from types import MappingProxyType
from typing import Literal, TypeAlias

from didkit_fr import specs
from didkit_fr.credentials import titles
from didkit_fr.encoding import json
from didkit_fr.encoding.json import ClaimsPath, JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError

__all__ = [
    "MAX_BYTES",
    "MAX_DOCUMENTS",
    "ClaimRule",
    "SelectiveDisclosure",
    "TypeMetadata",
    "TypeRules",
    "check_integrity",
    "combine",
    "compile_rules",
    "integrity_of",
    "lineage",
    "local_document",
    "parse",
]

MAX_BYTES = 131_072
MAX_CLAIMS = 512
MAX_PATH = 16
MAX_STEPS = 2_048
"""Of all paths of one document."""
MAX_CHARS = 2_048
MAX_DISPLAYS = 64
MAX_DOCUMENTS = 5
"""A type, its parent, the parent's parent and so on: no more than these are read for one credential."""

SelectiveDisclosure: TypeAlias = Literal["always", "allowed", "never"]

_DISCLOSURES: Mapping[str, SelectiveDisclosure] = MappingProxyType(
    {"always": "always", "allowed": "allowed", "never": "never"}
)
_SVG_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

# W3C Subresource Integrity 1.0 section 3.2, the strongest first.
_HASHES = MappingProxyType({"sha512": sha512, "sha384": sha384, "sha256": sha256})
_EXPRESSION = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/_-]{1,128}={0,2})(\?[!-~]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """What a type says of the claims at one path (section 5.6); None where it says nothing."""

    path: ClaimsPath
    mandatory: bool | None
    disclosure: SelectiveDisclosure | None


@dataclass(frozen=True, slots=True)
class TypeMetadata:
    """One document: the type it describes, the type that it extends, its own rules by path."""

    vct: str
    extends: str | None
    extends_integrity: str | None
    rules: Mapping[ClaimsPath, ClaimRule] = field(repr=False)


@dataclass(frozen=True, slots=True)
class TypeRules:
    """The rules of a whole type as a tree, one node for each step of a path: made for many credentials.

    `mandatory` also where only something below it is: a claim is not there without what holds it. Below are `members`
    of an object, or `elements` of an array (None: each of them); `due` are the steps of those that are mandatory. Of
    the root, `extends` are the types above, nearest first, where they are not known beforehand.
    """

    mandatory: bool
    disclosure: SelectiveDisclosure
    members: Mapping[str, "TypeRules"]
    elements: Mapping[int | None, "TypeRules"]
    due: tuple[str | int | None, ...]
    extends: tuple[str, ...] = ()


def lineage(vct: str) -> tuple[str, ...]:
    """A type and the types that it is a kind of, nearest first, as far as this library's own documents know.

    A query for `urn:eudi:pid:1` is answered by the French type (section 5.4). Only what is in `specs/` counts: a
    document fetched from an issuer must not make its credential pass for another.
    """
    return _lineages().get(vct, (vct,))


def local_document(vct: str) -> bytes | None:
    """The type metadata of a type that this library knows, byte for byte; None of any other."""
    place = _places().get(vct)
    return None if place is None else specs.read(place)


def parse(raw: bytes) -> TypeMetadata:
    """Parses a type metadata document; members that are not understood are ignored (section 5.2).

    Raises:
        ParseError: `type_metadata_malformed`, and those of `encoding.json`.
    """
    document = json.parse_object(raw, max_bytes=MAX_BYTES)
    vct = _text(document, "vct")
    if vct is None:
        raise _malformed("vct")
    for name in ("name", "description"):
        _text(document, name, empty=True)
    _displays(document, "name")
    claims = document.get("claims", [])
    if not isinstance(claims, list) or len(claims) > MAX_CLAIMS:
        raise _malformed("claims")
    rules = [_claim(claim) for claim in claims]
    if sum(len(rule.path) for rule in rules) > MAX_STEPS:
        raise _malformed("claims: more steps of paths than are read")
    by_path = {rule.path: rule for rule in rules}
    identifiers = [claim["svg_id"] for claim in claims if "svg_id" in claim]
    # Two rules for one path could be read as either.
    if len(by_path) < len(rules) or len(set(identifiers)) < len(identifiers):
        raise _malformed("a path or svg_id stands twice")
    integrity = _text(document, "extends#integrity")
    return TypeMetadata(vct, _text(document, "extends"), integrity, MappingProxyType(by_path))


def integrity_of(raw: bytes) -> str:
    """The `#integrity` value of a document (section 6)."""
    return f"sha256-{b64encode(sha256(raw).digest()).decode('ascii')}"


def check_integrity(raw: bytes, integrity: JsonValue) -> None:
    """Checks a document against its `#integrity` value: any of the hashes of the strongest kind (section 6).

    Raises:
        VerificationError: `type_metadata_integrity`, also where no hash is one that is known.
    """
    found = _EXPRESSION.fullmatch
    words = integrity.split() if isinstance(integrity, str) and len(integrity) <= MAX_CHARS else []
    stated = [(match[1], match[2]) for match in map(found, words) if match is not None]
    for name, digest in _HASHES.items():
        texts = [text for algorithm, text in stated if algorithm == name]
        if texts:
            actual = digest(raw).digest()
            if any(compare_digest(_decoded(text), actual) for text in texts):
                return
            break
    raise VerificationError("type_metadata_integrity")


def combine(
    child: Mapping[ClaimsPath, ClaimRule], parent: Mapping[ClaimsPath, ClaimRule]
) -> Mapping[ClaimsPath, ClaimRule]:
    """The rules of a type that extends another (section 5.6.5): its own, then the inherited ones.

    Raises:
        VerificationError: `type_extends_contradiction` where the child loosens or reverses a rule.
    """
    combined = dict(parent)
    for path, rule in child.items():
        above = parent.get(path)
        combined[path] = rule if above is None else _combine(rule, above)
    return MappingProxyType(combined)


def compile_rules(rules: Mapping[ClaimsPath, ClaimRule]) -> TypeRules:
    """The rules as a tree, to be walked beside a credential."""
    below: dict[str | int | None, dict[ClaimsPath, ClaimRule]] = {}
    for path, rule in rules.items():
        if path:
            below.setdefault(path[0], {})[path[1:]] = rule
    own = rules.get(())
    children = {step: compile_rules(inner) for step, inner in below.items()}
    due = tuple(step for step, child in children.items() if child.mandatory)
    return TypeRules(
        mandatory=bool(due) or (own is not None and bool(own.mandatory)),
        disclosure="allowed" if own is None or own.disclosure is None else own.disclosure,
        members=MappingProxyType({step: child for step, child in children.items() if isinstance(step, str)}),
        elements=MappingProxyType({step: child for step, child in children.items() if not isinstance(step, str)}),
        due=due,
    )


@cache
def _places() -> Mapping[str, str]:
    """Where the documents lie: a title's own, and beside it the one that it extends, where that is no title's."""
    places: dict[str, str] = {}
    for title_id in specs.folders("credentials"):
        title = titles.load(title_id)
        if title.vct is not None:
            places[title.vct] = f"credentials/{title_id}/type-metadata.json"
        if title.extends is not None:
            places.setdefault(title.extends, f"credentials/{title_id}/parent-type-metadata.json")
    return MappingProxyType(places)


@cache
def _lineages() -> Mapping[str, tuple[str, ...]]:
    parents = {vct: parse(specs.read(place)).extends for vct, place in _places().items()}
    found = {}
    for vct, parent in parents.items():
        line, above = [vct], parent
        while above is not None and above not in line:
            line.append(above)
            above = parents.get(above)
        found[vct] = tuple(line)
    return MappingProxyType(found)


def _combine(rule: ClaimRule, above: ClaimRule) -> ClaimRule:
    fixed = above.disclosure if above.disclosure in ("always", "never") else None
    if fixed is not None and rule.disclosure not in (None, fixed):
        raise VerificationError("type_extends_contradiction", "sd")
    if above.mandatory and rule.mandatory is False:
        raise VerificationError("type_extends_contradiction", "mandatory")
    return ClaimRule(
        rule.path,
        above.mandatory if rule.mandatory is None else rule.mandatory,
        above.disclosure if rule.disclosure is None else rule.disclosure,
    )


def _claim(claim: JsonValue) -> ClaimRule:
    if not isinstance(claim, dict):
        raise _malformed("claims")
    path, mandatory, disclosure = claim.get("path"), claim.get("mandatory"), claim.get("sd")
    if not isinstance(path, list) or not 1 <= len(path) <= MAX_PATH or not all(map(_is_step, path)):
        raise _malformed("path")
    if "mandatory" in claim and not isinstance(mandatory, bool):
        raise _malformed("mandatory")
    if "sd" in claim and (not isinstance(disclosure, str) or disclosure not in _DISCLOSURES):
        raise _malformed("sd")
    svg_id = claim.get("svg_id", "_")
    if not isinstance(svg_id, str) or _SVG_ID.fullmatch(svg_id) is None:
        raise _malformed("svg_id")
    _displays(claim, "label")
    return ClaimRule(tuple(path), mandatory, None if disclosure is None else _DISCLOSURES[disclosure])


def _is_step(step: JsonValue) -> bool:
    if isinstance(step, str):
        return len(step) <= MAX_CHARS
    return step is None or (isinstance(step, int) and not isinstance(step, bool) and step >= 0)


def _displays(holder: JsonObject, label: str) -> None:
    displays: Sequence[JsonValue] = holder.get("display", [])
    if not isinstance(displays, list) or len(displays) > MAX_DISPLAYS:
        raise _malformed("display")
    for display in displays:
        if not isinstance(display, dict) or _text(display, "locale") is None or _text(display, label) is None:
            raise _malformed("display")
        _text(display, "description", empty=True)


def _text(holder: JsonObject, name: str, *, empty: bool = False) -> str | None:
    value = holder.get(name)
    if name not in holder:
        return None
    if not isinstance(value, str) or len(value) > MAX_CHARS or not (value or empty):
        raise _malformed(name)
    return value


def _decoded(text: str) -> bytes:
    """Base64 in either alphabet, as the grammar of Content Security Policy has it."""
    try:
        return b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except Base64Error:
        return b""


def _malformed(what: str) -> ParseError:
    return ParseError("type_metadata_malformed", what)
