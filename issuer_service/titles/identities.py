"""Who the issuer is to those who verify: certified document signers, and a DID for W3C credentials.

Each document type of ISO has a signer of its own, certified for it alone; all other titles have one. A document signer
may have a successor, which is on duty from the first second of a day. The copies of a day are thus signed by one key,
whichever host issued them: nothing in them tells the hosts apart.
"""

from collections.abc import Container, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

from didkit_fr.did import key as did_key
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.keys import multikey, x509
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.keys.leaf_types import certified_types
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.x509 import Certificate
from issuer_service.keys.port import (
    ATTESTATION,
    BBS_SIGNER,
    DOCUMENT,
    MDOC,
    Keys,
    MessageSigner,
    Signer,
    document_purpose,
)
from issuer_service.shell.notes import spoken
from issuer_service.titles.catalogue import Catalogue
from issuer_service.titles.codes import HINTS
from issuer_service.titles.config import Settings
from issuer_service.titles.formats import ISSUED_FORMATS
from issuer_service.titles.formats.port import Identity, IssuedFormat

__all__ = [
    "CHAINS",
    "are_apart",
    "build",
    "by_chain",
    "by_purpose",
    "certified",
    "described",
    "did_document",
    "did_of",
    "lacking",
    "on_duty",
    "shared_by_types",
]

CHAINS: Mapping[str, str] = MappingProxyType({DOCUMENT: "chain", MDOC: "mdoc_chain"})
"""Which setting names the file of each document signer's certificates; those for document types are in MDOC's."""


def build(
    settings: Settings,
    offered: Catalogue,
    keys: Keys,
    chains: Mapping[str, Sequence[Certificate]],
    *,
    formats: Mapping[str, IssuedFormat] = ISSUED_FORMATS,
) -> Mapping[str, tuple[Identity, ...]]:
    """The issuer's signers by what they are for, each before its successor.

    Of those known by a DID it has the ones that a format of the settings needs; `formats` are the known ones.

    Raises:
        ParseError: `key_unsupported`, `x509_malformed`; `settings_invalid` where a chain is another key's, or a type
            has no signer.
    """
    known = certified(keys, chains)
    by_did = {name: (identity,) for name, identity in described(settings, keys, formats=formats).items()}
    return MappingProxyType({**known, **_by_type(offered, known), **by_did})


def certified(keys: Keys, chains: Mapping[str, Sequence[Certificate]]) -> Mapping[str, tuple[Identity, ...]]:
    """Those of the issuer's signers that the root certified; `chains` are the certificates in each of their files.

    A key without certificate signs nothing yet. A certificate without key is that of a signer of before; the last
    certificate for each purpose must have its key, for another host may sign with it.

    Raises:
        ParseError: `key_unsupported`, `x509_malformed`; `settings_invalid` where a last chain is another key's.
    """
    found = {}
    for purpose, own in by_purpose(chains).items():
        held = keys.signers(purpose) if purpose in keys.purposes() else ()
        signers = {signer.public_key: signer for signer in held}
        keyed = [(x509.public_key(chain[0]), chain) for chain in own]
        if not keyed or keyed[-1][0] not in signers:
            raise ParseError("settings_invalid", f"the certificate chain is not the {purpose} signer's")
        found[purpose] = tuple(by_chain(signers[key], chain) for key, chain in keyed if key in signers)
    return MappingProxyType(found)


def by_purpose(chains: Mapping[str, Sequence[Certificate]]) -> Mapping[str, Sequence[tuple[Certificate, ...]]]:
    """The chains in the files by what their signers are for: the file says it, and the type that a certificate names.

    Raises:
        ParseError: `x509_malformed`.
    """
    found: dict[str, list[tuple[Certificate, ...]]] = {name: [] for name in CHAINS}
    for name in CHAINS:
        for chain in _chains(chains[name]):
            types = certified_types(chain[0])
            purposes = {document_purpose(name, type_) for type_ in types} if types else {name}
            for purpose in purposes:
                found.setdefault(purpose, []).append(chain)
    return found


def lacking(offered: Catalogue, known: Container[str]) -> Mapping[str, str]:
    """The document types that are offered and whose own signer is not among the known purposes, by its purpose."""
    return {purpose: doctype for purpose, doctype in offered.signers_by_type().items() if purpose not in known}


def are_apart(signers: Mapping[str, Sequence[Identity]]) -> bool:
    """Whether document types have signers of their own; in earlier versions, one signed them all."""
    return signers.keys() > CHAINS.keys()


def shared_by_types(signers: Mapping[str, Sequence[Identity]]) -> tuple[Identity, ...]:
    """The signers of all document types that were certified by an earlier version, for no type by name.

    Raises:
        ParseError: `x509_malformed`.
    """
    return tuple(one for one in signers[MDOC] if certified_types(one.chain[0]) is None)


def _by_type(offered: Catalogue, known: Mapping[str, tuple[Identity, ...]]) -> Mapping[str, tuple[Identity, ...]]:
    """Who signs each document type: its own signer, and until that begins the one that all types shared before.

    One type without signer among others that have theirs is refused: the shared signer goes out of use.
    """
    shared, absent = shared_by_types(known), lacking(offered, known)
    if absent and (are_apart(known) or not shared):
        error = ParseError("settings_invalid", f"no signer is certified for {', '.join(absent.values())}")
        error.add_note(spoken(HINTS["signers_lacking"]))
        raise error
    return {purpose: (*shared, *known.get(purpose, ())) for purpose in offered.signers_by_type()}


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
