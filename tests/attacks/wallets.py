"""What attacks on a wallet need: the command as a process, and a server on loopback that counts who connects to it."""

import os
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from didkit_fr.flow import FetchError, Request
from tests.waiting import PATIENCE
from tests.wallet_cli.world import PASSPHRASE

ROOT = Path(__file__).resolve().parents[2]


class Loopback(ThreadingHTTPServer):
    """Answers as `fetcher`, a function of requests, says; `connections` are all that were made to it."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fetcher, self.connections = None, 0
        self.address = f"http://127.0.0.1:{self.server_port}"

    def get_request(self):
        self.connections += 1
        return super().get_request()

    def handle_error(self, request, client_address):
        """A client that was killed while it is answered is no news."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        (answer,) = self.server.fetcher((Request(self.command, self.server.address + self.path, {}, body),))
        if isinstance(answer, FetchError):
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in {**answer.headers, "content-length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    do_POST = do_GET  # noqa: N815 - the standard library's name

    def log_message(self, *_):
        pass


@contextmanager
def loopback():
    """A server on a port of its own."""
    with Loopback() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def start(folder, *arguments, stdin="", tx_code=None, columns=80):
    """Starts `didkit-wallet` without a terminal; secrets go through pipes."""
    options, readers = [], []
    for option, text in [("--passphrase-fd", PASSPHRASE.decode()), ("--tx-code-fd", tx_code)]:
        if text is not None:
            reader, writer = os.pipe()
            os.write(writer, text.encode() + b"\n")
            os.close(writer)
            options, readers = [*options, option, str(reader)], [*readers, reader]
    command = [sys.executable, "-m", "wallet_cli.main", *arguments, "--vault", str(folder), *options]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        pass_fds=readers, start_new_session=True,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "COLUMNS": str(columns)},
    )  # fmt: skip
    for reader in readers:
        os.close(reader)
    process.stdin.write(stdin)
    process.stdin.close()
    process.stdin = None
    return process


def ran(folder, *arguments, **how):
    """Status, standard output and standard error of a command that ended."""
    process = start(folder, *arguments, **how)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err
