"""What a relying party says of itself in a request (OpenID4VP 1.0 sections 5.1, 11): formats, and a key to answer to.

The other members are ignored, as the standard asks.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, ProtocolError, VerificationError
from didkit_fr.formats import FORMATS, Formats
from didkit_fr.keys import jwk
from didkit_fr.keys.algorithms import COSE_NAMES
from didkit_fr.keys.public import PublicKey
from didkit_fr.proofs.jose import jwe
from didkit_fr.protocols.message import Items, Members, Message, parse_message
from didkit_fr.protocols.openid4vp.dcql import Query

__all__ = [
    "Encryption",
    "Metadata",
    "build_metadata",
    "check_formats",
    "choose_encryption",
    "cryptosuites_of",
    "parse_metadata",
    "supported",
]

DEFAULT_ENCRYPTION = "A128GCM"
_INTEGRITY = "ldp_vc"
MAX_KEYS = 16

_Name = Annotated[str, Field(min_length=1, max_length=64)]
# These say what a key is for; the rest is the key.
_ABOUT = frozenset({"use", "alg", "key_ops", "kid"})


class _KeySet(Message):
    keys: Annotated[Items[dict[str, Any]], Field(max_length=MAX_KEYS)]


class Metadata(Message):
    """The members that are used."""

    jwks: _KeySet | None = None
    encrypted_response_enc_values_supported: Annotated[Items[_Name], Field(min_length=1, max_length=32)] = Field(
        default_factory=lambda: [DEFAULT_ENCRYPTION]
    )
    vp_formats_supported: Annotated[Members[Any], Field(max_length=32)]


@dataclass(frozen=True, slots=True)
class Encryption:
    """How an answer is encrypted: to which key, what its owner calls it, and with which cipher."""

    key: PublicKey = field(repr=False)
    kid: str
    enc: str


def supported(
    algorithms: Collection[str], cryptosuites: Collection[str] = (), *, formats: Formats = FORMATS
) -> JsonObject:
    """The formats and algorithms here, for `vp_formats_supported` on either side (appendices B.1.3, B.2.2, B.3.4)."""
    stated = {name: format_.capabilities(algorithms, cryptosuites) for name, format_ in formats.items()}
    return {name: parameters for name, parameters in stated.items() if parameters is not None}


def build_metadata(
    algorithms: Collection[str],
    *,
    key: PublicKey | None = None,
    kid: str = "",
    cryptosuites: Collection[str] = (),
    formats: Formats = FORMATS,
) -> JsonObject:
    """The metadata of a request; `key`, called `kid`, is what its answer is to be encrypted to."""
    metadata: JsonObject = {"vp_formats_supported": supported(algorithms, cryptosuites, formats=formats)}
    if key is None:
        return metadata
    about = {"use": "enc", "alg": jwe.ALGORITHM, "kid": kid}
    return {
        "jwks": {"keys": [{**jwk.build(key), **about}]},
        "encrypted_response_enc_values_supported": sorted(jwe.ENCRYPTIONS),
        **metadata,
    }


def parse_metadata(raw: JsonObject) -> Metadata:
    """Reads the metadata.

    Raises:
        ParseError: `message_invalid`, `jwk_private`.
    """
    metadata = parse_message(Metadata, raw)
    keys = [] if metadata.jwks is None else metadata.jwks.keys
    names = [key.get("kid") for key in keys]
    if any(not isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise ParseError("message_invalid", "jwks: each key has its own kid")
    if any("d" in key for key in keys):
        raise ParseError("jwk_private")
    return metadata


def choose_encryption(metadata: Metadata) -> Encryption:
    """The first key that can be encrypted to from here, with the best cipher both sides know (section 8.3).

    Raises:
        VerificationError: `response_encryption_unsupported`.
    """
    accepted = metadata.encrypted_response_enc_values_supported
    enc = next((one for one in jwe.ENCRYPTIONS if one in accepted), None)
    keys: Sequence[JsonObject] = [] if metadata.jwks is None else metadata.jwks.keys
    for one in keys:
        key = _usable(one)
        if key is not None and enc is not None:
            return Encryption(key, one["kid"], enc)
    raise VerificationError("response_encryption_unsupported")


def check_formats(
    metadata: Metadata | None, query: Query, *, algorithms: Collection[str], formats: Formats = FORMATS
) -> None:
    """Refuses where no format is known to both sides (section 8.5).

    Raises:
        ProtocolError: `vp_formats_not_supported`.
    """
    known = {wanted.format for wanted in query.credentials} & set(formats)
    if metadata is not None:
        stated = metadata.vp_formats_supported
        known = {name for name in known if name in stated and _shared(stated[name], algorithms)}
    if not known:
        raise ProtocolError("vp_formats_not_supported")


def cryptosuites_of(metadata: Metadata | None) -> frozenset[str] | None:
    """The Data Integrity cryptosuites that a relying party says it reads; None where it does not say."""
    stated = None if metadata is None else metadata.vp_formats_supported.get(_INTEGRITY)
    listed = stated.get("cryptosuite_values") if isinstance(stated, dict) else None
    return frozenset(map(str, listed)) if isinstance(listed, list) else None


def _shared(stated: JsonValue, algorithms: Collection[str]) -> bool:
    """Whether every list of JOSE or COSE algorithms leaves one; what is not stated is not restricted."""
    if not isinstance(stated, dict):
        return False
    lists = [values for name, values in stated.items() if name.endswith("_alg_values")]
    known = (*algorithms, *_numbers(algorithms))
    return all(isinstance(values, list) and any(one in values for one in known) for values in lists)


def _numbers(algorithms: Collection[str]) -> list[int]:
    """The COSE numbers of JOSE algorithms."""
    return [number for number, name in COSE_NAMES.items() if name in algorithms]


def _usable(stated: JsonObject) -> PublicKey | None:
    """The key, if it is one to encrypt to and of the one kind that is supported; other kinds may stand beside it."""
    if stated.get("use", "enc") != "enc" or stated.get("alg") != jwe.ALGORITHM or stated.get("crv") != jwe.CURVE:
        return None
    return jwk.parse({name: value for name, value in stated.items() if name not in _ABOUT})
