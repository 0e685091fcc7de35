"""Attacks on G7, G4 and G20: a database that is mixed with what lies beside it, damaged, empty, or lost."""

import asyncio
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from didkit_fr.errors import DidkitError, FetchError, VerificationError
from issuer_service.revocations.revocation_log import RevocationLog
from issuer_service.shell import mark
from issuer_service.shell.progress import Mark
from issuer_service.storage.port import Replayed
from issuer_service.titles import app, generation
from issuer_service.titles.backup import backup
from issuer_service.titles.config import Config
from issuer_service.titles.revoking import revoke
from issuer_service.vcalm import folders
from issuer_service.vcalm.founding import found as found_w3c
from tests.attacks.issuers import copy_of
from tests.end_to_end.world import ROOT
from tests.issuer_service.titles.programs import init, run, serving
from tests.issuer_service.world import CHEAP, NOW, NUMBER, found_in, opened, reopened, scenario
from tests.ports import free_port
from tests.waiting import PATIENCE

KEYRING = {"--passphrase-fd": b"of the keyring\n"}

# Serves as a service does that revokes, empties its log in the minute's round, goes on, and is killed.
SERVED = """
import asyncio, os, signal, sys
from pathlib import Path
from issuer_service.revocations.revocation_log import RevocationLog
from issuer_service.titles import app, config, generation, revoking
from issuer_service.titles.revoking import Registry

async def main(folder, number, now):
    there = config.load(Path(folder))
    keys = app.key_store(there, b"of the keyring").open()
    storage = await app.open_storage(there)
    registry = Registry(storage, RevocationLog(there.place("revocations")), there.place("mark"))
    for one in (number, "OTHERNUM1"):
        await revoking.revoke(registry, keys, title="pid", document_number=one, now=int(now))
        await generation.tick(storage, there.place("mark"))
        if one == number:
            await storage.purge(now=None)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(*sys.argv[1:]))
"""

# Ends itself where `restore`, or the first start, comes to one of its steps.
ENDED = """
import asyncio, os, signal, sys
from pathlib import Path
from issuer_service.revocations import replaying
from issuer_service.shell import mark
from issuer_service.storage.sqlite import SqliteStorage
from issuer_service.titles import app, config, generation

def end(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

folder, what, step, now = sys.argv[1:]
there = config.load(Path(folder))
owner, name = step.split(".")
setattr({"storage": SqliteStorage, "mark": mark, "replaying": replaying}[owner], name, end)

async def first():
    await generation.tick(await app.open_storage(there), there.place("mark"))

asyncio.run(app.restore(there, now=int(now)) if what == "restore" else first())
"""


def killed(script: str, *arguments: object) -> None:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, check=False, timeout=PATIENCE)
    assert done.returncode == -signal.SIGKILL


def refused(call) -> DidkitError:
    async def waited() -> None:
        await (await call()).close()

    with pytest.raises(DidkitError) as error:
        asyncio.run(waited())
    return error.value


def struck(config: Config) -> int:
    with closing(sqlite3.connect(config.place("database"))) as database:
        ((known, counters),) = database.execute("SELECT count(*), max(counter) FROM invalid_entries").fetchall()
    return int(known) if counters is not None else 0


def files(config: Config) -> set[str]:
    return {path.name for path in config.folder.glob("issuer.sqlite*")}


async def _backed_up(folder: Path) -> Config:
    """An issuer of a copy that is in force, as its backup has it."""
    async with opened(folder, status_decoys=0) as world:
        await copy_of(world)
        config = world.config
    await backup(config, folder / "backup")
    return config


@pytest.fixture
def hot(tmp_path) -> Config:
    """An issuer whose database, killed, has its log beside it; the copy is revoked."""
    config = asyncio.run(_backed_up(tmp_path))
    killed(SERVED, config.folder, NUMBER, NOW)
    assert config.place("database").with_name("issuer.sqlite-wal").stat().st_size
    return config


def copied_over(config: Config, cut: int = 0) -> None:
    """As `cp` does it: into the file that is there, and nothing beside it is removed."""
    data = (config.folder.parent / "backup" / "issuer.sqlite").read_bytes()
    config.place("database").write_bytes(data[: len(data) - cut])


@pytest.mark.slow
@pytest.mark.guarantee("G7")
@pytest.mark.guarantee("G4")
def test_a_backup_copied_over_a_database_with_a_hot_log_is_refused_and_restore_revokes_again(hot) -> None:
    copied_over(hot)
    error = refused(lambda: app.open_storage(hot))
    assert (error.code, error.detail) == ("storage_rewound", "a backup that was not restored")
    done = run("serve", "--data", hot.folder, "--json", secrets=KEYRING)
    assert json.loads(done.stderr)["error"] == "storage_rewound"
    told = run("serve", "--data", hot.folder, secrets=KEYRING).stderr.decode()
    assert "hint: if it was put back from a backup on purpose: didkit-issuer restore" in told
    assert asyncio.run(app.restore(hot, now=NOW)).replayed == 6
    assert struck(hot) == 1
    asyncio.run(_seen(hot))


async def _seen(config: Config) -> None:
    await (await app.open_storage(config)).close()


