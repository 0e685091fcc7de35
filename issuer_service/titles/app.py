"""The composition root: the only file that names adapters.

`create_app` takes its ports and gives an application; `open_from_data_folder` finds the adapters for it.
"""

import re
import time
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
from didkit_fr.primitives.random import Random, system
from didkit_fr.protocols.oauth.metadata import AUTHORIZATION_SERVER
from didkit_fr.protocols.openid4vci.metadata import CREDENTIAL_ISSUER
from didkit_fr.status.bitstring import PURPOSES
from didkit_fr.trust.anchors import Anchors
from issuer_service.grants.epochs import EpochKeys
from issuer_service.keys.keyring import Keyring
from issuer_service.revocations.replaying import catch_up
from issuer_service.revocations.revocation_log import RevocationLog
from issuer_service.shell import mark, private_files, watch
from issuer_service.shell.events import Clock, Events
from issuer_service.shell.listening import harden
from issuer_service.shell.mark import Restored
from issuer_service.shell.permutation import Permutations
from issuer_service.shell.watch import Steady, Watch
from issuer_service.storage import sqlite_backup
from issuer_service.storage.port import Storage
from issuer_service.storage.sqlite import SqliteStorage, open_sqlite
from issuer_service.titles import catalogue, generation, identities, in_use, state
from issuer_service.titles.config import Config
from issuer_service.titles.identities import CHAINS
from issuer_service.titles.issuance import Desk, Issuer
from issuer_service.titles.revoking import Registry
from issuer_service.titles.root_guard import check_root_absent
from issuer_service.titles.routes import pages
from issuer_service.titles.routes.context import CONTEXT, Context
from issuer_service.titles.routes.credential import credential
from issuer_service.titles.routes.did import did
from issuer_service.titles.routes.metadata import issuer_metadata, server_metadata
from issuer_service.titles.routes.nonce import nonce
from issuer_service.titles.routes.notification import notification
from issuer_service.titles.routes.offer import offer
from issuer_service.titles.routes.refusal import refusals
from issuer_service.titles.routes.status import bitstring, signer_revocations, status, statuses
from issuer_service.titles.routes.token import token
from issuer_service.titles.sources.port import Source
from issuer_service.titles.sources.register import RegisterSource
from issuer_service.titles.status_lists import StatusLists
from issuer_service.titles.upkeep import upkeep

__all__ = [
    "MAX_BODY",
    "anew",
    "create_app",
    "make_storage",
    "open_desk",
    "open_from_data_folder",
    "open_registry",
    "open_source",
    "open_storage",
    "read_chains",
    "restore",
]

MAX_BODY = 262_144

_PEM_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")


def create_app(
    config: Config,
    *,
    storage: Storage,
    source: Source,
    keyring: Keyring,
    chains: Mapping[str, Sequence[Certificate]],
    clock: Clock,
    events: Events,
    steady: Steady = time.monotonic,
    random: Random = system,
) -> web.Application:
    """Builds the application over its ports; it closes none of them.

    `clock` says what time it is, `steady` how many seconds passed: see `issuer_service.shell.clock`.

    Raises:
        ParseError: `settings_invalid`, `title_unknown`, `key_unsupported`.
    """
    desk = _desk(config, storage, source, random)
    known = identities.build(config.settings, keyring, chains)
    issuer = Issuer(desk, keyring, known, Permutations(keyring.permutation))
    app = web.Application(client_max_size=MAX_BODY, middlewares=[refusals])
    app[CONTEXT] = Context(issuer, StatusLists(issuer), events, clock, config.place("signer_revocations"))
    _add_routes(app, config.path)
    _add_pages(app, config)
    app.on_response_prepare.append(harden)
    app.cleanup_ctx.append(upkeep(config, Watch(config.state / state.CLOCK, steady, random)))
    return app


