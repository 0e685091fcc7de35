"""What a thief of the stores could do with a dictionary, and what two citizens' rows tell apart.

Unkeyed hashes of every value of the register are looked for in all that is stored. Then the same journey is played by
two citizens, with one clock and the same draws: every stored byte that is not sealed and not a blind index is the same.
"""

import hashlib
import itertools
import shutil
import sqlite3

import pytest

from didkit_fr.keys import software
from issuer_service import app as root
from issuer_service import keyring
from issuer_service.events import Events
from issuer_service.issuance import authenticate, issue, redeem
from issuer_service.revoking import revoke
from tests.issuer_service.test_issuance import asked, token_request
from tests.issuer_service.world import (
    ATTRIBUTES,
    NOW,
    NUMBER,
    PASSPHRASES,
    Clock,
    FixedRegister,
    World,
    code_of,
    found_in,
    scenario,
    visited,
)

HASHES = ("md5", "sha1", "sha256", "sha512", "sha384", "sha3_256", "blake2b")
SEPARATORS = ("", "|", ":", ";", ",", " ", "-", "_", "/", "\n", "\0")

SEALED = {("offers", "sealed"), ("grants", "sealed"), ("offers", "tx_code_mac")}
BLIND = {("issuances", "pseudonym"), ("revocations", "pseudonym")}

OTHER = {
    **ATTRIBUTES,
    "family_name": "Serin-Nom-Plus-Long",
    "given_name": "Serin",
    "birth_date": "1951-01-02",
    "birth_locality": "Serin-Bourg",
    "nationality": ["FR"],
    "document_number": "SERINNUM2",
}


def values_of(attributes) -> set[str]:
    flat = itertools.chain.from_iterable(v if isinstance(v, list) else [v] for v in attributes.values())
    texts = {str(value) for value in flat}
    return texts | {text.lower() for text in texts} | {text.upper() for text in texts}


def hashes_of(values: set[str]):
    """Of each value, and of each two of them with the usual separators: as bytes and as text."""
    pairs = (a + s + b for a, b in itertools.permutations(sorted(values), 2) for s in SEPARATORS)
    for text in itertools.chain(values, pairs):
        for name in HASHES:
            digest = hashlib.new(name, text.encode()).digest()
            yield digest[:16]
            yield digest.hex()[:32].encode()


def stored(folder) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def windows(data: bytes, size: int) -> set[bytes]:
    return {data[at : at + size] for at in range(len(data) - size + 1)}


def found_hashes(data: bytes, values: set[str]) -> list[bytes]:
    short, long = windows(data, 16), windows(data, 32)
    return [digest for digest in hashes_of(values) if digest in short or digest in long]


@pytest.mark.guarantee("G1")
@scenario
async def test_no_unkeyed_hash_of_any_value_is_stored(tmp_path) -> None:
    values = values_of(ATTRIBUTES)
    async with visited(tmp_path, status_open_lists=1) as visitor:
        world = visitor.world
        for ticket in ("a", "b"):
            assert (await visitor.credential(await visitor.token(ticket))).status == 200
        await world.offer("c")
        await revoke(world.registry, world.keys, title="pid", document_number=NUMBER, now=NOW)
        data = stored(world.config.folder) + world.log.getvalue().encode()
        assert len(data) > 10_000
        assert found_hashes(data, values) == []
        planted = data + hashlib.sha256(f"{NUMBER}|{ATTRIBUTES['birth_date']}".encode()).digest()
        assert len(found_hashes(planted, values)) == 1


class Draws:
    """Randomness that is the same each time."""

    def __init__(self) -> None:
        self.drawn = 0

    def __call__(self, length: int) -> bytes:
        self.drawn += 1
        return hashlib.shake_256(b"%d" % self.drawn).digest(length)


async def journey(config, attributes) -> dict[str, list[tuple[object, ...]]]:
    """Two offers, one redeemed, a batch, a retry, a revocation; and every row that is left."""
    clock, draws = Clock(), Draws()
    register = FixedRegister(clock, number=attributes["document_number"], attributes_held=dict(attributes))
    keys = keyring.load(config.place("keyring"), PASSPHRASES.keyring)
    storage = await root.open_storage(config, draws)
    try:
        from io import StringIO

        log = StringIO()
        app = root.create_app(
            config,
            storage=storage,
            source=register,
            keyring=keys,
            chains=root.read_chains(config),
            clock=clock,
            events=Events(log, clock, draws),
            random=draws,
        )
        world = World(config, config.folder, keys, storage, register, clock, log, app)
        await world.offer("left")
        made = await world.offer("ticket", by_reference=False)
        answer = await redeem(world.desk, token_request(code_of(made), made.tx_code), now=NOW)
        for _ in range(2):
            authority = await authenticate(world.issuer, answer.access_token, now=NOW)
            # A proof's nonce is used once; its draw is the issuer's, its signature is not stored.
            await issue(world.issuer, authority, asked(world, [software.generate() for _ in range(3)]), now=NOW)
        number = attributes["document_number"]
        assert await revoke(world.registry, keys, title="pid", document_number=number, now=NOW) == 3
    finally:
        await storage.close()
    with sqlite3.connect(config.place("database")) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: sorted(rows_of(database, name)) for name in names}
    database.close()
    return rows


def rows_of(database, table: str):
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    for row in database.execute(f"SELECT * FROM {table}"):  # noqa: S608 - names of the schema
        yield tuple(
            len(value) if (table, name) in SEALED else value is None if (table, name) in BLIND else repr(value)
            for name, value in zip(columns, row, strict=True)
        )


@pytest.mark.guarantee("G1")
@scenario
async def test_the_same_journey_of_two_citizens_leaves_the_same_bytes(tmp_path) -> None:
    config = await found_in(tmp_path)
    shutil.copytree(config.folder, tmp_path / "pristine")
    left = await journey(config, ATTRIBUTES)
    shutil.rmtree(config.folder)
    shutil.copytree(tmp_path / "pristine", config.folder)
    right = await journey(config, OTHER)
    assert left == right
    assert sum(map(len, left.values())) > 10
