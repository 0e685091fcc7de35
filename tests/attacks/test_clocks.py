"""A clock that is wrong for a minute, or for a start, opens nothing that was used and destroys nothing."""

import json
import sqlite3
from contextlib import asynccontextmanager, closing

import pytest

from didkit_fr.errors import VerificationError
from didkit_fr.keys import software
from issuer_service.register.openings import Opening, Openings
from issuer_service.revocations.revocation_log import RevocationLog
from issuer_service.shell import watch
from issuer_service.shell.watch import Watch
from issuer_service.titles.issuance import authenticate, issue, redeem
from issuer_service.titles.revoking import revoke
from issuer_service.titles.routes.context import CONTEXT
from issuer_service.titles.upkeep import Upkeep
from tests.end_to_end.world import BIN, World
from tests.end_to_end.world import run as run_command
from tests.issuer_service.register_endpoint import NOW as REGISTER_NOW
from tests.issuer_service.register_endpoint import in_loop, register_endpoint
from tests.issuer_service.stores import acted
from tests.issuer_service.titles.issuing import asked, token_of, token_request
from tests.issuer_service.world import NOW, NUMBER, Clock, code_of, scenario, visited
from tests.waiting import until

DAY = 86_400
WRONG = {
    "a year ahead": 366 * DAY,
    "two days ahead": 2 * DAY,
    "twenty hours ahead": 20 * 3600,
    "two days behind": -2 * DAY,
}


class Minutes:
    """The rounds of one process, whose steady clock the test moves."""

    def __init__(self, world) -> None:
        self.world, self.steady = world, Clock(0)
        self.rounds = Upkeep(
            world.app[CONTEXT], world.config, world.registry.log, Watch(world.config.state / "clock.json", self.steady)
        )

    async def pass_by(self, seconds: int) -> None:
        """Time passes, for both clocks."""
        await self.rounds.once()
        self.steady.now += seconds
        self.world.clock.now += seconds
        await self.rounds.once()

    async def with_wrong_clock(self, seconds: int) -> None:
        """The clock is wrong for a minute in which the service starts again, and then right."""
        self.world.clock.now += seconds
        again = Minutes(self.world)
        await again.pass_by(60)
        self.world.clock.now -= seconds
        self.steady.now += 60


@asynccontextmanager
async def _living(folder):
    async with visited(folder) as visitor:
        yield visitor, Minutes(visitor.world)


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("wrong", WRONG)
@scenario
async def test_copies_that_are_valid_can_be_revoked_after_the_clock_was_wrong_for_a_minute(tmp_path, wrong) -> None:
    async with _living(tmp_path) as (visitor, minutes):
        world = visitor.world
        assert (await visitor.credential(await visitor.token(), signers=[software.generate()] * 1)).status == 200
        await minutes.pass_by(60)
        await minutes.with_wrong_clock(WRONG[wrong])
        assert await revoke(world.registry, world.keys, title="pid", document_number=NUMBER, now=world.clock.now) == (
            1,
            1,
        )


@pytest.mark.guarantee("G5")
@pytest.mark.parametrize("wrong", WRONG)
@scenario
async def test_a_used_nonce_stays_used_after_the_clock_was_wrong_for_a_minute(tmp_path, wrong) -> None:
    async with _living(tmp_path) as (visitor, minutes):
        nonce, token = await visitor.nonce(), await visitor.token()
        assert (await visitor.credential(token, nonce=nonce)).status == 200
        await minutes.with_wrong_clock(WRONG[wrong])
        answer = await visitor.credential(token, nonce=nonce)
        assert answer.json["error"] == "invalid_nonce"
        assert (await visitor.credential(token)).status == 200, "a fresh one is good"


