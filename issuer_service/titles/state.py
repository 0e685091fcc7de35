"""The state folder: what must not come back with an older copy of the data folder, in a place of its own.

It holds the mark, the revocation log, and what is known of the clock. A copy of the data folder that held them too
would not be noticed when it is put back: used codes would be good again, and revoked titles valid.
"""

import shlex
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError, FetchError, VerificationError
from issuer_service.shell import mark
from issuer_service.shell.notes import spoken
from issuer_service.shell.state import check_apart, is_within
from issuer_service.titles.codes import HINTS
from issuer_service.titles.config import SETTINGS, Config

__all__ = ["CLOCK", "advise", "beginning", "check", "check_elsewhere", "restoring"]

CLOCK = "clock.json"

_NAMES = ("mark", "revocations")


def check(config: Config) -> None:
    """Checks that the state lies in a folder of its own; an older data folder is told, in a note, how it gets one.

    Raises:
        FetchError: `file_unavailable` where the state folder is not there.
        VerificationError: `state_misplaced`.
    """
    try:
        state = config.state
    except VerificationError as error:
        error.add_note(_how_to_move(config))
        raise
    check_apart(config.folder, state)
    for name in _NAMES:
        if is_within(config.place(name), config.folder):
            raise VerificationError("state_misplaced", f"{name} is in the data folder")
    if not state.is_dir():
        gone = FetchError("file_unavailable", f"the state folder is not there: {state}")
        anew = f"mkdir -p -m 700 {_quoted(state)} && {restoring(config)}"
        gone.add_note(spoken(HINTS["state_gone"], command=anew))
        raise gone


def advise(error: DidkitError, config: Config) -> None:
    """Says in a note what to do where the database and the state folder do not go together."""
    if error.code == "storage_rewound" and error.detail == mark.UNENDED:
        error.add_note(spoken(HINTS["restore_again"], command=restoring(config)))
    gone = error.code == "storage_rewound" and error.detail == mark.GONE
    if gone or error.code == "revocations_missing":
        hint = HINTS["state_older_or_new" if gone else "state_older"]
        error.add_note(spoken(hint, command=restoring(config)))


def check_elsewhere(config: Config, place: Path) -> None:
    """Checks that what is to be made, such as a backup, lies in no folder of the service, wherever links lead.

    Raises:
        VerificationError: `folder_unexpected`.
    """
    for folder in (config.folder, config.state, config.place("epochs")):
        if is_within(place, folder):
            error = VerificationError("folder_unexpected", f"{place} lies in {folder}, a folder of the service")
            error.add_note(spoken(HINTS["place_outside"]))
            raise error


def restoring(config: Config) -> str:
    """The command that makes a database fit to serve."""
    return f"didkit-issuer restore --data {_quoted(config.folder)}"


def beginning(config: Config) -> str:
    """The commands that begin with an empty database, where there is no other."""
    return f"didkit-issuer anew --data {_quoted(config.folder)} && {restoring(config)}"


def _how_to_move(config: Config) -> str:
    """The commands that give an older data folder its state folder; to be run again where they were interrupted."""
    state = next(place for place in _candidates(config.folder) if _is_free(place, config))
    names = [str(getattr(config.settings, name)) for name in _NAMES]
    folders = dict.fromkeys([state, *((state / name).parent for name in names)])
    steps = [f"mkdir -p -m 700 {_quoted(folder)}" for folder in folders]
    there = [name for name in names if (config.folder / name).exists() and not Path(name).is_absolute()]
    steps += [f"mv {_quoted(config.folder / name)} {_quoted(state / name)}" for name in there]
    named = json.encode(str(state)).decode()
    steps.append(f"printf '\\nstate = %s\\n' {_quoted(named)} >> {_quoted(config.folder / SETTINGS)}")
    return " && ".join([*steps, f"didkit-issuer clock --data {_quoted(config.folder)} --accept"])


def _candidates(folder: Path) -> Iterator[Path]:
    yield folder.with_name(f"{folder.name}-state")
    yield from (folder.with_name(f"{folder.name}-state-{number}") for number in count(2))


def _is_free(place: Path, config: Config) -> bool:
    """Whether nothing is there but what an interrupted move left."""
    known = {Path(str(getattr(config.settings, name))).parts[0] for name in _NAMES}
    return not place.exists() or (place.is_dir() and {path.name for path in place.iterdir()} <= known)


def _quoted(text: Path | str) -> str:
    return shlex.quote(str(text))
