"""A server on loopback in a thread of this process: what the servers of the journey have in common."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Self

__all__ = ["Asked", "Loopback", "Said"]


class Asked(NamedTuple):
    """A request; `body` is None of a GET."""

    path: str
    content_type: str
    body: bytes | None


class Said(NamedTuple):
    """An answer."""

    status: int
    content_type: str
    body: bytes


class Loopback:
    """Use it as a context manager; `answer` is asked from several threads."""

    def __init__(self, answer: Callable[[Asked], Said]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["content-length"])))

            def _answer(self, body: bytes | None) -> None:
                said = answer(Asked(self.path, self.headers.get("content-type", ""), body))
                self.send_response(said.status)
                self.send_header("content-type", said.content_type)
                self.send_header("content-length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)

            def log_message(self, *_: object) -> None:
                """Nothing: what passes here is a person's."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
