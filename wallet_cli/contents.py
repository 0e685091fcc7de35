"""What a vault holds, and the decisions about it: pure values, no file, no clock.

Content of a vault (JSON): version, anchors, insecure_loopback, log (as `history.build` writes it), pending (as
`pending.build` writes it), titles: [{id, issuer, received (UTC day), forms: [{configuration, format, type, expires
(seconds or null), copies: [{raw, secret (private scalar, empty where there is none), state, audience}]}]}].
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from didkit_fr.credentials import titles
from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.primitives.random import Random, system
from wallet_cli import history, pending
from wallet_cli.history import Event
from wallet_cli.pending import Pending

__all__ = [
    "MAX_BYTES",
    "Chosen",
    "Contents",
    "HeldCopy",
    "HeldCredential",
    "HeldTitle",
    "choose",
    "encode",
    "find",
    "logged",
    "new_id",
    "parse",
    "resolve",
    "settled",
    "spend",
    "waiting",
    "with_title",
    "without",
    "without_log",
]

T = TypeVar("T")

VERSION = 2
MAX_BYTES = 1 << 26
MAX_DEPTH = 32
FRESH, SPENT = "fresh", "spent"


@dataclass(frozen=True, slots=True)
class HeldCopy:
    """One credential and its own key; `audience` is the full `client_id` it was marked spent for, None while fresh."""

    raw: str = field(repr=False)
    secret: bytes = field(repr=False)
    audience: str | None = field(default=None, repr=False)

    @property
    def fresh(self) -> bool:
        """Whether it was never marked to be sent."""
        return self.audience is None

    @property
    def bearer(self) -> bool:
        """Whether it is bound to no key: then showing it twice links nothing by itself, and it is never spent."""
        return not self.secret


@dataclass(frozen=True, slots=True)
class HeldCredential:
    """A title in one format: interchangeable copies; `expires` is in seconds since 1970 (UTC)."""

    configuration: str
    format: str
    type: str
    expires: int | None
    copies: tuple[HeldCopy, ...] = field(repr=False)

    @property
    def fresh(self) -> int:
        """How many copies were never marked to be sent."""
        return sum(copy.fresh for copy in self.copies)

    @property
    def bearer(self) -> bool:
        """Whether its copies are bound to no key."""
        return all(copy.bearer for copy in self.copies)

    def is_valid(self, now: int) -> bool:
        """Whether it has not expired."""
        return self.expires is None or self.expires > now


@dataclass(frozen=True, slots=True)
class HeldTitle:
    """A title: one credential in each format in which it was received; `received` is a UTC day."""

    id: str
    issuer: str
    received: str
    credentials: tuple[HeldCredential, ...]

    @property
    def type(self) -> str:
        """What it is called by: the type of its first credential."""
        return self.credentials[0].type

    @property
    def expires(self) -> int | None:
        """When the first of its lasting credentials ends, in seconds since 1970 (UTC)."""
        return min((credential.expires for credential in self.lasting if credential.expires is not None), default=None)

    @property
    def fresh(self) -> int:
        """How many copies are left of the credential that has the fewest."""
        return min(credential.fresh for credential in self.lasting)

    @property
    def lasting(self) -> tuple[HeldCredential, ...]:
        """The credentials that are bound to keys; all of them where none is: the others live for a day."""
        return tuple(credential for credential in self.credentials if not credential.bearer) or self.credentials


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a vault holds; `anchors` is the content of an anchors file."""

    anchors: JsonObject = field(repr=False)
    insecure_loopback: bool
    titles: tuple[HeldTitle, ...] = ()
    log: tuple[Event, ...] = field(default=(), repr=False)
    pending: tuple[Pending, ...] = field(default=(), repr=False)


class Chosen(NamedTuple):
    """A copy to send: its place among the copies, and whether it was sent before (to the same party)."""

    place: int
    reused: bool


