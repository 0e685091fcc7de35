"""The Digital Credentials Query Language (OpenID4VP 1.0 sections 6 and 7): what is asked, and what answers it.

Both ends are here: the wallet selects, the relying party checks that what came satisfies what it asked. `claim_sets`,
`credential_sets`, `multiple`, `trusted_authorities` and waiving holder binding are refused until a later issue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from didkit_fr.credentials.types import lineage
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats import FORMATS
from didkit_fr.formats.credential import Format, Path
from didkit_fr.protocols.message import Message, parse_message
from didkit_fr.verification.verify import Verified

__all__ = [
    "Choice",
    "ClaimsQuery",
    "CredentialQuery",
    "Held",
    "Query",
    "check_answer",
    "evaluate",
    "parse_query",
    "select",
]

_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=128)]
_Component = Annotated[str, Field(max_length=256)] | Annotated[int, Field(ge=0, le=65_535)] | None
_Value = Annotated[str, Field(max_length=4096)] | int | bool


class ClaimsQuery(Message):
    """One claim asked for (section 6.3)."""

    id: _Id | None = None
    path: Annotated[list[_Component], Field(min_length=1, max_length=16)]
    values: Annotated[list[_Value], Field(min_length=1, max_length=256)] | None = None


class CredentialQuery(Message):
    """One credential asked for (section 6.1)."""

    id: _Id
    format: Annotated[str, Field(max_length=64)]
    meta: dict[str, Any]
    multiple: bool = False
    require_cryptographic_holder_binding: bool = True
    claims: Annotated[list[ClaimsQuery], Field(min_length=1, max_length=64)] | None = None
    claim_sets: list[Any] | None = None
    trusted_authorities: list[Any] | None = None


class Query(Message):
    """A DCQL query (section 6)."""

    credentials: Annotated[list[CredentialQuery], Field(min_length=1, max_length=16)]
    credential_sets: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A credential in a wallet, as a candidate: `id` is the wallet's own name for it."""

    id: str
    format: str
    type: str
    claims: JsonObject


@dataclass(frozen=True, slots=True)
class Choice:
    """Which credential answers which query, and exactly which claims of it would leave."""

    query_id: str
    held_id: str
    paths: tuple[Path, ...]


def parse_query(raw: JsonObject) -> Query:
    """Reads a query and refuses what cannot be honoured whole: half an answer could disclose too much.

    Raises:
        ParseError: `message_invalid`.
        VerificationError: `dcql_unsupported`.
    """
    query = parse_message(Query, raw)
    ids = [credential.id for credential in query.credentials]
    if len(set(ids)) != len(ids):
        raise ParseError("message_invalid", "a credential query id stands twice")
    for credential in query.credentials:
        if credential.claims is not None:
            paths = [tuple(claim.path) for claim in credential.claims]
            if len(set(paths)) != len(paths):
                raise ParseError("message_invalid", "a claim is asked for twice")
        if (
            credential.multiple
            or credential.claim_sets is not None
            or credential.trusted_authorities is not None
            or not credential.require_cryptographic_holder_binding
        ):
            raise VerificationError("dcql_unsupported", credential.id)
    if query.credential_sets is not None:
        raise VerificationError("dcql_unsupported", "credential_sets")
    return query


def evaluate(claims: JsonValue, path: Sequence[str | int | None]) -> list[JsonValue]:
    """The values a claims path pointer selects (section 7.1); empty where it selects nothing or does not apply."""
    selected: list[JsonValue] = [claims]
    for component in path:
        kind = dict if isinstance(component, str) else list
        if not all(isinstance(value, kind) for value in selected):
            return []
        if component is None:
            selected = [element for value in selected for element in value]
        elif isinstance(component, str):
            selected = [value[component] for value in selected if component in value]
        else:
            selected = [value[component] for value in selected if component < len(value)]
    return selected


def select(query: Query, held: Sequence[Held]) -> tuple[Choice, ...]:
    """Chooses the first credential that answers each query whole (section 6.4), or nothing at all.

    Raises:
        VerificationError: `nothing_matches`; the verifier must not learn which part did not (section 15.4.1).
    """
    choices = []
    for wanted in query.credentials:
        match = next((one for one in held if _answers(wanted, one.format, one.type, one.claims)), None)
        if match is None:
            raise VerificationError("nothing_matches", wanted.id)
        paths = tuple(tuple(claim.path) for claim in wanted.claims or ())
        choices.append(Choice(wanted.id, match.id, paths))
    return tuple(choices)


def check_answer(query: Query, presented: Mapping[str, Sequence[Verified]]) -> None:
    """Checks that verified presentations satisfy the whole query (section 8.6); never trusts the wallet's choice.

    Raises:
        VerificationError: `answer_incomplete`, `answer_unasked`, `query_unsatisfied`.
    """
    unasked = set(presented) - {wanted.id for wanted in query.credentials}
    if unasked:
        raise VerificationError("answer_unasked")
    for wanted in query.credentials:
        answers = presented.get(wanted.id, ())
        if len(answers) != 1:
            raise VerificationError("answer_incomplete", wanted.id)
        if not _answers(wanted, answers[0].format, answers[0].type, answers[0].claims):
            raise VerificationError("query_unsatisfied", wanted.id)


def _answers(wanted: CredentialQuery, form: str, type_: str, claims: JsonObject) -> bool:
    return (
        form == wanted.format
        and _type_matches(wanted, type_)
        and all(_claim_matches(claim, claims) for claim in wanted.claims or ())
    )


def _type_matches(wanted: CredentialQuery, type_: str, formats: Mapping[str, Format] = FORMATS) -> bool:
    """A format's `meta` is required to name types (appendix B): a query that names none matches nothing."""
    if wanted.format not in formats:
        return False
    accepted = wanted.meta.get(formats[wanted.format].type_parameter)
    # A query for the European type is answered by the French one, which extends it (SD-JWT VC section 5.4).
    return isinstance(accepted, list) and any(one in accepted for one in lineage(type_))


def _claim_matches(wanted: ClaimsQuery, claims: JsonObject) -> bool:
    values = evaluate(claims, wanted.path)
    if not values:
        return False
    return wanted.values is None or all(_among(value, wanted.values) for value in values)


def _among(value: JsonValue, accepted: Sequence[JsonValue]) -> bool:
    """Type and value match exactly: in Python `True == 1`, in DCQL it is not."""
    return any(type(value) is type(one) and value == one for one in accepted)
