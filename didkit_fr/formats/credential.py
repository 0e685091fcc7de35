"""What every credential format gives the rest of the library: a parsed credential, and a verified one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.x509 import Certificate
from didkit_fr.proofs.sd_jwt.outline import Node

__all__ = [
    "Format",
    "Path",
    "PossessionCheck",
    "ProofRules",
    "UnverifiedCredential",
    "VerifiedCredential",
    "read_status",
]

Path: TypeAlias = tuple[str | int | None, ...]


class UnverifiedCredential(Protocol):
    """A parsed credential of any format; nothing of it is to be believed."""

    @property
    def unverified_type(self) -> str:
        """The type it claims (`vct`, `doctype`): to find out which anchors may have issued it."""
        ...

    @property
    def unverified_header(self) -> Mapping[str, Any]:
        """The protected header: where to look for the key."""
        ...

    @property
    def presented(self) -> bool:
        """Whether a proof of possession came with it: an issuer has none to make."""
        ...

    def unverified_holder(self) -> PublicKey | None:
        """The key it says it is bound to: to find a wallet's own."""
        ...

    def unverified_claims(self) -> JsonObject:
        """The disclosed claims as JSON, unverified: for a wallet that shows what it holds."""
        ...


class VerifiedCredential(NamedTuple):
    """A credential whose proof was verified with one key; whose key that is, times and status were not checked.

    Times are seconds since 1970 (UTC); `holder` is the key it is bound to; `status` every mechanism that
    it names, wherever it may name one, as signed, and None only where it names none; `issuer` what it says who issued
    it, where it says so. Its `repr` shows the type only.
    """

    type: str
    claims: JsonObject
    holder: PublicKey | None
    issued_at: int | None
    not_before: int | None
    expires: int | None
    status: JsonObject | None
    issuer: str | None = None

    def __repr__(self) -> str:
        return f"VerifiedCredential(type={self.type!r})"


@dataclass(frozen=True, slots=True)
class ProofRules:
    """By what rules an issuer's proof is verified: allowed JOSE algorithms and Data Integrity cryptosuites, and when.

    `now` and `leeway` are in seconds. `issued` where it comes from the issuer itself: what only a holder may see (base
    proofs of selective cryptosuites) is due then, and refused everywhere else. `nonce` and `audience` are those of
    `PossessionCheck`, for proofs that are made anew for each presentation: without them these are refused.
    """

    algorithms: Collection[str]
    cryptosuites: Collection[str]
    now: int
    leeway: int
    issued: bool = False
    nonce: str | None = None
    audience: str | None = None


@dataclass(frozen=True, slots=True)
class PossessionCheck:
    """What a proof of possession must answer: the verifier's nonce, its full identifier, and when (seconds).

    `transaction_data` are encoded entries (OpenID4VP 1.0 section 8.4) that a holder signs with it. `response_uri` is
    where the answer goes, `encryption_thumbprint` the SHA-256 thumbprint (RFC 7638, 32 bytes) of the key that it is
    encrypted to, None for one in the clear: some formats bind the proof to them.
    """

    nonce: str
    audience: str
    now: int
    max_age: int
    leeway: int
    algorithms: Collection[str]
    transaction_data: tuple[str, ...] = ()
    response_uri: str | None = None
    encryption_thumbprint: bytes | None = None


def read_status(claims: Mapping[str, Any]) -> JsonObject | None:
    """The mechanisms that the claim `status` names; None only where there is no such claim.

    Raises:
        ParseError: `status_reference_malformed`.
    """
    status = claims.get("status")
    if status is None and "status" not in claims:
        return None
    if not isinstance(status, dict):
        raise ParseError("status_reference_malformed")
    return status


def _never(_unverified: object) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Format:
    """The verbs of one format; `FORMATS` is the table, an extended mapping is the plug-in point.

    `parse`, `verify` and `check_possession` take a keyword argument `budget` (`encoding.budget.Budget`), what the
    message may still cost, and spend it: steps before they are made, signatures before they are verified.

    `check_possession` returns the hashes of the transaction data that the holder signed with it. `type_parameter` names
    the accepted types in a DCQL `meta` (OpenID4VP 1.0 appendix B). `outline` gives what was issued, withheld or not, of
    a credential whose proof was verified, where the format's types have rules about it. `one_type` says that a query
    accepts exactly one type; `path_length` how many names each claims path has, None for any; `purpose` what an
    issuer's certificate must be for (`trust.path.PURPOSES`), and `check_signer` raises where that certificate
    contradicts what it signed. `is_object` where a message holds such a credential as a JSON object, not as text:
    `parse` and `present` have its text all the same. `subject` gives, of its claims, those about the holder, without
    the protocol's. `is_bearer` says of a parsed credential that its proof is of a kind that binds it to nobody, and
    `present_bearer` presents such a one: both for formats that know such a kind.
    """

    name: str
    type_parameter: str
    subject: Callable[[JsonObject], JsonObject]
    parse: Callable[..., Any]
    verify: Callable[..., VerifiedCredential]
    check_possession: Callable[..., tuple[str, ...]]
    present: Callable[[str, Sequence[Path], Signer, PossessionCheck], str]
    outline: Callable[[Any], Node] | None = None
    one_type: bool = False
    path_length: int | None = None
    purpose: str = "credential"
    check_signer: Callable[[VerifiedCredential, Certificate], None] | None = None
    is_object: bool = False
    is_bearer: Callable[[Any], bool] = _never
    present_bearer: Callable[[str, Sequence[Path], PossessionCheck], str] | None = None