@pytest.mark.slow
@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("cut", [1, 4096, 40_960])
def test_a_backup_cut_short_over_a_database_with_a_hot_log_is_refused_and_not_restored(hot, cut) -> None:
    copied_over(hot, cut)
    assert refused(lambda: app.open_storage(hot)).code in ("storage_rewound", "storage_malformed")
    assert refused(lambda: app.restore(hot, now=NOW)).code == "storage_malformed"
    assert refused(lambda: app.open_storage(hot)).code in ("storage_rewound", "storage_malformed")
    copied_over(hot)
    assert asyncio.run(app.restore(hot, now=NOW)).replayed == 6
    assert struck(hot) == 1


@pytest.mark.slow
@pytest.mark.guarantee("G7")
@pytest.mark.guarantee("G4")
@pytest.mark.parametrize(
    "step", ["replaying.behind", "mark.begin", "replaying.do", "storage.open_generation", "mark.write", "storage.purge"]
)
def test_restore_killed_at_any_step_leaves_a_backup_that_is_restored_next(hot, step) -> None:
    copied_over(hot)
    killed(ENDED, hot.folder, "restore", step, NOW)
    assert refused(lambda: app.open_storage(hot)).code == "storage_rewound"
    assert asyncio.run(app.restore(hot, now=NOW)).replayed == 6
    assert struck(hot) == 1
    asyncio.run(_seen(hot))
    assert files(hot) == {"issuer.sqlite"}


@pytest.mark.guarantee("G7")
def test_a_backup_of_before_its_own_form_is_restored_as_ever(tmp_path) -> None:
    config = asyncio.run(_backed_up(tmp_path))
    older = tmp_path / "backup" / "issuer.sqlite"
    with closing(sqlite3.connect(config.place("database"))) as served, closing(sqlite3.connect(older)) as copied:
        ((form,),) = served.execute("PRAGMA application_id").fetchall()
        copied.execute(f"PRAGMA application_id = {form}")
    copied_over(config)
    assert refused(lambda: app.open_storage(config)).code == "storage_rewound"
    assert asyncio.run(app.restore(config, now=NOW)) == (2, 0, False, False)
    asyncio.run(_seen(config))


@pytest.mark.guarantee("G7")
def test_a_database_with_a_damaged_index_is_not_restored(tmp_path) -> None:
    config = asyncio.run(_backed_up(tmp_path))
    place = config.place("database")
    with closing(sqlite3.connect(place)) as database:
        find = "SELECT rootpage FROM sqlite_schema WHERE name = 'issuances_by_pseudonym'"
        ((page,),) = database.execute(find).fetchall()
        ((size,),) = database.execute("PRAGMA page_size").fetchall()
    data = bytearray(place.read_bytes())
    data[(page - 1) * size + 3 : (page - 1) * size + 5] = bytes(2)  # a page without cells
    place.write_bytes(data)
    assert refused(lambda: app.restore(config, now=NOW)).code == "storage_malformed"


@pytest.mark.slow
@pytest.mark.guarantee("G20")
@pytest.mark.guarantee("G4")
@pytest.mark.parametrize("left", ["gone", "empty"])
@pytest.mark.parametrize("known", ["mark", "no mark", "no state"])
def test_a_database_that_is_lost_is_made_anew_by_no_command_but_the_one_that_says_so(tmp_path, left, known) -> None:
    config = asyncio.run(_backed_up(tmp_path))
    for path in config.folder.glob("issuer.sqlite*"):
        path.unlink()
    if left == "empty":
        config.place("database").touch(0o600)
    if known == "no mark":
        config.place("mark").unlink()
    if known == "no state":
        shutil.rmtree(config.state)
        config.state.mkdir(mode=0o700)
    there = files(config)
    for command in ("serve", "offer", "backup", "revoke", "restore"):
        secrets = KEYRING if command in ("serve", "revoke") else None
        where = ("--to", tmp_path / "another") if command == "backup" else ()
        done = run(command, "--data", config.folder, *where, "--json", stdin="NOBODY\n", secrets=secrets)
        said = json.loads(done.stderr)
        assert (done.returncode, said["error"]) == (3, "file_unavailable"), command
        assert "copy it from a backup" in said["hint"]
        assert f"didkit-issuer anew --data {config.folder} && didkit-issuer restore" in said["hint"]
        assert files(config) == there


@pytest.mark.guarantee("G20")
@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("known", ["mark", "no state"])
@scenario
async def test_a_start_with_an_empty_database_gives_no_entry_of_before_to_anyone(tmp_path, known) -> None:
    config = await _backed_up(tmp_path)
    async with reopened(config, tmp_path / "root.key") as world:
        before = await world.storage.status_lists()
    with pytest.raises(VerificationError) as error:
        await app.anew(config, now=NOW)
    assert error.value.code == "file_exists"
    for path in config.folder.glob("issuer.sqlite*"):
        path.unlink()
    if known == "no state":
        shutil.rmtree(config.state)
        config.state.mkdir(mode=0o700)
    await app.anew(config, now=NOW)
    with pytest.raises(VerificationError) as error:
        await app.open_storage(config)
    assert error.value.code == "storage_rewound"
    restored = await app.restore(config, now=NOW)
    assert (restored.generation, restored.lost) == (generation.of_month(NOW) + 1, known == "no state")
    async with reopened(config, tmp_path / "root.key") as world:
        await copy_of(world)
        with closing(sqlite3.connect(config.place("database"))) as database:
            used = {one for (one,) in database.execute("SELECT list_id FROM lists WHERE known IS NULL AND next > 0")}
        assert used
        assert not used & set(before)
        for list_id in before:
            closed = await world.storage.status_list(list_id)
            assert closed is None or len(closed.invalid) == closed.size


