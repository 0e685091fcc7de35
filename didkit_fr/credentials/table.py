"""The table of one title, `specs/credentials/<title>/title.toml`, read strictly: what is not understood is refused.

A row is one attribute: its id (the register's name for it), its value codec, where it stands in JSON and in mdoc, its
JSON-LD term, its labels. JSON objects that exist only to hold rows are groups.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from didkit_fr.credentials import values
from didkit_fr.credentials.values import ValueType
from didkit_fr.errors import ParseError

__all__ = ["CATEGORIES", "FORMATS", "LANGUAGES", "MDOC", "SD_JWT_VC", "W3C", "Attribute", "Group", "Labels", "Reuse",
           "Title", "parse"]  # fmt: skip

MAX_BYTES = 65_536
MAX_COPIES = 100
MAX_DAYS = 3_660
LANGUAGES = ("fr", "en")
SD_JWT_VC, MDOC = "dc+sd-jwt", "mso_mdoc"
W3C = frozenset({"ldp_vc", "jwt_vc_json"})
FORMATS = frozenset({SD_JWT_VC, MDOC}) | W3C
REUSE_POLICIES = frozenset({"once_only", "limited_time", "rotating_batch", "per_relying_party"})

# Identification data; an attestation by a public body responsible for an authentic source; a national one that claims
# neither (Regulation (EU) 910/2014 as amended, article 3).
CATEGORIES = ("pid", "pub-eaa", "national")

# Claims that are the issuer's protocol, never a register's answer (draft-ietf-oauth-sd-jwt-vc section 2.2.2.3, RFC
# 7519 section 4.1, RFC 9901): a row that could name one could change who signs, until when, and for whose key.
RESERVED = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "vct", "status", "nonce", "sd_hash"})

_ID = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_FORMAT = re.compile("|".join(re.escape(name) for name in sorted(FORMATS)))
_URN = re.compile(r"[A-Za-z][A-Za-z0-9+.:/_#-]{0,199}", re.ASCII)

Labels: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One row: `json` is its path of one or two names in the claims; `mdoc` its path below `namespace`.

    `term` is the IRI that its claim means in JSON-LD, empty where the title's vocabulary says it.
    """

    id: str
    value: ValueType
    json: tuple[str, ...]
    namespace: str
    mdoc: tuple[str, ...]
    term: str
    required: bool
    label: Labels


@dataclass(frozen=True, slots=True)
class Group:
    """A JSON object that holds rows; a required one holds at least one of them."""

    label: Labels
    required: bool
    term: str


@dataclass(frozen=True, slots=True)
class Reuse:
    """How many copies are issued at once, and how a wallet uses them up (EUDI ARF topic 10)."""

    batch_size: int
    policy: str


@dataclass(frozen=True, slots=True)
class Title:
    """A title's table.

    `vct` and `doctype` are None where the title is never issued in that format; `extends` is the type that its `vct`
    is a kind of; `suspendable` titles may be put out of force and back, all others only revoked, for ever; a copy is
    valid for `max_days` at most (0: no limit of its own); `vocabulary` begins the IRI of each JSON-LD term.
    """

    id: str
    label: Labels
    description: Labels
    category: str
    vct: str | None
    extends: str | None
    doctype: str | None
    formats: frozenset[str]
    reuse: Reuse
    suspendable: bool
    max_days: int
    vocabulary: str
    namespaces: Mapping[str, str]
    groups: Mapping[str, Group]
    attributes: tuple[Attribute, ...]

    @property
    def name(self) -> str:
        """Its type as a W3C credential, as a class is spelt: `NationalIdentity`."""
        return "".join(word.capitalize() for word in self.id.split("_"))

    @property
    def iri(self) -> str | None:
        """What that type means; None where it is never a W3C credential."""
        return self.vocabulary + self.name if self.formats & W3C else None


