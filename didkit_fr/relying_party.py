"""The facade a relying party imports: ask, then verify what comes, offline but for fresh status lists."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.flow import Fetcher, offline, run
from didkit_fr.keys.signer import Signer
from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.random import Random, system
from didkit_fr.protocols.openid4vp.request import LIFETIME, build_link, build_request_object, client_id_of
from didkit_fr.protocols.openid4vp.response import parse_fields, read_response
from didkit_fr.protocols.openid4vp.verifier import Transaction, verify_response
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import Verified

__all__ = ["MemoryTransactions", "Query", "TransactionStore", "Verifier"]


class TransactionStore(Protocol):
    """Where transactions wait for their answer: shared by all processes of the relying party."""

    def put(self, transaction: Transaction) -> None:
        """Remembers an opened transaction until it expires."""
        ...

    def take(self, id: str, *, now: int) -> Transaction | None:  # noqa: A002 - the transaction's own word
        """Removes and returns a transaction: at most once, across processes; None if unknown, taken or expired."""
        ...


class MemoryTransactions:
    """Transactions of a relying party that is one process; bounded, the oldest are forgotten first."""

    def __init__(self, max_transactions: int = 10_000) -> None:
        self._max = max_transactions
        self._open: OrderedDict[str, Transaction] = OrderedDict()
        self._lock = Lock()

    def put(self, transaction: Transaction) -> None:
        """Remembers an opened transaction."""
        with self._lock:
            self._open[transaction.id] = transaction
            while len(self._open) > self._max:
                self._open.popitem(last=False)

    def take(self, id: str, *, now: int) -> Transaction | None:  # noqa: A002 - the transaction's own word
        """Removes and returns a transaction, at most once."""
        with self._lock:
            transaction = self._open.pop(id, None)
        return transaction if transaction is not None and now < transaction.expires else None


@dataclass(frozen=True, slots=True)
class Query:
    """One title and the claims wanted of it, by claims path; `values` restricts a claim (a courtesy, not a check).

    `Query("urn:eudi:pid:fr:1", [["age_over_18"], ["nationalities"]])`
    """

    type: str
    paths: Sequence[Sequence[str | int | None]]
    values: Mapping[tuple[str | int | None, ...], Sequence[JsonValue]] = field(default_factory=dict)
    format: str = "dc+sd-jwt"

    def dcql(self) -> JsonObject:
        """The DCQL query (OpenID4VP 1.0 section 6)."""
        claims: list[JsonObject] = []
        for path in self.paths:
            accepted = self.values.get(tuple(path))
            claims.append({"path": list(path)} | ({} if accepted is None else {"values": list(accepted)}))
        credential: JsonObject = {"id": "title", "format": self.format, "meta": {"vct_values": [self.type]}}
        return {"credentials": [credential | ({"claims": claims} if claims else {})]}


@dataclass(frozen=True, slots=True)
class Verifier:
    """A relying party: its certified key, whom it trusts, where its transactions wait.

    Args:
        signer: signs requests.
        chain: its access certificate, leaf first, without the anchor.
        policy: what is accepted.
        transactions: where open transactions wait.
        fetcher: gets status lists; `didkit_fr.flow.offline` refuses, so that all must be in `memory`.
        memory: results that were checked before.
        random: nonces and transaction ids.
    """

    signer: Signer = field(repr=False)
    chain: Sequence[Certificate] = field(repr=False)
    policy: Policy
    transactions: TransactionStore
    fetcher: Fetcher = offline
    memory: Memory = field(default_factory=Memory)
    random: Random = field(default=system, repr=False)

    @property
    def client_id(self) -> str:
        """The full client identifier, as wallets show it and bind their presentations to it."""
        return client_id_of(self.chain[0])

    def request(self, query: Query | JsonObject, *, request_uri: str, response_uri: str, now: int) -> Transaction:
        """Opens a transaction: show its `link`, answer `request_uri` with its `request_object`.

        Args:
            query: what is asked.
            request_uri: where the wallet will fetch the request object; `{id}` stands for the transaction's id.
            response_uri: where the wallet will post its answer.
            now: seconds since 1970 (UTC).
        """
        id_ = base64url.encode(self.random(16))
        nonce = base64url.encode(self.random(16))
        dcql = query.dcql() if isinstance(query, Query) else query
        signed = build_request_object(
            dcql, self.signer, chain=self.chain, response_uri=response_uri, nonce=nonce, state=id_, now=now
        )
        link = build_link(self.client_id, request_uri.replace("{id}", id_))
        transaction = Transaction(id_, self.client_id, nonce, dcql, link, signed, now + LIFETIME)
        self.transactions.put(transaction)
        return transaction

    def verify(self, body: bytes, *, now: int) -> dict[str, tuple[Verified, ...]]:
        """Verifies the form that a wallet posted to `response_uri`; by credential query id.

        The transaction is taken first, so that an answer is judged once, whatever comes of it.

        Raises:
            ParseError: malformed.
            FetchError: cannot tell.
            VerificationError: refused; `transaction_unknown` where the answer is late, repeated, or unasked.
            ProtocolError: the wallet answered with an error, `access_denied` for instance.
        """
        fields = parse_fields(body)
        state = fields.get("state")
        if state is None:
            raise ParseError("message_invalid", "state is due")
        transaction = self.transactions.take(state, now=now)
        if transaction is None:
            raise VerificationError("transaction_unknown")
        flow = verify_response(transaction, read_response(fields), policy=self.policy, memory=self.memory, now=now)
        return run(flow, self.fetcher)
