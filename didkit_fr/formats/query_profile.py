"""How DCQL queries ask for the types and claims of each format (OpenID4VP 1.0 appendix B)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Final

from didkit_fr.credentials.types import lineage
from didkit_fr.encoding.json import ClaimsPath, JsonObject, JsonValue
from didkit_fr.errors import ParseError
from didkit_fr.formats.w3c.fields import CREDENTIAL_IRI

__all__ = ["QueryProfile", "by_name", "by_names", "by_type_sets"]

_NAMES_OF_ELEMENT: Final = 2


@dataclass(frozen=True, slots=True)
class QueryProfile:
    """How queries ask for credentials of a format.

    Args:
        build: the `meta` of a query for one type.
        accepts: whether a query with this `meta` asks for credentials of this type. `meta` has to name types: a query
            that names none matches nothing.
        check_path: refuses a claims path that no credential of the format has; `ParseError` (`message_invalid`).
    """

    build: Callable[[str], JsonObject]
    accepts: Callable[[JsonObject, str], bool]
    check_path: Callable[[ClaimsPath], None]


def by_names(parameter: str) -> QueryProfile:
    """Of a format whose queries list types, any of which will do (appendix B.3.5)."""
    return QueryProfile(partial(_build_names, parameter), partial(_accepts_names, parameter), _any_path)


def by_type_sets(parameter: str) -> QueryProfile:
    """Of a format whose credentials have several types: queries list sets, all of one of which are due (B.1.1)."""
    return QueryProfile(partial(_build_sets, parameter), partial(_accepts_sets, parameter), _any_path)


def by_name(parameter: str) -> QueryProfile:
    """Of a format whose queries name one type, and its elements by namespace and identifier (section 7.2, B.2.3)."""
    return QueryProfile(partial(_build_name, parameter), partial(_accepts_name, parameter), _check_element)


def _build_names(parameter: str, type_: str) -> JsonObject:
    return {parameter: [type_]}


def _accepts_names(parameter: str, meta: JsonObject, type_: str) -> bool:
    # A query for the European type is answered by the French one, which extends it (SD-JWT VC section 5.4).
    return _any_of(meta.get(parameter), frozenset(lineage(type_)))


def _build_sets(parameter: str, type_: str) -> JsonObject:
    return {parameter: [[type_]]}


def _accepts_sets(parameter: str, meta: JsonObject, type_: str) -> bool:
    sets, types = meta.get(parameter), frozenset({*lineage(type_), CREDENTIAL_IRI})
    return isinstance(sets, list) and any(isinstance(one, list) and bool(one) and _all_of(one, types) for one in sets)


def _build_name(parameter: str, type_: str) -> JsonObject:
    return {parameter: type_}


def _accepts_name(parameter: str, meta: JsonObject, type_: str) -> bool:
    return bool(meta.get(parameter) == type_)


def _any_of(names: JsonValue, types: Collection[str]) -> bool:
    return isinstance(names, list) and any(isinstance(name, str) and name in types for name in names)


def _all_of(names: list[JsonValue], types: Collection[str]) -> bool:
    return all(isinstance(name, str) and name in types for name in names)


def _any_path(_path: ClaimsPath) -> None:
    """Claims of JSON may stand anywhere."""


def _check_element(path: ClaimsPath) -> None:
    if len(path) != _NAMES_OF_ELEMENT or not all(isinstance(name, str) for name in path):
        raise ParseError("message_invalid", "a claims path is a namespace and an element in this format")
