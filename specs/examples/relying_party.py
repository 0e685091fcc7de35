"""A relying party in one file and one page: a bar that asks whether its guest is of age, and of which nationality.

    python specs/examples/relying_party.py --data DIR --public-url URL [--port N] [--insecure-loopback] [--plain]

DIR holds `key.pem` and `chain.pem` (the access certificate) and `anchors.json` (whose titles to believe). The routes:

    GET  /                the page: a QR code for the wallet on a phone, a button for the one on this device
    POST /ask             opens a transaction: {"id", "link"}; with ?here=1 for a wallet on this device
    GET  /request/{id}    the signed request, for the wallet
    POST /response        the wallet's answer
    GET  /back            where the wallet on this device sends the guest back to
    POST /complete        what came of that: {"code"} is the response code in the page's address
    GET  /result/{id}     what came of a transaction: {"outcome", "say", "code", "claims"}

Nothing here bounds how many connections there are or how long each may take: put it behind a front that does, and that
passes a request on when it is whole.

Whoever photographs the QR code knows the transaction's id: what came of it is told to who asked, by the cookie `visit`
that the page or /ask has set. A program that asks, as a till would, keeps that cookie (`curl -c`, then `curl -b`).
"""

import argparse
import asyncio
import json
import secrets
import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Mapping
from html import escape
from io import BytesIO
from pathlib import Path
from string import Template
from typing import Any

import segno
from aiohttp import web

from didkit_fr import (
    Anchors,
    Answer,
    DidkitError,
    MemoryTransactions,
    Policy,
    Query,
    SameDevice,
    Verifier,
    build_refusal,
)
from didkit_fr.advice import advise
from didkit_fr.encoding.json import parse_object
from didkit_fr.fetch import Fetcher
from didkit_fr.keys.software import from_pem
from didkit_fr.keys.x509 import parse_pem_chain
from didkit_fr.protocols.openid4vp.response import state_of

QUESTION = Query("urn:eudi:pid:fr:1", [["age_over_18"], ["nationalities"]])
PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
POLICY = "default-src 'none'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; img-src data:; connect-src 'self'; {1}"
NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
MAX_VISITS = 10_000

TEXTS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "title": "Café de la Gare : êtes-vous majeur ?",
        "name": "Café de la Gare",
        "heading": "Montrez que vous avez 18 ans",
        "lead": "Deux réponses suffisent. Votre nom et votre date de naissance restent dans votre portefeuille.",
        "asked": "Ce que nous demandons",
        "age": "si vous avez 18 ans ou plus",
        "nationality": "votre nationalité",
        "scan": "Scannez ce code avec le portefeuille de votre téléphone.",
        "alt": "Code QR de la demande, à scanner avec un portefeuille d'identité",
        "here": "Répondre avec un portefeuille sur cet appareil",
        "waiting": "En attente de votre réponse…",
        "again": "Recommencer",
        "failed": "La page n'arrive pas à joindre le café. Vérifiez la connexion.",
        "script": "Cette page a besoin de JavaScript pour afficher la demande.",
        "welcome": "Bienvenue ! Vous avez 18 ans ou plus.",
        "turned_away": "Désolé : nous ne servons que les personnes majeures.",
    },
    "en": {
        "title": "Café de la Gare: are you of age?",
        "name": "Café de la Gare",
        "heading": "Show that you are over 18",
        "lead": "Two answers are enough. Your name and your date of birth stay in your wallet.",
        "asked": "What we ask",
        "age": "whether you are 18 or over",
        "nationality": "your nationality",
        "scan": "Scan this code with the wallet on your phone.",
        "alt": "QR code of the request, to be scanned with an identity wallet",
        "here": "Answer with a wallet on this device",
        "waiting": "Waiting for your answer…",
        "again": "Start again",
        "failed": "This page cannot reach the café. Please check the connection.",
        "script": "This page needs JavaScript to show the request.",
        "welcome": "Welcome! You are 18 or over.",
        "turned_away": "Sorry: we serve adults only.",
    },
}


def language_of(request: web.Request) -> str:
    """The first language of the browser that the page has; French where it has none."""
    tags = (part.split(";")[0].strip()[:2].lower() for part in request.headers.get("Accept-Language", "").split(","))
    return next((tag for tag in tags if tag in TEXTS), "fr")


