"""Attacks on G7: a database that is behind the revocation log, or claims more than it."""

import asyncio
import fcntl
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.keys import software
from issuer_service.revocations.revocation_log import RevocationLog
from issuer_service.shell import mark
from issuer_service.storage.migrations.sqlite import MIGRATIONS
from issuer_service.storage.port import Replayed
from issuer_service.titles import app, generation
from issuer_service.titles.config import Config
from issuer_service.titles.issuance import authenticate, issue
from issuer_service.titles.revoking import blind_index, resume, revoke, suspend
from tests.attacks.issuers import YEAR, copy_of, in_use, kept, keys_of, put_back, refusal, seen, struck
from tests.end_to_end.world import ROOT
from tests.issuer_service.storage.tokens import token_for
from tests.issuer_service.stores import key
from tests.issuer_service.titles.issuing import asked, token_of
from tests.issuer_service.world import NOW, NUMBER, found_in, opened, scenario
from tests.waiting import PATIENCE

DOCUMENT = {"title": "pid", "document_number": NUMBER, "now": NOW}
ACTS = {"revoke": revoke, "suspend": suspend, "resume": resume}

# Ends itself, as by `kill -9` or a power cut, at the moment when the log is written and the database is not.
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from issuer_service.revocations.revocation_log import RevocationLog
from issuer_service.titles import app, config, revoking

async def main(folder, act, number, now):
    there = config.load(Path(folder))
    keys = app.key_store(there, b"of the keyring").open()
    registry, _ = await app.open_registry(there)
    written = RevocationLog.append

    def last(self, acts):
        written(self, acts)
        os.kill(os.getpid(), signal.SIGKILL)

    RevocationLog.append = last
    await getattr(revoking, act)(registry, keys, title="pid", document_number=number, now=int(now))

