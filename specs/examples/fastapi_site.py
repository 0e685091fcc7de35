"""A FastAPI site in one file that lets adults in: `fastapi dev specs/examples/fastapi_site.py` to try it.

DIDKIT_DATA is a folder with `key.pem`, `chain.pem` and `anchors.json`; DIDKIT_URL is where wallets reach this site.
Verification may fetch a status list: a thread waits for it, so that the event loop does not.
Nothing here bounds connections, in number or in time: put it behind a front that does, and passes on whole requests.
"""

import asyncio
import os
import time
from collections import OrderedDict
from pathlib import Path
from secrets import token_urlsafe
from typing import Annotated

from fastapi import Cookie, FastAPI, HTTPException, Request, Response

from didkit_fr import Anchors, DidkitError, MemoryTransactions, Policy, Query, Verifier, build_refusal
from didkit_fr.fetch import Fetcher
from didkit_fr.keys.software import from_pem
from didkit_fr.keys.x509 import parse_pem_chain

HERE, DATA = os.environ.get("DIDKIT_URL", "http://127.0.0.1:8000"), Path(os.environ.get("DIDKIT_DATA", "."))
QUESTION = Query("urn:eudi:pid:fr:1", [["age_over_18"]])
VERIFIER = Verifier(
    signer=from_pem((DATA / "key.pem").read_bytes()),
    chain=parse_pem_chain((DATA / "chain.pem").read_bytes()),
    policy=Policy(Anchors.parse((DATA / "anchors.json").read_bytes())),
    transactions=MemoryTransactions(),  # of one process, as the two below: with several, keep them where all see them
    fetcher=Fetcher(allow_insecure_loopback=HERE.startswith("http://127.0.0.1:")).__enter__(),
)
MAX_VISITS = 10_000

app = FastAPI()
visits: OrderedDict[str, str] = OrderedDict()
outcomes: dict[str, str] = {}


@app.post("/ask")
async def ask(answer: Response) -> dict[str, str]:
    """Opens a transaction for this browser; show the link, or a QR code of it."""
    here = f"{HERE}/request/{{id}}"
    made = VERIFIER.request(QUESTION, request_uri=here, response_uri=f"{HERE}/response", now=int(time.time()))
    visits[cookie := token_urlsafe(32)] = made.id
    while len(visits) > MAX_VISITS:
        outcomes.pop(visits.popitem(last=False)[1], None)
    answer.set_cookie("visit", cookie, httponly=True, samesite="lax", secure=HERE.startswith("https:"))
    return {"link": made.link}


@app.get("/request/{visit}")
async def request_object(visit: str) -> Response:
    """What the wallet reads first: who asks, and what."""
    try:
        signed = VERIFIER.request_object(visit, now=int(time.time()))
    except DidkitError:
        raise HTTPException(404) from None
    return Response(signed, media_type="application/oauth-authz-req+jwt")


@app.post("/response")
async def response(request: Request) -> Response:
    """The wallet's answer: judged once, whatever comes of it."""
    try:
        answer = await asyncio.to_thread(VERIFIER.verify, await request.body(), now=int(time.time()))
    except DidkitError as error:
        refusal = build_refusal(error)
        return Response(refusal.body, refusal.status, media_type="application/json")
    adult = answer["title"][0].claims["age_over_18"] is True
    outcomes[answer.transaction] = "welcome" if adult else "turned_away"
    return Response(answer.body, media_type="application/json")


@app.get("/result")
async def result(visit: Annotated[str, Cookie()] = "") -> dict[str, str]:
    """What came of it, for the browser that asked."""
    return {"outcome": outcomes.get(visits.get(visit, ""), "waiting")}
