import asyncio

import pytest

from didkit_fr.errors import FetchError
from didkit_fr.flow import Request, Response, fetch, offline, run, run_async, together


async def page(url):
    return (await fetch(Request("GET", url))).body


async def two(first, second):
    return [await page(first), await page(second)]


def web(rounds):
    def answer(batch):
        rounds.append([request.url for request in batch])
        return [FetchError("fetch_failed") if "down" in one.url else Response(200, one.url.encode()) for one in batch]

    return answer


def test_a_flow_runs_blocking_and_in_asyncio_alike():
    async def answer(batch):
        await asyncio.sleep(0)
        return web([])(batch)

    assert run(two("a", "b"), web([])) == [b"a", b"b"]
    assert asyncio.run(run_async(two("a", "b"), answer)) == [b"a", b"b"]


def test_together_merges_the_requests_of_a_round():
    rounds = []
    assert run(together(page("a"), two("b", "c"), page("d")), web(rounds)) == [b"a", [b"b", b"c"], b"d"]
    assert rounds == [["a", "b", "d"], ["c"]]
    assert run(together(), web([])) == []


def test_the_first_error_wins_by_position_and_every_flow_is_closed():
    closed = []

    async def guarded(url):
        try:
            return await two(url, "late")
        finally:
            closed.append(url)

    with pytest.raises(FetchError) as error:
        run(together(guarded("a"), guarded("down"), guarded("b")), web([]))
    assert error.value.code == "fetch_failed"
    assert sorted(closed) == ["a", "b", "down"]


def test_a_cancelled_task_closes_the_flow():
    closed, asked = [], asyncio.Event()

    async def patient(_):
        asked.set()
        await asyncio.Event().wait()

    async def guarded():
        try:
            return await page("a")
        finally:
            closed.append(True)

    async def cancel():
        task = asyncio.create_task(run_async(guarded(), patient))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert closed == [True]


def test_a_flow_that_awaits_something_else_is_a_bug_and_says_so():
    class Foreign:
        def __await__(self):
            yield "not a batch"

    async def wrong():
        await Foreign()

    with pytest.raises(TypeError, match="not a flow"):
        run(wrong(), web([]))


def test_offline_refuses_and_repr_hides_paths_and_bodies():
    with pytest.raises(FetchError) as error:
        run(page("https://issuer.example/secret"), offline)
    assert error.value.code == "offline"
    assert repr(Request("GET", "https://issuer.example/secret?code=1")) == "Request(GET https://issuer.example)"
    assert "secret" not in repr(Response(200, b"secret"))


@pytest.mark.parametrize(
    ("stated", "age"),
    [
        (None, None),
        ("", None),
        ("public", None),
        ("max-age=60", 60),
        ("public, MAX-AGE=60", 60),
        ("max-age=60, max-age=30", 30),
        ("max-age=0", 0),
        ("no-store", 0),
        ("No-Cache, max-age=60", 0),
        ("max-age=-1", None),
        ("max-age=", None),
        ("max-age=1.5", None),
        ('max-age="60"', None),
        ("max-age=\u0661", None),
        ("max-age=9999999999999999999999", None),
        ("s-maxage=60", None),
    ],
)
def test_how_long_an_answer_stays_fresh(stated, age):
    assert Response(200, b"", {} if stated is None else {"cache-control": stated}).max_age == age
