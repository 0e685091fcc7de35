"""The authentic register over HTTP: two questions, and answers that are either whole, refused, or not had."""

from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError
from didkit_fr.fetch import USER_AGENT
from issuer_service.titles.sources.port import OpenedEvidence, RegisterAnswer

__all__ = ["REFUSALS", "RegisterSource"]

MAX_BYTES = 262_144
TIMEOUT = 5.0
_OK = 200
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

# The register's word is taken only where it says one of these: its answer never names a code of ours freely.
REFUSALS = frozenset(
    {
        "birth_date_inconsistent",
        "birth_date_partial",
        "evidence_exhausted",
        "evidence_expired",
        "evidence_unknown",
        "ticket_expired",
        "ticket_forged",
        "ticket_malformed",
        "ticket_replayed",
        "ticket_title",
        "ticket_unknown_document",
    }
)


class RegisterSource:
    """A `Source`: `address` is the register's origin (https, or http on loopback), `secret` the service's own."""

    def __init__(self, address: str, secret: str, *, timeout: float = TIMEOUT) -> None:
        self._address = _checked(address)
        self._secret = secret.strip()
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def open(self, ticket: str) -> OpenedEvidence:
        """Exchanges an officer's ticket (`Source.open`)."""
        if not ticket.isascii() or not ticket.isprintable():
            raise VerificationError("ticket_malformed")
        answer = await self._ask("/evidence", ticket.encode("ascii"), "application/jwt")
        return OpenedEvidence(_member(answer, "evidence", str), _member(answer, "title", str), _seconds(answer))

    async def attributes(self, evidence: str) -> RegisterAnswer:
        """Reads the attributes (`Source.attributes`)."""
        if not evidence.isascii():
            raise VerificationError("evidence_unknown")
        answer = await self._ask("/attributes", json.encode({"evidence": evidence}), "application/json")
        return RegisterAnswer(
            title=_member(answer, "title", str),
            document_number=_member(answer, "document_number", str),
            attributes=_member(answer, "attributes", dict),
        )

    async def _ask(self, path: str, body: bytes, content_type: str) -> JsonObject:
        headers = {
            "Authorization": f"Bearer {self._secret}",
            "Content-Type": content_type,
            "Accept-Encoding": "identity",
            "User-Agent": USER_AGENT,
        }
        # A redirect is not followed: the secret and the evidence go to the register's address and nowhere else.
        try:
            async with self._connected().post(
                self._address + path, data=body, headers=headers, allow_redirects=False
            ) as response:
                status, data = response.status, await _bounded(response.content)
            answer = json.parse_object(data, max_bytes=MAX_BYTES)
        except (aiohttp.ClientError, OSError, DidkitError, ValueError):
            # The library's own words would hold the address and parts of what was sent.
            raise FetchError("register_unavailable") from None
        code = answer.get("error")
        if status == _OK:
            return answer
        if isinstance(code, str) and code in REFUSALS:
            raise VerificationError(code)
        raise FetchError("register_unavailable", f"status {status}")

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        return self._session


async def _bounded(stream: aiohttp.StreamReader) -> bytes:
    data = bytearray()
    async for chunk in stream.iter_any():
        data += chunk
        if len(data) > MAX_BYTES:
            raise FetchError("register_unavailable", "answer too large")
    return bytes(data)


def _checked(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise ParseError("register_address_invalid") from None
    plain = parts.scheme == "http" and host in _LOOPBACK
    if not host or not (parts.scheme == "https" or plain) or "@" in parts.netloc or parts.query or parts.fragment:
        raise ParseError("register_address_invalid", "https, or http on loopback")
    return address.rstrip("/")


def _member(answer: JsonObject, name: str, kind: type) -> Any:  # noqa: ANN401 - JSON holds anything
    value = answer.get(name)
    if not isinstance(value, kind) or not value:
        raise FetchError("register_unavailable", "malformed answer")
    return value


def _seconds(answer: JsonObject) -> int:
    value = answer.get("expires")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise FetchError("register_unavailable", "malformed answer")
    return value
