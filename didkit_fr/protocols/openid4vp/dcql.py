"""The Digital Credentials Query Language (OpenID4VP 1.0 sections 6 and 7): what is asked, and what answers it.

Both ends are here: the wallet selects, the relying party checks that what came satisfies what it asked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from didkit_fr.encoding.json import ClaimsPath, JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats import FORMATS, Formats
from didkit_fr.protocols.message import Items, Message, parse_message
from didkit_fr.verification.verify import Verified

__all__ = [
    "AKI",
    "Choice",
    "ClaimsQuery",
    "CredentialQuery",
    "CredentialSet",
    "Held",
    "Query",
    "TrustedAuthority",
    "candidates",
    "check_answer",
    "evaluate",
    "parse_query",
    "passed_over",
    "select",
]

AKI = "aki"

_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=128)]
_Component = Annotated[str, Field(max_length=256)] | Annotated[int, Field(ge=0, le=65_535)] | None
_Value = Annotated[str, Field(max_length=4096)] | int | bool
_Ids = Annotated[Items[_Id], Field(min_length=1, max_length=64)]


class ClaimsQuery(Message):
    """One claim asked for (section 6.3); `intent_to_retain` is of ISO mdoc alone (appendix B.2.4)."""

    id: _Id | None = None
    path: Annotated[Items[_Component], Field(min_length=1, max_length=16)]
    values: Annotated[Items[_Value], Field(min_length=1, max_length=256)] | None = None
    intent_to_retain: bool | None = None


class TrustedAuthority(Message):
    """Who should have certified the issuer (section 6.1.1); only `aki` can be told from a credential by itself."""

    type: Annotated[str, Field(min_length=1, max_length=64)]
    values: Annotated[Items[Annotated[str, Field(max_length=2048)]], Field(min_length=1, max_length=64)]


class CredentialQuery(Message):
    """One credential asked for (section 6.1)."""

    id: _Id
    format: Annotated[str, Field(max_length=64)]
    meta: dict[str, Any]
    multiple: bool = False
    require_cryptographic_holder_binding: bool = True
    claims: Annotated[Items[ClaimsQuery], Field(min_length=1, max_length=64)] | None = None
    claim_sets: Annotated[Items[_Ids], Field(min_length=1, max_length=64)] | None = None
    trusted_authorities: Annotated[Items[TrustedAuthority], Field(min_length=1, max_length=16)] | None = None


class CredentialSet(Message):
    """Alternatives, each a set of credential queries (section 6.2)."""

    options: Annotated[Items[_Ids], Field(min_length=1, max_length=32)]
    required: bool = True


class Query(Message):
    """A DCQL query (section 6)."""

    credentials: Annotated[Items[CredentialQuery], Field(min_length=1, max_length=16)]
    credential_sets: Annotated[Items[CredentialSet], Field(min_length=1, max_length=16)] | None = None

    def find(self, id_: str) -> CredentialQuery | None:
        """The credential query of this name."""
        return next((wanted for wanted in self.credentials if wanted.id == id_), None)


@dataclass(frozen=True, slots=True)
class Held:
    """A credential in a wallet, as a candidate: `id` is the wallet's own name for it.

    `authorities` are the authority key identifiers (RFC 5280 section 4.2.1.1, base64url) of its certificate chain.
    `bound` says whether a holder's key is in it; `cryptosuite` is that of its Data Integrity proof, if it has one.
    """

    id: str
    format: str
    type: str
    claims: JsonObject = field(repr=False)
    authorities: frozenset[str] = frozenset()
    bound: bool = True
    cryptosuite: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which credential answers which query, and exactly which claims of it would leave.

    `lacks` are claims of the claim sets before the one that answers: that the credential does not have them is told by
    the answer.
    """

    query_id: str
    held_id: str
    paths: tuple[ClaimsPath, ...]
    lacks: tuple[ClaimsPath, ...] = ()


