"""French titles: one table each (`specs/credentials/<title>/title.toml`), from which all else is derived.

A row is one attribute: its id (the register's name for it), its value codec, where it stands in JSON and in mdoc, its
labels. JSON objects that exist only to hold rows are groups.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeAlias

from didkit_fr import specs
from didkit_fr.credentials import values
from didkit_fr.credentials.values import ValueType
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError

__all__ = [
    "LANGUAGES",
    "Attribute",
    "Group",
    "Path",
    "Reuse",
    "Title",
    "build_claims",
    "credential_metadata",
    "disclosable_paths",
    "find",
    "label",
    "load",
    "parse",
]

MAX_BYTES = 65_536
MAX_COPIES = 100
LANGUAGES = ("fr", "en")
FORMATS = frozenset({"dc+sd-jwt", "mso_mdoc", "ldp_vc", "jwt_vc_json"})
REUSE_POLICIES = frozenset({"once_only", "limited_time", "rotating_batch", "per_relying_party"})

# Claims that are the issuer's protocol, never a register's answer (draft-ietf-oauth-sd-jwt-vc section 2.2.2.3, RFC
# 7519 section 4.1, RFC 9901): a row that could name one could change who signs, until when, and for whose key.
RESERVED = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "vct", "status", "nonce", "sd_hash"})

_ID = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_URN = re.compile(r"[A-Za-z][A-Za-z0-9+.:/_-]{0,199}", re.ASCII)

Path: TypeAlias = tuple[str | int | None, ...]
Labels: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One row: `json` is its path of one or two names in the claims; `mdoc` its path below `namespace`."""

    id: str
    value: ValueType
    json: tuple[str, ...]
    namespace: str
    mdoc: tuple[str, ...]
    required: bool
    label: Labels


@dataclass(frozen=True, slots=True)
class Group:
    """A JSON object that holds rows; a required one holds at least one of them."""

    label: Labels
    required: bool


@dataclass(frozen=True, slots=True)
class Reuse:
    """How many copies are issued at once, and how a wallet uses them up (EUDI ARF topic 10)."""

    batch_size: int
    policy: str


@dataclass(frozen=True, slots=True)
class Title:
    """A title's table; `extends` are the types its `vct` is a kind of."""

    id: str
    label: Labels
    vct: str
    extends: tuple[str, ...]
    doctype: str
    formats: frozenset[str]
    reuse: Reuse
    namespaces: Mapping[str, str]
    groups: Mapping[str, Group]
    attributes: tuple[Attribute, ...]


@cache
def load(title_id: str) -> Title:
    """The title of this id, such as `pid`; each table is read once.

    Raises:
        ParseError: `title_unknown`, and those of `parse`.
    """
    if _ID.fullmatch(title_id) is None or title_id not in specs.folders("credentials"):
        raise ParseError("title_unknown")
    title = parse(specs.read(f"credentials/{title_id}/title.toml"))
    if title.id != title_id:
        raise ParseError("title_malformed", "id is not the folder's name")
    return title


def find(vct: str) -> Title | None:
    """The title of this credential type, or None: the type is a foreign one."""
    return next((title for title in map(load, specs.folders("credentials")) if title.vct == vct), None)


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
        label=_labels(top),
        vct=top.name("vct", _URN),
        extends=top.texts("extends", _URN, default=()),
        doctype=top.name("doctype", _URN),
        formats=frozenset(top.texts("formats", _URN)),
        reuse=_reuse(top.within("reuse")),
        namespaces=MappingProxyType(namespaces),
        groups=MappingProxyType(groups),
        attributes=tuple(_attribute(row, next(iter(namespaces), "")) for row in top.rows("attribute")),
    )
    top.close("namespaces", "groups", "reuse", "attribute", "label")
    _check(title)
    return title


def build_claims(title: Title, attributes: Mapping[str, Any]) -> JsonObject:
    """Builds the claims of a credential from a register's answer, each value checked, in the table's order.

    Args:
        title: the title.
        attributes: attribute id to JSON value; what a row does not name is refused, not dropped.

    Raises:
        ParseError: `attribute_unknown`, `attribute_missing`, `value_invalid`.
    """
    if not attributes.keys() <= {row.id for row in title.attributes}:
        raise ParseError("attribute_unknown")
    claims: JsonObject = {}
    for row in title.attributes:
        if row.id in attributes:
            holder = claims if len(row.json) == 1 else claims.setdefault(row.json[0], {})
            holder[row.json[-1]] = values.check(attributes[row.id], row.value, row.id)
        elif row.required:
            raise ParseError("attribute_missing", row.id)
    for name, group in title.groups.items():
        if group.required and name not in claims:
            raise ParseError("attribute_missing", name)
    return claims


