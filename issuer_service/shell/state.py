"""The state folder of a service: what must not come back with an older copy of its data, in a place of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from didkit_fr.errors import FetchError, VerificationError
from issuer_service.shell.codes import HINTS
from issuer_service.shell.notes import spoken

__all__ = ["appearing", "check_apart", "is_within"]


def check_apart(data: Path, state: Path) -> None:
    """Checks that neither of two folders lies in the other, wherever links lead.

    Raises:
        VerificationError: `state_misplaced`.
    """
    if is_within(state, data) or is_within(data, state):
        raise VerificationError("state_misplaced", "neither the state folder nor the data folder may hold the other")


@contextmanager
def appearing(state: Path) -> Iterator[None]:
    """Makes the state folder (mode 0700) and those above; one that is there must be empty. A failure undoes it.

    Raises:
        FetchError: `file_unavailable`.
        VerificationError: `file_exists`.
    """
    missing = [path for path in (state, *state.parents) if not path.exists()]
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(state.iterdir()):
            raise VerificationError("file_exists", state.name)
    except OSError as error:
        refused = FetchError("file_unavailable", f"{state.name}: {error.strerror}")
        refused.add_note(spoken(HINTS["state_unmade"], path=state))
        raise refused from None
    try:
        yield
    except BaseException:
        for path in state.iterdir():
            path.unlink() if path.is_file() else rmtree(path)
        if missing:
            rmtree(missing[-1], ignore_errors=True)
        raise


def is_within(path: Path, folder: Path) -> bool:
    """Whether a path is the folder or leads into it; a folder that is mounted twice is one folder."""
    path, folder = path.resolve(), folder.resolve()
    ways = (path, *path.parents)
    return folder in ways or (folder.exists() and any(way.exists() and way.samefile(folder) for way in ways))
