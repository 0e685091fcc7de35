"""Decentralised identity for a state: issue, hold and verify identity titles.

The public names are loaded on first use (PEP 562), so that importing the library costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from didkit_fr.errors import DidkitError, FetchError, ParseError, ProtocolError, VerificationError
    from didkit_fr.relying_party import (
        Answer,
        MemoryTransactions,
        Query,
        Refusal,
        SameDevice,
        TransactionStore,
        Verifier,
        build_refusal,
    )
    from didkit_fr.trust.anchors import Anchors
    from didkit_fr.verification.memory import Memory
    from didkit_fr.verification.policy import Policy
    from didkit_fr.verification.verify import Verified

__version__ = "0.1.0"

_HOMES = {
    "Answer": "didkit_fr.relying_party",
    "Anchors": "didkit_fr.trust.anchors",
    "DidkitError": "didkit_fr.errors",
    "FetchError": "didkit_fr.errors",
    "Memory": "didkit_fr.verification.memory",
    "MemoryTransactions": "didkit_fr.relying_party",
    "ParseError": "didkit_fr.errors",
    "Policy": "didkit_fr.verification.policy",
    "ProtocolError": "didkit_fr.errors",
    "Query": "didkit_fr.relying_party",
    "Refusal": "didkit_fr.relying_party",
    "SameDevice": "didkit_fr.relying_party",
    "TransactionStore": "didkit_fr.relying_party",
    "VerificationError": "didkit_fr.errors",
    "Verified": "didkit_fr.verification.verify",
    "Verifier": "didkit_fr.relying_party",
    "build_refusal": "didkit_fr.relying_party",
}

__all__ = [
    "Anchors",
    "Answer",
    "DidkitError",
    "FetchError",
    "Memory",
    "MemoryTransactions",
    "ParseError",
    "Policy",
    "ProtocolError",
    "Query",
    "Refusal",
    "SameDevice",
    "TransactionStore",
    "VerificationError",
    "Verified",
    "Verifier",
    "__version__",
    "build_refusal",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute may be anything
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
