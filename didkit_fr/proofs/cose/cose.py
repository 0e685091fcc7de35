"""COSE_Sign1 and COSE_Mac0 (RFC 9052): one signer or one shared key, the algorithm under its protection.

A header parameter that decides something (the algorithm, what is critical, the type) is believed only from the
protected bucket, and none may stand in both; an algorithm that was agreed on is the caller's. Certificates (RFC 9360)
may stand in the other one, as in ISO/IEC 18013-5: they are believed only once a path to an anchor was found.
"""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from didkit_fr.encoding import cbor
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.cbor import MAC0, SIGN1, CborValue, Tag
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys import x509
from didkit_fr.keys.algorithms import COSE_NAMES
from didkit_fr.keys.public import PublicKey, verify_signature
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.x509 import Certificate
from didkit_fr.proofs.cose.header import (
    ALG,
    CONTENT_TYPE,
    CRIT,
    KID,
    PROTECTED_ONLY,
    TYP,
    X5CHAIN,
    Header,
    build_header,
    build_x5chain,
    check_header,
    read_bucket,
)

__all__ = [
    "ALG",
    "CONTENT_TYPE",
    "CRIT",
    "HMAC_256",
    "KID",
    "MAX_BYTES",
    "TYP",
    "X5CHAIN",
    "Header",
    "Prepared",
    "UnverifiedCose",
    "VerifiedCose",
    "algorithm_of",
    "attach",
    "authenticate_mac0",
    "build_header",
    "build_x5chain",
    "check_header",
    "encode",
    "parse_mac0",
    "parse_sign1",
    "prepare",
    "read",
    "sign1",
    "to_be_signed",
    "verify_mac0",
    "verify_sign1",
]

Context: TypeAlias = Literal["Signature1", "MAC0"]

MAX_BYTES: Final = 1_048_576

HMAC_256: Final = 5  # RFC 9053 section 3.1: HMAC 256/256
_MACS: Final[Mapping[int, str]] = MappingProxyType({HMAC_256: "sha256", 6: "sha384", 7: "sha512"})
_TAGS: Final[Mapping[Context, int]] = MappingProxyType({"Signature1": SIGN1, "MAC0": MAC0})
_PARTS: Final = 4
_BYTES: Final = 2
_ARRAY: Final = 4
_LOOSE: Final = PROTECTED_ONLY - {ALG}
_CONTEXTS: Final[Mapping[Context, bytes]] = MappingProxyType(
    {context: cbor.head(_ARRAY, _PARTS) + cbor.encode_text(context) for context in _TAGS}
)


@dataclass(frozen=True, slots=True)
class UnverifiedCose:
    """A parsed message; nothing of it is to be believed. `unverified_payload` is None where it is detached.

    `unverified_header` is the protected bucket, `unverified_unprotected` the other one, `signature` also a tag of a
    COSE_Mac0; `protected` the bytes that were protected, empty where nothing was.
    """

    context: Context
    unverified_header: Header
    unverified_unprotected: Header
    unverified_payload: bytes | None = field(repr=False)
    protected: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def unverified_chain(self, *, budget: Budget | None = None) -> tuple[Certificate, ...]:
        """The certificates of `x5chain` (RFC 9360 section 2), the signer's first; none where there is no such header.

        Raises:
            ParseError: `x5c_malformed`, `input_too_large`, `x509_malformed`, `work_exceeded`.
        """
        return x509.parse_chain(self.unverified_certificates(), budget=budget)

    def unverified_kid(self) -> bytes | None:
        """The key identifier (RFC 9052 section 3.1), in whichever bucket it stands; None where there is none."""
        kid: bytes | None = self.unverified_header.get(KID, self.unverified_unprotected.get(KID))
        return kid

    def unverified_certificates(self) -> tuple[bytes, ...]:
        """As `unverified_chain`, but the DER of each certificate, none of them parsed.

        Raises:
            ParseError: `x5c_malformed`.
        """
        value = self.unverified_header.get(X5CHAIN, self.unverified_unprotected.get(X5CHAIN, []))
        ders = [value] if isinstance(value, bytes) else value
        if len(ders) > x509.MAX_CHAIN or not all(isinstance(one, bytes) for one in ders):
            raise ParseError("x5c_malformed", f"not at most {x509.MAX_CHAIN} certificates")
        if isinstance(value, list) and len(value) == 1:
            raise ParseError("x5c_malformed", "an array of one certificate")
        return tuple(ders)


