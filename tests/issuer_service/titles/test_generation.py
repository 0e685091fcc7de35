"""A database put back from a backup: noticed, refused, and made fit again."""

import asyncio
import multiprocessing
import os
import signal
import sqlite3
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from didkit_fr.errors import DidkitError, FetchError, VerificationError
from didkit_fr.keys import software
from issuer_service.revocations.revocation_log import RevocationLog, unchecked
from issuer_service.shell.progress import Mark
from issuer_service.storage.port import Replayed
from issuer_service.titles import app, generation
from issuer_service.titles.issuance import authenticate, issue, redeem
from issuer_service.titles.revoking import blind_index, revoke
from tests.issuer_service.stores import acted, begun, granted, issued, key, sqlite_store
from tests.issuer_service.titles.issuing import asked, token_of, token_request
from tests.issuer_service.titles.statuses import status_of
from tests.issuer_service.world import NOW, NUMBER, code_of, found_in, opened, reopened, scenario
from tests.waiting import PATIENCE


def refused(call) -> str:
    with pytest.raises(DidkitError) as error:
        asyncio.run(call)
    return error.value.code


async def ticked(config, times: int = 1) -> None:
    storage = await app.open_storage(config)
    for _ in range(times):
        await generation.tick(storage, config.place("mark"))
    await storage.close()


def backup(config) -> bytes:
    with sqlite3.connect(config.place("database")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return config.place("database").read_bytes()


def put_back(config, data: bytes) -> None:
    for suffix in ("-wal", "-shm"):
        config.place("database").with_name(config.place("database").name + suffix).unlink(missing_ok=True)
    config.place("database").write_bytes(data)


def test_an_older_database_is_refused_until_it_is_restored(tmp_path):
    config = asyncio.run(found_in(tmp_path))
    asyncio.run(ticked(config))
    old = backup(config)
    asyncio.run(ticked(config))
    put_back(config, old)
    assert refused(app.open_storage(config)) == "storage_rewound"
    assert asyncio.run(app.restore(config, now=NOW)) == (2, 0, False, False)
    asyncio.run(ticked(config, 2))
    put_back(config, old)
    assert refused(app.open_storage(config)) == "storage_rewound"
    assert asyncio.run(app.restore(config, now=NOW)) == (3, 0, False, False)


def test_a_database_in_use_whose_mark_is_gone_is_refused(tmp_path):
    config = asyncio.run(found_in(tmp_path))
    asyncio.run(ticked(config))
    config.place("mark").unlink()
    assert refused(app.open_storage(config)) == "storage_rewound"


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"generation":1}', b'{"generation":"1","ticks":1}', b"[1,2]"])
def test_a_mark_that_is_none_is_refused(tmp_path, raw):
    config = asyncio.run(found_in(tmp_path))
    config.place("mark").write_bytes(raw)
    assert refused(app.open_storage(config)) == "storage_malformed"


def test_a_store_ahead_of_its_mark_is_no_rewinding(tmp_path):
    """A crash between the two leaves just this."""
    config = asyncio.run(found_in(tmp_path))
    asyncio.run(ticked(config, 3))
    config.place("mark").write_bytes(b'{"generation":1,"ticks":1}')
    asyncio.run(ticked(config))
    assert config.place("mark").read_bytes() == b'{"generation":1,"ticks":4}'


