"""Whose signatures count for a W3C credential: a rule of the verifier's, asked of what a document says of itself.

The rule of a relying party is its anchors (`by_anchors`). A service that knows its issuers otherwise brings its own:
all other steps are the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from didkit_fr.errors import VerificationError
from didkit_fr.flow import Flow
from didkit_fr.proofs.claimed_signer import BbsDidUrl, ClaimedSigner, DidUrl, did_of
from didkit_fr.trust.path import TrustedBbsKey, TrustedPath
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.key import find_key
from didkit_fr.verification.steps import PASSED

__all__ = ["FindSigners", "Found", "Stated", "Types", "by_anchors"]

Types: TypeAlias = tuple[str | None, ...]
"""The types of credential for which signers must be believed; None for any at all, which the role alone decides."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a document says of who secured it; nothing of it is to be believed.

    `role` is what the signers must be believed for (`trust.anchors.ROLES`), `issuer` whom the document names (None:
    nobody). `signers` are who it claims secured it, each by the name that its proof gives the key. `types` reads the
    types.
    """

    role: str
    issuer: str | None
    signers: Mapping[str, ClaimedSigner]
    types: Callable[[], Types]


@dataclass(frozen=True, slots=True)
class Found:
    """The keys of all signers, by name, each with whom it may speak for; `trust` goes to `checks`."""

    keys: Mapping[str, TrustedPath | TrustedBbsKey]
    trust: str = PASSED


FindSigners: TypeAlias = Callable[[Stated, VerificationContext], Flow[Found]]
"""Finds the key of every signer, as a flow; a signer that is not believed is refused, and causes no request.

Raises:
    ParseError, FetchError, VerificationError: those of `verification.signers.key.find_key`; `issuer_unknown`.
"""


async def by_anchors(stated: Stated, context: VerificationContext) -> Found:
    """The rule of a policy: its anchors admit every signer, for every type that the credential has.

    Each type may need another path of the same certificates: they are counted in the budget for each.
    """
    dids = {did_of(one) for one in stated.signers.values() if isinstance(one, (DidUrl, BbsDidUrl))}
    # Nobody is asked for the keys of a document that another than its issuer signed.
    if dids and stated.issuer not in dids:
        raise VerificationError("issuer_mismatch")
    found: dict[str, TrustedPath | TrustedBbsKey] = {}
    for type_ in stated.types():
        for name, claimed in stated.signers.items():
            # Seldom enough seen that its certificates need not be remembered.
            path = (await find_key(claimed, context, role=stated.role, type_=type_)).path
            if name in found and found[name].key != path.key:
                raise VerificationError("issuer_mismatch")
            found[name] = path
    return Found(MappingProxyType(found))
