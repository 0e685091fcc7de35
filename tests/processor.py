"""The processor of `pyld` as the oracle of what documents say: it has no term tables, and writes statements itself."""

import hashlib
from typing import Any

from pyld import jsonld as processor

from didkit_fr.encoding import jsonld, multibase, nquads
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.jsonld import KNOWN, Contexts, Reading
from didkit_fr.keys.signer import Signer
from didkit_fr.proofs.data_integrity import options

__all__ = ["canonical_by_processor", "lines_by_processor", "reading", "sign_by_processor"]

HASHES = {"P-384": hashlib.sha384}


def reading(contexts: Contexts = KNOWN) -> Reading:
    """With what one document is read."""
    return Reading(contexts, Budget())


def lines_by_processor(document: dict[str, Any], contexts: Contexts = KNOWN) -> tuple[nquads.Line, ...]:
    """The statements of a document, checked as the library has the processor check them."""
    expanded = jsonld.expand(document, contexts=contexts, budget=Budget(steps=10**9))
    options = {**contexts.options(), "format": "application/n-quads"}
    return nquads.parse(jsonld._guarded(lambda: processor.to_rdf(expanded, options)))


def canonical_by_processor(document: dict[str, Any], contexts: Contexts = KNOWN) -> str:
    """A document normalised by the processor alone."""
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": jsonld.loader(contexts)}
    return str(jsonld._guarded(lambda: processor.normalize(document, options)))


def sign_by_processor(
    document: dict[str, Any], signer: Signer, *, contexts: Contexts = KNOWN, **stated: Any
) -> dict[str, Any]:
    """A proof by somebody who signs whatever the processor makes of a document, and checks nothing."""
    members = options.build_options(**{"purpose": "assertionMethod", **stated})
    config = {**members, "@context": document["@context"]}
    hasher = HASHES.get(signer.public_key.curve, hashlib.sha256)
    texts = [canonical_by_processor(one, contexts) for one in (config, document)]
    signature = signer.sign(b"".join(hasher(text.encode("utf-8", "surrogatepass")).digest() for text in texts))
    return {**document, "proof": {**members, "proofValue": multibase.encode(signature)}}
