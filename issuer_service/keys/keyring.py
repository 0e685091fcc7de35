"""The file of an issuer's long-lived secrets: one per purpose, sealed under the operator's passphrase.

It is sealed as what it is, and is not opened as another sealed file.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

from didkit_fr.encoding import base64url, json
from didkit_fr.errors import ParseError
from didkit_fr.keys import bbs
from didkit_fr.keys.bbs import SoftwareBbsSigner
from didkit_fr.keys.software import SoftwareSigner, from_secret, generate
from didkit_fr.primitives.passphrase import INTERACTIVE, Cost, open_sealed, seal
from didkit_fr.primitives.random import Random, system
from issuer_service.keys.sealed import create_sealed
from issuer_service.shell import private_files

__all__ = ["KEY_BYTES", "NAMED", "Keyring", "create", "load", "save"]

KEY_BYTES = 32

NAMED = frozenset({"document", "mdoc"})
"""The signers with a successor that have members of their own in the file."""

_KEYRING = b"didkit-fr issuer keyring 1"
_MORE = "signers"
_KEPT = 2


@dataclass(frozen=True, slots=True)
class Keyring:
    """One secret (32 bytes) per purpose; its `repr` shows none.

    `document_signer`, `attestation_signer`, which signs W3C credentials, and `mdoc_signer`, which signs documents of
    ISO, are P-256 private scalars, `bbs_signer` is one of BLS12-381; `pseudonym` makes blind indices, `nonce`
    authenticates nonces, and `permutation` spreads status entries. Whoever the root certified may have a successor,
    which is empty until there is one. `more` are signers by their purpose, each alone or with its successor behind it.
    """

    document_signer: bytes = field(repr=False)
    attestation_signer: bytes = field(repr=False)
    bbs_signer: bytes = field(repr=False)
    mdoc_signer: bytes = field(repr=False)
    pseudonym: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    permutation: bytes = field(repr=False)
    next_document_signer: bytes = field(default=b"", repr=False)
    next_mdoc_signer: bytes = field(default=b"", repr=False)
    more: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict, repr=False)

    def signers(self, name: str) -> tuple[SoftwareSigner, ...]:
        """The signer of `name` ("document", "mdoc", or one of `more`), and the next, if there is one.

        Raises:
            ParseError: `key_unsupported`.
        """
        secrets = self.more.get(name, ())
        if name in NAMED:
            secrets = getattr(self, f"{name}_signer"), getattr(self, f"next_{name}_signer")
        if not secrets:
            raise ParseError("key_unsupported", "no signer for this purpose")
        return tuple(from_secret(secret) for secret in secrets if secret)

    def succeeded(self, name: str, signer: SoftwareSigner | None, successor: SoftwareSigner) -> "Keyring":
        """The keyring in which `successor` is the next of `name` after `signer`, or the first where that is None.

        Other signers of that name are no longer in it.
        """
        kept = tuple(one.secret() for one in (signer, successor) if one is not None)
        if name not in NAMED:
            return replace(self, more=MappingProxyType({**self.more, name: kept}))
        first, second = (*kept, b"")[:_KEPT]
        changed: dict[str, Any] = {f"{name}_signer": first, f"next_{name}_signer": second}
        return replace(self, **changed)

    def attestor(self) -> SoftwareSigner:
        """The signer of W3C credentials.

        Raises:
            ParseError: `key_unsupported`.
        """
        return from_secret(self.attestation_signer)

    def bbs(self) -> SoftwareBbsSigner:
        """The signer of W3C credentials in which what is hidden links nothing.

        Raises:
            ParseError: `key_unsupported`.
        """
        return bbs.from_secret(self.bbs_signer)


_LATER = frozenset({"next_document_signer", "next_mdoc_signer"})
_SECRETS = tuple(entry.name for entry in fields(Keyring) if entry.name != "more")


def create(
    path: Path,
    passphrase: bytes,
    *,
    more: Collection[str] = (),
    random: Random = system,
    cost: Cost = INTERACTIVE,
) -> Keyring:
    """Makes a keyring and its sealed file (mode 0600, on disk when this returns), with a signer for each of `more`.

    Raises:
        VerificationError: `passphrase_too_short`, `file_exists`: nothing is ever overwritten.
        FetchError: `file_unavailable`.
    """
    keyring = Keyring(
        document_signer=generate(random=random).secret(),
        attestation_signer=generate(random=random).secret(),
        mdoc_signer=generate(random=random).secret(),
        bbs_signer=bbs.generate(random=random).secret(),
        pseudonym=random(KEY_BYTES),
        nonce=random(KEY_BYTES),
        permutation=random(KEY_BYTES),
        more=MappingProxyType({name: (generate(random=random).secret(),) for name in more}),
    )
    create_sealed(path, passphrase, _render(keyring), context=_KEYRING, random=random, cost=cost)
    return keyring


def save(path: Path, passphrase: bytes, keyring: Keyring, *, random: Random = system, cost: Cost = INTERACTIVE) -> None:
    """Writes a keyring over its file: what a crash leaves is the old one or the new.

    Raises:
        FetchError: `file_unavailable`.
    """
    sealed = seal(passphrase, _render(keyring), context=_KEYRING, cost=cost, random=random)
    private_files.replace(path, sealed, random=random)


def load(path: Path, passphrase: bytes) -> Keyring:
    """Opens a keyring.

    Raises:
        VerificationError: `passphrase_wrong`.
        ParseError: `sealed_malformed`, `input_too_large`.
        FetchError: `file_unavailable`.
    """
    return _parse(open_sealed(passphrase, private_files.read(path), context=_KEYRING))


def _render(keyring: Keyring) -> bytes:
    secrets = {name: base64url.encode(getattr(keyring, name)) for name in _SECRETS if getattr(keyring, name)}
    more = {name: [base64url.encode(secret) for secret in kept] for name, kept in keyring.more.items()}
    return json.encode({**secrets, _MORE: more} if more else secrets)


def _parse(plaintext: bytes) -> Keyring:
    try:
        value = json.parse_object(plaintext)
        secrets = {name: base64url.decode(value[name]) for name in _SECRETS if name not in _LATER or name in value}
        more = {name: tuple(map(base64url.decode, kept)) for name, kept in value.get(_MORE, {}).items()}
    except (ParseError, KeyError, TypeError, AttributeError):
        raise ParseError("sealed_malformed", "no keyring in it") from None
    if any(len(secret) != KEY_BYTES for secret in [*secrets.values(), *chain.from_iterable(more.values())]):
        raise ParseError("sealed_malformed", "a key of wrong length")
    if any(not 0 < len(kept) <= _KEPT for kept in more.values()):
        raise ParseError("sealed_malformed", "a purpose with no key, or too many")
    return Keyring(**secrets, more=MappingProxyType(more))
