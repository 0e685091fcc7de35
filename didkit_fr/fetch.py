"""The guarded HTTP client: the only file of the library that touches the network.

It parses an address once and gives the client library that parse, never the text. It connects only to addresses that
it has checked itself, each when a socket is made for it and again when it is connected, so a name cannot resolve to
one thing when checked and to another when used. It follows no redirect unless told to, reads bounded bodies without
decompressing them, ignores proxies and credentials of the environment, says the same of itself in each request, and
says in an error which origin failed, never the path or the body.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from didkit_fr.addresses import Address, check_ip, parse_address
from didkit_fr.errors import FetchError
from didkit_fr.flow import Batch, Outcome, Request, Response

if TYPE_CHECKING:
    import aiohttp

__all__ = ["USER_AGENT", "AsyncFetcher", "Fetcher", "Resolver"]

# The same for all: a version of Python or of a library would tell people apart.
USER_AGENT = "didkit-fr"

MAX_PARALLEL = 16
MAX_HEADERS, MAX_LINE = 64, 8_190

REDIRECTS = frozenset({301, 302, 303, 307, 308})

Resolver = Callable[[str], Awaitable[Sequence[str]]]


class AsyncFetcher:
    """Answers batches inside asyncio; use it as an async context manager.

    Args:
        allow_insecure_loopback: also allows plain HTTP, and addresses of this machine, on loopback only.
        ca_file: a PEM file of TLS roots to trust instead of the system's.
        attempts: how often a GET is tried when the connection fails; nothing else is ever repeated.
        resolver: from a host's name to its IP addresses, instead of the system's; what it says is checked.
    """

    def __init__(
        self,
        *,
        allow_insecure_loopback: bool = False,
        ca_file: str | None = None,
        attempts: int = 2,
        resolver: Resolver | None = None,
    ) -> None:
        self._loopback = allow_insecure_loopback
        self._resolver = resolver or _system_resolver
        self._ca_file = ca_file
        self._attempts = attempts
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "AsyncFetcher":
        import aiohttp  # noqa: PLC0415 - slow import, only for those who fetch

        self._session = aiohttp.ClientSession(
            connector=_connector(self._resolver, ssl.create_default_context(cafile=self._ca_file), self._loopback),
            trust_env=False,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            max_headers=MAX_HEADERS,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def __call__(self, batch: Batch) -> list[Outcome]:
        """Answers each request of a batch, side by side."""
        return list(await asyncio.gather(*(self._answer(request) for request in batch)))

    async def _answer(self, request: Request) -> Outcome:
        """One request within its time, whatever is tried again."""
        attempts = self._attempts if request.method == "GET" else 1
        outcome: Outcome = FetchError("fetch_failed")
        try:
            async with asyncio.timeout(request.timeout):
                for _ in range(attempts):
                    outcome, again = await self._try(request)
                    if not again:
                        break
        except TimeoutError:
            return FetchError("fetch_timeout", _origin(request.url))
        return outcome

    async def _try(self, request: Request) -> tuple[Outcome, bool]:
        """The outcome, and whether it is a connection that failed, so that the same request may fare better."""
        import aiohttp  # noqa: PLC0415 - slow import, only for those who fetch

        try:
            return await self._follow(request), False
        except FetchError as error:
            return error, False
        except TimeoutError:
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            refused = _refused_within(error)
            return refused or FetchError("fetch_failed", _origin(request.url)), refused is None

    async def _follow(self, request: Request) -> Response:
        url = request.url
        for _ in range(request.redirects + 1):
            answer = await self._once(request, parse_address(url, allow_loopback=self._loopback))
            if answer.status not in REDIRECTS or "location" not in answer.headers or not request.redirects:
                return answer
            url = _joined(url, answer.headers["location"])
        raise FetchError("fetch_failed", "too many redirects")

    async def _once(self, request: Request, address: Address) -> Response:
        import aiohttp  # noqa: PLC0415 - slow import, only for those who fetch
        import yarl  # noqa: PLC0415 - comes with aiohttp

        if self._session is None:
            raise RuntimeError("an AsyncFetcher is used inside `async with`")
        # What was checked is what is asked for: `encoded` keeps the client library from reading it another way.
        url = yarl.URL.build(
            scheme=address.scheme,
            authority=address.authority,
            path=address.path,
            query_string=address.query,
            encoded=True,
        )
        async with self._session.request(
            request.method,
            url,
            headers={"accept-encoding": "identity", **request.headers, "user-agent": USER_AGENT},
            data=request.body or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None),
        ) as answer:
            body = await _bounded(answer, request.max_bytes)
            return Response(answer.status, body, {name.lower(): value for name, value in answer.headers.items()})


class Fetcher:
    """Answers batches for code without asyncio, through a thread of its own; use it as a context manager.

    Takes the arguments of `AsyncFetcher`.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - AsyncFetcher's, checked there
        self._fetcher = AsyncFetcher(**options)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="didkit-fetch", daemon=True)

    def __enter__(self) -> "Fetcher":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._fetcher.__aenter__(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._fetcher.__aexit__(kind, error, trace), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __call__(self, batch: Batch) -> Sequence[Outcome]:
        """Answers a batch, blocking."""
        return asyncio.run_coroutine_threadsafe(self._fetcher(batch), self._loop).result()


def _joined(url: str, location: str) -> str:
    """Where a redirect leads (RFC 9110 section 10.2.2), as text that is parsed like any other."""
    try:
        return urljoin(url, location)
    except ValueError:
        raise FetchError("fetch_refused_address", "not a URL") from None


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])[:200]


