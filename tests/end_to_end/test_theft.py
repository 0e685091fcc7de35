"""What an attacker of the database has, with an offer's QR code and even a token in hand: nothing that opens."""

import pytest

from tests.end_to_end.canaries import citizens_file, texts_of
from tests.end_to_end.scan import attacker, redeem
from tests.end_to_end.stored import scan_world
from tests.end_to_end.world import World

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


@pytest.mark.guarantee("G2")
def test_a_stolen_database_with_an_offer_and_a_token_gives_no_attribute(tmp_path):
    citizens = tmp_path / "citizens.json"
    citizens.write_bytes(citizens_file())
    texts = texts_of(citizens.read_bytes())
    with World(tmp_path / "world", citizens=citizens) as world:
        world.start_register()
        assert world.init_issuer().status == 0
        world.start_issuer()
        numbers = [row["document_number"] for row in world.citizens_of_register()]
        untouched, redeemed = (world.offer(world.ticket(number)).json() for number in numbers[:2])
        token = redeem(world, redeemed["offer"], redeemed["tx_code"])
        assert attacker(world, untouched["offer"], token, texts) == ()
        assert scan_world(world, texts).clean