@dataclass(frozen=True, slots=True)
class VerifiedCose:
    """Protected header and payload of a message that was verified with one key; whose key that is was not."""

    header: Header
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message that lacks its signature or tag: `to_be_signed` is what that is over (RFC 9052 sections 4.4, 6.3)."""

    context: Context
    protected: bytes
    unprotected: Header
    payload: bytes | None = field(repr=False)
    to_be_signed: bytes = field(repr=False)


def parse_sign1(
    raw: bytes,
    *,
    tagged: bool | None = None,
    max_bytes: int = MAX_BYTES,
    loose_algorithm: bool = False,
    budget: Budget | None = None,
) -> UnverifiedCose:
    """Parses a COSE_Sign1 (RFC 9052 section 4.2).

    Args:
        raw: the message.
        tagged: whether tag 18 must, or must not, stand before it; None where the place says what it is.
        max_bytes: the limit.
        loose_algorithm: whether the algorithm may stand where nothing protects it, for `verify_sign1` with `agreed`.
        budget: of the message that this is a part of.

    Raises:
        ParseError: `cose_malformed`, and those of `encoding.cbor.decode`.
    """
    return _parse(raw, "Signature1", tagged=tagged, max_bytes=max_bytes, loose=loose_algorithm, budget=budget)


def parse_mac0(
    raw: bytes, *, tagged: bool | None = None, max_bytes: int = MAX_BYTES, budget: Budget | None = None
) -> UnverifiedCose:
    """Parses a COSE_Mac0 (RFC 9052 section 6.2); arguments and errors as `parse_sign1`, with tag 17."""
    return _parse(raw, "MAC0", tagged=tagged, max_bytes=max_bytes, loose=False, budget=budget)


def read(value: CborValue, context: Context, *, loose: bool = False, budget: Budget | None = None) -> UnverifiedCose:
    """Reads an untagged message that was decoded with what it stands in; `loose` as `loose_algorithm`.

    Raises:
        ParseError: `cose_malformed`, and those of `encoding.cbor.decode` for the protected header.
    """
    if not isinstance(value, list) or len(value) != _PARTS:
        raise ParseError("cose_malformed", "not an array of four")
    protected, unprotected, payload, signature = value
    if not isinstance(protected, bytes) or not isinstance(signature, bytes):
        raise ParseError("cose_malformed", "protected header or signature")
    if not isinstance(payload, (bytes, type(None))):
        raise ParseError("cose_malformed", "payload")
    header = read_bucket(cbor.decode(protected, budget=budget) if protected else {})
    outside = read_bucket(unprotected)
    # What stands twice would be one thing to one reader and another to the next (RFC 9052 section 3).
    if not header.keys().isdisjoint(outside):
        raise ParseError("cose_malformed", "a header parameter in both buckets")
    if not (_LOOSE if loose else PROTECTED_ONLY).isdisjoint(outside):
        raise ParseError("cose_malformed", "a header parameter that must be protected")
    # An empty map is protected as nothing at all (RFC 9052 section 4.4).
    return UnverifiedCose(context, header, outside, payload, protected if header else b"", signature)


def verify_sign1(
    unverified: UnverifiedCose,
    key: PublicKey,
    *,
    typ: str | None,
    algorithms: Collection[str],
    external_aad: bytes = b"",
    detached: bytes | None = None,
    agreed: str | None = None,
) -> VerifiedCose:
    """Verifies type, criticality, algorithm and signature. Verifies neither times nor who signed: the caller does.

    Args:
        unverified: the parsed message.
        key: the key that must have signed.
        typ: the media type that the `typ` header must state, without "application/"; None where the standard that
            uses this message gives it none, and then none may be there.
        algorithms: the allowed algorithms, in the names of JOSE; the key's own must be the header's.
        external_aad: what was signed with the message and is not in it.
        detached: the payload, where the message does not have it.
        agreed: the one algorithm that signer and verifier agreed on, which the message need not state, or protect.

    Raises:
        ParseError: `cose_malformed` where the payload is missing, or given twice.
        VerificationError: `typ_mismatch`, `critical_header`, `algorithm_refused`, `signature_invalid`.
    """
    if unverified.context != "Signature1":
        raise ParseError("cose_malformed", "not a COSE_Sign1")
    check_header(unverified.unverified_header, typ=typ)
    name = _algorithm(unverified, key) if agreed is None else _agreed(unverified, key, agreed)
    if name is None or name not in algorithms:
        raise VerificationError("algorithm_refused")
    payload = _payload(unverified, detached)
    verify_signature(key, unverified.signature, to_be_signed("Signature1", unverified.protected, external_aad, payload))
    return VerifiedCose(unverified.unverified_header, payload)


def verify_mac0(
    unverified: UnverifiedCose,
    key: bytes,
    *,
    typ: str | None,
    algorithms: Collection[int] = (HMAC_256,),
    external_aad: bytes = b"",
    detached: bytes | None = None,
) -> VerifiedCose:
    """Verifies a COSE_Mac0 with the shared key: as `verify_sign1`, the algorithms by their numbers (RFC 9053).

    Raises:
        ParseError: as `verify_sign1`.
        VerificationError: `typ_mismatch`, `critical_header`, `algorithm_refused`, `mac_invalid`.
    """
    if unverified.context != "MAC0":
        raise ParseError("cose_malformed", "not a COSE_Mac0")
    check_header(unverified.unverified_header, typ=typ)
    algorithm = unverified.unverified_header.get(ALG)
    if type(algorithm) is not int or algorithm not in algorithms or algorithm not in _MACS:
        raise VerificationError("algorithm_refused")
    payload = _payload(unverified, detached)
    message = to_be_signed("MAC0", unverified.protected, external_aad, payload)
    if not hmac.compare_digest(hmac.digest(key, message, _MACS[algorithm]), unverified.signature):
        raise VerificationError("mac_invalid")
    return VerifiedCose(unverified.unverified_header, payload)


def algorithm_of(unverified: UnverifiedCose, *, algorithms: Collection[str]) -> str | None:
    """The JOSE name of the algorithm that the message states, if it is one of those allowed; None otherwise."""
    stated = unverified.unverified_header.get(ALG)
    name = COSE_NAMES.get(stated) if type(stated) is int else None
    return name if name in algorithms else None


def _algorithm(unverified: UnverifiedCose, key: PublicKey) -> str | None:
    """The JOSE name of the algorithm that the message states, if it is the key's; None otherwise."""
    stated = unverified.unverified_header.get(ALG)
    return key.row.cose.get(stated) if type(stated) is int else None


