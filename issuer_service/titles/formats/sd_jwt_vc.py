"""Titles as SD-JWT VC (`dc+sd-jwt`)."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

from didkit_fr.credentials import derive, titles, types
from didkit_fr.credentials.titles import Title
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.keys import jwk
from didkit_fr.keys.signer import ToBeSigned
from didkit_fr.protocols.openid4vci.metadata import Configuration, build_configuration
from didkit_fr.status.token import build_reference
from issuer_service.keys.port import DOCUMENT
from issuer_service.titles.formats.port import Batch, CopyBinding, IssuedFormat

__all__ = ["ISSUED_FORMAT"]


def _type_of(title: Title) -> str | None:
    return title.vct


def _configure(title: Title) -> Configuration:
    return build_configuration(
        vct=str(title.vct), scope=title.id, credential_metadata=derive.credential_metadata(title)
    )


def _prepare(batch: Batch, copies: Sequence[CopyBinding]) -> Sequence[ToBeSigned[str]]:
    claims = titles.build_claims(batch.title, batch.attributes)
    template = dc_sd_jwt.prepare(
        {
            **claims,
            **_type_claims(str(batch.title.vct)),
            "iat": batch.issued,
            "nbf": batch.issued,
            "exp": batch.expires,
        },
        batch.identity.signer,
        chain=batch.identity.chain,
        disclosable=titles.disclosable_paths(batch.title, claims),
    )
    return [
        template.prepare(
            {"cnf": {"jwk": jwk.build(copy.holder)}, "status": build_reference(copy.status)}, random=batch.random
        )
        for copy in copies
    ]


@cache
def _type_claims(vct: str) -> Mapping[str, str]:
    """The type, and the hash of its metadata, which pins them for whoever gets them elsewhere (SD-JWT VC section 6)."""
    document = types.local_document(vct)
    integrity = {} if document is None else {"vct#integrity": types.integrity_of(document)}
    return MappingProxyType({"vct": vct, **integrity})


ISSUED_FORMAT = IssuedFormat(
    name=dc_sd_jwt.FORMAT, identity=DOCUMENT, type_of=_type_of, configure=_configure, prepare=_prepare
)
