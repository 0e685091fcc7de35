"""Takes connections, and bounds what each may cost: how many, how long, how many bytes before a request is whole.

aiohttp bounds lines and bodies but waits for ever. Here each connection is always in one phase, each phase has its
time, and whoever waits longest, or holds most, makes way when there are too many or there is too much. A request that
cannot be parsed is answered as the application answers any other, with nothing of it in the answer.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from ipaddress import IPv6Address, ip_address
from types import MappingProxyType
from typing import Any, cast

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import LineTooLong

__all__ = ["Guard", "Limits", "Phase", "Refuse"]

SWEEP_SECONDS = 1.0
PAUSE_SECONDS = 0.1
BACKLOG = 128
MAX_HEADERS, MAX_LINE, MAX_HEAD = 64, 8_190, 32_768
# What a client may send before it has its answer: nobody but an attacker sends so many requests ahead.
MAX_AHEAD = 65_536
# A client that reads so many bytes of its answers in a second is not waited for.
LEAST_RATE = 1_024
# What the system keeps of answers that are not read, for each connection: its own bound is megabytes. Progress is seen
# when a third of it is taken, so that it goes with `LEAST_RATE` and the time of `Phase.SEND`.
SEND_BUFFER = 131_072

_HEADERS_TOO_LARGE = 431

Refuse = Callable[[int], web.Response]


class Phase(Enum):
    """What a connection is waited for."""

    HANDSHAKE = auto()  # TLS
    HEAD = auto()  # the lines of a request, from its first byte; of the first request, from the start
    BODY = auto()
    ANSWER = auto()  # the service's own work
    SEND = auto()  # the client's reading of an answer
    LINGER = auto()  # the rest of a body whose request is answered already: it is read, and thrown away
    IDLE = auto()  # between two requests


@dataclass(frozen=True, slots=True)
class Limits:
    """What connections may cost.

    Args:
        connections: at the same moment, handshakes among them.
        per_peer: of them, from one address of IPv4 or one /64 of IPv6; behind a proxy, as many as `connections`.
        buffered: bytes of requests that are not whole yet, over all connections.
        seconds: that each phase may last; of sending, that a client may be behind `LEAST_RATE`.
    """

    connections: int
    per_peer: int
    buffered: int = 16_777_216
    seconds: Mapping[Phase, float] = field(
        default_factory=lambda: MappingProxyType(
            {
                Phase.HANDSHAKE: 10.0,
                Phase.HEAD: 10.0,
                Phase.BODY: 20.0,
                Phase.ANSWER: 60.0,
                Phase.SEND: 60.0,
                Phase.LINGER: 5.0,
                Phase.IDLE: 75.0,
            }
        )
    )


class Guard:
    """Takes connections for a server of aiohttp that was set up; `refuse` makes an answer of a status."""

    def __init__(self, server: web.Server, limits: Limits, refuse: Refuse) -> None:
        self.limits = limits
        self.refuse = refuse
        self.loop = asyncio.get_running_loop()
        self._server = server
        self._make_request = server.request_factory
        self._open: set[_Connection] = set()
        self._held = 0
        self._listeners: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        server.request_factory = self._begin

    async def listen(self, host: str, port: int, context: ssl.SSLContext | None) -> tuple[str, int]:
        """Takes connections from here on; returns the address, where `port` 0 is a free one.

        Raises:
            OSError: the address cannot be listened on.
        """
        found = await self.loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in dict.fromkeys(found):
            self._listeners.append(socket.create_server(address, family=family, backlog=BACKLOG))
        for listener in self._listeners:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            listener.setblocking(False)  # noqa: FBT003 - as the standard library has it
            self._accepting.append(self.loop.create_task(self._accept(listener, context)))
        self._sweep()
        name = self._listeners[0].getsockname()
        return str(name[0]), int(name[1])

    async def close(self) -> None:
        """Takes no more connections; those that are open are the server's to end."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for accepting in self._accepting:
            accepting.cancel()
        for connection in [one for one in self._open if one.phase is Phase.HANDSHAKE]:
            self.cut(connection)
        await asyncio.gather(*self._accepting, *self._opening, return_exceptions=True)
        for listener in self._listeners:
            listener.close()

    def forget(self, connection: "_Connection") -> None:
        """A connection is over; what it held is free."""
        self._open.discard(connection)
        self.hold(connection, -connection.held)

    def hold(self, connection: "_Connection", count: int) -> None:
        """Counts bytes of a request that is not whole; where they are too many, whoever holds most is cut off."""
        connection.held += count
        self._held += count
        while self._held > self.limits.buffered:
            self.cut(max(self._open, key=lambda one: one.held))

    def cut(self, connection: "_Connection") -> None:
        """Ends a connection without an answer, and without waiting for what is not read of one."""
        self.forget(connection)
        connection.abort()

    def _begin(self, message: Any, payload: StreamReader, protocol: Any, *more: Any) -> Any:  # noqa: ANN401 - aiohttp's
        protocol.begin(payload)
        return self._make_request(message, payload, protocol, *more)

    async def _accept(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        while True:
            try:
                accepted, address = await self.loop.sock_accept(listener)
            except OSError:
                # No file descriptor is left, or the peer is gone already.
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            peer = _peer_of(address[0])
            leaving = self._who_leaves_for(peer)
            if leaving is not None:
                for connection in leaving:
                    self.cut(connection)
                connection = _Connection(self, self._server, peer, accepted)
                self._open.add(connection)
                opening = self.loop.create_task(self._open_up(connection, accepted, context))
                self._opening.add(opening)
                opening.add_done_callback(self._opening.discard)
            else:
                accepted.close()

    async def _open_up(
        self, connection: "_Connection", accepted: socket.socket, context: ssl.SSLContext | None
    ) -> None:
        """Ends once TLS is agreed: this is where handshakes are counted, which asyncio's own server does not tell."""
        seconds = None if context is None else self.limits.seconds[Phase.HANDSHAKE]
        try:
            await self.loop.connect_accepted_socket(
                lambda: connection, accepted, ssl=context, ssl_handshake_timeout=seconds
            )
        except OSError:
            self.forget(connection)

    def _who_leaves_for(self, peer: str) -> "list[_Connection] | None":
        """Who has to leave where one more connection of a peer is taken: nobody, or the one waited for longest.

        None where it cannot be taken, since the service works for all among whom one would have to leave.
        """
        theirs = [one for one in self._open if one.peer == peer]
        for among, most in ((theirs, self.limits.per_peer), (self._open, self.limits.connections)):
            if len(among) >= most:
                waiting = [one for one in among if one.phase is not Phase.ANSWER]
                return [min(waiting, key=_Connection.waits_since)] if waiting else None
        return []

    def _sweep(self) -> None:
        now = self.loop.time()
        for connection in [one for one in self._open if now - one.waits_since() >= self.limits.seconds[one.phase]]:
            self.cut(connection)
        self._sweeping = self.loop.call_later(SWEEP_SECONDS, self._sweep)


class _Connection(web.RequestHandler):
    """aiohttp's handler of one connection, with its phase; a `Guard` looks after it."""

    __slots__ = ("_behind", "_gone", "_guard", "_sent", "_socket", "_taken", "_wire", "held", "peer", "phase", "since")

    def __init__(self, guard: Guard, server: web.Server, peer: str, accepted: socket.socket) -> None:
        super().__init__(
            server,
            loop=guard.loop,
            access_log=None,  # type: ignore[arg-type] # as AppRunner takes it
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            max_headers=MAX_HEADERS,
            lingering_time=guard.limits.seconds[Phase.LINGER],
        )
        self._guard, self._socket = guard, accepted
        self._wire: asyncio.Transport | None = None
        self._gone = False
        self._behind = 0.0
        self._sent: Callable[[], int] | None = None  # bytes of the answer that is being sent
        self._taken = 0  # of them, by the client
        self.peer, self.held = peer, 0
        self.phase, self.since = Phase.HANDSHAKE, guard.loop.time()

    def enter(self, phase: Phase) -> None:
        """The next phase begins, with its own time; a request that is whole is no longer counted."""
        self.phase, self.since = phase, self._guard.loop.time()
        if phase not in (Phase.HEAD, Phase.BODY, Phase.SEND):
            self._guard.hold(self, -self.held)

    def waits_since(self) -> float:
        """Since when the client is waited for; one that reads its answer is given a second for `LEAST_RATE` bytes."""
        if self.phase is Phase.SEND and self._sent is not None and self.transport is not None:
            taken = max(self._sent() - self.transport.get_write_buffer_size(), self._taken)
            self.since = min(self._guard.loop.time(), self.since + (taken - self._taken) / LEAST_RATE)
            self._taken = taken
        return self.since

    def begin(self, payload: StreamReader) -> None:
        """The head of a request is whole, or cannot be."""
        self.enter(Phase.BODY)
        payload.on_eof(self._body_ended)

    def abort(self) -> None:
        """Drops the connection; nothing that still comes is looked at."""
        self._gone = True
        if self._wire is not None:
            self._wire.abort()
        else:
            # The handshake, whose transport asyncio keeps to itself, fails at once.
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open, and TLS is agreed."""
        super().connection_made(transport)
        self._wire = cast("asyncio.Transport", transport)
        # An answer is sent when nothing of it is left here, and one alone is kept for a client that does not read.
        self._wire.set_write_buffer_limits(high=1)
        self.enter(Phase.HEAD)
        if self._gone:
            self._wire.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is over."""
        super().connection_lost(exc)
        self._guard.forget(self)

    def data_received(self, data: bytes) -> None:
        """Counts what comes before it is parsed."""
        if data:
            if self.phase is Phase.IDLE:
                self.enter(Phase.HEAD)
            if self.phase is not Phase.LINGER:
                self._guard.hold(self, len(data))
            if self.phase in (Phase.ANSWER, Phase.SEND) and self.held > MAX_AHEAD:
                self._guard.cut(self)
            if self._gone:
                return
        super().data_received(data)
        if self.phase is Phase.HEAD and self.held > MAX_HEAD:
            # aiohttp's task says that a head is whole at its next turn, which comes before this one.
            self._guard.loop.call_soon(self._check_head)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Sends an answer; what aiohttp raises beside the application's own refusals quotes the request."""
        answer = self._guard.refuse(resp.status) if isinstance(resp, web.HTTPException) else resp
        if (broken := request.content.exception()) is not None:
            # The error of a body that broke off holds what was read of it, in a ring that is freed late.
            broken.__traceback__ = None
        self._begin_sending(lambda: request.writer.output_size)
        sent = await super().finish_response(request, answer, start_time)
        self._end_sending()
        return sent

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it quotes the request
    ) -> web.StreamResponse:
        """The application's refusal of what could not be parsed; aiohttp's would quote it, and log it."""
        if request.writer.output_size > 0:
            raise ConnectionError("a part of an answer was sent already")
        refusal = self._guard.refuse(_HEADERS_TOO_LARGE if isinstance(exc, LineTooLong) else status)
        answer = _Unnamed(status=refusal.status, body=refusal.body, headers=refusal.headers)
        answer.force_close()
        return answer

    def _body_ended(self) -> None:
        if self.phase is Phase.LINGER:
            self.enter(Phase.IDLE)
        elif self.phase is Phase.BODY and self._sent is None:
            self.enter(Phase.ANSWER)
        elif self.phase is Phase.BODY:
            self._enter_sending()

    def _begin_sending(self, sent: Callable[[], int]) -> None:
        self._sent, self._taken = sent, 0
        if self.phase is Phase.ANSWER:
            self._enter_sending()

    def _enter_sending(self) -> None:
        """A client that is behind with its reading stays so, whatever it asks next."""
        self.enter(Phase.SEND)
        self.since -= self._behind
        # What the system takes at once is no progress of the client's.
        self._guard.loop.call_soon(self.waits_since)

    def _end_sending(self) -> None:
        if self.phase is Phase.SEND:
            self._behind = self._guard.loop.time() - self.waits_since()
        self._sent = None
        self.enter(Phase.LINGER if self.phase is Phase.BODY else Phase.IDLE)

    def _check_head(self) -> None:
        if self.phase is Phase.HEAD and self.held > MAX_HEAD:
            self._guard.cut(self)


class _Unnamed(web.Response):
    """An answer outside any application, where no signal takes away the name of the server."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.pop("Server", None)


def _peer_of(host: str) -> str:
    """Who a connection comes from: an attacker has a whole /64 of IPv6."""
    with suppress(ValueError):
        ip = ip_address(host.partition("%")[0])
        if isinstance(ip, IPv6Address):
            return f"{int(ip) >> 64:x}::/64"
    return host
