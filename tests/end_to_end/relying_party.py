"""A relying party with one question at a time, over real HTTP on loopback: the library and two routes."""

import time
from typing import Self

from didkit_fr import Answer, DidkitError, MemoryTransactions, Policy, Query, Verifier
from didkit_fr.encoding.json import JsonObject
from didkit_fr.fetch import Fetcher
from didkit_fr.keys import software
from didkit_fr.protocols.openid4vp.verifier import Transaction
from didkit_fr.trust.anchors import Anchors
from tests.end_to_end.loopback import Asked, Loopback, Said
from tests.end_to_end.world import Ran, Wallet, World

__all__ = ["RelyingParty"]


class RelyingParty(Loopback):
    """Use it as a context manager; answers come encrypted, `bodies` are what wallets posted.

    `ahead` is how many seconds its clock is before the others': what it remembers has had its time by then.
    """

    def __init__(self, world: World, name: str) -> None:
        super().__init__(self._answer)
        signer = software.generate()
        anchors = Anchors.parse((world.issuer_data / "anchors.json").read_bytes())
        self.name = name
        self.ahead = 0
        self.bodies: list[bytes] = []
        self._heard: Answer | DidkitError | None = None
        self._fetcher = Fetcher(allow_insecure_loopback=True)
        self.verifier = Verifier(
            signer,
            [world.certified(name, signer.public_key)],
            Policy(anchors),
            MemoryTransactions(),
            fetcher=self._fetcher,
        )

    def __enter__(self) -> Self:
        self._fetcher.__enter__()
        return super().__enter__()

    def __exit__(self, *problem: object) -> None:
        super().__exit__(*problem)
        self._fetcher.__exit__(None, None, None)

    def _now(self) -> int:
        return int(time.time()) + self.ahead

    def _answer(self, asked: Asked) -> Said:
        if asked.body is None:
            signed = self.verifier.request_object(asked.path.rpartition("/")[2], now=self._now())
            return Said(200, "application/oauth-authz-req+jwt", signed.encode())
        return self._hear(asked.body)

    def open(self, query: Query | JsonObject) -> Transaction:
        """Opens a transaction."""
        return self.verifier.request(
            query,
            request_uri=f"{self.address}/request/{{id}}",
            response_uri=f"{self.address}/response",
            now=self._now(),
        )

    def _hear(self, body: bytes) -> Said:
        """Judges an answer."""
        self.bodies.append(body)
        try:
            answer = self.verifier.verify(body, now=self._now())
        except DidkitError as error:
            self._heard = error
            return Said(400, "application/json", b'{"error":"invalid_request"}')
        self._heard = answer
        return Said(200, "application/json", answer.body)

    def asks(self, wallet: Wallet, query: Query | JsonObject, *options: str) -> tuple[Ran, Answer | DidkitError | None]:
        """Asks one wallet, whose owner agrees to this party and no other: what it said, and what came here."""
        transaction, self._heard = self.open(query), None
        agreed = ("--yes", "--verifier", self.verifier.client_id, *options)
        ran = wallet("present", *agreed, stdin=transaction.link, json_output=False)
        return ran, self._heard
