"""The counters of status entries on disk: shared by processes, private, and of no other program."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError
from issuer_service.vcalm import statuses
from issuer_service.vcalm.statuses import open_store
from tests.waiting import PATIENCE


@pytest.fixture
def store(tmp_path):
    with_store = open_store(tmp_path / "status.sqlite", tmp_path / "mark.json")
    yield with_store
    with_store.close()


def test_a_full_list_is_followed_by_another(store, monkeypatch):
    monkeypatch.setattr(statuses, "MIN_ENTRIES", 3)
    taken = [tuple(store.take("a")) for _ in range(7)]
    assert taken == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (3, 0)]
    assert store.take("b") == (1, 0)
    assert (store.given("a", 1), store.given("a", 3), store.given("a", 4), store.given("c", 1)) == (3, 1, 0, 0)
    monkeypatch.setattr(statuses, "MAX_LISTS", 1)
    store.take("b")
    store.take("b")
    with pytest.raises(FetchError) as error:
        store.take("b")
    assert error.value.code == "storage_full"


def test_what_is_set_is_set_for_its_purpose_and_issuer(store):
    store.take("a")
    store.put("a", 1, "suspension", 0, value=True)
    store.put("a", 1, "suspension", 0, value=True)
    assert (store.entries("a", 1, "suspension"), store.entries("a", 1, "revocation")) == ([0], [])
    assert store.entries("b", 1, "suspension") == []
    store.put("a", 1, "suspension", 0, value=False)
    assert store.entries("a", 1, "suspension") == []
    for case in [("a", 1, "suspension", 1, True), ("b", 1, "revocation", 0, True), ("a", 1, "revocation", 0, False)]:
        with pytest.raises(ParseError) as error:
            store.put(*case[:4], value=case[4])
        assert error.value.code == "status_entry_invalid"


def test_two_processes_share_the_counters(tmp_path):
    path = tmp_path / "status.sqlite"
    open_store(path, tmp_path / "mark.json").close()
    script = (
        "import sys; from pathlib import Path; from issuer_service.vcalm.statuses import open_store\n"
        "store = open_store(Path(sys.argv[1]), Path(sys.argv[1]).with_name('mark.json'))\n"
        "for _ in range(40): print(store.take('a').counter)"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    taken = [int(line) for worker in workers for line in worker.communicate(timeout=PATIENCE)[0].split()]
    assert sorted(taken) == list(range(80))


def test_a_file_of_something_else_is_refused(tmp_path):
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"not a database" * 100)
    for path in (other, damaged):
        with pytest.raises(ParseError) as error:
            open_store(path, tmp_path / "mark.json")
        assert error.value.code == "storage_malformed"
    with pytest.raises(DidkitError) as error:
        open_store(tmp_path / "no" / "folder", tmp_path / "mark.json")
    assert error.value.code == "storage_unavailable"


def test_the_file_is_private(tmp_path):
    open_store(tmp_path / "status.sqlite", tmp_path / "mark.json").close()
    assert (tmp_path / "status.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_put_back_is_refused(tmp_path):
    path, mark = tmp_path / "status.sqlite", tmp_path / "mark.json"
    store = open_store(path, mark)
    store.take("a")
    store.close()
    older = path.read_bytes()
    for change in (lambda store: store.take("a"), lambda store: store.put("a", 1, "revocation", 0, value=True)):
        store = open_store(path, mark)
        change(store)
        store.close()
        newer = path.read_bytes()
        path.write_bytes(older)
        with pytest.raises(VerificationError) as error:
            open_store(path, mark)
        assert error.value.code == "storage_rewound"
        path.write_bytes(newer)
    mark.unlink()
    with pytest.raises(VerificationError) as error:
        open_store(path, mark)
    assert error.value.code == "storage_rewound"


def test_a_file_of_before_goes_on(tmp_path):
    """As the commit before made it: without how far it came."""
    path, mark = tmp_path / "status.sqlite", tmp_path / "mark.json"
    store = open_store(path, mark)
    assert store.take("a") == (1, 0)
    store.close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE marks")
    mark.unlink()
    store = open_store(path, mark)
    assert store.take("a") == (1, 1)
    store.close()
    assert mark.exists()
