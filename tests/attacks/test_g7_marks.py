"""Attacks on G7: an older revocation log than the mark knows, acts at once, locks that are held, years, digits."""

import asyncio
import fcntl
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError
from issuer_service.revocations import replaying
from issuer_service.revocations.revocation_log import RevocationLog
from issuer_service.shell import locks, mark
from issuer_service.shell.progress import LogPositions, Mark, Position
from issuer_service.shell.watch import Watch
from issuer_service.storage.port import Replayed
from issuer_service.titles import app, data_folder, generation
from issuer_service.titles.config import Config
from issuer_service.titles.revoking import blind_index, resume, revoke, suspend
from issuer_service.titles.routes.context import CONTEXT
from issuer_service.titles.upkeep import Upkeep
from tests.attacks.issuers import YEAR, in_use, kept, keys_of, put_back, refusal, seen, struck
from tests.end_to_end.world import ROOT
from tests.issuer_service.stores import key
from tests.issuer_service.world import NOW, NUMBER, Clock, opened, scenario, settings_for
from tests.waiting import PATIENCE

DOCUMENT = {"title": "pid", "document_number": NUMBER, "now": NOW}


# --- how far the log had come


async def act(config: Config, how=revoke, number: str = NUMBER, *, close: bool = True) -> None:
    """One command; without `close`, it ends when its act is done, before it moves the mark on."""
    registry, end = await app.open_registry(config)
    await how(registry, keys_of(config), **{**DOCUMENT, "document_number": number})
    await (end() if close else registry.storage.close())


def log_of(config: Config) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in config.place("revocations").glob("*.log")}


def log_put_back(config: Config, files: dict[Path, bytes]) -> None:
    for path in config.place("revocations").glob("*.log"):
        path.unlink()
    for path, content in files.items():
        path.write_bytes(content)
        path.chmod(0o600)


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("before", [0, 1])
def test_an_older_log_with_an_older_database_is_known_by_the_mark_and_restore_says_lost(tmp_path, before) -> None:
    """From before the first revocation, the log was empty and the database knew nothing of it."""
    config, _ = asyncio.run(in_use(tmp_path))
    for n in range(before):
        asyncio.run(act(config, number=f"OTHER{n}"))
    files, log = kept(config), log_of(config)
    asyncio.run(act(config))
    assert struck(config) == (1, 0)
    put_back(config, files)
    whole = log_of(config)
    log_put_back(config, log)
    assert refusal(config).code in {"storage_rewound", "revocations_missing"}
    log_put_back(config, whole)
    shutil.copytree(tmp_path, tmp_path.parent / "whole")
    assert asyncio.run(app.restore(config, now=NOW)) == (2, 3, False, False)
    shutil.rmtree(tmp_path)
    (tmp_path.parent / "whole").rename(tmp_path)
    log_put_back(config, log)
    assert asyncio.run(app.restore(config, now=NOW)) == (2, 0, True, False)
    assert asyncio.run(seen(config)) == []


@pytest.mark.guarantee("G7")
def test_an_act_is_in_the_mark_before_it_is_acknowledged(tmp_path) -> None:
    """The command ends before its last tick: the mark says of the store what it said before, and of the log more."""
    config, _ = asyncio.run(in_use(tmp_path))
    files, log = kept(config), log_of(config)
    asyncio.run(act(config, close=False))
    put_back(config, files)
    log_put_back(config, log)
    error = refusal(config)
    assert error.code == "revocations_missing"
    assert f"didkit-issuer restore --data {config.folder}" in error.__notes__[0]
    assert asyncio.run(app.restore(config, now=NOW)).lost


# Ends itself, as by a kill, when it comes to one of the steps of an act.
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from issuer_service.revocations.revocation_log import RevocationLog
from issuer_service.shell import mark, private_files
from issuer_service.storage.sqlite import SqliteStorage
from issuer_service.titles import app, config, revoking

