"""A relying party in one file: a bar that asks whether its guest is of age, and of which nationality.

    python specs/examples/relying_party.py --data DIR --public-url URL [--port N] [--insecure-loopback] [--plain]

DIR holds `key.pem` and `chain.pem` (the access certificate) and `anchors.json` (whose titles to believe). The routes:

    POST /ask             opens a transaction: {"id", "link"}; show the link as a QR code
    GET  /request/{id}    the signed request, for the wallet
    POST /response        the wallet's answer
    GET  /result/{id}     what came of it: {"outcome", "code", "claims"}
"""

import argparse
import asyncio
import json
import time
from pathlib import Path

from aiohttp import web

from didkit_fr import Anchors, DidkitError, MemoryTransactions, Policy, Query, Verifier
from didkit_fr.fetch import Fetcher
from didkit_fr.keys.software import from_pem
from didkit_fr.keys.x509 import parse_pem_chain
from didkit_fr.protocols.openid4vp.response import state_of

QUESTION = Query("urn:eudi:pid:fr:1", [["age_over_18"], ["nationalities"]])


class Bar:
    """The four routes; requests and results are kept by transaction id, in this process only."""

    def __init__(self, verifier: Verifier, public_url: str, response_mode: str = "direct_post.jwt") -> None:
        self.verifier = verifier
        self.public_url = public_url
        self.response_mode = response_mode
        self.requests: dict[str, str] = {}
        self.results: dict[str, dict[str, object]] = {}

    async def ask(self, _: web.Request) -> web.Response:
        """Opens a transaction."""
        transaction = self.verifier.request(
            QUESTION,
            request_uri=f"{self.public_url}/request/{{id}}",
            response_uri=f"{self.public_url}/response",
            response_mode=self.response_mode,
            now=int(time.time()),
        )
        self.requests[transaction.id] = transaction.request_object
        self.results[transaction.id] = {"outcome": "waiting"}
        return web.json_response({"id": transaction.id, "link": transaction.link})

    async def request_object(self, request: web.Request) -> web.Response:
        """Gives the signed request, once."""
        signed = self.requests.pop(request.match_info["id"], None)
        if signed is None:
            raise web.HTTPNotFound
        return web.Response(text=signed, content_type="application/oauth-authz-req+jwt")

    async def response(self, request: web.Request) -> web.Response:
        """Verifies the wallet's answer, then decides."""
        body = await request.read()
        try:
            answers = await asyncio.to_thread(self.verifier.verify, body, now=int(time.time()))
        except DidkitError as error:
            self.note(state_of(body), {"outcome": "refused", "code": error.code})
            return web.json_response({"error": "invalid_request", "error_description": error.code}, status=400)
        title = answers["title"][0]
        outcome = "welcome" if title.claims["age_over_18"] is True else "turned_away"
        self.note(state_of(body), {"outcome": outcome, "claims": title.claims, "checks": dict(title.checks)})
        return web.json_response({})

    def note(self, id_: str | None, result: dict[str, object]) -> None:
        """Keeps the first result of a transaction."""
        if id_ is not None and self.results.get(id_, {}).get("outcome") == "waiting":
            self.results[id_] = result

    async def result(self, request: web.Request) -> web.Response:
        """What came of a transaction."""
        return web.json_response(self.results.get(request.match_info["id"], {"outcome": "unknown"}))


def create_app(verifier: Verifier, public_url: str, response_mode: str = "direct_post.jwt") -> web.Application:
    """The routes of the bar."""
    bar = Bar(verifier, public_url, response_mode)
    app = web.Application(client_max_size=1 << 20)
    app.add_routes(
        [
            web.post("/ask", bar.ask),
            web.get("/request/{id}", bar.request_object),
            web.post("/response", bar.response),
            web.get("/result/{id}", bar.result),
        ]
    )
    return app


async def serve(app: web.Application, port: int) -> None:
    """Serves on loopback until stopped; says where, as one JSON line."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    address = runner.addresses[0]
    print(json.dumps({"address": f"http://{address[0]}:{address[1]}"}), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Reads the arguments and the files, and serves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--public-url", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--insecure-loopback", action="store_true")
    parser.add_argument("--plain", action="store_true", help="answers that TLS alone protects, to watch them pass")
    options = parser.parse_args()
    mode = "direct_post" if options.plain else "direct_post.jwt"
    with Fetcher(allow_insecure_loopback=options.insecure_loopback) as fetcher:
        verifier = Verifier(
            signer=from_pem((options.data / "key.pem").read_bytes()),
            chain=parse_pem_chain((options.data / "chain.pem").read_bytes()),
            policy=Policy(Anchors.parse((options.data / "anchors.json").read_bytes())),
            transactions=MemoryTransactions(),
            fetcher=fetcher,
        )
        asyncio.run(serve(create_app(verifier, options.public_url, mode), options.port))


if __name__ == "__main__":
    main()
