"""A wallet that receives titles, and what it keeps meanwhile."""

import pytest

from didkit_fr.errors import DidkitError
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from tests.wallet_cli.world import PASSPHRASE, TINY, session
from wallet_cli.commands.receive import accept
from wallet_cli.vault import open_vault


def receive(folder, link, fetcher, *, tx_code="123456", wanted=30, yes=True, pause=pytest.fail, **how):
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        offer, citizen = parse_offer_uri(link), session(folder, **how)
        accept(citizen, vault, offer, fetcher, tx_code=tx_code, wanted=wanted, yes=yes, pause=pause)


def refused(folder, link, fetcher, **how):
    before = held(folder)
    with pytest.raises(DidkitError) as error:
        receive(folder, link, fetcher, **how)
    assert held(folder) == before
    return error.value.code


def held(folder):
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        return vault.contents.titles


def pending_in(folder):
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        return vault.contents.pending
