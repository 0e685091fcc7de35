"""What attacks on a wallet begin with."""

from tests.wallet_cli.conftest import folder, world

__all__ = ["folder", "world"]
