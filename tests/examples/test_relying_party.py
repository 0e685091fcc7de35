"""The example relying party over HTTP, and its page in a real browser."""

import json
import re
import time
import urllib.error
import urllib.request
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from didkit_fr.advice import advise
from didkit_fr.error_table import CODES
from didkit_fr.errors import DidkitError
from didkit_fr.fetch import Fetcher
from didkit_fr.flow import offline
from didkit_fr.testing import PEOPLE, TestNation
from tests.examples import chromium
from tests.examples.sites import load, serving
from tests.waiting import PATIENCE

bar = load("relying_party")


@pytest.fixture(scope="module")
def nation():
    return TestNation(int(time.time()))


@pytest.fixture(scope="module")
def site(nation):
    with serving(lambda address: bar.create_app(nation.verifier(), address)) as address:
        yield address


@pytest.fixture(scope="module")
def fetcher():
    with Fetcher(allow_insecure_loopback=True) as opened:
        yield opened


def call(url, body=None, headers=None, method=None):
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


VISITOR = "v" * 43


def ask(site, cookie=VISITOR, query=""):
    headers = {} if cookie is None else {"cookie": f"visit={cookie}"}
    return json.loads(call(f"{site}/ask{query}", b"", headers)[2])


def result(site, id_, cookie=VISITOR, language="en"):
    headers = {"accept-language": language} | ({} if cookie is None else {"cookie": f"visit={cookie}"})
    return json.loads(call(f"{site}/result/{id_}", headers=headers)[2])


def visit(nation, fetcher, link, person):
    try:
        return nation.answer(link, person, fetcher, now=int(time.time()))
    except DidkitError as error:
        return error.code


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_who_comes(nation, site, fetcher, person):
    asked = ask(site)
    visit(nation, fetcher, asked["link"], person)
    told = result(site, asked["id"])
    if PEOPLE[person].refusal is None:
        assert told["outcome"] == ("welcome" if PEOPLE[person].age >= 18 else "turned_away")
        assert set(told["claims"]) >= {"age_over_18", "nationalities"}
        assert "birthdate" not in told["claims"]
    else:
        assert (told["outcome"], told["code"]) == ("refused", PEOPLE[person].refusal)
        assert told["say"] == advise(told["code"]).en
        assert result(site, asked["id"], language="fr-CH, en;q=0.5")["say"] == advise(told["code"]).fr


def test_a_refusal_by_the_holder_is_answered_as_understood(nation, site, fetcher):
    assert visit(nation, fetcher, ask(site)["link"], "declining") is None


def test_a_status_list_that_cannot_be_had_is_not_the_guests_fault(nation, fetcher):
    verifier = replace(nation.verifier(), fetcher=offline)
    with serving(lambda address: bar.create_app(verifier, address)) as site:
        asked = ask(site)
        assert visit(nation, fetcher, asked["link"], "adult") == "temporarily_unavailable"
        told = result(site, asked["id"])
    assert (told["outcome"], told["code"], told["say"]) == ("refused", "offline", advise("offline").en)
    assert "claims" not in told


def test_an_answer_is_judged_once(nation, site, fetcher):
    asked = ask(site)
    assert visit(nation, fetcher, asked["link"], "adult") is None
    assert visit(nation, fetcher, asked["link"], "minor") in ("fetch_status", "invalid_request")
    assert result(site, asked["id"])["outcome"] == "welcome"


@pytest.mark.parametrize("body", [b"", b"state=x", b"\xff", b"state=a&state=b", b"response=a.b.c.d.e", b"x" * 10_000])
def test_what_is_not_an_answer(site, body):
    status, _, answer = call(f"{site}/response", body, {"content-type": "application/x-www-form-urlencoded"})
    assert status == 400
    assert json.loads(answer)["error_description"] in CODES


def test_only_the_browser_that_asked_is_told(nation, site, fetcher):
    asked = ask(site, "a" * 43)
    visit(nation, fetcher, asked["link"], "adult")
    for other in (None, "b" * 43, ""):
        told = result(site, asked["id"], other)
        assert told["outcome"] == "unknown"
        assert "claims" not in told
    assert result(site, asked["id"], "a" * 43)["outcome"] == "welcome"


