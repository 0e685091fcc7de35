"""The status lists of one named issuer, as verifiers fetch them: Bitstring Status List 1.0, one for each purpose."""

from dataclasses import dataclass, field
from hmac import digest

from didkit_fr.credentials.contexts import contexts
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.public import ED25519
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.status.bitstring import MIN_ENTRIES, STATUS_PURPOSES, build_entries, build_list
from issuer_service.shell.permutation import invert, permute
from issuer_service.vcalm.config import Config
from issuer_service.vcalm.keys import NamedIssuer
from issuer_service.vcalm.statuses import StatusStore

__all__ = ["StatusLists"]

_OF_LISTS = {ED25519: "eddsa-rdfc-2022", "P-256": "ecdsa-rdfc-2019", "P-384": "ecdsa-rdfc-2019"}
"""By curve, how lists are signed: with a proof over the whole, however the credentials are secured."""

_BACKDATED = 60


@dataclass(frozen=True, slots=True)
class StatusLists:
    """Entries are given out in an order that looks random: a list does not tell which credential came after which."""

    config: Config
    issuer: NamedIssuer
    store: StatusStore
    _secret: bytes = field(repr=False)

    def entries(self) -> list[JsonObject]:
        """One new entry for each purpose, never given out before.

        Raises:
            FetchError: `storage_unavailable`, `storage_full`.
        """
        place = self.store.take(self.issuer.name)
        index = permute(self._key(), place.number, MIN_ENTRIES, place.counter)
        return build_entries(self._url(place.number), tuple(STATUS_PURPOSES), index)

    def put(self, number: int, purpose: str, index: int, *, value: bool) -> None:
        """Sets or unsets an entry.

        Raises:
            FetchError: `storage_unavailable`.
            ParseError: `status_entry_invalid` where it was not given out, or for a revocation taken back.
        """
        counter = invert(self._key(), number, MIN_ENTRIES, index)
        self.store.put(self.issuer.name, number, purpose, counter, value=value)

    def number_of(self, url: object, purpose: object) -> int:
        """The number of a list of this issuer's, by its address.

        Raises:
            ParseError: `status_entry_invalid`.
        """
        before, _, after = str(url).removesuffix(f"/{purpose}").rpartition("/")
        if not after.isascii() or not after.isdigit() or url != f"{self._url(int(after[:9]))}/{purpose}" or not before:
            raise ParseError("status_entry_invalid")
        return int(after)

    def document(self, number: int, purpose: str, *, now: int) -> JsonObject:
        """The list, signed.

        Raises:
            FetchError: `storage_unavailable`.
            VerificationError: `status_list_unknown`.
        """
        if purpose not in STATUS_PURPOSES or not self.store.given(self.issuer.name, number):
            raise VerificationError("status_list_unknown")
        signer, settings = self.issuer.whole, self.config.settings
        if signer is None:
            raise VerificationError("status_list_unknown")
        counters = self.store.entries(self.issuer.name, number, purpose)
        unsecured = build_list(
            f"{self._url(number)}/{purpose}",
            purpose,
            self.issuer.did,
            [permute(self._key(), number, MIN_ENTRIES, counter) for counter in counters],
            MIN_ENTRIES,
            (now - _BACKDATED, now + settings.status_expires),
            ttl=settings.status_ttl,
        )
        return proof.sign(
            unsecured,
            signer,
            cryptosuite=_OF_LISTS[self.issuer.suite.curve],
            verification_method=self.issuer.method,
            created=now,
            contexts=contexts(),
        )

    def _url(self, number: int) -> str:
        return f"{self.config.settings.address}/vcalm/issuers/{self.issuer.name}/status/{number}"

    def _key(self) -> bytes:
        """A secret for each issuer: the lists of two are numbered alike."""
        return digest(self._secret, self.issuer.name.encode(), "sha256")
