"""The status lists as published: signed from what storage says, and from nothing else.

What a process keeps is only the signature's work: a list is read from storage for each request, so that a revocation
by another process shows at once, and signed again when it changed or after `ttl` seconds.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from didkit_fr.encoding import json
from didkit_fr.errors import VerificationError
from didkit_fr.formats import ldp_vc
from didkit_fr.keys.x509 import build_x5c
from didkit_fr.status import token_cwt
from didkit_fr.status.bitstring import PURPOSES, build_list
from didkit_fr.status.token import INVALID, SUSPENDED, pack
from didkit_fr.status.token import build_list as build_token
from issuer_service.shell.permutation import Permutation
from issuer_service.storage.port import StatusListState
from issuer_service.titles.formats.port import ATTESTATION, DOCUMENT, MDOC
from issuer_service.titles.issuance import Issuer, status_uri
from issuer_service.titles.revoking import is_suspendable

__all__ = ["StatusLists"]

MAX_KEPT = 256
SUITE = "ecdsa-rdfc-2019"

_JWT, _CWT = "", "cwt"


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
        self._bits = 2 if any(map(is_suspendable, issuer.desk.settings.titles)) else 1
        self._kept: OrderedDict[tuple[int, str], _Signed] = OrderedDict()

    async def token(self, list_id: int, *, now: int) -> str:
        """The Status List Token of one list (draft-ietf-oauth-status-list-20 section 5.1).

        Raises:
            FetchError: `storage_...`.
            VerificationError: `status_list_unknown`.
        """
        return (await self._fresh(list_id, _JWT, now, self._sign)).decode("ascii")

    async def cwt(self, list_id: int, *, now: int) -> bytes:
        """The same list in its CWT form (section 5.2), signed as documents of ISO are.

        Raises:
            FetchError: `storage_...`.
            VerificationError: `status_list_unknown`.
        """
        return await self._fresh(list_id, _CWT, now, self._sign_cwt)

    async def bitstring(self, list_id: int, purpose: str, *, now: int) -> bytes:
        """The same list as a W3C credential, for one purpose (Bitstring Status List 1.0 section 2.2).

        Raises:
            FetchError: `storage_...`.
            VerificationError: `status_list_unknown`.
        """
        return await self._fresh(list_id, purpose, now, partial(self._sign_bitstring, purpose))

    async def _fresh(
        self, list_id: int, purpose: str, now: int, sign: Callable[[StatusListState, int], bytes]
    ) -> bytes:
        state = await self._issuer.desk.storage.status_list(list_id)
        if state is None:
            raise VerificationError("status_list_unknown")
        kept = self._kept.get((list_id, purpose))
        ttl = self._issuer.desk.settings.status_ttl
        if kept is None or kept.state != state or not kept.made <= now < kept.made + ttl:
            kept = _Signed(state, now, sign(state, now))
            self._keep((list_id, purpose), kept)
        return kept.document

    def _keep(self, key: tuple[int, str], signed: _Signed) -> None:
        self._kept[key] = signed
        self._kept.move_to_end(key)
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)

    def _sign_bitstring(self, purpose: str, state: StatusListState, now: int) -> bytes:
        settings, identity = self._issuer.desk.settings, self._issuer.identity(ATTESTATION, now=now)
        permutation = Permutation.of(self._issuer.keyring.permutation, state.list_id, state.size)
        counters = state.invalid if PURPOSES[purpose] == INVALID else state.suspended
        document = build_list(
            f"{status_uri(settings, state.list_id)}/{purpose}",
            purpose,
            identity.did,
            map(permutation.index, counters),
            state.size,
            (now, now + settings.status_expires),
        )
        signed = ldp_vc.sign(document, identity.signer, verification_method=identity.method, cryptosuite=SUITE, now=now)
        return json.encode(signed)

    def _sign(self, state: StatusListState, now: int) -> bytes:
        identity = self._issuer.identity(DOCUMENT, now=now)
        token = build_token(
            self._packed(state), signer=identity.signer, x5c=build_x5c(identity.chain), **self._stated(state, now)
        )
        return token.encode("ascii")

    def _sign_cwt(self, state: StatusListState, now: int) -> bytes:
        identity = self._issuer.identity(MDOC, now=now)
        return token_cwt.build_list(
            self._packed(state), signer=identity.signer, chain=identity.chain, **self._stated(state, now)
        )

    def _packed(self, state: StatusListState) -> bytes:
        permutation = Permutation.of(self._issuer.keyring.permutation, state.list_id, state.size)
        suspended = {permutation.index(counter): SUSPENDED for counter in state.suspended}
        return pack(state.size, map(permutation.index, state.invalid), bits=self._bits, others=suspended)

    def _stated(self, state: StatusListState, now: int) -> dict[str, Any]:
        """What a list says of itself in either form."""
        settings = self._issuer.desk.settings
        return {
            "bits": self._bits,
            "aggregation": f"{settings.issuer}/status",
            "uri": status_uri(settings, state.list_id),
            "now": now,
            "ttl": settings.status_ttl,
            "expires": now + settings.status_expires,
        }
