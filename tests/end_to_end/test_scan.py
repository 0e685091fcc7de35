"""The scan itself, on folders made by hand: what finds nothing must be able to find."""

import gzip
import sqlite3
import zlib
from contextlib import closing

import pytest

from issuer_service.storage.migrations.sqlite import MIGRATIONS
from tests.end_to_end import digests, needles
from tests.end_to_end.canaries import canary, citizens_file, records_of, texts_of
from tests.end_to_end.columns import COLUMNS
from tests.end_to_end.control import CODED, SAMPLES, positive_control
from tests.end_to_end.stored import scan_world
from tests.end_to_end.world import World

CANARY = canary("test of the scan")


@pytest.fixture
def world(tmp_path):
    """Folders as an issuer leaves them, its database with the real schema and no row."""
    world = World(tmp_path)
    for name in ("issuer/data", "root", "tmp", "logs", "wallets"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "logs" / "issuer.log").write_text('{"event":"started"}\n')
    with database(world) as connection:
        for statement in [one for migration in MIGRATIONS for one in migration]:
            connection.execute(statement)
    return world


def database(world):
    connection = sqlite3.connect(world.issuer_data / "issuer.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    return closing(connection)


def scan(world):
    return scan_world(world, [CANARY])


def test_where_nothing_is_nothing_is_found(world):
    report = scan(world)
    assert report.clean
    assert "nothing found" in report.sentence


@pytest.mark.guarantee("G1")
@pytest.mark.guarantee("G34")
def test_every_dress_is_found_in_every_place(world):
    planted, missed = positive_control(world)
    texts = 5 * len(needles.TEXTS) * len(needles.PLANTS) * len(needles.WRAPPINGS)
    assert planted == texts + len(SAMPLES) * len(digests.HASHES) * len(CODED) * len(needles.WRAPPINGS)
    assert missed == set()


@pytest.mark.parametrize("place", ["issuer/data/x", "issuer/data/epochs/x", "root/x", "tmp/x", "logs/x", "wallets/x"])
def test_every_folder_is_searched(world, place):
    path = world.folder / place
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"... {CANARY} ...")
    report = scan(world)
    assert not report.clean
    assert any(one.startswith(f"{place}: {CANARY}") for one in report.found)
    assert "FOUND" in report.sentence


def test_layers_of_compression_are_opened(world):
    inner = gzip.compress(zlib.compress(CANARY.encode("utf-16-le")))
    (world.folder / "tmp" / "dump").write_bytes(b"\0" * 1000 + inner + b"\0" * 1000)
    assert any(one.startswith("tmp/dump: ") for one in scan(world).found)


def test_a_value_of_the_wrong_kind_is_reported(world):
    with database(world) as connection:
        connection.execute("INSERT INTO nonces VALUES (?, ?)", (bytes(32), 1))
        assert scan(world).clean
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("INSERT INTO nonces VALUES (?, ?)", (b"a name, or so", 1))
        report = scan(world)
    assert report.odd_values == {"nonces.digest holds what it may not"}
    assert not report.clean


def test_a_sealed_value_whose_length_tells_of_its_bearer_is_reported(world):
    insert = "INSERT INTO offers VALUES (?, ?, '2026-01-01', 'pid', ?, ?, 1, 0, 0)"
    with database(world) as connection:
        connection.execute(insert, (bytes(32), bytes(16), bytes(28 + 512), bytes(32)))
        assert scan(world).clean
        connection.execute(insert, (b"1" * 32, bytes(16), bytes(28 + 500), bytes(32)))
        assert scan(world).odd_values == {"offers.sealed holds what it may not"}


@pytest.mark.parametrize(
    ("statement", "odd"),
    [
        ("CREATE TABLE notes (note INTEGER)", "notes.note"),
        ("ALTER TABLE offers ADD COLUMN note INTEGER", "offers.note"),
    ],
)
def test_what_the_scan_does_not_know_is_reported(world, statement, odd):
    with database(world) as connection:
        connection.execute(statement)
        if odd.startswith("notes"):
            connection.execute("INSERT INTO notes VALUES (1)")
        else:
            values = (bytes(32), bytes(16), bytes(540), bytes(32))
            connection.execute("INSERT INTO offers VALUES (?, ?, '2026-01-01', 'pid', ?, ?, 1, 0, 0, 5)", values)
        assert scan(world).odd_values == {f"{odd} holds what it may not"}


def test_the_scan_knows_every_table_and_column_of_the_schema(world):
    with database(world) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        held = {table: {row[1] for row in connection.execute(f"PRAGMA table_info({table})")} for table in tables}
    assert held == {table: set(columns) for table, columns in COLUMNS.items()}


def test_a_canary_that_only_the_database_log_holds_is_found(world):
    with database(world) as connection:
        connection.execute("CREATE TABLE notes (note TEXT)")
        connection.execute("INSERT INTO notes VALUES (?)", (CANARY,))
        connection.execute("DROP TABLE notes")
        found = {one.partition(": ")[0] for one in scan(world).found}
    assert "issuer/data/issuer.sqlite-wal" in found


def test_short_texts_are_no_canaries_and_all_of_the_citizens_file_are():
    assert needles.patterns(["FR", "1990"]) == {}
    texts = texts_of(citizens_file())
    assert len(texts) == len(set(texts))
    records = records_of(citizens_file())
    assert {record[name] for record in records for name in ("document_number", "family_name")} <= set(texts)
    assert len(needles.patterns(texts)) > 10 * len(texts)


@pytest.mark.parametrize("spelled", needles.TEXTS)
def test_a_spelling_alone_is_enough(world, spelled):
    (world.folder / "logs" / "other.log").write_text(needles.TEXTS[spelled](CANARY), "utf-8")
    assert not scan(world).clean
