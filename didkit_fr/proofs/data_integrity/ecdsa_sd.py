"""The cryptosuite `ecdsa-sd-2023` (ECDSA Cryptosuites 1.0 sections 3.5 and 3.6).

An issuer signs every statement, a holder reveals some of them, a verifier sees that the issuer signed these.
The statements are signed by a key that exists for one proof only; the issuer's key signs its public half.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from didkit_fr.encoding import base64url, cbor, multibase, multicodec
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.cbor import CborValue
from didkit_fr.encoding.json import JsonObject
from didkit_fr.encoding.rdf.jsonld import KNOWN, Contexts, Reading
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys import software
from didkit_fr.keys.algorithms import named
from didkit_fr.keys.public import PublicKey, compressed, from_compressed, verify_signature
from didkit_fr.keys.signer import Signer
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.data_integrity.cryptosuite import (
    Covered,
    Cryptosuite,
    Prepared,
    canonical,
    configuration,
    inject_context,
)
from didkit_fr.proofs.data_integrity.options import UnverifiedProof, parse_proof
from didkit_fr.proofs.data_integrity.pointers import MAX_POINTERS
from didkit_fr.proofs.data_integrity.selective import (
    MAX_STATEMENTS,
    disclose,
    group,
    hmac_labels,
    separate,
)

__all__ = ["ECDSA_SD_2023", "ECDSA_SD_2023_BASE", "NAME", "derive", "prepare_base", "sign_base"]

NAME: Final = "ecdsa-sd-2023"

_CURVE: Final = "P-256"
_BASE: Final = b"\xd9\x5d\x00"
_DERIVED: Final = b"\xd9\x5d\x01"
_MAX_VALUE_CHARS: Final = 262_144
_KEY_BYTES: Final = 32
_PUBLIC_BYTES: Final = 35
_SIGNATURE_BYTES: Final = 64


class _Base(NamedTuple):
    signature: bytes
    public_key: bytes
    hmac_key: bytes
    signatures: list[bytes]
    mandatory: list[str]


class _Derived(NamedTuple):
    signature: bytes
    public_key: bytes
    signatures: list[bytes]
    labels: dict[int, bytes]
    mandatory: list[int]


class _Statements(NamedTuple):
    key: PublicKey
    mandatory: Sequence[str]
    others: Sequence[str]


def sign_base(
    document: JsonObject,
    signer: Signer,
    options: JsonObject,
    *,
    mandatory: Sequence[str],
    random: Random = system,
    contexts: Contexts = KNOWN,
) -> JsonObject:
    """Adds a base proof, for the holder alone (section 3.6.1).

    A verifier judges what it is shown: what it must see, such as the end of the validity, has to be mandatory.

    Args:
        document: the document, without proof.
        signer: the issuer's key, on P-256.
        options: as `options.build_options` makes them, with `NAME`.
        mandatory: JSON pointers to what the holder cannot withhold.
        random: where the HMAC key (32 bytes) and the key of the statements (40 bytes) come from.
        contexts: the JSON-LD contexts that are known.

    Raises:
        ParseError: as `selective.group`, `integrity_proof_malformed` where the document has a proof.
        VerificationError: `algorithm_refused`, `cryptosuite_refused`.
    """
    if signer.public_key.family != _CURVE:
        raise VerificationError("algorithm_refused", "a key of another curve")
    prepared = prepare_base(document, options, mandatory=mandatory, random=random, contexts=contexts)
    proof = {**prepared.options, "proofValue": prepared.encode(signer.sign(prepared.signing_input))}
    return {**prepared.document, "proof": proof}


def prepare_base(
    document: JsonObject,
    options: JsonObject,
    *,
    mandatory: Sequence[str],
    random: Random = system,
    contexts: Contexts = KNOWN,
) -> Prepared:
    """As `sign_base`, for an issuer's key that is elsewhere: `proof.attach` completes the document."""
    if "proof" in document:
        raise ParseError("integrity_proof_malformed", "a document that has a proof already")
    if options.get("cryptosuite") != NAME or "previousProof" in options:
        raise VerificationError("cryptosuite_refused")
    document = inject_context(document)
    hmac_key, ephemeral = random(_KEY_BYTES), software.generate(_CURVE, random=random)
    reading = Reading(contexts, Budget())
    grouped = group(document, [mandatory], hmac_labels(hmac_key), reading=reading)
    required, public_key = grouped.groups[0], _public_bytes(ephemeral.public_key)
    signatures = [
        ephemeral.sign(statement.encode()) for at, statement in enumerate(grouped.statements) if at not in required
    ]
    statements = [grouped.statements[at] for at in sorted(required)]
    rest = [public_key, hmac_key, signatures, list(mandatory)]
    return Prepared(
        signing_input=_sign_data(document, options, public_key, statements, reading),
        document=document,
        options=options,
        encode=lambda signature: _encode(_BASE, [signature, *rest]),
    )


