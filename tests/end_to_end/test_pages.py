"""The issuer's pages in a real Chromium, and a real wallet that receives what it read off the screen."""

import io
import os
import pty
import re
import select
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from itertools import pairwise

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Error

from didkit_fr.credentials import titles
from issuer_service.titles.pages.texts import TEXTS
from tests.end_to_end.world import BIN, World
from tests.examples import chromium
from tests.waiting import PATIENCE, until

TITLES = ("pid", "passport", "residence_permit", "national_identity", "residence_attestation")

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Register and issuer, serving, with all titles and all pages."""
    with World(tmp_path_factory.mktemp("world"), titles=TITLES) as made:
        made.start_register()
        founded = made.init_issuer()
        assert founded.status == 0, founded.err
        made.configure(pages=True, offer_pages=True)
        made.start_issuer()
        made.certify_relying_party()
        yield made


def offered(world, title):
    """An offer by reference as an officer makes it, with its page."""
    rows = [row for row in world.citizens_of_register() if "-00" not in row["birth_date"]]
    holder = next(row for row in rows if title in row["titles"])
    made = world.offer(world.ticket(holder["document_number"], "--title", title), "--by-reference")
    assert made.status == 0, made.err
    return made.json()


def opened(context, address):
    """A page that notes what goes wrong and what is asked of others."""
    page, troubles = context.new_page(), []
    page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else troubles.append(asked.url))
    return page, troubles


def read_qr(picture):
    """What a camera would read off the screen."""
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return code.text


@pytest.mark.parametrize(
    ("locale", "title", "how"), [("fr-FR", "passport", "stdin"), ("en-GB", "residence_permit", "screenshot")]
)
def test_from_the_start_page_to_a_title_in_the_wallet(world, tmp_path, locale, title, how):
    say, label = TEXTS[locale[:2]], titles.load(title).label[locale[:2]]
    address, offer, wallet = world.issuer.address, offered(world, title), world.wallet(f"of-{locale}")
    with chromium.browser(tmp_path / "profile", locale, viewport={"width": 1200, "height": 900}) as context:
        page, troubles = opened(context, address)
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == locale[:2]
        assert page.get_by_role("heading", level=1).text_content() == say["start_heading"]
        page.get_by_role("link", name=say["see_titles"]).click()
        assert page.url == f"{address}/titles"
        assert page.get_by_role("heading", level=2).all_text_contents() == [
            titles.load(one).label[locale[:2]] for one in TITLES
        ]
        assert page.get_by_role("region", name=label).get_by_role("row").count() > 5
        assert page.goto(offer["page"]).headers["cache-control"] == "no-store"
        assert page.get_by_role("heading", level=1).text_content() == say["offer_heading"].format(label)
        screen = page.screenshot(path=tmp_path / "offer.png")
        assert page.get_by_role("img", name=say["qr_alt"]).is_visible()
        assert page.get_by_role("link", name=say["open"]).get_attribute("href") == read_qr(screen) == offer["offer"]
        assert offer["tx_code"] not in page.locator("body").text_content()
        assert not troubles
        given = {"stdin": read_qr(screen)} if how == "stdin" else {}
        file = () if how == "stdin" else ("--qr", str(tmp_path / "offer.png"))
        got = wallet("receive", *world.trusting, *file, tx_code=offer["tx_code"], **given)
        assert got.status == 0, got.err
        assert wallet("list").json()["titles"][0]["type"] == titles.load(title).vct
        assert page.reload().status == 404
        assert page.get_by_role("heading", level=1).text_content() == say["missing_heading"]


def test_the_commands_on_the_page_work_as_they_stand(world, tmp_path):
    offer, wallet = offered(world, "national_identity"), world.wallet("typing")
    with chromium.browser(tmp_path / "profile", "en-GB") as context:
        page, _ = opened(context, world.issuer.address)
        page.goto(offer["page"])
        command, link, _ = page.locator("pre").all_text_contents()
    program, *arguments = command.split()
    assert (program, arguments[0]) == ("didkit-wallet", "receive")
    said = talk(world, wallet, arguments, {"passphrase": wallet.passphrase, "link": link, "code": offer["tx_code"]})
    assert "kept" in said
    assert len(wallet("list").json()["titles"]) == 1


ON_TERMINAL = """\
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def talk(world, wallet, arguments, answers):
    """Types on a terminal what a person would: passphrase, link, yes, code, yes; returns what was shown."""
    prompts = [
        (rb"(?i)passphrase", answers["passphrase"]),
        (rb"(?i)offer", answers["link"]),
        (rb"\[y/N\]", "y"),
        (rb"(?i)code", answers["code"]),
        (rb"\[y/N\]", "y"),
    ]
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-c", ON_TERMINAL, BIN / "didkit-wallet", *arguments]
    environment = {**os.environ, **world.environment, "DIDKIT_WALLET": str(wallet.folder)}
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
    with subprocess.Popen(command, env=environment, start_new_session=True, **streams) as process:
        os.close(theirs)
        shown, seen = b"", 0
        while select.select([terminal], [], [], PATIENCE)[0] and (more := read(terminal)):
            shown += more
            if prompts and (found := re.search(prompts[0][0], shown[seen:])):
                seen += found.end()
                os.write(terminal, prompts.pop(0)[1].encode() + b"\n")
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        process.kill()
    os.close(terminal)
    assert (process.returncode, prompts) == (0, []), shown.decode()
    return shown.decode()


