"""A small recording proxy between wallet and relying party: it passes on, records, alters, replays."""

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Proxy"]


class Proxy:
    """Listens on loopback; `bodies` are what wallets posted, `alter` changes the next ones on their way."""

    def __init__(self) -> None:
        self.target = ""
        self.bodies: list[bytes] = []
        self.alter: Callable[[bytes], bytes] = bytes
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._pass_on(None)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                proxy.bodies.append(body)
                self._pass_on(proxy.alter(body))

            def _pass_on(self, body: bytes | None) -> None:
                headers = {"content-type": self.headers.get("content-type", "")}
                request = urllib.request.Request(proxy.target + self.path, body, headers)
                try:
                    with urllib.request.urlopen(request, timeout=10) as answer:
                        self._answer(answer.status, answer.headers["content-type"], answer.read())
                except urllib.error.HTTPError as error:
                    with error:
                        self._answer(error.code, error.headers["content-type"], error.read())

            def _answer(self, status: int, content_type: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-type", content_type)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: what passes here is recorded, not printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Proxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
