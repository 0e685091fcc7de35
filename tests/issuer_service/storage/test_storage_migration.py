"""A data folder of the schema before opens, and what was open in it goes on."""

import sqlite3
from contextlib import closing

import pytest

from didkit_fr.errors import VerificationError
from didkit_fr.keys import software
from issuer_service.storage.migrations.sqlite import APPLICATION_ID, MIGRATIONS
from issuer_service.titles.issuance import authenticate, issue
from issuer_service.titles.revoking import blind_index, revoke
from tests.issuer_service.storage.tokens import token_for
from tests.issuer_service.stores import acted, assert_sound, begun, key
from tests.issuer_service.titles.issuing import asked
from tests.issuer_service.titles.statuses import status_of
from tests.issuer_service.world import NOW, NUMBER, opened, reopened, scenario

BEFORE = 3
"""The schema of the commit before a revocation closed what was offered before it."""

DOCUMENT = {"title": "pid", "document_number": NUMBER, "now": NOW}


def taken_back(path) -> None:
    """Writes a database as the schema before had it: its tables, and of each row the columns that it knew."""
    old = path.with_name("old.sqlite")
    with closing(sqlite3.connect(old, isolation_level=None)) as database:
        for statement in [statement for statements in MIGRATIONS[:BEFORE] for statement in statements]:
            database.execute(statement)
        database.execute("ATTACH ? AS newer", (str(path),))
        for (table,) in database.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            known = {row[1] for row in database.execute(f"PRAGMA newer.table_info({table})")}
            columns = [row[1] for row in database.execute(f"PRAGMA main.table_info({table})")]
            values = [name if name in known else "0" for name in columns]
            copied = f"INSERT INTO main.{table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM newer.{table}"  # noqa: S608 - names of the schema
            database.execute(f"DELETE FROM main.{table}")  # noqa: S608 - names of the schema
            database.execute(copied)
        database.execute(f"PRAGMA user_version = {BEFORE}")
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    old.replace(path)


async def copy_for(world, token: str) -> str:
    authority = await authenticate(world.issuer, token, now=NOW)
    return (await issue(world.issuer, authority, asked(world, [software.generate()]), now=NOW)).credentials[0]


@pytest.mark.guarantee("G20")
@scenario
async def test_offers_and_grants_of_the_schema_before_still_work_and_can_be_closed(tmp_path) -> None:
    async with opened(tmp_path) as world:
        offers = [await world.offer(name) for name in ("waiting", "redeemed", "issued")]
        tokens = [await token_for(world, made) for made in offers[1:]]
        lost = await copy_for(world, tokens[1])
        lookup = (await authenticate(world.issuer, tokens[0], now=NOW)).grant
        await begun(world.storage, lookup, "under way", configuration="pid_dc_sd_jwt")
        place, root_key = world.config, world.root
    taken_back(place.place("database"))
    async with reopened(place, root_key) as world:
        assert_sound(place.place("database"))
        # What was under way in the service that was stopped is nobody's.
        with pytest.raises(VerificationError) as error:
            await world.storage.complete_issuance(handle=key("under way", size=16), pseudonym=key("p"))
        assert error.value.code == "grant_unknown"
        tokens.insert(0, await token_for(world, offers[0]))
        copies = [await copy_for(world, token) for token in tokens]
        assert [await status_of(world, raw) for raw in (lost, *copies)] == [1, 0, 0, 0]
        assert await revoke(world.registry, world.keys, **DOCUMENT) == (3, 3)
        assert [await status_of(world, raw) for raw in copies] == [1, 1, 1]
        for token in tokens:
            with pytest.raises(VerificationError) as error:
                await copy_for(world, token)
            assert error.value.code == "revoked_meanwhile"
        assert await copy_for(world, await token_for(world, await world.offer("after")))


@pytest.mark.guarantee("G7")
@scenario
async def test_what_was_revoked_before_the_schema_changed_is_closed_to_offers_of_unknown_age(tmp_path) -> None:
    async with opened(tmp_path) as world:
        made = await world.offer()
        await acted(world.storage, "revoke", [blind_index(world.keys, "2026", "pid", NUMBER)], now=NOW)
        place, root_key = world.config, world.root
    taken_back(place.place("database"))
    async with reopened(place, root_key) as world:
        with pytest.raises(VerificationError) as error:
            await copy_for(world, await token_for(world, made))
        assert error.value.code == "revoked_meanwhile"
