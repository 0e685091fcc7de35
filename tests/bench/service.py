"""Rows of the issuer: its decisions with their durable record, and issuance over HTTP, on SQLite.

Keys, certificates, storage and signatures are real; the register is one citizen in memory, and the clock stands still.
"""

import asyncio
import re
import tempfile
import time
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from didkit_fr.encoding import json
from didkit_fr.flow import offline, run
from didkit_fr.keys import software
from didkit_fr.protocols.oauth.form import build_form
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED, parse_token_request
from didkit_fr.protocols.openid4vci.credential import parse_credential_request
from didkit_fr.protocols.openid4vci.proof import build_proof
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import DANGEROUSLY_IGNORE_REVOCATION, Policy
from didkit_fr.verification.verify import verify_issued
from issuer_service.storage.port import StatusEntry
from issuer_service.titles import issuance
from issuer_service.titles.issuance import Authority, authenticate, create_offer, fresh_nonce, issue, redeem
from tests.bench.measure import Case, Work
from tests.bench.proofs import S
from tests.issuer_service.world import World, code_of, opened
from tests.ports import free_port

__all__ = ["ROWS"]

COPIES = 30
TOGETHER = 32
LIST_SIZE = 1 << 17

_tickets = map("ticket-{}".format, count())


@cache
def holders(number: int) -> list[software.SoftwareSigner]:
    """Holder keys."""
    return [software.generate() for _ in range(number)]


