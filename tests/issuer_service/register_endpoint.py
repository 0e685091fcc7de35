"""A real register on a real loopback port, with a clock that the test turns."""

import asyncio
import json
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from hashlib import sha256

import aiohttp
from aiohttp import web

from didkit_fr.keys import software
from issuer_service.register import ticket
from issuer_service.register.app import Register, create_app
from issuer_service.register.citizens import index, parse_citizen
from issuer_service.register.openings import Openings

NOW = 1_795_000_000
SECRET = "the-service-secret-of-this-test"

BASE = {
    "family_name": "CanaryFamily",
    "given_name": "CanaryGiven",
    "birth_place_code": "2A004",
    "nationality": ["FR"],
    "sex": 2,
}
ALICE = {**BASE, "document_number": "ALICE0001", "birth_date": "1990-05-17"}
BOB = {**BASE, "document_number": "BOB000001", "birth_date": "1948-07-00", "family_name": "OtherFamily"}
CAROL = {**BASE, "document_number": "CAROL0001", "birth_date": "2008-00-00"}
PASSPORT = {
    **BASE,
    "titles": ["passport"],
    "document_number": "26AB00001",
    "birth_date": "1990-05-17",
    "passport_type": "P",
    "portrait": "/9j//9k=",
    "issuance_date": "2025-01-02",
    "expiry_date": "2035-01-02",
}
PERMIT = {
    **PASSPORT,
    "titles": ["residence_permit", "residence_attestation"],
    "document_number": "FR0000001",
    "nationality": ["MG"],
    "permit_category": "resident",
    "may_work": True,
    "resident_city": "CanaryTown",
    "resident_country": "FR",
}
del PERMIT["passport_type"]
LICENCE = {
    **BASE,
    "titles": ["driving_licence"],
    "document_number": "12AB34567",
    "birth_date": "1990-05-17",
    "portrait": "/9j//9k=",
    "issuance_date": "2025-01-02",
    "expiry_date": "2040-01-02",
    "un_distinguishing_sign": "F",
    "driving_privileges": [
        {"vehicle_category_code": "B", "issue_date": "2010-06-01", "codes": [{"code": "01"}]},
        {"vehicle_category_code": "A2", "issue_date": "2012-03-04", "expiry_date": "2030-03-04"},
    ],
}
for _absent in ("birth_place_code", "birth_country", "birth_locality", "nationality"):
    LICENCE.pop(_absent, None)


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def citizens_file(*records):
    return json.dumps({"citizens": records}).encode()


def in_loop(test):
    """Runs a coroutine test in a loop of its own."""

    @wraps(test)
    def run(*args, **kwargs):
        asyncio.run(test(*args, **kwargs))

    return run


@dataclass
class Endpoint:
    address: str
    http: aiohttp.ClientSession
    officer: software.SoftwareSigner
    now: int = NOW
    log: list[str] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def forgetting(self) -> int:
        self.threads.append(threading.current_thread())
        return self.now

    def ticket(self, number="ALICE0001", *, title="pid", signer=None, **options):
        options.setdefault("now", self.now)
        return ticket.write(signer or self.officer, document_number=number, title=title, **options)

    async def post(self, path, body, content_type, secret=SECRET):
        headers = {"Content-Type": content_type} | ({"Authorization": f"Bearer {secret}"} if secret else {})
        data = body.encode() if isinstance(body, str) else body
        async with self.http.post(self.address + path, data=data, headers=headers) as response:
            return response.status, await response.json()

    async def open(self, raw, **options):
        return await self.post("/evidence", raw, "application/jwt", **options)

    async def read(self, evidence, **options):
        return await self.post("/attributes", json.dumps({"evidence": evidence}), "application/json", **options)


@asynccontextmanager
async def register_endpoint(folder, *records, rate=1000):
    """Opens the endpoint of a register that holds `records` (ALICE, BOB and CAROL where none is given)."""
    endpoint = Endpoint("", aiohttp.ClientSession(trust_env=False), software.generate())
    register = Register(
        citizens=index(parse_citizen(record) for record in records or (ALICE, BOB, CAROL)),
        officer=endpoint.officer.public_key,
        secret=sha256(SECRET.encode()).digest(),
        openings=Openings(folder / "register.sqlite", patience=0.3),
        clock=lambda: endpoint.now,
        write=endpoint.log.append,
        forgetting=endpoint.forgetting,
        rate=rate,
    )
    runner = web.AppRunner(create_app(register), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        endpoint.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield endpoint
    finally:
        await endpoint.http.close()
        await runner.cleanup()
        register.openings.close()
