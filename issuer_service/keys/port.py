"""The port of the service's keys: named by what they are for, wherever they are.

A key may be in this process, in a module of PKCS #11, or in a process of its own: so signing is awaited, and takes
several messages at once, because the way to a signer may be long. Nobody but an adapter sees a private key.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.public import PublicKey

__all__ = [
    "ATTESTATION",
    "BBS_SIGNER",
    "DOCUMENT",
    "MDOC",
    "NONCE",
    "PERMUTATION",
    "PSEUDONYM",
    "BbsMessages",
    "BbsSigner",
    "KeyStore",
    "Keys",
    "MessageSigner",
    "Prepared",
    "PreparedBbs",
    "Signer",
    "Successors",
    "document_purpose",
    "kind_of",
    "sign_all",
]

DOCUMENT = "document"
"""Signs titles and status lists, certified by the root."""

MDOC = "mdoc"
"""Signs status lists in CWT, certified by the root by the profile of ISO/IEC 18013-5 annex B.

In an issuer that was founded before each document type had a signer of its own, it signs all documents of ISO too.
"""

ATTESTATION = "attestation"
"""Signs W3C credentials, known by a DID."""

BBS_SIGNER = "bbs"
"""Signs W3C credentials that many share the look of; a BBS key, known by a DID."""

NONCE = "nonce"
"""Authenticates nonces."""

PSEUDONYM = "pseudonym"
"""Makes blind indices."""

PERMUTATION = "permutation"
"""Spreads status entries."""

_PER_TYPE = frozenset({MDOC})

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
MessageT = TypeVar("MessageT")
Message_co = TypeVar("Message_co", covariant=True)
Message_contra = TypeVar("Message_contra", contravariant=True)
Key_co = TypeVar("Key_co", covariant=True)


def document_purpose(purpose: str, type_: str) -> str:
    """The purpose of the key that signs documents of a type.

    Documents of ISO have a signer for each document type, certified for it alone: a proof in zero knowledge does not
    show the document type, and a signer of several would let one title pass for another. All else is signed by one key.
    """
    return f"{purpose}:{type_}" if purpose in _PER_TYPE else purpose


def kind_of(purpose: str) -> str:
    """What a purpose was made of by `document_purpose`, such as `MDOC`; of any other purpose, itself."""
    return purpose.partition(":")[0]


class BbsMessages(NamedTuple):
    """What a BBS key signs: a header, and messages (draft-irtf-cfrg-bbs-signatures section 3.5.1)."""

    header: bytes
    messages: Sequence[bytes]


class Prepared(Protocol[Message_co, T_co]):
    """What lacks but a signature, such as `didkit_fr.keys.signer.ToBeSigned`."""

    @property
    def message(self) -> Message_co:
        """What is to be signed."""
        ...

    @property
    def attach(self) -> Callable[[bytes], T_co]:
        """What makes the whole of it with its signature."""
        ...


class PreparedBbs(NamedTuple, Generic[T]):
    """What lacks but a signature of a BBS key."""

    message: BbsMessages
    attach: Callable[[bytes], T]


class MessageSigner(Protocol[Message_contra, Key_co]):
    """One private key, which may be remote and slow."""

    @property
    def public_key(self) -> Key_co:
        """The public half; it is known without asking the signer."""
        ...

    async def sign(self, messages: Sequence[Message_contra]) -> Sequence[bytes]:
        """One signature for each message, in their order, as the key's algorithm writes it.

        Raises:
            FetchError: where the key cannot be used now; asking again is safe.
        """
        ...


Signer: TypeAlias = MessageSigner[bytes, PublicKey]
BbsSigner: TypeAlias = MessageSigner[BbsMessages, BbsPublicKey]


class Keys(Protocol):
    """The keys of one issuer."""

    def purposes(self) -> Sequence[str]:
        """The purposes that have a signer."""
        ...

    def signers(self, purpose: str) -> Sequence[Signer]:
        """The signer for a purpose (`DOCUMENT`, `MDOC`, `ATTESTATION` or one of `document_purpose`), and its successor.

        Raises:
            ParseError: `key_unsupported` where there is none.
        """
        ...

    def bbs(self) -> BbsSigner:
        """The signer for `BBS_SIGNER`.

        Raises:
            ParseError: `key_unsupported` where there is none.
        """
        ...

    def secret(self, purpose: str) -> bytes:
        """The secret (32 bytes) for a purpose (`NONCE`, `PSEUDONYM`, `PERMUTATION`).

        Raises:
            ParseError: `key_unsupported` where there is none.
        """
        ...


class Successors(Protocol):
    """New keys, by purpose, that are not kept yet."""

    @property
    def signers(self) -> Mapping[str, Signer]:
        """Their signers."""
        ...

    def keep(self) -> None:
        """Keeps them beside the keys that they follow; all of them or none, and for good when this returns.

        Raises:
            FetchError: `file_unavailable`, or as the adapter says.
        """
        ...


class KeyStore(Protocol):
    """Where keys are kept, in the hands of who may make them: when an issuer is founded, and when it is renewed."""

    def create(self, documents: Collection[str]) -> Keys:
        """Makes a key for each purpose of this module, and for each of `documents` (purposes of `document_purpose`).

        Raises:
            VerificationError: `passphrase_too_short`; `file_exists`: nothing is ever overwritten.
            FetchError: `file_unavailable`, or as the adapter says.
        """
        ...

    def open(self) -> Keys:
        """The keys that are kept.

        Raises:
            VerificationError: `passphrase_wrong`.
            ParseError: `sealed_malformed`, `input_too_large`.
            FetchError: `file_unavailable`, or as the adapter says.
        """
        ...

    def succeed(self, after: Mapping[str, PublicKey | None]) -> Successors:
        """Makes a successor to each of these keys, by purpose; where there is None, the first key of the purpose.

        Once it is kept, keys of its purpose other than the one that it follows are no longer there.

        Raises:
            DidkitError: as `open`; `key_unsupported` where it has no such key.
        """
        ...


async def sign_all(signer: MessageSigner[MessageT, Any], unsigned: Sequence[Prepared[MessageT, T]]) -> list[T]:
    """Has a signer sign all that is prepared, at once, and completes each."""
    signatures = await signer.sign([one.message for one in unsigned])
    return [one.attach(signature) for one, signature in zip(unsigned, signatures, strict=True)]
