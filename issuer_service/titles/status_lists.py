"""The status lists as published: signed from what storage says, and from nothing else.

What a process keeps is only the signature's work: a list is read from storage for each request, so that a revocation
by another process shows at once, and signed again when it changed or after `ttl` seconds.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import VerificationError
from didkit_fr.formats import ldp_vc
from didkit_fr.keys.x509 import build_x5c
from didkit_fr.status import token_cwt
from didkit_fr.status.bitstring import STATUS_PURPOSES, build_list
from didkit_fr.status.token import INVALID, SUSPENDED, pack, prepare_list
from issuer_service.keys.port import ATTESTATION, DOCUMENT, MDOC, PERMUTATION, Prepared, sign_all
from issuer_service.shell.permutation import Permutation
from issuer_service.storage.port import StatusListState
from issuer_service.titles.formats.port import Identity
from issuer_service.titles.issuance import Issuer, status_uri
from issuer_service.titles.revoking import is_suspendable

__all__ = ["StatusLists"]

MAX_KEPT = 256
LANES = 16
SUITE = "ecdsa-rdfc-2019"

_JWT, _CWT = "", "cwt"

_Document: TypeAlias = str | bytes | JsonObject
_Unsigned: TypeAlias = tuple[Identity, Prepared[bytes, _Document]]
"""A list that lacks but a signature, and whose."""


@dataclass(frozen=True, slots=True)
class _Signed:
    state: StatusListState
    made: int
    document: bytes = field(repr=False)


class StatusLists:
    """Signs status lists for one issuer."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        # Titles share their lists: an entry's width must not tell which title it is of.
        self._bits = 2 if any(map(is_suspendable, issuer.ports.settings.titles)) else 1
        self._kept: OrderedDict[tuple[int, str], _Signed] = OrderedDict()
        self._signing = tuple(asyncio.Lock() for _ in range(LANES))

    async def token(self, list_id: int, *, now: int) -> str:
        """The Status List Token of one list (draft-ietf-oauth-status-list-20 section 5.1).

        Raises:
            FetchError: `storage_...`.
            VerificationError: `status_list_unknown`.
        """
        return (await self._fresh(list_id, _JWT, now, self._prepare)).decode("ascii")

    async def cwt(self, list_id: int, *, now: int) -> bytes:
        """The same list as a CWT (section 5.2), signed as documents of ISO are.

        Raises:
            FetchError: `storage_...`.
            VerificationError: `status_list_unknown`.
        """
        return await self._fresh(list_id, _CWT, now, self._prepare_cwt)

    async def bitstring(self, list_id: int, purpose: str, *, now: int) -> bytes:
        """The same list as a W3C credential, for one purpose (Bitstring Status List 1.0 section 2.2).

        Raises:
            FetchError: `storage_...`.
            VerificationError: `status_list_unknown`.
        """
        return await self._fresh(list_id, purpose, now, partial(self._prepare_bitstring, purpose))

    async def _fresh(
        self, list_id: int, purpose: str, now: int, prepare: Callable[[StatusListState, int], _Unsigned]
    ) -> bytes:
        state = await self._issuer.ports.storage.status_list(list_id)
        if state is None:
            raise VerificationError("status_list_unknown")
        found = self._found((list_id, purpose), state, now)
        if found is None:
            # One at a time signs a list, as long as that may take: whoever waited finds what was signed meanwhile.
            async with self._signing[list_id % LANES]:
                found = self._found((list_id, purpose), state, now)
                if found is None:
                    identity, unsigned = prepare(state, now)
                    (document,) = await sign_all(identity.signer, [unsigned])
                    found = _Signed(state, now, _octets(document))
                    self._keep((list_id, purpose), found)
        return found.document

    def _found(self, key: tuple[int, str], state: StatusListState, now: int) -> "_Signed | None":
        kept, ttl = self._kept.get(key), self._issuer.ports.settings.status_ttl
        fresh = kept is not None and kept.state == state and kept.made <= now < kept.made + ttl
        return kept if fresh else None

    def _keep(self, key: tuple[int, str], signed: _Signed) -> None:
        self._kept[key] = signed
        self._kept.move_to_end(key)
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)

    def _prepare_bitstring(self, purpose: str, state: StatusListState, now: int) -> _Unsigned:
        settings, identity = self._issuer.ports.settings, self._issuer.identity(ATTESTATION, now=now)
        permutation = Permutation.of(self._issuer.keys.secret(PERMUTATION), state.list_id, state.size)
        counters = state.invalid if STATUS_PURPOSES[purpose] == INVALID else state.suspended
        document = build_list(
            f"{status_uri(settings, state.list_id)}/{purpose}",
            purpose,
            identity.did,
            map(permutation.index, counters),
            state.size,
            (now, now + settings.status_expires),
        )
        return identity, ldp_vc.prepare(
            document, identity.signer, verification_method=identity.method, cryptosuite=SUITE, now=now
        )

    def _prepare(self, state: StatusListState, now: int) -> _Unsigned:
        identity = self._issuer.identity(DOCUMENT, now=now)
        return identity, prepare_list(
            self._packed(state), signer=identity.signer, x5c=build_x5c(identity.chain), **self._stated(state, now)
        )

    def _prepare_cwt(self, state: StatusListState, now: int) -> _Unsigned:
        identity = self._issuer.identity(MDOC, now=now)
        return identity, token_cwt.prepare_list(
            self._packed(state), signer=identity.signer, chain=identity.chain, **self._stated(state, now)
        )

    def _packed(self, state: StatusListState) -> bytes:
        permutation = Permutation.of(self._issuer.keys.secret(PERMUTATION), state.list_id, state.size)
        suspended = {permutation.index(counter): SUSPENDED for counter in state.suspended}
        return pack(state.size, map(permutation.index, state.invalid), bits=self._bits, others=suspended)

    def _stated(self, state: StatusListState, now: int) -> dict[str, Any]:
        """What a list says of itself in either encoding."""
        settings = self._issuer.ports.settings
        return {
            "bits": self._bits,
            "aggregation": f"{settings.issuer}/status",
            "uri": status_uri(settings, state.list_id),
            "now": now,
            "ttl": settings.status_ttl,
            "expires": now + settings.status_expires,
        }


def _octets(document: _Document) -> bytes:
    """A list in any of its formats, as it is sent."""
    if isinstance(document, bytes):
        return document
    return document.encode("ascii") if isinstance(document, str) else json.encode(document)
