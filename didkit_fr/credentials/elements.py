"""From a register's answer to the data elements of an ISO mdoc: the same rows as the claims, in the types of CBOR.

No element identifier stands in two namespaces of one document type (`table` refuses such a title): zero-knowledge
proofs over mdoc do not bind the namespace, so that one element could be proved where another was meant.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from didkit_fr.credentials import values
from didkit_fr.credentials.table import MDOC, Title
from didkit_fr.credentials.titles import build_claims
from didkit_fr.encoding.cbor import FULL_DATE, CborValue, Tag
from didkit_fr.encoding.json import JsonValue
from didkit_fr.errors import ParseError

__all__ = ["build_elements"]

_DATES = ("issue_date", "expiry_date")


def build_elements(title: Title, attributes: Mapping[str, Any]) -> dict[str, dict[str, CborValue]]:
    """Builds the elements of a document by namespace, each value checked, in the table's order.

    Args:
        title: the title.
        attributes: attribute id to JSON value, as for `credentials.titles.build_claims`.

    Raises:
        ParseError: `title_not_mdoc` for a title that is never a document; those of `credentials.titles.build_claims`.
    """
    if MDOC not in title.formats:
        raise ParseError("title_not_mdoc")
    build_claims(title, attributes)  # presence, and the rules of groups
    elements: dict[str, dict[str, CborValue]] = {}
    for row in title.attributes:
        if row.id not in attributes:
            continue
        claim = values.check(attributes[row.id], row.value, row.id)
        encode = _CODECS.get(row.value.type, _same)
        value = [encode(one) for one in claim] if row.value.many else encode(claim)
        namespace = elements.setdefault(title.namespaces[row.namespace], {})
        if len(row.mdoc) == 1:
            namespace[row.mdoc[0]] = value
        else:
            namespace.setdefault(row.mdoc[0], {})[row.mdoc[1]] = value
    return elements


def _same(claim: JsonValue) -> CborValue:
    return claim


def _full_date(claim: JsonValue) -> CborValue:
    """RFC 8943."""
    return Tag(FULL_DATE, claim)


def _jpeg(claim: str) -> bytes:
    """The image itself; empty where the person opted out."""
    return b64decode(claim.partition(",")[2])


def _driving_privileges(claim: list[dict[str, JsonValue]]) -> CborValue:
    """ISO/IEC 18013-5 section 7.2.4: its dates are full-dates, all else stays."""
    return [
        {name: _full_date(value) if name in _DATES else value for name, value in privilege.items()}
        for privilege in claim
    ]


_CODECS: Mapping[str, Callable[[Any], CborValue]] = MappingProxyType(
    {"full-date": _full_date, "jpeg": _jpeg, "driving_privileges": _driving_privileges}
)
