"""G21: what comes from outside is bounded, in time, in memory and in number, and no private address is contacted."""

import asyncio
import gc
import importlib
import pkgutil
import re
import socket
import ssl
import subprocess
import sys
import threading
import tracemalloc
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from didkit_fr import fetch, protocols
from didkit_fr.encoding import cbor
from didkit_fr.encoding.budget import Budget
from didkit_fr.errors import ParseError
from didkit_fr.fetch import AsyncFetcher, Fetcher
from didkit_fr.flow import Request, Response
from didkit_fr.keys import x509
from didkit_fr.proofs.mdoc import mdoc
from didkit_fr.protocols.message import MAX_ITEMS, Message, parse_message
from tests.bench.hostile_cbor import document, named, number_map, verified
from tests.issuer_service.titles.programs import REGISTER, init, serving
from tests.issuer_service.vcalm.service import Running
from tests.issuer_service.vcalm.service import found as found_w3c
from tests.ports import free_port
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
COUNTED = {"list", "tuple", "dict", "set", "frozenset"}


def models() -> list[type[Message]]:
    """Every message of the protocols, also those that are private to their module."""
    for found in pkgutil.walk_packages(protocols.__path__, "didkit_fr.protocols."):
        importlib.import_module(found.name)
    reached, left = [], [Message]
    while left:
        reached += (below := left.pop().__subclasses__())
        left += below
    ours = {model for model in reached if model.__module__.startswith("didkit_fr.")}
    return sorted(ours, key=lambda model: (model.__module__, model.__name__))


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every part of a schema of pydantic that validates a collection."""
    left = [schema]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if (
                isinstance(one.get("type"), str)
                and one["type"] in COUNTED
                and ("items_schema" in one or "values_schema" in one)
            ):
                yield one
            left += one.values()
        elif isinstance(one, list | tuple):
            left += one


def holds_anything(node: dict[str, Any]) -> bool:
    """A map of names to whatever JSON holds: no value in it can be wrong."""
    return node["type"] == "dict" and node.get("values_schema", {}).get("type") == "any"


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("model", models(), ids=lambda model: f"{model.__module__.split('.', 2)[2]}.{model.__name__}")
def test_each_collection_of_a_message_counts_first_and_stops_at_its_first_mistake(model):
    for node in nodes(model.__pydantic_core_schema__):
        if not holds_anything(node):
            assert node.get("fail_fast"), node
            limit = node.get("max_length", 0)
            assert 0 < (limit if isinstance(limit, int) else 0) <= MAX_ITEMS, node


def test_the_models_that_are_looked_at_are_those_of_all_protocols():
    assert {model.__module__.split(".")[2] for model in models()} == {"oauth", "openid4vci", "openid4vp"}


# What the wallet, the relying party and the issuer parse; the process says how much memory that took, in kilobytes.
HOSTILE = """
import resource, sys
from didkit_fr.errors import DidkitError
from didkit_fr.flow import Response
from didkit_fr.protocols.openid4vci.credential import parse_credential_request, parse_credential_response
from didkit_fr.protocols.openid4vci.metadata import parse_metadata
from didkit_fr.protocols.openid4vp.dcql import parse_query
from didkit_fr.encoding import json

