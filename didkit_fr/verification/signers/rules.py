"""Whose signatures count for a W3C credential: a rule of the verifier's, asked of what a document says of itself.

The rule of a relying party is its anchors (`by_anchors`). A service that knows its issuers otherwise brings its own:
all other steps are the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from didkit_fr.encoding.budget import Budget
from didkit_fr.errors import VerificationError
from didkit_fr.flow import Flow
from didkit_fr.trust.path import TrustedBbsKey, TrustedPath
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.key import Signed, find_bbs_key, find_key

__all__ = ["PASSED", "FindSigners", "Found", "Stated", "Types", "by_anchors"]

PASSED = "passed"

Types: TypeAlias = tuple[str | None, ...]
"""The types of credential for which signers must be believed; None for any at all, which the role alone decides."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a document says of who secured it; nothing of it is to be believed.

    `role` is what the signers must be believed for (`trust.anchors.ROLES`), `issuer` whom the document names (None:
    nobody). `signers` are by the name of their key; those in `blind` sign with BBS. `types` reads the types.
    """

    role: str
    issuer: str | None
    signers: Mapping[str, Signed]
    types: Callable[[], Types]
    blind: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """The keys of all signers, by name, each with whom it may speak for; `trust` goes to `checks`."""

    keys: Mapping[str, TrustedPath | TrustedBbsKey]
    trust: str = PASSED


FindSigners: TypeAlias = Callable[[Stated], Flow[Found]]
"""Finds the key of every signer, as a flow; a signer that is not believed is refused, and causes no request.

Raises:
    ParseError, FetchError, VerificationError: those of `verification.key.find_key`; `issuer_unknown`.
"""


def by_anchors(policy: Policy, memory: Memory, now: int, budget: Budget) -> FindSigners:
    """The rule of a policy: its anchors admit every signer, for every type that the credential has.

    Each type may need another path of the same certificates: they are counted in `budget` for each.
    """

    async def one(name: str, signed: Signed, stated: Stated, type_: str | None) -> TrustedPath | TrustedBbsKey:
        if name in stated.blind:
            return await find_bbs_key(name, role=stated.role, type_=type_, policy=policy, memory=memory, now=now)
        # Seldom enough seen that its certificates need not be remembered.
        found = await find_key(
            signed, role=stated.role, type_=type_, budget=budget, policy=policy, memory=memory, now=now
        )
        return found.path

    async def find(stated: Stated) -> Found:
        # One that says in whose name it signs is compared with that name where its key is found.
        silent = [name for name, signed in stated.signers.items() if "iss" not in signed.unverified_claims()]
        dids = {name.partition("#")[0] for name in silent if name.startswith("did:")}
        if dids and stated.issuer not in dids:
            raise VerificationError("issuer_mismatch")
        found: dict[str, TrustedPath | TrustedBbsKey] = {}
        for type_ in stated.types():
            for name, signed in stated.signers.items():
                path = await one(name, signed, stated, type_)
                if name in found and found[name].key != path.key:
                    raise VerificationError("issuer_mismatch")
                found[name] = path
        return Found(MappingProxyType(found))

    return find
