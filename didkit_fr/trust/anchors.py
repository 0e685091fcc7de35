"""Trust anchors: which root is believed, in which role, for which types of credential.

The file is the relying party's own decision, so that it is read strictly: a member that is not understood might be a
restriction that was misspelt.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives.serialization import Encoding

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError
from didkit_fr.keys import x509
from didkit_fr.keys.x509 import Certificate

__all__ = ["MAX_ANCHORS", "MAX_BYTES", "ROLES", "Anchor", "Anchors"]

MAX_BYTES = 1_048_576
MAX_ANCHORS = 256
MAX_TYPES = 64
MAX_CHARS = 256
ROLES = frozenset({"credential", "status", "request"})

_MEMBERS = frozenset({"name", "roles", "types", "certificate"})


@dataclass(frozen=True, slots=True)
class Anchor:
    """A root certificate and what it is believed for.

    `roles` are of `ROLES`: it certifies signers of credentials, of status lists, of presentation requests. `types` are
    the exact `vct` values its signers may issue; only the role "credential" has types.
    """

    name: str
    certificate: Certificate
    roles: frozenset[str]
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Anchors:
    """All the anchors of one relying party or wallet; none is a valid decision: nobody is believed."""

    anchors: tuple[Anchor, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Reads an anchors file: `{"anchors": [{"name", "roles", "types", "certificate": PEM}]}`.

        Raises:
            ParseError: `anchors_malformed` and those of `encoding.json`.
        """
        document = json.parse_object(raw, max_bytes=MAX_BYTES)
        rows = document.get("anchors")
        if set(document) != {"anchors"} or not isinstance(rows, list) or len(rows) > MAX_ANCHORS:
            raise ParseError("anchors_malformed", f"not a list of at most {MAX_ANCHORS} anchors")
        anchors = tuple(_anchor(row, at) for at, row in enumerate(rows))
        # One certificate twice would have two sets of rights, and nobody could say which one was meant.
        for what in ({anchor.name for anchor in anchors}, {anchor.certificate for anchor in anchors}):
            if len(what) != len(anchors):
                raise ParseError("anchors_malformed", "an anchor is repeated")
        return cls(anchors)

    def encode(self) -> bytes:
        """Writes the file that `parse` reads."""
        return json.encode({"anchors": [_row(anchor) for anchor in self.anchors]})

    def admitting(self, role: str, type_: str | None = None) -> tuple[Anchor, ...]:
        """The anchors believed in a role; with a type, of those for credentials only the ones believed for it.

        To believe a credential, always give its type: without one, this says only who issues anything at all.
        """
        return tuple(
            anchor
            for anchor in self.anchors
            if role in anchor.roles and (role != "credential" or type_ is None or type_ in anchor.types)
        )


def _anchor(row: JsonValue, at: int) -> Anchor:
    if not isinstance(row, dict) or not _MEMBERS.issuperset(row):
        raise _refusal(at, "members")
    name, text = row.get("name"), row.get("certificate")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_CHARS or not name.isprintable():
        raise _refusal(at, "name")
    roles = _texts(row.get("roles"), at, "roles")
    if not roles or not ROLES.issuperset(roles):
        raise _refusal(at, "roles")
    types = _texts(row.get("types", []), at, "types")
    if bool(types) != ("credential" in roles):
        raise _refusal(at, "types")
    if not isinstance(text, str):
        raise _refusal(at, "certificate")
    try:
        certificate = x509.parse_pem(text)
    except ParseError:
        raise _refusal(at, "certificate") from None
    return Anchor(name, certificate, roles, types)


def _texts(value: JsonValue, at: int, member: str) -> frozenset[str]:
    if not isinstance(value, list) or len(value) > MAX_TYPES:
        raise _refusal(at, member)
    if not all(isinstance(text, str) and 0 < len(text) <= MAX_CHARS and text.isprintable() for text in value):
        raise _refusal(at, member)
    texts = frozenset(value)
    if len(texts) != len(value):
        raise _refusal(at, member)
    return texts


def _row(anchor: Anchor) -> dict[str, str | Collection[str]]:
    pem = anchor.certificate.public_bytes(Encoding.PEM).decode("ascii")
    return {"name": anchor.name, "roles": sorted(anchor.roles), "types": sorted(anchor.types), "certificate": pem}


def _refusal(at: int, member: str) -> ParseError:
    return ParseError("anchors_malformed", f"anchor {at}: {member}")
