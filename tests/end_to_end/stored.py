"""Everything that an attacker of the issuer could take, and a search through all of it."""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType

from tests.end_to_end import needles
from tests.end_to_end.columns import COLUMNS
from tests.end_to_end.world import World

__all__ = ["Report", "backup", "scan_world"]


@dataclass(frozen=True)
class Report:
    """What a scan searched and found."""

    places: int
    size: int
    patterns: int
    found: frozenset[str]
    odd_values: frozenset[str]
    digests: int = 0

    @property
    def clean(self) -> bool:
        """Nothing found, no column holds what it may not."""
        return not self.found and not self.odd_values and self.places > 0 and self.patterns > 0

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        hashes = f" and {self.digests} hashes" if self.digests else ""
        searched = f"{self.patterns} spellings{hashes} searched in {self.places} places, {self.size / 1e6:.1f} MB"
        if self.clean:
            return f"nothing found: {searched}; every stored value is of its column's kind"
        return f"FOUND {sorted(self.found | self.odd_values)[:8]} ({searched})"


def files_of(world: World) -> Iterator[Path]:
    """Every file an attacker of the issuer could take, and the wallets' too."""
    for name in ("issuer", "root", "tmp", "logs", "wallets", "backup"):
        yield from (path for path in sorted((world.folder / name).rglob("*")) if path.is_file())


def rows_of(database: Path) -> Iterator[tuple[str, str, int, object]]:
    """Every value in the database, through SQL: table, column, place of the row, value."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            cursor = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the schema's own name
            columns = [column[0] for column in cursor.description]
            for at, row in enumerate(cursor):
                yield from ((table, column, at, value) for column, value in zip(columns, row, strict=True))


NO_DIGESTS: Mapping[bytes, str] = MappingProxyType({})


def scan_world(world: World, texts: Iterable[str], hashes: Mapping[bytes, str] = NO_DIGESTS) -> Report:
    """Searches all that is stored, while the service runs, and a backup made now; `hashes` as from `digests`."""
    backup(world)
    wanted = needles.index(needles.patterns(texts), hashes)
    # A backup is mostly what stands elsewhere: what has been searched is not searched again.
    search = cache(partial(needles.search, wanted=wanted))
    found, odd, places, size = set(), set(), 0, 0
    for path in files_of(world):
        data = path.read_bytes()
        places, size = places + 1, size + len(data)
        where = path.relative_to(world.folder)
        found |= {f"{where}: {name}" for name in search(data)}
    for table, column, row, value in rows_of(world.issuer_data / "issuer.sqlite"):
        places += 1
        data = value if isinstance(value, bytes) else str(value).encode()
        found |= {f"{table}.{column}, row {row}: {name}" for name in search(data)}
        if not COLUMNS.get(table, {}).get(column, lambda _: False)(value):
            odd.add(f"{table}.{column} holds what it may not")
    return Report(places, size, len(wanted), frozenset(found), frozenset(odd), len(hashes))


def backup(world: World) -> None:
    """A copy of the database as an administrator makes it, and the files as a file copy takes them."""
    folder = world.folder / "backup"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(world.issuer_data, folder / "files")
    with (
        closing(sqlite3.connect(world.issuer_data / "issuer.sqlite")) as source,
        closing(sqlite3.connect(folder / "backup.sqlite")) as target,
    ):
        source.backup(target)
