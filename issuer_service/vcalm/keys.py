"""The keys of the named issuers, in one file sealed under the operator's passphrase, and their DIDs (`did:key`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import cast

from didkit_fr.did import key as did_key
from didkit_fr.encoding import base64url, json
from didkit_fr.errors import ParseError
from didkit_fr.keys import bbs, software
from didkit_fr.keys.bbs import BbsSigner, SoftwareBbsSigner
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.primitives.passphrase import INTERACTIVE, Cost, check_length, open_sealed, seal
from didkit_fr.primitives.random import Random, system
from issuer_service.shell import private_files
from issuer_service.vcalm.suites import BLS12_381, SUITES, Suite

__all__ = ["Keys", "NamedIssuer", "create", "load"]

PERMUTATION_BYTES = 32

_CONTEXT = b"didkit-fr vcalm keyring 1"
_PERMUTATION = "permutation"


@dataclass(frozen=True, slots=True)
class NamedIssuer:
    """One named issuer: its DID is its key. Its signer may block: the service asks it in another thread (`worker`)."""

    name: str
    suite: Suite
    did: str
    signer: Signer | BbsSigner

    @property
    def whole(self) -> Signer | None:
        """The signer, where it signs octets; None where it signs lists of messages, as BBS does."""
        return None if self.suite.curve == BLS12_381 else cast("Signer", self.signer)

    @property
    def method(self) -> str:
        """The verification method that verifiers find its key by."""
        return f"{self.did}#{self.did.removeprefix('did:key:')}"


@dataclass(frozen=True, slots=True)
class Keys:
    """The named issuers, and the secret (32 bytes) that spreads their status entries."""

    issuers: Mapping[str, NamedIssuer]
    permutation: bytes = field(repr=False)


def create(path: Path, passphrase: bytes, *, random: Random = system, cost: Cost = INTERACTIVE) -> Keys:
    """Makes a key for each named issuer, and their sealed file (mode 0600, on disk when this returns).

    Raises:
        VerificationError: `passphrase_too_short`, `file_exists`: nothing is ever overwritten.
        FetchError: `file_unavailable`.
    """
    check_length(passphrase)
    secrets = {name: _generate(suite.curve, random).secret() for name, suite in SUITES.items()}
    secrets[_PERMUTATION] = random(PERMUTATION_BYTES)
    encoded = json.encode({name: base64url.encode(secret) for name, secret in secrets.items()})
    private_files.create(path, seal(passphrase, encoded, context=_CONTEXT, cost=cost, random=random), random=random)
    return _keys(secrets)


def load(path: Path, passphrase: bytes) -> Keys:
    """Opens the file of the keys.

    Raises:
        VerificationError: `passphrase_wrong`.
        ParseError: `sealed_malformed`, `input_too_large`.
        FetchError: `file_unavailable`.
    """
    plaintext = open_sealed(passphrase, private_files.read(path), context=_CONTEXT)
    try:
        stated = json.parse_object(plaintext)
        return _keys({name: base64url.decode(stated[name]) for name in (*SUITES, _PERMUTATION)})
    except (ParseError, KeyError, TypeError, AttributeError):
        raise ParseError("sealed_malformed", "no keys of named issuers in it") from None


def _keys(secrets: Mapping[str, bytes]) -> Keys:
    if len(secrets[_PERMUTATION]) != PERMUTATION_BYTES:
        raise ParseError("sealed_malformed", "a key of wrong length")
    issuers = {}
    for name, suite in SUITES.items():
        signer = _from_secret(suite.curve)(secrets[name])
        issuers[name] = NamedIssuer(name, suite, did_key.build(signer.public_key), signer)
    return Keys(MappingProxyType(issuers), secrets[_PERMUTATION])


def _generate(curve: str, random: Random) -> SoftwareSigner | SoftwareBbsSigner:
    return bbs.generate(random=random) if curve == BLS12_381 else software.generate(curve, random=random)


def _from_secret(curve: str) -> Callable[[bytes], SoftwareSigner | SoftwareBbsSigner]:
    return bbs.from_secret if curve == BLS12_381 else lambda secret: software.from_secret(secret, curve)