@pytest.mark.guarantee("G5")
@scenario
async def test_a_used_nonce_stays_used_even_where_an_operator_accepted_a_wrong_clock(tmp_path) -> None:
    async with _living(tmp_path) as (visitor, minutes):
        world, used = visitor.world, await visitor.nonce()
        token = await visitor.token()
        assert (await visitor.credential(token, nonce=used)).status == 200
        world.clock.now += 3600
        watch.accept(world.config.state / "clock.json", wall=world.clock.now)
        await minutes.pass_by(60)
        with closing(sqlite3.connect(world.config.place("database"))) as database:
            assert database.execute("SELECT count(*) FROM nonces").fetchall() == [(0,)]
        world.clock.now -= 3660
        watch.accept(world.config.state / "clock.json", wall=world.clock.now)
        assert (await visitor.credential(token, nonce=used)).json["error"] in ("invalid_nonce", "invalid_token")
        assert not await world.storage.take_nonce(bytes(32), expires=world.clock.now + 420)


@pytest.mark.guarantee("G2")
@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("wrong", WRONG)
@scenario
async def test_offers_and_tokens_open_after_the_clock_was_wrong_for_a_minute(tmp_path, wrong) -> None:
    async with _living(tmp_path) as (visitor, minutes):
        world = visitor.world
        made, token = await world.offer("other"), await token_of(world, "ticket")
        key = await world.ports.epochs.current(NOW)
        await minutes.pass_by(60)
        await minutes.with_wrong_clock(WRONG[wrong])
        assert await world.ports.epochs.current(NOW) == key
        assert (await redeem(world.ports, token_request(code_of(made), made.tx_code), now=NOW + 60)).access_token
        authority = await authenticate(world.issuer, token, now=NOW + 60)
        assert await issue(world.issuer, authority, asked(world, [software.generate()]), now=NOW + 60)


@pytest.mark.guarantee("G2")
@scenario
async def test_epoch_keys_are_destroyed_once_their_time_has_surely_come(tmp_path) -> None:
    async with _living(tmp_path) as (visitor, minutes):
        world = visitor.world
        epoch, _ = await world.ports.epochs.current(NOW)
        await minutes.pass_by(2 * DAY)
        assert await world.ports.epochs.get(epoch)
        await minutes.pass_by(DAY)
        with pytest.raises(VerificationError) as error:
            await world.ports.epochs.get(epoch)
        assert error.value.code == "epoch_gone"


@pytest.mark.guarantee("G7")
@scenario
async def test_the_revocation_log_keeps_its_years_while_the_clock_is_wrong(tmp_path) -> None:
    async with _living(tmp_path) as (visitor, minutes):
        world = visitor.world
        await revoke(world.registry, world.keys, title="pid", document_number=NUMBER, now=NOW)
        log = RevocationLog(world.config.place("revocations"))
        before = log.after({})
        await minutes.with_wrong_clock(4 * 366 * DAY)
        assert log.after({}) == before


@pytest.mark.guarantee("G7")
@scenario
async def test_where_the_clock_moved_more_than_a_day_nothing_is_forgotten_until_an_operator_accepts_it(
    tmp_path,
) -> None:
    async with _living(tmp_path) as (visitor, minutes):
        world = visitor.world
        assert (await visitor.credential(await visitor.token())).status == 200
        await minutes.pass_by(60)
        world.clock.now += 200 * DAY  # as after half a year in which the machine was off
        await minutes.pass_by(60)
        assert await acted(world.storage, "revoke", [bytes(32)], now=world.clock.now) == (0, 0)
        with closing(sqlite3.connect(world.config.place("database"))) as database:
            assert database.execute("SELECT count(*) FROM issuances").fetchall() == [(1,)]
            watch.accept(world.config.state / "clock.json", wall=world.clock.now)
            await minutes.pass_by(60)
            assert database.execute("SELECT count(*) FROM issuances").fetchall() == [(0,)]
        said = [event for event in world.events() if event["event"].startswith("clock")]
        assert [event["event"] for event in said] == ["clock_doubted", "clock_accepted", "clock_trusted"]
        assert said[0]["seconds"] == 200 * DAY


