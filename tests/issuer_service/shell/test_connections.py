"""Hostile connections on real sockets, where a healthy client is served meanwhile. The loop's clock is the test's."""

import json
import socket

import pytest

from issuer_service.register.app import refuse
from issuer_service.shell.connections import MAX_AHEAD, MAX_HEAD, MAX_HEADERS, MAX_LINE, Phase
from issuer_service.shell.listening import Where
from issuer_service.titles.routes.refusal import plain
from issuer_service.vcalm.answers import unread
from tests.issuer_service.shell.peers import LARGE, PING, SECONDS, head, later, serving, timed, tls

HALF = b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return tls(tmp_path_factory.mktemp("tls"))


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    ("sent", "phase"),
    [
        (b"", Phase.HEAD),
        (b"G", Phase.HEAD),
        (HALF, Phase.HEAD),
        (HALF + b"\r\n", Phase.BODY),
        (HALF + b"\r\nabcde", Phase.BODY),
        (b"POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Phase.BODY),
    ],
)
@timed
async def test_what_is_not_finished_in_its_time_is_cut_off(sent, phase):
    async with serving() as server:
        client = await server.connect()
        client.send(sent)
        assert await server.healthy()
        await later(SECONDS[phase] - 1)
        assert await server.healthy()
        assert not client.reader.at_eof()
        await later(2)
        assert await client.gone() == b""
        assert await server.healthy()


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("data", [PING, HALF + b"\r\n0123456789"])
@timed
async def test_one_byte_at_a_time_gives_no_more_time(data):
    async with serving() as server:
        client = await server.connect()
        for at in range(len(data)):
            client.send(data[at : at + 1])
            await later(5)
            if client.reader.at_eof():
                break
        assert await client.gone() == b""
        assert at < 12
        assert await server.healthy()


@pytest.mark.guarantee("G21")
@timed
async def test_a_whole_request_just_in_time_is_answered_and_the_connection_kept():
    async with serving() as server:
        client = await server.connect()
        client.send(HALF)
        await later(SECONDS[Phase.HEAD] - 1)
        client.send(b"\r\n01234")
        assert await server.healthy()
        await later(SECONDS[Phase.BODY] - 1)
        client.send(b"56789")
        assert (await client.answer())[1] == b"10"
        await later(SECONDS[Phase.IDLE] - 1)
        client.send(PING)
        assert (await client.answer())[1] == b"pong"
        await later(SECONDS[Phase.IDLE] + 1)
        assert await client.gone() == b""


@pytest.mark.guarantee("G21")
@timed
async def test_the_second_request_has_no_more_time_than_the_first():
    async with serving() as server:
        client = await server.connect()
        client.send(PING)
        await client.answer()
        client.send(b"GET /p")
        assert await server.healthy()
        await later(SECONDS[Phase.HEAD] + 1)
        assert await client.gone() == b""