class Bar:
    """The routes; results are kept by transaction id, in this process only."""

    def __init__(self, verifier: Verifier, public_url: str, response_mode: str = "direct_post.jwt") -> None:
        self.verifier = verifier
        self.public_url = public_url
        self.response_mode = response_mode
        self.visits: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self.results: dict[str, dict[str, Any]] = {}

    async def page(self, request: web.Request) -> web.Response:
        """The page, in the browser's language; nothing in it comes from elsewhere, and nothing else may run in it."""
        language, nonce = language_of(request), secrets.token_urlsafe(16)
        texts = {name: escape(text) for name, text in TEXTS[language].items()}
        shown = web.Response(text=PAGE.substitute(texts, lang=language, nonce=nonce), content_type="text/html")
        shown.headers["Content-Security-Policy"] = POLICY.format(nonce, NOTHING_ELSE)
        if not request.cookies.get("visit"):
            self.welcome(shown)
        return shown

    def welcome(self, response: web.Response) -> str:
        """Gives a visitor the cookie by which they are told from all others."""
        visit, https = secrets.token_urlsafe(32), self.public_url.startswith("https:")
        # Lax: the wallet on this device comes back by a link from another program.
        response.set_cookie("visit", visit, httponly=True, samesite="Lax", secure=https)
        return visit

    async def ask(self, request: web.Request) -> web.Response:
        """Opens a transaction."""
        visit, here = request.cookies.get("visit", ""), "here" in request.query
        transaction = self.verifier.request(
            QUESTION,
            request_uri=f"{self.public_url}/request/{{id}}",
            response_uri=f"{self.public_url}/response",
            response_mode=self.response_mode,
            same_device=SameDevice(f"{self.public_url}/back", visit) if visit and here else None,
            now=int(time.time()),
        )
        asked = {"id": transaction.id, "link": transaction.link}
        answer = web.json_response(asked | ({"qr": qr_code(transaction.link)} if visit and not here else {}))
        self.visits[transaction.id] = visit or self.welcome(answer), transaction.expires
        while len(self.visits) > MAX_VISITS:
            self.results.pop(self.visits.popitem(last=False)[0], None)
        return answer

    async def request_object(self, request: web.Request) -> web.Response:
        """Gives the signed request."""
        try:
            signed = self.verifier.request_object(request.match_info["id"], now=int(time.time()))
        except DidkitError:
            raise web.HTTPNotFound from None
        return web.Response(text=signed, content_type="application/oauth-authz-req+jwt")

    async def response(self, request: web.Request) -> web.Response:
        """Verifies the wallet's answer, then decides, or waits for the guest to come back."""
        body, now = await request.read(), int(time.time())
        asked = self.verifier.transactions.find(sent_to(body), now=now)
        try:
            answer = await asyncio.to_thread(self.verifier.verify, body, now=now)
        except DidkitError as error:
            # Only what ended a transaction is its result: what anybody else sends in its name is none.
            if asked is not None and self.verifier.transactions.find(asked.id, now=now) is None:
                self.note(asked.id, {"outcome": "refused", "code": error.code})
            refusal = build_refusal(error)
            return web.Response(body=refusal.body, status=refusal.status, content_type="application/json")
        if answer.redirect_uri is None:
            self.note(answer.transaction, decide(answer))
        return web.Response(body=answer.body, content_type="application/json")

    async def complete(self, request: web.Request) -> web.Response:
        """The guest came back from the wallet on this device."""
        try:
            code = str(parse_object(await request.read()).get("code", ""))
            visit = request.cookies.get("visit", "")
            answer = await asyncio.to_thread(self.verifier.complete, code, session=visit, now=int(time.time()))
            result = decide(answer)
            self.note(answer.transaction, result)
        except DidkitError as error:
            result = {"outcome": "refused", "code": error.code}
        return web.json_response(spoken(result, language_of(request)))

    def note(self, id_: str, result: dict[str, Any]) -> None:
        """Keeps the first result of a transaction."""
        if id_ in self.visits:
            self.results.setdefault(id_, result)

    async def result(self, request: web.Request) -> web.Response:
        """What came of a transaction, for the browser that asked."""
        id_ = request.match_info["id"]
        visit, expires = self.visits.get(id_, (None, 0))
        result: dict[str, Any] = {"outcome": "unknown"}
        if visit and secrets.compare_digest(visit.encode(), request.cookies.get("visit", "").encode()):
            over = {"outcome": "refused", "code": "request_expired"} if time.time() >= expires else None
            result = self.results.get(id_) or over or {"outcome": "waiting"}
        return web.json_response(spoken(result, language_of(request)))


def decide(answer: Answer) -> dict[str, Any]:
    """The bar's own decision, on what was verified."""
    title = answer["title"][0]
    outcome = "welcome" if title.claims["age_over_18"] is True else "turned_away"
    return {"outcome": outcome, "claims": title.claims, "checks": dict(title.checks)}


def spoken(result: dict[str, Any], language: str) -> dict[str, Any]:
    """A result with its sentence for the guest."""
    if result["outcome"] in ("refused", "unknown"):
        return result | {"say": getattr(advise(result.get("code", "transaction_unknown")), language)}
    return result | {"say": TEXTS[language][result["outcome"]]}


def sent_to(body: bytes) -> str:
    """Which transaction an answer says that it is for, if that can be read at all."""
    try:
        return state_of(body) or ""
    except DidkitError:
        return ""


def qr_code(link: str) -> str:
    """A QR code as the address of an image that needs no request."""
    drawn = BytesIO()
    segno.make(link, error="m", micro=False).save(drawn, kind="svg", scale=4, border=4, light="#fff", xmldecl=False)
    return "data:image/svg+xml;base64," + b64encode(drawn.getvalue()).decode("ascii")


async def harden(_: web.Request, response: web.StreamResponse) -> None:
    """What every answer says to browsers and to what lies between."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"


def create_app(verifier: Verifier, public_url: str, response_mode: str = "direct_post.jwt") -> web.Application:
    """The routes of the bar."""
    bar = Bar(verifier, public_url, response_mode)
    app = web.Application(client_max_size=1 << 20)
    app.on_response_prepare.append(harden)
    app.add_routes(
        [
            web.get("/", bar.page),
            web.get("/back", bar.page),
            web.post("/ask", bar.ask),
            web.get("/request/{id}", bar.request_object),
            web.post("/response", bar.response),
            web.post("/complete", bar.complete),
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
