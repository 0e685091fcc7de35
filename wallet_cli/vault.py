"""The vault: one sealed file in one folder, one process at a time, replaced as a whole or not at all.

The folder (0700) holds `vault.sealed` (XChaCha20-Poly1305 under Argon2id) and `vault.lock`. What this cannot give:

* rollback: an older copy of the sealed file put back in its place opens, and copies spent since are fresh again in
  it. Back up the vault only to keep it, never to go back to it;
* erasure: what was replaced may remain on the disk, sealed under the passphrase of its time.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.primitives.passphrase import INTERACTIVE, Cost, open_sealed, seal
from wallet_cli import contents as inside
from wallet_cli.contents import Contents
from wallet_cli.files import flush_folder, write_durably

__all__ = ["MIN_PASSPHRASE", "Vault", "create", "open_vault"]

SEALED, LOCK, NEW = "vault.sealed", "vault.lock", "vault.sealed.new"
CONTEXT = b"didkit wallet vault"
MIN_PASSPHRASE = 8
MAX_FILE = inside.MAX_BYTES + 4096


@dataclass(slots=True)
class Vault:
    """An open vault, locked against every other process while `open_vault` lasts."""

    contents: Contents = field(repr=False)
    _folder: Path
    _passphrase: bytes = field(repr=False)
    _cost: Cost

    def replace(self, contents: Contents) -> None:
        """Makes `contents` the vault's, durably: when this returns they survive a power cut; if not, the old do.

        Raises:
            FetchError: `vault_unavailable`.
        """
        _write(self._folder, contents, self._passphrase, self._cost)
        self.contents = contents

    def change_passphrase(self, secret: bytes) -> None:
        """Seals the vault anew under another passphrase; the file under the old one is replaced, durably.

        Raises:
            FetchError: `vault_unavailable`; the old passphrase still opens it.
            VerificationError: `passphrase_too_short`.
        """
        _check_passphrase(secret)
        _write(self._folder, self.contents, secret, self._cost)
        self._passphrase = secret


def create(folder: Path, contents: Contents, passphrase: Callable[[], bytes], *, cost: Cost = INTERACTIVE) -> None:
    """Makes a new vault; never touches one that is there. The passphrase is asked for last.

    Raises:
        FetchError: `vault_locked`, `vault_unavailable`.
        VerificationError: `vault_exists`, `passphrase_too_short`.
    """
    with _unavailable():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder):
        if (folder / SEALED).exists():
            raise VerificationError("vault_exists")
        secret = passphrase()
        _check_passphrase(secret)
        _write(folder, contents, secret, cost)


@contextmanager
def open_vault(folder: Path, passphrase: Callable[[], bytes], *, cost: Cost = INTERACTIVE) -> Iterator[Vault]:
    """Locks and opens a vault; the passphrase is asked for only once the lock is held. `cost` is for `replace`.

    Raises:
        FetchError: `vault_absent`, `vault_locked`, `vault_unavailable`.
        ParseError: `sealed_malformed`, `vault_malformed`.
        VerificationError: `passphrase_wrong`, also for a file that was changed.
    """
    if not (folder / SEALED).exists():
        raise FetchError("vault_absent")
    with _locked(folder):
        sealed = _read(folder)
        secret = passphrase()
        contents = inside.parse(open_sealed(secret, sealed, context=CONTEXT))
        yield Vault(contents, folder, secret, cost)


def _check_passphrase(secret: bytes) -> None:
    if len(secret) < MIN_PASSPHRASE:
        raise VerificationError("passphrase_too_short", f"{MIN_PASSPHRASE} bytes at least")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds an advisory lock that the kernel drops when the process ends, however it ends."""
    with _unavailable():
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FetchError("vault_locked") from None
        yield
    finally:
        os.close(lock)


def _read(folder: Path) -> bytes:
    with _unavailable(), (folder / SEALED).open("rb") as file:
        sealed = file.read(MAX_FILE + 1)
    if len(sealed) > MAX_FILE:
        raise ParseError("sealed_malformed", "too large")
    return sealed


def _write(folder: Path, contents: Contents, passphrase: bytes, cost: Cost) -> None:
    """Writes beside, flushes, renames over, flushes the folder: a kill leaves the old file whole or the new one."""
    plain = inside.encode(contents)
    if len(plain) > inside.MAX_BYTES:
        raise VerificationError("vault_full")
    sealed = seal(passphrase, plain, context=CONTEXT, cost=cost)
    with _unavailable():
        try:
            write_durably(folder / NEW, sealed)  # under the lock nobody else writes it
            (folder / NEW).replace(folder / SEALED)
        except OSError:
            with suppress(OSError):
                (folder / NEW).unlink()
            raise
        flush_folder(folder)


@contextmanager
def _unavailable() -> Iterator[None]:
    """Turns the disk's refusals into an error with a code; the path is not shown, it may name the citizen."""
    try:
        yield
    except OSError as error:
        raise FetchError("vault_unavailable", os.strerror(error.errno or 0).lower()) from None
