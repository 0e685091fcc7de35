"""What a credential issuer decides about a request, without HTTP and without storage (OpenID4VCI sections 8.2, F.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from didkit_fr.errors import ParseError, ProtocolError, VerificationError
from didkit_fr.keys.public import PublicKey
from didkit_fr.protocols.openid4vci.credential import CredentialRequest
from didkit_fr.protocols.openid4vci.metadata import Configuration, IssuerMetadata
from didkit_fr.protocols.openid4vci.nonce import C_NONCE, CheckedNonce, check_nonce
from didkit_fr.protocols.openid4vci.proof import VerifiedProof, verify_proof

__all__ = ["CheckedProofs", "CheckedRequest", "ProofRules", "check_proofs", "check_request", "check_unproven"]

PROOF_TYPE = "jwt"


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request for a configuration that this issuer has. Neither token nor proofs were checked."""

    configuration_id: str
    configuration: Configuration


@dataclass(frozen=True, slots=True)
class ProofRules:
    """What proofs must meet: this issuer's identifier, how many may come, and the nonces it gives out.

    `nonce_key` is 32 bytes or more, `nonce_max_age` is in seconds.
    """

    audience: str
    batch_size: int
    nonce_key: bytes = field(repr=False)
    nonce_max_age: int


@dataclass(frozen=True, slots=True)
class CheckedProofs:
    """The distinct keys, in the order of the proofs, and the nonce they share, which has yet to be taken once."""

    keys: tuple[PublicKey, ...]
    nonce: CheckedNonce


def check_request(
    request: CredentialRequest, metadata: IssuerMetadata, identifiers: Mapping[str, str] | None = None
) -> CheckedRequest:
    """Finds what is asked for.

    `identifiers` are those that the token response named, each with its configuration: then one of them must be asked
    for, and a configuration must not; where it named none it is the reverse (OpenID4VCI section 8.2).

    Raises:
        ProtocolError: `unknown_credential_identifier`, `unknown_credential_configuration`,
            `invalid_credential_request`, `invalid_encryption_parameters`.
    """
    known, name = identifiers or {}, request.credential_configuration_id
    if name is None:
        name = known.get(request.credential_identifier or "")
        if name is None:
            raise ProtocolError("unknown_credential_identifier")
    elif known:
        raise ProtocolError("invalid_credential_request", "credential_identifier is due")
    configuration = metadata.credential_configurations_supported.get(name)
    if configuration is None:
        raise ProtocolError("unknown_credential_configuration")
    if request.credential_response_encryption is not None and metadata.credential_response_encryption is None:
        raise ProtocolError("invalid_encryption_parameters", "responses are not encrypted here")
    return CheckedRequest(name, configuration)


def check_proofs(
    request: CredentialRequest, configuration: Configuration, rules: ProofRules, *, now: int
) -> CheckedProofs:
    """Verifies every proof of a request: one type, at most the batch size, one nonce of ours, no key twice.

    Raises:
        ProtocolError: `invalid_proof`, `invalid_nonce` where only the nonce is wrong.
    """
    raw = _proofs(request, rules.batch_size)
    algorithms = _algorithms(configuration)
    proofs = [_verified(proof, audience=rules.audience, now=now, algorithms=algorithms) for proof in raw]
    if len({proof.key.octets for proof in proofs}) != len(proofs):
        raise ProtocolError("invalid_proof", "a key comes twice")
    if len({proof.nonce for proof in proofs}) != 1:
        raise ProtocolError("invalid_proof", "more than one nonce")
    nonce = check_nonce(rules.nonce_key, proofs[0].nonce, purpose=C_NONCE, now=now, max_age=rules.nonce_max_age)
    return CheckedProofs(tuple(proof.key for proof in proofs), nonce)


def check_unproven(request: CredentialRequest) -> None:
    """Refuses a request that brings proofs for a credential that is bound to no key: they would name its holder.

    Raises:
        ProtocolError: `invalid_proof`.
    """
    if request.proofs is not None:
        raise ProtocolError("invalid_proof", "no proof is due")


def _proofs(request: CredentialRequest, batch_size: int) -> tuple[str, ...]:
    if request.proofs is None or list(request.proofs) != [PROOF_TYPE]:
        raise ProtocolError("invalid_proof", "jwt proofs are due, and no others")
    proofs = request.proofs[PROOF_TYPE]
    if not 0 < len(proofs) <= batch_size:
        raise ProtocolError("invalid_proof", f"1 to {batch_size} proofs are due")
    texts = tuple(proof for proof in proofs if isinstance(proof, str))
    if len(texts) != len(proofs):
        raise ProtocolError("invalid_proof", "not a JWT")
    return texts


def _algorithms(configuration: Configuration) -> frozenset[str]:
    supported = (configuration.proof_types_supported or {}).get(PROOF_TYPE)
    values = supported.proof_signing_alg_values_supported if supported else ()
    return frozenset(value for value in values if isinstance(value, str))


def _verified(raw: str, *, audience: str, now: int, algorithms: frozenset[str]) -> VerifiedProof:
    try:
        return verify_proof(raw, audience=audience, now=now, algorithms=algorithms)
    except (ParseError, VerificationError) as error:
        raise ProtocolError("invalid_proof", error.code) from None