def parse(raw: bytes) -> Title:
    """Parses a title table; whatever it does not understand is refused.

    Raises:
        ParseError: `title_malformed`.
    """
    if len(raw) > MAX_BYTES:
        raise ParseError("title_malformed", f"over {MAX_BYTES} bytes")
    try:
        top = _Table(tomllib.loads(raw.decode()), "title")
    except (ValueError, RecursionError):  # also a number of more digits than Python reads
        raise ParseError("title_malformed", "not TOML") from None
    namespaces = {name: top.within("namespaces").name(name, _URN) for name in top.within("namespaces").names()}
    groups = {name: _group(top.within("groups").within(name)) for name in top.within("groups").names()}
    title = Title(
        id=top.name("id", _ID),
        label=_labels(top, "label"),
        description=_labels(top, "description"),
        category=top.get("category", str),
        vct=top.optional("vct", _URN),
        extends=top.optional("extends", _URN),
        doctype=top.optional("doctype", _URN),
        formats=frozenset(top.texts("formats", _FORMAT)),
        reuse=_reuse(top.within("reuse")),
        suspendable=top.get("suspendable", bool, default=False),
        max_days=top.get("max_days", int, default=0),
        vocabulary=top.optional("vocabulary", _URN) or "",
        namespaces=MappingProxyType(namespaces),
        groups=MappingProxyType(groups),
        attributes=tuple(_attribute(row, next(iter(namespaces), "")) for row in top.rows("attribute")),
    )
    top.close("namespaces", "groups", "reuse", "attribute")
    _check_head(title)
    _check_rows(title)
    return title


class _Table:
    """A TOML table read by name and type; `close` refuses what was not asked for."""

    def __init__(self, table: object, where: str) -> None:
        if not isinstance(table, dict):
            raise ParseError("title_malformed", f"{where}: not a table")
        self._table: dict[str, Any] = table
        self._where = where
        self._read: set[str] = set()

    def get(self, key: str, kind: type, default: object = None) -> Any:  # noqa: ANN401 - TOML holds anything
        self._read.add(key)
        value = self._table.get(key, default)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ParseError("title_malformed", f"{self._where}: {key}")
        return value

    def name(self, key: str, pattern: re.Pattern[str], default: str | None = None) -> str:
        value: str = self.get(key, str, default)
        if pattern.fullmatch(value) is None:
            raise ParseError("title_malformed", f"{self._where}: {key}")
        return value

    def optional(self, key: str, pattern: re.Pattern[str]) -> str | None:
        return self.name(key, pattern) if key in self._table else None

    def texts(self, key: str, pattern: re.Pattern[str], default: Sequence[str] | None = None) -> tuple[str, ...]:
        found = self.get(key, list, None if default is None else list(default))
        if not all(isinstance(text, str) and pattern.fullmatch(text) for text in found) or len(set(found)) < len(found):
            raise ParseError("title_malformed", f"{self._where}: {key}")
        return tuple(found)

    def within(self, key: str) -> "_Table":
        return _Table(self.get(key, dict, {}), key)

    def rows(self, key: str) -> "list[_Table]":
        return [_Table(row, key) for row in self.get(key, list)]

    def names(self) -> list[str]:
        if not all(_NAME.fullmatch(name) for name in self._table):
            raise ParseError("title_malformed", f"{self._where}: a name")
        return list(self._table)

    def close(self, *read: str) -> None:
        if not self._table.keys() <= self._read | set(read):
            raise ParseError("title_malformed", f"{self._where}: an unknown key")


def _labels(table: _Table, key: str) -> Labels:
    labels = table.within(key)
    texts = {language: labels.get(language, str) for language in LANGUAGES}
    labels.close()
    if not all(text.strip() and text.isprintable() for text in texts.values()):
        raise ParseError("title_malformed", f"a {key} is empty")
    return MappingProxyType(texts)


def _group(table: _Table) -> Group:
    group = Group(
        label=_labels(table, "label"),
        required=table.get("required", bool, default=False),
        term=table.optional("term", _URN) or "",
    )
    table.close()
    return group


def _reuse(table: _Table) -> Reuse:
    reuse = Reuse(batch_size=table.get("batch_size", int), policy=table.get("policy", str))
    table.close()
    if not 1 <= reuse.batch_size <= MAX_COPIES or reuse.policy not in REUSE_POLICIES:
        raise ParseError("title_malformed", "reuse")
    return reuse


