"""Issuers in a scratch folder, as attacks on the database and the revocation log find and leave them."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from didkit_fr.errors import DidkitError
from didkit_fr.keys import software
from issuer_service.keys.port import Keys
from issuer_service.titles import app
from issuer_service.titles.config import Config
from issuer_service.titles.issuance import authenticate, issue
from issuer_service.titles.revoking import blind_index
from tests.issuer_service.titles.issuing import asked, token_of
from tests.issuer_service.world import NOW, NUMBER, opened

YEAR = str(datetime.fromtimestamp(NOW, UTC).year)


async def copy_of(world) -> None:
    """One copy of the only citizen's title."""
    known = await authenticate(world.issuer, await token_of(world), now=NOW)
    await issue(world.issuer, known, asked(world, [software.generate()]), now=NOW)


def struck(config: Config) -> tuple[int, int]:
    """How many entries are revoked and how many suspended, in the database as it lies there."""
    with closing(sqlite3.connect(config.place("database"))) as database:
        ((invalid,),) = database.execute("SELECT count(*) FROM invalid_entries").fetchall()
        ((suspended,),) = database.execute("SELECT count(*) FROM suspended_entries").fetchall()
    return invalid, suspended


async def seen(config: Config) -> list[int]:
    """Opens the folder as every command does; what was said of acts that were done again."""
    said: list[int] = []
    await (await app.open_storage(config, say=said.append)).close()
    return said


def refusal(config: Config) -> DidkitError:
    with pytest.raises(DidkitError) as error:
        asyncio.run(seen(config))
    return error.value


async def in_use(folder: Path) -> tuple[Config, bytes]:
    """An issuer of one copy that is in force, and the blind index of its document."""
    async with opened(folder, status_decoys=0) as world:
        await copy_of(world)
        return world.config, blind_index(world.keys, YEAR, "pid", NUMBER)


def kept(config: Config) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in config.folder.glob("issuer.sqlite*")}


def put_back(config: Config, files: dict[str, bytes]) -> None:
    for path in config.folder.glob("issuer.sqlite*"):
        path.unlink()
    for name, content in files.items():
        (config.folder / name).write_bytes(content)


def keys_of(config: Config) -> Keys:
    return app.key_store(config, b"of the keyring").open()
