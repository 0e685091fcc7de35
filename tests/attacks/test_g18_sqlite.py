"""Attacks on G18: what hides behind the names of the files that SQLite keeps beside a database."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import VerificationError
from didkit_fr.keys import software
from issuer_service.shell import allowed
from issuer_service.storage.migrations.sqlite import APPLICATION_ID
from issuer_service.storage.sqlite_opening import open_writer
from tests.attacks.g18_files import APPLICATION, made
from tests.end_to_end.world import BIN, ROOT, run
from tests.waiting import PATIENCE

MAGIC = bytes.fromhex("d9d505f920a163d7")

# Ends itself in the middle of a change; with few pages in memory, some were written into the database already.
KILLED = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute(f"PRAGMA cache_size = {sys.argv[2]}")
database.execute("BEGIN IMMEDIATE")
database.execute("UPDATE t SET v = randomblob(3000)")
os.kill(os.getpid(), signal.SIGKILL)
"""


# Ends itself, as by a kill, at the first write that makes a file longer than this.
FIRST = """
import resource, signal, sys
from pathlib import Path
from issuer_service.storage.sqlite_opening import open_writer
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
open_writer(Path(sys.argv[1]), 1, 8)
"""


def changing(path: Path, pages: int) -> Path:
    done = subprocess.run([sys.executable, "-c", KILLED, path, str(pages)], check=False, timeout=PATIENCE)
    assert done.returncode == -signal.SIGKILL
    journal = path.with_name(f"{path.name}-journal")
    assert journal.stat().st_size > 0
    return journal


def accepted(path: Path) -> bool:
    try:
        allowed.check_folder(path.parent, allowed.database(path.name, APPLICATION))
    except VerificationError:
        return False
    return True


def secret() -> bytes:
    key = software.generate().private
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


HIDDEN = {
    "behind a zeroed head": lambda key: bytes(8) + key,
    "behind a zeroed sector": lambda key: bytes(512) + key,
    "behind the magic": lambda key: MAGIC + key,
    "in the head's padding": lambda key: MAGIC + bytes(12) + b"\0\0\2\0" + b"\0\0\x10\0" + key.ljust(484, b"\0"),
    "as a cut record": lambda key: MAGIC + bytes(12) + b"\0\0\2\0\0\0\x10\0" + bytes(484) + b"\0\0\0\1" + key,
}


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize("how", HIDDEN)
def test_no_key_hides_in_what_is_named_a_journal(tmp_path, how) -> None:
    path = made(tmp_path)
    assert accepted(path)
    journal = path.with_name(f"{path.name}-journal")
    journal.write_bytes(HIDDEN[how](secret()))
    journal.chmod(0o600)
    assert not accepted(path)


@pytest.mark.guarantee("G18")
@pytest.mark.guarantee("G20")
@pytest.mark.slow
@pytest.mark.parametrize("pages", [2000, 10])
def test_the_journal_of_a_process_that_was_killed_is_one_and_nothing_more_fits_in(tmp_path, pages) -> None:
    path = made(tmp_path)
    journal = changing(path, pages)
    raw = journal.read_bytes()
    assert accepted(path)
    for changed in (raw + secret(), raw[:28] + secret() + raw[28 + len(secret()) :], secret() + raw):
        journal.write_bytes(changed)
        assert not accepted(path)
    # Cut short, as by a kill among the writes of one record: what is there of it is the database's own page.
    if pages == 2000:
        for cut in (3, 4, 100, 4099, 4103, 4104, 4105):
            journal.write_bytes(raw[:-cut])
            assert accepted(path)
        journal.write_bytes(raw[:-2000] + secret())
        assert not accepted(path)
    journal.write_bytes(raw)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert accepted(path)


@pytest.mark.guarantee("G18")
@pytest.mark.guarantee("G20")
@pytest.mark.slow
@pytest.mark.parametrize("most", [0, 4096, 8192, 30_000])
def test_whatever_kills_the_first_opening_of_a_store_leaves_files_that_are_known_and_open(tmp_path, most) -> None:
    """Where a file would become longer than `most` bytes: journal, database, its log or the index."""
    path = tmp_path / "d.sqlite"
    tmp_path.chmod(0o700)
    done = subprocess.run([sys.executable, "-c", FIRST, path, str(most)], check=False, timeout=PATIENCE, cwd=ROOT)
    assert done.returncode == -signal.SIGXFSZ
    journal = path.with_name(f"{path.name}-journal")
    assert not journal.exists() or journal.stat().st_size == most
    for _ in range(2):
        allowed.check_folder(tmp_path, allowed.database(path.name, APPLICATION_ID))
        open_writer(path, 1, 8).close()


@pytest.mark.guarantee("G18")
@pytest.mark.slow
def test_a_page_in_a_journal_that_is_not_the_one_it_was_made_of_is_refused_by_its_checksum(tmp_path) -> None:
    path = made(tmp_path)
    journal = changing(path, 10)
    raw = bytearray(journal.read_bytes())
    assert accepted(path)
    raw[512 + 4 + 4096 - 200] ^= 1
    journal.write_bytes(raw)
    assert not accepted(path)


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize("more", [1, 48, 511, 512])
def test_no_key_hides_behind_the_last_page_of_a_database(tmp_path, more) -> None:
    path = made(tmp_path)
    path.write_bytes(path.read_bytes() + secret()[:more].ljust(more, b"k"))
    assert not accepted(path)


@pytest.mark.guarantee("G18")
@given(data=st.binary(min_size=1, max_size=64), head=st.sampled_from([b"", MAGIC, bytes(8), bytes(512)]))
def test_whatever_is_not_a_journal_is_not_taken_for_one(tmp_path_factory, data, head) -> None:
    path = made(tmp_path_factory.mktemp("any"), rows=1)
    journal = path.with_name(f"{path.name}-journal")
    journal.write_bytes(head + data)
    journal.chmod(0o600)
    assert accepted(path) == (not any(head + data))


@pytest.mark.guarantee("G18")
def test_no_key_hides_behind_the_first_bytes_of_a_log_or_of_its_index(tmp_path) -> None:
    path = made(tmp_path, mode="WAL")
    assert {one.name for one in tmp_path.iterdir()} == {"d.sqlite", "d.sqlite-wal", "d.sqlite-shm"}
    assert accepted(path)
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        raw = beside.read_bytes()
        for head in (b"", raw[:4], bytes(4), raw[:12]):
            beside.write_bytes(head + secret())
            assert not accepted(path), (suffix, head)
        beside.write_bytes(raw)
    assert accepted(path)


@pytest.mark.slow
@pytest.mark.guarantee("G18")
def test_the_api_of_the_w3c_does_not_start_over_a_key_that_is_named_a_journal(tmp_path) -> None:
    vcalm, secrets = tmp_path / "vcalm", {"--passphrase-fd": "of the keys"}
    address = ("--address", "http://127.0.0.1:1")
    assert run([BIN / "didkit-issuer", "vcalm-init", "--data", vcalm, *address], secrets=secrets).status == 0
    journal = vcalm / "status.sqlite-journal"
    journal.write_bytes(bytes(8) + secret())
    journal.chmod(0o600)
    serve = [BIN / "didkit-issuer", "vcalm-serve", "--data", vcalm, "--port", "0", "--insecure-local"]
    refused = run(serve, secrets=secrets)
    assert refused.status == 1
    assert journal.name in refused.err
