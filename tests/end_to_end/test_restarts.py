"""What an issuer remembers is on its disk: after a restart, and for a second process on the same folder."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.end_to_end.visitor import Visitor, copies_in, place_of, slips, whole_records
from tests.ports import free_port

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

INVALID, VALID = 1, 0


def restart(world):
    world.issuer.stop()
    world.start_issuer()


def lists_of(visitor, copies):
    return {uri: visitor.status_list(uri) for uri, _ in map(place_of, copies)}


def test_offer_token_nonce_and_status_lists_survive_a_restart(world):
    visitor = Visitor.of(world)
    offered, known, struck = slips(world, 3)
    revoked = whole_records(world)[2]
    token, nonce, closed = visitor.token(known), visitor.nonce(), visitor.token(struck)
    copies = copies_in(visitor.credential(closed, copies=5))
    assert world.revoke(revoked).json() == {"copies": 5, "tokens": 1}
    used = visitor.nonce()
    assert visitor.credential(token, nonce=used, copies=1).status == 200
    before = lists_of(visitor, copies)
    restart(world)
    assert lists_of(visitor, copies) == before
    assert visitor.statuses(copies) == [INVALID] * 5
    assert visitor.credential(token, nonce=used).error == "invalid_nonce"
    assert visitor.redeem(known).error == "invalid_grant"
    assert visitor.credential(closed).error == "credential_request_denied"
    assert len(copies_in(visitor.credential(token, nonce=nonce))) == 2
    assert len(copies_in(visitor.credential(visitor.token(offered)))) == 2


@pytest.fixture(scope="module")
def pair(world):
    """The issuer's two processes: one data folder, one identifier, each its own address."""
    second = free_port()
    world.configure(port=second)
    first = world.issuer
    here = world.start_issuer()
    world.configure(port=world.issuer_port)
    world.issuer = first
    return Visitor.of(world), Visitor.of(world, here.address)


@pytest.mark.guarantee("G5")
def test_two_processes_are_one_issuer(world, pair):
    one, two = pair
    assert one.address != two.address
    number, (*_, offer) = whole_records(world)[2], slips(world, 3)
    token = one.token(offer)
    assert two.redeem(offer).error == "invalid_grant"
    nonce = one.nonce()
    assert two.credential(token, nonce=nonce, copies=1).status == 200
    assert one.credential(token, nonce=nonce, copies=1).error == "invalid_nonce"
    copies = copies_in(two.credential(token, copies=3))
    assert one.statuses(copies) == two.statuses(copies) == [VALID] * 3
    world.revoke(number)
    assert one.statuses(copies) == two.statuses(copies) == [INVALID] * 3
    assert one.credential(token).error == two.credential(token).error == "credential_request_denied"


def test_an_attempt_on_either_counts_for_both(world, pair):
    (offer,) = slips(world, 1)
    wrong = type(offer)(offer.code, f"{(int(offer.tx_code) + 1) % 10**6:06d}")
    answers = [pair[turn % 2].redeem(wrong).error for turn in range(5)]
    assert answers == ["invalid_grant"] * 5
    assert [visitor.redeem(offer).error for visitor in pair] == ["invalid_grant"] * 2


@pytest.mark.guarantee("G5")
@pytest.mark.guarantee("G4")
def test_a_code_and_a_nonce_are_good_once_where_both_are_asked_at_once(world, pair):
    with ThreadPoolExecutor(8) as pool:
        for offer in slips(world, 6):
            answers = list(pool.map(lambda turn, offer=offer: pair[turn % 2].redeem(offer), range(4)))
            assert sorted(answer.status for answer in answers) == [200, 400, 400, 400]
            (token,) = (answer.json()["access_token"] for answer in answers if answer.status == 200)
            nonce = pair[0].nonce()
            asked = list(
                pool.map(
                    lambda turn, token=token, nonce=nonce: pair[turn % 2].credential(token, nonce=nonce, copies=1),
                    range(4),
                )
            )
            assert sorted(answer.status for answer in asked) == [200, 400, 400, 400]
            assert {answer.error for answer in asked if answer.status == 400} == {"invalid_nonce"}
