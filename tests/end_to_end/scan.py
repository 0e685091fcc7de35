"""`make scan`: what would a thief of everything the issuer stores find of the citizens? It must be nothing.

Journeys are played with citizens whose text attributes are canaries. Then all is searched while the service still
runs: database file, its write-ahead log, every column through SQL, a copy as backup, logs, data folder, temporary
files. A positive control plants a canary in every place and every dress and must find each one of them, so that a
scan which finds nothing means something.
"""

import json
import re
import shutil
import sqlite3
import sys
import tempfile
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from rich.console import Console

from didkit_fr.encoding import base64url
from didkit_fr.errors import VerificationError
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
from issuer_service import sealing
from issuer_service.epochs import EpochKeys
from tests.end_to_end import needles
from tests.end_to_end.canaries import canary, citizens_file, texts_of
from tests.end_to_end.journey import Journey
from tests.end_to_end.proxy import Proxy
from tests.end_to_end.world import World, post


@dataclass(frozen=True)
class Report:
    """What a scan searched and found."""

    places: int
    size: int
    patterns: int
    found: frozenset[str]
    odd_values: frozenset[str]

    @property
    def clean(self) -> bool:
        """Nothing found, no column holds what it may not."""
        return not self.found and not self.odd_values and self.places > 0 and self.patterns > 0

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        searched = f"{self.patterns} spellings searched in {self.places} places, {self.size / 1e6:.1f} MB"
        if self.clean:
            return f"nothing found: {searched}; every stored value is of its column's kind"
        return f"FOUND {sorted(self.found | self.odd_values)[:8]} ({searched})"


def blob(*lengths: int) -> Callable[[object], bool]:
    """A column of bytes of these lengths."""
    return lambda value: isinstance(value, bytes) and len(value) in lengths


def text(pattern: str) -> Callable[[object], bool]:
    """A column of texts of this form."""
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def number(value: object) -> bool:
    """A column of numbers."""
    return isinstance(value, int)


def padded(value: object) -> bool:
    """A column of sealed bytes: nonce (12), padded plaintext (a multiple of 512), tag (16)."""
    return isinstance(value, bytes) and (len(value) - 28) % 512 == 0


def entries(value: object) -> bool:
    """A column of status entries of four and four bytes."""
    return isinstance(value, bytes) and len(value) % 8 == 0


COLUMNS: dict[str, dict[str, Callable[[object], bool]]] = {
    "offers": {
        "lookup": blob(32),
        "row": blob(16),
        "epoch": text(r"\d{4}-\d\d-\d\d"),
        "title": text(r"pid"),
        "sealed": padded,
        "tx_code_mac": blob(0, 32),
        "expires": number,
        "attempts": number,
    },
    "grants": {
        "lookup": blob(32),
        "row": blob(16),
        "epoch": text(r"\d{4}-\d\d-\d\d"),
        "title": text(r"pid"),
        "sealed": padded,
        "expires": number,
    },
    "nonces": {"digest": blob(32), "expires": number},
    "lists": {
        "list_id": number,
        "size": number,
        "next": number,
        "expires": number,
        "known": lambda value: value is None or number(value),
    },
    "invalid_entries": {"list_id": number, "counter": number},
    "suspended_entries": {"list_id": number, "counter": number},
    "decoys": {"list_id": number, "counter": number},
    "marks": {"generation": number, "ticks": number},
    "issuances": {
        "handle": blob(16),
        "issued_under": lambda value: value is None or blob(32)(value),
        "partition": text(r"\d{4}"),
        "configuration": text(r"pid_[a-z0-9_]+"),
        "pseudonym": lambda value: value is None or blob(32)(value),
        "entries": entries,
        "expires": number,
        "began": number,
        "state": number,
        "accepted": number,
    },
    "revocations": {"number": number, "pseudonym": blob(32), "expires": number},
    "sqlite_sequence": {"name": text("lists|revocations"), "seq": number},
}


