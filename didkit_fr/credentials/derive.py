"""What is derived from a title's table: the documents that lie beside it, byte for byte.

They are committed because others read them, and because `vct#integrity` pins the bytes of one of them; a test derives
them again. `python -m tests.derive` writes them.
"""

from collections.abc import Callable, Iterator, Mapping
from json import dumps
from types import MappingProxyType

from didkit_fr.credentials import types, values
from didkit_fr.credentials.table import LANGUAGES, MDOC, SD_JWT_VC, W3C, Attribute, Labels, Title
from didkit_fr.encoding.json import ClaimsPath, JsonObject, JsonValue

__all__ = ["DOCUMENTS", "credential_metadata", "documents"]

_SCHEMA = "https://json-schema.org/draft/2020-12/schema"

# Claims of the protocol: always there but for the last two, never hidden (draft-ietf-oauth-sd-jwt-vc-19 section 2.2.2).
_PROTOCOL = {"vct": True, "iat": True, "exp": True, "cnf": True, "nbf": False, "status": False}


def documents(title: Title) -> dict[str, bytes]:
    """The files derived from a title, by name: those of the formats in which it may be issued."""
    return {
        name: _written(build(title))
        for name, (applies, build) in DOCUMENTS.items()
        if not applies.isdisjoint(title.formats)
    } | {"attributes.md": _attributes(title)}


def credential_metadata(title: Title, format_: str = SD_JWT_VC) -> JsonObject:
    """The `credential_metadata` of a credential configuration (OpenID4VCI 1.0 section 12.2.4, appendix B.2).

    In mdoc a path begins with the namespace (appendix B.2 and C.2).
    """
    rows = _mdoc_rows(title) if format_ == MDOC else _json_rows(title)
    above = ["credentialSubject"] if format_ in W3C else []
    claims = [
        {"path": [*above, *path], "mandatory": mandatory, "display": _display(labels, "name")}
        for path, labels, mandatory in rows
    ]
    display = [{**one, "description": title.description[one["locale"]]} for one in _display(title.label, "name")]
    return {"display": display, "claims": claims}


def _type_metadata(title: Title) -> JsonObject:
    """SD-JWT VC type metadata (draft-ietf-oauth-sd-jwt-vc-19 section 5.2)."""
    document: JsonObject = {"vct": title.vct, "name": title.label["en"], "description": title.description["en"]}
    if title.extends is not None:
        document["extends"] = title.extends
        parent = types.local_document(title.extends)
        if parent is not None:
            document["extends#integrity"] = types.integrity_of(parent)
    document["display"] = [
        {**one, "description": title.description[one["locale"]]} for one in _display(title.label, "name")
    ]
    document["claims"] = [
        {"path": [name], "mandatory": mandatory, "sd": "never"} for name, mandatory in _PROTOCOL.items()
    ] + [
        {"path": list(path), "display": _display(labels, "label"), "mandatory": mandatory, "sd": "always"}
        for path, labels, mandatory in _json_rows(title)
    ]
    return document


def _json_schema(title: Title) -> JsonObject:
    """The claims of a whole credential, everything disclosed, as JSON Schema 2020-12."""
    properties: JsonObject = {}
    for row in title.attributes:
        schema = {"title": row.label["en"], **_row_schema(row)}
        if len(row.json) == 1:
            properties[row.json[0]] = schema
            continue
        group = title.groups[row.json[0]]
        holder = properties.setdefault(
            row.json[0],
            {
                "title": group.label["en"],
                "type": "object",
                "minProperties": 1,
                "required": [],
                "properties": {},
                "additionalProperties": False,
            },
        )
        holder["properties"][row.json[1]] = schema
        holder["required"] += [row.json[1]] if row.required else []
    required = [row.json[0] for row in title.attributes if row.required and len(row.json) == 1]
    required += [name for name, group in title.groups.items() if group.required]
    head = {"$schema": _SCHEMA, "title": title.label["en"], "description": title.description["en"]}
    return {**head, "type": "object", "required": required, "properties": properties}


def _row_schema(row: Attribute) -> JsonObject:
    one = values.CODECS[row.value.type].schema(row.value)
    if not row.value.many:
        return one
    return {"type": "array", "minItems": 1, "maxItems": values.MAX_ELEMENTS, "uniqueItems": True, "items": one}


