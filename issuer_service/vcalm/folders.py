"""What may lie in the folders of a VCALM service: its data, and beside it its state, which no backup brings back."""

from collections.abc import Iterator
from pathlib import Path

from didkit_fr.errors import FetchError
from didkit_fr.primitives.passphrase import is_sealed
from issuer_service.shell import allowed, mark, private_files
from issuer_service.shell.allowed import Rule, exactly, reading
from issuer_service.shell.notes import spoken
from issuer_service.shell.state import check_apart
from issuer_service.vcalm import config
from issuer_service.vcalm.codes import HINTS
from issuer_service.vcalm.config import Config
from issuer_service.vcalm.statuses import APPLICATION_ID, StatusStore, open_store

__all__ = ["MARK", "check", "make_marked", "open_marked"]

MARK = "mark.json"


def check(there: Config, *named: Path | None) -> None:
    """Checks both folders; `named` are files of the operator that may lie in the data folder, such as those of TLS.

    Raises:
        FetchError: `file_unavailable`.
        VerificationError: `folder_unexpected`, `state_misplaced`.
    """
    check_apart(there.folder, there.state)
    allowed.check_folder(there.folder, tuple(_of_data(there, [path for path in named if path is not None])))
    if there.state.exists():
        allowed.check_folder(there.state, (Rule(exactly(MARK), mark.KIND), mark.drafts(MARK)))


def open_marked(there: Config) -> StatusStore:
    """Opens the status store, unless it is an older one than it was; a service of before gets its state folder.

    Raises:
        FetchError: `storage_unavailable`, `file_unavailable`.
        ParseError: `storage_malformed`.
        VerificationError: `storage_rewound`, `state_misplaced`.
    """
    place = there.place("database")
    if not place.is_file() or not place.stat().st_size:
        error = FetchError(
            "file_unavailable", f"the status database is {'empty' if place.exists() else 'gone'}: {place}"
        )
        error.add_note(spoken(HINTS["database_gone"]))
        raise error
    return _open(there)


def make_marked(there: Config) -> None:
    """Makes the status store of a new service, and its mark: nothing else makes it.

    Raises:
        FetchError: `storage_unavailable`, `file_unavailable`.
        VerificationError: `state_misplaced`.
    """
    store = _open(there)
    try:
        mark.advance(store.mark(), there.state / MARK)
    finally:
        store.close()


def _open(there: Config) -> StatusStore:
    check_apart(there.folder, there.state)
    try:
        there.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FetchError("file_unavailable", f"{there.state.name}: {error.strerror}") from None
    return open_store(there.place("database"), there.state / MARK)


def _of_data(there: Config, named: list[Path]) -> Iterator[Rule]:
    """The names that the settings give, as far as they lead into the folder."""
    yield Rule(exactly(config.SETTINGS), reading(config.parse, max_bytes=private_files.MAX_BYTES))
    for path, kind in (
        (there.place("keyring"), reading(is_sealed, max_bytes=private_files.MAX_BYTES, secret=True)),
        (there.place("token"), allowed.LINE),
        *((path, allowed.PEM) for path in named),
    ):
        if path.parent == there.folder:
            yield Rule(exactly(path.name), kind)
    if there.place("database").parent == there.folder:
        yield from allowed.database(there.place("database").name, APPLICATION_ID)
