"""What every DID method gives the resolver: the JSON of a document, as a flow."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from didkit_fr.did.url import Did
from didkit_fr.encoding.json import JsonObject
from didkit_fr.flow import Flow

__all__ = ["Found", "Method"]


class Found(NamedTuple):
    """A document before it is checked, and for how many seconds its source says it stays fresh (None: unsaid)."""

    document: JsonObject
    max_age: int | None = None


Method: TypeAlias = Callable[[Did], Flow[Found]]
"""Finds the document of a DID of one method; with it, a table of methods is extended."""