def files_of(world: World) -> Iterator[Path]:
    """Every file a thief of the issuer could take, and the wallets' too."""
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


def scan_world(world: World, texts: Iterable[str]) -> Report:
    """Searches all that is stored, while the service runs, and a backup made now."""
    backup(world)
    wanted = needles.patterns(texts)
    found, odd, places, size = set(), set(), 0, 0
    for path in files_of(world):
        data = path.read_bytes()
        places, size = places + 1, size + len(data)
        where = path.relative_to(world.folder)
        found |= {f"{where}: {name}" for name in needles.search(data, wanted)}
    for table, column, row, value in rows_of(world.issuer_data / "issuer.sqlite"):
        places += 1
        data = value if isinstance(value, bytes) else str(value).encode()
        found |= {f"{table}.{column}, row {row}: {name}" for name in needles.search(data, wanted)}
        if not COLUMNS.get(table, {}).get(column, lambda _: False)(value):
            odd.add(f"{table}.{column} holds what it may not")
    return Report(places, size, len(wanted), frozenset(found), frozenset(odd))


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


def positive_control(world: World) -> tuple[int, set[str]]:
    """Plants a canary in every place and dress, each alone, and returns how many, and those that a scan misses."""
    own = canary("positive control")
    contents = {
        f"{spelled}, {coded}, {wrapped}": wrap(b"before " + plant(spell(own).encode()) + b" after")
        for spelled, spell in needles.TEXTS.items()
        for coded, plant in needles.PLANTS.items()
        for wrapped, wrap in needles.WRAPPINGS.items()
    }
    with tempfile.TemporaryDirectory(prefix="didkit-control-") as folder:
        copy = World(Path(folder))
        for name in ("issuer", "logs", "tmp"):
            shutil.copytree(world.folder / name, copy.folder / name)
        with closing(sqlite3.connect(copy.issuer_data / "issuer.sqlite")) as connection:
            places = plant_all(copy, list(contents.values()), connection)
            found = scan_world(copy, [own]).found
    hit = {one.partition(": ")[0] for one in found}
    names = list(contents)
    missed = {f"{place}: {names[at]}" for at, row in enumerate(places) for place in row if place not in hit}
    return sum(map(len, places)), missed


