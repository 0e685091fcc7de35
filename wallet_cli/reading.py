"""How claims are read by a person: each value with its label, images by their size. Pure: values in, lines out."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from didkit_fr.credentials import titles
from didkit_fr.encoding import json
from didkit_fr.encoding.json import ClaimsPath, JsonObject, JsonValue
from didkit_fr.formats import FORMATS
from wallet_cli.claims import Leaf, leaves
from wallet_cli.messages import text
from wallet_cli.output import Output
from wallet_cli.portrait import is_portrait
from wallet_cli.words import quoted

__all__ = [
    "Fact",
    "Name",
    "claims_of",
    "day",
    "describe",
    "expiry_text",
    "facts",
    "labels",
    "names",
    "path_name",
    "paths_in",
    "title_name",
    "type_name",
    "value_text",
]


class Name(NamedTuple):
    """What a claim is called: by the table of its title (`ours`), or by its issuer."""

    text: str
    ours: bool


class Fact(NamedTuple):
    """A claim as a person reads it; of its value, text stands within quotation marks."""

    name: Name
    value: str


def claims_of(format_: str, raw: str) -> JsonObject:
    """The citizen's claims in a copy or a presentation, without those of the protocol.

    Not verified here: a copy was when it was received, and the vault is sealed.

    Raises:
        ParseError: those of the format.
    """
    return FORMATS[format_].subject(FORMATS[format_].parse(raw).unverified_claims())


def paths_in(claims: JsonObject) -> tuple[ClaimsPath, ...]:
    """Where claims stand, without their values; the place in an array says nothing (null)."""
    places = (tuple(None if isinstance(part, int) else part for part in path) for path, _ in leaves(claims))
    return tuple(dict.fromkeys(places))


def path_name(path: ClaimsPath, type_: str, language: str) -> Name:
    """What a person calls the claim at a path."""
    title, written = titles.find(type_), ".".join("*" if part is None else str(part) for part in path)
    label = written if title is None else titles.label(title, path, language)
    # What the table does not know is called as it is written.
    return Name(written, ours=False) if title is None or label == _as_labelled(written) else Name(label, ours=True)


def describe(claims: JsonObject, type_: str, language: str) -> list[Fact]:
    """Each claim, in the order of the title's table."""
    return [
        Fact(path_name(path, type_, language), value_text(value, language, image=is_portrait(path, type_)))
        for path, value in _ordered(titles.find(type_), claims)
    ]


def facts(output: Output, claims: JsonObject, type_: str) -> list[str]:
    """Each claim as lines: behind its label, or as words of the issuer where the title's table does not know it."""
    lines: list[str] = []
    for name, value in describe(claims, type_, output.language):
        lines += output.fact(name.text, value) if name.ours else output.their_fact(name.text, value)
    return lines


def labels(claims: JsonObject, gone: JsonObject, type_: str, language: str) -> list[Name]:
    """The names of the claims that are not among `gone`, each once, in the order of the title's table.

    Elements of an array are compared by value: their positions change when some of them stay.
    """
    sent = {_identity(leaf) for leaf in leaves(gone)}
    kept = [leaf[0] for leaf in _ordered(titles.find(type_), claims) if _identity(leaf) not in sent]
    return list(dict.fromkeys(path_name(path, type_, language) for path in kept))


def names(output: Output, named: Sequence[Name]) -> list[str]:
    """Names of claims: those of the table on a line, those that an issuer chose on lines of their own."""
    ours = ", ".join(dict.fromkeys(name.text for name in named if name.ours))
    return [f"  {ours}"] * bool(ours) + output.said_by_them(*(name.text for name in named if not name.ours))


def type_name(type_: str, language: str) -> Name:
    """What a person calls a type, held or not."""
    title = titles.find(type_)
    return Name(type_, ours=False) if title is None else Name(title.label[language], ours=True)


def title_name(held_type: str, language: str) -> str:
    """What a person calls a title of this type; one that is not known here is called so, whatever it calls itself."""
    title = titles.find(held_type)
    return text("unknown_title", language) if title is None else title.label[language]


def value_text(value: JsonValue, language: str, *, image: bool = False) -> str:
    """A value as a person reads it; `image` where the claim is one, by its place."""
    if isinstance(value, bool):
        return text("yes" if value else "no", language)
    if isinstance(value, str) and image and value:
        return text("image", language).format(size=len(value.rpartition(",")[2].rstrip("=")) * 3 // 4)
    return quoted(value) if isinstance(value, str) else json.encode(value).decode()


def day(seconds: int) -> str:
    """The UTC day of a time in seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def expiry_text(expires: int | None, now: int, language: str) -> str:
    """When a title expires, and whether it has."""
    if expires is None:
        return text("never", language)
    return day(expires) + (f" ({text('expired', language)})" if expires <= now else "")


def _as_labelled(written: str) -> str:
    """A path as `credentials.titles.label` gives it where it knows none."""
    return "".join(character if character.isprintable() else "\ufffd" for character in written)


def _ordered(title: titles.Title | None, claims: JsonObject) -> list[Leaf]:
    """Disclosures come in a random order, which no person should have to read."""
    rows = titles.positions(title) if title is not None else []
    return sorted(leaves(claims), key=lambda leaf: _rank(rows, leaf[0]))


def _rank(rows: Sequence[Sequence[ClaimsPath]], path: ClaimsPath) -> int:
    return next((at for at, row in enumerate(rows) if any(path[: len(one)] == one for one in row)), len(rows))


def _identity(leaf: Leaf) -> tuple[ClaimsPath, bytes]:
    path, value = leaf
    return tuple(None if isinstance(part, int) else part for part in path), json.encode(value)
