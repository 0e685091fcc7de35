import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from didkit_fr.errors import FetchError, ParseError, VerificationError
from issuer_service.register import app
from issuer_service.titles.sources import register
from issuer_service.titles.sources.port import OpenedEvidence, RegisterAnswer, Source
from issuer_service.titles.sources.register import RegisterSource
from tests.error_table import CODES
from tests.issuer_service.register_endpoint import NOW, SECRET, in_loop, register_endpoint


@asynccontextmanager
async def answering(handler):
    """A server on loopback that answers as the test says."""
    application = web.Application()
    application.router.add_route("*", "/{any:.*}", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def refusal(question):
    with pytest.raises((FetchError, VerificationError)) as error:
        await question
    assert error.value.__cause__ is None
    return error.value.code


@in_loop
async def test_against_a_real_register(tmp_path):
    async with register_endpoint(tmp_path) as endpoint, RegisterSource(endpoint.address + "/", SECRET + "\n") as source:
        port: Source = source
        opened = await port.open(raw := endpoint.ticket())
        assert opened == OpenedEvidence(opened.evidence, "pid", NOW + app.OPENING_SECONDS)
        answer = await port.attributes(opened.evidence)
        assert answer.document_number == "ALICE0001"
        assert answer.attributes["family_name"] == "CanaryFamily"
        assert await refusal(port.open(raw)) == "ticket_replayed"
        assert await refusal(port.open(endpoint.ticket("NOBODY001"))) == "ticket_unknown_document"
        assert await refusal(port.open(endpoint.ticket("BOB000001"))) == "birth_date_partial"
        assert await refusal(port.open("é")) == "ticket_malformed"
        assert await refusal(port.open("a\r\nb")) == "ticket_malformed"
        assert await refusal(port.attributes("nothing")) == "evidence_unknown"
        assert await refusal(port.attributes("\ud800")) == "evidence_unknown"
        for _ in range(9):
            await port.attributes(opened.evidence)
        assert await refusal(port.attributes(opened.evidence)) == "evidence_exhausted"
        endpoint.now += 3600
        assert await refusal(port.attributes(opened.evidence)) == "evidence_expired"


@in_loop
async def test_a_question_says_of_who_asks_what_any_other_request_says():
    said = []

    async def refusing(request):
        said.append({name.lower(): value for name, value in request.headers.items()})
        return web.json_response({"error": "evidence_unknown"}, status=403)

    async with answering(refusing) as address, RegisterSource(address, SECRET) as source:
        assert await refusal(source.attributes("x")) == "evidence_unknown"
    (headers,) = said
    assert headers["user-agent"] == "didkit-fr"
    assert headers["accept-encoding"] == "identity"
    own = {"authorization", "content-type", "content-length"}
    assert headers.keys() == own | {"host", "accept", "accept-encoding", "user-agent"}


@in_loop
async def test_a_wrong_secret_is_not_a_refusal_of_the_ticket(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        for secret in ("wrong", "a\r\nX-Header: b", "é"):
            async with RegisterSource(endpoint.address, secret) as source:
                assert await refusal(source.open(endpoint.ticket())) == "register_unavailable"


@in_loop
async def test_a_register_that_is_not_there_then_is(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        address, raw = endpoint.address, endpoint.ticket()
    async with RegisterSource(address, SECRET) as source:
        assert await refusal(source.open(raw)) == "register_unavailable"
        assert await refusal(source.attributes("x")) == "register_unavailable"


@in_loop
async def test_after_a_rush_the_same_question_is_answered(tmp_path):
    async with register_endpoint(tmp_path, rate=1) as endpoint, RegisterSource(endpoint.address, SECRET) as source:
        for _ in range(4):
            assert await refusal(source.attributes("x")) == "evidence_unknown"
        assert await refusal(source.attributes("x")) == "register_unavailable"
        endpoint.now += 1
        assert await refusal(source.attributes("x")) == "evidence_unknown"


GOOD = '{"title":"pid","document_number":"A","attributes":{"family_name":"CanaryFamily"}}'


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, GOOD),
        (502, ""),
        (503, '{"error":"storage_unavailable"}'),
        (429, '{"error":"rate_limited"}'),
        (401, '{"error":"unauthorised"}'),
        (403, '{"error":"signature_invalid"}'),
        (403, '{"error":"CanaryFamily"}'),
        (403, '{"error":{"code":"ticket_forged"}}'),
        (403, "{}"),
        (404, "not found"),
        (302, GOOD),
        (204, ""),
        (200, ""),
        (200, "[]"),
        (200, "{}"),
        (200, "<html>"),
        (200, '{"title":"pid","title":"pid","document_number":"A","attributes":{}}'),
        (200, '{"title":7,"document_number":"A","attributes":{"a":1}}'),
        (200, '{"title":"pid","document_number":"","attributes":{"a":1}}'),
        (200, '{"title":"pid","document_number":"A","attributes":["a"]}'),
        (200, '{"title":"pid","document_number":"A"}'),
        (200, '{"title":"pid","document_number":"A","attributes":{"a":"' + "x" * register.MAX_BYTES + '"}}'),
    ],
)
@in_loop
async def test_an_answer_that_is_none(status, body):
    async def handler(_):
        return web.Response(status=status, text=body, headers={"Location": "/elsewhere"} if status == 302 else {})

    async with answering(handler) as address, RegisterSource(address, SECRET) as source:
        with pytest.raises(FetchError) as error:
            await source.attributes("x")
    assert error.value.code == "register_unavailable"
    assert "Canary" not in str(error.value)


