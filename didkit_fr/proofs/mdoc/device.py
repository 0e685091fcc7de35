"""How a device answers with an ISO mdoc (ISO/IEC 18013-5 sections 8.3.2.1.2.2 and 9.1.3): signed, or with a MAC.

The verifier says what the session was: an answer of another session is refused.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from didkit_fr.encoding import cbor
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.cbor import ENCODED, CborValue, Tag
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.agreement import KeyAgreement
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.cose.cose import UnverifiedCose
from didkit_fr.proofs.mdoc import mdoc
from didkit_fr.proofs.mdoc.mdoc import Authorizations, Elements, UnverifiedIssuerSigned

__all__ = [
    "MAX_DOCUMENTS",
    "Authenticate",
    "UnverifiedDocument",
    "authenticate",
    "build_document",
    "build_response",
    "parse_response",
    "read_response",
    "sign",
    "to_authenticate",
    "verify_device",
]

MAX_DOCUMENTS = 16

_VERSION = "1.0"
_START = cbor.head(4, 4) + cbor.encode_text("DeviceAuthentication")

Authenticate = Callable[[bytes], dict[str, CborValue]]
"""From the bytes to authenticate to a DeviceAuth: `sign`, or `authenticate`, with their key."""


@dataclass(frozen=True, slots=True)
class UnverifiedDocument:
    """One parsed document of an answer; nothing of it is to be believed. `device_namespaces` is as received."""

    unverified_doctype: str
    issuer_signed: UnverifiedIssuerSigned
    unverified_device_elements: Elements = field(repr=False)
    device_namespaces: bytes = field(repr=False)
    device_auth: UnverifiedCose = field(repr=False)


def parse_response(
    raw: bytes, *, max_bytes: int = mdoc.MAX_BYTES, budget: Budget | None = None
) -> tuple[UnverifiedDocument, ...]:
    """Parses a DeviceResponse (section 8.3.2.1.2.2) that says it is in order; `budget` as for `mdoc.decode`.

    Raises:
        ParseError: `mdoc_malformed`, `input_too_large`, and those of `mdoc.parse`.
    """
    budget = Budget() if budget is None else budget
    return read_response(mdoc.decode(raw, max_bytes=max_bytes, budget=budget), budget=budget)


def read_response(value: CborValue, *, budget: Budget | None = None) -> tuple[UnverifiedDocument, ...]:
    """Reads a DeviceResponse that was decoded; errors as `parse_response`."""
    budget = Budget() if budget is None else budget
    if not isinstance(value, dict) or value.get("version") != _VERSION:
        raise ParseError("mdoc_malformed", "version of the DeviceResponse")
    status = value.get("status")
    if type(status) is not int or status != 0:
        raise ParseError("mdoc_malformed", "status of the DeviceResponse")
    documents = value.get("documents", [])
    if not isinstance(documents, list) or len(documents) > MAX_DOCUMENTS:
        raise ParseError("mdoc_malformed", f"not at most {MAX_DOCUMENTS} documents")
    return tuple([_document(one, budget) for one in documents])


def verify_device(
    document: UnverifiedDocument,
    device_key: PublicKey,
    authorizations: Authorizations,
    *,
    transcript: bytes,
    algorithms: Collection[str],
    reader: KeyAgreement | None,
) -> None:
    """Verifies that the device answered in this session (section 9.1.3), and what it signed of itself.

    Args:
        document: the parsed document.
        device_key: of the *verified* Mobile Security Object.
        authorizations: of the same.
        transcript: the session transcript, encoded (`mdoc/session`).
        algorithms: the allowed signature algorithms, in the names of JOSE.
        reader: the reader's key of the session, with which a MAC is checked; None where only signatures are allowed.

    Raises:
        VerificationError: `mdoc_mac_refused`, `mdoc_session_mismatch` for a signature or code that is not of this key
            over this session, `mdoc_key_authorization`, and those of `cose.verify_sign1`.
    """
    message = to_authenticate(document.unverified_doctype, document.device_namespaces, transcript)
    auth = document.device_auth
    if auth.context == "MAC0" and reader is None:
        raise VerificationError("mdoc_mac_refused")
    try:
        if reader is None or auth.context == "Signature1":
            cose.verify_sign1(auth, device_key, typ=None, algorithms=algorithms, detached=message)
        else:
            cose.verify_mac0(auth, _mac_key(reader, device_key, transcript), typ=None, detached=message)
    except VerificationError as error:
        if error.code in ("signature_invalid", "mac_invalid"):
            raise VerificationError("mdoc_session_mismatch") from None
        raise
    for namespace, elements in document.unverified_device_elements.items():
        if not all(authorizations.allow(namespace, identifier) for identifier in elements):
            raise VerificationError("mdoc_key_authorization")


def sign(signer: Signer) -> Authenticate:
    """A device's signature (section 9.1.3.6)."""

    def attach(message: bytes) -> dict[str, CborValue]:
        prepared = cose.prepare(cose.build_header(signer), message, detached=True)
        return {"deviceSignature": cose.attach(prepared, signer.sign(prepared.to_be_signed))}

    return attach