@pytest.mark.guarantee("G3")
@pytest.mark.parametrize(
    ("wrong", "other", "code"),
    [
        (366 * DAY, 200, "ticket_expired"),
        (2 * DAY, 200, "ticket_expired"),
        (0, 200, "ticket_replayed"),
        (-2 * DAY, 403, "ticket_replayed"),
    ],
)
@in_loop
async def test_a_used_ticket_stays_used_after_the_registers_clock_was_wrong_for_a_minute(
    tmp_path, wrong, other, code
) -> None:
    """Also where the register took that clock for right: with another ticket, it forgets what ended by then."""
    async with register_endpoint(tmp_path) as endpoint:
        raw = endpoint.ticket()
        assert (await endpoint.open(raw))[0] == 200
        endpoint.now += wrong
        assert (await endpoint.open(endpoint.ticket()))[0] == other
        endpoint.now -= wrong
        for _ in range(2):
            assert (await endpoint.open(raw))[1].get("error") == code


@pytest.mark.guarantee("G3")
@in_loop
async def test_an_opening_outlives_a_minute_in_which_no_time_was_certain(tmp_path) -> None:
    openings = Openings(tmp_path / "register.sqlite")
    opening = Opening("A", "pid", None, "t", REGISTER_NOW + 900)
    try:
        await openings.open(b"a" * 32, REGISTER_NOW + 660, b"h" * 32, opening, forget=REGISTER_NOW)
        await openings.open(b"b" * 32, REGISTER_NOW + 366 * DAY, b"i" * 32, opening, forget=None)
        assert (await openings.read(b"h" * 32, now=REGISTER_NOW + 1)).trace == "t"
        with pytest.raises(VerificationError) as error:
            await openings.open(b"a" * 32, REGISTER_NOW + 660, b"j" * 32, opening, forget=None)
        assert error.value.code == "ticket_replayed"
    finally:
        openings.close()


@pytest.mark.slow
@pytest.mark.guarantee("G7")
def test_the_command_shows_the_clock_and_accepts_it_and_the_service_says_that_it_doubts(tmp_path) -> None:
    with World(tmp_path / "world") as world:
        world.start_register()
        assert world.init_issuer().status == 0
        place = world.issuer_state / "clock.json"
        shows = [BIN / "didkit-issuer", "clock", "--data", world.issuer_data]
        assert run_command([*shows, "--json"]).json()["forgets"] is True
        known = json.loads(place.read_bytes())
        place.write_text(json.dumps({**known, "measured": known["measured"] - 3 * DAY}, separators=(",", ":")))
        shown = run_command(shows)
        assert shown.status == 1
        assert "forgets: no, until an operator accepts the clock" in shown.out
        world.start_issuer()
        until(lambda: "clock_doubted" in (world.folder / "logs" / "issuer.log").read_text())
        world.issuer.stop()
        log = [json.loads(line) for line in (world.folder / "logs" / "issuer.log").read_text().splitlines()]
        assert [event["event"] for event in log].count("clock_doubted") == 1
        accepted = run_command([*shows, "--accept", "--json"])
        assert (accepted.status, accepted.json()["acceptances"], accepted.json()["forgets"]) == (0, 2, True)
        own = [BIN / "didkit-register", "clock", "--data", world.register_data]
        assert run_command([*own, "--json"]).json()["forgets"] is True
        (world.register_data / "clock.json").unlink()
        assert run_command(own).status == 1
        assert run_command([*own, "--accept"]).status == 0


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("behind", [2 * 366 * DAY, 366 * DAY, -2 * 366 * DAY])
@scenario
async def test_a_revocation_by_a_command_whose_clock_is_years_wrong_reaches_copies_and_tokens(tmp_path, behind) -> None:
    async with _living(tmp_path) as (visitor, _):
        world = visitor.world
        token = await visitor.token()
        assert (await visitor.credential(token)).status == 200
        wrong = world.clock.now - behind
        closed = await revoke(world.registry, world.keys, title="pid", document_number=NUMBER, now=wrong)
        assert closed.copies > 0
