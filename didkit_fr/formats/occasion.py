"""The occasion on which a credential is received: one request that it answers, or its issuance."""

from dataclasses import dataclass, field

from didkit_fr.errors import VerificationError
from didkit_fr.keys.public import PublicKey
from didkit_fr.proofs.mdoc import session

__all__ = ["Issuance", "Occasion", "check_issued", "occasion_of_answer", "occasion_of_holder"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """The one request that a presentation answers: on any other occasion it is worth nothing.

    `nonce` is the request's, `audience` the verifier's full identifier. `transcript` is the encoded session transcript
    (ISO/IEC 18013-5 section 9.1.5.1), to which ISO mdoc is bound; None where the session is not known.
    `transaction_data` are the encoded entries (OpenID4VP 1.0 section 8.4) that the holder signs with this credential;
    a verifier compares the hashes that come back with its own entries, and leaves it empty.
    """

    nonce: str = field(repr=False)
    audience: str
    transcript: bytes | None = field(default=None, repr=False)
    transaction_data: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Issuance:
    """The credential comes from its issuer: what only a holder may see is due then, and refused everywhere else.

    `holder` is the key that it was asked for; None for one that is to be bound to nobody.
    """

    holder: PublicKey | None = field(repr=False)


def occasion_of_answer(
    nonce: str,
    audience: str,
    *,
    response_uri: str | None,
    encryption_thumbprint: bytes | None = None,
    transaction_data: tuple[str, ...] = (),
) -> Occasion:
    """The occasion of an answer by redirect or direct post (OpenID4VP 1.0 section 8).

    Args:
        nonce: the request's.
        audience: the verifier's full `client_id`.
        response_uri: where the answer goes; None where that is not known.
        encryption_thumbprint: the SHA-256 thumbprint (RFC 7638, 32 bytes) of the key that the answer is encrypted to;
            None for one in the clear.
        transaction_data: the encoded entries that the holder signs.
    """
    transcript = None
    if response_uri is not None:
        transcript = session.redirect(
            client_id=audience, nonce=nonce, encryption_thumbprint=encryption_thumbprint, response_uri=response_uri
        )
    return Occasion(nonce, audience, transcript, transaction_data)


def occasion_of_holder(
    occasion: Occasion | Issuance | None, holder: PublicKey | None, *, presented: bool
) -> Occasion | None:
    """The occasion that a holder's proof has to answer; None where no such proof came, or none can be verified.

    Args:
        occasion: on which the credential was received; None where nobody knows.
        holder: the key it is bound to.
        presented: whether a proof of possession came with it.

    Raises:
        VerificationError: of a credential that comes from its issuer: `holder_mismatch`; `holder_missing`, for what
            its kind of proof does not bind to nobody; `key_binding_unexpected` (RFC 9901 section 7.2: a holder must
            refuse it).
    """
    if isinstance(occasion, Issuance):
        check_issued(occasion, holder)
        if holder is None:
            raise VerificationError("holder_missing")
        if presented:
            raise VerificationError("key_binding_unexpected")
        return None
    return occasion if presented and holder is not None else None


def check_issued(issuance: Issuance, holder: PublicKey | None) -> None:
    """Refuses a credential that its issuer bound to another key than it was asked to.

    Raises:
        VerificationError: `holder_mismatch`.
    """
    if holder != issuance.holder:
        raise VerificationError("holder_mismatch")