@scenario
async def test_after_a_restore_nothing_old_is_accepted_and_what_was_revoked_stays_so(tmp_path) -> None:
    async with opened(tmp_path) as world:
        known = await issue(
            world.issuer,
            await authenticate(world.issuer, await token_of(world, "a"), now=NOW),
            asked(world, [software.generate()]),
            now=NOW,
        )
        made, token = await world.offer("b"), await token_of(world, "c")
        await generation.tick(world.storage, world.config.place("mark"))
        config, root_key = world.config, world.root
    old = backup(config)
    async with reopened(config, root_key) as world:
        await revoke(world.registry, world.keys, title="pid", document_number=NUMBER, now=NOW)
        late = await authenticate(world.issuer, await token_of(world, "d"), now=NOW)
        after = await issue(world.issuer, late, asked(world, [software.generate()]), now=NOW)
        await generation.tick(world.storage, config.place("mark"))
    put_back(config, old)
    await app.restore(config, now=NOW)
    async with reopened(config, root_key) as world:
        with pytest.raises(DidkitError) as error:
            await redeem(world.ports, token_request(code_of(made), made.tx_code), now=NOW)
        assert error.value.code == "offer_unknown"
        with pytest.raises(DidkitError) as error:
            await authenticate(world.issuer, token, now=NOW)
        assert error.value.code == "grant_unknown"
        for raw in (*known.credentials, *after.credentials):
            assert await status_of(world, raw) == 1
        assert max(await world.storage.status_lists()) > 2_000_000


@scenario
async def test_entries_that_a_restored_store_does_not_know_become_invalid(tmp_path) -> None:
    async with sqlite_store(tmp_path)(list_size=16, open_lists=2) as storage:
        await issued(storage, await granted(storage, "a"), "a", "p", count=3)
        await issued(storage, await granted(storage, "s"), "s", "q", count=3)
        pending = await begun(storage, await granted(storage, "b"), "b", count=3)
        before = await storage.status_lists()
        await acted(storage, "revoke", [key("p")])
        await acted(storage, "suspend", [key("q")])
        await storage.open_generation(7, keep_until=NOW, reached={})
        assert await storage.mark() == Mark(7, 0)
        states = [await storage.status_list(list_id) for list_id in before]
        assert all(entry.counter in states[before.index(entry.list_id)].invalid for entry in pending)
        assert sum(len(state.invalid) for state in states) == sum(state.size for state in states) - 3
        assert sum(len(state.suspended) for state in states) == 3
        new = set(await storage.status_lists()) - set(before)
        assert min(new) > 7_000_000
        assert len(new) == 2
        entries = await begun(storage, await granted(storage, "n"), "n")
        assert {entry.list_id for entry in entries} <= new


def _restores(folder, started) -> None:
    async def work() -> None:
        async with sqlite_store(folder)(list_size=131_072, open_lists=64) as storage:
            started.set()
            await acted(storage, "revoke", [key(n) for n in range(3000)])
            await storage.open_generation(2, keep_until=NOW, reached={})

    asyncio.run(work())


@pytest.mark.parametrize("after", [0.0, 0.02, 0.1])
def test_killed_during_a_restore_it_is_the_old_store_or_the_new(tmp_path, after):
    async def prepare() -> None:
        async with sqlite_store(tmp_path)(list_size=131_072, open_lists=64) as storage:
            for name in range(5):
                await issued(storage, await granted(storage, name), name, name)

    async def state() -> tuple[Mark, int]:
        async with sqlite_store(tmp_path)(list_size=131_072, open_lists=64) as storage:
            return await storage.mark(), len(await storage.status_lists())

    asyncio.run(prepare())
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    process = context.Process(target=_restores, args=(tmp_path, started))
    process.start()
    started.wait(PATIENCE)
    process.join(after)
    if process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert asyncio.run(state()) in ((Mark(1, 0), 64), (Mark(2, 0), 128))


# --- the log outside