asyncio.run(main(*sys.argv[1:]))
"""


def killed(config: Config, act: str) -> None:
    command = [sys.executable, "-c", KILLED, config.folder, act, NUMBER, str(NOW)]
    done = subprocess.run(command, cwd=ROOT, check=False, timeout=PATIENCE)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.guarantee("G7")
@pytest.mark.parametrize(
    ("acts", "left"), [(("revoke",), (1, 0)), (("suspend",), (0, 1)), (("suspend", "resume"), (0, 0))]
)
def test_a_command_that_is_killed_between_log_and_database_is_carried_out_by_whoever_opens_the_folder_next(
    tmp_path, acts, left
) -> None:
    config, _ = asyncio.run(in_use(tmp_path))
    for act in acts:
        before = struck(config)
        killed(config, act)
        assert struck(config) == before
        assert asyncio.run(seen(config)) == [3]
    assert struck(config) == left
    assert asyncio.run(seen(config)) == []


@pytest.mark.guarantee("G7")
def test_what_the_log_has_alone_is_done_in_the_order_of_the_log(tmp_path) -> None:
    config, blind = asyncio.run(in_use(tmp_path))
    log = RevocationLog(config.place("revocations"))
    for acts, left in (
        (("suspend", "resume"), (0, 0)),
        (("resume", "suspend"), (0, 1)),
        (("suspend", "revoke", "resume"), (1, 0)),
        (("resume",), (1, 0)),
    ):
        for act in acts:
            log.append({YEAR: Replayed(act, blind)})
        assert asyncio.run(seen(config)) == [len(acts)]
        assert struck(config) == left


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("act", ["revoke", "suspend"])
def test_an_older_database_copied_back_past_the_mark_undoes_nothing(tmp_path, act) -> None:
    """The mark notices a copy from before the last tick; this one is from after it."""

    async def acts() -> None:
        registry, _ = await app.open_registry(config)
        keys = keys_of(config)
        await ACTS[act](registry, keys, **DOCUMENT)
        await registry.storage.close()  # and the command ends before it moves the mark on

    config, _ = asyncio.run(in_use(tmp_path))
    before = kept(config)
    asyncio.run(acts())
    after = struck(config)
    assert sum(after) == 1
    put_back(config, before)
    assert struck(config) == (0, 0)
    assert asyncio.run(seen(config)) == [3]
    assert struck(config) == after


@pytest.mark.guarantee("G7")
@scenario
async def test_an_offer_from_before_an_act_that_only_the_log_has_gives_nothing(tmp_path) -> None:
    async with opened(tmp_path) as world:
        token = await token_of(world)
        blind = blind_index(world.keys, YEAR, "pid", NUMBER)
        RevocationLog(world.config.place("revocations")).append({YEAR: Replayed("revoke", blind)})
        assert await seen(world.config) == [1]
        known = await authenticate(world.issuer, token, now=NOW)
        with pytest.raises(VerificationError) as error:
            await issue(world.issuer, known, asked(world, [software.generate()]), now=NOW)
        assert error.value.code == "revoked_meanwhile"


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("redeemed", [False, True])
@scenario
async def test_a_revocation_is_remembered_for_as_long_as_an_offer_or_a_grant_from_before_it_and_no_longer(
    tmp_path, redeemed
) -> None:
    async with opened(tmp_path) as world:
        made = await world.offer()
        token = await token_for(world, made) if redeemed else ""
        await revoke(world.registry, world.keys, **DOCUMENT)
        await world.storage.purge(now=NOW)
        known = await authenticate(world.issuer, token or await token_for(world, made), now=NOW)
        with pytest.raises(VerificationError) as error:
            await issue(world.issuer, known, asked(world, [software.generate()]), now=NOW)
        assert error.value.code == "revoked_meanwhile"
        assert remembered(world.config) == 3
        await world.storage.purge(now=NOW + 86_400)
        assert remembered(world.config) == 0


def remembered(config: Config) -> int:
    with closing(sqlite3.connect(config.place("database"))) as database:
        ((count,),) = database.execute("SELECT count(*) FROM revocations").fetchall()
    return count


async def _revoked(folder: Path, times: int = 2) -> Config:
    async with opened(folder) as world:
        await copy_of(world)
        for n in range(times):
            await revoke(world.registry, world.keys, **{**DOCUMENT, "document_number": f"{NUMBER}{n or ''}"})
        return world.config


def _cut(path: Path, line: int = 90) -> None:
    path.write_bytes(path.read_bytes()[:-line])


def _lose(path: Path) -> None:
    path.unlink()


def _lose_all(path: Path) -> None:
    shutil.rmtree(path.parent)


def _other(path: Path) -> None:
    path.write_bytes(b"".join(b"revoke " + os.urandom(32).hex().encode() + b"\n" for _ in range(9)))


LOSSES = {
    "cut by a line": _cut,
    "cut by a byte": lambda path: _cut(path, 1),
    "gone": _lose,
    "all gone": _lose_all,
    "another": _other,
}


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("loss", LOSSES)
def test_a_log_that_lacks_what_the_database_has_of_it_is_refused_until_it_is_there_again_or_restored(
    tmp_path, loss
) -> None:
    config = asyncio.run(_revoked(tmp_path))
    path = config.place("revocations") / f"{YEAR}.log"
    whole = {one: one.read_bytes() for one in path.parent.iterdir()}
    before = struck(config)
    LOSSES[loss](path)
    error = refusal(config)
    assert error.code == "revocations_missing"
    assert "mirror" in error.__notes__[0]
    assert f"didkit-issuer restore --data {config.folder}" in error.__notes__[0]
    assert NUMBER not in str(error)
    path.parent.mkdir(exist_ok=True)
    for one, content in whole.items():
        one.write_bytes(content)
    assert asyncio.run(seen(config)) == []
    LOSSES[loss](path)
    assert asyncio.run(app.restore(config, now=NOW)).lost
    assert asyncio.run(seen(config)) == []
    assert struck(config)[0] >= before[0]


@pytest.mark.guarantee("G7")
def test_a_line_that_a_crash_cut_short_is_no_act_and_hides_none_that_follows(tmp_path) -> None:
    config, blind = asyncio.run(in_use(tmp_path))
    log = RevocationLog(config.place("revocations"))
    log.append({YEAR: Replayed("suspend", blind)})
    assert asyncio.run(seen(config)) == [1]
    with (log.folder / f"{YEAR}.log").open("ab") as file:
        file.write(b"revoke " + blind.hex().encode()[:40])
    assert asyncio.run(seen(config)) == []
    log.append({YEAR: Replayed("resume", blind)})
    assert asyncio.run(seen(config)) == [1]
    assert struck(config) == (0, 0)


@pytest.mark.guarantee("G7")
def test_a_log_whose_lines_never_end_is_refused_and_not_taken_for_an_empty_one(tmp_path) -> None:
    config, blind = asyncio.run(in_use(tmp_path))
    log = RevocationLog(config.place("revocations"))
    log.append({YEAR: Replayed("suspend", blind)})
    with (log.folder / f"{YEAR}.log").open("ab") as file:
        file.write(b"x" * (2 << 20))
    assert refusal(config).code == "storage_malformed"


@pytest.mark.guarantee("G7")
def test_more_than_is_read_at_once_is_done_to_its_end(tmp_path) -> None:
    config, blind = asyncio.run(in_use(tmp_path))
    log = RevocationLog(config.place("revocations"))
    log.append({YEAR: Replayed("suspend", bytes(32))})
    many = 30_000
    with (log.folder / f"{YEAR}.log").open("ab") as file:
        file.write((b"suspend " + bytes(32).hex().encode() + b"\n") * many)
        file.write(b"revoke " + blind.hex().encode() + b"\n")
    assert asyncio.run(seen(config)) == [many + 2]
    assert struck(config) == (1, 0)


async def _issued_anew(folder: Path, *, ticks: int = 1) -> tuple[Config, bytes]:
    """An issuer of a copy that was revoked, and of one that the same document got after it."""
    async with opened(folder, status_decoys=0) as world:
        await copy_of(world)
        await revoke(world.registry, world.keys, **DOCUMENT)
        known = await authenticate(world.issuer, await token_of(world, "after"), now=NOW)
        await issue(world.issuer, known, asked(world, [software.generate()]), now=NOW)
        for _ in range(ticks):
            await generation.tick(world.storage, world.config.place("mark"))
        return world.config, blind_index(world.keys, YEAR, "pid", NUMBER)


def made_older(config: Config) -> None:
    """Of schema 5, the last one that kept no positions."""
    assert len(MIGRATIONS) >= 7
    with closing(sqlite3.connect(config.place("database"))) as database:
        database.execute("DROP TABLE replayed")
        database.execute("ALTER TABLE revocations ADD COLUMN expires INTEGER NOT NULL DEFAULT 0")
        database.execute("PRAGMA user_version = 5")
        database.commit()


@pytest.mark.guarantee("G7")
@pytest.mark.guarantee("G20")
def test_a_folder_of_the_commit_before_opens_and_strikes_nothing_that_was_issued_after_a_revocation(tmp_path) -> None:
    config, blind = asyncio.run(_issued_anew(tmp_path))
    assert struck(config) == (1, 0)
    made_older(config)
    assert asyncio.run(seen(config)) == []
    assert struck(config) == (1, 0)
    RevocationLog(config.place("revocations")).append({YEAR: Replayed("suspend", blind)})
    assert asyncio.run(seen(config)) == [1]
    assert struck(config) == (1, 2)


@pytest.mark.guarantee("G7")
def test_a_folder_of_the_commit_before_that_never_ended_an_act_does_what_its_log_says(tmp_path) -> None:
    config, blind = asyncio.run(in_use(tmp_path))
    RevocationLog(config.place("revocations")).append({YEAR: Replayed("revoke", blind)})
    made_older(config)
    assert asyncio.run(seen(config)) == [1]
    assert struck(config) == (1, 0)


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize(("older", "left"), [(False, 1), (True, 2)])
def test_restore_revokes_again_what_was_revoked_since_and_of_a_backup_of_before_all_that_ever_was(
    tmp_path, older, left
) -> None:
    config, blind = asyncio.run(_issued_anew(tmp_path))
    if older:
        made_older(config)
    RevocationLog(config.place("revocations")).append({YEAR: Replayed("suspend", blind)})
    assert asyncio.run(app.restore(config, now=NOW)) == (2, 4 if older else 1, False, False)
    assert struck(config) == (left, 2)


@pytest.mark.guarantee("G7")
def test_restore_over_a_log_that_was_cut_does_all_that_is_left_of_it_once_more(tmp_path) -> None:
    """Also what strikes a title that was issued anew: a citizen can ask again, and a revocation cannot."""
    config, blind = asyncio.run(_issued_anew(tmp_path))
    log = RevocationLog(config.place("revocations"))
    log.append({YEAR: Replayed("resume", blind)})
    assert asyncio.run(seen(config)) == [1]
    _cut(log.folder / f"{YEAR}.log", 71)
    assert asyncio.run(app.restore(config, now=NOW)) == (2, 1, True, False)
    assert struck(config) == (2, 0)


@pytest.mark.guarantee("G7")
def test_a_log_that_was_begun_anew_is_not_taken_for_the_beginning_of_the_one_that_was_lost(tmp_path) -> None:
    """The database knows three lines of the lost log; the new one has one, which is shorter, and which it never did."""
    config, blind = asyncio.run(in_use(tmp_path))
    log = RevocationLog(config.place("revocations"))
    for other in range(3):
        log.append({YEAR: Replayed("revoke", bytes([other]) * 32)})
    assert asyncio.run(seen(config)) == [3]
    (log.folder / f"{YEAR}.log").unlink()
    log.append({YEAR: Replayed("revoke", blind)})
    assert refusal(config).code == "revocations_missing"
    assert asyncio.run(app.restore(config, now=NOW)) == (2, 1, True, False)
    assert struck(config) == (1, 0)


@pytest.mark.guarantee("G7")
@pytest.mark.guarantee("G20")
@scenario
async def test_years_that_were_forgotten_are_not_missed(tmp_path) -> None:
    async with opened(tmp_path) as world:
        log = RevocationLog(world.config.place("revocations"))
        for year in (int(YEAR) - 2, int(YEAR)):
            log.append({str(year): Replayed("revoke", key(year))})
        assert await seen(world.config) == [2]
        await world.storage.purge(now=NOW)
        # Killed here, or with the other process that reads the log between the two.
        assert await seen(world.config) == []
        log.forget(int(YEAR))
        assert [path.stem for path in log.folder.iterdir()] == [YEAR]
        assert await seen(world.config) == []


@pytest.mark.guarantee("G7")
@scenario
async def test_many_acts_at_once_are_each_done_and_none_is_passed_over(tmp_path) -> None:
    async with opened(tmp_path) as world:
        other, close = await app.open_registry(world.config)
        many = (world.registry, other)
        acts = [revoke(many[n % 2], world.keys, title="pid", document_number=f"N{n}", now=NOW) for n in range(24)]
        assert await asyncio.gather(*acts) == [(0, 0)] * 24
        await close()
        with closing(sqlite3.connect(world.config.place("database"))) as database:
            ((numbered,),) = database.execute("SELECT count(DISTINCT pseudonym) FROM revocations").fetchall()
        assert numbered == 3 * 24
        assert await seen(world.config) == []


# Ends itself, as by a kill, once `restore` has committed so much: in the database, and in the state folder.
RESTORED = """
import asyncio, os, signal, sys
from pathlib import Path
from issuer_service.revocations import revocation_log
from issuer_service.shell import private_files
from issuer_service.storage.group_commit import Worker
from issuer_service.titles import app, config

