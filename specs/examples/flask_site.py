"""A Flask site in one file that lets adults in: `flask --app specs/examples/flask_site.py run` to try it.

DIDKIT_DATA is a folder with `key.pem`, `chain.pem` and `anchors.json`; DIDKIT_URL is where wallets reach this site.
Nothing here bounds connections, in number or in time: put it behind a front that does, and passes on whole requests.
"""

import os
import time
from collections import OrderedDict
from pathlib import Path
from secrets import token_urlsafe

from flask import Flask, Response, abort, jsonify, request, session

from didkit_fr import Anchors, DidkitError, MemoryTransactions, Policy, Query, Verifier, build_refusal
from didkit_fr.fetch import Fetcher
from didkit_fr.keys.software import from_pem
from didkit_fr.keys.x509 import parse_pem_chain

HERE, DATA = os.environ.get("DIDKIT_URL", "http://127.0.0.1:5000"), Path(os.environ.get("DIDKIT_DATA", "."))
QUESTION = Query("urn:eudi:pid:fr:1", [["age_over_18"]])
VERIFIER = Verifier(
    signer=from_pem((DATA / "key.pem").read_bytes()),
    chain=parse_pem_chain((DATA / "chain.pem").read_bytes()),
    policy=Policy(Anchors.parse((DATA / "anchors.json").read_bytes())),
    transactions=MemoryTransactions(),  # of one process, as `outcomes`: with several, keep both where all of them see
    fetcher=Fetcher(allow_insecure_loopback=HERE.startswith("http://127.0.0.1:")).__enter__(),
)
MAX_OUTCOMES = 10_000

app = Flask(__name__)
app.secret_key = os.environ.get("FLASK_SECRET_KEY") or token_urlsafe(32)
app.config.update(SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_SECURE=HERE.startswith("https:"))
outcomes: OrderedDict[str, str] = OrderedDict()


@app.post("/ask")
def ask() -> Response:
    """Opens a transaction for this browser; show the link, or a QR code of it."""
    here = f"{HERE}/request/{{id}}"
    made = VERIFIER.request(QUESTION, request_uri=here, response_uri=f"{HERE}/response", now=int(time.time()))
    session["visit"] = made.id
    return jsonify(link=made.link)


@app.get("/request/<visit>")
def request_object(visit: str) -> Response:
    """What the wallet reads first: who asks, and what."""
    try:
        signed = VERIFIER.request_object(visit, now=int(time.time()))
    except DidkitError:
        abort(404)
    return Response(signed, content_type="application/oauth-authz-req+jwt")


@app.post("/response")
def response() -> tuple[Response, int]:
    """The wallet's answer: judged once, whatever comes of it."""
    try:
        answer = VERIFIER.verify(request.get_data(), now=int(time.time()))
    except DidkitError as error:
        refusal = build_refusal(error)
        return Response(refusal.body, content_type="application/json"), refusal.status
    adult = answer["title"][0].claims["age_over_18"] is True
    outcomes[answer.transaction] = "welcome" if adult else "turned_away"
    while len(outcomes) > MAX_OUTCOMES:
        outcomes.popitem(last=False)
    return Response(answer.body, content_type="application/json"), 200


@app.get("/result")
def result() -> Response:
    """What came of it, for the browser that asked."""
    return jsonify(outcome=outcomes.get(session.get("visit", ""), "waiting"))
