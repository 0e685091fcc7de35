"""The relying party's side of OpenID4VP: a transaction that is opened once and closed by at most one answer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hmac import compare_digest

from didkit_fr.boundary import boundary, flow_boundary
from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.flow import together
from didkit_fr.formats import FORMATS, Formats
from didkit_fr.keys import jwk
from didkit_fr.proofs.jose.jwe import DecryptionKey
from didkit_fr.protocols.openid4vp.dcql import CredentialQuery, Query, check_answer, parse_query
from didkit_fr.protocols.openid4vp.response import VpResponse, parse_response
from didkit_fr.protocols.openid4vp.transaction_data import check_bound, parse_transaction_data
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.verify import Verified, verify

__all__ = ["MAX_BYTES", "SameDevice", "Transaction", "read_response", "verify_response"]

MAX_BYTES = 2_097_152


@dataclass(frozen=True, slots=True)
class SameDevice:
    """For a wallet on the device of the browser: where that browser continues, and what tells it from any other.

    `session` is a value that only this browser's session has, of 128 bits or more: a session cookie, for instance.
    """

    redirect_uri: str
    session: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a relying party must remember of a request: serialisable, single use, `expires` in seconds since 1970.

    `link` is for the wallet, `request_object` is what `request_uri` must answer with. `decryption_key` opens the
    answer: who reads the store meanwhile can read the answer too. `issuers` are the names of the anchors admitted.
    With `session` (a hash), an `answer` waits as the wallet sent it, since `answered`, until that browser comes back;
    what waits has an `id` of its own, and `answers` the transaction. `response_uri` is where the answer goes, to which
    documents of ISO are bound.
    """

    id: str
    client_id: str
    nonce: str = field(repr=False)
    query: JsonObject
    link: str
    request_object: str = field(repr=False)
    expires: int
    decryption_key: str | None = field(default=None, repr=False)
    transaction_data: list[str] = field(default_factory=list, repr=False)
    issuers: list[str] | None = None
    redirect_uri: str | None = None
    session: str | None = field(default=None, repr=False)
    answer: str | None = field(default=None, repr=False)
    answered: int | None = None
    answers: str | None = None
    response_uri: str | None = None

    def encode(self) -> bytes:
        """As JSON, for a store that is not this process's memory."""
        return json.encode(asdict(self))

    @classmethod
    def decode(cls, raw: bytes) -> "Transaction":
        """Reads what `encode` wrote.

        Raises:
            ParseError: `transaction_malformed`, and those of `encoding.json`.
        """
        values = json.parse_object(raw, max_bytes=MAX_BYTES)
        try:
            transaction = cls(**values)
        except TypeError:
            raise ParseError("transaction_malformed") from None
        if not _well_typed(transaction):
            raise ParseError("transaction_malformed")
        return transaction

    @property
    def key(self) -> DecryptionKey | None:
        """What the answer must be encrypted to; None where it may come in the clear."""
        return None if self.decryption_key is None else DecryptionKey(base64url.decode(self.decryption_key))

    @property
    def encryption_thumbprint(self) -> bytes | None:
        """The SHA-256 thumbprint (32 bytes) of the key that the answer must be encrypted to, if it must be."""
        return None if self.key is None else base64url.decode(jwk.thumbprint(self.key.public_key))


@boundary
def read_response(transaction: Transaction, body: bytes | Mapping[str, str]) -> VpResponse:
    """Reads the form that answers a transaction, decrypting it where encryption was asked; `body` as `parse_response`.

    Raises:
        ParseError, ProtocolError, VerificationError: those of `parse_response`; `transaction_unknown` where the
            answer inside is to another request than its key says.
    """
    response = parse_response(body, key=transaction.key, kid=transaction.id)
    if not compare_digest(response.state.encode("utf-8", "surrogatepass"), transaction.id.encode()):
        raise VerificationError("transaction_unknown")
    return response


@flow_boundary
async def verify_response(
    transaction: Transaction,
    response: VpResponse,
    context: VerificationContext,
    *,
    formats: Formats = FORMATS,
) -> dict[str, tuple[Verified, ...]]:
    """Verifies every presentation, then that together they are what was asked (section 8.6), as a flow.

    The transaction must have been taken from its store before: an answer is judged once. All presentations share the
    budget of `context`.

    Raises:
        ParseError: malformed.
        FetchError: cannot tell.
        VerificationError: refused; `answer_incomplete`, `answer_unasked`, `query_unsatisfied`,
            `transaction_data_unbound` for the whole.
    """
    query = parse_query(transaction.query, formats=formats)
    presented = _presented(query, response.unverified_presentations)
    verified = await together(
        *(
            verify(
                raw,
                context,
                format=wanted.format,
                nonce=transaction.nonce,
                audience=transaction.client_id,
                binding=wanted.require_cryptographic_holder_binding,
                issuers=transaction.issuers,
                response_uri=transaction.response_uri,
                encryption_thumbprint=transaction.encryption_thumbprint,
                formats=formats,
            )
            for wanted, raw in presented
        )
    )
    answers: dict[str, tuple[Verified, ...]] = dict.fromkeys(response.unverified_presentations, ())
    for (wanted, _), one in zip(presented, verified, strict=True):
        answers[wanted.id] = (*answers[wanted.id], one)
    check_answer(query, answers, formats=formats)
    signed = {name: [each for one in ones for each in one.transaction_data_hashes] for name, ones in answers.items()}
    asked = transaction.transaction_data
    check_bound(parse_transaction_data(asked, types=None, query=query) if asked else (), signed)
    return answers


def _presented(query: Query, presentations: Mapping[str, Sequence[str]]) -> list[tuple[CredentialQuery, str]]:
    """What is worth verifying; what was not asked for is refused afterwards, unread."""
    found = [(query.find(name), values) for name, values in presentations.items()]
    return [(wanted, raw) for wanted, values in found if wanted is not None for raw in values]


def _well_typed(transaction: Transaction) -> bool:
    texts = (transaction.id, transaction.client_id, transaction.nonce, transaction.link, transaction.request_object)
    absent = (
        transaction.decryption_key,
        transaction.redirect_uri,
        transaction.session,
        transaction.answer,
        transaction.answers,
        transaction.response_uri,
    )
    lists: tuple[JsonValue, ...] = (transaction.transaction_data, transaction.issuers or [])
    return (
        all(isinstance(text, str) for text in texts)
        and all(text is None or isinstance(text, str) for text in absent)
        and all(isinstance(one, list) and all(isinstance(text, str) for text in one) for one in lists)
        and isinstance(transaction.query, dict)
        and type(transaction.expires) is int
        and type(transaction.answered) in (int, type(None))
    )
