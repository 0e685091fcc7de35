"""The endpoints of the API: each parses, asks the room that knows, and answers."""

from aiohttp import web

from didkit_fr.credentials.problems import problem
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, ParseError
from issuer_service.vcalm import answers, requests
from issuer_service.vcalm.deriving import derive
from issuer_service.vcalm.issuing import Issuing, issue
from issuer_service.vcalm.presenting import Asked, verify_presentation
from issuer_service.vcalm.requests import (
    DeriveOptions,
    IssueOptions,
    VerifyOptions,
    VerifyPresentationOptions,
)
from issuer_service.vcalm.resolving import answer
from issuer_service.vcalm.service import SERVICE, named
from issuer_service.vcalm.verifying import Rules, verify_credential

__all__ = ["add_routes", "shape"]

_CREATED = 201
_VC = "application/vc"
_JSON_BY_NAME = ("application/ld+json", "application/json")
_VERIFYING = frozenset({"vcalm_credential", "vcalm_presentation"})


def add_routes(app: web.Application, path: str) -> None:
    """Adds the endpoints below the path of the service's address."""
    add = app.router.add_route
    issuers, verifiers = f"{path}/vcalm/issuers/{{name}}", f"{path}/vcalm/verifiers/{{name}}"
    add("POST", f"{issuers}/credentials/issue", issue_credential, name="vcalm_issue")
    add("POST", f"{issuers}/credentials/status", set_status, name="vcalm_status")
    add("GET", f"{issuers}/status/{{number:[1-9][0-9]{{0,8}}}}/{{purpose:[a-z]+}}", status_list, name="vcalm_list")
    holders = f"{path}/vcalm/holders/{{name}}"
    add("POST", f"{holders}/credentials/derive", derive_credential, name="vcalm_derive")
    add("POST", f"{verifiers}/credentials/verify", check_credential, name="vcalm_credential")
    add("POST", f"{verifiers}/presentations/verify", check_presentation, name="vcalm_presentation")
    add("GET", f"{path}/1.0/identifiers/{{did:.+}}", resolve_did, name="vcalm_did")


def shape(request: web.Request, error: DidkitError) -> web.Response:
    """A refusal: at a verifier's endpoint a verdict, unless it is about the request itself."""
    if request.match_info.route.name in _VERIFYING and answers.status_of(error) in (400, 503):
        return answers.verdict([problem(error)], [], {}, problems=True)
    return answers.refusal(error)


async def issue_credential(request: web.Request) -> web.Response:
    """POST /vcalm/issuers/{name}/credentials/issue."""
    service = request.app[SERVICE]
    issuer = named(service.issuers, request)
    body = requests.parse_body(await request.read())
    document, options = requests.member(body, "credential"), requests.options(IssueOptions, body)
    by = Issuing(issuer, service.lists.get(issuer.name), service.clock(), service.random, service.versions)
    return answers.result({"verifiableCredential": issue(document, options, by)}, status=_CREATED)


async def set_status(request: web.Request) -> web.Response:
    """POST /vcalm/issuers/{name}/credentials/status: sets or unsets one entry, which the body brings along."""
    service = request.app[SERVICE]
    lists = named(service.lists, request)
    body = requests.parse_body(await request.read())
    entry, value = body.get("credentialStatus"), body.get("status")
    if not isinstance(entry, dict) or not isinstance(value, bool):
        raise ParseError("message_invalid", "credentialStatus and status")
    purpose, index = str(entry.get("statusPurpose")), str(entry.get("statusListIndex"))
    number = lists.number_of(entry.get("statusListCredential"), purpose)
    if not (index.isascii() and index.isdigit() and len(index) <= 9):  # noqa: PLR2004 - digits
        raise ParseError("status_entry_invalid")
    lists.put(number, purpose, int(index), value=value)
    return answers.result({})


async def status_list(request: web.Request) -> web.Response:
    """GET /vcalm/issuers/{name}/status/{number}/{purpose}."""
    service = request.app[SERVICE]
    lists = named(service.lists, request)
    number, purpose = int(request.match_info["number"]), request.match_info["purpose"]
    document = lists.document(number, purpose, now=service.clock())
    headers = {
        "Cache-Control": f"max-age={lists.config.settings.status_ttl}",
        "Access-Control-Allow-Origin": "*",
        "Vary": "Accept",
    }
    # Clients that know no credentials ask for JSON by name, and read nothing else.
    accept = request.headers.get("Accept", "")
    media_type = next((one for one in _JSON_BY_NAME if one in accept and _VC not in accept), _VC)
    return web.Response(body=json.encode(document), content_type=media_type, headers=headers)


async def derive_credential(request: web.Request) -> web.Response:
    """POST /vcalm/holders/{name}/credentials/derive."""
    service = request.app[SERVICE]
    named({name: name for name in service.holders}, request)
    body = requests.parse_body(await request.read())
    document, options = requests.member(body, "verifiableCredential"), requests.options(DeriveOptions, body)
    return answers.result(derive(document, options, random=service.random), status=_CREATED)


async def check_credential(request: web.Request) -> web.Response:
    """POST /vcalm/verifiers/{name}/credentials/verify."""
    service = request.app[SERVICE]
    rule, now = named(service.verifiers, request), service.clock()
    body = requests.parse_body(await request.read())
    document, options = requests.member(body, "verifiableCredential"), requests.options(VerifyOptions, body)
    judged = await service.run(verify_credential(document, Rules(rule, options.checked(), now)), now=now)
    more: JsonObject = {"credential": document} if options.return_credential else {}
    if options.return_results:
        proofs = document.get("proof", [])
        listed = proofs if isinstance(proofs, list) else [proofs]
        more["results"] = {"proof": [{"verified": True, "input": one} for one in listed]}
    return answers.verdict([], judged.notices, more, problems=options.return_problems)


async def check_presentation(request: web.Request) -> web.Response:
    """POST /vcalm/verifiers/{name}/presentations/verify."""
    service = request.app[SERVICE]
    rule, now = named(service.verifiers, request), service.clock()
    body = requests.parse_body(await request.read())
    document = requests.member(body, "verifiablePresentation", "presentation")
    options = requests.options(VerifyPresentationOptions, body)
    asked = Asked(options.challenge, options.domain)
    judged = await service.run(verify_presentation(document, asked, Rules(rule, options.checked(), now)), now=now)
    errors = [{**problem(error), "at": f"/verifiableCredential/{at}"} for at, error in judged.errors]
    more: JsonObject = {"verifiablePresentation": document} if options.return_presentation else {}
    return answers.verdict(errors, judged.notices, more, problems=options.return_problems)


async def resolve_did(request: web.Request) -> web.Response:
    """GET /1.0/identifiers/{did}."""
    service = request.app[SERVICE]
    raw = request.rel_url.raw_path.partition("/1.0/identifiers/")[2]
    accept, key_format = request.headers.get("Accept", ""), request.query.get("publicKeyFormat")
    found = await service.run(answer(raw, accept=accept, public_key_format=key_format), now=service.clock())
    return answers.result(found.content, status=found.status, media_type=found.media_type)
