"""When the client asks again: after a redirect that it may follow, and once after a connection that failed."""

import pytest

from didkit_fr.fetch import Fetcher
from didkit_fr.flow import Response
from tests.http_scripts import OK, ask, scripted

PAGE = (OK + b"content-length: 4\r\n\r\npage",)
BROKEN = (b"not HTTP at all\r\n\r\n",)


@pytest.fixture(scope="module")
def loopback():
    with Fetcher(allow_insecure_loopback=True) as fetcher:
        yield fetcher


def status(number, *fields):
    head = b"HTTP/1.1 %d X\r\nconnection: close\r\ncontent-length: 0\r\n" % number
    return (head + b"".join(field + b"\r\n" for field in fields) + b"\r\n",)


@pytest.mark.parametrize("number", [301, 302, 303, 307, 308])
def test_every_redirect_of_http_is_followed_where_one_is_allowed(loopback, number):
    with scripted(status(number, b"location: /page"), PAGE) as (address, heads):
        assert ask(loopback, address, redirects=1).body == b"page"
        assert heads[1].startswith(b"GET /page ")
    with scripted(status(number, b"location: /page")) as (address, heads):
        assert ask(loopback, address).status == number
        assert len(heads) == 1


@pytest.mark.parametrize("number", [200, 201, 300, 304, 305, 306, 309, 404])
def test_no_other_answer_leads_elsewhere(loopback, number):
    with scripted(status(number, b"location: /page")) as (address, heads):
        assert ask(loopback, address, redirects=1).status == number
        assert len(heads) == 1


def test_a_redirect_to_nowhere_is_an_answer(loopback):
    with scripted(status(302)) as (address, _):
        assert ask(loopback, address, redirects=1).status == 302


def test_as_many_redirects_are_followed_as_are_allowed(loopback):
    hop = status(302, b"location: /again")
    with scripted(hop, hop, PAGE) as (address, _):
        assert ask(loopback, address, redirects=2).body == b"page"
    with scripted(hop, hop, hop) as (address, heads):
        assert ask(loopback, address, redirects=2).code == "fetch_failed"
        assert len(heads) == 3


def test_a_get_is_tried_twice_and_no_third_time(loopback):
    with scripted(BROKEN, PAGE) as (address, heads):
        assert ask(loopback, address).body == b"page"
        assert len(heads) == 2
    with scripted(BROKEN, BROKEN, PAGE) as (address, heads):
        assert ask(loopback, address).code == "fetch_failed"
        assert len(heads) == 2


def test_nothing_but_a_get_is_tried_twice(loopback):
    with scripted(BROKEN, PAGE) as (address, heads):
        assert ask(loopback, address, method="POST", body=b"x").code == "fetch_failed"
        assert len(heads) == 1


def test_an_answer_of_any_status_is_not_asked_for_again(loopback):
    with scripted(status(503), PAGE) as (address, heads):
        outcome = ask(loopback, address)
        assert isinstance(outcome, Response)
        assert (outcome.status, len(heads)) == (503, 1)


def test_what_was_refused_is_not_asked_for_again(loopback):
    large = (OK + b"connection: close\r\ncontent-length: 6\r\n\r\n", b"x" * 6)
    with scripted(large, PAGE) as (address, heads):
        assert ask(loopback, address, max_bytes=5).code == "fetch_too_large"
        assert len(heads) == 1
    with scripted(status(302, b"location: http://192.0.2.1/"), PAGE) as (address, heads):
        assert ask(loopback, address, redirects=1).code == "fetch_refused_address"
        assert len(heads) == 1


@pytest.mark.parametrize(("attempts", "tried"), [(1, 1), (2, 2), (3, 3)])
def test_how_often_is_for_the_caller_to_say(attempts, tried):
    with (
        Fetcher(allow_insecure_loopback=True, attempts=attempts) as fetcher,
        scripted(*(BROKEN,) * 4) as (address, heads),
    ):
        assert ask(fetcher, address).code == "fetch_failed"
        assert len(heads) == tried
