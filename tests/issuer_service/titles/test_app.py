"""The service over real HTTP on a loopback port, with SQLite; once with the real demo register behind it."""

import asyncio
import hashlib
import re

import pytest
from aiohttp.test_utils import TestServer

from didkit_fr import flow
from didkit_fr.errors import FetchError
from didkit_fr.keys import software
from didkit_fr.protocols.oauth.metadata import parse_metadata as parse_server
from didkit_fr.protocols.openid4vci.metadata import parse_metadata
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from didkit_fr.protocols.openid4vci.wallet import receive
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from issuer_service.shell.watch import Watch
from issuer_service.titles.errors import WIRES
from issuer_service.titles.revoking import revoke
from issuer_service.titles.routes.context import CONTEXT
from issuer_service.titles.sources.register import RegisterSource
from issuer_service.titles.upkeep import Upkeep
from tests.error_table import CODES
from tests.issuer_service.titles.carried import carried
from tests.issuer_service.world import (
    FAMILY_NAME,
    NOW,
    NUMBER,
    Clock,
    Visitor,
    code_of,
    opened,
    scenario,
    visited,
    wrong,
)


def says(answer, error: str) -> None:
    """The whole of an error answer: status, body, no cache."""
    assert answer.status == WIRES[error].status, answer.body
    assert answer.json == {"error": error, "error_description": WIRES[error].description}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"].startswith("application/json")


async def received(visitor: Visitor, link: str, tx_code: str, *, memory: Memory | None = None):
    """The library's own wallet, over this HTTP."""
    world = visitor.world
    journey = receive(
        parse_offer_uri(link),
        VerificationContext(Policy(world.anchors), memory or Memory(), world.clock.now),
        tx_code=tx_code,
        make_signer=software.generate,
    )
    (title,) = await flow.run_async(journey, lambda batch: carried(visitor, batch))
    return title


