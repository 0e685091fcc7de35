"""The endpoints of the API: each has its request read and answered off the event loop, and shapes the answer."""

from aiohttp import web

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, ParseError
from didkit_fr.primitives.random import Random
from didkit_fr.verification.w3c.verify import JudgedW3cPresentation, VerifiedW3cCredential
from issuer_service.vcalm import answers, requests
from issuer_service.vcalm.deriving import derive
from issuer_service.vcalm.issuing import Issuing, issue
from issuer_service.vcalm.lists import StatusLists
from issuer_service.vcalm.problems import problem
from issuer_service.vcalm.requests import (
    DeriveOptions,
    IssueOptions,
    VerifyOptions,
    VerifyPresentationOptions,
)
from issuer_service.vcalm.resolving import answer
from issuer_service.vcalm.service import SERVICE, named, tell
from issuer_service.vcalm.trust import IssuerRule
from issuer_service.vcalm.verifying import VerifierOptions, check_credential, check_presentation, notices

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
    add("POST", f"{verifiers}/credentials/verify", verify_credential, name="vcalm_credential")
    add("POST", f"{verifiers}/presentations/verify", verify_presentation, name="vcalm_presentation")
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
    by = Issuing(issuer, service.lists.get(issuer.name), service.clock(), service.random, service.versions)
    made = await service.work(_issued, await request.read(), by)
    return answers.result({"verifiableCredential": made}, status=_CREATED)


def _issued(raw: bytes, by: Issuing) -> JsonObject:
    body = requests.parse_body(raw)
    document, options = requests.member(body, "credential"), requests.options(IssueOptions, body)
    return issue(document, options, by)


async def set_status(request: web.Request) -> web.Response:
    """POST /vcalm/issuers/{name}/credentials/status: sets or unsets one entry, which the body brings along."""
    service = request.app[SERVICE]
    await service.work(_put_status, await request.read(), named(service.lists, request))
    return answers.result({})


def _put_status(raw: bytes, lists: StatusLists) -> None:
    body = requests.parse_body(raw)
    entry, value = body.get("credentialStatus"), body.get("status")
    if not isinstance(entry, dict) or not isinstance(value, bool):
        raise ParseError("message_invalid", "credentialStatus and status")
    purpose, index = str(entry.get("statusPurpose")), str(entry.get("statusListIndex"))
    number = lists.number_of(entry.get("statusListCredential"), purpose)
    if not (index.isascii() and index.isdigit() and len(index) <= 9):  # noqa: PLR2004 - digits
        raise ParseError("status_entry_invalid")
    lists.put(number, purpose, int(index), value=value)


async def status_list(request: web.Request) -> web.Response:
    """GET /vcalm/issuers/{name}/status/{number}/{purpose}."""
    service = request.app[SERVICE]
    lists = named(service.lists, request)
    number, purpose, now = int(request.match_info["number"]), request.match_info["purpose"], service.clock()
    body = await service.work(lambda: json.encode(lists.document(number, purpose, now=now)))
    headers = {
        "Cache-Control": f"max-age={lists.config.settings.status_ttl}",
        "Access-Control-Allow-Origin": "*",
        "Vary": "Accept",
    }
    # Clients that know no credentials ask for JSON by name, and read nothing else.
    accept = request.headers.get("Accept", "")
    media_type = next((one for one in _JSON_BY_NAME if one in accept and _VC not in accept), _VC)
    return web.Response(body=body, content_type=media_type, headers=headers)


async def derive_credential(request: web.Request) -> web.Response:
    """POST /vcalm/holders/{name}/credentials/derive."""
    service = request.app[SERVICE]
    named({name: name for name in service.holders}, request)
    made = await service.work(_derived, await request.read(), service.random)
    return answers.result(made, status=_CREATED)


def _derived(raw: bytes, random: Random) -> JsonObject:
    body = requests.parse_body(raw)
    document, options = requests.member(body, "verifiableCredential"), requests.options(DeriveOptions, body)
    return derive(document, options, random=random)


async def verify_credential(request: web.Request) -> web.Response:
    """POST /vcalm/verifiers/{name}/credentials/verify."""
    service = request.app[SERVICE]
    rule, now = named(service.verifiers, request), service.clock()
    found, options = await service.run(_credential(await request.read(), rule, now), now=now)
    more: JsonObject = {"credential": found.document} if options.return_credential else {}
    if options.return_results:
        more["results"] = {"proof": [{"verified": True}]}
    told = notices(found, own=service.dids)
    return answers.verdict([], told, more, problems=options.return_problems)


async def _credential(raw: bytes, rule: IssuerRule, now: int) -> tuple[VerifiedW3cCredential, VerifyOptions]:
    body = requests.parse_body(raw)
    document, options = requests.member(body, "verifiableCredential"), requests.options(VerifyOptions, body)
    return await check_credential(document, VerifierOptions(rule, options.checked(), now)), options


async def verify_presentation(request: web.Request) -> web.Response:
    """POST /vcalm/verifiers/{name}/presentations/verify."""
    service = request.app[SERVICE]
    rule, now = named(service.verifiers, request), service.clock()
    found, options = await service.run(_presentation(await request.read(), rule, now), now=now)
    refused = [(at, one) for at, one in enumerate(found.outcomes) if isinstance(one, DidkitError)]
    for _, error in refused:
        tell(request, error)
    errors = [{**problem(error), "at": f"/verifiableCredential/{at}"} for at, error in refused]
    returned = options.return_presentation and found.document is not None
    more: JsonObject = {"verifiablePresentation": found.document} if returned else {}
    told = notices(found, *(one for one in found.outcomes if isinstance(one, VerifiedW3cCredential)), own=service.dids)
    return answers.verdict(errors, told, more, problems=options.return_problems)


async def _presentation(
    raw: bytes, rule: IssuerRule, now: int
) -> tuple[JudgedW3cPresentation, VerifyPresentationOptions]:
    body = requests.parse_body(raw)
    document = requests.member(body, "verifiablePresentation", "presentation")
    options = requests.options(VerifyPresentationOptions, body)
    how = VerifierOptions(rule, options.checked(), now)
    found = await check_presentation(document, how, challenge=options.challenge, domain=options.domain)
    return found, options


async def resolve_did(request: web.Request) -> web.Response:
    """GET /1.0/identifiers/{did}."""
    service = request.app[SERVICE]
    raw = request.rel_url.raw_path.partition("/1.0/identifiers/")[2]
    accept, key_format = request.headers.get("Accept", ""), request.query.get("publicKeyFormat")
    flow = answer(raw, accept=accept, public_key_format=key_format, now=service.clock())
    found = await service.resolver.drive(flow, service.fetcher)
    return answers.result(found.content, status=found.status, media_type=found.media_type)
