"""Attacks on G20: answers that are lost, and attempts that go on when nobody waits for them."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from didkit_fr.encoding import json
from tests.issuer_service.titles.statuses import status_of
from tests.issuer_service.world import Clock, FixedRegister, scenario, visited


@dataclass
class SlowFirst(FixedRegister):
    """A register whose first answer waits until the test lets it go."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def attributes(self, evidence: str):
        if not self.asked.is_set():
            self.asked.set()
            await self.let_go.wait()
        return await super().attributes(evidence)


class Watched:
    """The real storage; says when an issuance was completed or refused."""

    def __init__(self, storage) -> None:
        self.storage, self.completed = storage, asyncio.Queue()

    def __getattr__(self, name):
        return getattr(self.storage, name)

    async def complete_issuance(self, **issuance):
        try:
            await self.storage.complete_issuance(**issuance)
            await self.completed.put("completed")
        except Exception as error:
            await self.completed.put(error.code)
            raise


async def notified(visitor, token: str, answer, event: str = "credential_accepted"):
    told = {"notification_id": answer.json["notification_id"], "event": event}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return await visitor.ask("POST", "/notification", data=json.encode(told), headers=headers)


async def left_alone(visitor, token: str) -> None:
    """Asks, and goes away while the register is asked."""
    asked = asyncio.ensure_future(visitor.credential(token))
    await visitor.world.source.asked.wait()
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


@pytest.mark.parametrize("accepted_first", [False, True])
@pytest.mark.guarantee("G20")
@scenario
async def test_an_older_attempt_that_ends_after_the_retry_leaves_the_copies_of_the_retry_good(
    tmp_path, accepted_first
) -> None:
    clock = Clock()
    async with visited(tmp_path, clock=clock, source=SlowFirst(clock), storage=Watched) as visitor:
        token = await visitor.token()
        await left_alone(visitor, token)
        kept = await visitor.credential(token)
        assert (kept.status, await visitor.world.storage.completed.get()) == (200, "completed")
        if accepted_first:
            assert (await notified(visitor, token, kept)).status == 204
        # The server does not cancel handlers: the older attempt signs its copies now, for nobody.
        visitor.world.source.let_go.set()
        assert await visitor.world.storage.completed.get() == "issuance_unknown"
        (copy,) = kept.json["credentials"]
        assert await status_of(visitor.world, copy["credential"]) == 0
        assert (await notified(visitor, token, kept)).status == 204
        assert await status_of(visitor.world, copy["credential"]) == 0


@pytest.mark.guarantee("G20")
@scenario
async def test_an_older_attempt_does_not_answer_once_a_newer_one_has_begun(tmp_path) -> None:
    clock = Clock()
    async with visited(tmp_path, clock=clock, source=SlowFirst(clock), storage=Watched) as visitor:
        token, world = await visitor.token(), visitor.world
        older = asyncio.ensure_future(visitor.credential(token))
        await world.source.asked.wait()
        world.source.down = True
        assert (await visitor.credential(token)).status == 503
        world.source.down = False
        world.source.let_go.set()
        answer = await older
        assert (answer.status, answer.json["error"]) == (400, "credential_request_denied")
        assert world.events()[-1]["code"] == "issuance_unknown"
        (copy,) = (await visitor.credential(token)).json["credentials"]
        assert await status_of(world, copy["credential"]) == 0


@pytest.mark.guarantee("G20")
@scenario
async def test_a_refused_acceptance_says_that_those_copies_are_not_kept_and_the_token_collects_again(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        token = await visitor.token()
        lost, newer = await visitor.credential(token), await visitor.credential(token)
        refused = await notified(visitor, token, lost)
        assert (refused.status, refused.json["error"]) == (400, "invalid_notification_id")
        assert await status_of(visitor.world, lost.json["credentials"][0]["credential"]) == 1
        assert await status_of(visitor.world, newer.json["credentials"][0]["credential"]) == 0
        again = await visitor.credential(token)
        assert (await notified(visitor, token, again)).status == 204
        assert await status_of(visitor.world, again.json["credentials"][0]["credential"]) == 0


def entries_given_out(world) -> int:
    with closing(sqlite3.connect(world.config.place("database"))) as database:
        ((entries,),) = database.execute("SELECT sum(next) FROM lists").fetchall()
    return entries


@pytest.mark.guarantee("G20")
@scenario
async def test_a_register_that_is_down_for_long_costs_neither_the_token_nor_status_entries(tmp_path) -> None:
    async with visited(tmp_path, batch_size=3) as visitor:
        token, world = await visitor.token(), visitor.world
        world.source.down = True
        taken = []
        for _ in range(3 * world.config.settings.token_issuances):
            assert (await visitor.credential(token)).status == 503
            taken.append(entries_given_out(world))
        world.source.down = False
        assert (await visitor.credential(token)).status == 200
        # What the first took, those after it use, and so does the one that is answered.
        assert set(taken) == {taken[0]} == {entries_given_out(world)}
        assert taken[0] > 0
