"""The journey of one title as steps with expected outcomes: the demo shows them, tests assert them, the scan searches.

Each step is a method that does one thing for real and returns an `Outcome`; an outcome that was not the expected one
is `False` in `as_expected`, and `seen` says what came instead. Other titles and forms have chapters (`chapters`).
"""

import io
import json
import urllib.parse
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias

import segno

from didkit_fr import Answer
from didkit_fr.encoding import base64url
from tests.end_to_end.proxy import Proxy
from tests.end_to_end.world import Ran, Wallet, World, get, post, together

ADULT_AGE = 18


@dataclass(frozen=True)
class Outcome:
    """What a step showed: a sentence, whether it was the expected one, and text for a person to look at."""

    seen: str
    as_expected: bool
    shown: str = ""


Steps: TypeAlias = list[tuple[str, Callable[[], Outcome]]]
"""What is played, in its order: what to call a step, and the step."""


@dataclass
class Citizen:
    """One citizen of the demo register, as its officer sees them, with a wallet."""

    number: str
    name: str
    birth_date: str
    wallet: Wallet
    offer: str = ""
    tx_code: str = ""
    title: str = ""
    copies: int = 0


@dataclass
class Chapter:
    """What every chapter has: the world as the opening left it, and its relying parties until its last step."""

    world: World
    open_parties: ExitStack = field(default_factory=ExitStack)


