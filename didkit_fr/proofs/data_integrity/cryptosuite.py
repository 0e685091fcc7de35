"""What a cryptosuite is, and those that secure a document as a whole: transform, hash, sign (Data Integrity 1.0)."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from didkit_fr.encoding import jcs, multibase
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.parts import check_size, parts
from didkit_fr.encoding.rdf import jsonld, rdfc, rdfc_tree
from didkit_fr.encoding.rdf.jsonld import Reading
from didkit_fr.encoding.rdf.nquads import Line
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.public import PublicKey, verify_signature
from didkit_fr.proofs.data_integrity.options import UnverifiedProof

__all__ = [
    "JCS",
    "RDFC",
    "Covered",
    "Cryptosuite",
    "Digest",
    "Prepared",
    "Transformation",
    "canonical",
    "configuration",
    "context_list",
    "inject_context",
    "whole_document",
]

Digest: TypeAlias = Literal["sha256", "sha384"]

_CREDENTIALS: Final = "https://www.w3.org/ns/credentials/v2"
_DATA_INTEGRITY: Final = "https://w3id.org/security/data-integrity/v2"
_HASHES: Final = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}
# A text in base58 costs a time that grows with the square of its length, one in base64url does not.
_MAX_VALUE_CHARS: Final = {multibase.BASE58BTC: 256, multibase.BASE64URL: 8_192}


class Covered(NamedTuple):
    """What of a document a proof covers, and the statements of it that its holder could have withheld as well."""

    document: JsonObject
    withholdable: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A proof that lacks its signature over `signing_input`; `encode` makes the `proofValue` of one."""

    signing_input: bytes
    document: JsonObject
    options: JsonObject
    encode: Callable[[bytes], str]


@dataclass(frozen=True, slots=True)
class Cryptosuite:
    """One way to secure a document.

    `check` verifies one proof, with a key of one of `families` (the names of `keys.algorithms`, or BBS's), over a
    document that has no proofs but those before it in a chain, and returns what of the document it covers. `prepare`
    is for suites that secure a document as a whole; others have their own.
    """

    name: str
    families: frozenset[str]
    check: Callable[[JsonObject, UnverifiedProof, Any, Reading], Covered]
    prepare: Callable[[JsonObject, JsonObject, PublicKey, Reading], Prepared] | None = None


class Transformation(NamedTuple):
    """How a document and the options of its proof become bytes.

    `complete` gives a document and options what their signer must add. `inputs` gives, of a document and stated
    options, what is transformed: the document and the proof configuration. `canonical` transforms either.
    """

    complete: Callable[[JsonObject, JsonObject], tuple[JsonObject, JsonObject]]
    inputs: Callable[[JsonObject, JsonObject, Reading], tuple[JsonObject, JsonObject]]
    canonical: Callable[[JsonObject, Digest, Reading], bytes]


class _Whole(NamedTuple):
    """A cryptosuite that secures a document as a whole: how, the digest for each family of keys, and the base."""

    transformation: Transformation
    digests: Mapping[str, Digest]
    base: str


def whole_document(
    name: str, digests: Mapping[str, Digest], transformation: Transformation, *, base: str = multibase.BASE58BTC
) -> Cryptosuite:
    """A cryptosuite that signs the hashes of the proof configuration and of the document, in this order.

    Args:
        name: its name in proofs.
        digests: the hash for the keys of each family, which are named as in `keys.algorithms`.
        transformation: how what is hashed is made.
        base: the prefix of the multibase of `proofValue`.
    """
    whole = _Whole(transformation, digests, base)
    return Cryptosuite(name, frozenset(digests), partial(_check, whole), partial(_prepare, whole))


def canonical(document: JsonObject, digest: Digest, reading: Reading) -> bytes:
    """A JSON-LD document as canonical N-Quads (RDFC-1.0).

    Raises:
        ParseError: as `encoding.rdf.jsonld.to_quads` and `encoding.rdf.rdfc.canonicalize`.
    """
    contexts, budget = reading
    nodes = jsonld.to_nodes(document, contexts=contexts, budget=budget)
    labels = None if nodes is None else rdfc_tree.label(nodes, digest)
    if nodes is not None and labels is not None:
        return rdfc_tree.text(nodes, labels, budget).encode()
    quads = jsonld.to_quads(document, contexts=contexts, pointers=False, budget=budget)
    return "".join(rdfc.canonicalize(quads, digest=digest, budget=budget).lines).encode()


