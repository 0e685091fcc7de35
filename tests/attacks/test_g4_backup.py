"""An offer's code is redeemed once, whatever is put back from a backup (G4)."""

import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from didkit_fr.errors import VerificationError
from issuer_service.storage.migrations.sqlite import MIGRATIONS
from issuer_service.titles import app, generation, state
from issuer_service.titles.config import Config, load
from issuer_service.titles.revoking import revoke
from tests.end_to_end.visitor import Visitor, copies_in, slips, whole_records
from tests.end_to_end.world import BIN, ROOT, World
from tests.issuer_service.world import NOW, found_in, opened, scenario, settings_for
from tests.waiting import PATIENCE

RUNBOOK = dict(
    re.findall(
        r"^```bash (\w+)\n(.*?)^```$",
        (ROOT / "specs" / "runbooks" / "backup.md").read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
)


_WITHOUT_FORGOTTEN = next(at for at, steps in enumerate(MIGRATIONS) if "forgotten" in steps[0])


class Home(World):
    """A world whose folders are named as the runbook names them."""

    @property
    def issuer_data(self) -> Path:
        return self.folder / "issuer"

    @property
    def issuer_state(self) -> Path:
        return self.folder / "issuer-state"

    def bash(self, script: str) -> subprocess.CompletedProcess[str]:
        """Runs lines as they stand."""
        environment = {**os.environ, **self.environment, "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin"}
        command = ["/usr/bin/env", "bash", "--norc", "-eu", "-c", script]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
        )

    def refusal(self) -> dict[str, str]:
        """Why it does not start."""
        with pytest.raises(RuntimeError) as error:
            self.start_issuer()
        return str(error.value)


def _made_older(data: Path, apart: Path) -> None:
    """Gives a data folder the form of the commit before: mark and log in it, no state, the schema of then."""
    for name in ("mark.json", "revocations"):
        if (apart / name).exists():
            shutil.move(apart / name, data / name)
    shutil.rmtree(apart)
    settings = data / "settings.toml"
    lines = settings.read_text("utf-8").splitlines(keepends=True)
    settings.write_text("".join(line for line in lines if not line.startswith("state = ")), "utf-8")
    with closing(sqlite3.connect(data / "issuer.sqlite")) as database:
        database.execute("DROP TABLE forgotten")
        database.execute("DROP TABLE replayed")
        database.execute("ALTER TABLE revocations ADD COLUMN expires INTEGER NOT NULL DEFAULT 0")
        database.execute(f"PRAGMA user_version = {_WITHOUT_FORGOTTEN}")
        database.commit()


@pytest.fixture
def home(tmp_path):
    with Home(tmp_path / "home") as made:
        made.start_register()
        founded = made.init_issuer()
        assert founded.status == 0, founded.err
        yield made


def _lose(home: Home, how: str) -> None:
    if how == "rebuild":
        shutil.rmtree(home.issuer_data)
    else:
        home.issuer_data.joinpath("issuer.sqlite").write_bytes(b"damaged")


@pytest.mark.slow
@pytest.mark.guarantee("G4")
@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("how", ["restore", "rebuild"])
def test_what_the_runbook_says_to_back_up_is_restored_and_redeems_no_code_again_and_keeps_what_was_revoked(
    home, how
) -> None:
    home.start_issuer()
    visitor = Visitor.of(home)
    redeemed, lost, kept = slips(home, 3)
    numbers = whole_records(home)[:3]
    before = copies_in(visitor.credential(visitor.token(lost), copies=1))
    others = copies_in(visitor.credential(visitor.token(kept), copies=1))
    made = home.bash(RUNBOOK["backup"])
    assert made.returncode == 0, made.stderr
    assert not list((home.folder / "backup").rglob("*.key")), "epoch keys are never kept"
    token = visitor.token(redeemed)
    after = copies_in(visitor.credential(token, copies=1))
    assert home.revoke(numbers[1]).status == 0
    # At once, and with no chance to write anything down.
    home.issuer.stop(signal.SIGKILL)
    _lose(home, how)
    *puts_back, restores = RUNBOOK[how].strip().splitlines()
    put_back = home.bash("\n".join(puts_back))
    assert put_back.returncode == 0, put_back.stderr
    assert "hint: if it was put back from a backup on purpose: didkit-issuer restore" in home.refusal()
    restored = home.bash(restores)
    assert restored.returncode == 0, restored.stderr
    assert restored.stdout.splitlines() == ["generation: 2", "replayed: 3", "lost: no", "mark_lost: no"]
    home.start_issuer()
    assert visitor.redeem(redeemed).error == "invalid_grant"
    assert visitor.credential(token).error == "invalid_token"
    assert visitor.statuses([*before, *after, *others]) == [1, 1, 0]


