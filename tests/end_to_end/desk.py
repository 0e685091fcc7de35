"""A relying party with one question at a time, over real HTTP on loopback: the library and forty lines of routes."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from didkit_fr import Answer, DidkitError, MemoryTransactions, Policy, Query, Verifier
from didkit_fr.encoding.json import JsonObject
from didkit_fr.fetch import Fetcher
from didkit_fr.keys import software
from didkit_fr.protocols.openid4vp.verifier import Transaction
from didkit_fr.trust.anchors import Anchors
from tests.end_to_end.world import Ran, Wallet, World

__all__ = ["Desk"]


class Desk:
    """Use it as a context manager; answers come encrypted, `bodies` are what wallets posted."""

    def __init__(self, world: World, name: str) -> None:
        signer = software.generate()
        anchors = Anchors.parse((world.issuer_data / "anchors.json").read_bytes())
        self.name = name
        self.bodies: list[bytes] = []
        self._heard: Answer | DidkitError | None = None
        self._fetcher = Fetcher(allow_insecure_loopback=True)
        self.verifier = Verifier(
            signer,
            [world.certified(name, signer.public_key)],
            Policy(anchors),
            MemoryTransactions(),
            fetcher=self._fetcher,
        )
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                signed = desk.verifier.request_object(self.path.rpartition("/")[2], now=int(time.time()))
                self._answer(200, "application/oauth-authz-req+jwt", signed.encode())

            def do_POST(self) -> None:
                status, body = desk.hear(self.rfile.read(int(self.headers["content-length"])))
                self._answer(status, "application/json", body)

            def _answer(self, status: int, content_type: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-type", content_type)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: what is posted here is a person's."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Desk":
        self._fetcher.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._fetcher.__exit__(None, None, None)

    def open(self, query: Query | JsonObject) -> Transaction:
        """Opens a transaction."""
        return self.verifier.request(
            query,
            request_uri=f"{self.address}/request/{{id}}",
            response_uri=f"{self.address}/response",
            now=int(time.time()),
        )

    def hear(self, body: bytes) -> tuple[int, bytes]:
        """Judges an answer; status and body of the reply."""
        self.bodies.append(body)
        try:
            answer = self.verifier.verify(body, now=int(time.time()))
        except DidkitError as error:
            self._heard = error
            return 400, b'{"error":"invalid_request"}'
        self._heard = answer
        return 200, answer.body

    def asks(self, wallet: Wallet, query: Query | JsonObject, *options: str) -> tuple[Ran, Answer | DidkitError | None]:
        """Asks one wallet, whose owner agrees to this desk and no other: what it said, and what came here if it did."""
        transaction, self._heard = self.open(query), None
        agreed = ("--yes", "--verifier", self.verifier.client_id, *options)
        ran = wallet("present", *agreed, stdin=transaction.link, json_output=False)
        return ran, self._heard
