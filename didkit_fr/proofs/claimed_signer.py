"""Who a signed document claims signed it: the one thing that its key is looked up by, and nothing of it is verified.

Each format gives a `ClaimedSigner`, and `verification.signers.key.find_key` matches it. The verified issuer is the
name that the key was found under. Without this rule a document could be verified with the key that one member names
(`kid`) and be believed to come from whom another member names (`iss`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from didkit_fr.errors import VerificationError
from didkit_fr.keys import x509
from didkit_fr.keys.algorithms import JOSE_NAMES
from didkit_fr.proofs.cose.cose import UnverifiedCose, algorithm_of
from didkit_fr.proofs.data_integrity import bbs_2023
from didkit_fr.proofs.data_integrity.options import UnverifiedProof

__all__ = [
    "BbsDidUrl",
    "ClaimedSigner",
    "DidUrl",
    "IssuerKeyId",
    "X5c",
    "did_of",
    "read_cose",
    "read_jose",
    "read_key_id",
    "read_parameters",
    "read_proof",
    "read_x5c",
    "read_x5chain",
]


@dataclass(frozen=True, slots=True)
class X5c:
    """Certificates (RFC 7515 section 4.1.6, RFC 9360 section 2): the DER of each, the signer's first."""

    unverified_certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class DidUrl:
    """A verification method in the document of a DID (DID 1.0 section 3.2); its syntax was not checked."""

    unverified_url: str


@dataclass(frozen=True, slots=True)
class BbsDidUrl:
    """As `DidUrl`, where the proof is one of BBS: the verification method must have a BBS key."""

    unverified_url: str


@dataclass(frozen=True, slots=True)
class IssuerKeyId:
    """A key among those that an issuer publishes at its own address (draft-ietf-oauth-sd-jwt-vc-19 section 4).

    `unverified_kid` is None where the document names no key; `unverified_algorithm` is a JOSE name.
    """

    unverified_issuer: str
    unverified_kid: str | None
    unverified_algorithm: str


ClaimedSigner: TypeAlias = X5c | DidUrl | BbsDidUrl | IssuerKeyId


def did_of(claimed: DidUrl | BbsDidUrl) -> str:
    """The DID whose document is asked, unverified: what stands before the fragment."""
    return claimed.unverified_url.partition("#")[0]


def read_jose(header: Mapping[str, Any], issuer: Callable[[], object]) -> X5c | DidUrl | IssuerKeyId:
    """Reads who a JOSE header claims signed.

    Args:
        header: the protected header, unverified.
        issuer: gives the unverified issuer of the document, usually `iss`, or None; asked only where there are no
            certificates, for it may cost the parsing of a payload.

    Raises:
        ParseError: `x5c_malformed`, `input_too_large`, those of `issuer`.
        VerificationError: `issuer_unknown` where no signer is named; `issuer_mismatch` where `kid` names a DID and the
            document another issuer.
    """
    return read_x5c(header) or read_key_id(header.get("kid"), issuer(), header.get("alg"))


def read_x5c(header: Mapping[str, Any]) -> X5c | None:
    """The certificates of a JOSE header; None where it has none.

    Raises:
        ParseError: `x5c_malformed`, `input_too_large`.
        VerificationError: `issuer_unknown` where `x5c` is no list of texts.
    """
    if "x5c" not in header:
        return None
    x5c = header["x5c"]
    if not isinstance(x5c, list) or not all(isinstance(one, str) for one in x5c):
        raise VerificationError("issuer_unknown", "no x5c certificate chain")
    return X5c(x509.decode_x5c(x5c))


def read_cose(message: UnverifiedCose, issuer: Callable[[], object]) -> X5c | DidUrl | IssuerKeyId:
    """As `read_jose`, of the header parameters of a COSE message, protected or not (RFC 9052 section 3.1, RFC 9360).

    Raises:
        ParseError, VerificationError: as `read_jose`.
    """
    certificates, key_id, algorithm = read_parameters(message)
    return certificates or read_key_id(key_id, issuer(), algorithm)


def read_parameters(message: UnverifiedCose) -> tuple[X5c | None, str | None, str | None]:
    """The header parameters that name a signer: certificates, key identifier, algorithm (its JOSE name).

    Raises:
        ParseError: `x5c_malformed`.
    """
    certificates, kid = message.unverified_certificates(), message.unverified_kid()
    return (
        X5c(certificates) if certificates else None,
        None if kid is None else kid.decode("utf-8", "replace"),
        algorithm_of(message, algorithms=JOSE_NAMES),
    )


def read_x5chain(message: UnverifiedCose) -> X5c:
    """As `read_cose`, where certificates alone may say whose the key is (ISO/IEC 18013-5 section 9.3.1).

    Raises:
        ParseError: `x5c_malformed`.
        VerificationError: `issuer_unknown` where there is no certificate.
    """
    certificates = message.unverified_certificates()
    if not certificates:
        raise VerificationError("issuer_unknown", "no x5chain")
    return X5c(certificates)


def read_proof(proof: UnverifiedProof) -> DidUrl | BbsDidUrl:
    """Reads whose verification method a Data Integrity proof names (Data Integrity 1.0 section 2.1).

    Raises:
        VerificationError: `issuer_unknown` where it is no DID URL.
    """
    method = proof.unverified_verification_method
    if not method.startswith("did:"):
        raise VerificationError("issuer_unknown", "a verification method that is no DID URL")
    return (BbsDidUrl if proof.unverified_cryptosuite == bbs_2023.NAME else DidUrl)(method)


def read_key_id(key_id: object, issuer: object, algorithm: object) -> DidUrl | IssuerKeyId:
    """As `read_jose` for a document without certificates: `key_id` is its `kid`, `algorithm` its `alg`.

    Raises:
        VerificationError: `issuer_unknown`, `issuer_mismatch`.
    """
    if isinstance(key_id, str) and key_id.startswith("#") and isinstance(issuer, str):
        key_id = issuer + key_id
    if isinstance(key_id, str) and key_id.startswith("did:"):
        claimed = DidUrl(key_id)
        # Without this, the key would be found under one name and the document be taken for that of another.
        if issuer is not None and issuer != did_of(claimed):
            raise VerificationError("issuer_mismatch")
        return claimed
    if isinstance(issuer, str) and (key_id is None or isinstance(key_id, str)):
        return IssuerKeyId(issuer, key_id, str(algorithm))
    raise VerificationError("issuer_unknown", "neither x5c nor kid nor iss")
