"""The guarded client against a real server on loopback, and against addresses that it must not contact."""

import asyncio
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from didkit_fr.errors import FetchError
from didkit_fr.fetch import MAX_HEADERS, MAX_LINE, AsyncFetcher, Fetcher
from didkit_fr.flow import Request, Response
from tests.http_scripts import OK, answered, ask, scripted


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path == "/slow":
            self.server.stopped.wait(5)
        if self.path == "/drop" or (self.path == "/drop-once" and self.server.asked.count(self.path) == 1):
            self.close_connection = True
            return
        status, headers, body = {
            "/redirect": (302, {"location": "/page"}, b""),
            "/loop": (302, {"location": "/loop"}, b""),
            "/away": (302, {"location": "http://192.0.2.1/"}, b""),
            "/large": (200, {}, b"x" * 5000),
            "/packed": (200, {"content-encoding": "gzip"}, b"\x1f\x8b packed"),
        }.get(self.path, (200, {"x-encoding": self.headers.get("accept-encoding", "")}, b"page"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.server.asked.append(self.path)
        self.close_connection = True

    def log_message(self, *_):
        pass


@contextmanager
def server():
    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.asked, served.stopped = [], threading.Event()
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    try:
        yield served
    finally:
        served.stopped.set()
        served.shutdown()
        served.server_close()
        thread.join()


@pytest.fixture(scope="module")
def site():
    with server() as served:
        yield served


@pytest.fixture(scope="module")
def loopback():
    with Fetcher(allow_insecure_loopback=True) as fetcher:
        yield fetcher


@pytest.fixture(scope="module")
def strict():
    with Fetcher() as fetcher:
        yield fetcher


def url(site, path):
    return f"http://127.0.0.1:{site.server_port}{path}"


def test_answers_come_in_order_with_lower_case_headers(site, loopback):
    outcomes = loopback(tuple(Request("GET", url(site, f"/{n}")) for n in range(20)))
    assert [one.body for one in outcomes] == [b"page"] * 20
    assert outcomes[0].headers["x-encoding"] == "identity"


def test_the_same_inside_asyncio(site):
    async def go():
        async with AsyncFetcher(allow_insecure_loopback=True) as fetcher:
            return await fetcher((Request("GET", url(site, "/a")), Request("GET", url(site, "/b"))))

    assert [one.status for one in asyncio.run(go())] == [200, 200]


REFUSED = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "https://127.0.0.1:{port}/",
    "https://localhost:{port}/",
    "https://[::1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://127.1:{port}/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://[fe80::1]/",
    "https://100.64.0.1/",
    "https://user:pass@127.0.0.1/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "http://example.org/",
    "//example.org/",
    "https://",
    "https://host:0/",
    "https://host:99999/",
    "https://[::1",
    "",
]


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_must_not_be_contacted(site, strict, address):
    asked = len(site.asked)
    outcome = ask(strict, address.format(port=site.server_port))
    assert isinstance(outcome, FetchError)
    assert outcome.code == "fetch_refused_address"
    assert len(site.asked) == asked


@pytest.mark.parametrize("address", ["http://10.0.0.1/", "http://192.0.2.1/", "https://10.0.0.1/", "http://127.1:1/"])
def test_loopback_permission_permits_nothing_else(loopback, address):
    assert ask(loopback, address).code == "fetch_refused_address"


def test_a_redirect_is_an_answer_unless_asked_for_and_each_hop_is_checked(site, loopback):
    assert ask(loopback, url(site, "/redirect")).status == 302
    assert ask(loopback, url(site, "/redirect"), redirects=1).body == b"page"
    assert ask(loopback, url(site, "/loop"), redirects=3).code == "fetch_failed"
    assert ask(loopback, url(site, "/away"), redirects=1).code == "fetch_refused_address"


@pytest.mark.guarantee("G21")
def test_bodies_are_bounded_and_never_unpacked(site, loopback):
    assert ask(loopback, url(site, "/large"), max_bytes=4999).code == "fetch_too_large"
    assert len(ask(loopback, url(site, "/large"), max_bytes=5000).body) == 5000
    assert ask(loopback, url(site, "/packed")).body == b"\x1f\x8b packed"


def test_time_is_bounded(site, loopback):
    assert ask(loopback, url(site, "/slow"), timeout=0.2).code == "fetch_timeout"


def test_only_a_get_is_tried_again(site, loopback):
    assert isinstance(ask(loopback, url(site, "/drop-once")), Response)
    before = site.asked.count("/post")
    assert ask(loopback, url(site, "/post"), method="POST", body=b"x").code == "fetch_failed"
    assert site.asked.count("/post") == before + 1


@pytest.mark.guarantee("G15")
def test_an_error_names_the_origin_only(site, loopback):
    outcome = ask(loopback, url(site, "/drop"))
    assert outcome.code == "fetch_failed"
    assert "/drop" not in str(outcome)
    assert str(site.server_port) in str(outcome)


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    ("before", "part"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
        (OK + b"content-length: 60000\r\n\r\n", b""),
        (OK + b"transfer-encoding: chunked\r\n\r\n", b""),
        (OK, b""),
        (b"", b""),
    ],
)
def test_an_answer_that_never_ends_costs_the_time_of_its_request_and_no_more(loopback, before, part):
    stopped = threading.Event()

    def answer():
        yield before
        while not stopped.wait(0 if part else 0.01):
            yield part

    with scripted(answer(), answer()) as (address, _):
        assert ask(loopback, address, timeout=0.2).code == "fetch_timeout"
        stopped.set()


