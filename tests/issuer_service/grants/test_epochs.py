import asyncio
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from didkit_fr.errors import FetchError, VerificationError
from issuer_service.grants.epochs import KEY_BYTES, EpochKeys, epoch_at

DAY = 86_400
NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
HERE = Path(__file__).resolve().parents[3]


@pytest.fixture
def keys(tmp_path) -> EpochKeys:
    return EpochKeys(tmp_path / "epochs")


def test_an_epoch_is_a_utc_day():
    midnight = NOW - NOW % DAY
    assert [epoch_at(midnight - 1), epoch_at(midnight), epoch_at(midnight + DAY - 1)] == [
        "2027-01-14",
        "2027-01-15",
        "2027-01-15",
    ]


def test_a_day_has_one_key_and_another_day_another(keys):
    epoch, key = keys.current(NOW)
    assert epoch == "2027-01-15"
    assert len(key) == KEY_BYTES
    assert keys.current(NOW + 60) == (epoch, key)
    assert EpochKeys(keys.folder).get(epoch) == key
    assert keys.current(NOW + DAY)[1] != key


def test_folder_and_files_are_private(keys):
    keys.current(NOW)
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in keys.folder.iterdir()} == {"2027-01-15.key": 0o600}


def test_threads_that_race_get_the_same_key(keys):
    with ThreadPoolExecutor(16) as pool:
        assert len({key for _, key in pool.map(keys.current, [NOW] * 200)}) == 1
    assert [file.name for file in keys.folder.iterdir()] == ["2027-01-15.key"]


@pytest.mark.slow
def test_processes_that_race_get_the_same_key(tmp_path):
    script = (
        "import sys; from pathlib import Path; from issuer_service.grants.epochs import EpochKeys;"
        "sys.stdin.readline();"
        f"print(EpochKeys(Path(sys.argv[1])).current({NOW})[1].hex())"
    )

    async def race() -> set[bytes]:
        command = [sys.executable, "-c", script, str(tmp_path / "epochs")]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": HERE}
        running = [await asyncio.create_subprocess_exec(*command, **pipes) for _ in range(4)]
        return {answer for answer, _ in await asyncio.gather(*(one.communicate(b"go\n") for one in running))}

    (answer,) = asyncio.run(race())
    assert len(answer.strip()) == 64


@pytest.mark.parametrize(
    "epoch",
    ["2027-01-14", "", "../2027-01-15", "2027-01-15.key", "2027-01-15\n", "２０２７-01-15", "\0", "x" * 999],  # noqa: RUF001
)
def test_there_is_no_such_key(keys, epoch):
    keys.current(NOW)
    with pytest.raises(VerificationError) as error:
        keys.get(epoch)
    assert error.value.code == "epoch_gone"


def test_old_keys_are_destroyed(keys):
    for days in range(6):
        keys.current(NOW - days * DAY)
    assert keys.destroy(NOW) == ("2027-01-10", "2027-01-11", "2027-01-12")
    assert sorted(file.name for file in keys.folder.iterdir()) == [f"2027-01-{day}.key" for day in (13, 14, 15)]
    for epoch in ("2027-01-10", "2027-01-12"):
        with pytest.raises(VerificationError) as error:
            keys.get(epoch)
        assert error.value.code == "epoch_gone"
    assert keys.destroy(NOW) == ()
    assert keys.destroy(NOW, keep_days=0) == ("2027-01-13", "2027-01-14")


@pytest.mark.guarantee("G2")
def test_a_destroyed_key_is_overwritten(keys):
    """A descriptor held open shows what the disk block held last."""
    epoch, key = keys.current(NOW)
    with (keys.folder / f"{epoch}.key").open("rb") as file:
        assert file.read() == key
        keys.destroy(NOW + 9 * DAY)
        file.seek(0)
        assert file.read() == bytes(KEY_BYTES)


def test_what_a_killed_process_left_is_destroyed(keys):
    keys.current(NOW)
    (keys.folder / "2027-01-11.doomed").write_bytes(b"k" * 32)
    old = keys.folder / ".2027-01-11.key.0011.draft"
    old.write_bytes(b"k" * 32)
    young = keys.folder / ".2027-01-15.key.0011.draft"
    young.write_bytes(b"k" * 32)
    (keys.folder / "README").write_text("of an administrator")
    assert keys.destroy(NOW) == ()
    assert sorted(file.name for file in keys.folder.iterdir()) == [young.name, "2027-01-15.key", "README"]


def test_two_may_destroy_at_once(keys):
    for days in range(3, 40):
        keys.current(NOW - days * DAY)
    keys.current(NOW)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keys.destroy, [NOW] * 8))
    assert [file.name for file in keys.folder.iterdir()] == ["2027-01-15.key"]


def test_without_a_folder_there_is_nothing_to_destroy(keys):
    assert keys.destroy(NOW) == ()


@pytest.mark.parametrize("size", [0, 31, 33, 10_000])
def test_a_file_of_another_size_is_no_key(keys, size):
    keys.current(NOW)
    (keys.folder / "2027-01-15.key").write_bytes(bytes(size))
    for ask in (lambda: keys.get("2027-01-15"), lambda: keys.current(NOW)):
        with pytest.raises(FetchError) as error:
            ask()
        assert error.value.code == "file_unavailable"


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "epochs"):
        with pytest.raises(FetchError) as error:
            EpochKeys(folder).current(NOW)
        assert error.value.code == "file_unavailable"


def test_it_shows_no_key(keys):
    _, key = keys.current(NOW)
    assert key.hex() not in repr(keys)
    assert "random" not in repr(keys)
