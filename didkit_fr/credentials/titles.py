"""French titles: one table each (`specs/credentials/<title>/title.toml`), from which all else is derived.

Here is what an issuer and a wallet do with a title; how its table reads is in `table`, what is derived in `derive`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from didkit_fr import specs
from didkit_fr.credentials import values
from didkit_fr.credentials.table import LANGUAGES, Attribute, Group, Labels, Reuse, Title, parse
from didkit_fr.encoding.json import ClaimsPath, JsonObject
from didkit_fr.errors import ParseError

__all__ = [
    "LANGUAGES",
    "Attribute",
    "Group",
    "Reuse",
    "Title",
    "build_claims",
    "disclosable_paths",
    "find",
    "label",
    "load",
    "parse",
    "positions",
]


_SUBJECT = ("credentialSubject",)


@cache
def load(title_id: str) -> Title:
    """The title of this id, such as `pid`; each table is read once.

    Raises:
        ParseError: `title_unknown`, and those of `parse`.
    """
    if title_id not in specs.folders("credentials"):
        raise ParseError("title_unknown")
    title = parse(specs.read(f"credentials/{title_id}/title.toml"))
    if title.id != title_id:
        raise ParseError("title_malformed", "id is not the folder's name")
    return title


def find(type_: str) -> Title | None:
    """The title of this credential type (a `vct` or a document type), or None: the type is a foreign one."""
    return _by_type().get(type_)


@cache
def _by_type() -> Mapping[str, Title]:
    titles = [load(title_id) for title_id in specs.folders("credentials")]
    return {type_: title for title in titles for type_ in (title.vct, title.doctype, title.iri) if type_ is not None}


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


def disclosable_paths(title: Title, claims: JsonObject) -> list[ClaimsPath]:
    """The concrete path of every claim, nested property and array element, parents first (PID rulebook, PID_21).

    Only the title's own claims: those of the protocol (`vct`, `exp`, `cnf`, ...) always show.
    """
    heads = dict.fromkeys(row.json[0] for row in title.attributes)
    paths: list[ClaimsPath] = []
    for head in heads:
        if head in claims:
            paths += _descend((head,), claims[head])
    return paths


def label(title: Title, path: ClaimsPath, language: str) -> str:
    """What a person reads for a claim's path; an element of an array is called as its array.

    In mdoc a path begins with the namespace. A path that the table does not know, which anybody may have made, is given
    itself, without control characters.
    """
    language = language if language in LANGUAGES else LANGUAGES[0]
    path = path[1:] if path[:1] == _SUBJECT else path
    exact = tuple(part for part in path if isinstance(part, str))
    if exact == path or (path and exact == path[:-1]):
        labels = _names(title).get(exact)
        if labels is not None:
            return labels[language]
    text = ".".join("*" if part is None else str(part) for part in path)
    return _label_of_member(title, path, language) or "".join(
        character if character.isprintable() else "\ufffd" for character in text
    )


def _names(title: Title) -> Mapping[ClaimsPath, Labels]:
    """The labels of rows and groups, in JSON and in mdoc."""
    names: dict[ClaimsPath, Labels] = {(name,): group.label for name, group in title.groups.items()}
    names |= {
        (title.namespaces[row.namespace], row.mdoc[0]): title.groups[row.json[0]].label
        for row in title.attributes
        if row.namespace and len(row.mdoc) > 1 and row.json[0] in title.groups
    }
    names |= {row.json: row.label for row in title.attributes}
    names |= {_mdoc_path(title, row): row.label for row in title.attributes if row.namespace}
    return names


def _mdoc_path(title: Title, row: Attribute) -> ClaimsPath:
    return (title.namespaces[row.namespace], *row.mdoc)


def _label_of_member(title: Title, path: ClaimsPath, language: str) -> str | None:
    """Of an object that is one of several in a row: the row, which of them, and what of it."""
    for row, places in zip(title.attributes, positions(title), strict=True):
        member = values.MEMBERS.get(row.value.type, {}).get(str(path[-1]) if path else "")
        place = next((one for one in places if path[: len(one)] == one != path), None)
        if member is not None and place is not None:
            number = path[len(place)]
            which = f" {number + 1}" if isinstance(number, int) else ""
            return f"{row.label[language]}{which}, {member[language]}"
    return None


def positions(title: Title) -> list[tuple[ClaimsPath, ...]]:
    """Where the value of each row stands, in the table's order: its path in JSON, and that in mdoc where it has one."""
    return [(row.json, *([_mdoc_path(title, row)] if row.namespace else [])) for row in title.attributes]


def _descend(path: ClaimsPath, value: object) -> list[ClaimsPath]:
    children: list[ClaimsPath] = []
    if isinstance(value, dict):
        children = [found for name in value for found in _descend((*path, name), value[name])]
    elif isinstance(value, list):
        children = [found for at, element in enumerate(value) for found in _descend((*path, at), element)]
    return [path, *children]
