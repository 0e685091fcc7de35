"""Attacks on G7: getting, after a revocation, copies that it does not reach."""

import asyncio
from dataclasses import dataclass, field

import pytest

from issuer_service.titles.revoking import resume, revoke, suspend
from tests.issuer_service.titles.statuses import status_of
from tests.issuer_service.world import NOW, NUMBER, Clock, FixedRegister, code_of, reopened, scenario, served, visited

DOCUMENT = {"title": "pid", "document_number": NUMBER, "now": NOW}
ACTS = [revoke, suspend]


@pytest.fixture(autouse=True)
def _suspendable(monkeypatch) -> None:
    """Identification data never is: here the same title serves for both acts."""
    monkeypatch.setattr("issuer_service.titles.status_lists.is_suspendable", lambda _title: True)


@dataclass
class SlowRegister(FixedRegister):
    """A register whose answers wait until the test lets them go."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def attributes(self, evidence: str):
        self.asked.set()
        await self.let_go.wait()
        return await super().attributes(evidence)


def refused_as_revoked(visitor, answer) -> bool:
    """The wire says that asking again does not help; the log says why."""
    denied = (answer.status, answer.json.get("error")) == (400, "credential_request_denied")
    return denied and visitor.world.events()[-1]["code"] == "revoked_meanwhile"


async def closes(visitor, act) -> None:
    await act(visitor.world.registry, visitor.world.keys, **DOCUMENT)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.guarantee("G7")
@scenario
async def test_the_token_that_was_used_before_a_revocation_gets_nothing_after_it(tmp_path, act) -> None:
    async with visited(tmp_path) as visitor:
        token = await visitor.token()
        (first,) = (await visitor.credential(token)).json["credentials"]
        await closes(visitor, act)
        for _ in range(3):
            assert refused_as_revoked(visitor, await visitor.credential(token))
        assert await status_of(visitor.world, first["credential"]) != 0


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.guarantee("G7")
@scenario
async def test_a_token_that_was_not_used_before_a_revocation_gets_nothing_after_it(tmp_path, act) -> None:
    async with visited(tmp_path) as visitor:
        token = await visitor.token()
        await closes(visitor, act)
        assert refused_as_revoked(visitor, await visitor.credential(token))


@pytest.mark.parametrize("by_reference", [False, True])
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.guarantee("G7")
@scenario
async def test_an_offer_made_before_a_revocation_and_redeemed_after_it_gets_nothing(
    tmp_path, act, by_reference
) -> None:
    async with visited(tmp_path) as visitor:
        made = await visitor.world.offer(by_reference=by_reference)
        code = code_of(made) if not by_reference else await _code_by_reference(visitor, made)
        await closes(visitor, act)
        token = (await visitor.redeem(code, made.tx_code)).json["access_token"]
        assert refused_as_revoked(visitor, await visitor.credential(token))


async def _code_by_reference(visitor, made) -> str:
    from tests.issuer_service.world import query_of

    (address,) = query_of(made.link)["credential_offer_uri"]
    (grant,) = (await visitor.ask("GET", address)).json["grants"].values()
    return grant["pre-authorized_code"]


@pytest.mark.guarantee("G7")
@scenario
async def test_a_request_that_waits_for_the_register_during_a_revocation_gets_nothing(tmp_path) -> None:
    clock = Clock()
    async with visited(tmp_path, clock=clock, source=SlowRegister(clock)) as visitor:
        token = await visitor.token()
        asked = asyncio.ensure_future(visitor.credential(token))
        await visitor.world.source.asked.wait()
        await closes(visitor, revoke)
        visitor.world.source.let_go.set()
        assert refused_as_revoked(visitor, await asked)
        assert refused_as_revoked(visitor, await visitor.credential(token))


@pytest.mark.guarantee("G7")
@scenario
async def test_every_form_of_the_title_is_closed_by_one_revocation(tmp_path) -> None:
    formats = ("dc+sd-jwt", "jwt_vc_json", "ldp_vc", "ldp_vc/bbs-2023")
    async with visited(tmp_path, titles=("national_identity",), formats=formats) as visitor:
        visitor.world.source.title = "national_identity"
        token = await visitor.token()
        forms = sorted(visitor.world.ports.catalogue.configurations)
        assert len(forms) == len(formats)
        await revoke(visitor.world.registry, visitor.world.keys, **{**DOCUMENT, "title": "national_identity"})
        for name in forms:
            bound = {} if "bbs" not in name else {"proofs": None}
            answer = await visitor.credential(token, credential_configuration_id=name, **bound)
            assert refused_as_revoked(visitor, answer), name


@pytest.mark.guarantee("G7")
@scenario
async def test_ending_a_suspension_does_not_open_the_tokens_that_it_closed(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        token = await visitor.token()
        await closes(visitor, suspend)
        await closes(visitor, resume)
        assert refused_as_revoked(visitor, await visitor.credential(token))


@pytest.mark.guarantee("G7")
@scenario
async def test_a_revocation_closes_nothing_of_another_document_and_no_later_offer(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        before = await visitor.token("before")
        await closes(visitor, revoke)
        after = await visitor.token("after")
        (copy,) = (await visitor.credential(after)).json["credentials"]
        assert await status_of(visitor.world, copy["credential"]) == 0
        assert refused_as_revoked(visitor, await visitor.credential(before))
        visitor.world.source.number = "OTHERNUM1"
        assert (await visitor.credential(before)).status == 200


@pytest.mark.guarantee("G7")
@scenario
async def test_a_service_that_starts_again_and_forgets_what_expired_still_knows_what_was_closed(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        place, root_key = visitor.world.config, visitor.world.root
        made, token = await visitor.world.offer("offer"), await visitor.token("token")
        await closes(visitor, revoke)
    async with reopened(place, root_key) as world, served(world) as visitor:
        await world.storage.purge(now=NOW)
        late = (await visitor.redeem(code_of(made), made.tx_code)).json["access_token"]
        for bearer in (token, late):
            assert refused_as_revoked(visitor, await visitor.credential(bearer))
