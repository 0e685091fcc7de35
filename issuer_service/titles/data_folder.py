"""What may lie in the data folder of an issuer, and in its state folder."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from didkit_fr.errors import FetchError
from didkit_fr.keys import x509
from didkit_fr.primitives.passphrase import is_sealed as begins_sealed
from didkit_fr.trust import revocation
from didkit_fr.trust.anchors import Anchors
from issuer_service.grants.port import KEY_BYTES
from issuer_service.revocations.revocation_log import is_log
from issuer_service.shell import allowed, mark
from issuer_service.shell.allowed import FOLDER, Kind, Rule, exactly, reading
from issuer_service.shell.settings import MAX_BYTES
from issuer_service.storage.migrations.sqlite import APPLICATION_ID
from issuer_service.titles import config, state
from issuer_service.titles.config import Config

__all__ = ["check", "is_part_of_keyring"]

MAX_FILE = 65_536
MAX_ANCHORS = 262_144
MAX_DOCUMENT_CHAINS = 262_144
MAX_DOCUMENT_SIGNERS = 128  # 32 titles at most, and the signer of status lists, each with its successor
MAX_SEALED_ROOT = 256

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MEND_LOG = (
    "put {} back from the mirror of the state folder, as it was at the end, and from no older copy; without a mirror, "
    "as specs/runbooks/backup.md says where the state folder is lost"
)
_CRL_HEAD = 16
_LENGTH = rb"(?:[\x00-\x7f]|\x81.|\x82..|\x83...)"
# RFC 5280 section 5.1: CertificateList, TBSCertList, version 2; a private key in DER begins in another way.
_CRL_BEGINS = re.compile(rb"\x30" + _LENGTH + rb"\x30" + _LENGTH + rb"\x02\x01\x01.*|\x30?.{0,5}", re.DOTALL)


def is_part_of_keyring(data: bytes) -> bool:
    """Whether data may be left of a sealed keyring by a killed process: longer than any sealed root key, or nothing."""
    return not data or (begins_sealed(data) and len(data) > MAX_SEALED_ROOT)


_SEALED = reading(begins_sealed, max_bytes=MAX_FILE, secret=True)
_CERTIFICATES = reading(x509.parse_pem_chain, max_bytes=MAX_FILE)
# Of a file that two settings name, the first one says what it is.
_KINDS: dict[str, Kind] = {
    "keyring": _SEALED,
    "chain": _CERTIFICATES,
    "mdoc_chain": reading(
        partial(x509.parse_pem_chain, max_certificates=MAX_DOCUMENT_SIGNERS), max_bytes=MAX_DOCUMENT_CHAINS
    ),
    "signer_revocations": reading(revocation.parse_list, max_bytes=revocation.MAX_BYTES),
    "anchors": reading(Anchors.parse, max_bytes=MAX_ANCHORS),
    "register_secret_file": allowed.LINE,
    "tls_key": allowed.PEM,
    "tls_certificate": allowed.CERTIFICATES,
}
_BEGINNINGS: dict[str, tuple[Callable[[bytes], object], int]] = {
    "keyring": (is_part_of_keyring, MAX_FILE),
    "chain": (lambda data: _begins(data, b"-----BEGIN CERTIFICATE-----"), MAX_FILE),
    "mdoc_chain": (lambda data: _begins(data, b"-----BEGIN CERTIFICATE-----"), MAX_DOCUMENT_CHAINS),
    "signer_revocations": (lambda data: _CRL_BEGINS.fullmatch(data[:_CRL_HEAD]), revocation.MAX_BYTES),
}


def check(there: Config, *, look: Callable[[Path], None]) -> None:
    """Checks data folder, state folder, epoch keys, and what files elsewhere hold that the settings name.

    `look` sees each file of the folders first, and may refuse it.

    Raises:
        FetchError: `file_unavailable`.
        VerificationError: `folder_unexpected`, and as `look`.
    """
    keys = there.place("epochs")
    allowed.check_folder(there.folder, tuple(_of_data(there)), look=look)
    allowed.check_folder(there.state, tuple(_of_state(there)), look=look)
    if keys.is_dir() and _inside(keys, there.folder) is None:
        allowed.check_folder(keys, tuple(_of_epochs("")), look=look)
    _check_elsewhere(there)


def _check_elsewhere(there: Config) -> None:
    seen: set[Path] = set()
    for setting, kind in _KINDS.items():
        path = there.folder if getattr(there.settings, setting) is None else there.place(setting)
        if path not in seen and path.is_file() and _inside(path, there.folder) is None:
            seen.add(path)
            try:
                allowed.check_content(path.name, path, kind)
            except OSError as error:
                raise FetchError("file_unavailable", f"{path.name}: {error.strerror}") from None


def _of_data(there: Config) -> Iterator[Rule]:
    yield Rule(exactly(config.SETTINGS), reading(config.parse, max_bytes=MAX_BYTES))
    for setting, kind in _KINDS.items():
        name = _named(there, setting)
        if name is not None:
            yield from _folders(name)
            yield Rule(exactly(name), kind)
            if setting in _BEGINNINGS:
                begins, most = _BEGINNINGS[setting]
                yield allowed.drafts(re.escape(name), begins, max_bytes=most)
    name = _named(there, "database")
    if name is not None:
        yield from _folders(name)
        yield from allowed.database(name, APPLICATION_ID)
    name = _named(there, "epochs")
    if name is not None:
        yield from _folders(name)
        yield from _of_epochs(f"{name}/")


def _of_epochs(where: str) -> Iterator[Rule]:
    if where:
        yield Rule(exactly(where.rstrip("/")), FOLDER)
    key = rf"{re.escape(where)}{_DAY}\.key"
    yield Rule(re.compile(key), reading(lambda data: len(data) == KEY_BYTES, max_bytes=KEY_BYTES, secret=True))
    short = reading(bytes, max_bytes=KEY_BYTES, secret=True)
    yield Rule(re.compile(rf"{re.escape(where)}{_DAY}\.doomed"), short)
    yield allowed.drafts(key, bytes, max_bytes=KEY_BYTES)


def _of_state(there: Config) -> Iterator[Rule]:
    log = str(PurePosixPath(there.settings.revocations))
    yield from _folders(f"{log}/any")
    yield Rule(re.compile(rf"{re.escape(log)}/[0-9]{{4}}\.log"), Kind(is_log, 0o077, _MEND_LOG))
    for name in (str(PurePosixPath(there.settings.mark)), state.CLOCK):
        yield from _folders(name)
        yield Rule(exactly(name), mark.KIND)
        yield mark.drafts(name)


def _folders(name: str) -> Iterator[Rule]:
    """The folders that a path leads through."""
    for parent in PurePosixPath(name).parents:
        if parent.name:
            yield Rule(exactly(parent.as_posix()), FOLDER)


def _named(there: Config, setting: str) -> str | None:
    """Where in the data folder a setting's file is; None where it is elsewhere, or there is none."""
    if getattr(there.settings, setting) is None:
        return None
    return _inside(there.place(setting), there.folder)


def _inside(path: Path, folder: Path) -> str | None:
    """The path in the folder, as written: a link on the way is for the check to find."""
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return None


def _begins(data: bytes, beginning: bytes) -> bool:
    return data.startswith(beginning) or beginning.startswith(data)