@pytest.mark.guarantee("G21")
def test_a_body_without_an_end_is_cut_where_it_is_too_large(loopback):
    with scripted((OK + b"\r\n", *(b"x" * 1000,) * 6)) as (address, _):
        assert ask(loopback, address, max_bytes=5000).code == "fetch_too_large"
    chunks = b"".join(b"%x\r\n%s\r\n" % (100, b"x" * 100) for _ in range(51))
    with scripted((OK + b"transfer-encoding: chunked\r\n\r\n" + chunks,)) as (address, _):
        assert ask(loopback, address, max_bytes=5000).code == "fetch_too_large"
    with scripted((OK + b"content-length: 5001\r\n\r\n", b"x" * 5001)) as (address, _):
        assert ask(loopback, address, max_bytes=5000).code == "fetch_too_large"


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    ("last", "beyond"),
    [
        (answered(*(b"x: y",) * (MAX_HEADERS - 1)), answered(*(b"x: y",) * MAX_HEADERS)),
        (answered(b"x:" + b"y" * (MAX_LINE - 1)), answered(b"x:" + b"y" * (MAX_LINE + 1))),
        (
            answered(line=b"HTTP/1.1 200 " + b"y" * MAX_LINE + b"\r\n"),
            answered(line=b"HTTP/1.1 200 " + b"y" * (MAX_LINE + 1) + b"\r\n"),
        ),
    ],
)
def test_headers_are_bounded_in_number_and_length(loopback, last, beyond):
    with scripted(last) as (address, _):
        assert ask(loopback, address).status == 200
    with scripted(*(beyond,) * 4) as (address, _):
        assert ask(loopback, address).code == "fetch_failed"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 99 X\r\n\r\n",
        b"HTTP/1.1 +200 X\r\n\r\n",
        b"HTTP/1.1 200\r\nx : y\r\n\r\n",
        OK + b"content-length: -1\r\n\r\n",
        OK + b"content-length: 5\r\ncontent-length: 6\r\n\r\nabcde",
        OK + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\nabcde",
        OK + b"content-length: 5\r\n\r\nabc",
        OK + b"transfer-encoding: chunked\r\n\r\n5\r\nab",
        b"\x16\x03\x01\x02",
        b"",
    ],
)
def test_what_is_no_answer_of_http_is_a_failure(loopback, answer):
    with scripted(*((answer,),) * 4) as (address, _):
        assert ask(loopback, address).code == "fetch_failed"


SAID = {b"host", b"accept", b"accept-encoding", b"user-agent"}


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(("method", "body"), [("GET", b""), ("POST", b"x=y")])
def test_every_request_says_the_same_of_who_asks(loopback, method, body):
    with scripted(answered()) as (address, heads):
        assert ask(loopback, address, method=method, body=body, headers={"User-Agent": "Python/3.11"}).status == 200
    lines = [line.partition(b": ") for line in heads[0].partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]]
    said = {name.lower(): value for name, _, value in lines}
    assert len(said) == len(lines)
    assert said[b"user-agent"] == b"didkit-fr"
    assert said[b"accept-encoding"] == b"identity"
    assert said.keys() == SAID | ({b"content-length", b"content-type"} if body else set())


def test_using_it_outside_its_context_is_a_bug_and_says_so():
    async def go():
        await AsyncFetcher(allow_insecure_loopback=True)((Request("GET", "http://127.0.0.1:1/"),))

    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(go())