def choose(copies: Sequence[HeldCopy], client_id: str) -> Chosen:
    """Chooses a copy for one relying party: a fresh one, else one already spent for the same full `client_id`.

    A copy that two relying parties see links its holder from one to the other: that is never chosen. One that is bound
    to no key links nothing by itself, and is always the same.

    Args:
        copies: the copies of one credential of a title.
        client_id: the full client identifier, with its prefix (OpenID4VP section 5.9.1).

    Raises:
        VerificationError: `no_copy_left`.
    """
    if any(copy.bearer for copy in copies):
        return Chosen(0, reused=False)
    for wanted in (None, client_id):
        for place, copy in enumerate(copies):
            if copy.audience == wanted:
                return Chosen(place, reused=wanted is not None)
    raise VerificationError("no_copy_left")


def spend(contents: Contents, uses: Iterable[tuple[str, int, int]], *, client_id: str) -> Contents:
    """Marks copies, given by title, credential and place, as spent for one relying party.

    Raises:
        VerificationError: `title_not_held`; `no_copy_left` where a copy was spent for another party.
    """
    for title_id, at, place in uses:
        title = find(contents, title_id)
        credential = title.credentials[at]
        if credential.copies[place].bearer:
            continue
        if credential.copies[place].audience not in (None, client_id):
            raise VerificationError("no_copy_left")
        spent = replace(credential.copies[place], audience=client_id)
        credential = replace(credential, copies=(*credential.copies[:place], spent, *credential.copies[place + 1 :]))
        changed = replace(title, credentials=(*title.credentials[:at], credential, *title.credentials[at + 1 :]))
        kept = tuple(changed if held.id == title_id else held for held in contents.titles)
        contents = replace(contents, titles=kept)
    return contents


def find(contents: Contents, title_id: str) -> HeldTitle:
    """The title with this identifier.

    Raises:
        VerificationError: `title_not_held`.
    """
    for title in contents.titles:
        if title.id == title_id:
            return title
    raise VerificationError("title_not_held")


def resolve(contents: Contents, wanted: str) -> HeldTitle:
    """The one title that a person means: its identifier, its type, or the beginning of either.

    Raises:
        VerificationError: `title_not_held`, `title_ambiguous`.
    """
    exact = [
        title
        for title in contents.titles
        if wanted in (title.id, *(credential.type for credential in title.credentials))
    ]
    begun = [title for title in contents.titles if wanted and (title.id.startswith(wanted) or _named(title, wanted))]
    meant = exact or begun
    if len(meant) > 1:
        raise VerificationError("title_ambiguous", ", ".join(title.id for title in meant))
    if not meant:
        raise VerificationError("title_not_held")
    return meant[0]


def logged(contents: Contents, event: Event) -> Contents:
    """Adds an event to the log, which stays within its bounds."""
    return replace(contents, log=history.with_event(contents.log, event))


def without_log(contents: Contents) -> Contents:
    """Forgets what happened."""
    return replace(contents, log=())


def waiting(contents: Contents, entry: Pending) -> Contents:
    """Adds an offer that was begun, or what is known of it since."""
    return replace(contents, pending=pending.with_pending(contents.pending, entry))


def settled(contents: Contents, entry: Pending) -> Contents:
    """Forgets an offer that was begun, and its secrets."""
    return replace(contents, pending=tuple(one for one in contents.pending if one.offer != entry.offer))


def with_title(contents: Contents, title: HeldTitle) -> Contents:
    """Adds a title."""
    return replace(contents, titles=(*contents.titles, title))


def without(contents: Contents, title_id: str) -> Contents:
    """Removes a title, its copies and their keys, and the offer that it came by.

    Raises:
        VerificationError: `title_not_held`.
    """
    gone = find(contents, title_id)
    begun = tuple(entry for entry in contents.pending if entry.kept != title_id)
    return replace(contents, titles=tuple(title for title in contents.titles if title is not gone), pending=begun)


def new_id(contents: Contents, *, random: Random = system) -> str:
    """A short identifier that no title of this vault has; it has a meaning in this vault only."""
    while True:
        identifier = random(4).hex()
        if all(title.id != identifier for title in contents.titles):
            return identifier


