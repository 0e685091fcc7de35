"""The cryptosuite `bbs-2023` (BBS Cryptosuites 1.0, Candidate Recommendation, section 3.4); experimental.

An issuer signs all statements at once, a holder reveals some of them, a verifier sees that the issuer signed these, and
of two presentations not that they are of one credential: for that, what is revealed must be the same for many people.
The options for a bound holder and for pseudonyms are not supported: they follow drafts that have changed since.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from didkit_fr.encoding import cbor, multibase
from didkit_fr.encoding.budget import BBS_SIGNATURES, Budget
from didkit_fr.encoding.cbor import CborValue
from didkit_fr.encoding.json import JsonObject
from didkit_fr.encoding.rdf.jsonld import KNOWN, Contexts, Reading
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.bbs import BbsPublicKey, BbsSigner
from didkit_fr.primitives import bbs
from didkit_fr.primitives.bbs_utilities import CURVE, SIGNATURE_BYTES
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.data_integrity.cryptosuite import Covered, Cryptosuite, canonical, configuration, inject_context
from didkit_fr.proofs.data_integrity.options import UnverifiedProof, parse_proof
from didkit_fr.proofs.data_integrity.pointers import MAX_POINTERS
from didkit_fr.proofs.data_integrity.selective import (
    MAX_STATEMENTS,
    disclose,
    group,
    key_in_order,
    separate,
    shuffled_labels,
)

__all__ = [
    "BBS_2023_BASE",
    "MAX_HEADER_BYTES",
    "NAME",
    "PreparedBbs",
    "bbs_2023",
    "derive",
    "mandatory_of",
    "prepare_base",
    "presentation_header",
    "sign_base",
]

NAME = "bbs-2023"
MAX_HEADER_BYTES = 1_024
MESSAGE_STEPS = 24
"""What a message costs, shown or not, in steps."""
SCALAR_BYTES = 32

_BASE, _DERIVED = b"\xd9\x5d\x02", b"\xd9\x5d\x03"
_OPTIONS = frozenset(bytes([0xD9, 0x5D, last]) for last in range(0x04, 0x0A))
_OCCASION = "didkit-fr bbs-2023 presentation 1"
_MAX_VALUE_CHARS = 262_144
_KEY_BYTES, _HEADER_BYTES, _HMAC_KEY_BYTES, _MAX_PROOF_BYTES = 96, 64, 32, 65_536


class _Base(NamedTuple):
    signature: bytes
    header: bytes
    public_key: bytes
    hmac_key: bytes
    mandatory: list[str]


class _Derived(NamedTuple):
    proof: bytes
    labels: dict[int, int]
    mandatory: list[int]
    selective: list[int]
    presentation_header: bytes


@dataclass(frozen=True, slots=True)
class PreparedBbs:
    """A base proof that lacks its signature over `header` and `messages`; `attach` completes the document."""

    header: bytes
    messages: tuple[bytes, ...] = field(repr=False)
    document: JsonObject = field(repr=False)
    attach: Callable[[BbsPublicKey, bytes], JsonObject] = field(repr=False)


def sign_base(
    document: JsonObject,
    signer: BbsSigner,
    options: JsonObject,
    *,
    mandatory: Sequence[str],
    alike: bool = False,
    random: Random = system,
    contexts: Contexts = KNOWN,
) -> JsonObject:
    """Adds a base proof, for the holder alone (section 3.4.1).

    A verifier judges what it is shown: what it must see, such as the end of the validity, has to be mandatory. What is
    mandatory links presentations where it is not the same for many people, and so does the number of statements.

    Args:
        document: the document, without proof.
        signer: the issuer's key.
        options: as `options.build_options` makes them, with `NAME`.
        mandatory: JSON pointers to what the holder cannot withhold.
        alike: whether the nodes of documents of one shape get the same labels, as `selective.key_in_order` says.
        random: where the HMAC key (32 bytes) comes from.
        contexts: the JSON-LD contexts that are known.

    Raises:
        ParseError: as `prepare_base`.
        VerificationError: as `prepare_base`.
    """
    prepared = prepare_base(document, options, mandatory=mandatory, alike=alike, random=random, contexts=contexts)
    return prepared.attach(signer.public_key, signer.sign(prepared.header, prepared.messages))


def prepare_base(
    document: JsonObject,
    options: JsonObject,
    *,
    mandatory: Sequence[str],
    alike: bool = False,
    random: Random = system,
    contexts: Contexts = KNOWN,
) -> PreparedBbs:
    """As `sign_base`, for an issuer's key that is elsewhere (sections 3.4.2 to 3.4.4).

    Raises:
        ParseError: as `selective.group`, `integrity_proof_malformed` where the document has a proof.
        VerificationError: `cryptosuite_refused`.
    """
    if "proof" in document:
        raise ParseError("integrity_proof_malformed", "a document that has a proof already")
    if options.get("cryptosuite") != NAME or "previousProof" in options:
        raise VerificationError("cryptosuite_refused")
    document = inject_context(document)
    reading = Reading(contexts, Budget())
    hmac_key = key_in_order(document, random, reading=reading) if alike else random(_HMAC_KEY_BYTES)
    header, messages = _transform(document, options, mandatory, hmac_key, reading)

    def attach(key: BbsPublicKey, signature: bytes) -> JsonObject:
        value = _encode(_BASE, [signature, header, key.octets, hmac_key, list(mandatory)])
        return {**document, "proof": {**options, "proofValue": value}}

    return PreparedBbs(header, messages, document, attach)


def derive(
    document: JsonObject,
    selective: Collection[str],
    *,
    presentation_header: bytes,
    random: Random = system,
    contexts: Contexts = KNOWN,
) -> JsonObject:
    """Reveals the mandatory part of a document and what pointers select (section 3.4.6); verifies nothing.

    Args:
        document: with its base proof, verified before.
        selective: JSON pointers.
        presentation_header: what binds the proof to one occasion, at most 1,024 bytes.
        random: where the scalars that hide the signature come from.
        contexts: the JSON-LD contexts that are known.

    Raises:
        ParseError: `integrity_proof_missing`, `integrity_proof_malformed`, `integrity_value_malformed`,
            `input_too_large`, `point_invalid`, `scalar_invalid`, and as `selective.disclose`.
        VerificationError: `derived_proof_unexpected`, `cryptosuite_refused`, `disclosure_inconsistent`.
    """
    if "proof" not in document:
        raise ParseError("integrity_proof_missing")
    if len(presentation_header) > MAX_HEADER_BYTES:
        raise ParseError("input_too_large", "presentation header")
    proof = parse_proof(document["proof"])
    base = _parse_base(proof.value)
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    reading = Reading(contexts, Budget())
    found = disclose(unsecured, base.mandatory, selective, shuffled_labels(base.hmac_key), reading=reading)
    bbs_proof = bbs.proof_gen(
        base.public_key,
        base.signature,
        base.header,
        presentation_header,
        [statement.encode() for statement in found.others],
        found.selective,
        random=random,
    )
    labels = {int(own.removeprefix("c14n")): int(signed.removeprefix("b")) for own, signed in found.labels.items()}
    parts = [bbs_proof, labels, list(found.mandatory), list(found.selective), presentation_header]
    return {**found.document, "proof": {**proof.stated, "proofValue": _encode(_DERIVED, parts)}}


def mandatory_of(proof: UnverifiedProof) -> tuple[str, ...]:
    """The JSON pointers that a base proof says are mandatory; it was verified before.

    Raises:
        ParseError: `integrity_value_malformed`, and those of `encoding.multibase` and `encoding.cbor`.
        VerificationError: `derived_proof_unexpected`, `cryptosuite_refused`.
    """
    return tuple(_parse_base(proof.value).mandatory)


def presentation_header(client_id: str, nonce: str) -> bytes:
    """The presentation header of one OpenID4VP request, 32 bytes (specs/profiles/bbs-presentation.md)."""
    return hashlib.sha256(cbor.encode([_OCCASION, client_id, nonce])).digest()


def bbs_2023(*, presentation_header: bytes | None) -> Cryptosuite:
    """The suite as one verifier reads it on one occasion: derived proofs, made for this presentation header.

    None accepts any: then a presentation that was shown to somebody else is believed too. It stands in no table of
    suites: who wants it adds it.
    """
    return Cryptosuite(NAME, frozenset({CURVE}), partial(_check_derived, presentation_header))


def _check_derived(
    expected: bytes | None,
    document: JsonObject,
    proof: UnverifiedProof,
    key: BbsPublicKey,
    reading: Reading,
) -> Covered:
    """Verifies a derived proof (section 3.4.7)."""
    if proof.previous:
        raise VerificationError("cryptosuite_refused", "a selective proof in a chain")
    reading.budget.spend_signatures(BBS_SIGNATURES)
    derived = _parse_derived(proof.value)
    if expected is not None and derived.presentation_header != expected:
        raise VerificationError("presentation_header_mismatch")
    labels = {f"c14n{at}": f"b{label}" for at, label in derived.labels.items()}
    mandatory, others = separate(document, labels, derived.mandatory, reading=reading)
    header = _header(document, proof.stated, mandatory, reading)
    messages = [statement.encode() for statement in others]
    reading.budget.spend(MESSAGE_STEPS * (len(messages) + len(derived.proof) // SCALAR_BYTES))
    bbs.proof_verify(key, derived.proof, header, derived.presentation_header, messages, derived.selective)
    return Covered(document, others)


def _check_base(document: JsonObject, proof: UnverifiedProof, key: BbsPublicKey, reading: Reading) -> Covered:
    """Verifies what an issuer handed over: that every statement can be revealed, and that the mandatory are bound."""
    if proof.previous:
        raise VerificationError("cryptosuite_refused", "a selective proof in a chain")
    reading.budget.spend_signatures(BBS_SIGNATURES)
    base = _parse_base(proof.value)
    header, messages = _transform(document, proof.stated, base.mandatory, base.hmac_key, reading)
    # A proof would be derived from these, and no verifier would accept it.
    if (base.header, base.public_key) != (header, key.octets):
        raise VerificationError("signature_invalid", "another header or key")
    reading.budget.spend(MESSAGE_STEPS * len(messages))
    bbs.verify(key, base.signature, header, messages)
    return Covered(document)


def _transform(
    document: JsonObject, options: JsonObject, mandatory: Sequence[str], hmac_key: bytes, reading: Reading
) -> tuple[bytes, tuple[bytes, ...]]:
    """What the issuer signs: the header and the messages."""
    grouped = group(document, [mandatory], shuffled_labels(hmac_key), reading=reading)
    required = grouped.groups[0]
    header = _header(document, options, [grouped.statements[at] for at in sorted(required)], reading)
    others = (statement for at, statement in enumerate(grouped.statements) if at not in required)
    return header, tuple(statement.encode() for statement in others)


def _header(document: JsonObject, options: JsonObject, mandatory: Sequence[str], reading: Reading) -> bytes:
    """The hashes of the proof configuration and of the mandatory statements (section 3.4.5)."""
    config = canonical(configuration(document, options), "sha256", reading)
    return hashlib.sha256(config).digest() + hashlib.sha256("".join(mandatory).encode()).digest()


# --- proof values (sections 3.3.1, 3.3.2, 3.3.6 and 3.3.7)


def _encode(header: bytes, components: list[CborValue]) -> str:
    return multibase.encode(header + cbor.encode(components), multibase.BASE64URL)


def _decode(text: str, header: bytes) -> list[CborValue]:
    """The five components of a proof value under its header; other known headers are told from unknown ones."""
    raw = multibase.decode(text, bases=multibase.BASE64URL, max_chars=_MAX_VALUE_CHARS)
    if not raw.startswith(header):
        raise _refusal(raw[:3])
    components = cbor.decode(raw[len(header) :])
    if not isinstance(components, list) or len(components) != 5:  # noqa: PLR2004 - as `_Base` and `_Derived` have
        raise ParseError("integrity_value_malformed", "components")
    return components


def _refusal(header: bytes) -> ParseError | VerificationError:
    if header == _BASE:
        return VerificationError("base_proof_unexpected")
    if header == _DERIVED:
        return VerificationError("derived_proof_unexpected")
    if header in _OPTIONS:
        return VerificationError("cryptosuite_refused", "holder binding and pseudonyms are not supported")
    return ParseError("integrity_value_malformed", "header")


def _parse_base(text: str) -> _Base:
    signature, header, public_key, hmac_key, mandatory = _decode(text, _BASE)
    octets = (signature, header, public_key, hmac_key)
    sizes = (SIGNATURE_BYTES, _HEADER_BYTES, _KEY_BYTES, _HMAC_KEY_BYTES)
    if not all(_is_bytes(part, size) and len(part) == size for part, size in zip(octets, sizes, strict=True)):
        raise ParseError("integrity_value_malformed", "signature, header or keys")
    if not _is_list(mandatory, MAX_POINTERS) or not all(isinstance(one, str) for one in mandatory):
        raise ParseError("integrity_value_malformed", "mandatory pointers")
    return _Base(signature, header, public_key, hmac_key, mandatory)


def _parse_derived(text: str) -> _Derived:
    proof, labels, mandatory, selective, header = _decode(text, _DERIVED)
    if not _is_bytes(proof, _MAX_PROOF_BYTES) or not _is_bytes(header, MAX_HEADER_BYTES):
        raise ParseError("integrity_value_malformed", "proof or presentation header")
    if not isinstance(labels, dict) or len(labels) > MAX_STATEMENTS:
        raise ParseError("integrity_value_malformed", "labels")
    positions = ([*labels, *labels.values()], mandatory, selective)
    if not all(_is_list(listed, 2 * MAX_STATEMENTS) and all(map(_is_position, listed)) for listed in positions):
        raise ParseError("integrity_value_malformed", "labels, or positions")
    return _Derived(proof, labels, mandatory, selective, header)


def _is_bytes(value: CborValue, most: int) -> bool:
    return isinstance(value, bytes) and len(value) <= most


def _is_list(value: CborValue, most: int) -> bool:
    return isinstance(value, list) and len(value) <= most


def _is_position(value: CborValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2 * MAX_STATEMENTS


BBS_2023_BASE = Cryptosuite(NAME, frozenset({CURVE}), _check_base)
"""The suite as a holder reads what an issuer hands over: base proofs."""
