"""The vault: one sealed file in one folder, one process at a time, replaced as a whole or not at all.

The folder (0700) holds `vault.sealed` (XChaCha20-Poly1305 under Argon2id), `vault.lock`, and space for the answer of an
issuer while one is awaited (`vault.reserve.`). The lock is on the folder itself, so that no file can be deleted to get
around it; the one on `vault.lock` keeps out commands of versions before 0.3.0. What this cannot give:

* rollback: an older copy of the sealed file put back in its place opens, and copies spent since are fresh again in
  it. Back up the vault only to keep it, never to go back to it;
* erasure: what was replaced may remain on the disk, sealed under the passphrase of its time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.primitives.passphrase import INTERACTIVE, Cost, check_length, open_sealed, seal
from wallet_cli import contents as inside
from wallet_cli.contents import Contents
from wallet_cli.folder import Folder, locked, unavailable

__all__ = ["Vault", "create", "open_vault"]

SEALED, LOCK, NEW = "vault.sealed", "vault.lock", "vault.sealed.new"
RESERVES = ("vault.reserve.1", "vault.reserve.2")
"""Space for two writings: the token, and what it is exchanged for."""
CONTEXT = b"didkit wallet vault"
MAX_FILE = inside.MAX_BYTES + 4096


@dataclass(slots=True)
class Vault:
    """An open vault, locked against every other process while `open_vault` lasts."""

    contents: Contents = field(repr=False)
    _folder: Folder
    _passphrase: bytes = field(repr=False)
    _cost: Cost
    _seen: bytes = field(repr=False)
    """Digest of the sealed file as this process read or wrote it last."""

    def replace(self, contents: Contents) -> None:
        """Makes `contents` the vault's, durably: when this returns they survive a power cut; if not, the old do.

        Raises:
            FetchError: `vault_unavailable`; `vault_changed` where the vault is not the one that was read.
            VerificationError: `vault_full`.
        """
        self._write(contents, self._passphrase)
        self.contents = contents

    def change_passphrase(self, secret: bytes) -> None:
        """Seals the vault anew under another passphrase; the file under the old one is replaced, durably.

        Raises:
            FetchError: `vault_unavailable`, `vault_changed`; the old passphrase still opens it.
            VerificationError: `passphrase_too_short`.
        """
        check_length(secret)
        self._write(self.contents, secret)
        self._passphrase = secret

    def reserve(self, size: int) -> None:
        """Reserves space on the disk for the next two writings, that may be longer by so many bytes.

        It is given back once no offer is pending.

        Raises:
            FetchError: `vault_unavailable`: then nothing is taken.
        """
        size = min(MAX_FILE, size + len(inside.encode(self.contents)) + 4096)
        with unavailable():
            try:
                for name in RESERVES:
                    self._folder.allocate(name, size)
            except OSError:
                self.release()
                raise

    def _write(self, contents: Contents, passphrase: bytes) -> None:
        # Without this, a file that was put in its place would be lost, and the copies spent in it fresh again.
        if sha256(_read(self._folder)).digest() != self._seen:
            raise FetchError("vault_changed")
        self._seen = _write(self._folder, contents, passphrase, self._cost)
        if not contents.pending:
            self.release()

    def release(self) -> None:
        """Gives back what `reserve` took."""
        with suppress(OSError):
            for name in RESERVES:
                self._folder.remove(name)


def create(folder: Path, contents: Contents, passphrase: Callable[[], bytes], *, cost: Cost = INTERACTIVE) -> None:
    """Makes a new vault; never touches one that is there. The passphrase is asked for last.

    Raises:
        FetchError: `vault_locked`, `vault_unavailable`.
        VerificationError: `vault_exists`, `vault_exposed`, `passphrase_too_short`.
    """
    with unavailable():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(folder, LOCK) as place:
        if place.has(SEALED):
            raise VerificationError("vault_exists")
        secret = passphrase()
        check_length(secret)
        _write(place, contents, secret, cost)


@contextmanager
def open_vault(folder: Path, passphrase: Callable[[], bytes], *, cost: Cost = INTERACTIVE) -> Iterator[Vault]:
    """Locks and opens a vault; the passphrase is asked for only once the lock is held. `cost` is for `replace`.

    Raises:
        FetchError: `vault_absent`, `vault_locked`, `vault_unavailable`.
        ParseError: `sealed_malformed`, `vault_malformed`.
        VerificationError: `vault_exposed` for a folder that others may write to; `passphrase_wrong`, also for a file
            that was changed.
    """
    if not (folder / SEALED).exists():
        raise FetchError("vault_absent")
    with locked(folder, LOCK) as place:
        sealed = _read(place)
        secret = passphrase()
        contents = inside.parse(open_sealed(secret, sealed, context=CONTEXT))
        vault = Vault(contents, place, secret, cost, sha256(sealed).digest())
        if not contents.pending:
            vault.release()
        yield vault


def _read(folder: Folder) -> bytes:
    with unavailable():
        sealed = folder.read(SEALED, MAX_FILE + 1)
    if len(sealed) > MAX_FILE:
        raise ParseError("sealed_malformed", "too large")
    return sealed


def _write(folder: Folder, contents: Contents, passphrase: bytes, cost: Cost) -> bytes:
    """Writes beside, flushes, renames over, flushes the folder: a kill leaves the old file whole or the new one."""
    plain = inside.encode(contents)
    if len(plain) > inside.MAX_BYTES:
        raise VerificationError("vault_full")
    sealed = seal(passphrase, plain, context=CONTEXT, cost=cost)
    with unavailable():
        try:
            reserve = next(filter(folder.has, RESERVES), None)
            folder.write(NEW, sealed, into=reserve)  # under the lock no other process writes it
            folder.rename(NEW, SEALED)
        except OSError:
            with suppress(OSError):
                folder.remove(NEW)
            raise
        folder.flush()
    return sha256(sealed).digest()
