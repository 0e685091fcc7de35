"""Folders "rdfc10" and "contexts": canonicalisation, and the known contexts against what was published."""

import hashlib
from pathlib import Path
from typing import Any

from didkit_fr.encoding import json
from didkit_fr.encoding.rdf import jsonld, nquads, rdfc
from didkit_fr.errors import ParseError
from tests import contexts
from tests.processor import lines_by_processor
from tests.vectors import vectors

Case = tuple[str, bool, str | None]


def run_rdfc() -> list[Case]:
    """Every entry of the manifest: its name, and whether it passed."""
    home = vectors("rdfc10")
    manifest = json.parse_object((home / "manifest.jsonld").read_bytes())
    return [(one["id"], _entry(home, one), None) for one in manifest["entries"]]


def _entry(home: Path, one: dict[str, Any]) -> bool:
    lines = nquads.parse((home / one["action"]).read_text("utf-8"))
    digest: Any = one.get("hashAlgorithm", "SHA256").lower()
    try:
        made = rdfc.canonicalize(lines, digest=digest)
    except ParseError as error:
        return error.code == "rdfc_work" and "NegativeEvalTest" in one["type"]
    if "NegativeEvalTest" in one["type"]:
        return False
    expected = (home / one["result"]).read_text("utf-8")
    if "MapTest" in one["type"]:
        return json.parse_object(expected) == dict(made.labels)
    return "".join(made.lines) == expected


def run_contexts() -> list[Case]:
    """Every published context: the bytes have the pinned hash, and what is known here means the same."""
    home = vectors("contexts")
    manifest = json.parse_object((home / "manifest.json").read_bytes())
    cases: list[Case] = []
    for one in manifest["contexts"]:
        raw = (home / one["file"]).read_bytes()
        same = contexts.same_meaning(jsonld.KNOWN.document(one["url"])["@context"], json.parse_object(raw)["@context"])
        cases.append((one["url"], same and hashlib.sha256(raw).hexdigest() == jsonld.KNOWN.pin(one["url"]), None))
    for path in sorted((home / "citizenship-examples").glob("*-signed.jsonld")):
        document = json.parse_object(path.read_bytes())
        del document["proof"]
        read, expected = jsonld.to_quads(document), lines_by_processor(document)
        cases.append((path.name, rdfc.canonicalize(read).lines == rdfc.canonicalize(expected).lines, None))
    return cases
