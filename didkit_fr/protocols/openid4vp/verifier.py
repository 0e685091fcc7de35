"""The relying party's side of OpenID4VP: a transaction that is opened once and closed by at most one answer."""

from dataclasses import asdict, dataclass, field

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.flow import together
from didkit_fr.protocols.openid4vp.dcql import check_answer, parse_query
from didkit_fr.protocols.openid4vp.response import VpResponse
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import Verified, verify

__all__ = ["Transaction", "verify_response"]


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a relying party must remember of a request: serialisable, single use, `expires` in seconds since 1970.

    `link` is for the wallet, `request_object` is what `request_uri` must answer with.
    """

    id: str
    client_id: str
    nonce: str = field(repr=False)
    query: JsonObject
    link: str
    request_object: str = field(repr=False)
    expires: int

    def encode(self) -> bytes:
        """As JSON, for a store that is not this process's memory."""
        return json.encode(asdict(self))

    @classmethod
    def decode(cls, raw: bytes) -> "Transaction":
        """Reads what `encode` wrote.

        Raises:
            ParseError: `transaction_malformed`.
        """
        try:
            return cls(**json.parse_object(raw))
        except TypeError:
            raise ParseError("transaction_malformed") from None


async def verify_response(
    transaction: Transaction, response: VpResponse, *, policy: Policy, memory: Memory, now: int
) -> dict[str, tuple[Verified, ...]]:
    """Verifies every presentation, then that together they are what was asked (section 8.6), as a flow.

    The transaction must have been taken from its store before: an answer is judged once.

    Raises:
        ParseError: malformed.
        FetchError: cannot tell.
        VerificationError: refused; `answer_incomplete`, `answer_unasked`, `query_unsatisfied` for the whole.
    """
    query = parse_query(transaction.query)
    formats = {wanted.id: wanted.format for wanted in query.credentials}
    presented = [
        (name, raw) for name, values in response.unverified_presentations.items() for raw in values if name in formats
    ]
    verified = await together(
        *(
            verify(
                raw,
                format=formats[name],
                policy=policy,
                memory=memory,
                now=now,
                nonce=transaction.nonce,
                audience=transaction.client_id,
            )
            for name, raw in presented
        )
    )
    answers: dict[str, tuple[Verified, ...]] = dict.fromkeys(response.unverified_presentations, ())
    for (name, _), one in zip(presented, verified, strict=True):
        answers[name] = (*answers[name], one)
    check_answer(query, answers)
    return answers