def _attribute(row: _Table, namespace: str) -> Attribute:
    identifier = row.name("id", _ID)
    attribute = Attribute(
        id=identifier,
        value=_value(row.within("value")),
        json=row.texts("json", _NAME, default=(identifier,)),
        namespace=row.name("ns", _NAME, default=namespace) if namespace else "",
        mdoc=row.texts("mdoc", _NAME, default=(identifier,)),
        term=row.optional("term", _URN) or "",
        required=row.get("required", bool, default=False),
        label=_labels(row, "label"),
    )
    row.close()
    return attribute


def _value(table: _Table) -> ValueType:
    codec = values.CODECS.get(table.get("type", str))
    if codec is None:
        raise ParseError("title_malformed", "value: type")
    allowed = table.get("allowed", list, []) if "allowed" in codec.limits else []
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in allowed):
        raise ParseError("title_malformed", "value: allowed")
    default = None if "codes" in codec.required else ()
    kind = ValueType(
        type=table.get("type", str),
        many=table.get("many", bool, default=False),
        max=table.get("max", int, None if "max" in codec.required else 0),
        codes=frozenset(table.texts("codes", _NAME, default=default)) if "codes" in codec.limits else frozenset(),
        allowed=frozenset(allowed),
        may_be_empty=table.get("may_be_empty", bool, default=False) if "may_be_empty" in codec.limits else False,
    )
    table.close()
    if kind.max < 0 or ("max" in codec.required and kind.max == 0) or ("max" not in codec.limits and kind.max):
        raise ParseError("title_malformed", "value: max")
    return kind


def _check_head(title: Title) -> None:
    """What category and formats allow: these are rules of law, so a table cannot waive them."""
    national = title.category == "national"
    rules = {
        "category": title.category in CATEGORIES,
        "formats": bool(title.formats),
        "vct": (title.vct is not None) is (SD_JWT_VC in title.formats),
        "extends": title.extends is None or (title.vct is not None and title.extends != title.vct),
        "doctype": (title.doctype is not None) is bool(title.namespaces) is (MDOC in title.formats),
        "vocabulary": bool(title.vocabulary) is bool(W3C & title.formats),
        # Identification data and attestations of public bodies have no W3C format in the European wallet's rulebooks,
        # and their revocation is irreversible (ARF topic 7).
        "w3c": national or not W3C & title.formats,
        "suspendable": national or not title.suspendable,
        "max_days": 0 <= title.max_days <= MAX_DAYS,
    }
    for name, holds in rules.items():
        if not holds:
            raise ParseError("title_malformed", name)


def _check_rows(title: Title) -> None:
    """The rules between rows."""
    rows = title.attributes
    elements: dict[str, str] = {}
    for row in rows:
        if title.namespaces and row.namespace not in title.namespaces:
            raise ParseError("title_malformed", f"{row.id}: namespace")
        # Some zero-knowledge proofs over mdoc do not bind the namespace: one element id must mean one thing.
        if elements.setdefault(row.mdoc[0] if row.mdoc else "", row.namespace) != row.namespace:
            raise ParseError("title_malformed", f"{row.id}: an element of two namespaces")
        if len(row.json) not in (1, 2) or len(row.mdoc) not in (1, 2) or row.json[0] in RESERVED:
            raise ParseError("title_malformed", f"{row.id}: path")
        if (len(row.json) > 1) is not (row.json[0] in title.groups):
            raise ParseError("title_malformed", f"{row.id}: group")
    for kind in ([row.id for row in rows], [row.json for row in rows], [row.mdoc for row in rows]):
        if len(set(kind)) < len(kind):
            raise ParseError("title_malformed", "two rows of one name")
    flat = {row.mdoc[0] for row in rows if len(row.mdoc) == 1}
    if not rows or not flat.isdisjoint(row.mdoc[0] for row in rows if len(row.mdoc) > 1):
        raise ParseError("title_malformed", "a row within another")
    if not title.groups.keys() <= {row.json[0] for row in rows}:
        raise ParseError("title_malformed", "a group without rows")