@pytest.mark.parametrize("expires", ["null", "true", "-1", "1.5", '"1"'])
@in_loop
async def test_an_opening_without_a_time(expires):
    async def handler(_):
        return web.Response(text='{"evidence":"e","title":"pid","expires":' + expires + "}")

    async with answering(handler) as address, RegisterSource(address, SECRET) as source:
        assert await refusal(source.open("a.b.c")) == "register_unavailable"


@pytest.mark.parametrize("code", sorted(register.REFUSALS))
@in_loop
async def test_refusals_come_through(code):
    async def handler(_):
        return web.json_response({"error": code}, status=app.STATUSES[code])

    async with answering(handler) as address, RegisterSource(address, SECRET) as source:
        assert await refusal(source.attributes("x")) == code


@in_loop
async def test_a_register_that_never_ends_its_answer():
    released = asyncio.Event()

    async def handler(request):
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"title":')
        await released.wait()
        return response

    async with answering(handler) as address, RegisterSource(address, SECRET, timeout=0.2) as source:
        assert await refusal(source.attributes("x")) == "register_unavailable"
        released.set()


@in_loop
async def test_what_is_sent_and_that_no_redirect_is_followed():
    seen = []

    async def handler(request):
        seen.append((request.method, request.path, dict(request.headers), await request.text()))
        return web.Response(status=307, headers={"Location": "/other", "Set-Cookie": "a=b"})

    async with answering(handler) as address, RegisterSource(address, SECRET) as source:
        await refusal(source.attributes("e"))
        await refusal(source.open("a.b.c"))
    assert [(method, path, body) for method, path, _, body in seen] == [
        ("POST", "/attributes", '{"evidence":"e"}'),
        ("POST", "/evidence", "a.b.c"),
    ]
    assert all(headers["Authorization"] == f"Bearer {SECRET}" for _, _, headers, _ in seen)
    assert not any("Cookie" in headers for _, _, headers, _ in seen)


@in_loop
async def test_the_environment_s_proxy_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with register_endpoint(tmp_path) as endpoint, RegisterSource(endpoint.address, SECRET) as source:
        assert (await source.open(endpoint.ticket())).title == "pid"


@pytest.mark.parametrize(
    "address",
    ["", "register", "http://", "http://register.example", "http://10.0.0.1:80", "ftp://127.0.0.1", "https://",
     "https://user@register.example", "https://register.example/?a=b", "https://register.example/#a",
     "http://[::1", "http://127.0.0.1:99999", "http://127.0.0.1.example"],
)  # fmt: skip
def test_an_address_refused(address):
    with pytest.raises(ParseError) as error:
        RegisterSource(address, SECRET)
    assert error.value.code == "register_address_invalid"


@pytest.mark.parametrize("address", ["https://register.example", "http://127.0.0.1:8001", "http://[::1]:8001/"])
def test_an_address_taken(address):
    RegisterSource(address, SECRET)


def test_nothing_personal_in_a_repr():
    answer = RegisterAnswer("pid", "ALICE0001", {"family_name": "CanaryFamily"})
    opened = OpenedEvidence("the-handle", "pid", NOW)
    assert repr(answer) == "RegisterAnswer(title='pid')"
    assert "the-handle" not in repr(opened)
    assert replace(opened, expires=1).expires == 1


def test_the_codes_of_register_and_adapter_agree():
    assert app.STATUSES.keys() == register.REFUSALS | {"storage_unavailable"}
    assert not register.REFUSALS - CODES.keys()
