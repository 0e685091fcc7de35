"""The pages for people over real HTTP: where they are and are not, what they say and never say."""

import asyncio
import io
import re
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import zxingcpp
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from didkit_fr.credentials import titles
from didkit_fr.errors import ParseError
from didkit_fr.protocols.openid4vci.offer import OfferReference, parse_offer_link
from issuer_service.titles import config
from issuer_service.titles.pages.markup import Markup, element
from issuer_service.titles.pages.pages import OfferShown, Site, TitleShown, offer_page, start_page, titles_page
from issuer_service.titles.pages.texts import TEXTS
from issuer_service.titles.routes.pages import STYLE, from_this_machine
from issuer_service.titles.routes.preferences import language_of
from tests.issuer_service.titles.settings_files import written
from tests.issuer_service.world import opened, scenario, visited, wrong

ON = {"pages": True, "offer_pages": True}
ALL = ("pid", "passport", "residence_permit", "national_identity", "residence_attestation")
SITE = Site("fr", "Autorité", "/", "/titles", "/style.css")
UNKNOWN = "A" * 43
NEVER = f"/offers/{UNKNOWN}/page/{UNKNOWN}"
TRIAL = {"insecure_loopback": True, "tls_key": None, "tls_certificate": None, "issuer": "http://127.0.0.1:1"}