async def main(folder, step, number, now):
    there = config.load(Path(folder))
    keys = app.key_store(there, b"of the keyring").open()
    registry, close = await app.open_registry(there)
    owner, name = step.split(".")
    place = {"log": RevocationLog, "mark": mark, "os": os, "storage": SqliteStorage}[owner]
    setattr(place, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
    await revoking.revoke(registry, keys, title="pid", document_number=number, now=int(now))
    await close()

asyncio.run(main(*sys.argv[1:]))
"""
STEPS = {"log.append": 0, "os.fsync": 0, "os.write": 0, "mark.advance": 3, "mark.write": 3, "storage.replay": 3}


@pytest.mark.slow
@pytest.mark.guarantee("G7")
@pytest.mark.parametrize(("step", "lines"), STEPS.items())
def test_an_act_that_is_killed_at_any_step_leaves_a_folder_that_opens_and_does_what_its_log_has(
    tmp_path, step, lines
) -> None:
    config, _ = asyncio.run(in_use(tmp_path))
    command = [sys.executable, "-c", KILLED, config.folder, step, NUMBER, str(NOW)]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=PATIENCE).returncode == -signal.SIGKILL
    assert sum(asyncio.run(seen(config))) == lines
    asyncio.run(act(config))
    assert asyncio.run(seen(config)) == []
    assert struck(config) == (1, 0)


def as_before(config: Config) -> None:
    """Makes mark and log what the commit before wrote: numbers alone, and lines without a checksum."""
    known = mark.read(config.place("mark"))
    assert known is not None
    config.place("mark").write_bytes(b'{"generation":%d,"ticks":%d}' % known)
    for path, content in log_of(config).items():
        lines = [line.split(b" ") for line in content.splitlines()]
        path.write_bytes(b"".join(b"%s %s\n" % (line[0], line[-1]) for line in lines))


@pytest.mark.guarantee("G7")
def test_a_state_folder_of_before_opens_and_its_mark_learns_of_the_log_with_the_next_tick(tmp_path) -> None:
    config, blind = asyncio.run(in_use(tmp_path))
    asyncio.run(act(config, close=False))
    as_before(config)
    with closing(sqlite3.connect(config.place("database"))) as database:
        database.execute("DELETE FROM replayed")  # the lines have other places now
        database.commit()
    assert mark.read_log(config.place("mark")) == mark.NO_LOG
    assert asyncio.run(seen(config)) == [3]
    log = RevocationLog(config.place("revocations"))
    log.append({YEAR: Replayed("suspend", blind)})
    assert asyncio.run(seen(config)) == [1]
    assert struck(config) == (1, 1)
    asyncio.run(act(config, how=resume))
    assert mark.read_log(config.place("mark")).positions == log.ends()
    for path, content in log_of(config).items():
        path.write_bytes(content[:72])
    assert refusal(config).code == "revocations_missing"


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize(
    "log",
    [
        b"7",
        b"{}",
        b'{"26":"1 ' + b"0" * 64 + b'"}',
        b'{"2026":1}',
        b'{"2026":"1 ' + b"0" * 63 + b'"}',
        b'{"2026":"-1 ' + b"0" * 64 + b'"}',
    ],
)
def test_a_mark_whose_words_on_the_log_are_none_is_refused(tmp_path, log) -> None:
    config, _ = asyncio.run(in_use(tmp_path))
    place = config.place("mark")
    place.write_bytes(b'{"generation":1,"ticks":0,"forgotten":0,"log":%s}' % log)
    if log == b"{}":
        assert mark.read_log(place) == mark.NO_LOG
        return
    assert refusal(config).code == "storage_malformed"


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("forgotten", [b"-1", b'"1"', b"137438953472", b"true"])
def test_a_mark_with_a_time_that_has_no_year_is_refused(tmp_path, forgotten) -> None:
    place = tmp_path / "mark.json"
    place.write_bytes(b'{"generation":1,"ticks":0,"forgotten":%s}' % forgotten)
    with pytest.raises(ParseError) as error:
        mark.read_log(place)
    assert error.value.code == "storage_malformed"


@pytest.mark.guarantee("G7")
def test_a_mark_never_goes_back_and_forgets_the_years_that_are_no_longer_kept(tmp_path) -> None:
    place, ends = tmp_path / "mark.json", {str(year): Position(100, bytes(32)) for year in (2024, 2025, 2026)}
    mark.advance(Mark(1, 5), place, LogPositions(ends, 0))
    shorter = {year: Position(99, b"\xff" * 32) for year in ends}
    mark.advance(Mark(1, 4), place, LogPositions(shorter, 0))
    assert (mark.read(place), mark.read_log(place)) == (Mark(1, 5), LogPositions(ends, 0))
    assert mark.KIND.is_it is not None
    assert mark.KIND.is_it(place)
    new_year = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())
    mark.advance(Mark(1, 5), place, LogPositions({"2026": Position(200, bytes(32))}, new_year - 1))
    assert mark.read_log(place).positions.keys() == {"2025", "2026"}
    mark.advance(Mark(1, 5), place, LogPositions({"2025": Position(300, bytes(32))}, new_year))
    assert mark.read_log(place) == LogPositions({"2026": Position(200, bytes(32))}, new_year)
    mark.advance(Mark(1, 5), place, LogPositions(ends, 0))
    assert mark.read_log(place) == LogPositions({"2026": Position(200, bytes(32))}, new_year)


@pytest.mark.guarantee("G7")
def test_two_that_move_the_mark_at_once_lose_nothing_of_each_other(tmp_path, monkeypatch) -> None:
    """The first one has read the mark when the second one comes."""
    place, other = tmp_path / "mark.json", []
    write = mark.write

    def writing(*values, **options):
        if not other:
            second = LogPositions({"2026": Position(9, bytes(32))}, 0)
            other.append(threading.Thread(target=mark.advance, args=(Mark(1, 9), place, second)))
            other[0].start()
            other[0].join(0.3)
        return write(*values, **options)

    monkeypatch.setattr(mark, "write", writing)
    mark.advance(Mark(1, 1), place, LogPositions({"2025": Position(5, bytes(32))}, 0))
    other[0].join(PATIENCE)
    assert mark.read(place) == Mark(1, 9)
    assert {year: end.size for year, end in mark.read_log(place).positions.items()} == {"2025": 5, "2026": 9}


# --- one lock for all lines of an act


@pytest.mark.guarantee("G7")
def test_of_two_acts_on_one_number_at_once_one_is_behind_the_other_in_every_year(tmp_path, monkeypatch) -> None:
    """The second one comes when the first turns to the file of its second year."""
    config, _ = asyncio.run(in_use(tmp_path))
    opening, second = os.open, []

    def resumes() -> None:
        asyncio.run(act(config, how=resume, close=False))

    def opened_by_name(path, flags: int, *mode: int) -> int:
        if not second and str(path).endswith(f"{YEAR}.log") and flags & os.O_APPEND:
            second.append(threading.Thread(target=resumes))
            second[0].start()
            second[0].join(2)
        return opening(path, flags, *mode)

    monkeypatch.setattr(os, "open", opened_by_name)
    asyncio.run(act(config, how=suspend, close=False))
    second[0].join(PATIENCE)
    monkeypatch.undo()
    lines = [content.splitlines() for content in log_of(config).values()]
    assert [len(of_year) for of_year in lines] == [2, 2, 2]
    assert len({of_year[-1].split()[0] for of_year in lines}) == 1
    assert asyncio.run(seen(config)) == []


# --- locks that somebody holds


@pytest.mark.guarantee("G7")
@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("held", ["a file of the log", "the state folder"])
@scenario
async def test_whoever_holds_a_lock_stops_neither_the_service_nor_a_command_for_long(
    tmp_path, monkeypatch, held
) -> None:
    monkeypatch.setattr(locks, "SECONDS", 0.4)
    async with opened(tmp_path) as world:
        await revoke(world.registry, world.keys, **DOCUMENT)
        place = world.config.place("revocations") / f"{YEAR}.log" if held == "a file of the log" else world.config.state
        rounds = Upkeep(
            world.app[CONTEXT], world.config, world.registry.log, Watch(world.config.state / "clock.json", Clock(0))
        )
        beats = [time.monotonic()]

        async def beating() -> None:
            while True:
                await asyncio.sleep(0)
                beats.append(time.monotonic())

        descriptor = os.open(place, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        task = asyncio.create_task(beating())
        await rounds.once()
        assert world.events()[-1]["event"] == "upkeep_refused"
        assert world.events()[-1]["code"] == "storage_unavailable"
        with pytest.raises(FetchError) as error:
            await revoke(world.registry, world.keys, **{**DOCUMENT, "document_number": "OTHER"})
        assert error.value.code == "storage_unavailable"
        assert len(beats) > 20
        os.close(descriptor)
        task.cancel()
        await rounds.once()
        assert [event["event"] for event in world.events()].count("upkeep_refused") == 1
        assert await revoke(world.registry, world.keys, **DOCUMENT) == (0, 0)


@pytest.mark.guarantee("G20")
@scenario
async def test_no_lock_and_no_disk_is_waited_for_in_the_thread_of_the_event_loop(tmp_path, monkeypatch) -> None:
    waited: list[tuple[str, bool]] = []

    def watching(module, name: str) -> None:
        before = getattr(module, name)

        def call(*values):
            waited.append((name, threading.current_thread() is threading.main_thread()))
            return before(*values)

        monkeypatch.setattr(module, name, call)

    async with opened(tmp_path) as world:
        rounds = Upkeep(
            world.app[CONTEXT], world.config, world.registry.log, Watch(world.config.state / "clock.json", Clock(0))
        )
        watching(fcntl, "flock")
        watching(os, "fsync")
        await revoke(world.registry, world.keys, **DOCUMENT)
        await rounds.once()
        monkeypatch.undo()
    assert {name for name, _ in waited} == {"flock", "fsync"}
    assert not [name for name, in_loop in waited if in_loop]


# --- the mark lost, and an older backup


@pytest.mark.guarantee("G20")
def test_without_its_mark_an_older_database_gets_no_generation_that_was_used(tmp_path) -> None:
    config, _ = asyncio.run(in_use(tmp_path))
    files = kept(config)
    used = [asyncio.run(app.restore(config, now=NOW)).generation for _ in range(3)]
    assert used == [2, 3, 4]
    put_back(config, files)
    config.place("mark").unlink()
    assert asyncio.run(app.restore(config, now=NOW)).generation == generation.of_month(NOW) > max(used)
    config.place("mark").unlink()
    assert asyncio.run(app.restore(config, now=NOW)).generation == generation.of_month(NOW) + 1


# --- the turn of a year

NEXT = int(datetime(int(YEAR) + 1, 1, 2, tzinfo=UTC).timestamp())


async def _with_years(folder: Path, *, now: int = NOW) -> tuple[Config, bytes]:
    """An issuer whose log has an act in each of four years."""
    config, blind = await in_use(folder)
    log = RevocationLog(config.place("revocations"))
    log.append({str(int(YEAR) + step): Replayed("revoke", key(step)) for step in (-2, -1, 0, 1)})
    storage = await app.open_storage(config)
    await storage.purge(now=now)
    await generation.tick(storage, config.place("mark"))
    log.forget(datetime.fromtimestamp(now, UTC).year)
    await storage.close()
    return config, blind


@pytest.mark.guarantee("G7")
@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("forgets", [True, False])
@scenario
async def test_a_command_between_the_two_steps_of_forgetting_a_year_misses_nothing_and_does_nothing_again(
    tmp_path, forgets
) -> None:
    config, _ = await _with_years(tmp_path)
    before = await seen(config)
    storage, log = await app.open_storage(config), RevocationLog(config.place("revocations"))
    await storage.purge(now=NEXT)
    if forgets:
        log.forget(int(YEAR) + 1)
        assert not (log.folder / f"{int(YEAR) - 1}.log").exists()
    else:
        assert (log.folder / f"{int(YEAR) - 1}.log").exists()
    assert (before, await seen(config)) == ([], [])
    assert (await storage.log_positions()).positions.keys() == {YEAR, str(int(YEAR) + 1)}
    await storage.close()


@pytest.mark.guarantee("G7")
@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("against", ["the database", "the mark"])
@scenario
async def test_a_year_that_is_forgotten_while_the_log_is_compared_is_not_missed(tmp_path, monkeypatch, against) -> None:
    config, _ = await _with_years(tmp_path)
    storage, log = await app.open_storage(config), RevocationLog(config.place("revocations"))
    loop, continues, year = asyncio.get_running_loop(), RevocationLog.continues, log.folder / f"{int(YEAR) - 1}.log"

    def forgotten(self, partition: str, position: Position) -> bool:
        if year.exists():
            asyncio.run_coroutine_threadsafe(storage.purge(now=NEXT), loop).result(PATIENCE)
            log.forget(int(YEAR) + 1)
        return continues(self, partition, position)

    assert year.exists()
    monkeypatch.setattr(RevocationLog, "continues", forgotten)
    if against == "the mark":
        await generation.check_not_rewound(storage, config.place("mark"), log)
    else:
        assert await replaying.catch_up(storage, log) == 0
    assert not year.exists()
    await storage.close()


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("dropped", [True, False])
@scenario
async def test_a_backup_of_before_a_year_was_dropped_has_lost_nothing(tmp_path, dropped) -> None:
    config, blind = await _with_years(tmp_path)
    files = kept(config)
    storage, log = await app.open_storage(config), RevocationLog(config.place("revocations"))
    await storage.purge(now=NEXT)
    await generation.tick(storage, config.place("mark"))
    if dropped:
        log.forget(int(YEAR) + 1)
    log.append({YEAR: Replayed("revoke", blind)})
    await replaying.catch_up(storage, log)
    await storage.close()
    put_back(config, files)
    assert await app.restore(config, now=NEXT) == (2, 1, False, False)
    assert await seen(config) == []
    assert struck(config) == (1, 0)


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize(("step", "code"), [(-2, ""), (-1, "revocations_missing"), (0, "revocations_missing")])
@scenario
async def test_the_year_before_is_the_oldest_that_is_missed(tmp_path, step, code) -> None:
    config, _ = await in_use(tmp_path)
    log = RevocationLog(config.place("revocations"))
    log.append({str(int(YEAR) + number): Replayed("revoke", key(number)) for number in (-2, -1, 0)})
    storage = await app.open_storage(config)
    with closing(sqlite3.connect(config.place("database"))) as database:
        database.execute("UPDATE forgotten SET until = ?", (NOW,))
        database.commit()
    (log.folder / f"{int(YEAR) + step}.log").unlink()
    try:
        assert await replaying.catch_up(storage, log) == 0
        assert not code
    except VerificationError as error:
        assert error.code == code  # noqa: PT017 - not raised is an answer too
    await storage.close()


@pytest.mark.guarantee("G7")
@scenario
async def test_a_purge_forgets_how_far_years_before_the_last_were_replayed_and_no_others(tmp_path) -> None:
    config, _ = await in_use(tmp_path)
    storage = await app.open_storage(config)
    years = {str(int(YEAR) + step): Position(9, bytes(32)) for step in (-3, -2, -1, 0, 1)}
    assert await storage.replay((), known={}, reached=years)
    await storage.purge(now=NOW)
    assert sorted((await storage.log_positions()).positions) == [str(int(YEAR) + step) for step in (-1, 0, 1)]
    await storage.close()


# --- two that replay at once, and the service that follows


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("known", [{}, {YEAR: Position(72, bytes(32))}, {YEAR: Position(90, b"\1" * 32)}])
@scenario
async def test_what_was_read_before_another_process_replayed_is_not_done(tmp_path, known) -> None:
    config, blind = await in_use(tmp_path)
    storage, there = await app.open_storage(config), {YEAR: Position(90, bytes(32))}
    assert await storage.replay((), known={}, reached=there)
    acts = [Replayed("revoke", blind)]
    assert not await storage.replay(acts, known=known, reached={YEAR: Position(180, bytes(32))})
    assert (await storage.log_positions()).positions == there
    assert struck(config) == (0, 0)
    assert await storage.replay(acts, known=there, reached={YEAR: Position(180, bytes(32))})
    assert struck(config) == (1, 0)
    await storage.close()


@pytest.mark.guarantee("G7")
@scenario
async def test_a_running_service_does_within_a_round_what_the_log_alone_has(tmp_path) -> None:
    async with opened(tmp_path) as world:
        rounds = Upkeep(
            world.app[CONTEXT], world.config, world.registry.log, Watch(world.config.state / "clock.json", Clock(0))
        )
        blind = blind_index(world.keys, YEAR, "pid", NUMBER)
        log = RevocationLog(world.config.place("revocations"))
        log.append({YEAR: Replayed("revoke", blind)})
        assert (await world.storage.log_positions()).positions == {}
        await rounds.once()
        assert (await world.storage.log_positions()).positions == log.ends()
        with closing(sqlite3.connect(world.config.place("database"))) as database:
            assert database.execute("SELECT pseudonym FROM revocations").fetchall() == [(blind,)]


# --- lines that were changed


def _written(folder: Path) -> tuple[RevocationLog, Path]:
    log = RevocationLog(folder / "log")
    for n in range(3):
        log.append({YEAR: Replayed("revoke", bytes([n]) * 32), str(int(YEAR) + 1): Replayed("suspend", key(n))})
    return log, log.folder / f"{YEAR}.log"


_THERE = Config(Path(), settings_for(Path(), revocations="log"))


def _is_damaged(log: RevocationLog, path: Path) -> bool:
    (rule,) = [rule for rule in data_folder._of_state(_THERE) if rule.names.fullmatch(f"log/{path.name}")]
    assert rule.kind.is_it is not None
    try:
        log.after({})
    except ParseError as error:
        assert error.code == "storage_malformed"  # noqa: PT017 - not raised is an answer too
        assert not rule.kind.is_it(path)
        return True
    assert rule.kind.is_it(path)
    return False


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("byte", b"\n 0e:x")
def test_whatever_byte_of_a_line_was_changed_it_is_known_as_damaged(tmp_path, byte) -> None:
    log, path = _written(tmp_path)
    whole = path.read_bytes()
    assert not _is_damaged(log, path)
    for at in range(len(whole)):
        if whole[at] != byte:
            path.write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])
            assert _is_damaged(log, path), at


REORDERED = {
    "the last line left out": (0, 1),
    "a line twice": (0, 0, 1, 2),
    "two lines exchanged": (1, 0, 2),
    "a line left out": (0, 2),
    "the first line left out": (1, 2),
}


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("how", REORDERED)
def test_a_line_that_is_not_where_it_was_written_is_known_as_damaged(tmp_path, how) -> None:
    log, path = _written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[at] for at in REORDERED[how]))
    assert _is_damaged(log, path) == (how != "the last line left out")  # which the database and the mark miss
    other = log.folder / f"{int(YEAR) + 1}.log"
    path.write_bytes(other.read_bytes())
    assert _is_damaged(log, path)


@pytest.mark.guarantee("G7")
def test_a_line_with_a_checksum_that_was_cut_anywhere_is_never_done_half(tmp_path) -> None:
    log, path = _written(tmp_path)
    whole = path.read_bytes()
    start = whole.rindex(b"revoke")
    acts = log.after({})[0]
    for length in range(len(whole) - start):
        path.write_bytes(whole[: start + length])
        assert not _is_damaged(log, path), length
        assert len(log.after({})[0]) == len(acts) - 1
        end = log.append({YEAR: Replayed("resume", bytes(32))})[YEAR]
        assert not _is_damaged(log, path), length
        done = [
            one for one in log.after({})[0] if one in (Replayed("resume", bytes(32)), Replayed("revoke", b"\2" * 32))
        ]
        assert len(done) == (2 if length == len(whole) - start - 1 else 1)
        assert end == log.ends()[YEAR]


@pytest.mark.guarantee("G7")
def test_a_digit_that_was_changed_in_the_log_is_refused_by_whoever_reads_the_line(tmp_path) -> None:
    config, blind = asyncio.run(in_use(tmp_path))
    RevocationLog(config.place("revocations")).append({YEAR: Replayed("revoke", blind)})
    path = config.place("revocations") / f"{YEAR}.log"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(blind.hex().encode(), bytes([blind[0] ^ 1, *blind[1:]]).hex().encode()))
    error = refusal(config)
    assert error.code == "storage_malformed"
    assert "mirror" in error.__notes__[0]
    with pytest.raises(DidkitError) as refused:
        asyncio.run(app.restore(config, now=NOW))
    assert refused.value.code == "storage_malformed"
    path.write_bytes(whole)
    assert asyncio.run(seen(config)) == [1]
    assert struck(config) == (1, 0)