@dataclass
class Journey:
    """Register, issuer, relying party, proxy and three citizens: two adults and a minor."""

    world: World
    proxy: Proxy
    citizens: list[Citizen] = field(default_factory=list)

    def steps(self) -> Steps:
        """The steps in their order, but for the leak scan."""
        return [*self.opening(), *self.card()]

    def opening(self) -> Steps:
        """What every chapter needs."""
        return [
            ("The register, a process of its own, opens its endpoints", self.open_register),
            ("The agency sets up: its root elsewhere, its document signer sealed", self.set_up_issuer),
            ("An access authority certifies a relying party; the citizens get wallets", self.certify_and_equip),
        ]

    def card(self) -> Steps:
        """What three citizens do with an identity card."""
        return [
            ("An officer's signed ticket makes an offer for each of three citizens", self.make_offers),
            ("The wallets receive the title: one-time copies, a new key for each", self.receive),
            ("The first citizen looks at what the wallet holds", self.list_titles),
            ("The relying party asks for two facts; the citizen reads, consents, shows", self.present),
            ("The same presentation again", self.replay),
            ("A presentation altered on its way", self.tamper),
            ("A minor shows age_over_18 and nothing else", self.minor),
            ("The agency revokes the first citizen's title: one call, every copy", self.revoke),
            ("The first citizen shows the revoked title", self.present_revoked),
        ]

    def open_register(self) -> Outcome:
        """Starts the register."""
        server = self.world.start_register()
        return Outcome(f"listening at {server.address}", as_expected=True)

    def set_up_issuer(self) -> Outcome:
        """Initialises and starts the issuer service."""
        made = self.world.init_issuer()
        again = self.world.init_issuer()
        if made.status != 0 or again.status != 1:
            return Outcome(f"init: {made.status} {made.err}; again: {again.status}", as_expected=False)
        server = self.world.start_issuer()
        root = (self.world.folder / "root" / "root.sealed").read_bytes()
        outside = all(root not in path.read_bytes() for path in self.world.issuer_data.rglob("*") if path.is_file())
        return Outcome(f"serving at {server.address}; a second init was refused", as_expected=outside)

    def certify_and_equip(self) -> Outcome:
        """Makes the access authority, the relying party and the wallets."""
        self.world.certify_relying_party()
        self.proxy.target = self.world.start_relying_party(self.proxy.address).address
        adults, minor = self._choose()
        rows = [*adults, minor]
        wallets = together(*(partial(self.world.wallet, f"citizen-{place + 1}") for place in range(len(rows))))
        for row, wallet in zip(rows, wallets, strict=True):
            name = f"{row['given_name']} {row['family_name']}"
            self.citizens.append(Citizen(row["document_number"], name, row["birth_date"], wallet))
        people = "\n".join(f"{one.name}, born {one.birth_date}" for one in self.citizens)
        return Outcome("three wallets made", as_expected=True, shown=people)

    def _choose(self) -> tuple[list[dict[str, str]], dict[str, str]]:
        rows = self.world.citizens_of_register()
        today = datetime.now(UTC).date()
        grown = f"{today.year - ADULT_AGE - 1}-01-01"
        young = f"{today.year - ADULT_AGE + 1}-01-01"
        full = [row for row in rows if "pid" in row["titles"] and "-00" not in row["birth_date"]]
        adults = [row for row in full if row["birth_date"] < grown]
        return adults[:2], next(row for row in full if row["birth_date"] > young)

    def make_offers(self) -> Outcome:
        """Tickets and offers; every ticket is good for one offer only."""
        codes = []
        came = together(*(partial(self._two_offers, citizen) for citizen in self.citizens))
        for citizen, (made, again) in zip(self.citizens, came, strict=True):
            if made.status != 0 or again.status != 1:
                return Outcome(f"offer: {made.status} {made.err}; again: {again.status}", as_expected=False)
            citizen.offer, citizen.tx_code = made.json()["offer"], made.json()["tx_code"]
            drawn = io.StringIO()
            segno.make(citizen.offer, error="l").terminal(drawn, compact=True, border=2)
            codes.append(
                f"{citizen.name}, transaction code {citizen.tx_code} (by another channel):\n{drawn.getvalue()}"
            )
        return Outcome("three offers; each ticket was refused a second time", as_expected=True, shown="\n".join(codes))

    def _two_offers(self, citizen: Citizen) -> tuple[Ran, Ran]:
        ticket = self.world.ticket(citizen.number)
        return self.world.offer(ticket), self.world.offer(ticket)

    def receive(self) -> Outcome:
        """Every wallet redeems its offer; a used offer is refused."""
        came = together(*(partial(self._redeem, citizen) for citizen in self.citizens))
        for citizen, received in zip(self.citizens, came, strict=True):
            if received.status != 0:
                return Outcome(f"receive: {received.status} {received.err}", as_expected=False)
            title = received.json()
            citizen.title, citizen.copies = title["id"], sum(form["copies"] for form in title["forms"])
        again = self._redeem(self.citizens[0])
        seen = f"{self.world.batch_size} copies each; the used offer was refused: {code_of(again)}"
        return Outcome(seen, as_expected=again.status == 1 and code_of(again) == "invalid_grant")

    def _redeem(self, citizen: Citizen) -> Ran:
        return citizen.wallet("receive", *self.world.trusting, stdin=citizen.offer, tx_code=citizen.tx_code)

    def list_titles(self) -> Outcome:
        """`didkit-wallet list`, for a person and as JSON."""
        wallet = self.citizens[0].wallet
        listed, shown = wallet("list"), wallet("list", json_output=False)
        copies = listed.json()["titles"][0]["forms"][0]["copies_left"]
        return Outcome(f"{copies} unused copies", as_expected=copies == self.world.batch_size, shown=shown.out)

    def texts(self) -> list[str]:
        """Every text of the citizens' titles, as their own wallets show them."""
        found = together(*(partial(_texts_of, citizen) for citizen in self.citizens))
        return [text for texts in found for text in texts]

    def ask(self) -> tuple[str, str]:
        """The relying party opens a transaction: its id and the link for the wallet."""
        _, asked = post(f"{self.proxy.target}/ask")
        return asked["id"], asked["link"]

    def result(self, transaction: str) -> dict[str, object]:
        """What came of a transaction at the relying party."""
        found: dict[str, object] = get(f"{self.proxy.target}/result/{transaction}")
        return found

    def present(self) -> Outcome:
        """The first citizen shows two facts."""
        transaction, link = self.ask()
        shown = self.citizens[0].wallet("present", *self.world.agreed, stdin=link, json_output=False)
        result = self.result(transaction)
        expected = shown.status == 0 and result["outcome"] == "welcome" and _received(result) == _ASKED
        return Outcome(f"{result['outcome']}; received: {_facts(result)}", expected, shown.err + shown.out)

    def replay(self) -> Outcome:
        """The recorded answer is sent again, to its own transaction and to a fresh one."""
        recorded = self.proxy.bodies[-1]
        _, same = post(f"{self.proxy.target}/response", recorded, _FORM)
        transaction, _ = self.ask()
        form = dict(urllib.parse.parse_qsl(recorded.decode())) | {"state": transaction}
        post(f"{self.proxy.target}/response", urllib.parse.urlencode(form).encode(), _FORM)
        fresh = self.result(transaction)
        codes = [same["error_description"], fresh.get("code")]
        return Outcome(f"refused: {codes[0]}, {codes[1]}", codes == ["transaction_unknown", "key_binding_nonce"])

    def tamper(self) -> Outcome:
        """Someone between wallet and relying party changes the nationality."""
        transaction, link = self.ask()
        self.proxy.alter = alter_nationality
        self.citizens[0].wallet("present", *self.world.agreed, stdin=link)
        self.proxy.alter = bytes
        code = self.result(transaction).get("code")
        return Outcome(f"refused: {code}", as_expected=code == "sd_jwt_disclosure_unreferenced")

    def minor(self) -> Outcome:
        """A minor is turned away, and the birth date never left the wallet."""
        citizen = self.citizens[-1]
        transaction, link = self.ask()
        shown = citizen.wallet("present", *self.world.agreed, stdin=link)
        result = self.result(transaction)
        birth_date_stayed = not holds(self.proxy.bodies[-1], citizen.birth_date)
        expected = shown.status == 0 and result["outcome"] == "turned_away" and _received(result) == _ASKED
        seen = f"{result['outcome']}; received: {_facts(result)}; the birth date stayed in the wallet"
        return Outcome(seen, as_expected=expected and birth_date_stayed)

    def revoke(self) -> Outcome:
        """One call."""
        revoked = self.world.revoke(self.citizens[0].number)
        if revoked.status != 0:
            return Outcome(f"revoke: {revoked.status} {revoked.err}", as_expected=False)
        count = revoked.json()["copies"]
        return Outcome(f"{count} copies revoked", as_expected=count == self.citizens[0].copies)

    def present_revoked(self) -> Outcome:
        """The relying party refuses the first citizen once its list has had its time, and still welcomes the second."""
        code = None
        for _ in range(self.citizens[0].copies):
            transaction, link = self.ask()
            self.citizens[0].wallet("present", *self.world.agreed, stdin=link)
            code = self.result(transaction).get("code")
            if code is not None:
                break
        other, link = self.ask()
        self.citizens[1].wallet("present", *self.world.agreed, stdin=link)
        welcome = self.result(other)["outcome"]
        seen = f"refused: {code}; the second citizen: {welcome}"
        return Outcome(seen, as_expected=code == "status_revoked" and welcome == "welcome")


