"""Rows of Data Integrity: a credential of fifteen claims, whole and cut, from JSON bytes or to a document."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from didkit_fr.encoding import cbor, json, multibase
from didkit_fr.keys import multikey, software
from didkit_fr.keys.public import ED25519, PublicKey
from didkit_fr.proofs.data_integrity import ecdsa_sd, options, proof
from didkit_fr.proofs.data_integrity.cryptosuite import canonical
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from tests.bench.measure import Case, Work
from tests.bench.proofs import S, V
from tests.nation import DAY, NOW

__all__ = ["ROWS"]

CREDENTIAL: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/citizenship/v4rc1"],
    "type": ["VerifiableCredential", "PermanentResidentCardCredential"],
    "issuer": {"id": "https://issuer.example", "image": "https://issuer.example/seal.png"},
    "name": "Titre de séjour",
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2036-01-01T00:00:00Z",
    "credentialSubject": {
        "type": ["PermanentResident", "Person"],
        "givenName": "Éloïse",
        "familyName": "Lefèvre",
        "gender": "Female",
        "image": "https://issuer.example/face.png",
        "residentSince": "2015-01-01",
        "commuterClassification": "C1",
        "birthCountry": "France",
        "birthDate": "1990-05-17",
        "permanentResidentCard": {
            "type": "PermanentResidentCard",
            "identifier": "X4RTBPFW4",
            "lprCategory": "C09",
            "lprNumber": "999-999-999",
        },
    },
}
MANDATORY = ["/issuer", "/validFrom", "/validUntil"]
SELECTED = ["/credentialSubject/birthCountry", "/credentialSubject/birthDate", "/credentialSubject/familyName"]


@cache
def _signer(curve: str) -> software.SoftwareSigner:
    return software.generate(curve)


@cache
def _method(curve: str) -> str:
    return f"did:key:{multikey.build(_signer(curve).public_key)}#key"


@cache
def _keys(curve: str) -> dict[str, PublicKey]:
    return {_method(curve): _signer(curve).public_key}


def _verified(raw: bytes, curve: str) -> proof.VerifiedSecured:
    return proof.verify(
        proof.parse(json.parse_object(raw)),
        _keys(curve),
        purpose="assertionMethod",
        now=NOW,
        leeway=0,
        cryptosuites=CRYPTOSUITES,
        domain=None,
        challenge=None,
    )


def _raw_ed25519() -> Work:
    """One verification by libsodium of as many bytes as the suite signs."""
    from nacl.bindings import crypto_sign_open

    signer, message = _signer(ED25519), bytes(64)
    signed, point = signer.sign(message) + message, signer.public_key.octets
    return Work(lambda: crypto_sign_open(signed, point))


@contextmanager
def eddsa_rdfc_verify() -> Iterator[Case]:
    secured = proof.sign(
        CREDENTIAL,
        _signer(ED25519),
        cryptosuite="eddsa-rdfc-2022",
        verification_method=_method(ED25519),
        created=NOW,
        expires=NOW + DAY,
    )
    raw = json.encode(secured)
    assert _verified(raw, ED25519).document == CREDENTIAL
    yield Case("raw Ed25519 verify", Work(lambda: _verified(raw, ED25519)), _raw_ed25519())


def _base() -> dict[str, Any]:
    stated = options.build_options(
        cryptosuite=ecdsa_sd.NAME, verification_method=_method("P-256"), purpose="assertionMethod", created=NOW
    )
    return ecdsa_sd.sign_base(CREDENTIAL, _signer("P-256"), stated, mandatory=MANDATORY)


def _signatures(secured: dict[str, Any], at: int) -> int:
    """How many signatures a proof value holds: those of the statements, and the issuer's."""
    return len(cbor.decode(multibase.decode(secured["proof"]["proofValue"])[3:])[at]) + 1


@contextmanager
def ecdsa_sd_base() -> Iterator[Case]:
    """Per signature, of which there is one for each statement that is not mandatory, and one more."""
    yield Case("(N+1)S", Work(_base, per=_signatures(_base(), 3)), S)


@contextmanager
def ecdsa_sd_verify() -> Iterator[Case]:
    derived = ecdsa_sd.derive(_base(), SELECTED)
    raw = json.encode(derived)
    assert _verified(raw, "P-256").document["credentialSubject"]["birthDate"] == "1990-05-17"
    yield Case("(k+1)V", Work(lambda: _verified(raw, "P-256"), per=_signatures(derived, 2)), V)


@contextmanager
def peer_eddsa_rdfc_verify() -> Iterator[Case]:
    """The package `openvc-core`, which has to be given the second context."""
    from openvc.proof.data_integrity import DataIntegrityProofSuite

    from didkit_fr.encoding.rdf.jsonld import KNOWN
    from didkit_fr.keys import jwk

    secured = proof.sign(
        CREDENTIAL, _signer(ED25519), cryptosuite="eddsa-rdfc-2022", verification_method=_method(ED25519), created=NOW
    )
    raw, suite = json.encode(secured), DataIntegrityProofSuite()
    url = CREDENTIAL["@context"][1]
    extra = {url: KNOWN.document(url)}
    key = jwk.build(_signer(ED25519).public_key)

    def subject() -> Any:
        return suite.verify(json.parse_object(raw), public_key_jwk=key, extra_contexts=extra)

    subject()
    yield Case("raw Ed25519 verify", Work(subject), _raw_ed25519())


@contextmanager
def canonicalize_vs_pyld() -> Iterator[Case]:
    """From a credential to canonical N-Quads, against the normalisation of `pyld` with its contexts remembered."""
    from pyld import jsonld as processor

    from didkit_fr.encoding.budget import Budget
    from didkit_fr.encoding.rdf.jsonld import KNOWN, Reading, loader

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader(KNOWN)}

    def ours() -> bytes:
        return canonical(CREDENTIAL, "sha256", Reading(KNOWN, Budget()))

    def theirs() -> Any:
        return processor.normalize(CREDENTIAL, options)

    assert ours().decode() == theirs()
    yield Case("pyld", Work(ours), Work(theirs))


ROWS = {
    "canonicalize_vs_pyld": canonicalize_vs_pyld,
    "eddsa_rdfc_verify": eddsa_rdfc_verify,
    "peer_eddsa_rdfc_verify": peer_eddsa_rdfc_verify,
    "ecdsa_sd_base": ecdsa_sd_base,
    "ecdsa_sd_verify": ecdsa_sd_verify,
}
