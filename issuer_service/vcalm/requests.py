"""What clients send: bodies and options, and the refusal of options that are not known.

An option that is passed over in silence could be a check that its sender believes is made.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.protocols.message import Array, Message, Name, parse_message

__all__ = [
    "CHECKS",
    "MAX_BODY",
    "DeriveOptions",
    "IssueOptions",
    "VerifyOptions",
    "VerifyPresentationOptions",
    "member",
    "options",
    "parse_body",
]

MAX_BODY = 262_144
MAX_DEPTH = 32

Check = Literal["proof", "validity", "status"]
CHECKS: frozenset[Check] = frozenset({"proof", "validity", "status"})
"""What is checked beside the structure; `proof` always is."""

Pointer = Annotated[str, Field(max_length=1024)]

_OptionsT = TypeVar("_OptionsT", bound=Message)


class IssueOptions(Message):
    """Options of issuing: pointers to what a holder cannot withhold; `credentialId` is accepted, and kept nowhere."""

    model_config = ConfigDict(extra="forbid")

    mandatory_pointers: Annotated[Array[Pointer] | None, Field(alias="mandatoryPointers")] = None
    credential_id: Annotated[Name | None, Field(alias="credentialId")] = None


class DeriveOptions(Message):
    """Options of deriving: pointers to what is to be revealed."""

    model_config = ConfigDict(extra="forbid")

    selective_pointers: Annotated[Array[Pointer], Field(alias="selectivePointers")] = ()


class VerifyOptions(Message):
    """Options of verifying a credential; without `checks`, everything is checked."""

    model_config = ConfigDict(extra="forbid")

    checks: Array[Check] | None = None
    return_results: Annotated[bool, Field(alias="returnResults")] = False
    return_problems: Annotated[bool, Field(alias="returnProblemDetails")] = True
    return_credential: Annotated[bool, Field(alias="returnCredential")] = False

    def checked(self) -> frozenset[Check]:
        """What has to be checked."""
        return CHECKS if self.checks is None else frozenset(self.checks)


class VerifyPresentationOptions(VerifyOptions):
    """Options of verifying a presentation: what its proof must be for, and what it must answer."""

    challenge: Name | None = None
    domain: Name | None = None
    return_presentation: Annotated[bool, Field(alias="returnPresentation")] = False


def parse_body(raw: bytes) -> JsonObject:
    """Parses the body of a request.

    Raises:
        ParseError: those of `encoding.json.parse_object`.
    """
    return json.parse_object(raw, max_bytes=MAX_BODY, max_depth=MAX_DEPTH)


def member(body: JsonObject, *names: str) -> JsonObject:
    """The object of the one member that the body has of those named; other members than `options` are refused.

    Raises:
        ParseError: `message_invalid`.
    """
    found = [name for name in names if name in body]
    if len(found) != 1 or not body.keys() <= {found[0], "options"}:
        raise ParseError("message_invalid", f"a body of {' or '.join(names)}, and options")
    value = body[found[0]]
    if not isinstance(value, dict):
        raise ParseError("message_invalid", f"{found[0]} is not an object")
    return value


def options(model: type[_OptionsT], body: JsonObject) -> _OptionsT:
    """The options of a body; none where it has none.

    Raises:
        ParseError: `vcalm_option_unknown`, `message_invalid`.
    """
    stated: Any = body.get("options", {})
    if not isinstance(stated, dict):
        raise ParseError("message_invalid", "options is not an object")
    known = {field.alias or name for name, field in model.model_fields.items()}
    if not stated.keys() <= known:
        raise ParseError("vcalm_option_unknown", f"known options: {', '.join(sorted(known))}")
    return parse_message(model, stated)