def _refused_within(error: BaseException) -> FetchError | None:
    """The resolver's refusal, which arrives wrapped in the client's own errors."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, FetchError):
        cause = cause.__cause__
    return cause


async def _system_resolver(name: str) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _checked_resolver(resolver: Resolver, check: Callable[[str], None]) -> Any:  # noqa: ANN401 - imported lazily
    """A resolver of aiohttp's whose every answer was checked."""
    from aiohttp.abc import AbstractResolver, ResolveResult  # noqa: PLC0415 - slow import

    class CheckedResolver(AbstractResolver):
        async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:  # noqa: ANN401
            # RFC 6761 section 6.3: this name is this machine, and no resolver is asked.
            found = ("127.0.0.1", "::1") if host == "localhost" else await resolver(host)
            for one in found:
                check(one)
            return [ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=0) for one in found]

        async def close(self) -> None:
            """Nothing to close."""

    return CheckedResolver()


def _connector(resolver: Resolver, context: ssl.SSLContext, loopback: bool) -> "aiohttp.TCPConnector":  # noqa: FBT001
    """What makes connections: each goes to an address that was checked, by whatever name it was found.

    A name's addresses are checked, then each address when its socket is made (an IP address in a URL comes here
    without a resolver), then the peer of the connected socket, before a request is sent (DNS rebinding).
    """
    import aiohttp  # noqa: PLC0415 - slow import, only for those who fetch

    def check(text: str) -> None:
        check_ip(ip_address(text), allow_loopback=loopback)

    class CheckedConnector(aiohttp.TCPConnector):
        async def connect(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the connector's own
            connection = await super().connect(*args, **options)
            transport = connection.transport
            try:
                check(transport.get_extra_info("peername", [""])[0] if transport is not None else "")
            except (FetchError, ValueError):
                # Closed politely, TLS waits for the answer of a peer that is not to be spoken with.
                if transport is not None:
                    transport.abort()
                connection.close()
                raise FetchError("fetch_refused_address", "not a public address") from None
            return connection

    def make_socket(info: Any) -> socket.socket:  # noqa: ANN401 - as getaddrinfo's
        check(info[4][0])
        return socket.socket(family=info[0], type=info[1], proto=info[2])

    return CheckedConnector(
        resolver=_checked_resolver(resolver, check),
        ssl=context,
        limit=MAX_PARALLEL,
        use_dns_cache=False,
        socket_factory=make_socket,
    )


async def _bounded(answer: "aiohttp.ClientResponse", limit: int) -> bytes:
    chunks, size = [], 0
    async for chunk in answer.content.iter_any():
        size += len(chunk)
        if size > limit:
            answer.close()
            raise FetchError("fetch_too_large", f"over {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
