"""The `did:key` method (version 0.9): the identifier is the key. It cannot be rotated: for wallets, not for issuers."""

from didkit_fr.did.method import Found
from didkit_fr.did.url import Did
from didkit_fr.encoding import multibase, multicodec
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.keys import foreign, multikey
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.public import ED25519, PublicKey

__all__ = ["build", "expand", "resolve"]

_CONTEXT = "https://www.w3.org/ns/did/v1.1"
_SIGNING = ("authentication", "assertionMethod", "capabilityDelegation", "capabilityInvocation")
_X25519 = "x25519-pub"
_X25519_BYTES = 32
_MAX_CHARS = 1_024  # an RSA key of 4,096 bits has some 720


def build(key: PublicKey | BbsPublicKey) -> str:
    """The DID of a key."""
    return f"did:key:{multikey.build_bbs(key) if isinstance(key, BbsPublicKey) else multikey.build(key)}"


async def resolve(did: Did, *, now: int) -> Found:  # noqa: ARG001 - a key in a name is the same at all times
    """Finds the document, without any request.

    Raises:
        ParseError: those of `expand`.
    """
    return Found(expand(did))


def expand(did: Did) -> JsonObject:
    """Expands the DID to its document (document creation algorithm), with one `Multikey`.

    An Ed25519 key also gives the X25519 key derived from it, for key agreement only. A key of `keys.foreign` is shown,
    and refused where it is to verify something.

    Raises:
        ParseError: `did_invalid`, `multicodec_unknown`, `key_length`, `key_invalid`, `key_unsupported`.
    """
    name, data = _decode(did)
    document: JsonObject = {"@context": [_CONTEXT], "id": did.text}
    if name == _X25519:
        if len(data) != _X25519_BYTES:
            raise ParseError("key_length")
        return document | {"keyAgreement": [_method(did, did.id)]}
    key = None
    if name in foreign.CHECKS:
        foreign.CHECKS[name](data)
    else:
        key = multikey.parse_bbs(did.id) if name == multikey.BBS_CODE else multikey.parse(did.id)
    method = _method(did, did.id)
    document |= {"verificationMethod": [method], **{purpose: [method["id"]] for purpose in _SIGNING}}
    if isinstance(key, PublicKey) and key.family == ED25519:
        document["keyAgreement"] = [_method(did, _derived(key))]
    return document


def _decode(did: Did) -> multicodec.Tagged:
    base = did.id[:1]
    limit = multikey.MAX_BASE64URL_CHARS if base == multibase.BASE64URL else _MAX_CHARS
    try:
        tagged = multicodec.decode(multibase.decode(did.id, max_chars=limit))
    except ParseError as error:
        if error.code == "multicodec_unknown":
            raise
        raise ParseError("did_invalid", "not a multikey") from None
    # Two spellings of a key would be two DIDs of one subject.
    if base != multikey.base_of(tagged.name):
        raise ParseError("did_invalid", "not the base of the key's algorithm")
    return tagged


def _method(did: Did, value: str) -> JsonObject:
    return {"id": f"{did.text}#{value}", "type": "Multikey", "controller": did.text, "publicKeyMultibase": value}


def _derived(key: PublicKey) -> str:
    from nacl.bindings import crypto_sign_ed25519_pk_to_curve25519 as to_x25519  # noqa: PLC0415 - slow import

    return multibase.encode(multicodec.encode(_X25519, to_x25519(key.octets)))