@pytest.mark.slow
@pytest.mark.guarantee("G4")
@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("lost", ["the database", "the state folder too"])
def test_what_the_runbook_says_of_a_lost_database_serves_again_and_nothing_of_before_is_valid(home, lost) -> None:
    home.start_issuer()
    visitor = Visitor.of(home)
    known, waiting = slips(home, 2)
    before = copies_in(visitor.credential(visitor.token(known), copies=1))
    assert visitor.statuses(before) == [0]
    home.issuer.stop()
    for path in home.issuer_data.glob("issuer.sqlite*"):
        path.unlink()
    if lost == "the state folder too":
        shutil.rmtree(home.issuer_state)
        assert home.bash(RUNBOOK["lost"].splitlines()[0]).returncode == 0
    assert "the database is gone" in home.refusal()
    done = home.bash(RUNBOOK["anew"])
    assert done.returncode == 0, done.stderr
    if lost == "the state folder too":
        assert home.bash(RUNBOOK["lost"].splitlines()[2]).returncode == 0
    home.start_issuer()
    assert visitor.redeem(waiting).error == "invalid_grant"
    assert visitor.statuses(before) == [1]
    (fresh,) = slips(home, 1)
    after = copies_in(visitor.credential(visitor.token(fresh), copies=1))
    assert visitor.statuses([*before, *after]) == [1, 0]


@pytest.mark.slow
@pytest.mark.guarantee("G4")
def test_what_the_runbook_says_to_back_up_is_said_every_day(home) -> None:
    later = 'date() { command date --date="+5 seconds" "$@"; }\n'
    for before in ("", later):
        done = home.bash(before + RUNBOOK["backup"])
        assert done.returncode == 0, done.stderr
    assert len(list((home.folder / "backup").iterdir())) == 2


@pytest.mark.slow
@pytest.mark.guarantee("G4")
@pytest.mark.guarantee("G7")
def test_what_the_runbook_says_of_a_lost_state_folder_serves_again_and_keeps_what_the_database_has(
    home,
) -> None:
    home.start_issuer()
    visitor = Visitor.of(home)
    revoked, kept, waiting = slips(home, 3)
    before = copies_in(visitor.credential(visitor.token(revoked), copies=1))
    others = copies_in(visitor.credential(visitor.token(kept), copies=1))
    assert home.revoke(whole_records(home)[0]).status == 0
    home.issuer.stop()
    shutil.rmtree(home.issuer_state)
    assert "mkdir -p -m 700" in home.refusal()
    makes, restores, accepts = RUNBOOK["lost"].strip().splitlines()
    assert home.bash(makes).returncode == 0
    assert home.issuer_state.stat().st_mode & 0o777 == 0o700
    assert "its mark is gone" in home.refusal()
    restored = home.bash(restores)
    assert restored.returncode == 0, restored.stderr
    assert "lost: yes" in restored.stdout
    assert "note: the revocation log was lost, or a part of it" in restored.stderr
    assert home.bash("didkit-issuer clock --data ./issuer").returncode == 1
    assert home.bash(accepts).returncode == 0
    home.start_issuer()
    assert visitor.redeem(waiting).error == "invalid_grant"
    assert visitor.statuses([*before, *others]) == [1, 0]


@pytest.mark.slow
@pytest.mark.guarantee("G4")
def test_a_copy_of_the_whole_data_folder_that_is_put_back_is_refused(home) -> None:
    home.start_issuer()
    visitor = Visitor.of(home)
    (offer,) = slips(home, 1)
    shutil.copytree(home.issuer_data, home.folder / "copied")
    assert visitor.redeem(offer).status == 200
    home.issuer.stop()
    shutil.rmtree(home.issuer_data)
    shutil.copytree(home.folder / "copied", home.issuer_data)
    assert "storage is older than what it said before" in home.refusal()


