"""One spelling for what RDF does not tell apart (JSON-LD 1.1 section 5; Data Integrity 1.0 section 4.3).

A proof over statements says nothing of the JSON that spelt them: `false`, `[false]`, `{"@value": false}` and
`{"@set": [false]}` are one statement, and a member that is null or an empty array is none. Whoever shows a credential
could choose, and a relying party that asks `if claims["age_over_18"]` would take all but the first for true.

Keywords are known here by their own names: none of the known contexts renames one but `id` and `type`.
"""

from didkit_fr.credentials.properties import language_values
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError

__all__ = ["check_spelling"]

_CONTEXT = "@context"
_LITERAL = "@value"


def check_spelling(document: JsonObject) -> None:
    """Refuses a second spelling of a statement, or of none, in a document whose proof is over its statements.

    Members are terms: neither keywords (but `@context`, and a text with its language) nor IRIs. None is
    null or empty; an array holds no array and no literal twice, and no truth value or number stands alone in one.
    Whether a single text or object stands in an array, and the order of an array, remain free.

    Raises:
        ParseError: `w3c_malformed`.
    """
    if not isinstance(document, dict):
        raise ParseError("w3c_malformed", "not an object")
    _check(document)


def _check(value: JsonValue) -> None:
    if isinstance(value, dict):
        _check_object(value)
    elif isinstance(value, list):
        _check_array(value)
    elif value is None:
        raise ParseError("w3c_malformed", "null, which no proof covers")


def _check_object(value: JsonObject) -> None:
    if _LITERAL in value:
        # The one value object of the data model (VCDM 2.0 section 11.1). Without a language it is a text in an object.
        try:
            language_values(value, "")
        except ParseError as error:
            raise ParseError("w3c_malformed", error.code) from None
        if "@language" not in value:
            raise ParseError("w3c_malformed", "a value object without a language")
        return
    for name, member in value.items():
        if name == _CONTEXT:
            continue
        if name[:1] == "@" or ":" in name:
            raise ParseError("w3c_malformed", "a name that is no term")
        _check(member)


def _check_array(value: list[JsonValue]) -> None:
    if not value or any(isinstance(one, list) for one in value):
        raise ParseError("w3c_malformed", "an array that is empty or in an array")
    if len(value) == 1 and isinstance(value[0], (bool, int, float)):
        raise ParseError("w3c_malformed", "a truth value or number alone in an array")
    # Two objects are two nodes, however alike; one literal said twice is one statement.
    literals = [json.encode_text(one) for one in value if not isinstance(one, dict)]
    if len(set(literals)) != len(literals):
        raise ParseError("w3c_malformed", "twice in an array")
    for one in value:
        _check(one)
