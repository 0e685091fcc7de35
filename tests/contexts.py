"""`python -m tests.contexts` renders the known JSON-LD contexts anew from their published bytes."""

import json
import sys
from hashlib import sha256
from pathlib import Path

from pyld.context_resolver import ContextResolver
from pyld.jsonld import JsonLdProcessor

from didkit_fr.encoding.rdf import jsonld
from tests.vectors import home

RENDERING = Path(__file__).resolve().parents[1] / "didkit_fr" / "encoding" / "contexts" / "known.json"


def published():
    """Each published document by its URL, with its bytes and digest."""
    manifest = json.loads((home() / "contexts" / "manifest.json").read_text())
    entries = manifest if isinstance(manifest, list) else manifest.get("contexts", manifest.get("files"))
    for entry in entries:
        raw = (home() / "contexts" / entry["file"]).read_bytes()
        assert sha256(raw).hexdigest() == entry["sha256"]
        yield entry["url"], raw


def rendered(context, outer=()):
    """A context with its compact IRIs written out, its members in one order, and no member that says the default."""
    if isinstance(context, list):
        return [rendered(one, outer) for one in context]
    if not isinstance(context, dict):
        return context
    known = (context, *outer)
    return {name: _member(name, value, known) for name, value in sorted(context.items())}


def _member(name, value, known):
    if name.startswith("@"):
        return value
    if isinstance(value, str):
        return _written_out(value, known)
    if not isinstance(value, dict):
        return value
    return {key: _part(key, part, known) for key, part in sorted(value.items())}


def _part(key, part, known):
    if key == "@context":
        return rendered(part, known)
    return _written_out(part, known) if key in ("@id", "@type", "@reverse") and isinstance(part, str) else part


def _written_out(text, known):
    prefix, colon, suffix = text.partition(":")
    if not colon or suffix.startswith("//") or prefix == "_":
        return text
    for context in known:
        if prefix in context:
            meaning = context[prefix]
            meaning = meaning.get("@id") if isinstance(meaning, dict) else meaning
            return text if not isinstance(meaning, str) else _written_out(meaning, known) + suffix
    return text


def build():
    """The rendering, as committed."""
    known = {
        url: {"sha256": sha256(raw).hexdigest(), "context": rendered(json.loads(raw)["@context"])}
        for url, raw in published()
    }
    return json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def same_meaning(one, other):
    """Whether two contexts define the same terms in the same way, scoped contexts included."""
    return _defined(one) == _defined(other)


def _defined(context, outer=()):
    """What the full processor makes of the terms of a context; of those of a scoped one, in its place."""
    if isinstance(context, list):
        return [_defined(one, outer) for one in context]
    if not isinstance(context, dict):
        return context
    processor = JsonLdProcessor()
    options = {"documentLoader": jsonld.loader(jsonld.KNOWN), "base": "", "processingMode": "json-ld-1.1"}
    options["contextResolver"] = ContextResolver({}, options["documentLoader"])
    active = processor._get_initial_context(options)
    for one in (*outer, context):
        active = processor._process_context(active, one, options, override_protected=True)
    terms = {name: active["mappings"].get(name) for name in context if not name.startswith("@")}
    scoped = {name: term["@context"] for name, term in terms.items() if term and "@context" in term}
    plain = {
        name: term and {key: part for key, part in term.items() if key != "@context"} for name, term in terms.items()
    }
    within = {name: _defined(one, (*outer, context)) for name, one in scoped.items()}
    keywords = {name: value for name, value in context.items() if name.startswith("@")}
    return plain, within, keywords, active.get("@vocab")


if __name__ == "__main__":
    RENDERING.write_text(build(), encoding="utf-8")
    sys.stdout.write(f"{RENDERING}\n")
