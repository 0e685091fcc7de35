"""The guarded HTTP client: the only file of the library that touches the network.

It follows no redirect unless told to, connects only to addresses it has checked itself (so a name cannot resolve to
one thing when checked and to another when used), reads bounded bodies without decompressing them, ignores proxies
and credentials of the environment, and says in an error which origin failed, never the path or the body.
"""

import asyncio
import ipaddress
import re
import ssl
from collections.abc import Sequence
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from didkit_fr.errors import FetchError
from didkit_fr.flow import Batch, Outcome, Request, Response

if TYPE_CHECKING:
    import aiohttp

__all__ = ["AsyncFetcher", "Fetcher"]

MAX_PARALLEL = 16
# "127.1" and "2130706433" are addresses to the C library, and go past a client's resolver unchecked.
_ODD_ADDRESS = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)\.?", re.ASCII | re.IGNORECASE)

REDIRECTS = frozenset({301, 302, 303, 307, 308})


class AsyncFetcher:
    """Answers batches inside asyncio; use it as an async context manager.

    Args:
        allow_insecure_loopback: also allows plain HTTP, and addresses of this machine, on loopback only.
        ca_file: a PEM file of TLS roots to trust instead of the system's.
        attempts: how often a GET is tried when the connection fails; nothing else is ever repeated.
    """

    def __init__(self, *, allow_insecure_loopback: bool = False, ca_file: str | None = None, attempts: int = 2) -> None:
        self._loopback = allow_insecure_loopback
        self._ca_file = ca_file
        self._attempts = attempts
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "AsyncFetcher":
        import aiohttp  # noqa: PLC0415 - slow import, only for those who fetch

        connector = aiohttp.TCPConnector(
            resolver=_checked_resolver(self._loopback),
            ssl=ssl.create_default_context(cafile=self._ca_file),
            limit=MAX_PARALLEL,
        )
        self._session = aiohttp.ClientSession(
            connector=connector, trust_env=False, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def __call__(self, batch: Batch) -> list[Outcome]:
        """Answers each request of a batch, side by side."""
        return list(await asyncio.gather(*(self._answer(request) for request in batch)))

    async def _answer(self, request: Request) -> Outcome:
        attempts = self._attempts if request.method == "GET" else 1
        outcome: Outcome = FetchError("fetch_failed")
        for _ in range(attempts):
            outcome = await self._try(request)
            if isinstance(outcome, Response) or outcome.code != "fetch_failed":
                break
        return outcome

    async def _try(self, request: Request) -> Outcome:
        import aiohttp  # noqa: PLC0415 - slow import, only for those who fetch

        where = "/".join(request.url.split("/", 3)[:3])[:200]
        try:
            async with asyncio.timeout(request.timeout):
                return await self._follow(request)
        except FetchError as error:
            return error
        except TimeoutError:
            return FetchError("fetch_timeout", where)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _refused_within(error) or FetchError("fetch_failed", where)

    async def _follow(self, request: Request) -> Response:
        url = request.url
        for _ in range(request.redirects + 1):
            answer = await self._once(request, url)
            if answer.status not in REDIRECTS or "location" not in answer.headers or not request.redirects:
                return answer
            url = urljoin(url, answer.headers["location"])
        raise FetchError("fetch_failed", "too many redirects")

    async def _once(self, request: Request, url: str) -> Response:
        import aiohttp  # noqa: PLC0415 - slow import, only for those who fetch

        _check_url(url, loopback=self._loopback)
        if self._session is None:
            raise RuntimeError("an AsyncFetcher is used inside `async with`")
        async with self._session.request(
            request.method,
            url,
            headers={"accept-encoding": "identity", **request.headers},
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


def _check_url(url: str, *, loopback: bool) -> None:
    """Refuses what no fetch may touch, before any name is resolved (RFC 9901's and OpenID4VP's SSRF advice)."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise FetchError("fetch_refused_address", "not a URL") from None
    if parts.username is not None or parts.password is not None or port == 0 or not host:
        raise FetchError("fetch_refused_address", "credentials, port 0 or no host")
    address = _literal(host)
    if _ODD_ADDRESS.fullmatch(host) if address is None else not _allowed(address, loopback=loopback):
        raise FetchError("fetch_refused_address")
    insecure = parts.scheme == "http" and loopback and (host == "localhost" or (address and address.is_loopback))
    if parts.scheme != "https" and not insecure:
        raise FetchError("fetch_refused_address", "https is required")


def _refused_within(error: BaseException) -> FetchError | None:
    """The resolver's refusal, which arrives wrapped in the client's own errors."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, FetchError):
        cause = cause.__cause__
    return cause


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _allowed(address: ipaddress.IPv4Address | ipaddress.IPv6Address, *, loopback: bool) -> bool:
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback and loopback) or bool(mapped.is_global and not mapped.is_multicast)


def _checked_resolver(loopback: bool) -> Any:  # noqa: ANN401, FBT001 - aiohttp is imported lazily
    """A resolver whose every answer was checked: what is checked is what is connected to (DNS rebinding)."""
    from aiohttp.abc import AbstractResolver, ResolveResult  # noqa: PLC0415 - slow import
    from aiohttp.resolver import ThreadedResolver  # noqa: PLC0415 - slow import

    class CheckedResolver(AbstractResolver):
        def __init__(self) -> None:
            self._inner = ThreadedResolver()

        async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:  # noqa: ANN401
            found = await self._inner.resolve(host, port, family)
            for one in found:
                address = ipaddress.ip_address(one["host"].split("%", 1)[0])
                if not _allowed(address, loopback=loopback):
                    raise OSError("refused address") from FetchError("fetch_refused_address")
            return found

        async def close(self) -> None:
            await self._inner.close()

    return CheckedResolver()


async def _bounded(answer: "aiohttp.ClientResponse", limit: int) -> bytes:
    chunks, size = [], 0
    async for chunk in answer.content.iter_any():
        size += len(chunk)
        if size > limit:
            answer.close()
            raise FetchError("fetch_too_large", f"over {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
