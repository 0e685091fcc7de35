"""Folder "jsonld": JSON-LD 1.1 toRdf, by the full processor with a loader of the suite's own files."""

import json
import warnings
from urllib.parse import urljoin

from pyld import jsonld as processor

from didkit_fr.encoding.rdf import jsonld, nquads, rdfc
from didkit_fr.errors import ParseError
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


def run() -> list[Case]:
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # the processor remarks on odd terms, which these cases are
            text = jsonld._guarded(lambda: processor.to_rdf(source, options))
    except ParseError as error:
        return entry["@id"], error.code.startswith("jsonld_") and "expectErrorCode" in entry, None
    if "expectErrorCode" in entry:
        return entry["@id"], False, None
    return entry["@id"], "expect" not in entry or _same(text, (home / entry["expect"]).read_text("utf-8")), None


def _same(text: str, expected: str) -> bool:
    return rdfc.canonicalize(nquads.parse(text)).lines == rdfc.canonicalize(nquads.parse(expected)).lines
