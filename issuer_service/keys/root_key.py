"""The file of the root key, which certifies the document signers: kept elsewhere, opened to certify, never to serve.

It is sealed as what it is, and is not opened as a keyring.
"""

from pathlib import Path

from didkit_fr.errors import ParseError
from didkit_fr.keys.software import SoftwareSigner, from_secret, generate
from didkit_fr.primitives.passphrase import INTERACTIVE, Cost, open_sealed
from didkit_fr.primitives.random import Random, system
from issuer_service.keys.sealed import create_sealed
from issuer_service.shell import private_files

__all__ = ["create", "load"]

_ROOT = b"didkit-fr issuer root key 1"


def create(path: Path, passphrase: bytes, *, random: Random = system, cost: Cost = INTERACTIVE) -> SoftwareSigner:
    """Makes a root key (P-256) and its sealed file (mode 0600, on disk when this returns).

    Raises:
        VerificationError: `passphrase_too_short`, `file_exists`.
        FetchError: `file_unavailable`.
    """
    signer = generate(random=random)
    create_sealed(path, passphrase, signer.secret(), context=_ROOT, random=random, cost=cost)
    return signer


def load(path: Path, passphrase: bytes) -> SoftwareSigner:
    """Opens a root key.

    Raises:
        VerificationError: `passphrase_wrong`.
        ParseError: `sealed_malformed`, `input_too_large`.
        FetchError: `file_unavailable`.
    """
    secret = open_sealed(passphrase, private_files.read(path), context=_ROOT)
    try:
        return from_secret(secret)
    except ParseError:
        raise ParseError("sealed_malformed", "no root key in it") from None