def read(terminal):
    """What comes next; nothing where the other side is closed."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_the_pages_fit_small_and_large_and_are_used_by_keyboard(world, tmp_path):
    address, offer = world.issuer.address, offered(world, "pid")
    with chromium.browser(tmp_path / "profile", "fr-FR", color_scheme="dark") as context:
        page, troubles = opened(context, address)
        for url in (address, f"{address}/titles", offer["page"]):
            page.goto(url)
            for width in (320, 768, 1440):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (url, width)
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
            page.keyboard.press("Enter")
            page.wait_for_url("**#main")
            levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(one => Number(one.tagName[1]))")
            assert levels[0] == 1
            assert levels.count(1) == 1
            assert all(after - before <= 1 for before, after in pairwise(levels))
        page.set_viewport_size({"width": 320, "height": 800})
        assert read_qr(page.screenshot(full_page=True)) == offer["offer"]
        reached = [page.keyboard.press("Tab") or page.evaluate("document.activeElement.textContent") for _ in range(6)]
        assert TEXTS["fr"]["open"] in reached
        assert not troubles


def test_a_page_of_an_unknown_party_cannot_read_an_offer(world, tmp_path):
    """DNS rebinding: an unknown party's name that leads to this machine is an unknown party's still."""
    offer, port = offered(world, "pid"), world.issuer_port
    flags = [*chromium.FLAGS, "--host-resolver-rules=MAP issuer.example 127.0.0.1"]
    with chromium.browser(tmp_path / "profile", "fr-FR", flags=flags) as context:
        page, answers = context.new_page(), []
        page.on("response", lambda answer: answers.append((answer.url, answer.status)))
        elsewhere = offer["page"].replace("127.0.0.1", "issuer.example")
        with suppress(Error):  # for an answer without a body, Chromium shows a page of its own
            page.goto(elsewhere)
        assert answers == [(elsewhere, 404)]
        # In another tab: the first is still busy with Chromium's own page.
        other = context.new_page()
        assert other.goto(f"http://issuer.example:{port}/titles").status == 200
        assert other.goto(offer["page"]).status == 200


def test_the_log_names_no_offer(world):
    shown = offered(world, "passport")["page"]
    with urllib.request.urlopen(shown, timeout=PATIENCE) as page:
        assert page.status == 200
    # A page opens once: what the log says is that it was asked for again.
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(shown, timeout=PATIENCE)
    path = world.folder / "logs" / "issuer.log"
    until(lambda: '"offer_page"' in path.read_text("utf-8"))
    log = path.read_text("utf-8")
    assert "/offers/" not in log
    assert not re.search(r"[A-Za-z0-9_-]{43}", log)
