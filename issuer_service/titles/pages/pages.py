"""The four pages: where one starts, what is issued, one offer, and an offer that is not here."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from didkit_fr.credentials.titles import Attribute, Title
from issuer_service.titles.pages.markup import Markup, document, element
from issuer_service.titles.pages.texts import TEXTS, Texts

__all__ = ["OfferShown", "Site", "TitleShown", "missing_page", "offer_page", "start_page", "titles_page"]

QR_SCALE, QR_BORDER = 6, 4


@dataclass(frozen=True, slots=True)
class Site:
    """What every page shows: the language it speaks, the authority's name, and where the other pages are."""

    language: str
    name: str
    start: str
    titles: str
    style: str

    @property
    def texts(self) -> Texts:
        """What the pages say in this language."""
        return TEXTS[self.language]


@dataclass(frozen=True, slots=True)
class TitleShown:
    """One title, the names of the formats it is issued in, and how many days a copy is valid at most."""

    title: Title
    formats: tuple[str, ...]
    days: int


@dataclass(frozen=True, slots=True)
class OfferShown:
    """One offer by reference: its link is a secret. `expires` in seconds since 1970 (UTC)."""

    title: Title
    issuer: str
    link: str = field(repr=False)
    expires: int


def start_page(site: Site, *, trial: bool) -> str:
    """Explains what this service does; `trial` where it speaks plain HTTP to this machine."""
    say = site.texts
    steps = [element("li", say[name]) for name in ("how_1", "how_2", "how_3", "how_4")]
    note = (element("p", say["trial"], class_="note"),) if trial else ()
    return _page(
        site,
        say["start_heading"],
        element("p", say["start_lead"], class_="lead"),
        *note,
        _section(element("h2", say["how"]), element("ol", *steps)),
        _section(element("h2", say["kept"]), element("p", say["kept_text"])),
        element("p", element("a", say["see_titles"], href=site.titles)),
        here=site.start,
    )


def titles_page(site: Site, titles: Sequence[TitleShown]) -> str:
    """Lists titles with their attributes, as their tables have them."""
    say = site.texts
    lead = element("p", say["titles_lead"], class_="lead")
    return _page(site, say["titles_heading"], lead, *(_title(site, one) for one in titles), here=site.titles)


def offer_page(site: Site, offer: OfferShown) -> str:
    """Shows one offer as QR code, link and command; its transaction code is not known here."""
    say, label = site.texts, offer.title.label[site.language]
    moment = datetime.fromtimestamp(offer.expires, UTC)
    until = element("time", f"{moment:%H:%M} UTC", datetime=f"{moment:%Y-%m-%dT%H:%M:%SZ}")
    # A picture of dots, not of lines: saved to a file, it is what `--qr` reads.
    code = element("img", src=_qr_code(offer.link), alt=say["qr_alt"], width="304", height="304")
    open_ = element("a", say["open"], href=offer.link, class_="button")
    told = [element("p", say["tx_code"]), element("p", say["until"], " ", until)]
    device = [element("h2", say["here"]), element("p", open_)]
    command = f"didkit-wallet receive --issuer {shlex.quote(offer.issuer)}"
    terminal = [
        element("h2", say["terminal"]),
        element("p", say["paste"]),
        element("pre", element("code", command), id="command"),
        element("h3", say["link"]),
        element("pre", element("code", offer.link), id="link"),
        element("p", say["image"]),
        element("pre", element("code", f"{command} --qr offer.png")),
    ]
    return _page(
        site,
        say["offer_heading"].format(label),
        element("p", say["offer_lead"], class_="lead"),
        _section(element("div", code), element("div", *told, *device), class_="offer"),
        _section(*terminal),
    )


def missing_page(site: Site) -> str:
    """Says that an offer is not here: the same for one that never was and one that is no more."""
    say = site.texts
    return _page(site, say["missing_heading"], element("p", say["missing_text"], class_="lead"))


def _page(site: Site, heading: str, *content: Markup, here: str = "") -> str:
    say = site.texts
    places = ((site.start, say["start"]), (site.titles, say["titles"]))
    head = (
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{heading} - {site.name}"),
        element("link", rel="icon", href="data:,"),
        element("link", rel="stylesheet", href=site.style),
    )
    links = [element("li", _link(place, text, current=place == here)) for place, text in places]
    top = element(
        "header", element("p", site.name), element("nav", element("ul", *links), **{"aria-label": say["nav"]})
    )
    main = element("main", element("h1", heading), *content, id="main")
    body = element("body", element("a", say["skip"], href="#main", class_="skip"), top, main)
    return document(element("html", element("head", *head), body, lang=site.language))


def _link(place: str, text: str, *, current: bool) -> Markup:
    return element("a", text, href=place, **({"aria-current": "page"} if current else {}))


def _section(*content: Markup, **attributes: str) -> Markup:
    return element("section", *content, **attributes)


def _title(site: Site, shown: TitleShown) -> Markup:
    say, title = site.texts, shown.title
    facts = {
        say["formats"]: ", ".join(shown.formats),
        say["validity"]: say["day" if shown.days == 1 else "days"].format(shown.days),
        say["ends"]: say["suspendable" if title.suspendable else "revocable"],
    }
    heads = (element("th", say[name], scope="col") for name in ("attribute", "claim", "presence"))
    rows = (_row(site, title, row) for row in title.attributes)
    table = element(
        "table",
        element("caption", say["attributes"]),
        element("thead", element("tr", *heads)),
        element("tbody", *rows),
    )
    name = element("h2", title.label[site.language], id=f"title-{title.id}")
    about = element("p", title.description[site.language])
    pairs = (part for fact, value in facts.items() for part in (element("dt", fact), element("dd", value)))
    return _section(name, about, element("dl", *pairs), table, **{"aria-labelledby": f"title-{title.id}"})


def _row(site: Site, title: Title, row: Attribute) -> Markup:
    return element(
        "tr",
        element("th", row.label[site.language], scope="row"),
        element("td", element("code", ".".join(row.json))),
        element("td", _presence(site, title, row)),
    )


def _presence(site: Site, title: Title, row: Attribute) -> str:
    group = title.groups.get(row.json[0])
    if row.required:
        return site.texts["always"]
    if group is not None and group.required:
        return site.texts["one_of"].format(group.label[site.language])
    return site.texts["if_known"]


def _qr_code(link: str) -> str:
    """A QR code as a picture that needs no request."""
    import segno  # noqa: PLC0415 - slow import

    drawn: str = segno.make(link, error="m", micro=False).png_data_uri(scale=QR_SCALE, border=QR_BORDER)
    return drawn
