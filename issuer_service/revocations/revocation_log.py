"""What was revoked, outside the database: the authority, which the database follows (`replaying`).

So a database restored from a backup, or behind for another reason, does not bring back to life what was revoked.

One file per partition (a year); an act has one line in each partition that a copy may be in: what was done, and the
blind index it was done under; nothing else. A line is on disk before the database is told, and is only ever added.
Files are dropped when no copy of their year can be valid any more.

A crash may leave the beginning of a line, which was never acknowledged. The next line begins behind its end: the
beginning is passed over then, and done where it lacked nothing but that end. Anything else that is no line is refused.
"""

import fcntl
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from didkit_fr.errors import FetchError, ParseError
from issuer_service.shell import private_files
from issuer_service.storage.port import Position, Replayed

__all__ = ["RevocationLog", "oldest_kept"]

MAX_PIECE = 1 << 20
TAIL = 128

_PARTITION = re.compile(r"[0-9]{4}", re.ASCII)
_ACTIONS: dict[bytes, Literal["revoke", "suspend", "resume"]] = {
    b"revoke": "revoke",
    b"suspend": "suspend",
    b"resume": "resume",
}
_LINE = re.compile(rb"(revoke|suspend|resume) ([0-9a-f]{64})", re.ASCII)
_CUT = re.compile(
    b"|".join(
        [rb"%s [0-9a-f]{0,63}" % action for action in _ACTIONS]
        + [action[:length] for action in _ACTIONS for length in range(1, len(action) + 1)]
    )
)
"""The beginning of a line, which is never empty and lacks more than its end."""


@dataclass(frozen=True, slots=True)
class RevocationLog:
    """The log in a folder, which is made (mode 0700) with its first line."""

    folder: Path

    def append(self, partition: str, entry: Replayed) -> None:
        """Adds a line; it is on disk when this returns. Processes that add at once do not mix their lines.

        Raises:
            FetchError: `file_unavailable`; then the act must not be acknowledged.
        """
        line = f"{entry.action} {entry.pseudonym.hex()}\n".encode("ascii")
        path = self._path(partition)
        try:
            new = not path.exists()
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                _write(descriptor, line)
            finally:
                os.close(descriptor)
            if new:
                private_files.sync_folder(self.folder)
        except OSError as error:
            raise FetchError("file_unavailable", f"{path.name}: {error.strerror}") from None

    def continues(self, partition: str, position: Position) -> bool:
        """Whether the partition still begins with what was replayed of it.

        Its length and its last bytes are looked at, which are random: a log that was lost, cut, put back from an older
        copy or taken from elsewhere is told by them. Who changes a line in the middle is not.

        Raises:
            FetchError: `file_unavailable`.
        """
        before = max(0, position.size - TAIL)
        end = _read(self._path(partition), before, position.size - before)
        return not position.size or (len(end) == position.size - before and _digest(end) == position.digest)

    def after(self, positions: Mapping[str, Position]) -> tuple[tuple[Replayed, ...], dict[str, Position]]:
        """The acts behind these positions, in the order of each partition, and the positions behind them.

        At most a mebibyte of each partition is read; whoever asks until the positions stay as they are has read all.

        Raises:
            FetchError: `file_unavailable`.
            ParseError: `storage_malformed`.
        """
        acts: list[Replayed] = []
        reached = dict(positions)
        for path in self._files():
            at = positions[path.stem].size if path.stem in positions else 0
            text = _read(path, max(0, at - TAIL), MAX_PIECE + min(at, TAIL))
            new = text[min(at, TAIL) :]
            whole, found = _whole(path, new)
            if whole:
                acts += found
                reached[path.stem] = Position(at + whole, _digest(text[: min(at, TAIL) + whole][-TAIL:]))
        return tuple(acts), reached

    def ends(self) -> dict[str, Position]:
        """The positions behind all that the log has.

        Raises:
            FetchError: `file_unavailable`.
            ParseError: `storage_malformed`.
        """
        found: dict[str, Position] = {}
        while True:
            _, further = self.after(found)
            if further == found:
                return found
            found = further

    def forget(self, year: int) -> None:
        """Drops the partitions before `oldest_kept(year)`: a copy lives for a quarter of a year at most.

        Raises:
            FetchError: `file_unavailable`.
        """
        try:
            for path in self._files():
                if int(path.stem) < oldest_kept(year):
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise FetchError("file_unavailable", f"{self.folder.name}: {error.strerror}") from None

    def _files(self) -> list[Path]:
        paths = self.folder.glob("*.log") if self.folder.is_dir() else []
        return sorted(path for path in paths if _PARTITION.fullmatch(path.stem))

    def _path(self, partition: str) -> Path:
        return self.folder / f"{partition}.log"


def oldest_kept(year: int) -> int:
    """The year of the oldest partition that is kept in a year."""
    return year - 1


def _whole(path: Path, text: bytes) -> tuple[int, list[Replayed]]:
    """How much of a text are whole lines, and what they say; only the last one may be under way."""
    *lines, last = text.split(b"\n")
    matches = [_LINE.fullmatch(line) for line in lines]
    known = all(match or _CUT.fullmatch(line) for match, line in zip(matches, lines, strict=True))
    if not known or not (not last or _LINE.fullmatch(last) or _CUT.fullmatch(last)):
        error = ParseError("storage_malformed", f"{path.name}: not a revocation log")
        error.add_note("put this file back as it was, from the mirror of the state folder; mend no line by hand")
        raise error
    return len(text) - len(last), [_act(match) for match in matches if match]


def _act(line: re.Match[bytes]) -> Replayed:
    return Replayed(_ACTIONS[line[1]], bytes.fromhex(line[2].decode("ascii")))


def _digest(end: bytes) -> bytes:
    return sha256(end).digest()


def _read(path: Path, at: int, count: int) -> bytes:
    """Bytes that are on disk: what a database is told of them would outlive them otherwise, in a power cut.

    Empty where there is no such file: years are forgotten while others read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            # Whoever adds a line holds the lock until it is on disk; a process that was killed in between did not.
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            os.fsync(descriptor)
            return os.pread(descriptor, count, at)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise FetchError("file_unavailable", f"{path.name}: {error.strerror}") from None


def _write(descriptor: int, line: bytes) -> None:
    """Ends a line that a crash cut short, so that it is not taken for the beginning of this one."""
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        line = b"\n" + line
    if os.write(descriptor, line) != len(line):
        raise OSError(28, "short write")
    os.fsync(descriptor)
