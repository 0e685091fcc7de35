"""Attacks on G21: what comes from outside is bounded, and no private address is contacted."""

import asyncio
import re
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme
from aiohttp.test_utils import unused_port

from didkit_fr.fetch import AsyncFetcher, Fetcher
from didkit_fr.flow import Request, Response
from tests.issuer_service.test_cli import REGISTER, init, serving
from tests.issuer_service.vcalm.service import Running, found

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\ninner"


@contextmanager
def inner_service(*, redirect_to=None, tls=None):
    """A service on loopback as an attacker wants to reach it; gives its port and what it was asked."""
    asked, listener = [], socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            asked.append(b"")
            with suppress(OSError), connection if tls is None else tls.wrap_socket(connection, server_side=True) as one:
                asked[-1] = one.recv(4096)
                one.sendall(ANSWER if redirect_to is None else redirect_to(asked[-1]))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1], asked
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def fetched(url, **options):
    redirects = options.pop("redirects", 0)
    with Fetcher(**options) as fetcher:
        (outcome,) = fetcher((Request("GET", url, redirects=redirects),))
    return outcome if isinstance(outcome, Response) else outcome.code


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    "host",
    [
        "127\u30020\u30020\u30021",
        "127\uff0e0\uff0e0\uff0e1",
        "\uff11\uff12\uff17.0.0.1",
        "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
        "localhost\u3002",
        "127.0.0.1.",
        "localhost.",
        "LOCALHOST",
        "127.0.0.1%00",
        "%31%32%37.0.0.1",
        "0177.0.0.1",
        "0x7f.1",
        "2130706433",
        "127.0.0.1\\@issuer.example",
        "issuer.example@127.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[::1%25lo]",
        "0.0.0.0",  # noqa: S104 - an address to refuse
    ],
)
def test_a_host_that_a_client_would_map_to_loopback_reaches_nobody(host):
    with inner_service() as (port, asked):
        assert fetched(f"https://{host}:{port}/") == "fetch_refused_address"
        assert not asked


def naming(*answers):
    """A resolver that an attacker holds: each question is answered by the next answer, the last one again."""
    left = list(answers)

    async def resolve(_):
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["0.0.0.0"],  # noqa: S104 - an address to refuse
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["fe80::1%lo"],
    ],
)
def test_a_name_that_leads_to_an_inner_address_reaches_nobody(found):
    with inner_service() as (port, asked):
        assert fetched(f"https://issuer.example:{port}/", resolver=naming(found)) == "fetch_refused_address"
        assert not asked


@pytest.mark.guarantee("G21")
def test_a_name_that_leads_elsewhere_the_second_time_is_checked_the_second_time():
    """DNS rebinding: each use of a name is checked, whatever was found before."""
    with inner_service() as (port, asked):
        resolver = naming(["127.0.0.1"], ["10.0.0.1"])
        url = f"https://issuer.example:{port}/"

        async def twice():
            async with AsyncFetcher(allow_insecure_loopback=True, resolver=resolver, attempts=1) as fetcher:
                return [(await fetcher((Request("GET", url),)))[0].code for _ in range(2)]

        # The service speaks no TLS: the first time it is contacted and fails, the second time it is not contacted.
        assert asyncio.run(twice()) == ["fetch_failed", "fetch_refused_address"]
        assert len(asked) == 1


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "https://127\u30020\u30020\u30021/",
        "https://localhost.:{port}/",
        "//user@127.0.0.1:{port}/",
        "https:\\\\127.0.0.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "file:///etc/passwd",
        "http://[::1",
    ],
)
def test_a_redirect_is_parsed_and_checked_like_an_address_that_was_given(location):
    def away(_):
        said = location.format(port=port).encode()
        return b"HTTP/1.1 302 Found\r\nlocation: %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % said

    with inner_service(redirect_to=away) as (port, asked):
        url = f"http://127.0.0.1:{port}/"
        assert fetched(url, allow_insecure_loopback=True, redirects=3) == "fetch_refused_address"
        assert len(asked) == 1


