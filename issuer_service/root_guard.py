"""Keeps the root's private key away from the service: it signs a document signer once, and is then put away.

A service that could read it could certify any signer; whoever takes the service would hold the state's root.
"""

import re
from collections.abc import Iterator
from hmac import compare_digest
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from didkit_fr.encoding import base64url, json
from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.keys import software
from didkit_fr.keys.public import PublicKey, from_cryptography
from issuer_service.config import Config
from issuer_service.keyring import is_sealed

__all__ = ["check_root_absent"]

MAX_BYTES = 65_536
MAX_FILES = 10_000
SCALAR_BYTES = 32

_PLACES = (
    *("database", "chain", "mdoc_chain", "signer_revocations"),
    *("anchors", "register_secret_file", "tls_certificate", "tls_key"),
)
_PEM = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", re.DOTALL)


def check_root_absent(config: Config, root: PublicKey, *signers: PublicKey) -> None:
    """Refuses a data folder, or settings, from which the root's private key can be had.

    Every file in the folder and every file the settings name is looked at: a sealed file that is not the service's
    own keyring, or the root's private key in the clear (PEM, JWK or bare scalar). No document signer's key may be the
    root's.

    Raises:
        VerificationError: `root_key_exposed`.
    """
    if any(compare_digest(root.point, signer.point) for signer in signers):
        raise VerificationError("root_key_exposed", "a document signer's key is the root's")
    keyring = config.place("keyring").resolve()
    for path in _files(config):
        if path.resolve() != keyring and (is_sealed(path) or _holds_private_key(path, root)):
            raise VerificationError("root_key_exposed", path.name)


def _files(config: Config) -> Iterator[Path]:
    for name in _PLACES:
        if getattr(config.settings, name) is not None and config.place(name).is_file():
            yield config.place(name)
    for count, path in enumerate(config.folder.rglob("*")):
        if count >= MAX_FILES:
            raise VerificationError("root_key_exposed", "too many files to look at")
        if path.is_file():
            yield path


def _holds_private_key(path: Path, root: PublicKey) -> bool:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES)
    except OSError:
        return False
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in data or any(key == root for key in _keys(data))


def _keys(data: bytes) -> Iterator[PublicKey]:
    """The public halves of the private keys a file holds, in the forms in which one is likely to be left there."""
    for block in _PEM.finditer(data):
        try:
            yield from_cryptography(load_pem_private_key(block.group(), None).public_key())
        except (ValueError, TypeError, UnsupportedAlgorithm, ParseError):
            continue
    for scalar in _scalars(data):
        try:
            yield software.from_secret(scalar).public_key
        except DidkitError:
            continue


def _scalars(data: bytes) -> Iterator[bytes]:
    if len(data) == SCALAR_BYTES:
        yield data
    data = data.strip()
    if data.startswith(b"{"):
        try:
            members = json.parse_object(data)
        except ParseError:
            return
        data = next((value.encode() for name in ("d", "secret") if isinstance(value := members.get(name), str)), b"")
    try:
        yield base64url.decode(data.decode("ascii"), max_chars=64)
    except (UnicodeDecodeError, ParseError):
        return