class Reader(HTMLParser):
    """What a browser would make of it: elements with their attributes, and text."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.said = [], []
        self.feed(page)
        self.close()
        self.names = [name for name, _ in self.elements]
        self.text = "".join(self.said)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.said.append(data)

    def one(self, tag):
        (found,) = [attributes for name, attributes in self.elements if name == tag]
        return found


def read(answer):
    return Reader(answer.body.decode())


async def shown(visitor, path, **headers):
    return await visitor.ask("GET", path, headers=headers)


@scenario
async def test_without_the_setting_there_is_no_page(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        made = await visitor.world.offer(by_reference=True)
        assert made.page is None
        reference = parse_offer_link(made.link).uri.rpartition("/")[2]
        for path in ("/", "/titles", "/style.css", f"/offers/{reference}/page", f"/offers/{reference}/page/{UNKNOWN}"):
            answer = await shown(visitor, path)
            assert (answer.status, answer.json) == (404, {"error": "not_found"})


@scenario
async def test_pages_alone_show_no_offer(tmp_path) -> None:
    async with visited(tmp_path, pages=True) as visitor:
        made = await visitor.world.offer(by_reference=True)
        assert made.page is None
        for path in ("/", "/titles", "/style.css"):
            assert (await shown(visitor, path)).status == 200
        for path in ("/page", f"/page/{UNKNOWN}"):
            answer = await shown(visitor, parse_offer_link(made.link).uri + path)
            assert (answer.status, answer.json) == (404, {"error": "not_found"})


@pytest.mark.parametrize(
    "changes",
    [
        {"offer_pages": True},
        {"offer_pages": True, "pages": True},
        {**TRIAL, "offer_pages": True},
        {**TRIAL, "offer_pages": True, "pages": True, "issuer": "https://issuer.example"},
        {"offer_pages": True, "pages": True, "issuer": "https://127.0.0.1", "host": "192.0.2.1"},
        {"pages": "yes"},
    ],
)
def test_settings_that_would_show_offers_to_others_are_refused(changes) -> None:
    with pytest.raises(ParseError) as error:
        config.parse(written(**changes))
    assert error.value.code == "settings_invalid"


def test_settings_for_this_machine_are_taken() -> None:
    assert config.parse(written(**TRIAL, **ON)).offer_pages
    assert config.parse(written(pages=True)).pages
    assert not config.parse(written()).pages


@scenario
async def test_an_issuer_with_a_path_has_its_pages_below_it(tmp_path) -> None:
    async with opened(tmp_path, issuer="http://127.0.0.1:8443/fr/cni", **ON) as world:
        paths = {resource.canonical for resource in world.app.router.resources()}
        assert paths >= {"/fr/cni", "/fr/cni/titles", "/fr/cni/style.css", "/fr/cni/offers/{reference}/page/{token}"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "fr"),
        ("fr", "fr"),
        ("en", "en"),
        ("EN-gb,fr;q=0.5", "en"),
        ("fr-CH, en;q=0.9", "fr"),
        ("de, en;q=0.3, fr;q=0.2", "en"),
        ("fr;q=0.1, en-US;q=0.2, en;q=0.05", "en"),
        ("de", "fr"),
        ("*", "fr"),
        ("en;q=0", "fr"),
        ("en;q=0, *", "fr"),
        ("en;q=nonsense", "en"),
    ],
)
@scenario
async def test_pages_speak_the_language_that_is_asked_for(tmp_path, header, language) -> None:
    async with visited(tmp_path, **ON) as visitor:
        made = await visitor.world.offer(by_reference=True)
        for path, heading in (("/", "start_heading"), ("/titles", "titles_heading"), (made.page, "tx_code")):
            answer = await shown(visitor, path, **{"Accept-Language": header})
            page = read(answer)
            assert answer.status == 200
            assert page.one("html")["lang"] == answer.headers["Content-Language"] == language
            assert TEXTS[language][heading] in page.text
            assert answer.headers["Vary"] == "Accept-Language"


@given(st.text(max_size=2000) | st.from_regex(r"([a-z]{2}(-[A-Z]{2})?(;q=[01]\.[0-9])?, ?){1,40}"))
def test_any_header_gives_a_language_that_is_known(header) -> None:
    assert language_of(header, TEXTS, "fr") in TEXTS


def test_both_languages_say_the_same_things() -> None:
    assert TEXTS["fr"].keys() == TEXTS["en"].keys()
    for name, text in TEXTS["fr"].items():
        assert text.strip()
        assert TEXTS["en"][name].strip()
        assert text.count("{}") == TEXTS["en"][name].count("{}"), name


@scenario
async def test_nothing_runs_and_nothing_comes_from_elsewhere(tmp_path) -> None:
    async with visited(tmp_path, titles=ALL, **ON) as visitor:
        made = await visitor.world.offer(by_reference=True)
        for path in ("/", "/titles", made.page, NEVER):
            answer = await shown(visitor, path)
            policy = answer.headers["Content-Security-Policy"]
            assert policy.split("; ")[0] == "default-src 'none'"
            assert "frame-ancestors 'none'" in policy
            assert "form-action 'none'" in policy
            assert "unsafe" not in policy
            assert "script-src" not in policy
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            assert "Set-Cookie" not in answer.headers
            assert answer.headers["Cache-Control"] == ("no-store" if "offers" in path else "max-age=300")
            page = read(answer)
            assert not {"script", "style", "form", "iframe", "base", "object"} & set(page.names)
            for name, attributes in page.elements:
                assert not [one for one in attributes if one.startswith("on") or one == "style"], name
                for place in filter(None, (attributes.get("src"), attributes.get("href"))):
                    assert place.startswith(("/", "#", "data:", "openid-credential-offer://?")), place
                    assert not place.startswith("//")
        style = await shown(visitor, "/style.css")
        assert style.headers["Content-Type"].startswith("text/css")
        assert b"url(" not in style.body
        assert b"@import" not in style.body


@scenario
async def test_the_titles_are_those_of_the_tables(tmp_path) -> None:
    async with visited(tmp_path, titles=ALL, **ON) as visitor:
        for language in TEXTS:
            text = read(await shown(visitor, "/titles", **{"Accept-Language": language})).text
            for title in map(titles.load, ALL):
                assert title.label[language] in text
                assert title.description[language] in text
                for row in title.attributes:
                    assert row.label[language] in text
                    assert ".".join(row.json) in text
            assert "dc+sd-jwt" in text


def test_what_is_always_there_is_told_from_what_may_be() -> None:
    title = titles.load("pid")
    page = titles_page(SITE, [TitleShown(title, ("dc+sd-jwt",), 14)])
    rows = dict(re.findall(r"<code>([\w.]+)</code></td><td>([^<]*)</td>", page))
    say = TEXTS["fr"]
    assert rows["family_name"] == say["always"]
    assert rows["picture"] == say["if_known"]
    assert rows["place_of_birth.country"] == say["one_of"].format("Lieu de naissance")
    assert rows.keys() == {".".join(row.json) for row in title.attributes}


def test_every_format_and_the_days_are_said() -> None:
    title = titles.load("national_identity")
    text = Reader(titles_page(SITE, [TitleShown(title, ("dc+sd-jwt", "ldp_vc"), 1)])).text
    assert "dc+sd-jwt, ldp_vc" in text
    assert "1 jour" in text
    assert "1 jours" not in text
    assert TEXTS["fr"]["suspendable"] in text


@pytest.mark.guarantee("G31")
@scenario
async def test_an_offer_page_shows_the_link_and_never_a_code(tmp_path) -> None:
    async with visited(tmp_path, **ON) as visitor:
        made = await visitor.world.offer(by_reference=True)
        answer = await shown(visitor, made.page)
        page = read(answer)
        assert page.one("img")["alt"] == TEXTS["fr"]["qr_alt"]
        picture = Image.open(io.BytesIO(b64decode(page.one("img")["src"].partition("base64,")[2])))
        (code,) = zxingcpp.read_barcodes(picture)
        assert code.text == made.link
        assert isinstance(parse_offer_link(code.text), OfferReference)
        assert made.link in [attributes.get("href") for _, attributes in page.elements]
        command = f"didkit-wallet receive --issuer {visitor.address}"
        # The link stands alone, to be pasted: no command has it as an argument.
        shown_as_code = re.findall(r"<code>([^<]*)</code>", answer.body.decode())
        assert shown_as_code == [command, made.link, f"{command} --qr offer.png"]
        told = answer.body.decode() + code.text
        described = (await visitor.ask("GET", parse_offer_link(made.link).uri)).json
        (grant,) = described["grants"].values()
        assert grant["pre-authorized_code"] not in told
        assert made.tx_code not in re.sub(r'src="data:[^"]*"', "", told)


@scenario
async def test_seeing_an_offer_uses_up_its_page_only_and_one_that_is_gone_was_never_there(tmp_path) -> None:
    async with visited(tmp_path, offer_ttl=600, tx_code_attempts=1, **ON) as visitor:
        used, worn, late = [await visitor.world.offer(name, by_reference=True) for name in ("a", "b", "c")]

        async def redeem(made, tx_code):
            (grant,) = (await visitor.ask("GET", parse_offer_link(made.link).uri)).json["grants"].values()
            return await visitor.redeem(grant["pre-authorized_code"], tx_code)

        assert [(await shown(visitor, used.page)).status for _ in range(3)] == [200, 404, 404]
        assert (await redeem(used, used.tx_code)).status == 200
        assert (await redeem(worn, wrong(worn.tx_code))).status == 400
        visitor.world.clock.now += 601
        gone = [await shown(visitor, path) for path in (used.page, worn.page, late.page, NEVER)]
        assert {answer.status for answer in gone} == {404}
        assert len({answer.body for answer in gone}) == 1
        assert TEXTS["fr"]["missing_text"] in read(gone[0]).text
        # The last character of 43 carries two bits that are not part of the 32 bytes.
        assert (await shown(visitor, f"/offers/{'A' * 42}B/page/{UNKNOWN}")).body == gone[0].body


@pytest.mark.guarantee("G31")
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "issuer.example"},
        {"Host": "127.0.0.1.example"},
        {"Host": "localhost.example:8443"},
        {"Host": "192.0.2.1"},
        {"Host": ""},
        {"Host": "127.0.0.1:x"},
        {"Host": "127.0.0.1@issuer.example"},
        {"Host": "[::1].example"},
        {"X-Forwarded-For": "192.0.2.1"},
        {"X-Forwarded-Host": "issuer.example"},
        {"Forwarded": "for=192.0.2.1"},
        {"Via": "1.1 proxy"},
        {"X-Real-IP": "127.0.0.1"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Port": "443"},
        {"CF-Connecting-IP": "192.0.2.1"},
        {"CF-Ray": "1"},
        {"True-Client-IP": "192.0.2.1"},
        {"X-Envoy-External-Address": "192.0.2.1"},
        {"X-Original-URI": "/"},
        {"Cdn-Loop": "x"},
        {"X-Any-Other": "x"},
        {"Purpose": "prefetch"},
    ],
)
@scenario
async def test_who_is_elsewhere_sees_no_offer(tmp_path, headers) -> None:
    async with visited(tmp_path, **ON) as visitor:
        made = await visitor.world.offer(by_reference=True)
        answer = await shown(visitor, made.page, **headers)
        assert answer.status in (400, 404)
        assert made.link.encode() not in answer.body
        assert b"<" not in answer.body
        # It used nothing up.
        assert (await shown(visitor, made.page)).status == 200


@pytest.mark.guarantee("G31")
@scenario
async def test_who_knows_the_offer_and_not_its_page_sees_no_page(tmp_path) -> None:
    async with visited(tmp_path, **ON) as visitor:
        made, other = [await visitor.world.offer(name, by_reference=True) for name in ("a", "b")]
        address = parse_offer_link(made.link).uri
        for path in ("", "/", f"/{UNKNOWN}", f"/{other.page.rpartition('/')[2]}", f"/{address.rpartition('/')[2]}"):
            answer = await shown(visitor, f"{address}/page{path}")
            assert answer.status == 404
            assert made.link.encode() not in answer.body
        assert (await shown(visitor, made.page)).status == 200


@pytest.mark.guarantee("G31")
@scenario
async def test_of_many_who_ask_at_once_one_sees_the_page(tmp_path) -> None:
    async with visited(tmp_path, **ON) as visitor:
        made = await visitor.world.offer(by_reference=True)
        answers = await asyncio.gather(*(shown(visitor, made.page) for _ in range(20)))
        assert sorted(answer.status for answer in answers) == [200] + [404] * 19


@pytest.mark.guarantee("G31")
@scenario
async def test_what_a_browser_sends_does_not_hide_the_page(tmp_path) -> None:
    headers = {
        "Accept": "text/html,application/xhtml+xml",
        "Accept-Language": "fr",
        "Cache-Control": "max-age=0",
        "DNT": "1",
        "Priority": "u=0, i",
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-Site": "none",
        "sec-ch-ua": '"Chromium"',
        "Upgrade-Insecure-Requests": "1",
    }
    async with visited(tmp_path, **ON) as visitor:
        made = await visitor.world.offer(by_reference=True)
        assert (await shown(visitor, made.page, **headers)).status == 200


class Wire:
    """The one thing of a transport that is looked at."""

    def __init__(self, peer):
        self.peer = peer

    def get_extra_info(self, name):
        return self.peer if name == "peername" else None

    def is_closing(self):
        return False


@pytest.mark.guarantee("G31")
@pytest.mark.parametrize(
    ("peer", "host", "here"),
    [
        (("127.0.0.1", 5), "127.0.0.1:8443", True),
        (("127.0.0.9", 5), "localhost", True),
        (("::1", 5, 0, 0), "[::1]:8443", True),
        (("::1", 5, 0, 0), "[::1]", True),
        (("192.0.2.1", 5), "127.0.0.1:8443", False),
        (("2001:db8::1", 5, 0, 0), "[::1]", False),
        (("127.0.0.1", 5), "issuer.example", False),
        ("/run/a.socket", "127.0.0.1", False),
        (None, "127.0.0.1", False),
    ],
)
def test_who_is_on_this_machine(peer, host, here) -> None:
    request = make_mocked_request("GET", "/", headers={"Host": host}, transport=Wire(peer))
    assert from_this_machine(request) is here


def test_two_hosts_are_none() -> None:
    from multidict import CIMultiDict

    headers = CIMultiDict([("Host", "127.0.0.1"), ("Host", "issuer.example")])
    assert not from_this_machine(make_mocked_request("GET", "/", headers=headers, transport=Wire(("127.0.0.1", 5))))


@pytest.mark.guarantee("G15")
@scenario
async def test_the_log_knows_no_offer(tmp_path) -> None:
    async with visited(tmp_path, **ON) as visitor:
        made = await visitor.world.offer(by_reference=True)
        reference = made.page.split("/")[-3]
        await shown(visitor, made.page)
        await shown(visitor, made.page, Host="issuer.example")
        await shown(visitor, NEVER)
        (event,) = visitor.world.events()
        assert event["event"] == "refused"
        assert (event["route"], event["code"], event["status"]) == ("offer_page", "offer_reference_unknown", 404)
        log = visitor.world.log.getvalue()
        assert not [one for one in (reference, UNKNOWN, made.tx_code, "issuer.example") if one in log]
        assert reference not in repr(made)


HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&amp;</title>"


def hostile(text):
    """A title all of whose texts are this one."""
    title = titles.load("pid")
    labels = {"fr": text, "en": text}
    rows = tuple(replace(row, label=labels) for row in title.attributes)
    groups = {name: replace(group, label=labels) for name, group in title.groups.items()}
    return replace(title, label=labels, description=labels, attributes=rows, groups=groups)


def pages_of(title, site):
    """Every page that shows a title or a name."""
    link = "openid-credential-offer://?credential_offer_uri=x"
    return [
        start_page(site, trial=True),
        titles_page(site, [TitleShown(title, ("dc+sd-jwt",), 14)]),
        offer_page(site, OfferShown(title, "http://127.0.0.1:1", link, 0)),
    ]


@given(st.just(HOSTILE) | st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=60))
def test_a_hostile_label_is_text_and_nothing_else(text) -> None:
    plain = pages_of(hostile("plain"), replace(SITE, name="plain"))
    for page, harmless in zip(pages_of(hostile(text), replace(SITE, name=text)), plain, strict=True):
        assert Reader(page).names == Reader(harmless).names
        assert text in Reader(page).text


def test_a_hostile_issuer_cannot_leave_its_word_of_the_command() -> None:
    issuer = "http://127.0.0.1:1/$(touch${IFS}x)';x"
    page = offer_page(SITE, OfferShown(titles.load("pid"), issuer, "openid-credential-offer://?x", 0))
    assert "--issuer 'http://127.0.0.1:1/$(touch${IFS}x)'\"'\"';x'" in Reader(page).text


def test_text_becomes_markup_in_one_place() -> None:
    assert element("p", "<b>", title='"') == Markup('<p title="&quot;">&lt;b&gt;</p>')
    assert element("p", element("b", "&")) == "<p><b>&amp;</b></p>"
    assert element("img", alt="<") == '<img alt="&lt;">'


def luminance(colour):
    """WCAG 2.2, relative luminance of `#rrggbb`."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((ink, ground) for ink in ("ink", "soft", "accent") for ground in ("ground", "card")),
        ("on-accent", "accent"),
        ("note-ink", "note"),
    ],
)
def test_text_stands_out_from_its_ground(scheme, ink, ground) -> None:
    schemes = re.findall(r":root \{([^}]*)\}", STYLE.read_text("utf-8"))
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", schemes[scheme]))
    light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
