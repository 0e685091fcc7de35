"""SQLite shared by processes, and processes that are killed."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from didkit_fr.errors import VerificationError
from issuer_service.storage.sqlite import SqliteStorage
from tests.issuer_service.stores import (
    NOW,
    acted,
    assert_sound,
    begun,
    grant,
    granted,
    issued,
    key,
    offer,
    with_storage,
)
from tests.waiting import PATIENCE

HERE = Path(__file__).resolve().parents[3]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "issuer.sqlite"


REDEEM = """
import asyncio, sys
from tests.issuer_service.stores import NOW, grant, key, open_sqlite

async def main(path, who):
    storage = await open_sqlite(path)
    print("ready", flush=True)
    sys.stdin.readline()
    won = [await storage.redeem_offer(key(i), grant((who, i)), now=NOW) for i in range(40)]
    print("".join("x" if w else "." for w in won), flush=True)
    await storage.close()

asyncio.run(main(*sys.argv[1:]))
"""

ISSUE = """
import asyncio, itertools, sys
from tests.issuer_service.stores import NOW, acted, granted, issued, key, open_sqlite

async def one(storage, n):
    lookup = await granted(storage, n)
    await storage.take_nonce(key("nonce", n), expires=NOW)
    entries = await issued(storage, lookup, n, n, count=4)
    await acted(storage, "revoke", [key(n)], now=NOW)
    print(n, *(f"{e.list_id}:{e.counter}" for e in entries), flush=True)

async def main(path, who):
    storage = await open_sqlite(path, open_lists=3, list_size=64)
    for n in itertools.count():
        await asyncio.gather(*(one(storage, (int(who) * 1_000_000) + 8 * n + i) for i in range(8)))

asyncio.run(main(*sys.argv[1:]))
"""

RETRY = """
import asyncio, itertools, sys
from didkit_fr.errors import VerificationError
from tests.issuer_service.stores import grant, issued, key, open_sqlite

async def told(storage, n, name):
    accepted = n % 2 == 1
    done = await storage.conclude_issuance(grant(n).lookup, handle=key(name, size=16), accepted=accepted)
    return "kept" if accepted and done else ""