folder, before, now = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
revocation_log.MAX_PIECE = 90 * 2
done = 0

def counted():
    global done
    done += 1
    if done > before:
        os.kill(os.getpid(), signal.SIGKILL)

commit, replace = Worker.run, private_files.replace

async def committing(self, work, **options):
    if self._begin == "BEGIN IMMEDIATE":
        counted()
    return await commit(self, work, **options)

def replacing(*values, **options):
    counted()
    return replace(*values, **options)

Worker.run, private_files.replace = committing, replacing
print(*asyncio.run(app.restore(config.load(Path(folder)), now=now)))
"""


def restored(config: Config, before: int) -> str | None:
    """What a `restore` answers that may change this much before it is killed."""
    command = [sys.executable, "-c", RESTORED, config.folder, str(before), str(NOW)]
    done = subprocess.run(command, cwd=ROOT, check=False, timeout=PATIENCE, capture_output=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.stdout.decode() if done.returncode == 0 else None


def is_open(config: Config) -> bool:
    try:
        assert asyncio.run(seen(config)) == []
    except DidkitError as error:
        assert error.code in {"storage_rewound", "revocations_missing"}  # noqa: PT017 - not raised is an answer too
        return False
    return True


def _nothing_lost(config: Config) -> None:
    log = RevocationLog(config.place("revocations"))
    for n in range(5):
        log.append({YEAR: Replayed("suspend", bytes([n]) * 32)})


def _log_cut(config: Config) -> None:
    _cut(config.place("revocations") / f"{YEAR}.log", 71)


def _log_exchanged(config: Config) -> None:
    _other(config.place("revocations") / f"{YEAR}.log")


def _mark_gone(config: Config) -> None:
    _nothing_lost(config)
    config.place("mark").unlink()


def _state_gone(config: Config) -> None:
    shutil.rmtree(config.state)
    config.state.mkdir(mode=0o700)


def _mark_gone_and_log_cut(config: Config) -> None:
    _log_cut(config)
    config.place("mark").unlink()


@pytest.mark.slow
@pytest.mark.guarantee("G7")
@pytest.mark.parametrize(
    "loss", [_nothing_lost, _log_cut, _log_exchanged, _mark_gone, _state_gone, _mark_gone_and_log_cut]
)
def test_a_restore_that_is_killed_anywhere_is_ended_by_the_next_one_which_says_what_the_first_would_have_said(
    tmp_path, loss
) -> None:
    (tmp_path / "first").mkdir()
    config, _ = asyncio.run(_issued_anew(tmp_path / "first"))
    files = kept(config)
    asyncio.run(ticked(config))
    put_back(config, files)
    loss(config)
    for path in config.place("revocations").glob("*"):
        path.chmod(0o600)
    shutil.copytree(tmp_path / "first", tmp_path / "kept")
    whole = restored(config, 99)
    left = struck(config)
    for before in range(9):
        shutil.rmtree(tmp_path / "first")
        shutil.copytree(tmp_path / "kept", tmp_path / "first")
        if (said := restored(config, before)) is not None:
            assert said == whole
            break
        if is_open(config):
            # All was done: nothing was left but to put it from SQLite's log into the file itself.
            assert before >= 3
            assert struck(config) == left
            continue
        assert restored(config, 99) == whole
        assert asyncio.run(seen(config)) == []
        assert struck(config) == left
    assert 3 <= before < 9
    assert (
        whole.split()[2:]
        == {
            _nothing_lost: ["False", "False"],
            _log_cut: ["True", "False"],
            _log_exchanged: ["True", "False"],
            _mark_gone: ["False", "True"],
            _state_gone: ["True", "True"],
            _mark_gone_and_log_cut: ["True", "True"],
        }[loss]
    )


async def ticked(config: Config) -> None:
    storage = await app.open_storage(config)
    await generation.tick(storage, config.place("mark"))
    await storage.close()


@pytest.mark.guarantee("G7")
def test_a_restore_that_was_killed_is_named_and_no_tick_makes_it_forgotten(tmp_path) -> None:
    config, _ = asyncio.run(in_use(tmp_path))
    mark.begin(config.place("mark"), mark.Restored(2, 0, lost=True, mark_lost=False))
    error = refusal(config)
    assert (error.code, error.detail) == ("storage_rewound", mark.UNENDED)
    assert f"didkit-issuer restore --data {config.folder}" in error.__notes__[0]
    with pytest.raises(VerificationError):
        mark.advance(mark.Mark(9, 9), config.place("mark"))
    assert asyncio.run(app.restore(config, now=NOW)) == (2, 0, False, False)
    assert asyncio.run(seen(config)) == []


LINE = b"revoke " + b"0f" * 32 + b"\n"


def written(folder: Path, text: bytes) -> RevocationLog:
    folder.mkdir(exist_ok=True)
    (folder / f"{YEAR}.log").write_bytes(text)
    return RevocationLog(folder)


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("byte", b"\n 0g\xff")
def test_one_byte_that_was_changed_in_the_log_makes_no_line_disappear(tmp_path, byte) -> None:
    """Whatever it became: the log is refused, or has as many acts as before."""
    for at in range(len(LINE * 2)):
        text = bytearray(LINE * 2)
        text[at] = byte
        log = written(tmp_path / "log", bytes(text))
        with suppress(ParseError):
            assert len(log.after({})[0]) == 2


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("action", ["revoke", "suspend", "resume"])
def test_a_line_that_was_cut_anywhere_is_never_done_half_and_done_where_it_lacked_its_end_alone(
    tmp_path, action
) -> None:
    line = f"{action} {'0f' * 32}\n".encode()
    act, other = Replayed(action, b"\x0f" * 32), Replayed("revoke", bytes(32))
    for length in range(len(line)):
        log = written(tmp_path / "log", LINE + line[:length])
        acts, reached = log.after({})
        assert acts == (Replayed("revoke", b"\x0f" * 32),)
        assert reached == log.ends()
        log.append({YEAR: other})
        acts, ends = log.after(reached)
        assert acts == ((act, other) if length == len(line) - 1 else (other,))
        assert ends == log.ends()
        assert log.continues(YEAR, ends[YEAR])


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize(
    "text", [b"\n", b"x\n", b"revoke 0F\n", LINE + b"\n", b"revoke  ", b"\0" * 72, LINE[:-1] + b"0"]
)
def test_what_no_crash_leaves_is_refused_at_every_place_of_the_log(tmp_path, text) -> None:
    config, _ = asyncio.run(in_use(tmp_path))
    for whole in (text, LINE + text, text + LINE, LINE * 20_000 + text):
        log = written(config.place("revocations"), whole)
        error = refusal(config)
        assert error.code == "storage_malformed"
        assert "mirror" in error.__notes__[0]
        with pytest.raises(ParseError):
            log.ends()
        with pytest.raises(ParseError):
            asyncio.run(app.restore(config, now=NOW))


@pytest.mark.guarantee("G7")
@pytest.mark.guarantee("G20")
def test_a_year_that_is_forgotten_while_it_is_read_is_absent(tmp_path, monkeypatch) -> None:
    log = written(tmp_path / "log", LINE)
    position = log.ends()[YEAR]
    files = RevocationLog._files

    def forgotten(self) -> list[Path]:
        found = files(self)
        for path in found:
            path.unlink()
        return found

    monkeypatch.setattr(RevocationLog, "_files", forgotten)
    for read in (log.ends, lambda: log.after({})[1]):
        written(tmp_path / "log", LINE)
        assert read() == {}
    assert not log.continues(YEAR, position)


@pytest.mark.guarantee("G7")
def test_no_line_is_read_while_it_is_written_and_two_are_never_written_at_once(tmp_path, monkeypatch) -> None:
    """Other processes are tried against, at the moment of the reading and of the writing."""
    log = written(tmp_path / "log", LINE)
    path, tried = log.folder / f"{YEAR}.log", []

    def probing(name: str, how: int):
        before = getattr(os, name)

        def work(*values):
            with path.open("rb") as file:
                try:
                    fcntl.flock(file, how | fcntl.LOCK_NB)
                except BlockingIOError:
                    tried.append(name)
            return before(*values)

        monkeypatch.setattr(os, name, work)

    probing("write", fcntl.LOCK_SH)
    log.append({YEAR: Replayed("revoke", bytes(32))})
    assert tried == ["write"]
    probing("pread", fcntl.LOCK_EX)
    log.after({})
    assert tried == ["write", "pread"]
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


PLAYS = st.lists(
    st.sampled_from(["suspend", "resume", "revoke", "only log suspend", "only log resume", "keep", "put back", "open"]),
    max_size=9,
)


@pytest.mark.slow
@pytest.mark.guarantee("G7")
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(plays=PLAYS)
def test_whatever_is_killed_or_put_back_the_database_is_as_the_log_says_once_it_is_opened(
    tmp_path_factory, plays
) -> None:
    folder = tmp_path_factory.mktemp("plays")
    config, blind = asyncio.run(in_use(folder))
    log, state, files = RevocationLog(config.place("revocations")), "valid", kept(config)
    keys = keys_of(config)

    async def done(act: str) -> None:
        registry, _ = await app.open_registry(config)
        await ACTS[act](registry, keys, **DOCUMENT)
        await registry.storage.close()

    for play in [*plays, "open"]:
        act = play.rpartition(" ")[2]
        if play.startswith("only log"):
            log.append({YEAR: Replayed(act, blind)})
        elif play in ACTS:
            asyncio.run(done(act))
        elif play == "keep":
            files = kept(config)
        elif play == "put back":
            put_back(config, files)
        else:
            asyncio.run(seen(config))
        if act in ACTS and state != "revoke":
            state = act
    assert struck(config)[0] == (state == "revoke")
    assert state == "revoke" or struck(config)[1] == (state == "suspend")


@pytest.mark.guarantee("G7")
@scenario
async def test_a_founded_folder_has_nothing_to_do_again(tmp_path) -> None:
    assert await seen(await found_in(tmp_path)) == []
