"""The `jwt` proof type: possession of the key a credential is to be bound to (OpenID4VCI appendix F.1, F.4)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import VerificationError
from didkit_fr.keys import jwk
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.proofs.jose import jws

__all__ = ["TYP", "VerifiedProof", "build_proof", "verify_proof"]

TYP = "openid4vci-proof+jwt"

MAX_CHARS = 16_384
MAX_NONCE = 2048
MAX_AGE = 300
LEEWAY = 60

_KEY_REFERENCES = ("jwk", "kid", "x5c")


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """Its maker was verified to hold the key. That the nonce is the issuer's own and unused was not verified."""

    key: PublicKey
    nonce: str


def build_proof(signer: Signer, *, audience: str, nonce: str | None, now: int) -> str:
    """The wallet's side: a proof for the credential issuer `audience`, made at `now`; anonymous, so without `iss`."""
    claims: JsonObject = {"aud": audience, "iat": now}
    if nonce is not None:
        claims["nonce"] = nonce
    return jws.sign(claims, signer, typ=TYP, header={"jwk": jwk.build(signer.public_key)})


def verify_proof(raw: str, *, audience: str, now: int, algorithms: Collection[str]) -> VerifiedProof:
    """The issuer's side: verifies one proof; the nonce is the caller's to check.

    Args:
        raw: the proof as received.
        audience: this credential issuer's identifier.
        now: seconds since 1970 (UTC).
        algorithms: the `proof_signing_alg_values_supported` of the metadata.

    Raises:
        ParseError: malformed; `jwk_private` where the header shows a private key.
        VerificationError: `typ_mismatch`, `critical_header`, `algorithm_refused`, `proof_key_reference`,
            `signature_invalid`, `proof_claims`, `proof_audience`, `proof_time`, `proof_nonce_missing`.
    """
    unverified = jws.parse(raw, max_chars=MAX_CHARS)
    header = unverified.unverified_header
    jws.check_header(header, typ=TYP, algorithms=algorithms)
    key = _key(header)
    claims = jws.verify(unverified, key, typ=TYP, algorithms=algorithms).claims
    _check_claims(claims, audience=audience, now=now)
    return VerifiedProof(key, _nonce(claims))


def _key(header: Mapping[str, Any]) -> PublicKey:
    """The key in the header: `jwk` alone. A `kid` or `x5c` beside it would leave open which key was meant."""
    if [name for name in _KEY_REFERENCES if name in header] != ["jwk"]:
        raise VerificationError("proof_key_reference")
    return jwk.parse(header["jwk"], load=True)


def _check_claims(claims: JsonObject, *, audience: str, now: int) -> None:
    if "iss" in claims:
        raise VerificationError("proof_claims", "iss without a client_id")
    if claims.get("aud") != audience:
        raise VerificationError("proof_audience")
    made = claims.get("iat")
    if isinstance(made, bool) or not isinstance(made, (int, float)):
        raise VerificationError("proof_claims", "iat")
    if not now - MAX_AGE - LEEWAY <= made <= now + LEEWAY:
        raise VerificationError("proof_time")


def _nonce(claims: JsonObject) -> str:
    nonce = claims.get("nonce")
    if nonce is None:
        raise VerificationError("proof_nonce_missing")
    if not isinstance(nonce, str) or len(nonce) > MAX_NONCE:
        raise VerificationError("proof_claims", "nonce")
    return nonce
