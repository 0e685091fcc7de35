"""The only I/O concept: a flow is a coroutine that awaits nothing but `fetch`, `together` and other flows.

A flow says what it needs as `Request` values and is given `Response` values (or a `FetchError`) by a driver:
`run` blocks, `run_async` lives in asyncio. So every protocol and every verification is written once, tested with a
dict of URL to response, and works offline with a fetcher that refuses.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from types import coroutine
from typing import Any, TypeAlias, TypeVar, cast

from didkit_fr.errors import FetchError

__all__ = [
    "Batch",
    "Fetcher",
    "Flow",
    "Outcome",
    "Request",
    "Response",
    "fetch",
    "offline",
    "run",
    "run_async",
    "together",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `max_bytes` bounds the answer's body, `timeout` is in seconds, `redirects` are followed.

    Its `repr` shows the origin only: paths and bodies carry secrets.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    max_bytes: int = 65_536
    timeout: float = 10.0
    redirects: int = 0

    def __repr__(self) -> str:
        origin = "/".join(self.url.split("/", 3)[:3])
        return f"Request({self.method} {origin})"


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer; header names are in lower case. Its `repr` shows status and size only."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def max_age(self) -> int | None:
        """How many seconds the server says its answer stays fresh (RFC 9111 section 5.2.2); None where it is silent."""
        directives = [one.strip().lower() for one in self.headers.get("cache-control", "").split(",")]
        if "no-store" in directives or "no-cache" in directives:
            return 0
        ages = [one.removeprefix("max-age=") for one in directives if one.startswith("max-age=")]
        return min((int(age) for age in ages if age.isascii() and age.isdigit() and len(age) < 10), default=None)  # noqa: PLR2004 - 31 years

    def __repr__(self) -> str:
        return f"Response({self.status}, {len(self.body)} bytes)"


Outcome: TypeAlias = Response | FetchError
Batch: TypeAlias = tuple[Request, ...]
Flow: TypeAlias = Coroutine[Any, Any, T]
Fetcher: TypeAlias = Callable[[Batch], Sequence[Outcome]]


@coroutine
def _ask(batch: Batch) -> Generator[Batch, Sequence[Outcome], Sequence[Outcome]]:
    return (yield batch)


async def fetch(request: Request) -> Response:
    """Asks the driver for one answer.

    Raises:
        FetchError: with the code the driver gave.
    """
    (outcome,) = await _ask((request,))
    if isinstance(outcome, FetchError):
        raise outcome
    return outcome


async def together(*flows: Flow[T]) -> list[T]:
    """Runs flows side by side: the requests of one round are one batch. The first error wins, by position."""
    results: dict[int, T] = {}
    answers: list[Sequence[Outcome] | None] = [None] * len(flows)
    try:
        while len(results) < len(flows):
            wants: dict[int, Batch] = {}
            for position, flow in enumerate(flows):
                if position not in results:
                    try:
                        wants[position] = flow.send(answers[position])
                    except StopIteration as done:
                        results[position] = done.value
            if wants:
                flat = await _ask(tuple(request for batch in wants.values() for request in batch))
                at = 0
                for position, batch in wants.items():
                    answers[position] = flat[at : at + len(batch)]
                    at += len(batch)
    finally:
        for flow in flows:
            flow.close()
    return [results[position] for position in range(len(flows))]


def _step(flow: Flow[T], answer: Sequence[Outcome] | None) -> Batch:
    wanted = flow.send(answer)
    if not isinstance(wanted, tuple):
        raise TypeError("a flow awaited something that is not a flow")
    return cast("Batch", wanted)


def run(flow: Flow[T], fetcher: Fetcher) -> T:
    """Drives a flow, blocking; `fetcher` answers each batch in order."""
    answer: Sequence[Outcome] | None = None
    try:
        while True:
            answer = fetcher(_step(flow, answer))
    except StopIteration as done:
        return cast("T", done.value)
    finally:
        flow.close()


async def run_async(flow: Flow[T], fetcher: Callable[[Batch], Awaitable[Sequence[Outcome]]]) -> T:
    """Drives a flow inside asyncio; a cancelled task closes the flow."""
    answer: Sequence[Outcome] | None = None
    try:
        while True:
            try:
                batch = _step(flow, answer)
            except StopIteration as done:
                return cast("T", done.value)
            answer = await fetcher(batch)
    finally:
        flow.close()


def offline(batch: Batch) -> list[Outcome]:
    """The fetcher that refuses: for verification with everything in memory."""
    return [FetchError("offline") for _ in batch]
