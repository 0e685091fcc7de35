"""The worst inputs that were found for CBOR, ISO mdoc, COSE and X.509, signed by a key that is trusted.

The limits are those of `tests.bench.hostile`: 10,000 S for anything up to 1 MB, 2,000 S up to 64 kB.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, TypeAlias

import cbor2
from cryptography import x509 as pyca
from cryptography.hazmat.primitives.serialization import Encoding

from didkit_fr.encoding import base64url, cbor
from didkit_fr.encoding.cbor import Tag
from didkit_fr.errors import DidkitError
from didkit_fr.formats import mso_mdoc
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.keys import cose_key, x509
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.mdoc import mdoc
from didkit_fr.status import identifier
from didkit_fr.trust.revocation import build_list, check_revocation
from tests.bench.measure import Case, Work
from tests.bench.proofs import ES256, S
from tests.documents import MDL, MDL_NS
from tests.nation import DAY, NOW, STATUS_URI, nation
from tests.trust.authority import SIGNING, Authority

__all__ = ["GOALS", "HOSTILE", "ROWS", "SMALL", "colliding_numbers"]

SMALL = 65_536


def colliding_numbers(bits: int) -> list[int]:
    """Keys of which half fill a run of the places that Python's dict tries, and the others begin at its start."""
    size = 1 << bits
    run, at = [], 1
    for _ in range(size // 3):
        run.append(at)
        at = (5 * at + 1) % size
    place = {number: position for position, number in enumerate(run)}
    others = []
    for number in range(size, size << 5):
        at, left = number % size, number
        while left and at in place:
            left >>= 5
            at = (at * 5 + left + 1) % size
        if not left and at in place:
            others.append((place[at], number))
    return run + [number for _, number in sorted(others)[: size // 3]]


def number_map(bits: int) -> bytes:
    """A map whose keys are chosen to collide."""
    keys = colliding_numbers(bits)
    return cbor.head(5, len(keys)) + b"".join(cbor.head(0, key) + b"\x00" for key in keys)


def document(value: Any = "x", digests: Any = None) -> bytes:
    """An IssuerSigned with one element, signed; by another encoder, which has no limits."""
    state = nation()
    item = cbor2.dumps({"digestID": 0, "random": bytes(16), "elementIdentifier": "a", "elementValue": value})
    stated = {
        "version": "1.0",
        "digestAlgorithm": "SHA-256",
        "valueDigests": {MDL_NS: {0: mdoc.digest_of(item)}} if digests is None else digests,
        "deviceKeyInfo": {"deviceKey": cose_key.build(state.holder.public_key)},
        "docType": MDL,
        "validityInfo": {name: mdoc.tdate(NOW) for name in ("signed", "validFrom", "validUntil")},
    }
    payload, protected = cbor2.dumps(Tag(24, cbor2.dumps(stated))), cbor2.dumps({1: -7})
    signature = state.signer.sign(cose.to_be_signed("Signature1", protected, b"", payload))
    auth = [protected, {33: x509.der(state.leaf)}, payload, signature]
    return cbor2.dumps({"nameSpaces": {MDL_NS: [Tag(24, item)]}, "issuerAuth": auth})


def verified(raw: bytes) -> Any:
    """A document from text to claims."""
    parsed = mso_mdoc.parse(base64url.encode(raw))
    return mso_mdoc.verify(parsed, IssuerKey(nation().signer.public_key), ProofRules(ES256, (), NOW, 0), None)


def identifiers(count: int) -> bytes:
    """A signed list of so many identifiers of 16 bytes."""
    names = [number.to_bytes(16, "big") for number in range(count)]
    signed = {"uri": STATUS_URI, "now": NOW, "expires": NOW + DAY, "ttl": 60}
    return identifier.build_list(names, signer=nation().signer, chain=[nation().leaf], **signed)


def listed(raw: bytes) -> Any:
    """An identifier list from bytes to a verified list."""
    parsed = identifier.parse_list(raw)
    identifier.unverified_claims(parsed)
    key = nation().signer.public_key
    signed = cose.verify_sign1(parsed, key, typ=identifier.TYP, algorithms=ES256)
    return identifier.read_list(signed, uri=STATUS_URI, now=NOW)


def named(count: int) -> bytes:
    """A certificate with so many alternative names."""
    names = pyca.SubjectAlternativeName([pyca.DirectoryName(pyca.Name([])) for _ in range(count)])
    return Authority("a", SIGNING, (names, False)).certificate.public_bytes(Encoding.DER)


def revoked(count: int) -> bytes:
    """A revocation list of so many certificates."""
    serials = [(1 << 150) + number for number in range(count)]
    return build_list(nation().root_signer, nation().root, now=NOW, days=30, withdrawn=serials)


Hostile: TypeAlias = tuple[Callable[[], bytes], Callable[[bytes], Any]]

HOSTILE: dict[str, Hostile] = {
    "hostile_cbor_colliding_numbers": (lambda: number_map(13), cbor.decode),
    "hostile_cbor_colliding_numbers_1m": (lambda: number_map(16), cbor.decode),
    "hostile_cbor_empty_texts": (lambda: cbor2.dumps([""] * 65_000), cbor.decode),
    "hostile_cbor_empty_arrays": (lambda: cbor2.dumps([[] for _ in range(65_000)]), cbor.decode),
    "hostile_mdoc_numbers": (lambda: document([0] * 64_000), verified),
    "hostile_mdoc_empty_arrays": (lambda: document([[] for _ in range(17_000)]), verified),
    "hostile_mdoc_bytes_1m": (lambda: document([b"a"] * 190_000), verified),
    "hostile_mdoc_names_1m": (lambda: document({f"{at:05}": at for at in range(90_000)}), verified),
    "hostile_mdoc_digests_1m": (
        lambda: document(digests={f"n{at}": dict.fromkeys(range(1_000), bytes(32)) for at in range(28)}),
        verified,
    ),
    "hostile_identifier_list_1m": (lambda: identifiers(54_000), listed),
    "hostile_certificate_names": (lambda: named(3_800), x509.parse_der),
    "hostile_revocation_list_1m": (
        lambda: revoked(25_000),
        lambda raw: check_revocation([nation().leaf], nation().root, raw, now=NOW),
    ),
}


def _row(hostile: Hostile) -> Callable[[], AbstractContextManager[Case]]:
    @contextmanager
    def measured() -> Iterator[Case]:
        make, call = hostile
        raw = make()

        def subject() -> None:
            with suppress(DidkitError):
                call(raw)

        yield Case("S", Work(subject), S)

    return measured


ROWS = {name: _row(hostile) for name, hostile in HOSTILE.items()}
GOALS = {name: 10_000 if name.endswith("_1m") else 2_000 for name in HOSTILE}