def encode(contents: Contents) -> bytes:
    """Writes the contents as JSON."""
    return json.encode(
        {
            "version": VERSION,
            "anchors": contents.anchors,
            "insecure_loopback": contents.insecure_loopback,
            "titles": [_build_title(title) for title in contents.titles],
            "log": [history.build(event) for event in contents.log],
            "pending": [pending.build(entry) for entry in contents.pending],
        }
    )


def parse(raw: bytes) -> Contents:
    """Reads what `encode` wrote.

    Raises:
        ParseError: `vault_malformed`.
    """
    try:
        value = json.parse_object(raw, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
        version = _member(value, "version", int)
        if version not in (1, VERSION):
            raise ParseError("vault_malformed", "another version")
        held = tuple(_parse_title(title, version) for title in _member(value, "titles", list))
        # Vaults of 0.1.0 had no log, those before 0.3.0 no offers that were begun.
        log = history.parse(_member(value, "log", list)) if "log" in value else ()
        begun = tuple(map(pending.parse, _member(value, "pending", list))) if "pending" in value else ()
        anchors, insecure = _member(value, "anchors", dict), _member(value, "insecure_loopback", bool)
        contents = Contents(anchors, insecure, held, log, begun)
    except DidkitError as error:
        raise ParseError("vault_malformed", error.detail) from None
    if len({title.id for title in held}) != len(held):
        raise ParseError("vault_malformed", "an identifier twice")
    return contents


def _named(title: HeldTitle, wanted: str) -> bool:
    """Whether a title goes by this name: the beginning of a type of it, or the whole short name of its table."""
    types = [credential.type for credential in title.credentials]
    known = [titles.find(type_) for type_ in types]
    return any(type_.startswith(wanted) for type_ in types) or any(one and one.id == wanted for one in known)


def _build_title(title: HeldTitle) -> JsonObject:
    credentials = [_build_credential(credential) for credential in title.credentials]
    return {"id": title.id, "issuer": title.issuer, "received": title.received, "forms": credentials}


def _build_credential(credential: HeldCredential) -> JsonObject:
    return {
        "configuration": credential.configuration,
        "format": credential.format,
        "type": credential.type,
        "expires": credential.expires,
        "copies": [_build_copy(copy) for copy in credential.copies],
    }


def _build_copy(copy: HeldCopy) -> JsonObject:
    state = FRESH if copy.fresh else SPENT
    return {"raw": copy.raw, "secret": base64url.encode(copy.secret), "state": state, "audience": copy.audience}


def _parse_title(value: JsonValue, version: int) -> HeldTitle:
    texts = {name: _member(value, name, str) for name in ("id", "issuer", "received")}
    # In version 1 a title had one credential, whose members were its own. The member is called `forms` in every vault.
    credentials = [value] if version == 1 else _member(value, "forms", list)
    if not credentials:
        raise ParseError("vault_malformed", "a title without credentials")
    return HeldTitle(**texts, credentials=tuple(map(_parse_credential, credentials)))


def _parse_credential(value: JsonValue) -> HeldCredential:
    texts = {name: _member(value, name, str) for name in ("configuration", "format", "type")}
    expires = None if value.get("expires") is None else _member(value, "expires", int)
    copies = tuple(_parse_copy(copy) for copy in _member(value, "copies", list))
    if not copies:
        raise ParseError("vault_malformed", "a credential without copies")
    return HeldCredential(**texts, expires=expires, copies=copies)


def _parse_copy(value: JsonValue) -> HeldCopy:
    state = _member(value, "state", str)
    audience = None if value.get("audience") is None else _member(value, "audience", str)
    if state != (FRESH if audience is None else SPENT):
        raise ParseError("vault_malformed", "state and audience disagree")
    return HeldCopy(_member(value, "raw", str), base64url.decode(_member(value, "secret", str)), audience)


def _member(value: JsonValue, name: str, kind: type[T]) -> T:
    """A member of exactly this type: True is no int here."""
    member = value.get(name) if isinstance(value, dict) else None
    if type(member) is not kind:
        raise ParseError("vault_malformed", name)
    return member
