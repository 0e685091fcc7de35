"""A storage in memory, added from outside the packages: all that another adapter takes is in this file.

It keeps the contract of `issuer_service.storage.port` between the clients of one process, and nothing once that ends.
"""

from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.primitives.random import Random, system
from issuer_service.shell.progress import LogPositions, Mark, Position, oldest_kept
from issuer_service.storage.port import Closed, Grant, Offer, Replayed, StatusEntry, StatusListState

LIST_GRACE = 86_400
LISTS_IN_GENERATION = 1_000_000


@dataclass
class List:
    """A status list: `after` is the counter that is given next, `known` how many were known when it was closed."""

    size: int
    after: int = 0
    expires: int = 0
    known: int | None = None


@dataclass
class Issuance:
    grant: bytes | None
    partition: str
    configuration: str
    entries: tuple[StatusEntry, ...]
    copies: int
    expires: int
    state: str = "intended"
    pseudonym: bytes = b""
    accepted: bool = False


@dataclass
class Rows:
    """What the clients of one store share. Offers and grants stand beside the number of acts that were before them."""

    offers: dict[bytes, tuple[Offer, int]] = field(default_factory=dict)
    attempts: dict[bytes, int] = field(default_factory=dict)
    grants: dict[bytes, tuple[Grant, int]] = field(default_factory=dict)
    nonces: dict[bytes, int] = field(default_factory=dict)
    issuances: dict[bytes, Issuance] = field(default_factory=dict)
    lists: dict[int, List] = field(default_factory=dict)
    last_list: int = 0
    invalid: set[StatusEntry] = field(default_factory=set)
    suspended: set[StatusEntry] = field(default_factory=set)
    closing: list[bytes] = field(default_factory=list)
    positions: Mapping[str, Position] = field(default_factory=dict)
    forgotten: int = 0
    mark: Mark = field(default_factory=lambda: Mark(1, 0))

    def open_list(self, size: int) -> int:
        self.last_list += 1
        self.lists[self.last_list] = List(size)
        return self.last_list

    def give(self, size: int, expires: int, random: Random) -> StatusEntry:
        open_lists = [number for number, one in self.lists.items() if one.after < one.size]
        number = open_lists[int.from_bytes(random(8)) % len(open_lists)]
        one = self.lists[number]
        entry = StatusEntry(number, one.after, one.size)
        one.after, one.expires = one.after + 1, max(one.expires, expires)
        if one.after == one.size:
            self.open_list(size)
        return entry

    def under(self, grant: bytes | None, configuration: str) -> dict[bytes, Issuance]:
        return {
            handle: one
            for handle, one in self.issuances.items()
            if one.grant is not None and (one.grant, one.configuration) == (grant, configuration)
        }

    def check_grant(self, grant: bytes, configuration: str) -> None:
        if grant not in self.grants:
            raise VerificationError("grant_unknown")
        if any(one.accepted for one in self.under(grant, configuration).values()):
            raise VerificationError("grant_accepted")

    def of(self, pseudonym: bytes) -> list[StatusEntry]:
        return [entry for one in self.completed(pseudonym) for entry in one.entries]

    def completed(self, pseudonym: bytes) -> list[Issuance]:
        return [one for one in self.issuances.values() if (one.state, one.pseudonym) == ("complete", pseudonym)]

    def void(self, issuance: Issuance) -> None:
        issuance.state = "void"
        self.invalid |= set(issuance.entries)


