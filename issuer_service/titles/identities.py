"""Who the issuer is to those who verify: two certified document signers, and a DID for W3C credentials.

A document signer may have a successor, which is on duty from the first second of a day. The copies of a day are thus
signed by one key, whichever host issued them: nothing in them tells the hosts apart.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

from didkit_fr.did import key as did_key
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.keys import multikey, x509
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.x509 import Certificate
from issuer_service.keys.port import ATTESTATION, BBS_SIGNER, DOCUMENT, MDOC, Keys, MessageSigner, Signer
from issuer_service.titles.config import Settings
from issuer_service.titles.formats import ISSUED_FORMATS
from issuer_service.titles.formats.port import Identity, IssuedFormat

__all__ = ["CHAINS", "build", "by_chain", "certified", "described", "did_document", "did_of", "on_duty"]

CHAINS: Mapping[str, str] = MappingProxyType({DOCUMENT: "chain", MDOC: "mdoc_chain"})
"""Which setting names the file of each document signer's certificates."""


def build(
    settings: Settings,
    keys: Keys,
    chains: Mapping[str, Sequence[Certificate]],
    *,
    formats: Mapping[str, IssuedFormat] = ISSUED_FORMATS,
) -> Mapping[str, tuple[Identity, ...]]:
    """The issuer's signers by what they are for, each before its successor.

    Of those known by a DID it has the ones that a format of the settings needs; `formats` are the known ones.

    Raises:
        ParseError: `key_unsupported`; `settings_invalid` where a chain is another key's.
    """
    by_did = {name: (identity,) for name, identity in described(settings, keys, formats=formats).items()}
    return MappingProxyType({**certified(keys, chains), **by_did})


def certified(keys: Keys, chains: Mapping[str, Sequence[Certificate]]) -> Mapping[str, tuple[Identity, ...]]:
    """Those of the issuer's signers that the root certified; `chains` are the certificates of each, as in its file.

    A key without certificate signs nothing yet. A certificate without key is that of a signer of before; the last
    certificate must have its key, for another host may sign with it.

    Raises:
        ParseError: `key_unsupported`; `settings_invalid` where the last chain is another key's.
    """
    found = {}
    for name in CHAINS:
        signers = {signer.public_key: signer for signer in keys.signers(name)}
        keyed = [(x509.public_key(chain[0]), chain) for chain in _chains(chains[name])]
        if keyed[-1][0] not in signers:
            raise ParseError("settings_invalid", f"the certificate chain is not the {name} signer's")
        found[name] = tuple(by_chain(signers[key], chain) for key, chain in keyed if key in signers)
    return MappingProxyType(found)


def on_duty(signers: Sequence[Identity], now: int) -> Identity:
    """Which of a signer and its successor signs at `now` (seconds since 1970, UTC)."""
    begun = [signer for signer in signers if signer.begins <= now]
    return begun[-1] if begun else signers[0]


def _chains(certificates: Sequence[Certificate]) -> list[tuple[Certificate, ...]]:
    """Certificates one after another, cut where one did not issue the one before it."""
    chains = [certificates[:1]]
    for below, above in pairwise(certificates):
        if above.subject == below.issuer:
            chains[-1] = (*chains[-1], above)
        else:
            chains.append((above,))
    return [tuple(chain) for chain in chains]


def by_chain(signer: Signer, chain: tuple[Certificate, ...]) -> Identity:
    """A signer that is believed by its certificates, leaf first."""
    begins = max(certificate.not_valid_before_utc for certificate in chain)
    ends = min(certificate.not_valid_after_utc for certificate in chain)
    return Identity(signer, chain, begins=int(begins.timestamp()), ends=int(ends.timestamp()))


def described(
    settings: Settings, keys: Keys, *, formats: Mapping[str, IssuedFormat] = ISSUED_FORMATS
) -> Mapping[str, Identity]:
    """Those of the issuer's signers that are known by a DID.

    Raises:
        ParseError: `key_unsupported`.
    """
    used = {formats[name].identity for name in settings.formats if name in formats}
    found = {ATTESTATION: _by_did(settings, keys.signers(ATTESTATION)[0])}
    return MappingProxyType(found | ({BBS_SIGNER: _by_did(settings, keys.bbs())} if BBS_SIGNER in used else {}))


def _by_did(settings: Settings, signer: MessageSigner[Any, Any]) -> Identity:
    did = did_of(settings, signer.public_key)
    return Identity(signer, did=did, method=f"{did}#{_multikey(signer.public_key)}")


def _multikey(key: PublicKey | BbsPublicKey) -> str:
    return multikey.build_bbs(key) if isinstance(key, BbsPublicKey) else multikey.build(key)


def did_of(settings: Settings, key: PublicKey | BbsPublicKey) -> str:
    """The issuer's DID: `did:web` at its address; where that is plain HTTP, for trying out, the key itself."""
    address = urlsplit(settings.issuer)
    if address.scheme != "https":
        return did_key.build(key)
    return ":".join(["did:web", quote(address.netloc, safe="."), *address.path.strip("/").split("/")]).removesuffix(":")


def did_document(identities: Sequence[Identity]) -> JsonObject:
    """What is published for a `did:web` (DID 1.0 section 5): keys of one DID, which make assertions and no more."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": identities[0].did,
        "verificationMethod": [_method(identity) for identity in identities],
        "assertionMethod": [identity.method for identity in identities],
    }


def _method(identity: Identity) -> JsonObject:
    value = _multikey(identity.signer.public_key)
    return {"id": identity.method, "type": "Multikey", "controller": identity.did, "publicKeyMultibase": value}
