"""What was revoked, outside the database: so that a database restored from a backup does not bring it back to life.

One file per partition (a year), one line per act: what was done, and the blind index it was done under; nothing else.
A line is on disk before the database is told, and is only ever added. A line that was cut short by a crash was never
acknowledged, and is not read. Files are dropped when no copy of their year can be valid any more.
"""

import fcntl
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from didkit_fr.errors import FetchError
from issuer_service import private_files
from issuer_service.storage.port import Replayed

__all__ = ["RevocationLog"]

MAX_BYTES = 1 << 28

_PARTITION = re.compile(r"[0-9]{4}", re.ASCII)
_ACTIONS: dict[bytes, Literal["revoke", "suspend", "resume"]] = {
    b"revoke": "revoke",
    b"suspend": "suspend",
    b"resume": "resume",
}
_LINE = re.compile(rb"^(revoke|suspend|resume) ([0-9a-f]{64})$", re.MULTILINE)


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

    def entries(self) -> tuple[Replayed, ...]:
        """Every act, in the order of each partition.

        Raises:
            FetchError: `file_unavailable`.
            ParseError: `input_too_large`.
        """
        found: list[Replayed] = []
        for path in self._files():
            text = private_files.read(path, max_bytes=MAX_BYTES)
            whole = text[: text.rfind(b"\n") + 1]
            found += [
                Replayed(_ACTIONS[line[1]], bytes.fromhex(line[2].decode("ascii"))) for line in _LINE.finditer(whole)
            ]
        return tuple(found)

    def forget(self, year: int) -> None:
        """Drops the partitions before the one before `year`: a copy lives for a quarter of a year at most.

        Raises:
            FetchError: `file_unavailable`.
        """
        try:
            for path in self._files():
                if int(path.stem) < year - 1:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise FetchError("file_unavailable", f"{self.folder.name}: {error.strerror}") from None

    def _files(self) -> list[Path]:
        paths = self.folder.glob("*.log") if self.folder.is_dir() else []
        return sorted(path for path in paths if _PARTITION.fullmatch(path.stem))

    def _path(self, partition: str) -> Path:
        return self.folder / f"{partition}.log"


def _write(descriptor: int, line: bytes) -> None:
    """Ends a line that a crash cut short, so that it is not taken for the beginning of this one."""
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        line = b"\n" + line
    if os.write(descriptor, line) != len(line):
        raise OSError(28, "short write")
    os.fsync(descriptor)
