"""Whose key signed this? For every kind of signed document: credentials, status lists, request objects."""

from collections.abc import Mapping, Sequence
from typing import Any

from didkit_fr.errors import VerificationError
from didkit_fr.keys.x509 import Certificate, parse_x5c
from didkit_fr.trust.path import TrustedPath, verify_path
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy

__all__ = ["find_key"]


def find_key(
    header: Mapping[str, Any], *, role: str, type_: str | None, policy: Policy, memory: Memory, now: int
) -> TrustedPath:
    """Completes the `x5c` chain of a header to an anchor that has this role (and may issue this type), offline.

    Only a path that was verified is remembered, under the chain's exact text, for as long as its certificates hold.

    Raises:
        ParseError: `x5c_malformed` and those of `keys.x509`.
        VerificationError: `issuer_unknown`, `issuer_not_for_type`, `certificate_...`.
    """
    x5c = header.get("x5c")
    if not isinstance(x5c, list) or not all(isinstance(item, str) for item in x5c):
        raise VerificationError("issuer_unknown", "no x5c certificate chain")
    name = ("path", role, type_, *x5c)
    known = memory.get(policy, name, now=now)
    if isinstance(known, TrustedPath):
        return known
    path = _complete(parse_x5c(x5c), role, type_, policy, now)
    memory.put(policy, name, path, now=now, expires=path.valid_until + 1)
    return path


def _complete(chain: Sequence[Certificate], role: str, type_: str | None, policy: Policy, now: int) -> TrustedPath:
    """Asks the anchors for this type first; a known issuer of other types is told from a stranger."""
    try:
        return verify_path(chain, policy.anchors.admitting(role, type_), now=now, purpose=role)
    except VerificationError as error:
        if error.code != "issuer_unknown" or type_ is None:
            raise
    verify_path(chain, policy.anchors.admitting(role), now=now, purpose=role)
    raise VerificationError("issuer_not_for_type")