ISSUER = "https://issuer.example"
HEAD = (
    b'{"credential_issuer":"https://issuer.example","credential_endpoint":"https://issuer.example/c",'
    b'"credential_configurations_supported":{'
)
ones = lambda size: b"[" + b",".join([b"1"] * (size // 2)) + b"]"
members = lambda size: b",".join(b'"%x":1' % at for at in range(size // 9))
CASES = {
    "display": (HEAD + b'},"display":' + ones(1_000_000) + b"}", lambda raw: parse_metadata(raw, issuer=ISSUER)),
    "configurations": (HEAD + members(1_000_000) + b"}}", lambda raw: parse_metadata(raw, issuer=ISSUER)),
    "response": (
        b'{"credentials":' + ones(7_000_000) + b"}",
        lambda raw: parse_credential_response(Response(200, raw), copies=30),
    ),
    "proofs": (
        b'{"credential_configuration_id":"pid","proofs":{"jwt":' + ones(260_000) + b"}}",
        parse_credential_request,
    ),
    "query": (
        b'{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},"claims":['
        + b",".join([b'{"path":[1.5,1.5],"values":[{},{},{}]}'] * 1600) + b"]}]}",
        lambda raw: parse_query(json.parse(raw)),
    ),
}
raw, parse = CASES[sys.argv[1]]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    parse(raw)
except DidkitError as error:
    print(error.code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
# Kilobytes: the text itself, its parsed form, and as much again.
LIMIT = dict.fromkeys(["display", "configurations", "response"], 96 * 1024) | dict.fromkeys(
    ["proofs", "query"], 8 * 1024
)


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("case", LIMIT)
def test_a_megabyte_of_mistakes_costs_no_gigabytes(case):
    command = [sys.executable, "-c", HOSTILE, case]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE)
    code, kilobytes = done.stdout.split()
    assert code in {"message_invalid", "input_too_large", "invalid_credential_request", "dcql_contradictory"}, done
    assert int(kilobytes) < LIMIT[case]


@pytest.mark.guarantee("G21")
def test_the_limit_of_an_array_is_met_and_not_one_more():
    from didkit_fr.errors import ParseError
    from didkit_fr.protocols.oauth.metadata import AuthorizationServerMetadata

    def document(count: int) -> dict[str, Any]:
        return {"issuer": "https://issuer.example", "grant_types_supported": ["a"] * count}

    assert parse_message(AuthorizationServerMetadata, document(MAX_ITEMS))
    with pytest.raises(ParseError) as error:
        parse_message(AuthorizationServerMetadata, document(MAX_ITEMS + 1))
    assert error.value.code == "message_invalid"


# --- CBOR


@pytest.mark.guarantee("G21")
def test_a_cbor_map_whose_numbers_collide_is_refused_before_it_costs_seconds():
    raw = number_map(14)
    assert len(raw) < 70_000
    with pytest.raises(ParseError) as error:
        cbor.decode(raw)
    assert error.value.code == "work_exceeded"
    assert len(cbor.decode(number_map(10))) > 600


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("item", [b"\x00", b"\x80", b"\xa0", b"\x60", b"\xf4"])
def test_cbor_of_a_million_items_is_refused_before_any_is_made(item):
    raw = cbor.head(4, 1_000_000) + item * 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(ParseError) as error:
            cbor.decode(raw)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    assert error.value.code == "work_exceeded"


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("value", [[[] for _ in range(20_000)], [{} for _ in range(20_000)], [[0]] * 19_000])
def test_a_signed_document_of_many_containers_is_refused_before_it_is_made(value):
    assert verified(document([0] * 100_000))
    with pytest.raises(ParseError) as error:
        verified(document(value))
    assert error.value.code == "work_exceeded"


@pytest.mark.guarantee("G21")
def test_what_is_embedded_in_a_document_counts_against_the_same_budget():
    digests = {f"n{at}": dict.fromkeys(range(1_000), bytes(32)) for at in range(20)}
    parsed = mdoc.parse(document([0] * 100, digests))
    assert len(parsed.unverified_object.digests) == 20
    with pytest.raises(ParseError) as error:
        mdoc.parse(document([0] * 110_000, digests))
    assert error.value.code == "work_exceeded"


@pytest.mark.guarantee("G21")
def test_a_message_with_megabytes_of_certificates_is_refused_before_they_are_parsed():
    chain = [b64encode(named(3_000)).decode("ascii")] * 5
    budget = Budget()
    for _ in range(3):
        assert len(x509.parse_chain(x509.decode_x5c(chain), budget=budget)) == 5
    with pytest.raises(ParseError) as error:
        x509.parse_chain(x509.decode_x5c(chain), budget=budget)
    assert error.value.code == "work_exceeded"


# The network: what is contacted, and who connects.
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
def test_no_connection_is_made_to_an_inner_address_by_whatever_way_the_client_found_it(monkeypatch):
    """The address of each socket is checked before it is connected, also where nobody looked at what a name gave."""
    unchecked = fetch._checked_resolver
    monkeypatch.setattr(fetch, "_checked_resolver", lambda resolver, _: unchecked(resolver, lambda _: None))
    with inner_service() as (port, asked):
        assert fetched(f"https://issuer.example:{port}/", resolver=naming(["127.0.0.1"])) == "fetch_refused_address"
        assert not asked


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
        # What was left open would be said here, and not in the test that runs when it is collected.
        gc.collect()


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
        assert init(folder, port=free_port()).returncode == 0
        return serving("--data", folder / "data", secret=b"of the keyring\n")
    done, port = found_w3c(folder / "data")
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
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(f"127.0.7.{number + 1}", 0))


def answer_to(port, request):
    """What a client from another address is answered, to the end of the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=("127.0.0.2", 0)) as client:
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
    assert is_served(port)
    assert sum(map(is_open, clients)) <= most
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
