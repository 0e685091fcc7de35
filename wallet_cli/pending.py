"""Offers whose title is not kept yet, as the vault holds them: all that is needed to go on where a command ended. Pure.

An entry is written before the code of its offer is used, with the keys of the copies; then with the token; then with
the title that is kept, until the issuer was told of it. It holds secrets, and is sealed with the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError

__all__ = ["MAX_AGE", "MAX_PENDING", "Pending", "build", "digest_of", "find", "lasting", "parse", "with_pending"]

MAX_PENDING = 4
MAX_AGE = 86_400
"""Seconds after which an entry is forgotten: no token lives so long."""

_TEXTS = ("link", "kept")
_OBJECTS = ("offer", "token")


@dataclass(frozen=True, slots=True)
class Pending:
    """An offer that was begun, at `started` (seconds since 1970).

    `link` is a digest of the link it came by, `offer` the offer; `keys` are private scalars of the copies of each
    configuration; `token` is the token response, empty until it came. `kept` is the title that lies in the vault
    already, and `notifications` by which names the issuer is told of that.
    """

    started: int
    link: str = field(repr=False)
    offer: JsonObject = field(repr=False)
    keys: Mapping[str, Sequence[bytes]] = field(repr=False)
    token: JsonObject = field(default_factory=dict, repr=False)
    kept: str = ""
    notifications: tuple[str, ...] = field(default=(), repr=False)


def digest_of(link: str) -> str:
    """By what the link of an offer is known again."""
    return base64url.encode(sha256(link.strip().encode("utf-8", "surrogatepass")).digest())


def find(pending: Sequence[Pending], *, link: str = "", offer: JsonObject | None = None) -> Pending | None:
    """The entry of a link, or of an offer."""
    digest = digest_of(link) if link else None
    return next((one for one in pending if one.link == digest or one.offer == offer), None)


def with_pending(pending: Sequence[Pending], entry: Pending) -> tuple[Pending, ...]:
    """Adds an entry in the place of an older one of the same offer; of too many the oldest without a token goes.

    A token is all that is left of an offer: an attacker could otherwise displace it with a few links.

    Raises:
        VerificationError: `vault_full`, where each of the others has its token.
    """
    kept = [*(one for one in pending if one.offer != entry.offer), entry]
    while len(kept) > MAX_PENDING:
        begun = next((one for one in kept[:-1] if not one.token and not one.kept), None)
        if begun is None:
            raise VerificationError("vault_full", f"{MAX_PENDING} titles are waiting: go on with these first")
        kept.remove(begun)
    return tuple(kept)


def lasting(pending: Sequence[Pending], *, now: int) -> tuple[Pending, ...]:
    """The entries that are not too old to go on with."""
    return tuple(one for one in pending if abs(now - one.started) < MAX_AGE)


def build(entry: Pending) -> JsonObject:
    """An entry as JSON."""
    return {
        "started": entry.started,
        "link": entry.link,
        "offer": entry.offer,
        "keys": {name: [base64url.encode(key) for key in keys] for name, keys in entry.keys.items()},
        "token": entry.token,
        "kept": entry.kept,
        "notifications": list(entry.notifications),
    }


def parse(value: JsonValue) -> Pending:
    """Reads what `build` wrote.

    Raises:
        ParseError: `vault_malformed`, and those of `base64url.decode`.
    """
    if not isinstance(value, dict) or type(value.get("started")) is not int:
        raise ParseError("vault_malformed", "an offer that was begun")
    texts, objects = [value.get(name) for name in _TEXTS], [value.get(name) for name in _OBJECTS]
    if not _all(texts, str) or not _all(objects, dict):
        raise ParseError("vault_malformed", "an offer's members")
    keys, notifications = value.get("keys"), value.get("notifications")
    if not isinstance(keys, dict) or not _all(keys.values(), list) or not isinstance(notifications, list):
        raise ParseError("vault_malformed", "an offer's keys")
    if not all(_all(some, str) for some in (*keys.values(), notifications)):
        raise ParseError("vault_malformed", "an offer's keys")
    scalars = {name: tuple(map(base64url.decode, some)) for name, some in keys.items()}
    return Pending(
        value["started"],
        value["link"],
        value["offer"],
        scalars,
        value["token"],
        value["kept"],
        tuple(notifications),
    )


def _all(values: Iterable[JsonValue], kind: type) -> bool:
    return all(type(value) is kind for value in values)