@pytest.mark.guarantee("G21")
def test_a_connection_that_ends_elsewhere_than_it_was_sent_carries_no_request(monkeypatch, tmp_path):
    """The peer of the connected socket is checked too: here the system sends a public address to loopback."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "roots.pem")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("8.8.8.8").configure_cert(server)
    with inner_service(tls=server) as (port, asked):

        class Diverted(socket.socket):
            def connect(self, _):
                super().connect(("127.0.0.1", port))

        monkeypatch.setattr("didkit_fr.fetch.socket.socket", Diverted)
        assert fetched("https://8.8.8.8/", ca_file=str(tmp_path / "roots.pem")) == "fetch_refused_address"
        assert asked == [b""]


@pytest.mark.guarantee("G21")
def test_a_proxy_of_the_environment_sees_nothing(monkeypatch):
    with inner_service() as (proxy, seen), inner_service() as (port, _):
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        assert fetched(f"http://127.0.0.1:{port}/", allow_insecure_loopback=True).body == b"inner"
        assert fetched("https://127.0.0.1:1/", allow_insecure_loopback=True) == "fetch_failed"
        assert not seen


def founded_and_served(kind, folder):
    """A real process of each kind, as its operator starts it; a context of the process and its address."""
    if kind == "register":
        return serving("--data", folder, "--port", 0, module=REGISTER)
    if kind == "issuer":
        assert init(folder, port=unused_port()).returncode == 0
        return serving("--data", folder / "data", secret=b"keyring\n")
    done, port = found(folder / "data")
    assert done.returncode == 0, done.stderr

    @contextmanager
    def running():
        with Running(folder / "data", port=port) as service:
            yield service.process, service.base

    return running()


@pytest.fixture(scope="module", params=["issuer", "w3c", "register"])
def process(request, tmp_path_factory):
    with founded_and_served(request.param, tmp_path_factory.mktemp(request.param)) as (running, address):
        # Nobody reads the log of these: it must not stop them.
        threading.Thread(target=running.stderr.read, daemon=True).start()
        yield request.param, running.pid, int(address.rpartition(":")[2])


def attacker(port, number=0):
    """A connection from one of the addresses of an attacker, who has many."""
    return socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(f"127.0.7.{number + 1}", 0))


def answer_to(port, request):
    """What a client from another address is answered, to the end of the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=30, source_address=("127.0.0.2", 0)) as client:
        client.sendall(request)
        return b"".join(iter(lambda: client.recv(65_536), b""))


def is_served(port):
    return answer_to(port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 4")


def is_open(client):
    client.settimeout(0)
    try:
        return client.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


@pytest.mark.guarantee("G21")
def test_one_peer_takes_so_many_connections_and_others_are_served(process):
    kind, _, port = process
    most = {"issuer": 128, "w3c": 128, "register": 256}[kind]
    clients = [attacker(port) for _ in range(most + 50)]
    for client in clients:
        client.send(b"POST / HTTP/1.1\r\n")
    # The register's clients are all on its machine: there, a newcomer takes the place of who waits longest.
    assert is_served(port)
    assert sum(map(is_open, clients)) == most - (kind == "register")
    for client in clients:
        client.close()


@pytest.mark.guarantee("G21")
def test_half_sent_bodies_take_little_memory_and_others_are_served(process):
    kind, pid, port = process
    before, most, clients = memory(pid), 0, []
    path = {"issuer": b"/token", "w3c": b"/vcalm/verifiers/trusted/credentials/verify", "register": b"/evidence"}[kind]
    large = b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 262144\r\n\r\n" % path
    large += bytes(262_000)
    for number in range(1_000):
        client = attacker(port, number % 12)
        with suppress(ConnectionError):
            client.sendall(large)
        clients.append(client)
        if number % 100 == 0:
            assert is_served(port)
            most = max(most, memory(pid))
    assert is_served(port)
    # 1,000 bodies are 262 MB, and Python needs more than once their size; the limit over all connections is 16 MiB.
    assert max(most, memory(pid)) - before < 120_000, kind
    for client in clients:
        client.close()


def memory(pid):
    """What a process has in memory now, in kB."""
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1])


@pytest.mark.guarantee("G21")
@pytest.mark.guarantee("G15")
@pytest.mark.parametrize(
    "request_",
    [b"canary\r\n\r\n", b"GET /canary HTTP/9\r\n\r\n", b"GET / HTTP/1.1\r\nX: %s\r\n\r\n" % (b"canary" * 2000)],
)
def test_what_is_no_request_is_answered_without_a_name_or_a_quotation(process, request_):
    answer = answer_to(process[2], request_).lower()
    assert answer.startswith((b"http/1.1 4", b"http/1.0 4"))
    assert b"\r\n\r\n{" in answer
    for word in (b"canary", b"server:", b"python", b"aiohttp"):
        assert word not in answer
