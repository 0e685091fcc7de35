"""The issuer when something breaks: killed while it writes, database locked, disk full, register down."""

import json
import resource
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPException
from threading import Event

import pytest

from tests.end_to_end.visitor import Answer, Visitor, copies_in, place_of, slips, whole_records
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

BURST = 12
INVALID, VALID = 1, 0
DENIED = 400


@pytest.fixture
def visitor(world):
    return Visitor.of(world)


def log_of(world, name="issuer"):
    return [json.loads(line) for line in (world.folder / "logs" / f"{name}.log").read_text("utf-8").splitlines()]


def assert_sound(world):
    with closing(sqlite3.connect(world.issuer_data / "issuer.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def assert_unavailable(answer: Answer):
    assert (answer.status, answer.error) == (503, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("answers", [1, 7])
def test_killed_while_it_revokes_and_issues_it_lets_no_copy_of_what_was_revoked_escape(world, visitor, answers):
    burst, numbers, revoked = Burst(visitor, slips(world, 4)), whole_records(world)[:2], []
    waiting = slips(world, 2)

    def kill():
        revoked.extend(world.revoke(number).json() for number in numbers[:1])
        with ThreadPoolExecutor(1) as pool:
            under_way = pool.submit(world.revoke, numbers[1])
            world.issuer.stop(signal.SIGKILL)
            revoked.append(under_way.result().json())

    burst.run(answers=answers, kill=kill)
    assert set(burst.refused) <= {"credential_request_denied"}
    assert_sound(world)
    world.start_issuer()
    assert all(set(done) == {"copies", "tokens"} for done in revoked)
    closed = [burst.tokens[offer] for offer in burst.offers[:2] if offer in burst.tokens]
    for token in (*closed, *map(visitor.token, waiting)):
        answer = visitor.credential(token)
        assert (answer.status, answer.error) == (400, "credential_request_denied")
    copies = [copy for token, batch in burst.batches if token in closed for copy in batch]
    assert set(visitor.statuses(copies)) <= {INVALID}
    assert len(copies_in(visitor.credential(visitor.token(slips(world, 1)[0])))) == 2
    assert_sound(world)


class Burst:
    """Many wallets at once, until the issuer is gone; what was answered is kept."""

    def __init__(self, visitor, offers):
        self.visitor, self.offers = visitor, offers
        self.tokens, self.batches, self.refused, self.enough = {}, [], [], Event()

    def run(self, *, answers, kill):
        with ThreadPoolExecutor(len(self.offers)) as pool:
            done = [pool.submit(self._wallet, one, answers) for one in self.offers]
            assert self.enough.wait(PATIENCE)
            kill()
            for one in done:
                one.result()

    def _wallet(self, offer, answers):
        try:
            token = self.tokens[offer] = self.visitor.token(offer)
            for _ in range(4):
                answer = self.visitor.credential(token)
                if answer.status == DENIED:
                    self.refused.append(answer.error)
                    return
                self.batches.append((token, copies_in(answer)))
                if len(self.batches) >= answers:
                    self.enough.set()
        except (OSError, HTTPException):
            assert self.enough.is_set(), "broken before it was killed"


@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("answers", [1, 7])
def test_killed_while_it_writes_it_has_kept_all_it_answered(world, visitor, answers):
    burst = Burst(visitor, slips(world, BURST))
    burst.run(answers=answers, kill=lambda: world.issuer.stop(signal.SIGKILL))
    assert burst.refused == []
    assert world.issuer.process.returncode == -signal.SIGKILL
    assert_sound(world)
    world.start_issuer()
    late = {}
    for offer in burst.offers:
        if offer not in burst.tokens:  # the answer was lost: either the code is as it was, or it is used up
            answer = visitor.redeem(offer)
            if answer.status == 400:
                assert answer.error == "invalid_grant"
                continue
            late[offer] = answer.json()["access_token"]
        assert visitor.redeem(offer).error == "invalid_grant"
    retried = [copies_in(visitor.credential(token)) for token in (burst.tokens | late).values()]
    earlier = [copy for _, copies in burst.batches for copy in copies]
    newest = [copy for copies in retried for copy in copies]
    places = [place_of(copy) for copy in (*earlier, *newest)]
    assert len(set(places)) == len(places), "a status entry was given twice"
    assert set(visitor.statuses(earlier)) == {INVALID}
    assert set(visitor.statuses(newest)) == {VALID}
    assert_sound(world)
    assert not [event for event in log_of(world) if event["event"] == "failed"]


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked(world):
    """Another process holds the database's exclusive lock."""
    command = [sys.executable, "-c", HOLD, world.issuer_data / "issuer.sqlite"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout.readline() == b"locked\n"
            yield
        finally:
            holder.stdin.close()
            holder.wait(PATIENCE)


def test_a_locked_database_is_said_to_be_unavailable_and_nothing_is_lost(world, visitor):
    known, fresh = slips(world, 2)
    ticket = world.ticket(whole_records(world)[2])
    (earlier, _) = copies_in(visitor.credential(visitor.token(known)))
    with locked(world), ThreadPoolExecutor(2) as pool:
        redeemed = pool.submit(visitor.redeem, fresh)
        offered = pool.submit(world.offer, ticket)
        # The lock is held all the time: who only reads does not wait for it.
        assert visitor.statuses([earlier]) == [VALID]
        assert visitor.nonce()
        assert_unavailable(redeemed.result())
        made = offered.result()
        assert (made.status, json.loads(made.err)["error"]) == (3, "storage_unavailable")
    assert log_of(world)[-1]["code"] == "storage_unavailable"
    assert len(copies_in(visitor.credential(visitor.token(fresh)))) == 2
    assert world.offer(ticket).status == 0


@contextmanager
def full_disk(world):
    """No file of the issuer's process may grow beyond a page: the system refuses each write that would."""
    pid = world.issuer.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.guarantee("G20")
@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
def test_on_a_full_disk_it_refuses_and_writes_nothing_by_halves(world):
    known, fresh = slips(world, 2)
    world.issuer.stop()
    (world.folder / "logs" / "issuer.log").rename(world.folder / "logs" / "issuer-earlier.log")
    world.start_issuer()
    visitor = Visitor.of(world)
    token, nonce = visitor.token(known), visitor.nonce()
    (earlier, _) = copies_in(visitor.credential(token))
    with full_disk(world):
        for _ in range(2):
            assert_unavailable(visitor.redeem(fresh))
            assert_unavailable(visitor.credential(token, nonce=nonce))
        assert visitor.statuses([earlier]) == [VALID]
        assert_sound(world)
    codes = {event["code"] for event in log_of(world) if event["event"] == "refused"}
    assert codes <= {"storage_full", "storage_unavailable"}
    assert len(codes) > 0
    assert not [event for event in log_of(world) if event["event"] == "failed"]
    assert len(copies_in(visitor.credential(token, nonce=nonce))) == 2
    assert visitor.statuses([earlier]) == [INVALID]
    assert len(copies_in(visitor.credential(visitor.token(fresh)))) == 2
    assert_sound(world)


@pytest.mark.guarantee("G20")
def test_with_the_register_down_ticket_offer_and_token_stay_usable(world):
    visitor = Visitor.of(world)
    untouched, known = slips(world, 2)
    token = visitor.token(known)
    ticket, port = world.ticket(whole_records(world)[2]), int(world.register.address.rpartition(":")[2])
    world.register.stop()
    try:
        made = world.offer(ticket)
        assert (made.status, json.loads(made.err)["error"]) == (3, "register_unavailable")
        assert_unavailable(visitor.credential(token))
        assert log_of(world)[-1]["code"] == "register_unavailable"
        late = visitor.token(untouched)
        assert_unavailable(visitor.credential(late))
    finally:
        world.start_register(port)
    assert world.offer(ticket).status == 0
    for one in (token, late):
        copies = copies_in(visitor.credential(one))
        assert visitor.statuses(copies) == [VALID] * 2


def test_a_register_killed_under_load_and_started_again_costs_nobody_their_token(world):
    visitor, port = Visitor.of(world), int(world.register.address.rpartition(":")[2])
    tokens = [visitor.token(one) for one in slips(world, 6)]
    with ThreadPoolExecutor(len(tokens)) as pool:
        running = Event()

        def ask(token):
            answers = [visitor.credential(token) for _ in range(2)]
            running.set()
            return answers + [visitor.credential(token) for _ in range(2)]

        asked = [pool.submit(ask, token) for token in tokens]
        assert running.wait(PATIENCE)
        world.register.stop(signal.SIGKILL)
        answers = [answer for one in asked for answer in one.result()]
    world.start_register(port)
    assert {answer.status for answer in answers} <= {200, 503}
    assert 200 in {answer.status for answer in answers}
    for answer in answers:
        if answer.status == 503:
            assert_unavailable(answer)
    copies = [copy for token in tokens for copy in copies_in(visitor.credential(token))]
    assert set(visitor.statuses(copies)) == {VALID}
    assert_sound(world)
