"""One journey through register, issuer, wallet and relying party, in one process, with one clock and the same draws.

Everybody's randomness and time is injected, so that two journeys differ only by whose they are. What is written down is
all that crosses a boundary and all that stays behind; `indistinguishable_rules` says what of it may differ.
"""

import asyncio
import hashlib
import io
import sqlite3
from collections.abc import Mapping
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from didkit_fr import Query, Verifier, flow
from didkit_fr.encoding import json
from didkit_fr.errors import FetchError
from didkit_fr.fetch import Fetcher
from didkit_fr.keys import software, x509
from didkit_fr.primitives.passphrase import Cost
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from didkit_fr.relying_party import MemoryTransactions
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.policy import Policy
from issuer_service.keys.port import Keys
from issuer_service.register import ticket
from issuer_service.register.app import Register
from issuer_service.register.app import create_app as create_register
from issuer_service.register.citizens import index, parse_citizen
from issuer_service.register.openings import Openings
from issuer_service.revocations.revocation_log import RevocationLog
from issuer_service.shell.events import Events
from issuer_service.titles import app as root
from issuer_service.titles.application import Ports, create_app
from issuer_service.titles.config import Config
from issuer_service.titles.issuance import create_offer
from issuer_service.titles.revoking import Registry, revoke
from issuer_service.titles.routes.context import CONTEXT
from issuer_service.titles.sources.register import RegisterSource
from tests.issuer_service.world import DAY, PASSPHRASES, Clock
from wallet_cli import collecting, history, vault
from wallet_cli.commands import present, receive
from wallet_cli.contents import Contents, new_id
from wallet_cli.output import Output
from wallet_cli.session import Session

__all__ = ["People", "Seen", "play"]

SECRET = "the secret that the service has at the register"
QUESTION = Query("urn:eudi:pid:fr:1", [["age_over_18"]])
BAR = "https://bar.example"
PASSPHRASE = b"correct horse battery"


class Draws:
    """Randomness that is the same each time, and another for each who draws."""

    def __init__(self, whose: str) -> None:
        self.whose, self.drawn = whose.encode(), 0

    def __call__(self, length: int) -> bytes:
        self.drawn += 1
        return hashlib.shake_256(self.whose + b"%d" % self.drawn).digest(length)


@dataclass(frozen=True)
class People:
    """Those who are the same in every journey: the officer, the access authority, the bar; and the folders."""

    config: Config
    folder: Path
    officer: software.SoftwareSigner
    access: tuple[software.SoftwareSigner, x509.Certificate]
    bar: tuple[software.SoftwareSigner, x509.Certificate]

    @classmethod
    def of(cls, config: Config, folder: Path, now: int) -> "People":
        """Makes them."""
        authority, bar = software.generate(), software.generate()
        access = x509.issue_root(authority, name="Access", country="FR", now=now - DAY, days=365)
        leaf = x509.issue_leaf(
            authority, access, bar.public_key, name="Bar", country="FR", now=now - DAY, days=90, purposes=()
        )
        return cls(config, folder, software.generate(), (authority, access), (bar, leaf))


@dataclass
class Seen:
    """What crossed each boundary, and what each kept; in the order in which it happened."""

    to_register: list[dict[str, Any]] = field(default_factory=list)
    from_wallet: list[dict[str, Any]] = field(default_factory=list)
    issuer_rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    register_rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    issuer_log: str = ""
    issuer_files: dict[str, int] = field(default_factory=dict)
    register_log: list[str] = field(default_factory=list)
    wallet_log: list[Any] = field(default_factory=list)
    wallet_files: list[str] = field(default_factory=list)
    said: list[Any] = field(default_factory=list)


async def play(people: People, record: Mapping[str, Any], *, register_port: int, patch: Any) -> Seen:
    """Two offers, one taken; an answer that is lost and asked for again; two presentations; a revocation.

    Args:
        people: who else takes part.
        record: the citizen, as in a citizens file.
        register_port: where the register listens, as the issuer's settings say.
        patch: pytest's monkeypatch, which gives the wallet's commands their draws.
    """
    seen, clock = Seen(), Clock()
    async with AsyncExitStack() as stack:
        await _open_register(stack, people, record, clock, seen, register_port)
        issuer = await _open_issuer(stack, people, clock)
        tickets = partial(_ticket, people.officer, str(record["document_number"]), clock, Draws("officer"))
        ports = issuer.app[CONTEXT].issuer.ports
        await create_offer(ports, tickets(), now=clock.now)
        made = await create_offer(ports, tickets(), now=clock.now)
        await asyncio.to_thread(_wallet, people, clock, seen, patch, made.link, made.tx_code)
        log, mark = RevocationLog(people.config.place("revocations")), people.config.place("mark")
        registry = Registry(issuer.storage, log, mark)
        number = str(record["document_number"])
        seen.said.append(await revoke(registry, issuer.keys, title="pid", document_number=number, now=clock.now))
        seen.issuer_log = issuer.log.getvalue()
    seen.issuer_rows = rows_of(people.config.place("database"))
    seen.issuer_files = _files(people.config)
    seen.register_rows = rows_of(people.folder / "register.sqlite")
    return seen


def _files(config: Config) -> dict[str, int]:
    """The files of the issuer's folders but for the database, whose rows are looked at: name and length."""
    files = [path for folder in (config.folder, config.state) for path in folder.rglob("*") if path.is_file()]
    database = config.place("database").name
    return {str(path): path.stat().st_size for path in files if database not in path.name}


def _ticket(officer: software.SoftwareSigner, number: str, clock: Clock, draws: Draws) -> str:
    return ticket.write(officer, document_number=number, title="pid", now=clock.now, random=draws)


