"""Verbs of the storage port in every order in which two or three callers can interleave them, on every adapter.

A store serialises its verbs, so what two processes can do to each other is an order of their verbs. Each order runs
under names of its own; what must hold is asked of the store at the end.
"""

from collections.abc import Iterator, Sequence

import pytest

from didkit_fr.errors import VerificationError
from tests.issuer_service.stores import ADAPTERS, NOW, acted, begun, grant, invalid, key, offer, scenario

GRANT_ENDS = NOW + 300


@pytest.fixture(params=sorted(ADAPTERS))
def store(request, tmp_path):
    return ADAPTERS[request.param](tmp_path)


def orders(*scripts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every way to merge scripts, each of which keeps its own order."""
    if not any(scripts):
        yield ()
    for at, script in enumerate(scripts):
        if script:
            rest = [other[1:] if n == at else other for n, other in enumerate(scripts)]
            yield from ((script[0], *later) for later in orders(*rest))


class Play:
    """One order of verbs on one citizen's offer; `whose` names its rows, each step goes to the other client."""

    def __init__(self, clients, whose: object) -> None:
        self.clients, self.whose, self.steps = clients, whose, 0
        self.entries, self.left, self.refused, self.kept = {}, [], {}, {}

    async def run(self, order: Sequence[str]) -> "Play":
        """A step is a verb, or a verb and the attempt that it belongs to."""
        for step in order:
            verb, _, attempt = step.partition(" ")
            self.steps += 1
            try:
                await getattr(self, f"do_{verb}")(self.clients[self.steps % len(self.clients)], attempt)
            except VerificationError as error:
                self.refused[step] = error.code
        return self

    @property
    def pseudonym(self) -> bytes:
        return key("p", self.whose)

    @property
    def lookup(self) -> bytes:
        return grant(self.whose).lookup

    def handle(self, attempt: str) -> bytes:
        return key((self.whose, attempt), size=16)

    async def do_offer(self, storage, _attempt):
        await storage.add_offer(offer(self.whose))

    async def do_redeem(self, storage, _attempt):
        await storage.redeem_offer(key(self.whose), grant(self.whose, expires=GRANT_ENDS), now=NOW)

    async def do_begin(self, storage, attempt):
        entries = await begun(storage, self.lookup, (self.whose, attempt), count=2)
        self.entries[attempt] = entries

    async def do_complete(self, storage, attempt):
        await storage.complete_issuance(handle=self.handle(attempt), pseudonym=self.pseudonym)
        self.left.append(attempt)

    async def do_accept(self, storage, attempt):
        told = {"handle": self.handle(attempt), "accepted": True}
        self.kept[attempt] = await storage.conclude_issuance(self.lookup, **told)

    async def do_fail(self, storage, attempt):
        await storage.conclude_issuance(self.lookup, handle=self.handle(attempt), accepted=False)

    async def do_revoke(self, storage, _attempt):
        await acted(storage, "revoke", [self.pseudonym], now=NOW)

    async def do_suspend(self, storage, _attempt):
        await acted(storage, "suspend", [self.pseudonym], now=NOW)

    async def do_purge(self, storage, _attempt):
        await storage.purge(now=GRANT_ENDS)

    async def valid(self, attempt: str) -> bool:
        """Whether the copies of an attempt are: all of them, or none."""
        entries = self.entries[attempt]
        states = {entry.list_id: await self.clients[0].status_list(entry.list_id) for entry in entries}
        suspended = [entry.counter in states[entry.list_id].suspended for entry in entries]
        struck = {bad or away for bad, away in zip(await invalid(self.clients[0], entries), suspended, strict=True)}
        assert len(struck) == 1
        return not struck.pop()


JOURNEY = ("offer", "redeem", "begin a", "complete a")
RETRIED = (*JOURNEY, "begin b", "complete b")


@pytest.mark.parametrize("act", ["revoke", "suspend"])
@pytest.mark.parametrize("journey", [JOURNEY, RETRIED])
@pytest.mark.guarantee("G7")
@scenario
async def test_revoke_against_offer_redeem_begin_complete_and_retry(store, act, journey) -> None:
    """No copy of what was offered before the act is good after it, wherever the act falls; a later offer is."""
    async with store() as one, store() as other:
        for n, order in enumerate(orders(journey, (act,))):
            play = await Play((one, other), n).run(order)
            late = [step for step in order[order.index(act) :] if step.startswith("complete")]
            if order[0] == act:
                assert not play.refused
                assert await play.valid(play.left[-1])
                continue
            assert play.refused == dict.fromkeys(late, "revoked_meanwhile")
            assert not any([await play.valid(attempt) for attempt in play.left])


@pytest.mark.guarantee("G7")
@scenario
async def test_complete_against_revoke_and_purge(store) -> None:
    """Whatever was forgotten in between: copies that left are those that a revocation reaches."""
    async with store() as one, store() as other:
        for n, order in enumerate(orders(JOURNEY, ("revoke",), ("purge",))):
            play = await Play((one, other), n).run(order)
            revoked_late = order.index("revoke") > order.index("offer")
            assert set(play.refused.values()) <= {"revoked_meanwhile", "grant_unknown", "issuance_unknown"}
            assert play.left or play.refused
            for attempt in play.left:
                assert await play.valid(attempt) != revoked_late
                assert (await acted(one, "revoke", [play.pseudonym], now=NOW)).copies == 2
                assert not await play.valid(attempt)


@scenario
async def test_complete_against_purge(store) -> None:
    async with store() as one, store() as other:
        for n, order in enumerate(orders(JOURNEY, ("purge",))):
            play = await Play((one, other), n).run(order)
            forgotten = order.index("redeem") < order.index("purge") < order.index("complete a")
            assert bool(play.left) != forgotten
            assert set(play.refused.values()) <= {"grant_unknown", "issuance_unknown"}


@pytest.mark.guarantee("G20")
@scenario
async def test_retry_against_complete(store) -> None:
    """The newest attempt completes, no older one after it began, and what an older one answered before is void."""
    async with store() as one, store() as other:
        for n, order in enumerate(orders(("begin a", "complete a"), ("begin b", "complete b"))):
            play = await Play((one, other), n).run(("offer", "redeem", *order))
            newest = max("ab", key=lambda attempt: order.index(f"begin {attempt}"))
            older = "b" if newest == "a" else "a"
            assert play.left[-1] == newest
            assert await play.valid(newest)
            if order.index(f"complete {older}") < order.index(f"begin {newest}"):
                assert play.left == [older, newest]
                assert not await play.valid(older)
            else:
                assert play.refused == {f"complete {older}": "issuance_unknown"}


@pytest.mark.guarantee("G20")
@scenario
async def test_accept_and_fail_against_retry(store) -> None:
    """What was told to be kept is good and stays so; of what was not, the newest alone is, unless it failed."""
    first = ("begin a", "complete a", "accept a")
    every = [*orders(first, ("begin b", "complete b", "accept b")), *orders(first, ("begin b", "complete b", "fail b"))]
    async with store() as one, store() as other:
        for n, order in enumerate(every):
            play = await Play((one, other), n).run(("offer", "redeem", *order))
            kept = [attempt for attempt, answer in play.kept.items() if answer]
            good = [attempt for attempt in play.left if await play.valid(attempt)]
            assert len(kept) <= 1
            assert good == kept or (not kept and good == play.left[-1:])


@pytest.mark.guarantee("G20")
@scenario
async def test_accept_against_revoke_and_complete(store) -> None:
    """An acceptance that comes first does not keep a revocation from its copies."""
    async with store() as one, store() as other:
        for n, order in enumerate(orders(("begin a", "complete a", "accept a"), ("revoke",))):
            play = await Play((one, other), n).run(("offer", "redeem", *order))
            assert not any([await play.valid(attempt) for attempt in play.left])


@pytest.mark.guarantee("G6")
@scenario
async def test_no_two_issuances_that_complete_share_an_entry(store) -> None:
    """Of two citizens, and of one citizen's attempts in any order."""
    async with store() as one, store() as other:
        taken = []
        for n, order in enumerate(orders(("begin a", "complete a"), ("begin b", "complete b"), ("begin c",))):
            play = await Play((one, other), n).run(("offer", "redeem", *order))
            taken += [entry for attempt in play.left for entry in play.entries[attempt]]
        assert len(set(taken)) == len(taken)
