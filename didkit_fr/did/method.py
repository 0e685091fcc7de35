"""What every DID method gives the resolver: a document, and what is known of it (DID Resolution), as a flow."""

from dataclasses import dataclass
from typing import Protocol

from didkit_fr.did.url import Did
from didkit_fr.encoding import date_time
from didkit_fr.encoding.json import JsonObject
from didkit_fr.flow import Flow

__all__ = ["NOTHING_KNOWN", "DocumentMetadata", "Found", "Method"]


@dataclass(frozen=True, slots=True)
class DocumentMetadata:
    """What a method knows of a document, beside what stands in it (DID Resolution, "DID Document Metadata").

    Times are seconds since 1970 (UTC). `next_update` and `next_version_id` are of the version that followed the one
    that was found. `equivalent_ids` are the same DID by other names; `canonical_id` is the one of them to be kept. Of a
    DID that is `deactivated`, no key may be used any more.
    """

    created: int | None = None
    updated: int | None = None
    next_update: int | None = None
    version_id: str | None = None
    next_version_id: str | None = None
    canonical_id: str | None = None
    equivalent_ids: tuple[str, ...] = ()
    deactivated: bool = False

    def to_json(self) -> JsonObject:
        """The metadata as a resolution result has it: what is not known is left out."""
        times = {"created": self.created, "updated": self.updated, "nextUpdate": self.next_update}
        known: JsonObject = {name: date_time.build(time) for name, time in times.items() if time is not None}
        texts = {
            "versionId": self.version_id,
            "nextVersionId": self.next_version_id,
            "canonicalId": self.canonical_id,
        }
        known |= {name: text for name, text in texts.items() if text is not None}
        if self.equivalent_ids:
            known["equivalentId"] = list(self.equivalent_ids)
        if self.deactivated:
            known["deactivated"] = True
        return known


NOTHING_KNOWN = DocumentMetadata()


@dataclass(frozen=True, slots=True)
class Found:
    """What a method found: a document before it is checked, and what is known of it.

    `document` may be None where the DID is deactivated, which `metadata` says. `max_age` is for how many seconds its
    source says that all of this stays fresh, None where it says nothing.
    """

    document: JsonObject | None
    metadata: DocumentMetadata = NOTHING_KNOWN
    max_age: int | None = None


class Method(Protocol):
    """Finds the document of a DID of one method; a table of methods is extended with it."""

    def __call__(self, did: Did, *, now: int) -> Flow[Found]:
        """Finds the document as it is at `now` (seconds since 1970, UTC): what is dated later is not believed.

        Raises:
            ParseError: `did_invalid`, and what else is malformed.
            FetchError: the document could not be had.
            VerificationError: `did_not_found`, and what the method refuses.
        """
