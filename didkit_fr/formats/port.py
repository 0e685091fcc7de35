"""The port of the credential formats: what each of them gives the rest of the library, and what it is handed.

A format is one module, and one row of the table `FORMATS`; a mapping with more rows adds formats from outside.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import ClaimsPath, JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats.occasion import Issuance, Occasion
from didkit_fr.formats.query_profile import QueryProfile
from didkit_fr.formats.wire import Wire
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.x509 import Certificate
from didkit_fr.proofs.claimed_signer import ClaimedSigner
from didkit_fr.proofs.sd_jwt.outline import Node

__all__ = [
    "Format",
    "IssuerKey",
    "ProofRules",
    "UnverifiedCredential",
    "VerifiedCredential",
    "VerifiedPossession",
    "read_status",
    "required_signer",
]


class UnverifiedCredential(Protocol):
    """A parsed credential, and the proof of possession that came with it, if any; nothing of it is to be believed."""

    @property
    def unverified_type(self) -> str:
        """The type it claims (`vct`, `doctype`): to find out which anchors may have issued it."""
        ...

    @property
    def unverified_cryptosuite(self) -> str | None:
        """The Data Integrity cryptosuite of its proof; None where it is secured otherwise."""
        ...

    @property
    def presented(self) -> bool:
        """Whether a proof of possession came with it: an issuer has none to make."""
        ...

    def claimed_signer(self) -> ClaimedSigner:
        """Who it claims signed it: what its key is looked up by.

        Raises:
            ParseError, VerificationError: those of `proofs.claimed_signer`.
        """
        ...

    def unverified_holder(self) -> PublicKey | None:
        """The key it says it is bound to: to find a wallet's own."""
        ...

    def unverified_claims(self) -> JsonObject:
        """The disclosed claims as JSON, each time anew, unverified: for a wallet that shows what it holds."""
        ...


class VerifiedPossession(NamedTuple):
    """The holder's proof was verified for the one occasion; `transaction_data_hashes` are what it signed with it."""

    transaction_data_hashes: tuple[str, ...] = ()


class VerifiedCredential(NamedTuple):
    """A credential whose proof was verified with one key; whose key that is, times and status were not checked.

    Times are seconds since 1970 (UTC); `holder` is the key it is bound to; `status` every mechanism that it names,
    wherever it may name one, as signed, and None only where it names none; `issuer` what it says who issued it, where
    it says so. `possession` is there only if the holder's proof was verified for the occasion; `outline` gives what was
    issued, withheld or not, where the rules of the format's types are about that. Its `repr` shows the type only.
    """

    type: str
    claims: JsonObject
    holder: PublicKey | None
    issued_at: int | None
    not_before: int | None
    expires: int | None
    status: JsonObject | None
    issuer: str | None = None
    possession: VerifiedPossession | None = None
    outline: Callable[[], Node] | None = None

    def __repr__(self) -> str:
        return f"VerifiedCredential(type={self.type!r})"


@dataclass(frozen=True, slots=True)
class ProofRules:
    """By what rules the proofs of an issuer and of a holder are verified.

    Args:
        algorithms: the allowed JOSE algorithms.
        cryptosuites: the allowed Data Integrity cryptosuites of issuers.
        now: seconds since 1970 (UTC).
        leeway: how far clocks may differ, in seconds.
        max_age: how old a proof of possession may be, in seconds.
    """

    algorithms: Collection[str]
    cryptosuites: Collection[str]
    now: int
    leeway: int
    max_age: int = 0


class IssuerKey(NamedTuple):
    """The key that an issuer was found to sign with, and the certificate it was found by, if it was by one."""

    key: PublicKey | BbsPublicKey
    certificate: Certificate | None = None

    def public_key(self) -> PublicKey:
        """The key, of the kind that signs as a whole what it signs.

        Raises:
            VerificationError: `algorithm_refused` for a key of BBS.
        """
        if not isinstance(self.key, PublicKey):
            raise VerificationError("algorithm_refused")
        return self.key


Parsed = TypeVar("Parsed", bound=UnverifiedCredential)
Parsed_co = TypeVar("Parsed_co", bound=UnverifiedCredential, covariant=True)
Parsed_contra = TypeVar("Parsed_contra", bound=UnverifiedCredential, contravariant=True)


class _Parse(Protocol[Parsed_co]):
    """The verb `parse` of a format."""

    def __call__(self, raw: str, /, *, budget: Budget | None = None) -> Parsed_co:
        """Parses a credential, or a presentation of one."""
        ...


class _Verify(Protocol[Parsed_contra]):
    """The verb `verify` of a format."""

    def __call__(
        self,
        unverified: Parsed_contra,
        issuer: IssuerKey,
        rules: ProofRules,
        occasion: Occasion | Issuance | None,
        /,
        *,
        budget: Budget | None = None,
    ) -> VerifiedCredential:
        """Verifies the issuer's proof, and the holder's for the occasion."""
        ...


class _Present(Protocol):
    """The verb `present` of a format."""

    def __call__(
        self, raw: str, paths: Sequence[ClaimsPath], signer: Signer | None, occasion: Occasion, /, *, now: int
    ) -> str:
        """Discloses the paths and proves possession for the occasion."""
        ...


class Format(NamedTuple, Generic[Parsed]):
    """One format of credentials: a row of the table `FORMATS`.

    `budget` is `encoding.budget.Budget`, what the message may still cost: the verbs spend steps before they are made,
    and signatures before they are verified.

    Args:
        name: its identifier in OpenID4VC.
        purpose: what an issuer's certificate must be for (`trust.path.KEY_USAGES`).
        parse: reads a credential, alone or as it was presented.
        verify: verifies the issuer's proof, and, of what was presented, the holder's for the occasion: who asks for
            possession looks at `VerifiedCredential.possession`. An `Issuance` admits no proof of possession
            (`key_binding_unexpected`), and only what is bound to the key it was asked for (`holder_mismatch`), or, by
            its kind, to nobody (`holder_missing`). None stands for an occasion that nobody knows any more: possession
            stays unverified then.
        present: what the holder answers with: discloses `paths`, and no more than the format must, and proves
            possession with `signer` at `now` (seconds). No signer is given for a credential that is bound to nobody;
            `required_signer` refuses that for all others.
        subject: of the claims those about the holder, without the protocol's.
        query: how a DCQL query asks for its types and claims.
        capabilities: what stands about it in `vp_formats_supported` (OpenID4VP 1.0 section 11.1) where these
            algorithms and Data Integrity cryptosuites are allowed; None where none of them goes with it.
        wire: how a message holds such a credential.
    """

    name: str
    purpose: str
    parse: _Parse[Parsed]
    verify: _Verify[Parsed]
    present: _Present
    subject: Callable[[JsonObject], JsonObject]
    query: QueryProfile
    capabilities: Callable[[Collection[str], Collection[str]], JsonObject | None]
    wire: Wire


def required_signer(signer: Signer | None) -> Signer:
    """The signer of the holder's key, without which a bound credential cannot be presented.

    Raises:
        VerificationError: `holder_missing`.
    """
    if signer is None:
        raise VerificationError("holder_missing")
    return signer


def read_status(claims: Mapping[str, Any]) -> JsonObject | None:
    """The mechanisms that the claim `status` names; None only where there is no such claim.

    Raises:
        ParseError: `status_reference_malformed`.
    """
    if "status" not in claims:
        return None
    status = claims["status"]
    if not isinstance(status, dict):
        raise ParseError("status_reference_malformed")
    return status
