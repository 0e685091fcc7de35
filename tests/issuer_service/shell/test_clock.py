"""Whatever clocks do and however often processes start: nothing used is good again, nothing is forgotten too early."""

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from didkit_fr.errors import DidkitError
from issuer_service.shell import clock, watch
from issuer_service.shell.clock import MAX_APART, Known
from issuer_service.shell.doubts import Doubts
from issuer_service.shell.watch import Watch

NOW = 1_800_000_000
DAY = 86_400
TIMES = st.integers(0, 1 << 34)
OFFSETS = st.sampled_from([0, 0, 60, 3600, DAY, -DAY, 2 * DAY, -2 * DAY, 400 * DAY, -400 * DAY]) | st.integers(
    -DAY, DAY
)
KNOWN = st.builds(Known, TIMES, TIMES, st.integers(0, 9))


@given(KNOWN, TIMES)
def test_nothing_is_forgotten_before_either_clock_says_so(known, wall):
    forget = clock.forgetting(known, wall=wall)
    assert forget is None or (forget <= known.measured and forget <= wall)
    assert (forget is None) == (abs(wall - known.measured) > MAX_APART)


@pytest.mark.parametrize(
    ("apart", "forgets"), [(0, True), (DAY, True), (-DAY, True), (DAY + 1, False), (-DAY - 1, False)]
)
def test_a_day_apart_is_the_limit(apart, forgets):
    known = clock.accept(None, wall=NOW)
    assert (clock.forgetting(known, wall=NOW + apart) is not None) is forgets


def test_without_acceptance_nothing_is_forgotten():
    assert clock.forgetting(None, wall=NOW) is None
    assert clock.apart(None, wall=NOW) is None


@given(KNOWN, KNOWN)
def test_an_acceptance_outdoes_what_was_measured_before(own, stored):
    merged = clock.merge(own, stored)
    assert merged.acceptances == stored.acceptances
    assert merged.measured >= stored.measured
    assert merged.measured in (own.measured, stored.measured)


@dataclass
class Steady:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class Worlds(RuleBasedStateMachine):
    """One store, two processes that may run, a wall clock that does what it likes, and the true time.

    The store is that of the contract: it refuses a use that could have been forgotten, and forgets what it is told.
    An operator accepts the clock when it is right.
    """

    fooled = False

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="didkit-clock-"))
        self.place = self.folder / "clock.json"
        self.true, self.offset = NOW, 0
        self.steadies = [Steady(5.0), Steady(1e9)]
        self.watches: list[Watch | None] = []
        self.until = 0
        self.remembered: dict[int, int] = {}
        self.used: dict[int, int] = {}
        self.accepted_uses: dict[int, int] = {}
        self.copies: list[int] = []

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @property
    def wall(self) -> int:
        return max(self.true + self.offset, 0)

    @initialize()
    def found(self):
        watch.accept(self.place, wall=self.wall)
        self.watches = [Watch(self.place, steady) for steady in self.steadies]
        for one in self.watches:
            one.known()
        self.copies = [NOW + days * DAY for days in (1, 2, 14, 92)]

    @rule(seconds=st.one_of(st.integers(0, 90), st.integers(0, 3 * DAY)))
    def time_passes(self, seconds):
        self.true += seconds
        for at, running in enumerate(self.watches):
            if running is not None:
                self.steadies[at].now += seconds

    @rule(at=st.integers(0, 1), base=st.integers(0, 10**9))
    def a_process_starts(self, at, base):
        self.steadies[at].now = base
        self.watches[at] = Watch(self.place, self.steadies[at])

    @rule(at=st.integers(0, 1))
    def a_process_ends(self, at):
        self.watches[at] = None

    @rule(at=st.integers(0, 1), offset=OFFSETS)
    def a_round_under_a_clock_that_jumped(self, at, offset):
        self.offset = offset
        if self.watches[at] is None:
            self.a_process_starts(at, 77)
        forget = clock.forgetting(self.watches[at].known(), wall=self.wall)
        if forget is None:
            return
        self.until = max(self.until, forget)
        self.remembered = {name: ends for name, ends in self.remembered.items() if ends > forget}
        gone = [ends for ends in self.copies if ends <= forget]
        assert self.fooled or all(self.true >= ends for ends in gone), "it could still have been revoked"
        self.copies = [ends for ends in self.copies if ends > forget]

    @rule()
    def an_operator_accepts_a_clock_that_is_right(self):
        self.offset = 0
        watch.accept(self.place, wall=self.wall)

    @rule(days=st.integers(1, 92))
    def copies_are_issued(self, days):
        self.copies.append(self.wall + days * DAY)

    @rule(name=st.integers(0, 5), ttl=st.integers(30, 720))
    def one_is_used(self, name, ttl):
        """A nonce or a ticket, fresh or again: its end is its own."""
        ends = self.used.setdefault(name, self.wall + ttl)
        if ends > self.until and name not in self.remembered:
            self.remembered[name] = ends
            self.accepted_uses[name] = self.accepted_uses.get(name, 0) + 1

    @invariant()
    def nothing_is_good_twice(self):
        assert all(uses == 1 for uses in self.accepted_uses.values())