@scenario
async def test_a_wallet_receives_a_batch(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        made = await visitor.world.offer()
        got = await received(visitor, made.link, made.tx_code)
        assert len(got.copies) == 3
        assert got.verified.claims["family_name"] == FAMILY_NAME
        assert got.configuration_id == "pid_dc_sd_jwt"


@scenario
async def test_metadata_is_what_a_wallet_parses(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        issuer = await visitor.ask("GET", "/.well-known/openid-credential-issuer")
        server = await visitor.ask("GET", "/.well-known/oauth-authorization-server")
        metadata = parse_metadata(issuer.body, issuer=visitor.address)
        assert metadata.batch_size == 3
        assert metadata.nonce_endpoint == f"{visitor.address}/nonce"
        configuration = metadata.credential_configurations_supported["pid_dc_sd_jwt"]
        assert (configuration.format, configuration.vct) == ("dc+sd-jwt", "urn:eudi:pid:fr:1")
        assert parse_server(server.body, issuer=visitor.address).anonymous_access is True


@scenario
async def test_an_issuer_with_a_path_has_its_well_known_before_it(tmp_path) -> None:
    async with opened(tmp_path, issuer="http://127.0.0.1:8443/fr/cni") as world:
        paths = {resource.canonical for resource in world.app.router.resources()}
        assert paths == {
            "/.well-known/openid-credential-issuer/fr/cni",
            "/.well-known/oauth-authorization-server/fr/cni",
            "/fr/cni/token",
            "/fr/cni/nonce",
            "/fr/cni/credential",
            "/fr/cni/notification",
            "/fr/cni/offers/{reference}",
            "/fr/cni/did.json",
            "/fr/cni/signers.crl",
            "/fr/cni/status",
            "/fr/cni/status/{list_id}",
            "/fr/cni/status/{list_id}/{purpose}",
        }


@scenario
async def test_secrets_are_not_cached_and_the_server_is_not_named(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        made = await visitor.world.offer()
        token = await visitor.redeem(code_of(made), made.tx_code)
        nonce = await visitor.ask("POST", "/nonce")
        credential = await visitor.credential(token.json["access_token"])
        for answer in (token, nonce, credential):
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Server" not in answer.headers


@scenario
async def test_wrong_codes_are_refused_and_capped(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        made = await visitor.world.offer()
        for tx_code in [wrong(made.tx_code)] * 5 + [made.tx_code]:
            says(await visitor.redeem(code_of(made), tx_code), "invalid_grant")
        says(await visitor.redeem("A" * 43, "123456"), "invalid_grant")
        codes = [event["code"] for event in visitor.world.events() if event["event"] == "refused"]
        assert codes == ["tx_code_wrong"] * 5 + ["offer_unknown"] * 2


@scenario
async def test_a_replayed_code_is_refused(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        made = await visitor.world.offer()
        assert (await visitor.redeem(code_of(made), made.tx_code)).status == 200
        says(await visitor.redeem(code_of(made), made.tx_code), "invalid_grant")


@pytest.mark.guarantee("G4")
@scenario
async def test_two_wallets_with_one_offer_get_one_token(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        made = await visitor.world.offer()
        answers = await asyncio.gather(*(visitor.redeem(code_of(made), made.tx_code) for _ in range(5)))
        assert sorted(answer.status for answer in answers) == [200, 400, 400, 400, 400]


@scenario
async def test_malformed_token_requests(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        made = await visitor.world.offer()
        says(await visitor.redeem(code_of(made), None), "invalid_request")
        says(await visitor.ask("POST", "/token"), "invalid_request")
        says(await visitor.ask("POST", "/token", data=b"\xff\x00"), "invalid_request")
        says(await visitor.ask("POST", "/token", data=b"grant_type=password"), "unsupported_grant_type")
        doubled = b"pre-authorized_code=a&pre-authorized_code=b"
        says(await visitor.ask("POST", "/token", data=doubled), "invalid_request")


@scenario
async def test_a_token_that_expired(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        token = await visitor.token()
        visitor.world.clock.now += 300
        answer = await visitor.credential(token)
        says(answer, "invalid_token")
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@scenario
async def test_no_token_learns_only_that_one_is_due(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        answer = await visitor.ask("POST", "/credential", json={})
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@scenario
async def test_malformed_credential_requests(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        token = await visitor.token()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        for body in (b"", b"[]", b"{}", b'{"a":1,"a":2}', b"\xff", b'{"credential_identifier":3}'):
            says(await visitor.ask("POST", "/credential", data=body, headers=headers), "invalid_credential_request")
        text = {**headers, "Content-Type": "text/plain"}
        says(await visitor.ask("POST", "/credential", data=b"{}", headers=text), "invalid_credential_request")
        unknown = b'{"credential_configuration_id":"nothing"}'
        says(
            await visitor.ask("POST", "/credential", data=unknown, headers=headers), "unknown_credential_configuration"
        )
        unproven = b'{"credential_configuration_id":"pid_dc_sd_jwt"}'
        says(await visitor.ask("POST", "/credential", data=unproven, headers=headers), "invalid_proof")
        says(await visitor.credential(token, nonce="A" * 75), "invalid_nonce")


@scenario
async def test_a_nonce_is_taken_once(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        token, nonce = await visitor.token(), await visitor.nonce()
        assert (await visitor.credential(token, nonce=nonce)).status == 200
        says(await visitor.credential(token, nonce=nonce), "invalid_nonce")
        answers = await asyncio.gather(*(visitor.credential(token, nonce=nonce) for _ in range(3)))
        assert {answer.status for answer in answers} == {400}


@pytest.mark.guarantee("G5")
@scenario
async def test_of_requests_at_once_with_one_nonce_exactly_one_is_served(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        token, nonce = await visitor.token(), await visitor.nonce()
        answers = await asyncio.gather(*(visitor.credential(token, nonce=nonce) for _ in range(5)))
        assert sorted(answer.status for answer in answers) == [200, 400, 400, 400, 400]


@pytest.mark.guarantee("G20")
@scenario
async def test_a_register_that_is_down_and_comes_back(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        token = await visitor.token()
        visitor.world.source.down = True
        answer = await visitor.credential(token)
        says(answer, "temporarily_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        visitor.world.source.down = False
        assert (await visitor.credential(token)).status == 200


@pytest.mark.parametrize("code", ["evidence_unknown", "evidence_expired", "evidence_exhausted", "birth_date_partial"])
@scenario
async def test_a_register_that_refuses(tmp_path, code) -> None:
    async with visited(tmp_path) as visitor:
        token = await visitor.token()
        visitor.world.source.refusal = code
        says(await visitor.credential(token), "credential_request_denied")


class Failing:
    """The real storage, one of whose verbs fails as the test says."""

    def __init__(self, storage) -> None:
        self.storage, self.verb, self.error = storage, "", None

    def __getattr__(self, name):
        if name == self.verb:
            raise self.error
        return getattr(self.storage, name)


@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("verb", ["try_offer", "redeem_offer"])
@pytest.mark.parametrize("code", ["storage_unavailable", "storage_full"])
@scenario
async def test_storage_that_fails_leaves_the_offer_good(tmp_path, verb, code) -> None:
    async with visited(tmp_path, storage=Failing) as visitor:
        made = await visitor.world.offer()
        visitor.world.storage.verb, visitor.world.storage.error = verb, FetchError(code)
        answer = await visitor.redeem(code_of(made), made.tx_code)
        says(answer, "temporarily_unavailable")
        assert "Retry-After" in answer.headers
        visitor.world.storage.verb = ""
        assert (await visitor.redeem(code_of(made), made.tx_code)).status == 200


@pytest.mark.parametrize("verb", ["find_grant", "take_nonce", "begin_issuance", "complete_issuance"])
@scenario
async def test_storage_that_fails_leaves_the_token_good_and_gives_nothing(tmp_path, verb) -> None:
    async with visited(tmp_path, storage=Failing) as visitor:
        token = await visitor.token()
        visitor.world.storage.verb, visitor.world.storage.error = verb, FetchError("storage_full")
        says(await visitor.credential(token), "temporarily_unavailable")
        visitor.world.storage.verb = ""
        assert (await visitor.credential(token)).status == 200


@scenario
async def test_a_failure_of_ours_shows_nothing(tmp_path) -> None:
    async with visited(tmp_path, storage=Failing) as visitor:
        world = visitor.world
        token = await visitor.token()
        world.storage.verb, world.storage.error = "find_grant", RuntimeError(f"canary {token}")
        says(await visitor.credential(token), "server_error")
        (event,) = [event for event in world.events() if event["event"] == "failed"]
        assert (event["exception"], event["route"]) == ("RuntimeError", "credential")
        assert re.fullmatch(r"test_app\.py:\d+", event["where"])
        assert "canary" not in world.log.getvalue()


@scenario
async def test_what_is_not_there(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        for path in ("/", "/offer", "/status/", "/status/0", "/status/x", "/status/01", "/status/99999999999"):
            answer = await visitor.ask("GET", path)
            assert (answer.status, answer.json) == (404, {"error": "not_found"})
        answer = await visitor.ask("GET", "/status/999")
        assert (answer.status, answer.json) == (404, {"error": "not_found"})
        answer = await visitor.ask("GET", "/token")
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
        assert answer.json == {"error": "method_not_allowed"}


@pytest.mark.guarantee("G21")
@scenario
async def test_large_bodies_are_not_read(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        answer = await visitor.ask("POST", "/token", data=b"a" * 300_000)
        assert (answer.status, answer.json) == (413, {"error": "content_too_large"})


class TestStatus:
    @scenario
    async def test_a_list_is_a_token_of_its_type(self, tmp_path) -> None:
        async with visited(tmp_path) as visitor:
            answer = await visitor.ask("GET", "/status/1")
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "application/statuslist+jwt"
            assert answer.headers["Cache-Control"] == "max-age=300"

    @scenario
    async def test_it_is_signed_again_when_it_changed_or_grew_old(self, tmp_path) -> None:
        async with visited(tmp_path, status_open_lists=1) as visitor:
            world = visitor.world

            async def shown() -> str:
                return hashlib.sha256((await visitor.ask("GET", "/status/1")).body).hexdigest()

            first = await shown()
            world.clock.now += 299
            assert await shown() == first
            world.clock.now += 1
            second = await shown()
            assert second != first
            await visitor.credential(await visitor.token())
            assert await shown() == second
            # Another process revokes: what is published follows at once.
            await revoke(world.registry, world.keys, title="pid", document_number=NUMBER, now=NOW)
            assert await shown() != second


@pytest.mark.guarantee("G15")
@scenario
async def test_the_log_names_no_one_and_no_secret(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        made = await visitor.world.offer("canary-ticket")
        await visitor.redeem(code_of(made), wrong(made.tx_code))
        token = (await visitor.redeem(code_of(made), made.tx_code)).json["access_token"]
        await visitor.credential(token)
        await visitor.ask("GET", "/canary-path?canary=1")
        log = visitor.world.log.getvalue()
        events = [event["event"] for event in visitor.world.events()]
        assert events == ["refused", "token_issued", "credentials_issued"]
        words = ("canary", "Canari", NUMBER, token, code_of(made), made.tx_code)
        assert not [word for word in words if word in log]
        assert {event.get("code", "tx_code_wrong") for event in visitor.world.events()} <= CODES.keys()
        handles = [event["request"] for event in visitor.world.events()]
        assert len(set(handles)) == len(handles)


@scenario
async def test_upkeep_forgets_and_survives_a_refusal(tmp_path) -> None:
    async with visited(tmp_path, storage=Failing) as visitor:
        world = visitor.world
        steady = Clock(0)
        rounds = Upkeep(
            world.app[CONTEXT], world.config, world.registry.log, Watch(world.config.state / "clock.json", steady)
        )
        made = await world.offer()
        epoch, _ = await world.ports.epochs.current(NOW)
        world.storage.verb, world.storage.error = "purge", FetchError("storage_unavailable")
        await rounds.once()
        world.storage.error = RuntimeError("canary")
        await rounds.once()
        world.storage.verb = ""
        assert [event["event"] for event in world.events()[-2:]] == ["upkeep_refused", "upkeep_failed"]
        world.clock.now += 4 * 86_400
        steady.now += 4 * 86_400
        await rounds.once()
        assert not (world.config.place("epochs") / f"{epoch}.key").exists()
        says(await visitor.redeem(code_of(made), made.tx_code), "invalid_grant")


@scenario
async def test_with_the_real_register(tmp_path) -> None:
    from issuer_service.register import app as register_app
    from issuer_service.register import ticket as tickets
    from issuer_service.register.folder import Folder
    from issuer_service.register.openings import Openings

    clock = Clock()
    folder = Folder.at(tmp_path / "register")
    digest, officer, people = folder.secret_digest(), folder.officer(), folder.citizens()
    openings = Openings(folder.openings)
    register = register_app.Register(people, officer.public_key, digest, openings, clock, lambda _: None)
    server = TestServer(register_app.create_app(register), access_log=None)
    await server.start_server()
    secret = (folder.path / "service-secret").read_text()
    source = RegisterSource(str(server.make_url("/")).rstrip("/"), secret)
    number = next(iter(people))
    try:
        async with visited(tmp_path, source=source, clock=clock) as visitor:
            ticket = tickets.write(officer, document_number=number, title="pid", now=clock.now)
            made = await visitor.world.offer(ticket)
            got = await received(visitor, made.link, made.tx_code)
            assert len(got.copies) == 3
            assert got.verified.claims["document_number"] == number
            world = visitor.world
            done = await revoke(world.registry, world.keys, title="pid", document_number=number, now=clock.now)
            assert done == (3, 1)
    finally:
        await source.close()
        await server.close()
        openings.close()


@scenario
async def test_a_chain_of_another_key_is_refused(tmp_path) -> None:
    from didkit_fr.errors import ParseError
    from issuer_service.titles import app as root
    from issuer_service.titles.application import Ports, create_app
    from issuer_service.titles.config import Config
    from tests.issuer_service.world import CHEAP, FixedRegister, found_in

    place = await found_in(tmp_path)
    (tmp_path / "other").mkdir()
    other = root.key_store(Config(tmp_path / "other", place.settings), b"of another", cost=CHEAP).create(())
    with pytest.raises(ParseError) as error:
        create_app(
            place,
            Ports(None, root.open_log(place), FixedRegister(Clock()), root.open_epochs(place), other),
            chains=root.read_chains(place),
            clock=Clock(),
            events=None,
        )
    assert error.value.code == "settings_invalid"
