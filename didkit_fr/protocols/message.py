"""The one entrance of protocol messages: JSON comes in through `encoding.json`, a checked frozen value comes out.

Unknown members are ignored, as OAuth and OpenID4VC ask; known ones are strict: no text where a number is due, no
number where a text is. Every string, array and map has a limit, and the whole message has one in bytes. What is over
a limit is refused before more is looked at, and an array or a map is left at its first mistake: collecting the mistakes
of each item would turn a megabyte of JSON into gigabytes.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, Strict, StringConstraints, ValidationError

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError

__all__ = [
    "MAX_BYTES",
    "MAX_ITEMS",
    "Array",
    "Identifier",
    "Items",
    "Members",
    "Message",
    "Name",
    "Text",
    "Url",
    "origin_of",
    "parse_message",
]

MAX_BYTES = 65_536
MAX_LOCATION = 8

T = TypeVar("T")
MessageT = TypeVar("MessageT", bound="Message")


_AUTHORITY = r"[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\]"
_PATH = r"[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*"


@dataclass(frozen=True)
class _FailFast:
    """Leaves an array or a map at its first mistake, as `pydantic.FailFast`, which has no hash and so no `| None`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:  # noqa: ANN401
        return {**handler(source), "fail_fast": True}


MAX_ITEMS = 1024

# A limit given around one of these takes the place of this one; a validator in between would make it count too late.
Array: TypeAlias = Annotated[tuple[T, ...], Strict(strict=False), _FailFast(), Field(max_length=MAX_ITEMS)]
Items: TypeAlias = Annotated[list[T], _FailFast(), Field(max_length=MAX_ITEMS)]
Text: TypeAlias = Annotated[str, StringConstraints(max_length=8192)]
Name: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
Members: TypeAlias = Annotated[dict[Name, T], _FailFast(), Field(max_length=MAX_ITEMS)]
# Without user information or fragment. Which scheme and which host may be contacted is for the fetcher to decide.
Url: TypeAlias = Annotated[
    str,
    StringConstraints(max_length=2048, pattern=rf"^https?://({_AUTHORITY})(:[0-9]{{1,5}})?(/{_PATH})?(\?[!$-~]*)?$"),
]
Identifier: TypeAlias = Annotated[
    str, StringConstraints(max_length=2048, pattern=rf"^https?://({_AUTHORITY})(:[0-9]{{1,5}})?(/{_PATH})?$")
]

_SAFE = re.compile(r"[A-Za-z0-9._:/+-]{1,64}", re.ASCII)


class Message(BaseModel):
    """A protocol message or a part of one: frozen and strict; in errors it shows where, never what."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
    )

    def to_json(self) -> JsonObject:
        """The message as a JSON object, members that are absent left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def encode(self) -> bytes:
        """The message as JSON text."""
        return json.encode(self.to_json())


def origin_of(url: str) -> str:
    """Scheme, host and port of a `Url`, for a person to read: its path and its query may be secrets."""
    return "/".join(url.partition("?")[0].split("/", 3)[:3])


def parse_message(model: type[MessageT], raw: bytes | JsonObject, *, max_bytes: int = MAX_BYTES) -> MessageT:
    """Parses and checks a message.

    Args:
        model: what it must be.
        raw: JSON text, or an object that `encoding.json` parsed.
        max_bytes: the limit of the text.

    Raises:
        ParseError: `message_invalid` with the model and the place; those of `encoding.json.parse_object`.
    """
    value = json.parse_object(raw, max_bytes=max_bytes) if isinstance(raw, bytes) else raw
    try:
        return model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        detail = f"{model.__name__}: {_place(error)}"
    # Raised outside the handler: the pydantic error, which holds the input, must not travel as its context.
    raise ParseError("message_invalid", detail)


def _place(error: ValidationError) -> str:
    """Where the first mistake is and of which kind; names of members come from outside, so odd ones are masked."""
    first: Any = error.errors(include_url=False, include_input=False)[0]
    steps = [step if _SAFE.fullmatch(step) else "*" for step in map(str, first["loc"][:MAX_LOCATION])]
    reason = str(first["ctx"]["error"]) if first["type"] == "value_error" else first["type"]
    return f"{'.'.join(steps)} ({reason})" if steps else reason
