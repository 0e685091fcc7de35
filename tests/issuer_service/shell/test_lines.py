"""A log that fails in any way loses lines, says how many, and nothing else happens."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer_service.shell.lines import Lines

ERRORS = [OSError(28, "no space"), BlockingIOError(), ValueError("closed"), UnicodeEncodeError("ascii", "é", 0, 1, "")]


class Failing:
    """A stream that fails when it is told to."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.lines: list[str] = []

    def fileno(self) -> int:
        raise io.UnsupportedOperation

    def write(self, text: str) -> None:
        if self.error is not None:
            raise self.error
        self.lines.append(text.removesuffix("\n"))

    def flush(self) -> None:
        pass


@given(st.lists(st.none() | st.sampled_from(ERRORS)))
def test_every_line_is_written_or_counted(weather: list[Exception | None]) -> None:
    stream = Failing()
    lines = Lines(stream, lambda count: f"lost {count}")
    for at, error in enumerate(weather):
        stream.error = error
        lines(f"line {at}")
    stream.error = None
    lines("last")
    written = [line for line in stream.lines if line.startswith("line")]
    lost = [int(line.split()[1]) for line in stream.lines if line.startswith("lost")]
    assert written == [f"line {at}" for at, error in enumerate(weather) if error is None]
    assert len(written) + sum(lost) == len(weather)
    assert 0 not in lost
    assert stream.lines[-1] == "last"


def test_the_line_that_tells_may_fail_too() -> None:
    stream = Failing()
    lines = Lines(stream, lambda count: str(count // 0))
    stream.error = OSError()
    lines("a")
    stream.error = None
    lines("b")
    assert stream.lines == []


def test_without_a_stream_all_is_lost() -> None:
    Lines(None, lambda count: f"lost {count}")("a")


@pytest.fixture
def pipe():
    reader, writer = os.pipe()
    yield reader, writer
    for descriptor in (reader, writer):
        os.close(descriptor)


def test_a_pipe_that_is_full_is_not_waited_for_and_stays_as_it_was(pipe) -> None:
    reader, writer = pipe
    os.set_blocking(reader, False)
    with open(writer, "w", closefd=False) as stream:
        lines = Lines(stream, lambda count: f"lost {count}")
        for _ in range(200):
            lines("x" * 999)
        assert os.get_blocking(writer), "other processes share this way of writing"
        read = b""
        while True:
            try:
                read += os.read(reader, 65_536)
            except BlockingIOError:
                break
        whole = read.splitlines()
        assert {len(line) for line in whole} == {999}
        lines("y")
        assert os.read(reader, 99) == f"lost {200 - len(whole)}\ny\n".encode()


def test_a_line_that_was_cut_short_stands_alone(tmp_path, monkeypatch) -> None:
    with (tmp_path / "log").open("w") as stream:
        lines = Lines(stream, lambda count: f"lost {count}")
        real = os.write
        monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:3]))
        lines("first")
        monkeypatch.setattr(os, "write", real)
        lines("second")
        lines("third")
    assert (tmp_path / "log").read_text() == "fir\nlost 1\nsecond\nthird\n"
