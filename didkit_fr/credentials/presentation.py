"""The structure of a W3C presentation, and of what is enveloped in one (VC Data Model 2.0 section 4.13)."""

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from didkit_fr.credentials.model import MAX_CONTEXTS, CheckedCredential, check_credential, model_of
from didkit_fr.credentials.properties import Check, agent, agent_id, each, objects, type_names, url
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError

__all__ = [
    "ENVELOPED_CREDENTIAL",
    "ENVELOPED_PRESENTATION",
    "MAX_CREDENTIALS",
    "MAX_ENVELOPE_CHARS",
    "TYPE",
    "CheckedPresentation",
    "Envelope",
    "build_envelope",
    "check_presentation",
    "parse_envelope",
]

TYPE = "VerifiablePresentation"
ENVELOPED_CREDENTIAL = "EnvelopedVerifiableCredential"
ENVELOPED_PRESENTATION = "EnvelopedVerifiablePresentation"
MAX_CREDENTIALS = 64
MAX_ENVELOPE_CHARS = 1_048_576

_BASE = "https://www.w3.org/ns/credentials/v2"
_OF_ENVELOPES = frozenset({"@context", "id", "type"})
_NAME = r"[A-Za-z0-9!#$&^_.+-]{1,127}"
_DATA = re.compile(
    rf"data:({_NAME}/{_NAME})((?:;{_NAME}(?:={_NAME})?)*),([A-Za-z0-9._~=+/-]+)", re.ASCII | re.IGNORECASE
)
_CHECKS: Mapping[str, Check] = MappingProxyType(
    {"id": url, "holder": agent, "termsOfUse": objects("type"), "proof": objects("type")}
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a `data:` URL holds: a secured document, of which nothing is to be believed."""

    media_type: str
    unverified_content: bytes = field(repr=False)


EmbeddedCredential: TypeAlias = CheckedCredential | Envelope


@dataclass(frozen=True, slots=True)
class CheckedPresentation:
    """A presentation whose structure was checked, and nothing else: none of its credentials was verified.

    Of its credentials, an `Envelope` is secured by itself; one with a `proof` too; one without is said by the holder,
    who is then its issuer.
    """

    version: str
    id: str | None
    types: tuple[str, ...]
    holder: str | None
    credentials: tuple[EmbeddedCredential, ...]
    document: JsonObject = field(repr=False)


def check_presentation(document: JsonObject, *, versions: Collection[str]) -> CheckedPresentation:
    """Checks the structure of a presentation and of the credentials in it.

    Args:
        document: the presentation, secured or not.
        versions: those of the data model that are accepted.

    Raises:
        ParseError: `vc_context`, `vc_type`, `vc_property`, `vc_identifier`, `vc_envelope`, `input_too_large`, and
            those of `check_credential`.
        VerificationError: `self_asserted_holder` for a credential that is secured by nothing but this presentation,
            and whose issuer is not the presentation's holder (section 4.13.3).
    """
    model = model_of(document, versions)
    if "type" not in document:
        raise ParseError("vc_type", "/type is missing")
    stated = type_names(document["type"], "/type")
    if TYPE not in stated:
        raise ParseError("vc_type", f"not a {TYPE}")
    for name, check in _CHECKS.items():
        if name in document:
            check(document[name], f"/{name}")
    holder = agent_id(document["holder"]) if "holder" in document else None
    return CheckedPresentation(
        version=model.version,
        id=document.get("id"),
        types=stated,
        holder=holder,
        credentials=_credentials(document, holder, versions),
        document=document,
    )


def parse_envelope(
    document: JsonObject, *, kind: str = ENVELOPED_CREDENTIAL, max_chars: int = MAX_ENVELOPE_CHARS
) -> Envelope:
    """Opens an enveloped credential, or with `kind` an enveloped presentation (sections 4.13.1 and 4.13.2).

    Nothing secures the object itself: one that says anything else beside what it envelops is refused.

    Raises:
        ParseError: `vc_envelope`, `input_too_large`.
    """
    contexts, stated = document.get("@context"), document.get("type")
    listed = contexts if isinstance(contexts, list) else [contexts]
    if _BASE not in listed or len(listed) > MAX_CONTEXTS or not all(isinstance(one, str) for one in listed):
        raise ParseError("vc_envelope", "@context")
    if not _OF_ENVELOPES.issuperset(document):
        raise ParseError("vc_envelope", "a member that the envelope does not secure")
    if stated not in (kind, [kind]):
        raise ParseError("vc_envelope", "type")
    named = document.get("id")
    if not isinstance(named, str):
        raise ParseError("vc_envelope", "id")
    if len(named) > max_chars:
        raise ParseError("input_too_large", "data: URL")
    # White space around a URL is no part of it (URL Standard, basic URL parser step 1).
    found = _DATA.fullmatch(named.strip(" \t\r\n"))
    if found is None:
        raise ParseError("vc_envelope", "id is not a data: URL")
    return Envelope(found[1].lower(), _content(found[3], found[2]))


def build_envelope(media_type: str, content: bytes | str, *, kind: str = ENVELOPED_CREDENTIAL) -> JsonObject:
    """Puts a secured credential into an object: text as it is, bytes in base64 (RFC 2397)."""
    data = f",{content}" if isinstance(content, str) else f";base64,{base64.b64encode(content).decode('ascii')}"
    return {"@context": [_BASE], "type": kind, "id": f"data:{media_type}{data}"}


def _credentials(document: JsonObject, holder: str | None, versions: Collection[str]) -> tuple[EmbeddedCredential, ...]:
    if "verifiableCredential" not in document:
        return ()
    found = each(document["verifiableCredential"], "/verifiableCredential", max_values=MAX_CREDENTIALS)
    return tuple(_credential(one, at, holder, versions) for at, one in found)


def _credential(value: JsonValue, at: str, holder: str | None, versions: Collection[str]) -> EmbeddedCredential:
    if not isinstance(value, dict):
        raise ParseError("vc_property", f"{at} is not an object")
    stated = value.get("type")
    if ENVELOPED_CREDENTIAL in (stated if isinstance(stated, list) else [stated]):
        return parse_envelope(value)
    credential = check_credential(value, versions=versions)
    if "proof" not in value and credential.issuer != holder:
        raise VerificationError("self_asserted_holder", at)
    return credential


def _content(text: str, parameters: str) -> bytes:
    if not parameters.lower().endswith(";base64"):
        return text.encode("ascii")
    # Padding may be left out in a data: URL (Fetch Standard, data: URL processor; Infra, forgiving-base64 decode).
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        raise ParseError("vc_envelope", "not base64") from None