def derive(document: JsonObject, selective: Collection[str], *, contexts: Contexts = KNOWN) -> JsonObject:
    """Reveals the mandatory part of a document and what pointers select (section 3.6.6); verifies nothing.

    Args:
        document: with its base proof, verified before.
        selective: JSON pointers.
        contexts: the JSON-LD contexts that are known.

    Raises:
        ParseError: `integrity_proof_missing`, `integrity_proof_malformed`, `integrity_value_malformed`, and as
            `selective.disclose`.
        VerificationError: `derived_proof_unexpected`, `disclosure_inconsistent`, `disclosure_count`.
    """
    if "proof" not in document:
        raise ParseError("integrity_proof_missing")
    proof = parse_proof(document["proof"])
    base = _parse_base(proof.value)
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    reading = Reading(contexts, Budget())
    found = disclose(unsecured, base.mandatory, selective, hmac_labels(base.hmac_key), reading=reading)
    if found.selective and found.selective[-1] >= len(base.signatures):
        raise VerificationError("disclosure_count")
    signatures = [base.signatures[at] for at in found.selective]
    labels = {int(label.removeprefix("c14n")): base64url.decode(signed[1:]) for label, signed in found.labels.items()}
    value = _encode(_DERIVED, [base.signature, base.public_key, signatures, labels, list(found.mandatory)])
    return {**found.document, "proof": {**proof.stated, "proofValue": value}}


def _check_derived(document: JsonObject, proof: UnverifiedProof, key: PublicKey, reading: Reading) -> Covered:
    """Verifies a derived proof (section 3.6.7)."""
    derived = _parse_derived(proof.value)
    labels = {f"c14n{at}": "u" + base64url.encode(label) for at, label in derived.labels.items()}
    mandatory, others = separate(document, labels, derived.mandatory, reading=reading)
    _check(document, proof, derived, _Statements(key, mandatory, others), reading)
    return Covered(document, others)


def _check_base(document: JsonObject, proof: UnverifiedProof, key: PublicKey, reading: Reading) -> Covered:
    """Verifies what an issuer handed over: that every statement can be revealed, and that the mandatory are bound."""
    base = _parse_base(proof.value)
    grouped = group(document, [base.mandatory], hmac_labels(base.hmac_key), reading=reading)
    required = grouped.groups[0]
    mandatory = [grouped.statements[at] for at in sorted(required)]
    others = [statement for at, statement in enumerate(grouped.statements) if at not in required]
    _check(document, proof, base, _Statements(key, mandatory, others), reading)
    return Covered(document)


def _check(
    document: JsonObject,
    proof: UnverifiedProof,
    value: _Base | _Derived,
    stated: _Statements,
    reading: Reading,
) -> None:
    """Verifies the issuer's signature, then the one of each statement that is not mandatory."""
    if proof.previous:
        raise VerificationError("cryptosuite_refused", "a selective proof in a chain")
    if len(value.signatures) != len(stated.others):
        raise VerificationError("disclosure_count")
    reading.budget.spend_signatures(1 + len(value.signatures))
    ephemeral = _public_key(value.public_key)
    signed = _sign_data(document, proof.stated, value.public_key, stated.mandatory, reading)
    verify_signature(stated.key, value.signature, signed)
    for signature, statement in zip(value.signatures, stated.others, strict=True):
        verify_signature(ephemeral, signature, statement.encode())


