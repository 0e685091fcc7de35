"""Is the credential still good? Asked of a verified status list, from memory where it is fresh."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias, cast

from didkit_fr.boundary import flow_boundary
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.flow import Flow, Response
from didkit_fr.proofs.cose.cose import UnverifiedCose
from didkit_fr.status import identifier as identifiers
from didkit_fr.status import token_cwt
from didkit_fr.status.identifier import IdentifierList
from didkit_fr.status.token import MEDIA_TYPE, TYP, StatusList, parse_reference, read_entry, read_list
from didkit_fr.trust.anchors import Anchor
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.authenticate import AuthenticCwt, authenticate_cwt, authenticate_jwt
from didkit_fr.verification.signers.rules import FindSigners, by_anchors
from didkit_fr.verification.status.bitstring import check_entries
from didkit_fr.verification.status.lists import MAX_BYTES, ListSource, VerifiedList, load_list

__all__ = ["check_status", "load_identifier_list", "load_status_list"]

_CWT: Final = b"\xd2"  # the tag of a COSE_Sign1: no JWT begins with it
_MEANING: Final = MappingProxyType({1: "status_revoked", 2: "status_suspended"})
_TOKENS, _IDENTIFIERS = "status", "identifiers"


async def check_status(
    status: JsonObject | None,
    context: VerificationContext,
    *,
    issuers: Collection[Anchor],
    find: FindSigners = by_anchors,
) -> str:
    """Refuses a credential that is revoked or suspended, or whose status cannot be told; returns what was checked.

    A credential without status is for its issuer to answer for: it says so under its signature. One that names several
    mechanisms must be in force by each; one that is not known here could be the one that says it is revoked.

    Args:
        status: the mechanisms that the credential names, verified; None where it has no place that names one.
        context: what is accepted, remembered, and when it is.
        issuers: the anchors that the credential's issuer was admitted under.
        find: the rule of whose signatures count for lists that are W3C credentials.

    Raises:
        FetchError: the list could not be had.
        ParseError: a malformed reference or list, `work_exceeded`.
        VerificationError: `status_revoked`, `status_suspended`, `status_unknown`, `status_mechanism_unsupported`,
            `status_list_signer`, and the list's own refusals.
    """
    if status is None:
        return "the credential has no status"
    if context.policy.status != "check":
        return "SKIPPED: revocation ignored by policy"
    if len(status) == 1 and "status_list" in status:
        # A list in memory, of the credential's own authority, says so; whatever else it says is for `_check_index`.
        uri, index = read_entry(status)
        known: VerifiedList | None = context.memory.get(context.policy, _TOKENS, uri, now=context.now)
        if known is not None and known.anchors[0] in issuers and not known.listed.lookup(index):
            return "valid"
    if not status or not _MECHANISMS.keys() >= status.keys():
        raise VerificationError("status_mechanism_unsupported")
    return await _ask_all(status, context, issuers, find)


async def load_status_list(uri: str, context: VerificationContext) -> StatusList:
    """The verified list at an address, from memory or fetched; to be called beforehand for offline use.

    Raises:
        FetchError: `fetch_status` and the fetcher's.
        ParseError: a malformed list.
        VerificationError: those of `authenticate_jwt`, `status.token.read_list` and `load_list`.
    """
    return cast("StatusList", (await load_list(_tokens(uri), context, issuers=None)).listed)


async def load_identifier_list(uri: str, context: VerificationContext) -> IdentifierList:
    """As `load_status_list`, of an identifier list (ISO/IEC 18013-5 second edition section 12.3.6)."""
    return cast("IdentifierList", (await load_list(_identifiers(uri), context, issuers=None)).listed)


@flow_boundary
async def _ask_all(
    status: JsonObject, context: VerificationContext, issuers: Collection[Anchor], find: FindSigners
) -> str:
    notices: list[str] = []
    for name in status:
        notices += await _MECHANISMS[name](status, context, issuers, find)
    return "; ".join(("valid", *notices))


async def _check_index(
    status: JsonObject, context: VerificationContext, issuers: Collection[Anchor], _find: FindSigners
) -> tuple[str, ...]:
    entry = parse_reference(status)
    found = await load_list(_tokens(entry.uri), context, issuers=issuers)
    value = found.listed.lookup(entry.index)
    if value:
        raise VerificationError(_MEANING.get(value, "status_unknown"))
    return ()


async def _check_identifier(
    status: JsonObject, context: VerificationContext, issuers: Collection[Anchor], _find: FindSigners
) -> tuple[str, ...]:
    uri, identifier = identifiers.parse_reference(status)
    found = await load_list(_identifiers(uri), context, issuers=issuers)
    if found.listed.is_revoked(identifier):
        raise VerificationError("status_revoked")
    return ()


async def _check_entries(
    status: JsonObject, context: VerificationContext, issuers: Collection[Anchor], find: FindSigners
) -> tuple[str, ...]:
    return await check_entries(status["credentialStatus"], context, issuers=issuers, find=find)


def _tokens(uri: str) -> ListSource:
    return ListSource(_TOKENS, uri, uri, f"{MEDIA_TYPE}, {token_cwt.MEDIA_TYPE}", partial(_read_token, uri))


def _identifiers(uri: str) -> ListSource:
    return ListSource(_IDENTIFIERS, uri, uri, identifiers.MEDIA_TYPE, partial(_read_identifiers, uri))


async def _read_token(uri: str, answer: Response, context: VerificationContext) -> VerifiedList:
    return await (_read_cwt if answer.body.startswith(_CWT) else _read_jwt)(uri, answer.body, context)


async def _read_jwt(uri: str, body: bytes, context: VerificationContext) -> VerifiedList:
    try:
        raw = body.decode("ascii")
    except UnicodeDecodeError:
        raise ParseError("status_list_malformed") from None
    authentic = await authenticate_jwt(raw, context, role="status", typ=TYP, max_chars=MAX_BYTES)
    return _verified(read_list(authentic.jwt, uri=uri, now=context.now), authentic.path.anchor)


async def _read_cwt(uri: str, body: bytes, context: VerificationContext) -> VerifiedList:
    unverified = token_cwt.parse_list(body, max_bytes=MAX_BYTES)
    authentic = await _authenticate(unverified, token_cwt.unverified_claims, token_cwt.TYP, context)
    return _verified(token_cwt.read_list(authentic.cwt, uri=uri, now=context.now), authentic.path.anchor)


async def _read_identifiers(uri: str, answer: Response, context: VerificationContext) -> VerifiedList:
    unverified = identifiers.parse_list(answer.body, max_bytes=MAX_BYTES)
    authentic = await _authenticate(unverified, identifiers.unverified_claims, identifiers.TYP, context)
    return _verified(identifiers.read_list(authentic.cwt, uri=uri, now=context.now), authentic.path.anchor)


async def _authenticate(
    unverified: UnverifiedCose, claims: Callable[[UnverifiedCose], JsonObject], typ: str, context: VerificationContext
) -> AuthenticCwt:
    return await authenticate_cwt(unverified, partial(claims, unverified), context, role="status", typ=typ)


def _verified(listed: StatusList | IdentifierList, anchor: Anchor) -> VerifiedList:
    return VerifiedList(listed, (anchor,), listed.issued_at, listed.expires_at, listed.ttl)


_Ask: TypeAlias = Callable[[JsonObject, VerificationContext, Collection[Anchor], FindSigners], Flow[tuple[str, ...]]]

_MECHANISMS: Final[Mapping[str, _Ask]] = MappingProxyType(
    {"status_list": _check_index, "identifier_list": _check_identifier, "credentialStatus": _check_entries}
)
"""How each mechanism is asked that a credential may name."""
