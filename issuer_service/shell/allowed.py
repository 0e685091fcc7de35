"""What may lie in a folder of the service, by name and by kind; anything else refuses to start.

A list of what is forbidden would have to know every encoding of a key. This one knows what the service itself writes:
a name, whether it is a file or a folder, whose it is and who may change it, how long it is, and how it
begins and ends. Links are refused: what they lead to lies elsewhere.
"""

import os
import re
import shlex
import stat
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from didkit_fr.errors import DidkitError, FetchError, VerificationError
from issuer_service.shell import pem_files
from issuer_service.shell.codes import HINTS
from issuer_service.shell.notes import spoken
from issuer_service.shell.sqlite_files import BESIDE, is_database

__all__ = [
    "CERTIFICATES",
    "FOLDER",
    "LINE",
    "PEM",
    "Kind",
    "Rule",
    "check_content",
    "check_folder",
    "database",
    "drafts",
    "exactly",
    "reading",
]

MAX_ENTRIES = 10_000
MAX_NAME = 80
MAX_PEM = 1 << 18

_OTHERS_WRITE, _OTHERS = 0o022, 0o077
# What {} stands for is moved or put back by who knows what it is: no advice here is right for every file.
_MEND = "find out what changed {} before anything is moved or put back: specs/runbooks/"
_MEND_PEM = "keep in {} its PEM blocks alone: certificates where tls_certificate names it, one key where tls_key does"
_MEND_DRAFT = "move {} away: a process that was killed left it, or somebody else"
_LOST = re.compile(r"(?:[^/]+/)?lost\+found")


class Kind(NamedTuple):
    """What an entry must be: `is_it` judges a file by its content, and is None for a folder.

    `forbidden` are the permissions that nobody else may have; `mend` says what to do where it is not so, with {} for
    the path.
    """

    is_it: Callable[[Path], bool] | None
    forbidden: int = _OTHERS_WRITE
    mend: str = _MEND


class Rule(NamedTuple):
    """Which entries are of a kind: those whose path in the folder, with slashes, matches."""

    names: re.Pattern[str]
    kind: Kind


FOLDER = Kind(None)


def exactly(*names: str) -> re.Pattern[str]:
    """These names and no other."""
    return re.compile("|".join(map(re.escape, names)))


def reading(check: Callable[[bytes], object], *, max_bytes: int, secret: bool = False, mend: str = _MEND) -> Kind:
    """A file of at most `max_bytes`; `check` says no by an error of the library, by False, or by a pattern's None."""

    def is_it(path: Path) -> bool:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
        try:
            return len(data) <= max_bytes and check(data) not in (False, None)
        except DidkitError:
            return False

    return Kind(is_it, _OTHERS if secret else _OTHERS_WRITE, mend)


LINE = reading(lambda data: data.strip().isascii() and b"\n" not in data.strip(), max_bytes=1024, secret=True)
"""A secret on one line."""

CERTIFICATES = reading(pem_files.are_certificates, max_bytes=MAX_PEM, mend=_MEND_PEM)
"""The certificates of TLS."""

PEM = reading(pem_files.are_certificates_and_key, max_bytes=MAX_PEM, mend=_MEND_PEM)
"""The key of TLS, with its certificates or without."""


def drafts(name: str, begins: Callable[[bytes], object], *, max_bytes: int) -> Rule:
    """What a process that was killed may have left of a file of `private_files`; `name` is a pattern."""
    folder, _, last = name.rpartition("/")
    where = f"{folder}/" if folder else ""
    kind = reading(begins, max_bytes=max_bytes, secret=True, mend=_MEND_DRAFT)
    return Rule(re.compile(rf"{where}\.{last}\.[0-9a-f]{{16}}\.draft"), kind)


def database(name: str, application: int) -> tuple[Rule, ...]:
    """A database of SQLite that this program made, and the files that SQLite keeps beside it."""

    def is_beside(judge: Callable[[Path, Path], bool], suffix: str, path: Path) -> bool:
        return judge(path, path.with_name(path.name.removesuffix(suffix)))

    return (
        Rule(exactly(name), Kind(lambda path: is_database(path, application))),
        *(Rule(exactly(name + suffix), Kind(partial(is_beside, judge, suffix))) for suffix, judge in BESIDE.items()),
    )


def check_folder(folder: Path, rules: Sequence[Rule], *, look: Callable[[Path], None] = lambda _: None) -> None:
    """Checks all that lies in a folder, and the folder itself; `look` sees each file first, and may refuse it.

    Raises:
        FetchError: `file_unavailable`.
        VerificationError: `folder_unexpected`, with the name of what has no place there, or what `look` raises.
    """
    try:
        found = list(islice(_entries(folder), MAX_ENTRIES + 1))
        for path in (path for _, path in found if path.is_file()):
            look(path)
        if len(found) > MAX_ENTRIES:
            raise VerificationError("folder_unexpected", "too many files to look at")
        _check_entry("the folder itself", folder, FOLDER)
        for name, path in found:
            _check_entry(name, path, _kind(name, path, rules))
    except OSError as error:
        raise FetchError("file_unavailable", f"{folder.name}: {error.strerror}") from None


def check_content(name: str, path: Path, kind: Kind) -> None:
    """Checks what a file holds, wherever it lies.

    Raises:
        OSError: it cannot be read.
        VerificationError: `folder_unexpected`, with the name.
    """
    if kind.is_it is not None and not kind.is_it(path):
        raise _refusal(name, " is not what its name says", kind.mend.format(_told(path)))


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every entry with its path in the folder; what is looked into is decided where it is checked."""
    waiting = [folder]
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            name = path.relative_to(folder).as_posix()
            yield name, path
            if path.is_dir() and not path.is_symlink() and _LOST.fullmatch(name) is None:
                waiting.append(path)


def _kind(name: str, path: Path, rules: Sequence[Rule]) -> Kind:
    if _LOST.fullmatch(name) is not None and _is_empty(path):
        return FOLDER
    for rule in rules:
        if rule.names.fullmatch(name) is not None:
            return rule.kind
    raise _refusal(name, "", spoken(HINTS["move_away"], path=_told(path)))


def _check_entry(name: str, path: Path, kind: Kind) -> None:
    found = path.lstat()
    right = stat.S_ISDIR(found.st_mode) if kind.is_it is None else stat.S_ISREG(found.st_mode)
    if not right:
        raise _refusal(name, " is a link, or of another kind", spoken(HINTS["no_link"]))
    if found.st_uid not in (os.geteuid(), 0):
        raise _refusal(name, " is somebody else's", f"chown {os.geteuid()} {_told(path)}")
    if found.st_mode & kind.forbidden:
        least = "go=" if kind.forbidden == _OTHERS else "go-w"
        raise _refusal(name, " is open to others", f"chmod {least} {_told(path)}")
    check_content(name, path, kind)


def _refusal(name: str, what: str, hint: str) -> VerificationError:
    error = VerificationError("folder_unexpected", _shown(name) + what)
    error.add_note(hint)
    return error


def _is_empty(folder: Path) -> bool:
    """Of a folder that only the system may look into, it is for the system to say."""
    try:
        return folder.is_dir() and not any(folder.iterdir())
    except PermissionError:
        return True


def _told(path: Path) -> str:
    """A path as a shell takes it, and as a terminal may show it."""
    return ascii(str(path))[1:-1] if not str(path).isascii() else shlex.quote(str(path))


def _shown(name: str) -> str:
    """A name as a terminal may show it."""
    shown = ascii(name)[1:-1]
    return shown if len(shown) <= MAX_NAME else f"{shown[:MAX_NAME]}..."
