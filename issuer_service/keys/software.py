"""Keys in this process, from the sealed keyring: the adapter of `keys.port` in software."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from didkit_fr.errors import ParseError
from didkit_fr.keys import software
from didkit_fr.keys.bbs import BbsPublicKey, SoftwareBbsSigner
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.primitives.passphrase import INTERACTIVE, Cost
from didkit_fr.primitives.random import Random, system
from issuer_service.keys import keyring
from issuer_service.keys.keyring import NAMED, Keyring
from issuer_service.keys.port import (
    ATTESTATION,
    NONCE,
    PERMUTATION,
    PSEUDONYM,
    BbsMessages,
)

__all__ = ["KeyringFile", "LocalBbsSigner", "LocalSigner", "SoftwareKeys"]

_SECRETS = frozenset({NONCE, PERMUTATION, PSEUDONYM})


@dataclass(frozen=True, slots=True)
class LocalSigner:
    """A signer whose key is in memory: it signs at once, in some twenty microseconds a message."""

    signer: SoftwareSigner = field(repr=False)

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self.signer.public_key

    async def sign(self, messages: Sequence[bytes]) -> Sequence[bytes]:
        """As `keys.port.MessageSigner` says."""
        return [self.signer.sign(message) for message in messages]


@dataclass(frozen=True, slots=True)
class LocalBbsSigner:
    """The same for a BBS key, in a millisecond or so."""

    signer: SoftwareBbsSigner = field(repr=False)

    @property
    def public_key(self) -> BbsPublicKey:
        """The public half."""
        return self.signer.public_key

    async def sign(self, messages: Sequence[BbsMessages]) -> Sequence[bytes]:
        """As `keys.port.MessageSigner` says."""
        return [self.signer.sign(one.header, one.messages) for one in messages]


@dataclass(frozen=True, slots=True)
class SoftwareKeys:
    """The keys of a keyring, by purpose; its `repr` shows none."""

    keyring: Keyring = field(repr=False)

    def purposes(self) -> Sequence[str]:
        """As `keys.port.Keys` says."""
        return (ATTESTATION, *sorted(NAMED), *self.keyring.more)

    def signers(self, purpose: str) -> tuple[LocalSigner, ...]:
        """As `keys.port.Keys` says."""
        if purpose == ATTESTATION:
            return (LocalSigner(self.keyring.attestor()),)
        return tuple(map(LocalSigner, self.keyring.signers(purpose)))

    def bbs(self) -> LocalBbsSigner:
        """As `keys.port.Keys` says."""
        return LocalBbsSigner(self.keyring.bbs())

    def secret(self, purpose: str) -> bytes:
        """As `keys.port.Keys` says."""
        if purpose not in _SECRETS:
            raise ParseError("key_unsupported", "no secret for this purpose")
        return bytes(getattr(self.keyring, purpose))


@dataclass(frozen=True, slots=True)
class _Drafted:
    """Successors in memory, and the keyring that has them."""

    signers: Mapping[str, LocalSigner]
    keyring: Keyring = field(repr=False)
    file: "KeyringFile"

    def keep(self) -> None:
        """As `keys.port.Successors` says."""
        self.file.save(self.keyring)


@dataclass(frozen=True, slots=True)
class KeyringFile:
    """The file of a keyring, in the hands of who knows its passphrase.

    Args:
        path: the file.
        passphrase: what seals it.
        random: where keys come from.
        cost: what one guess of the passphrase costs, once the file is written.
    """

    path: Path
    passphrase: bytes = field(repr=False)
    random: Random = field(default=system, repr=False)
    cost: Cost = INTERACTIVE

    def create(self, documents: Collection[str]) -> SoftwareKeys:
        """As `keys.port.KeyStore` says."""
        made = keyring.create(self.path, self.passphrase, more=documents, random=self.random, cost=self.cost)
        return SoftwareKeys(made)

    def open(self) -> SoftwareKeys:
        """As `keys.port.KeyStore` says."""
        return SoftwareKeys(keyring.load(self.path, self.passphrase))

    def succeed(self, after: Mapping[str, PublicKey | None]) -> _Drafted:
        """As `keys.port.KeyStore` says."""
        changed, made = keyring.load(self.path, self.passphrase), {}
        for purpose, key in after.items():
            current = None if key is None else _signer_of(changed, purpose, key)
            successor = software.generate(random=self.random)
            changed, made[purpose] = changed.succeeded(purpose, current, successor), LocalSigner(successor)
        return _Drafted(MappingProxyType(made), changed, self)

    def save(self, changed: Keyring) -> None:
        """Writes a keyring over the file: what a crash leaves is the old one or the new.

        Raises:
            FetchError: `file_unavailable`.
        """
        keyring.save(self.path, self.passphrase, changed, random=self.random, cost=self.cost)


def _signer_of(held: Keyring, purpose: str, key: PublicKey) -> SoftwareSigner:
    for signer in held.signers(purpose):
        if signer.public_key == key:
            return signer
    raise ParseError("key_unsupported", "not a key of this keyring")