async def main(path, who):
    storage = await open_sqlite(path, open_lists=3, list_size=64)
    for attempt in itertools.count():
        for n in range(24):
            name = f"{who}.{n}.{attempt}"
            try:
                entries = await issued(storage, grant(n).lookup, name, ("p", n), count=2, limit=5)
            except VerificationError as error:
                print(n, error.code, flush=True)
            else:
                said = await told(storage, n, name) if n >= 16 else ""
                print(n, said, *(f"{e.list_id}:{e.counter}" for e in entries), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""

REVOKE = """
import asyncio, itertools, sys
from tests.issuer_service.stores import NOW, acted, key, open_sqlite

async def main(path, who):
    storage = await open_sqlite(path, open_lists=3, list_size=64)
    for n in itertools.cycle(range(0, 16, 2)):
        await acted(storage, "revoke", [key(("p", n))], now=NOW)
        print(n, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""

OPEN = """
import asyncio, sys
from issuer_service.storage.sqlite import open_sqlite

async def main(path):
    print("ready", flush=True)
    sys.stdin.readline()
    storage = await open_sqlite(path)
    print(await storage.take_nonce(bytes(32), expires=1), flush=True)
    await storage.close()

asyncio.run(main(*sys.argv[1:]))
"""


def process(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def race(script: str, *arguments: tuple[object, ...]) -> list[str]:
    """Starts processes, lets them go together, and returns what each printed last."""
    running = [process(script, *each) for each in arguments]
    try:
        assert all(one.stdout.readline() == "ready\n" for one in running)
        for one in running:
            one.stdin.write("go\n")
            one.stdin.flush()
        return [one.communicate(timeout=PATIENCE)[0].strip() for one in running]
    finally:
        for one in running:
            one.kill()
            one.wait()


@pytest.mark.guarantee("G4")
@pytest.mark.slow
def test_two_processes_redeem_each_offer_once(path):
    async def prepare(storage):
        await asyncio.gather(*(storage.add_offer(offer(i)) for i in range(40)))

    asyncio.run(with_storage(path, prepare))
    first, second = race(REDEEM, (path, "a"), (path, "b"))
    assert len(first) == len(second) == 40
    assert all({a, b} == {"x", "."} for a, b in zip(first, second, strict=True))


@pytest.mark.slow
def test_processes_that_make_the_database_at_once_agree(path):
    answers = race(OPEN, *[(path,)] * 4)
    assert sorted(answers) == ["False", "False", "False", "True"]
    assert_sound(path)


@pytest.mark.guarantee("G20")
@pytest.mark.slow
@pytest.mark.parametrize("lines", [3, 40, 150])
def test_a_killed_process_leaves_what_it_was_told(path, lines):
    running = [process(ISSUE, path, who) for who in (1, 2)]
    told: list[str] = []
    for one in running:
        told += [one.stdout.readline() for _ in range(lines)]
    for one in running:
        one.send_signal(signal.SIGKILL)
    for one in running:
        with one:
            told += [line for line in one.stdout if line.endswith("\n")]
    assert_sound(path)

    async def check(storage: SqliteStorage):
        given = []
        for line in told:
            n, *places = line.split()
            entries = [tuple(map(int, place.split(":"))) for place in places]
            assert await storage.find_grant(grant(int(n)).lookup, now=NOW) is not None
            assert not await storage.redeem_offer(key(("for", int(n))), grant("late"), now=NOW)
            assert not await storage.take_nonce(key("nonce", int(n)), expires=NOW)
            assert await acted(storage, "revoke", [key(int(n))], now=NOW) == (4, 1)
            given += entries
        assert len(told) >= 2 * lines
        assert len(set(given)) == len(given) == 4 * len(told)
        for list_id in {list_id for list_id, _ in given}:
            state = await storage.status_list(list_id)
            assert {counter for at, counter in given if at == list_id} <= set(state.invalid)
        fresh = await begun(storage, grant(int(told[0].split()[0])).lookup, "fresh", count=50)
        assert {(entry.list_id, entry.counter) for entry in fresh}.isdisjoint(given)

    asyncio.run(with_storage(path, check, open_lists=3, list_size=64))
    assert_sound(path)


@pytest.mark.guarantee("G7")
@pytest.mark.slow
@pytest.mark.parametrize("lines", [1, 9, 60])
def test_processes_that_retry_and_revoke_and_are_killed_leave_no_copy_that_a_revocation_did_not_reach(path, lines):
    async def prepare(storage):
        await asyncio.gather(*(granted(storage, n) for n in range(24)))

    asyncio.run(with_storage(path, prepare, open_lists=3, list_size=64))
    issuing, revoking = [process(RETRY, path, who) for who in "ab"], process(REVOKE, path, "c")
    running = (*issuing, revoking)
    told = {one: [one.stdout.readline() for _ in range(lines)] for one in running}
    for one in running:
        one.send_signal(signal.SIGKILL)
    for one in running:
        with one:
            told[one] += [line for line in one.stdout if line.endswith("\n")]
    assert_sound(path)
    revoked = {int(line) for line in told[revoking]}
    answers = [line.rstrip("\n").split(" ") for one in issuing for line in told[one]]
    refusals = {"issuance_unknown", "revoked_meanwhile", "grant_exhausted", "grant_accepted"}
    assert {said for _, said, *_ in answers} <= {"", "kept"} | refusals
    kept = [(int(n), places) for n, said, *places in answers if said == "kept"]
    assert len({n for n, _ in kept}) == len(kept), "two answers that were both to be kept"
    left = [(int(n), tuple(map(int, place.split(":")))) for n, _, *places in answers for place in places]
    assert len({place for _, place in left}) == len(left), "an entry of two copies that left"

    async def check(storage: SqliteStorage):
        reserved = 0
        for n, places in kept:
            for list_id, counter in (map(int, place.split(":")) for place in places):
                assert counter not in (await storage.status_list(list_id)).invalid
            with pytest.raises(VerificationError) as error:
                await issued(storage, grant(n).lookup, ("late", n), ("p", n), limit=99)
            assert error.value.code == "grant_accepted"
        for n in range(24):
            if n in revoked:
                with pytest.raises(VerificationError) as error:
                    await issued(storage, grant(n).lookup, ("late", n), ("p", n), limit=99)
                assert error.value.code == "revoked_meanwhile"
            await acted(storage, "revoke", [key(("p", n))], now=NOW)
        for list_id in await storage.status_lists():
            state = await storage.status_list(list_id)
            assert {counter for _, (at, counter) in left if at == list_id} <= set(state.invalid)
            reserved += len(state.invalid)
        assert reserved <= 24 * 5 * 2

    asyncio.run(with_storage(path, check, open_lists=3, list_size=64))
    assert_sound(path)
