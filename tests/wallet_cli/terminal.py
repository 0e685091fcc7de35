"""The wallet's program on a terminal."""

import contextlib
import fcntl
import os
import subprocess
import sys
import termios
from pathlib import Path

from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


def take_terminal():
    """In the child: its standard error becomes its controlling terminal, so that /dev/tty is it."""
    fcntl.ioctl(2, termios.TIOCSCTTY, 0)


def on_a_terminal(folder, *arguments, typed, prompts, stdin=None):
    """Runs the command on a terminal of its own: waits for each prompt, then types the next line."""
    keyboard, terminal = os.openpty()
    command = [sys.executable, "-m", "wallet_cli.main", *arguments, "--vault", str(folder)]
    running = subprocess.Popen(
        command, cwd=ROOT, stdin=stdin or terminal, stdout=subprocess.PIPE, stderr=terminal,
        start_new_session=True, preexec_fn=take_terminal,  # noqa: PLW1509 - no thread runs here
        env={**os.environ, "LC_ALL": "en_GB.UTF-8"},
    )  # fmt: skip
    os.close(terminal)
    seen = ""
    for prompt, line in zip(prompts, typed, strict=True):
        while prompt not in seen:
            seen += os.read(keyboard, 4096).decode(errors="replace")
        os.write(keyboard, line.encode() + b"\n")
    out, _ = running.communicate(timeout=PATIENCE)
    seen += rest_of(keyboard)
    os.close(keyboard)
    return running.returncode, out.decode(), seen


def rest_of(keyboard):
    """What a command that ended still said on its terminal."""
    said = b""
    with contextlib.suppress(OSError):
        while more := os.read(keyboard, 4096):
            said += more
    return said.decode(errors="replace")