class _Fit(NamedTuple):
    """What a held credential has to do with a query: the first claim set all of whose claims it has.

    `place` is that set's among the claim sets, `matches` whether its values are those asked for. Which set it is
    depends on no value: so an answer tells no value that it does not disclose.
    """

    place: int
    claims: Sequence[ClaimsQuery]
    matches: bool
    lacks: tuple[ClaimsPath, ...]


def parse_query(raw: JsonObject, *, formats: Formats = FORMATS) -> Query:
    """Reads a query; one that contradicts itself is refused whole: what it means would be a guess.

    Of formats that are not among the known `formats`, what paths their claims have is not checked.

    Raises:
        ParseError: `message_invalid`, `dcql_contradictory`.
    """
    query = parse_message(Query, raw)
    _refuse_repeated([wanted.id for wanted in query.credentials], "a credential query id")
    for wanted in query.credentials:
        _check_claims(wanted, formats)
    known = {wanted.id for wanted in query.credentials}
    for alternatives in query.credential_sets or ():
        for option in alternatives.options:
            _check_references(option, known, "credential_sets")
    return query


def evaluate(claims: JsonValue, path: Sequence[str | int | None]) -> list[JsonValue]:
    """The values a claims path pointer selects (section 7.1); empty where it selects nothing or does not apply."""
    selected: list[JsonValue] = [claims]
    for component in path:
        kind = dict if isinstance(component, str) else list
        for value in selected:
            if not isinstance(value, kind):
                return []
        if component is None:
            selected = [element for value in selected for element in value]
        elif isinstance(component, str):
            selected = [value[component] for value in selected if component in value]
        else:
            selected = [value[component] for value in selected if component < len(value)]
    return selected


def candidates(query: Query, held: Sequence[Held], *, formats: Formats = FORMATS) -> dict[str, tuple[Choice, ...]]:
    """All that could answer each credential query, by the verifier's preference, then in the order of `held`.

    Where a value is not one of those asked for, no later claim set answers instead, of this credential or of another:
    the verifier would learn of a value that was not disclosed (section 15.4.1).
    """
    return {wanted.id: _choices(wanted, held, formats)[0] for wanted in query.credentials}


def select(
    query: Query, held: Sequence[Held], *, optional: bool = False, formats: Formats = FORMATS
) -> tuple[Choice, ...]:
    """The least that answers the query whole (section 6.4), or nothing at all.

    For each credential the first that matches and its first claim set, for each required credential set its first
    option; one credential where `multiple` would allow more. What is not required stays, unless nothing else is asked
    or `optional` says so. An alternative is passed over only where a credential or a claim of it is not held: never for
    a value, which the alternative that answers would tell.

    Raises:
        VerificationError: `nothing_matches`; the verifier must not learn which part did not (section 15.4.1).
    """
    found = {wanted.id: _choices(wanted, held, formats) for wanted in query.credentials}
    available = {name for name, (choices, _) in found.items() if choices}
    ids = _asked(query, available, {name for name, (_, differs) in found.items() if differs}, optional=optional)
    return tuple(found[wanted.id][0][0] for wanted in query.credentials if wanted.id in ids)


def passed_over(query: Query, chosen: Collection[Choice]) -> tuple[CredentialQuery, ...]:
    """The credential queries of the options before those that answer: the answer tells that they are not held."""
    ids = {choice.query_id for choice in chosen}
    told: list[str] = []
    for one in query.credential_sets or ():
        place = next((at for at, option in enumerate(one.options) if set(option) <= ids), 0)
        told += [name for option in one.options[:place] for name in option if name not in ids]
    return tuple(wanted for wanted in query.credentials if wanted.id in told)


