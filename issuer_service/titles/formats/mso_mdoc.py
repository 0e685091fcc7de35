"""Titles as documents of ISO (`mso_mdoc`): one signature over the digests of the elements, one salt for each."""

from collections.abc import Sequence

from didkit_fr.credentials import derive
from didkit_fr.credentials.elements import build_elements
from didkit_fr.credentials.titles import Title
from didkit_fr.formats import mso_mdoc
from didkit_fr.keys.signer import ToBeSigned
from didkit_fr.proofs.mdoc.issue import Validity
from didkit_fr.protocols.openid4vci.metadata import Configuration, build_configuration
from didkit_fr.status.token import build_reference
from issuer_service.keys.port import MDOC
from issuer_service.titles.formats.port import Batch, CopyBinding, IssuedFormat

__all__ = ["ISSUED_FORMAT"]

ES256 = -7  # RFC 9053 section 2.1


def _type_of(title: Title) -> str | None:
    return title.doctype


def _configure(title: Title) -> Configuration:
    """OpenID4VCI 1.0 appendix A.2.2: algorithms by their numbers in COSE, and the holder's key as a COSE_Key."""
    return build_configuration(
        format=mso_mdoc.FORMAT,
        doctype=title.doctype,
        scope=title.id,
        signed_with=(ES256,),
        binding="cose_key",
        credential_metadata=derive.credential_metadata(title, mso_mdoc.FORMAT),
    )


def _prepare(batch: Batch, copies: Sequence[CopyBinding]) -> Sequence[ToBeSigned[str]]:
    shared = mso_mdoc.prepare(
        build_elements(batch.title, batch.attributes),
        batch.identity.signer,
        doctype=str(batch.title.doctype),
        validity=Validity(batch.issued, batch.issued, batch.expires),
        chain=batch.identity.chain,
    )
    return [shared.prepare(copy.holder, status=build_reference(copy.status), random=batch.random) for copy in copies]


ISSUED_FORMAT = IssuedFormat(
    name=mso_mdoc.FORMAT, identity=MDOC, type_of=_type_of, configure=_configure, prepare=_prepare
)
