"""An issuer founded in a scratch folder: real storage, keys and certificates, and a clock that the test moves."""

import asyncio
import functools
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import ClientSession, web

from didkit_fr.encoding import json
from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.keys import software
from didkit_fr.primitives.passphrase import Cost
from didkit_fr.protocols.oauth.form import build_form
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from didkit_fr.protocols.openid4vci.proof import build_proof
from didkit_fr.trust.anchors import Anchors
from issuer_service.keys.port import Keys
from issuer_service.shell.events import Events
from issuer_service.titles import app as root
from issuer_service.titles import config
from issuer_service.titles.application import Ports, create_app
from issuer_service.titles.config import Config, Settings
from issuer_service.titles.founding import Passphrases, found
from issuer_service.titles.issuance import Issuer, OfferMade, OfferPorts, create_offer
from issuer_service.titles.revoking import Registry
from issuer_service.titles.routes.context import CONTEXT
from issuer_service.titles.sources.port import OpenedEvidence, RegisterAnswer
from tests.ports import free_port

NOW = 1_795_341_600  # a day's tenth hour, UTC
DAY = 86_400
CHEAP = Cost(operations=1, memory=8_192)
PASSPHRASES = Passphrases(b"of the keyring", b"of the root")

NUMBER = "CANARYNUM"
FAMILY_NAME = "Canari-Nom"
ATTRIBUTES = {
    "family_name": FAMILY_NAME,
    "given_name": "Canari-Prénom",
    "birth_date": "1987-06-05",
    "birth_country": "FR",
    "birth_locality": "Canari-Ville",
    "nationality": ["FR", "BE"],
    "document_number": NUMBER,
    "issuing_authority": "Ministère",
    "issuing_country": "FR",
    "age_over_18": True,
}


def scenario(test):
    """Runs a coroutine test; pytest sees its fixtures."""

    @functools.wraps(test)
    def runs(*values: Any, **fixtures: Any) -> None:
        asyncio.run(test(*values, **fixtures))

    return runs


@dataclass
class Clock:
    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class FixedRegister:
    """A register of one citizen; tickets are good once, evidence for fifteen minutes where nothing else is said."""

    clock: Clock
    down: bool = False
    refusal: str = ""
    number: str = NUMBER
    title: str = "pid"
    lasts: int = 900
    attributes_held: dict[str, Any] = field(default_factory=lambda: dict(ATTRIBUTES))
    used: set[str] = field(default_factory=set)
    reads: int = 0

    async def open(self, ticket: str) -> OpenedEvidence:
        self._check()
        if ticket in self.used:
            raise VerificationError("ticket_replayed")
        self.used.add(ticket)
        return OpenedEvidence(f"evidence-{ticket}", self.title, self.clock.now + self.lasts)

    async def attributes(self, evidence: str) -> RegisterAnswer:
        self._check()
        assert evidence.startswith("evidence-")
        self.reads += 1
        return RegisterAnswer(self.title, self.number, self.attributes_held)

    def _check(self) -> None:
        if self.down:
            raise FetchError("register_unavailable")
        if self.refusal:
            raise VerificationError(self.refusal)


@dataclass
class World:
    config: Config
    root: Path
    keys: Keys
    storage: Any
    source: Any
    clock: Clock
    log: io.StringIO
    app: Any

    @property
    def issuer(self) -> Issuer:
        return self.app[CONTEXT].issuer

    @property
    def ports(self) -> OfferPorts:
        return self.issuer.ports

    @property
    def registry(self) -> Registry:
        return Registry(self.storage, root.open_log(self.config), self.config.place("mark"))

    @property
    def anchors(self) -> Anchors:
        return Anchors.parse(self.config.place("anchors").read_bytes())

    def events(self) -> list[dict[str, Any]]:
        return [json.parse(line) for line in self.log.getvalue().splitlines()]

    async def offer(self, ticket: str = "ticket", **how: Any) -> OfferMade:
        return await create_offer(self.ports, ticket, now=self.clock.now, **how)


