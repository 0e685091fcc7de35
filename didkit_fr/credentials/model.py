"""The structure of a W3C credential: data model 2.0, and 1.1 where that is read.

What is checked here is each property by itself and what they say together. What terms mean is `terms`; who secured the
document, whether it holds now, and what it is worth is asked elsewhere.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from didkit_fr.credentials.properties import (
    Check,
    agent,
    agent_id,
    is_url,
    language_values,
    naive_time,
    objects,
    subjects,
    time,
    type_names,
    types,
    url,
)
from didkit_fr.credentials.related import related_resources
from didkit_fr.encoding import date_time
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError

__all__ = [
    "ISSUED",
    "MAX_CONTEXTS",
    "MODELS",
    "READ",
    "TYPE",
    "CheckedCredential",
    "Model",
    "check_credential",
    "decisive",
    "model_of",
]

ISSUED = frozenset({"2.0"})
"""The versions that are issued."""

READ = frozenset({"1.1", "2.0"})
"""The versions that are read."""

TYPE = "VerifiableCredential"
MAX_CONTEXTS = 16


class Model(NamedTuple):
    """One version of the data model: what a credential must have, may have, and what it calls its validity.

    `decisive` are the members by which a verifier decides whether it is valid, and for what: none may be withheld.
    """

    version: str
    required: tuple[str, ...]
    properties: Mapping[str, Check]
    starts: str
    ends: str
    of_others: frozenset[str]
    decisive: tuple[str, ...]


_TYPED, _NAMED = objects("type"), objects("id", "type")
_RESTRICTING = ("credentialStatus", "credentialSchema", "termsOfUse")

MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "https://www.w3.org/ns/credentials/v2": Model(
            "2.0",
            ("type", "issuer", "credentialSubject"),
            MappingProxyType(
                {
                    "id": url,
                    "type": types,
                    "name": language_values,
                    "description": language_values,
                    "issuer": agent,
                    "credentialSubject": subjects,
                    "validFrom": time,
                    "validUntil": time,
                    "credentialStatus": _TYPED,
                    "credentialSchema": _NAMED,
                    "relatedResource": related_resources,
                    "refreshService": _TYPED,
                    "termsOfUse": _TYPED,
                    "evidence": _TYPED,
                    "renderMethod": _TYPED,
                    "confidenceMethod": _TYPED,
                    "proof": _TYPED,
                }
            ),
            starts="validFrom",
            ends="validUntil",
            # A verifier of model 2.0 ignores `expirationDate`, so an expired credential would pass.
            of_others=frozenset({"issuanceDate", "expirationDate"}),
            decisive=("issuer", "validFrom", "validUntil", *_RESTRICTING, "relatedResource"),
        ),
        "https://www.w3.org/2018/credentials/v1": Model(
            "1.1",
            ("type", "issuer", "issuanceDate", "credentialSubject"),
            MappingProxyType(
                {
                    "id": url,
                    "type": types,
                    "issuer": agent,
                    "credentialSubject": subjects,
                    "issuanceDate": naive_time,
                    "expirationDate": naive_time,
                    "credentialStatus": _NAMED,
                    "credentialSchema": _NAMED,
                    "refreshService": _NAMED,
                    "termsOfUse": _TYPED,
                    "evidence": _TYPED,
                    "proof": _TYPED,
                }
            ),
            starts="issuanceDate",
            ends="expirationDate",
            # Who reads 1.1 reads its own words only, and would believe it for ever.
            of_others=frozenset({"validFrom", "validUntil"}),
            decisive=("issuer", "issuanceDate", "expirationDate", *_RESTRICTING),
        ),
    }
)
"""By the context that has to come first."""


@dataclass(frozen=True, slots=True)
class CheckedCredential:
    """A credential whose structure was checked, and nothing else: times are seconds since 1970 (UTC), rounded down."""

    version: str
    id: str | None
    types: tuple[str, ...]
    issuer: str
    valid_from: int | None
    valid_until: int | None
    document: JsonObject = field(repr=False)


def check_credential(document: JsonObject, *, versions: Collection[str]) -> CheckedCredential:
    """Checks the structure of a credential (VC Data Model 2.0 sections 4 and 5; 1.1 sections 4 and 5).

    Args:
        document: the credential, secured or not; its proofs are checked for their type only.
        versions: those of the data model that are accepted, such as `ISSUED` or `READ`.

    Raises:
        ParseError: `vc_context`, `vc_type`, `vc_property`, `vc_identifier`, `vc_language_value`, `vc_period`,
            `related_resource_malformed`, `date_time_invalid`, `input_too_large`.
    """
    model = model_of(document, versions)
    for name in model.required:
        if name not in document:
            raise ParseError("vc_type" if name == "type" else "vc_property", f"/{name} is missing")
    stated = type_names(document["type"], "/type")
    for name, check in model.properties.items():
        if name in document and name != "type":
            check(document[name], f"/{name}")
    if not model.of_others.isdisjoint(document):
        raise ParseError("vc_property", "a property of another version of the data model")
    if TYPE not in stated:
        raise ParseError("vc_type", f"not a {TYPE}")
    starts, ends = _moment(document.get(model.starts)), _moment(document.get(model.ends))
    if starts is not None and ends is not None and ends < starts:
        raise ParseError("vc_period")
    return CheckedCredential(
        version=model.version,
        id=document.get("id"),
        types=stated,
        issuer=str(agent_id(document["issuer"])),
        valid_from=None if starts is None else starts[0],
        valid_until=None if ends is None else ends[0],
        document=document,
    )


def decisive(document: JsonObject) -> tuple[str, ...]:
    """The members of a credential that no holder may withhold, of those that it has; its structure was checked."""
    return tuple(name for name in MODELS[document["@context"][0]].decisive if name in document)


def model_of(document: JsonObject, versions: Collection[str]) -> Model:
    """The version of the data model, by the first context; the others are URLs or contexts themselves (section 4.3).

    Raises:
        ParseError: `vc_context`.
    """
    listed = document.get("@context")
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_CONTEXTS:
        raise ParseError("vc_context", "/@context is not a list of contexts")
    model = MODELS.get(listed[0]) if isinstance(listed[0], str) else None
    if model is None or model.version not in versions:
        raise ParseError("vc_context", "/@context/0")
    for position, one in enumerate(listed[1:], 1):
        if not isinstance(one, dict) and not is_url(one):
            raise ParseError("vc_context", f"/@context/{position}")
    return model


def _moment(value: JsonValue) -> tuple[int, str] | None:
    """Seconds, and the digits of their fraction, of a time that was checked: two moments compare as they are."""
    if value is None:
        return None
    text = str(value)
    try:
        seconds = date_time.parse(text)
    except ParseError:
        seconds = date_time.parse(f"{text}Z")
    fraction = text.partition(".")[2]
    digits = fraction[: next((at for at, one in enumerate(fraction) if not one.isdigit()), len(fraction))]
    return seconds, digits.rstrip("0")
