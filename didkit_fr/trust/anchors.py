"""Trust anchors: which root, DID or web address is believed, in which role, for which types of credential.

The file is the relying party's own decision, so that it is read strictly: a member that is not understood might be a
restriction that was misspelt.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError
from didkit_fr.keys import x509
from didkit_fr.keys.x509 import Certificate
from didkit_fr.trust.revocation import parse_list

__all__ = ["MAX_ANCHORS", "MAX_BYTES", "ROLES", "Anchor", "Anchors"]

MAX_BYTES = 1_048_576
MAX_ANCHORS = 256
MAX_TYPES = 64
MAX_CHARS = 256
MAX_DID_CHARS = 4_096
ROLES = frozenset({"credential", "status", "request"})

_KINDS = ("certificate", "did", "issuer")
_OF_CERTIFICATES = frozenset({"revocation", "leaf_types"})
_MEMBERS = frozenset({"name", "roles", "types", *_OF_CERTIFICATES, *_KINDS})
_CRL_BEGIN, _CRL_END = "-----BEGIN X509 CRL-----", "-----END X509 CRL-----"
_CRL = re.compile(rf"{_CRL_BEGIN}([A-Za-z0-9+/=\s]+){_CRL_END}", re.ASCII)
_DID = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._%-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Whom one believes, and for what: exactly one of a root certificate, a DID, and an issuer's web address.

    `roles` are of `ROLES`: it certifies, or is, signers of credentials, of status lists, of presentation requests.
    `types` are the exact types (`vct`, document type, ...) its signers may issue; only the role "credential" has types.
    `did` is the whole DID, whose document names the keys; `issuer` the `https` URL that publishes them at
    `/.well-known/jwt-vc-issuer`. `revocation` is the certificate revocation list of a root (DER): without a current
    one, no certificate below is believed. With `leaf_types`, documents of ISO are believed only of signers whose
    certificates name the document type (`keys.leaf_types`); without it, signers whose certificates name none may sign
    all `types`.
    """

    name: str
    certificate: Certificate | None
    roles: frozenset[str]
    types: frozenset[str]
    did: str | None = None
    issuer: str | None = None
    revocation: bytes | None = field(default=None, repr=False)
    leaf_types: bool = False

    def __post_init__(self) -> None:
        """Refuses an anchor that names no party, or two at once.

        Raises:
            ParseError: `anchors_malformed`.
        """
        if [self.certificate, self.did, self.issuer].count(None) != len(_KINDS) - 1:
            raise ParseError("anchors_malformed", "one of certificate, did, issuer is due")

    @property
    def root(self) -> tuple[Certificate | None, str | None, str | None]:
        """Who it is: no two anchors are the same."""
        return self.certificate, self.did, self.issuer