def _sign_data(
    document: JsonObject,
    options: Mapping[str, object],
    public_key: bytes,
    mandatory: Sequence[str],
    reading: Reading,
) -> bytes:
    """What the issuer's key signs (section 3.5.1)."""
    config = canonical(configuration(document, dict(options)), "sha256", reading)
    statements = "".join(mandatory).encode()
    return hashlib.sha256(config).digest() + public_key + hashlib.sha256(statements).digest()


def _encode(header: bytes, components: list[CborValue]) -> str:
    return multibase.encode(header + cbor.encode(components), multibase.BASE64URL)


def _decode(text: str, header: bytes) -> list[CborValue]:
    """The five components of a proof value under its header; the other header is told from none."""
    raw = multibase.decode(text, bases=multibase.BASE64URL, max_chars=_MAX_VALUE_CHARS)
    if not raw.startswith(header):
        if raw.startswith(_BASE):
            raise VerificationError("base_proof_unexpected")
        if raw.startswith(_DERIVED):
            raise VerificationError("derived_proof_unexpected")
        raise ParseError("integrity_value_malformed", "header")
    components = cbor.decode(raw[len(header) :])
    if not isinstance(components, list) or len(components) != 5:  # noqa: PLR2004 - as `_Base` and `_Derived` have
        raise ParseError("integrity_value_malformed", "components")
    return components


def _parse_base(text: str) -> _Base:
    signature, public_key, hmac_key, signatures, mandatory = _decode(text, _BASE)
    _check_common(signature, public_key, signatures)
    if not _is_bytes(hmac_key, _KEY_BYTES):
        raise ParseError("integrity_value_malformed", "HMAC key")
    if not _is_list(mandatory, MAX_POINTERS) or not all(isinstance(one, str) for one in mandatory):
        raise ParseError("integrity_value_malformed", "mandatory pointers")
    return _Base(signature, public_key, hmac_key, signatures, mandatory)


def _parse_derived(text: str) -> _Derived:
    signature, public_key, signatures, labels, mandatory = _decode(text, _DERIVED)
    _check_common(signature, public_key, signatures)
    if not isinstance(labels, dict) or len(labels) > MAX_STATEMENTS:
        raise ParseError("integrity_value_malformed", "labels")
    if not all(_is_position(at) and _is_bytes(label, _KEY_BYTES) for at, label in labels.items()):
        raise ParseError("integrity_value_malformed", "labels")
    if not _is_list(mandatory, MAX_STATEMENTS) or not all(map(_is_position, mandatory)):
        raise ParseError("integrity_value_malformed", "mandatory positions")
    return _Derived(signature, public_key, signatures, labels, mandatory)


def _check_common(signature: CborValue, public_key: CborValue, signatures: CborValue) -> None:
    if not _is_bytes(signature, _SIGNATURE_BYTES) or not _is_bytes(public_key, _PUBLIC_BYTES):
        raise ParseError("integrity_value_malformed", "signature or key")
    if not _is_list(signatures, MAX_STATEMENTS):
        raise ParseError("integrity_value_malformed", "signatures")
    if not all(_is_bytes(one, _SIGNATURE_BYTES) for one in signatures):
        raise ParseError("integrity_value_malformed", "signatures")


def _is_bytes(value: CborValue, size: int) -> bool:
    return isinstance(value, bytes) and len(value) == size


def _is_list(value: CborValue, size: int) -> bool:
    return isinstance(value, list) and len(value) <= size


def _is_position(value: CborValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _public_bytes(key: PublicKey) -> bytes:
    return multicodec.encode("p256-pub", compressed(key))


def _public_key(data: bytes) -> PublicKey:
    name, point = multicodec.decode(data)
    if name != "p256-pub":
        raise ParseError("integrity_value_malformed", "a key of another type")
    return from_compressed(named(_CURVE), point)


ECDSA_SD_2023: Final = Cryptosuite(NAME, frozenset({_CURVE}), _check_derived)
ECDSA_SD_2023_BASE: Final = Cryptosuite(NAME, frozenset({_CURVE}), _check_base)