@pytest.mark.guarantee("G20")
def test_the_generation_of_a_month_rises_with_time_and_leaves_space_for_more() -> None:
    months = [generation.of_month(NOW + 31 * 86_400 * month) for month in range(24)]
    assert months == sorted(set(months))
    assert generation.of_month(0) == 1
    assert generation.of_month(1 << 36) < generation.MAX_GENERATION


@pytest.mark.slow
@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("step", ["storage.tick", "mark.advance", "mark.write"])
def test_a_first_start_that_was_killed_before_it_wrote_its_mark_starts_the_next_time(tmp_path, step) -> None:
    assert init(tmp_path, port=free_port()).returncode == 0
    assert mark.read(tmp_path / "state" / "mark.json") == Mark(1, 0)
    killed(ENDED, tmp_path / "data", "first", step, NOW)
    with serving("--data", tmp_path / "data", secret=b"of the keyring\n"):
        pass


@pytest.mark.guarantee("G4")
def test_a_database_that_was_never_used_is_refused_where_its_mark_is_gone(tmp_path) -> None:
    config = asyncio.run(found_in(tmp_path))
    config.place("mark").unlink()
    error = refused(lambda: app.open_storage(config))
    assert (error.code, error.detail) == ("storage_rewound", mark.GONE)
    assert f"didkit-issuer restore --data {config.folder}" in error.__notes__[0]
    assert asyncio.run(app.restore(config, now=NOW)) == (generation.of_month(NOW), 0, True, True)
    asyncio.run(_seen(config))


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize("where", ["data/backup", "data", "state/backup", "state/deep/er", "data/epochs/x", "link/x"])
@scenario
async def test_no_backup_is_made_in_a_folder_of_the_service(tmp_path, where) -> None:
    config = await found_in(tmp_path)
    (tmp_path / "link").symlink_to(config.folder)
    before = sorted(path for folder in (config.folder, config.state) for path in folder.rglob("*"))
    with pytest.raises(VerificationError) as error:
        await backup(config, tmp_path / where)
    assert error.value.code == "folder_unexpected"
    assert "choose a place outside" in error.value.__notes__[0]
    assert sorted(path for folder in (config.folder, config.state) for path in folder.rglob("*")) == before


@pytest.mark.guarantee("G18")
def test_a_sealed_file_that_is_not_the_keyring_is_said_to_be_one(tmp_path) -> None:
    config = asyncio.run(found_in(tmp_path))
    shutil.copy(config.place("keyring"), config.folder / "older.sealed")
    done = run("serve", "--data", config.folder, "--json", secrets=KEYRING)
    said = json.loads(done.stderr)
    assert (said["error"], said["detail"]) == (
        "root_key_exposed",
        "older.sealed is sealed, and is not the service's keyring",
    )
    assert str(config.folder / "older.sealed") in said["hint"]


@pytest.mark.guarantee("G7")
@scenario
async def test_an_empty_database_does_not_pass_over_what_the_log_revokes_from_then_on(tmp_path) -> None:
    config = await _backed_up(tmp_path)
    RevocationLog(config.place("revocations")).append({"2026": Replayed("revoke", bytes(32))})
    for path in config.folder.glob("issuer.sqlite*"):
        path.unlink()
    await app.anew(config, now=NOW)
    await app.restore(config, now=NOW)
    async with reopened(config, tmp_path / "root.key") as world:
        await copy_of(world)
        reached = await revoke(world.registry, world.keys, title="pid", document_number=NUMBER, now=NOW)
        assert reached.copies == 1


@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("left", ["gone", "empty"])
@pytest.mark.parametrize("marked", [True, False])
def test_a_status_database_of_the_w3c_api_that_is_lost_is_not_made_anew(tmp_path, left, marked) -> None:
    options = {"status": (), "trusted": (), "dangerously_any_issuer": False, "data_model_1_1": False}
    made = found_w3c(
        tmp_path / "w3c", address="http://127.0.0.1:9", passphrase=b"of the service", cost=CHEAP, **options
    )
    there = made.config
    place = there.state / folders.MARK
    assert mark.read(place) == Mark(1, 0)
    folders.open_marked(there).close()
    there.place("database").unlink()
    if left == "empty":
        there.place("database").touch(0o600)
    if not marked:
        place.unlink()
    with pytest.raises(FetchError) as error:
        folders.open_marked(there)
    assert error.value.code == "file_unavailable"
    assert there.place("database").exists() == (left == "empty")
