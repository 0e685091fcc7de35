"""Where the lines of a log go. Writing one never raises and never waits; what was lost is counted, and said later.

An answer that waits for its log, or fails with it, would use up an offer and give nothing for it. So a log whose disk
is full, whose reader is slow or gone, or that cannot hold a character loses lines; as soon as it takes lines again,
the first says how many are missing.
"""

import os
import select
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO, TypeAlias

__all__ = ["Lines", "keep_standard_streams", "tell"]

_Write: TypeAlias = Callable[[bytes], int]


class Lines:
    """Writes lines to a text stream (None: there is none, and all is lost).

    `lost` makes the line that says how many were lost.
    """

    def __init__(self, stream: TextIO | None, lost: Callable[[int], str]) -> None:
        self._write = _writer(stream)
        self._lost_line = lost
        self._lost = 0
        self._torn = False

    def __call__(self, line: str) -> None:
        """Writes one line, or counts it as lost."""
        try:
            if self._lost:
                self._put(self._lost_line(self._lost))
                self._lost = 0
            self._put(line)
        except Exception:  # noqa: BLE001 - whatever a stream raises, no answer depends on it
            self._lost += 1

    def _put(self, line: str) -> None:
        data = (b"\n" if self._torn else b"") + line.encode("utf-8", "backslashreplace") + b"\n"
        written = self._write(data)
        # What a full disk cut short stands alone on its line; what follows begins on another.
        self._torn = written < len(data)
        if self._torn:
            raise OSError("short write")


def tell(text: str) -> None:
    """Says something to the person on standard error, if that can be written: what was done is done all the same."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def keep_standard_streams() -> None:
    """Opens the null device where a standard stream is closed: the next file that is opened would take its number.

    Then whatever writes to standard error would write into the database.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest number that is free is this one: those below are open by now.
            os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(descriptor, True)  # noqa: FBT003 - the function's own signature


def _writer(stream: TextIO | None) -> _Write:
    try:
        descriptor = -1 if stream is None else stream.fileno()
    except (OSError, ValueError, AttributeError):
        return _through(stream)
    return _unwaiting(_own(descriptor)) if descriptor >= 0 else _through(None)


def _through(stream: TextIO | None) -> _Write:
    """For a stream that is no file of the system."""

    def write(data: bytes) -> int:
        if stream is None:
            raise OSError("no stream")
        stream.write(data.decode())
        stream.flush()
        return len(data)

    return write


def _own(descriptor: int) -> int:
    """A pipe opened once more, so that not waiting is this process's own way with it and nobody else's."""
    try:
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            return os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        pass
    return descriptor


def _unwaiting(descriptor: int) -> _Write:
    ready = select.poll()
    ready.register(descriptor, select.POLLOUT)

    def write(data: bytes) -> int:
        if not any(events & select.POLLOUT for _, events in ready.poll(0)):
            raise BlockingIOError("full")
        return os.write(descriptor, data)

    return write
