"""Status lists of every kind: fetched, verified, held to their age, and remembered, all in one place.

A kind of list brings how it is read (`read`); whose it may be, how old, and for how long it is remembered is the same
for all of them.
"""

from collections.abc import Callable, Collection, Hashable
from typing import Any, Final, NamedTuple

from didkit_fr.boundary import flow_boundary
from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.flow import Flow, Request, Response, fetch
from didkit_fr.trust.anchors import Anchor
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.policy import Policy

__all__ = ["DEFAULT_AGE", "MAX_BYTES", "ListSource", "VerifiedList", "check_list_signers", "load_list"]

MAX_BYTES: Final = 1_048_576
DEFAULT_AGE: Final = 300
"""For how many seconds a list is remembered that does not say so itself."""

_OK: Final = 200


class VerifiedList(NamedTuple):
    """A list whose signature was verified, and the anchors that its signers were admitted under.

    `signed` and `expires` are in seconds since 1970 (UTC), `ttl` in seconds; None where the list does not say.
    """

    listed: Any
    anchors: tuple[Anchor, ...]
    signed: int | None
    expires: int | None
    ttl: int | None


class ListSource(NamedTuple):
    """Where a list is and how it is read.

    `kind` and `name` are what it is remembered under, `accepted` the media types to ask for. `read` verifies what came:
    the signature, the role "status" of its signers, and the list itself; not yet its age, nor whose credentials it may
    speak of.
    """

    kind: str
    name: Hashable
    url: str
    accepted: str
    read: Callable[[Response, VerificationContext], Flow[VerifiedList]]


@flow_boundary
async def load_list(
    source: ListSource, context: VerificationContext, *, issuers: Collection[Anchor] | None
) -> VerifiedList:
    """A verified list, from memory or fetched, as a flow.

    Args:
        source: which list.
        context: what is accepted, remembered, and when it is.
        issuers: the anchors that the credential's issuer was admitted under; None where nobody's credential is asked
            about yet, as for a list that is loaded beforehand.

    Raises:
        FetchError: `fetch_status` and the fetcher's.
        ParseError: those of `source.read`.
        VerificationError: `status_list_signer`, `status_list_expired`, and those of `source.read`.
    """
    policy, memory, now = context.policy, context.memory, context.now
    found: VerifiedList | None = memory.get(policy, source.kind, source.name, now=now)
    if found is None:
        answer = await fetch(Request("GET", source.url, {"accept": source.accepted}, max_bytes=MAX_BYTES))
        if answer.status != _OK:
            raise FetchError("fetch_status", f"status list: HTTP {answer.status}")
        found = await source.read(answer, context)
        ends = _ends(found, context)
        # Before it is remembered: else whoever names a list of their own could have it take the place of others.
        check_list_signers(found, issuers, policy)
        age = min(DEFAULT_AGE if found.ttl is None else found.ttl, policy.max_status_age)
        owner = frozenset(anchor.name for anchor in found.anchors)
        memory.put(policy, source.kind, source.name, found, now=now, expires=min(now + age, ends), owner=owner)
        return found
    check_list_signers(found, issuers, policy)
    return found


def check_list_signers(found: VerifiedList, issuers: Collection[Anchor] | None, policy: Policy) -> None:
    """Refuses a status list of another authority than the credential's own, or one that the policy names.

    Without this, whoever may sign some status list could say that the titles of another issuer are in force.

    Raises:
        VerificationError: `status_list_signer`.
    """
    if issuers is None:
        return
    if not any(anchor in issuers or anchor.name in policy.status_signers for anchor in found.anchors):
        raise VerificationError("status_list_signer")


def _ends(found: VerifiedList, context: VerificationContext) -> int:
    """When a list ends; one that does not say so ends some time after it was signed, or it would hide what came since.

    Raises:
        VerificationError: `status_list_expired`.
    """
    if found.expires is not None:
        return found.expires
    ends = 0 if found.signed is None else found.signed + context.policy.max_list_age
    if ends <= context.now:
        raise VerificationError("status_list_expired", "without an end, and old, or of unknown age")
    return ends
