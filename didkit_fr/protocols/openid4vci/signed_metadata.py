"""Signed credential issuer metadata (OpenID4VCI section 12.2.3), by a certificate in `x5c`.

Who may sign: a certificate below an anchor of role "credential" that names the issuer's identifier among its URIs. So
the document signer's certificate speaks for its own issuer, and for no other issuer of the same state.
"""

from collections.abc import Sequence

from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.signer import KeyHolder, Signer, ToBeSigned
from didkit_fr.keys.x509 import Certificate, build_x5c
from didkit_fr.proofs.jose import jws
from didkit_fr.protocols.message import parse_message
from didkit_fr.protocols.openid4vci.metadata import MAX_BYTES, IssuerMetadata
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.authenticate import authenticate_jwt

__all__ = ["MEDIA_TYPE", "ROLE", "TYP", "prepare_metadata", "sign_metadata", "verify_metadata"]

TYP = "openidvci-issuer-metadata+jwt"
MEDIA_TYPE = "application/jwt"
ROLE = "credential"
MAX_CHARS = 2 * MAX_BYTES


def sign_metadata(
    metadata: IssuerMetadata, signer: Signer, *, chain: Sequence[Certificate], now: int, lifetime: int
) -> str:
    """Signs metadata: every parameter at the top, `sub` its issuer; `chain` is leaf first, without the root."""
    return prepare_metadata(metadata, signer, chain=chain, now=now, lifetime=lifetime).by(signer)


def prepare_metadata(
    metadata: IssuerMetadata, signer: KeyHolder, *, chain: Sequence[Certificate], now: int, lifetime: int
) -> ToBeSigned[str]:
    """As `sign_metadata`, for a key that is elsewhere."""
    times = {"iat": now, "exp": now + lifetime}
    claims = {**metadata.to_json(), **times, "sub": metadata.credential_issuer}
    return jws.prepare_claims(claims, signer, typ=TYP, header={"x5c": build_x5c(chain)})


async def verify_metadata(raw: bytes, context: VerificationContext, *, issuer: str) -> IssuerMetadata:
    """Verifies signed metadata found for `issuer`: who signed, for whom, and when; as a flow.

    Raises:
        ParseError: `message_invalid`, `metadata_time` and those of `proofs.jose.jws.parse`.
        VerificationError: `metadata_signer`, `metadata_issuer_mismatch`, `metadata_expired`, and those of
            `authenticate_jwt`.
    """
    if not raw.isascii():
        raise ParseError("jws_malformed")
    authentic = await authenticate_jwt(raw.decode("ascii"), context, role=ROLE, typ=TYP, max_chars=MAX_CHARS)
    if issuer not in authentic.path.names:
        raise VerificationError("metadata_signer")
    claims = authentic.jwt.claims
    _check_time(claims, now=context.now, leeway=context.policy.leeway)
    metadata = parse_message(IssuerMetadata, claims)
    if claims.get("sub") != issuer or metadata.credential_issuer != issuer:
        raise VerificationError("metadata_issuer_mismatch")
    return metadata


def _check_time(claims: JsonObject, *, now: int, leeway: int) -> None:
    if _seconds(claims.get("iat")) > now + leeway or _seconds(claims.get("exp", now + 1)) <= now - leeway:
        raise VerificationError("metadata_expired")


def _seconds(moment: JsonValue) -> float:
    if isinstance(moment, bool) or not isinstance(moment, (int, float)):
        raise ParseError("metadata_time")
    return moment
