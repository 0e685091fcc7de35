"""What was revoked, outside the database: the authority, which the database follows (`replaying`).

So a database restored from a backup, or behind for another reason, does not bring back to life what was revoked.

One file per partition (a year); an act has one line in each partition that a copy may be in: what was done, the blind
index it was done under, and a checksum of both with the year and the line's place in the file; nothing else. So a line
that was changed, or is not where it was written, is known as damaged; lines of before have no checksum. A line is on
disk before the database is told, and is only ever added. Files are dropped when no copy of their year can be valid any
more.

A crash may leave the beginning of a line, which was never acknowledged. The next line begins behind its end: the
beginning is passed over then, and done where it lacked nothing but that end. Anything else that is no line is refused.

Everything here waits, for locks and for the disk: an event loop calls it in another thread.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Literal

from didkit_fr.errors import FetchError, ParseError
from issuer_service.revocations.codes import HINTS
from issuer_service.shell import locks, private_files
from issuer_service.shell.notes import spoken
from issuer_service.shell.progress import Position, oldest_kept
from issuer_service.storage.port import Replayed

__all__ = ["RevocationLog", "is_log", "unchecked"]

MAX_PIECE = 1 << 20
MAX_LINE = 128
TAIL = 128
CHECKSUM_BYTES = 8

_PARTITION = re.compile(r"[0-9]{4}", re.ASCII)
_ACTIONS: dict[bytes, Literal["revoke", "suspend", "resume"]] = {
    b"revoke": "revoke",
    b"suspend": "suspend",
    b"resume": "resume",
}
_LINE = re.compile(rb"(revoke|suspend|resume)(?: ([0-9a-f]{16}):)? ([0-9a-f]{64})", re.ASCII)
"""An act: what was done, the checksum (none in a line of before), the blind index."""
_CUT = re.compile(
    b"|".join(
        [rb"%s (?:[0-9a-f]{0,63}|[0-9a-f]{16}:|[0-9a-f]{16}: [0-9a-f]{0,63})" % action for action in _ACTIONS]
        + [action[:length] for action in _ACTIONS for length in range(1, len(action) + 1)]
    )
)
"""The beginning of a line, which is never empty and lacks more than its end.

