"""Offers, grants and issuances, in any order, against a model of the storage port."""

import asyncio
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from didkit_fr.errors import DidkitError
from issuer_service.storage.port import StatusEntry
from tests.issuer_service.stores import ADAPTERS, NOW, acted, begun, grant, key, offer

LIMIT = 3


class Machine(RuleBasedStateMachine):
    """Offers, grants and issuances against a model of dictionaries, through two clients of one store."""

    offers = Bundle("offers")
    grants = Bundle("grants")
    handles = Bundle("handles")

    def __init__(self, opened) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clients = [opened(open_lists=2, list_size=5) for _ in range(2)]
        self.storages = [self.run(client.__aenter__()) for client in self.clients]
        self.now, self.named = NOW, 0
        self.waiting: dict[int, list[int]] = {}  # offer -> expires, attempts, revocations before it
        self.tokens: dict[int, tuple[int, int]] = {}  # grant -> expires, revocations before its offer
        self.revocations: list[int] = []  # pseudonyms, in order
        self.issuances: dict[int, dict] = {}
        self.given: set[StatusEntry] = set()
        self.invalid: set[StatusEntry] = set()

    def run(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        for client in self.clients:
            self.run(client.__aexit__(None, None, None))
        self.loop.close()

    def name(self) -> int:
        self.named += 1
        return self.named

    @rule(target=offers, ttl=st.integers(1, 5))
    def add(self, ttl):
        name = self.name()
        self.run(self.storages[0].add_offer(offer(name, expires=self.now + ttl)))
        self.waiting[name] = [self.now + ttl, 0, len(self.revocations)]
        return name

    @rule(name=offers, client=st.integers(0, 1))
    def attempt(self, name, client):
        found = self.run(self.storages[client].try_offer(key(name), now=self.now, max_attempts=2))
        state = self.waiting.get(name)
        expected = state is not None and state[0] > self.now and state[1] < 2
        assert (found is not None) == expected
        if expected:
            state[1] += 1

    @rule(target=grants, name=offers, client=st.integers(0, 1), ttl=st.integers(1, 5))
    def redeem(self, name, client, ttl):
        token = self.name()
        done = self.run(
            self.storages[client].redeem_offer(key(name), grant(token, expires=self.now + ttl), now=self.now)
        )
        state = self.waiting.get(name)
        assert done == (state is not None and state[0] > self.now)
        if done:
            del self.waiting[name]
            self.tokens[token] = self.now + ttl, state[2]
        return token

    @rule(token=grants, client=st.integers(0, 1))
    def find(self, token, client):
        found = self.run(self.storages[client].find_grant(grant(token).lookup, now=self.now))
        assert (found is not None) == (self.tokens.get(token, (0, 0))[0] > self.now)

    @rule(target=handles, token=grants, count=st.integers(0, 4), ttl=st.integers(1, 9), client=st.integers(0, 1))
    def begin(self, token, count, ttl, client):
        handle = self.name()
        options = {"count": count, "limit": LIMIT, "expires": self.now + ttl}
        work = begun(self.storages[client], grant(token).lookup, handle, **options)
        mine = [found for found in self.issuances.values() if found["token"] == token]
        completed = [found for found in mine if found["state"] != "begun"]
        if token in self.tokens and len(completed) < LIMIT:
            entries = self.run(work)
            assert len(entries) == count
            (taken,) = [found["reserved"] for found in mine if found["state"] == "begun"] or [()]
            assert entries[: len(taken)] == taken[:count]
            assert self.given.isdisjoint(entries[len(taken) :])
            self.given.update(entries)
            self.issuances = {
                h: found for h, found in self.issuances.items() if found not in mine or found in completed
            }
            self.issuances[handle] = {
                "token": token, "entries": entries, "expires": self.now + ttl,
                "state": "begun", "pseudonym": None, "reserved": entries + taken[count:],
            }  # fmt: skip
        else:
            with pytest.raises(DidkitError) as error:
                self.run(work)
            assert error.value.code == ("grant_exhausted" if token in self.tokens else "grant_unknown")
        return handle

    def barred(self, token, pseudonym) -> bool:
        return pseudonym in self.revocations[self.tokens[token][1] :]

    @rule(handle=handles, pseudonym=st.integers(0, 2), client=st.integers(0, 1))
    def complete(self, handle, pseudonym, client):
        work = self.storages[client].complete_issuance(handle=key(handle, size=16), pseudonym=key("p", pseudonym))
        found = self.issuances.get(handle)
        if found and found["state"] == "complete" and found["pseudonym"] == pseudonym:
            self.run(work)
        elif (
            found
            and found["state"] == "begun"
            and found["token"] in self.tokens
            and self.barred(found["token"], pseudonym)
        ):
            with pytest.raises(DidkitError) as error:
                self.run(work)
            assert error.value.code == "revoked_meanwhile"
        elif found and found["state"] == "begun" and found["token"] in self.tokens:
            self.run(work)
            for earlier in self.issuances.values():
                if earlier["token"] == found["token"] and earlier["state"] == "complete":
                    earlier |= {"state": "void"}
                    self.invalid.update(earlier["entries"])
            found |= {"state": "complete", "pseudonym": pseudonym}
        else:
            with pytest.raises(DidkitError) as error:
                self.run(work)
            expected = "grant_unknown" if found and found["state"] == "begun" else "issuance_unknown"
            assert error.value.code == expected

    @rule(pseudonym=st.integers(0, 2), client=st.integers(0, 1))
    def revoke(self, pseudonym, client):
        covered = self.run(acted(self.storages[client], "revoke", [key("p", pseudonym)], now=self.now))
        known = [found for found in self.issuances.values() if found["pseudonym"] == pseudonym]
        entries = [entry for found in known if found["state"] == "complete" for entry in found["entries"]]
        tokens = {found["token"] for found in known if self.tokens.get(found["token"], (0, 0))[0] > self.now}
        self.revocations.append(pseudonym)
        assert covered == (len(entries), len(tokens))
        self.invalid.update(entries)

    @rule(seconds=st.integers(1, 3))
    def wait(self, seconds):
        self.now += seconds

    @rule()
    def purge(self):
        self.run(self.storages[0].purge(now=self.now))
        self.waiting = {name: state for name, state in self.waiting.items() if state[0] > self.now}
        self.tokens = {token: state for token, state in self.tokens.items() if state[0] > self.now}
        self.issuances = {h: found for h, found in self.issuances.items() if found["expires"] > self.now}

    @invariant()
    def lists_show_what_is_invalid(self):
        expected = Counter(entry.list_id for entry in self.invalid)
        for list_id in {entry.list_id for entry in self.given}:
            state = self.run(self.storages[1].status_list(list_id))
            assert len(state.invalid) == expected[list_id]
            assert all(StatusEntry(list_id, counter, 5) in self.invalid for counter in state.invalid)


@pytest.mark.slow
@pytest.mark.parametrize("store", sorted(ADAPTERS))
def test_it_behaves_as_its_model(store, tmp_path_factory):

    run_state_machine_as_test(
        lambda: Machine(ADAPTERS[store](tmp_path_factory.mktemp("model"))),
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
