"""Suspension, decoys, acceptance, aggregation: what the issuer does to copies after they were issued."""

import sqlite3

import pytest

from didkit_fr.errors import VerificationError
from didkit_fr.proofs.jose import jws
from didkit_fr.verification.context import VerificationContext
from issuer_service.titles import revoking
from issuer_service.titles.revoking import check_suspendable, resume, revoke, suspend
from tests.issuer_service.stores import NOW as THEN
from tests.issuer_service.stores import acted, begun, granted, invalid, issued, key, scenario, sqlite_store
from tests.issuer_service.titles.statuses import status_of
from tests.issuer_service.world import NOW, NUMBER, opened, query_of, visited


def test_identification_data_is_never_suspended():
    class Settings:
        titles = ("pid",)

    with pytest.raises(VerificationError) as error:
        check_suspendable(Settings, "pid")
    assert error.value.code == "title_not_suspendable"
    with pytest.raises(VerificationError) as error:
        check_suspendable(Settings, "other")
    assert error.value.code == "title_not_issued"


@scenario
async def test_a_suspension_ends_and_a_revocation_does_not(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(revoking, "is_suspendable", lambda _title: True)
    monkeypatch.setattr("issuer_service.titles.status_lists.is_suspendable", lambda _title: True)
    async with visited(tmp_path) as visitor:
        world = visitor.world
        answer = await visitor.credential(await visitor.token())
        raw, document = answer.json["credentials"][0]["credential"], {"title": "pid", "document_number": NUMBER}
        assert await suspend(world.registry, world.keys, **document, now=NOW) == (1, 1)
        assert await status_of(world, raw) == 2
        assert await resume(world.registry, world.keys, **document, now=NOW) == 1
        assert await status_of(world, raw) == 0
        await suspend(world.registry, world.keys, **document, now=NOW)
        await revoke(world.registry, world.keys, **document, now=NOW)
        await resume(world.registry, world.keys, **document, now=NOW)
        assert await status_of(world, raw) == 1
        listed = (await visitor.ask("GET", "/status")).json["status_lists"]
        claims = jws.parse((await visitor.ask("GET", listed[0])).body.decode()).unverified_claims()
        assert claims["status_list"]["bits"] == 2
        assert claims["status_list"]["aggregation_uri"] == f"{visitor.address}/status"


@scenario
async def test_what_is_under_way_when_its_document_is_suspended_does_not_leave(tmp_path) -> None:
    async with sqlite_store(tmp_path)(list_size=64) as storage:
        await begun(storage, await granted(storage), "a")
        await acted(storage, "suspend", [key("p")], now=THEN)
        with pytest.raises(VerificationError) as error:
            await storage.complete_issuance(handle=key("a", size=16), pseudonym=key("p"))
        assert error.value.code == "revoked_meanwhile"


@scenario
async def test_accepted_copies_end_the_grant_whatever_is_said_or_tried_later(tmp_path) -> None:
    async with sqlite_store(tmp_path)(list_size=64) as storage:
        lookup = await granted(storage)
        entries = await issued(storage, lookup, "a", "p")
        await begun(storage, lookup, "race")
        for _ in range(2):
            assert await storage.conclude_issuance(lookup, handle=key("a", size=16), accepted=True)
        assert await storage.conclude_issuance(lookup, handle=key("a", size=16), accepted=False)
        for attempt in (
            begun(storage, lookup, "b"),
            storage.complete_issuance(handle=key("race", size=16), pseudonym=key("p")),
        ):
            with pytest.raises(VerificationError) as error:
                await attempt
            assert error.value.code == "grant_accepted"
        assert await invalid(storage, entries) == [False] * 3


@scenario
async def test_copies_that_failed_are_void_and_may_be_fetched_again(tmp_path) -> None:
    async with sqlite_store(tmp_path)(list_size=64) as storage:
        lookup = await granted(storage)
        entries = await issued(storage, lookup, "a", "p")
        for _ in range(2):
            assert await storage.conclude_issuance(lookup, handle=key("a", size=16), accepted=False)
        assert await invalid(storage, entries) == [True] * 3
        assert not await storage.conclude_issuance(lookup, handle=key("a", size=16), accepted=True)
        again = await issued(storage, lookup, "b", "p")
        assert await invalid(storage, again) == [False] * 3


@scenario
async def test_a_foreign_unknown_or_unfinished_issuance_is_of_no_name(tmp_path) -> None:
    async with sqlite_store(tmp_path)(list_size=64) as storage:
        mine, other = await granted(storage, "m"), await granted(storage, "o")
        entries = await issued(storage, mine, "a", "p")
        await begun(storage, other, "b")
        for lookup, handle in ((other, "a"), (mine, "x"), (other, "b")):
            for accepted in (True, False):
                assert not await storage.conclude_issuance(lookup, handle=key(handle, size=16), accepted=accepted)
        assert await invalid(storage, entries) == [False] * 3


@scenario
async def test_decoys_hide_how_many_copies_a_revocation_struck(tmp_path) -> None:
    """Of 60 revocations of one copy each, some make one entry invalid and some two; no decoy is anybody's."""
    struck = set()
    async with sqlite_store(tmp_path)(list_size=4096, open_lists=2, decoys=2) as storage:
        given = set()
        for name in range(60):
            given |= set(await issued(storage, await granted(storage, name), name, name, count=1))
        before = 0
        for name in range(60):
            assert await acted(storage, "revoke", [key(name)], now=THEN) == (1, 1)
            states = [await storage.status_list(list_id) for list_id in await storage.status_lists()]
            count = sum(len(state.invalid) for state in states)
            struck.add(count - before)
            before = count
        assert struck == {1, 2}
        invalid_now = {(state.list_id, counter) for state in states for counter in state.invalid}
        assert {(entry.list_id, entry.counter) for entry in given} < invalid_now
    with sqlite3.connect(tmp_path / "issuer.sqlite") as database:
        left = set(database.execute("SELECT list_id, counter FROM decoys"))
    database.close()
    assert not left & invalid_now


@scenario
async def test_an_offer_by_reference_leaves_neither_address_nor_code(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        made = await visitor.world.offer(by_reference=True)
        (address,) = query_of(made.link)["credential_offer_uri"]
        assert len(made.link) < 200
        answers = [await visitor.ask("GET", address) for _ in range(2)]
        assert answers[0].body == answers[1].body
        assert answers[0].headers["Cache-Control"] == "no-store"
        (grant,) = answers[0].json["grants"].values()
        reference, code = address.rpartition("/")[2], grant["pre-authorized_code"]
        stored = b"".join(path.read_bytes() for path in visitor.world.config.folder.rglob("*") if path.is_file())
        assert reference.encode() not in stored
        assert code.encode() not in stored
        assert (await visitor.redeem(reference, made.tx_code)).status == 400
        assert (await visitor.redeem(code, made.tx_code)).status == 200
        assert (await visitor.ask("GET", address)).status == 404


@scenario
async def test_authorization_details_name_a_dataset_that_must_then_be_asked_for(tmp_path) -> None:
    details = '[{"type":"openid_credential","credential_configuration_id":"%s"}]'
    async with visited(tmp_path) as visitor:
        made = await visitor.world.offer()
        with pytest.raises(AssertionError, match="invalid_authorization_details"):
            await token_with(visitor, made, details % "other")
        token, named = await token_with(visitor, made, details % "pid_dc_sd_jwt")
        (identifier,) = named["credential_identifiers"]
        errors = {
            "invalid_credential_request": {},
            "unknown_credential_identifier": {
                "credential_configuration_id": None,
                "credential_identifier": "another",
            },
        }
        for error, changes in errors.items():
            answer = await visitor.credential(token, **changes)
            assert (answer.status, answer.json["error"]) == (400, error)
        answer = await visitor.credential(token, credential_configuration_id=None, credential_identifier=identifier)
        assert answer.status == 200, answer.body


async def token_with(visitor, made, details: str):
    from didkit_fr.protocols.oauth.form import build_form
    from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
    from tests.issuer_service.world import code_of

    form = {
        "grant_type": PRE_AUTHORIZED,
        "pre-authorized_code": code_of(made),
        "tx_code": made.tx_code,
        "authorization_details": details,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await visitor.ask("POST", "/token", data=build_form(form), headers=headers)
    assert answer.status == 200, answer.body
    return answer.json["access_token"], answer.json["authorization_details"][0]


@scenario
async def test_one_document_signer_speaks_for_its_issuer(tmp_path) -> None:
    from didkit_fr.flow import offline, run
    from didkit_fr.protocols.openid4vci.signed_metadata import verify_metadata
    from didkit_fr.verification.memory import Memory
    from didkit_fr.verification.policy import Policy

    place = "/.well-known/openid-credential-issuer"
    async with visited(tmp_path) as visitor:
        plain = await visitor.ask("GET", place)
        signed = await visitor.ask("GET", place, headers={"Accept": "application/jwt, application/json;q=0.5"})
        assert signed.headers["Content-Type"] == "application/jwt"
        assert signed.headers["Vary"] == "Accept"
        policy = Policy(visitor.world.anchors)
        found = run(
            verify_metadata(signed.body, VerificationContext(policy, Memory(), NOW), issuer=visitor.address), offline
        )
        assert found.encode() == plain.body
        for accept in ("application/json, application/jwt;q=0.9", "*/*", "application/jwt;q=0", ""):
            answer = await visitor.ask("GET", place, headers={"Accept": accept})
            assert answer.headers["Content-Type"].startswith("application/json"), accept


@scenario
async def test_a_settings_of_no_decoys_reserves_none(tmp_path) -> None:
    async with opened(tmp_path, status_decoys=0) as world, sqlite_store(tmp_path)(list_size=64) as storage:
        assert world.config.settings.status_decoys == 0
        entries = await issued(storage, await granted(storage), "a", "p", count=9)
        assert len(entries) == 9