def check_answer(query: Query, presented: Mapping[str, Sequence[Verified]], *, formats: Formats = FORMATS) -> None:
    """Checks that verified presentations satisfy the whole query (section 8.6); never trusts the wallet's choice.

    `trusted_authorities` are not looked at: whom to believe was decided by the anchors, when each one was verified.

    Raises:
        VerificationError: `answer_incomplete`, `answer_unasked`, `query_unsatisfied`.
    """
    if set(presented) - _askable(query):
        raise VerificationError("answer_unasked")
    for wanted in query.credentials:
        answers = presented.get(wanted.id)
        if answers is None:
            continue
        if not answers or (len(answers) > 1 and not wanted.multiple):
            raise VerificationError("answer_incomplete", wanted.id)
        if not all(_answers(wanted, one, formats) for one in answers):
            raise VerificationError("query_unsatisfied", wanted.id)
    required = [one.options for one in query.credential_sets or () if one.required]
    if query.credential_sets is None:
        required = [[[wanted.id]] for wanted in query.credentials]
    if not presented or not all(any(set(option) <= set(presented) for option in options) for options in required):
        raise VerificationError("answer_incomplete")


def _check_claims(wanted: CredentialQuery, formats: Formats) -> None:
    claims = wanted.claims or []
    paths = list(map(_path, claims))
    _refuse_repeated(paths, "a claim")
    for path in paths if wanted.format in formats else ():
        formats[wanted.format].query.check_path(path)
    _refuse_crossed(paths)
    names = [claim.id for claim in claims if claim.id is not None]
    if len(set(names)) != len(names):
        raise ParseError("dcql_contradictory", f"{wanted.id}: a claim id stands twice")
    for ids in wanted.claim_sets or ():
        _check_references(ids, set(names), f"{wanted.id}: claim_sets")
    if wanted.claim_sets is not None and len(names) != len(claims):
        raise ParseError("dcql_contradictory", f"{wanted.id}: claim_sets with a claim that has no id")


def _check_references(ids: Sequence[str], known: Collection[str], where: str) -> None:
    if len(set(ids)) != len(ids) or not set(ids) <= set(known):
        raise ParseError("dcql_contradictory", f"{where}: an id that is unknown or repeated")


def _refuse_repeated(values: Sequence[object], what: str) -> None:
    if len(set(values)) != len(values):
        raise ParseError("message_invalid", f"{what} stands twice")


def _refuse_crossed(paths: Sequence[ClaimsPath]) -> None:
    """No credential can have both an object and an array in one place."""
    kinds: dict[tuple[int, ClaimsPath], bool] = {}
    for path in paths:
        for at, component in enumerate(path):
            named = isinstance(component, str)
            if kinds.setdefault((at, path[:at]), named) != named:
                raise ParseError("dcql_contradictory", "a claim that would be an object and an array")


def _asked(query: Query, available: Collection[str], differing: Collection[str], *, optional: bool) -> set[str]:
    """The credential queries to answer (section 6.4.2); those of `differing` are held, but not with the values."""
    if query.credential_sets is None:
        missing = next((wanted.id for wanted in query.credentials if wanted.id not in available), None)
        if missing is not None:
            raise VerificationError("nothing_matches", missing)
        return {wanted.id for wanted in query.credentials}
    held = {*available, *differing}
    options = [(one, next((option for option in one.options if set(option) <= held), None))
               for one in query.credential_sets]  # fmt: skip
    required = [option for one, option in options if one.required]
    extra = [option for one, option in options if not one.required and option is not None]
    if not required and not optional:
        extra = extra[:1]
    answered = [*required, *(extra if optional or not required else [])]
    if not answered or not all(option is not None and set(option) <= set(available) for option in answered):
        raise VerificationError("nothing_matches", "credential_sets")
    return {name for option in answered for name in option or ()}


def _askable(query: Query) -> set[str]:
    """What an answer may contain: a credential query outside all credential sets is not asked for."""
    if query.credential_sets is None:
        return {wanted.id for wanted in query.credentials}
    return {name for one in query.credential_sets for option in one.options for name in option}