@pytest.mark.guarantee("G21")
@timed
async def test_an_answer_that_nobody_reads_and_a_handler_that_never_ends_are_dropped():
    async with serving() as server:
        deaf, waiting = await server.connect(), await server.connect()
        deaf.writer.transport.pause_reading()
        deaf.send(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        waiting.send(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        await server.entered.wait()
        assert await server.healthy()
        await later(SECONDS[Phase.ANSWER] + 1)
        assert await waiting.gone() == b""
        deaf.writer.transport.resume_reading()
        assert len(await deaf.gone()) < len(LARGE)
        assert await server.healthy()


@pytest.mark.guarantee("G21")
@timed
async def test_a_body_that_was_refused_is_read_for_a_moment_so_that_its_client_sees_why():
    async with serving() as server:
        client, endless = await server.connect(), await server.connect()
        client.send(b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n" + bytes(400_000) + PING)
        assert (await client.answer())[0].startswith(b"HTTP/1.1 413")
        assert (await client.answer())[1] == b"pong"
        endless.send(b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n" + bytes(200_000))
        assert (await endless.answer())[0].startswith(b"HTTP/1.1 413")
        await later(SECONDS[Phase.LINGER] + 1)
        assert await endless.gone() == b""


@pytest.mark.guarantee("G21")
@timed
async def test_the_rest_of_a_body_that_was_refused_has_the_time_of_its_phase_and_no_other():
    async with serving() as server:
        client = await server.connect()
        client.send(b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n" + bytes(200_000))
        assert (await client.answer())[0].startswith(b"HTTP/1.1 413")
        await later(SECONDS[Phase.LINGER] - 1)
        client.send(bytes(200_000) + PING)
        assert (await client.answer())[1] == b"pong"


@pytest.mark.guarantee("G21")
@timed
async def test_nobody_makes_way_for_a_connection_that_is_not_taken():
    async with serving(connections=2, per_peer=1) as server:
        busy, waiting = await server.connect("127.0.0.2"), await server.connect("127.0.0.3")
        busy.send(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        await server.entered.wait()
        assert await (await server.connect("127.0.0.2")).gone() == b""
        waiting.send(PING)
        assert (await waiting.answer())[1] == b"pong"


@pytest.mark.guarantee("G21")
@timed
async def test_a_peer_has_so_many_connections_and_the_one_that_waits_longest_makes_way():
    async with serving(per_peer=3) as server:
        clients = []
        for _ in range(4):
            clients.append(await server.connect())
            clients[-1].send(HALF)
            assert await server.healthy()
            await later(1)
        assert await clients[0].gone() == b""
        for client in clients[1:]:
            client.send(b"\r\n0123456789")
            assert (await client.answer())[1] == b"10"


@pytest.mark.guarantee("G21")
@timed
async def test_a_request_that_is_being_answered_makes_way_for_nobody():
    async with serving(per_peer=1) as server:
        client = await server.connect()
        client.send(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        await server.entered.wait()
        assert await (await server.connect()).gone() == b""
        assert await server.healthy()
        server.released.set()
        assert (await client.answer())[1] == b"waited"


@pytest.mark.guarantee("G21")
@timed
async def test_many_peers_together_have_so_many_connections_and_a_healthy_one_is_served_all_the_same():
    async with serving(connections=20, per_peer=5) as server:
        clients = []
        for number in range(60):
            clients.append(await server.connect(f"127.0.1.{number % 12 + 1}"))
            clients[-1].send(HALF)
            assert await server.healthy()
            await later(0.1)
        gone = [client for client in clients if client.reader.at_eof() or client.reader.exception()]
        # The healthy client takes one place at a time.
        assert len(clients) - len(gone) in (19, 20)


@pytest.mark.guarantee("G21")
@timed
async def test_half_sent_bodies_hold_so_many_bytes_together_and_whoever_holds_most_goes():
    async with serving(buffered=3 * 60_000, per_peer=20, connections=40) as server:
        small = await server.connect()
        small.send(HALF + b"\r\n01234")
        large = []
        for _ in range(10):
            large.append(await server.connect())
            large[-1].send(b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n" + bytes(70_000))
            await large[-1].writer.drain()
            assert await server.healthy()
        assert sum(client.reader.at_eof() or client.reader.exception() is not None for client in large) >= 7
        small.send(b"56789")
        assert (await small.answer())[1] == b"10"
        large[-1].send(bytes(20_000))
        assert await server.healthy()


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    ("last", "beyond", "status"),
    [
        (head(*(b"x: y",) * (MAX_HEADERS - 1)), head(*(b"x: y",) * MAX_HEADERS), b"400"),
        (head(b"x:" + b"y" * MAX_LINE), head(b"x:" + b"y" * (MAX_LINE + 1)), b"431"),
    ],
)
@timed
async def test_heads_are_bounded_in_number_and_length(last, beyond, status):
    async with serving() as server:
        client = await server.connect()
        client.send(last)
        assert (await client.answer())[1] == b"pong"
        client.send(beyond)
        assert (await client.answer())[0].split()[1] == status
        assert await client.gone() == b""


@pytest.mark.guarantee("G21")
@timed
async def test_a_head_is_bounded_as_a_whole():
    line = b"x: " + b"y" * 7_998 + b"\r\n"
    async with serving() as server:
        client = await server.connect()
        client.send(b"GET /ping HTTP/1.1\r\nHost: a\r\n" + line * 4)
        assert await server.healthy()
        client.send(b"\r\n")
        assert (await client.answer())[1] == b"pong"
        assert 4 * len(line) < MAX_HEAD < 5 * len(line)
        client.send(b"GET /ping HTTP/1.1\r\nHost: a\r\n" + line * 5)
        assert await client.gone() == b""


@pytest.mark.guarantee("G21")
@timed
async def test_requests_sent_ahead_of_an_answer_are_bounded():
    async with serving() as server:
        client = await server.connect()
        client.send(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        await server.entered.wait()
        client.send(PING * 3)
        assert await server.healthy()
        assert not client.reader.at_eof()
        many = PING * (MAX_AHEAD // len(PING))
        for _ in range(400):
            client.send(many)
            assert await server.healthy()
        # What the kernel does not hold of 26 MB either is not read, or ended the connection.
        assert client.reader.at_eof() or client.writer.transport.get_write_buffer_size() > 200 * MAX_AHEAD


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(("beyond", "gone"), [(0, False), (1, True)])
@timed
async def test_bytes_sent_ahead_of_an_answer_are_bounded_however_few_requests_they_are(beyond, gone):
    start = b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n"
    async with serving() as server:
        client = await server.connect()
        client.send(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        await server.entered.wait()
        client.send(start + bytes(MAX_AHEAD - len(start)))
        for _ in range(20):
            assert await server.healthy()
        assert not client.reader.at_eof()
        client.send(bytes(beyond))
        for _ in range(20):
            assert await server.healthy()
        assert (client.reader.at_eof() or client.reader.exception() is not None) == gone


@timed
async def test_requests_sent_ahead_are_answered_in_order():
    async with serving() as server:
        client = await server.connect()
        client.send(PING + HALF + b"\r\n0123456789" + PING)
        assert [(await client.answer())[1] for _ in range(3)] == [b"pong", b"10", b"pong"]


MARK = b"canary"
UNREADABLE = [
    b"\x16\x03\x01\x02\x00\x01canary\r\n\r\n",
    b"canary\r\n\r\n",
    b"CANARY! / HTTP/1.1\r\n\r\n",
    b"GET /canary HTTP/9.9\r\nHost: a\r\n\r\n",
    b"GET / canary HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\ncanary\r\n\r\n",
    b"GET / HTTP/1.1\r\ncan ary: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: canary\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\ncanary",
    b"GET / HTTP/1.1\r\nHost: a\r\nX-Canary: " + b"canary" * 2000 + b"\r\n\r\n",
    b"GET /" + b"canary" * 2000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /ping HTTP/1.1\r\nHost: a\r\nExpect: canary\r\n\r\n",
]


@pytest.mark.guarantee("G15")
@pytest.mark.parametrize("refusal", [plain, unread, refuse], ids=["issuer", "w3c", "register"])
@pytest.mark.parametrize("request_", UNREADABLE)
@timed
async def test_what_is_no_request_is_refused_like_any_other_and_not_quoted(request_, refusal, caplog):
    async with serving(refusal=refusal) as server:
        client = await server.connect()
        client.send(request_)
        top, body = await client.answer()
        assert 400 <= int(top.split()[1]) < 500
        assert b"canary" not in (top + body).lower()
        for name in (b"server:", b"python", b"aiohttp"):
            assert name not in top.lower()
        assert isinstance(json.loads(body), dict)
        assert b"no-store" in top
        assert "canary" not in caplog.text.lower()
        assert await server.healthy()


@pytest.mark.guarantee("G21")
@timed
async def test_handshakes_are_counted_and_have_their_time(certificate):
    where, context = certificate
    async with serving(per_peer=2, where=where) as server:
        first = await server.connect()
        await later(1)
        second = await server.connect()
        second.send(b"\x16\x03\x01")
        third = await server.connect()
        assert await first.gone() == b""
        client = await server.connect("127.0.0.9", ssl=context)
        client.send(PING)
        assert (await client.answer())[1] == b"pong"
        await later(SECONDS[Phase.HANDSHAKE] + 1)
        assert await second.gone() == b""
        assert await third.gone() == b""
        client.send(PING)
        assert (await client.answer())[1] == b"pong"
        await later(SECONDS[Phase.IDLE] + 1)
        assert await client.gone() == b""


@timed
async def test_a_server_that_ends_closes_handshakes_that_are_open(certificate):
    where, _ = certificate
    async with serving(where=where) as server:
        client = await server.connect()
        client.send(b"\x16\x03\x01")
        server.clients.clear()
    assert await client.gone() == b""
    await client.close()


@timed
async def test_an_address_that_is_taken_is_told():
    from didkit_fr.errors import FetchError

    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = Where("127.0.0.1", taken.getsockname()[1], None, None)
        with pytest.raises(FetchError) as error:
            async with serving(where=where):
                raise AssertionError("it must not listen")
    assert error.value.code == "listen_failed"


@timed
async def test_peers_of_ipv6_are_counted_by_network():
    from issuer_service.shell.connections import _peer_of

    assert _peer_of("2a00:1::1") == _peer_of("2a00:1::ffff:0:0:1") != _peer_of("2a00:1:0:1::1")
    assert _peer_of("fe80::1%eth0") == _peer_of("fe80::2%eth0")
    assert _peer_of("192.0.2.1") != _peer_of("192.0.2.2")
