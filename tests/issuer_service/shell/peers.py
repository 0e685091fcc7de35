"""A server on loopback, and slow and greedy peers of it."""

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from functools import wraps

import trustme
from aiohttp import web

from issuer_service.shell.connections import Limits
from issuer_service.shell.listening import Serving, Where, harden, listening
from issuer_service.titles.routes.refusal import plain

PING = b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
MAX_BODY = 100_000
LARGE = bytes(16 << 20)


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock is moved by the test alone: nobody waits, and a slow machine changes nothing."""

    now = 1_000.0

    def time(self):
        return self.now


def timed(test):
    @wraps(test)
    def run(*args, **options):
        with asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(test(*args, **options))

    return run


async def later(seconds):
    """Time passes, and the loop does what is due."""
    asyncio.get_running_loop().now += seconds
    for _ in range(5):
        await asyncio.sleep(0)


class Server:
    """What a test sees of the server: where it is, and what its handlers do."""

    def __init__(self):
        self.entered, self.released, self.address = asyncio.Event(), asyncio.Event(), None
        self.clients, self.asked, self.asking = [], 0, asyncio.Semaphore(0)

    def app(self):
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_get("/ping", self.ping)
        app.router.add_post("/read", self.read)
        app.router.add_get("/wait", self.wait)
        app.router.add_get("/large", self.large)
        app.router.add_post("/large", self.large)
        app.router.add_get("/some", self.some)
        app.on_response_prepare.append(harden)
        return app

    async def ping(self, _):
        return web.Response(text="pong")

    async def read(self, request):
        return web.Response(text=str(len(await request.read())))

    async def wait(self, _):
        self.entered.set()
        await self.released.wait()
        return web.Response(text="waited")

    async def large(self, _):
        self.asked += 1
        self.asking.release()
        return web.Response(body=LARGE)

    async def some(self, _):
        return web.Response(body=bytes(20_000))

    async def connect(self, source="127.0.0.1", **options):
        client = Client()
        client.reader, client.writer = await asyncio.open_connection(*self.address, local_addr=(source, 0), **options)
        self.clients.append(client)
        return client

    async def healthy(self):
        """A client from another address, which is served."""
        client = await self.connect("127.0.0.9")
        client.send(PING)
        head, body = await client.answer()
        await client.close()
        return (head.split()[1], body) == (b"200", b"pong")


class Client:
    def send(self, data):
        self.writer.write(data)

    async def answer(self):
        head = await self.reader.readuntil(b"\r\n\r\n")
        (length,) = [line[16:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: ")]
        return head, await self.reader.readexactly(int(length))

    async def close(self):
        self.writer.transport.abort()
        with suppress(ConnectionError, ssl.SSLError):
            await self.writer.wait_closed()

    async def gone(self):
        """Waits for the end of the connection; whatever came before is given."""
        try:
            return await self.reader.read()
        except ConnectionError:
            return b""


@asynccontextmanager
async def serving(*, connections=20, per_peer=10, refusal=plain, where=None, **limits):
    server = Server()
    where = where or Where("127.0.0.1", 0, None, None)
    bounds = Limits(connections=connections, per_peer=per_peer, **{"buffered": 1 << 20, **limits})
    async with listening(server.app(), Serving(where, bounds, refusal)) as address:
        server.address = ("127.0.0.1", int(address.rpartition(":")[2]))
        try:
            yield server
        finally:
            server.released.set()
            for client in server.clients:
                await client.close()


SECONDS = Limits(connections=1, per_peer=1).seconds


def head(*fields, line=b"GET /ping HTTP/1.1"):
    return line + b"\r\nHost: a\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


def tls(folder):
    """A server's certificate in a folder, and what a client trusts."""
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1")
    leaf.cert_chain_pems[0].write_to_path(folder / "chain.pem")
    leaf.private_key_pem.write_to_path(folder / "key.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return Where("127.0.0.1", 0, folder / "chain.pem", folder / "key.pem"), context
