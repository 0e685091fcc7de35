"""The composition root: the only file of the application that names adapters."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from aiohttp import web

from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError
from didkit_fr.keys import x509
from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.passphrase import INTERACTIVE, Cost
from didkit_fr.primitives.random import Random, system
from didkit_fr.trust.anchors import Anchors
from issuer_service.grants.epochs import EpochKeys, FolderEpochs
from issuer_service.grants.port import Epochs
from issuer_service.keys.port import Keys, KeyStore
from issuer_service.keys.software import KeyringFile
from issuer_service.revocations.port import Log
from issuer_service.revocations.replaying import catch_up
from issuer_service.revocations.revocation_log import RevocationLog
from issuer_service.shell import mark, private_files, watch
from issuer_service.shell.events import Clock, Events
from issuer_service.shell.mark import Restored
from issuer_service.shell.notes import spoken
from issuer_service.storage import sqlite_backup
from issuer_service.storage.sqlite import SqliteStorage, open_sqlite
from issuer_service.titles import generation, in_use, state
from issuer_service.titles.application import Ports, build_offer_ports, create_app
from issuer_service.titles.codes import HINTS
from issuer_service.titles.config import Config
from issuer_service.titles.identities import CHAINS
from issuer_service.titles.issuance import OfferPorts
from issuer_service.titles.revoking import Registry
from issuer_service.titles.root_guard import check_root_absent
from issuer_service.titles.sources.register import RegisterSource

__all__ = [
    "MAX_FILE",
    "anew",
    "copy_database",
    "key_store",
    "make_storage",
    "open_epochs",
    "open_from_data_folder",
    "open_log",
    "open_offer_ports",
    "open_registry",
    "open_source",
    "open_storage",
    "read_chains",
    "restore",
]

MAX_FILE = 262_144

_PEM_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")


async def open_from_data_folder(
    config: Config, keys: Keys, *, clock: Clock, events: Events, random: Random = system
) -> web.Application:
    """Opens what the settings name, once it is certain that the root's private key is out of reach.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        ParseError: `settings_invalid`, and what a file in the folder may be malformed with.
        VerificationError: `root_key_exposed`, `folder_unexpected`, and as `open_storage`.
    """
    # First: a folder of before has its mark where nothing but the service's own may lie.
    state.check(config)
    _check_database(config)
    anchors = Anchors.parse(private_files.read(config.place("anchors"), max_bytes=MAX_FILE))
    signers = [signer.public_key for purpose in keys.purposes() for signer in keys.signers(purpose)]
    for root in [anchor.certificate for anchor in anchors.anchors if anchor.certificate is not None]:
        check_root_absent(config, x509.public_key(root), *signers)
    chains = read_chains(config)
    source = open_source(config)
    storage = await open_storage(config, random, say=lambda count: events.emit("revocations_replayed", count=count))
    try:
        ports = Ports(storage, open_log(config), source, open_epochs(config, random), keys)
        app = create_app(config, ports, chains=chains, clock=clock, events=events, random=random)
    except DidkitError:
        await storage.close()
        raise

    async def close(_: web.Application) -> None:
        await source.close()
        await storage.close()

    app.on_cleanup.append(close)
    return app


async def open_storage(
    config: Config, random: Random = system, *, say: Callable[[int], None] = lambda _: None
) -> SqliteStorage:
    """Opens the database of a data folder, unless it is an older one, and brings it up to the revocation log.

    `say` is told how many lines the log had and the database had not, where there were any.

    Raises:
        FetchError: `storage_...`, `file_unavailable`.
        VerificationError: `storage_newer`, `storage_rewound`, `state_misplaced`, `revocations_missing`.
    """
    state.check(config)
    with ExitStack() as using:
        using.enter_context(in_use.together(config))
        _check_database(config)
        storage = await _open_sqlite(config, config.place("database"), random)
        storage.when_closed.push(using.pop_all())
    try:
        log = open_log(config)
        await generation.check_not_rewound(storage, config.place("mark"), log)
        replayed = await catch_up(storage, log)
    except DidkitError as error:
        await storage.close()
        state.advise(error, config)
        raise
    if replayed:
        say(replayed)
    return storage


async def open_registry(
    config: Config, random: Random = system, *, say: Callable[[int], None] = lambda _: None
) -> tuple[Registry, Callable[[], Any]]:
    """Opens what revoking needs; the second value closes it, and moves the mark on.

    Without the mark, a copy of the data folder from before the act could be put back unnoticed, and the act undone.

    Raises:
        DidkitError: as `open_storage`.
    """
    storage = await open_storage(config, random, say=say)

    async def close() -> None:
        try:
            await generation.tick(storage, config.place("mark"), random=random)
        finally:
            await storage.close()

    known = watch.read(config.state / state.CLOCK)
    measured = None if known is None else known.measured
    return Registry(storage, open_log(config), config.place("mark"), measured), close


async def restore(
    config: Config, *, now: int, say: Callable[[], None] = lambda: None, random: Random = system
) -> Restored:
    """Opens a new generation of a database that was put back from a backup, while nobody else uses it.

    `say` is called just before anything changes.

    Raises:
        FetchError: `folders_in_use` while another process uses the folders.
        ParseError: `storage_malformed`.
        DidkitError: as `generation.restore`.
    """
    state.check(config)
    with in_use.alone(config):
        _check_database_is_there(config)
        sqlite_backup.prepare(config.place("database"))
        storage = await _open_sqlite(config, config.place("database"), random)
        try:
            log = open_log(config)
            restored = await generation.restore(storage, config.place("mark"), log, now=now, say=say, random=random)
            # Into the file itself: by that it is known as no longer a backup.
            await storage.purge(now=None)
        finally:
            await storage.close()
    return restored


async def make_storage(config: Config, random: Random = system) -> None:
    """Makes the database of a new data folder, and its mark: nothing else makes either.

    Raises:
        FetchError: `storage_...`, `file_unavailable`.
    """
    with in_use.together(config):
        storage = await _open_sqlite(config, config.place("database"), random)
        try:
            mark.write(config.place("mark"), await storage.mark(), random=random)
        finally:
            await storage.close()


async def anew(config: Config, *, now: int, random: Random = system) -> None:
    """Puts an empty database where there is none, as a backup is: `restore` makes it fit to serve.

    Its generation is one that no store without a mark can have had, unless it was restored more than once a month on
    average: none of its status lists has the number of one before.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
        VerificationError: `file_exists` where there is a database, `state_misplaced`.
    """
    state.check(config)
    place = config.place("database")
    with in_use.alone(config), TemporaryDirectory() as folder:
        if place.exists() and place.stat().st_size:
            raise VerificationError("file_exists", place.name)
        draft = Path(folder) / "database"
        storage = await _open_sqlite(config, draft, random)
        try:
            await storage.open_generation(generation.of_month(now), keep_until=now, reached={})
        finally:
            await storage.close()
        place.unlink(missing_ok=True)
        sqlite_backup.copy(draft, place)


def _check_database(config: Config) -> None:
    """Refuses a database that is not there, and a backup that was not restored, before SQLite opens the file.

    Raises:
        FetchError: `file_unavailable`.
        VerificationError: `storage_rewound`.
    """
    _check_database_is_there(config)
    if sqlite_backup.is_backup(config.place("database")):
        raise VerificationError("storage_rewound", "a backup that was not restored")


def _check_database_is_there(config: Config) -> None:
    """Refuses to make a new database in the place of one that served before.

    Without this, a database that was lost would be made anew: the next copies would get the status entries of others,
    and after `restore` every copy that was ever issued would be revoked, since nobody knows of one any more.
    """
    place = config.place("database")
    if not place.is_file() or not place.stat().st_size:
        error = FetchError("file_unavailable", f"the database is {'empty' if place.exists() else 'gone'}: {place}")
        backed_up, new = state.restoring(config), state.beginning(config)
        error.add_note(spoken(HINTS["database_gone"], path=place, command=backed_up, anew=new))
        raise error


async def _open_sqlite(config: Config, place: Path, random: Random) -> SqliteStorage:
    settings = config.settings
    return await open_sqlite(
        place,
        random=random,
        open_lists=settings.status_open_lists,
        list_size=settings.status_list_size,
        decoys=settings.status_decoys,
    )


def open_source(config: Config) -> RegisterSource:
    """Opens the way to the register, with the service's own secret.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `settings_invalid`.
    """
    place = config.place("register_secret_file")
    try:
        secret = private_files.read(place).strip()
    except FetchError as error:
        if not place.exists():
            error.add_note(spoken(HINTS["register_secret_absent"], path=place))
        raise
    if not secret or not secret.isascii() or not secret.decode("ascii").isprintable():
        raise ParseError("settings_invalid", "the register's secret is not one line of text")
    return RegisterSource(config.settings.register_url, secret.decode("ascii"))


async def open_offer_ports(
    config: Config, random: Random = system, *, say: Callable[[int], None] = lambda _: None
) -> tuple[OfferPorts, Callable[[], Any]]:
    """Opens what making an offer needs, and no key; the second value closes it.

    Raises:
        DidkitError: as `open_source` and `open_storage`.
    """
    source = open_source(config)
    storage = await open_storage(config, random, say=say)

    async def close() -> None:
        await source.close()
        await storage.close()

    return build_offer_ports(config, storage, source, open_epochs(config, random), random), close


def read_chains(config: Config) -> Mapping[str, Sequence[Certificate]]:
    """Reads the certificates of the document signers and their successors, by file, leaf first and without the root.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `settings_invalid`, `x509_malformed`.
    """
    chains = {}
    for name, place in CHAINS.items():
        chain = tuple(
            map(x509.parse_pem, _PEM_BLOCK.findall(private_files.read(config.place(place), max_bytes=MAX_FILE)))
        )
        if not chain:
            raise ParseError("settings_invalid", f"no certificate in {place}")
        chains[name] = chain
    return MappingProxyType(chains)


def open_log(config: Config) -> Log:
    """The revocation log, in the folder that the settings name."""
    return RevocationLog(config.place("revocations"))


def open_epochs(config: Config, random: Random = system) -> Epochs:
    """The epoch keys, in the folder that the settings name."""
    return FolderEpochs(EpochKeys(config.place("epochs"), random))


def key_store(config: Config, passphrase: bytes, *, random: Random = system, cost: Cost = INTERACTIVE) -> KeyStore:
    """Where the keys are kept that the settings name, for who has the passphrase.

    `cost` is what one guess of the passphrase costs, once the store is written.
    """
    return KeyringFile(config.place("keyring"), passphrase, random, cost)


def copy_database(config: Config, to: Path) -> None:
    """Copies the database, also while it is used; `to` is the file to make.

    Raises:
        FetchError: `file_unavailable`, `storage_...`.
    """
    sqlite_backup.copy(config.place("database"), to)
