"""The positive control of the scan: what is planted on purpose is found, all of it, so that silence means something."""

import shutil
import sqlite3
import tempfile
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from tests.end_to_end import digests, needles
from tests.end_to_end.canaries import canary
from tests.end_to_end.stored import scan_world
from tests.end_to_end.world import World

__all__ = ["CODED", "SAMPLES", "positive_control"]

SAMPLES: Mapping[str, bytes] = {
    "a country": b"FR",
    "a date": b"1951-03-14",
    "a number": b"171",
    "a truth": b"true",
    "JSON of a text": b'"Rue des Lilas"',
    "CBOR of a text": b"\x6bRue des Lilas"[:12],
    "a name and its value": b"birth_date=1951-03-14",
    "two values": b"29QZW7XJ31|1951-03-14",
    "a record": b'{"sex":1,"nationality":["FR"]}',
}
"""What is hashed for the positive control, one of each kind."""

CODED: Mapping[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "raw, cut to 16 bytes": lambda digest: digest[:16],
    "hex": lambda digest: digest.hex().encode(),
    "upper-case hex": lambda digest: digest.hex().upper().encode(),
    "hex, cut to 16 bytes": lambda digest: digest.hex()[:32].encode(),
    "hex, after a letter of its own": lambda digest: b"a" + digest.hex().encode(),
    **{f"base64, after {n} bytes": lambda digest, n=n: b64encode(b"abc"[:n] + digest) for n in range(3)},  # type: ignore[misc]
    "base64url": lambda digest: urlsafe_b64encode(digest).rstrip(b"="),
}
"""How a digest comes to stand in a file."""


def canaries_to_plant(own: str) -> dict[str, bytes]:
    """A canary in every spelling, coding and compression."""
    return {
        f"{spelled}, {coded}, {wrapped}": wrap(b"before " + plant(spell(own).encode()) + b" after")
        for spelled, spell in needles.TEXTS.items()
        for coded, plant in needles.PLANTS.items()
        for wrapped, wrap in needles.WRAPPINGS.items()
    }


def digests_to_plant() -> dict[str, bytes]:
    """Every hash of each sample in every coding and compression."""
    return {
        f"{name} of {what}, {coded}, {wrapped}": wrap(b"before\0" + code(make(sample)) + b"\0after")
        for what, sample in SAMPLES.items()
        for name, make in digests.HASHES.items()
        for coded, code in CODED.items()
        for wrapped, wrap in needles.WRAPPINGS.items()
    }


def positive_control(world: World) -> tuple[int, set[str]]:
    """Plants canaries in every place and dress, and hashes in every dress, each alone; how many, and what is missed."""
    own = canary("positive control")
    with tempfile.TemporaryDirectory(prefix="didkit-control-") as folder:
        copy = World(Path(folder))
        for name in ("issuer", "logs", "tmp"):
            shutil.copytree(world.folder / name, copy.folder / name)
        with closing(sqlite3.connect(copy.issuer_data / "issuer.sqlite")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE planted (place INTEGER PRIMARY KEY, value BLOB)")
            planted = plant_everywhere(copy, canaries_to_plant(own), connection)
            planted |= plant_in_turn(copy, digests_to_plant(), connection)
            # The connection stays open, so that its rows are in the write-ahead log only.
            connection.commit()
            hashes = digests.of_messages({sample: what for what, sample in SAMPLES.items()})
            found = scan_world(copy, [own], hashes).found
    hit = {one.partition(": ")[0] for one in found}
    return len(planted), {f"{place}: {what}" for place, what in planted.items() if place not in hit}


PLACES = ("issuer/data", "logs", "tmp")


def plant_everywhere(copy: World, contents: Mapping[str, bytes], connection: sqlite3.Connection) -> dict[str, str]:
    """Puts each content in every place, alone; what stands where."""
    planted = {}
    for at, (what, content) in enumerate(contents.items()):
        planted |= {_write(copy, place, content, at): what for place in PLACES}
        planted |= {f"backup/files/planted-{at}": what, _insert(connection, content): what}
    return planted


def plant_in_turn(copy: World, contents: Mapping[str, bytes], connection: sqlite3.Connection) -> dict[str, str]:
    """Puts each content in one place, alone, the places in turn; what stands where."""
    planted = {}
    for at, (what, content) in enumerate(contents.items()):
        turn = at % (len(PLACES) + 1)
        place = _insert(connection, content) if turn == len(PLACES) else _write(copy, PLACES[turn], content, f"d{at}")
        planted[place] = what
    return planted


def _write(copy: World, place: str, content: bytes, at: object) -> str:
    name = f"{place}/planted-{at}"
    (copy.folder / name).write_bytes(content)
    return name


def _insert(connection: sqlite3.Connection, content: bytes) -> str:
    row = connection.execute("INSERT INTO planted (value) VALUES (?)", (content,)).lastrowid
    return f"planted.value, row {(row or 0) - 1}"
