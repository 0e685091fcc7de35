"""Attacks on G20: copies that the issuer does not stand by, told as kept."""

import pytest

from tests.wallet_cli.receiving import held, pending_in, receive, refused
from tests.wallet_cli.world import PASSPHRASE, TINY
from wallet_cli.vault import create


@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("void", [1, 2, 99])
def test_a_wallet_whose_acceptance_is_refused_keeps_no_void_copy_and_does_not_say_that_it_does(
    world, folder, capsys, void
):
    create(folder, world.contents(), lambda: PASSPHRASE, cost=TINY)
    link, fetcher = world.offer()
    world.void = void
    if void > 2:
        assert refused(folder, link, fetcher) == "invalid_notification_id"
    else:
        receive(folder, link, fetcher)
    # Whoever keeps what was called void never asks for more.
    asked = min(void, 2) + 1
    assert [one["event"] for one in world.told] == ["credential_accepted"] * asked
    assert len(world.issued) == 4 * asked
    copies = [copy.raw for title in held(folder) for copy in title.credentials[0].copies]
    assert copies == (world.issued[-4:] if void <= 2 else [])
    assert capsys.readouterr().out.count("kept: ") == (void <= 2)
    assert pending_in(folder) == ()
