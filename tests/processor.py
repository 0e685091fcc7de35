"""The processor of `pyld` as the oracle of what documents say: it has no term tables, and writes statements itself."""

import hashlib
from typing import Any

from pyld import jsonld as processor

from didkit_fr.encoding import multibase
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.rdf import jsonld, nquads, rdfc
from didkit_fr.encoding.rdf.jsonld import KNOWN, Contexts, Reading
from didkit_fr.keys.signer import Signer
from didkit_fr.proofs.data_integrity import options

__all__ = ["canonical_by_processor", "lines_by_processor", "reading", "sign_by_processor"]

DIGESTS = {"P-384": "sha384"}


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
    how = {"format": "application/n-quads", "documentLoader": jsonld.loader(contexts)}
    digest: Any = DIGESTS.get(signer.public_key.family, "sha256")
    hashes = []
    for one in (config, document):
        text = jsonld._guarded(lambda one=one: processor.to_rdf(one, how))
        hashes.append(hashlib.new(digest, "".join(rdfc.canonicalize(nquads.parse(text), digest=digest).lines).encode()))
    signature = signer.sign(b"".join(one.digest() for one in hashes))
    return {**document, "proof": {**members, "proofValue": multibase.encode(signature)}}