def _context(title: Title) -> JsonObject:
    """A JSON-LD 1.1 context: the title's type, and its claims as terms that no other context may change."""
    terms: JsonObject = {"@version": 1.1, "@protected": True, "id": "@id", "type": "@type"}
    terms[title.name] = title.vocabulary + title.name
    for row in title.attributes:
        holder = terms
        if len(row.json) > 1:
            group = title.groups[row.json[0]]
            node = {"@id": group.term or title.vocabulary + row.json[0], "@context": {"@protected": True}}
            holder = terms.setdefault(row.json[0], node)["@context"]
        holder[row.json[-1]] = _term(row, title.vocabulary)
    return {"@context": terms}


def _term(row: Attribute, vocabulary: str) -> JsonValue:
    term: JsonObject = {"@id": row.term or vocabulary + row.id}
    datatype = values.CODECS[row.value.type].datatype
    if datatype:
        term["@type"] = datatype
    if row.value.many:
        term["@container"] = "@set"
    return term


def _mdoc_elements(title: Title) -> JsonObject:
    """The data elements by namespace, each with its type in CDDL (RFC 8610)."""
    namespaces: JsonObject = {uri: {} for uri in title.namespaces.values()}
    for row in title.attributes:
        elements = namespaces[title.namespaces[row.namespace]]
        cddl = values.CODECS[row.value.type].cddl
        described = {"cddl": f"[+ {cddl}]" if row.value.many else cddl, "mandatory": row.required}
        if len(row.mdoc) == 1:
            elements[row.mdoc[0]] = described
        else:
            group = title.groups.get(row.mdoc[0])
            mandatory = group is not None and group.required
            holder = elements.setdefault(row.mdoc[0], {"cddl": "map", "mandatory": mandatory, "members": {}})
            holder["members"][row.mdoc[1]] = described
    return {"doctype": title.doctype, "namespaces": namespaces}


def _metadata_by_format(title: Title) -> JsonObject:
    return {format_: credential_metadata(title, format_) for format_ in (SD_JWT_VC, MDOC) if format_ in title.formats}


def _json_rows(title: Title) -> Iterator[tuple[ClaimsPath, Labels, bool]]:
    """Every path of the claims with its labels and presence: groups before their rows, arrays before elements."""
    begun: set[str] = set()
    for row in title.attributes:
        head = row.json[0]
        if len(row.json) > 1 and head not in begun:
            begun.add(head)
            yield (head,), title.groups[head].label, title.groups[head].required
        yield row.json, row.label, row.required
        if row.value.many:
            yield (*row.json, None), row.label, row.required


def _mdoc_rows(title: Title) -> Iterator[tuple[ClaimsPath, Labels, bool]]:
    begun: set[str] = set()
    for row in title.attributes:
        uri, head = title.namespaces[row.namespace], row.mdoc[0]
        group = title.groups.get(head)
        if len(row.mdoc) > 1 and group is not None and head not in begun:
            begun.add(head)
            yield (uri, head), group.label, group.required
        yield (uri, *row.mdoc), row.label, row.required


def _display(labels: Labels, name: str) -> list[dict[str, str]]:
    return [{"locale": language, name: labels[language]} for language in LANGUAGES]


def _attributes(title: Title) -> bytes:
    """The table for people to read, in Markdown."""
    lines = [f"# {title.label['en']}: attributes", "", "Derived from `title.toml`; do not edit.", ""]
    lines += ["| attribute | presence | encoding | JSON | mdoc | français | English |", "|---|---|---|---|---|---|---|"]
    for row in title.attributes:
        held = title.groups.get(row.json[0])
        presence = "required" if row.required else "one of its group" if held and held.required else "optional"
        many = "array of " if row.value.many else ""
        limit = f" ≤ {row.value.max}" if row.value.max else ""
        json_path = ".".join(row.json) if (W3C | {SD_JWT_VC}) & title.formats else ""
        mdoc = " / ".join((title.namespaces[row.namespace], *row.mdoc)) if MDOC in title.formats else ""
        cells = (row.id, presence, f"{many}{row.value.type}{limit}", json_path, mdoc, row.label["fr"], row.label["en"])
        lines.append(f"| {' | '.join(cells)} |")
    return ("\n".join(lines) + "\n").encode()


def _written(document: JsonObject) -> bytes:
    return (dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


DOCUMENTS: Mapping[str, tuple[frozenset[str], Callable[[Title], JsonObject]]] = MappingProxyType(
    {
        "type-metadata.json": (frozenset({SD_JWT_VC}), _type_metadata),
        "schema.json": (W3C | {SD_JWT_VC}, _json_schema),
        "context.jsonld": (W3C, _context),
        "credential-metadata.json": (frozenset({SD_JWT_VC, MDOC}), _metadata_by_format),
        "mdoc-elements.json": (frozenset({MDOC}), _mdoc_elements),
    }
)
