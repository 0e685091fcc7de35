"""Data Integrity 1.0: documents with proofs, alone, in sets and in chains: the verifier's and the signer's side."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from didkit_fr.boundary import boundary
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.parts import check_size
from didkit_fr.encoding.rdf.jsonld import KNOWN, Contexts, Reading
from didkit_fr.encoding.rdf.nquads import Line
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.proofs.data_integrity.cryptosuite import Cryptosuite, Prepared, context_list
from didkit_fr.proofs.data_integrity.options import (
    UnverifiedProof,
    build_options,
    check_options,
    parse_proof,
)
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES

__all__ = [
    "MAX_PROOFS",
    "UnverifiedSecured",
    "VerifiedProof",
    "VerifiedSecured",
    "attach",
    "parse",
    "prepare",
    "sign",
    "verify",
]

MAX_PROOFS = 8


class UnverifiedSecured(NamedTuple):
    """A document and its proofs, in the order given; nothing of it is to be believed.

    Its `repr` shows the proofs only.
    """

    unverified_document: JsonObject
    proofs: tuple[UnverifiedProof, ...]

    def __repr__(self) -> str:
        return f"UnverifiedSecured(proofs={self.proofs!r})"


class VerifiedProof(NamedTuple):
    """What was verified of one proof, and by which key: times are seconds since 1970 (UTC).

    `withholdable` are the statements of the document that its holder could have withheld as well.
    """

    cryptosuite: str
    verification_method: str
    purpose: str
    created: int | None
    expires: int | None
    domain: frozenset[str]
    challenge: str | None
    key: PublicKey | BbsPublicKey
    withholdable: tuple[Line, ...] = ()


class VerifiedSecured(NamedTuple):
    """A document, without its proofs, all of which were verified; whose keys those are was not.

    Its `repr` shows the proofs only.
    """

    document: JsonObject
    proofs: tuple[VerifiedProof, ...]

    def __repr__(self) -> str:
        return f"VerifiedSecured(proofs={self.proofs!r})"


@boundary
def parse(document: JsonObject, *, max_proofs: int = MAX_PROOFS) -> UnverifiedSecured:
    """Takes a secured document apart (section 2.1).

    Raises:
        ParseError: `integrity_proof_missing`, `integrity_proof_malformed`, `date_time_invalid`, `input_too_large`.
    """
    stated = document.get("proof")
    proofs = stated if isinstance(stated, list) else [stated]
    if stated is None or not proofs:
        raise ParseError("integrity_proof_missing")
    if len(proofs) > max_proofs:
        raise ParseError("input_too_large", f"over {max_proofs} proofs")
    parsed = tuple(map(parse_proof, proofs))
    if len(parsed) > 1:
        _check_ids(parsed)
    return UnverifiedSecured(_without_proof(document), parsed)


@boundary
def verify(
    unverified: UnverifiedSecured,
    keys: Mapping[str, PublicKey | BbsPublicKey],
    *,
    purpose: str,
    now: int,
    leeway: int,
    cryptosuites: Collection[str],
    domain: str | Collection[str] | None,
    challenge: str | None,
    contexts: Contexts = KNOWN,
    suites: Mapping[str, Cryptosuite] = CRYPTOSUITES,
    budget: Budget | None = None,
) -> VerifiedSecured:
    """Verifies every proof (sections 4.4 and 4.5): if one does not hold, the document is refused.

    In a chain, a proof signs those that it names as previous, which must be there. Verifies neither whose keys these
    are nor what they may be used for, nor what the document says: those are the caller's.

    Args:
        unverified: the parsed document.
        keys: by `verificationMethod`.
        purpose: what each proof must be for, such as `assertionMethod`.
        now: seconds since 1970 UTC.
        leeway: how far the two clocks may differ, in seconds.
        cryptosuites: the names of those that are allowed.
        domain: all the domains each proof must be for, no more and no less; None where none was asked for.
        challenge: what each proof must answer; None where nothing was asked.
        contexts: the JSON-LD contexts that are known.
        suites: what the cryptosuites are.
        budget: what is left for the message that the document is from; None for a whole one.

    Raises:
        ParseError: `work_exceeded`, `integrity_value_malformed`, and those of `encoding.multibase`,
            `encoding.rdf.jsonld`, `encoding.rdf.rdfc` and of the cryptosuites.
        VerificationError: `cryptosuite_refused`, `integrity_...`, `verification_method_unknown` where `keys` lacks
            one, `algorithm_refused` where it is of another algorithm, `signature_invalid`, those of the cryptosuites.
    """
    reading = Reading(contexts, Budget() if budget is None else budget)
    proofs = unverified.proofs
    for proof in proofs:
        _check_compared(proof.stated, reading.budget)
        if proof.unverified_cryptosuite not in cryptosuites or proof.unverified_cryptosuite not in suites:
            raise VerificationError("cryptosuite_refused")
        check_options(proof, purpose=purpose, now=now, leeway=leeway, domain=domain, challenge=challenge)
    if len(proofs) > 1 or proofs[0].previous:
        _check_order(proofs)
    verified, documents = [], []
    for proof in proofs:
        suite, key = suites[proof.unverified_cryptosuite], keys.get(proof.unverified_verification_method)
        if key is None:
            raise VerificationError("verification_method_unknown")
        _check_family(suite, key)
        secured = _with_previous(unverified.unverified_document, proof.previous, proofs)
        covered = suite.check(secured, proof, key, reading)
        documents.append(covered.document)
        verified.append(_verified(proof, key, covered.withholdable))
    # A proof may cover fewer contexts than the document has: what all proofs cover is what was verified.
    document = documents[0] if len(documents) == 1 else min(documents, key=_contexts)
    return VerifiedSecured(_rebuilt(document), tuple(verified))


@boundary
def sign(
    document: JsonObject,
    signer: Signer,
    *,
    cryptosuite: str,
    verification_method: str,
    created: int,
    purpose: str = "assertionMethod",
    expires: int | None = None,
    domain: str | Sequence[str] | None = None,
    challenge: str | None = None,
    id: str | None = None,  # noqa: A002 - its name
    previous: Sequence[str] = (),
    contexts: Contexts = KNOWN,
) -> JsonObject:
    """Adds a proof (sections 4.2 and 4.3); beside proofs that the document has already, it makes a set or a chain.

    Args:
        document: the document, with its earlier proofs.
        signer: the key of `verification_method`.
        cryptosuite: one that secures a document as a whole.
        verification_method: the URL by which verifiers find the key.
        created: seconds since 1970 UTC.
        purpose: what the proof is for.
        expires: when it ends, in seconds since 1970 UTC.
        domain: the domains it is for.
        challenge: what it answers.
        id: its URL, by which later proofs can name it.
        previous: the ids of earlier proofs that it signs too.
        contexts: the JSON-LD contexts that are known.

    Raises:
        ParseError: as `prepare`.
        VerificationError: as `prepare`.
    """
    options = build_options(
        cryptosuite=cryptosuite,
        verification_method=verification_method,
        purpose=purpose,
        created=created,
        expires=expires,
        domain=domain,
        challenge=challenge,
        id=id,
        previous=previous,
    )
    prepared = prepare(document, signer.public_key, options, contexts=contexts)
    return attach(prepared, signer.sign(prepared.signing_input))


@boundary
def prepare(
    document: JsonObject,
    key: PublicKey,
    options: JsonObject,
    *,
    contexts: Contexts = KNOWN,
    suites: Mapping[str, Cryptosuite] = CRYPTOSUITES,
) -> Prepared:
    """What a signer, which may be remote, has to sign; `attach` completes the document.

    Args:
        document: the document, with its earlier proofs.
        key: the public half of the signing key.
        options: as `options.build_options` makes them.
        contexts: the JSON-LD contexts that are known.
        suites: what the cryptosuites are.

    Raises:
        ParseError: those of `parse` for earlier proofs, of `encoding.rdf.jsonld`, `encoding.rdf.rdfc`, `encoding.jcs`.
        VerificationError: `cryptosuite_refused` for one that does not secure a document as a whole,
            `algorithm_refused` for a key of another algorithm, `integrity_previous_missing`.
    """
    suite = suites.get(options["cryptosuite"])
    if suite is None or suite.prepare is None:
        raise VerificationError("cryptosuite_refused")
    _check_family(suite, key)
    earlier = parse(document).proofs if "proof" in document else ()
    asked = options.get("previousProof", [])
    previous = frozenset([asked] if isinstance(asked, str) else asked)
    if not previous <= {proof.id for proof in earlier}:
        raise VerificationError("integrity_previous_missing")
    reading = Reading(contexts, Budget())
    for one in (options, *(proof.stated for proof in earlier)):
        _check_compared(one, reading.budget)
    prepared = suite.prepare(_with_previous(_without_proof(document), previous, earlier), options, key, reading)
    completed = {**prepared.document, "proof": [_whole(proof) for proof in earlier]}
    return Prepared(prepared.signing_input, completed, prepared.options, prepared.encode)


def attach(prepared: Prepared, signature: bytes) -> JsonObject:
    """Completes a document with a proof; one proof alone is no list."""
    proof = {**prepared.options, "proofValue": prepared.encode(signature)}
    earlier = prepared.document.get("proof", [])
    return {**prepared.document, "proof": [*earlier, proof] if earlier else proof}


def _check_compared(stated: JsonObject, budget: Budget) -> None:
    """Looks, level by level, at what a proof states: suites compare it with the document before they read either."""
    for one in stated.values():
        if one.__class__ is dict or one.__class__ is list:
            check_size(one, budget)


def _check_family(suite: Cryptosuite, key: PublicKey | BbsPublicKey) -> None:
    if key.family not in suite.families:
        raise VerificationError("algorithm_refused", "a key of another algorithm")


def _check_ids(proofs: Sequence[UnverifiedProof]) -> None:
    ids = [proof.id for proof in proofs if proof.id is not None]
    if len(set(ids)) != len(ids):
        raise ParseError("integrity_proof_malformed", "two proofs of one id")


def _check_order(proofs: Sequence[UnverifiedProof]) -> None:
    """Refuses a chain that lacks a predecessor, or that never begins."""
    ids = {proof.id for proof in proofs}
    if not all(proof.previous <= ids for proof in proofs):
        raise VerificationError("integrity_previous_missing")
    settled: set[str | None] = set()
    waiting = list(proofs)
    while waiting:
        ready = [proof for proof in waiting if proof.previous <= settled]
        if not ready:
            raise VerificationError("integrity_chain_endless")
        waiting = [proof for proof in waiting if not proof.previous <= settled]
        settled |= {proof.id for proof in ready}


def _with_previous(document: JsonObject, ids: frozenset[str], proofs: Sequence[UnverifiedProof]) -> JsonObject:
    """What a proof secures: the document, with the proofs that come before it in its chain (section 4.5)."""
    if not ids:
        return document
    return {**document, "proof": [_whole(proof) for proof in proofs if proof.id in ids]}


def _whole(proof: UnverifiedProof) -> JsonObject:
    return {**proof.stated, "proofValue": proof.value}


def _without_proof(document: JsonObject) -> JsonObject:
    kept = dict(document)
    kept.pop("proof", None)
    return kept


def _contexts(document: JsonObject) -> int:
    return len(context_list(document))


def _rebuilt(covered: JsonObject) -> JsonObject:
    """What was verified, without earlier proofs, and apart from what was given, which its owner may change."""
    rebuilt: JsonObject = _copy(covered)
    rebuilt.pop("proof", None)
    return rebuilt


def _copy(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: child if isinstance(child, str) else _copy(child) for name, child in value.items()}
    if isinstance(value, list):
        return [child if isinstance(child, str) else _copy(child) for child in value]
    return value


def _verified(proof: UnverifiedProof, key: PublicKey | BbsPublicKey, withholdable: tuple[Line, ...]) -> VerifiedProof:
    return VerifiedProof(
        cryptosuite=proof.unverified_cryptosuite,
        verification_method=proof.unverified_verification_method,
        purpose=proof.unverified_purpose,
        created=proof.created,
        expires=proof.expires,
        domain=proof.domain,
        challenge=proof.challenge,
        key=key,
        withholdable=withholdable,
    )
