"""Titles as W3C credentials: `jwt_vc_json` (data model 1.1) and `ldp_vc` (data model 2.0), national ones only."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from didkit_fr.credentials import derive, titles
from didkit_fr.credentials.contexts import contexts, url_of
from didkit_fr.credentials.model import ISSUED, check_credential
from didkit_fr.credentials.titles import Title
from didkit_fr.encoding import date_time
from didkit_fr.encoding.json import JsonObject
from didkit_fr.formats import jwt_vc_json, ldp_vc
from didkit_fr.formats.w3c import fields
from didkit_fr.keys.signer import ToBeSigned
from didkit_fr.proofs.data_integrity import ecdsa_sd, proof
from didkit_fr.proofs.data_integrity.options import build_options
from didkit_fr.protocols.openid4vci.metadata import Configuration, CredentialDefinition, build_configuration
from didkit_fr.status.bitstring import STATUS_PURPOSES, build_entries
from didkit_fr.status.token import build_reference
from issuer_service.keys.port import ATTESTATION, DOCUMENT
from issuer_service.titles.formats.port import Batch, CopyBinding, IssuedFormat

__all__ = ["ISSUED_FORMATS", "MANDATORY", "purposes_of"]

REVOCATION, SUSPENSION = STATUS_PURPOSES

MANDATORY = ("/issuer", "/validFrom", "/validUntil", "/credentialSubject/id", "/credentialStatus")
"""What no holder can withhold from a verifier, where there is a choice."""


def _type_of(format_: str, title: Title) -> str | None:
    return title.iri if format_ in title.formats else None


def _configure(format_: str, signed_with: str, title: Title) -> Configuration:
    context = (fields.V2, url_of(title)) if format_ == ldp_vc.FORMAT else None
    return build_configuration(
        format=format_,
        scope=title.id,
        credential_metadata=derive.credential_metadata(title, format_),
        signed_with=(signed_with,),
        binding="did:key",
        credential_definition=CredentialDefinition(context=context, type=(fields.CREDENTIAL, title.name)),
    )


def _prepare_jwt(batch: Batch, copies: Sequence[CopyBinding]) -> Sequence[ToBeSigned[str]]:
    claims = titles.build_claims(batch.title, batch.attributes)
    return [_jwt(batch, claims, copy) for copy in copies]


def _jwt(batch: Batch, claims: JsonObject, copy: CopyBinding) -> ToBeSigned[str]:
    holder = fields.did_of(copy.holder)
    document = {
        "@context": [fields.V1, url_of(batch.title)],
        "type": [fields.CREDENTIAL, batch.title.name],
        "issuer": batch.issuer,
        "issuanceDate": date_time.build(batch.issued),
        "expirationDate": date_time.build(batch.expires),
        "credentialSubject": {"id": holder, **claims},
    }
    payload: JsonObject = {
        "iss": batch.issuer,
        "sub": holder,
        "nbf": batch.issued,
        "exp": batch.expires,
        "vc": document,
        "status": build_reference(copy.status),
    }
    return jwt_vc_json.prepare(payload, batch.identity.signer, chain=batch.identity.chain)


def _prepare_whole(
    batch: Batch, copies: Sequence[CopyBinding], *, cryptosuite: str
) -> Sequence[ToBeSigned[JsonObject]]:
    claims, identity = titles.build_claims(batch.title, batch.attributes), batch.identity
    return [
        ldp_vc.prepare(
            _document(batch, claims, copy),
            identity.signer,
            verification_method=identity.method,
            cryptosuite=cryptosuite,
            now=batch.issued,
        )
        for copy in copies
    ]


def _prepare_selective(batch: Batch, copies: Sequence[CopyBinding]) -> Sequence[ToBeSigned[JsonObject]]:
    claims, identity = titles.build_claims(batch.title, batch.attributes), batch.identity
    options = build_options(
        cryptosuite=ecdsa_sd.NAME, verification_method=identity.method, purpose="assertionMethod", created=batch.issued
    )
    documents = [_document(batch, claims, copy) for copy in copies]
    for document in documents:
        check_credential(document, versions=ISSUED)
    prepared = [
        ecdsa_sd.prepare_base(
            document,
            options,
            mandatory=[pointer for pointer in MANDATORY if pointer.split("/")[1] in document],
            random=batch.random,
            contexts=contexts(),
        )
        for document in documents
    ]
    return [ToBeSigned(one.signing_input, partial(proof.attach, one)) for one in prepared]


def _document(batch: Batch, claims: Mapping[str, Any], copy: CopyBinding) -> JsonObject:
    return {
        "@context": [fields.V2, url_of(batch.title)],
        "type": [fields.CREDENTIAL, batch.title.name],
        "issuer": batch.identity.did,
        "validFrom": date_time.build(batch.issued),
        "validUntil": date_time.build(batch.expires),
        "credentialSubject": {"id": fields.did_of(copy.holder), **claims},
        "credentialStatus": build_entries(copy.status.uri, purposes_of(batch.title), copy.status.index),
    }


def purposes_of(title: Title) -> tuple[str, ...]:
    """What a title's status lists are for."""
    return (REVOCATION, SUSPENSION) if title.suspendable else (REVOCATION,)


_LDP = partial(_type_of, ldp_vc.FORMAT)

ISSUED_FORMATS = (
    IssuedFormat(
        name=jwt_vc_json.FORMAT,
        identity=DOCUMENT,
        type_of=partial(_type_of, jwt_vc_json.FORMAT),
        configure=partial(_configure, jwt_vc_json.FORMAT, "ES256"),
        prepare=_prepare_jwt,
    ),
    IssuedFormat(
        name=ldp_vc.FORMAT,
        identity=ATTESTATION,
        type_of=_LDP,
        configure=partial(_configure, ldp_vc.FORMAT, "ecdsa-rdfc-2019"),
        prepare=partial(_prepare_whole, cryptosuite="ecdsa-rdfc-2019"),
    ),
    IssuedFormat(
        name=f"{ldp_vc.FORMAT}/{ecdsa_sd.NAME}",
        identity=ATTESTATION,
        type_of=_LDP,
        configure=partial(_configure, ldp_vc.FORMAT, ecdsa_sd.NAME),
        prepare=_prepare_selective,
    ),
)
