"""The storage port: domain verbs whose docstrings are the contract, run against every adapter by one test class.

Every verb is atomic and durable when it returns, across processes and hosts. Times are seconds since 1970 (UTC).
Nothing stored names a person: lookups are derived from secrets that only the bearer holds, evidence is sealed under
them, and a pseudonym is a keyed hash whose key lives elsewhere.

Any verb raises `FetchError` `storage_unavailable` or `storage_full`: then it changed nothing, unless the answer of the
store itself was lost. It raises `VerificationError` `storage_conflict` where a row of that random name exists already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from issuer_service.shell.progress import LogPositions, Mark, Position

__all__ = [
    "Closed",
    "Grant",
    "Offer",
    "Replayed",
    "StatusEntry",
    "StatusListState",
    "Storage",
]


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer waiting for its pre-authorized code: `lookup` (32 bytes) is derived from the code, `row` (16) is random.

    It is of one title, in all the configurations in which that is issued. `tx_code_mac` (32 bytes) is empty where no
    transaction code was asked for.
    """

    lookup: bytes
    row: bytes
    epoch: str
    title: str
    sealed: bytes = field(repr=False)
    tx_code_mac: bytes = field(repr=False)
    expires: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What an access token opens: `lookup` (32 bytes) is derived from the token, `row` (16) is random."""

    lookup: bytes
    row: bytes
    epoch: str
    title: str
    sealed: bytes = field(repr=False)
    expires: int


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """One reserved place: the `counter`-th of list `list_id`, which has `size`.

    The index in the list is a keyed permutation of the counter over the size, which is the list's own for ever.
    """

    list_id: int
    counter: int
    size: int


@dataclass(frozen=True, slots=True)
class StatusListState:
    """A status list as stored: how many entries it can hold, and the counters of those that are not valid.

    An entry may be in both: revocation is final, and goes first.
    """

    list_id: int
    size: int
    invalid: tuple[int, ...]
    suspended: tuple[int, ...] = ()


class Closed(NamedTuple):
    """What a revocation or a suspension reached: status entries of copies, and access tokens that were still open.

    Tokens are those that led to a copy. Others are closed too, and so are offers, but nothing stored tells whose they
    are: they cannot be counted.
    """

    copies: int
    grants: int


class Replayed(NamedTuple):
    """What the log outside the store says was done under a pseudonym."""

    action: Literal["revoke", "suspend", "resume"]
    pseudonym: bytes


class Storage(Protocol):
    """What the issuer service remembers."""

    async def add_offer(self, offer: Offer) -> None:
        """Remembers a new offer, and with it how many revocations and suspensions there have been.

        That number goes from the offer to its grant, and decides what `complete_issuance` refuses.
        """
        ...

    async def try_offer(self, lookup: bytes, *, now: int, max_attempts: int) -> Offer | None:
        """Counts one attempt on an offer and returns it.

        None if it is unknown, redeemed, expired, or was tried `max_attempts` times already: these cannot be told
        apart, also by the time that the answer takes, since what is counted of them is as durable. Concurrent
        attempts are all counted.
        """
        ...

    async def find_offer(self, lookup: bytes, *, now: int, max_attempts: int) -> Offer | None:
        """An offer that `try_offer` would return now; nothing is counted."""
        ...

    async def redeem_offer(self, lookup: bytes, grant: Grant, *, now: int) -> bool:
        """Replaces an offer by the grant: True at most once for an offer, across processes and hosts."""
        ...

    async def find_grant(self, lookup: bytes, *, now: int) -> Grant | None:
        """The grant of an access token; None if unknown or expired."""
        ...

    async def take_nonce(self, digest: bytes, *, expires: int) -> bool:
        """True at most once for a digest (32 bytes), across processes and hosts.

        What expires by the time that a purge has reached is refused, since it may have been used and forgotten: so
        no purge and no clock opens a used one again. A digest always comes with the same `expires`.

        A replay answers False and never disturbs the writes that are committed together with it.
        """
        ...

    async def begin_issuance(
        self, grant: bytes, *, handle: bytes, partition: str, configuration: str, count: int, limit: int, expires: int
    ) -> tuple[StatusEntry, ...]:
        """Records the intent to issue `count` copies under a grant's lookup and reserves a status entry for each.

        Each copy draws its list at random among the open ones. `handle` (16 random bytes) names the issuance;
        `expires` is when its copies expire.

        At most one issuance of a configuration waits under a grant: the newest. One that began before it and did not
        complete is forgotten, so it never completes, and its entries are the new one's. Otherwise no entry is ever
        given twice. So a grant takes at most `limit` times as many entries as its largest request has copies.

        Raises:
            VerificationError: `grant_unknown`; whether the grant expired is for `find_grant` to say. `grant_accepted`
                where the copies of an earlier issuance of the configuration were accepted. `grant_exhausted` where
                `limit` issuances of the configuration were completed under the grant, voided or not; nothing is
                reserved then.
        """
        ...

    async def complete_issuance(self, *, handle: bytes, pseudonym: bytes) -> None:
        """Records that the copies were signed, under the blind index (32 bytes) that revokes them.

        An earlier completed issuance of the same grant and configuration is voided: its entries become invalid in the
        same commit. A later one cannot have completed, for this one would be forgotten.
        Completing again under the same pseudonym changes nothing.

        Raises:
            VerificationError: `issuance_unknown`, also where a newer issuance of the configuration began under the
                grant; `grant_unknown` where the grant was purged since it began;
                `grant_accepted` where the copies of another such issuance were accepted since;
                `revoked_meanwhile` where the pseudonym was revoked or suspended since the grant's *offer* was made.
                Whichever it is, the copies must not leave.
        """
        ...

    async def conclude_issuance(self, grant: bytes, *, handle: bytes, accepted: bool) -> bool:
        """Records what the bearer of a grant says became of the copies of its issuance `handle`.

        Accepted: the grant issues no more in this configuration. Not accepted: the issuance is voided, its entries
        become invalid in the same commit, and the grant stays good; after an acceptance this changes nothing. Saying
        the same again changes nothing. False where the grant led to no completed issuance of this name, or accepted
        comes after void: then the copies are void, and the bearer must not keep them.
        """
        ...

    async def log_positions(self) -> LogPositions:
        """How far the revocation log was replayed; partitions of which nothing was are not named."""
        ...

    async def replay(
        self, acts: Sequence[Replayed], *, known: Mapping[str, Position], reached: Mapping[str, Position]
    ) -> bool:
        """Does what the log says, in order, and takes the positions from `known` to `reached`, all in one commit.

        False where the positions are not `known`, since another process replayed meanwhile: then nothing was done.

        To revoke makes every entry of every completed issuance under the pseudonym invalid, for ever; to suspend does
        so until it is resumed, which reaches the same entries. Each of the first two closes all that was made before:
        no issuance under a grant whose offer is older ever completes under that pseudonym, whether the offer is
        redeemed later, the grant was used, or the issuance is under way. Whatever the order, no copy escapes. Offers
        that are made later are not touched: whether a document is still good is the register's to say. What was
        closed stays closed when a suspension ends. Doing an act again changes nothing else.
        """
        ...

    async def reached(self, *, pseudonyms: Sequence[bytes], now: int) -> Closed:
        """What an act under these pseudonyms reaches: entries of completed issuances, and open grants that led to them.

        Such an act may have been done already; the answer is the same.
        """
        ...

    async def status_list(self, list_id: int) -> StatusListState | None:
        """The state of one list; None if there is no such list."""
        ...

    async def status_lists(self) -> tuple[int, ...]:
        """The numbers of all the lists that `status_list` knows, in order."""
        ...

    async def partitions(self) -> tuple[str, ...]:
        """The partition of every issuance that is remembered, each once."""
        ...

    async def mark(self) -> Mark:
        """How far the store has come: (1, 0) where it is new."""
        ...

    async def tick(self) -> Mark:
        """Takes the store one tick further; no two calls return the same."""
        ...

    async def open_generation(self, number: int, *, keep_until: int, reached: Mapping[str, Position]) -> None:
        """Makes a restored, so older, store safe to go on with; all of it or nothing.

        Offers, grants and nonces are forgotten. Lists that were open are closed, and each entry of theirs that was not
        given out yet becomes invalid, since a copy that the store forgot may have it and could not be revoked; so does
        every entry of an issuance that was not complete. New lists have numbers that no earlier generation used. The
        mark becomes (number, 0), and the positions in the revocation log are `reached`. Closed lists stay until
        `keep_until` at least: by then the copies that the store forgot have ended.
        """
        ...

    async def purge(self, *, now: int | None) -> None:
        """Forgets offers, grants (and which issuances they led to), nonces, and issuances that expired by `now`.

        A revocation closes what was made before it for as long as an offer or a grant from before it is there.
        Also a full status list, a day after the last of its copies expired, and the positions in partitions of the log
        before the year before. Not one transaction: it may be large.
        `now` is a time that has surely come (`shell.clock`); None where no time is certain: then nothing is
        forgotten.
        """
        ...

    async def close(self) -> None:
        """Finishes the writes in flight and closes."""
        ...
