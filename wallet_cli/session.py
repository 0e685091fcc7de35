"""What every command is given: how to speak, where the vault is, where its passphrase comes from, what time it is."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from didkit_fr.errors import DidkitError
from didkit_fr.primitives.passphrase import INTERACTIVE, Cost
from wallet_cli import inputs
from wallet_cli.contents import Contents, logged
from wallet_cli.history import Event
from wallet_cli.output import Output
from wallet_cli.vault import Vault, open_vault

__all__ = ["Session"]


@dataclass(frozen=True, slots=True)
class Session:
    """One run of one command; `clock` gives seconds since 1970 (UTC), `cost` is that of one guess of the passphrase."""

    output: Output
    folder: Path
    passphrase_fd: int | None
    clock: Callable[[], int]
    cost: Cost = INTERACTIVE

    def open(self) -> AbstractContextManager[Vault]:
        """The vault, locked and open.

        Raises:
            DidkitError, Misuse: those of `vault.open_vault` and `inputs.read_secret`.
        """
        return open_vault(self.folder, self.passphrase, cost=self.cost)

    def note(self, vault: Vault, event: Event) -> None:
        """Logs what was refused or failed; a vault that cannot be written to does not hide why it failed."""
        self.amend(vault, logged(vault.contents, event))

    def amend(self, vault: Vault, contents: Contents) -> None:
        """Replaces what the vault holds, if it can be: the error that is being told goes before."""
        with suppress(DidkitError):
            vault.replace(contents)

    def passphrase(self) -> bytes:
        """The vault's passphrase."""
        return inputs.read_secret(self.passphrase_fd, self.output, "ask_passphrase")

    def agrees(self, question: str, *, beforehand: bool) -> bool:
        """Whether the citizen agrees to a question of `messages.TEXTS`."""
        return inputs.confirm(self.output, question, beforehand=beforehand)
