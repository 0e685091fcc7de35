"""A wallet without a vault: speaks to an issuer of a `World` in plain HTTP, one request at a time, and keeps nothing.

Faults need what the wallet's commands hide: a single request, its answer whole, and when it was sent.
"""

import asyncio
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from didkit_fr.encoding import base64url
from didkit_fr.keys import software
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
from didkit_fr.protocols.openid4vci.proof import build_proof
from didkit_fr.status.token import parse_list, parse_reference
from issuer_service.register import ticket
from issuer_service.register.folder import Folder
from issuer_service.titles import app as root
from issuer_service.titles import config
from issuer_service.titles.issuance import create_offer
from tests.end_to_end.scan import code_in
from tests.end_to_end.world import World
from tests.waiting import PATIENCE

PLAIN = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
OWN_HEADERS = frozenset({"Date"})


@dataclass(frozen=True)
class Answer:
    """An answer, read to its end; `headers` leave out the time."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The error it names."""
        return str(self.json()["error"])


@dataclass(frozen=True)
class OfferSlip:
    """The two halves of an offer, and its link."""

    code: str
    tx_code: str
    link: str = ""


@dataclass(frozen=True)
class Visitor:
    """Speaks to the issuer at `address`; `issuer` is the identifier it goes by."""

    address: str
    issuer: str

    @classmethod
    def of(cls, world: World, address: str | None = None) -> "Visitor":
        """A visitor of a world's issuer, or of another process of it."""
        return cls(address or world.issuer.address, f"http://127.0.0.1:{world.issuer_port}")

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = PLAIN) -> Answer:
        """One request. A connection that breaks raises an `OSError`."""
        request = urllib.request.Request(self.address + path, body, dict(headers), method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return _read(answer)
        except urllib.error.HTTPError as error:
            with error:
                return _read(error)

    def redeem(self, slip: OfferSlip) -> Answer:
        """POST /token."""
        form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": slip.code, "tx_code": slip.tx_code}
        return self.ask("POST", "/token", urllib.parse.urlencode(form).encode(), FORM)

    def token(self, slip: OfferSlip) -> str:
        """An access token."""
        answer = self.redeem(slip)
        assert answer.status == 200, answer.body
        return str(answer.json()["access_token"])

    def nonce(self) -> str:
        """POST /nonce."""
        return str(self.ask("POST", "/nonce", b"").json()["c_nonce"])

    def credential(self, token: str, *, nonce: str | None = None, copies: int = 2) -> Answer:
        """POST /credential, with new keys."""
        nonce, now = nonce or self.nonce(), int(time.time())
        proofs = [build_proof(software.generate(), audience=self.issuer, nonce=nonce, now=now) for _ in range(copies)]
        message = {"credential_configuration_id": "pid_dc_sd_jwt", "proofs": {"jwt": proofs}}
        headers = {"Authorization": f"Bearer {token}", **PLAIN}
        return self.ask("POST", "/credential", json.dumps(message).encode(), headers)

    def statuses(self, copies: Iterable[str]) -> list[int]:
        """What the published lists say now of each copy."""
        return [self.status_list(uri)[index >> 3] >> (index & 7) & 1 for uri, index in map(place_of, copies)]

    def status_list(self, uri: str) -> bytes:
        """A list as published, one bit an entry; its signature is looked at elsewhere."""
        answer = self.ask("GET", uri.removeprefix(self.issuer))
        assert answer.status == 200, uri
        published = parse_list(answer.body.decode()).unverified_claims()["status_list"]
        assert published["bits"] == 1
        return zlib.decompress(base64url.decode(published["lst"]))


def copies_in(answer: Answer) -> list[str]:
    """The copies in a credential response."""
    assert answer.status == 200, answer.body
    return [entry["credential"] for entry in answer.json()["credentials"]]


def place_of(copy: str) -> tuple[str, int]:
    """The list and the index of a copy."""
    reference = parse_reference(sd_jwt.parse(copy).jws.unverified_claims()["status"])
    return reference.uri, reference.index


def whole_records(world: World) -> list[str]:
    """The document numbers of citizens whose birth date is known to the day."""
    rows = world.citizens_of_register()
    return [row["document_number"] for row in rows if "-00" not in row["birth_date"] and "pid" in row["titles"]]


def slips(world: World, count: int) -> list[OfferSlip]:
    """Offers for the first citizens of `whole_records`, made by the command's own function in one process: quickly."""
    folder, now = Folder.at(world.register_data), int(time.time())
    officer = folder.officer()
    people = (citizen for citizen in folder.citizens().values() if "pid" in citizen.titles)
    numbers = [citizen.document_number for citizen in people if not citizen.birth.partial]

    async def make() -> list[OfferSlip]:
        party, close = await root.open_offer_ports(config.load(world.issuer_data))
        try:
            tickets = [ticket.write(officer, document_number=one, title="pid", now=now) for one in numbers[:count]]
            made = [await create_offer(party, one, now=now) for one in tickets]
        finally:
            await close()
        return [OfferSlip(code_in(one.link), one.tx_code, one.link) for one in made]

    return asyncio.run(make())


def _read(answer: Any) -> Answer:
    headers = {name: value for name, value in answer.headers.items() if name not in OWN_HEADERS}
    return Answer(answer.status, headers, answer.read())