Behind the checksum stand two characters: with one, a single byte of a line of before, changed, would make it one."""


@dataclass(frozen=True, slots=True)
class RevocationLog:
    """The log in a folder, which is made (mode 0700) with its first line."""

    folder: Path

    def append(self, acts: Mapping[str, Replayed]) -> dict[str, Position]:
        """Adds the lines of one act, one to each of its partitions, and returns the positions behind them.

        They are on disk when this returns. All files are locked before the first line is written, so that of two acts
        at once, one is behind the other in every partition: otherwise a suspension and its end could each be the last
        word of another year.

        Raises:
            FetchError: `file_unavailable`, `storage_unavailable`; then the act must not be acknowledged.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with ExitStack() as held:
                files = {partition: self._locked(partition, held) for partition in sorted(acts)}
                private_files.sync_folder(self.folder)
                return {partition: _write(file, partition, acts[partition]) for partition, file in files.items()}
        except OSError as error:
            raise FetchError("file_unavailable", f"{self.folder.name}: {error.strerror}") from None

    def continues(self, partition: str, position: Position) -> bool:
        """Whether the partition still begins with what was known of it.

        Its length and its last bytes are looked at, which are random: a log that was lost, cut, put back from an older
        copy or taken from elsewhere is told by them. A line that was changed in the middle is told when it is read.

        Raises:
            FetchError: `file_unavailable`, `storage_unavailable`.
        """
        before = max(0, position.size - TAIL)
        end = _read(self._path(partition), before, position.size - before)
        return not position.size or (len(end) == position.size - before and _digest(end) == position.digest)

    def after(
        self, positions: Mapping[str, Position], *, oldest: int = 0
    ) -> tuple[tuple[Replayed, ...], dict[str, Position]]:
        """The acts behind these positions, in the order of each partition, and the positions behind them.

        At most a mebibyte of each partition is read; whoever asks until the positions stay as they are has read all.
        Partitions before the year `oldest` are about to be dropped, and are not read.

        Raises:
            FetchError: `file_unavailable`, `storage_unavailable`.
            ParseError: `storage_malformed`.
        """
        acts: list[Replayed] = []
        reached = dict(positions)
        for path in (path for path in self._files() if int(path.stem) >= oldest):
            at = positions[path.stem].size if path.stem in positions else 0
            text = _read(path, max(0, at - TAIL), MAX_PIECE + min(at, TAIL))
            new = text[min(at, TAIL) :]
            whole, found = _whole(path, new, at)
            if whole:
                acts += found
                reached[path.stem] = Position(at + whole, _digest(text[: min(at, TAIL) + whole][-TAIL:]))
        return tuple(acts), reached

    def ends(self) -> dict[str, Position]:
        """The positions behind all that the log has.

        Raises:
            FetchError: `file_unavailable`, `storage_unavailable`.
            ParseError: `storage_malformed`.
        """
        found: dict[str, Position] = {}
        while True:
            _, further = self.after(found)
            if further == found:
                return found
            found = further

    def forget(self, year: int) -> None:
        """Drops the partitions before `oldest_kept(year)`.

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

    def _locked(self, partition: str, held: ExitStack) -> int:
        path = self._path(partition)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        held.callback(os.close, descriptor)
        locks.take(descriptor, fcntl.LOCK_EX, path.name)
        return descriptor


def is_log(path: Path) -> bool:
    """Whether a file is a partition of a log, whose name is its year.

    Raises:
        OSError: it cannot be read.
    """
    return all(_is_sound(line.removesuffix(b"\n"), path.stem, at) for line, at in _lines(path))


def unchecked(path: Path) -> Iterator[bytes]:
    """What stands in a partition but in lines whose checksum is right: lines of before, and what is no line.

    Raises:
        OSError: it cannot be read.
    """
    for line, at in _lines(path):
        match = _LINE.fullmatch(line.removesuffix(b"\n"))
        if match is None or not match[2] or not _is_sound(match[0], path.stem, at):
            yield line


def _lines(path: Path) -> Iterator[tuple[bytes, int]]:
    """The lines of a file, longer ones in parts, and where they begin."""
    at = 0
    with path.open("rb") as file:
        for line in iter(partial(file.readline, MAX_LINE), b""):
            yield line, at
            at += len(line)


def _whole(path: Path, text: bytes, at: int) -> tuple[int, list[Replayed]]:
    """How much of a text at a place of a file are whole lines, and what they say; only the last may be under way."""
    *lines, last = text.split(b"\n")
    acts = []
    for line in lines:
        if not _is_sound(line, path.stem, at):
            raise _damaged(path)
        if match := _LINE.fullmatch(line):
            acts.append(Replayed(_ACTIONS[match[1]], bytes.fromhex(match[3].decode("ascii"))))
        at += len(line) + 1
    if last and not _is_sound(last, path.stem, at):
        raise _damaged(path)
    return len(text) - len(last), acts


def _is_sound(line: bytes, partition: str, at: int) -> bool:
    """Whether a line is an act whose checksum is right, if it has one, or the beginning of an act."""
    match = _LINE.fullmatch(line)
    if match is None:
        return _CUT.fullmatch(line) is not None
    return not match[2] or _checksum(partition, at, match[1], match[3]) == match[2]


def _damaged(path: Path) -> ParseError:
    error = ParseError("storage_malformed", f"{path.name}: not a revocation log")
    error.add_note(spoken(HINTS["log_damaged"]))
    return error


def _checksum(partition: str, at: int, action: bytes, index: bytes) -> bytes:
    """Of a line that begins with the `at`-th byte of a partition."""
    said = b"%s %d %s %s" % (partition.encode("ascii"), at, action, index)
    return sha256(said).hexdigest()[: 2 * CHECKSUM_BYTES].encode("ascii")


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
            locks.take(descriptor, fcntl.LOCK_SH, path.name)
            os.fsync(descriptor)
            return os.pread(descriptor, count, at)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise FetchError("file_unavailable", f"{path.name}: {error.strerror}") from None


def _write(descriptor: int, partition: str, entry: Replayed) -> Position:
    """Ends a line that a crash cut short, so that it is not taken for the beginning of this one."""
    size = os.fstat(descriptor).st_size
    end = b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""
    action, index = entry.action.encode("ascii"), entry.pseudonym.hex().encode("ascii")
    line = b"%s%s %s: %s\n" % (end, action, _checksum(partition, size + len(end), action, index), index)
    if os.write(descriptor, line) != len(line):
        raise OSError(28, "short write")
    os.fsync(descriptor)
    size += len(line)
    return Position(size, _digest(os.pread(descriptor, TAIL, max(0, size - TAIL))))
