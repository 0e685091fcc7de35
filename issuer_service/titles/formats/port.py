"""What every format gives the issuer: what to call it, how to announce it, how to prepare copies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from didkit_fr.credentials.titles import Title
from didkit_fr.encoding.json import JsonObject
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.random import Random
from didkit_fr.protocols.openid4vci.metadata import Configuration
from didkit_fr.status.token import StatusReference
from issuer_service.keys.port import MessageSigner, Prepared

__all__ = ["Batch", "CopyBinding", "Credential", "Identity", "IssuedFormat"]

Credential: TypeAlias = str | JsonObject


@dataclass(frozen=True, slots=True)
class Identity:
    """One of the issuer's signers, and how verifiers come to believe it.

    By its certificates (`chain`, leaf first, without the root), or by a DID and the URL of the key in its document.
    It signs from `begins`, and what it signed is believed up to `ends` (seconds since 1970, UTC).
    """

    signer: MessageSigner[Any, Any] = field(repr=False)
    chain: Sequence[Certificate] = field(default=(), repr=False)
    did: str = ""
    method: str = ""
    begins: int = 0
    ends: int = 253_402_300_799  # RFC 5280 section 4.1.2.5: what has no end


class CopyBinding(NamedTuple):
    """What is one copy's own: the holder's key and the status entry."""

    holder: PublicKey
    status: StatusReference


@dataclass(frozen=True, slots=True)
class Batch:
    """What the copies of one request share.

    `attributes` are the register's answer: they live as long as this value. Times are in seconds since 1970 (UTC),
    each the beginning of a day: copies issued on a day share them.
    """

    title: Title
    attributes: Mapping[str, Any] = field(repr=False)
    issuer: str
    identity: Identity
    issued: int
    expires: int
    random: Random = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssuedFormat:
    """One format in which titles are written.

    Args:
        name: in the settings: the OpenID4VC format, or `format/cryptosuite`.
        identity: which of the issuer's signers signs, by its purpose in `keys.port`.
        type_of: the credential type of a title in this format; None where its table says it is never issued so.
        configure: how the issuer's metadata announces a title in this format.
        prepare: makes a copy for each of a batch's holders, in their order, that lacks but its signature; one for
            nobody where it is not bound. It raises `ParseError` where the attributes are not what the title's table
            says.
        bound: whether its copies are bound to holders' keys and have status entries.
        max_days: how long its copies are valid at most, in days (0: no limit of its own).
    """

    name: str
    identity: str
    type_of: Callable[[Title], str | None]
    configure: Callable[[Title], Configuration]
    prepare: Callable[[Batch, Sequence[CopyBinding]], Sequence[Prepared[Any, Credential]]]
    bound: bool = True
    max_days: int = 0
