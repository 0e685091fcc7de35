"""The issuer's metadata, signed: once in as long as caches may keep them, however many ask."""

import asyncio
from dataclasses import dataclass, field

from didkit_fr.protocols.openid4vci.signed_metadata import prepare_metadata
from issuer_service.keys.port import DOCUMENT, sign_all
from issuer_service.titles.formats.port import Identity
from issuer_service.titles.issuance import Issuer

__all__ = ["MAX_AGE", "SignedMetadata"]

MAX_AGE = 300


@dataclass(frozen=True, slots=True)
class _Kept:
    identity: Identity
    made: int
    token: str = field(repr=False)


class SignedMetadata:
    """Signs the metadata of one issuer; without it, whoever asks would make a slow signer sign each time."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._kept: _Kept | None = None
        self._signing = asyncio.Lock()

    async def token(self, *, now: int) -> str:
        """The metadata as a JWT (OpenID4VCI section 12.2.3), signed at most `MAX_AGE` seconds before `now`.

        Raises:
            FetchError: where the signer cannot be reached.
        """
        identity = self._issuer.identity(DOCUMENT, now=now)
        async with self._signing:
            kept = self._kept
            if kept is None or kept.identity is not identity or not kept.made <= now < kept.made + MAX_AGE:
                kept = self._kept = _Kept(identity, now, await self._signed(identity, now))
        return kept.token

    async def _signed(self, identity: Identity, now: int) -> str:
        ports = self._issuer.ports
        unsigned = prepare_metadata(
            ports.catalogue.metadata,
            identity.signer,
            chain=identity.chain,
            now=now,
            lifetime=ports.settings.metadata_expires,
        )
        (token,) = await sign_all(identity.signer, [unsigned])
        return token
