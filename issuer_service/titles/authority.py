"""What the root does: it certifies itself and the document signers, and lists whom it withdrew.

It is an authority of ISO/IEC 18013-5 annex B (IACA). Its key is opened for this, and then put away again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from didkit_fr.errors import VerificationError
from didkit_fr.keys import x509
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.random import Random
from didkit_fr.trust.revocation import build_list, build_next_list
from issuer_service.keys.port import DOCUMENT, MDOC, kind_of
from issuer_service.titles.config import Settings

__all__ = ["DAY", "Root", "establish"]

KEY_USAGES_OF_SIGNERS: Mapping[str, str] = MappingProxyType({DOCUMENT: "1.3.130.2.0.0.1.2", MDOC: "1.0.18013.5.1.2"})
"""The extended key usage of those who sign identification data (EU PID rulebook), and of those who sign documents of
ISO (ISO/IEC 18013-5 annex B)."""

ROOT_DAYS = 3650
SIGNER_DAYS = 366
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Root:
    """The root while it is open: its key, its certificate, and the settings of the issuer that it certifies."""

    settings: Settings
    signer: SoftwareSigner = field(repr=False)
    certificate: Certificate

    def certify(
        self, purpose: str, key: PublicKey, *, doctypes: Collection[str] | None, now: int, random: Random
    ) -> Certificate:
        """Certifies a document signer from the beginning of the day of `now`.

        Args:
            purpose: what it signs (`keys.port`).
            key: its key.
            doctypes: the document types that it may sign (`didkit_fr.keys.leaf_types`); None says nothing of them.
            now: seconds since 1970 (UTC).
            random: where the serial number comes from.

        Raises:
            ParseError: `value_invalid`.
            VerificationError: `certificate_path` where the certificate is not the key's, `certificate_expired` for a
                root that ends before that.
        """
        if self.certificate.not_valid_after_utc.timestamp() <= _today(now):
            raise VerificationError("certificate_expired", "the root")
        return x509.issue_leaf(
            self.signer,
            self.certificate,
            key,
            name=f"{self.settings.name} signer",
            country=self.settings.country,
            now=_today(now),
            days=SIGNER_DAYS,
            purposes=(KEY_USAGES_OF_SIGNERS[kind_of(purpose)],),
            doctypes=doctypes,
            uris=(self.settings.issuer,),
            random=random,
            **_addresses(self.settings),
        )

    def list_withdrawn(self, before: bytes | None = None, *, now: int) -> bytes:
        """The revocation list of the document signers, for as long as they live: the first, or that after `before`.

        Raises:
            ParseError: `crl_malformed`, `input_too_large`.
            VerificationError: `certificate_path`, `certificate_revocation_unknown` where `before` is another root's.
        """
        if before is None:
            return build_list(self.signer, self.certificate, now=_today(now), days=SIGNER_DAYS)
        return build_next_list(self.signer, self.certificate, before, now=_today(now), days=SIGNER_DAYS)


def establish(settings: Settings, signer: SoftwareSigner, *, now: int, random: Random) -> Root:
    """A root that certifies itself.

    Raises:
        ParseError: `value_invalid`.
    """
    certificate = x509.issue_root(
        signer,
        name=f"{settings.name} root",
        country=settings.country,
        now=_today(now),
        days=ROOT_DAYS,
        random=random,
        **_addresses(settings),
    )
    return Root(settings, signer, certificate)


def _addresses(settings: Settings) -> dict[str, str]:
    """Where the authority is reached, and where it lists whom it withdrew: annex B wants both in each certificate."""
    return {"issuer_uri": settings.issuer, "revocation_uri": f"{settings.issuer}/signers.crl"}


def _today(now: int) -> int:
    """Whole days, so that a certificate made today is valid for what is dated today."""
    return now - now % DAY
