"""`didkit-wallet passwd`: another passphrase for the vault."""

from wallet_cli import inputs
from wallet_cli.session import Session

__all__ = ["run"]


def run(session: Session, *, new_fd: int | None) -> None:
    """Asks for the old passphrase, then twice for the new one, and seals the vault anew.

    A copy of the sealed file that was made before still opens with the old passphrase: that is said.

    Raises:
        DidkitError, Misuse: those of `Session.open`, `inputs.read_new_passphrase` and `Vault.change_passphrase`.
    """
    output = session.output
    with session.open() as vault:
        vault.change_passphrase(inputs.read_new_passphrase(new_fd, output, "ask_new_passphrase"))
    output.say(output.text("old_backups"))
    output.result({"changed": True}, [output.text("passphrase_changed")])
