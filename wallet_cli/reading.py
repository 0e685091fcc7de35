"""How claims are read by a person: each value with its label, images by their size. Pure: values in, lines out."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from didkit_fr.credentials import titles
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.formats import FORMATS
from didkit_fr.formats.credential import Path
from wallet_cli.messages import text

__all__ = [
    "Leaf",
    "claims_of",
    "day",
    "describe",
    "expiry_text",
    "is_image",
    "labels",
    "leaves",
    "path_text",
    "paths_in",
    "title_name",
    "value_text",
]

Leaf = tuple[Path, JsonValue]

MAX_SHOWN = 200

# A `data:` URL (RFC 2397); or, of a document of ISO, base64url of what JPEG and JPEG 2000 files begin with.
_IMAGES = ("data:image/", "_9j_", "AAAADGpQICANCocK")


def claims_of(form: str, raw: str) -> JsonObject:
    """The citizen's claims in a copy or a presentation, without those of the protocol.

    Not verified here: a copy was when it was received, and the vault is sealed.

    Raises:
        ParseError: those of the format.
    """
    return FORMATS[form].subject(FORMATS[form].parse(raw).unverified_claims())


def leaves(value: JsonValue, at: Path = ()) -> Iterator[Leaf]:
    """Every value that is not a container, and every empty container, with its concrete path."""
    children: Sequence[tuple[str | int, JsonValue]] = ()
    if isinstance(value, dict):
        children = tuple(value.items())
    elif isinstance(value, list):
        children = tuple(enumerate(value))
    if not children and at:
        yield at, value
    for name, child in children:
        yield from leaves(child, (*at, name))


def paths_in(claims: JsonObject) -> tuple[Path, ...]:
    """Where claims stand, without their values; the place in an array says nothing (null)."""
    places = (tuple(None if isinstance(part, int) else part for part in path) for path, _ in leaves(claims))
    return tuple(dict.fromkeys(places))


def path_text(path: Path, type_: str, language: str) -> str:
    """What a person calls the claim at a path."""
    title = titles.find(type_)
    if title is None:
        return ".".join("*" if part is None else str(part) for part in path)
    return titles.label(title, path, language)


def describe(claims: JsonObject, type_: str, language: str) -> list[tuple[str, str]]:
    """Label and value of each claim, in the order of the title's table."""
    title = titles.find(type_)
    return [(_label(title, path, language), value_text(value, language)) for path, value in _ordered(title, claims)]


def labels(claims: JsonObject, gone: JsonObject, type_: str, language: str) -> list[str]:
    """The labels of the claims that are not among `gone`, each once, in the order of the title's table.

    Elements of an array are compared by value: their positions change when some of them stay.
    """
    title = titles.find(type_)
    sent = {_identity(leaf) for leaf in leaves(gone)}
    kept = [leaf[0] for leaf in _ordered(title, claims) if _identity(leaf) not in sent]
    return list(dict.fromkeys(_label(title, path, language) for path in kept))


def title_name(held_type: str, language: str) -> str:
    """What a person calls a title of this type."""
    title = titles.find(held_type)
    return held_type if title is None else title.label[language]


def is_image(value: JsonValue) -> bool:
    """Whether a value is an image: in a `data:` URL (RFC 2397), or the bytes of a document of ISO as JSON has them."""
    return isinstance(value, str) and value.startswith(_IMAGES)


def value_text(value: JsonValue, language: str) -> str:
    """A value as a person reads it."""
    if isinstance(value, bool):
        return text("yes" if value else "no", language)
    if isinstance(value, str):
        return _text(value, language)
    return json.encode(value).decode()


def day(seconds: int) -> str:
    """The UTC day of a time in seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def expiry_text(expires: int | None, now: int, language: str) -> str:
    """When a title expires, and whether it has."""
    if expires is None:
        return text("never", language)
    return day(expires) + (f" ({text('expired', language)})" if expires <= now else "")


def _text(value: str, language: str) -> str:
    if is_image(value):
        encoded = value.rpartition(",")[2].rstrip("=")
        return text("image", language).format(size=len(encoded) * 3 // 4)
    if len(value) > MAX_SHOWN:
        return f"{value[:MAX_SHOWN]}… {text('long', language).format(size=len(value))}"
    return value


def _label(title: titles.Title | None, path: Path, language: str) -> str:
    if title is None:
        return ".".join(map(str, path))
    return titles.label(title, path, language)


def _ordered(title: titles.Title | None, claims: JsonObject) -> list[Leaf]:
    """Disclosures come in a random order, which no person should have to read."""
    rows = titles.positions(title) if title is not None else []
    return sorted(leaves(claims), key=lambda leaf: _rank(rows, leaf[0]))


def _rank(rows: Sequence[Sequence[Path]], path: Path) -> int:
    return next((at for at, row in enumerate(rows) if any(path[: len(one)] == one for one in row)), len(rows))


def _identity(leaf: Leaf) -> tuple[Path, bytes]:
    path, value = leaf
    return tuple(None if isinstance(part, int) else part for part in path), json.encode(value)
