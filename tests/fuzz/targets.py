"""What is fuzzed: each kind of document of `tests.refusals`, which parts of its tree it is, and how it is checked."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from didkit_fr.errors import DidkitError
from tests.fuzz.ended import coded
from tests.fuzz.kinds import KINDS as MORE
from tests.refusals.originals import ORIGINALS

KINDS = {**ORIGINALS, **MORE}

# A service starts anew for each example: what it parses is fuzzed by itself here and in tests/issuer_service.
SERVED = {
    *("token request", "credential at the endpoint", "officer ticket", "vault"),
    *("address of an offer", "notification", "request after a notification"),
}
NAMES = sorted(KINDS.keys() - SERVED)
# Which members of a tree are the document; the rest says how the test makes it.
PARTS = {
    "presentation": ("issuer.header", "issuer.claims", "binding.header", "binding.claims", "disclosures", "answers"),
    "issued credential": ("issuer.header", "issuer.claims", "disclosures"),
    "status list": ("list.header", "list.claims"),
    "request object": ("request.header", "request.claims"),
    "posted request object": ("request.header", "request.claims"),
    "named request object": ("request.header", "request.claims"),
    "encrypted response": ("content",),
    "signed metadata": ("metadata.header", "metadata.claims"),
    "signed statement": ("issuer.claims", "binding.header", "binding.claims", "disclosures"),
    "document": ("items", "object", "issuer.protected", "response"),
    "W3C credential token": ("token.header", "token.claims"),
    "W3C presentation token": ("token.header", "token.claims"),
    "W3C presentation with a credential": ("credential", "presentation", "proofs.0.options", "shown.options"),
    "enveloped W3C presentation": (
        *("credential.header", "credential.claims"),
        *("presentation.header", "presentation.claims"),
    ),
    "key proof": ("proof.header", "proof.claims"),
    "credential request": ("request",),
    "offer link": ("document.parameters.credential_offer",),
    "received copies": ("copies.0.issuer.claims", "copies.1.disclosures"),
    "collection": ("metadata",),
    "issuer's part of a document": ("items", "object", "issuer.protected"),
    "response of a device": ("items", "object", "issuer.protected", "response"),
}
# Their trees spell bytes in hexadecimal digits: they are edited as bytes, and by their own tests.
SPELT = {"COSE_Key", "COSE_Mac0", "Multikey"}
TREES = [
    name
    for name in NAMES
    if name in PARTS or (name not in SPELT and isinstance(KINDS[name].tree().get("document"), (dict, list)))
]
BY_ID = {zlib.crc32(name.encode()): name for name in NAMES}
NOWHERE = Path("/nonexistent")


def check(name: str, raw: bytes) -> str:
    """Has a document judged by the public functions; returns the code of its refusal, or "accepted".

    Whatever else than a value or a coded error comes out is a fault, and is raised.
    """
    kind = KINDS[name]
    with kind.receiver(kind.tree()["around"], NOWHERE) as receiver:
        try:
            receiver.receive(raw)
        except DidkitError as error:
            return coded(error)
    return "accepted"


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, the outermost included."""
    yield at
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from places(child, (*at, step))


def found(tree: Any, path: tuple[Any, ...]) -> Any:
    """What stands at a place."""
    for step in path:
        tree = tree[step]
    return tree


def parts(name: str) -> list[tuple[Any, ...]]:
    """The places of a tree that are the document."""
    return [
        tuple(int(step) if step.isdigit() else step for step in part.split("."))
        for part in PARTS.get(name, ("document",))
    ]