@pytest.mark.guarantee("G11")
def test_who_asks_without_a_cookie_is_given_one_and_the_id_alone_tells_nothing(nation, site, fetcher):
    _, headers, body = call(f"{site}/ask", b"", {})
    asked, cookie = json.loads(body), headers["Set-Cookie"]
    visitor = re.fullmatch(r"visit=([A-Za-z0-9_-]{43}); HttpOnly; Path=/; SameSite=Lax", cookie)[1]
    visit(nation, fetcher, asked["link"], "adult")
    for other in (None, "", "b" * 43):
        assert result(site, asked["id"], other)["outcome"] == "unknown"
    assert result(site, asked["id"], visitor)["outcome"] == "welcome"


@pytest.mark.guarantee("G11")
@pytest.mark.parametrize("error", ["no_such_error", "", "access_denied&vp_token=x"])
def test_an_error_that_no_wallet_may_send_ends_no_transaction(nation, site, fetcher, error):
    asked = ask(site)
    body = f"error={error}&state={asked['id']}".encode()
    call(f"{site}/response", body, {"content-type": "application/x-www-form-urlencoded"})
    assert result(site, asked["id"])["outcome"] == "waiting"
    assert visit(nation, fetcher, asked["link"], "adult") is None
    assert result(site, asked["id"])["outcome"] == "welcome"


@pytest.mark.guarantee("G11")
def test_junk_behind_an_answer_that_waits_for_its_browser_is_not_its_result(nation, site, fetcher):
    asked = ask(site, "a" * 43, "?here=1")
    visit(nation, fetcher, asked["link"], "adult")
    body = f"error=access_denied&state={asked['id']}".encode()
    call(f"{site}/response", body, {"content-type": "application/x-www-form-urlencoded"})
    assert result(site, asked["id"], "a" * 43)["outcome"] == "waiting"


def test_a_wallet_on_this_device_leads_back_once_and_only_here(nation, site, fetcher):
    asked = ask(site, "a" * 43, "?here=1")
    assert "qr" not in asked
    back = urlsplit(visit(nation, fetcher, asked["link"], "adult"))
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"{site}/back"
    assert result(site, asked["id"], "a" * 43)["outcome"] == "waiting"
    code = back.fragment.removeprefix("response_code=")

    def complete(cookie):
        body = json.dumps({"code": code}).encode()
        return json.loads(call(f"{site}/complete", body, {"cookie": f"visit={cookie}"})[2])

    assert complete("b" * 43)["code"] == "response_code_unknown"
    assert complete("a" * 43)["outcome"] == "welcome"
    assert complete("a" * 43)["code"] == "response_code_unknown"
    assert result(site, asked["id"], "a" * 43)["outcome"] == "welcome"


def test_complete_without_anything(site):
    assert json.loads(call(f"{site}/complete", b"[]")[2])["code"] == "json_not_object"
    assert json.loads(call(f"{site}/complete", b"{}")[2])["code"] == "response_code_unknown"


def test_a_request_that_was_never_made(site):
    assert call(f"{site}/request/nothing")[0] == 404
    assert result(site, "nothing")["outcome"] == "unknown"


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "fr"), ("en", "en"), ("en-GB,fr;q=0.5", "en"), ("de, fr-CA;q=0.7, en;q=0.3", "fr"), ("de", "fr")],
)
def test_the_page_speaks_the_browsers_language(site, header, language):
    status, headers, page = call(f"{site}/", headers={"accept-language": header})
    assert status == 200
    assert f'<html lang="{language}">' in page.decode()
    assert bar.TEXTS[language]["heading"] in page.decode()
    assert headers["Cache-Control"] == "no-store"