class ToyStorage:
    """One client of the rows. No verb awaits anything, so each is one step for all others."""

    def __init__(self, rows: Rows, list_size: int, random: Random) -> None:
        self._rows, self._list_size, self._random, self._is_closed = rows, list_size, random, False

    @property
    def rows(self) -> Rows:
        if self._is_closed:
            raise FetchError("storage_unavailable", "closed")
        return self._rows

    async def add_offer(self, offer: Offer) -> None:
        if offer.lookup in self.rows.offers:
            raise VerificationError("storage_conflict")
        self.rows.offers[offer.lookup] = offer, len(self.rows.closing)

    async def try_offer(self, lookup: bytes, *, now: int, max_attempts: int) -> Offer | None:
        found = await self.find_offer(lookup, now=now, max_attempts=max_attempts)
        if found is not None:
            self.rows.attempts[lookup] = self.rows.attempts.get(lookup, 0) + 1
        return found

    async def find_offer(self, lookup: bytes, *, now: int, max_attempts: int) -> Offer | None:
        offer, _ = self.rows.offers.get(lookup, (None, 0))
        usable = offer is not None and offer.expires > now and self.rows.attempts.get(lookup, 0) < max_attempts
        return offer if usable else None

    async def redeem_offer(self, lookup: bytes, grant: Grant, *, now: int) -> bool:
        offer, before = self.rows.offers.get(lookup, (None, 0))
        if offer is None or offer.expires <= now:
            return False
        if grant.lookup in self.rows.grants:
            raise VerificationError("storage_conflict")
        del self.rows.offers[lookup]
        self.rows.grants[grant.lookup] = grant, before
        return True

    async def find_grant(self, lookup: bytes, *, now: int) -> Grant | None:
        grant, _ = self.rows.grants.get(lookup, (None, 0))
        return grant if grant is not None and grant.expires > now else None

    async def take_nonce(self, digest: bytes, *, expires: int) -> bool:
        if expires <= self.rows.forgotten or digest in self.rows.nonces:
            return False
        self.rows.nonces[digest] = expires
        return True

    async def begin_issuance(
        self, grant: bytes, *, handle: bytes, partition: str, configuration: str, count: int, limit: int, expires: int
    ) -> tuple[StatusEntry, ...]:
        rows = self.rows
        rows.check_grant(grant, configuration)
        under = rows.under(grant, configuration)
        waiting = [name for name, one in under.items() if one.state == "intended"]
        if len(under) - len(waiting) >= limit:
            raise VerificationError("grant_exhausted")
        if handle in rows.issuances.keys() - waiting:
            raise VerificationError("storage_conflict")
        taken = tuple(entry for name in waiting for entry in rows.issuances.pop(name).entries)
        for entry in taken:
            rows.lists[entry.list_id].expires = max(rows.lists[entry.list_id].expires, expires)
        new = tuple(rows.give(self._list_size, expires, self._random) for _ in range(count - len(taken)))
        rows.issuances[handle] = Issuance(grant, partition, configuration, taken + new, count, expires)
        return (taken + new)[:count]

    async def complete_issuance(self, *, handle: bytes, pseudonym: bytes) -> None:
        rows, issuance = self.rows, self.rows.issuances.get(handle)
        if issuance is None or issuance.state != "intended":
            if issuance is not None and (issuance.state, issuance.pseudonym) == ("complete", pseudonym):
                return
            raise VerificationError("issuance_unknown")
        if issuance.grant is None:
            raise VerificationError("grant_unknown")
        rows.check_grant(issuance.grant, issuance.configuration)
        if pseudonym in rows.closing[rows.grants[issuance.grant][1] :]:
            raise VerificationError("revoked_meanwhile")
        for one in rows.under(issuance.grant, issuance.configuration).values():
            if one.state == "complete":
                rows.void(one)
        rows.issuances[handle] = replace(
            issuance, state="complete", pseudonym=pseudonym, entries=issuance.entries[: issuance.copies]
        )

    async def conclude_issuance(self, grant: bytes, *, handle: bytes, accepted: bool) -> bool:
        issuance = self.rows.issuances.get(handle)
        if issuance is None or issuance.grant != grant or issuance.state == "intended":
            return False
        if accepted:
            issuance.accepted = issuance.accepted or issuance.state == "complete"
            return issuance.state == "complete"
        if not any(one.accepted for one in self.rows.under(grant, issuance.configuration).values()):
            self.rows.void(issuance)
        return True

    async def log_positions(self) -> LogPositions:
        return LogPositions(dict(self.rows.positions), self.rows.forgotten)

    async def replay(
        self, acts: Sequence[Replayed], *, known: Mapping[str, Position], reached: Mapping[str, Position]
    ) -> bool:
        rows = self.rows
        if rows.positions != known:
            return False
        for act in acts:
            entries = set(rows.of(act.pseudonym))
            if act.action == "revoke":
                rows.invalid |= entries
            elif act.action == "suspend":
                rows.suspended |= entries
            else:
                rows.suspended -= entries
            if act.action != "resume":
                rows.closing.append(act.pseudonym)
        rows.positions = dict(reached)
        return True

    async def reached(self, *, pseudonyms: Sequence[bytes], now: int) -> Closed:
        rows = self.rows
        found = {one.grant for pseudonym in pseudonyms for one in rows.completed(pseudonym)}
        is_open = [grant for grant in found if grant in rows.grants and rows.grants[grant][0].expires > now]
        return Closed(sum(len(rows.of(pseudonym)) for pseudonym in pseudonyms), len(is_open))

    async def status_list(self, list_id: int) -> StatusListState | None:
        one = self.rows.lists.get(list_id)
        if one is None:
            return None
        known = one.size if one.known is None else one.known
        invalid = _counters(self.rows.invalid, list_id, range(known)) + tuple(range(known, one.size))
        return StatusListState(list_id, one.size, invalid, _counters(self.rows.suspended, list_id, range(one.size)))

    async def status_lists(self) -> tuple[int, ...]:
        return tuple(sorted(self.rows.lists))

    async def partitions(self) -> tuple[str, ...]:
        return tuple(sorted({one.partition for one in self.rows.issuances.values()}))

    async def mark(self) -> Mark:
        return self.rows.mark

    async def tick(self) -> Mark:
        self.rows.mark = self.rows.mark._replace(ticks=self.rows.mark.ticks + 1)
        return self.rows.mark

    async def open_generation(self, number: int, *, keep_until: int, reached: Mapping[str, Position]) -> None:
        rows = self.rows
        for forgotten in (rows.offers, rows.attempts, rows.grants, rows.nonces):
            forgotten.clear()
        for one in rows.issuances.values():
            one.grant = None
            if one.state == "intended":
                rows.void(one)
        unfilled = [one for one in rows.lists.values() if one.after < one.size]
        rows.last_list = max(rows.last_list, number * LISTS_IN_GENERATION)
        for one in unfilled:
            one.known, one.after, one.expires = one.after, one.size, max(one.expires, keep_until)
            rows.open_list(self._list_size)
        rows.mark, rows.positions = Mark(number, 0), dict(reached)

    async def purge(self, *, now: int | None) -> None:
        rows = self.rows
        if now is None:
            return
        rows.forgotten = max(rows.forgotten, now)
        rows.offers = {name: one for name, one in rows.offers.items() if one[0].expires > now}
        rows.grants = {name: one for name, one in rows.grants.items() if one[0].expires > now}
        rows.nonces = {name: expires for name, expires in rows.nonces.items() if expires > now}
        rows.issuances = {
            name: replace(one, grant=one.grant if one.grant in rows.grants else None)
            for name, one in rows.issuances.items()
            if one.expires > now
        }
        oldest = oldest_kept(datetime.fromtimestamp(now, UTC).year)
        rows.positions = {name: one for name, one in rows.positions.items() if not name or int(name) >= oldest}
        rows.lists = {
            number: one for number, one in rows.lists.items() if one.after < one.size or one.expires + LIST_GRACE > now
        }

    async def close(self) -> None:
        self._is_closed = True


def toy_store(_: Path):
    """What opens a client of one store in memory: see `tests.issuer_service.stores.ADAPTERS`."""
    rows = Rows()

    @asynccontextmanager
    async def opened(*, random: Random = system, open_lists: int = 4, list_size: int = 131_072, decoys: int = 0):
        assert not decoys
        for _ in range(open_lists - sum(one.after < one.size for one in rows.lists.values())):
            rows.open_list(list_size)
        storage = ToyStorage(rows, list_size, random)
        try:
            yield storage
        finally:
            await storage.close()

    return opened


def _counters(entries: set[StatusEntry], list_id: int, among: range) -> tuple[int, ...]:
    return tuple(sorted(entry.counter for entry in entries if entry.list_id == list_id and entry.counter in among))
