"""Status of W3C credentials: their Bitstring Status Lists, each a W3C credential of a signer that is believed."""

from collections.abc import Collection
from functools import partial
from typing import Final, cast

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.presentation import Envelope
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import VerificationError
from didkit_fr.flow import Response
from didkit_fr.formats.w3c import vc_jose
from didkit_fr.formats.w3c.vc_selective import SELECTIVE
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.status.bitstring import STATUS_PURPOSES, BitstringList, read_entries, read_list
from didkit_fr.trust.anchors import Anchor
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.rules import FindSigners, Types, by_anchors
from didkit_fr.verification.status.lists import MAX_BYTES, ListSource, VerifiedList, load_list
from didkit_fr.verification.w3c.authentic import AuthenticW3cCredential, authenticate_integrity
from didkit_fr.verification.w3c.envelopes import ENVELOPES, authenticate_envelope

__all__ = ["check_entries", "load_bitstring_list"]

_STEP_BYTES: Final = 64

_MEDIA_TYPES: Final = "application/vc, application/vc+jwt, application/vc+sd-jwt, application/vc+cose"
_CODES: Final = {1: "status_revoked", 2: "status_suspended"}


async def check_entries(
    stated: JsonValue,
    context: VerificationContext,
    *,
    issuers: Collection[Anchor] | None = None,
    find: FindSigners = by_anchors,
) -> tuple[str, ...]:
    """Asks every entry of a `credentialStatus`, as a flow; returns what is said of a credential that stays in force.

    Of a message that is its value: its words are the issuer's, and not for end users.

    Args:
        stated: the member, verified.
        context: what is accepted, remembered, and when it is.
        issuers: the anchors that the credential's issuer was admitted under; None where any signer of lists will do.
        find: the rule of whose signatures count.

    Raises:
        FetchError: a list could not be had.
        ParseError: a malformed entry or list; `work_exceeded`.
        VerificationError: `status_revoked`, `status_suspended`, `status_list_signer`, and those of `read_entries` and
            `load_bitstring_list`.
    """
    notices = []
    for entry in read_entries(stated):
        found = await load_list(_source(entry.url, entry.purpose, find), context, issuers=issuers)
        value = found.listed.lookup(entry.index, entry.size)
        if value and entry.purpose in STATUS_PURPOSES:
            raise VerificationError(_CODES[STATUS_PURPOSES[entry.purpose]])
        if value:
            notices.append(f"{entry.purpose} {value:#x}")
    return tuple(notices)


async def load_bitstring_list(url: str, purpose: str, context: VerificationContext) -> BitstringList:
    """The verified list at an address, from memory or fetched, as a flow; to be called beforehand for offline use.

    Raises:
        FetchError: `fetch_status` and the fetcher's.
        ParseError: those of `authenticate_integrity`, `authenticate_envelope` and `status.bitstring.read_list`.
        VerificationError: those of `authenticate_integrity`, `authenticate_envelope`, `read_list` and `load_list`.
    """
    return cast("BitstringList", (await load_list(_source(url, purpose, by_anchors), context, issuers=None)).listed)


def _source(url: str, purpose: str, find: FindSigners) -> ListSource:
    return ListSource("bitstring", (url, purpose), url, _MEDIA_TYPES, partial(_read, url, purpose, find))


async def _read(
    url: str, purpose: str, find: FindSigners, answer: Response, context: VerificationContext
) -> VerifiedList:
    context.budget.spend(len(answer.body) // _STEP_BYTES + 1)
    envelope = _envelope_of(answer)
    if envelope is None:
        authentic = await _authenticate_proofs(answer.body, find, context)
    else:
        terms = Terms(contexts(), inline=False)
        enveloped = Envelope(envelope, answer.body)
        authentic = await authenticate_envelope(enveloped, context, role="status", find=find, terms=terms)
    if authentic.expires is not None and authentic.expires <= context.now:
        raise VerificationError("status_list_expired")
    listed = read_list(authentic.checked.document, url=url, purpose=purpose, now=context.now)
    signed = [time for time in (*authentic.signed, authentic.checked.valid_from) if time is not None]
    return VerifiedList(listed, tuple(authentic.anchors), max(signed, default=None), listed.expires, listed.ttl)


async def _authenticate_proofs(body: bytes, find: FindSigners, context: VerificationContext) -> AuthenticW3cCredential:
    return await authenticate_integrity(
        proof.parse(json.parse_object(body, max_bytes=MAX_BYTES)),
        context,
        role="status",
        types=_any_type,
        find=find,
        # Who shows a part of a list could leave out the end of it, or what it is for.
        cryptosuites=context.policy.cryptosuites - SELECTIVE,
        terms=Terms(contexts(), inline=False),
    )


def _any_type() -> Types:
    return (None,)


def _envelope_of(answer: Response) -> str | None:
    """The envelope that an answer says it is; by its first byte where it says nothing; None for a document."""
    stated = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated in ENVELOPES:
        return stated
    return None if answer.body.lstrip()[:1] == b"{" else vc_jose.media_type("vc")
