"""The storage port's contract, run against every adapter."""

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from didkit_fr.errors import FetchError, VerificationError
from issuer_service.storage.sqlite import LIST_GRACE
from tests.issuer_service.stores import (
    ADAPTERS,
    NOW,
    acted,
    begun,
    grant,
    granted,
    invalid,
    issued,
    key,
    offer,
    scenario,
)


@pytest.fixture(params=sorted(ADAPTERS))
def store(request, tmp_path):
    return ADAPTERS[request.param](tmp_path)


class TestContract:
    @scenario
    async def test_an_offer_comes_back_as_it_was(self, store):
        async with store() as storage:
            await storage.add_offer(offer(1))
            assert await storage.try_offer(key(1), now=NOW, max_attempts=5) == offer(1)
            assert await storage.try_offer(key(2), now=NOW, max_attempts=5) is None

    @scenario
    async def test_attempts_are_counted_however_they_come(self, store):
        async with store() as storage, store() as other:
            await storage.add_offer(offer(1))
            tries = [s.try_offer(key(1), now=NOW, max_attempts=5) for s in (storage, other) * 10]
            answers = await asyncio.gather(*tries)
            assert sum(answer is not None for answer in answers) == 5
            assert await storage.try_offer(key(1), now=NOW, max_attempts=5) is None

    @scenario
    async def test_an_offer_ends_at_its_expiry(self, store):
        async with store() as storage:
            await storage.add_offer(offer(1, expires=NOW))
            assert await storage.try_offer(key(1), now=NOW - 1, max_attempts=5) is not None
            assert await storage.try_offer(key(1), now=NOW, max_attempts=5) is None
            assert not await storage.redeem_offer(key(1), grant(1), now=NOW)
            assert await storage.find_grant(grant(1).lookup, now=NOW) is None

    @scenario
    async def test_two_rows_of_one_name_conflict(self, store):
        async with store() as storage:
            await storage.add_offer(offer(1))
            with pytest.raises(VerificationError) as error:
                await storage.add_offer(offer(1, expires=NOW + 9))
            assert error.value.code == "storage_conflict"
            assert await storage.try_offer(key(1), now=NOW, max_attempts=1) == offer(1)

    @scenario
    async def test_an_offer_is_redeemed_once(self, store):
        async with store() as storage:
            await storage.add_offer(offer(1))
            assert await storage.redeem_offer(key(1), grant(1), now=NOW)
            assert not await storage.redeem_offer(key(1), grant(2), now=NOW)
            assert await storage.try_offer(key(1), now=NOW, max_attempts=5) is None
            assert await storage.find_grant(grant(1).lookup, now=NOW) == grant(1)
            assert await storage.find_grant(grant(2).lookup, now=NOW) is None

    @scenario
    async def test_of_fifty_redemptions_at_once_one_succeeds(self, store):
        async with store() as storage, store() as other:
            await storage.add_offer(offer(1))
            redeem = [(storage, other)[i % 2].redeem_offer(key(1), grant(i), now=NOW) for i in range(50)]
            assert Counter(await asyncio.gather(*redeem)) == {True: 1, False: 49}
            grants = [await storage.find_grant(grant(i).lookup, now=NOW) for i in range(50)]
            assert sum(found is not None for found in grants) == 1

    @scenario
    async def test_a_redemption_that_fails_leaves_the_offer(self, store):
        async with store() as storage:
            await granted(storage, 1)
            await storage.add_offer(offer(2))
            with pytest.raises(VerificationError) as error:
                await storage.redeem_offer(key(2), grant(1), now=NOW)
            assert error.value.code == "storage_conflict"
            assert await storage.try_offer(key(2), now=NOW, max_attempts=5) is not None

    @scenario
    async def test_a_grant_ends_at_its_expiry(self, store):
        async with store() as storage:
            lookup = await granted(storage, expires=NOW + 10)
            assert await storage.find_grant(lookup, now=NOW + 9) is not None
            assert await storage.find_grant(lookup, now=NOW + 10) is None

    @scenario
    async def test_configurations_of_one_grant_are_issued_retried_and_accepted_each_by_itself(self, store):
        async with store() as storage:
            lookup = await granted(storage)
            first = await issued(storage, lookup, "a", "p", configuration="pid_dc_sd_jwt")
            other = await issued(storage, lookup, "b", "p", configuration="pid_mso_mdoc")
            again = await issued(storage, lookup, "c", "p", configuration="pid_dc_sd_jwt")
            assert [await invalid(storage, found) for found in (first, other, again)] == [
                [True] * 3,
                [False] * 3,
                [False] * 3,
            ]
            assert await storage.conclude_issuance(lookup, handle=key("c", size=16), accepted=True)
            with pytest.raises(VerificationError) as error:
                await begun(storage, lookup, "d", configuration="pid_dc_sd_jwt")
            assert error.value.code == "grant_accepted"
            assert await storage.conclude_issuance(lookup, handle=key("b", size=16), accepted=False)
            assert await invalid(storage, other) == [True] * 3
            assert len(await issued(storage, lookup, "e", "p", configuration="pid_mso_mdoc")) == 3
            assert (await acted(storage, "revoke", [key("p")], now=NOW)).copies == 6

    @pytest.mark.guarantee("G5")
    @scenario
    async def test_a_nonce_is_taken_once(self, store):
        async with store() as storage, store() as other:
            assert await storage.take_nonce(key(1), expires=NOW)
            assert not await other.take_nonce(key(1), expires=NOW + 99)
            answers = await asyncio.gather(
                *((storage, other)[i % 2].take_nonce(key(2), expires=NOW) for i in range(50))
            )
            assert Counter(answers) == {True: 1, False: 49}

    @scenario
    async def test_a_replay_does_not_disturb_its_neighbours(self, store):
        async with store() as storage:
            await storage.take_nonce(key("old"), expires=NOW)
            work = [storage.take_nonce(key("old" if i % 3 == 0 else i), expires=NOW) for i in range(60)]
            offers = [storage.add_offer(offer(1)) for _ in range(3)]
            answers = await asyncio.gather(*work, *offers, return_exceptions=True)
            assert answers[:60] == [i % 3 != 0 for i in range(60)]
            assert [getattr(answer, "code", answer) for answer in answers[60:]] == [None, *["storage_conflict"] * 2]
            assert await storage.try_offer(key(1), now=NOW, max_attempts=1) is not None

    @scenario
    async def test_no_entry_is_given_twice(self, store):
        async with store(open_lists=3, list_size=50) as storage, store(open_lists=3, list_size=50) as other:
            lookups = [[await granted(storage, (i, n)) for n in range(30)] for i in range(2)]
            batches = await asyncio.gather(
                *(begun(s, lookups[i][n], (i, n), count=7) for i, s in enumerate((storage, other)) for n in range(30))
            )
            entries = [entry for batch in batches for entry in batch]
            assert len(set(entries)) == len(entries) == 420
            per_list = Counter(entry.list_id for entry in entries)
            for list_id in per_list:
                counters = sorted(entry.counter for entry in entries if entry.list_id == list_id)
                assert counters == list(range(len(counters)))
                assert len(counters) <= 50
            assert {entry.size for entry in entries} == {50}

    @scenario
    async def test_copies_are_spread_over_the_open_lists(self, store):
        async with store(open_lists=4, list_size=10_000) as storage:
            entries = await begun(storage, await granted(storage), 1, count=800)
            spread = Counter(entry.list_id for entry in entries)
            assert len(spread) == 4
            assert min(spread.values()) > 120
            # neighbours of a batch do not follow a pattern: a quarter of them, about, share a list
            repeats = sum(a.list_id == b.list_id for a, b in pairwise(entries))
            assert 120 < repeats < 280

    @scenario
    async def test_a_full_list_is_closed_and_another_opened(self, store):
        async with store(open_lists=2, list_size=3) as storage:
            entries = await begun(storage, await granted(storage), 1, count=30)
            assert len(set(entries)) == 30
            assert all(entry.counter < 3 for entry in entries)
            assert len({entry.list_id for entry in entries}) >= 10

    @scenario
    async def test_a_list_keeps_its_size_when_the_setting_changes(self, store):
        async with store(open_lists=1, list_size=5) as storage:
            before = await begun(storage, await granted(storage), 1, count=2)
        async with store(open_lists=1, list_size=9) as storage:
            after = await begun(storage, await granted(storage, "other"), 2, count=5)
            assert [entry.size for entry in after] == [5, 5, 5, 9, 9]
            assert (await storage.status_list(before[0].list_id)).size == 5
            assert (await storage.status_list(after[-1].list_id)).size == 9

    @scenario
    async def test_more_lists_are_opened_when_asked_for(self, store):
        async with store(open_lists=2) as storage:
            assert await storage.status_list(2) is not None
            assert await storage.status_list(3) is None
        async with store(open_lists=5) as storage:
            assert await storage.status_list(5) is not None
            assert await storage.status_list(6) is None

    @scenario
    async def test_no_grant_no_issuance(self, store):
        async with store(open_lists=1) as storage:
            with pytest.raises(VerificationError) as error:
                await begun(storage, key("nobody"), 1)
            assert error.value.code == "grant_unknown"
            entries = await begun(storage, await granted(storage), 1)
            assert entries[0].counter == 0

    @scenario
    async def test_a_handle_names_one_issuance(self, store):
        async with store() as storage:
            await begun(storage, await granted(storage), 1)
            with pytest.raises(VerificationError) as error:
                await begun(storage, await granted(storage, "other"), 1)
            assert error.value.code == "storage_conflict"

    @scenario
    async def test_only_what_was_begun_is_completed(self, store):
        async with store() as storage:
            with pytest.raises(VerificationError) as error:
                await storage.complete_issuance(handle=key(1, size=16), pseudonym=key("p"))
            assert error.value.code == "issuance_unknown"

    @scenario
    async def test_a_retry_voids_the_first(self, store):
        async with store() as storage:
            lookup = await granted(storage)
            first = await issued(storage, lookup, 1, "p")
            other = await issued(storage, await granted(storage, "other"), 2, "q")
            second = await begun(storage, lookup, 3)
            assert await invalid(storage, first) == [False] * 3
            await storage.complete_issuance(handle=key(3, size=16), pseudonym=key("p"))
            assert await invalid(storage, first) == [True] * 3
            assert await invalid(storage, second + other) == [False] * 6
            third = await issued(storage, lookup, 4, "p")
            assert await invalid(storage, second + third) == [True] * 3 + [False] * 3

    @scenario
    async def test_retries_at_once_leave_one_valid(self, store):
        async with store() as storage, store() as other:
            lookup = await granted(storage)
            retries = (issued((storage, other)[i % 2], lookup, i, "p") for i in range(12))
            answers = await asyncio.gather(*retries, return_exceptions=True)
            refused = [answer.code for answer in answers if isinstance(answer, VerificationError)]
            states = [await invalid(storage, entries) for entries in answers if isinstance(entries, tuple)]
            assert set(refused) <= {"issuance_unknown"}
            assert sorted(states) == [[False] * 3] + [[True] * 3] * (11 - len(refused))

    @scenario
    async def test_an_issuance_that_a_newer_one_replaced_never_completes_and_leaves_it_its_entries(self, store):
        async with store() as storage, store() as other:
            lookup = await granted(storage)
            older = await begun(storage, lookup, "older", count=2)
            elsewhere = await begun(storage, lookup, "elsewhere", configuration="pid_mso_mdoc")
            newer = await begun(other, lookup, "newer", count=3)
            assert newer[:2] == older
            assert set(elsewhere).isdisjoint(newer)
            for pseudonym in ("p", "q"):
                with pytest.raises(VerificationError) as error:
                    await storage.complete_issuance(handle=key("older", size=16), pseudonym=key(pseudonym))
                assert error.value.code == "issuance_unknown"
            await other.complete_issuance(handle=key("newer", size=16), pseudonym=key("p"))
            await storage.complete_issuance(handle=key("elsewhere", size=16), pseudonym=key("p"))
            assert await invalid(storage, newer + elsewhere) == [False] * 6
            assert await acted(storage, "revoke", [key("p")], now=NOW) == (6, 1)

    @scenario
    async def test_a_smaller_retry_completes_with_its_own_entries_only(self, store):
        async with store() as storage:
            lookup = await granted(storage)
            wide = await begun(storage, lookup, 1, count=5)
            narrow = await begun(storage, lookup, 2, count=2)
            assert narrow == wide[:2]
            assert await begun(storage, lookup, 3, count=4) == wide[:4]
            await storage.complete_issuance(handle=key(3, size=16), pseudonym=key("p"))
            assert await acted(storage, "revoke", [key("p")], now=NOW) == (4, 1)
            assert await invalid(storage, wide) == [True] * 4 + [False]

    @pytest.mark.parametrize("limit", [1, 3])
    @scenario
    async def test_a_grant_completes_as_many_issuances_of_a_configuration_as_its_limit(self, store, limit):
        async with store() as storage, store() as other:
            lookup = await granted(storage)
            for n in range(limit):
                await begun(storage, lookup, ("lost", n), limit=limit)
                await issued(storage, lookup, n, "p", limit=limit)
            for one in (storage, other):
                with pytest.raises(VerificationError) as error:
                    await begun(one, lookup, "over", limit=limit)
                assert error.value.code == "grant_exhausted"
            assert len(await begun(other, lookup, "elsewhere", limit=limit, configuration="pid_mso_mdoc")) == 3
            assert len(await begun(other, lookup, "more", limit=limit + 1)) == 3

    @scenario
    async def test_completing_again_changes_nothing(self, store):
        async with store() as storage:
            lookup = await granted(storage)
            entries = await issued(storage, lookup, 1, "p")
            await storage.complete_issuance(handle=key(1, size=16), pseudonym=key("p"))
            assert await invalid(storage, entries) == [False] * 3
            with pytest.raises(VerificationError) as error:
                await storage.complete_issuance(handle=key(1, size=16), pseudonym=key("q"))
            assert error.value.code == "issuance_unknown"

    @scenario
    async def test_what_was_voided_stays_void(self, store):
        async with store() as storage:
            lookup = await granted(storage)
            first = await issued(storage, lookup, 1, "p")
            await issued(storage, lookup, 2, "p")
            with pytest.raises(VerificationError) as error:
                await storage.complete_issuance(handle=key(1, size=16), pseudonym=key("p"))
            assert error.value.code == "issuance_unknown"
            assert await invalid(storage, first) == [True] * 3

    @scenario
    async def test_an_issuance_outlived_by_its_grant_only(self, store):
        """Without the link an earlier issuance could not be voided: the request that outlived its token fails."""
        async with store() as storage:
            lookup = await granted(storage, expires=NOW + 10)
            first = await issued(storage, lookup, 1, "p")
            await begun(storage, lookup, 2)
            await storage.purge(now=NOW + 10)
            with pytest.raises(VerificationError) as error:
                await storage.complete_issuance(handle=key(2, size=16), pseudonym=key("p"))
            assert error.value.code == "grant_unknown"
            assert await invalid(storage, first) == [False] * 3
            await storage.complete_issuance(handle=key(1, size=16), pseudonym=key("p"))

    @scenario
    async def test_revocation_finds_every_issuance_of_a_pseudonym(self, store):
        async with store() as storage, store() as other:
            first = await issued(storage, await granted(storage, 1), 1, "p")
            second = await issued(storage, await granted(storage, 2), 2, "p", count=5)
            unknown_party = await issued(storage, await granted(storage, 3), 3, "q")
            assert (await acted(storage, "revoke", [key("p")], now=NOW)).copies == 8
            assert await invalid(other, first + second) == [True] * 8
            assert await invalid(other, unknown_party) == [False] * 3
            assert (await acted(other, "revoke", [key("p")], now=NOW)).copies == 8
            assert (await acted(storage, "revoke", [key("nobody")], now=NOW)).copies == 0

    @scenario
    async def test_an_issuance_that_was_not_completed_is_under_no_pseudonym(self, store):
        async with store() as storage:
            entries = await begun(storage, await granted(storage), 1)
            assert (await acted(storage, "revoke", [key("p")], now=NOW)).copies == 0
            assert await invalid(storage, entries) == [False] * 3

    @pytest.mark.guarantee("G7")
    @scenario
    async def test_a_revocation_stops_an_issuance_under_way_whatever_the_order(self, store):
        async with store() as storage, store() as other:
            await begun(storage, await granted(storage, 1), 1)
            await acted(other, "revoke", [key("p")], now=NOW)
            await storage.purge(now=NOW)
            with pytest.raises(VerificationError) as error:
                await storage.complete_issuance(handle=key(1, size=16), pseudonym=key("p"))
            assert error.value.code == "revoked_meanwhile"
            later = await issued(storage, await granted(storage, 2), 2, "p")
            assert await invalid(storage, later) == [False] * 3

    @pytest.mark.guarantee("G7")
    @scenario
    async def test_a_revocation_stands_as_long_as_anything_from_before_it_whatever_the_clocks_say(self, store):
        async with store() as storage:
            lookup = await granted(storage, 1, expires=NOW + 99 * 86_400)
            await acted(storage, "revoke", [key("p")], now=NOW - 99 * 86_400)
            await storage.purge(now=NOW + 98 * 86_400)
            with pytest.raises(VerificationError) as error:
                await issued(storage, lookup, 1, "p", expires=NOW + 99 * 86_400)
            assert error.value.code == "revoked_meanwhile"

    @scenario
    async def test_a_revocation_counts_the_open_grants_that_led_to_its_copies(self, store):
        async with store() as storage:
            for n in range(2):
                lookup = await granted(storage, n, expires=NOW + 10 + n)
                await issued(storage, lookup, (n, "first"), "p", count=1)
                await issued(storage, lookup, (n, "again"), "q", count=2)
            await begun(storage, await granted(storage, "unknown"), "x")
            assert await acted(storage, "revoke", [key("p"), key("q")], now=NOW) == (4, 2)
            assert await acted(storage, "revoke", [key("q"), key("p")], now=NOW + 10) == (4, 1)
            assert await acted(storage, "suspend", [key("q")], now=NOW + 11) == (4, 0)
            assert (await acted(storage, "resume", [key("q"), key("nobody")])).copies == 4

    @scenario
    async def test_there_is_no_such_list(self, store):
        async with store() as storage:
            for list_id in (0, -1, 99, 2**62):
                assert await storage.status_list(list_id) is None

    @scenario
    async def test_purging_forgets_what_expired_and_nothing_else(self, store):
        async with store() as storage:
            await storage.add_offer(offer("old", expires=NOW))
            await storage.add_offer(offer("new", expires=NOW + 1))
            await storage.take_nonce(key("old"), expires=NOW)
            await storage.take_nonce(key("new"), expires=NOW + 1)
            lookup = await granted(storage)
            gone = await issued(storage, lookup, 1, "gone", expires=NOW)
            kept = await issued(storage, lookup, 2, "kept", expires=NOW + 1)
            await storage.purge(now=NOW)
            assert await storage.try_offer(key("old"), now=NOW - 9, max_attempts=9) is None
            assert await storage.try_offer(key("new"), now=NOW, max_attempts=9) is not None
            assert not await storage.take_nonce(key("old"), expires=NOW)  # it may have been used: for ever refused
            assert not await storage.take_nonce(key("of that time"), expires=NOW)
            assert await storage.take_nonce(key("of later"), expires=NOW + 1)
            assert not await storage.take_nonce(key("new"), expires=NOW)
            assert await storage.find_grant(lookup, now=NOW) is not None
            assert (await acted(storage, "revoke", [key("gone")], now=NOW)).copies == 0
            assert (await acted(storage, "revoke", [key("kept")], now=NOW)).copies == 3
            assert await invalid(storage, gone + kept) == [True] * 6  # voided by the retry, and revoked

    @scenario
    async def test_purging_drops_full_lists_long_after_their_copies(self, store):
        async with store(open_lists=1, list_size=4) as storage:
            lookup = await granted(storage)
            await issued(storage, lookup, 1, "p", count=2, expires=NOW + 50)
            await issued(storage, lookup, 2, "q", count=3, expires=NOW)
            await acted(storage, "revoke", [key("p")], now=NOW)
            await storage.purge(now=NOW + LIST_GRACE + 49)
            assert await storage.status_list(1) is not None
            await storage.purge(now=NOW + LIST_GRACE + 50)
            assert await storage.status_list(1) is None
            assert await storage.status_list(2) is not None  # not full: still open
            later = await begun(storage, await granted(storage, "later"), 3, count=9)
            assert 1 not in {entry.list_id for entry in later}

    @scenario
    async def test_entries_that_a_later_issuance_took_over_keep_their_list_for_its_time(self, store):
        async with store(open_lists=1, list_size=2) as storage:
            lookup = await granted(storage)
            await begun(storage, lookup, 1, count=2, expires=NOW)
            entries = await issued(storage, lookup, 2, "p", count=2, expires=NOW + 50)
            assert {entry.list_id for entry in entries} == {1}
            await storage.purge(now=NOW + LIST_GRACE + 49)
            assert await storage.status_list(1) is not None

    @scenario
    async def test_it_is_all_there_after_closing(self, store):
        async with store() as storage:
            await storage.add_offer(offer(1))
            await storage.take_nonce(key(1), expires=NOW)
            entries = await issued(storage, await granted(storage), 1, "p")
        async with store() as storage:
            assert await storage.try_offer(key(1), now=NOW, max_attempts=1) == offer(1)
            assert not await storage.take_nonce(key(1), expires=NOW)
            assert (await acted(storage, "revoke", [key("p")], now=NOW)).copies == 3
            assert await invalid(storage, entries) == [True] * 3

    @scenario
    async def test_after_closing_nothing_hangs(self, store):
        async with store() as storage:
            pending = [asyncio.ensure_future(storage.take_nonce(key(i), expires=NOW)) for i in range(20)]
            await asyncio.sleep(0)
            await storage.close()
            assert await asyncio.gather(*pending) == [True] * 20
            for verb in (storage.take_nonce(key(99), expires=NOW), storage.find_grant(key(1), now=NOW)):
                with pytest.raises(FetchError) as error:
                    await verb
                assert error.value.code == "storage_unavailable"
            await storage.close()

    @scenario
    async def test_a_caller_that_goes_away_harms_nobody(self, store):
        async with store() as storage:
            tasks = [asyncio.ensure_future(storage.take_nonce(key(i), expires=NOW)) for i in range(40)]
            await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert done[1::2] == [True] * 20
            again = await asyncio.gather(*(storage.take_nonce(key(i), expires=NOW) for i in range(1, 40, 2)))
            assert again == [False] * 20
