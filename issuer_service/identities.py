"""Who the issuer is to those who verify: two certified document signers, and a DID for W3C credentials."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote, urlsplit

from didkit_fr.did import key as did_key
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.keys import multikey, x509
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.x509 import Certificate
from issuer_service.config import Settings
from issuer_service.forms.form import ATTESTATION, DOCUMENT, MDOC, Identity
from issuer_service.keyring import Keyring

__all__ = ["build", "did_document", "did_of"]


def build(
    settings: Settings, keyring: Keyring, chains: Mapping[str, tuple[Certificate, ...]]
) -> Mapping[str, Identity]:
    """The issuer's signers by what they are for; `chains` are the certificates of those that the root certified.

    Raises:
        ParseError: `key_unsupported`; `settings_invalid` where a chain is another key's.
    """
    certified = {DOCUMENT: keyring.signer(), MDOC: keyring.documents()}
    for name, signer in certified.items():
        if x509.public_key(chains[name][0]) != signer.public_key:
            raise ParseError("settings_invalid", f"the certificate chain is not the {name} signer's")
    attestor = keyring.attestor()
    did = did_of(settings, attestor.public_key)
    method = f"{did}#{multikey.build(attestor.public_key)}"
    return MappingProxyType(
        {
            **{name: Identity(signer, chains[name]) for name, signer in certified.items()},
            ATTESTATION: Identity(attestor, did=did, method=method),
        }
    )


def did_of(settings: Settings, key: PublicKey) -> str:
    """The issuer's DID: `did:web` at its address; where that is plain HTTP, for trying out, the key itself."""
    address = urlsplit(settings.issuer)
    if address.scheme != "https":
        return did_key.build(key)
    return ":".join(["did:web", quote(address.netloc, safe="."), *address.path.strip("/").split("/")]).removesuffix(":")


def did_document(identity: Identity) -> JsonObject:
    """What is published for a `did:web` (DID 1.0 section 5): one key, which makes assertions and nothing else."""
    value = multikey.build(identity.signer.public_key)
    method = {"id": identity.method, "type": "Multikey", "controller": identity.did, "publicKeyMultibase": value}
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": identity.did,
        "verificationMethod": [method],
        "assertionMethod": [identity.method],
    }
