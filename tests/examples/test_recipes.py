"""The three sites in one file each, visited through their own framework's test client."""

import ast
import asyncio
import json
import time
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline
from didkit_fr.testing import PEOPLE, through
from didkit_fr.verification.memory import Memory
from tests.examples.sites import EXAMPLES, found, load

SITES = ["django", "flask", "fastapi"]


def django_client(_):
    from django.test import Client

    client = Client(SERVER_NAME="site.example")

    def call(method, path, headers, body):
        answer = client.generic(method, path, body, content_type=headers.get("content-type", ""))
        return answer.status_code, answer.content

    return call


def flask_client(site):
    client = site.app.test_client()

    def call(method, path, headers, body):
        answer = client.open(path, method=method, headers=dict(headers), data=body)
        return answer.status_code, answer.data

    return call


def fastapi_client(site):
    import httpx

    client = httpx.AsyncClient(transport=httpx.ASGITransport(site.app), base_url="https://site.example")

    def call(method, path, headers, body):
        answer = asyncio.run(client.request(method, path, headers=dict(headers), content=body))
        return answer.status_code, answer.content

    return call


CLIENTS = {"django": django_client, "flask": flask_client, "fastapi": fastapi_client}


class Visit:
    """A site, the browser of one guest, and wallets that reach it."""

    def __init__(self, name, site, nation):
        self.name, self.site, self.nation = name, site, nation
        self.browse = CLIENTS[name](site)

    def json(self, method, path):
        status, body = self.browse(method, path, {}, b"")
        assert status == 200
        return json.loads(body)

    def answer(self, link, person):
        wallets = CLIENTS[self.name](self.site)  # without the browser's cookies
        fetcher = through(lambda method, url, headers, body: wallets(method, urlsplit(url).path, headers, body))
        try:
            return self.nation.answer(link, person, fetcher, now=int(time.time()))
        except DidkitError as error:
            return error.code


@pytest.fixture(scope="module", params=SITES)
def served(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    nation = found(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIDKIT_DATA", str(folder))
        patch.setenv("DIDKIT_URL", "https://site.example")
        site = load(f"{request.param}_site")
    own = site.VERIFIER
    site.VERIFIER = replace(own, fetcher=nation.fetcher)  # the status list is the nation's
    yield request.param, site, nation
    own.fetcher.__exit__(None, None, None)


@pytest.fixture
def visit(served):
    return Visit(*served)


@pytest.mark.parametrize(("person", "outcome"), [("adult", "welcome"), ("minor", "turned_away")])
def test_who_is_let_in(visit, person, outcome):
    link = visit.json("POST", "/ask")["link"]
    assert visit.json("GET", "/result")["outcome"] == "waiting"
    assert visit.answer(link, person) is None
    assert visit.json("GET", "/result")["outcome"] == outcome


@pytest.mark.parametrize("person", [name for name, one in PEOPLE.items() if one.refusal is not None])
def test_who_is_refused(visit, person):
    link = visit.json("POST", "/ask")["link"]
    told = {"declining": None, "unreachable": "temporarily_unavailable"}
    assert visit.answer(link, person) == told.get(person, "invalid_request")
    assert visit.json("GET", "/result")["outcome"] == "waiting"


def test_a_site_that_cannot_have_the_status_list_says_so_and_lets_nobody_in(visit, monkeypatch):
    link = visit.json("POST", "/ask")["link"]
    monkeypatch.setattr(visit.site, "VERIFIER", replace(visit.site.VERIFIER, fetcher=offline, memory=Memory()))
    assert visit.answer(link, "adult") == "temporarily_unavailable"
    assert visit.json("GET", "/result")["outcome"] == "waiting"


def test_a_replay_is_refused(visit):
    link, forms = visit.json("POST", "/ask")["link"], []
    wallets = visit.browse

    def recording(method, url, headers, body):
        if method == "POST":
            forms.append((headers, body))
        return wallets(method, urlsplit(url).path, headers, body)

    visit.nation.answer(link, "adult", through(recording), now=int(time.time()))
    ((headers, body),) = forms
    status, answer = visit.browse("POST", "/response", headers, body)
    assert status == 400
    assert b"transaction_unknown" in answer
    assert visit.json("GET", "/result")["outcome"] == "welcome"


def test_another_browser_is_told_nothing(visit, served):
    link = visit.json("POST", "/ask")["link"]
    visit.answer(link, "adult")
    assert Visit(*served).json("GET", "/result")["outcome"] == "waiting"


def test_what_is_neither_a_request_nor_an_answer(visit):
    assert visit.browse("GET", "/request/nothing", {}, b"")[0] == 404
    form = {"content-type": "application/x-www-form-urlencoded"}
    for body in (b"", b"\xff\xfe", b"state=nothing", b"state=a&state=b"):
        assert visit.browse("POST", "/response", form, body)[0] == 400


@pytest.mark.parametrize("name", SITES)
def test_a_recipe_is_short(name):
    assert len((EXAMPLES / f"{name}_site.py").read_text("utf-8").splitlines()) <= 80


@pytest.mark.parametrize("name", ["relying_party", "django_site", "flask_site", "fastapi_site"])
def test_a_site_that_bounds_no_connections_says_so(name):
    source = (EXAMPLES / f"{name}.py").read_text("utf-8")
    assert "issuer_service" not in source
    assert "put it behind a front" in (ast.get_docstring(ast.parse(source)) or "")


def test_the_example_of_django_can_be_loaded_twice_in_one_process(tmp_path, monkeypatch):
    """Tests in parallel may come in any order, and back to a site that was left."""
    found(tmp_path)
    monkeypatch.setenv("DIDKIT_DATA", str(tmp_path))
    monkeypatch.setenv("DIDKIT_URL", "https://site.example")
    for _ in range(2):
        site = load("django_site")
        assert CLIENTS["django"](site)("POST", "/ask", {}, b"")[0] == 200
        site.VERIFIER.fetcher.__exit__(None, None, None)
