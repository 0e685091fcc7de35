"""Worlds for the tests of this folder: each module has its own, so that a fault in one is nobody else's."""

import pytest

from tests.end_to_end.proxy import Proxy
from tests.end_to_end.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Register and issuer, serving."""
    with World(tmp_path_factory.mktemp("world")) as made:
        made.start_register()
        founded = made.init_issuer()
        assert founded.status == 0, founded.err
        made.start_issuer()
        yield made


@pytest.fixture(scope="module")
def proxy():
    with Proxy() as made:
        yield made


@pytest.fixture(scope="module")
def nation(world, proxy):
    """The same, with a relying party behind the proxy; `World.wallet` makes wallets."""
    world.certify_relying_party()
    proxy.target = world.start_relying_party(proxy.address).address
    return world