def test_the_page_has_nothing_of_others_and_lets_nothing_else_run(site):
    _, headers, page = call(f"{site}/")
    policy = headers["Content-Security-Policy"]
    nonces = set(re.findall(r"nonce-([\w-]+)", policy))
    assert len(nonces) == 1
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert set(re.findall(r'nonce="([^"]*)"', page.decode())) == nonces
    assert nonces.isdisjoint(re.findall(r"nonce-([\w-]+)", call(f"{site}/")[1]["Content-Security-Policy"]))
    assert not re.search(r"https?://|//[a-z]|\bstyle=|\bon[a-z]+=|innerHTML", page.decode())
    assert "HttpOnly" in headers["Set-Cookie"]
    assert "SameSite=Lax" in headers["Set-Cookie"]
    assert "Secure" not in headers["Set-Cookie"]  # loopback in plain HTTP; elsewhere below


def test_over_tls_the_cookie_is_never_sent_in_the_clear(nation):
    with serving(lambda _: bar.create_app(nation.verifier(), "https://bar.example")) as address:
        assert "Secure" in call(f"{address}/")[1]["Set-Cookie"]


def test_both_languages_say_the_same_things():
    assert set(bar.TEXTS["fr"]) == set(bar.TEXTS["en"])


def read_qr(page):
    """What a camera would read off the screen."""
    import io

    import zxingcpp
    from PIL import Image

    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.locator("#qr").screenshot())))
    return code.text


def opened(context, site):
    page = context.new_page()
    troubles = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((site, "data:")) else troubles.append(asked.url))
    page.goto(site)
    page.wait_for_selector("#qr:not([hidden])")
    return page, troubles


@pytest.mark.slow
@pytest.mark.parametrize(
    ("locale", "person", "outcome"),
    [("fr-FR", "adult", "welcome"), ("en-GB", "minor", "turned_away"), ("fr-FR", "revoked", "refused")],
)
def test_the_page_in_a_browser(nation, site, tmp_path, locale, person, outcome):  # noqa: PLR0917 - fixtures
    language = locale[:2]
    with chromium.browser(tmp_path / "profile", locale) as context:
        page, troubles = opened(context, site)
        assert page.locator("html").get_attribute("lang") == language
        assert page.get_by_role("status").text_content() == bar.TEXTS[language]["waiting"]
        assert page.get_by_role("img", name=bar.TEXTS[language]["alt"]).is_visible()
        page.screenshot(path=tmp_path / "asked.png")
        with Fetcher(allow_insecure_loopback=True) as fetcher:
            visit(nation, fetcher, read_qr(page), person)
        page.wait_for_selector(f'main[data-outcome="{outcome}"]')
        refusal = PEOPLE[person].refusal
        said = bar.TEXTS[language].get(outcome) or getattr(advise(refusal), language)
        assert page.get_by_role("status").text_content() == said
        assert not page.locator("#qr").is_visible()
        assert page.evaluate("document.activeElement.id") == "say"
        page.screenshot(path=tmp_path / "answered.png")
        page.get_by_role("button", name=bar.TEXTS[language]["again"]).click()
        page.wait_for_selector('main[data-outcome="waiting"]')
        assert not troubles


@pytest.mark.slow
def test_back_from_a_wallet_on_the_same_device(nation, site, fetcher, tmp_path):
    with chromium.browser(tmp_path / "profile", "en-GB", viewport={"width": 390, "height": 844}) as context:
        page, troubles = opened(context, site)
        page.screenshot(path=tmp_path / "small.png", full_page=True)
        with page.expect_response("**/ask?here=1") as asked:
            page.get_by_role("button", name=bar.TEXTS["en"]["here"]).click()
        back = visit(nation, fetcher, asked.value.json()["link"], "adult")
        page.goto(back)
        page.wait_for_selector('main[data-outcome="welcome"]')
        assert page.url == f"{site}/"
        assert not [one for one in troubles if not one.startswith("openid4vp:")]
        other = context.new_page()
        other.goto(back)
        other.wait_for_selector('main[data-outcome="refused"]')


@pytest.mark.slow
def test_the_page_is_used_by_keyboard_and_fits_small_and_large(site, tmp_path):
    with chromium.browser(tmp_path / "profile", "fr-FR", color_scheme="dark") as context:
        page, _ = opened(context, site)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "here"
        for width in (320, 768, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        page.screenshot(path=tmp_path / "dark.png")