def _agreed(unverified: UnverifiedCose, key: PublicKey, agreed: str) -> str | None:
    """The algorithm that was agreed on, if it is the key's and the message states no other; None otherwise."""
    stated = unverified.unverified_header.get(ALG, unverified.unverified_unprotected.get(ALG))
    is_stated = stated is None or (type(stated) is int and key.row.cose.get(stated) == agreed)
    return agreed if is_stated and key.signs_with(agreed) else None


def prepare(
    header: Header,
    payload: bytes,
    *,
    context: Context = "Signature1",
    unprotected: Header | None = None,
    external_aad: bytes = b"",
    detached: bool = False,
) -> Prepared:
    """Makes all of a message but its signature or tag, which `attach` adds; `header` is protected.

    Raises:
        ParseError: `cbor_type` where a header cannot be written.
    """
    protected = cbor.encode(dict(header)) if header else b""
    return Prepared(
        context=context,
        protected=protected,
        unprotected=unprotected or {},
        payload=None if detached else payload,
        to_be_signed=to_be_signed(context, protected, external_aad, payload),
    )


def attach(prepared: Prepared, signature: bytes) -> list[CborValue]:
    """Completes a message with its signature or tag: the untagged array; `encode` writes it."""
    return [prepared.protected, dict(prepared.unprotected), prepared.payload, signature]


def encode(message: list[CborValue], *, context: Context = "Signature1", tagged: bool) -> bytes:
    """Writes a completed message, with its CBOR tag before it or not."""
    return cbor.encode(Tag(_TAGS[context], message) if tagged else message)


def sign1(
    payload: bytes,
    signer: Signer,
    *,
    typ: str | None,
    header: Header | None = None,
    unprotected: Header | None = None,
    external_aad: bytes = b"",
    detached: bool = False,
    tagged: bool = True,
) -> bytes:
    """Signs; the algorithm is the signer's, and `typ` a whole media type (RFC 9596), or None where there is none."""
    protected = build_header(signer, header)
    if typ is not None:
        protected[TYP] = typ
    prepared = prepare(protected, payload, unprotected=unprotected, external_aad=external_aad, detached=detached)
    return encode(attach(prepared, signer.sign(prepared.to_be_signed)), tagged=tagged)


def authenticate_mac0(prepared: Prepared, key: bytes) -> list[CborValue]:
    """Completes a COSE_Mac0 with HMAC 256/256 under the shared key; its header must say so.

    Raises:
        ParseError: `cose_malformed` where the message was not prepared for this algorithm.
    """
    if prepared.context != "MAC0" or cbor.decode(prepared.protected).get(ALG) != HMAC_256:
        raise ParseError("cose_malformed", "prepared for another algorithm")
    return attach(prepared, hmac.digest(key, prepared.to_be_signed, _MACS[HMAC_256]))


def _parse(
    raw: bytes, context: Context, *, tagged: bool | None, max_bytes: int, loose: bool, budget: Budget | None
) -> UnverifiedCose:
    budget = Budget() if budget is None else budget
    value = cbor.decode(raw, max_bytes=max_bytes, budget=budget)
    has_tag = isinstance(value, Tag)
    if has_tag and value.tag != _TAGS[context]:
        raise ParseError("cose_malformed", f"tag {value.tag}")
    if tagged not in (None, has_tag):
        raise ParseError("cose_malformed", "without its tag" if tagged else "with a tag")
    return read(value.value if has_tag else value, context, loose=loose, budget=budget)


def _payload(unverified: UnverifiedCose, detached: bytes | None) -> bytes:
    payload = unverified.unverified_payload if detached is None else detached
    if payload is None or (detached is not None and unverified.unverified_payload is not None):
        raise ParseError("cose_malformed", "a payload is missing, or given twice")
    return payload


def to_be_signed(context: Context, protected: bytes, external_aad: bytes, payload: bytes) -> bytes:
    """Sig_structure and MAC_structure of one signer or key (RFC 9052 sections 4.4 and 6.3)."""
    before = _CONTEXTS[context] + cbor.encode_bytes(protected) + cbor.encode_bytes(external_aad)
    return b"".join((before, cbor.head(_BYTES, len(payload)), payload))