@pytest.mark.slow
@pytest.mark.guarantee("G4")
def test_a_data_folder_of_before_is_refused_and_opens_after_the_hint_as_it_stands(home) -> None:
    home.start_issuer()
    visitor = Visitor.of(home)
    known, other, waiting = slips(home, 3)
    copies = copies_in(visitor.credential(visitor.token(known), copies=1))
    assert visitor.redeem(other).status == 200
    assert home.revoke(whole_records(home)[0]).status == 0
    home.issuer.stop()
    _made_older(home.issuer_data, home.issuer_state)
    assert {"mark.json", "revocations"} <= {path.name for path in home.issuer_data.iterdir()}
    said = home.refusal()
    (hint,) = re.findall(r"^hint: (.*)$", said, re.MULTILINE)
    told = home.bash("didkit-issuer clock --data ./issuer --json")
    assert json.loads(told.stderr)["hint"] == hint
    done = home.bash(hint)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in home.issuer_state.iterdir()} == {"mark.json", "revocations", "clock.json"}
    home.start_issuer()
    assert visitor.redeem(other).error == "invalid_grant"
    assert visitor.redeem(waiting).status == 200
    assert visitor.statuses(copies) == [1]


@pytest.mark.guarantee("G4")
@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_a_move_that_was_interrupted_goes_on_by_the_hint_of_then(tmp_path, steps) -> None:
    config = asyncio.run(_used(tmp_path))
    _made_older(config.folder, config.state)
    older = load(config.folder)

    def hint() -> list[str]:
        with pytest.raises(VerificationError) as error:
            state.check(older)
        assert error.value.code == "state_misplaced"
        return error.value.__notes__[0].split(" && ")

    def run_all(commands: list[str]) -> None:
        done = subprocess.run(["/usr/bin/env", "bash", "-euc", "\n".join(commands)], check=False)
        assert done.returncode == 0

    run_all(hint()[:steps])
    *moves, accepts = hint()
    run_all(moves)
    assert accepts == f"didkit-issuer clock --data {config.folder} --accept"
    now = load(config.folder)
    state.check(now)
    assert {path.name for path in now.state.iterdir()} == {"mark.json", "revocations"}
    asyncio.run(_opened(now))


async def _used(folder: Path) -> Config:
    """An issuer with a mark and a revocation log."""
    async with opened(folder) as world:
        await generation.tick(world.storage, world.config.place("mark"))
        await revoke(world.registry, world.keys, title="pid", document_number="NOBODY", now=NOW)
    return world.config


async def _opened(config: Config) -> None:
    await (await app.open_storage(config)).close()


PLACES = {
    "in it": ("data/state", "data"),
    "it": ("data", "data"),
    "around it": (".", "data"),
    "in it by a link": ("link/state", "data"),
    "in it by a way back": ("elsewhere/../data/x", "data"),
}


@pytest.mark.guarantee("G4")
@pytest.mark.parametrize("where", PLACES)
@scenario
async def test_no_issuer_is_founded_whose_state_lies_with_its_data(tmp_path, where) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "data")
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(VerificationError) as error:
        await found_in(tmp_path, state=str(tmp_path / PLACES[where][0]))
    assert error.value.code == "state_misplaced"
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "root.key").exists()


@pytest.mark.guarantee("G4")
@pytest.mark.parametrize("name", ["state", "mark", "revocations"])
@scenario
async def test_settings_that_bring_the_state_into_the_data_folder_are_refused(tmp_path, name) -> None:
    config = await found_in(tmp_path)
    inside = config.folder / "inside"
    inside.mkdir()
    (tmp_path / "link").symlink_to(inside)
    for place in (inside, tmp_path / "link"):
        changed = type(config)(config.folder, settings_for(tmp_path, **{name: str(place)}))
        with pytest.raises(VerificationError) as error:
            state.check(changed)
        assert error.value.code == "state_misplaced"
