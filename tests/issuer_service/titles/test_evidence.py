"""What is made of evidence ends with it, and is of the title that it was opened for."""

import pytest

from didkit_fr.keys import software
from issuer_service.titles.issuance import authenticate, issue, redeem
from tests.issuer_service.titles.issuing import asked, token_request
from tests.issuer_service.world import NOW, code_of, opened, scenario
from tests.refused import refused


@pytest.mark.guarantee("G20")
@pytest.mark.parametrize(("later", "life"), [(0, 300), (600, 300), (601, 299), (800, 100), (899, 1)])
@scenario
async def test_a_token_does_not_outlive_its_evidence(tmp_path, later, life) -> None:
    """The register's evidence is good for 900 seconds; a token for 300, and never longer than that evidence."""
    async with opened(tmp_path, offer_ttl=3600) as world:
        made = await world.offer()
        now = world.clock.now = NOW + later
        answer = await redeem(world.ports, token_request(code_of(made), made.tx_code), now=now)
        assert answer.expires_in == life
        await authenticate(world.issuer, answer.access_token, now=now + life - 1)
        with refused("grant_unknown"):
            await authenticate(world.issuer, answer.access_token, now=now + life)


@scenario
async def test_an_offer_of_evidence_that_ended_is_not_made(tmp_path) -> None:
    async with opened(tmp_path) as world:
        world.source.lasts = 1
        assert (await world.offer("one")).expires == NOW + 1
        world.source.lasts = 0
        with refused("evidence_expired"):
            await world.offer("two")


@scenario
async def test_a_register_that_answers_for_another_title_has_nothing_signed(tmp_path) -> None:
    async with opened(tmp_path) as world:
        made = await world.offer()
        answer = await redeem(world.ports, token_request(code_of(made), made.tx_code), now=NOW)
        authority = await authenticate(world.issuer, answer.access_token, now=NOW)
        world.source.title = "driving_licence"
        with refused("register_attributes"):
            await issue(world.issuer, authority, asked(world, [software.generate()]), now=NOW)
        world.source.title = "pid"
        done = await issue(world.issuer, authority, asked(world, [software.generate()]), now=NOW)
        assert len(done.credentials) == 1