def authenticate(device: KeyAgreement, reader_key: PublicKey, *, transcript: bytes) -> Authenticate:
    """A device's MAC (section 9.1.3.5), which only this reader can check, and could have made."""

    def attach(message: bytes) -> dict[str, CborValue]:
        prepared = cose.prepare({cose.ALG: cose.HMAC_256}, message, context="MAC0", detached=True)
        return {"deviceMac": cose.authenticate_mac0(prepared, _mac_key(device, reader_key, transcript))}

    return attach


def build_document(
    issuer_signed: CborValue,
    auth: Authenticate,
    *,
    doctype: str,
    transcript: bytes,
    device_elements: Elements | None = None,
) -> CborValue:
    """A Document, not encoded yet; `issuer_signed` is what `mdoc.select` gives."""
    namespaces = cbor.encode({name: dict(elements) for name, elements in (device_elements or {}).items()})
    signed = {
        "nameSpaces": Tag(ENCODED, namespaces),
        "deviceAuth": auth(to_authenticate(doctype, namespaces, transcript)),
    }
    return {"docType": doctype, "issuerSigned": issuer_signed, "deviceSigned": signed}


def build_response(*documents: CborValue) -> bytes:
    """An encoded DeviceResponse that is in order."""
    return cbor.encode({"version": _VERSION, "documents": list(documents), "status": 0})


def _document(value: CborValue, budget: Budget) -> UnverifiedDocument:
    if not isinstance(value, dict):
        raise ParseError("mdoc_malformed", "document")
    signed = value.get("deviceSigned")
    if not isinstance(signed, dict) or not isinstance(signed.get("deviceAuth"), dict):
        raise ParseError("mdoc_malformed", "deviceSigned")
    auth, namespaces = signed["deviceAuth"], signed.get("nameSpaces")
    # Both would be two answers, of which each reader takes its own.
    if len(auth) != 1:
        raise ParseError("mdoc_malformed", "deviceAuth")
    if "deviceSignature" in auth:
        parsed = cose.read(auth["deviceSignature"], "Signature1", budget=budget)
    elif "deviceMac" in auth:
        parsed = cose.read(auth["deviceMac"], "MAC0", budget=budget)
    else:
        raise ParseError("mdoc_malformed", "deviceAuth")
    device_namespaces = mdoc.embedded_bytes(namespaces)
    return UnverifiedDocument(
        unverified_doctype=mdoc.name_of(value.get("docType"), "docType"),
        issuer_signed=mdoc.read(value.get("issuerSigned"), budget=budget),
        unverified_device_elements=_elements(mdoc.decode(device_namespaces, budget=budget)),
        device_namespaces=device_namespaces,
        device_auth=parsed,
    )


def _elements(value: CborValue) -> Elements:
    """What the device signed of itself; a document has at most as many elements of it as of its issuer."""
    if not isinstance(value, dict):
        raise ParseError("mdoc_malformed", "nameSpaces of the device")
    count = 0
    for namespace, elements in value.items():
        mdoc.name_of(namespace, "nameSpaces of the device")
        if not isinstance(elements, dict) or not elements:
            raise ParseError("mdoc_malformed", "nameSpaces of the device")
        count += len(elements)
        if count > mdoc.MAX_ELEMENTS:
            raise ParseError("input_too_large", f"over {mdoc.MAX_ELEMENTS} elements")
        for identifier in elements:
            mdoc.name_of(identifier, "nameSpaces of the device")
    return value


def to_authenticate(doctype: str, namespaces: bytes, transcript: bytes) -> bytes:
    """DeviceAuthenticationBytes (section 9.1.3.4); the transcript stands in it as it was, byte for byte."""
    return cbor.embed(_START + transcript + cbor.encode_text(doctype) + cbor.embed(namespaces))


def _mac_key(private: KeyAgreement, public: PublicKey, transcript: bytes) -> bytes:
    """EMacKey (section 9.1.3.5)."""
    salt = sha256(cbor.embed(transcript)).digest()
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"EMacKey").derive(private.agree(public))