def settings_for(folder: Path, **changes: Any) -> Settings:
    port = changes.pop("port", 8443)
    values = {
        "issuer": f"http://127.0.0.1:{port}",
        "register_url": "http://127.0.0.1:9",
        "register_secret_file": str(folder / "service-secret"),
        "state": str(folder / "state"),
        "insecure_loopback": True,
        "port": port,
        "status_list_size": 64,
        "status_open_lists": 4,
        "batch_size": 3,
    }
    return Settings(**{**values, **changes})


async def found_in(folder: Path, *, now: int = NOW, **changes: Any) -> Config:
    (folder / "service-secret").write_text("secret\n")
    settings = settings_for(folder, **changes)
    await found(
        settings,
        folder=folder / "data",
        root=folder / "root.key",
        passphrases=PASSPHRASES,
        now=now,
        cost=CHEAP,
    )
    return config.load(folder / "data")


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    source: Any = None,
    storage: Any = None,
    keys: Any = None,
    clock: Clock | None = None,
    **changes: Any,
):
    """A world; `storage` and `keys` wrap the real ones, `source` is in the place of the register of one citizen."""
    place = await found_in(folder, now=clock.now if clock else NOW, **changes)
    async with reopened(place, folder / "root.key", source=source, storage=storage, keys=keys, clock=clock) as world:
        yield world


@asynccontextmanager
async def reopened(
    place: Config, root_key: Path, *, source: Any = None, storage: Any = None, keys: Any = None, clock: Any = None
):
    clock = clock or Clock()
    source = source or FixedRegister(clock)
    own = root.key_store(place, PASSPHRASES.keyring).open()
    keys = keys(own) if keys else own
    real = await root.open_storage(place)
    store = storage(real) if storage else real
    log = io.StringIO()
    try:
        app = create_app(
            place,
            Ports(store, root.open_log(place), source, root.open_epochs(place), keys),
            chains=root.read_chains(place),
            clock=clock,
            events=Events(log, clock),
        )
        yield World(place, root_key, keys, store, source, clock, log, app)
    finally:
        await real.close()


class Answer:
    """An HTTP answer that was read to its end."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.parse(self.body, max_bytes=1 << 22)


class Visitor:
    """Asks over real HTTP, as a wallet does."""

    def __init__(self, world: World, session: ClientSession) -> None:
        self.world, self.session, self.address = world, session, world.config.settings.issuer

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        url = path if path.startswith("http") else self.address + path
        async with self.session.request(method, url, **options) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def redeem(self, code: str, tx_code: str | None) -> Answer:
        form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code}
        form |= {} if tx_code is None else {"tx_code": tx_code}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.ask("POST", "/token", data=build_form(form), headers=headers)

    async def token(self, ticket: str = "ticket") -> str:
        made = await self.world.offer(ticket)
        answer = await self.redeem(code_of(made), made.tx_code)
        assert answer.status == 200, answer.body
        return answer.json["access_token"]

    async def nonce(self) -> str:
        return (await self.ask("POST", "/nonce")).json["c_nonce"]

    async def credential(self, token: str, *, nonce: str | None = None, signers: Any = None, **changes: Any) -> Answer:
        nonce = nonce or await self.nonce()
        signers = signers or [software.generate()]
        proofs = [
            build_proof(signer, audience=self.address, nonce=nonce, now=self.world.clock.now) for signer in signers
        ]
        message = {"credential_configuration_id": "pid_dc_sd_jwt", "proofs": {"jwt": proofs}, **changes}
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return await self.ask("POST", "/credential", data=json.encode(message), headers=headers)


@asynccontextmanager
async def visited(folder: Path, **options: Any):
    """A world that is served on a loopback port, and its visitor."""
    async with opened(folder, port=free_port(), **options) as world, served(world) as visitor:
        yield visitor


@asynccontextmanager
async def served(world: World):
    """A world on the port of its settings, and its visitor.

    As in production, a handler goes on when its client is gone: aiohttp's own `TestServer` would cancel it.
    """
    runner = web.AppRunner(world.app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", world.config.settings.port).start()
        async with ClientSession() as session:
            yield Visitor(world, session)
    finally:
        await runner.cleanup()


def code_of(made: OfferMade) -> str:
    return parse_offer_uri(made.link).grants.pre_authorized_code.code


def wrong(tx_code: str) -> str:
    return f"{(int(tx_code) + 1) % 10**6:06d}"


def query_of(link: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(link).query)