class Fooled(Worlds):
    """The operator accepts whatever the clock says: then too, what was used is never good again."""

    fooled = True

    @rule()
    def an_operator_accepts_whatever_the_clock_says(self):
        watch.accept(self.place, wall=self.wall)


@pytest.mark.parametrize("world", [Worlds, Fooled])
def test_whatever_clocks_do(world):
    run_state_machine_as_test(
        world,
        settings=settings(
            max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@given(steps=st.lists(st.integers(1, 5 * 3600), max_size=60))
def test_while_it_runs_with_a_right_clock_all_that_ended_is_forgotten(tmp_path_factory, steps):
    place, steady = tmp_path_factory.mktemp("clock") / "clock.json", Steady(7.5)
    known, now = watch.accept(place, wall=NOW), NOW
    running = Watch(place, steady)
    running.known()
    for seconds in steps:
        steady.now += seconds
        now += seconds
        known = running.known()
    assert clock.forgetting(known, wall=now) == now


def test_fractions_of_seconds_add_up(tmp_path):
    place, steady = tmp_path / "clock.json", Steady(0.5)
    watch.accept(place, wall=NOW)
    running = Watch(place, steady)
    running.known()
    for _ in range(1000):
        steady.now += 0.1
        running.known()
    assert running.known().measured in (NOW + 99, NOW + 100)


def test_two_processes_measure_no_faster_than_one(tmp_path):
    place, one, two = tmp_path / "clock.json", Steady(), Steady(1e6)
    watch.accept(place, wall=NOW)
    running = Watch(place, one), Watch(place, two)
    for _ in range(50):
        for each in (*running, *running):
            each.known()
        one.now += 60
        two.now += 60
    assert running[0].known().measured == NOW + 50 * 60


def test_an_acceptance_reaches_a_process_that_runs(tmp_path):
    place, steady = tmp_path / "clock.json", Steady()
    watch.accept(place, wall=NOW + 10 * DAY)
    running = Watch(place, steady)
    assert running.known().measured == NOW + 10 * DAY
    watch.accept(place, wall=NOW)
    steady.now += 5
    assert running.known() == Known(NOW, NOW, 2)
    steady.now += 5
    assert running.known().measured == NOW + 5


def test_who_asks_often_is_answered_from_memory(tmp_path):
    place, steady = tmp_path / "clock.json", Steady()
    watch.accept(place, wall=NOW)
    running = Watch(place, steady)
    first = running.recent()
    place.unlink()
    steady.now += 59
    assert running.recent() == first
    steady.now += 1
    assert running.recent() is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"measured":1,"accepted":1}',
        b'{"measured":1,"accepted":1,"acceptances":"1"}',
        b'{"measured":-1,"accepted":1,"acceptances":1}',
        b'{"measured":true,"accepted":1,"acceptances":1}',
        b'{"measured":1,"accepted":1,"acceptances":1,"more":1}',
    ],
)
def test_a_record_that_is_none_is_refused(tmp_path, raw):
    (tmp_path / "clock.json").write_bytes(raw)
    with pytest.raises(DidkitError) as error:
        watch.read(tmp_path / "clock.json")
    assert error.value.code == "storage_malformed"


def test_a_folder_that_is_gone_is_unavailable(tmp_path):
    with pytest.raises(DidkitError) as error:
        watch.accept(tmp_path / "gone" / "clock.json", wall=NOW)
    assert error.value.code == "file_unavailable"


def test_what_is_said_of_the_clock():
    said = []
    doubts = Doubts(lambda event, **fields: said.append((event, *fields.values())))
    accepted = clock.accept(None, wall=NOW)
    doubts.tell(accepted, wall=NOW, day=0)
    assert said == []
    for day in (0, 0, 1):
        doubts.tell(accepted, wall=NOW + 2 * DAY, day=day)
    assert said == [("clock_doubted", 2 * DAY)] * 2
    again = clock.accept(accepted, wall=NOW + 2 * DAY)
    doubts.tell(again, wall=NOW + 2 * DAY, day=1)
    assert said[2:] == [("clock_accepted",), ("clock_trusted",)]
    doubts.tell(None, wall=NOW, day=1)
    assert said[4:] == [("clock_unaccepted",)]
    assert json.dumps(said)
