"""The officer's ticket: a signed order to open the register for one document and one title, once, within minutes.

A JWT (RFC 7519) of type `officer-ticket+jwt`, ES256, with `document_number`, `title`, `iat`, `exp`, `jti`, and, where
the record knows only a part of the birth date, the day that the officer presumes, `presumed_birth_date`.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.jose import jws

__all__ = ["LEEWAY", "LIFETIME", "MAX_CHARS", "MAX_LIFETIME", "TYP", "Ticket", "verify", "write"]

TYP = "officer-ticket+jwt"
LIFETIME = 600
MAX_LIFETIME = 86_400
LEEWAY = 60
MAX_CHARS = 4_096
_MAX_TEXT = 64


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket the officer signed and that is in its time; whether it was used before is not known here."""

    document_number: str = field(repr=False)
    title: str
    presumed: str | None = field(repr=False)
    digest: bytes
    expires: int


def write(
    signer: Signer,
    *,
    document_number: str,
    title: str,
    now: int,
    lifetime: int = LIFETIME,
    presumed: str | None = None,
    random: Random = system,
) -> str:
    """Writes a ticket; `lifetime` in seconds. Whether the document exists is for the register to say."""
    claims: JsonObject = {
        "document_number": document_number,
        "title": title,
        "iat": now,
        "exp": now + lifetime,
        "jti": base64url.encode(random(16)),
    }
    if presumed is not None:
        claims["presumed_birth_date"] = presumed
    return jws.sign(claims, signer, typ=TYP)


def verify(raw: str, officer: PublicKey, *, now: int) -> Ticket:
    """Verifies signature, structure and time. For single use the caller remembers `digest` until `expires`.

    Raises:
        VerificationError: `ticket_malformed`, `ticket_forged`, `ticket_expired`.
    """
    try:
        unverified = jws.parse(raw, max_chars=MAX_CHARS)
        claims = jws.verify(unverified, officer, typ=TYP, algorithms=("ES256",)).claims
    except ParseError:
        raise VerificationError("ticket_malformed") from None
    except VerificationError:
        raise VerificationError("ticket_forged") from None
    issued, expires = _member(claims, "iat", int), _member(claims, "exp", int)
    presumed = _member(claims, "presumed_birth_date", str) if "presumed_birth_date" in claims else None
    if not 0 < expires - issued <= MAX_LIFETIME:
        raise VerificationError("ticket_malformed", "lifetime")
    if not issued - LEEWAY <= now < expires:
        raise VerificationError("ticket_expired")
    return Ticket(
        document_number=_member(claims, "document_number", str),
        title=_member(claims, "title", str),
        presumed=presumed,
        # The name of the ticket, not its text: a signature has more than one valid spelling (s and n - s).
        digest=sha256(_member(claims, "jti", str).encode("utf-8", "surrogatepass")).digest(),
        expires=expires,
    )


def _member(claims: JsonObject, name: str, kind: type) -> Any:  # noqa: ANN401 - JSON holds anything
    value = claims.get(name)
    if not isinstance(value, kind) or isinstance(value, bool) or (isinstance(value, str) and len(value) > _MAX_TEXT):
        raise VerificationError("ticket_malformed", name)
    return value
