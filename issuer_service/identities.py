"""Who the issuer is to those who verify: two certified document signers, and a DID for W3C credentials."""

from collections.abc import Mapping, Sequence
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
from issuer_service.config import Settings
from issuer_service.forms import FORMS
from issuer_service.forms.form import ATTESTATION, BBS, DOCUMENT, MDOC, Identity
from issuer_service.keyring import Keyring

__all__ = ["build", "described", "did_document", "did_of"]


def build(
    settings: Settings, keyring: Keyring, chains: Mapping[str, tuple[Certificate, ...]]
) -> Mapping[str, Identity[Any]]:
    """The issuer's signers by what they are for; `chains` are the certificates of those that the root certified.

    Of those known by a DID it has the ones that a form of the settings needs.

    Raises:
        ParseError: `key_unsupported`; `settings_invalid` where a chain is another key's.
    """
    certified = {DOCUMENT: keyring.signer(), MDOC: keyring.documents()}
    for name, signer in certified.items():
        if x509.public_key(chains[name][0]) != signer.public_key:
            raise ParseError("settings_invalid", f"the certificate chain is not the {name} signer's")
    by_chain = {name: Identity(signer, chains[name]) for name, signer in certified.items()}
    return MappingProxyType({**by_chain, **described(settings, keyring)})


def described(settings: Settings, keyring: Keyring) -> Mapping[str, Identity[Any]]:
    """Those of the issuer's signers that are known by a DID.

    Raises:
        ParseError: `key_unsupported`.
    """
    used = {FORMS[name].identity for name in settings.formats if name in FORMS}
    found = {ATTESTATION: _by_did(settings, keyring.attestor())}
    return MappingProxyType(found | ({BBS: _by_did(settings, keyring.bbs())} if BBS in used else {}))


def _by_did(settings: Settings, signer: Any) -> Identity[Any]:  # noqa: ANN401 - of either kind
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


def did_document(identities: Sequence[Identity[Any]]) -> JsonObject:
    """What is published for a `did:web` (DID 1.0 section 5): keys of one DID, which make assertions and no more."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": identities[0].did,
        "verificationMethod": [_method(identity) for identity in identities],
        "assertionMethod": [identity.method for identity in identities],
    }


def _method(identity: Identity[Any]) -> JsonObject:
    value = _multikey(identity.signer.public_key)
    return {"id": identity.method, "type": "Multikey", "controller": identity.did, "publicKeyMultibase": value}
