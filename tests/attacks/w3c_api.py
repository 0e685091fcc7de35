"""The W3C API in the process of the test, spoken to over HTTP; the clock stands still."""

import asyncio
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from didkit_fr.primitives.passphrase import Cost
from issuer_service.shell.events import Events
from issuer_service.vcalm.app import create_app
from issuer_service.vcalm.founding import Founded, found

NOW = 1_790_000_000
V1, V2 = "https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"
CHEAP = Cost(operations=1, memory=8_192)


@dataclass
class Api:
    """A service that is being served, and what it said."""

    client: TestClient
    made: Founded
    said: io.StringIO

    def did(self, issuer: str) -> str:
        return self.made.keys.issuers[issuer].did

    async def post(self, path: str, body: object, **more: Any) -> tuple[int, dict]:
        async with self.client.post(path, json=body, **more) as answer:
            return answer.status, await answer.json(content_type=None)

    async def issue(self, issuer: str, credential: object, **options: object) -> dict:
        body = {"credential": credential, "options": options}
        status, told = await self.post(f"/vcalm/issuers/{issuer}/credentials/issue", body)
        assert status == 201, told
        return told["verifiableCredential"]

    async def derive(self, held: object, *pointers: str) -> dict:
        body = {"verifiableCredential": held, "options": {"selectivePointers": list(pointers)}}
        status, told = await self.post("/vcalm/holders/holder/credentials/derive", body)
        assert status == 201, told
        return told

    async def verify(self, credential: object, verifier: str = "trusted", **options: object) -> dict:
        body = {"verifiableCredential": credential, "options": {"returnCredential": True, **options}}
        return (await self.post(f"/vcalm/verifiers/{verifier}/credentials/verify", body))[1]

    async def present(self, presentation: object, verifier: str = "trusted", **options: object) -> dict:
        body = {"verifiablePresentation": presentation, "options": {"returnPresentation": True, **options}}
        return (await self.post(f"/vcalm/verifiers/{verifier}/presentations/verify", body))[1]


@asynccontextmanager
async def api(folder, *, token=None):
    """Founds a service, with all verifiers and both data models, and serves it."""
    made = found(
        folder / "data",
        address="http://127.0.0.1:8444",
        status=[],
        trusted=[],
        dangerously_any_issuer=True,
        data_model_1_1=True,
        passphrase=b"keys of the issuers",
        cost=CHEAP,
    )
    said = io.StringIO()
    app = create_app(made.config, made.keys, token=token, clock=lambda: NOW, events=Events(said, lambda: NOW))
    async with TestClient(TestServer(app)) as client:
        yield Api(client, made, said)


def asked(folder, conversation, **more):
    """What a conversation with a service of its own comes to."""

    async def talk():
        async with api(folder, **more) as served:
            return await conversation(served)

    return asyncio.run(talk())


def codes(told: dict) -> list[str]:
    """The codes of what is wrong in a verdict, or of a refusal."""
    return [one["code"] for one in told.get("problemDetails", [told]) if "code" in one]


def credential(issuer: str, version: str = V2, **more: object) -> dict:
    stated = {
        "@context": [version],
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "credentialSubject": {"id": "did:example:alice"},
    }
    return {**stated, **({"issuanceDate": "2020-01-01T00:00:00Z"} if version == V1 else {}), **more}