class Bench:
    """An event loop of its own and what was opened in it."""

    def __init__(self) -> None:
        self._runner, self._open = asyncio.Runner(), AsyncExitStack()
        self._folder = tempfile.TemporaryDirectory(prefix="didkit-bench-")

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._open.aclose())
        self._runner.close()
        self._folder.cleanup()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine to its end."""
        return self._runner.run(work)

    def together(self, works: list[Coroutine[Any, Any, Any]]) -> list[Any]:
        """Runs coroutines side by side."""

        async def all_of_them() -> list[Any]:
            return await asyncio.gather(*works)

        return self.run(all_of_them())

    def world(self, name: str, **options: Any) -> World:
        """Founds an issuer."""
        folder = Path(self._folder.name) / name
        folder.mkdir()
        sizes = {"status_list_size": LIST_SIZE, "batch_size": COPIES}
        return self.run(self._open.enter_async_context(opened(folder, **sizes, **options)))

    def serve(self, app: web.Application, port: int) -> list["Line"]:
        """Serves an application, and connects to it."""

        async def start() -> list[Line]:
            server = TestServer(app, port=port, access_log=None)
            await server.start_server()
            self._open.push_async_callback(server.close)
            return [Line(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(TOGETHER)]

        return self.run(start())


class Line:
    """A client that costs next to nothing: one connection, kept open, prepared bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, request: bytes) -> bytes:
        """Sends a request and reads its answer, which must be a success."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: ([0-9]+)", head)
        assert length is not None
        body = await self._reader.readexactly(int(length[1]))
        assert head.startswith(b"HTTP/1.1 200 "), body
        return body


async def token_of(world: World) -> str:
    """A fresh access token."""
    made = await create_offer(world.ports, next(_tickets), now=world.clock.now)
    form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code_of(made), "tx_code": made.tx_code}
    asked = parse_token_request(build_form(form).encode())
    return (await redeem(world.ports, asked, now=world.clock.now)).access_token


def message(world: World, signers: list[software.SoftwareSigner]) -> bytes:
    """A credential request with a fresh nonce."""
    now, address = world.clock.now, world.config.settings.issuer
    nonce = fresh_nonce(world.issuer, now=now)
    proofs = [build_proof(signer, audience=address, nonce=nonce, now=now) for signer in signers]
    return json.encode({"credential_configuration_id": "pid_dc_sd_jwt", "proofs": {"jwt": proofs}})


def post(path: str, body: bytes, token: str = "") -> bytes:
    """A request as bytes."""
    lines = (f"POST {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {token}", "Content-Type: application/json")
    return "\r\n".join((*lines, f"Content-Length: {len(body)}", "", "")).encode() + body


def check(world: World, copies: list[str], signers: list[software.SoftwareSigner]) -> None:
    """What came out is what a wallet accepts, each copy with its own key and salts."""
    policy = Policy(world.anchors, status=DANGEROUSLY_IGNORE_REVOCATION)
    for raw, signer in zip(copies, signers, strict=True):
        options = {"context": VerificationContext(policy, Memory(), world.clock.now), "format": "dc+sd-jwt"}
        verified = run(verify_issued(raw, holder=signer.public_key, **options), offline)
        assert verified.claims["family_name"] == "Canari-Nom"
        assert verified.status is not None
    assert len({part for raw in copies for part in raw.split("~")[1:-1]}) == sum(raw.count("~") - 1 for raw in copies)


@contextmanager
def batch(*, proofs: bool) -> Iterator[Case]:
    """A batch of 30 without HTTP, from the request's text or after its proofs; all threads' CPU time is counted."""
    with Bench() as bench:
        world, signers = bench.world("batch"), holders(COPIES)
        now, ready = world.clock.now, {}

        async def decide(authority: Authority, body: bytes) -> list[str]:
            done = await issue(world.issuer, authority, parse_credential_request(body), now=now)
            return list(done.credentials)

        async def after_proofs(authority: Authority, _: bytes) -> list[str]:
            return await _after_proofs(world, authority, [signer.public_key for signer in signers])

        def before() -> None:
            token = bench.run(token_of(world))
            ready["authority"] = bench.run(authenticate(world.issuer, token, now=now))
            ready["body"] = message(world, signers)

        def subject() -> list[str]:
            work = decide if proofs else after_proofs
            return bench.run(work(ready["authority"], ready["body"]))

        before()
        check(world, subject(), signers)
        more = {"synchronous": _synchronous(bench, world), "proofs": COPIES if proofs else 0}
        yield Case("S", Work(subject, COPIES, before), S, time.process_time, more)


async def _after_proofs(world: World, authority: Authority, keys: list[Any]) -> list[str]:
    """`issuance.issue` from its reservation on: what is left where one key attestation stands for all proofs."""
    (configuration,) = world.ports.catalogue.of_title(authority.title)
    issued = await issuance._deliver(world.issuer, authority, configuration, keys, world.clock.now)
    return list(issued.credentials)


class Service:
    """An issuer behind HTTP, and requests for one copy each: tokens, nonces and proofs are made beforehand."""

    def __init__(self, bench: Bench, name: str, **options: Any) -> None:
        port = free_port()
        self._bench, self.world = bench, bench.world(name, port=port, **options)
        self._lines = bench.serve(self.world.app, port)
        self._requests: list[bytes] = []
        self.prepare()
        self.answer = self.ask()[0]
        copies = json.parse_object(self.answer)["credentials"]
        check(self.world, [copy["credential"] for copy in copies], holders(1))

    @property
    def work(self) -> Work:
        return Work(self.ask, TOGETHER, self.prepare)

    def prepare(self) -> None:
        tokens = self._bench.together([token_of(self.world) for _ in self._lines])
        self._requests = [post("/credential", message(self.world, holders(1)), token) for token in tokens]

    def ask(self) -> list[bytes]:
        pairs = zip(self._lines, self._requests, strict=True)
        return self._bench.together([line.ask(request) for line, request in pairs])


class WithoutRecord:
    """Storage that answers as the real one, and writes nothing of an issuance."""

    def __init__(self, real: Any) -> None:
        self._real, self._next = real, count()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def take_nonce(self, _digest: bytes, **_: Any) -> bool:
        return True

    async def begin_issuance(self, _grant: bytes, *, count: int, **_: Any) -> tuple[StatusEntry, ...]:
        return tuple(StatusEntry(1, next(self._next), LIST_SIZE) for _ in range(count))

    async def complete_issuance(self, **_: Any) -> None:
        pass


@contextmanager
def http_issue() -> Iterator[Case]:
    """One copy over HTTP (token, nonce, proof, record, signature) and a POST of the same sizes, 32 at a time."""
    with Bench() as bench:
        service, app, port = Service(bench, "issuer"), web.Application(), free_port()

        async def bare(request: web.Request) -> web.Response:
            await request.read()
            return web.Response(body=service.answer, content_type="application/json")

        app.router.add_post("/bare", bare)
        lines, request = bench.serve(app, port), post("/bare", message(service.world, holders(1)))
        unit = Work(lambda: bench.together([line.ask(request) for line in lines]), TOGETHER)
        yield Case("bare POST", service.work, unit, time.perf_counter, _how(bench, service.world))


@contextmanager
def durable_write() -> Iterator[Case]:
    """One copy over HTTP with its record, and without: what durability costs a request, 32 at a time."""
    with Bench() as bench:
        service, other = Service(bench, "issuer"), Service(bench, "forgetful", storage=WithoutRecord)
        yield Case("same handler", service.work, other.work, time.perf_counter, _how(bench, service.world))


def _how(bench: Bench, world: World) -> dict[str, Any]:
    return {"synchronous": _synchronous(bench, world), "together": TOGETHER}


def _synchronous(bench: Bench, world: World) -> str:
    """As the connection that writes says."""
    storage = getattr(world.storage, "_real", world.storage)
    level = bench.run(storage._writer.run(lambda database: database.execute("PRAGMA synchronous").fetchone()[0]))
    return ("OFF", "NORMAL", "FULL", "EXTRA")[level]


ROWS = {
    "batch_30_per_copy": lambda: batch(proofs=True),
    "batch_30_after_proofs_per_copy": lambda: batch(proofs=False),
    "http_issue_sqlite": http_issue,
    "durable_write_sqlite": durable_write,
}