def configuration(document: JsonObject, options: JsonObject) -> JsonObject:
    """The proof configuration of a suite that reads JSON-LD: the options, read by the document's context.

    Raises:
        VerificationError: `integrity_context` where the proof brings another context, which nothing would secure.
    """
    context = document.get("@context", [])
    if options.get("@context", context) != context:
        raise VerificationError("integrity_context", "a proof with a context of its own")
    return {**options, "@context": context}


def inject_context(document: JsonObject) -> JsonObject:
    """Adds the context that defines the terms of a proof, where none of the document's does (section 2.4.1)."""
    stated = context_list(document)
    if _CREDENTIALS in stated or _DATA_INTEGRITY in stated:
        return document
    return {**document, "@context": [*stated, _DATA_INTEGRITY]}


def context_list(document: JsonObject) -> list[JsonValue]:
    """The contexts of a document or of a proof, one by one."""
    stated = document.get("@context", [])
    return stated if isinstance(stated, list) else [stated]


def _check(
    whole: _Whole,
    document: JsonObject,
    proof: UnverifiedProof,
    key: PublicKey,
    reading: Reading,
) -> Covered:
    reading.budget.spend_signatures()
    signature = multibase.decode(proof.value, bases=whole.base, max_chars=_MAX_VALUE_CHARS[whole.base])
    if len(signature) != key.row.signature_bytes:
        raise ParseError("integrity_value_malformed", "length")
    secured, signing_input = _hash_data(whole, document, proof.stated, key, reading)
    verify_signature(key, signature, signing_input)
    return Covered(secured)


def _prepare(whole: _Whole, document: JsonObject, options: JsonObject, key: PublicKey, reading: Reading) -> Prepared:
    document, options = whole.transformation.complete(document, options)
    _, signing_input = _hash_data(whole, document, options, key, reading)
    return Prepared(signing_input, document, options, partial(multibase.encode, base=whole.base))


def _hash_data(
    whole: _Whole, document: JsonObject, options: JsonObject, key: PublicKey, reading: Reading
) -> tuple[JsonObject, bytes]:
    """What is secured, and the bytes to sign (ECDSA Cryptosuites 1.0 section 3.2.4)."""
    secured, config = whole.transformation.inputs(document, options, reading)
    digest = whole.digests[key.family]
    hasher, canonical_form = _HASHES[digest], whole.transformation.canonical
    first = hasher(canonical_form(config, digest, reading)).digest()
    return secured, first + hasher(canonical_form(secured, digest, reading)).digest()


def _complete_jcs(document: JsonObject, options: JsonObject) -> tuple[JsonObject, JsonObject]:
    return document, options | ({"@context": document["@context"]} if "@context" in document else {})


def _jcs_inputs(document: JsonObject, options: JsonObject, reading: Reading) -> tuple[JsonObject, JsonObject]:
    """A document may have gained contexts after the ones that its proof repeats (EdDSA Cryptosuites 1.0 3.3.2)."""
    check_size(document, reading.budget)
    # Earlier proofs of a chain repeat the document's contexts; each was or will be checked as a proof.
    jsonld.check_contexts({**document, "proof": []}, contexts=reading.contexts)
    if "@context" not in options:
        return document, options
    kept = context_list(options)
    if context_list(document)[: len(kept)] != kept:
        raise VerificationError("integrity_context", "the document's contexts do not begin with the proof's")
    return {**document, "@context": options["@context"]}, options


def _complete_rdfc(document: JsonObject, options: JsonObject) -> tuple[JsonObject, JsonObject]:
    return inject_context(document), options


def _rdfc_inputs(document: JsonObject, options: JsonObject, _reading: Reading) -> tuple[JsonObject, JsonObject]:
    """An earlier proof of a chain that repeats the document's contexts says the same without."""
    config = configuration(document, options)
    if "proof" not in document:
        return document, config
    repeated = {"@context": document.get("@context")}
    earlier = [_without(proof, repeated) for proof in document["proof"]]
    return {**document, "proof": earlier}, config


def _without(members: JsonObject, left_out: JsonObject) -> JsonObject:
    return {name: value for name, value in members.items() if name not in left_out or left_out[name] != value}


def _canonical_text(document: JsonObject, _digest: Digest, reading: Reading) -> bytes:
    for one in parts(document, reading.budget, steps=jcs.STEPS):
        # The canonical text spells 1.0 as 1, and -0.0 as 0: what was signed would come back in another spelling.
        if one.__class__ is float and one.is_integer():
            raise ParseError("jcs_unrepresentable", "a whole number that is written as a fraction")
    text = jcs.encode(document)
    reading.budget.spend(len(text) // 64)
    return text


JCS: Final = Transformation(_complete_jcs, _jcs_inputs, _canonical_text)
RDFC: Final = Transformation(_complete_rdfc, _rdfc_inputs, canonical)
