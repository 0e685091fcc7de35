"""Folders "rdfc10", "jsonld" and "contexts": canonicalization, the full processor, and what is known by heart."""

import json
from urllib.parse import urljoin

from pyld import jsonld as processor

from didkit_fr.encoding import jsonld, nquads, rdfc
from didkit_fr.encoding.jsonld_contexts import KNOWN
from didkit_fr.errors import ParseError
from tests import contexts
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

LEFT_OUT = {
    "generalized RDF: a predicate that is a blank node is no RDF": {"#t0118", "#te075"},
    "JSON-LD 1.0 where 1.1 says otherwise: 1.1 is implemented": {
        *("#te014", "#te026", "#te071", "#te115", "#te116", "#ter24", "#ter32"),
    },
    "the processor keeps malformed names, or relative ones that it should resolve: both are refused here": {
        *("#te111", "#te112", "#te122", "#tli12", "#tli14", "#twf05"),
    },
}


def run_rdfc10() -> list[Case]:
    """RDFC-1.0: canonical documents, label maps, and the poison graph."""
    home = vectors("rdfc10")
    return [(entry["id"], _rdfc10(home, entry), None) for entry in _manifest(home / "manifest.jsonld", "entries")]


def _rdfc10(home, entry) -> bool:
    digest = {"SHA384": "sha384"}.get(entry.get("hashAlgorithm"), "sha256")
    try:
        found = rdfc.canonicalize(nquads.parse((home / entry["action"]).read_text("utf-8")), digest=digest)
    except ParseError as error:
        return "Negative" in entry["type"] and error.code == "rdfc_too_complex"
    if "Negative" in entry["type"]:
        return False
    expected = (home / entry["result"]).read_text("utf-8")
    return dict(found.labels) == json.loads(expected) if "Map" in entry["type"] else "".join(found.lines) == expected


def run_jsonld() -> list[Case]:
    """JSON-LD 1.1 toRdf, by the full processor with a loader of the suite's own files."""
    home = vectors("jsonld")
    manifest = json.loads((home / "toRdf-manifest.jsonld").read_text("utf-8"))
    return [_to_rdf(home, manifest["baseIri"], entry) for entry in manifest["sequence"]]


def _to_rdf(home, base, entry) -> Case:
    option = entry.get("option", {})
    for reason, names in LEFT_OUT.items():
        if entry["@id"] in names:
            return entry["@id"], False, reason

    def load(url, _options):
        path = home / url.removeprefix(base)
        document = json.loads(path.read_text("utf-8"))
        return {"contextUrl": None, "documentUrl": url, "document": document, "contentType": "application/ld+json"}

    source = urljoin(base, entry["input"])
    options = {"documentLoader": load, "base": option.get("base", source), "format": "application/n-quads"}
    options |= {name: option[name] for name in ("processingMode", "rdfDirection") if name in option}
    if "expandContext" in option:
        options["expandContext"] = load(urljoin(base, option["expandContext"]), {})["document"]
    try:
        text = jsonld._guarded(lambda: processor.to_rdf(source, options))
    except ParseError as error:
        return entry["@id"], error.code.startswith("jsonld_") and "expectErrorCode" in entry, None
    if "expectErrorCode" in entry:
        return entry["@id"], False, None
    return entry["@id"], "expect" not in entry or _same(text, (home / entry["expect"]).read_text("utf-8")), None


def _same(text: str, expected: str) -> bool:
    return rdfc.canonicalize(nquads.parse(text)).lines == rdfc.canonicalize(nquads.parse(expected)).lines


def run_contexts() -> list[Case]:
    """Each known context means what its published bytes mean, and is pinned by their digest."""
    home = vectors("contexts")
    cases: list[Case] = []
    for url, raw in contexts.published():
        cases.append((url, url in KNOWN and contexts.same_meaning(json.loads(raw)["@context"], KNOWN.get(url)), None))
    for path in sorted((home / "citizenship-examples").rglob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        cases.append((path.name, bool(jsonld.to_quads(document)), None))
    return cases


def _manifest(path, member):
    return json.loads(path.read_text("utf-8"))[member]