def _choices(wanted: CredentialQuery, held: Sequence[Held], formats: Formats) -> tuple[tuple[Choice, ...], bool]:
    """What answers a credential query, and whether only values keep anything from it."""
    fits = [(one.id, fit) for one in held if (fit := _fit(wanted, one, formats)) is not None]
    last = min((fit.place for _, fit in fits if not fit.matches), default=len(wanted.claim_sets or ()))
    choices = tuple(
        Choice(wanted.id, id_, tuple(map(_path, fit.claims)), fit.lacks)
        for id_, fit in sorted(fits, key=lambda one: one[1].place)
        if fit.matches and fit.place <= last
    )
    return choices, bool(fits) and not choices


def _fit(wanted: CredentialQuery, held: Held, formats: Formats) -> _Fit | None:
    """Of a held credential, what a query asks for; None where it has not got that, whatever the values are."""
    if held.format != wanted.format or not _type_matches(wanted, held.type, formats):
        return None
    if wanted.require_cryptographic_holder_binding and not held.bound:
        return None
    if wanted.trusted_authorities is not None and not _certified(wanted.trusted_authorities, held.authorities):
        return None
    absent = {path for path in map(_path, wanted.claims or ()) if not evaluate(held.claims, path)}
    lacks: dict[ClaimsPath, None] = {}
    for place, claims in enumerate(_sets(wanted)):
        missing = absent.intersection(map(_path, claims))
        if not missing:
            matches = all(_claim_matches(claim, held.claims) for claim in claims)
            return _Fit(place, claims, matches, tuple(lacks))
        lacks |= {path: None for path in map(_path, claims) if path in missing}
    return None


def _path(claim: ClaimsQuery) -> ClaimsPath:
    return tuple(claim.path)


def _answers(wanted: CredentialQuery, answer: Verified, formats: Formats) -> bool:
    if answer.format != wanted.format or not _type_matches(wanted, answer.type, formats):
        return False
    return any(all(_is_presented(claim, answer.claims) for claim in one) for one in _sets(wanted))


def _type_matches(wanted: CredentialQuery, type_: str, formats: Formats) -> bool:
    """A format's `meta` is required to name types (appendix B): a query that names none matches nothing."""
    return wanted.format in formats and formats[wanted.format].query.accepts(wanted.meta, type_)


def _certified(trusted: Sequence[TrustedAuthority], authorities: Collection[str]) -> bool:
    """Trusted lists and federations are not read here: such an entry never matches, so that nothing leaves for it."""
    return any(value in authorities for one in trusted if one.type == AKI for value in one.values)


def _sets(wanted: CredentialQuery) -> list[list[ClaimsQuery]]:
    """The claim sets, the one that the verifier likes best first (section 6.4.1); one of all claims by default."""
    asked = wanted.claims or []
    named = {claim.id: claim for claim in asked}
    return [asked] if wanted.claim_sets is None else [[named[id_] for id_ in ids] for ids in wanted.claim_sets]


def _claim_matches(wanted: ClaimsQuery, claims: JsonObject) -> bool:
    values = evaluate(claims, wanted.path)
    if not values:
        return False
    return wanted.values is None or all(_among(value, wanted.values) for value in values)


def _is_presented(wanted: ClaimsQuery, claims: JsonObject) -> bool:
    """As `_claim_matches`; but elements that stay hidden shift the others, so that a position stands for any."""
    if int not in map(type, wanted.path):
        return _claim_matches(wanted, claims)
    values = evaluate(claims, [None if isinstance(component, int) else component for component in wanted.path])
    accepted = wanted.values
    return bool(values) if accepted is None else any(_among(value, accepted) for value in values)


def _among(value: JsonValue, accepted: Sequence[JsonValue]) -> bool:
    """Type and value match exactly: in Python `True == 1`, in DCQL it is not."""
    return any(type(value) is type(one) and value == one for one in accepted)
