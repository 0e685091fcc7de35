"""Titles as W3C credentials with `bbs-2023`; experimental, for one national title, never for identification data.

Two presentations of such a title, to parties that compare what they got, do not tell whether they are of one citizen;
specs/profiles/bbs-presentation.md says what that needs and what it costs: whoever has the credential can lend it.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from didkit_fr.credentials import derive, titles
from didkit_fr.credentials.contexts import contexts, url_of
from didkit_fr.credentials.titles import Title
from didkit_fr.encoding import date_time
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.formats import ldp_vc, ldp_vc_bbs
from didkit_fr.formats.w3c import fields
from didkit_fr.proofs.data_integrity import bbs_2023
from didkit_fr.proofs.data_integrity.options import build_options
from didkit_fr.protocols.openid4vci.metadata import Configuration, CredentialDefinition, build_configuration
from issuer_service.keys.port import BBS_SIGNER, BbsMessages, PreparedBbs
from issuer_service.titles.formats.port import Batch, CopyBinding, IssuedFormat

__all__ = ["ATTRIBUTES", "ISSUED_FORMAT"]

ATTRIBUTES = MappingProxyType(
    {
        "national_identity": (
            "family_name",
            "given_name",
            "birth_date",
            "issuing_authority",
            "issuing_country",
            "age_over_18",
        ),
    }
)
"""What is in each title: exactly this, once each. A row that some lack, or have several of, would tell citizens apart
by the number of statements."""


def _type_of(title: Title) -> str | None:
    return title.iri if title.id in ATTRIBUTES and ldp_vc.FORMAT in title.formats else None


def _configure(title: Title) -> Configuration:
    return build_configuration(
        format=ldp_vc.FORMAT,
        scope=title.id,
        credential_metadata=derive.credential_metadata(_narrowed(title), ldp_vc.FORMAT),
        signed_with=(bbs_2023.NAME,),
        binding=None,
        credential_definition=CredentialDefinition(
            context=(fields.V2, url_of(title)), type=(fields.CREDENTIAL, title.name)
        ),
    )


def _prepare(batch: Batch, _copies: Sequence[CopyBinding]) -> Sequence[PreparedBbs[JsonObject]]:
    """One credential, bound to nobody: nothing of a holder or of a status list is in it."""
    title, identity = _narrowed(batch.title), batch.identity
    attributes = {row.id: batch.attributes[row.id] for row in title.attributes if row.id in batch.attributes}
    document = {
        "@context": [fields.V2, url_of(title)],
        "type": [fields.CREDENTIAL, title.name],
        "issuer": identity.did,
        "validFrom": date_time.build(batch.issued),
        "validUntil": date_time.build(batch.expires),
        "credentialSubject": titles.build_claims(title, attributes),
    }
    options = build_options(
        cryptosuite=bbs_2023.NAME,
        verification_method=identity.method,
        purpose="assertionMethod",
        created=batch.issued,
    )
    prepared = bbs_2023.prepare_base(
        document,
        options,
        mandatory=ldp_vc_bbs.MANDATORY,
        alike=True,
        random=batch.random,
        contexts=contexts(),
    )
    key = identity.signer.public_key
    return [PreparedBbs(BbsMessages(prepared.header, prepared.messages), partial(prepared.attach, key))]


def _narrowed(title: Title) -> Title:
    """The title with the rows of this format alone, all of which are due, and none of which has several values."""
    rows = tuple(row for row in title.attributes if row.id in ATTRIBUTES[title.id])
    if any(row.value.many or len(row.json) > 1 for row in rows):
        raise ParseError("title_malformed", "a row of which some have more than others")
    return replace(title, attributes=tuple(replace(row, required=True) for row in rows), groups=MappingProxyType({}))


ISSUED_FORMAT = IssuedFormat(
    name=f"{ldp_vc.FORMAT}/{bbs_2023.NAME}",
    identity=BBS_SIGNER,
    type_of=_type_of,
    configure=_configure,
    prepare=_prepare,
    bound=False,
    max_days=1,
)
