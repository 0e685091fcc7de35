"""The issuer's commands as programs: started, answered on a terminal, and stopped."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import PATIENCE

HOME = Path(__file__).resolve().parents[3]
PROGRAM = "import sys; sys.argv[0] = 'didkit-issuer'; from {} import main; main()"
ISSUER, REGISTER = "issuer_service.shell.commands", "issuer_service.register.cli"


def command(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", PROGRAM.format(module), *map(str, arguments)]


def environment(language: str = "en") -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(HOME), "TERM": "dumb", "LC_ALL": language}


def pipe_with(secret: bytes) -> int:
    reading, writing = os.pipe()
    os.write(writing, secret)
    os.close(writing)
    return reading


def run(
    *arguments: object,
    stdin: str = "",
    secrets: dict[str, bytes] | None = None,
    module: str = ISSUER,
    language: str = "en",
):
    """Runs to the end, without a terminal; `secrets` maps options to what their file descriptor holds."""
    pipes = {option: pipe_with(secret) for option, secret in (secrets or {}).items()}
    given = [text for option, pipe in pipes.items() for text in (option, pipe)]
    try:
        return subprocess.run(
            command(module, *arguments, *given),
            input=stdin.encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env=environment(language),
            pass_fds=tuple(pipes.values()),
            start_new_session=True,
        )
    finally:
        for pipe in pipes.values():
            os.close(pipe)


@contextmanager
def serving(*arguments: object, secret: bytes | None = None, module: str = ISSUER):
    pipe = None if secret is None else pipe_with(secret)
    given = [] if pipe is None else ["--passphrase-fd", str(pipe)]
    process = subprocess.Popen(
        command(module, "serve", *arguments, *given),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        pass_fds=() if pipe is None else (pipe,),
        start_new_session=True,
    )
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield process, json.loads(line)["address"]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        if pipe is not None:
            os.close(pipe)


def init(folder: Path, *extra: object, port: int, register: str = "http://127.0.0.1:9", secret: Path | None = None):
    if secret is None:
        secret = folder / "service-secret"
        secret.write_text("secret\n")
    return run(
        "init",
        *("--data", folder / "data", "--state", folder / "state"),
        *("--root", folder / "root.key"),
        *("--issuer", f"http://127.0.0.1:{port}"),
        *("--register", register),
        *("--register-secret-file", secret),
        *("--port", port),
        "--insecure-loopback",
        *extra,
        secrets={"--passphrase-fd": b"of the keyring\n", "--root-passphrase-fd": b"of the root\n"},
    )
