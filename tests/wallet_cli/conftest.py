"""What most tests of the wallet begin with."""

import pytest

from tests.wallet_cli.world import World


@pytest.fixture
def world():
    return World()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "wallet"
