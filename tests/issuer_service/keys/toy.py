"""Keys somewhere else, added from outside the packages: all that another adapter takes is in this file.

The vault keeps its keys in memory, by the path it is asked under, and signs in threads, as a process of its own would.
`Remote` has the signers of another adapter wait until a test lets them go on, as those of a slow network would.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys import bbs, software
from issuer_service.keys.port import ATTESTATION, DOCUMENT, MDOC, NONCE, PERMUTATION, PSEUDONYM


@dataclass(frozen=True)
class ThreadSigner:
    """Signs with a function that may block."""

    public_key: Any
    sign_one: Callable[[Any], bytes] = field(repr=False)

    async def sign(self, messages: Sequence[Any]) -> Sequence[bytes]:
        return await asyncio.gather(*(asyncio.to_thread(self.sign_one, message) for message in messages))


@dataclass
class Vault:
    signers_by_purpose: dict[str, list[Any]] = field(repr=False)
    blind: Any = field(repr=False)
    secrets: dict[str, bytes] = field(repr=False)

    def purposes(self) -> Sequence[str]:
        return list(self.signers_by_purpose)

    def signers(self, purpose: str) -> Sequence[ThreadSigner]:
        if purpose not in self.signers_by_purpose:
            raise ParseError("key_unsupported")
        return [ThreadSigner(one.public_key, one.sign) for one in self.signers_by_purpose[purpose]]

    def bbs(self) -> ThreadSigner:
        return ThreadSigner(self.blind.public_key, lambda message: self.blind.sign(message.header, message.messages))

    def secret(self, purpose: str) -> bytes:
        if purpose not in self.secrets:
            raise ParseError("key_unsupported")
        return self.secrets[purpose]


VAULTS: dict[Path, Vault] = {}


@dataclass(frozen=True)
class Drafted:
    vault: Vault
    made: Mapping[str, list[Any]] = field(repr=False)

    @property
    def signers(self) -> Mapping[str, ThreadSigner]:
        return {name: ThreadSigner(kept[-1].public_key, kept[-1].sign) for name, kept in self.made.items()}

    def keep(self) -> None:
        self.vault.signers_by_purpose |= self.made


@dataclass(frozen=True)
class ToyStore:
    path: Path
    passphrase: bytes = field(repr=False)

    def create(self, documents: Collection[str]) -> Vault:
        if self.path in VAULTS:
            raise VerificationError("file_exists")
        signers = {purpose: [software.generate()] for purpose in (DOCUMENT, MDOC, ATTESTATION, *documents)}
        secrets = {purpose: bytes([at]) * 32 for at, purpose in enumerate((NONCE, PSEUDONYM, PERMUTATION))}
        VAULTS[self.path] = Vault(signers, bbs.generate(), secrets)
        return VAULTS[self.path]

    def open(self) -> Vault:
        return VAULTS[self.path]

    def succeed(self, after: Mapping[str, Any]) -> Drafted:
        made = {}
        for purpose, key in after.items():
            held = self.open().signers_by_purpose.get(purpose, [])
            current = [one for one in held if one.public_key == key]
            if key is not None and not current:
                raise ParseError("key_unsupported")
            made[purpose] = [*current, software.generate()]
        return Drafted(self.open(), made)


@dataclass
class Remote:
    """The keys of another adapter, whose signers wait for `go_on`; `came` says that one was asked."""

    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[int] = field(default_factory=list)
    keys: Any = None

    def around(self, keys: Any) -> "Remote":
        self.keys = keys
        return self

    def purposes(self) -> Sequence[str]:
        return self.keys.purposes()

    def signers(self, purpose: str) -> Sequence["RemoteSigner"]:
        return [RemoteSigner(one, self) for one in self.keys.signers(purpose)]

    def bbs(self) -> "RemoteSigner":
        return RemoteSigner(self.keys.bbs(), self)

    def secret(self, purpose: str) -> bytes:
        return self.keys.secret(purpose)


@dataclass(frozen=True)
class RemoteSigner:
    signer: Any
    remote: Remote

    @property
    def public_key(self) -> Any:
        return self.signer.public_key

    async def sign(self, messages: Sequence[Any]) -> Sequence[bytes]:
        self.remote.asked.append(len(messages))
        self.remote.came.set()
        await self.remote.go_on.wait()
        return await self.signer.sign(messages)