def plant_all(copy: World, contents: list[bytes], connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    """Puts each content in every place, alone; the connection stays open, so that its rows are in the log only."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE planted (place INTEGER PRIMARY KEY, value BLOB)")
    connection.executemany("INSERT INTO planted VALUES (?, ?)", enumerate(contents))
    connection.commit()
    places = []
    for at, content in enumerate(contents):
        files = [f"issuer/data/planted-{at}", f"logs/planted-{at}", f"tmp/planted-{at}"]
        for name in files:
            (copy.folder / name).write_bytes(content)
        places.append((*files, f"backup/files/planted-{at}", f"planted.value, row {at}"))
    return places


def play(world: World, proxy: Proxy, console: Console) -> tuple[str, str]:
    """The demo's journey, and two offers that stay open: one untouched, one redeemed for a token that is not used.

    Returns what a bystander may have seen: the untouched offer's link, and the token.
    """
    journey = Journey(world, proxy)
    for title, step in journey.steps():
        outcome = step()
        console.print(f"{'ok' if outcome.as_expected else 'NOT EXPECTED'}  {title}: {outcome.seen}", highlight=False)
        if not outcome.as_expected:
            raise SystemExit(1)
    rows = world.citizens_of_register()
    untouched, redeemed = (world.offer(world.ticket(row["document_number"])).json() for row in rows[-2:])
    return untouched["offer"], redeem(world, redeemed["offer"], redeemed["tx_code"])


def redeem(world: World, offer: str, tx_code: str) -> str:
    """Redeems an offer and stops: the grant stays, sealed under a token that only we have."""
    form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code_in(offer), "tx_code": tx_code}
    body = urllib.parse.urlencode(form).encode()
    status, answer = post(f"{world.issuer.address}/token", body, "application/x-www-form-urlencoded")
    if status != HTTPStatus.OK:
        raise RuntimeError(f"the token endpoint answered {status}")
    return str(answer["access_token"])


def code_in(offer: str) -> str:
    """The pre-authorized code in an offer's link, as whoever sees its QR code can read it."""
    content = json.loads(dict(urllib.parse.parse_qsl(offer.partition("?")[2]))["credential_offer"])
    return str(content["grants"][PRE_AUTHORIZED]["pre-authorized_code"])


def thief(world: World, link: str, token: str, texts: Iterable[str]) -> tuple[str, ...]:
    """What opens to a thief who has the database, an offer's QR code and even a token, but not the epoch keys.

    The thief knows how rows are found and sealed, and tries every row with every secret and guessed epoch keys.
    Then the thief is given the epoch keys too: what opens is evidence for the register's own door, no attribute.
    """
    secrets = {sealing.HOP_CODE: base64url.decode(code_in(link)), sealing.HOP_TOKEN: base64url.decode(token)}
    stores = {sealing.HOP_CODE: "offers", sealing.HOP_TOKEN: "grants"}
    epochs = EpochKeys(world.issuer_data / "epochs")
    broken, wanted = [], needles.patterns(texts)
    for hop, secret in secrets.items():
        row = row_of(world, stores[hop], sealing.lookup_id(secret))
        guesses = (bytes(32), secret[:32], sealing.lookup_id(secret))
        if any(opened(row, secret, hop, key) is not None for key in guesses):
            broken.append(f"{stores[hop]} opened without the epoch key")
        evidence = opened(row, secret, hop, epochs.get(row["epoch"]))
        if evidence is None or needles.search(evidence, wanted):
            broken.append(f"{stores[hop]}: the sealed evidence is not what it should be")
    return tuple(broken)


def row_of(world: World, table: str, lookup: bytes) -> sqlite3.Row:
    """A row of the stolen database."""
    with closing(sqlite3.connect(world.issuer_data / "issuer.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        row: sqlite3.Row = connection.execute(f"SELECT * FROM {table} WHERE lookup = ?", (lookup,)).fetchone()  # noqa: S608 - our own name
        return row


def opened(row: sqlite3.Row, secret: bytes, hop: str, epoch_key: bytes) -> bytes | None:
    """What a sealed row opens to with this epoch key; None if it does not."""
    try:
        return sealing.open_grant(
            secret,
            epoch_key=epoch_key,
            hop=hop,
            row=row["row"],
            title=row["title"],
            holder="",
            expires=row["expires"],
            sealed=row["sealed"],
        )
    except VerificationError:
        return None


def main() -> int:
    """Plays, scans, and runs the positive control; 0 only if nothing is found and every planted canary is."""
    console = Console(stderr=True, width=160)
    with tempfile.TemporaryDirectory(prefix="didkit-scan-") as folder, Proxy() as proxy:
        citizens = Path(folder) / "citizens.json"
        citizens.write_bytes(citizens_file())
        with World(Path(folder) / "world", citizens=citizens) as world:
            link, token = play(world, proxy, console)
            texts = texts_of(citizens.read_bytes())
            report = scan_world(world, texts)
            broken = thief(world, link, token, texts)
            planted, missed = positive_control(world)
    console.print(report.sentence, highlight=False)
    console.print(f"positive control: {planted - len(missed)} of {planted} planted canaries found", highlight=False)
    console.print(
        f"the database with an offer's QR code and a token in hand: {broken or 'nothing opens'}", highlight=False
    )
    result = {"clean": report.clean, "places": report.places, "patterns": report.patterns, "planted": planted}
    print(
        json.dumps(
            result | {"missed": sorted(missed)[:20], "found": sorted({*report.found, *report.odd_values, *broken})[:20]}
        )
    )
    return 0 if report.clean and not missed and not broken else 1


if __name__ == "__main__":
    sys.exit(main())