async def open_from_data_folder(
    config: Config, keyring: Keyring, *, clock: Clock, events: Events, random: Random = system
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
    anchors = Anchors.parse(private_files.read(config.place("anchors"), max_bytes=MAX_BODY))
    signers = [signer.public_key for name in CHAINS for signer in keyring.signers(name)]
    for root in [anchor.certificate for anchor in anchors.anchors if anchor.certificate is not None]:
        check_root_absent(config, x509.public_key(root), *signers)
    chains = read_chains(config)
    source = open_source(config)
    storage = await open_storage(config, random, say=lambda count: events.emit("revocations_replayed", count=count))
    try:
        app = create_app(
            config,
            storage=storage,
            source=source,
            keyring=keyring,
            chains=chains,
            clock=clock,
            events=events,
            random=random,
        )
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
        log = RevocationLog(config.place("revocations"))
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
    return Registry(storage, RevocationLog(config.place("revocations")), config.place("mark"), measured), close


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
            log = RevocationLog(config.place("revocations"))
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
    """Puts an empty database where there is none, in the form of a backup: `restore` makes it fit to serve.

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
        error.add_note(f"copy it from a backup to {place}, then: {backed_up}; only if there is no backup: {new}")
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
            error.add_note(f"put the secret that the register gave this service into {place}")
        raise
    if not secret or not secret.isascii() or not secret.decode("ascii").isprintable():
        raise ParseError("settings_invalid", "the register's secret is not one line of text")
    return RegisterSource(config.settings.register_url, secret.decode("ascii"))


async def open_desk(
    config: Config, random: Random = system, *, say: Callable[[int], None] = lambda _: None
) -> tuple[Desk, Callable[[], Any]]:
    """Opens what making an offer needs, and no key; the second value closes it.

    Raises:
        DidkitError: as `open_source` and `open_storage`.
    """
    source = open_source(config)
    storage = await open_storage(config, random, say=say)

    async def close() -> None:
        await source.close()
        await storage.close()

    return _desk(config, storage, source, random), close


def read_chains(config: Config) -> Mapping[str, Sequence[Certificate]]:
    """Reads the certificates of each document signer and its successor, leaf first and without the root.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `settings_invalid`, `x509_malformed`.
    """
    chains = {}
    for name, place in CHAINS.items():
        chain = tuple(map(x509.parse_pem, _PEM_BLOCK.findall(private_files.read(config.place(place)))))
        if not chain:
            raise ParseError("settings_invalid", f"no certificate in {place}")
        chains[name] = chain
    return MappingProxyType(chains)


def _desk(config: Config, storage: Storage, source: Source, random: Random) -> Desk:
    epochs = EpochKeys(config.place("epochs"), random)
    return Desk(config.settings, catalogue.build(config.settings), storage, source, epochs, random)


def _add_routes(app: web.Application, path: str) -> None:
    """Well-known addresses stand between host and path (OpenID4VCI section 12.2.2, RFC 8414 section 3.1)."""
    add = app.router.add_route
    add("GET", f"/.well-known/{CREDENTIAL_ISSUER}{path}", issuer_metadata, name="issuer_metadata")
    add("GET", f"/.well-known/{AUTHORIZATION_SERVER}{path}", server_metadata, name="server_metadata")
    add("POST", f"{path}/token", token, name="token")
    add("POST", f"{path}/nonce", nonce, name="nonce")
    add("POST", f"{path}/credential", credential, name="credential")
    add("POST", f"{path}/notification", notification, name="notification")
    add("GET", f"{path}/offers/{{reference:[A-Za-z0-9_-]{{43}}}}", offer, name="offer")
    add("GET", f"{path or '/.well-known'}/did.json", did, name="did")
    add("GET", f"{path}/signers.crl", signer_revocations, name="signer_revocations")
    add("GET", f"{path}/status", statuses, name="statuses")
    one_list, purposes = f"{path}/status/{{list_id:[1-9][0-9]{{0,8}}}}", "|".join(PURPOSES)
    add("GET", one_list, status, name="status")
    add("GET", f"{one_list}/{{purpose:{purposes}}}", bitstring, name="bitstring")


def _add_pages(app: web.Application, config: Config) -> None:
    """The pages for people, as far as the settings have them: without them there is no such address."""
    add, path = app.router.add_route, config.path
    if config.settings.pages:
        add("GET", path or "/", pages.start, name="start")
        add("GET", f"{path}/titles", pages.titles, name="titles")
        add("GET", f"{path}/style.css", pages.style, name="style")
    if config.settings.offer_pages:
        one_page = "/offers/{reference:[A-Za-z0-9_-]{43}}/page/{token:[A-Za-z0-9_-]{43}}"
        add("GET", path + one_page, pages.offered, name="offer_page")
