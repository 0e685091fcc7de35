"""A Django site in one file that lets adults in: `python specs/examples/django_site.py runserver` to try it.

DIDKIT_DATA is a folder with `key.pem`, `chain.pem` and `anchors.json`; DIDKIT_URL is where wallets reach this site.
Nothing here bounds connections, in number or in time: put it behind a front that does, and passes on whole requests.
"""

import os
import time
from pathlib import Path
from secrets import token_urlsafe

from django.conf import settings
from django.core.cache import cache
from django.core.management import execute_from_command_line
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from didkit_fr import Anchors, DidkitError, MemoryTransactions, Policy, Query, Verifier, build_refusal
from didkit_fr.fetch import Fetcher
from didkit_fr.keys.software import from_pem
from didkit_fr.keys.x509 import parse_pem_chain

HERE, DATA = os.environ.get("DIDKIT_URL", "http://127.0.0.1:8000"), Path(os.environ.get("DIDKIT_DATA", "."))
KEY = os.environ.get("DJANGO_SECRET_KEY") or token_urlsafe(32)
settings.configure(ALLOWED_HOSTS=[HERE.split("/")[2].partition(":")[0]], ROOT_URLCONF=__name__, SECRET_KEY=KEY)
QUESTION = Query("urn:eudi:pid:fr:1", [["age_over_18"]])
VERIFIER = Verifier(
    signer=from_pem((DATA / "key.pem").read_bytes()),
    chain=parse_pem_chain((DATA / "chain.pem").read_bytes()),
    policy=Policy(Anchors.parse((DATA / "anchors.json").read_bytes())),
    transactions=MemoryTransactions(),  # of one process: a site that has several keeps them where all of them see
    fetcher=Fetcher(allow_insecure_loopback=HERE.startswith("http://127.0.0.1:")).__enter__(),
)


@require_POST
def ask(_: HttpRequest) -> HttpResponse:
    """Opens a transaction for this browser; show the link, or a QR code of it."""
    here = f"{HERE}/request/{{id}}"
    made = VERIFIER.request(QUESTION, request_uri=here, response_uri=f"{HERE}/response", now=int(time.time()))
    shown = JsonResponse({"link": made.link})
    shown.set_signed_cookie("visit", made.id, httponly=True, samesite="Lax", secure=HERE.startswith("https:"))
    return shown


def request_object(_: HttpRequest, visit: str) -> HttpResponse:
    """What the wallet reads first: who asks, and what."""
    try:
        signed = VERIFIER.request_object(visit, now=int(time.time()))
    except DidkitError:
        raise Http404 from None
    return HttpResponse(signed, content_type="application/oauth-authz-req+jwt")


@csrf_exempt  # wallets post here, from no page of this site: the transaction's state is what they prove they know
@require_POST
def response(request: HttpRequest) -> HttpResponse:
    """The wallet's answer: judged once, whatever comes of it."""
    try:
        answer = VERIFIER.verify(request.body, now=int(time.time()))
    except DidkitError as error:
        refusal = build_refusal(error)
        return HttpResponse(refusal.body, content_type="application/json", status=refusal.status)
    adult = answer["title"][0].claims["age_over_18"] is True
    cache.set(f"visit-{answer.transaction}", "welcome" if adult else "turned_away", timeout=600)
    return HttpResponse(answer.body, content_type="application/json")


def result(request: HttpRequest) -> HttpResponse:
    """What came of it, for the browser that asked."""
    return JsonResponse({"outcome": cache.get(f"visit-{request.get_signed_cookie('visit', '')}", "waiting")})


VIEWS = {"ask": ask, "request/<visit>": request_object, "response": response, "result": result}
urlpatterns = [path(*view) for view in VIEWS.items()]

if __name__ == "__main__":
    execute_from_command_line()
