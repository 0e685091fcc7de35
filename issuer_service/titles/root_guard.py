"""Keeps the root's private key away from the service: it signs a document signer once, and is then put away.

A service that could read it could certify any signer; whoever takes the service would hold the state's root. So nothing
lies in its folders but what it put there (`data_folder`); and of what lies there, or is named by its settings, nothing
holds that key in an encoding that can be recognised.
"""

import re
import shlex
from base64 import b64decode
from collections.abc import Iterator
from functools import partial
from hmac import compare_digest
from itertools import islice
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
from issuer_service.revocations.revocation_log import unchecked
from issuer_service.shell.notes import spoken
from issuer_service.titles import data_folder
from issuer_service.titles.codes import HINTS
from issuer_service.titles.config import Config

__all__ = ["check_root_absent"]

# No file that the service reads whole is longer; of a database, and of the files beside it, no more is looked at.
PIECE = 4_194_304
OVERLAP = 65_536
SCALAR_BYTES = 32
MAX_CUT = 4_096

_PLACES = (
    *("database", "chain", "mdoc_chain", "signer_revocations"),
    *("anchors", "register_secret_file", "tls_certificate", "tls_key"),
)
_PEM = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.{0,16384}?-----END \1PRIVATE KEY-----", re.DOTALL)
_WORD = re.compile(rb"[A-Za-z0-9+/_-]{43,}={0,2}")
_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_DRAFT = re.compile(r"[0-9a-f]{16}\.draft")
_LINE_END = re.compile(rb"(?<![A-Za-z0-9+/=])([A-Za-z0-9+/=]{16,})[ \t\r]*$", re.MULTILINE)
# What every unencrypted EC key in DER holds, alone (RFC 5915) or in PKCS 8: version 1, then the scalar.
_EC_KEY = re.compile(rb"\x02\x01\x01\x04\x20(.{32})", re.DOTALL)
# The digits of an act of a revocation log that a crash cut short.
_CUT_SHORT = re.compile(rb"^(?:revoke|suspend|resume) (?:[0-9a-f]{16}: )?([0-9a-f]{1,63})$", re.MULTILINE)
_HEX = re.compile(rb"[0-9A-Fa-f]{64,}")


def check_root_absent(config: Config, root: PublicKey, *signers: PublicKey) -> None:
    """Refuses folders that hold what has no place there, and folders or settings from which the root's key can be had.

    No document signer's key may be the root's.

    Raises:
        FetchError: `file_unavailable`.
        VerificationError: `root_key_exposed`, `folder_unexpected`.
    """
    if any(compare_digest(root.octets, signer.octets) for signer in signers):
        raise VerificationError("root_key_exposed", "a document signer's key is the root's")
    look = partial(_look, config, root)
    for name in _PLACES:
        if getattr(config.settings, name) is not None and config.place(name).is_file():
            look(config.place(name))
    data_folder.check(config, look=look)


def _look(config: Config, root: PublicKey, path: Path) -> None:
    """Refuses a sealed file that is not the service's own keyring, and the root's private key in the clear."""
    keyring, is_log = config.place("keyring"), path.parent == config.place("revocations")
    try:
        # Lines with their checksum are acts of the service: a key a line, a million of them take half a minute.
        parts = unchecked(path) if is_log else _parts(path)
        for number, data in enumerate(islice(_pieces(parts), None if is_log else 1)):
            own = path.resolve() == keyring.resolve() or (
                _is_draft_of(path, keyring) and data_folder.is_part_of_keyring(data)
            )
            if number == 0 and begins_sealed(data) and not own:
                raise _sealed(path)
            if _ENCRYPTED in data or any(key == root for key in _keys(data)):
                raise VerificationError("root_key_exposed", path.name)
    except OSError:
        return


def _sealed(path: Path) -> VerificationError:
    error = VerificationError("root_key_exposed", f"{path.name} is sealed, and is not the service's keyring")
    error.add_note(spoken(HINTS["maybe_root_key"], path=shlex.quote(ascii(str(path))[1:-1])))
    return error


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(partial(file.read, PIECE), b"")


def _pieces(parts: Iterator[bytes]) -> Iterator[bytes]:
    """All parts, in pieces of which each begins with the end of the one before; an empty one of nothing."""
    piece = bytearray()
    for part in parts:
        piece += part
        if len(piece) >= PIECE:
            yield bytes(piece)
            del piece[:-OVERLAP]
    yield bytes(piece)


def _is_draft_of(path: Path, keyring: Path) -> bool:
    return path.parent == keyring.parent and _DRAFT.fullmatch(path.name.removeprefix(f".{keyring.name}.")) is not None


def _keys(data: bytes) -> Iterator[PublicKey]:
    """The public halves of the private keys that data holds: as it is, and in each word that may be hex or base64."""
    for candidate in (data, *(block.group() for block in _PEM.finditer(data)), *_decoded(data)):
        scalars = (candidate, *_EC_KEY.findall(candidate))
        keys = (*map(_scalar, scalars), *(_loaded(begins, load, candidate) for begins, load in _LOADERS))
        yield from (key for key in keys if key)


_LOADERS: tuple[tuple[bytes, Any], ...] = (
    (b"-----BEGIN ", load_pem_private_key),
    (b"-----BEGIN ", load_ssh_private_key),
    (b"\x30", load_der_private_key),
)
"""What reads an encoding of a key, by how it begins."""


def _loaded(begins: bytes, load: Any, data: bytes) -> PublicKey | None:  # noqa: ANN401 - one of the loaders
    try:
        return from_cryptography(load(data, None).public_key()) if data.lstrip().startswith(begins) else None
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
    cut = b"".join(_CUT_SHORT.findall(data))[:MAX_CUT]
    for at in range(len(cut) - 2 * SCALAR_BYTES + 1):
        yield bytes.fromhex(cut[at : at + 2 * SCALAR_BYTES].decode("ascii"))
    # Of a PEM in comments, each line begins with what makes it one.
    for group in (b"".join(_LINE_END.findall(data)), *(word.group() for word in _WORD.finditer(data))):
        text = group.translate(bytes.maketrans(b"-_", b"+/"))
        # Padding ends a text: what stands behind it is another one, unless it was put there to hide a key.
        for part in {text.replace(b"=", b""), *text.split(b"=")}:
            if len(part) % 4 != 1:
                yield b64decode(part + b"=" * (-len(part) % 4))
