"""Keeps the root's private key away from the service: it signs a document signer once, and is then put away.

A service that could read it could certify any signer; whoever takes the service would hold the state's root. So nothing
lies in its folders but what it put there (`data_folder`); and of what lies there, or is named by its settings, nothing
holds that key in a form that can be recognised.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from functools import partial
from hmac import compare_digest
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_pem_private_key,
    load_ssh_private_key,
)

from didkit_fr.errors import DidkitError, VerificationError
from didkit_fr.keys import software
from didkit_fr.keys.public import PublicKey, from_cryptography
from didkit_fr.primitives.passphrase import is_sealed as begins_sealed
from issuer_service import data_folder
from issuer_service.config import Config

__all__ = ["check_root_absent"]

MAX_BYTES = 65_536
SCALAR_BYTES = 32

_PLACES = (
    *("database", "chain", "mdoc_chain", "signer_revocations"),
    *("anchors", "register_secret_file", "tls_certificate", "tls_key"),
)
_PEM = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", re.DOTALL)
_WORD = re.compile(rb"[A-Za-z0-9+/_-]{43,}={0,2}")
_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_DRAFT = re.compile(r"[0-9a-f]{16}\.draft")
_LINE_END = re.compile(rb"([A-Za-z0-9+/=]{16,})[ \t\r]*$", re.MULTILINE)
_HEX = re.compile(rb"[0-9A-Fa-f]{64,}")


def check_root_absent(config: Config, root: PublicKey, *signers: PublicKey) -> None:
    """Refuses folders that hold what has no place there, and folders or settings from which the root's key can be had.

    No document signer's key may be the root's.

    Raises:
        FetchError: `file_unavailable`.
        VerificationError: `root_key_exposed`, `folder_unexpected`.
    """
    if any(compare_digest(root.point, signer.point) for signer in signers):
        raise VerificationError("root_key_exposed", "a document signer's key is the root's")
    look = partial(_look, config.place("keyring"), root)
    for name in _PLACES:
        if getattr(config.settings, name) is not None and config.place(name).is_file():
            look(config.place(name))
    data_folder.check(config, look=look)


def _look(keyring: Path, root: PublicKey, path: Path) -> None:
    """Refuses a sealed file that is not the service's own keyring, and the root's private key in the clear."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES)
    except OSError:
        return
    own = path.resolve() == keyring.resolve() or (_is_draft_of(path, keyring) and data_folder.is_part_of_keyring(data))
    sealed = begins_sealed(data) and not own
    if sealed or _ENCRYPTED in data or any(key == root for key in _keys(data)):
        raise VerificationError("root_key_exposed", path.name)


def _is_draft_of(path: Path, keyring: Path) -> bool:
    return path.parent == keyring.parent and _DRAFT.fullmatch(path.name.removeprefix(f".{keyring.name}.")) is not None


def _keys(data: bytes) -> Iterator[PublicKey]:
    """The public halves of the private keys that data holds: as it is, and in each word that may be hex or base64."""
    for candidate in (data, *(block.group() for block in _PEM.finditer(data)), *_decoded(data)):
        yield from (key for key in (_scalar(candidate), *(_loaded(load, candidate) for load in _LOADERS)) if key)


_LOADERS = (load_pem_private_key, load_der_private_key, load_ssh_private_key)


def _loaded(load: Any, data: bytes) -> PublicKey | None:  # noqa: ANN401 - one of the loaders
    try:
        return from_cryptography(load(data, None).public_key())
    except (ValueError, TypeError, UnsupportedAlgorithm, DidkitError):
        return None


def _scalar(data: bytes) -> PublicKey | None:
    try:
        return software.from_secret(data).public_key if len(data) == SCALAR_BYTES else None
    except DidkitError:
        return None


def _decoded(data: bytes) -> Iterator[bytes]:
    for word in _HEX.finditer(data):
        text = word.group()
        yield bytes.fromhex(text[: len(text) // 2 * 2].decode("ascii"))
    # Of a PEM in comments, each line begins with what makes it one.
    for group in (b"".join(_LINE_END.findall(data)), *(word.group() for word in _WORD.finditer(data))):
        text = group.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
        if len(text) % 4 != 1:
            yield b64decode(text + b"=" * (-len(text) % 4))
