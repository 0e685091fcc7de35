"""Files that hold a secret, sealed under a passphrase."""

from pathlib import Path

from didkit_fr.primitives.passphrase import Cost, check_length, seal
from didkit_fr.primitives.random import Random
from issuer_service.shell import private_files

__all__ = ["create_sealed"]


def create_sealed(path: Path, passphrase: bytes, secret: bytes, *, context: bytes, random: Random, cost: Cost) -> None:
    """Makes a file (mode 0600, on disk when this returns); `context` says what it is, and opens it as nothing else.

    Raises:
        VerificationError: `passphrase_too_short`, `file_exists`: nothing is ever overwritten.
        FetchError: `file_unavailable`.
    """
    check_length(passphrase)
    private_files.create(path, seal(passphrase, secret, context=context, cost=cost, random=random), random=random)