@dataclass(frozen=True, slots=True)
class Anchors:
    """All the anchors of one relying party or wallet; none is a valid decision: no issuer is believed."""

    anchors: tuple[Anchor, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Reads an anchors file: `{"anchors": [{"name", "roles", "types", "certificate": PEM}]}`.

        A row may have `did` or `issuer` in place of `certificate`, and beside one `revocation`, its revocation list in
        PEM, and `leaf_types`, true or false.

        Raises:
            ParseError: `anchors_malformed` and those of `encoding.json`.
        """
        document = json.parse_object(raw, max_bytes=MAX_BYTES)
        rows = document.get("anchors")
        if set(document) != {"anchors"} or not isinstance(rows, list) or len(rows) > MAX_ANCHORS:
            raise ParseError("anchors_malformed", f"not a list of at most {MAX_ANCHORS} anchors")
        anchors = tuple(_anchor(row, at) for at, row in enumerate(rows))
        # One root twice would have two sets of rights, and which one was meant would be undecided.
        for what in ({anchor.name for anchor in anchors}, {anchor.root for anchor in anchors}):
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
    name = row.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_CHARS or not name.isprintable():
        raise _refusal(at, "name")
    roles = _texts(row.get("roles"), at, "roles")
    if not roles or not ROLES.issuperset(roles):
        raise _refusal(at, "roles")
    types = _texts(row.get("types", []), at, "types")
    if bool(types) != ("credential" in roles):
        raise _refusal(at, "types")
    kinds = [kind for kind in _KINDS if kind in row]
    if len(kinds) != 1:
        raise _refusal(at, "one of certificate, did, issuer is due")
    text = row[kinds[0]]
    if not isinstance(text, str):
        raise _refusal(at, kinds[0])
    if kinds == ["certificate"]:
        revocation, leaf_types = _revocation(row, at), _leaf_types(row, at)
        return Anchor(name, _certificate(text, at), roles, types, revocation=revocation, leaf_types=leaf_types)
    for member in sorted(_OF_CERTIFICATES & row.keys()):
        raise _refusal(at, member)
    if kinds == ["did"]:
        return Anchor(name, None, roles, types, did=_did(text, at))
    return Anchor(name, None, roles, types, issuer=_issuer(text, at))


def _certificate(text: str, at: int) -> Certificate:
    try:
        return x509.parse_pem(text)
    except ParseError:
        raise _refusal(at, "certificate") from None


def _revocation(row: dict[str, JsonValue], at: int) -> bytes | None:
    text = row.get("revocation")
    if "revocation" not in row:
        return None
    block = _CRL.fullmatch(text.strip()) if isinstance(text, str) else None
    try:
        data = b64decode("".join(block[1].split()), validate=True) if block else b""
        parse_list(data)
    except (ParseError, ValueError):
        raise _refusal(at, "revocation") from None
    return data


def _leaf_types(row: dict[str, JsonValue], at: int) -> bool:
    value = row.get("leaf_types", False)
    if not isinstance(value, bool):
        raise _refusal(at, "leaf_types")
    return value


def _did(text: str, at: int) -> str:
    """A DID without path, query or fragment; whether its method is supported shows when it is resolved."""
    if len(text) > MAX_DID_CHARS or _DID.fullmatch(text) is None:
        raise _refusal(at, "did")
    return text


def _issuer(text: str, at: int) -> str:
    """An issuer URL (SD-JWT VC section 4): `https`, a host, and neither query nor fragment."""
    try:
        parts = urlsplit(text)
        proper = parts.scheme == "https" and parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        proper = False
    if (
        not proper
        or not text.isascii()
        or not text.isprintable()
        or len(text) > MAX_CHARS
        or set(text) & set(' ?#\\"<>')
    ):
        raise _refusal(at, "issuer")
    return text


def _texts(value: JsonValue, at: int, member: str) -> frozenset[str]:
    if not isinstance(value, list) or len(value) > MAX_TYPES:
        raise _refusal(at, member)
    if not all(isinstance(text, str) and 0 < len(text) <= MAX_CHARS and text.isprintable() for text in value):
        raise _refusal(at, member)
    texts = frozenset(value)
    if len(texts) != len(value):
        raise _refusal(at, member)
    return texts


def _row(anchor: Anchor) -> dict[str, JsonValue]:
    row: dict[str, JsonValue] = {"name": anchor.name, "roles": sorted(anchor.roles), "types": sorted(anchor.types)}
    if anchor.certificate is not None:
        certificate = x509.pem(anchor.certificate).decode("ascii")
        listed = {} if anchor.revocation is None else {"revocation": _pem(anchor.revocation)}
        demanded = {"leaf_types": True} if anchor.leaf_types else {}
        return {**row, "certificate": certificate, **listed, **demanded}
    return {**row, **({"did": anchor.did} if anchor.did is not None else {"issuer": str(anchor.issuer)})}


def _pem(revocation: bytes) -> str:
    return f"{_CRL_BEGIN}\n{b64encode(revocation).decode('ascii')}\n{_CRL_END}\n"


def _refusal(at: int, member: str) -> ParseError:
    return ParseError("anchors_malformed", f"anchor {at}: {member}")
