"""The source port: attributes exist on evidence only, and the register decides what evidence is.

The service cannot ask for a person. An officer's ticket, signed with a key the service does not hold, opens the
register for one document and one title; what comes back is a handle that lasts minutes and a few reads. There is no
verb that takes a document number, and none may be added.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = ["OpenedEvidence", "RegisterAnswer", "Source"]


@dataclass(frozen=True, slots=True)
class OpenedEvidence:
    """What a ticket was exchanged for: `evidence` is opaque and secret, good for `title` until `expires` (seconds)."""

    evidence: str = field(repr=False)
    title: str
    expires: int


@dataclass(frozen=True, slots=True)
class RegisterAnswer:
    """What the register holds now about the citizen of the evidence; sign it and forget it.

    `attributes` maps the attribute ids of the title's table to JSON values; the title's codecs have yet to check them.
    """

    title: str
    document_number: str = field(repr=False)
    attributes: dict[str, Any] = field(repr=False)


class Source(Protocol):
    """Where attributes come from. A verb that raises `FetchError` may be called again with the same argument."""

    async def open(self, ticket: str) -> OpenedEvidence:
        """Exchanges an officer's ticket, used up at most once: of two calls with one ticket, one is refused.

        Where the answer is lost after the register gave it, the ticket is spent: the officer writes another.

        Raises:
            FetchError: `register_unavailable`.
            VerificationError: `ticket_malformed`, `ticket_forged`, `ticket_expired`, `ticket_replayed`,
                `ticket_title`, `ticket_unknown_document`, `birth_date_partial`, `birth_date_inconsistent`.
        """
        ...

    async def attributes(self, evidence: str) -> RegisterAnswer:
        """Reads the attributes as they are now, for the one citizen and title of the evidence; each call counts.

        Raises:
            FetchError: `register_unavailable`.
            VerificationError: `evidence_unknown`, `evidence_expired`, `evidence_exhausted`.
        """
        ...
