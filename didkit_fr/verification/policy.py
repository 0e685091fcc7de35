"""What a relying party accepts. There is no permissive default: without anchors nothing is accepted."""

from dataclasses import dataclass, field
from typing import Literal

from didkit_fr.trust.anchors import Anchors

__all__ = [
    "BBS",
    "CRYPTOSUITES",
    "DANGEROUSLY_IGNORE_REVOCATION",
    "EXPERIMENTAL",
    "MetadataRule",
    "Policy",
    "StatusRule",
    "TypeRule",
]

StatusRule = Literal["check", "dangerously_ignore_revocation"]
MetadataRule = Literal["signed", "signed_or_tls"]
TypeRule = Literal["known", "required", "fetched"]

CRYPTOSUITES = frozenset({"ecdsa-rdfc-2019", "ecdsa-jcs-2019", "ecdsa-sd-2023", "eddsa-rdfc-2022", "eddsa-jcs-2022"})

BBS = "bbs-2023"
"""Experimental, so not in `CRYPTOSUITES`: `Policy(anchors, cryptosuites=CRYPTOSUITES | {BBS})` believes it."""

EXPERIMENTAL = frozenset({BBS})

DANGEROUSLY_IGNORE_REVOCATION: StatusRule = "dangerously_ignore_revocation"


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """The rules of one verification.

    Args:
        anchors: which national roots may issue which titles, sign status lists, or certify relying parties.
        status: "check" refuses what is revoked, and what cannot be told; the other value is for statistics on
            historic documents only, and is recorded in `Verified.checks`.
        algorithms: allowed JOSE signature algorithms; certificates may have keys and signatures of ML-DSA only if it is
            among these.
        cryptosuites: allowed Data Integrity cryptosuites; those that are experimental have to be named.
        leeway: tolerated difference between clocks, in seconds.
        max_presentation_age: how old a proof of possession may be, in seconds.
        metadata: what a wallet believes of an issuer's metadata: "signed" refuses what is not; the other value believes
            TLS where the issuer does not sign, and never a signature that does not hold.
        max_status_age: the longest time a status list is remembered, in seconds, whatever its `ttl` says.
        max_list_age: the longest time after it was signed that a status list is believed which does not say when it
            expires, in seconds: whoever keeps an old one would hide what was revoked since.
        status_signers: the names of anchors, of the role "status", that sign the status lists of titles of any issuer.
            None by default: a list is signed by an anchor that the title's own issuer was admitted under.
        types: whose rules a credential must keep: "known" checks the types that this library knows, and says of others
            that it did not; "required" refuses others; "fetched" gets their metadata over HTTPS, which tells their
            publisher that such a credential is being used.
        max_key_age: the longest time keys that were fetched (DID documents, issuer metadata) are remembered, in
            seconds: so long may a key go on being believed after its owner withdrew it.
    """

    anchors: Anchors
    status: StatusRule = "check"
    algorithms: frozenset[str] = field(default=frozenset({"ES256"}))
    cryptosuites: frozenset[str] = CRYPTOSUITES
    leeway: int = 60
    max_presentation_age: int = 300
    max_status_age: int = 86_400
    max_list_age: int = 86_400
    status_signers: frozenset[str] = frozenset()
    types: TypeRule = "known"
    max_key_age: int = 3_600
    metadata: MetadataRule = "signed_or_tls"
