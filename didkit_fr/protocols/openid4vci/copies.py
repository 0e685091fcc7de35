"""Copies of a title, as a credential response brings them: each with its key, all saying the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ProtocolError, VerificationError
from didkit_fr.formats import FORMATS, Formats
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.protocols.openid4vci.credential import CredentialResponse
from didkit_fr.protocols.openid4vci.metadata import Configuration
from didkit_fr.verification.verify import Verified

__all__ = ["ReceivedCopy", "check_uniform", "match"]

_OWN_TO_EACH_COPY = frozenset({"cnf", "status", "credentialStatus", "id"})


@dataclass(frozen=True, slots=True)
class ReceivedCopy:
    """One copy of a title and the signer of the key it is bound to; used once, so that no two uses are linked.

    Without a signer it is bound to no key, and its uses are not linked by one.
    """

    raw: str = field(repr=False)
    signer: Signer | None = field(repr=False)


def match(
    response: CredentialResponse, format_: str, signers: Sequence[Signer], *, formats: Formats = FORMATS
) -> tuple[ReceivedCopy, ...]:
    """Finds each credential's key: their order is not promised, there may be fewer, and a key has at most one.

    Without signers one credential is due; `verify_issued` checks that it is bound to no key.

    Raises:
        ParseError: `message_invalid`, and those of the format.
        ProtocolError: `deferred_unsupported`.
        VerificationError: `holder_missing`, `holder_mismatch`, `batch_not_uniform`.
    """
    if response.credentials is None:
        raise ProtocolError("deferred_unsupported")
    if not signers and len(response.credentials) != 1:
        raise VerificationError("batch_not_uniform", "one credential is due")
    read, free = formats[format_], {signer.public_key.octets: signer for signer in signers}
    copies = []
    for issued in response.credentials:
        raw = read.wire.read(issued.credential)
        copies.append(ReceivedCopy(raw, _signer_of(read.parse(raw).unverified_holder(), free) if signers else None))
    return tuple(copies)


def _signer_of(holder: PublicKey | None, free: dict[bytes, Signer]) -> Signer:
    if holder is None:
        raise VerificationError("holder_missing")
    signer = free.pop(holder.octets, None)
    if signer is None:
        raise VerificationError("holder_mismatch")
    return signer


def check_uniform(verified: Sequence[Verified], configuration: Configuration) -> None:
    """Refuses another type, and copies that differ: a difference would mark each use of one (ARF ISSU_08 to 11b)."""
    if not all(configuration.describes(one.type, one.claims) for one in verified):
        raise VerificationError("credential_not_requested")
    contents = [(one.issuer, _shared(one.claims)) for one in verified]
    if any(content != contents[0] for content in contents):
        raise VerificationError("batch_not_uniform")


def _shared(claims: JsonObject) -> JsonObject:
    shared = {name: value for name, value in claims.items() if name not in _OWN_TO_EACH_COPY}
    holder = shared.get("credentialSubject")
    if isinstance(holder, dict):  # whose `id` is the key of a W3C credential
        shared["credentialSubject"] = {name: value for name, value in holder.items() if name != "id"}
    return shared