async def _open_register(  # noqa: PLR0917 - what a register is made of
    stack: AsyncExitStack, people: People, record: Mapping[str, Any], clock: Clock, seen: Seen, port: int
) -> None:
    openings = Openings(people.folder / "register.sqlite")
    stack.callback(openings.close)
    register = Register(
        citizens=index([parse_citizen(dict(record))]),
        officer=people.officer.public_key,
        secret=hashlib.sha256(SECRET.encode()).digest(),
        openings=openings,
        clock=clock,
        write=seen.register_log.append,
        random=Draws("register"),
    )

    @web.middleware
    async def written_down(request: web.Request, handler: Any) -> web.StreamResponse:
        asked = {"path": request.path, "headers": dict(request.headers), "body": await request.read()}
        answer = await handler(request)
        seen.to_register.append(asked | {"status": answer.status, "answer": bytes(answer.body)})
        return answer

    app = create_register(register)
    app.middlewares.insert(0, written_down)
    server = TestServer(app, port=port, access_log=None)
    await server.start_server()
    stack.push_async_callback(server.close)


@dataclass
class _Opened:
    app: web.Application
    storage: Any
    keys: Keys
    log: io.StringIO


async def _open_issuer(stack: AsyncExitStack, people: People, clock: Clock) -> _Opened:
    config, draws = people.config, Draws("issuer")
    keys = root.key_store(config, PASSPHRASES.keyring).open()
    storage = await root.open_storage(config, draws)
    stack.push_async_callback(storage.close)
    source = await stack.enter_async_context(RegisterSource(config.settings.register_url, SECRET))
    log = io.StringIO()
    app = create_app(
        config,
        Ports(storage, root.open_log(config), source, root.open_epochs(config), keys),
        chains=root.read_chains(config),
        clock=clock,
        events=Events(log, clock, draws),
        random=draws,
    )
    server = TestServer(app, port=config.settings.port, access_log=None)
    await server.start_server()
    stack.push_async_callback(server.close)
    return _Opened(app, storage, keys, log)


def _wallet(  # noqa: PLR0917 - the citizen's whole afternoon
    people: People, clock: Clock, seen: Seen, patch: Any, link: str, tx_code: str | None
) -> None:
    """The commands themselves, in this thread, over real HTTP to the issuer."""
    draws, folder = Draws("wallet"), people.folder / "wallet"
    patch.setattr(collecting, "generate", partial(software.generate, random=draws))
    patch.setattr(receive, "new_id", partial(new_id, random=draws))
    issuers = Anchors.parse(people.config.place("anchors").read_bytes()).anchors
    access = Anchor("Access", people.access[1], frozenset({"request"}), frozenset())
    anchors = json.parse_object(Anchors((*issuers, access)).encode())
    vault.create(folder, Contents(anchors, insecure_loopback=True), lambda: PASSPHRASE, cost=_CHEAP)
    session = Session(Output("en", as_json=True), folder, None, clock=clock, cost=_CHEAP)
    with Fetcher(allow_insecure_loopback=True) as fetcher:
        bar = Verifier(
            people.bar[0],
            [people.bar[1]],
            Policy(Anchors(issuers)),
            MemoryTransactions(),
            fetcher=fetcher,
            random=Draws("bar"),
        )
        line = _Line(seen, fetcher, bar, clock)
        with vault.open_vault(folder, lambda: PASSPHRASE, cost=_CHEAP) as opened:
            offer = parse_offer_uri(link)
            wait = partial(_pause, clock)
            receive.accept(session, opened, offer, line, tx_code=tx_code, wanted=3, yes=True, pause=wait)
            for mode in ("direct_post", "direct_post.jwt"):
                asked = bar.request(
                    QUESTION,
                    request_uri=f"{BAR}/request/{{id}}",
                    response_uri=f"{BAR}/response",
                    response_mode=mode,
                    now=clock.now,
                )
                present.answer(session, opened, asked.link, line, verifier=bar.client_id, yes=True, reuse=False)
            seen.wallet_log = [history.build(event) for event in opened.contents.log]
    seen.wallet_files = sorted(path.name for path in folder.iterdir())


def _pause(clock: Clock, seconds: float) -> None:
    clock.now += int(seconds)


_CHEAP = Cost(operations=1, memory=8192)


@dataclass
class _Line:
    """The wallet's network: writes down what leaves, loses the first answer with credentials, and serves the bar."""

    seen: Seen
    fetcher: Fetcher
    bar: Verifier
    clock: Clock
    lost: bool = False

    def __call__(self, batch: flow.Batch) -> list[flow.Outcome]:
        return [self._one(request) for request in batch]

    def _one(self, request: flow.Request) -> flow.Outcome:
        self.seen.from_wallet.append(
            {"method": request.method, "url": request.url, "headers": dict(request.headers), "body": request.body}
        )
        if request.url.startswith(f"{BAR}/request/"):
            return flow.Response(200, self.bar.request_object(request.url[-22:], now=self.clock.now).encode(), {})
        if request.url == f"{BAR}/response":
            answer = self.bar.verify(request.body or b"", now=self.clock.now)
            self.seen.said.append(sorted(answer["title"][0].claims))
            return flow.Response(200, answer.body, {"content-type": "application/json"})
        (outcome,) = self.fetcher((request,))
        if request.url.endswith("/credential") and not self.lost:
            self.lost = True
            return FetchError("fetch_failed")
        return outcome


def rows_of(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of a database, by column."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        names = [row["name"] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [dict(row) for row in database.execute(f"SELECT * FROM {name}")] for name in names}  # noqa: S608 - names of the schema