def _texts_of(citizen: Citizen) -> list[str]:
    claims = citizen.wallet("show", citizen.title).json()["claims"]
    return texts_in({name: value for name, value in claims.items() if name not in _REGISTERED})


def facts(answer: Answer) -> dict[str, Any]:
    """What a party learnt of a person: the claims of the one SD-JWT VC shown, but for those of the protocol."""
    claims = answer["title"][0].claims
    return {name: value for name, value in claims.items() if name not in _REGISTERED}


def texts_in(value: object) -> list[str]:
    """Every text in claims that is long enough to be looked for; of a picture, a part of its middle."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts_in(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts_in(one)]
    if not isinstance(value, str):
        return []
    return [value[200:248] if value.startswith("data:") else value]


_FORM = "application/x-www-form-urlencoded"
_ASKED = {"age_over_18", "nationalities"}
_REGISTERED = {"iss", "vct", "vct#integrity", "iat", "nbf", "exp", "cnf", "status"}


def _claims(result: dict[str, object]) -> dict[str, object]:
    claims = result.get("claims")
    return claims if isinstance(claims, dict) else {}


def _received(result: dict[str, object]) -> set[str]:
    return set(_claims(result)) - _REGISTERED


def _facts(result: dict[str, object]) -> str:
    return ", ".join(f"{name} = {json.dumps(_claims(result)[name])}" for name in sorted(_received(result)))


def code_of(ran: Ran) -> str:
    """The stable code of a command that failed."""
    try:
        return str(json.loads(ran.out or ran.err)["error"])
    except (ValueError, KeyError, TypeError):
        return f"exit {ran.status}: {ran.err}"


def presentation_in(body: bytes) -> str:
    """The one presentation in a recorded answer."""
    form = dict(urllib.parse.parse_qsl(body.decode()))
    presentation: str = json.loads(form["vp_token"])["title"][0]
    return presentation


def disclosures_in(presentation: str) -> list[str]:
    """The disclosures of a presentation as JSON texts."""
    return [base64url.decode(part).decode() for part in presentation.split("~")[1:-1]]


def holds(body: bytes, text: str) -> bool:
    """Whether a text stands anywhere in an answer: in the form, in a disclosure, in the signed parts."""
    presentation = presentation_in(body)
    jwts = [presentation.split("~")[0], presentation.split("~")[-1]]
    payloads = [base64url.decode(jwt.split(".")[1]).decode() for jwt in jwts]
    return any(text in where for where in [body.decode(), *disclosures_in(presentation), *payloads])


def alter_nationality(body: bytes) -> bytes:
    """Changes an array element's disclosure to another country, nothing else."""
    form = dict(urllib.parse.parse_qsl(body.decode()))
    presentation = presentation_in(body)
    for part in presentation.split("~")[1:-1]:
        content = json.loads(base64url.decode(part))
        if len(content) == 2 and content[1] != "XK":
            forged = base64url.encode(json.dumps([content[0], "XK"]).encode())
            presentation = presentation.replace(part, forged)
    form["vp_token"] = json.dumps({"title": [presentation]})
    return urllib.parse.urlencode(form).encode()