def test_the_log_keeps_order_and_drops_a_line_cut_short(tmp_path):
    log = RevocationLog(tmp_path / "log")
    acts = [Replayed("suspend", key(1)), Replayed("resume", key(1)), Replayed("revoke", key(2))]
    for act in acts:
        log.append({"2026": act})
    path = tmp_path / "log" / "2026.log"
    with path.open("ab") as file:
        file.write(b"revoke 0011")
    assert list(log.after({})[0]) == acts
    log.append({"2026": acts[0]})
    assert list(log.after({})[0]) == [*acts, acts[0]]
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_log_holds_blind_indices_only(tmp_path):
    async def work() -> None:
        async with opened(tmp_path) as world:
            await revoke(world.registry, world.keys, title="pid", document_number=NUMBER, now=NOW)
            year = datetime.fromtimestamp(NOW, UTC).year
            folder = world.config.place("revocations")
            assert sorted(path.name for path in folder.iterdir()) == [f"{year + n}.log" for n in (-1, 0, 1)]
            index = blind_index(world.keys, str(year), "pid", NUMBER).hex()
            checksum = sha256(f"{year} 0 revoke {index}".encode()).hexdigest()[:16]
            assert (folder / f"{year}.log").read_text() == f"revoke {checksum}: {index}\n"

    asyncio.run(work())


def test_old_partitions_are_forgotten(tmp_path):
    log = RevocationLog(tmp_path)
    for year in ("2024", "2025", "2026"):
        log.append({year: Replayed("revoke", key(year))})
    (tmp_path / "notes.log").write_text("another's")
    log.forget(2026)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2025.log", "2026.log", "notes.log"]


@pytest.mark.guarantee("G18")
def test_what_a_right_checksum_stands_before_is_not_looked_at_for_a_key(tmp_path):
    log = RevocationLog(tmp_path)
    for n in range(2):
        log.append({"2026": Replayed("revoke", key(n))})
    path = tmp_path / "2026.log"
    first, second = path.read_bytes().splitlines(keepends=True)
    before, wrong, cut = b"revoke " + bytes(64) + b"\n", second.replace(b":", b"0:"), b"revoke 0123"
    assert list(unchecked(path)) == []
    path.write_bytes(first + before + wrong + second + cut)
    assert list(unchecked(path)) == [before, wrong, second, cut]


def test_what_the_log_cannot_hold_is_not_revoked(tmp_path):
    async def work() -> None:
        async with opened(tmp_path) as world:
            world.config.place("revocations").rmdir()
            world.config.place("revocations").write_text("a file where the folder is due")
            with pytest.raises(FetchError) as error:
                await revoke(world.registry, world.keys, title="pid", document_number=NUMBER, now=NOW)
            assert error.value.code == "file_unavailable"
            with sqlite3.connect(world.config.place("database")) as database:
                assert database.execute("SELECT count(*) FROM revocations").fetchall() == [(0,)]
            database.close()

    asyncio.run(work())


def test_an_empty_log_is_none(tmp_path):
    assert RevocationLog(tmp_path / "absent").after({}) == ((), {})


@pytest.mark.guarantee("G20")
@scenario
async def test_a_database_that_is_gone_is_not_made_anew(tmp_path) -> None:
    async with opened(tmp_path) as world:
        config = world.config
        await generation.tick(world.storage, config.place("mark"))
    for path in config.place("database").parent.glob("issuer.sqlite*"):
        path.unlink()
    for opening in (app.restore(config, now=NOW), app.open_storage(config)):
        with pytest.raises(FetchError) as error:
            await opening
        assert error.value.code == "file_unavailable"
        assert "restore" in error.value.__notes__[0]
        assert not config.place("database").exists()


@pytest.mark.guarantee("G7")
@scenario
async def test_a_copy_from_before_a_revocation_is_not_put_back_unnoticed(tmp_path) -> None:
    async with opened(tmp_path) as world:
        config, keys = world.config, world.keys
        await generation.tick(world.storage, config.place("mark"))
    database = config.place("database")
    copies = {path.name: path.read_bytes() for path in database.parent.glob("issuer.sqlite*")}
    registry, close = await app.open_registry(config)
    await revoke(registry, keys, title="pid", document_number=NUMBER, now=NOW)
    await close()
    for path in database.parent.glob("issuer.sqlite*"):
        path.unlink()
    for name, content in copies.items():
        (database.parent / name).write_bytes(content)
    with pytest.raises(VerificationError) as error:
        await app.open_registry(config)
    assert error.value.code == "storage_rewound"
