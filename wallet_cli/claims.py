"""The values inside claims, each with its path. Pure."""

from collections.abc import Iterator, Sequence

from didkit_fr.encoding.json import ClaimsPath, JsonValue

__all__ = ["Leaf", "leaves"]

Leaf = tuple[ClaimsPath, JsonValue]


def leaves(value: JsonValue, at: ClaimsPath = ()) -> Iterator[Leaf]:
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