def disclosable_paths(title: Title, claims: JsonObject) -> list[Path]:
    """The concrete path of every claim, nested property and array element, parents first (PID rulebook, PID_21).

    Only the title's own claims: those of the protocol (`vct`, `exp`, `cnf`, ...) always show.
    """
    heads = dict.fromkeys(row.json[0] for row in title.attributes)
    paths: list[Path] = []
    for head in heads:
        if head in claims:
            paths += _descend((head,), claims[head])
    return paths


def credential_metadata(title: Title) -> JsonObject:
    """The `credential_metadata` of a credential configuration (OpenID4VCI 1.0 section 12.2.4, appendix B.2)."""
    described: dict[Path, JsonObject] = {}
    for row in title.attributes:
        group = title.groups.get(row.json[0]) if len(row.json) > 1 else None
        if group is not None and row.json[:1] not in described:
            described[row.json[:1]] = _claim(row.json[:1], group.label, mandatory=group.required)
        described[row.json] = _claim(row.json, row.label, mandatory=row.required)
        if row.value.many:
            described[*row.json, None] = _claim((*row.json, None), row.label, mandatory=row.required)
    return {"display": _display(title.label), "claims": list(described.values())}


def label(title: Title, path: Path, language: str) -> str:
    """What a person reads for a claim's path; an element of an array is called as its array.

    Where the table does not know the path (it may be a stranger's), the path itself, without control characters.
    """
    names = {row.json: row.label for row in title.attributes}
    names |= {(name,): group.label for name, group in title.groups.items()}
    exact = tuple(part for part in path if isinstance(part, str))
    if exact == path or (path and exact == path[:-1]):
        labels = names.get(exact)
        if labels is not None:
            return labels[language if language in LANGUAGES else LANGUAGES[0]]
    text = ".".join("*" if part is None else str(part) for part in path)
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _descend(path: Path, value: object) -> list[Path]:
    children: list[Path] = []
    if isinstance(value, dict):
        children = [found for name in value for found in _descend((*path, name), value[name])]
    elif isinstance(value, list):
        children = [found for at, element in enumerate(value) for found in _descend((*path, at), element)]
    return [path, *children]


def _claim(path: Path, labels: Labels, *, mandatory: bool) -> JsonObject:
    return {"path": list(path), "mandatory": mandatory, "display": _display(labels)}


def _display(labels: Labels) -> list[JsonObject]:
    return [{"name": labels[language], "locale": language} for language in LANGUAGES]


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

    def name(self, key: str, form: re.Pattern[str], default: str | None = None) -> str:
        value: str = self.get(key, str, default)
        if form.fullmatch(value) is None:
            raise ParseError("title_malformed", f"{self._where}: {key}")
        return value

    def texts(self, key: str, form: re.Pattern[str], default: Sequence[str] | None = None) -> tuple[str, ...]:
        found = self.get(key, list, None if default is None else list(default))
        if not all(isinstance(text, str) and form.fullmatch(text) for text in found) or len(set(found)) < len(found):
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


def _labels(table: _Table) -> Labels:
    labels = table.within("label")
    texts = {language: labels.get(language, str) for language in LANGUAGES}
    labels.close()
    if not all(text.strip() and text.isprintable() for text in texts.values()):
        raise ParseError("title_malformed", "a label is empty")
    return MappingProxyType(texts)


def _group(table: _Table) -> Group:
    group = Group(label=_labels(table), required=table.get("required", bool, default=False))
    table.close("label")
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
        namespace=row.name("ns", _NAME, default=namespace),
        mdoc=row.texts("mdoc", _NAME, default=(identifier,)),
        required=row.get("required", bool, default=False),
        label=_labels(row),
    )
    row.close("value", "label")
    return attribute


def _value(table: _Table) -> ValueType:
    codec = values.CODECS.get(table.get("type", str))
    if codec is None:
        raise ParseError("title_malformed", "value: type")
    allowed = table.get("allowed", list, []) if "allowed" in codec.limits else []
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in allowed):
        raise ParseError("title_malformed", "value: allowed")
    kind = ValueType(
        type=table.get("type", str),
        many=table.get("many", bool, default=False),
        max=table.get("max", int, None if "max" in codec.required else 0),
        codes=frozenset(table.texts("codes", _NAME, default=())) if "codes" in codec.limits else frozenset(),
        allowed=frozenset(allowed),
        may_be_empty=table.get("may_be_empty", bool, default=False) if "may_be_empty" in codec.limits else False,
    )
    table.close()
    if kind.max < 0 or ("max" in codec.required and kind.max == 0) or ("max" not in codec.limits and kind.max):
        raise ParseError("title_malformed", "value: max")
    return kind


def _check(title: Title) -> None:
    """The rules between rows."""
    rows = title.attributes
    elements: dict[str, str] = {}
    for row in rows:
        if row.namespace not in title.namespaces:
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
    if not title.formats or not title.formats <= FORMATS or not title.groups.keys() <= {row.json[0] for row in rows}:
        raise ParseError("title_malformed", "formats, or a group without rows")
