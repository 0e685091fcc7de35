"""Attacks on G21: clients that ask and do not read. The loop's clock is the test's."""

import asyncio
import socket
from contextlib import suppress

import pytest

from issuer_service.shell import connections
from issuer_service.shell.connections import Phase
from tests.issuer_service.shell.peers import LARGE, PING, SECONDS, later, serving, timed, tls


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return tls(tmp_path_factory.mktemp("tls"))


ASK = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
SOME = b"GET /some HTTP/1.1\r\nHost: a\r\n\r\n"
TURNS = 200


class Deaf:
    """A client whose system takes few bytes, and that reads what the test reads."""

    def __init__(self, plain):
        self.plain = plain

    @classmethod
    async def at(cls, server, source):
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        plain.setblocking(False)  # noqa: FBT003 - as the standard library has it
        plain.bind((source, 0))
        await asyncio.get_running_loop().sock_connect(plain, server.address)
        server.clients.append(cls(plain))
        return server.clients[-1]

    async def close(self):
        self.plain.close()

    async def read(self, most):
        """At most so many bytes, as far as they come; less where the connection is over."""
        got = turns = 0
        while got < most and turns < TURNS:
            try:
                piece = self.plain.recv(most - got)
            except BlockingIOError:
                await asyncio.sleep(0)
                turns += 1
                continue
            except ConnectionError:
                break
            if not piece:
                break
            got += len(piece)
        return got

    async def is_gone(self):
        await turns()
        with suppress(BlockingIOError):
            try:
                while self.plain.recv(1 << 20):
                    pass
            except ConnectionError:
                pass
            return True
        return False


async def turns():
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def pinned(server, source, sent):
    """A client that asked, and whose answer is on its way."""
    client = await Deaf.at(server, source)
    client.plain.sendall(sent)
    await server.asking.acquire()
    return client


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(("per_peer", "sources"), [(4, 2), (8, 1), (1, 8)])
@timed
async def test_clients_that_ask_ahead_and_do_not_read_keep_nobody_out(per_peer, sources):
    async with serving(connections=8, per_peer=per_peer) as server:
        for number in range(8):
            await pinned(server, f"127.0.0.{10 + number % sources}", ASK * (60_000 // len(ASK)))
        for _ in range(12):
            assert await server.healthy()
        # They come back, and still keep nobody out.
        for number in range(8):
            await pinned(server, f"127.0.0.{10 + number % sources}", ASK)
            assert await server.healthy()


@pytest.mark.guarantee("G21")
@timed
async def test_a_body_that_ends_late_does_not_turn_reading_into_work():
    posted = ASK.replace(b"GET", b"POST")[:-2] + b"Content-Length: 2\r\n\r\n"
    async with serving(connections=2) as server:
        for _ in range(2):
            client = await pinned(server, "127.0.0.2", posted)
            client.plain.sendall(b"ab")
            await turns()
        assert await server.healthy()


@pytest.mark.guarantee("G21")
@timed
async def test_whoever_reads_at_its_pace_has_its_answer_however_long_it_is():
    async with serving() as server:
        client, got, seconds = await pinned(server, "127.0.0.2", ASK), 0, 0
        while got < len(LARGE):
            more = await client.read(512 << 10)
            assert more
            got += more
            await later(20)
            seconds += 20
        assert seconds > 5 * SECONDS[Phase.SEND]


@pytest.mark.guarantee("G21")
@timed
async def test_whoever_reads_a_byte_now_and_then_is_cut_off_in_time():
    async with serving() as server:
        client = await pinned(server, "127.0.0.2", ASK)
        for _ in range(int(SECONDS[Phase.SEND]) // 5 + 1):
            await client.read(100)
            await later(5)
        assert await client.is_gone()


@pytest.mark.guarantee("G21")
@timed
async def test_what_is_asked_ahead_gives_no_more_time_to_who_reads_too_slowly():
    async with serving(seconds={**SECONDS, Phase.SEND: 600.0}) as server:
        client, seconds = await Deaf.at(server, "127.0.0.2"), 0
        client.plain.sendall(SOME * 1_000)
        await turns()
        while seconds < 12_000 and await client.read(connections.LEAST_RATE * 10):
            await later(40)
            seconds += 40
        assert 600 <= seconds < 12_000


@pytest.mark.guarantee("G21")
@timed
async def test_whoever_reads_stays_where_one_that_does_not_has_to_leave():
    async with serving(connections=2, per_peer=2) as server:
        reading = await pinned(server, "127.0.0.2", ASK)
        await later(10)
        deaf = await pinned(server, "127.0.0.3", ASK)
        for _ in range(10):
            assert await reading.read(512 << 10)
            await later(2)
        assert await server.healthy()
        assert await deaf.is_gone()
        assert await reading.read(512 << 10)


@pytest.mark.guarantee("G21")
@timed
async def test_of_the_answers_that_a_client_leaves_unread_two_are_made_at_most_over_tls(certificate):
    where, context = certificate
    async with serving(where=where) as server:
        client = await server.connect(ssl=context)
        client.writer.transport.pause_reading()
        client.send(ASK * 4)
        await server.asking.acquire()
        await turns()
        assert server.asked <= 2
        client.writer.transport.resume_reading()
        for _ in range(4):
            assert (await client.answer())[1] == LARGE
        client.send(PING)
        assert (await client.answer())[1] == b"pong"
